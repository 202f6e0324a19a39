/* The loop of the screen: keys and readings in, frames and commands out.
 *
 * Ten frames a second at most, but a key is shown at once, and where nothing changed
 * nothing is written. A terminal that takes long for a frame gets fewer of them. */
#include "ui/screen.h"

#include "ui/control_looks.h"
#include "ui/ctl.h"
#include "ui/export.h"
#include "ui/recorder.h"
#include "ui/setup_file.h"
#include "ui/state_file.h"
#include "ui/term.h"
#include "ui/theme_file.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define KEY_GAP_NS (15 * NS_PER_MS) /* frames after keys are at least so far apart */
#define SLOW_NS (50 * NS_PER_MS)    /* a frame that took longer halves their rate */
#define FAST_NS (10 * NS_PER_MS)
#define STOP_NS (5 * NS_PER_S) /* the engine gets so long to end */

struct screen {
    struct sp_engine *engine; /* or else a feed */
    const struct screen_feed *feed;
    void *feed_of;
    struct ctl *ctl; /* the control socket; NULL: there is none */
    struct recorder *recorder;
    struct control control;
    struct grid grid;
    bool dirty;   /* the next frame differs */
    bool at_once; /* and somebody waits for it */
    int64_t drawn_ns;
    int64_t read_ns; /* when the last reading came */
    int fps, fast;
};

static int64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- in --------------------------------------------------------------------------- */

/* The recording gets the reading; what it has to say goes to the person. */
static void note_recording(struct screen *s, int64_t now)
{
    struct recorder *r = s->recorder;
    if (r == NULL)
        return;
    if (recorder_reading(r, s->control.newest)) {
        control_say(&s->control, r->bad, r->say, now);
        r->say[0] = 0;
    }
    s->control.view.recorded = recorder_bytes(r);
}

static void take_reading(struct screen *s, int64_t now)
{
    bool any = s->feed != NULL && s->feed->take(s->feed_of, &s->control, now);
    while (s->engine != NULL && sp_read(s->engine, s->control.newest)) {
        control_reading(&s->control, now);
        ctl_reading(s->ctl, s->control.newest);
        note_recording(s, now);
        any = true;
    }
    if (any) {
        s->read_ns = now;
        s->dirty = true;
    }
    if (s->engine != NULL && !s->control.view.ended && sp_ended(s->engine)) {
        s->control.view.ended = true;
        s->dirty = true;
    }
}

static void send_command(struct screen *s, int64_t now)
{
    struct control *c = &s->control;
    if (c->command[0] == 0)
        return;
    if (s->feed != NULL)
        s->feed->send(s->feed_of, c, now);
    else if (c->view.ended)
        control_say(c, true, "the run is over: q leaves", now);
    else if (!ctl_send(s->engine, SP_YOU, 0, c->command))
        control_say(c, true, "the engine is busy with earlier commands: try again", now);
    c->command[0] = 0;
}

/* Files that the last key asked for. */
static void write_files(struct screen *s, int64_t now)
{
    struct control *c = &s->control;
    char text[300], path[PRESET_PATH];
    struct err e = {0, ""};
    if (c->export != EXPORT_NOTHING) {
        bool good = export_write(c, &s->grid, c->export, text, sizeof text);
        control_say(c, !good, text, now);
    }
    if (c->keep_setup) {
        bool good = setup_save(&c->view, path, &e) == 0;
        snprintf(text, sizeof text, "the set-up is kept in %.250s", path);
        control_say(c, !good, good ? text : e.text, now);
    }
    c->export = EXPORT_NOTHING;
    c->keep_setup = false;
}

static void click(struct screen *s)
{
    int x, y;
    term_mouse(&x, &y);
    control_click(&s->control, x, y);
}

/* All keys that wait. */
static void take_keys(struct screen *s, int64_t now)
{
    term_size(&s->control.width, &s->control.height);
    for (int i = 0; i < 1000 && !s->control.quit; i++) {
        uint32_t key = term_key();
        if (key == PRESS_NONE)
            return;
        if (key == PRESS_CLICK)
            click(s);
        else if (key != PRESS_RESIZE)
            control_key(&s->control, key, now);
        send_command(s, now);
        state_keep(&s->control);
        write_files(s, now);
        s->dirty = s->at_once = true;
    }
}

