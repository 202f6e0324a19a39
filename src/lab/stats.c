#include "lab/stats.h"

#include "base/wide.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void stats_sort(int64_t *v, int n)
{
    if (n > 1)
        qsort(v, (size_t)n, sizeof *v, ascending);
}

int64_t stats_quantile(const int64_t *sorted, int n, int num, int den)
{
    if (n <= 0)
        return 0;
    int64_t at = (int64_t)(n - 1) * num;
    int64_t i = at / den, rest = at % den;
    if (rest == 0)
        return sorted[i];
    i128 rise = (i128)sorted[i + 1] - sorted[i];
    return sorted[i] + (int64_t)((2 * rise * rest + den) / (2 * den));
}

int64_t stats_median(const int64_t *sorted, int n) { return stats_quantile(sorted, n, 1, 2); }

int64_t stats_mean(const int64_t *v, int n)
{
    i128 sum = 0;
    for (int i = 0; i < n; i++)
        sum += v[i];
    if (n <= 0)
        return 0;
    i128 half = sum < 0 ? -(n / 2) : n / 2;
    return (int64_t)((sum + half) / n);
}

/* ---- Welch ---------------------------------------------------------------------------------- */

/* Square of the two-sided 5 % point of Student's t by degrees of freedom, 1 to 30. */
static const double t_square[] = {
    0,        161.4476, 18.51282, 10.12796, 7.708647, 6.607891, 5.987378, 5.591448,
    5.317655, 5.117355, 4.964603, 4.844336, 4.747225, 4.667193, 4.600110, 4.543077,
    4.493998, 4.451322, 4.413873, 4.380750, 4.351244, 4.324794, 4.300950, 4.279344,
    4.259677, 4.241699, 4.225201, 4.210008, 4.195972, 4.182964, 4.170877,
};

/* Degrees are rounded down, which asks for more. */
static double critical_square(double degrees)
{
    if (degrees >= 120)
        return 3.920124; /* that of 120 */
    if (degrees >= 60)
        return 4.001191;
    if (degrees >= 40)
        return 4.084746;
    int i = degrees < 1 ? 1 : degrees > 30 ? 30 : (int)degrees;
    return t_square[i];
}

struct sample {
    double mean, error; /* error: variance / n */
    int n;
};

static struct sample sample_of(const int64_t *v, int n)
{
    double base = (double)v[0], sum = 0, square = 0; /* around the first: less is cancelled */
    for (int i = 0; i < n; i++) {
        double x = (double)v[i] - base;
        sum += x;
        square += x * x;
    }
    double spread = square - sum * sum / n;
    return (struct sample){base + sum / n, (spread > 0 ? spread : 0) / (n - 1) / n, n};
}

enum stats_verdict stats_differ(const int64_t *a, int n, const int64_t *b, int m)
{
    if (n < 2 || m < 2)
        return STATS_UNKNOWN;
    struct sample x = sample_of(a, n), y = sample_of(b, m);
    double gap = x.mean - y.mean, error = x.error + y.error;
    if (error <= 0)
        return gap < 0 || gap > 0 ? STATS_DIFFERENT : STATS_NOISE;
    double degrees =
        error * error / (x.error * x.error / (x.n - 1) + y.error * y.error / (y.n - 1));
    return gap * gap > critical_square(degrees) * error ? STATS_DIFFERENT : STATS_NOISE;
}

/* Smallest whole number whose square is at least x. */
static int64_t root_up(double x)
{
    int64_t low = -1, high = INT64_C(1) << 40;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if ((double)middle * (double)middle >= x)
            high = middle;
        else
            low = middle;
    }
    return high;
}

int64_t stats_band(const int64_t *v, int n)
{
    if (n < 2)
        return -1;
    return root_up(critical_square(n - 1) * sample_of(v, n).error);
}
