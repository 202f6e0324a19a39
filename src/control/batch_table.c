/* table: the batch table of the 2023 project with a real rate: 50 records up to
 * 250 ev/s, 100 up to 500, 200 up to 750, else 400; looked up every 8 s. The
 * first look comes one second after the first record, when there is a rate. */
#include "control/policies.h"

#define READ_NS (8 * NS_PER_S)
#define FIRST_NS (1 * NS_PER_S)
#define WAITING TIME_NEVER /* last_read_ns before the first record */

static void init(struct batch_policy_state *state, const struct knobs *knobs, int64_t now_ns)
{
    (void)knobs;
    (void)now_ns;
    state->last_read_ns = WAITING;
    state->size = batch_row(0);
}

static int64_t size(struct batch_policy_state *state, const struct knobs *knobs,
                    const struct batch_seen *seen)
{
    (void)knobs;
    if (state->last_read_ns == WAITING) {
        if (seen->remote_rate_mps > 0)
            state->last_read_ns = seen->now_ns - READ_NS + FIRST_NS;
    } else if (seen->now_ns - state->last_read_ns >= READ_NS) {
        state->last_read_ns = seen->now_ns;
        state->size = batch_row((seen->remote_rate_mps + 999) / 1000);
    }
    return state->size;
}

const struct batch_policy batch_table = {
    "table", "50, 100, 200 or 400 records by the rate (250, 500, 750 ev/s), looked up every 8 s.",
    init, size};
