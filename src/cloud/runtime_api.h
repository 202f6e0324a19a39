/* The Runtime API of one environment: what a function's runtime asks, over HTTP on a
 * loopback port of its own.
 *
 *   runtime                                       environment
 *   GET  …/runtime/invocation/next ─────────────► ready, the first time
 *        ◄──────── 200, the event ─────────────── runtime_api_invoke
 *   POST …/runtime/invocation/ID/response ──────► answer
 *   POST …/runtime/invocation/ID/error ─────────► answer
 *   POST …/runtime/init/error ──────────────────► init_failed
 *
 * As AWS's own runtime clients expect it: /next waits without limit, always says
 * Content-Type; any number of connections; bodies with a length or in chunks.
 * 202 accepted, 400 another request's id, 403 not now, 404, 405, 413 beyond
 * HANDLER_PAYLOAD_MAX. All in the reactor's thread. */
#ifndef CLOUD_RUNTIME_API_H
#define CLOUD_RUNTIME_API_H

#include "base/err.h"
#include "cloud/handler.h"

#include <stdint.h>

struct runtime_api;

/* What it calls; bytes are borrowed during the call. From within, everything may be
 * called but runtime_api_close. */
struct runtime_api_events {
    void (*ready)(void *context);
    void (*init_failed)(void *context, const void *json, size_t size);
    void (*answer)(void *context, const char *request_id, enum handler_outcome outcome,
                   const void *body, size_t size);
};

/* Listens on a free loopback port. NULL with the sentence. `events` is kept. */
struct runtime_api *runtime_api_open(struct reactor *reactor,
                                     const struct runtime_api_events *events, void *context,
                                     struct err *e);
uint16_t runtime_api_port(const struct runtime_api *api);

/* The next invocation, copied; there must be none under way. It leaves as soon as
 * the runtime asks for it. False: out of memory. */
bool runtime_api_invoke(struct runtime_api *api, const struct handler_invocation *invocation);

/* No more callbacks: who asks for an invocation waits, who answers is told 403. */
void runtime_api_silence(struct runtime_api *api);

/* Closes the port and all connections. Not from within a callback. */
void runtime_api_close(struct runtime_api *api);

#endif
