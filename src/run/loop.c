#include "run/loop.h"

bool loop_init(struct loop *l, struct region *r, uint32_t size)
{
    *l = (struct loop){.size = size};
    l->agent = region_take(r, size * sizeof *l->agent);
    l->ready = region_take(r, (size + 63) / 64 * sizeof *l->ready);
    void *timers = region_take(r, timers_bytes(size));
    if (!l->agent || !l->ready || !timers)
        return false;
    timers_init(&l->timers, timers, size);
    return true;
}

uint32_t loop_add(struct loop *l, struct agent a, struct task_time *worked)
{
    assert(l->count < l->size);
    l->agent[l->count] = (struct loop_agent){a, worked};
    return l->count++;
}

struct wake loop_wake(struct loop *l, uint32_t index)
{
    assert(index < l->size);
    return (struct wake){&l->ready[index / 64], UINT64_C(1) << (index % 64)};
}

void loop_wake_all(struct loop *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        wake_up(loop_wake(l, i));
}

void loop_fire(struct loop *l, int64_t now_ns)
{
    uint32_t id = 0;
    while (timers_next(&l->timers, &id) <= now_ns) {
        timers_clear(&l->timers, id);
        wake_up(loop_wake(l, id));
    }
}

static void step(struct loop *l, uint32_t i, int64_t now_ns, int64_t (*clock)(void *),
                 void *context)
{
    struct loop_agent *a = &l->agent[i];
    struct wake self = loop_wake(l, i);
    *self.word &= ~self.bit;
    int64_t begin = clock && a->worked ? clock(context) : 0;
    bool more = a->agent.step(a->agent.self, now_ns);
    if (clock && a->worked) {
        int64_t spent = clock(context) - begin;
        if (spent < LOOP_STALL_NS) /* else the process stood still: that was no work */
            task_time_worked(a->worked, begin, spent);
    }
    if (more)
        wake_up(self);
    timers_set(&l->timers, i, a->agent.next_due(a->agent.self));
    l->steps++;
    l->instant_steps++;
}

bool loop_sweep(struct loop *l, int64_t now_ns, int64_t (*clock)(void *), void *context)
{
    bool any = false;
    for (uint32_t w = 0; w * 64 < l->count; w++) {
        uint64_t passed = 0; /* bits at or below the one that ran: their turn is over */
        for (uint64_t bits; (bits = l->ready[w] & ~passed) != 0;) {
            uint32_t bit = (uint32_t)__builtin_ctzll(bits);
            passed |= (UINT64_C(2) << bit) - 1;
            step(l, w * 64 + bit, now_ns, clock, context);
            any = true;
        }
    }
    return any;
}
