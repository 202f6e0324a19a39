/* Twins: records of which two copies are under way, because the head of the
 * order waited past its deadline and got a local duplicate. The first copy to
 * reach the sink wins; the second is dropped here, and is no duplicate of the
 * ledger. While a pair is known, its two copies count as one record (before the
 * first arrives) or as none (after): in flight = rows held - pairs. */
#ifndef BURST_TWINS_H
#define BURST_TWINS_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

#define TWINS_MAX 1024
#define TWINS_TEXT_MAX 2048 /* a record with more text gets no second copy */

struct twins {
    uint64_t id[TWINS_MAX];
    bool arrived[TWINS_MAX];
    uint32_t count;
    uint64_t made, dropped;
};

/* Room for another pair? */
static inline bool twins_room(const struct twins *t) { return t->count < TWINS_MAX; }
/* A second copy of id was sent. False if the pair is known already. */
bool twins_add(struct twins *t, uint64_t id);
/* A copy of id reached the sink: true if it is to be dropped (the other was first). */
bool twins_arrive(struct twins *t, uint64_t id);

#endif
