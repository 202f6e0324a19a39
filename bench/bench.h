/* What the bench programs share: CPU time of the calling thread, medians of
 * pairs, one JSON object a line. A figure is a ratio against something measured in
 * the same run: these machines are noisy. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "spillway.h"

/* CPU seconds of this thread, and seconds on the wall. */
double bench_cpu_s(void);
double bench_wall_s(void);

/* Median of n values, which it sorts. */
double bench_median(double *values, int n);

/* Runs a preset given as text to its end in this thread; returns CPU seconds and
 * fills *last. Exits with a sentence if anything fails or the ledger breaks. */
double bench_run(const char *preset_text, bool sim, uint64_t records, int64_t duration_ns,
                 struct sp_summary *last);

#endif
