#include "lab/runner.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char text[] =
    "{\"spillway\":1,\"experiment\":\"t\",\"why\":\"w\",\"repeats\":3,\"settings\":{\"preset\":"
    "\"steady\",\"duration\":\"3s\",\"policy\":\"excess\"},\"groups\":[{\"name\":\"g\",\"axes\":[{"
    "\"name\":\"rate\",\"field\":\"rate\",\"values\":[300,1500]}]}]}";

static struct experiment *x;
static struct plan plan;

static void open_plan(uint64_t seed)
{
    struct plan_options o = {.sim = true, .seed = seed};
    struct err e = {0};
    x = malloc(sizeof *x);
    cr_assert_eq(experiment_parse(text, strlen(text), "x.json", x, &e), 0, "%s", e.text);
    cr_assert_eq(plan_make(x, &o, &plan, &e), 0, "%s", e.text);
}

static void close_plan(void)
{
    plan_close(&plan);
    experiment_close(x);
    free(x);
}

static void run(struct results *r, const char *dir, int threads)
{
    struct runner w;
    struct err e = {0};
    runner_init(&w);
    cr_assert_eq(results_open(&plan, dir, r, &e), 0, "%s", e.text);
    cr_assert_eq(runner_run(&w, r, threads, NULL, NULL, &e), 0, "%s", e.text);
    cr_assert_eq(r->done_count, plan.runs);
}

static char *slurp(const char *dir, const char *name, size_t *size)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDONLY);
    cr_assert_geq(fd, 0);
    char *bytes = calloc(1, 1 << 20);
    ssize_t n = read(fd, bytes, (1 << 20) - 1);
    close(fd);
    *size = n > 0 ? (size_t)n : 0;
    return bytes;
}

Test(runner, one_thread_and_three_give_the_same_figures)
{
    struct results one, three;
    open_plan(1);
    run(&one, NULL, 1);
    run(&three, NULL, 3);
    for (int i = 0; i < plan.runs; i++)
        cr_assert_arr_eq(one.value[i], three.value[i], (size_t)metric_count() * sizeof(int64_t));
    int digest = metric_find("digest"), cost = metric_find("cost_usd");
    cr_assert_neq(one.value[0][digest], one.value[3][digest]);
    cr_assert_gt(one.value[3][cost], 0);
    results_close(&one);
    results_close(&three);
    close_plan();
}

Test(runner, a_start_that_was_broken_off_goes_on_and_ends_with_the_same_bytes)
{
    char dir[] = "/tmp/spillway-lab-XXXXXX", path[64], command[80];
    struct results r;
    struct err e = {0};
    size_t size, again_size;
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/journal", dir);
    open_plan(1);
    run(&r, dir, 2);
    cr_assert_eq(results_write(&r, &e), 0, "%s", e.text);
    results_close(&r);
    char *whole = slurp(dir, "runs.csv", &size), *journal = slurp(dir, "journal", &again_size);
    free(journal);
    cr_assert_eq(truncate(path, (off_t)(again_size * 2 / 3)), 0); /* in the middle of a line */
    cr_assert_eq(results_open(&plan, dir, &r, &e), 0);
    cr_assert(r.resumed > 0 && r.resumed < plan.runs, "%d", r.resumed);
    results_close(&r);
    run(&r, dir, 2);
    cr_assert_eq(results_write(&r, &e), 0, "%s", e.text);
    results_close(&r);
    char *again = slurp(dir, "runs.csv", &again_size);
    cr_assert_eq(size, again_size);
    cr_assert_arr_eq(whole, again, size);
    free(whole);
    free(again);
    close_plan();
    snprintf(command, sizeof command, "rm -r %s", dir);
    cr_assert_eq(system(command), 0);
}

Test(runner, another_seed_takes_nothing_from_the_journal)
{
    char dir[] = "/tmp/spillway-lab-XXXXXX", command[80];
    struct results r;
    struct err e = {0};
    cr_assert_not_null(mkdtemp(dir));
    open_plan(1);
    run(&r, dir, 2);
    results_close(&r);
    close_plan();
    open_plan(2);
    cr_assert_eq(results_open(&plan, dir, &r, &e), 0, "%s", e.text);
    cr_assert_eq(r.resumed, 0);
    results_close(&r);
    close_plan();
    snprintf(command, sizeof command, "rm -r %s", dir);
    cr_assert_eq(system(command), 0);
}

Test(runner, a_stop_keeps_what_is_done)
{
    struct runner w;
    struct results r;
    struct err e = {0};
    open_plan(1);
    runner_init(&w);
    runner_stop(&w);
    cr_assert_eq(results_open(&plan, NULL, &r, &e), 0);
    cr_assert_eq(runner_run(&w, &r, 2, NULL, NULL, &e), 0);
    cr_assert_eq(r.done_count, 0);
    results_close(&r);
    close_plan();
}

Test(runner, a_folder_that_cannot_be_made_gets_a_sentence)
{
    struct results r;
    struct err e = {0};
    open_plan(1);
    cr_assert_eq(results_open(&plan, "/dev/null/x", &r, &e), ERR_IO);
    cr_assert(strstr(e.text, "/dev/null"), "%s", e.text);
    close_plan();
}
