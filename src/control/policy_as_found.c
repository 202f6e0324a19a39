/* as-found: the rule of the 2023 cloud-bursting project with its faults, kept
 * because they teach. Busy time is divided by 1000 in integers, so it counts
 * only when complete. The "input rate" is the record counter of instance 0
 * since the start, times a random number, so the rule is a clock that switches
 * everything on sooner or later and hardly ever off again. The batch size goes
 * by a counter too, and ends at 400 for good. */
#include "base/wide.h"
#include "control/policies.h"

#define BATCH_READ_NS (8 * NS_PER_S)
#define BATCH_FIRST 100
#define DRAW_STEPS INT64_C(1000000000) /* resolution of the random number in [0, 1) */

struct as_found {
    int64_t read_ns; /* when the batch was last looked up */
    int64_t batch;
};
_Static_assert(sizeof(struct as_found) <= POLICY_STATE_SIZE, "state too large");

static void init(struct policy_state *state, const struct knobs *knobs, int64_t now_ns)
{
    (void)knobs;
    policy_clear(state);
    struct as_found *mine = (void *)state->bytes;
    mine->read_ns = now_ns;
    mine->batch = BATCH_FIRST;
}

static void decide(struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out)
{
    struct as_found *mine = (void *)state->bytes;
    int64_t busy_ratio = seen->busy_first_ppm / 1000 / 1000; /* 0, or 1 at 100 % */
    bool busy = busy_ratio * PPM_ONE > knobs->value[KNOB_BUSY_THRESHOLD];
    u128 drawn = prng_below(&state->prng, DRAW_STEPS);
    u128 threshold = (u128)(uint64_t)knobs->value[KNOB_INPUT_THRESHOLD] * (uint64_t)DRAW_STEPS;
    bool input = drawn * seen->input_total_first * 1000 > threshold;
    if (busy)
        decide_fraction(out, PPM_ONE, "busy for the whole second");
    else if (input)
        decide_fraction(out, PPM_ONE, "random number x record counter over input_threshold");
    else
        decide_fraction(out, 0, "random number x record counter under input_threshold");
    if (seen->now_ns - mine->read_ns >= BATCH_READ_NS) {
        mine->read_ns = seen->now_ns;
        mine->batch = batch_row((int64_t)(seen->remote_total & INT64_MAX));
    }
    out->has |= DECIDE_BATCH;
    out->batch = mine->batch;
}

const struct policy policy_as_found = {
    "as-found",
    "The 2023 rule with its faults: all or nothing, by a record counter taken for a rate.", init,
    decide};
