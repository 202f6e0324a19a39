/* Statistics of few numbers: medians and quartiles in integers, and whether two samples
 * differ by more than their noise. Only + - * / of doubles in a fixed order, so the same
 * numbers give the same answer. */
#ifndef LAB_STATS_H
#define LAB_STATS_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

/* Sorts ascending, in place. */
void stats_sort(int64_t *v, int n);

/* Quantile of n sorted values, num/den of the way, straight lines between neighbours,
 * rounded to the nearest; 0 of none. */
int64_t stats_quantile(const int64_t *sorted, int n, int num, int den);
int64_t stats_median(const int64_t *sorted, int n);
/* Rounded to the nearest; 0 of none. */
int64_t stats_mean(const int64_t *v, int n);

enum stats_verdict { STATS_UNKNOWN, STATS_NOISE, STATS_DIFFERENT };

/* Welch's test at 5 %, two-sided: do the means of a and b differ by more than chance would
 * explain? UNKNOWN with fewer than two values on a side. */
enum stats_verdict stats_differ(const int64_t *a, int n, const int64_t *b, int m);

/* Half the width of the 95 % band of a mean, rounded up; -1 with fewer than two values. */
int64_t stats_band(const int64_t *v, int n);

#endif
