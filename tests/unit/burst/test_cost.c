/* The cost meter: a total and the spending rate of the last ten seconds. */
#include "burst/guard.h"

#include <criterion/criterion.h>

Test(cost, steady_spending_shows_its_hourly_rate)
{
    struct cost_meter c;
    cost_init(&c);
    for (int64_t ms = 0; ms < 60000; ms += 10)
        cost_add(&c, 1000, ms * NS_PER_MS);
    cr_assert_eq(c.total_nusd, 6000 * 1000);
    int64_t rate = cost_rate_nusd_h(&c, 60 * NS_PER_S);
    int64_t true_rate = INT64_C(1000) * 100 * 3600;
    cr_assert_leq(rate, true_rate * 1001 / 1000);
    cr_assert_geq(rate, true_rate * 999 / 1000);
}

Test(cost, nothing_spent_is_no_rate)
{
    struct cost_meter c;
    cost_init(&c);
    cr_assert_eq(cost_rate_nusd_h(&c, 0), 0);
    cr_assert_eq(cost_rate_nusd_h(&c, 100 * NS_PER_S), 0);
}

Test(cost, young_meter_divides_by_its_age)
{
    struct cost_meter c;
    cost_init(&c);
    cost_add(&c, 5000, NS_PER_S);
    cr_assert_eq(cost_rate_nusd_h(&c, 2 * NS_PER_S), 5000 / 2 * 3600);
    cr_assert_eq(cost_rate_nusd_h(&c, 5 * NS_PER_S), 1000 * 3600);
}

Test(cost, spending_leaves_the_window_after_ten_seconds)
{
    struct cost_meter c;
    cost_init(&c);
    cost_add(&c, 1000000, 20 * NS_PER_S);
    cr_assert_gt(cost_rate_nusd_h(&c, 29 * NS_PER_S + 900 * NS_PER_MS), 0);
    cr_assert_eq(cost_rate_nusd_h(&c, 30 * NS_PER_S), 0);
    cr_assert_eq(c.total_nusd, 1000000);
    cost_add(&c, 500, 30 * NS_PER_S);
    cr_assert_gt(cost_rate_nusd_h(&c, 30 * NS_PER_S), 0, "the slot is used again");
}

Test(cost, long_silence_empties_every_slot)
{
    struct cost_meter c;
    cost_init(&c);
    for (int64_t s = 0; s < 10; s++)
        cost_add(&c, 1000, s * NS_PER_S);
    cost_add(&c, 0, 12345 * NS_PER_S);
    cr_assert_eq(cost_rate_nusd_h(&c, 12345 * NS_PER_S), 0);
}

Test(cost, late_bill_is_counted_where_it_belongs_or_in_the_total_only)
{
    struct cost_meter c;
    cost_init(&c);
    cost_add(&c, 0, 50 * NS_PER_S);
    cost_add(&c, 9950, 45 * NS_PER_S);
    cr_assert_eq(cost_rate_nusd_h(&c, 50 * NS_PER_S), INT64_C(9950) * 36000 / 99);
    cost_add(&c, 777, 30 * NS_PER_S);
    cr_assert_eq(cost_rate_nusd_h(&c, 50 * NS_PER_S), INT64_C(9950) * 36000 / 99);
    cr_assert_eq(c.total_nusd, 9950 + 777);
}

Test(cost, no_overflow_at_a_million_dollars_a_second)
{
    struct cost_meter c;
    cost_init(&c);
    for (int64_t s = 0; s < 10; s++)
        cost_add(&c, 1000000 * NUSD_PER_USD, s * NS_PER_S);
    /* the first second's money has just left: 9 s of it in a window of 9.9 s */
    int64_t rate_usd_h = cost_rate_nusd_h(&c, 10 * NS_PER_S) / NUSD_PER_USD;
    cr_assert_eq(rate_usd_h, INT64_C(9000000) * 36000 / 99);
}
