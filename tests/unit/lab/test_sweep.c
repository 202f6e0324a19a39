#include "lab/sweep.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct experiment *x;
static struct plan plan;
static struct results results;

/* Runs a sweep from end to end; index of the best row. */
static int sweep(const char *preset, const char *const *argument, int arguments, int repeats,
                 uint64_t seed, const char *goal, struct sweep_row *rows)
{
    struct sweep_options o = {preset, argument, arguments, repeats, seed};
    struct plan_options p = {.sim = true, .seed = seed};
    struct text text = {0};
    struct runner w;
    struct aim aim;
    struct err e = {0};
    x = malloc(sizeof *x);
    cr_assert_eq(aim_read(goal, &aim, &e), 0, "%s", e.text);
    cr_assert_eq(sweep_text(&o, &aim, &text, &e), 0, "%s", e.text);
    cr_assert_eq(experiment_parse(text.s, text.size, "sweep", x, &e), 0, "%s", e.text);
    cr_assert_eq(plan_make(x, &p, &plan, &e), 0, "%s", e.text);
    cr_assert_eq(results_open(&plan, NULL, &results, &e), 0, "%s", e.text);
    runner_init(&w);
    cr_assert_eq(runner_run(&w, &results, 0, NULL, NULL, &e), 0, "%s", e.text);
    text_free(&text);
    return sweep_judge(&results, &aim, rows);
}

static void done(void)
{
    results_close(&results);
    plan_close(&plan);
    experiment_close(x);
    free(x);
}

/* One call at a time costs a + b·n + c·n² for n records, so the rate n / (a + b·n + c·n²) is
 * largest at n = sqrt(a / c): 285 for Java's 32 ms and 393 ns. */
Test(sweep, finds_the_best_batch_of_a_convex_case_within_a_step, .timeout = 120)
{
    static const char *const argument[] = {"batch=25..3200:x2",
                                           "rate=50k",
                                           "records=30000",
                                           "functions.blocking=true",
                                           "functions.language=java",
                                           "functions.cold_factor=0",
                                           "graph.invoker.queue=65536"};
    struct sweep_row rows[8];
    for (uint64_t seed = 1; seed <= 5; seed++) {
        int best = sweep("invoker-only", argument, 7, 3, seed, "throughput", rows);
        cr_assert_eq(plan.points, 8);
        const char *batch = plan_label(&plan, rows[best].point, "batch");
        cr_assert(strcmp(batch, "200") == 0 || strcmp(batch, "400") == 0, "seed %d: %s", (int)seed,
                  batch);
        cr_assert_eq(rows[0].state, ROW_WORSE);
        cr_assert_eq(rows[7].state, ROW_WORSE);
        done();
    }
}

/* A field that the policy does not read makes two equal settings of one. */
Test(sweep, calls_two_equal_settings_noise_for_nine_seeds_of_ten, .timeout = 300)
{
    static const char *const argument[] = {"busy_on=85%,86%", "policy=excess", "rate=1300",
                                           "duration=3s"};
    int noise = 0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct sweep_row rows[2];
        int best = sweep("steady", argument, 4, 5, seed, "mean", rows);
        cr_assert_geq(best, 0);
        noise += rows[1 - best].state == ROW_NOISE;
        done();
    }
    printf("two equal settings: noise in %d of 100 seeds\n", noise);
    cr_assert(noise >= 90, "%d", noise);
    cr_assert(noise < 100, "a test that never rejects is none");
}

Test(sweep, conditions_come_before_the_figure)
{
    static const char *const argument[] = {"slots=1..9:+4", "rate=1500", "duration=10s"};
    struct sweep_row rows[3];
    int best = sweep("steady", argument, 3, 2, 1, "p99<100ms then slots_per_million_usd", rows);
    cr_assert_eq(best, 2); /* 9 slots of 250 ev/s carry 1500 */
    cr_assert_eq(rows[0].state, ROW_MISSES);
    cr_assert_eq(rows[1].state, ROW_MISSES);
    cr_assert_eq(rows[2].state, ROW_BEST);
    done();
}

