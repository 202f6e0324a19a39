/* Cross-hair values, the before/after box, reports. */
#include "ui/view_time.h"

#include "ui/plot.h"

#include <stdio.h>
#include <string.h>

/* ---- under the cross-hair ----------------------------------------------------------------- */

static struct txt latency_or_none(const struct sp_latency *l, int64_t ns)
{
    return fmt_latency(l->count > 0 ? ns : -1);
}

bool cross_note(const struct view *v, enum area area, int width, char *dst, size_t size)
{
    const struct sp_reading *r = v->reading;
    bool wide = width >= 50;
    double queued = 0;
    if (!v->cross)
        return false;
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++)
        queued += (double)r->vertex[i].queue;
    switch ((int)area) {
    case PANEL_RATE:
        snprintf(dst, size, wide ? "in %s burst %s offered %s" : "in %s burst %s",
                 fmt_si(r->in_rate).s, fmt_si(r->burst_rate).s, fmt_si(r->offered_rate).s);
        return true;
    case PANEL_BUSY:
        snprintf(dst, size, "busy %s BP %s", fmt_percent(r->busy).s,
                 fmt_percent(r->backpressured / 1000).s);
        return true;
    case PANEL_BACKLOG:
        snprintf(dst, size, "backlog %s queues %s",
                 fmt_si(v->cross_gap ? -1 : (double)r->backlog).s,
                 fmt_si(v->cross_gap ? -1 : queued).s);
        return true;
    case PANEL_LATENCY:
        snprintf(dst, size, wide ? "p99 %s p50 %s call %s" : "p99 %s p50 %s",
                 latency_or_none(&r->latency, r->latency.p99).s,
                 latency_or_none(&r->latency, r->latency.p50).s,
                 latency_or_none(&r->call, r->call.p99).s);
        return true;
    default:
        return false;
    }
}

static const struct sp_event *event_numbered(const struct history *h, uint64_t number)
{
    for (int i = h->event_count; i-- > 0;)
        if (history_event(h, i)->number == number)
            return history_event(h, i);
    return NULL;
}

/* Markers in the cross-hair's column: their number, and the one to tell of. */
static int marks_here(const struct view *v, int width, const struct marker **one)
{
    int n = 0;
    struct slices s = slices_of(v, width > 0 ? width : 1);
    int column = slices_column(&s, v->cross_ns);
    for (int i = 0; i < v->history->marker_count; i++) {
        const struct marker *m = history_marker(v->history, i);
        if (column < 0 || slices_column(&s, m->at_ns) != column)
            continue;
        if (n++ == 0 || m->event == v->marker)
            *one = m;
    }
    return n;
}

/* Columns of the first graph on the screen, as the cross-hair moves by them. */
static int graph_columns(const struct grid *g, const struct view *v)
{
    struct layout l;
    view_layout(g->width, g->height, v, &l);
    for (int a = PANEL_RATE; a <= PANEL_LATENCY; a++)
        if (!rect_empty(l.area[a])) {
            int w = l.area[a].w - 2;
            return w >= PLOT_LABEL + 4 ? w - PLOT_LABEL : w;
        }
    return 36;
}

void draw_cross_hint(struct grid *g, struct rect r, const struct view *v)
{
    const struct marker *m = NULL;
    int n = marks_here(v, graph_columns(g, v), &m);
    int dx = grid_textf(g, r, 1, 0, style_bold(ROLE_KEY), "┃ %s.%lld", fmt_clock(v->cross_ns).s,
                        (long long)(v->cross_ns / (100 * NS_PER_MS) % 10));
    if (v->cross_gap)
        dx = grid_text(g, r, dx, 0, style_bold(ROLE_WARN), "  nothing was recorded here");
    if (n > 1)
        dx = grid_textf(g, r, dx, 0, style_of(ROLE_TEXT), "  %d markers here,", n);
    const struct sp_event *e = m != NULL ? event_numbered(v->history, m->event) : NULL;
    if (e != NULL) {
        const char *what = e->command[0] != 0 ? e->command : e->effect;
        dx = grid_textf(g, r, dx, 0, style_bold(event_role(m->kind)), "  %s %s %.60s", m->letter,
                        event_glyph(m->kind), what);
    }
    const char *keys = "←→ move  n N markers  v leave  Space now";
    if (dx + 3 + text_width(keys) <= r.w)
        grid_text(g, r, dx + 3, 0, style_of(ROLE_DIM), keys);
}

