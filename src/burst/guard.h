/* What keeps a remote lane civil: retry budget, back-off, circuit breaker,
 * concurrency limit, cost meter. Small pure parts; specs: faas.md 8. */
#ifndef BURST_GUARD_H
#define BURST_GUARD_H

#include "base/prng.h"
#include "base/units.h"
#include "burst/transport.h"

/* ---- retry budget: AWS SDK standard retry, 2026 form -------------------------
 * 500 tokens; a retry costs 14 (transient) or 5 (throttle); a success gives back
 * what the retry cost, or 1. Back-off: full jitter, rand(0, min(20 s, base·2^n)),
 * base 50 ms, or 1 s after a throttle, n = retries before this one; `retry_after`
 * from the server is a floor, up to a minute.
 *
 * Retried are throttles and transient failures: 5xx, broken connections, and, at
 * the transient price, failed or timed-out functions. An SDK does not see the
 * last two as failures (HTTP 200); the platform itself retries them where nobody
 * waits for the answer, and so does a stream whose records may run twice. */
#define RETRY_TOKENS 500
#define RETRY_COST_TRANSIENT 14
#define RETRY_COST_THROTTLE 5
#define RETRY_ATTEMPTS 3 /* attempts per call at most, the first included */
#define RETRY_BASE_TRANSIENT_NS (50 * NS_PER_MS)
#define RETRY_BASE_THROTTLE_NS NS_PER_S
#define RETRY_WAIT_MAX_NS (20 * NS_PER_S)  /* of the jitter */
#define RETRY_AFTER_MAX_NS (60 * NS_PER_S) /* a longer wish of the server counts as this */

struct retry_budget {
    int tokens; /* 0..RETRY_TOKENS */
};
void retry_init(struct retry_budget *r);
/* May attempt `attempt` (1-based, just failed with status) be followed by
 * another? Takes the tokens if so and sets *wait_ns; else changes nothing and
 * draws no random number. */
MUST_USE bool retry_allow(struct retry_budget *r, struct prng *prng, uint32_t attempt,
                          enum answer_status status, int64_t retry_after_ns, int64_t *wait_ns);
/* A call succeeded after `attempt` attempts (last failure: last_status, any value
 * if attempt is 1). */
void retry_success(struct retry_budget *r, uint32_t attempt, enum answer_status last_status);

/* ---- circuit breaker ----------------------------------------------------------
 *                8 failures in a row, or a refusal
 *      CLOSED ───────────────────────────────────────► OPEN ◄─┐ probe failed:
 *        ▲ probe succeeded            wait over, allow │      │ wait doubled
 *        └─────────────────── HALF_OPEN ◄──────────────┘      │
 *                                 └───────────────────────────┘
 * Failures are 5xx, broken connections, function errors and time-outs; an OK ends
 * the row. A 429 proves that the service lives: it is neither (the limiter minds
 * it), but as the answer to a probe it closes the breaker. "Too large" says nothing
 * of the service: the next call, half of that one, is the probe then. Answers that arrive
 * while it is open, to calls from before, change nothing. */
#define BREAKER_FAILURES 8
#define BREAKER_WAIT_NS (2 * NS_PER_S)
#define BREAKER_WAIT_MAX_NS (60 * NS_PER_S)
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
struct breaker {
    enum breaker_state state;
    int failures;        /* closed: in a row */
    int64_t retry_at_ns; /* open: a probe may go; half-open: its result is given up */
    int64_t wait_ns;     /* of the next opening; doubles up to 60 s while probes fail */
    bool probing;
    uint64_t opened; /* times */
};
void breaker_init(struct breaker *b);
/* May a call go out now? In half-open, only the one probe; if no result has come
 * for it after 60 s, another. true in open or half-open makes the caller's call
 * the probe, so ask only when there is a call to send. */
MUST_USE bool breaker_allow(struct breaker *b, int64_t now_ns);
void breaker_result(struct breaker *b, enum answer_status status, int64_t now_ns);
/* When time alone changes the answer of breaker_allow; TIME_NEVER if it does not. */
int64_t breaker_due(const struct breaker *b);

/* ---- adaptive concurrency: AIMD on 429 ------------------------------------------
 * Starts at the ceiling (the knob). Falls to 80 % on a 429, at most once per call
 * round; for that round it does not grow. Else grows by 1 per success while at
 * least half used; never above the knob. Every 429 counts: fewer calls at once
 * are also fewer calls per second. A knob turned down and up again finds the limit
 * as it was. */
#define LIMITER_CUT_PERCENT 80
struct limiter {
    int64_t limit_milli; /* calls × 1000, >= 1000 */
    int64_t hold_until_ns;
};
void limiter_init(struct limiter *l, int64_t ceiling);
/* Calls that may be in flight now, 1..ceiling. */
int64_t limiter_limit(const struct limiter *l, int64_t ceiling);
/* in_flight: calls in flight when the answer came, that one included. call_ns: a
 * usual call's length, or this one's: the round. ceiling >= 1. */
void limiter_result(struct limiter *l, enum answer_status status, enum throttle_reason reason,
                    int64_t in_flight, int64_t ceiling, int64_t call_ns, int64_t now_ns);

/* ---- cost meter -----------------------------------------------------------------
 * Sum, and rate over the last 10 s in tenths of a second. Engine time starts at 0. */
#define COST_SLOTS 100
struct cost_meter {
    int64_t total_nusd;
    int64_t slot_nusd[COST_SLOTS];
    int64_t slot_index; /* absolute index of the newest slot, -1 at start */
};
void cost_init(struct cost_meter *c);
/* nusd >= 0. A time older than the window counts in the total only. */
void cost_add(struct cost_meter *c, int64_t nusd, int64_t now_ns);
/* Nano-USD per hour over the last 10 s (or since start, if younger). */
int64_t cost_rate_nusd_h(struct cost_meter *c, int64_t now_ns);

#endif
