#include "world.h"

enum { EXCESS = 6 };

/* Slots and service time in ms; the capacity is slots × 1000 ÷ service. */
static const struct {
    int64_t slots, service_ms;
} lane[] = {{1, 2}, {4, 4}, {50, 100}, {200, 400}, {525, 1050}, {1, 1}, {3, 7}};
enum { LANES = sizeof lane / sizeof lane[0] };

static int64_t capacity(int i) { return lane[i].slots * 1000 / lane[i].service_ms; }

Test(excess, twice_the_capacity_is_carried_without_a_queue)
{
    struct world *w = world_open(EXCESS, 1000, 1, 2);
    world_run(w, 5000);
    for (int i = 0; i < 250; i++) {
        world_tick(w);
        cr_assert_lt(w->seen.backlog, 100);
        cr_assert_lt(w->seen.queue, 60);
    }
    cr_assert_geq(world_busy(w, 10000), 950000);
    cr_assert_leq(hist_quantile(w->run, 990000), 120 * 3 / 2 * NS_PER_MS);
    world_close(w);
}

Test(excess, nothing_is_sent_at_80_percent_from_the_first_tick_on)
{
    for (int i = 0; i < LANES; i++)
        for (int64_t percent = 10; percent <= 80; percent += 10) {
            struct world *w =
                world_open(EXCESS, capacity(i) * percent / 100, lane[i].slots, lane[i].service_ms);
            world_run(w, 12000);
            cr_assert_eq(w->remote, 0, "lane %d at %ld %%", i, (long)percent);
            cr_assert_eq(w->changes, 0);
            world_close(w);
        }
}

Test(excess, nothing_is_sent_at_80_percent_of_an_unsteady_load)
{
    for (int i = 0; i < LANES; i++) {
        struct world *w =
            world_open(EXCESS, capacity(i) * 8 / 10, lane[i].slots, lane[i].service_ms);
        w->jitter = true;
        world_run(w, 20000);
        cr_assert_eq(w->remote, 0, "lane %d", i);
        world_close(w);
    }
}

Test(excess, a_spike_is_answered_at_the_next_tick)
{
    for (int64_t factor = 2; factor <= 50; factor += 4)
        for (int64_t early_ms = 0; early_ms < 100; early_ms += 25) {
            struct world *w = world_open(EXCESS, 300, 1, 2);
            world_run(w, 4000);
            cr_assert_eq(w->fraction, 0);
            for (int i = 0; i < early_ms; i++, w->now_ms++) { /* the tick begins calm */
                world_arrive(w);
                world_dispatch(w);
                world_serve(w);
            }
            w->rate = 300 * factor;
            w->knobs.value[KNOB_INTERVAL] = (100 - early_ms) * NS_PER_MS;
            world_tick(w);
            int64_t exact = PPM_ONE - 500 * PPM_ONE / (300 * factor);
            cr_assert_geq(w->fraction, exact * 9 / 10, "x%ld", (long)factor);
            world_close(w);
        }
}

Test(excess, it_stops_at_the_tick_after_the_spike_has_been_drained)
{
    struct world *w = world_open(EXCESS, 350, 1, 2);
    world_run(w, 3000);
    w->rate = 2000;
    world_run(w, 10000);
    w->rate = 350;
    world_run(w, 200);
    cr_assert_eq(w->fraction, 0);
    int64_t sent = w->remote;
    world_run(w, 10000);
    cr_assert_eq(w->remote, sent);
    world_close(w);
}

Test(excess, a_steady_overload_gets_a_steady_share)
{
    for (int i = 0; i < 2; i++)
        for (int64_t percent = 101; percent <= 900; percent += 47) {
            struct world *w =
                world_open(EXCESS, capacity(i) * percent / 100, lane[i].slots, lane[i].service_ms);
            world_run(w, 10000);
            w->changes = 0;
            int64_t exact = PPM_ONE - 100 * PPM_ONE / percent, low = PPM_ONE, high = 0;
            for (int t = 0; t < 200; t++) {
                world_tick(w);
                low = least(low, w->fraction);
                high = most(high, w->fraction);
            }
            cr_assert_leq(w->changes, 10, "%ld %%: %ld changes", (long)percent, (long)w->changes);
            cr_assert(low >= exact - 25000 && high <= exact + 25000, "%ld..%ld for %ld", (long)low,
                      (long)high, (long)exact);
            world_close(w);
        }
}

Test(excess, a_hundredfold_overload_keeps_the_local_lane_full_and_the_queue_short)
{
    struct world *w = world_open(EXCESS, 50000, 1, 2);
    world_run(w, 6000);
    cr_assert_geq(world_busy(w, 5000), 950000);
    cr_assert_lt(w->seen.queue, 100);
    cr_assert_lt(w->seen.backlog, 100);
    world_close(w);
}

Test(excess, what_waits_is_gone_within_drain_time)
{
    for (int64_t seconds = 1; seconds <= 20; seconds += 6) {
        struct world *w = world_open(0, 800, 1, 2); /* off: a queue builds up */
        world_run(w, 20000);
        cr_assert_gt(w->seen.backlog, 5000);
        w->policy = EXCESS;
        w->rate = 400; /* by itself the lane would need a minute */
        w->knobs.value[KNOB_DRAIN_TIME] = seconds * NS_PER_S;
        policy_all[EXCESS]->init(&w->state, &w->knobs, w->now_ms * NS_PER_MS);
        int64_t waiting = w->seen.backlog + w->seen.queue;
        world_run(w, seconds * 1000 + 200);
        cr_assert_lt(w->seen.backlog + w->seen.queue, waiting / 20);
        world_run(w, 5000 + seconds * 1000);
        cr_assert_eq(w->fraction, 0);
        cr_assert_lt(w->seen.queue, 110); /* the rest goes by itself */
        world_close(w);
    }
}

