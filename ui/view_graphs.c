/* The graphs: rate, busy, backlog, latency; and the ruler under them. */
#include "ui/plot.h"

#include <stdio.h>
#include <string.h>

static struct txt label_percent(double v)
{
    return fmt_tick(v);
}

static struct txt label_latency(double v)
{
    static const struct {
        double per;
        const char *unit;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {0, NULL}};
    struct txt t;
    for (int i = 0; units[i].unit != NULL; i++)
        if (v >= units[i].per) {
            snprintf(t.s, sizeof t.s, "%.0f%s", v / units[i].per, units[i].unit);
            return t;
        }
    snprintf(t.s, sizeof t.s, "%.0fns", v);
    return t;
}

static double top_of(const struct view *v, enum field field)
{
    struct extent e = plot_extent(v, field);
    return e.any ? e.max : 0;
}

/* Where the window has no sample of a field at all, the graph says so. */
static void say_none(struct plot *p, enum field field, const char *what)
{
    int64_t now = p->v->reading->now_ns;
    if (history_span(p->v->history, field, now - p->v->window_ns, now + 1).any)
        return;
    grid_text(p->g, p->area, (p->area.w - text_width(what)) / 2, p->area.h / 2,
              style_of(ROLE_DIM), what);
}

void draw_rate(struct grid *g, struct rect in, const struct view *v)
{
    struct plot p;
    double top = top_of(v, FIELD_IN), offered = top_of(v, FIELD_OFFERED);
    plot_begin(&p, g, in, v, axis_linear(offered > top ? offered : top, in.h), fmt_tick);
    plot_area(&p, FIELD_IN, FIELD_BURST, ROLE_LOCAL, ROLE_BURST);
    static const struct line offered_line = {FIELD_OFFERED, 0x2501, ROLE_LINE, false, FIELD_IN};
    plot_line(&p, &offered_line);
    plot_threshold(&p, FIELD_INPUT_THRESHOLD);
    plot_marks(&p);
    say_none(&p, FIELD_IN, "n/a");
}

void note_rate(const struct view *v, int width, char *dst, size_t size)
{
    bool shapes = v->mono || v->glyphs == GLYPHS_ASCII;
    snprintf(dst, size, width >= 40 ? "local█ burst%s offered━" : "burst%s offer━",
             shapes ? "▒" : "█");
}

void draw_busy(struct grid *g, struct rect in, const struct view *v)
{
    struct plot p;
    plot_begin(&p, g, in, v, axis_linear(100, in.h), label_percent);
    plot_area(&p, FIELD_BUSY, FIELD_COUNT, ROLE_LOCAL, ROLE_LOCAL);
    static const struct line bp = {FIELD_BP, 0x254D, ROLE_BAD, true, FIELD_COUNT};
    plot_line(&p, &bp);
    plot_threshold(&p, FIELD_BUSY_OFF);
    plot_threshold(&p, FIELD_BUSY_ON);
    plot_marks(&p);
    say_none(&p, FIELD_BUSY, "n/a");
}

static int percent_of(const struct knobs *k, enum knob knob)
{
    return (int)(k->value[knob] / 10000);
}

void note_busy(const struct view *v, int width, char *dst, size_t size)
{
    const struct knobs *k = &v->reading->knobs;
    const char *bp = width >= 34 ? "BP╍ " : "";
    if (knob_applies(k, KNOB_BUSY_ON))
        snprintf(dst, size, "%son┄%d off┄%d", bp, percent_of(k, KNOB_BUSY_ON),
                 percent_of(k, KNOB_BUSY_OFF));
    else if (knob_applies(k, KNOB_BUSY_THRESHOLD))
        snprintf(dst, size, "%sthreshold┄%d", bp, percent_of(k, KNOB_BUSY_THRESHOLD));
    else
        snprintf(dst, size, "back-pressure╍");
}

void draw_backlog(struct grid *g, struct rect in, const struct view *v)
{
    struct plot p;
    double top = top_of(v, FIELD_BACKLOG), queued = top_of(v, FIELD_QUEUED);
    double high = queued > top ? queued : top;
    plot_begin(&p, g, in, v, axis_linear(high < 10 ? 10 : high, in.h), fmt_tick);
    plot_area(&p, FIELD_BACKLOG, FIELD_COUNT, ROLE_LOCAL, ROLE_LOCAL);
    static const struct line queued_line = {FIELD_QUEUED, 0x2501, ROLE_LINE2, false, FIELD_COUNT};
    plot_line(&p, &queued_line);
    plot_marks(&p);
    say_none(&p, FIELD_BACKLOG, "n/a");
}

void note_backlog(const struct view *v, int width, char *dst, size_t size)
{
    int64_t now = v->reading->now_ns;
    struct extent e = history_span(v->history, FIELD_BACKLOG, now - v->window_ns, now + 1);
    snprintf(dst, size, width >= 44 ? "backlog█ queues━ max %s" : "max %s",
             e.any ? fmt_si(e.max).s : "n/a");
}

static void widen(struct extent *all, struct extent e)
{
    if (!e.any)
        return;
    all->min = all->any && all->min < e.min ? all->min : e.min;
    all->max = all->any && all->max > e.max ? all->max : e.max;
    all->any = true;
}