static void drain(int fd)
{
    uint64_t count;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
        assert(errno != EBADF);
}

static void wait_for(struct screen *s, int64_t now)
{
    int64_t frame = NS_PER_S / s->fps;
    int64_t due = s->drawn_ns + (s->dirty && s->at_once ? KEY_GAP_NS : frame);
    int64_t rest = due > now ? due - now : 0;
    if (!s->dirty && rest == 0)
        rest = frame;
    int fd = s->engine != NULL ? sp_event_fd(s->engine) : -1;
    /* while a frame is owed, readings can wait for it */
    struct pollfd p[2] = {{STDIN_FILENO, POLLIN, 0}, {s->dirty ? -1 : fd, POLLIN, 0}};
    if (s->control.view.ended)
        p[1].fd = -1;
    int n = poll(p, 2, (int)((rest + NS_PER_MS - 1) / NS_PER_MS));
    if (n > 0 && (p[1].revents & POLLIN))
        drain(fd);
}

/* ---- out -------------------------------------------------------------------------- */

static void pace(struct screen *s, int64_t took)
{
    int most = s->control.view.fps_wanted;
    if (took > SLOW_NS) {
        s->fps = s->fps > 3 ? s->fps / 2 : s->fps < 2 ? s->fps : 2;
        s->fast = 0;
    } else if (took > FAST_NS) {
        s->fast = 0;
    } else if (++s->fast >= 20) {
        s->fps = s->fps * 2;
        s->fast = 0;
    }
    s->fps = s->fps < most ? s->fps : most;
}

static void draw(struct screen *s)
{
    int width, height;
    int64_t now = clock_now();
    struct cursor cursor;
    struct control *c = &s->control;
    term_size(&width, &height);
    if (width != s->grid.width || height != s->grid.height)
        if (!grid_resize(&s->grid, width, height))
            return;
    c->width = width;
    c->height = height;
    c->view.stale_ns = s->engine != NULL ? now - s->read_ns : 0;
    c->view.fps = s->fps;
    if (c->redraw)
        term_forget();
    c->redraw = false;
    view_draw(&s->grid, &c->view, &cursor);
    term_theme(c->view.looks.theme);
    term_mouse_use(c->view.mouse);
    term_draw(&s->grid, &cursor);
    s->dirty = s->at_once = false;
    s->drawn_ns = clock_now();
    pace(s, s->drawn_ns - now);
}

static void draw_if_due(struct screen *s, int64_t now)
{
    int64_t gap = s->at_once ? KEY_GAP_NS : NS_PER_S / s->fps;
    if (s->dirty && now - s->drawn_ns >= gap - NS_PER_MS)
        draw(s);
}

/* ---- together --------------------------------------------------------------------- */

static int loop(struct screen *s, const struct screen_options *options)
{
    for (;;) {
        int64_t now = clock_now();
        take_keys(s, now);
        take_reading(s, now);
        bool stale = s->engine != NULL && now - s->read_ns > NS_PER_S;
        if (control_tick(&s->control, now) || stale)
            s->dirty = true;
        if (term_suspended()) {
            s->dirty = s->at_once = true;
            s->read_ns = clock_now(); /* the engine stood still too */
        }
        if (term_stop_signal() != 0)
            return term_stop_signal();
        if (s->control.race)
            return SCREEN_RACE;
        if (s->control.quit || (options->quit_at_end && s->control.view.ended))
            return SCREEN_QUIT;
        draw_if_due(s, now);
        wait_for(s, clock_now());
        if (term_gone())
            return SCREEN_GONE;
    }
}

static void wait_for_end(struct sp_engine *engine)
{
    const struct timespec step = {0, 2 * 1000 * 1000};
    int64_t until = clock_now() + STOP_NS;
    while (!sp_ended(engine) && clock_now() < until)
        nanosleep(&step, NULL);
}

