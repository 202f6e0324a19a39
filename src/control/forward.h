/* Feed-forward: from what arrives and what the local lane truly can, the share
 * that must go elsewhere. Shared by hysteresis, excess and slo. Internal to
 * control/; plain memory, no clock. */
#ifndef CONTROL_FORWARD_H
#define CONTROL_FORWARD_H

#include "control/policies.h"

struct forward {
    /* True capacity: records finished and the busy time that took, both fading
     * with busy time, so that a tick counts by how busy it was. */
    int64_t finished_micro; /* records × 10^6 */
    int64_t busy_ns;
    int64_t finishing_ticks; /* ticks that finished something, up to YOUNG_TICKS */
    int64_t slots;           /* knob at the last tick */
    int64_t offered_mps;     /* offered rate without the jitter of single records */
    /* Records that reach the burst vertex per record of the source. */
    int64_t gain_ppm, calm_ticks;
    /* The last tick, for differences. */
    bool has_last;
    uint64_t last_remote;
    int64_t last_queue, last_backlog;
    int64_t grown; /* growth of the queue in the tick just ended, records */
    int64_t backlog_grown;
    int64_t remote_mps; /* records handed to the remote lane in that tick */
    /* Largest share that still keeps the local lane fed while the remote lane is
     * at its own limit; PPM_ONE when it is not. */
    int64_t cap_ppm;
    int64_t cap_wait, cap_left; /* ticks before it is widened: in all, still to go */
    int64_t cap_step, cap_grows, blocked_ticks;
};

/* How fast waiting records are to go, and how many may stay. */
struct forward_aim {
    int64_t wait_ns; /* local waiting time that is left alone; keeps the lane fed */
    int64_t tau_ns;  /* what waits beyond that falls to 1/e in this time */
};

/* Empties f, with the slots in force. */
void forward_init(struct forward *f, const struct knobs *knobs);

/* Takes in one observation. Once per tick, before the calls below. */
void forward_see(struct forward *f, const struct knobs *knobs, const struct observation *seen);

/* Estimated true capacity in milli-records/s; 0 while unknown. */
int64_t forward_capacity(const struct forward *f);

/* Records per 1000 s that the burst vertex should take in so that the backlog
 * goes with time constant tau_ns (TIME_NEVER: leaves the backlog out). */
int64_t forward_arrivals(const struct forward *f, const struct observation *seen, int64_t tau_ns);

/* Share of the arrivals that the local lane cannot take, ppm; negative, down to
 * -100 %, while it could take more than arrives. */
int64_t forward_share(const struct forward *f, const struct observation *seen,
                      const struct forward_aim *aim);

/* The share to put in force, 0..PPM_ONE: share_ppm, capped by what the remote
 * lane takes; or last_ppm where the two differ by less than 2 % of the local
 * capacity, so that a steady load is not answered by endless small changes. */
int64_t forward_settle(const struct forward *f, int64_t arrivals_mps, int64_t share_ppm,
                       int64_t last_ppm);

#endif
