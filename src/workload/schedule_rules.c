#include "workload/schedule_rules.h"

#include "base/units.h"
#include "workload/sine.h"

#include <stddef.h>

__extension__ typedef __int128 i128;

/* A ramp is a staircase: a step every 10 ms, at the rate of the ramp in the middle
 * of the step, so each step holds as many records as the ramp itself does. */
#define RAMP_STEP_NS (10 * NS_PER_MS)

/* Factors are multiplied one by one; no product of theirs passes this. */
#define RATE_CAP INT64_C(1000000000000000000)

static void sooner(int64_t *until_ns, int64_t t_ns)
{
    if (t_ns < *until_ns)
        *until_ns = t_ns;
}

/* rate × factor, to the nearest; 0 only if one of the two is, so that a rate which
 * is 0 for ever is told from one that is merely low. */
static int64_t scale(int64_t rate_mps, int64_t factor_ppm)
{
    if (rate_mps == 0 || factor_ppm == 0)
        return 0;
    i128 product = ((i128)rate_mps * factor_ppm + PPM_ONE / 2) / PPM_ONE;
    if (product > RATE_CAP)
        return RATE_CAP;
    return product < 1 ? 1 : (int64_t)product;
}

/* Value of a ramp that starts at from_ns, at t_ns >= from_ns. */
static int64_t ramp_rate(int64_t from_ns, int64_t for_ns, int64_t a_mps, int64_t b_mps,
                         int64_t t_ns, int64_t *until_ns)
{
    int64_t past = t_ns - from_ns;
    if (past >= for_ns || a_mps == b_mps)
        return b_mps;
    int64_t steps = for_ns / RAMP_STEP_NS;
    int64_t rates = a_mps < b_mps ? b_mps - a_mps : a_mps - b_mps;
    if (steps > rates)
        steps = rates;
    if (steps < 1)
        steps = 1;
    int64_t i = (int64_t)((i128)past * steps / for_ns);
    int64_t end = (int64_t)((i128)for_ns * (i + 1) / steps);
    if (end <= past) { /* t stands on the edge that rounding put one step too low */
        i++;
        end = (int64_t)((i128)for_ns * (i + 1) / steps);
    }
    sooner(until_ns, from_ns + end);
    i128 twice = (i128)(b_mps - a_mps) * (2 * i + 1);
    i128 rise = (twice + (twice < 0 ? -steps : steps)) / (2 * steps);
    return a_mps + (int64_t)rise;
}

static int64_t square_rate(const struct schedule_step *step, int64_t t_ns, int64_t *until_ns)
{
    if (step->rate_mps == step->rate2_mps)
        return step->rate_mps;
    int64_t phase = (t_ns - step->at_ns) % step->period_ns;
    bool first = phase < step->period_ns / 2;
    sooner(until_ns, t_ns - phase + (first ? step->period_ns / 2 : step->period_ns));
    return first ? step->rate_mps : step->rate2_mps;
}

/* A staircase too: SINE_STEPS in a period, each as high as the wave in its middle. */
static int64_t sine_rate(const struct schedule_step *step, int64_t t_ns, int64_t *until_ns)
{
    int64_t low = step->rate_mps, period = step->period_ns;
    if (low == step->rate2_mps)
        return low;
    int64_t phase = (t_ns - step->at_ns) % period;
    int64_t i = (int64_t)((i128)phase * SINE_STEPS / period);
    int64_t end = (int64_t)((i128)period * (i + 1) / SINE_STEPS);
    if (end <= phase) { /* t stands on the edge that rounding put one step too low */
        i++;
        end = (int64_t)((i128)period * (i + 1) / SINE_STEPS);
    }
    sooner(until_ns, t_ns - phase + end);
    i128 twice = (i128)(step->rate2_mps - low) * (SINE_ONE + sine_wave((int)i));
    i128 half = twice < 0 ? -(i128)SINE_ONE : SINE_ONE;
    return low + (int64_t)((twice + half) / (2 * (i128)SINE_ONE));
}

