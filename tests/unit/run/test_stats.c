/* stats since MARK, and the letters of markers. */
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

/* Effect of the nth event with this command. */
static const char *effect(const char *command, int nth)
{
    for (int i = 0; i < summary.last.events; i++)
        if (strcmp(summary.last.event[i].command, command) == 0 && nth-- == 0)
            return summary.last.event[i].effect;
    cr_assert_fail("no such event: %s", command);
    return "";
}

Test(stats_since, figures_since_a_letter_or_a_note)
{
    const char *const commands[] = {"at 2s rate 1600",     "at 3s mark before lunch",
                                    "at 4s stats since A", "at 4s sta si before",
                                    "at 4s stats since b", NULL};
    unsigned long long in = 0, out = 0;
    play(commands);
    cr_assert_eq(sscanf(effect("stats since A", 0),
                        "2s since A `rate 1.6k`: in %llu (1.6k/s), out %llu", &in, &out),
                 2, "%s", effect("stats since A", 0));
    cr_assert_eq(in, 3200u);
    cr_assert(out > 2500 && out <= 3200);
    cr_assert_not_null(strstr(effect("stats since A", 1), " calls, "));
    cr_assert_not_null(strstr(effect("stats since A", 2), "before it p50 4"));
    cr_assert_not_null(strstr(effect("stats since before", 0), "1s since B `mark before lunch`"));
}

Test(stats_since, an_unknown_marker_gets_a_sentence)
{
    const char *const commands[] = {"at 2s stats since Q", NULL};
    play(commands);
    const struct sp_event *e = &summary.last.event[summary.last.events - 1];
    cr_assert_eq(e->kind, '!');
    cr_assert_not_null(strstr(e->effect, "no marker or note \"Q\""));
}

Test(stats_since, letters_go_on_after_z)
{
    struct sp_letters given = {0};
    struct sp_event e = {.kind = 'K', .author = SP_YOU};
    char letter[8] = "";
    for (int i = 0; i < 26; i++)
        cr_assert(sp_letter(&given, &e, letter));
    cr_assert_str_eq(letter, "Z");
    cr_assert(sp_letter(&given, &e, letter));
    cr_assert_str_eq(letter, "A2");
    e.author = SP_AUTO;
    cr_assert(sp_letter(&given, &e, letter));
    cr_assert_str_eq(letter, "a");
    e.kind = 'W';
    cr_assert_not(sp_letter(&given, &e, letter), "what waits for its time is no marker");
}
