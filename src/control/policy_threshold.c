/* threshold: the 2023 rule as it was meant, with a real rate and a real busy
 * share. Still all or nothing, so it swings when the load is near a threshold. */
#include "control/policies.h"

static void decide(struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out)
{
    (void)state;
    if (seen->input_rate_mps > knobs->value[KNOB_INPUT_THRESHOLD])
        decide_fraction(out, PPM_ONE, "input rate over input_threshold");
    else if (seen->busy_ppm > knobs->value[KNOB_BUSY_THRESHOLD])
        decide_fraction(out, PPM_ONE, "busy over busy_threshold");
    else
        decide_fraction(out, 0, "under both thresholds");
}

const struct policy policy_threshold = {
    "threshold",
    "Everything goes to functions while the input rate or the busy share is over its threshold.",
    policy_init_plain, decide};
