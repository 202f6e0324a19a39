/* Environments: warm ones are reused newest first, new ones come at the platform's
 * pace, idle ones go. */
#include "faas/environments.h"

#include "base/units.h"

#include <criterion/criterion.h>

#define LIMIT 4
#define IDLE_NS (300 * NS_PER_S)

static struct environment memory[LIMIT];

static struct environments empty(void)
{
    struct environments e;
    environments_init(&e, memory, LIMIT, 1000, IDLE_NS);
    return e;
}

static int32_t taken(struct environments *e, int64_t now_ns, bool cold)
{
    struct environment_grant grant = environments_take(e, now_ns);
    cr_assert_eq(grant.refused, THROTTLE_NONE);
    cr_assert_eq(grant.cold, cold);
    return grant.index;
}

Test(environments, newest_idle_one_is_taken_first)
{
    struct environments e = empty();
    int32_t a = taken(&e, 0, true), b = taken(&e, 0, true), c = taken(&e, 0, true);
    environments_give(&e, b, 10, false);
    environments_give(&e, a, 20, false);
    environments_give(&e, c, 30, false);
    cr_assert_eq(taken(&e, 40, false), c);
    cr_assert_eq(taken(&e, 40, false), a);
    cr_assert_eq(taken(&e, 40, false), b);
    taken(&e, 40, true);
    cr_assert_eq(e.busy, 4);
    cr_assert_eq(e.idle, 0);
}

Test(environments, ceiling_refuses_a_fifth_call_and_a_finished_one_makes_room)
{
    struct environments e = empty();
    int32_t first = taken(&e, 0, true);
    for (int i = 1; i < LIMIT; i++)
        taken(&e, 0, true);
    cr_assert_eq(environments_take(&e, 0).refused, THROTTLE_CONCURRENCY);
    environments_give(&e, first, 5, false);
    cr_assert_eq(taken(&e, 5, false), first);
}

Test(environments, idle_ones_go_after_exactly_the_idle_time)
{
    struct environments e = empty();
    int32_t a = taken(&e, 0, true), b = taken(&e, 0, true);
    environments_give(&e, a, 0, false);
    environments_give(&e, b, 1, false);
    environments_reclaim(&e, IDLE_NS - 1);
    cr_assert_eq(e.idle, 2);
    environments_reclaim(&e, IDLE_NS);
    cr_assert_eq(e.idle, 1);
    cr_assert_eq(taken(&e, IDLE_NS, false), b, "the younger one is still warm");
    environments_give(&e, b, IDLE_NS + 1, false);
    taken(&e, 2 * IDLE_NS + 1, true);
    cr_assert_eq(e.idle, 0);
}

Test(environments, traffic_that_needs_one_keeps_one)
{
    struct environments e = empty();
    for (int i = 0; i < LIMIT; i++)
        taken(&e, 0, true);
    for (int32_t i = 0; i < LIMIT; i++)
        environments_give(&e, i, 1, false);
    for (int64_t s = 1; s <= 400; s++)
        environments_give(&e, taken(&e, s * NS_PER_S, false), s * NS_PER_S + 1, false);
    cr_assert_eq(e.idle, 1);
}

Test(environments, broken_one_starts_anew_without_costing_scale_out)
{
    struct environments e;
    environments_init(&e, memory, LIMIT, 1, IDLE_NS);
    int32_t a = taken(&e, 0, true);
    environments_give(&e, a, 5, true);
    cr_assert_eq(taken(&e, 6, true), a);
    environments_give(&e, a, 7, false);
    cr_assert_eq(taken(&e, 8, false), a);
}

Test(environments, starting_ones_are_those_whose_init_is_not_over)
{
    struct environments e = empty();
    environments_start(&e, taken(&e, 0, true), 100);
    environments_start(&e, taken(&e, 0, true), 200);
    cr_assert_eq(environments_starting(&e, 99), 2);
    cr_assert_eq(environments_starting(&e, 100), 1);
    cr_assert_eq(environments_starting(&e, 200), 0);
}

/* Environments that may start by now_ns, all of which stay busy. */
static int started(struct environments *e, int64_t now_ns)
{
    int n = 0;
    while (environments_take(e, now_ns).refused == THROTTLE_NONE)
        n++;
    return n;
}

Test(environments, jump_gets_a_thousand_at_once_and_then_a_hundred_per_second)
{
    static struct environment many[6000];
    struct environments e;
    environments_init(&e, many, 6000, 1000, IDLE_NS);
    cr_assert_eq(started(&e, 0), 1000);
    cr_assert_eq(environments_take(&e, 0).refused, THROTTLE_SCALE);
    int total = 1000;
    for (int64_t ms = 1; ms <= 40000; ms++) {
        total += started(&e, ms * NS_PER_MS);
        cr_assert_eq(total, 1000 + ms / 10, "at %ld ms", (long)ms);
    }
}

Test(environments, unused_scale_out_is_not_saved_up)
{
    static struct environment many[6000];
    struct environments e;
    environments_init(&e, many, 6000, 1000, IDLE_NS);
    cr_assert_eq(started(&e, 3600 * NS_PER_S), 1000);
    cr_assert_eq(started(&e, 3605 * NS_PER_S), 500);
    cr_assert_eq(started(&e, 7200 * NS_PER_S), 1000);
}

Test(environments, fastest_scale_out_after_a_long_pause_does_not_overflow)
{
    struct environments e;
    environments_init(&e, memory, LIMIT, 1000000, IDLE_NS);
    cr_assert_eq(started(&e, 24 * 3600 * NS_PER_S), LIMIT);
    cr_assert_eq(e.credit, (1000000 - LIMIT) * (10 * NS_PER_S));
}

Test(environments, refusal_says_when_the_next_one_may_start)
{
    struct environments e;
    environments_init(&e, memory, LIMIT, 3, IDLE_NS); /* one every 3.33 s */
    for (int i = 0; i < 3; i++)
        taken(&e, 0, true);
    struct environment_grant grant = environments_take(&e, NS_PER_S);
    cr_assert_eq(grant.refused, THROTTLE_SCALE);
    cr_assert_eq(grant.retry_after_ns, (10 * NS_PER_S + 2) / 3 - NS_PER_S);
    int64_t then_ns = NS_PER_S + grant.retry_after_ns;
    cr_assert_eq(environments_take(&e, then_ns - 1).refused, THROTTLE_SCALE);
    taken(&e, then_ns, true);
}

Test(environments, scale_zero_starts_none)
{
    struct environments e;
    environments_init(&e, memory, LIMIT, 0, IDLE_NS);
    struct environment_grant grant = environments_take(&e, 100 * NS_PER_S);
    cr_assert_eq(grant.refused, THROTTLE_SCALE);
    cr_assert_eq(grant.retry_after_ns, 0, "never: not known");
}
