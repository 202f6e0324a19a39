/* The Invoke API: POST /2015-03-31/functions/NAME/invocations. specs: faas.md 1, 10.3. */
#include "cloud/emulator_parts.h"

#include "cloud/address.h"
#include "cloud/json_check.h"

#include <stdio.h>
#include <string.h>

#define CLIENT_CONTEXT_MAX 3583
#define DRIP_NS (2 * NS_PER_S)
#define IGNORE_NS (900 * NS_PER_S) /* the longest that any client waits */
#define GARBAGE 200

/* ---- answers ---------------------------------------------------------------------------- */

static void add(struct invoke_answer *a, const char *name, const char *value)
{
    assert(a->http.field_count < INVOKE_FIELDS);
    a->fields[a->http.field_count++] = (struct http_field){name, value};
}

void invoke_figures(struct invoke_answer *a, const struct invocation *i)
{
    snprintf(a->number[0], sizeof a->number[0], "%lld", (long long)i->billed_ms);
    add(a, "X-Spillway-Billed-Ms", a->number[0]);
    if (i->cold) {
        snprintf(a->number[1], sizeof a->number[1], "%lld",
                 (long long)((i->init_ns + NS_PER_MS / 2) / NS_PER_MS));
        add(a, "X-Spillway-Init-Ms", a->number[1]);
    }
    add(a, "X-Spillway-Executions", i->executed ? "1" : "0");
}

/* Bytes that are no JSON, the same for the same seed. */
static void make_garbage(struct buffer *b, uint64_t seed)
{
    struct prng prng = {seed};
    for (int i = 0; i < GARBAGE; i++) {
        char c = (char)(prng_next(&prng) >> 56);
        buffer_add(b, i ? &c : "\xff", 1);
    }
}

/* A copy with another number behind "batch": nothing changes where there is none. */
static void change_batch(struct buffer *b, const char *body, size_t size)
{
    static const char key[] = "\"batch\":";
    buffer_add(b, body, size);
    char *at = b->data ? strstr(b->data, key) : NULL;
    char *digit = at ? at + sizeof key - 1 : NULL;
    if (digit && *digit >= '0' && *digit <= '9')
        *digit = *digit == '9' ? '8' : (char)(*digit + 1);
}

static void replace_body(struct invoke_answer *a)
{
    a->http.body = a->body.data;
    a->http.size = a->body.size;
}

void invoke_send(struct invoke_answer *a, struct invocation *i, const struct http_field *fields)
{
    struct account *account = pool_account(i->pool);
    struct http_request *r = i->owner;
    const struct faults *f = &account->faults;
    int64_t at_ns = i->arrived_ns;
    a->http.fields = fields;
    if (i->status == ANSWER_OK) {
        uint64_t spoiled = account->seen.faas.spoiled++;
        if (faults_hit(f, &i->draws, FAULT_DIE, 0, at_ns)) {
            http_reset(r);
            return;
        }
        if (faults_hit(f, &i->draws, FAULT_GARBAGE, 0, at_ns)) {
            make_garbage(&a->body, i->draws.other);
            replace_body(a);
        } else if (faults_hit(f, &i->draws, FAULT_WRONG_IDS, 0, at_ns)) {
            change_batch(&a->body, a->http.body, a->http.size);
            replace_body(a);
        } else if (faults_hit(f, &i->draws, FAULT_CUT, 0, at_ns)) {
            a->http.damage = HTTP_CUT;
        } else if (faults_hit(f, &i->draws, FAULT_DRIP, 0, at_ns)) {
            a->http.damage = HTTP_DRIP;
            a->http.drip_ns = DRIP_NS;
            account->seen.faas.spoiled = spoiled;
        } else {
            account->seen.faas.spoiled = spoiled;
        }
    }
    http_answer(r, &a->http);
    buffer_free(&a->body);
}

void invoke_refuse(struct invocation *i)
{
    struct http_request *r = i->owner;
    struct api_detail d = {.request_id = i->work.request_id};
    if (i->reset) {
        pool_account(i->pool)->seen.resets++;
        http_reset(r);
        return;
    }
    if (i->status == ANSWER_THROTTLED) {
        d.reason = api_reasons[i->refusal];
        d.retry_after_s = api_retry_after_s(i->refusal, i->retry_after_ns);
        api_error_answer(r, API_THROTTLED, &d, "Rate Exceeded.");
        return;
    }
    static const struct {
        enum api_error error;
        const char *message;
    } choice[] = {{API_SERVICE, "Service exception: injected"},
                  {API_BAD_GATEWAY, "Bad gateway: injected"},
                  {API_UNAVAILABLE, "Service unavailable: injected"}};
    size_t which = (size_t)(i->draws.other % 3);
    api_error_answer(r, choice[which].error, &d, "%s", choice[which].message);
}

/* The last 4 KiB of the log. */
static void encode_tail(struct buffer *out, const struct invocation *i)
{
    size_t size = i->tail.size < POOL_TAIL ? i->tail.size : POOL_TAIL;
    if (size)
        buffer_base64(out, i->tail.data + i->tail.size - size, size);
}

