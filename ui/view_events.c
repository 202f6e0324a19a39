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
    {'L', "▲", ROLE_LOCAL}, {'K', "◆", ROLE_KEY},  {'X', "✖", ROLE_BAD}, {'P', "●", ROLE_TITLE},
    {'D', "■", ROLE_BURST}, {'M', "⚑", ROLE_TEXT}, {'E', "…", ROLE_DIM}, {'H', "✓", ROLE_GOOD},
    {'!', "✗", ROLE_BAD},   {'A', "=", ROLE_TEXT}, {'W', "…", ROLE_DIM},
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

/* Columns of a line: where its command begins, and where its effect. */
struct stops {
    int clock, command, effect;
};

static struct stops stops_of(int width, const struct sp_event *e)
{
    bool wide = width >= 100;
    struct stops s;
    s.clock = 1 + text_width(wide ? fmt_clock(e->at_ns).s : fmt_clock_short(e->at_ns).s);
    s.command = s.clock + (wide ? 15 : 5);
    int end = s.command;
    if (e->command[0] != 0)
        end += text_width(e->command) + (e->author != SP_AUTO) + 1;
    s.effect = wide && end < s.command + 31 ? s.command + 31 : end;
    return s;
}

/* Where an effect that no line holds stands whole: beside its command, or below it where
 * that leaves few columns. Its height is that of the event. */
static struct rect effect_place(int width, const struct sp_event *e)
{
    enum { FEW = 24 };
    struct stops at = stops_of(width, e);
    int room = width - at.effect - 2;
    if (text_width(e->effect) <= room)
        return (struct rect){at.effect + 2, 0, room, 1};
    if (room >= FEW)
        return (struct rect){at.effect + 2, 0, room, fit_rows(room, e->effect)};
    room = width - at.command - 2;
    return (struct rect){at.command + 2, 1, room, 1 + fit_rows(room, e->effect)};
}

/* The event in the rows of `area`: over more than one its effect is broken at blanks. */
static void draw_event(struct grid *g, struct rect area, const struct view *v,
                       const struct sp_event *e)
{
    const struct marker *m = history_marker_of(v->history, e->number);
    struct rect row = rect_row(area, 0);
    struct stops at = stops_of(row.w, e);
    bool wide = row.w >= 100;
    struct style s = style_of(e->kind == '!' ? ROLE_BAD : ROLE_TEXT);
    grid_text(g, row, 1, 0, style_of(ROLE_DIM),
              wide ? fmt_clock(e->at_ns).s : fmt_clock_short(e->at_ns).s);
    grid_text(g, row, at.clock + 1, 0, style_bold(ROLE_TEXT), m != NULL ? m->letter : "");
    grid_text(g, row, at.clock + (wide ? 4 : 3), 0, style_bold(event_role(e->kind)),
              event_glyph(e->kind));
    if (wide)
        grid_text(g, row, at.clock + 6, 0, style_of(ROLE_DIM), sp_author_names[e->author]);
    if (e->command[0] != 0)
        grid_textf(g, row, at.command, 0, s, "%s%s", e->author == SP_AUTO ? "" : ":", e->command);
    if (e->effect[0] == 0)
        return;
    if (area.h == 1) {
        int dx = grid_text(g, row, at.effect, 0, s, "→ ");
        grid_text_cut(g, row, dx, 0, s, e->effect);
        return;
    }
    struct rect p = effect_place(area.w, e);
    grid_text(g, area, p.x - 2, p.y, s, "→ ");
    fit_wrap(g, (struct rect){area.x + p.x, area.y + p.y, p.w, area.h - p.y}, s, e->effect);
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

/* Events until now: those that the reading holds, and older ones of the record. */
static const struct sp_event *event_at(const struct view *v, int older, int i)
{
    return i < older ? history_event(v->history, i) : &v->reading->event[i - older];
}

/* The newest lines that pass the filter, oldest of them first. Over the whole screen none
 * is cut off. False: none passes. */
static bool draw_newest(struct grid *g, struct rect in, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    int n = r->events < SP_EVENTS ? r->events : SP_EVENTS;
    int older = history_events_until(v->history, r->now_ns) - n, from, y = 0;
    older = older > 0 ? older : 0;
    bool whole = v->full == PANEL_EVENTS, all = v->filter == NULL || v->filter[0] == 0;
    for (from = older + n; from > 0 && y < in.h; from--) {
        const struct sp_event *e = event_at(v, older, from - 1);
        if (all || event_passes(e, v->filter))
            y += whole ? effect_place(in.w, e).h : 1;
    }
    bool any = y > 0;
    y = y > in.h ? in.h - y : all ? 0 : in.h - y;
    for (int i = from; i < older + n; i++) {
        const struct sp_event *e = event_at(v, older, i);
        if (!all && !event_passes(e, v->filter))
            continue;
        int rows = whole ? effect_place(in.w, e).h : 1;
        if (y >= 0)
            draw_event(g, (struct rect){in.x, in.y + y, in.w, rows}, v, e);
        y += rows;
    }
    return any;
}

void draw_events(struct grid *g, struct rect in, const struct view *v)
{
    if (draw_around_marker(g, in, v) || draw_newest(g, in, v))
        return;
    if (v->filter != NULL && v->filter[0] != 0) {
        grid_textf(g, in, 1, 0, style_of(ROLE_WARN), "no line has \"%.40s\": Esc shows all again",
                   v->filter);
        return;
    }
    grid_text(g, in, 1, 0, style_of(ROLE_DIM), "nothing yet: s makes a spike");
    if (in.h > 1) /* what this preset is there to show */
        fit_wrap(g, (struct rect){in.x + 1, in.y + 1, in.w - 2, in.h - 1}, style_of(ROLE_TEXT),
                 v->reading->why);
}

void note_events(const struct view *v, int width, char *dst, size_t size)
{
    if (v->filter != NULL && v->filter[0] != 0)
        snprintf(dst, size, "%s \"%.20s\" only", v->filter[0] == '!' ? "without" : "with",
                 v->filter + (v->filter[0] == '!'));
    else
        snprintf(dst, size, "%s", width >= 60 ? "every :line can be typed again   / filters" : "");
}
