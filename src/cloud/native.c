/* native:tokenize — the token rule in C, in the reactor's thread: an environment is
 * nothing but its token. It takes both payload forms, and a function URL's event with
 * either of them as the body. */
#include "cloud/handler.h"

#include "cloud/buffer.h"
#include "cloud/url_event.h"
#include "record/payload.h"
#include "record/tokenize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define TEXT_PAD 64          /* tokenize reads so far past a text's end */
#define SCRATCH_KEPT 1000000 /* bytes of a request for which memory is kept */

struct native {
    const struct handler_host *host;
    tokenize_fn *tokenize;
    size_t room; /* a request of so many bytes fits */
    unsigned char *text;
    struct span *record, *token;
    uint32_t *token_end;
    struct buffer out;
};

struct environment {
    struct native *native;
    void *token;
};

static void drop_scratch(struct native *n)
{
    free(n->text);
    free(n->record);
    free(n->token);
    free(n->token_end);
    n->text = NULL;
    n->record = n->token = NULL;
    n->token_end = NULL;
    n->room = 0;
}

static bool make_room(struct native *n, size_t size)
{
    if (size <= n->room)
        return true;
    drop_scratch(n);
    size_t room = 65536;
    while (room < size)
        room *= 2;
    n->text = malloc(room + TEXT_PAD);
    n->record = malloc(payload_records_max(room) * sizeof *n->record);
    /* a text of k bytes has at most k / 2 + 1 tokens, and a record costs two more bytes */
    n->token = malloc((room + 2) * sizeof *n->token);
    n->token_end = malloc(payload_records_max(room) * sizeof *n->token_end);
    if (n->text && n->record && n->token && n->token_end) {
        n->room = room;
        return true;
    }
    drop_scratch(n);
    return false;
}

/* The answer to a payload, into n->out; false with the sentence. */
static bool tokenize_payload(struct native *n, const char *body, size_t size, char *why,
                             size_t why_size)
{
    struct payload_request q;
    struct payload_fault fault;
    if (!make_room(n, size)) {
        snprintf(why, why_size, "out of memory");
        return false;
    }
    enum payload_error error =
        payload_read_request(body, size, n->text, n->record, payload_records_max(size), &q, &fault);
    if (error == PAYLOAD_OK && q.form == PAYLOAD_V1 && strcmp(q.head.op, "tokenize") != 0) {
        snprintf(why, why_size, "unknown op; there is tokenize");
        return false;
    }
    if (error != PAYLOAD_OK) {
        snprintf(why, why_size, "payload, byte %u: %s", fault.at, payload_error_text[error]);
        return false;
    }
    uint32_t tokens = 0;
    for (uint32_t r = 0; r < q.records; r++) {
        tokens += n->tokenize(n->text, n->record[r].begin, n->record[r].end, n->token + tokens);
        n->token_end[r] = tokens;
    }
    size_t need = payload_response_size(&q, n->text, n->token, n->token_end);
    char *to = buffer_reserve(&n->out, need);
    if (to == NULL) {
        snprintf(why, why_size, "out of memory");
        return false;
    }
    n->out.size += payload_write_response(to, need, &q, n->text, n->token, n->token_end);
    return true;
}

static void answer_error(struct environment *env, const char *type, const char *why)
{
    struct buffer json = {0};
    buffer_text(&json, "{\"errorMessage\":");
    buffer_json(&json, why, strlen(why));
    buffer_format(&json, ",\"errorType\":\"%s\",\"stackTrace\":[]}", type);
    env->native->host->answer(env->token, NULL, HANDLER_ERROR, json.data, json.size);
    buffer_free(&json);
}

static void native_invoke(void *environment, const struct handler_invocation *invocation)
{
    struct environment *env = environment;
    struct native *n = env->native;
    const char *body = invocation->payload;
    size_t size = invocation->size;
    struct buffer inner = {0};
    char why[160];
    buffer_clear(&n->out);
    bool url = url_event_is(body, size);
    if (url && !url_event_body(body, size, &inner)) {
        buffer_free(&inner);
        answer_error(env, "ValueError", "the event's body cannot be read");
        return;
    }
    bool good =
        tokenize_payload(n, url ? inner.data : body, url ? inner.size : size, why, sizeof why);
    buffer_free(&inner);
    if (!good) {
        answer_error(env, "ValueError", why);
    } else if (!url) {
        env->native->host->answer(env->token, NULL, HANDLER_OK, n->out.data, n->out.size);
    } else {
        struct buffer wrapped = {0};
        url_event_answer(&wrapped, 200, n->out.data, n->out.size);
        env->native->host->answer(env->token, NULL, HANDLER_OK, wrapped.data, wrapped.size);
        buffer_free(&wrapped);
    }
    if (n->room > 2 * SCRATCH_KEPT)
        drop_scratch(n);
    if (n->out.room > 2 * SCRATCH_KEPT)
        buffer_free(&n->out);
}

static void *native_open(const struct handler_function *function, struct reactor *reactor,
                         const struct handler_host *host, struct err *e)
{
    (void)reactor;
    if (strcmp(function->source, "tokenize") != 0) {
        snprintf(e->text, sizeof e->text, "native:%.60s: there is only native:tokenize",
                 function->source);
        e->code = ERR_BAD;
        return NULL;
    }
    struct native *n = calloc(1, sizeof *n);
    if (n == NULL) {
        snprintf(e->text, sizeof e->text, "out of memory");
        e->code = ERR_MEMORY;
        return NULL;
    }
    n->host = host;
    n->tokenize = tokenize_select(NULL);
    return n;
}

static void *native_start(void *opened, void *token, struct err *e)
{
    struct environment *env = malloc(sizeof *env);
    if (env == NULL) {
        snprintf(e->text, sizeof e->text, "out of memory");
        e->code = ERR_MEMORY;
        return NULL;
    }
    *env = (struct environment){opened, token};
    env->native->host->ready(token);
    return env;
}

static void native_stop(void *environment) { free(environment); }

/* All environments share this process. */
static int64_t native_memory(void *environment)
{
    struct rusage usage;
    (void)environment;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss * INT64_C(1024) : 0;
}

static void native_close(void *opened)
{
    struct native *n = opened;
    drop_scratch(n);
    buffer_free(&n->out);
    free(n);
}

const struct handler_kind handler_native = {.name = "native",
                                            .help =
                                                "tokenize: the token rule in C, in this process",
                                            .open = native_open,
                                            .start = native_start,
                                            .invoke = native_invoke,
                                            .stop = native_stop,
                                            .memory = native_memory,
                                            .close = native_close};
