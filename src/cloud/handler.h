/* What runs a function's code: one table per kind (`native`, `python`, `java`, `exec`).
 *
 * An *environment* runs one invocation at a time. The pool (src/cloud/pool.h) decides
 * when one starts, gets work and stops; the kind only does it. Everything happens in
 * the reactor's thread; answers may come at once, from within the call, or later.
 *
 *   pool                      kind
 *   start(token) ───────────► process, or nothing to do
 *        ◄────────────────── ready(token)         INIT is over   | init_failed, gone
 *   invoke(env, invocation) ► event to the handler
 *        ◄────────────────── answer(token, …)                    | gone
 *   stop(env) ──────────────► ends it; no callback with this token afterwards
 *
 * Time-outs, cold-start times of a calibration, billing, log lines are the pool's. */
#ifndef CLOUD_HANDLER_H
#define CLOUD_HANDLER_H

#include "base/err.h"
#include "cloud/reactor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HANDLER_NAME 65       /* a function's name, with its NUL */
#define HANDLER_REQUEST_ID 37 /* a UUID, with its NUL */
#define HANDLER_PAYLOAD_MAX (6 * 1024 * 1024 + 100)

/* The function, as long as the kind is open for it. All strings are the pool's. */
struct handler_function {
    const char *name;   /* "tokenize" */
    const char *source; /* what followed the kind: "tokenize", a folder, a file */
    const char *arn;    /* arn:aws:lambda:REGION:ACCOUNT:function:NAME */
    const char *region; /* "us-east-1" */
    int memory_mb;
    int64_t timeout_ns;
    int environments_max; /* that may exist at once */
};

/* One invocation; strings and payload are valid until it is answered or stopped. */
struct handler_invocation {
    char request_id[HANDLER_REQUEST_ID];
    const char *arn;            /* as invoked: with the qualifier, if there was one */
    const char *trace_id;       /* "Root=1-…" */
    const char *client_context; /* base64 as it came, or "" */
    int64_t deadline_ms;        /* since 1970; when the pool will stop it */
    const void *payload;
    size_t size;
};

enum handler_outcome {
    HANDLER_OK,        /* body is the handler's result */
    HANDLER_ERROR,     /* body is the runtime's error object, as it came */
    HANDLER_TOO_LARGE, /* the result exceeded HANDLER_PAYLOAD_MAX; no body */
};

/* How an environment's process ended without being stopped. */
struct handler_end {
    bool signalled;
    int number; /* exit status, or the signal's number */
};

/* What a kind calls. token: what `start` was given. Borrowed bytes are valid during
 * the call only. After `init_failed` or `gone` the pool calls stop. */
struct handler_host {
    void (*ready)(void *token);
    void (*init_failed)(void *token, const void *json, size_t size);
    /* request_id NULL: the one invocation under way. An answer to another id is ignored. */
    void (*answer)(void *token, const char *request_id, enum handler_outcome outcome,
                   const void *body, size_t size);
    void (*gone)(void *token, struct handler_end end);
    /* What the handler wrote to its standard output and error. */
    void (*log)(void *token, const void *bytes, size_t size);
};

struct handler_kind {
    const char *name; /* "python": written python:SOURCE */
    const char *help; /* what SOURCE is, one sentence */
    /* Checks the source and prepares a function. NULL with the sentence if it cannot
     * ever run (no such folder, no such program). */
    void *(*open)(const struct handler_function *function, struct reactor *reactor,
                  const struct handler_host *host, struct err *e);
    /* A new environment, on its way to `ready`. NULL with the sentence if there can be
     * none now (no process, no memory): the pool answers as for a failed INIT. */
    void *(*start)(void *opened, void *token, struct err *e);
    /* Gives the environment, which is ready and free, its next invocation. */
    void (*invoke)(void *environment, const struct handler_invocation *invocation);
    /* Ends an environment, whatever it is doing: politely, then by force after a
     * short while. The handle is gone when this returns. */
    void (*stop)(void *environment);
    /* Memory that the environment has used at most, bytes; 0: not known. May be NULL. */
    int64_t (*memory)(void *environment);
    /* After the last stop. May block up to a second to see processes end. */
    void (*close)(void *opened);
};

/* All kinds; NULL at the end. In src/cloud/handler.c: a new kind is a row. */
extern const struct handler_kind *const handler_kinds[];
/* By name; NULL if there is none. */
const struct handler_kind *handler_find(const char *name);

extern const struct handler_kind handler_native;

#endif
