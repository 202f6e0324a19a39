/* Latency histogram: log-linear, 6 significant bits (buckets at most 1.6 % wide).
 *
 * Values are nanoseconds in [0, 2^47) (39 hours; larger ones are clamped).
 * Histograms merge and subtract exactly; percentiles are read from merged
 * histograms and never averaged (DESIGN.md section 2, rule 4). */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include "base/wide.h"

#include <stdint.h>

#define HIST_BITS 6
#define HIST_SUB (1 << HIST_BITS) /* buckets per octave */
#define HIST_TOP 47               /* values are below 2^HIST_TOP */
#define HIST_BUCKETS ((HIST_TOP - HIST_BITS + 1) * HIST_SUB)

struct hist {
    uint64_t count;
    int64_t max; /* exact largest value; of a difference: largest bucket's top */
    i128 sum;    /* exact */
    uint32_t lo; /* buckets outside [lo, hi) are zero; lo >= hi when empty */
    uint32_t hi;
    uint32_t bucket[HIST_BUCKETS];
};

/* Bucket of a value; and the smallest value of a bucket (index <= HIST_BUCKETS). */
uint32_t hist_index(int64_t value_ns);
int64_t hist_floor(uint32_t index);

/* Empties h. */
void hist_reset(struct hist *h);
/* Adds n samples of one value (negative counts as 0). */
void hist_add(struct hist *h, int64_t value_ns, uint32_t n);
/* into += from. */
void hist_merge(struct hist *into, const struct hist *from);
/* into -= from, where from is an earlier state or a part of into. */
void hist_subtract(struct hist *into, const struct hist *from);

/* Smallest value v such that at least ppm/10^6 of the samples are <= v, as the
 * middle of its bucket, never above max. 0 when empty. ppm in [0, 10^6]. */
int64_t hist_quantile(const struct hist *h, int64_t ppm);
/* Exact mean, rounded to the nearest ns; 0 when empty. */
int64_t hist_mean(const struct hist *h);

#endif
