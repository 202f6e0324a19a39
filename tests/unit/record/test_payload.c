/* The payload codec: what goes out comes back byte for byte, what is not exactly an
 * answer to this batch is refused with a reason, and nothing reads past its end. */
#include "tests/lib/flow_kit.h"

#include "base/prng.h"
#include "flow/op.h"
#include "record/payload.h"

#include <stdio.h>
#include <stdlib.h>

#define SLAB (64 * 1024)
#define ROOM (1 << 20)

static struct block_pool pool;
static char wire[ROOM];

static struct block *fresh(void)
{
    if (pool.count == 0)
        kit_pool(&pool, 8, SLAB);
    struct block *b = block_pool_take(&pool);
    cr_assert(b != NULL);
    return b;
}

static void add(struct block *b, const void *text, uint32_t length)
{
    uint32_t r = kit_row(b, 100 + b->count, length);
    memcpy(b->slab + b->offset[r], text, length);
}

static struct block *texts(const char *const *list)
{
    struct block *b = fresh();
    for (; *list; list++)
        add(b, *list, (uint32_t)strlen(*list));
    return b;
}

static const struct payload_head head = {"job", "tokenize", 3, 2, 77};

static const char *request_of(const struct block *b, enum payload_form form)
{
    size_t n = payload_write_request(wire, ROOM - 1, form, &head, b);
    cr_assert(n > 0);
    cr_assert_eq(n, payload_request_size(form, &head, b));
    wire[n] = 0;
    return wire;
}

Test(payload, a_request_says_what_it_is)
{
    struct block *b = texts((const char *const[]){"a \"b\"", "", "c\\\n\x01\xe9", NULL});
    cr_assert_str_eq(request_of(b, PAYLOAD_V1),
                     "{\"v\":1,\"job\":\"job\",\"epoch\":3,\"batch\":77,\"attempt\":2,"
                     "\"op\":\"tokenize\",\"records\":[\"a \\\"b\\\"\",\"\","
                     "\"c\\\\\\n\\u0001\\u00e9\"]}");
    cr_assert_str_eq(request_of(b, PAYLOAD_LIST),
                     "[\"a \\\"b\\\"\",\"\",\"c\\\\\\n\\u0001\\u00e9\"]");
}

Test(payload, rows_before_the_cursor_stay_at_home)
{
    struct block *b = texts((const char *const[]){"a", "b", "c", NULL}), *c = fresh();
    b->cursor = 2;
    b->next = c;
    add(c, "d", 1);
    cr_assert_str_eq(request_of(b, PAYLOAD_LIST), "[\"c\",\"d\"]");
}

Test(payload, a_request_fits_exactly_or_not_at_all)
{
    unsigned char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    struct block *b = fresh();
    add(b, all, 256);
    add(b, all, 256);
    size_t n = payload_request_size(PAYLOAD_V1, &head, b);
    memset(wire, '#', ROOM);
    cr_assert_eq(payload_write_request(wire, n, PAYLOAD_V1, &head, b), n);
    cr_assert_eq(wire[n], '#', "wrote past its end");
    for (size_t room = 0; room < n; room++) {
        memset(wire, '#', n + 1);
        cr_assert_eq(payload_write_request(wire, room, PAYLOAD_V1, &head, b), 0u);
        cr_assert_eq(wire[room], '#', "wrote past %zu", room);
    }
}

/* ---- there and back ------------------------------------------------------------------ */

static unsigned char text[ROOM + 64];
static struct span record[4096], token[ROOM];
static uint32_t token_end[4096];

static enum payload_error decode(const char *body, size_t size, struct payload_request *q)
{
    struct payload_fault f;
    return payload_read_request(body, size, text, record, 4096, q, &f);
}