static void invoke_done(struct invocation *i)
{
    struct invoke_answer a = {.http = {.status = 200, .body = i->body, .size = i->size}};
    struct buffer tail = {0};
    if (i->lost) {
        http_ignore(i->owner, IGNORE_NS);
        return;
    }
    if (i->status == ANSWER_THROTTLED || i->status == ANSWER_ERROR) {
        invoke_refuse(i);
        return;
    }
    add(&a, "Content-Type", "application/json");
    add(&a, "x-amzn-RequestId", i->work.request_id);
    if (i->status != ANSWER_OK)
        add(&a, "X-Amz-Function-Error", "Unhandled");
    if (i->wants_tail) {
        encode_tail(&tail, i);
        add(&a, "X-Amz-Log-Result", tail.data ? tail.data : "");
    }
    add(&a, "x-amzn-Remapped-Content-Length", "0");
    add(&a, "X-Amz-Executed-Version", "$LATEST");
    add(&a, "X-Amzn-Trace-Id", i->work.trace_id);
    invoke_figures(&a, i);
    invoke_send(&a, i, a.fields);
    buffer_free(&tail);
}

/* ---- the request --------------------------------------------------------------------------- */

enum invocation_type { TYPE_WAIT, TYPE_EVENT, TYPE_DRY_RUN, TYPE_UNKNOWN };

static enum invocation_type read_type(const struct http_request *r)
{
    static const char *const names[] = {"RequestResponse", "Event", "DryRun"};
    const char *said = http_header(r, "X-Amz-Invocation-Type");
    int type = TYPE_WAIT;
    while (said && type < TYPE_UNKNOWN && strcmp(said, names[type]) != 0)
        type++;
    return (enum invocation_type)type;
}

/* Is the body acceptable? False: answered. */
static bool good_body(struct ask *a, enum invocation_type type, struct json_seen *seen)
{
    struct http_request *r = a->request;
    char id[HANDLER_REQUEST_ID] = "";
    const struct api_detail d = {.request_id = id};
    uint64_t limit = type == TYPE_EVENT ? EVENT_BODY_MAX : REQUEST_BODY_MAX;
    const char *name = type == TYPE_EVENT ? "Event" : "RequestResponse";
    *seen = (struct json_seen){0};
    if (r->length > limit) {
        account_uuid(&a->platform->account, id);
        api_error_answer(r, API_TOO_LARGE, &d,
                         "%llu byte payload is too large for the %s invocation type (limit %llu "
                         "bytes)",
                         (unsigned long long)r->length, name, (unsigned long long)limit);
        return false;
    }
    if (r->size == 0 || json_check((const char *)r->body, r->size, seen))
        return true;
    account_uuid(&a->platform->account, id);
    unsigned char byte = seen->at < r->size ? r->body[seen->at] : 0;
    if (seen->at >= r->size)
        api_error_answer(r, API_BAD_CONTENT, &d,
                         "Could not parse request body into json: Unexpected end-of-input (byte "
                         "offset %zu)",
                         seen->at);
    else
        api_error_answer(r, API_BAD_CONTENT, &d,
                         "Could not parse request body into json: Unexpected character (code %u), "
                         "byte offset %zu",
                         byte, seen->at);
    return false;
}

static void queue_event(struct ask *a, struct pool *pool, const char *qualifier, uint32_t records)
{
    struct http_request *r = a->request;
    if (events_add(a->platform->events, pool, qualifier, records, r->body, r->size)) {
        answer_empty(a, 202);
        return;
    }
    char id[HANDLER_REQUEST_ID];
    account_uuid(&a->platform->account, id);
    a->platform->account.seen.refused[REFUSED_QUEUE]++;
    const struct api_detail d = {
        .request_id = id, .reason = api_reasons[REFUSED_QUEUE], .retry_after_s = 1};
    api_error_answer(r, API_THROTTLED, &d, "Rate Exceeded.");
}

static void run(struct ask *a, struct pool *pool, const char *qualifier, uint32_t records)
{
    struct http_request *r = a->request;
    const char *log = http_header(r, "X-Amz-Log-Type");
    const char *context = http_header(r, "X-Amz-Client-Context");
    char id[HANDLER_REQUEST_ID] = "";
    const struct api_detail d = {.request_id = id};
    struct invocation *i = pool_invocation(pool);
    if (i == NULL) {
        api_error_answer(r, API_SERVICE, &d, "out of memory");
        return;
    }
    i->owner = r;
    i->done = invoke_done;
    i->qualifier = qualifier;
    i->records = records ? records : 1;
    i->wants_tail = log && strcmp(log, "Tail") == 0;
    i->work.payload = r->size ? (const void *)r->body : "{}";
    i->work.size = r->size ? r->size : 2;
    i->work.client_context = context ? context : "";
    pool_invoke(i);
}

void front_invoke(struct ask *a)
{
    char qualifier[ADDRESS_QUALIFIER_MAX];
    char id[HANDLER_REQUEST_ID];
    struct json_seen seen;
    const struct api_detail d = {.request_id = id};
    enum invocation_type type = read_type(a->request);
    const char *context = http_header(a->request, "X-Amz-Client-Context");
    struct pool *pool = platform_find(a, qualifier);
    if (pool == NULL)
        return;
    if (type == TYPE_UNKNOWN || (context && strlen(context) > CLIENT_CONTEXT_MAX)) {
        account_uuid(&a->platform->account, id);
        api_error_answer(
            a->request, API_BAD_PARAMETER, &d,
            type == TYPE_UNKNOWN
                ? "InvocationType must be RequestResponse, Event or DryRun"
                : "Client context must be no more than 3583 bytes when base64-encoded.");
        return;
    }
    if (!good_body(a, type, &seen))
        return;
    if (type == TYPE_DRY_RUN)
        answer_empty(a, 204);
    else if (type == TYPE_EVENT)
        queue_event(a, pool, qualifier, seen.records);
    else
        run(a, pool, qualifier, seen.records);
}
