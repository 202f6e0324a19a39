/* slo: what excess does, aimed at a latency instead of a full lane, and a trim
 * for what the flow balance cannot explain.
 *
 * The queue may hold a quarter of the target in waiting time, and what exceeds
 * that is drained within about the target. If the 99th percentile is over the
 * target although nothing waits (slow local service, say), the trim raises the
 * share, unless the functions themselves are what is late. */
#include "base/wide.h"
#include "control/forward.h"

#define TAU_TICKS 4
#define TAU_MAX_NS (5 * NS_PER_S)
#define MEMORY_NS (12 * NS_PER_S / 10) /* the percentile covers the last second */
#define REST_NS (5 * NS_PER_S)         /* after a rise, before the trim comes down; */
#define REST_MAX_NS (320 * NS_PER_S)   /* twice as long each time that proves wrong */
#define RISE_PPM_S (PPM_ONE / 5)       /* share per second */
#define FALL_PPM_S (PPM_ONE / 50)      /* of the trim */
#define RETREAT_PPM_S (PPM_ONE / 5)    /* of the whole share, and of a useless trim */
#define COMFORT_PPM (8 * PPM_ONE / 10) /* of the target */

struct slo {
    struct forward forward;
    int64_t share_ppm, balance_ppm, trim_ppm;
    int64_t puzzled_ns; /* how long the percentile has been over without a queue */
    int64_t rested_ns;  /* since the trim last rose */
    int64_t rest_ns;    /* how long it rests before it tries to come down */
    bool lowered;       /* the trim came down since it last rose */
};
_Static_assert(sizeof(struct slo) <= POLICY_STATE_SIZE, "state too large");

static void init(struct policy_state *state, const struct knobs *knobs, int64_t now_ns)
{
    (void)now_ns;
    policy_clear(state);
    struct slo *mine = (void *)state->bytes;
    forward_init(&mine->forward, knobs);
}

static int64_t per_tick(int64_t ppm_s, const struct observation *seen)
{
    return most(1, wide_mul_div(ppm_s, seen->dt_ns, NS_PER_S));
}

/* Waiting time of what stands in the queue and in the backlog. */
static int64_t waiting_ns(const struct forward *f, const struct observation *seen)
{
    int64_t capacity = forward_capacity(f);
    if (capacity == 0)
        return 0;
    return wide_mul_div(seen->queue + seen->backlog, 1000 * NS_PER_S, capacity);
}

static void see_latency(struct slo *mine, const struct knobs *knobs, const struct observation *seen)
{
    int64_t slo = knobs->value[KNOB_SLO];
    bool over = seen->p99_ns > slo;
    bool remote_late = seen->fill_call_p99_ns >= slo;
    bool puzzled = over && !remote_late && waiting_ns(&mine->forward, seen) <= slo / 2;
    mine->puzzled_ns = puzzled ? mine->puzzled_ns + seen->dt_ns : 0;
    mine->rested_ns = least(mine->rested_ns + seen->dt_ns, REST_MAX_NS);
    if (mine->puzzled_ns > MEMORY_NS) {
        if (mine->lowered)
            mine->rest_ns = least(2 * mine->rest_ns, REST_MAX_NS);
        mine->trim_ppm += per_tick(RISE_PPM_S, seen);
        mine->rested_ns = 0;
        mine->lowered = false;
    } else if (remote_late) {
        mine->trim_ppm -= per_tick(RETREAT_PPM_S, seen);
    } else if (seen->p99_ns < wide_mul_div(slo, COMFORT_PPM, PPM_ONE) &&
               mine->rested_ns >= mine->rest_ns) {
        mine->trim_ppm -= per_tick(FALL_PPM_S, seen);
        mine->lowered = true;
    }
    mine->trim_ppm = clamp(mine->trim_ppm, 0, PPM_ONE);
    if (mine->trim_ppm == 0)
        mine->rest_ns = REST_NS;
}

static void decide(struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out)
{
    struct slo *mine = (void *)state->bytes;
    struct forward *f = &mine->forward;
    int64_t slo = knobs->value[KNOB_SLO];
    int64_t tau_ns = most(least(slo / 2, TAU_MAX_NS), TAU_TICKS * seen->dt_ns);
    struct forward_aim aim = {slo / 4, tau_ns};
    forward_see(f, knobs, seen);
    see_latency(mine, knobs, seen);
    int64_t balance = forward_share(f, seen, &aim);
    mine->balance_ppm =
        forward_settle(f, forward_arrivals(f, seen, tau_ns), balance, mine->balance_ppm);
    int64_t share =
        most(mine->balance_ppm + mine->trim_ppm, mine->share_ppm - per_tick(RETREAT_PPM_S, seen));
    mine->share_ppm = least(share, f->cap_ppm);
    const char *reason = "the latency is within slo";
    if (mine->trim_ppm > 0 && mine->share_ppm > 0)
        reason = "the 99th percentile was over slo";
    else if (mine->balance_ppm > 0)
        reason = "the load would break slo";
    else if (mine->share_ppm > 0)
        reason = "coming back slowly";
    decide_fraction(out, mine->share_ppm, reason);
}

const struct policy policy_slo = {
    "slo", "Functions get what keeps the 99th percentile of latency under slo, and no more.", init,
    decide};