/* The function: request in wire, response in `answer`. */
static size_t call_function(size_t size, char *answer)
{
    struct payload_request q;
    cr_assert_eq(decode(wire, size, &q), PAYLOAD_OK);
    tokenize_fn *tokenize = tokenize_select(NULL);
    uint32_t used = 0;
    for (uint32_t i = 0; i < q.records; i++) {
        used += tokenize(text, record[i].begin, record[i].end, token + used);
        token_end[i] = used;
    }
    size_t n = payload_response_size(&q, text, token, token_end);
    cr_assert_eq(payload_write_response(answer, n, &q, text, token, token_end), n);
    cr_assert_eq(payload_write_response(answer, n - 1, &q, text, token, token_end), 0u);
    cr_assert_eq(payload_write_response(answer, n, &q, text, token, token_end), n);
    return n;
}

static uint64_t digest(const struct block *b)
{
    uint64_t sum = 0;
    for (; b; b = b->next)
        for (uint32_t r = b->cursor; r < b->count; r++) {
            uint32_t first = block_first_span(b, r);
            cr_assert(b->flags[r] & ROW_TOKENS);
            sum += record_row_hash(b->id[r], b->slab, b->span + first, b->token_end[r] - first);
        }
    return sum;
}

static char back[ROOM];

static void there_and_back(struct block *b, enum payload_form form)
{
    struct payload_fault f;
    struct op_tokenize op = {tokenize_select(NULL)};
    size_t n = payload_write_request(wire, ROOM, form, &head, b);
    cr_assert(n > 0);
    size_t m = call_function(n, back);
    cr_assert_eq(payload_read_results(back, m, form, 77, b, &f), PAYLOAD_OK, "%s at %u, record %u",
                 payload_error_text[f.error], f.at, f.record);
    uint64_t remote = digest(b);
    for (struct block *x = b; x; x = x->next) {
        for (uint32_t r = 0; r < x->count; r++)
            x->flags[r] = 0;
        op_tokenize_apply(&op, x, 0);
    }
    cr_assert_eq(remote, digest(b));
}

Test(payload, every_byte_comes_back)
{
    struct block *b = fresh(), *c = fresh();
    for (int i = 0; i < 256; i++) {
        unsigned char one[3] = {'x', (unsigned char)i, 'y'};
        add(b, one, 3);
    }
    unsigned char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    add(c, all, 256);
    add(c, "", 0);
    b->next = c;
    size_t n = payload_write_request(wire, ROOM, PAYLOAD_V1, &head, b);
    struct payload_request q;
    cr_assert_eq(decode(wire, n, &q), PAYLOAD_OK);
    cr_assert_eq(q.records, 258u);
    cr_assert_eq(q.form, PAYLOAD_V1);
    cr_assert_eq(memcmp(&q.head, &head, sizeof head), 0);
    cr_assert_eq(memcmp(text, b->slab, 3 * 256), 0);
    cr_assert_eq(record[256].end - record[256].begin, 256u);
    cr_assert_eq(memcmp(text + record[256].begin, all, 256), 0);
    cr_assert_eq(record[257].begin, record[257].end);
    there_and_back(b, PAYLOAD_V1);
    there_and_back(b, PAYLOAD_LIST);
}

Test(payload, random_texts_come_back)
{
    static const char alphabet[] = "aZ_09 ,\"\\\x80\xff\n";
    struct prng p = prng_split(1, 5);
    for (int round = 0; round < 200; round++) {
        struct block *b = fresh();
        uint32_t rows = 1 + (uint32_t)prng_below(&p, 40);
        for (uint32_t r = 0; r < rows; r++) {
            char one[200];
            uint32_t n = (uint32_t)prng_below(&p, sizeof one);
            for (uint32_t i = 0; i < n; i++)
                one[i] = alphabet[prng_below(&p, sizeof alphabet - 1)];
            add(b, one, n);
        }
        there_and_back(b, round % 2 ? PAYLOAD_LIST : PAYLOAD_V1);
        block_pool_give(&pool, b);
    }
}

/* ---- answers that are good ------------------------------------------------------------- */

static struct payload_fault last;

