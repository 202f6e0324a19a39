/* The plain policies, the guards, and the batch policies. */
#include "control/policies.h"

#include <criterion/criterion.h>
#include <string.h>

enum { OFF, ALWAYS, HALF, AS_FOUND, THRESHOLD, HYSTERESIS, EXCESS, SLO };

struct desk {
    struct knobs knobs;
    struct policy_state state;
    struct observation seen;
    struct decision out;
};

static struct desk sit(int policy)
{
    struct desk d;
    memset(&d, 0, sizeof d);
    knobs_init(&d.knobs);
    d.seen.dt_ns = 100 * NS_PER_MS;
    d.seen.queue_limit = 512;
    d.state.prng = prng_split(11, 0);
    memset(d.state.bytes, 0xa5, sizeof d.state.bytes); /* init must not rely on zeros */
    d.state.rate_held = true;
    policy_all[policy]->init(&d.state, &d.knobs, 0);
    return d;
}

static int64_t ask(struct desk *d, int policy)
{
    policy_decide(policy, &d->state, &d->knobs, &d->seen, &d->out);
    cr_assert(d->out.has & DECIDE_FRACTION);
    d->seen.now_ns += d->seen.dt_ns;
    return d->out.fraction_ppm;
}

Test(policy, off_and_always_do_not_look)
{
    struct desk d = sit(OFF);
    d.seen.queue = 512;
    d.seen.busy_ppm = PPM_ONE;
    d.seen.backlog = 100000;
    cr_assert_eq(ask(&d, OFF), 0);
    d = sit(ALWAYS);
    cr_assert_eq(ask(&d, ALWAYS), PPM_ONE);
}

Test(policy, half_bursts_half_while_the_queue_is_full)
{
    struct desk d = sit(HALF);
    d.seen.queue = 511;
    cr_assert_eq(ask(&d, HALF), 0);
    d.seen.queue = 512;
    cr_assert_eq(ask(&d, HALF), 500000);
    d.seen.queue = 100;
    cr_assert_eq(ask(&d, HALF), 0);
    d.seen.source_backpressured_ppm = 400000;
    cr_assert_eq(ask(&d, HALF), 500000);
    d.seen.source_backpressured_ppm = 0;
    d.seen.queue_limit = 0; /* a vertex without a queue is not full all the time */
    d.seen.queue = 0;
    cr_assert_eq(ask(&d, HALF), 0);
}

/* Share of 10,000 decisions that switch everything over. */
static double as_found_share(uint64_t counter, int64_t busy_ppm)
{
    struct desk d = sit(AS_FOUND);
    d.seen.input_total_first = counter;
    d.seen.input_total = 8 * counter;
    d.seen.busy_first_ppm = busy_ppm;
    int all = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t share = ask(&d, AS_FOUND);
        cr_assert(share == 0 || share == PPM_ONE, "it is all or nothing");
        all += share == PPM_ONE;
    }
    return all / 10000.0;
}

Test(policy, as_found_is_a_clock_that_counts_records_of_instance_0)
{
    cr_assert_eq(as_found_share(0, 0), 0);
    cr_assert_eq(as_found_share(500, 0), 0);
    cr_assert_float_eq(as_found_share(1000, 0), 0.5, 0.02);
    cr_assert_float_eq(as_found_share(5000, 0), 0.9, 0.012);
    cr_assert_float_eq(as_found_share(50000, 0), 0.99, 0.004);
}

Test(policy, as_found_sees_busy_only_when_it_is_complete)
{
    cr_assert_eq(as_found_share(0, 999999), 0, "0.06 is never compared with 0.99");
    cr_assert_eq(as_found_share(0, PPM_ONE), 1);
}

Test(policy, as_found_does_not_see_the_load)
{
    struct desk d = sit(AS_FOUND);
    d.seen.input_rate_mps = d.seen.offered_rate_mps = 5000000;
    d.seen.queue = 512;
    d.seen.backlog = 1000000;
    cr_assert_eq(ask(&d, AS_FOUND), 0);
}

