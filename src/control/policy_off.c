/* off: the baseline. Everything is processed locally. */
#include "control/policies.h"

static void decide(struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out)
{
    (void)state;
    (void)knobs;
    (void)seen;
    decide_fraction(out, 0, "everything is local");
}

const struct policy policy_off = {
    "off", "Everything stays local; overload becomes back-pressure and waiting.", policy_init_plain,
    decide};
