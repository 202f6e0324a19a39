/* Random histories against a slow reference: it knows the rate of each ms, worked
 * out afresh from everything that was done so far after every intervention, and
 * finds records by adding up slots. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "base/units.h"
#include "workload/schedule.h"
#include "workload/sine.h"

__extension__ typedef unsigned __int128 u128;

#define MS NS_PER_MS
#define X PPM_ONE

static struct schedule_spec spec;
static struct schedule sched;

static int64_t take(void)
{
    int64_t due, nominal, rate;
    cr_assert_neq(schedule_next_due(&sched), TIME_NEVER);
    schedule_take(&sched, &due, &nominal, &rate);
    return due;
}

enum { SLOTS = 4000, LAYERS = 600 };

struct layer {
    enum overlay_kind kind;
    int handle;
    int64_t from, to; /* ms */
    int64_t a, b, factor, length;
};

static struct {
    struct layer layer[LAYERS];
    int layers;
    int64_t load[SLOTS];
    int64_t rate[SLOTS];
    u128 sum[SLOTS + 1];
    uint64_t next;
} slow;

static int64_t times(int64_t rate, int64_t ppm)
{
    int64_t product = (int64_t)(((u128)rate * (u128)ppm + 500000) / 1000000);
    return rate && ppm && product == 0 ? 1 : product;
}

static int64_t stair(int64_t past, int64_t length, int64_t a, int64_t b)
{
    if (past >= length)
        return b;
    int64_t halves = length / 10 * 2; /* the middle of a step of 10 ms, as a share of the ramp */
    int64_t middle = past / 10 * 2 + 1;
    int64_t change = (llabs(b - a) * middle + halves / 2) / halves;
    return a < b ? a + change : a - change;
}

/* The share of a period in thousand-and-twenty-fourths, and the wave's height there. */
static int64_t slow_sine(int64_t past, const struct schedule_step *st)
{
    int64_t period = st->period_ns / MS;
    int64_t wave = sine_wave((int)(past % period * SINE_STEPS / period)) + (int64_t)SINE_ONE;
    int64_t change =
        (int64_t)(((u128)llabs(st->rate2_mps - st->rate_mps) * (u128)wave + (u128)SINE_ONE) /
                  (2 * (u128)SINE_ONE));
    return st->rate_mps < st->rate2_mps ? st->rate_mps + change : st->rate_mps - change;
}

static int64_t slow_trace(int64_t past, const struct schedule_step *st)
{
    const struct schedule_trace *trace = &spec.trace[st->trace];
    const struct schedule_point *p = &spec.point[trace->first];
    int last = trace->count - 1;
    if (st->loop)
        past %= p[last].at_ns / MS;
    int i = last;
    while (i > 0 && p[i].at_ns / MS > past)
        i--;
    int64_t from = times(p[i].rate_mps, st->factor_ppm);
    if (i == last || st->stairs)
        return from;
    return stair(past - p[i].at_ns / MS, (p[i + 1].at_ns - p[i].at_ns) / MS, from,
                 times(p[i + 1].rate_mps, st->factor_ppm));
}

static int64_t slow_step(const struct schedule_step *st, int64_t t, int64_t base)
{
    int64_t at = st->at_ns / MS;
    int64_t length = st->for_ns / MS;
    if (st->kind == STEP_SPIKE || t < at)
        return base;
    if (st->kind == STEP_RAMP)
        return stair(t - at, length, st->rate_mps, st->rate2_mps);
    if (length && t >= at + length)
        return base;
    if (st->kind == STEP_RATE)
        return st->rate_mps;
    if (st->kind == STEP_SINE)
        return slow_sine(t - at, st);
    if (st->kind == STEP_TRACE)
        return slow_trace(t - at, st);
    int64_t period = st->period_ns / MS;
    return (t - at) % period < period / 2 ? st->rate_mps : st->rate2_mps;
}

static int64_t slow_rate(int64_t t)
{
    int64_t base = 0;
    for (int i = 0; i < spec.count; i++)
        base = slow_step(&spec.step[i], t, base);
    bool hand = false;
    for (int i = 0; i < slow.layers; i++) {
        const struct layer *l = &slow.layer[i];
        if (l->kind == OVERLAY_SPIKE || t < l->from || t >= l->to)
            continue;
        hand = true;
        base = l->kind == OVERLAY_RATE ? l->a : stair(t - l->from, l->length, l->a, l->b);
    }
    base = times(base, slow.load[t]);
    for (int i = 0; i < spec.count && !hand; i++) {
        const struct schedule_step *st = &spec.step[i];
        int64_t past = t - st->at_ns / MS;
        if (st->kind != STEP_SPIKE || past < 0)
            continue;
        if (st->period_ns)
            past %= st->period_ns / MS;
        if (past < st->for_ns / MS)
            base = times(base, st->factor_ppm);
    }
    int64_t added = 0;
    for (int i = 0; i < slow.layers; i++) {
        const struct layer *l = &slow.layer[i];
        if (l->kind != OVERLAY_SPIKE || t < l->from || t >= l->to)
            continue;
        base = times(base, l->factor);
        added += l->a;
    }
    return base + added < 0 ? 0 : base + added;
}

