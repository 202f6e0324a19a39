/* save, load and as-command-line, as a run in the simulator sees them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spillway.h"

static char dir[64], mine[128];
static struct preset preset;
static struct sp_summary summary;

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/command-preset-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    setenv("XDG_CONFIG_HOME", dir, 1);
    snprintf(mine, sizeof mine, "%s/spillway/presets/mine.json", dir);
}

static void remove_dir(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    cr_assert_eq(system(command), 0);
}

/* Runs a preset for 3 s with commands; its last reading stands in summary. */
static void play(const char *name, const char *const *commands)
{
    struct err e = {0};
    struct sp_engine *g = NULL;
    cr_assert_eq(preset_load(name, &preset, &e), 0, "%s", e.text);
    struct sp_options o = {.preset = &preset,
                           .sim = true,
                           .seed = 1,
                           .duration_ns = 3 * NS_PER_S,
                           .commands = commands};
    cr_assert_eq(sp_open(&o, &g, &e), 0, "%s", e.text);
    cr_assert_eq(sp_run(g, NULL, NULL, &e), 0, "%s", e.text);
    sp_summary(g, &summary);
    sp_close(g);
}

static const struct sp_event *event(const char *command)
{
    for (int i = 0; i < summary.last.events; i++)
        if (strcmp(summary.last.event[i].command, command) == 0)
            return &summary.last.event[i];
    cr_assert_fail("no event %s", command);
    return NULL;
}

Test(command_preset, what_is_saved_is_what_is_in_force, .init = make_dir, .fini = remove_dir)
{
    const char *const commands[] = {"at 1s set batch 64 linger 5ms slots 6", "at 2s save mine",
                                    "at 2.5s save mine", NULL};
    struct err e = {0};
    play("presets/burst.json", commands);
    const struct sp_event *refused = NULL;
    for (int i = 0; i < summary.last.events; i++)
        if (strcmp(summary.last.event[i].command, "save mine") == 0)
            refused = &summary.last.event[i];
    cr_assert_str_eq(event("save mine")->effect, "saved: spillway run mine");
    cr_assert_eq(refused->kind, '!');
    cr_assert(strstr(refused->effect, "`save mine!` to overwrite") != NULL);
    cr_assert_eq(preset_load("mine", &preset, &e), 0, "%s", e.text);
    cr_assert_eq(preset.knobs.value[KNOB_BATCH], 64);
    cr_assert_eq(preset.knobs.value[KNOB_LINGER], 5 * NS_PER_MS);
    cr_assert_eq(preset.graph.node[2].slots, 6);
    cr_assert_str_eq(preset.name, "mine");
}

Test(command_preset, another_preset_starts_from_zero)
{
    const char *const commands[] = {"at 1s load presets/vanilla.json", NULL};
    play("presets/burst.json", commands);
    cr_assert_str_eq(summary.last.preset, "vanilla");
    cr_assert_eq(event("load presets/vanilla.json")->at_ns, 0);
    cr_assert_eq(event("load presets/vanilla.json")->number, 1u);
    cr_assert_eq(summary.last.knobs.value[KNOB_POLICY], 0);
    cr_assert(summary.ledger_ok);
}

Test(command_preset, one_that_is_not_good_changes_nothing)
{
    const char *const commands[] = {"at 1s load nobody", "at 1s load -", "at 1s load /dev/null",
                                    NULL};
    play("presets/burst.json", commands);
    cr_assert_str_eq(summary.last.preset, "burst");
    cr_assert_eq(summary.last.now_ns, 3 * NS_PER_S);
    cr_assert_eq(event("load nobody")->kind, '!');
    cr_assert_eq(event("load -")->kind, '!');
    cr_assert_eq(event("load /dev/null")->kind, '!');
}

Test(command_preset, settings_become_a_shell_line)
{
    const char *const commands[] = {"at 1s set batch 64 linger 5ms", "at 2s as-command-line", NULL};
    play("presets/burst.json", commands);
    cr_assert_str_eq(event("as-command-line")->effect,
                     "spillway run burst --sim --duration 3s --set batch=64 --set linger=5ms");
}

Test(command_preset, a_long_shell_line_goes_on_in_the_next_one)
{
    const char *const commands[] = {
        "at 1s set batch 64 linger 5ms busy_on 80% busy_off 20% drain_time 7s slo 300ms",
        "at 1s set concurrency 7 overflow block order key timeout 9s head_deadline 3s flush 11ms",
        "at 2s as-command-line", NULL};
    play("presets/burst.json", commands);
    char whole[2000] = "";
    int lines = 0;
    for (int i = 0; i < summary.last.events; i++) {
        const struct sp_event *x = &summary.last.event[i];
        if (strcmp(x->command, "as-command-line") != 0)
            continue;
        size_t n = strlen(x->effect);
        bool goes_on = n > 2 && strcmp(x->effect + n - 2, " \\") == 0;
        strncat(whole, x->effect, goes_on ? n - 1 : n);
        lines++;
    }
    cr_assert_eq(lines, 2);
    cr_assert_str_eq(whole,
                     "spillway run burst --sim --duration 3s --set batch=64 --set linger=5ms "
                     "--set concurrency=7 --set order=key --set overflow=block "
                     "--set busy_on=80% --set busy_off=20% --set drain_time=7s "
                     "--set slo=300ms --set head_deadline=3s --set timeout=9s "
                     "--set flush=11ms");
}

/* Effect of the newest event with this command. */
static const char *said(const char *command)
{
    const char *found = NULL;
    for (int i = 0; i < summary.last.events; i++)
        if (strcmp(summary.last.event[i].command, command) == 0)
            found = summary.last.event[i].effect;
    cr_assert_not_null(found, "no event %s", command);
    return found;
}

Test(command_preset, a_rate_set_by_hand_is_a_setting, .init = make_dir, .fini = remove_dir)
{
    const char *const commands[] = {"at 1s ramp 100 1200 500ms",
                                    "at 2s save mine",
                                    "at 2s as-command-line",
                                    "at 2.5s undo",
                                    "at 2.6s save other",
                                    "at 2.6s as-command-line",
                                    NULL};
    struct err e = {0};
    play("presets/burst.json", commands);
    cr_assert_not_null(strstr(summary.last.event[0].command, "at "));
    cr_assert_null(strstr(said("as-command-line"), "rate"), "the undone one is none");
    struct preset *p = malloc(sizeof *p);
    cr_assert_eq(preset_load("mine", p, &e), 0, "%s", e.text);
    cr_assert_eq(p->schedule.count, 1);
    cr_assert_eq(p->schedule.step[0].rate_mps, 1200 * 1000);
    cr_assert_eq(preset_load("other", p, &e), 0, "%s", e.text);
    cr_assert_eq(p->schedule.step[0].rate_mps, preset.schedule.step[0].rate_mps);
    cr_assert_eq(p->schedule.count, preset.schedule.count);
    free(p);
    const char *const first[] = {"at 1s rate 900", "at 2s as-command-line", NULL};
    play("presets/burst.json", first);
    cr_assert_not_null(strstr(said("as-command-line"), "--at '0s rate 900'"));
}