/* ---- tables --------------------------------------------------------------------------------- */

/* Columns of a table in `w` cells: names, then three figures that end at these. */
struct stops {
    int name, before, after, change;
};

static struct stops stops_of(int w, int name)
{
    int each = (w - name) / 3;
    return (struct stops){0, name + each, name + 2 * each, w};
}

static void draw_table(struct grid *g, struct rect in, const struct report *t, struct stops at)
{
    struct style dim = style_of(ROLE_DIM);
    grid_text_right(g, in, at.before, 0, dim, t->head_before.s);
    grid_text_right(g, in, at.after, 0, dim, t->head_after.s);
    for (int i = 0; i < t->rows; i++) {
        const struct report_row *row = &t->row[i];
        struct rect line = rect_row(in, i + 1);
        if (rect_empty(line))
            return;
        grid_text(g, line, at.name, 0, style_of(ROLE_TEXT), row->name);
        grid_text_right(g, line, at.before, 0, style_of(ROLE_TEXT), row->before.s);
        grid_text_right(g, line, at.after, 0, style_bold(ROLE_TEXT), row->after.s);
        grid_text_right(g, line, at.change, 0, style_of(ROLE_KEY), row->change.s);
    }
}

static void open_box(struct grid *g, struct rect box, const char *title, const char *note)
{
    grid_fill(g, box, style_of(ROLE_TEXT), ' ');
    grid_box(g, box, style_of(ROLE_KEY), title, style_bold(ROLE_TITLE), note);
}

/* A place for w x h cells that leaves the cross-hair's column free: over the calls, over the
 * foot of the knobs, else in the corner away from the cross-hair. */
static struct rect place_box(const struct grid *g, const struct view *v, const struct layout *l,
                             int w, int h)
{
    static const enum area over[] = {PANEL_CALLS, PANEL_KNOBS};
    for (int i = 0; i < 2 && v->full == AREA_NONE; i++) {
        struct rect a = l->area[over[i]];
        if (a.w >= w && a.h >= h)
            return (struct rect){a.x, a.y + a.h - h, a.w, h};
    }
    if (g->width < w || g->height < h + 3)
        return (struct rect){0, 0, 0, 0};
    struct slices s = slices_of(v, g->width);
    bool left = slices_column(&s, v->cross_ns) < g->width / 2;
    struct rect box = {left ? g->width - w - 1 : 1, g->height > h + 6 ? 4 : 1, w, h};
    return box.x < 0 ? (struct rect){0, box.y, w, h} : box;
}

static void draw_around(struct grid *g, const struct view *v, const struct layout *l)
{
    const struct marker *m = v->marker != 0 ? history_marker_of(v->history, v->marker) : NULL;
    struct report t;
    char title[80];
    if (m == NULL)
        return;
    struct rect box = place_box(g, v, l, 32, 7);
    if (rect_empty(box))
        return;
    report_around(v->history, m, v->newest_ns, &t);
    snprintf(title, sizeof title, "%s %s before, after", m->letter, event_glyph(m->kind));
    open_box(g, box, title, NULL);
    struct rect in = rect_inside(box, 1);
    draw_table(g, in, &t, stops_of(in.w, 8));
}

static void draw_report(struct grid *g, const struct view *v)
{
    const struct report *t = v->report;
    int w = g->width < 64 ? g->width : 64, rows = t->rows + 3 + (t->note[0] != 0);
    int h = g->height < rows ? g->height : rows;
    struct rect box = {(g->width - w) / 2, (g->height - h) / 2, w, h};
    open_box(g, box, t->title, "Esc closes");
    struct rect in = rect_inside(box, 1);
    draw_table(g, in, t, stops_of(in.w, in.w >= 50 ? 20 : 14));
    if (t->note[0] != 0)
        grid_text(g, in, 0, t->rows + 1, style_of(ROLE_WARN), t->note);
}

void draw_time_boxes(struct grid *g, const struct view *v, const struct layout *l)
{
    draw_around(g, v, l);
    if (v->report != NULL)
        draw_report(g, v);
}
