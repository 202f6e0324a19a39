/* The rate as a function of nominal time: a preset's steps, and what was laid over
 * them by hand. Knows nothing of records. */
#ifndef WORKLOAD_SCHEDULE_RULES_H
#define WORKLOAD_SCHEDULE_RULES_H

#include "workload/schedule.h"

/* Rate in force at nominal time t_ns >= 0, in mps, and the time *until_ns > t_ns up
 * to which it surely stays (TIME_NEVER: for ever). */
int64_t schedule_rules_rate(const struct schedule *s, int64_t t_ns, int64_t *until_ns);

/* The rate that the ramp or rate set by hand in force at t_ns leads to; false: none is. */
bool schedule_rules_hand(const struct schedule *s, int64_t t_ns, int64_t *rate_mps);

#endif
