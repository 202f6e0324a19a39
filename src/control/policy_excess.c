/* excess: keep the local lane full and send only what it cannot take. Nothing
 * is sent while the load is within the local capacity and nothing waits. */
#include "control/forward.h"

#define LEFT_ALONE_NS (20 * NS_PER_MS) /* of waiting: bridges the gaps between blocks */
#define TAU_TICKS 3                    /* a correction faster than this would overshoot */

struct excess {
    struct forward forward;
    int64_t share_ppm;
};
_Static_assert(sizeof(struct excess) <= POLICY_STATE_SIZE, "state too large");

static void init(struct policy_state *state, const struct knobs *knobs, int64_t now_ns)
{
    (void)now_ns;
    policy_clear(state);
    struct excess *mine = (void *)state->bytes;
    forward_init(&mine->forward, knobs);
}

static const char *reason(const struct excess *mine, const struct observation *seen)
{
    if (mine->share_ppm == 0)
        return "the load is within the local capacity";
    if (mine->forward.cap_ppm < PPM_ONE && mine->share_ppm >= mine->forward.cap_ppm)
        return "functions take no more than this";
    if (forward_arrivals(&mine->forward, seen, TIME_NEVER) <= forward_capacity(&mine->forward))
        return "draining what waits";
    return "the load exceeds the local capacity";
}

static void decide(struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out)
{
    struct excess *mine = (void *)state->bytes;
    struct forward *f = &mine->forward;
    /* After four time constants 98 % of what waited is gone. */
    int64_t tau_ns = most(knobs->value[KNOB_DRAIN_TIME] / 4, TAU_TICKS * seen->dt_ns);
    struct forward_aim aim = {LEFT_ALONE_NS, tau_ns};
    forward_see(f, knobs, seen);
    int64_t share = forward_share(f, seen, &aim);
    mine->share_ppm = forward_settle(f, forward_arrivals(f, seen, tau_ns), share, mine->share_ppm);
    decide_fraction(out, mine->share_ppm, reason(mine, seen));
}

const struct policy policy_excess = {
    "excess",
    "Functions get exactly what exceeds the local capacity, and what waits within drain_time.",
    init, decide};