Test(policy, as_found_takes_a_counter_for_the_batch_too)
{
    struct desk d = sit(AS_FOUND);
    d.seen.dt_ns = 800 * NS_PER_MS;
    const struct {
        uint64_t remote;
        int64_t batch;
    } step[] = {{250, 50}, {251, 100}, {500, 100}, {501, 200}, {750, 200}, {751, 400}, {90, 50}};
    for (int i = 0; i < 10; i++) { /* nothing is read in the first 8 s */
        d.seen.remote_total = 10000;
        ask(&d, AS_FOUND);
        cr_assert_eq(d.out.batch, 100);
        cr_assert(d.out.has & DECIDE_BATCH);
    }
    for (size_t s = 0; s < sizeof step / sizeof step[0]; s++) {
        d.seen.remote_total = step[s].remote;
        for (int i = 0; i < 10; i++) {
            ask(&d, AS_FOUND); /* the first of ten ticks reads, the others keep it */
            cr_assert_eq(d.out.batch, step[s].batch);
            d.seen.remote_total = 10000;
        }
    }
}

Test(policy, threshold_goes_by_the_real_rate_or_the_real_busy_share)
{
    struct desk d = sit(THRESHOLD);
    d.seen.input_total_first = 1000000;
    d.seen.input_rate_mps = 500000;
    d.seen.busy_ppm = 60000;
    cr_assert_eq(ask(&d, THRESHOLD), 0);
    d.seen.input_rate_mps = 500001;
    cr_assert_eq(ask(&d, THRESHOLD), PPM_ONE);
    d.seen.input_rate_mps = 100000;
    d.seen.busy_ppm = 60001;
    cr_assert_eq(ask(&d, THRESHOLD), PPM_ONE);
    d.knobs.value[KNOB_BUSY_THRESHOLD] = 500000;
    cr_assert_eq(ask(&d, THRESHOLD), 0);
}

Test(policy, the_same_state_and_observation_give_the_same_decision)
{
    for (int p = 0; policy_all[p]; p++) {
        struct desk a = sit(p), b;
        struct prng prng = prng_split(5, 5);
        for (int i = 0; i < 500; i++) {
            a.seen.busy_ppm = (int64_t)prng_below(&prng, 1000001);
            a.seen.queue = (int64_t)prng_below(&prng, 512);
            a.seen.offered_rate_mps = (int64_t)prng_below(&prng, 3000000);
            a.seen.capacity_mps = 500000;
            b = a;
            cr_assert_eq(ask(&a, p), ask(&b, p));
            cr_assert_eq(memcmp(&a.state, &b.state, sizeof a.state), 0);
        }
    }
}

Test(policy, no_observation_however_odd_leads_out_of_range)
{
    static const int64_t odd[] = {
        0, 1, -1, 999999, PPM_ONE, INT64_MAX, INT64_MIN, 1000000000000, INT64_MAX / 2, 77};
    for (int p = 0; policy_all[p]; p++) {
        struct desk d = sit(p);
        struct prng prng = prng_split(6, (uint64_t)p);
        for (int i = 0; i < 20000; i++) {
            int64_t *field[] = {&d.seen.busy_ppm,  &d.seen.source_backpressured_ppm,
                                &d.seen.p99_ns,    &d.seen.fill_call_p99_ns,
                                &d.seen.cost_nusd, &d.seen.cost_rate_nusd_h};
            int64_t *count[] = {&d.seen.queue, &d.seen.backlog, &d.seen.offered_rate_mps,
                                &d.seen.input_rate_mps, &d.seen.capacity_mps};
            *field[prng_below(&prng, 6)] = odd[prng_below(&prng, 10)];
            /* rates and counts are never negative */
            *count[prng_below(&prng, 5)] = odd[prng_below(&prng, 10)] & (INT64_MAX >> 16);
            d.seen.fraction_ppm = (int64_t)prng_below(&prng, 1000001);
            d.seen.remote_total = prng_next(&prng) >> prng_below(&prng, 60);
            d.seen.dt_ns = (int64_t)(10 * NS_PER_MS + (int64_t)prng_below(&prng, 60) * NS_PER_S);
            int64_t share = ask(&d, p);
            cr_assert(share >= 0 && share <= PPM_ONE);
            d.seen.now_ns &= INT64_MAX >> 8;
        }
    }
}

/* ---- guards ----------------------------------------------------------------- */

Test(guard, burst_max_is_an_upper_bound)
{
    struct desk d = sit(ALWAYS);
    d.knobs.value[KNOB_BURST_MAX] = 300000;
    cr_assert_eq(ask(&d, ALWAYS), 300000);
    d.knobs.value[KNOB_BURST_MAX] = 0;
    cr_assert_eq(ask(&d, ALWAYS), 0);
}

