/* One state machine; requests are rows of a table.
 *
 *   STARTING ──next──► WAITING ──invoke──► RUNNING ──response, error──► DONE ──next──► WAITING
 *       └──init/error──► FAILED
 *
 * invoke may come before next (in DONE): then it is kept, and leaves with the next next. */
#include "cloud/runtime_api.h"

#include "base/units.h"
#include "cloud/http.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROOT "/2018-06-01/runtime"
#define CONNECTIONS 32
#define BODIES_MAX ((size_t)4 * HANDLER_PAYLOAD_MAX)
/* Python's client sends an exception's frames in a header too: 1,000 of them are 150 KiB. */
#define HEAD_MAX ((size_t)512 * 1024)
#define IDLE_NS (3600 * NS_PER_S)
#define FIELD_MAX 4096 /* a client context, decoded: at most 3583 * 3 / 4 bytes */

enum state { STARTING, WAITING, RUNNING, DONE, FAILED };
static const char *const state_names[] = {"Started", "Ready", "Running", "InvocationResponseSent",
                                          "InitError"};

/* An invocation on its way to the runtime. */
struct event {
    char deadline[24];
    char *arn, *trace_id, *client_context; /* the last: JSON, or "" */
    void *payload;
    size_t size;
};

struct runtime_api {
    struct reactor *reactor;
    const struct runtime_api_events *events; /* NULL: silent */
    void *context;
    struct http_server *server;
    enum state state;
    char request_id[HANDLER_REQUEST_ID]; /* the last one given; "" before */
    struct event *event;                 /* not yet taken */
    struct http_request *waiter;         /* a next without an event */
};

/* ---- answers ------------------------------------------------------------------- */

static void reply(struct http_request *r, int status, const char *json)
{
    const struct http_field type = {"Content-Type", "application/json"};
    const struct http_answer a = {
        .status = status, .fields = &type, .field_count = 1, .body = json, .size = strlen(json)};
    http_answer(r, &a);
}

static void refuse(struct http_request *r, int status, const char *type, const char *message)
{
    char json[300];
    snprintf(json, sizeof json, "{\"errorMessage\":\"%s\",\"errorType\":\"%s\"}", message, type);
    reply(r, status, json);
}

static void accept_it(struct http_request *r) { reply(r, 202, "{\"status\":\"OK\"}"); }

/* The runtime may not do this now. */
static void refuse_state(const struct runtime_api *api, struct http_request *r, enum state wanted)
{
    char message[160];
    snprintf(message, sizeof message,
             "State transition from %s to %s failed for runtime. "
             "Error: State transition is not allowed",
             state_names[api->state], state_names[wanted]);
    refuse(r, 403, "InvalidStateTransition", message);
}

/* ---- the event of an invocation --------------------------------------------------- */

static void event_free(struct event *v)
{
    if (v == NULL)
        return;
    free(v->arn);
    free(v->trace_id);
    free(v->client_context);
    free(v->payload);
    free(v);
}

static bool is_field_text(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

/* base64 as text that fits into a header; "" if it is none. */
static char *decode(const char *base64)
{
    size_t size = strlen(base64);
    char *text = calloc(1, FIELD_MAX + 1);
    if (text == NULL || size % 4 != 0 || size / 4 * 3 > FIELD_MAX)
        return text;
    int got = EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)base64, (int)size);
    if (got < 0 || !is_field_text(text))
        *text = '\0';
    return text;
}

static struct event *event_make(const struct handler_invocation *i)
{
    struct event *v = calloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    snprintf(v->deadline, sizeof v->deadline, "%lld", (long long)i->deadline_ms);
    v->arn = strdup(i->arn ? i->arn : "");
    v->trace_id = strdup(i->trace_id ? i->trace_id : "");
    v->client_context = decode(i->client_context ? i->client_context : "");
    v->payload = malloc(i->size + 1);
    v->size = i->size;
    if (v->arn && v->trace_id && v->client_context && v->payload) {
        if (i->size > 0)
            memcpy(v->payload, i->payload, i->size);
        return v;
    }
    event_free(v);
    return NULL;
}

