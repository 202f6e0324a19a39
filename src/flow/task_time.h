/* Task time as Flink accounts it (TaskIOMetricGroup: busy, back-pressured, idle),
 * per instance, weighted by slots: a slot is busy while it serves a record,
 * back-pressured while it holds a finished record that cannot leave (or would
 * take one but the output is full), idle otherwise. By construction
 *     busy + idle + back-pressured = slots × elapsed time. */
#ifndef FLOW_TASK_TIME_H
#define FLOW_TASK_TIME_H

#include "base/wide.h"

#include <stdint.h>

struct task_time {
    int64_t since_ns; /* accounted up to here */
    int64_t start_ns;
    uint32_t slots;                    /* > 0 */
    uint32_t busy, blocked;            /* slots in that state since since_ns */
    i128 busy_ns, blocked_ns, idle_ns; /* slot-nanoseconds, weighted by 1/slots at reading */
};

/* Accumulated time of one instance in ns; the three sum to the elapsed time. */
struct task_share {
    int64_t busy_ns, backpressured_ns, idle_ns;
};

void task_time_init(struct task_time *t, uint32_t slots, int64_t now_ns);
/* Accounts up to now in the present state, then changes the state. busy + blocked
 * may exceed slots for a while after slots were taken away: shares are of the larger. */
void task_time_set(struct task_time *t, uint32_t slots, uint32_t busy, uint32_t blocked,
                   int64_t now_ns);
/* Real work was measured: [now, now + spent) was busy with one whole instance. */
void task_time_worked(struct task_time *t, int64_t now_ns, int64_t spent_ns);
/* Shares accumulated up to now. */
struct task_share task_time_share(const struct task_time *t, int64_t now_ns);

#endif
