/* deadline: the largest batch whose fill and call meet the latency target.
 *
 * With n records, rate r and target s:  n ÷ r + call(n) <= s. The length of a
 * call is only known at the size in force, n0, and grows with n by an unknown
 * amount. Taking two thirds of it as proportional to n,
 *     n ÷ r + call ÷ 3 × (1 + 2 n ÷ n0) = s
 * has the same fixed point as the true curve and comes to it from either side,
 * whatever the true proportion is; taking the call as constant would swing. */
#include "base/wide.h"
#include "control/policies.h"

#define READ_NS (1 * NS_PER_S) /* the call times cover the last second */
#define JUMP 10                /* growth of one reading at most, and 1/JUMP the other way */
#define HEADROOM_PPM (8 * PPM_ONE / 10)

static void init(struct batch_policy_state *state, const struct knobs *knobs, int64_t now_ns)
{
    (void)now_ns;
    state->last_read_ns = TIME_NEVER; /* no call has been seen: the knob's size */
    state->size = knobs->value[KNOB_BATCH];
}

/* Records that arrive in t. */
static int64_t filled(int64_t rate_mps, int64_t t_ns)
{
    return t_ns <= 0 ? 0 : wide_mul_div(rate_mps, t_ns, 1000 * NS_PER_S);
}

/* Batches must not be so small that the calls allowed at once cannot carry the
 * rate: they would wait for each other, which no target survives. */
static int64_t smallest(const struct knobs *knobs, const struct batch_seen *seen)
{
    int64_t calls = wide_mul_div(knobs->value[KNOB_CONCURRENCY], HEADROOM_PPM, PPM_ONE);
    int64_t in_flight = filled(seen->remote_rate_mps, seen->call_p50_ns);
    return 1 + (in_flight > 0 ? (in_flight - 1) / most(1, calls) : 0);
}

/* The n of the formula above, rounded down. */
static int64_t damped(const struct batch_seen *seen, int64_t slo, int64_t n0)
{
    int64_t room_ns = slo - seen->call_p99_ns / 3;
    int64_t record_ns = wide_mul_div(1000, NS_PER_S, seen->remote_rate_mps);
    int64_t slope_ns = seen->call_p99_ns / 3 * 2 / n0;
    return room_ns <= 0 ? 0 : room_ns / most(1, record_ns + slope_ns);
}

static int64_t size(struct batch_policy_state *state, const struct knobs *knobs,
                    const struct batch_seen *seen)
{
    int64_t slo = knobs->value[KNOB_SLO];
    bool first = state->last_read_ns == TIME_NEVER;
    bool due = first || seen->now_ns - state->last_read_ns >= READ_NS;
    if (first)
        state->size = knobs->value[KNOB_BATCH];
    /* Without calls or without records there is nothing to go by. */
    if (!due || seen->call_p99_ns <= 0 || seen->remote_rate_mps <= 0)
        return state->size;
    state->last_read_ns = seen->now_ns;
    int64_t n0 = state->size;
    int64_t target =
        first ? filled(seen->remote_rate_mps, slo - seen->call_p99_ns) : damped(seen, slo, n0);
    target = clamp(target, n0 / JUMP, n0 * JUMP);
    state->size = clamp(most(target, smallest(knobs, seen)), 1, knob_table[KNOB_BATCH].max);
    return state->size;
}

const struct batch_policy batch_deadline = {
    "deadline", "The largest batch whose fill and call stay within slo.", init, size};