Test(guard, a_spent_budget_ends_all_bursting)
{
    struct desk d = sit(ALWAYS);
    d.seen.cost_nusd = 999;
    cr_assert_eq(ask(&d, ALWAYS), PPM_ONE, "0 sets no limit");
    d.knobs.value[KNOB_BUDGET] = 1000;
    cr_assert_eq(ask(&d, ALWAYS), PPM_ONE);
    d.seen.cost_nusd = 1000;
    cr_assert_eq(ask(&d, ALWAYS), 0);
    cr_assert_str_eq(d.out.reason, "the budget is spent");
    d.knobs.value[KNOB_BUDGET] = 2000; /* more money: on again */
    cr_assert_eq(ask(&d, ALWAYS), PPM_ONE);
}

Test(guard, budget_rate_holds_until_spending_has_come_down_a_fifth)
{
    struct desk d = sit(ALWAYS);
    d.knobs.value[KNOB_BUDGET_RATE] = 1000;
    const struct {
        int64_t rate, share;
    } step[] = {{0, PPM_ONE},   {1000, PPM_ONE}, {1001, 0},       {1000, 0}, {900, 0},    {801, 0},
                {800, PPM_ONE}, {900, PPM_ONE},  {1000, PPM_ONE}, {5000, 0}, {0, PPM_ONE}};
    for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
        d.seen.cost_rate_nusd_h = step[i].rate;
        cr_assert_eq(ask(&d, ALWAYS), step[i].share, "step %zu", i);
    }
    d.seen.cost_rate_nusd_h = 5000;
    cr_assert_eq(ask(&d, ALWAYS), 0);
    d.knobs.value[KNOB_BUDGET_RATE] = 0;
    cr_assert_eq(ask(&d, ALWAYS), PPM_ONE);
}

Test(guard, a_field_set_by_hand_is_left_alone)
{
    struct desk d = sit(AS_FOUND);
    ask(&d, AS_FOUND);
    cr_assert(d.out.has & DECIDE_BATCH);
    d.knobs.manual[KNOB_BATCH] = true;
    ask(&d, AS_FOUND);
    cr_assert_not(d.out.has & DECIDE_BATCH);
    cr_assert(d.out.has & DECIDE_FRACTION);
    d.knobs.manual[KNOB_BATCH] = false;
    ask(&d, AS_FOUND);
    cr_assert(d.out.has & DECIDE_BATCH);
}

/* ---- batch policies --------------------------------------------------------- */

enum { FIXED, TABLE, DEADLINE };

struct bench {
    struct knobs knobs;
    struct batch_policy_state state;
    struct batch_seen seen;
};

static struct bench sit_batch(int policy)
{
    struct bench b;
    memset(&b, 0xa5, sizeof b);
    knobs_init(&b.knobs);
    b.seen = (struct batch_seen){.now_ns = 0, .batch_now = 50};
    batch_policy_all[policy]->init(&b.state, &b.knobs, 0);
    return b;
}

static int64_t ask_batch(struct bench *b, int policy)
{
    int64_t n = batch_policy_all[policy]->size(&b->state, &b->knobs, &b->seen);
    cr_assert(n >= 1 && n <= 10000);
    b->seen.batch_now = n;
    return n;
}

Test(batch, fixed_is_the_knob_at_any_time)
{
    struct bench b = sit_batch(FIXED);
    cr_assert_eq(ask_batch(&b, FIXED), 50);
    b.knobs.value[KNOB_BATCH] = 7;
    cr_assert_eq(ask_batch(&b, FIXED), 7);
}

Test(batch, table_goes_by_the_rate_every_eight_seconds)
{
    const struct {
        int64_t rate_mps, batch;
    } step[] = {{100000, 50},  {250000, 50},  {250001, 100},   {500000, 100},
                {750000, 200}, {751000, 400}, {90000000, 400}, {10000, 50}};
    struct bench b = sit_batch(TABLE);
    cr_assert_eq(ask_batch(&b, TABLE), 50);
    b.seen.now_ns = 3 * NS_PER_S;
    b.seen.remote_rate_mps = 1000; /* the first record: the rate is not yet known */
    cr_assert_eq(ask_batch(&b, TABLE), 50);
    int64_t at = 4 * NS_PER_S;
    for (size_t i = 0; i < sizeof step / sizeof step[0]; i++, at += 8 * NS_PER_S) {
        b.seen.now_ns = at;
        b.seen.remote_rate_mps = step[i].rate_mps;
        cr_assert_eq(ask_batch(&b, TABLE), step[i].batch, "step %zu", i);
        b.seen.now_ns = at + 8 * NS_PER_S - 1;
        b.seen.remote_rate_mps = 600000;
        cr_assert_eq(ask_batch(&b, TABLE), step[i].batch, "not before eight seconds are over");
    }
}

