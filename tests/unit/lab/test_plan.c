#include "lab/plan.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(settings, axes)                                                                       \
    "{\"spillway\":1,\"experiment\":\"t\",\"why\":\"w\",\"repeats\":2,\"settings\":{"              \
    "\"preset\":\"steady\",\"batch\":7" settings "},\"groups\":[{\"name\":\"g\",\"axes\":[" axes   \
    "]}]}"
#define RATES "{\"name\":\"rate\",\"field\":\"rate\",\"values\":[100,\"2k\"]}"
#define POLICIES                                                                                   \
    "{\"name\":\"policy\",\"values\":{\"off\":{},\"on\":{\"policy\":\"excess\",\"batch\":9,"       \
    "\"at\":\"1s spike x2 1s\"}}}"

static struct experiment *x;
static struct plan plan;
static struct err e;

static int make(const char *text, struct plan_options o)
{
    x = malloc(sizeof *x);
    e = (struct err){0};
    cr_assert_eq(experiment_parse(text, strlen(text), "x.json", x, &e), 0, "%s", e.text);
    int code = plan_make(x, &o, &plan, &e);
    return code;
}

static void done(void)
{
    plan_close(&plan);
    experiment_close(x);
    free(x);
}

Test(plan, points_are_the_product_of_the_axes_and_runs_their_repeats)
{
    cr_assert_eq(make(TEXT("", RATES "," POLICIES), (struct plan_options){.sim = true}), 0);
    cr_assert_eq(plan.points, 4);
    cr_assert_eq(plan.runs, 8);
    cr_assert_str_eq(plan.point[1].key, "group=g rate=100 policy=on");
    cr_assert_str_eq(plan_label(&plan, &plan.point[2], "rate"), "2k");
    int repeat;
    cr_assert_eq(plan_point(&plan, 5, &repeat), &plan.point[2]);
    cr_assert_eq(repeat, 1);
    done();
}

Test(plan, later_settings_win)
{
    struct run_setup *s = malloc(sizeof *s);
    cr_assert_eq(make(TEXT("", RATES "," POLICIES), (struct plan_options){.sim = true}), 0);
    cr_assert_eq(plan_setup(&plan, &plan.point[1], 0, s, &e), 0, "%s", e.text);
    cr_assert_eq(s->preset.knobs.value[KNOB_BATCH], 9);
    cr_assert_eq(s->options.rate_mps, 100000);
    cr_assert_str_eq(s->commands[0], "at 1s spike x2 1s");
    cr_assert_null(s->commands[1]);
    cr_assert_eq(plan_setup(&plan, &plan.point[0], 0, s, &e), 0);
    cr_assert_eq(s->preset.knobs.value[KNOB_BATCH], 7);
    free(s);
    done();
}

Test(plan, seeds_follow_from_seed_point_and_repeat_alone)
{
    cr_assert_eq(make(TEXT("", RATES), (struct plan_options){.seed = 1}), 0);
    uint64_t first = plan_seed(&plan, &plan.point[0], 0);
    cr_assert_neq(first, plan_seed(&plan, &plan.point[0], 1));
    cr_assert_neq(first, plan_seed(&plan, &plan.point[1], 0));
    done();
    cr_assert_eq(make(TEXT("", RATES "," POLICIES), (struct plan_options){.seed = 1}), 0);
    cr_assert_neq(first, plan_seed(&plan, &plan.point[0], 0));
    done();
    cr_assert_eq(make(TEXT("", RATES), (struct plan_options){.seed = 1}), 0);
    cr_assert_eq(first, plan_seed(&plan, &plan.point[0], 0));
    done();
}

Test(plan, the_command_of_a_point_says_all_that_it_takes)
{
    struct text t = {0};
    cr_assert_eq(make(TEXT("", RATES "," POLICIES), (struct plan_options){.sim = true}), 0);
    plan_command(&plan, &plan.point[1], 0, &t);
    cr_assert(strstr(t.s, "spillway run steady --sim --headless=json --seed "), "%s", t.s);
    cr_assert(strstr(t.s, " --rate 100 --set policy=excess --set batch=9 --at '1s spike x2 1s'"),
              "%s", t.s);
    text_free(&t);
    done();
}

Test(plan, a_wrong_setting_is_found_before_anything_runs)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {TEXT(",\"bacth\":1", RATES), "x.json:1:94: \"bacth\": unknown field; did you mean"},
        {TEXT(",\"batch_policy\":\"fxed\"", RATES), "did you mean \"fixed\"?"},
        {TEXT(",\"graph.tokeniser.cost\":\"1s\"", RATES), "did you mean \"tokenizer\"?"},
        {TEXT(",\"duration\":5", RATES), "needs a unit"},
        {TEXT(",\"at\":\"1s spkie x2 1s\"", RATES), "spike"},
        {TEXT("", "{\"name\":\"p\",\"field\":\"preset\",\"values\":[\"steadi\"]}"),
         "did you mean \"steady\"?"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(make(bad[i].text, (struct plan_options){.sim = true}), ERR_BAD, "%s",
                     bad[i].text);
        cr_assert(strstr(e.text, bad[i].words), "%s", e.text);
        done();
    }
}

Test(plan, ours_can_all_be_run)
{
    static char names[64][PRESET_NAME];
    int count = experiment_names(names, 64);
    for (int i = 0; i < count; i++) {
        struct plan_options o = {.sim = true, .seed = 1};
        x = malloc(sizeof *x);
        e = (struct err){0};
        cr_assert_eq(experiment_load(names[i], x, &e), 0, "%s", e.text);
        cr_assert_eq(plan_make(x, &o, &plan, &e), 0, "%s", e.text);
        done();
    }
}
