/* The remote lane: records in, calls out, results in (DESIGN.md section 3).
 *
 *   link ─► fill ─► queue ─► call ─► done ─► outlet (downstream)
 *            │        ▲        │
 *            │        └ backoff┤ throttled, failed, late
 *            │                 └► fallback outlet (local lane) or dead letter
 *         batch size, linger
 *
 * A ticket owns the records of one batch in a call buffer of its own until it is
 * done, so a retry, a kill and a fallback need nothing else and lose nothing. An
 * answer is believed only if its ticket still waits for that very attempt. */
#ifndef BURST_LANE_H
#define BURST_LANE_H

#include "base/timers.h"
#include "burst/guard.h"
#include "burst/ticket.h"
#include "burst/twins.h"
#include "control/policy.h"
#include "flow/task.h"

#define LANE_QUEUED 2 /* closed batches that may wait for a call to become possible */

enum ticket_state {
    TICKET_FREE,
    TICKET_QUEUED,
    TICKET_CALLING,
    TICKET_BACKOFF,
    TICKET_DONE,
    TICKET_FALLBACK
};

struct ticket {
    enum ticket_state state;
    uint32_t epoch;
    uint32_t attempt; /* attempts made */
    enum answer_status last;
    struct block_list batch;
    uint32_t bytes;
    uint32_t entered[2]; /* records by the watermark gate's epoch when they came in */
    int64_t opened_ns;   /* its first record came in */
    int64_t closed_ns;
    int64_t first_ns;   /* first attempt */
    int64_t attempt_ns; /* latest attempt */
};

/* Tickets whose rows wait to leave, oldest first. */
struct leave_ring {
    uint32_t *ticket, head, count;
};

struct lane_config {
    uint32_t calls_max;  /* ceiling of knob concurrency */
    uint32_t blocks_max; /* call buffer blocks at most */
    bool has_local;      /* fallback is possible */
    bool blocking;       /* takes no record while a batch is under way */
    uint64_t seed;
};

struct lane {
    struct lane_config config;
    const struct transport *transport;
    struct block_pool *pool;
    struct link **in;
    uint32_t inputs, next_in;
    struct outlet out, fallback;
    struct op_step chain[TASK_CHAIN]; /* operators chained behind the twin */
    int chain_count;
    /* knobs, set by the engine */
    int64_t batch, linger_ns, timeout_ns, concurrency, budget_nusd;
    const struct batch_policy *batch_policy;
    const struct knobs *knobs;
    struct batch_policy_state batch_state;
    struct batch_seen batch_seen; /* refreshed by the controller */
    int64_t spent_before_nusd;    /* at platforms that this one replaced */
    int64_t spent_nusd;           /* authoritative cost so far, refreshed by the engine */
    /* work */
    struct block *cur; /* input being copied */
    struct block_list fill;
    struct block *fill_last;
    uint32_t fill_bytes;
    uint32_t fill_entered[2];
    int64_t fill_since_ns, fill_target;
    struct ticket *ticket;
    uint32_t *free_ticket, free_count;
    struct timers timers; /* attempt deadlines and ends of back-off, by ticket */
    uint32_t *queue, queue_head, queue_count; /* ring: closed or due again */
    struct leave_ring done, back; /* apart: a full local lane does not hold up results */
    uint32_t tickets;
    uint32_t calling, blocks;
    int64_t price_nusd; /* highest price of a recent call: reserve against the budget */
    bool credit;        /* the dispatcher reads it */
    bool broke;         /* the money is spent, but for what is under way */
    bool ended;
    struct retry_budget retry;
    struct breaker breaker;
    struct limiter limiter;
    struct prng prng;
    struct task_time time;
    struct watermark_gate gate;
    struct hist *call_hist;  /* the engine's: first attempt -> answer, OK only */
    struct hist *batch_hist; /* the same from the first record of the batch on; may be NULL */
    /* counters */
    uint64_t in_count, batches, calls, retries, throttled, cold_starts, failed, executed;
    uint64_t fell_back, dead, dropped, timeouts, duplicated_rows, splits;
    int64_t last_failure_ns;
    enum answer_status last_failure;
};

size_t lane_bytes(const struct lane_config *c);
/* memory zeroed, 16-aligned. The caller then sets in, inputs, edges, chain, knobs. */
void lane_init(struct lane *l, void *memory, const struct lane_config *c,
               const struct transport *transport, struct block_pool *pool, int64_t now_ns);
bool lane_step(void *self, int64_t now_ns);
int64_t lane_due(const void *self);

/* Every call under way is given up and its records dispatched again (`kill`).
 * Returns the number of records. */
uint32_t lane_kill(struct lane *l, int64_t now_ns);

/* Another platform from now on. What is under way at the old one is dispatched again; returns
 * the number of records. spent_nusd: everything spent so far. */
uint32_t lane_move(struct lane *l, const struct transport *transport, int64_t spent_nusd,
                   int64_t now_ns);

/* The record `id` holds up the order: sends it, and every record of its ticket
 * that is older than emitted_before, to the local lane as a second copy. Returns
 * the copies made; 0 if it is not here, or there is no room. */
uint32_t lane_duplicate(struct lane *l, uint64_t id, int64_t emitted_before, struct twins *twins,
                        int64_t now_ns);

uint32_t lane_in_flight(const struct lane *l);
uint32_t lane_queue(const struct lane *l);
void lane_visit(const struct lane *l, void (*visit)(void *, uint64_t id), void *context);

#endif