Test(batch, deadline_takes_the_largest_batch_that_meets_slo)
{
    struct bench b = sit_batch(DEADLINE);
    b.seen.remote_rate_mps = 1000000;
    cr_assert_eq(ask_batch(&b, DEADLINE), 50, "no call seen: the knob");
    b.seen.call_p99_ns = b.seen.call_p50_ns = 100 * NS_PER_MS;
    cr_assert_eq(ask_batch(&b, DEADLINE), 150); /* 150 ms fill + 100 ms call = 250 ms */
    for (int i = 0; i < 50; i++, b.seen.now_ns += NS_PER_S)
        cr_assert_eq(ask_batch(&b, DEADLINE), 150);
}

Test(batch, deadline_sends_single_records_at_a_trickle)
{
    struct bench b = sit_batch(DEADLINE);
    b.seen.remote_rate_mps = 5000;
    b.seen.call_p99_ns = b.seen.call_p50_ns = 200 * NS_PER_MS;
    for (int i = 0; i < 5; i++, b.seen.now_ns += NS_PER_S)
        ask_batch(&b, DEADLINE);
    cr_assert_eq(ask_batch(&b, DEADLINE), 1);
}

Test(batch, deadline_never_chokes_the_lane_with_tiny_batches)
{
    struct bench b = sit_batch(DEADLINE);
    b.knobs.value[KNOB_CONCURRENCY] = 100;
    b.seen.remote_rate_mps = 20000000; /* 20,000/s, calls longer than the target */
    b.seen.call_p99_ns = 900 * NS_PER_MS;
    b.seen.call_p50_ns = 400 * NS_PER_MS;
    for (int i = 0; i < 20; i++, b.seen.now_ns += NS_PER_S)
        ask_batch(&b, DEADLINE);
    /* 8,000 records in flight over 80 calls */
    cr_assert_eq(ask_batch(&b, DEADLINE), 100);
}

Test(batch, deadline_settles_whatever_the_cost_per_record)
{
    /* True call times a + b·n; the policy sees them one second later. */
    const int64_t base_us[] = {1000, 32000, 100000}, per_us[] = {0, 10, 250, 2000};
    const int64_t rate[] = {100, 1000, 40000};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++)
            for (int k = 0; k < 3; k++) {
                struct bench b = sit_batch(DEADLINE);
                b.knobs.value[KNOB_CONCURRENCY] = 10000;
                b.seen.remote_rate_mps = rate[k] * 1000;
                int64_t n = ask_batch(&b, DEADLINE), before = 0;
                for (int s = 0; s < 40; s++, b.seen.now_ns += NS_PER_S) {
                    b.seen.call_p99_ns = (base_us[i] + per_us[j] * n) * NS_PER_US;
                    b.seen.call_p50_ns = b.seen.call_p99_ns / 2;
                    before = n;
                    n = ask_batch(&b, DEADLINE);
                }
                int64_t total_us = n * 1000000 / rate[k] + base_us[i] + per_us[j] * n;
                int64_t next_us = total_us + 1000000 / rate[k] + per_us[j];
                cr_assert(n - before <= 1 + n / 100 && before - n <= 1 + n / 100,
                          "%ld + %ld us a record at %ld/s swings: %ld, %ld", (long)base_us[i],
                          (long)per_us[j], (long)rate[k], (long)before, (long)n);
                cr_assert_leq(total_us, 253000, "%ld records take %ld us", (long)n, (long)total_us);
                cr_assert(n == 10000 || next_us + n * 5 > 245000, "%ld is too small", (long)n);
            }
}

Test(batch, deadline_does_not_leap_on_one_reading)
{
    struct bench b = sit_batch(DEADLINE);
    b.seen.remote_rate_mps = 1000000000;
    b.seen.call_p99_ns = b.seen.call_p50_ns = 5 * NS_PER_MS;
    cr_assert_eq(ask_batch(&b, DEADLINE), 500);
    b.seen.now_ns += NS_PER_S;
    cr_assert_eq(ask_batch(&b, DEADLINE), 5000);
}