/* Ends the engine and waits for it, but not for ever. A person who leaves ends the run in
 * order, by the command for it; anything else interrupts it. */
static void stop_engine(struct sp_engine *engine, int ended)
{
    bool left = ended == SCREEN_QUIT || ended == SCREEN_RACE;
    if (left && !sp_ended(engine) && sp_command(engine, SP_YOU, "quit"))
        wait_for_end(engine);
    if (sp_ended(engine))
        return;
    sp_stop(engine);
    wait_for_end(engine);
}

static int start_engine(struct sp_engine *engine, struct err *e)
{
    term_block_signals(); /* the engine's threads leave signals to this one */
    int code = sp_start(engine, e);
    term_unblock_signals();
    return code;
}

bool screen_possible(struct err *e) { return term_possible(e); }

static int run_engine(struct screen *s, const struct screen_options *options, struct err *e)
{
    struct err no_socket = {0, ""};
    s->ctl = ctl_open(s->engine, &no_socket);
    return start_engine(s->engine, e) == 0 ? loop(s, options) : SCREEN_FAILED;
}

static int run_on_terminal(struct screen *s, const struct screen_options *options,
                           const struct term_caps *caps, struct err *e)
{
    grid_init(&s->grid);
    if (!control_open(&s->control, caps->glyphs, caps->theme == THEME_MONO)) {
        *e = (struct err){ERR_MEMORY, "no memory for the screen"};
        term_close();
        return SCREEN_FAILED;
    }
    s->control.view.looks.theme = caps->theme;
    s->control.view.looks.colours = caps->colours;
    s->control.view.looks.redact = options->look.redact;
    s->control.view.looks.big = options->look.big;
    struct err theme = {0, ""};
    if (!theme_exists(THEME_USER) && theme_file_load(&theme) == THEME_FILE_BAD)
        control_say(&s->control, true, theme.text, clock_now());
    char note[600];
    struct screen_setup setup;
    setup_load(&setup, note, sizeof note);
    setup_use(&setup, &options->look, &s->control);
    if (note[0] != 0)
        control_say(&s->control, true, note, clock_now());
    if (options->preset != NULL)
        shelf_running(&s->control.shelf, options->preset);
    state_load(&s->control);
    s->fps = s->control.view.fps_wanted;
    s->dirty = s->at_once = true;
    s->read_ns = clock_now();
    s->drawn_ns = s->read_ns - NS_PER_S;
    int ended = s->engine != NULL ? run_engine(s, options, e) : loop(s, options);
    term_close();
    ctl_close(s->ctl, NULL);
    if (ended != SCREEN_FAILED && s->engine != NULL)
        stop_engine(s->engine, ended);
    control_close(&s->control);
    grid_fini(&s->grid);
    return ended;
}

static int open_and_run(struct screen *s, const struct screen_options *options, struct err *e)
{
    struct term_options how = {options->look, options->no_sync};
    struct term_caps caps;
    if (term_open(&how, &caps, e) != 0)
        return SCREEN_NO_TERMINAL;
    return run_on_terminal(s, options, &caps, e);
}

int screen_run_e(struct sp_engine *engine, const struct screen_options *options, struct err *e)
{
    assert(engine != NULL && options != NULL && e != NULL);
    struct screen s = {.engine = engine, .recorder = options->recorder};
    return open_and_run(&s, options, e);
}

int screen_show(const struct screen_feed *feed, void *of, const struct screen_options *options,
                struct err *e)
{
    struct screen s = {.feed = feed, .feed_of = of};
    return open_and_run(&s, options, e);
}

int screen_run(struct sp_engine *engine, const struct screen_options *options)
{
    struct err e = {0, ""};
    int ended = screen_run_e(engine, options, &e);
    if (ended == SCREEN_NO_TERMINAL || ended == SCREEN_FAILED)
        fprintf(stderr, "spillway: %s\n", e.text);
    return ended;
}

int screen_exit_code(int ended)
{
    if (ended > 0)
        return 128 + ended;
    return ended == SCREEN_QUIT ? 0 : 1;
}
