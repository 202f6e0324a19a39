#include "cloud/json_check.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static bool good(const char *text)
{
    struct json_seen seen;
    return json_check(text, strlen(text), &seen);
}

Test(json_check, takes_every_kind_of_value)
{
    const char *texts[] = {"0",
                           "-1.5e+3",
                           "\"\"",
                           "\"\\u00e9\\\"\"",
                           "true",
                           "false",
                           "null",
                           " [ ] ",
                           "{}",
                           "[1,[2,{\"a\":[]}],3]",
                           "{\"a\":{\"b\":{}},\"c\":1}\n",
                           "[[],[],{}]",
                           "\"\xc3\xa9\"",
                           "1E9",
                           "{\"a\":null,\"a\":2}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert(good(texts[i]), "%s", texts[i]);
}

Test(json_check, refuses_what_is_none_and_says_where)
{
    const struct {
        const char *text;
        size_t at;
    } bad[] = {{"", 0},        {"   ", 3},     {"{", 1},           {"nope", 1},
               {"[1,]", 3},    {"[1 2]", 3},   {"{\"a\"}", 4},     {"{1:2}", 1},
               {"\"a", 2},     {"\"\\x\"", 2}, {"\"\\u00g0\"", 5}, {"01", 1},
               {"1.", 2},      {"-", 1},       {"1e", 2},          {"[}", 1},
               {"{]", 1},      {"1 1", 2},     {"\"a\nb\"", 2},    {"{\"a\":1,}", 7},
               {"tru", 3},     {"[", 1},       {"NaN", 0},         {"]", 0},
               {"{\"a\":}", 5}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json_seen seen = {.at = 99};
        cr_assert_not(json_check(bad[i].text, strlen(bad[i].text), &seen), "%s", bad[i].text);
        cr_assert_eq(seen.at, bad[i].at, "%s: %zu, not %zu", bad[i].text, seen.at, bad[i].at);
    }
}

Test(json_check, depth_is_bounded)
{
    enum { DEEP = JSON_CHECK_DEPTH };
    static char text[2 * DEEP + 4];
    struct json_seen seen;
    memset(text, '[', DEEP);
    memset(text + DEEP, ']', DEEP);
    cr_assert(json_check(text, 2 * DEEP, &seen));
    memset(text, '[', DEEP + 1);
    memset(text + DEEP + 1, ']', DEEP + 1);
    cr_assert_not(json_check(text, 2 * DEEP + 2, &seen));
    cr_assert_eq(seen.at, DEEP);
}

/* No byte past the end is read: each prefix stands at the end of its own allocation
 * (the sanitizer build sees it). */
Test(json_check, a_prefix_is_never_read_past_its_end)
{
    const char *text = "{\"a\\u0041\":[1.5e-3,true,null,\"\\n\"],\"b\":{}}";
    for (size_t n = 0; n < strlen(text); n++) {
        char *cut = malloc(n ? n : 1);
        struct json_seen seen;
        memcpy(cut, text, n);
        cr_assert_not(json_check(cut, n, &seen));
        free(cut);
    }
}

Test(json_check, counts_the_records_of_both_forms)
{
    const struct {
        const char *text;
        uint32_t records;
    } forms[] = {{"[]", 0},
                 {"[\"a\"]", 1},
                 {"[\"a,b\",[1,2,3],{\"records\":[1,2]}]", 3},
                 {"{\"records\":[1,[2,2],3],\"x\":[1,2,3,4]}", 3},
                 {"{\"x\":{\"records\":[1,2]},\"y\":[1,2]}", 0},
                 {"{\"records\":[]}", 0},
                 {"7", 0}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct json_seen seen;
        cr_assert(json_check(forms[i].text, strlen(forms[i].text), &seen));
        cr_assert_eq(seen.records, forms[i].records, "%s: %u", forms[i].text, seen.records);
    }
}
