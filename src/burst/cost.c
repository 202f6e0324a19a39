/* The cost meter: a ring of tenths of a second. Slot k of absolute index i holds
 * what was spent in [i, i + 1) tenths; k = i mod COST_SLOTS. */
#include "burst/guard.h"

#include "base/wide.h"

#include <string.h>

#define SLOT_NS (NS_PER_S / 10)
#define HOUR_NS (3600 * NS_PER_S)

void cost_init(struct cost_meter *c)
{
    memset(c, 0, sizeof *c);
    c->slot_index = -1;
}

/* Empties the slots that came into the window since the last time. */
static void roll(struct cost_meter *c, int64_t index)
{
    if (index - c->slot_index >= COST_SLOTS) {
        memset(c->slot_nusd, 0, sizeof c->slot_nusd);
        c->slot_index = index;
    }
    while (c->slot_index < index)
        c->slot_nusd[++c->slot_index % COST_SLOTS] = 0;
}

void cost_add(struct cost_meter *c, int64_t nusd, int64_t now_ns)
{
    assert(nusd >= 0 && now_ns >= 0);
    int64_t index = now_ns / SLOT_NS;
    c->total_nusd += nusd;
    roll(c, index);
    if (index > c->slot_index - COST_SLOTS)
        c->slot_nusd[index % COST_SLOTS] += nusd;
}

int64_t cost_rate_nusd_h(struct cost_meter *c, int64_t now_ns)
{
    assert(now_ns >= 0);
    roll(c, now_ns / SLOT_NS);
    i128 sum = 0;
    for (int i = 0; i < COST_SLOTS; i++)
        sum += c->slot_nusd[i];
    /* The newest slot is only begun: the slots reach back to the start of the oldest. */
    int64_t from_ns = (c->slot_index - COST_SLOTS + 1) * SLOT_NS;
    int64_t span_ns = now_ns - (from_ns > 0 ? from_ns : 0);
    if (span_ns < SLOT_NS)
        span_ns = SLOT_NS;
    i128 rate = sum * HOUR_NS / span_ns;
    return rate > INT64_MAX ? INT64_MAX : (int64_t)rate;
}
