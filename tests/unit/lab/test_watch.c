#include "lab/watch.h"

#include <criterion/criterion.h>
#include <string.h>

static struct watch w;
static struct sp_reading r;

static void begin(void)
{
    cr_assert(watch_open(&w));
    memset(&r, 0, sizeof r);
    r.knobs.value[KNOB_INTERVAL] = NS_PER_S;
}

/* One second in which 100 records arrived with this latency. */
static void second(int64_t latency_ns, double blocked_s)
{
    for (int i = 0; i < 10; i++) {
        hist_add(&r.latency_hist, latency_ns, 10);
        r.now_ns += NS_PER_S / 10;
        r.accumulated_backpressured_s += blocked_s / 10;
        watch_see(&w, &r);
    }
}

Test(watch, a_warm_up_is_cut_off)
{
    struct watch_steady s;
    begin();
    for (int i = 0; i < 10; i++)
        second((1000 - i * 90) * NS_PER_MS, 0);
    for (int i = 0; i < 50; i++)
        second((50 + i % 3) * NS_PER_MS, 0);
    watch_steady(&w, &r, &s);
    cr_assert(s.steady);
    cr_assert(s.from_ns >= 9 * NS_PER_S && s.from_ns <= 12 * NS_PER_S, "%lld",
              (long long)s.from_ns);
    cr_assert(hist_mean(&s.rest) < 53 * NS_PER_MS);
    watch_close(&w);
}

Test(watch, what_grows_all_the_time_is_not_steady)
{
    struct watch_steady s;
    begin();
    for (int i = 0; i < 60; i++)
        second((i + 1) * 100 * NS_PER_MS, 0);
    watch_steady(&w, &r, &s);
    cr_assert_not(s.steady);
    watch_close(&w);
}

Test(watch, what_is_level_from_the_start_loses_nothing)
{
    struct watch_steady s;
    begin();
    for (int i = 0; i < 60; i++)
        second(20 * NS_PER_MS, 0);
    watch_steady(&w, &r, &s);
    cr_assert(s.steady);
    cr_assert_eq(s.from_ns, 0);
    cr_assert_eq(s.rest.count, 6000);
    watch_close(&w);
}

Test(watch, too_short_a_run_is_not_called_steady)
{
    struct watch_steady s;
    begin();
    for (int i = 0; i < 5; i++)
        second(20 * NS_PER_MS, 0);
    watch_steady(&w, &r, &s);
    cr_assert_not(s.steady);
    cr_assert_eq(s.rest.count, 500);
    watch_close(&w);
}

Test(watch, a_long_run_keeps_fewer_and_longer_spans)
{
    struct watch_steady s;
    begin();
    for (int i = 0; i < 20; i++)
        second(2 * NS_PER_S, 0);
    for (int i = 0; i < 3 * WATCH_SECONDS; i++)
        second(20 * NS_PER_MS, 0);
    watch_steady(&w, &r, &s);
    cr_assert(s.steady);
    cr_assert(s.from_ns >= 20 * NS_PER_S && s.from_ns <= 24 * NS_PER_S);
    watch_close(&w);
}

Test(watch, back_pressure_that_is_gone_an_interval_later_is_rectified)
{
    begin();
    second(1, 0);
    second(1, 0.9);
    second(1, 0); /* rectified */
    second(1, 0.5);
    second(1, 0.5);
    second(1, 0.05); /* below a tenth: gone */
    second(1, 0);
    cr_assert_eq(w.blocked, 3);
    cr_assert_eq(w.rectified, 2);
    watch_close(&w);
}
