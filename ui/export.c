/* Files of the screen and its figures. None is ever overwritten. */
#include "ui/export.h"

#include "ui/headless_summary.h"
#include "ui/screenshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS_WINDOW 600
#define ROWS_RUN 3600
#define NUMBERS 1000

struct export
{
    struct control *c;
    const struct grid *g;
    char stem[120]; /* of the names */
    int number;
};

/* spillway-burst-0m42s, and a number where that is taken. */
static void name_files(struct export *x)
{
    const struct sp_reading *r = x->c->view.reading;
    int64_t s = r->now_ns / NS_PER_S;
    char name[40] = "run";
    size_t n = 0;
    for (const char *p = r->preset; *p != 0 && n + 1 < sizeof name; p++)
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
            *p == '-' || *p == '_')
            name[n++] = *p;
    if (n > 0)
        name[n] = 0;
    snprintf(x->stem, sizeof x->stem, "spillway-%s-%dm%02ds", name, (int)(s / 60), (int)(s % 60));
}

static void path_of(const struct export *x, const char *ending, char *dst, size_t size)
{
    if (x->number > 1)
        snprintf(dst, size, "%s-%d%s", x->stem, x->number, ending);
    else
        snprintf(dst, size, "%s%s", x->stem, ending);
}

/* A number under which none of the files exists. */
static bool find_number(struct export *x)
{
    static const char *const endings[] = {".svg", ".txt", ".csv"};
    char path[160];
    for (x->number = 1; x->number < NUMBERS; x->number++) {
        bool taken = false;
        for (int i = 0; i < 3; i++) {
            path_of(x, endings[i], path, sizeof path);
            taken = taken || access(path, F_OK) == 0;
        }
        if (!taken)
            return true;
    }
    return false;
}

static int make_file(const struct export *x, const char *ending, char *path, size_t size)
{
    path_of(x, ending, path, size);
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
}

/* ---- the screen ------------------------------------------------------------------------- */

static bool write_screen(const struct export *x, enum shot_format format, const char *ending)
{
    static struct print out;
    const struct view *v = &x->c->view;
    struct shot_out o = {NULL, 0, 0, false};
    struct shot_look look = {v->looks.theme, v->looks.colours > 0 ? v->looks.colours : 256,
                             v->glyphs, v->looks.big, v->looks.redact};
    char path[160];
    int fd = make_file(x, ending, path, sizeof path);
    if (fd < 0)
        return false;
    shot_write(&o, x->g, format, &look, v->reading->preset);
    print_init(&out, fd);
    if (!o.failed && o.text != NULL)
        print_bytes(&out, o.text, o.size);
    bool good = print_flush(&out) && !o.failed;
    good = close(fd) == 0 && good;
    free(o.text);
    if (!good)
        unlink(path);
    return good;
}

/* ---- the figures -------------------------------------------------------------------------- */

/* Markers of (from, to], as one cell: "A spike x2 10s; b burst 31%". */
static void put_markers(struct print *out, const struct control *c, int64_t from_ns, int64_t to_ns)
{
    bool any = false;
    print_text(out, ",\"");
    for (int i = 0; i < c->history.marker_count; i++) {
        const struct marker *m = history_marker(&c->history, i);
        if (m->at_ns <= from_ns || m->at_ns > to_ns)
            continue;
        char text[SP_EVENT_TEXT] = "";
        for (int k = 0; k < c->history.event_count; k++)
            if (history_event(&c->history, k)->number == m->event)
                snprintf(text, sizeof text, "%s", history_event(&c->history, k)->command);
        if (c->view.looks.redact)
            redact_text(text);
        for (char *p = text; *p != 0; p++)
            *p = *p == '"' ? '\'' : *p;
        print_format(out, "%s%s %s", any ? "; " : "", m->letter, text);
        any = true;
    }
    print_text(out, "\"\n");
}

static bool write_figures(const struct export *x, int64_t from_ns, int64_t to_ns, int64_t step_ns)
{
    static struct print out;
    char path[160];
    struct control *c = x->c;
    struct sp_reading *r = malloc(sizeof *r);
    int fd = r != NULL ? make_file(x, ".csv", path, sizeof path) : -1;
    if (fd < 0) {
        free(r);
        return false;
    }
    print_init(&out, fd);
    series_names(&out);
    print_text(&out, ",markers\n");
    for (int64_t at = from_ns; at <= to_ns; at += step_ns) {
        if (!history_reading(&c->history, c->newest, at, r))
            continue; /* a gap is no row */
        series_cells(&out, r);
        put_markers(&out, c, at - step_ns, at);
    }
    bool good = print_flush(&out);
    good = close(fd) == 0 && good;
    free(r);
    if (!good)
        unlink(path);
    return good;
}

static int64_t round_up(int64_t v, int64_t step) { return (v + step - 1) / step * step; }

static bool write_csv(const struct export *x, enum export_what what)
{
    const struct view *v = &x->c->view;
    int64_t first, last, to = view_end(v), step = NS_PER_S;
    if (!history_range(&x->c->history, &first, &last))
        return false;
    if (what == EXPORT_RUN) {
        step = round_up((last - first) / ROWS_RUN + 1, NS_PER_S);
        return write_figures(x, round_up(first, step), last, step);
    }
    int64_t from = to - v->window_ns > first ? to - v->window_ns : first;
    step = round_up(v->window_ns / ROWS_WINDOW, 100 * NS_PER_MS);
    return write_figures(x, round_up(from, step), to, step);
}

bool export_write(struct control *c, const struct grid *g, enum export_what what, char *dst,
                  size_t size)
{
    struct export x = {.c = c, .g = g};
    char path[160];
    name_files(&x);
    errno = 0;
    bool good = find_number(&x);
    if (what == EXPORT_WINDOW)
        good = good && write_screen(&x, SHOT_SVG, ".svg") && write_screen(&x, SHOT_TXT, ".txt");
    good = good && write_csv(&x, what);
    path_of(&x, what == EXPORT_WINDOW ? "" : ".csv", path, sizeof path);
    if (good)
        snprintf(dst, size, "written here: %s%s", path,
                 what == EXPORT_WINDOW ? ".svg .txt .csv" : "");
    else
        snprintf(dst, size, "%s cannot be written here: %s", path,
                 errno != 0 ? strerror(errno) : "nothing is recorded yet");
    return good;
}
