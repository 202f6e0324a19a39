/* An agent: something that runs. Everything that does is one (DESIGN.md section 5,
 * "The loop"): sources, operators, lanes, sinks, controllers. */
#ifndef FLOW_AGENT_H
#define FLOW_AGENT_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

/* step does a bounded amount of work and never blocks; it returns true if it
 * could do more at this same instant. next_due says when time alone wakes it
 * (TIME_NEVER: only input does). */
struct agent {
    const char *name;
    void *self;
    bool (*step)(void *self, int64_t now_ns);
    int64_t (*next_due)(const void *self);
};

/* One agent's bit in the loop's ready set. Setting it wakes the agent. */
struct wake {
    uint64_t *word; /* NULL: nobody to wake */
    uint64_t bit;
};

static inline void wake_up(struct wake w)
{
    if (w.word)
        *w.word |= w.bit;
}

#endif
