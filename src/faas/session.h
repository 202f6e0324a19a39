/* What the calls of one run have in common, beyond the model of a single call
 * (workloads of 2023, measured at one client over one connection):
 *
 *   quiet client   the first call opens the connection; a call tends to be like the
 *                  one before it (lag-1 autocorrelation 0.04 Java, 0.16 Python);
 *                  small batches have the medians that were measured there
 *   noisy client   each run has a factor of its own (sigma of its log 0.15); batches of
 *                  320 records and more are spread by run, hardly by call
 *
 * Only in force with config.session; its random numbers are a stream of their own,
 * so the rest of the model draws the same with and without it. Pure. */
#ifndef FAAS_SESSION_H
#define FAAS_SESSION_H

#include "faas/model.h"

struct session {
    struct prng prng;
    uint32_t run_quantile; /* of the run's own factor */
    uint32_t last;         /* residual quantile of the call before */
    bool begun;
};

void session_init(struct session *s, uint64_t seed);

/* Duration of a warm call, ns, where `residual` was drawn for it. One call of this
 * per call that runs, in order. */
int64_t session_warm_ns(struct session *s, const struct faas_config *config, uint32_t records,
                        uint32_t residual);

#endif
