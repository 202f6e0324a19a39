#include "world.h"

enum { SLO = 7 };

Test(slo, an_overload_stays_within_the_target)
{
    const int64_t rate[] = {600, 1000, 3000, 20000};
    for (int i = 0; i < 4; i++) {
        struct world *w = world_open(SLO, rate[i], 1, 2);
        world_run(w, 3000);
        for (int t = 0; t < 200; t++) {
            world_tick(w);
            cr_assert_leq(w->seen.p99_ns, 250 * NS_PER_MS, "%ld/s", (long)rate[i]);
        }
        cr_assert_geq(world_busy(w, 5000), 900000); /* no more is sent than is needed */
        world_close(w);
    }
}

Test(slo, a_spike_is_answered_at_the_next_tick)
{
    struct world *w = world_open(SLO, 300, 1, 2);
    world_run(w, 4000);
    w->rate = 3000;
    world_tick(w);
    cr_assert_geq(w->fraction, 800000);
    world_run(w, 2000);
    for (int t = 0; t < 50; t++) {
        world_tick(w);
        cr_assert_leq(w->seen.p99_ns, 250 * NS_PER_MS);
    }
    world_close(w);
}

Test(slo, nothing_is_sent_while_the_target_is_met_without)
{
    for (int64_t rate = 50; rate <= 400; rate += 50) {
        struct world *w = world_open(SLO, rate, 1, 2);
        w->jitter = true;
        world_run(w, 15000);
        cr_assert_eq(w->remote, 0);
        world_close(w);
    }
}

Test(slo, after_a_spike_the_share_comes_down_in_small_steps_to_nothing)
{
    struct world *w = world_open(SLO, 1500, 1, 2);
    world_run(w, 10000);
    w->rate = 300;
    int64_t before = w->fraction;
    for (int t = 0; t < 100; t++) {
        world_tick(w);
        cr_assert_leq(before - w->fraction, 25000);
        cr_assert_leq(w->fraction, before);
        before = w->fraction;
    }
    cr_assert_eq(w->fraction, 0);
    world_close(w);
}

Test(slo, slow_local_service_moves_the_load_to_quick_functions)
{
    struct world *w = world_open(SLO, 100, 100, 400); /* 400 ms locally, 120 ms remotely */
    world_run(w, 20000);
    cr_assert_geq(w->fraction, 980000);
    int over = 0;
    for (int t = 0; t < 2000; t++) {
        world_tick(w);
        over += w->seen.p99_ns > 250 * NS_PER_MS;
    }
    cr_assert_lt(over, 300, "%d of 2000 ticks over the target", over);
    world_close(w);
}

Test(slo, slow_functions_are_not_given_more_for_being_slow)
{
    struct world *w = world_open(SLO, 1000, 1, 2);
    w->call_ms = 4000;
    world_run(w, 10000);
    for (int t = 0; t < 100; t++) {
        world_tick(w);
        cr_assert_leq(w->fraction, 600000); /* what exceeds the capacity, no trim */
    }
    cr_assert_geq(world_busy(w, 5000), 900000);
    world_close(w);
}

Test(slo, a_tight_target_and_a_loose_one)
{
    struct world *w = world_open(SLO, 1000, 1, 2);
    w->call_ms = 20;
    w->knobs.value[KNOB_SLO] = 40 * NS_PER_MS;
    world_run(w, 5000);
    for (int t = 0; t < 100; t++) {
        world_tick(w);
        cr_assert_leq(w->seen.p99_ns, 40 * NS_PER_MS);
    }
    w->knobs.value[KNOB_SLO] = 60 * NS_PER_S; /* may queue for seconds */
    world_run(w, 60000);
    cr_assert_leq(w->seen.p99_ns, 60 * NS_PER_S);
    cr_assert_geq(world_busy(w, 5000), 950000);
    world_close(w);
}