static void slow_refill(int64_t from)
{
    for (int64_t t = from; t < SLOTS; t++) {
        slow.rate[t] = slow_rate(t);
        slow.sum[t + 1] = slow.sum[t] + (u128)slow.rate[t] * (u128)MS;
    }
}

static uint64_t slow_count(int64_t t_ns)
{
    u128 sum = slow.sum[t_ns / MS] + (u128)slow.rate[t_ns / MS] * (u128)(t_ns % MS + 1);
    return (uint64_t)((sum + 999999999999) / 1000000000000);
}

static int64_t slow_due(uint64_t n)
{
    u128 want = (u128)n * 1000000000000;
    int64_t t = 0;
    while (t < SLOTS && slow.sum[t + 1] <= want)
        t++;
    if (t == SLOTS)
        return TIME_NEVER;
    return t * MS + (int64_t)((want - slow.sum[t]) / (uint64_t)slow.rate[t]);
}

static int64_t odd_rate(struct prng *prng)
{
    return prng_below(prng, 8) == 0 ? 0 : (int64_t)prng_below(prng, 900000) * 7 + 1009;
}

static void random_trace(struct prng *prng, struct schedule_step *st)
{
    struct schedule_trace *trace = &spec.trace[spec.traces];
    trace->first = spec.points;
    trace->count = 2 + (int)prng_below(prng, 5);
    for (int i = 0; i < trace->count; i++) {
        int64_t gap = i ? (int64_t)(1 + prng_below(prng, 30)) * 10 * MS : 0;
        int64_t before = i ? spec.point[spec.points - 1].at_ns : 0;
        spec.point[spec.points++] = (struct schedule_point){before + gap, odd_rate(prng)};
    }
    st->trace = spec.traces++;
    st->loop = prng_below(prng, 2);
    st->stairs = prng_below(prng, 2);
    if (prng_below(prng, 2))
        st->for_ns = 0;
}

static void random_spec(struct prng *prng)
{
    spec.count = spec.traces = spec.points = 0;
    int64_t at = 0;
    for (uint64_t steps = 1 + prng_below(prng, 7); steps > 0; steps--) {
        struct schedule_step st = {.kind = (enum step_kind)prng_below(prng, 6), .at_ns = at * MS};
        st.rate_mps = odd_rate(prng);
        st.rate2_mps = odd_rate(prng);
        st.factor_ppm = (int64_t)prng_below(prng, 4000000);
        st.for_ns = (int64_t)(1 + prng_below(prng, 60)) * 10 * MS;
        st.period_ns = (int64_t)(1 + prng_below(prng, 40)) * 4 * MS;
        if (st.kind == STEP_SINE) /* so that its steps end at whole ms */
            st.period_ns = (int64_t)(1 + prng_below(prng, 2)) * SINE_STEPS * MS;
        if (st.kind == STEP_TRACE && spec.traces == SCHEDULE_TRACES)
            continue;
        if (st.kind == STEP_TRACE)
            random_trace(prng, &st);
        if (st.kind == STEP_RATE && prng_below(prng, 2))
            st.for_ns = 0;
        if (st.kind == STEP_SPIKE)
            st.period_ns = prng_below(prng, 2) ? 0 : st.for_ns + st.period_ns;
        spec.step[spec.count++] = st;
        at += (int64_t)prng_below(prng, 800);
    }
    int step;
    if (spec.count == 0)
        spec.step[spec.count++] = (struct schedule_step){.rate_mps = odd_rate(prng)};
    cr_assert_null(schedule_check(&spec, &step));
    schedule_init(&sched, &spec);
}

static void random_spike(struct prng *prng, int64_t now)
{
    struct layer l = {.kind = OVERLAY_SPIKE, .from = now};
    l.length = (int64_t)(1 + prng_below(prng, 80));
    l.factor = (int64_t)prng_below(prng, 5) * 777777;
    l.a = l.factor ? (int64_t)prng_below(prng, 4000) - 1000 : 0;
    l.to = now + l.length;
    cr_assert_eq(schedule_spike(&sched, now * MS, l.factor, l.a, l.length * MS, &l.handle), 0);
    slow.layer[slow.layers++] = l;
}

