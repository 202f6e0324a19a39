/* The strict scanner: what it refuses, where, and what it makes of good text. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "io/json.h"

struct bad_text {
    const char *text;
    int line, column;
    const char *fragment;
};

static void expect_bad(const char *text, size_t size, int line, int column, const char *fragment)
{
    struct json doc;
    struct json_fault fault;
    int l, c;
    cr_assert_eq(json_parse(text, size, &doc, &fault), ERR_BAD, "accepted: %.60s", text);
    json_position(text, size, fault.at, &l, &c);
    cr_expect(l == line && c == column, "%.60s: at %d:%d, not %d:%d (%s)", text, l, c, line, column,
              fault.text);
    cr_expect(strstr(fault.text, fragment), "%.60s: said \"%s\"", text, fault.text);
    json_free(&doc);
}

Test(json, grammar_is_checked_with_places)
{
    static const struct bad_text cases[] = {
        {"", 1, 1, "empty"},
        {" \n\t ", 2, 3, "empty"},
        {"{", 1, 2, "the object of 1:1 is still open"},
        {"[1,\n [2,", 2, 5, "the array of 2:2 is still open"},
        {"{} x", 1, 4, "nothing more"},
        {"{}{}", 1, 3, "nothing more"},
        {"[1 2]", 1, 4, "',' or ']'"},
        {"{\"a\":1 \"b\":2}", 1, 8, "',' or '}'"},
        {"{\"a\" 1}", 1, 6, "':'"},
        {"{a:1}", 1, 2, "double quotes"},
        {"{'a':1}", 1, 2, "double quotes"},
        {"[1,]", 1, 3, "nothing follows"},
        {"{\"a\":1,\n}", 1, 7, "nothing follows"},
        {"[,1]", 1, 2, "expected a value"},
        {"{\"a\":}", 1, 6, "expected a value"},
        {"// hi\n{}", 1, 1, "no comments"},
        {"{} # hi", 1, 4, "no comments"},
        {"[True]", 1, 2, "expected a value"},
        {"[nul]", 1, 2, "expected a value"},
        {"[NaN]", 1, 2, "expected a value"},
        {"[Infinity]", 1, 2, "expected a value"},
        {"[truetrue]", 1, 2, "expected a value"},
        {"[01]", 1, 2, "cannot begin with 0"},
        {"[-]", 1, 2, "needs a digit"},
        {"[-Infinity]", 1, 2, "needs a digit"},
        {"[+1]", 1, 2, "begins with a digit"},
        {"[.5]", 1, 2, "begins with a digit"},
        {"[1.]", 1, 4, "decimal point"},
        {"[1.e3]", 1, 4, "decimal point"},
        {"[1e]", 1, 4, "exponent"},
        {"[1e+]", 1, 5, "exponent"},
        {"[0x10]", 1, 2, "with a unit"},
        {"[10ms]", 1, 2, "with a unit"},
        {"[85%]", 1, 2, "with a unit"},
        {"[1e308]", 1, 2, "finite"},
        {"[-1e999]", 1, 2, "finite"},
        {"[1e99999999999999999999]", 1, 2, "finite"},
        {"[\"abc]", 1, 2, "closing quote"},
        {"[\"ab\nc\"]", 1, 5, "line break"},
        {"[\"a\tb\"]", 1, 4, "0x09"},
        {"[\"\\q\"]", 1, 3, "unknown escape"},
        {"[\"\\u12g4\"]", 1, 3, "four hexadecimal"},
        {"[\"\\u0000\"]", 1, 3, "NUL"},
        {"[\"\\ud800\"]", 1, 3, "surrogate"},
        {"[\"\\udc00\\ud800\"]", 1, 3, "surrogate"},
        {"[\"\\ud800\\u0041\"]", 1, 3, "surrogate"},
        {"[\"\\", 1, 3, "inside a string"},
        {"[\"ab\xff\"]", 1, 5, "not UTF-8"},
        {"[\"\xc0\xaf\"]", 1, 3, "not UTF-8"},
        {"[\"\xed\xa0\x80\"]", 1, 3, "not UTF-8"},
        {"[\"\xf4\x90\x80\x80\"]", 1, 3, "not UTF-8"},
        {"[\"\xe2\x82\"]", 1, 3, "not UTF-8"},
        {"\xef\xbb\xbf{}", 1, 1, "byte order mark"},
        {"\xff\xfe{", 1, 1, "0xff"},
        {"{\"a\":1,\"\\u0061\":2}", 1, 8, "1:2"},
        {"[\"\xc3\xa9\xc3\xa9\", x]", 1, 8, "expected a value"}, /* columns are characters */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_bad(cases[i].text, strlen(cases[i].text), cases[i].line, cases[i].column,
                   cases[i].fragment);
}

