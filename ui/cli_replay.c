#include "cli_replay.h"

#include "cast.h"
#include "cli_request.h"
#include "headless_summary.h"
#include "lab/golden.h"
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The options of look come first: their functions know a struct request. */
struct replay_request {
    struct request look;
    const char *file, *from, *cast;
    int width, height; /* of the film */
    int64_t speed_ppm;
    bool golden;
};

static int take_from(void *request, const char *value, struct err *e)
{
    ((struct replay_request *)request)->from = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a time or a marker is missing");
}

static int take_speed(void *request, const char *value, struct err *e)
{
    return cli_quantity(UNIT_FACTOR, value, REPLAY_SPEED_MIN, REPLAY_SPEED_MAX,
                        &((struct replay_request *)request)->speed_ppm, e);
}

static int take_cast(void *request, const char *value, struct err *e)
{
    ((struct replay_request *)request)->cast = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a file's name is missing");
}

static int take_size(void *request, const char *value, struct err *e)
{
    struct replay_request *r = request;
    int end = 0;
    if (sscanf(value, "%4dx%4d%n", &r->width, &r->height, &end) == 2 && value[end] == 0 &&
        r->width >= 1 && r->width <= SHOT_WIDTH_MAX && r->height >= 1 &&
        r->height <= SHOT_HEIGHT_MAX)
        return 0;
    return err_say(e, ERR_BAD, "\"%.40s\": must be WIDTHxHEIGHT, at most %dx%d", value,
                   SHOT_WIDTH_MAX, SHOT_HEIGHT_MAX);
}

static int take_golden(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct replay_request *)request)->golden = true;
    return 0;
}

static int take_headless(void *request, const char *value, struct err *e)
{
    struct request *r = &((struct replay_request *)request)->look;
    r->headless = true;
    r->format = value && strcmp(value, "json") == 0 ? HEADLESS_JSON : HEADLESS_TEXT;
    if (value && strcmp(value, "json") != 0 && strcmp(value, "text") != 0)
        return err_say(e, ERR_BAD, "\"%.60s\" is no format: text or json", value);
    return 0;
}

static const struct cli_option options[] = {
    {"from", "TIME|MARK",
     "Begins at a time of the recording (12.5s), or at a marker: its letter, or how its note "
     "begins.",
     take_from},
    {"speed", "xF", "Plays F times as fast: x0.25 to x100.", take_speed},
    {"golden", NULL,
     "Runs a sim run again, from what its recording says of preset, seed and commands, and "
     "compares every event and figure: exit code 3 with the first difference.",
     take_golden},
    {"cast", "FILE",
     "Writes the replay as a film for terminals (asciicast v2, for asciinema and web pages), with "
     "a marker for each of the recording's; FILE must not exist.",
     take_cast},
    {"size", "WxH", "Of the film; else 120x36.", take_size},
    {"headless", "[=FORMAT]",
     "No screen, even where there is one: the summary as text (the default) or json.",
     take_headless},
    {"screenshot", "WxH@T",
     "The screen at time T as text on standard output, as of spillway run. May be repeated.",
     look_take_screenshot},
    {"format", "NAME", "Of screenshots: txt (the default), ansi or svg.", look_take_format},
    {"theme", "NAME", "Colours of the screen: dark, light, projector, mono or user.",
     look_take_theme},
    {"glyphs", "NAME", "Draws graphs with braille, blocks or ascii.", look_take_glyphs},
    {"ascii", NULL, "Draws the screen in ASCII, whatever the locale.", look_take_ascii},
    {"mono", NULL, "Draws the screen without colours (as NO_COLOR does).", look_take_mono},
    {"redact", NULL, "Masks account numbers, ARNs and host names on the screen.", look_take_redact},
    {"mouse", NULL, "Clicks go to a panel, the wheel zooms; Shift marks text as ever.",
     look_take_mouse},
    {0},
};

static int take_file(void *request, const char *text, struct err *e)
{
    struct replay_request *r = request;
    if (r->file)
        return err_say(e, ERR_BAD, "\"%.100s\": one recording at a time", text);
    r->file = text;
    return 0;
}

/* ---- ways to show ------------------------------------------------------------------------ */

static int run_golden(const struct replay_request *r)
{
    struct golden g;
    struct err e = {0};
    if (golden_check(r->file, &g, &e))
        return cli_fail(&e);
    if (strcmp(g.commit, sp_commit()) != 0)
        fprintf(stderr, "spillway: recorded by %s, this is %s\n", g.commit, sp_commit());
    if (!g.same) {
        fprintf(stderr, "spillway: %.200s is not what it was: %s\n", r->file, g.difference);
        return err_exit(ERR_EXPECT);
    }
    printf("%s: the same: %llu readings, %llu events, digest %016llx\n", r->file,
           (unsigned long long)g.readings, (unsigned long long)g.events,
           (unsigned long long)g.digest);
    return fflush(stdout) == 0 ? 0 : err_exit(ERR_IO);
}

static void warn_of_end(const struct replay *p, bool whole)
{
    if (whole)
        return;
    fprintf(stderr,
            "spillway: the recording was broken off%s: what follows is as of its last "
            "reading\n",
            replay_cut(p) ? " in the middle of a line" : "");
}

