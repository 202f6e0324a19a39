/* The figures of all runs of a plan, in memory and in a journal on the disk: one line per
 * finished run, written at once, so that a start that was broken off goes on from there.
 * The journal's first line says what its lines are worth: hash of experiment and presets,
 * seed, program, clock, table of metrics. Where one differs, the journal is begun anew. */
#ifndef LAB_RESULTS_H
#define LAB_RESULTS_H

#include "lab/metric.h"
#include "lab/plan.h"

struct results {
    const struct plan *plan;       /* borrowed */
    int64_t (*value)[METRICS_MAX]; /* by run */
    char *(*hist)[POOLS];          /* by run: histograms as lab/sparse.h writes them; owned */
    bool *done;
    int done_count, resumed; /* resumed: taken from the journal */
    char dir[PRESET_PATH];   /* where the files go; exists */
    int journal;             /* descriptor; -1: none */
};

/* Makes folder (and its parents), reads its journal. dir NULL: nothing is kept on the disk.
 * 0 or ERR_IO, ERR_BAD, ERR_MEMORY; results_close is due after 0. */
MUST_USE int results_open(const struct plan *plan, const char *dir, struct results *out,
                          struct err *e);
void results_close(struct results *r);

/* Keeps a finished run. 0, ERR_IO or ERR_MEMORY. One thread at a time. */
MUST_USE int results_keep(struct results *r, int run, const int64_t value[METRICS_MAX],
                          const struct sp_summary *s, struct err *e);

/* Adds the histograms of a point's runs that are done to h; how many there were. */
int results_pool(const struct results *r, const struct point *pt, enum metric_pool pool,
                 struct hist *h);

/* Writes runs.csv (a row per finished run: axes, repeat, seed, metrics, command) and
 * points.csv (a row per point: median, quartiles and mean of each metric). Each is the old
 * file or the whole new one. */
MUST_USE int results_write(const struct results *r, struct err *e);

/* Values of one metric at a point, ascending, of the runs that are done; how many. out has
 * room for the point's repeats. */
int results_sorted(const struct results *r, const struct point *pt, int metric, int64_t *out);

/* Puts text into dir/name, whole or not at all. */
MUST_USE int results_file(const char *dir, const char *name, const struct text *t, struct err *e);

#endif
