/* Conditions that a run is held to: what became of them is told while it goes on. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "spillway.h"

static struct preset preset;
static struct sp_summary summary;

static void play(const char *const *commands)
{
    struct err e = {0};
    struct sp_engine *g = NULL;
    cr_assert_eq(preset_load("presets/burst.json", &preset, &e), 0, "%s", e.text);
    preset.scenario_count = 0;
    struct sp_options o = {.preset = &preset,
                           .sim = true,
                           .seed = 1,
                           .duration_ns = 6 * NS_PER_S,
                           .commands = commands};
    cr_assert_eq(sp_open(&o, &g, &e), 0, "%s", e.text);
    cr_assert_eq(sp_run(g, NULL, NULL, &e), 0, "%s", e.text);
    sp_summary(g, &summary);
    sp_close(g);
}

/* The event that the engine itself added with this command, or NULL. */
static const struct sp_event *told(const char *command)
{
    for (int i = 0; i < summary.last.events; i++)
        if (summary.last.event[i].author == SP_AUTO &&
            strcmp(summary.last.event[i].command, command) == 0)
            return &summary.last.event[i];
    return NULL;
}

static void check(const char *command, char kind, const char *effect, int64_t at_ns)
{
    const struct sp_event *e = told(command);
    cr_assert_not_null(e, "%s", command);
    cr_assert_eq(e->kind, kind);
    cr_assert_eq(strncmp(e->effect, effect, strlen(effect)), 0, "%s", e->effect);
    cr_assert(e->at_ns >= at_ns && e->at_ns <= at_ns + 200 * NS_PER_MS, "%lld",
              (long long)e->at_ns);
}

Test(condition, its_end_is_an_event)
{
    const char *const commands[] = {
        "at 1s expect p99<1ms within 2s",     "at 1s expect p99<1s for 2s",
        "at 1s expect in_rate>100 within 2s", "at 1s expect p99<2s",
        "at 5s expect p99<1us within 60s",    NULL};
    play(commands);
    check("expect p99<1ms within 2s", '!', "did not hold: ", 3 * NS_PER_S);
    check("expect p99<1s for 2s", 'H', "held: ", 3 * NS_PER_S);
    check("expect in_rate>100 within 2s", 'H', "came true: ", 1 * NS_PER_S);
    cr_assert_null(told("expect p99<2s"), "judged over the whole run: the summary says it");
    cr_assert_null(told("expect p99<1us within 60s"), "undecided until the end");
    cr_assert_not(summary.expects_ok);
}