static void random_base(struct prng *prng, int64_t now)
{
    struct layer l = {.from = now, .to = INT64_MAX, .a = odd_rate(prng), .b = odd_rate(prng)};
    l.length = (int64_t)(1 + prng_below(prng, 70)) * 10;
    l.kind = prng_below(prng, 2) ? OVERLAY_RAMP : OVERLAY_RATE;
    if (l.kind == OVERLAY_RAMP) {
        cr_assert_eq(schedule_ramp(&sched, now * MS, l.a, l.b, l.length * MS, &l.handle), 0);
    } else {
        cr_assert_eq(schedule_set_rate(&sched, now * MS, l.a, &l.handle), 0);
    }
    slow.layer[slow.layers++] = l;
}

static void random_intervention(struct prng *prng, int64_t now, bool bases)
{
    uint64_t kind = prng_below(prng, 5);
    if (kind < 2 || (kind == 2 && !bases)) {
        random_spike(prng, now);
    } else if (kind == 2) {
        random_base(prng, now);
    } else if (kind == 3 && slow.layers > 0) {
        struct layer *l = &slow.layer[prng_below(prng, (uint64_t)slow.layers)];
        schedule_cancel(&sched, now * MS, l->handle);
        l->to = l->to > now ? now : l->to;
    } else {
        int64_t load = (int64_t)prng_below(prng, 4) * 654321;
        schedule_load(&sched, now * MS, load);
        for (int64_t t = now; t < SLOTS; t++)
            slow.load[t] = load;
    }
    slow_refill(now);
}

static void random_start(struct prng *prng)
{
    memset(&slow, 0, sizeof slow);
    for (int64_t t = 0; t < SLOTS; t++)
        slow.load[t] = X;
    random_spec(prng);
    slow_refill(0);
}

static void expect_records(struct prng *prng, int64_t now, int round)
{
    for (uint64_t more = prng_below(prng, 400); more > 0; more--) {
        int64_t want = slow_due(slow.next);
        if (want > now * MS)
            return;
        int64_t due, nominal, rate;
        cr_assert_eq(schedule_next_due(&sched), want, "round %d record %lu", round, slow.next);
        cr_assert_eq(schedule_take(&sched, &due, &nominal, &rate), slow.next);
        cr_assert_eq(due, want);
        cr_assert_eq(rate, slow.rate[want / MS]);
        slow.next++;
    }
}

Test(schedule_random, interventions_agree_with_a_slow_reference)
{
    struct prng prng = {7};
    for (int round = 0; round < 60; round++) {
        random_start(&prng);
        int64_t now = 1;
        for (int i = 0; i < 40 && now < SLOTS - 200; i++) {
            int64_t probe = now * MS + (int64_t)prng_below(&prng, 90 * (uint64_t)MS);
            cr_assert_eq(schedule_due_count(&sched, probe), slow_count(probe), "round %d", round);
            cr_assert_eq(schedule_rate(&sched, now * MS), slow.rate[now], "round %d", round);
            expect_records(&prng, now, round);
            random_intervention(&prng, now, true);
            now += (int64_t)prng_below(&prng, 120);
        }
        cr_assert_eq(schedule_due_count(&sched, SLOTS * MS - 1), slow_count(SLOTS * MS - 1));
    }
}

/* Some four hundred interventions while the source is blocked, then part of the
 * backlog is emitted, then more of them: every count is exact all the while. */
Test(schedule_random, a_blocked_source_keeps_exact_counts)
{
    struct prng prng = {7};
    int shortened = 0;
    for (int round = 0; round < 5; round++) {
        random_start(&prng);
        for (int64_t now = 1; now < SLOTS - 200; now += (int64_t)prng_below(&prng, 10)) {
            int64_t probe = now * MS + (int64_t)prng_below(&prng, 90 * (uint64_t)MS);
            if (prng_below(&prng, 3) == 0)
                cr_assert_eq(schedule_due_count(&sched, probe), slow_count(probe), "round %d",
                             round);
            int64_t last = 0;
            while (now > 3000 && sched.next_seq < slow_count(2500 * MS)) {
                int64_t due = take();
                cr_assert(due >= last && due < now * MS);
                last = due;
            }
            random_intervention(&prng, now, false);
        }
        shortened += sched.frozen_count > 0;
    }
    cr_assert_gt(shortened, 0);
}
