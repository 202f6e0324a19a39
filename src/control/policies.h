/* The policies, one file each, and what they share. Internal to control/. */
#ifndef CONTROL_POLICIES_H
#define CONTROL_POLICIES_H

#include "control/policy.h"

/* Flink calls an instance back-pressured above this share of its time. */
#define BACKPRESSURED_PPM (PPM_ONE / 10)

extern const struct policy policy_off, policy_always, policy_half, policy_as_found,
    policy_threshold, policy_hysteresis, policy_excess, policy_slo;
extern const struct batch_policy batch_fixed, batch_table, batch_deadline;

/* Clears all of a state but its random stream; every init starts with it. */
void policy_clear(struct policy_state *state);

/* `init` of a policy without memory. */
void policy_init_plain(struct policy_state *state, const struct knobs *knobs, int64_t now_ns);

/* Decides the offloaded share, clamped to 0..100 %. */
void decide_fraction(struct decision *out, int64_t fraction_ppm, const char *reason);

/* Row of the 2023 batch table: 50 up to 250, 100 up to 500, 200 up to 750, else 400. */
int64_t batch_row(int64_t value);

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static inline int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return most(low, least(value, high));
}

#endif
