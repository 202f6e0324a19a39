/* What the emulator's fronts share. Everything runs in its one thread. */
#ifndef CLOUD_EMULATOR_PARTS_H
#define CLOUD_EMULATOR_PARTS_H

#include "cloud/api_error.h"
#include "cloud/emulator.h"
#include "cloud/http.h"
#include "cloud/pool.h"

#define REQUEST_BODY_MAX HANDLER_PAYLOAD_MAX
#define EVENT_BODY_MAX (1024 * 1024)

struct events;

/* The part of an emulator that its thread uses. */
struct platform {
    struct reactor *reactor;
    struct account account;
    struct http_server *server;
    struct pool *pool[EMULATOR_FUNCTIONS];
    int pool_count;
    struct events *events;
    struct emulator_options options;
    struct signer *signer; /* NULL: signatures are not looked at */
    int64_t started_ns;
};

/* A request and what its path says. */
struct ask {
    struct platform *platform;
    struct http_request *request;
    char name[300];    /* the function's part of the path, decoded; "" if there is none */
    const char *rest;  /* what follows a prefix route, still encoded: begins with '/' or is "" */
    const char *query; /* without '?', still encoded; "" */
};
typedef void ask_fn(struct ask *a);

/* Function by what stands in a path: name, alias, partial or whole ARN. NULL: it was
 * answered with 404 or 400. qualifier (ADDRESS_QUALIFIER_MAX bytes) may be NULL. */
struct pool *platform_find(struct ask *a, char *qualifier);
struct pool *platform_by_name(struct platform *p, const char *name);
/* A new function; NULL with the sentence. spec: KIND:SOURCE. */
struct pool *platform_add(struct platform *p, const char *name, const char *spec,
                          const struct faas_config *faas, struct err *e);
/* Ends one: the pool is closed. */
void platform_remove(struct platform *p, struct pool *pool);
/* A fault from now on, or off. */
void platform_fault(struct platform *p, const struct fault_order *o);
/* Value of a query parameter, decoded into out; false if it is not there. */
bool ask_parameter(const struct ask *a, const char *name, char *out, size_t size);
/* 200 (or status) with a JSON text, and the headers of the API. Frees the buffer. */
void answer_json(struct ask *a, int status, struct buffer *json);
/* The same without any body. */
void answer_empty(struct ask *a, int status);

/* Routes: serve() of the HTTP server, context: the platform. */
void routes_serve(void *platform, struct http_request *r);

/* front_invoke.c */
ask_fn front_invoke;
/* Headers and damage that faults give to the answer of an invocation, and the answer
 * itself. fields: `count` of them are the front's, there is room for INVOKE_FIELDS. */
#define INVOKE_FIELDS 12
struct invoke_answer {
    struct http_answer http;
    struct http_field fields[INVOKE_FIELDS];
    char number[3][24];
    struct buffer body; /* of a damaged answer */
};
/* Adds X-Spillway-Billed-Ms, -Init-Ms, -Executions. */
void invoke_figures(struct invoke_answer *a, const struct invocation *i);
/* Sends it with these fields (http.field_count of them), as the faults in force have it. */
void invoke_send(struct invoke_answer *a, struct invocation *i, const struct http_field *fields);
/* Answers an invocation that was refused or met a 5xx. */
void invoke_refuse(struct invocation *i);

/* front_url.c; the second by Host header: true if the request is one, then name and rest
 * are set. */
ask_fn front_url;
bool front_url_by_host(struct ask *a);
/* Identifier of a function's URL: 32 letters and digits; out holds 33 bytes. */
void front_url_id(const char *name, char *out);
/* front_control.c */
ask_fn front_list, front_create, front_get, front_configuration, front_delete,
    front_concurrency_put, front_concurrency_delete, front_concurrency_get, front_settings,
    front_url_config;
/* front_admin.c */
ask_fn front_metrics, front_health, front_state, front_fault, front_faults;

/* events.c: what came with X-Amz-Invocation-Type: Event. */
struct events *events_open(struct platform *p);
void events_close(struct events *q);
/* Queues a copy of the payload. False: the queue is full. */
bool events_add(struct events *q, struct pool *pool, const char *qualifier, uint32_t records,
                const void *payload, size_t size);
/* Drops what waits for a function that goes. */
void events_forget(struct events *q, const struct pool *pool);

#endif
