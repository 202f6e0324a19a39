/* Does the runs of a plan that are not done yet, several at a time: each engine is a value
 * and a virtual clock needs no core of its own. Live runs go one by one. What a run gives
 * depends on nothing but its own setup, so the order does not matter. */
#ifndef LAB_RUNNER_H
#define LAB_RUNNER_H

#include "lab/results.h"
#include "ring/flag.h"

struct runner {
    struct flag stop;
};

struct runner_progress {
    int done, total, resumed;
    int64_t elapsed_ns, left_ns; /* left: -1 while unknown */
};
/* Called a few times a second from the thread that called runner_run. */
typedef void runner_progress_fn(void *context, const struct runner_progress *p);

void runner_init(struct runner *w);
/* Ends soon, with the runs done so far. Safe in a signal handler. */
void runner_stop(struct runner *w);
bool runner_stopped(const struct runner *w);

/* threads: 0 = as many as there are processors; live runs take one. 0 when all that could
 * be done is (or runner_stop was called); else the first error. */
MUST_USE int runner_run(struct runner *w, struct results *r, int threads,
                        runner_progress_fn *progress, void *context, struct err *e);

#endif
