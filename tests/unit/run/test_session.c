/* What was done while a run was watched, saved as a scenario, does the same again. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spillway.h"

#define LINES 40

static char dir[64], path[128];
static struct preset preset;

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/session-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    setenv("XDG_CONFIG_HOME", dir, 1);
    snprintf(path, sizeof path, "%s/spillway/scenarios/mine.txt", dir);
}

static void remove_dir(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    cr_assert_eq(system(command), 0);
}

static void nap(int ms) { nanosleep(&(struct timespec){0, ms * 1000000L}, NULL); }

static void send(struct sp_engine *g, enum sp_author author, const char *text)
{
    while (!sp_command(g, author, text)) /* the ring is full */
        nap(1);
}

/* A run that is stepped through by hand: it stands from the start, and goes on by 400 ms after
 * each command, so nothing depends on how fast this machine is. */
static struct sp_engine *watched(const char *const *commands)
{
    struct err e = {0};
    struct sp_engine *g = NULL;
    struct sp_options o = {.preset = &preset,
                           .sim = true,
                           .seed = 1,
                           .duration_ns = 15 * NS_PER_S,
                           .pace_ppm = 1000000};
    cr_assert_eq(preset_load("presets/burst.json", &preset, &e), 0, "%s", e.text);
    cr_assert_eq(sp_open(&o, &g, &e), 0, "%s", e.text);
    send(g, SP_YOU, "step 1ms");
    cr_assert_eq(sp_start(g, &e), 0, "%s", e.text);
    for (int i = 0; commands[i] != NULL; i++) {
        send(g, i % 2 ? SP_YOU : SP_SOCKET, commands[i]);
        send(g, SP_YOU, "step 400ms");
        nap(3 + i % 3);
    }
    send(g, SP_YOU, "speed x1000");
    send(g, SP_YOU, "go");
    for (int i = 0; i < 10000 && !sp_ended(g); i++)
        nap(2);
    return g;
}

static struct sp_engine *repeated(void)
{
    static char text[LINES][200];
    static const char *line[LINES + 1];
    struct err e = {0};
    struct sp_engine *g = NULL;
    FILE *f = fopen(path, "r");
    int n = 0;
    cr_assert_not_null(f);
    while (n < LINES && fgets(text[n], sizeof text[n], f))
        if (text[n][0] != '#') {
            text[n][strcspn(text[n], "\n")] = 0;
            line[n] = text[n];
            n++;
        }
    fclose(f);
    struct sp_options o = {
        .preset = &preset, .sim = true, .seed = 1, .duration_ns = 15 * NS_PER_S, .commands = line};
    cr_assert_eq(sp_open(&o, &g, &e), 0, "%s", e.text);
    cr_assert_eq(sp_run(g, NULL, NULL, &e), 0, "%s", e.text);
    return g;
}

Test(saved_session, saved_as_a_scenario_does_the_same_again, .init = make_dir, .fini = remove_dir,
     .timeout = 60)
{
    static const char *const commands[] = {"spike x3 2s",
                                           "set batch 20",
                                           "policy always",
                                           "mark here",
                                           "rate 1500",
                                           "set linger 0",
                                           "undo",
                                           "fault error 20% 2s",
                                           "kill tokenizer/0",
                                           "order none",
                                           "slots 7",
                                           "batch 3",
                                           "step 100ms",
                                           "batch 5",
                                           "batch 6",
                                           "step 300ms",
                                           "policy hyst",
                                           "go",
                                           "set batch 0",
                                           "concurrency 7",
                                           "undo",
                                           "redo",
                                           "load nobody",
                                           "at 14s spike x2 500ms",
                                           "pause",
                                           "resume",
                                           "save-as scenario mine",
                                           NULL};
    static struct sp_summary a, b;
    struct sp_engine *g = watched(commands);
    sp_summary(g, &a);
    sp_close(g);
    g = repeated();
    sp_summary(g, &b);
    sp_close(g);
    cr_assert(a.ledger_ok && b.ledger_ok);
    cr_assert_not(a.interrupted);
    cr_assert_eq(a.last.in, b.last.in);
    cr_assert_eq(a.last.digest, b.last.digest);
    cr_assert_eq(a.last.cost_nusd, b.last.cost_nusd);
    cr_assert_eq(a.last.calls, b.last.calls);
    cr_assert_eq(a.completion_ns, b.completion_ns);
    cr_assert_eq(memcmp(&a.last.latency_hist, &b.last.latency_hist, sizeof a.last.latency_hist), 0);
    cr_assert_eq(memcmp(&a.last.parts_run, &b.last.parts_run, sizeof a.last.parts_run), 0);
    for (int i = 0; i < a.last.vertex_count; i++)
        cr_assert_float_eq(a.last.vertex[i].accumulated_busy_s, b.last.vertex[i].accumulated_busy_s,
                           0);
}

/* A run of 6 s with a few changes; `looks` questions fall anywhere in it. */
static void ask(int looks, struct sp_summary *out)
{
    static char text[LINES][64];
    const char *line[LINES + 4] = {"at 700ms policy always", "at 2s spike x2 1s",
                                   "at 3s policy hysteresis"};
    struct err e = {0};
    struct sp_engine *g = NULL;
    for (int i = 0; i < looks; i++) {
        static const char *const what[] = {"as-command-line", "stats since A", "load nobody",
                                           "at 10s batch 3"};
        snprintf(text[i], sizeof text[i], "at %lldns %s", 137000123LL * (i + 1), what[i % 4]);
        line[3 + i] = text[i];
    }
    line[3 + looks] = NULL;
    struct sp_options o = {
        .preset = &preset, .sim = true, .seed = 1, .duration_ns = 6 * NS_PER_S, .commands = line};
    cr_assert_eq(preset_load("presets/burst.json", &preset, &e), 0, "%s", e.text);
    cr_assert_eq(sp_open(&o, &g, &e), 0, "%s", e.text);
    cr_assert_eq(sp_run(g, NULL, NULL, &e), 0, "%s", e.text);
    sp_summary(g, out);
    sp_close(g);
}

/* The controller once saw whatever reading was the newest, and an agent that is woken sends
 * on what it has half made. */
Test(saved_session, looking_at_a_run_does_not_change_it, .init = make_dir, .fini = remove_dir)
{
    static struct sp_summary a, b;
    ask(0, &a);
    ask(LINES, &b);
    cr_assert_gt(b.last.event_count, a.last.event_count + LINES);
    cr_assert_eq(a.last.digest, b.last.digest);
    cr_assert_eq(a.last.out, b.last.out);
    cr_assert_eq(memcmp(&a.last.latency_hist, &b.last.latency_hist, sizeof a.last.latency_hist), 0);
}

Test(saved_session, quit_ends_in_order, .init = make_dir, .fini = remove_dir, .timeout = 60)
{
    static const char *const commands[] = {"quit", NULL};
    static struct sp_summary s;
    struct sp_engine *g = watched(commands);
    sp_summary(g, &s);
    cr_assert_not(s.interrupted);
    sp_close(g);
}
