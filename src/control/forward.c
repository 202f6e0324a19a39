/* Flow balance of the burst vertex.
 *
 *   arrivals A = gain × (offered rate + backlog ÷ tau)
 *   local    L = capacity − (queue − left alone) ÷ tau
 *   share      = 1 − L ÷ A
 *
 * The offered rate is the source's schedule, so a spike is seen before anything
 * has queued. The queue term closes the loop: an error in the capacity shows up
 * as a queue and is corrected by it. */
#include "control/forward.h"

#include "base/wide.h"

#include <string.h>

#define MEMORY_NS NS_PER_S /* of busy time, in the capacity estimate */
#define YOUNG_TICKS 5      /* estimates from fewer ticks need a second witness */
#define CALM_TICKS 16      /* in the average that the gain is */
#define SATURATED_PPM (9 * PPM_ONE / 10)
#define JUMP_PPM (PPM_ONE / 10)    /* a larger step of the offered rate is no noise */
#define QUANTUM_PPM (PPM_ONE / 50) /* of the capacity: smaller corrections wait */
#define FED_PPM (95 * PPM_ONE / 100)
#define CAP_WAIT_TICKS 10
#define CAP_WAIT_MAX_TICKS 80
#define CAP_STEPS 24 /* the first step is so small a part of the cap */
#define CAP_STEP_MIN_PPM 1000
#define NOTHING (-PPM_ONE)       /* a share far below what would be sent */
#define RATE_TOP (INT64_MAX / 4) /* two of them still add up */

void forward_init(struct forward *f, const struct knobs *knobs)
{
    memset(f, 0, sizeof *f);
    f->slots = knobs->value[KNOB_SLOTS];
    f->gain_ppm = PPM_ONE;
    f->cap_ppm = PPM_ONE;
}

int64_t forward_capacity(const struct forward *f)
{
    if (f->busy_ns == 0)
        return 0;
    return least(RATE_TOP, wide_mul_div(f->finished_micro, 1000000, f->busy_ns));
}

/* Records ÷ time as milli-records/s. */
static int64_t rate_of(int64_t records, int64_t ns)
{
    return wide_mul_div(records, 1000 * NS_PER_S, ns);
}

/* A tick of dt at busy b finished capacity × b × dt records. Time before the
 * first record was finished does not count: it would make slow lanes look
 * slower than they are. */
static void see_capacity(struct forward *f, const struct observation *seen)
{
    int64_t busy_ns = wide_mul_div(seen->dt_ns, clamp(seen->busy_ppm, 0, PPM_ONE), PPM_ONE);
    if (busy_ns == 0 || (seen->capacity_mps == 0 && f->finished_micro == 0))
        return;
    int64_t keep_ns = MEMORY_NS, all_ns = MEMORY_NS + busy_ns;
    f->finished_micro = wide_mul_div(f->finished_micro, keep_ns, all_ns) +
                        wide_mul_div(seen->capacity_mps, busy_ns, 1000000);
    f->busy_ns = wide_mul_div(f->busy_ns, keep_ns, all_ns) + busy_ns;
    if (seen->capacity_mps > 0 && f->finishing_ticks < YOUNG_TICKS)
        f->finishing_ticks++;
}

/* Turning `slots` changes the capacity in proportion, at once. */
static void see_slots(struct forward *f, const struct knobs *knobs)
{
    int64_t slots = knobs->value[KNOB_SLOTS];
    if (f->slots > 0 && slots != f->slots)
        f->finished_micro = wide_mul_div(f->finished_micro, slots, f->slots);
    f->slots = slots;
}

/* A tick counts whole records, so a steady rate jitters by one record a tick:
 * small differences are averaged, large ones are believed at once. */
static void see_offered(struct forward *f, const struct observation *seen)
{
    int64_t change = seen->offered_rate_mps - f->offered_mps;
    int64_t two = rate_of(2, seen->dt_ns);
    int64_t noise = most(two, wide_mul_div(f->offered_mps, JUMP_PPM, PPM_ONE));
    bool jump = change > noise || change < -noise || seen->offered_rate_mps == 0;
    f->offered_mps = jump ? seen->offered_rate_mps : f->offered_mps + change / 8;
}

/* Learnt only in calm ticks: when something queues or blocks, input and offered
 * rate differ for other reasons. Within 15 % of 1 it is taken as 1. */
static void see_gain(struct forward *f, const struct observation *seen)
{
    int64_t arrived = wide_mul_div(seen->input_rate_mps, seen->dt_ns, 1000 * NS_PER_S);
    int64_t small = most(2, arrived / 20);
    bool calm = f->has_last && seen->source_backpressured_ppm < BACKPRESSURED_PPM / 2 &&
                f->backlog_grown <= small && f->backlog_grown >= -small && f->grown <= small &&
                f->grown >= -small;
    if (!calm || arrived < 10 || seen->offered_rate_mps <= 0)
        return;
    int64_t now = wide_mul_div(seen->input_rate_mps, PPM_ONE, seen->offered_rate_mps);
    f->calm_ticks = least(f->calm_ticks + 1, CALM_TICKS);
    f->gain_ppm += (clamp(now, PPM_ONE / 64, 64 * PPM_ONE) - f->gain_ppm) / f->calm_ticks;
}

/* Widens the cap again, in growing steps, as long as the local lane stays fed. */
static void widen(struct forward *f, bool fed)
{
    if (f->cap_left > 0) {
        f->cap_left--;
    } else if (fed) {
        f->cap_grows += f->cap_step;
        f->cap_ppm = least(PPM_ONE, f->cap_ppm + f->cap_grows);
    }
    if (f->cap_ppm == PPM_ONE)
        f->cap_wait = 0;
}

