/* The service model against the published measurements of 2023, through the very runs of
 * the experiment lambda-batch and the values that stand in its file. Deviations are
 * printed, whether they pass or not. */
#include "lab/pivot.h"
#include "lab/runner.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET_RUNS 40
#define NOISY_RUNS 200

static struct experiment *x;
static struct plan plan;
static struct results results;

static void run(void)
{
    struct plan_options o = {.sim = true, .seed = 1};
    struct runner w;
    struct err e = {0};
    x = malloc(sizeof *x);
    cr_assert_eq(experiment_load("lambda-batch", x, &e), 0, "%s", e.text);
    x->groups = 2; /* the two measurements; not what goes beyond them */
    cr_assert_str_eq(x->group[0].name, "quiet client");
    cr_assert_str_eq(x->group[1].name, "noisy client");
    x->group[0].repeats = QUIET_RUNS;
    x->group[1].repeats = NOISY_RUNS;
    cr_assert_eq(plan_make(x, &o, &plan, &e), 0, "%s", e.text);
    cr_assert_eq(results_open(&plan, NULL, &results, &e), 0, "%s", e.text);
    runner_init(&w);
    cr_assert_eq(runner_run(&w, &results, 0, NULL, NULL, &e), 0, "%s", e.text);
}

static const struct figure *figure_named(const char *name)
{
    for (int i = 0; i < x->figures; i++)
        if (strcmp(x->figure[i].name, name) == 0)
            return &x->figure[i];
    cr_assert_fail("no figure %s", name);
    return NULL;
}

/* Median of all batches of all runs, µs; and what was published, µs. */
static int64_t measured(struct pivot *v, const char *batch, const char *client)
{
    int metric = metric_find("batch_p50_ms");
    for (int i = 0; i < v->xs; i++)
        for (int s = 0; s < v->count; s++)
            if (strcmp(v->x[i], batch) == 0 && strcmp(v->series[s], client) == 0)
                return pivot_cell(v, i, s, metric).median;
    return -1;
}

static void check_one(const char *language, const struct published *p, int i, int64_t us)
{
    int n = atoi(p->x[i]);
    bool quiet = strcmp(p->series, "quiet client") == 0;
    bool plateau = quiet && n >= 50; /* fill and call of n records take n ms */
    int64_t expected = plateau ? n * 1000 : p->y_micro[i] / 1000;
    double off = 100.0 * (double)(us - expected) / (double)expected;
    double limit = plateau ? 5 : quiet ? 15 : 20;
    printf("%-6s %-12s %4d records: %8.1f ms, %s %8.1f ms, %+5.1f %% (allowed %g %%)\n", language,
           p->series, n, (double)us / 1e3, plateau ? "period   " : "published",
           (double)expected / 1e3, off, limit);
    cr_expect(off >= -limit && off <= limit, "%s, %s, %d records: off by %.1f %%", language,
              p->series, n, off);
}

Test(published, the_model_replays_both_measurements_of_2023, .timeout = 600)
{
    static const char *const language[] = {"Java", "Python"};
    int compared = 0;
    run();
    for (int l = 0; l < 2; l++) {
        char name[64];
        struct pivot v;
        snprintf(name, sizeof name, "LambdaLatencyLine%s", language[l]);
        const struct figure *f = figure_named(name);
        cr_assert(pivot_open(&results, &f->where, f->x, f->series, &v));
        for (int k = 0; k < f->published_count; k++)
            for (int i = 0; i < f->published[k].count; i++, compared++) {
                const struct published *p = &f->published[k];
                check_one(language[l], p, i, measured(&v, p->x[i], p->series));
            }
        pivot_close(&v);
    }
    cr_assert_eq(compared, 2 * (19 + 8));
    results_close(&results);
    plan_close(&plan);
    experiment_close(x);
    free(x);
}