static void deliver(struct runtime_api *api, struct http_request *r)
{
    struct event *v = api->event;
    struct http_field fields[6] = {
        {"Content-Type", "application/json"}, /* without it runtime clients crash */
        {"Lambda-Runtime-Aws-Request-Id", api->request_id},
        {"Lambda-Runtime-Deadline-Ms", v->deadline},
        {"Lambda-Runtime-Invoked-Function-Arn", v->arn},
    };
    int n = 4;
    if (*v->trace_id)
        fields[n++] = (struct http_field){"Lambda-Runtime-Trace-Id", v->trace_id};
    if (*v->client_context)
        fields[n++] = (struct http_field){"Lambda-Runtime-Client-Context", v->client_context};
    const struct http_answer a = {
        .status = 200, .fields = fields, .field_count = n, .body = v->payload, .size = v->size};
    api->state = RUNNING;
    api->event = NULL;
    http_answer(r, &a);
    event_free(v);
}

bool runtime_api_invoke(struct runtime_api *api, const struct handler_invocation *invocation)
{
    assert(api->event == NULL && (api->state == WAITING || api->state == DONE));
    api->event = event_make(invocation);
    if (api->event == NULL)
        return false;
    snprintf(api->request_id, sizeof api->request_id, "%s", invocation->request_id);
    struct http_request *waiter = api->waiter;
    api->waiter = NULL;
    if (waiter)
        deliver(api, waiter);
    return true;
}

/* ---- requests --------------------------------------------------------------------- */

/* A runtime that asks again has given up its first question. */
static void wait_for_event(struct runtime_api *api, struct http_request *r)
{
    if (api->waiter)
        refuse_state(api, api->waiter, WAITING);
    api->waiter = r;
}

static void on_next(struct runtime_api *api, struct http_request *r)
{
    bool first = api->state == STARTING;
    if (api->events == NULL) {
        wait_for_event(api, r);
        return;
    }
    if (api->state == RUNNING || api->state == FAILED) {
        refuse_state(api, r, WAITING);
        return;
    }
    api->state = WAITING;
    if (api->event) {
        deliver(api, r);
        return;
    }
    wait_for_event(api, r);
    if (first)
        api->events->ready(api->context);
}

static void on_init_error(struct runtime_api *api, struct http_request *r)
{
    if (api->events == NULL || api->state != STARTING) {
        refuse_state(api, r, FAILED);
        return;
    }
    api->state = FAILED;
    if (r->size > 0)
        api->events->init_failed(api->context, r->body, r->size);
    else
        api->events->init_failed(api->context, "{}", 2);
    accept_it(r);
}

static bool may_answer(struct runtime_api *api, struct http_request *r, const char *id)
{
    bool known = *api->request_id && strcmp(id, api->request_id) == 0;
    if (api->events && known && api->state == RUNNING)
        return true;
    if (known || api->events == NULL)
        refuse_state(api, r, DONE);
    else
        refuse(r, 400, "InvalidRequestID", "Invalid request ID");
    return false;
}

static void give(struct runtime_api *api, enum handler_outcome outcome, const void *body,
                 size_t size)
{
    char id[HANDLER_REQUEST_ID];
    memcpy(id, api->request_id, sizeof id);
    api->state = DONE;
    api->events->answer(api->context, id, outcome, body, size);
}

/* An error without an object of its own: only its type is known. */
static void give_error(struct runtime_api *api, const char *type)
{
    char json[200];
    char plain[100];
    size_t n = 0;
    for (; type && *type && n < sizeof plain - 1; type++)
        if (strchr("\"\\", *type) == NULL && *type > 0x1f)
            plain[n++] = *type;
    plain[n] = '\0';
    snprintf(json, sizeof json, "{\"errorType\":\"%s\"}", n ? plain : "Runtime.Unknown");
    give(api, HANDLER_ERROR, json, strlen(json));
}

/* A streamed response that broke off says so in trailers. */
static bool broke_off(struct runtime_api *api, const struct http_request *r)
{
    const char *type = http_trailer(r, "Lambda-Runtime-Function-Error-Type");
    const char *body = http_trailer(r, "Lambda-Runtime-Function-Error-Body");
    if (type == NULL)
        return false;
    char *json = decode(body ? body : "");
    if (json && *json)
        give(api, HANDLER_ERROR, json, strlen(json));
    else
        give_error(api, type);
    free(json);
    return true;
}

