/* Results seen along two axes: which labels there are, and the values of a metric where
 * they meet. What figures and tables are made of. */
#ifndef LAB_PIVOT_H
#define LAB_PIVOT_H

#include "lab/results.h"

#define PIVOT_LABELS 256

struct pivot {
    const struct results *results; /* borrowed, as the labels are */
    const struct filter *where;
    const char *x_axis, *series_axis; /* series_axis "": there is one series, "" */
    const char *x[PIVOT_LABELS], *series[PIVOT_LABELS];
    int xs, count;   /* labels of x, of series, in order of appearance */
    int64_t *values; /* owned; room for all runs */
};

/* A few figures of the runs that meet at a place. */
struct pivot_cell {
    int n;
    int64_t median, low, high; /* quartiles */
};

/* false: no memory. pivot_close is due after true. */
MUST_USE bool pivot_open(const struct results *r, const struct filter *where, const char *x_axis,
                         const char *series_axis, struct pivot *out);
void pivot_close(struct pivot *p);

/* Of a quantile (a family of lab/metric.h) the cell is that of all samples of all runs
 * together, and where it is their median, low and high are their quartiles.
 *
 * Values of a metric where x and series meet, ascending: p->values[0..n). */
int pivot_values(struct pivot *p, int x, int series, int metric);
struct pivot_cell pivot_cell(struct pivot *p, int x, int series, int metric);

/* Do all labels of x read as numbers (plain, or times in one unit)? Then number[i] is that
 * of x[i] in 1/1000: of times, in ms. */
bool pivot_numbers(const struct pivot *p, int64_t number[PIVOT_LABELS]);

/* One label as such a number; false if it is none. */
bool pivot_number(const char *label, int64_t *number);

#endif
