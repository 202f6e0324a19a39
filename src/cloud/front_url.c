/* Function URLs: any request becomes an event, the handler's result becomes the answer.
 * A function error is a 502 here, unlike at the Invoke API. specs: faas.md 1. */
#include "cloud/emulator_parts.h"

#include "base/hash.h"
#include "cloud/address.h"
#include "cloud/json_check.h"
#include "cloud/url_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define IGNORE_NS (900 * NS_PER_S)
#define URL_ID 33

void front_url_id(const char *name, char *out)
{
    static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint64_t h = hash_bytes(HASH_SEED, name, strlen(name));
    for (int i = 0; i < URL_ID - 1; i++) {
        if (i % 12 == 0)
            h = hash_word(h, (uint64_t)i + 1);
        out[i] = digit[h >> (5 * (i % 12)) & 31];
    }
    out[URL_ID - 1] = '\0';
}

bool front_url_by_host(struct ask *a)
{
    static const char mark[] = ".lambda-url.";
    const char *host = http_header(a->request, "Host");
    const char *dot = host ? strstr(host, mark) : NULL;
    if (dot == NULL || (size_t)(dot - host) >= sizeof a->name)
        return false;
    char id[URL_ID];
    snprintf(a->name, sizeof a->name, "%.*s", (int)(dot - host), host);
    for (int i = 0; i < a->platform->pool_count; i++) {
        front_url_id(pool_name(a->platform->pool[i]), id);
        if (strcasecmp(id, a->name) == 0)
            snprintf(a->name, sizeof a->name, "%s", pool_name(a->platform->pool[i]));
    }
    a->rest = a->request->target;
    return true;
}

/* ---- answers ---------------------------------------------------------------------------- */

static void answer_plain(struct invocation *i, int status, const char *message)
{
    struct buffer json = {0};
    struct invoke_answer a = {.http = {.status = status}};
    buffer_format(&json, "{\"Message\":\"%s\"}", message);
    a.http.body = json.data;
    a.http.size = json.size;
    a.fields[a.http.field_count++] = (struct http_field){"Content-Type", "application/json"};
    a.fields[a.http.field_count++] = (struct http_field){"x-amzn-RequestId", i->work.request_id};
    if (status == 502)
        a.fields[a.http.field_count++] =
            (struct http_field){"x-amzn-ErrorType", "InternalServerErrorException"};
    invoke_figures(&a, i);
    a.http.fields = a.fields;
    http_answer(i->owner, &a.http);
    buffer_free(&json);
}

/* The handler's own headers, then ours. */
static void answer_result(struct invocation *i, struct url_answer *u)
{
    struct invoke_answer a = {
        .http = {.status = u->status, .body = u->body.data, .size = u->body.size}};
    struct http_field all[URL_FIELDS_MAX + INVOKE_FIELDS];
    invoke_figures(&a, i);
    int count = a.http.field_count;
    memcpy(all, a.fields, (size_t)count * sizeof *all);
    memcpy(all + count, u->fields, (size_t)u->field_count * sizeof *all);
    count += u->field_count;
    all[count++] = (struct http_field){"x-amzn-RequestId", i->work.request_id};
    all[count++] = (struct http_field){"X-Amzn-Trace-Id", i->work.trace_id};
    a.http.field_count = count;
    invoke_send(&a, i, all);
}

static void url_done(struct invocation *i)
{
    if (i->lost) {
        http_ignore(i->owner, IGNORE_NS);
        return;
    }
    if (i->status == ANSWER_THROTTLED || i->status == ANSWER_ERROR) {
        invoke_refuse(i);
        return;
    }
    struct url_answer u;
    if (i->status != ANSWER_OK)
        answer_plain(i, 502, "Internal Server Error");
    else if (url_answer_read(i->body, i->size, &u))
        answer_result(i, &u);
    else
        answer_plain(i, 502, "Internal Server Error");
    if (i->status == ANSWER_OK)
        url_answer_free(&u);
}

/* ---- the request --------------------------------------------------------------------------- */

static bool make_event(struct ask *a, struct pool *pool, struct buffer *event)
{
    char id[URL_ID], domain[120], path[ADDRESS_PATH_MAX], request_id[HANDLER_REQUEST_ID];
    size_t length = strcspn(a->rest, "?");
    if (length >= sizeof path)
        return false;
    snprintf(path, sizeof path, "%.*s", (int)length, length ? a->rest : "/");
    if (length == 0)
        snprintf(path, sizeof path, "/");
    front_url_id(pool_name(pool), id);
    snprintf(domain, sizeof domain, "%s.lambda-url.%s.on.aws", id, a->platform->options.region);
    account_uuid(&a->platform->account, request_id);
    const struct url_event u = {
        .request = a->request,
        .path = path,
        .query = a->query,
        .domain = domain,
        .id = id,
        .account = a->platform->options.account,
        .request_id = request_id,
        .real_ms = account_real_ms(&a->platform->account, reactor_now_ns(a->platform->reactor)),
    };
    url_event_write(event, &u);
    return !event->failed;
}

void front_url(struct ask *a)
{
    struct http_request *r = a->request;
    char id[HANDLER_REQUEST_ID];
    const struct api_detail d = {.request_id = id};
    struct json_seen seen = {0};
    account_uuid(&a->platform->account, id);
    struct pool *pool = platform_by_name(a->platform, a->name);
    if (pool == NULL) {
        api_error_answer(r, API_NOT_FOUND, &d, "no function has this URL");
        return;
    }
    if (r->length > REQUEST_BODY_MAX) {
        api_error_answer(r, API_TOO_LARGE, &d, "Request Entity Too Large");
        return;
    }
    struct invocation *i = pool_invocation(pool);
    if (i == NULL || !make_event(a, pool, &i->input) || i->input.size > REQUEST_BODY_MAX) {
        bool large = i && i->input.size > REQUEST_BODY_MAX;
        api_error_answer(r, large ? API_TOO_LARGE : API_SERVICE, &d,
                         large ? "Request Entity Too Large"
                               : "the request cannot be made into an event");
        if (i)
            pool_forget(i);
        return;
    }
    i->owner = r;
    i->done = url_done;
    i->records = r->size && json_check((const char *)r->body, r->size, &seen) && seen.records
                     ? seen.records
                     : 1;
    i->work.payload = i->input.data;
    i->work.size = i->input.size;
    pool_invoke(i);
}