void draw_latency(struct grid *g, struct rect in, const struct view *v)
{
    struct plot p;
    struct extent all = {false, 0, 0, 0};
    bool parts = in.h >= 8;
    struct rect graph = {in.x, in.y, in.w, in.h - (parts ? 1 : 0)};
    widen(&all, plot_extent(v, FIELD_P50));
    widen(&all, plot_extent(v, FIELD_P99));
    widen(&all, plot_extent(v, FIELD_CALL_P99));
    struct axis axis = all.any ? axis_log(all.min, all.max, graph.h) : axis_log(1e7, 1e9, graph.h);
    plot_begin(&p, g, graph, v, axis, label_latency);
    plot_threshold(&p, FIELD_SLO);
    static const struct line lines[] = {
        {FIELD_CALL_P99, 0x254D, ROLE_LINE2, false, FIELD_COUNT},
        {FIELD_P50, 0x2022, ROLE_LOCAL, false, FIELD_COUNT},
        {FIELD_P99, 0x2501, ROLE_LINE, true, FIELD_COUNT},
    };
    for (int i = 0; i < 3; i++)
        plot_line(&p, &lines[i]);
    plot_marks(&p);
    say_none(&p, FIELD_P99, "n/a: nothing reached the sink");
    if (!parts)
        return;
    const struct sp_parts *q = &v->reading->parts;
    if (v->reading->latency.count == 0)
        grid_text(g, in, 0, in.h - 1, style_of(ROLE_DIM), "mean parts n/a");
    else
        grid_textf(g, in, 0, in.h - 1, style_of(ROLE_DIM),
                   in.w >= 68 ? "mean ms: backlog %.0f + queue %.0f + fill %.0f + call %.0f + "
                                "service %.0f + order %.0f"
                              : "back %.0f que %.0f fill %.0f call %.0f svc %.0f ord %.0f ms",
                   q->backlog / 1e6, q->queue / 1e6, q->fill / 1e6, q->call / 1e6,
                   q->service / 1e6, q->order / 1e6);
}

void note_latency(const struct view *v, int width, char *dst, size_t size)
{
    (void)v;
    snprintf(dst, size, "%s", width >= 42 ? "p99━ p50• call p99╍" : "p99━ p50•");
}

/* ---- ruler ------------------------------------------------------------------------ */

static bool blank(const struct grid *g, struct rect r)
{
    for (int x = 0; x < r.w; x++) {
        const struct cell *c = grid_at(g, r.x + x, r.y);
        if (c == NULL || c->ch != ' ')
            return false;
    }
    return true;
}

/* Letters of the interventions, each in its column; a dot where several fall together. */
static void draw_letters(struct grid *g, struct rect row, const struct view *v)
{
    struct slices s = slices_of(v, row.w);
    for (int i = 0; i < v->history->marker_count; i++) {
        const struct marker *m = history_marker(v->history, i);
        int x = slices_column(&s, m->at_ns);
        if (x < 0 || m->at_ns > v->reading->now_ns)
            continue;
        struct cell *c = grid_at(g, row.x + x, row.y);
        bool taken = c != NULL && c->ch != ' ';
        grid_put(g, row, x, 0, style_bold(event_role(m->kind)),
                 taken ? 0xB7 : (uint32_t)(unsigned char)m->letter[0]);
    }
}

void draw_ruler(struct grid *g, struct rect r, const struct view *v)
{
    /* the same columns as the graphs above: frame, labels, graph, frame */
    int left = r.w - 2 >= PLOT_LABEL + 4 ? PLOT_LABEL : 0;
    struct rect graph = {r.x + 1 + left, r.y, r.w - 2 - left, r.h};
    if (graph.w < 1)
        return;
    struct style dim = style_of(ROLE_DIM);
    if (r.h >= 2) {
        struct rect axis = rect_row(graph, 0);
        for (int x = 0; x < graph.w; x++)
            grid_put(g, axis, x, 0, style_of(ROLE_FRAME),
                     x == 0 ? 0x251C : x == graph.w - 1 ? 0x2524 : 0x2500);
        graph = rect_row(graph, 1);
    }
    char from[24], to[24];
    int64_t behind = v->frozen ? (v->newest_ns - v->reading->now_ns) / NS_PER_S : 0;
    snprintf(from, sizeof from, "−%llds", (long long)(v->window_ns / NS_PER_S + behind));
    snprintf(to, sizeof to, "now");
    if (behind > 0)
        snprintf(to, sizeof to, "−%llds", (long long)behind);
    struct rect line = {r.x, graph.y, r.w, 1};
    draw_letters(g, graph, v);
    struct rect ends[2] = {{line.x + 1, line.y, text_width(from), 1},
                           {line.x + r.w - 1 - text_width(to), line.y, text_width(to), 1}};
    if (blank(g, ends[0]))
        grid_text(g, ends[0], 0, 0, dim, from);
    if (graph.w > 20 && blank(g, ends[1]))
        grid_text(g, ends[1], 0, 0, dim, to);
}