static int show_summary(const struct replay_request *r, const struct replay *p)
{
    static struct sp_summary s;
    static struct print o;
    bool whole = replay_end(p, &s);
    warn_of_end(p, whole);
    print_init(&o, STDOUT_FILENO);
    if (r->look.format == HEADLESS_JSON)
        summary_json(&o, &s);
    else
        summary_text(&o, &s);
    return print_exit(&o, "standard output");
}

struct ticking {
    sp_tick_fn *tick;
    void *context;
    bool over;
};

static void hand_on(void *context, const struct sp_reading *reading, int64_t at_ns)
{
    struct ticking *t = context;
    (void)at_ns;
    t->over = t->over || reading == NULL || !t->tick(t->context, reading);
}

static int play_all(void *replay, sp_tick_fn *tick, void *context, struct err *e)
{
    struct ticking t = {tick, context, false};
    return replay_to(replay, INT64_MAX, hand_on, &t, e);
}

static int64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int make_film(const struct replay_request *r, struct replay *p, int64_t from_ns)
{
    struct err e = {0};
    struct cast_options o = {r->width, r->height, (int)r->speed_ppm, from_ns,
                             shot_look_of(&r->look.screen.look, SHOT_ANSI)};
    int fd = open(r->cast, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0644);
    if (fd < 0) {
        err_say(&e, errno == EEXIST ? ERR_BAD : ERR_IO, "--cast: %.300s: %s", r->cast,
                errno == EEXIST ? "it exists; choose another name" : strerror(errno));
        return cli_fail(&e);
    }
    int code = cast_write(fd, p, &o, &e);
    if (close(fd) != 0 && code == 0)
        code = err_say(&e, ERR_IO, "--cast: %.300s: %s", r->cast, strerror(errno));
    return code ? cli_fail(&e) : 0;
}

static int show(const struct replay_request *r, struct replay *p, int64_t at_ns)
{
    struct err e = {0};
    struct replay_player player;
    replay_player_init(&player, p, at_ns, (int)r->speed_ppm, true, clock_now());
    int ended = replay_screen(&player, &r->look.screen, &e);
    if (ended == SCREEN_NO_TERMINAL || ended == SCREEN_FAILED)
        return cli_fail(&e);
    return screen_exit_code(ended);
}

static int run_request(struct replay_request *r)
{
    struct err e = {0}, why = {0};
    struct replay *p = NULL;
    int64_t first, last;
    uint64_t readings;
    if (!r->file) {
        err_say(&e, ERR_BAD, "which recording? spillway replay FILE.spw");
        return cli_fail(&e);
    }
    if (r->golden)
        return run_golden(r);
    if (look_check(&r->look, &e) || replay_open(r->file, &p, &e))
        return cli_fail(&e);
    replay_range(p, &first, &last, &readings);
    int64_t at_ns = 0;
    int code;
    if (r->from && replay_find(p, r->from, &at_ns, &why)) {
        err_say(&e, why.code, "--from: %.480s", why.text);
        code = cli_fail(&e);
    } else if (readings == 0) {
        err_say(&e, ERR_BAD, "%.300s: no reading is in it: the run had hardly begun", r->file);
        code = cli_fail(&e);
    } else if (r->cast) {
        code = make_film(r, p, at_ns > first ? at_ns : first);
    } else if (r->look.shots.count > 0) {
        r->look.shots.replay = true;
        code = screenshot_run_of(play_all, p, &r->look.shots, &r->look.screen.look);
    } else if (r->look.headless || !isatty(STDOUT_FILENO) || !screen_possible(&e)) {
        if (e.code)
            fprintf(stderr, "spillway: %s: the summary instead\n", e.text);
        code = show_summary(r, p);
    } else {
        code = show(r, p, at_ns);
    }
    replay_close(p);
    return code;
}

static int run(int argc, char **argv)
{
    struct replay_request r = {.speed_ppm = PPM_ONE, .width = CAST_WIDTH, .height = CAST_HEIGHT};
    int exit_code = 0;
    if (cli_parse(&cli_replay, argc, argv, &r, &exit_code) == 0)
        exit_code = run_request(&r);
    return exit_code;
}

const struct cli_command cli_replay = {
    .name = "replay",
    .operands = "FILE.spw",
    .help = "Shows a recorded run again: on the screen, with time travel, or its summary.",
    .details =
        "A recording comes from spillway run --record FILE, from the command `record`, or from\n"
        "the key R. The screen is the run's own; Space plays and holds, arrows go back and on,\n"
        "< and > change the speed. Where there is no terminal the summary is printed.\n",
    .examples = "  spillway run burst --record a.spw\n"
                "  spillway replay a.spw --from A --speed x4              from the first marker\n"
                "  spillway replay a.spw --screenshot 120x36@30s\n"
                "  spillway replay a.spw --cast a.cast --speed x4         a film for asciinema\n"
                "  spillway replay a.spw --golden                         is it still so?\n",
    .options = options,
    .operand = take_file,
    .run = run,
};
