/* What pool.c (admission, opening) and pool_run.c (the life of an environment) share.
 *
 * A slot is an environment's place: index i of src/faas/environments and slot[i] are
 * the same environment. Its timer says what time alone will do: the INIT drawn is over,
 * INIT takes too long, the run drawn is over, the function's time is up. */
#ifndef CLOUD_POOL_PARTS_H
#define CLOUD_POOL_PARTS_H

#include "cloud/pool.h"
#include "faas/environments.h"

enum phase { PHASE_ABSENT, PHASE_IDLE, PHASE_STARTING, PHASE_RUNNING };

struct slot {
    struct pool *pool;
    void *handle; /* the kind's environment; NULL: none, the next call starts cold */
    struct invocation *invocation;
    enum phase phase;
    bool ready, again; /* starting: the handler is ready; INIT was begun a second time */
    int64_t began_ns, floor_ns, limit_ns; /* starting */
    struct reactor_timer timer;
};

struct pool {
    struct account *account;
    struct pool_options options;
    struct handler_function function;
    void *opened;
    struct environments environments;
    struct slot *slot;
    int reserved, starting;
    struct rate_window rate; /* of a reserved concurrency; at_ns NULL: none */
    struct reactor_timer reclaim;
    struct invocation *free, *live;
    char name[HANDLER_NAME], arn[POOL_ARN], *source;
};

/* pool.c: the invocation is over: done is called, and it is gone. */
void pool_finish(struct invocation *i);
/* The same, at at_ns. */
void pool_finish_at(struct invocation *i, int64_t at_ns);

/* pool_run.c: what kinds call; a slot's timer; the reclaim timer. */
extern const struct handler_host pool_host;
void pool_slot_due(void *slot);
void pool_reclaim_due(void *pool);
/* Stops environments that have been idle too long. */
void pool_reclaim(struct pool *p, int64_t now_ns);
/* Runs an admitted invocation in the environment granted. */
void pool_execute(struct invocation *i, const struct environment_grant *grant);
/* Stops a slot's environment, if it has one. */
void pool_drop(struct slot *s);

#endif
