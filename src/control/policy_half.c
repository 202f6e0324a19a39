/* half: the simplest reaction to overload, with no idea of how large it is. */
#include "control/policies.h"

static void decide(struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out)
{
    (void)state;
    (void)knobs;
    bool full = seen->queue_limit > 0 && seen->queue >= seen->queue_limit;
    if (full)
        decide_fraction(out, PPM_ONE / 2, "the queue is full");
    else if (seen->source_backpressured_ppm > BACKPRESSURED_PPM)
        decide_fraction(out, PPM_ONE / 2, "the source is back-pressured");
    else
        decide_fraction(out, 0, "the queue has room");
}

const struct policy policy_half = {
    "half", "Half of the load goes to functions while the queue is full, nothing otherwise.",
    policy_init_plain, decide};