static enum payload_error answer_size(const char *body, size_t size, enum payload_form form)
{
    static struct block *b;
    if (b == NULL)
        b = texts((const char *const[]){"ab cd", "--", "ab \xe9 e", NULL});
    /* exactly as long as it is, so a sanitizer sees a step too far */
    char *exact = malloc(size ? size : 1);
    memcpy(exact, body, size);
    enum payload_error e = payload_read_results(exact, size, form, 77, b, &last);
    free(exact);
    for (uint32_t r = 0; r < b->count; r++)
        cr_assert_eq(!!(b->flags[r] & ROW_TOKENS), e == PAYLOAD_OK);
    cr_assert_eq(b->span_used, e == PAYLOAD_OK ? 4u : 0u);
    return e;
}

static enum payload_error answer(const char *body)
{
    return answer_size(body, strlen(body), PAYLOAD_V1);
}

static enum payload_error flat(const char *body)
{
    return answer_size(body, strlen(body), PAYLOAD_LIST);
}

#define GOOD "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"cd\"],[],[\"ab\",\"e\"]]}"

Test(payload, an_answer_may_be_spelled_in_many_ways)
{
    cr_assert_eq(answer(GOOD), PAYLOAD_OK);
    cr_assert_eq(
        answer(" { \"results\" : [ [ \"ab\" , \"cd\" ] , [ ] ,\n[\"ab\",\"e\"]] , \"batch\" "
               ": 77 , \"v\":1 }\r\n\t"),
        PAYLOAD_OK);
    cr_assert_eq(answer("{\"v\":1,\"batch\":77,\"results\":[[\"\\u0061b\",\"c\\u0064\"],[],"
                        "[\"ab\",\"e\"]]}"),
                 PAYLOAD_OK);
    cr_assert_eq(flat("[\"ab\",\"cd\",\"ab\",\"e\"]"), PAYLOAD_OK);
    cr_assert_eq(flat("[\"ab\",\"cd\",\"\",\"\",\"ab\",\"\",\"\",\"e\",\"\"]"), PAYLOAD_OK);
}

/* ---- answers that are not ------------------------------------------------------------------ */

