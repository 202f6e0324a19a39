/* Text that grows: numbers that come back the same, strings that are safe where they go. */
#include <criterion/criterion.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "lab/text.h"

static struct text t;

static void teardown(void) { text_free(&t); }

TestSuite(text, .fini = teardown);

static const char *json(const char *s)
{
    text_clear(&t);
    text_json(&t, s);
    return t.s;
}

static const char *hidden(const char *s)
{
    static char dst[400];
    text_hide(dst, sizeof dst, s);
    return dst;
}

Test(text, grows_as_long_as_it_is_added_to)
{
    for (int i = 0; i < 10000; i++)
        text_put(&t, "%d,", i % 10);
    cr_assert(!t.failed);
    cr_assert_eq(t.size, 20000u);
    cr_assert_eq(strlen(t.s), t.size);
    text_clear(&t);
    text_add(&t, "x");
    cr_assert_str_eq(t.s, "x");
}

Test(text, whole_numbers_are_written_to_their_ends)
{
    text_number(&t, INT64_MIN);
    text_add(&t, " ");
    text_number(&t, INT64_MAX);
    text_add(&t, " ");
    text_number(&t, 0);
    cr_assert_str_eq(t.s, "-9223372036854775808 9223372036854775807 0");
}

Test(text, a_double_is_read_back_to_the_last_bit)
{
    struct prng random = prng_split(1, 0);
    const double some[] = {0,       1,       -1,      0.1,    1e15,    1e-300,
                           DBL_MAX, DBL_MIN, 1.0 / 3, 5e-324, 123456.5};
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = prng_next(&random);
        double x, back;
        memcpy(&x, &bits, sizeof x);
        if (i < (int)(sizeof some / sizeof *some))
            x = some[i];
        if (!(x - x == 0)) /* no number, or infinite */
            continue;
        text_clear(&t);
        text_double(&t, x);
        back = strtod(t.s, NULL);
        cr_assert(back == x, "%s", t.s);
    }
    text_clear(&t);
    text_double(&t, 803.5);
    cr_assert_str_eq(t.s, "803.5");
}

Test(text, strings_are_escaped_for_json)
{
    cr_assert_str_eq(json("a\"b\\c\nd\te\x01"), "\"a\\\"b\\\\c\\nd\\u0009e\\u0001\"");
    cr_assert_str_eq(json("\xE2\x9C\x93"), "\"\xE2\x9C\x93\"");
    cr_assert_str_eq(json("\xFFx\xC3"), "\"\xEF\xBF\xBDx\xEF\xBF\xBD\"");
    cr_assert_str_eq(json("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

Test(text, nothing_in_html_is_markup)
{
    text_html(&t, "<b a='\"'>&\x01\x1B[31m</b>");
    cr_assert_str_eq(t.s, "&lt;b a=&#39;&quot;&#39;&gt;&amp;[31m&lt;/b&gt;");
}

Test(text, secrets_are_masked_and_the_rest_is_not)
{
    cr_assert_str_eq(hidden("spike x2 10s"), "spike x2 10s");
    cr_assert_str_eq(hidden("820/s -> 2460/s until 00:00:25"), "820/s -> 2460/s until 00:00:25");
    cr_assert_str_eq(hidden("call arn:aws:lambda:eu-west-1:123456789012:function:f now"),
                     "call *** now");
    cr_assert_str_eq(hidden("(AKIAIOSFODNN7EXAMPLE)"), "(***)");
    cr_assert_str_eq(hidden("to 123456789012, done"), "to ***, done");
    cr_assert_str_eq(hidden("https://me:pa@ss@host:8080/x?y=1"), "https://***@host:8080/x?y=1");
    cr_assert_str_eq(hidden("http://localhost:9000/a@b"), "http://localhost:9000/a@b");
    cr_assert_str_eq(hidden("password=hunter2 rest"), "*** rest");
    cr_assert_str_eq(hidden("Authorization: Basic aGk="), "***");
    cr_assert_str_eq(hidden(""), "");
}
