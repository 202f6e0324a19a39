#include "world.h"

enum { HYSTERESIS = 5 };

Test(hysteresis, it_takes_three_busy_ticks_to_start)
{
    struct knobs knobs;
    struct policy_state state = {0};
    struct decision out;
    struct observation seen = {.dt_ns = 100 * NS_PER_MS, .busy_ppm = 850000};
    knobs_init(&knobs);
    policy_all[HYSTERESIS]->init(&state, &knobs, 0);
    const int64_t busy[] = {850000, 900000, 849999, 850000, 860000, 870000};
    const bool on[] = {false, false, false, false, false, true};
    for (int i = 0; i < 6; i++) {
        seen.busy_ppm = busy[i];
        policy_decide(HYSTERESIS, &state, &knobs, &seen, &out);
        cr_assert_eq(out.fraction_ppm > 0, on[i], "tick %d", i);
    }
    for (int i = 0; i < 3; i++) { /* and three calm ones to stop */
        cr_assert_gt(out.fraction_ppm, 0);
        seen.busy_ppm = 700000;
        policy_decide(HYSTERESIS, &state, &knobs, &seen, &out);
    }
    cr_assert_eq(out.fraction_ppm, 0);
}

Test(hysteresis, a_blocked_source_starts_it_at_once)
{
    struct knobs knobs;
    struct policy_state state = {0};
    struct decision out;
    struct observation seen = {.dt_ns = 100 * NS_PER_MS, .source_backpressured_ppm = 600000};
    knobs_init(&knobs);
    policy_all[HYSTERESIS]->init(&state, &knobs, 0);
    for (int i = 0; i < 50; i++) { /* blocked elsewhere: on, but no more than the floor */
        policy_decide(HYSTERESIS, &state, &knobs, &seen, &out);
        cr_assert(out.fraction_ppm > 0 && out.fraction_ppm <= 50000);
        seen.fraction_ppm = out.fraction_ppm;
    }
}

Test(hysteresis, no_load_makes_it_flap)
{
    for (int64_t rate = 50; rate <= 3000; rate += 50) {
        struct world *w = world_open(HYSTERESIS, rate, 1, 2);
        w->jitter = true;
        world_run(w, 10000);
        int switches = 0;
        bool on = w->fraction > 0;
        w->changes = 0;
        for (int i = 0; i < 400; i++) {
            world_tick(w);
            switches += on != (w->fraction > 0);
            on = w->fraction > 0;
        }
        cr_assert_leq(switches, 1, "%ld/s: %d switches", (long)rate, switches);
        cr_assert_leq(w->changes, 60, "%ld/s: %ld changes", (long)rate, (long)w->changes);
        world_close(w);
    }
}

Test(hysteresis, an_overloaded_lane_comes_into_the_band_and_stays)
{
    const int64_t rate[] = {500, 700, 1000, 2500, 5000};
    for (int i = 0; i < 5; i++) {
        struct world *w = world_open(HYSTERESIS, rate[i], 1, 2);
        world_run(w, 12000);
        int64_t busy = world_busy(w, 5000);
        cr_assert(busy > 700000 && busy < 850000, "%ld/s: busy %ld", (long)rate[i], (long)busy);
        cr_assert_eq(w->seen.backlog, 0);
        cr_assert_lt(w->seen.queue, 10);
        world_close(w);
    }
}

Test(hysteresis, the_share_rises_and_falls_in_steps)
{
    struct world *w = world_open(HYSTERESIS, 5000, 1, 2);
    int64_t before = 0;
    for (int i = 0; i < 100; i++) {
        if (i == 50)
            w->rate = 450; /* 90 %: keep shedding a little */
        world_tick(w);
        cr_assert_leq(w->fraction - before, 300000);
        cr_assert(before - w->fraction <= 50000);
        before = w->fraction;
    }
    cr_assert_gt(w->fraction, 0);
    world_close(w);
}

Test(hysteresis, low_load_is_left_alone_and_returned_to)
{
    struct world *w = world_open(HYSTERESIS, 400, 1, 2);
    world_run(w, 10000);
    cr_assert_eq(w->remote, 0); /* 80 % is under busy_on */
    w->rate = 1000;
    world_run(w, 10000);
    cr_assert_gt(w->fraction, 400000);
    w->rate = 300; /* 60 % is under busy_off */
    world_run(w, 2000);
    cr_assert_eq(w->fraction, 0);
    world_close(w);
}

Test(hysteresis, thresholds_in_the_wrong_order_do_no_harm)
{
    struct world *w = world_open(HYSTERESIS, 1000, 1, 2);
    w->knobs.value[KNOB_BUSY_ON] = 500000;
    w->knobs.value[KNOB_BUSY_OFF] = 900000;
    world_run(w, 10000);
    int64_t busy = world_busy(w, 5000);
    cr_assert(busy > 400000 && busy < 600000, "%ld", (long)busy);
    w->knobs.value[KNOB_BUSY_ON] = 0;
    w->knobs.value[KNOB_BUSY_OFF] = 0;
    world_run(w, 3000);
    world_close(w);
}