/* The remote lane is at its limit when records are held back although the local
 * lane has time: a larger share would only starve it more. Then the share that
 * both lanes can carry is R ÷ (R + C). The same holds when something before the
 * burst vertex is the bottleneck. Each further try to widen waits longer. */
static void see_limit(struct forward *f, const struct observation *seen)
{
    int64_t capacity = forward_capacity(f);
    int64_t held = wide_mul_div(seen->offered_rate_mps, seen->dt_ns, 500 * NS_PER_S);
    bool blocked = capacity > 0 && seen->fraction_ppm > 0 && f->remote_mps > 0 &&
                   seen->busy_ppm < FED_PPM && seen->backlog > held;
    f->blocked_ticks = blocked ? f->blocked_ticks + 1 : 0;
    if (f->blocked_ticks >= 2) {
        int64_t fits = wide_mul_div(f->remote_mps, PPM_ONE, f->remote_mps + capacity);
        f->cap_ppm = least(fits, seen->fraction_ppm);
        f->cap_wait = clamp(2 * f->cap_wait, CAP_WAIT_TICKS, CAP_WAIT_MAX_TICKS);
        f->cap_left = f->cap_wait;
        f->cap_step = most(f->cap_ppm / CAP_STEPS, CAP_STEP_MIN_PPM);
        f->cap_grows = 0;
        f->blocked_ticks = 0;
    } else if (f->cap_ppm < PPM_ONE) {
        widen(f, seen->busy_ppm >= FED_PPM || seen->backlog <= held);
    }
}

void forward_see(struct forward *f, const struct knobs *knobs, const struct observation *seen)
{
    f->grown = f->has_last ? seen->queue - f->last_queue : 0;
    f->backlog_grown = f->has_last ? seen->backlog - f->last_backlog : 0;
    uint64_t remote = f->has_last ? seen->remote_total - f->last_remote : 0;
    f->remote_mps = least(RATE_TOP, rate_of((int64_t)(remote & INT64_MAX), seen->dt_ns));
    see_slots(f, knobs);
    see_capacity(f, seen);
    see_offered(f, seen);
    see_gain(f, seen);
    see_limit(f, seen);
    f->has_last = true;
    f->last_queue = seen->queue;
    f->last_backlog = seen->backlog;
    f->last_remote = seen->remote_total;
}

int64_t forward_arrivals(const struct forward *f, const struct observation *seen, int64_t tau_ns)
{
    /* A source without a schedule shows its rate only at the vertex itself. */
    if (f->offered_mps <= 0 && seen->backlog == 0)
        return seen->input_rate_mps;
    int64_t rate = f->offered_mps;
    if (tau_ns != TIME_NEVER)
        rate = least(rate, RATE_TOP) + least(rate_of(seen->backlog, tau_ns), RATE_TOP);
    bool odd = f->gain_ppm < 85 * PPM_ONE / 100 || f->gain_ppm > 115 * PPM_ONE / 100;
    return odd ? wide_mul_div(rate, f->gain_ppm, PPM_ONE) : rate;
}

/* What the local lane takes, as far as that is known. Before a first record is
 * finished: all of it while the lane has time, then what did not queue up. */
static int64_t local_rate(const struct forward *f, const struct observation *seen)
{
    int64_t capacity = forward_capacity(f);
    if (capacity > 0)
        return capacity;
    if (seen->busy_ppm < 8 * PPM_ONE / 10)
        return INT64_MAX;
    return most(0, seen->input_rate_mps - f->remote_mps - rate_of(most(0, f->grown), seen->dt_ns));
}

/* Is there a sign of overload other than the estimate of the capacity? */
static bool witnessed(const struct observation *seen, int64_t left_alone)
{
    int64_t due = wide_mul_div(seen->offered_rate_mps, 50 * NS_PER_MS, 1000 * NS_PER_S);
    return seen->busy_ppm >= SATURATED_PPM || seen->queue > left_alone || seen->backlog > due + 1;
}

int64_t forward_share(const struct forward *f, const struct observation *seen,
                      const struct forward_aim *aim)
{
    int64_t arrivals = forward_arrivals(f, seen, aim->tau_ns);
    int64_t rate = local_rate(f, seen);
    if (rate == INT64_MAX || arrivals <= 0)
        return NOTHING;
    int64_t left_alone = most(1, wide_mul_div(rate, aim->wait_ns, 1000 * NS_PER_S));
    if (f->finishing_ticks < YOUNG_TICKS && !witnessed(seen, left_alone))
        return NOTHING;
    int64_t local = most(0, rate - rate_of(seen->queue - left_alone, aim->tau_ns));
    return most(NOTHING, PPM_ONE - wide_mul_div(local, PPM_ONE, arrivals));
}

int64_t forward_settle(const struct forward *f, int64_t arrivals_mps, int64_t share_ppm,
                       int64_t last_ppm)
{
    int64_t share = least(share_ppm, f->cap_ppm);
    int64_t change = share > last_ppm ? share - last_ppm : last_ppm - share;
    int64_t moved = wide_mul_div(arrivals_mps, change, PPM_ONE);
    int64_t step = wide_mul_div(forward_capacity(f), QUANTUM_PPM, PPM_ONE);
    return moved < step ? last_ppm : most(0, share);
}
