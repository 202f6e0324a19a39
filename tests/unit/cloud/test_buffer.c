#include "cloud/buffer.h"

#include "base/prng.h"

#include <criterion/criterion.h>
#include <string.h>

Test(buffer, json_strings_escape_what_must_be)
{
    struct buffer b = {0};
    buffer_json(&b, "a\"\\\n\x01\x00z\x7f", 8);
    cr_assert_str_eq(b.data, "\"a\\\"\\\\\\n\\u0001\\u0000z\x7f\"");
    buffer_free(&b);
}

Test(buffer, base64_comes_back)
{
    struct prng prng = prng_split(3, 3);
    for (size_t n = 0; n < 100; n++) {
        unsigned char bytes[100];
        for (size_t i = 0; i < n; i++)
            bytes[i] = (unsigned char)prng_next(&prng);
        struct buffer text = {0}, back = {0};
        buffer_base64(&text, bytes, n);
        cr_assert_eq(text.size, (n + 2) / 3 * 4);
        cr_assert(buffer_unbase64(&back, text.data ? text.data : "", text.size));
        cr_assert_eq(back.size, n);
        cr_assert(n == 0 || memcmp(back.data, bytes, n) == 0);
        buffer_free(&text);
        buffer_free(&back);
    }
    struct buffer b = {0};
    buffer_base64(&b, "light work.", 11);
    cr_assert_str_eq(b.data, "bGlnaHQgd29yay4=");
    const char *bad[] = {"a", "ab=c", "!!!!", "abc", "====", "ab==abcd"};
    for (size_t i = 0; i < 6; i++) {
        buffer_clear(&b);
        buffer_text(&b, "kept");
        cr_assert_not(buffer_unbase64(&b, bad[i], strlen(bad[i])), "%s", bad[i]);
        cr_assert_str_eq(b.data, "kept");
    }
    buffer_free(&b);
}

Test(buffer, percent_signs)
{
    struct buffer b = {0};
    buffer_unescape(&b, "a%3Ab%3a%zz%4", 13, false);
    cr_assert_str_eq(b.data, "a:b:%zz%4");
    buffer_clear(&b);
    buffer_unescape(&b, "a+b%2B", 6, true);
    cr_assert_str_eq(b.data, "a b+");
    buffer_free(&b);
}

Test(buffer, formats_of_any_length)
{
    struct buffer b = {0};
    char long_one[1000];
    memset(long_one, 'x', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = '\0';
    buffer_format(&b, "%d|%s|%d", 1, long_one, 2);
    cr_assert_eq(b.size, 999 + 4);
    cr_assert_str_eq(b.data + 999, "xx|2");
    buffer_free(&b);
}

Test(buffer, utf8)
{
    cr_assert(buffer_is_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8c\x8a", 10));
    const char *bad[] = {"\xc3",    "\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                         "\xe2\x82"};
    for (size_t i = 0; i < 6; i++)
        cr_assert_not(buffer_is_utf8(bad[i], strlen(bad[i])));
    cr_assert_not(buffer_is_utf8("a\0b", 3));
}