Test(excess, functions_that_take_too_little_do_not_starve_the_local_lane)
{
    const int64_t takes[] = {50, 200, 400};
    for (int i = 0; i < 3; i++) {
        struct world *w = world_open(EXCESS, 2000, 1, 2);
        w->remote_rate = takes[i];
        world_run(w, 10000);
        int64_t before = w->emitted;
        cr_assert_geq(world_busy(w, 20000), 940000);
        cr_assert_geq(w->emitted - before, (500 + takes[i]) * 20 * 94 / 100);
        world_close(w);
    }
}

Test(excess, functions_that_recover_are_used_again)
{
    struct world *w = world_open(EXCESS, 1000, 1, 2);
    w->remote_rate = 100;
    world_run(w, 20000);
    cr_assert_gt(w->seen.backlog, 5000);
    w->remote_rate = 0;
    world_run(w, 20000);
    cr_assert_lt(w->seen.backlog, 100);
    world_close(w);
}

Test(excess, turning_slots_counts_at_once)
{
    struct world *w = world_open(EXCESS, 1000, 2, 4);
    world_run(w, 10000);
    cr_assert_gt(w->fraction, 480000);
    w->slots = w->knobs.value[KNOB_SLOTS] = 5;
    world_tick(w);
    world_tick(w);
    cr_assert_eq(w->fraction, 0);
    w->slots = w->knobs.value[KNOB_SLOTS] = 1;
    world_tick(w);
    cr_assert_gt(w->fraction, 700000);
    world_close(w);
}

Test(excess, a_lane_that_slows_down_is_noticed_without_its_knob)
{
    struct world *w = world_open(EXCESS, 400, 1, 2);
    world_run(w, 5000);
    w->service_ms = 4; /* 250/s from now on */
    world_run(w, 8000);
    cr_assert(w->fraction > 340000 && w->fraction < 420000, "%ld", (long)w->fraction);
    cr_assert_lt(w->seen.queue, 60);
    world_close(w);
}

Test(excess, other_intervals_work_too)
{
    const int64_t interval_ms[] = {10, 50, 800, 2000};
    for (int i = 0; i < 4; i++) {
        struct world *w = world_open(EXCESS, 1000, 1, 2);
        w->knobs.value[KNOB_INTERVAL] = interval_ms[i] * NS_PER_MS;
        world_run(w, 30000);
        cr_assert_lt(w->seen.backlog + w->seen.queue, 100, "%ld ms", (long)interval_ms[i]);
        cr_assert_geq(world_busy(w, 10000), 940000);
        world_close(w);
    }
}

Test(excess, before_anything_has_finished_a_full_lane_bursts)
{
    struct world *w = world_open(EXCESS, 1000, 100, 1000); /* full after 0.1 s, done at 1 s */
    world_run(w, 300);
    cr_assert_eq(w->finished, 0);
    cr_assert_geq(w->fraction, 900000);
    world_close(w);
}

Test(excess, a_vertex_that_sees_half_of_the_source_needs_half_the_capacity)
{
    struct knobs knobs;
    struct policy_state state = {0};
    struct decision out;
    struct observation seen = {.dt_ns = 100 * NS_PER_MS,
                               .offered_rate_mps = 1000000,
                               .input_rate_mps = 500000, /* the other half takes another branch */
                               .busy_ppm = 833000,
                               .capacity_mps = 600000,
                               .queue_limit = 512};
    knobs_init(&knobs);
    policy_all[EXCESS]->init(&state, &knobs, 0);
    for (int i = 0; i < 100; i++) {
        policy_decide(EXCESS, &state, &knobs, &seen, &out);
        cr_assert_eq(out.fraction_ppm, 0);
        seen.now_ns += seen.dt_ns;
    }
    seen.offered_rate_mps = 2000000; /* a spike: 1000/s will reach this vertex */
    seen.backlog = 20;
    policy_decide(EXCESS, &state, &knobs, &seen, &out);
    cr_assert(out.fraction_ppm > 380000 && out.fraction_ppm < 450000, "%ld",
              (long)out.fraction_ppm);
}

Test(excess, a_source_without_a_schedule_is_judged_by_what_arrives)
{
    struct knobs knobs;
    struct policy_state state = {0};
    struct decision out;
    struct observation seen = {.dt_ns = 100 * NS_PER_MS,
                               .input_rate_mps = 1000000,
                               .busy_ppm = PPM_ONE,
                               .capacity_mps = 500000,
                               .queue = 10,
                               .queue_limit = 512};
    knobs_init(&knobs);
    policy_all[EXCESS]->init(&state, &knobs, 0);
    policy_decide(EXCESS, &state, &knobs, &seen, &out);
    cr_assert(out.fraction_ppm > 480000 && out.fraction_ppm < 520000);
}

Test(excess, the_shortest_drain_time_does_not_overshoot)
{
    struct world *w = world_open(EXCESS, 400, 1, 2);
    w->knobs.value[KNOB_DRAIN_TIME] = 100 * NS_PER_MS;
    world_run(w, 3000);
    w->rate = 3000;
    int64_t top = 0;
    world_run(w, 1000);
    for (int t = 0; t < 100; t++) {
        world_tick(w);
        top = most(top, w->fraction);
        cr_assert_gt(w->fraction, 780000);
    }
    cr_assert_leq(top, 880000); /* exact: 833,333 */
    world_close(w);
}
