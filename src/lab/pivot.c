#include "lab/pivot.h"

#include "lab/stats.h"

#include <stdlib.h>
#include <string.h>

static void note(const char *label, const char *list[PIVOT_LABELS], int *count)
{
    for (int i = 0; i < *count; i++)
        if (strcmp(list[i], label) == 0)
            return;
    if (*count < PIVOT_LABELS)
        list[(*count)++] = label;
}

static const char *series_label(const struct pivot *p, const struct point *pt)
{
    return p->series_axis[0] ? plan_label(p->results->plan, pt, p->series_axis) : "";
}

bool pivot_open(const struct results *r, const struct filter *where, const char *x_axis,
                const char *series_axis, struct pivot *out)
{
    const struct plan *plan = r->plan;
    *out =
        (struct pivot){.results = r, .where = where, .x_axis = x_axis, .series_axis = series_axis};
    out->values = malloc((size_t)plan->runs * sizeof *out->values);
    for (int i = 0; i < plan->points; i++) {
        const struct point *pt = &plan->point[i];
        const char *x = plan_label(plan, pt, x_axis), *series = series_label(out, pt);
        if (!x || !series || !plan_passes(plan, pt, where))
            continue;
        note(x, out->x, &out->xs);
        note(series, out->series, &out->count);
    }
    return out->values != NULL;
}

void pivot_close(struct pivot *p)
{
    free(p->values);
    p->values = NULL;
}

static bool meets(const struct pivot *p, const struct point *pt, int x, int series)
{
    const char *a = plan_label(p->results->plan, pt, p->x_axis), *b = series_label(p, pt);
    return a && b && strcmp(a, p->x[x]) == 0 && strcmp(b, p->series[series]) == 0 &&
           plan_passes(p->results->plan, pt, p->where);
}

int pivot_values(struct pivot *p, int x, int series, int metric)
{
    const struct plan *plan = p->results->plan;
    int n = 0;
    for (int i = 0; i < plan->points; i++)
        if (meets(p, &plan->point[i], x, series))
            n += results_sorted(p->results, &plan->point[i], metric, p->values + n);
    stats_sort(p->values, n);
    return n;
}

static struct pivot_cell pooled(struct pivot *p, int x, int series, enum metric_pool pool,
                                int64_t ppm)
{
    const struct plan *plan = p->results->plan;
    struct pivot_cell c = {0};
    struct hist h = {0};
    for (int i = 0; i < plan->points; i++)
        if (meets(p, &plan->point[i], x, series))
            c.n += results_pool(p->results, &plan->point[i], pool, &h);
    bool middle = ppm == 500000;
    c.n = h.count > 0 ? c.n : 0;
    c.median = (hist_quantile(&h, ppm) + 500) / 1000;
    c.low = (hist_quantile(&h, middle ? 250000 : ppm) + 500) / 1000;
    c.high = (hist_quantile(&h, middle ? 750000 : ppm) + 500) / 1000;
    return c;
}

struct pivot_cell pivot_cell(struct pivot *p, int x, int series, int metric)
{
    enum metric_pool pool;
    int64_t ppm;
    if (metric_pooled(metric, &pool, &ppm))
        return pooled(p, x, series, pool, ppm);
    int n = pivot_values(p, x, series, metric);
    return (struct pivot_cell){n, stats_median(p->values, n), stats_quantile(p->values, n, 1, 4),
                               stats_quantile(p->values, n, 3, 4)};
}

bool pivot_number(const char *label, int64_t *number)
{
    const char *why;
    int64_t v;
    if (units_read(UNIT_RATE, label, strlen(label), &v, &why)) {
        *number = v;
        return true;
    }
    if (units_read(UNIT_DURATION, label, strlen(label), &v, &why)) {
        *number = v / NS_PER_US;
        return true;
    }
    return false;
}

bool pivot_numbers(const struct pivot *p, int64_t number[PIVOT_LABELS])
{
    for (int i = 0; i < p->xs; i++)
        if (!pivot_number(p->x[i], &number[i]))
            return false;
    return p->xs > 0;
}
