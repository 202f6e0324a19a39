#include "flow/task_time.h"

#include "base/check.h"

#include <stddef.h>

/* One unit of share is 1/2^20 of a nanosecond of the instance, so that slots
 * divide with an error far below 1 ns per second. */
#define SHIFT 20

void task_time_init(struct task_time *t, uint32_t slots, int64_t now_ns)
{
    assert(slots > 0);
    *t = (struct task_time){.since_ns = now_ns, .start_ns = now_ns, .slots = slots};
}

static void account(struct task_time *t, int64_t now_ns)
{
    int64_t dt = now_ns - t->since_ns;
    if (dt <= 0)
        return;
    t->since_ns = now_ns;
    uint32_t taken = t->busy + t->blocked;
    uint32_t of = taken > t->slots ? taken : t->slots;
    i128 unit = (i128)dt << SHIFT;
    i128 busy = unit * t->busy / of;
    i128 blocked = unit * t->blocked / of;
    t->busy_ns += busy;
    t->blocked_ns += blocked;
    t->idle_ns += unit - busy - blocked;
}

void task_time_set(struct task_time *t, uint32_t slots, uint32_t busy, uint32_t blocked,
                   int64_t now_ns)
{
    assert(slots > 0);
    account(t, now_ns);
    t->slots = slots;
    t->busy = busy;
    t->blocked = blocked;
}

void task_time_worked(struct task_time *t, int64_t now_ns, int64_t spent_ns)
{
    account(t, now_ns);
    if (now_ns + spent_ns <= t->since_ns)
        return;
    int64_t fresh = now_ns + spent_ns - t->since_ns;
    t->since_ns += fresh;
    t->busy_ns += (i128)fresh << SHIFT;
}

struct task_share task_time_share(const struct task_time *t, int64_t now_ns)
{
    struct task_time copy = *t;
    account(&copy, now_ns);
    struct task_share s;
    s.busy_ns = (int64_t)(copy.busy_ns >> SHIFT);
    s.backpressured_ns = (int64_t)(copy.blocked_ns >> SHIFT);
    s.idle_ns = copy.since_ns - copy.start_ns - s.busy_ns - s.backpressured_ns;
    return s;
}
