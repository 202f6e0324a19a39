/* The table of policies, and the guards that no policy can get around. */
#include "control/policy.h"

#include "base/wide.h"
#include "control/policies.h"

#include <string.h>

/* A held lane is let go when spending has come down to this share of the limit,
 * so that it does not open and close at every tick. */
#define RELEASE_PPM (8 * PPM_ONE / 10)

const struct policy *const policy_all[] = {&policy_off,      &policy_always,    &policy_half,
                                           &policy_as_found, &policy_threshold, &policy_hysteresis,
                                           &policy_excess,   &policy_slo,       NULL};

const struct batch_policy *const batch_policy_all[] = {&batch_fixed, &batch_table, &batch_deadline,
                                                       NULL};

void policy_clear(struct policy_state *state)
{
    state->rate_held = false;
    memset(state->bytes, 0, sizeof state->bytes);
}

void policy_init_plain(struct policy_state *state, const struct knobs *knobs, int64_t now_ns)
{
    (void)knobs;
    (void)now_ns;
    policy_clear(state);
}

void decide_fraction(struct decision *out, int64_t fraction_ppm, const char *reason)
{
    out->has |= DECIDE_FRACTION;
    out->fraction_ppm = clamp(fraction_ppm, 0, PPM_ONE);
    out->reason = reason;
}

int64_t batch_row(int64_t value)
{
    static const struct {
        int64_t up_to, batch;
    } row[] = {{250, 50}, {500, 100}, {750, 200}, {INT64_MAX, 400}};
    int i = 0;
    while (value > row[i].up_to)
        i++;
    return row[i].batch;
}

/* ---- guards ----------------------------------------------------------------- */

static void guard_burst_max(const struct knobs *knobs, const struct observation *seen,
                            struct decision *out)
{
    int64_t top = knobs->value[KNOB_BURST_MAX];
    int64_t share = out->has & DECIDE_FRACTION ? out->fraction_ppm : seen->fraction_ppm;
    if (share > top)
        decide_fraction(out, top, "at burst_max");
}

static void guard_budget(struct policy_state *state, const struct knobs *knobs,
                         const struct observation *seen, struct decision *out)
{
    int64_t budget = knobs->value[KNOB_BUDGET];
    int64_t limit = knobs->value[KNOB_BUDGET_RATE];
    int64_t release = wide_mul_div(limit, RELEASE_PPM, PPM_ONE);
    state->rate_held = limit > 0 && seen->cost_rate_nusd_h > (state->rate_held ? release : limit);
    if (budget > 0 && seen->cost_nusd >= budget)
        decide_fraction(out, 0, "the budget is spent");
    else if (state->rate_held)
        decide_fraction(out, 0, "spending is over budget_rate");
}

/* Fields with a knob: kept within its range, dropped where it is set by hand. */
static void guard_fields(const struct knobs *knobs, struct decision *out)
{
    const struct {
        enum decision_field field;
        enum knob knob;
        int64_t *value;
    } tied[] = {{DECIDE_BATCH, KNOB_BATCH, &out->batch},
                {DECIDE_CONCURRENCY, KNOB_CONCURRENCY, &out->concurrency},
                {DECIDE_SLOTS, KNOB_SLOTS, &out->slots}};
    for (size_t i = 0; i < sizeof tied / sizeof tied[0]; i++) {
        const struct knob_def *def = &knob_table[tied[i].knob];
        if (knobs->manual[tied[i].knob])
            out->has &= ~(unsigned)tied[i].field;
        *tied[i].value =
            out->has & (unsigned)tied[i].field ? clamp(*tied[i].value, def->min, def->max) : 0;
    }
}

void policy_decide(int index, struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out)
{
    assert(index >= 0 && index <= knob_table[KNOB_POLICY].max);
    assert(state && knobs && seen && out && seen->dt_ns > 0);
    memset(out, 0, sizeof *out);
    policy_all[index]->decide(state, knobs, seen, out);
    guard_burst_max(knobs, seen, out);
    guard_budget(state, knobs, seen, out);
    guard_fields(knobs, out);
}
