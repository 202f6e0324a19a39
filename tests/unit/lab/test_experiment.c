#include "lab/experiment.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "{\"spillway\":1,\"experiment\":\"t\",\"why\":\"w\","
#define GROUP "{\"name\":\"g\",\"axes\":[{\"name\":\"rate\",\"field\":\"rate\",\"values\":[1,2]}]}"

/* The sentence that a text gets, "" when it is good. */
static const char *said(const char *text)
{
    static struct err e;
    struct experiment *x = malloc(sizeof *x);
    e = (struct err){ERR_MEMORY, "of an earlier call"};
    int code = experiment_parse(text, strlen(text), "x.json", x, &e);
    cr_assert(code == 0 || code == e.code);
    experiment_close(x);
    free(x);
    return code == 0 ? "" : e.text;
}

Test(experiment, reads_groups_axes_and_figures)
{
    static const char text[] =
        HEAD "\"repeats\":3,\"settings\":{\"preset\":\"steady\"},\"groups\":[" GROUP ","
             "{\"name\":\"h\",\"repeats\":5,\"axes\":[{\"name\":\"policy\",\"values\":{\"off\":{},"
             "\"excess\":{\"policy\":\"excess\"}}}]}],\"figures\":[{\"name\":\"F\",\"title\":\"t\","
             "\"x\":\"rate\",\"y\":\"latency_mean_ms\",\"x_label\":\"a\",\"y_label\":\"b\","
             "\"log\":\"xy\",\"difference\":\"d\",\"published\":[{\"label\":\"p\",\"source\":\"s\","
             "\"points\":[[1,2.5],[2,-3]]}]}]}";
    struct experiment *x = malloc(sizeof *x);
    struct err e = {0};
    cr_assert_eq(experiment_parse(text, strlen(text), "x.json", x, &e), 0, "%s", e.text);
    cr_assert_eq(x->groups, 2);
    cr_assert_eq(x->repeats, 3);
    cr_assert_eq(x->group[0].axis[0].count, 2);
    cr_assert_str_eq(x->group[0].axis[0].value[1].label, "2");
    cr_assert_eq(x->group[1].repeats, 5);
    cr_assert_str_eq(x->group[1].axis[0].value[1].label, "excess");
    cr_assert(x->figure[0].log_x && x->figure[0].log_y);
    cr_assert_eq(x->figure[0].published[0].y_micro[0], 2500000);
    cr_assert_eq(x->figure[0].published[0].y_micro[1], -3000000);
    experiment_close(x);
    free(x);
}

Test(experiment, says_where_a_name_is_wrong_and_which_is_near)
{
    cr_assert_str_eq(said("{\"spillway\":1,\n \"experimnt\":\"t\"}"),
                     "x.json:2:2: \"experimnt\": unknown field; did you mean \"experiment\"?");
    cr_assert_str_eq(said(HEAD "\"groups\":[" GROUP "],\n\"figures\":[{\"name\":\"F\",\"title\":"
                               "\"t\",\"x\":\"rte\",\"y\":\"latency_mean_ms\",\"x_label\":\"a\","
                               "\"y_label\":\"b\"}]}"),
                     "x.json:2:40: \"rte\": no axis has this name; did you mean \"rate\"?");
    cr_assert_str_eq(said(HEAD "\"groups\":[" GROUP "],\n\"tables\":[{\"title\":\"t\",\"rows\":"
                               "\"rate\",\"value\":\"latency_mean\"}]}"),
                     "x.json:2:46: \"latency_mean\": no such figure of a run; did you mean "
                     "\"latency_mean_ms\"?");
}

Test(experiment, refuses_what_cannot_be_run_or_drawn)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"", "x.json:1:1: "},
        {"root:x:0", "x.json:1:1: "},
        {"{\"spillway\":1,,}", "x.json:1:15: "},
        {"[1]", "an experiment is an object"},
        {"{}", "\"spillway\" must be 1"},
        {"{\"spillway\":1}", "an experiment needs"},
        {HEAD "\"groups\":[]}", "an experiment needs"},
        {HEAD "\"groups\":[" GROUP "," GROUP "]}", "another group is called"},
        {HEAD "\"groups\":[{\"name\":\"g\",\"axes\":[{\"name\":\"x\",\"values\":[1]}]}]}",
         "needs a \"field\""},
        {HEAD "\"groups\":[{\"name\":\"g\",\"axes\":[{\"name\":\"x\",\"field\":\"rate\","
              "\"values\":[1,1]}]}]}",
         "stands here twice"},
        {HEAD "\"groups\":[{\"name\":\"g\",\"axes\":[{\"name\":\"seed\",\"field\":\"rate\","
              "\"values\":[1]}]}]}",
         "a column that exists already"},
        {HEAD "\"repeats\":0,\"groups\":[" GROUP "]}", "must be 1 to"},
        {HEAD "\"groups\":[" GROUP "],\"settings\":{\"batch\":[1]}}", "a setting is a number"},
        {HEAD "\"groups\":[" GROUP "],\"settings\":{\"batch\":\"AKIAIOSFODNN7EXAMPLE\"}}",
         "looks like an access key"},
        {HEAD "\"groups\":[" GROUP "],\"figures\":[{\"name\":\"../F\",\"title\":\"t\",\"x\":"
              "\"rate\",\"y\":\"out\",\"x_label\":\"a\",\"y_label\":\"b\"}]}",
         "a \"name\" of letters"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(strstr(said(bad[i].text), bad[i].words), "%s\n%s", bad[i].text,
                  said(bad[i].text));
}

Test(experiment, ours_are_all_good)
{
    static char names[64][PRESET_NAME];
    struct experiment *x = malloc(sizeof *x);
    int count = experiment_names(names, 64);
    cr_assert_geq(count, 1);
    for (int i = 0; i < count; i++) {
        struct err e = {0};
        cr_assert_eq(experiment_load(names[i], x, &e), 0, "%s", e.text);
        cr_assert_str_eq(x->name, names[i]);
        experiment_close(x);
    }
    free(x);
}

Test(experiment, an_unknown_name_gets_the_nearest)
{
    struct experiment *x = malloc(sizeof *x);
    struct err e = {0};
    cr_assert_eq(experiment_load("latencyy", x, &e), ERR_BAD);
    cr_assert(strstr(e.text, "did you mean \"latency\"?"), "%s", e.text);
    experiment_close(x);
    free(x);
}
