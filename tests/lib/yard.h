/* A yard: a handful of agents under a virtual clock, stepped as the engine's loop
 * steps them, and with less patience: an agent that does not come to rest within
 * an instant fails the test. */
#ifndef TESTS_LIB_YARD_H
#define TESTS_LIB_YARD_H

#include "base/units.h"
#include "flow/agent.h"

#include <criterion/criterion.h>

#define YARD_AGENTS 16
#define YARD_PATIENCE 200000

struct yard {
    struct agent agent[YARD_AGENTS];
    int64_t due_ns[YARD_AGENTS];
    int count;
    uint64_t ready;
    int64_t now_ns;
    uint64_t steps; /* since start */
};

/* Agents are added in the order in which they run. */
static inline struct wake yard_add(struct yard *y, const char *name, void *self,
                                   bool (*step)(void *, int64_t), int64_t (*next_due)(const void *))
{
    cr_assert(y->count < YARD_AGENTS);
    int i = y->count++;
    y->agent[i] = (struct agent){name, self, step, next_due};
    y->due_ns[i] = y->now_ns;
    return (struct wake){&y->ready, UINT64_C(1) << i};
}

static inline struct wake yard_wake(struct yard *y, int i)
{
    return (struct wake){&y->ready, UINT64_C(1) << i};
}

static inline void yard_step(struct yard *y, int i)
{
    y->ready &= ~(UINT64_C(1) << i);
    bool more = y->agent[i].step(y->agent[i].self, y->now_ns);
    if (more)
        y->ready |= UINT64_C(1) << i;
    y->due_ns[i] = y->agent[i].next_due(y->agent[i].self);
    y->steps++;
}

/* This instant, until nothing is ready. */
static inline void yard_settle(struct yard *y)
{
    int patience = YARD_PATIENCE;
    for (bool any = true; any;) {
        any = false;
        for (int i = 0; i < y->count; i++) {
            if (y->due_ns[i] <= y->now_ns)
                y->ready |= UINT64_C(1) << i;
            if (!(y->ready >> i & 1))
                continue;
            cr_assert(patience-- > 0, "%s does not come to rest at %lld ns", y->agent[i].name,
                      (long long)y->now_ns);
            yard_step(y, i);
            any = true;
        }
    }
}

static inline int64_t yard_next(const struct yard *y)
{
    int64_t next = TIME_NEVER;
    for (int i = 0; i < y->count; i++)
        next = y->due_ns[i] < next ? y->due_ns[i] : next;
    return next;
}

/* Everything up to until_ns, that instant included. */
static inline void yard_run(struct yard *y, int64_t until_ns)
{
    yard_settle(y);
    for (int64_t next; (next = yard_next(y)) <= until_ns; yard_settle(y))
        y->now_ns = next;
    y->now_ns = until_ns;
    yard_settle(y);
}

#endif
