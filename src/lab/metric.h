/* What is kept of a run: a table of figures, each a whole number of 10^-digits of its
 * unit, so that the same run is written with the same digits everywhere and nothing is
 * lost between a file and the next reading of it. */
#ifndef LAB_METRIC_H
#define LAB_METRIC_H

#include "lab/watch.h"

#define METRICS_MAX 72
/* The value of what a run has none of: a latency where no record was done. */
#define METRIC_NONE INT64_MIN

#define METRIC_HEX (-1) /* no number: 16 hexadecimal digits, as a summary has them */

struct metric {
    const char *name; /* "latency_mean_ms": a column of the results */
    const char *unit; /* "ms", "ev/s", "" … */
    int digits;       /* behind the point; or METRIC_HEX */
    bool less;        /* less of it is better */
    const char *help;
};

/* How many there are, and each of them. */
int metric_count(void);
const struct metric *metric_at(int i);

/* Index by name; -1: there is none. */
int metric_find(const char *name);
/* A family has _min, _p25, _p50, _p75, _p95 and _max in a row ("batch_ms" -> "batch_min_ms"):
 * index of the first, -1 if there is no such family. */
enum { FAMILY_MIN, FAMILY_P25, FAMILY_P50, FAMILY_P75, FAMILY_P95, FAMILY_MAX, FAMILY_SIZE };
int metric_find_family(const char *name);
/* Histograms that are kept with a run, so that quantiles of several runs are those of all
 * their samples together and not means of quantiles. */
enum metric_pool { POOL_LATENCY, POOL_BATCH, POOLS };
/* Is metric i a quantile of a pool? Then *pool and *ppm say of which, and which. */
bool metric_pooled(int i, enum metric_pool *pool, int64_t *ppm);
const struct hist *metric_hist(const struct sp_summary *s, enum metric_pool pool);

/* Nearest name, NULL if none is near. */
const char *metric_nearest(const char *name);

/* All figures of a run that has ended: value[i] is of metric_at(i). */
void metric_take(const struct watch *w, const struct sp_summary *s, int64_t value[METRICS_MAX]);

/* Writes a value with its digits ("-1.500"; none: ""); size >= 32 is enough. */
size_t metric_write(const struct metric *m, int64_t value, char *dst, size_t size);
/* Reads it back; false if text is none. */
MUST_USE bool metric_read(const struct metric *m, const char *text, int64_t *value);

#endif
