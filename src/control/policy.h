/* Policies: observation -> decision. A policy is a pure function with a small
 * opaque state; it decides, it never acts (DESIGN.md section 2 rule 6, section 6). */
#ifndef CONTROL_POLICY_H
#define CONTROL_POLICY_H

#include "base/prng.h"
#include "control/knob.h"

/* What a controller sees once per control tick (knob `interval`). Rates and
 * ratios are means over the tick just ended; `_total` are counters since start. */
struct observation {
    int64_t now_ns;
    int64_t dt_ns;              /* length of the tick, > 0 */
    int64_t input_rate_mps;     /* records arriving at the burst vertex, milli-records/s */
    int64_t offered_rate_mps;   /* records due at the source, milli-records/s */
    uint64_t input_total;       /* records that entered the burst vertex, all instances */
    uint64_t input_total_first; /* the same, instance 0 only (as-found reads this one) */
    uint64_t remote_total;      /* records handed to the remote lane */
    int64_t busy_first_ppm;     /* of the operator where the dispatcher stands, instance 0 (as-found
                                  * reads this one: in 2023 the controller was an operator by itself) */
    int64_t busy_ppm;           /* occupied slot time ÷ (slots × dt), maximum over instances */
    int64_t backpressured_ppm;  /* maximum over instances of the burst vertex */
    int64_t source_backpressured_ppm;
    int64_t capacity_mps;     /* true local capacity: records finished ÷ busy time × slots
                                  * (Flink's true processing rate); 0 = not yet known */
    int64_t queue;            /* records waiting for the local lane (input links) */
    int64_t queue_limit;      /* how many can wait there before back-pressure */
    int64_t backlog;          /* records due and not emitted */
    int64_t remote_in_flight; /* records in batcher, calls and retries */
    int64_t p99_ns;           /* latency due -> sink over the last second; 0 = nothing arrived */
    int64_t fill_call_p99_ns; /* fill + call of remote records, last second; 0 = none */
    int64_t call_p50_ns, call_p99_ns; /* calls answered in the last second; 0 = none */
    int64_t cost_nusd;                /* spent so far */
    int64_t cost_rate_nusd_h;         /* nano-USD per hour, over the last 10 s */
    int64_t fraction_ppm;             /* what is in force now */
    int64_t throttled_total;          /* 429 answers so far */
};

/* Fields a policy may set. Only fields with their bit in `has` count. */
enum decision_field {
    DECIDE_FRACTION = 1, /* share of records at the dispatcher that go to functions, ppm */
    DECIDE_BATCH = 2,
    DECIDE_CONCURRENCY = 4,
    DECIDE_SLOTS = 8,
    DECIDE_PARALLELISM = 16,
};

struct decision {
    unsigned has;
    int64_t fraction_ppm;
    int64_t batch, concurrency, slots, parallelism;
    const char *reason; /* static phrase for the events list ("busy over threshold"), or NULL */
};

#define POLICY_STATE_SIZE 256

/* A policy's private memory; policies overlay their own struct on it. */
struct policy_state {
    struct prng prng; /* the policy's own stream; `as-found` draws from it */
    bool rate_held;   /* guard: spending is over budget_rate; cleared by init */
    _Alignas(16) unsigned char bytes[POLICY_STATE_SIZE];
};

struct policy {
    const char *name;
    const char *sentence; /* what it does, for a person choosing one */
    /* Sets the state's bytes at start, and when the policy is chosen at run time. */
    void (*init)(struct policy_state *state, const struct knobs *knobs, int64_t now_ns);
    /* One tick. Pure: same state, knobs and observation give the same decision. */
    void (*decide)(struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out);
};

/* All policies in the order of enum-like index of KNOB_POLICY; ends with NULL. */
extern const struct policy *const policy_all[];

/* Runs policy `index` and then the guards, in this order: burst_max, budget and
 * budget_rate (fraction 0 once spent), fields owned by hand (dropped from `has`).
 * The one entry that the engine uses. */
void policy_decide(int index, struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out);

/* ---- batch policies -------------------------------------------------------- */

/* What a batch policy sees when it is asked for the next target size. */
struct batch_seen {
    int64_t now_ns;
    int64_t remote_rate_mps; /* records entering the batcher, last second, milli/s */
    int64_t call_p99_ns;     /* recent calls; 0 = none yet */
    int64_t call_p50_ns;
    int64_t batch_now; /* size in force; a policy may go by its own memory */
};

struct batch_policy_state {
    int64_t last_read_ns;
    int64_t size;
    int64_t spare[6];
};

struct batch_policy {
    const char *name;
    const char *sentence;
    void (*init)(struct batch_policy_state *state, const struct knobs *knobs, int64_t now_ns);
    /* Target number of records of the next batch, 1..10000. The batcher closes a
     * batch at that size or when its oldest record has waited `linger`. */
    int64_t (*size)(struct batch_policy_state *state, const struct knobs *knobs,
                    const struct batch_seen *seen);
};

extern const struct batch_policy *const batch_policy_all[];

#endif