static void on_response(struct runtime_api *api, struct http_request *r, const char *id)
{
    if (!may_answer(api, r, id))
        return;
    if (r->length > HANDLER_PAYLOAD_MAX) {
        give(api, HANDLER_TOO_LARGE, NULL, 0);
        char message[80];
        snprintf(message, sizeof message, "Exceeded maximum allowed payload size (%d bytes).",
                 HANDLER_PAYLOAD_MAX);
        refuse(r, 413, "RequestEntityTooLarge", message);
        return;
    }
    if (!broke_off(api, r))
        give(api, HANDLER_OK, r->body, r->size);
    accept_it(r);
}

static void on_error(struct runtime_api *api, struct http_request *r, const char *id)
{
    if (!may_answer(api, r, id))
        return;
    if (r->size > 0 && r->length <= HANDLER_PAYLOAD_MAX)
        give(api, HANDLER_ERROR, r->body, r->size);
    else
        give_error(api, http_header(r, "Lambda-Runtime-Function-Error-Type"));
    accept_it(r);
}

/* ---- routes ------------------------------------------------------------------------ */

struct route {
    const char *method, *target;
    void (*serve)(struct runtime_api *api, struct http_request *r);
};
static const struct route routes[] = {
    {"GET", ROOT "/invocation/next", on_next},
    {"POST", ROOT "/init/error", on_init_error},
};

struct answer_route {
    const char *last; /* behind the id */
    void (*serve)(struct runtime_api *api, struct http_request *r, const char *id);
};
static const struct answer_route answer_routes[] = {
    {"/response", on_response},
    {"/error", on_error},
};
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* The route to an answer, and the id in its middle; NULL if it is none. */
static const struct answer_route *answer_route(const char *target, char id[HANDLER_REQUEST_ID])
{
    static const char head[] = ROOT "/invocation/";
    if (strncmp(target, head, sizeof head - 1) != 0)
        return NULL;
    target += sizeof head - 1;
    size_t n = strcspn(target, "/?");
    for (size_t i = 0; i < COUNT(answer_routes); i++)
        if (n > 0 && strcmp(target + n, answer_routes[i].last) == 0) {
            /* A longer id is nobody's; neither is its beginning. */
            snprintf(id, HANDLER_REQUEST_ID, "%.*s", n < HANDLER_REQUEST_ID ? (int)n : 0, target);
            return &answer_routes[i];
        }
    return NULL;
}

static void serve(void *context, struct http_request *r)
{
    struct runtime_api *api = context;
    char id[HANDLER_REQUEST_ID] = "";
    for (size_t i = 0; i < COUNT(routes); i++)
        if (strcmp(r->target, routes[i].target) == 0) {
            if (strcmp(r->method, routes[i].method) == 0)
                routes[i].serve(api, r);
            else
                refuse(r, 405, "MethodNotAllowed", "Method not allowed");
            return;
        }
    const struct answer_route *to = answer_route(r->target, id);
    if (to == NULL)
        refuse(r, 404, "NotFound", "No such resource in this Runtime API");
    else if (strcmp(r->method, "POST") != 0)
        refuse(r, 405, "MethodNotAllowed", "Method not allowed");
    else
        to->serve(api, r, id);
}

/* ---- opening and closing --------------------------------------------------------------- */

struct runtime_api *runtime_api_open(struct reactor *reactor,
                                     const struct runtime_api_events *events, void *context,
                                     struct err *e)
{
    struct runtime_api *api = calloc(1, sizeof *api);
    if (api == NULL) {
        snprintf(e->text, sizeof e->text, "out of memory");
        e->code = ERR_MEMORY;
        return NULL;
    }
    *api = (struct runtime_api){.reactor = reactor, .events = events, .context = context};
    const struct http_options o = {.connections_max = CONNECTIONS,
                                   .body_max = HANDLER_PAYLOAD_MAX,
                                   .bodies_max = BODIES_MAX,
                                   .head_max = HEAD_MAX,
                                   .idle_ns = IDLE_NS,
                                   .serve = serve,
                                   .context = api};
    api->server = http_open(reactor, &o, e);
    if (api->server)
        return api;
    free(api);
    return NULL;
}

uint16_t runtime_api_port(const struct runtime_api *api)
{
    return (uint16_t)http_port(api->server);
}

void runtime_api_silence(struct runtime_api *api)
{
    api->events = NULL;
    event_free(api->event);
    api->event = NULL;
}

void runtime_api_close(struct runtime_api *api)
{
    if (api == NULL)
        return;
    http_close(api->server);
    event_free(api->event);
    free(api);
}
