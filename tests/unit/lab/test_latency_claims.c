/* What the experiment latency claims, from its own file: the pipelines of 2023 drown, the
 * rule of 2023 is a clock, a sound one keeps latency low at every rate, and bursting costs
 * nothing below the capacity. */
#include "lab/pivot.h"
#include "lab/runner.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct experiment *x;
static struct plan plan;
static struct results results;

/* Runs one group of the experiment, once per point. */
static void run(const char *group)
{
    struct plan_options o = {.sim = true, .seed = 1, .repeats = 1};
    struct runner w;
    struct err e = {0};
    x = malloc(sizeof *x);
    cr_assert_eq(experiment_load("latency", x, &e), 0, "%s", e.text);
    for (int i = 0; i < x->groups; i++)
        if (strcmp(x->group[i].name, group) == 0)
            x->group[0] = x->group[i];
    x->groups = 1;
    cr_assert_str_eq(x->group[0].name, group);
    cr_assert_eq(plan_make(x, &o, &plan, &e), 0, "%s", e.text);
    cr_assert_eq(results_open(&plan, NULL, &results, &e), 0, "%s", e.text);
    runner_init(&w);
    cr_assert_eq(runner_run(&w, &results, 0, NULL, NULL, &e), 0, "%s", e.text);
}

static void done(void)
{
    results_close(&results);
    plan_close(&plan);
    experiment_close(x);
    free(x);
}

static int64_t value(int point, const char *metric)
{
    cr_assert(results.done[plan.point[point].first_run]);
    return results.value[plan.point[point].first_run][metric_find(metric)];
}

static bool pipeline_is(int point, const char *label)
{
    return strcmp(plan_label(&plan, &plan.point[point], "pipeline"), label) == 0;
}

Test(latency_claims, the_pipelines_of_2023_are_a_hundred_seconds_late, .timeout = 120)
{
    run("as-found");
    for (int i = 0; i < plan.points; i++) {
        if (!pipeline_is(i, "vanilla") && !pipeline_is(i, "modified"))
            continue;
        int64_t mean = value(i, "latency_mean_ms");
        cr_expect(mean > 100000000 && mean < 200000000, "%s: %lld us", plan.point[i].key,
                  (long long)mean);
        /* One record a second. */
        cr_expect(value(i, "out") >= 298 && value(i, "out") <= 301, "%s", plan.point[i].key);
    }
    done();
}

/* At a tenth of the load of others the rule sends away nearly as large a share. */
Test(latency_claims, the_rule_of_2023_is_a_clock_and_no_load_detector, .timeout = 120)
{
    run("as-found");
    for (int i = 0; i < plan.points; i++)
        if (pipeline_is(i, "lambda Python")) {
            cr_expect(value(i, "burst_share") > 60000, "%s: %lld", plan.point[i].key,
                      (long long)value(i, "burst_share"));
            cr_expect(value(i, "latency_mean_ms") > 10000000, "%s: %lld us", plan.point[i].key,
                      (long long)value(i, "latency_mean_ms"));
        }
    done();
}

Test(latency_claims, a_sound_burst_stays_below_a_fifth_of_a_second_at_every_rate, .timeout = 120)
{
    run("sound");
    for (int i = 0; i < plan.points; i++) {
        cr_expect(value(i, "latency_mean_ms") < 200000, "%s: %lld us", plan.point[i].key,
                  (long long)value(i, "latency_mean_ms"));
        cr_expect_eq(value(i, "ledger_ok"), 1);
        cr_expect_leq(value(i, "backlog"), 5);
    }
    done();
}

Test(latency_claims, below_capacity_excess_is_as_good_as_vanilla, .timeout = 120)
{
    run("below capacity");
    for (int i = 0; i < plan.points; i++)
        for (int k = 0; k < plan.points; k++) {
            const char *a = plan_label(&plan, &plan.point[i], "rate");
            const char *b = plan_label(&plan, &plan.point[k], "rate");
            if (!pipeline_is(i, "vanilla") || !pipeline_is(k, "excess") || strcmp(a, b) != 0)
                continue;
            cr_expect(100 * value(k, "latency_p99_ms") <= 105 * value(i, "latency_p99_ms"),
                      "%s: %lld us, vanilla %lld us", plan.point[k].key,
                      (long long)value(k, "latency_p99_ms"), (long long)value(i, "latency_p99_ms"));
        }
    done();
}
