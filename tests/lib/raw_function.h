/* The function `tokenize` behind a raw server: requests decoded, tokens found, answers
 * encoded by the payload codec, as the emulator's native function does it. */
#ifndef TESTS_LIB_RAW_FUNCTION_H
#define TESTS_LIB_RAW_FUNCTION_H

#include "record/payload.h"
#include "record/tokenize.h"
#include "tests/lib/raw_server.h"

/* The answer's body in memory of its own, or NULL if the request is none. */
static inline char *raw_tokenize(const char *body, size_t size, size_t *out_size)
{
    uint32_t max = payload_records_max(size);
    unsigned char *text = malloc(size + 128);
    struct span *record = malloc(max * sizeof *record), *token = malloc((size + 2) * sizeof *token);
    uint32_t *token_end = malloc((max + 1) * sizeof *token_end), used = 0;
    struct payload_request q;
    struct payload_fault fault;
    char *out = NULL;
    if (payload_read_request(body, size, text, record, max, &q, &fault) == PAYLOAD_OK) {
        tokenize_fn *tokenize = tokenize_select("scalar");
        for (uint32_t i = 0; i < q.records; i++) {
            used += tokenize(text, record[i].begin, record[i].end, token + used);
            token_end[i] = used;
        }
        *out_size = payload_response_size(&q, text, token, token_end);
        out = malloc(*out_size + 1);
        payload_write_response(out, *out_size, &q, text, token, token_end);
    }
    free(text);
    free(record);
    free(token);
    free(token_end);
    return out;
}

/* Answers 200 with the tokens, or 400. fields: further header lines. */
static inline void raw_serve_tokens(struct raw_request *r, const char *fields)
{
    size_t n;
    char *out = raw_tokenize(r->body, r->size, &n);
    if (out)
        raw_answer(r->fd, 200, fields, out, n);
    else
        raw_answer(r->fd, 400, "", "{}", 2);
    free(out);
}

#endif