static const struct {
    enum payload_error error;
    const char *body;
} refused[] = {
    {PAYLOAD_SYNTAX, ""},
    {PAYLOAD_SYNTAX, "garbage"},
    {PAYLOAD_SYNTAX, "<html>"},
    {PAYLOAD_SYNTAX, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"cd\"],[],[\"ab\",\"e\"]]"},
    {PAYLOAD_SYNTAX, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"cd\"],[],[\"ab\",\"e\"],]}"},
    {PAYLOAD_SYNTAX, "{\"v\":01,\"batch\":77}"},
    {PAYLOAD_SYNTAX, "{\"v\":1,,}"},
    {PAYLOAD_SYNTAX, "{\"v\" 1}"},
    {PAYLOAD_SYNTAX, "{\"v\":1,\"batch\":77,\"results\":[[\"a\nb\",\"cd\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_SYNTAX, "{\"v\":1,\"batch\":77,\"results\":[[\"a\\x62\",\"cd\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_SYNTAX,
     "{\"v\":1,\"batch\":77,\"results\":[[\"a\\u00g2\",\"cd\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_SYNTAX, "{\"v\":1,\"batch\":77,\"results\":[[\"a\x80\",\"cd\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_TRAILING, GOOD "{}"},
    {PAYLOAD_TRAILING, GOOD " x"},
    {PAYLOAD_TYPE, "[]"},
    {PAYLOAD_TYPE, "null"},
    {PAYLOAD_TYPE, "\"ok\""},
    {PAYLOAD_TYPE, "{\"v\":\"1\"}"},
    {PAYLOAD_TYPE, "{\"v\":1.0}"},
    {PAYLOAD_TYPE, "{\"v\":1e0}"},
    {PAYLOAD_TYPE, "{\"v\":1,\"batch\":-77}"},
    {PAYLOAD_TYPE, "{\"v\":1,\"batch\":77,\"results\":{}}"},
    {PAYLOAD_TYPE, "{\"v\":1,\"batch\":77,\"results\":[\"ab\"]}"},
    {PAYLOAD_TYPE, "{\"v\":1,\"batch\":77,\"results\":[[1]]}"},
    {PAYLOAD_TYPE, "{\"v\":1,\"batch\":77,\"results\":[[[[[[[[\"ab\"]]]]]]]]}"},
    {PAYLOAD_FIELD, "{\"errorMessage\":\"boom\",\"errorType\":\"Error\"}"},
    {PAYLOAD_FIELD, "{\"v\":1,\"a field with a very long name\":1}"},
    {PAYLOAD_REPEATED, "{\"v\":1,\"v\":1}"},
    {PAYLOAD_MISSING, "{}"},
    {PAYLOAD_MISSING, "{\"v\":1,\"results\":[[\"ab\",\"cd\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_MISSING, "{\"v\":1,\"batch\":77}"},
    {PAYLOAD_VERSION, "{\"v\":2,\"batch\":77}"},
    {PAYLOAD_BATCH, "{\"v\":1,\"batch\":78,\"results\":[]}"},
    {PAYLOAD_BATCH, "{\"v\":1,\"results\":[[\"ab\",\"cd\"],[],[\"ab\",\"e\"]],\"batch\":7}"},
    {PAYLOAD_FEW, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"cd\"],[]]}"},
    {PAYLOAD_MANY, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"cd\"],[],[\"ab\",\"e\"],[]]}"},
    {PAYLOAD_WIDE, "{\"v\":1,\"batch\":77,\"results\":[[\"a\\u0100\",\"cd\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_WIDE, "{\"v\":1,\"batch\":77,\"results\":[[\"a\xe2\x82\xac\"]]}"},
    {PAYLOAD_TOKEN, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"ce\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_TOKEN, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"c\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_TOKEN, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"cde\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_TOKEN, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"cd\",\"x\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_TOKEN, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"cd\"],[\"\"],[\"ab\",\"e\"]]}"},
    {PAYLOAD_TOKEN, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"cd\"],[],[\"e\",\"ab\"]]}"},
    {PAYLOAD_TOKEN, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\",\"e\"],[],[\"ab\",\"cd\"]]}"},
    {PAYLOAD_TOKENS, "{\"v\":1,\"batch\":77,\"results\":[[\"ab\"],[],[\"ab\",\"e\"]]}"},
    {PAYLOAD_TOKENS, "{\"v\":1,\"batch\":77,\"results\":[[],[],[]]}"},
    {PAYLOAD_LONG, "{\"v\":1,\"batch\":18446744073709551616}"},
};

Test(payload, what_is_no_answer_is_refused_with_its_reason)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        enum payload_error e = answer(refused[i].body);
        cr_assert_eq(e, refused[i].error, "%s: %s, not %s", refused[i].body, payload_error_text[e],
                     payload_error_text[refused[i].error]);
        cr_assert_eq(e, last.error);
        cr_assert(last.at <= strlen(refused[i].body));
    }
}

Test(payload, a_flat_answer_is_held_against_the_texts_too)
{
    cr_assert_eq(flat("[\"ab\",\"cd\",\"ab\"]"), PAYLOAD_TOKENS);
    cr_assert_eq(flat("[\"ab\",\"cd\",\"ab\",\"e\",\"e\"]"), PAYLOAD_MANY);
    cr_assert_eq(flat("[\"ab\",\"ab\",\"cd\",\"e\"]"), PAYLOAD_TOKEN);
    cr_assert_eq(flat(GOOD), PAYLOAD_TYPE);
    cr_assert_eq(flat("[[\"ab\"]]"), PAYLOAD_TYPE);
    cr_assert_eq(flat("[]"), PAYLOAD_TOKENS);
}

Test(payload, every_cut_answer_is_refused)
{
    for (size_t n = 0; n < sizeof GOOD - 1; n++)
        cr_assert_neq(answer_size(GOOD, n, PAYLOAD_V1), PAYLOAD_OK, "cut at %zu", n);
}

/* Any change of one byte is refused, or says the same in another spelling. */
Test(payload, no_changed_byte_gets_through_unseen)
{
    char body[] = GOOD;
    for (size_t i = 0; i < sizeof body - 1; i++)
        for (int c = 0; c < 256; c++) {
            char kept = body[i];
            body[i] = (char)c;
            enum payload_error e = answer_size(body, sizeof body - 1, PAYLOAD_V1);
            cr_assert(e != PAYLOAD_OK || (char)c == kept, "byte %zu as %d", i, c);
            body[i] = kept;
        }
}

Test(payload, random_bodies_do_no_harm)
{
    static const char *const pieces[] = {
        "{",  "}",  "[",       "]",    ",",         ":",           "\"v\"", "\"ab\"",   "1", "77",
        "\"", "\\", "\\u0061", "null", "\"batch\"", "\"results\"", " ",     "\xc3\xa9", "e", "["};
    struct prng p = prng_split(7, 7);
    for (int round = 0; round < 20000; round++) {
        char body[400];
        size_t n = 0;
        for (uint64_t k = prng_below(&p, 40); k > 0; k--) {
            const char *piece = pieces[prng_below(&p, sizeof pieces / sizeof pieces[0])];
            memcpy(body + n, piece, strlen(piece));
            n += strlen(piece);
        }
        struct payload_request q;
        char *exact = malloc(n + 1);
        memcpy(exact, body, n);
        (void)decode(exact, n, &q);
        free(exact);
        (void)answer_size(body, n, round % 2 ? PAYLOAD_LIST : PAYLOAD_V1);
    }
}

/* ---- requests that are not ------------------------------------------------------------------- */

static enum payload_error request(const char *body)
{
    struct payload_request q;
    return decode(body, strlen(body), &q);
}

Test(payload, a_request_is_read_strictly_too)
{
    cr_assert_eq(request("{\"v\":1,\"batch\":1,\"op\":\"tokenize\",\"records\":[]}"), PAYLOAD_OK);
    cr_assert_eq(request("[\"a\", \"\\u00e9\\/\\b\"]"), PAYLOAD_OK);
    cr_assert_eq(text[1], 0xe9);
    cr_assert_eq(text[2], '/');
    cr_assert_eq(request("[\"\xc3\xa9\xc2\x80\"]"), PAYLOAD_OK);
    cr_assert_eq(text[0], 0xe9);
    cr_assert_eq(text[1], 0x80);
    cr_assert_eq(request("{\"v\":1,\"batch\":1,\"records\":[]}"), PAYLOAD_MISSING);
    cr_assert_eq(request("{\"v\":1,\"batch\":1,\"op\":\"tokenize\",\"records\":[1]}"),
                 PAYLOAD_TYPE);
    cr_assert_eq(request("{\"v\":1,\"attempt\":4294967296}"), PAYLOAD_LONG);
    cr_assert_eq(request("{\"op\":\"an operator with a long name\"}"), PAYLOAD_LONG);
    cr_assert_eq(request("[\"\\ud83d\\ude00\"]"), PAYLOAD_WIDE);
    cr_assert_eq(request("[\"\xc0\x80\"]"), PAYLOAD_SYNTAX);
    cr_assert_eq(request("[\"a\"] [\"b\"]"), PAYLOAD_TRAILING);
    cr_assert_eq(request("null"), PAYLOAD_TYPE);
    cr_assert_eq(request("[\"a\""), PAYLOAD_SYNTAX);
}

Test(payload, there_are_no_more_records_than_asked_for)
{
    struct payload_request q;
    struct payload_fault f;
    const char *body = "[\"a\",\"b\",\"c\"]";
    cr_assert_eq(payload_read_request(body, strlen(body), text, record, 2, &q, &f), PAYLOAD_MANY);
    cr_assert_eq(f.record, 2u);
    cr_assert_eq(payload_read_request(body, strlen(body), text, record, 3, &q, &f), PAYLOAD_OK);
    cr_assert(payload_records_max(strlen(body)) >= 3);
}