static const char *values_of(const char *argument)
{
    static char all[600];
    static struct err e;
    char value[8][EXPERIMENT_WORD];
    int count = 0;
    e = (struct err){0};
    if (sweep_values(argument, value, 8, &count, &e) != 0)
        return e.text;
    all[0] = '\0';
    for (int i = 0; i < count; i++) {
        strcat(all, i ? " " : "");
        strcat(all, value[i]);
    }
    return all;
}

Test(sweep, ranges_go_by_steps_or_by_factors)
{
    cr_assert_str_eq(values_of("batch=10..100:x2"), "10 20 40 80");
    cr_assert_str_eq(values_of("batch=10..40:+10,5"), "10 20 30 40 5");
    cr_assert_str_eq(values_of("interval=100ms..1s:+300ms"), "100ms 400ms 700ms 1s");
    cr_assert_str_eq(values_of("busy_on=50%..60%:+5%"), "50% 55% 60%");
    cr_assert_str_eq(values_of("graph.tokenizer.cost=1ms..4ms:x2"), "1ms 2ms 4ms");
    cr_assert_str_eq(values_of("policy=off,excess"), "off excess");
}

Test(sweep, says_what_is_wrong_with_an_argument)
{
    cr_assert_str_eq(values_of("batch"),
                     "\"batch\":1: FIELD=VALUES is expected, as in batch=10..400:x2");
    cr_assert_str_eq(values_of("batch=10..50"),
                     "\"batch=10..50\":7: a range needs its step: 10..50:+10, or 10..400:x2 for "
                     "factors");
    cr_assert_str_eq(values_of("batch=50..10:+5"), "\"batch=50..10:+5\":7: the range goes down");
    cr_assert_str_eq(values_of("batch=1..9:x1"),
                     "\"batch=1..9:x1\":13: a factor is above 1, and the range begins above 0");
    cr_assert_str_eq(values_of("batch=1..100:+1"), "\"batch=1..100:+1\":7: more than 8 values");
    cr_assert_str_eq(values_of("batch=5,,6"), "\"batch=5,,6\":9: a value is missing");
    cr_assert_str_eq(values_of("batch=5,5"), "\"batch=5,5\":9: 5 stands here twice");
}

static const char *aim_said(const char *text)
{
    static struct err e;
    struct aim aim;
    e = (struct err){0};
    return aim_read(text, &aim, &e) ? e.text : "";
}

Test(sweep, goals_are_conditions_and_at_the_end_a_figure)
{
    struct aim g;
    struct err e = {0};
    cr_assert_eq(aim_read("p99<250ms and dead<=0 then cost", &g, &e), 0, "%s", e.text);
    cr_assert_eq(g.constraints, 2);
    cr_assert_eq(g.constraint[0].bound, 250000);
    cr_assert_not(g.constraint[0].equal);
    cr_assert(g.constraint[1].equal);
    cr_assert_eq(g.metric, metric_find("cost_per_million_usd"));
    cr_assert_str_eq(aim_said("cst"), "goal:1: \"cst\" is no figure of a run; did you mean "
                                      "\"cost\"?");
    cr_assert_str_eq(aim_said("p99<250 then cost"), "goal:5: \"250\": needs a unit: 20ms, 1.5s");
    cr_assert_str_eq(aim_said("p99<250ms cost"), "goal:11: \"then\" or \"and\" is missing here");
    cr_assert_str_eq(aim_said("p99<250ms"),
                     "goal:10: what is made best is missing, as in \"p99<250ms then cost\"");
    cr_assert(strstr(aim_said(""), "what is made best is missing"));
    cr_assert(strstr(aim_said("cost then p99<3ms"), "stands at the end"));
}
