/* The platform's environments: each runs one call at a time and stays warm for a
 * while. A call gets the idle one used last, else a new one, if neither the
 * ceiling nor the scale-out rate forbids it. All operations are O(1) amortised.
 *
 *   oldest ◄─ older ── idle ── newer ─► newest      (by the time they became idle)
 *      │ reclaimed after idle_ns            │ taken first */
#ifndef FAAS_ENVIRONMENTS_H
#define FAAS_ENVIRONMENTS_H

#include "burst/transport.h"

#define ENVIRONMENT_NONE (-1)

enum environment_state { ENVIRONMENT_ABSENT, ENVIRONMENT_IDLE, ENVIRONMENT_BUSY };

struct environment {
    int64_t ready_ns;     /* busy: its INIT is over by then */
    int64_t idle_from_ns; /* idle: since when */
    int32_t older, newer; /* idle neighbours; absent: `older` is the next free one */
    enum environment_state state;
    bool broken; /* its next call starts with INIT again */
};

struct environments {
    struct environment *at;
    int32_t limit;
    int32_t free, newest, oldest; /* list heads */
    int32_t busy, idle;           /* how many */
    int64_t idle_ns;
    int64_t scale_per_10s;
    int64_t credit; /* environments that may start at once, in ten-thousand-millionths */
    int64_t credit_at_ns;
};

/* An environment for a call, or why there is none. */
struct environment_grant {
    enum throttle_reason refused; /* THROTTLE_NONE: granted */
    int32_t index;
    bool cold;
    int64_t retry_after_ns; /* scale: until another one may start; 0: not known */
};

size_t environments_bytes(int limit);
/* Sets e up over memory (8-aligned, environments_bytes long). Nothing runs; the
 * scale-out bucket is full. */
void environments_init(struct environments *e, void *memory, int limit, int64_t scale_per_10s,
                       int64_t idle_ns);
/* Takes an environment for a call at now_ns. Times never run backwards, over
 * take, give and reclaim together. */
struct environment_grant environments_take(struct environments *e, int64_t now_ns);
/* INIT of a busy environment ends at ready_ns. */
void environments_start(struct environments *e, int32_t index, int64_t ready_ns);
/* The call of a busy environment ended at now_ns; broken: it must INIT anew. */
void environments_give(struct environments *e, int32_t index, int64_t now_ns, bool broken);
/* Removes those that have been idle too long by now_ns. */
void environments_reclaim(struct environments *e, int64_t now_ns);
/* How many are in their INIT at now_ns. O(limit). */
int64_t environments_starting(const struct environments *e, int64_t now_ns);

#endif
