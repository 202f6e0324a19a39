/* fixed: the batch knob, as it is. */
#include "control/policies.h"

static void init(struct batch_policy_state *state, const struct knobs *knobs, int64_t now_ns)
{
    state->last_read_ns = now_ns;
    state->size = knobs->value[KNOB_BATCH];
}

static int64_t size(struct batch_policy_state *state, const struct knobs *knobs,
                    const struct batch_seen *seen)
{
    (void)seen;
    state->size = knobs->value[KNOB_BATCH];
    return state->size;
}

const struct batch_policy batch_fixed = {"fixed", "Every batch has the size of the batch knob.",
                                         init, size};
