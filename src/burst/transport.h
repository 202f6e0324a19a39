/* One way to get a batch executed: local twin, service model, HTTP. All speak
 * the same three calls (DESIGN.md section 5, "Dispatcher"). */
#ifndef BURST_TRANSPORT_H
#define BURST_TRANSPORT_H

#include "base/check.h"
#include "record/block.h"

/* What became of one attempt. */
enum answer_status {
    ANSWER_OK,             /* results for every record */
    ANSWER_THROTTLED,      /* 429; `reason` says which ceiling */
    ANSWER_ERROR,          /* 5xx or a broken connection: transient, may be retried */
    ANSWER_FUNCTION_ERROR, /* the handler failed (HTTP 200 with a function error) */
    ANSWER_TIMEOUT,        /* the function's own time-out, reported by the platform */
    ANSWER_REFUSED,        /* 4xx that never heals: do not retry */
    ANSWER_TOO_LARGE,      /* 413: request or result exceeds what the platform takes; halve it */
    ANSWER_STATUS_COUNT
};

enum throttle_reason {
    THROTTLE_NONE,
    THROTTLE_CONCURRENCY, /* ConcurrentInvocationLimitExceeded */
    THROTTLE_RATE,        /* FunctionInvocationRateLimitExceeded */
    THROTTLE_SCALE,       /* scale-out ramp not yet there: answered as a concurrency 429 */
};

/* One attempt to execute a batch. The records are rows of `batch`, which stays
 * the caller's and must not change until the answer or the cancel. */
struct call {
    uint64_t ticket;  /* (epoch << 32 | index): comes back in the answer */
    uint32_t attempt; /* 1, 2, … */
    const struct block_list *batch;
    uint32_t records;
    uint32_t bytes; /* of text */
};

/* The records of one remote call: rows over one or more blocks. */
struct block_list {
    struct block *first; /* linked by ->next */
    uint32_t records;
};

/* Answer to one attempt. The results themselves are fetched with `take`, and
 * only by an owner that still waits for them. */
struct answer {
    uint64_t ticket;
    uint32_t attempt;
    enum answer_status status;
    enum throttle_reason reason;
    bool cold;              /* a cold start was part of it */
    int64_t init_ns;        /* its length */
    int64_t billed_ns;      /* billed duration, INIT included; 0 = nothing billed */
    int64_t cost_nusd;      /* request fee + compute; 0 when not billed */
    int64_t retry_after_ns; /* the server's wish; 0 = none */
    int64_t executed;       /* times the handler ran to its end for this attempt (0, 1, 2 …) */
};

/* What the platform's bill says. */
struct bill {
    int64_t spent_nusd; /* for executions that have ended */
    int64_t price_nusd; /* of the dearest of them; 0: none has ended */
    int64_t unbilled;   /* calls and executions whose price is not in it yet, given up or not */
};

struct transport {
    const char *name;
    void *self;
    /* Starts an attempt. false: no room now, try again later. */
    bool (*submit)(void *self, const struct call *call, int64_t now_ns);
    /* Takes one answer that is there by now_ns. false: none. */
    bool (*poll)(void *self, int64_t now_ns, struct answer *out);
    /* Writes the results of the ANSWER_OK just polled into the rows of `batch`
     * (spans over its slabs, ROW_TOKENS set). To be called before the next poll.
     * false: the answer does not fit the batch (wrong count, wrong ids). */
    bool (*take)(void *self, const struct answer *answer, struct block_list *batch);
    /* The caller gives up on an attempt: no answer for it will be acted upon. An
     * execution already under way goes on and is billed; its answer may still
     * come out of poll and is recognised by its ticket. */
    void (*cancel)(void *self, uint64_t ticket, uint32_t attempt, int64_t now_ns);
    /* When time alone may produce an answer; TIME_NEVER if none is under way. */
    int64_t (*next_due)(const void *self);
    /* The bill by the time of the last call of one of the above. NULL: the answers
     * are all that is known. */
    void (*bill)(void *self, struct bill *out);
};

#endif
