/* native:tokenize against the token rule itself, in both payload forms and by URL. */
#include "cloud/handler.h"

#include "base/prng.h"
#include "cloud/buffer.h"
#include "cloud/url_event.h"
#include "record/payload.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct rig {
    void *opened, *env;
    bool ready;
    enum handler_outcome outcome;
    struct buffer body;
};

static void on_ready(void *token) { ((struct rig *)token)->ready = true; }

static void on_answer(void *token, const char *id, enum handler_outcome outcome, const void *body,
                      size_t size)
{
    struct rig *g = token;
    (void)id;
    g->outcome = outcome;
    buffer_clear(&g->body);
    buffer_add(&g->body, body, size);
}

static const struct handler_host host = {.ready = on_ready, .answer = on_answer};

static void begin(struct rig *g)
{
    static const struct handler_function f = {.name = "f", .source = "tokenize"};
    struct err e = {0};
    memset(g, 0, sizeof *g);
    g->opened = handler_native.open(&f, NULL, &host, &e);
    g->env = handler_native.start(g->opened, g, &e);
    cr_assert(g->ready);
}

static void finish(struct rig *g)
{
    handler_native.stop(g->env);
    handler_native.close(g->opened);
    buffer_free(&g->body);
}

static const char *ask(struct rig *g, const char *payload, size_t size)
{
    const struct handler_invocation i = {.payload = payload, .size = size};
    handler_native.invoke(g->env, &i);
    return g->body.data;
}

static bool in_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The rule, as it is written in one line: split at every other byte, drop the empty ones. */
static void tokens_of(struct buffer *out, const unsigned char *text, size_t size)
{
    bool first = true;
    for (size_t i = 0; i < size; i++) {
        size_t end = i;
        while (end < size && in_word(text[end]))
            end++;
        if (end == i)
            continue;
        buffer_text(out, first ? "" : ",");
        buffer_json(out, text + i, end - i);
        first = false;
        i = end;
    }
}

Test(native, every_byte_and_any_text_as_the_rule_says)
{
    struct rig g;
    struct prng prng = prng_split(11, 0);
    begin(&g);
    for (int round = 0; round < 300; round++) {
        unsigned char text[600];
        size_t size = round == 0 ? 256 : prng_below(&prng, sizeof text);
        struct buffer list = {0}, want = {0};
        for (size_t i = 0; i < size; i++)
            text[i] = (unsigned char)(round == 0 ? i : prng_next(&prng));
        buffer_text(&list, "[\"");
        for (size_t i = 0; i < size; i++)
            buffer_format(&list, "\\u%04x", text[i]);
        buffer_text(&list, "\",\"\",\"z\"]");
        buffer_text(&want, "[");
        tokens_of(&want, text, size);
        buffer_text(&want, want.size > 1 ? ",\"z\"]" : "\"z\"]");
        cr_assert_str_eq(ask(&g, list.data, list.size), want.data);
        cr_assert_eq(g.outcome, HANDLER_OK);
        buffer_free(&list);
        buffer_free(&want);
    }
    finish(&g);
}

Test(native, empty_records_and_no_records)
{
    struct rig g;
    begin(&g);
    cr_assert_str_eq(ask(&g, "[]", 2), "[]");
    const char *none = "{\"v\":1,\"batch\":0,\"op\":\"tokenize\",\"records\":[]}";
    cr_assert_str_eq(ask(&g, none, strlen(none)), "{\"v\":1,\"batch\":0,\"results\":[]}");
    const char *empty = "{\"v\":1,\"batch\":5,\"op\":\"tokenize\",\"records\":[\"\",\" \",\"a\"]}";
    cr_assert_str_eq(ask(&g, empty, strlen(empty)),
                     "{\"v\":1,\"batch\":5,\"results\":[[],[],[\"a\"]]}");
    finish(&g);
}

Test(native, a_record_of_a_mebibyte)
{
    struct rig g;
    begin(&g);
    struct buffer list = {0}, want = {0};
    buffer_text(&list, "[\"");
    buffer_text(&want, "[");
    for (int i = 0; i < (1 << 20) / 8; i++) {
        buffer_text(&list, "word_12 ");
        buffer_text(&want, i ? ",\"word_12\"" : "\"word_12\"");
    }
    buffer_text(&list, "\"]");
    buffer_text(&want, "]");
    cr_assert_str_eq(ask(&g, list.data, list.size), want.data);
    buffer_free(&list);
    buffer_free(&want);
    cr_assert_str_eq(ask(&g, "[\"small again\"]", 15), "[\"small\",\"again\"]");
    finish(&g);
}

Test(native, what_it_cannot_read_is_a_function_error)
{
    struct rig g;
    begin(&g);
    const char *bad[] = {"{}",
                         "1",
                         "[1]",
                         "{\"v\":2,\"batch\":0,\"op\":\"tokenize\",\"records\":[]}",
                         "{\"v\":1,\"batch\":0,\"op\":\"sort\",\"records\":[]}",
                         "[\"\\u0100\"]",
                         "{\"version\":\"2.0\",\"body\":7}",
                         "{\"version\":\"2.0\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ask(&g, bad[i], strlen(bad[i]));
        cr_assert_eq(g.outcome, HANDLER_ERROR, "%s", bad[i]);
        cr_assert(strstr(g.body.data, "\"errorMessage\":\""), "%s", g.body.data);
    }
    cr_assert_str_eq(ask(&g, "[\"well\"]", 8), "[\"well\"]");
    finish(&g);
}

Test(native, the_event_of_a_url_with_text_and_with_base64)
{
    struct rig g;
    struct url_answer answer;
    begin(&g);
    const char *events[] = {
        "{\"version\":\"2.0\",\"body\":\"[\\\"a \\\\u00e9b\\\"]\",\"isBase64Encoded\":false}",
        "{ \"version\" : \"2.0\", \"isBase64Encoded\":true,\"body\":\"WyJhIFx1MDBlOWIiXQ==\"}"};
    for (int i = 0; i < 2; i++) {
        ask(&g, events[i], strlen(events[i]));
        cr_assert_eq(g.outcome, HANDLER_OK, "%s", g.body.data);
        cr_assert(url_answer_read(g.body.data, g.body.size, &answer));
        cr_assert_eq(answer.status, 200);
        cr_assert_str_eq(answer.body.data, "[\"a\",\"b\"]");
        url_answer_free(&answer);
    }
    finish(&g);
}
