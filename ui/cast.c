#include "ui/cast.h"

#include "ui/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLUSH 65536

struct cast {
    const struct cast_options *o;
    struct replay *replay;
    int fd;
    struct control control;
    struct grid shown, next;
    struct text out;
    int mark;       /* the next of the replay's */
    int64_t end_ns; /* of the recording */
    bool begun;
    int error; /* errno */
    bool no_memory;
};

static void flush(struct cast *c, size_t least)
{
    if (c->out.size < least)
        return;
    for (size_t at = 0; at < c->out.size && c->error == 0;) {
        ssize_t n = write(c->fd, c->out.s + at, c->out.size - at);
        c->error = n < 0 && errno != EINTR ? errno : 0;
        at += n > 0 ? (size_t)n : 0;
    }
    c->no_memory = c->no_memory || c->out.failed;
    text_clear(&c->out);
}

static void event(struct cast *c, int64_t at_ns, char kind, const char *data)
{
    i128 t = (i128)(at_ns > c->o->from_ns ? at_ns - c->o->from_ns : 0) * PPM_ONE / c->o->speed_ppm;
    text_put(&c->out, "[%.3f,\"%c\",", (double)t / 1e9, kind);
    text_json_whole(&c->out, data);
    text_add(&c->out, "]\n");
}

static void markers(struct cast *c, int64_t until_ns)
{
    const struct replay_mark *m;
    for (; (m = replay_mark(c->replay, c->mark)) != NULL && m->at_ns <= until_ns; c->mark++) {
        char text[SP_EVENT_TEXT + 10];
        snprintf(text, sizeof text, "%s %s", m->letter, m->command);
        if (m->at_ns >= c->o->from_ns)
            event(c, m->at_ns, 'm', text);
    }
}

/* The rows that differ from the frame before. */
static void frame(struct cast *c, int64_t at_ns)
{
    struct cursor cursor;
    struct shot_out rows = {0};
    c->control.view.replay = (struct replay_view){true, true, c->o->speed_ppm, c->end_ns};
    view_draw(&c->next, &c->control.view, &cursor);
    if (!c->begun)
        shot_put(&rows, "\033[?25l\033[2J");
    for (int y = 0; y < c->next.height; y++) {
        size_t n = (size_t)c->next.width * sizeof *c->next.cell;
        const struct cell *now = grid_at(&c->next, 0, y), *was = grid_at(&c->shown, 0, y);
        if (c->begun && memcmp(now, was, n) == 0)
            continue;
        shot_put(&rows, "\033[%d;1H", y + 1);
        shot_row(&rows, &c->next, y, &c->o->look);
    }
    memcpy(c->shown.cell, c->next.cell,
           (size_t)(c->next.width * c->next.height) * sizeof *c->next.cell);
    c->no_memory = c->no_memory || rows.failed;
    if (rows.size > 0)
        event(c, at_ns, 'o', rows.text);
    free(rows.text);
    c->begun = true;
}

static void take(void *cast, const struct sp_reading *reading, int64_t at_ns)
{
    struct cast *c = cast;
    replay_show(&c->control, reading, at_ns);
    if (reading == NULL || at_ns < c->o->from_ns || c->error != 0)
        return;
    markers(c, at_ns);
    frame(c, at_ns);
    flush(c, FLUSH);
}

static int write_film(struct cast *c, struct err *e)
{
    int64_t first;
    uint64_t readings;
    char title[100];
    replay_range(c->replay, &first, &c->end_ns, &readings);
    snprintf(title, sizeof title, "spillway %s", replay_head(c->replay)->preset->name);
    text_put(&c->out, "{\"version\":2,\"width\":%d,\"height\":%d,\"title\":", c->o->width,
             c->o->height);
    text_json(&c->out, title);
    text_add(&c->out, ",\"env\":{\"TERM\":\"xterm-256color\"}}\n");
    int code = replay_to(c->replay, INT64_MAX, take, c, e);
    event(c, c->end_ns, 'o', "\033[?25h\033[0m\r\n");
    flush(c, 1);
    if (code == 0 && c->error != 0) {
        e->code = code = ERR_IO;
        snprintf(e->text, sizeof e->text, "the film: %s", strerror(c->error));
    }
    return code;
}

int cast_write(int fd, struct replay *p, const struct cast_options *options, struct err *e)
{
    static struct cast c;
    memset(&c, 0, sizeof c);
    c.o = options;
    c.replay = p;
    c.fd = fd;
    grid_init(&c.shown);
    grid_init(&c.next);
    bool good = control_open(&c.control, options->look.glyphs, options->look.colours == 0);
    good = grid_resize(&c.shown, options->width, options->height) && good;
    good = grid_resize(&c.next, options->width, options->height) && good;
    int code = ERR_MEMORY;
    if (good) {
        c.control.width = options->width;
        c.control.height = options->height;
        c.control.view.fps = 10;
        c.control.view.looks.theme = options->look.theme;
        c.control.view.looks.colours = options->look.colours;
        c.control.view.looks.redact = options->look.redact;
        code = write_film(&c, e);
    }
    if (!good || c.no_memory)
        *e = (struct err){code = ERR_MEMORY, "out of memory for the film"};
    control_close(&c.control);
    grid_fini(&c.shown);
    grid_fini(&c.next);
    text_free(&c.out);
    return code;
}