Test(json, nul_bytes_are_found)
{
    expect_bad("{}\0", 3, 1, 3, "NUL");
    expect_bad("[\"a\0b\"]", 7, 1, 4, "0x00");
    expect_bad("\0", 1, 1, 1, "NUL");
}

Test(json, depth_and_fields_have_a_limit)
{
    char text[16 * 1024] = "";
    for (int i = 0; i < 16; i++)
        text[i] = '[';
    for (int i = 16; i < 32; i++)
        text[i] = ']';
    struct json doc;
    struct json_fault fault;
    cr_expect_eq(json_parse(text, 32, &doc, &fault), 0);
    json_free(&doc);
    memset(text, '[', 17);
    expect_bad(text, 17, 1, 17, "deeper than 16");

    size_t used = 1;
    text[0] = '{';
    for (int i = 0; i <= JSON_FIELDS_MAX; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "\"f%d\":0,", i);
    expect_bad(text, used, 1, (int)used - 8, "more than 256 fields");
}

Test(json, a_text_over_the_limit_is_refused)
{
    size_t size = JSON_SIZE_MAX + 1;
    char *text = malloc(size);
    cr_assert(text);
    memset(text, ' ', size);
    expect_bad(text, size, 1, 1, "1 MiB");
    free(text);
}

Test(json, good_text_becomes_a_tree_with_places)
{
    static const char text[] =
        " {\"a\": [1, -2.5e3, true],\n  \"\\u00e9\\ud83d\\ude00\": \"x\\n\\/\"} ";
    struct json doc;
    struct json_fault fault;
    int line, column;
    cr_assert_eq(json_parse(text, sizeof text - 1, &doc, &fault), 0, "%s", fault.text);
    const struct json_value *a = json_field(doc.value, "a");
    cr_assert(a && a->kind == JSON_ARRAY && a->count == 3);
    cr_expect(a->first->next->size == 6 && memcmp(a->first->next->text, "-2.5e3", 6) == 0);
    cr_expect_eq(a->first->next->next->kind, JSON_BOOL);
    const struct json_value *b = a->next;
    cr_assert_str_eq(b->key, "\xc3\xa9\xf0\x9f\x98\x80");
    cr_assert_str_eq(b->text, "x\n/");
    json_position(text, sizeof text - 1, b->key_at, &line, &column);
    cr_expect(line == 2 && column == 3);
    cr_expect_null(json_field(doc.value, "b"));
    json_free(&doc);
}

Test(json, scalars_stand_alone_and_empty_containers_are_fine)
{
    static const char *const good[] = {"0",
                                       "-0",
                                       "\"\"",
                                       "null",
                                       "[]",
                                       "{}",
                                       "[{},[]]",
                                       "1e307",
                                       "0.0e999",
                                       "1e-999",
                                       "\"\\\"\\\\\\b\\f\\r\\t\"",
                                       "\"\x7f\""};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct json doc;
        struct json_fault fault;
        cr_expect_eq(json_parse(good[i], strlen(good[i]), &doc, &fault), 0, "%s: %s", good[i],
                     fault.text);
        json_free(&doc);
    }
}

/* Every prefix of a good text, and every text with one byte changed, is either
 * good or refused at a place inside it; a sanitizer build sees what else happens. */
Test(json, damaged_text_never_confuses_the_scanner)
{
    static const char text[] =
        "{\"a\":[1,-2.5e3,true,null],\"b\\u00e9\":{\"c\":\"\\ud83d\\ude00x\"}}";
    char damaged[sizeof text];
    struct json doc;
    struct json_fault fault;
    for (size_t n = 0; n + 1 < sizeof text; n++) {
        char *exact = malloc(n + 1); /* no byte behind the text may be read */
        cr_assert(exact);
        memcpy(exact, text, n);
        cr_expect_eq(json_parse(exact, n, &doc, &fault), ERR_BAD, "prefix %zu", n);
        cr_expect(fault.at <= n);
        json_free(&doc);
        free(exact);
    }
    for (size_t i = 0; i + 1 < sizeof text; i++)
        for (int byte = 0; byte < 256; byte++) {
            memcpy(damaged, text, sizeof text);
            damaged[i] = (char)byte;
            int status = json_parse(damaged, sizeof text - 1, &doc, &fault);
            cr_expect(status == 0 ||
                      (status == ERR_BAD && fault.at < sizeof text && fault.text[0]));
            json_free(&doc);
        }
}
