/* The events list: every line that has a command can be typed again. */
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

void draw_events(struct grid *g, struct rect in, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    int n = r->events < SP_EVENTS ? r->events : SP_EVENTS;
    int shown = n < in.h ? n : in.h;
    for (int i = 0; i < shown; i++)
        draw_event(g, rect_row(in, i), v, &r->event[n - shown + i]);
    if (n == 0)
        grid_text(g, in, 1, 0, style_of(ROLE_DIM), "nothing yet: s makes a spike");
}

void note_events(const struct view *v, int width, char *dst, size_t size)
{
    (void)v;
    snprintf(dst, size, "%s",
             width >= 60 ? "every :line can be typed again   A-Z people  a-z controller" : "");
}
