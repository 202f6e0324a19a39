/* The one loop. Agents run in sweeps, in fixed topological order; within one
 * instant sweeps repeat until nothing is ready. Under the virtual clock the next
 * instant is the smallest due time; under the real one it is whatever the clock
 * says after a sweep (DESIGN.md section 5, "The loop"). */
#ifndef RUN_LOOP_H
#define RUN_LOOP_H

#include "base/timers.h"
#include "flow/agent.h"
#include "flow/task_time.h"
#include "run/region.h"

struct loop_agent {
    struct agent agent;
    struct task_time *worked; /* live: time spent in a step is work of this; NULL: is not */
};

struct loop {
    struct loop_agent *agent;
    uint32_t count, size;
    uint64_t *ready;
    struct timers timers;
    uint64_t steps;         /* since start */
    uint64_t instant_steps; /* at this instant */
};

/* false: no memory. */
MUST_USE bool loop_init(struct loop *l, struct region *r, uint32_t size);
/* Agents are added in the order in which they are to run. Returns the index. */
uint32_t loop_add(struct loop *l, struct agent a, struct task_time *worked);
struct wake loop_wake(struct loop *l, uint32_t index);
/* Marks everything ready (at start, after a command). */
void loop_wake_all(struct loop *l);
/* Marks the agents whose time has come. */
void loop_fire(struct loop *l, int64_t now_ns);
/* One sweep over the ready agents. clock: NULL in virtual time; else read around
 * each step, to account for real work. Returns false when none was ready. */
bool loop_sweep(struct loop *l, int64_t now_ns, int64_t (*clock)(void *), void *context);
/* A step is bounded work: one that took so long did not run all the time. */
#define LOOP_STALL_NS (1000 * INT64_C(1000000))
/* Steps at one instant may not exceed this: an agent that never comes to rest is a
 * defect, and the run stops rather than hang. */
#define LOOP_INSTANT_STEPS UINT64_C(50000000)
static inline int64_t loop_next(const struct loop *l) { return timers_next(&l->timers, NULL); }

#endif