/* The last of count points that is not after t. */
static int point_at(const struct schedule_point *p, int count, int64_t t_ns)
{
    int low = 0, high = count;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (p[middle].at_ns <= t_ns)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int64_t trace_rate(const struct schedule_spec *spec, const struct schedule_step *step,
                          int64_t t_ns, int64_t *until_ns)
{
    const struct schedule_trace *trace = &spec->trace[step->trace];
    const struct schedule_point *p = &spec->point[trace->first];
    int64_t past = t_ns - step->at_ns, length = p[trace->count - 1].at_ns;
    int64_t phase = step->loop ? past % length : past;
    int i = point_at(p, trace->count, phase);
    int64_t rate = scale(p[i].rate_mps, step->factor_ppm);
    if (i + 1 == trace->count)
        return rate;
    int64_t begin_ns = t_ns - phase + p[i].at_ns;
    int64_t span_ns = p[i + 1].at_ns - p[i].at_ns;
    sooner(until_ns, begin_ns + span_ns);
    if (step->stairs)
        return rate;
    int64_t to = scale(p[i + 1].rate_mps, step->factor_ppm);
    return ramp_rate(begin_ns, span_ns, rate, to, t_ns, until_ns);
}

/* The last step that has begun and is not over rules. */
static int64_t spec_rate(const struct schedule_spec *spec, int64_t t_ns, int64_t *until_ns)
{
    for (int i = spec->count - 1; i >= 0; i--) {
        const struct schedule_step *step = &spec->step[i];
        if (step->kind == STEP_SPIKE)
            continue;
        if (t_ns < step->at_ns) {
            sooner(until_ns, step->at_ns);
            continue;
        }
        if (step->kind == STEP_RAMP)
            return ramp_rate(step->at_ns, step->for_ns, step->rate_mps, step->rate2_mps, t_ns,
                             until_ns);
        if (step->for_ns) {
            if (t_ns >= step->at_ns + step->for_ns)
                continue;
            sooner(until_ns, step->at_ns + step->for_ns);
        }
        if (step->kind == STEP_TRACE)
            return trace_rate(spec, step, t_ns, until_ns);
        if (step->kind == STEP_SINE)
            return sine_rate(step, t_ns, until_ns);
        return step->kind == STEP_SQUARE ? square_rate(step, t_ns, until_ns) : step->rate_mps;
    }
    return 0;
}

/* True while the step's spike is on; *until_ns: when that changes. */
static bool spike_on(const struct schedule_step *step, int64_t t_ns, int64_t *until_ns)
{
    int64_t past = t_ns - step->at_ns;
    if (past < 0) {
        *until_ns = step->at_ns;
        return false;
    }
    int64_t phase = step->period_ns ? past % step->period_ns : past;
    if (phase < step->for_ns) {
        *until_ns = t_ns - phase + step->for_ns;
        return true;
    }
    *until_ns = step->period_ns ? t_ns - phase + step->period_ns : TIME_NEVER;
    return false;
}

/* Lets a spike that is on at factor 0 hide every other one: only its end matters. */
struct product {
    int64_t rate_mps;
    int64_t until_ns, zero_until_ns;
    bool zero;
};

static void multiply(struct product *p, int64_t factor_ppm, int64_t until_ns)
{
    p->rate_mps = scale(p->rate_mps, factor_ppm);
    if (factor_ppm == 0) {
        p->zero = true;
        if (until_ns > p->zero_until_ns)
            p->zero_until_ns = until_ns;
    } else {
        sooner(&p->until_ns, until_ns);
    }
}

/* The base that was set by hand and rules at t, or NULL. */
static const struct schedule_overlay *hand_base(const struct schedule *s, int64_t t_ns,
                                                int64_t *until_ns)
{
    const struct schedule_overlay *best = NULL;
    for (int i = 0; i < s->overlay_count; i++) {
        const struct schedule_overlay *o = &s->overlay[i];
        if (o->kind == OVERLAY_SPIKE || t_ns >= o->to_ns || o->from_ns >= o->to_ns)
            continue;
        if (t_ns < o->from_ns) {
            sooner(until_ns, o->from_ns);
            continue;
        }
        sooner(until_ns, o->to_ns);
        if (!best || o->handle > best->handle)
            best = o;
    }
    return best;
}

bool schedule_rules_hand(const struct schedule *s, int64_t t_ns, int64_t *rate_mps)
{
    int64_t until_ns = TIME_NEVER;
    const struct schedule_overlay *hand = hand_base(s, t_ns, &until_ns);
    if (hand)
        *rate_mps = hand->kind == OVERLAY_RAMP ? hand->rate2_mps : hand->rate_mps;
    return hand != NULL;
}

static int64_t spike_factors(const struct schedule *s, int64_t rate_mps, bool with_spec,
                             int64_t t_ns, int64_t *until_ns)
{
    struct product p = {.rate_mps = rate_mps, .until_ns = TIME_NEVER};
    for (int i = 0; with_spec && i < s->spec->count; i++) {
        const struct schedule_step *step = &s->spec->step[i];
        if (step->kind != STEP_SPIKE)
            continue;
        int64_t change_ns = TIME_NEVER;
        bool on = spike_on(step, t_ns, &change_ns);
        if (on)
            multiply(&p, step->factor_ppm, change_ns);
        else
            sooner(&p.until_ns, change_ns);
    }
    for (int i = 0; i < s->overlay_count; i++) {
        const struct schedule_overlay *o = &s->overlay[i];
        if (o->kind == OVERLAY_SPIKE && o->from_ns <= t_ns && t_ns < o->to_ns)
            multiply(&p, o->factor_ppm, o->to_ns);
    }
    sooner(until_ns, p.zero ? p.zero_until_ns : p.until_ns);
    return p.rate_mps;
}

static int64_t load_at(const struct schedule *s, int64_t t_ns, int64_t *until_ns)
{
    int i = s->load_count - 1;
    for (; i > 0 && s->load[i].from_ns > t_ns; i--)
        sooner(until_ns, s->load[i].from_ns);
    return s->load[i].value;
}

/* What a rate of 0 cannot be changed by is not looked at: so a rate that is 0 for
 * ever has no change points, however many squares and spikes multiply it. */
int64_t schedule_rules_rate(const struct schedule *s, int64_t t_ns, int64_t *until_ns)
{
    *until_ns = TIME_NEVER;
    i128 added = 0;
    for (int i = 0; i < s->overlay_count; i++) {
        const struct schedule_overlay *o = &s->overlay[i];
        if (o->kind != OVERLAY_SPIKE || t_ns >= o->to_ns || o->from_ns >= o->to_ns)
            continue;
        sooner(until_ns, t_ns < o->from_ns ? o->from_ns : o->to_ns);
        if (t_ns >= o->from_ns)
            added += o->add_mps;
    }
    int64_t load_ppm = load_at(s, t_ns, until_ns);
    int64_t rate_mps = 0;
    if (load_ppm > 0) {
        const struct schedule_overlay *hand = hand_base(s, t_ns, until_ns);
        if (!hand)
            rate_mps = spec_rate(s->spec, t_ns, until_ns);
        else if (hand->kind == OVERLAY_RAMP)
            rate_mps = ramp_rate(hand->from_ns, hand->ramp_ns, hand->rate_mps, hand->rate2_mps,
                                 t_ns, until_ns);
        else
            rate_mps = hand->rate_mps;
        rate_mps = scale(rate_mps, load_ppm);
        if (rate_mps > 0)
            rate_mps = spike_factors(s, rate_mps, !hand, t_ns, until_ns);
    }
    i128 sum = rate_mps + added;
    if (sum > SCHEDULE_RATE_MAX)
        return SCHEDULE_RATE_MAX;
    return sum < 0 ? 0 : (int64_t)sum;
}

/* ---- check --------------------------------------------------------------- */

static bool rate_good(int64_t rate_mps) { return rate_mps >= 0 && rate_mps <= SCHEDULE_RATE_MAX; }

static bool time_good(int64_t t_ns) { return t_ns >= 0 && t_ns <= SCHEDULE_TIME_MAX; }

static const char *check_times(const struct schedule_step *step)
{
    if (!time_good(step->at_ns))
        return "`at` must be 0 to 1000 days";
    if (!time_good(step->for_ns))
        return "`for` must be 0 to 1000 days";
    if (!time_good(step->period_ns))
        return "`period` and `every` must be 1 ms to 1000 days";
    return NULL;
}

static const char *check_spike(const struct schedule_step *step)
{
    if (step->factor_ppm < 0 || step->factor_ppm > SCHEDULE_FACTOR_MAX)
        return "a spike's factor must be x0 to x1000000";
    if (step->for_ns == 0)
        return "a spike needs `for`: how long it lasts";
    if (step->period_ns && step->period_ns < SCHEDULE_PERIOD_MIN)
        return "a spike's `every` must be at least 1ms";
    if (step->period_ns && step->for_ns >= step->period_ns)
        return "a spike's `for` must be shorter than its `every`";
    return NULL;
}

static const char *check_trace(const struct schedule_spec *spec, const struct schedule_step *step)
{
    if (step->trace < 0 || step->trace >= spec->traces)
        return "a trace that there is not";
    const struct schedule_trace *trace = &spec->trace[step->trace];
    const struct schedule_point *p = &spec->point[trace->first];
    if (step->factor_ppm < 0 || step->factor_ppm > SCHEDULE_FACTOR_MAX)
        return "a trace's scale must be x0 to x1000000";
    for (int i = 0; i < trace->count; i++) {
        if (!rate_good(p[i].rate_mps) || scale(p[i].rate_mps, step->factor_ppm) > SCHEDULE_RATE_MAX)
            return "a rate of this trace, times its scale, is above 1G records per second";
        if (!time_good(p[i].at_ns) || (i == 0 ? p[i].at_ns != 0 : p[i].at_ns <= p[i - 1].at_ns))
            return "a trace's times must begin at 0 and rise, up to 1000 days";
    }
    if (step->loop && p[trace->count - 1].at_ns < SCHEDULE_PERIOD_MIN)
        return "a trace that loops must last for at least 1ms";
    return NULL;
}

static const char *check_step(const struct schedule_spec *spec, const struct schedule_step *step)
{
    const char *why = check_times(step);
    if (why)
        return why;
    if (step->kind == STEP_SPIKE)
        return check_spike(step);
    if (step->kind == STEP_TRACE)
        return check_trace(spec, step);
    bool two = step->kind != STEP_RATE;
    if (!rate_good(step->rate_mps) || (two && !rate_good(step->rate2_mps)))
        return "a rate must be 0 to 1G (records per second)";
    if (step->kind == STEP_RAMP && step->for_ns == 0)
        return "a ramp needs `for`: how long it takes";
    if (step->kind == STEP_SQUARE && step->period_ns < SCHEDULE_PERIOD_MIN)
        return "a square needs a `period` of at least 1ms";
    if (step->kind == STEP_SINE && step->period_ns < SCHEDULE_PERIOD_MIN)
        return "a sine needs a `period` of at least 1ms";
    return NULL;
}

const char *schedule_check(const struct schedule_spec *spec, int *step_at_fault)
{
    *step_at_fault = 0;
    if (spec->count < 1)
        return "a schedule needs at least one step, as {\"at\":\"0s\",\"rate\":800}";
    if (spec->count > SCHEDULE_STEPS)
        return "a schedule has at most 256 steps";
    for (int i = 0; i < spec->count; i++) {
        *step_at_fault = i;
        const char *why = check_step(spec, &spec->step[i]);
        if (why)
            return why;
        if (i > 0 && spec->step[i].at_ns < spec->step[i - 1].at_ns)
            return "steps must stand in the order of their `at`";
    }
    return NULL;
}
