/* The concurrency limit under successes and 429s. */
#include "burst/guard.h"

#include <criterion/criterion.h>

#define ROUND_NS (50 * NS_PER_MS)

static void ok(struct limiter *l, int64_t in_flight, int64_t ceiling, int64_t now_ns)
{
    limiter_result(l, ANSWER_OK, THROTTLE_NONE, in_flight, ceiling, ROUND_NS, now_ns);
}

static void throttled(struct limiter *l, enum throttle_reason reason, int64_t ceiling,
                      int64_t now_ns)
{
    limiter_result(l, ANSWER_THROTTLED, reason, ceiling, ceiling, ROUND_NS, now_ns);
}

static struct limiter limiter_at(int64_t ceiling)
{
    struct limiter l;
    limiter_init(&l, ceiling);
    return l;
}

Test(limiter, starts_where_the_knob_stands)
{
    struct limiter l = limiter_at(100);
    cr_assert_eq(limiter_limit(&l, 100), 100);
    cr_assert_eq(limiter_limit(&l, 7), 7);
}

Test(limiter, falls_to_80_percent_once_per_round)
{
    struct limiter l = limiter_at(100);
    throttled(&l, THROTTLE_CONCURRENCY, 100, 0);
    cr_assert_eq(limiter_limit(&l, 100), 80);
    for (int64_t t = 0; t < ROUND_NS; t += NS_PER_MS)
        throttled(&l, THROTTLE_CONCURRENCY, 100, t);
    cr_assert_eq(limiter_limit(&l, 100), 80);
    throttled(&l, THROTTLE_CONCURRENCY, 100, ROUND_NS);
    cr_assert_eq(limiter_limit(&l, 100), 64);
}

Test(limiter, every_ceiling_of_the_platform_cuts_it)
{
    static const enum throttle_reason reasons[] = {THROTTLE_CONCURRENCY, THROTTLE_RATE,
                                                   THROTTLE_SCALE};
    for (int i = 0; i < 3; i++) {
        struct limiter l = limiter_at(10);
        throttled(&l, reasons[i], 10, 0);
        cr_assert_eq(limiter_limit(&l, 10), 8);
    }
}

Test(limiter, one_call_may_always_go)
{
    struct limiter l = limiter_at(2);
    for (int i = 0; i < 50; i++)
        throttled(&l, THROTTLE_CONCURRENCY, 2, i * ROUND_NS);
    cr_assert_eq(limiter_limit(&l, 2), 1);
    ok(&l, 1, 2, 60 * ROUND_NS);
    cr_assert_eq(limiter_limit(&l, 2), 2, "and it grows again");
}

Test(limiter, grows_by_one_per_success_while_half_used_and_stops_at_the_knob)
{
    struct limiter l = limiter_at(100);
    throttled(&l, THROTTLE_CONCURRENCY, 100, 0);
    ok(&l, 80, 100, ROUND_NS - 1);
    cr_assert_eq(limiter_limit(&l, 100), 80, "not within the round of the cut");
    ok(&l, 39, 100, ROUND_NS);
    cr_assert_eq(limiter_limit(&l, 100), 80, "39 of 80 is less than half");
    ok(&l, 40, 100, ROUND_NS);
    cr_assert_eq(limiter_limit(&l, 100), 81);
    for (int i = 0; i < 100; i++)
        ok(&l, 100, 100, ROUND_NS);
    cr_assert_eq(limiter_limit(&l, 100), 100);
    cr_assert_eq(l.limit_milli, 100000);
}

Test(limiter, other_failures_do_not_move_it)
{
    struct limiter l = limiter_at(10);
    throttled(&l, THROTTLE_CONCURRENCY, 10, 0);
    static const enum answer_status others[] = {ANSWER_ERROR, ANSWER_FUNCTION_ERROR, ANSWER_TIMEOUT,
                                                ANSWER_REFUSED};
    for (int i = 0; i < 4; i++)
        limiter_result(&l, others[i], THROTTLE_NONE, 8, 10, ROUND_NS, 2 * ROUND_NS);
    cr_assert_eq(l.limit_milli, 8000);
}

Test(limiter, knob_turned_down_and_up_again_finds_the_limit_as_it_was)
{
    struct limiter l = limiter_at(100);
    ok(&l, 10, 10, 0);
    cr_assert_eq(limiter_limit(&l, 10), 10);
    cr_assert_eq(limiter_limit(&l, 100), 100);
    throttled(&l, THROTTLE_CONCURRENCY, 10, ROUND_NS);
    cr_assert_eq(limiter_limit(&l, 100), 8, "a cut starts from what was in force");
}

Test(limiter, finds_a_platform_that_bears_30_calls)
{
    struct limiter l = limiter_at(1000);
    int64_t used = 0, throttles = 0;
    for (int round = 0; round < 400; round++) {
        int64_t limit = limiter_limit(&l, 1000), now_ns = round * ROUND_NS;
        for (int64_t i = 0; i < limit; i++) {
            if (i < 30)
                ok(&l, limit, 1000, now_ns);
            else
                throttled(&l, THROTTLE_CONCURRENCY, 1000, now_ns);
            throttles += round >= 100 && i >= 30;
        }
        used += round >= 100 ? (limit < 30 ? limit : 30) : 0;
    }
    cr_assert_gt(used, 300 * 30 * 8 / 10, "%ld", (long)used);
    cr_assert_gt(throttles, 0);
}
