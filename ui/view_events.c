/* The events list: every line that has a command can be typed again. */
#include "ui/fit.h"
#include "ui/view.h"

#include <stdio.h>
#include <string.h>

static const struct {
    char kind;
    const char *glyph;
    enum role role;
} kinds[] = {
    {'L', "▲", ROLE_LOCAL}, {'K', "◆", ROLE_KEY},  {'X', "✖", ROLE_BAD},  {'P', "●", ROLE_TITLE},
    {'D', "■", ROLE_BURST}, {'M', "⚑", ROLE_TEXT}, {'E', "✓", ROLE_GOOD}, {'!', "✗", ROLE_BAD},
    {'A', "=", ROLE_TEXT},  {'W', "…", ROLE_DIM},
};

const char *event_glyph(char kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == kind)
            return kinds[i].glyph;
    return "·";
}

enum role event_role(char kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == kind)
            return kinds[i].role;
    return ROLE_TEXT;
}

static void draw_event(struct grid *g, struct rect row, const struct view *v,
                       const struct sp_event *e)
{
    const struct marker *m = history_marker_of(v->history, e->number);
    bool wide = row.w >= 100;
    struct style s = style_of(e->kind == '!' ? ROLE_BAD : ROLE_TEXT);
    int dx = grid_text(g, row, 1, 0, style_of(ROLE_DIM),
                       wide ? fmt_clock(e->at_ns).s : fmt_clock_short(e->at_ns).s);
    grid_text(g, row, dx + 1, 0, style_bold(ROLE_TEXT), m != NULL ? m->letter : "");
    dx = grid_text(g, row, dx + (wide ? 4 : 3), 0, style_bold(event_role(e->kind)),
                   event_glyph(e->kind));
    if (wide) {
        grid_text(g, row, dx + 1, 0, style_of(ROLE_DIM), sp_author_names[e->author]);
        dx += 10;
    } else {
        dx += 1;
    }
    int command = dx;
    if (e->command[0] != 0)
        dx = grid_textf(g, row, dx, 0, s, "%s%s", e->author == SP_AUTO ? "" : ":", e->command);
    if (e->effect[0] == 0)
        return;
    int column = command + (wide ? 31 : 0);
    dx = dx < column ? column : dx + (e->command[0] != 0);
    grid_textf(g, row, dx, 0, s, "→ %s", e->effect);
}

/* The lines around the marker that was jumped to, which is marked; later ones follow it. */
static bool draw_around_marker(struct grid *g, struct rect in, const struct view *v)
{
    const struct history *h = v->history;
    int at = h->event_count - 1;
    while (at >= 0 && history_event(h, at)->number != v->marker)
        at--;
    if (v->marker == 0 || at < 0)
        return false;
    int top = at - in.h / 2;
    top = top + in.h > h->event_count ? h->event_count - in.h : top;
    top = top < 0 ? 0 : top;
    for (int i = top; i < h->event_count && i - top < in.h; i++) {
        struct rect row = rect_row(in, i - top);
        draw_event(g, row, v, history_event(h, i));
        if (i != at)
            continue;
        grid_attr(g, row, ATTR_REVERSE);
        grid_put(g, row, 0, 0, style_bold(ROLE_KEY), 0x258C);
    }
    return true;
}

bool event_passes(const struct sp_event *e, const char *filter)
{
    bool without = filter[0] == '!' && filter[1] != 0;
    const char *what = filter + without;
    bool has = text_contains(e->command, what) || text_contains(e->effect, what) ||
               text_contains(sp_author_names[e->author], what);
    return has != without;
}

/* The newest lines that pass, oldest of them first; they may be far apart in the record. */
static void draw_filtered(struct grid *g, struct rect in, const struct view *v)
{
    int until = history_events_until(v->history, v->reading->now_ns), row = in.h;
    for (int i = until; i-- > 0 && row > 0;)
        if (event_passes(history_event(v->history, i), v->filter))
            draw_event(g, rect_row(in, --row), v, history_event(v->history, i));
    if (row == in.h)
        grid_textf(g, in, 1, 0, style_of(ROLE_WARN), "no line has \"%.40s\": Esc shows all again",
                   v->filter);
}

void draw_events(struct grid *g, struct rect in, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    if (draw_around_marker(g, in, v))
        return;
    if (v->filter != NULL && v->filter[0] != 0) {
        draw_filtered(g, in, v);
        return;
    }
    /* full screen holds more lines than a reading does */
    int n = r->events < SP_EVENTS ? r->events : SP_EVENTS;
    int shown = n < in.h ? n : in.h, older = in.h - shown;
    int known = history_events_until(v->history, r->now_ns) - n;
    older = older > known ? (known > 0 ? known : 0) : older;
    for (int i = 0; i < older; i++)
        draw_event(g, rect_row(in, i), v, history_event(v->history, known - older + i));
    for (int i = 0; i < shown; i++)
        draw_event(g, rect_row(in, older + i), v, &r->event[n - shown + i]);
    if (n > 0)
        return;
    grid_text(g, in, 1, 0, style_of(ROLE_DIM), "nothing yet: s makes a spike");
    if (in.h > 1) /* what this preset is there to show */
        fit_wrap(g, (struct rect){in.x + 1, in.y + 1, in.w - 2, in.h - 1}, style_of(ROLE_TEXT),
                 r->why);
}

void note_events(const struct view *v, int width, char *dst, size_t size)
{
    if (v->filter != NULL && v->filter[0] != 0)
        snprintf(dst, size, "%s \"%.20s\" only", v->filter[0] == '!' ? "without" : "with",
                 v->filter + (v->filter[0] == '!'));
    else
        snprintf(dst, size, "%s", width >= 60 ? "every :line can be typed again   / filters" : "");
}
