/* always: the other baseline. Every record goes to a function. */
#include "control/policies.h"

static void decide(struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out)
{
    (void)state;
    (void)knobs;
    (void)seen;
    decide_fraction(out, PPM_ONE, "everything bursts");
}

const struct policy policy_always = {
    "always", "Everything goes to functions; shows their latency and their full price.",
    policy_init_plain, decide};
