/* Task time: busy, idle and blocked are shares of one second that sum to it. */
#include "base/prng.h"
#include "base/units.h"
#include "flow/task_time.h"

#include <criterion/criterion.h>

static struct task_time t;

static struct task_share share(int64_t now_ns) { return task_time_share(&t, now_ns); }

Test(task_time, a_slot_that_serves_half_the_time_is_busy_half_the_time)
{
    task_time_init(&t, 1, 0);
    task_time_set(&t, 1, 1, 0, 0);
    task_time_set(&t, 1, 0, 0, 500 * NS_PER_MS);
    cr_assert_eq(share(NS_PER_S).busy_ns, 500 * NS_PER_MS);
    cr_assert_eq(share(NS_PER_S).idle_ns, 500 * NS_PER_MS);
}

Test(task_time, one_busy_slot_of_four_is_a_quarter)
{
    task_time_init(&t, 4, 0);
    task_time_set(&t, 4, 1, 2, 0);
    cr_assert_eq(share(NS_PER_S).busy_ns, 250 * NS_PER_MS);
    cr_assert_eq(share(NS_PER_S).backpressured_ns, 500 * NS_PER_MS);
    cr_assert_eq(share(NS_PER_S).idle_ns, 250 * NS_PER_MS);
}

Test(task_time, slots_taken_away_while_busy_do_not_make_more_than_a_second)
{
    task_time_init(&t, 4, 0);
    task_time_set(&t, 1, 4, 0, 0); /* four records in service, one slot left */
    cr_assert_eq(share(NS_PER_S).busy_ns, NS_PER_S);
    cr_assert_eq(share(NS_PER_S).idle_ns, 0);
}

Test(task_time, thirds_lose_less_than_a_nanosecond_a_second)
{
    task_time_init(&t, 3, 0);
    int64_t now = 0;
    for (int i = 0; i < 1000000; i++) /* a million changes within the second */
        task_time_set(&t, 3, 1, 1, now += 1000);
    struct task_share s = share(now);
    cr_assert(s.busy_ns >= NS_PER_S / 3 - 700 && s.busy_ns <= NS_PER_S / 3 + 700, "%lld",
              (long long)s.busy_ns);
}

Test(task_time, reading_changes_nothing)
{
    task_time_init(&t, 2, 100);
    task_time_set(&t, 2, 1, 0, 150);
    struct task_share a = share(1000);
    cr_assert_eq(share(500).busy_ns, 175);
    cr_assert_eq(share(1000).busy_ns, a.busy_ns);
}

Test(task_time, measured_work_is_busy_time_and_is_counted_once)
{
    task_time_init(&t, 1, 0);
    task_time_worked(&t, 100, 50);
    cr_assert_eq(share(150).busy_ns, 50);
    cr_assert_eq(share(150).idle_ns, 100);
    task_time_worked(&t, 120, 20); /* lies within what is accounted for already */
    cr_assert_eq(share(150).busy_ns, 50);
    task_time_worked(&t, 140, 20); /* half of it does */
    cr_assert_eq(share(160).busy_ns, 60);
    task_time_set(&t, 1, 0, 1, 150); /* an instant before the end of the work */
    cr_assert_eq(share(260).backpressured_ns, 100);
    cr_assert_eq(share(260).idle_ns, 100);
}

Test(task_time, a_year_of_full_slots_does_not_overflow)
{
    task_time_init(&t, 65536, 0);
    int64_t year = 365 * INT64_C(86400) * NS_PER_S;
    task_time_set(&t, 65536, 65536, 0, 0);
    cr_assert_eq(share(10 * year).busy_ns, 10 * year);
}

Test(task_time, busy_idle_and_blocked_sum_to_the_time)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct prng p = prng_split(seed, 0);
        int64_t start = (int64_t)prng_below(&p, 1000), now = start;
        struct task_share last = {0};
        task_time_init(&t, 1 + (uint32_t)prng_below(&p, 9), start);
        for (int n = 0; n < 500; n++) {
            now += (int64_t)prng_below(&p, 3) * (int64_t)prng_below(&p, 1000000007);
            if (prng_below(&p, 4) == 0) {
                int64_t spent = (int64_t)prng_below(&p, 1000);
                task_time_worked(&t, now, spent);
                now += spent;
            } else {
                task_time_set(&t, 1 + (uint32_t)prng_below(&p, 9), (uint32_t)prng_below(&p, 10),
                              (uint32_t)prng_below(&p, 10), now);
            }
            struct task_share s = share(now);
            cr_assert_eq(s.busy_ns + s.idle_ns + s.backpressured_ns, now - start);
            cr_assert(s.busy_ns >= last.busy_ns && s.backpressured_ns >= last.backpressured_ns);
            cr_assert(s.idle_ns + 1 >= last.idle_ns, "seed %llu: idle fell from %lld to %lld",
                      (unsigned long long)seed, (long long)last.idle_ns, (long long)s.idle_ns);
            last = s;
        }
    }
}
