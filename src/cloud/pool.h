/* One function: its environments and the life of its invocations. specs: faas.md 4, 10.3.
 *
 *   pool_invoke ── throttle, rate, 5xx ──► refused after one trip ──────────────┐
 *        │                                                                      ▼
 *        └─ environment: idle one, else new ── STARTING ── RUNNING ── ended ── done()
 *                                               ready and    answer, end of the
 *                                               INIT drawn   process or time-out
 *
 * The same pieces decide as in the service model (src/faas: environments, rate window,
 * tables), so both say the same thing. A calibration's times are floors: INIT and run
 * take what the handler really takes, and never less than what was drawn. */
#ifndef CLOUD_POOL_H
#define CLOUD_POOL_H

#include "burst/transport.h"
#include "cloud/account.h"
#include "cloud/handler.h"

#define POOL_ARN 256
#define POOL_TAIL 4096 /* bytes of log that a caller may see */

struct pool;

/* One invocation. The asker fills the first part and keeps the payload until done. */
struct invocation {
    struct pool *pool;
    struct handler_invocation work; /* payload, size, client_context; the rest is the pool's */
    const char *qualifier;          /* "" for none; copied into the ARN */
    uint32_t records;               /* for the calibration; at least 1 */
    bool wants_tail;
    void (*done)(struct invocation *i); /* called once; i is gone afterwards */
    void *owner;
    struct buffer input; /* for a payload that the asker makes: goes with the invocation */

    /* What became of it, for done. */
    enum answer_status status;
    enum refusal refusal;   /* ANSWER_THROTTLED */
    int64_t retry_after_ns; /* ANSWER_THROTTLED: 0: not known */
    const void *body;       /* OK, FUNCTION_ERROR, TIMEOUT; until done returns */
    size_t size;
    bool cold, executed;
    bool lost;  /* its answer must never reach the asker */
    bool reset; /* the asker's connection must be reset; nothing was executed */
    int64_t init_ns, run_ns, billed_ms, cost_nusd;
    struct fault_draws draws;
    struct buffer tail; /* log lines, at most twice POOL_TAIL; the last POOL_TAIL count */

    /* The pool's own. */
    struct invocation *next, *before; /* all of the pool's that are not done; or the free ones */
    int32_t slot;
    bool unreserved, answered, function_error;
    bool refused; /* the runtime was told that its answer is too large: AWS's end then */
    int64_t arrived_ns, began_ns, floor_ns, deadline_ns;
    struct reactor_timer timer;
    struct buffer kept; /* the body, when it has to wait */
    char arn[2 * POOL_ARN];
    char trace_id[80];
};

struct pool_options {
    const char *name;
    const struct handler_kind *kind;
    const char *source;      /* what follows the kind's name */
    struct faas_config faas; /* language, memory, time-out, idle time, calibration … */
};

/* A function of the account. NULL with the sentence (bad source, no memory). */
struct pool *pool_open(struct account *a, const struct pool_options *o, struct err *e);
/* Stops its environments. Invocations under way are dropped without done. */
void pool_close(struct pool *p);

struct account *pool_account(const struct pool *p);
const char *pool_name(const struct pool *p);
const char *pool_arn(const struct pool *p);
const struct pool_options *pool_options(const struct pool *p);

/* Concurrency reserved for this function alone; POOL_UNRESERVED: none. ERR_BAD with the
 * sentence if too little would be left for the others. */
#define POOL_UNRESERVED (-1)
int pool_reserved(const struct pool *p);
MUST_USE int pool_reserve(struct pool *p, int concurrency, struct err *e);

/* An empty invocation for this pool. NULL: no memory. */
struct invocation *pool_invocation(struct pool *p);
/* Gives an invocation back that is not run after all. */
void pool_forget(struct invocation *i);
/* Runs it. done may be called before this returns. */
void pool_invoke(struct invocation *i);

/* Is an invocation under way? */
bool pool_busy(const struct pool *p);
/* For the screens: environments now. */
void pool_count(const struct pool *p, int *starting, int *busy, int *idle);

#endif
