/* The graphs: rate, busy, backlog. Latency has its own file. */
#include "ui/scale.h"

#include <stdio.h>
#include <string.h>

static struct txt label_percent(double v) { return fmt_tick(v); }

/* Where the window has no sample of a field at all, the graph says so. */
static void say_none(struct plot *p, enum field field, const char *what)
{
    int64_t now = view_end(p->v);
    if (history_span(p->v->history, field, now - p->v->window_ns, now + 1).any)
        return;
    grid_text(p->g, p->area, (p->area.w - text_width(what)) / 2, p->area.h / 2, style_of(ROLE_DIM),
              what);
}

void draw_rate(struct grid *g, struct rect in, const struct view *v)
{
    struct plot p;
    plot_begin(&p, g, in, v, graph_axis(v, PANEL_RATE, in.h), fmt_tick);
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
    plot_begin(&p, g, in, v, graph_axis(v, PANEL_BUSY, in.h), label_percent);
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
    plot_begin(&p, g, in, v, graph_axis(v, PANEL_BACKLOG, in.h), fmt_tick);
    plot_area(&p, FIELD_BACKLOG, FIELD_COUNT, ROLE_LOCAL, ROLE_LOCAL);
    static const struct line queued_line = {FIELD_QUEUED, 0x2501, ROLE_LINE2, false, FIELD_COUNT};
    plot_line(&p, &queued_line);
    plot_marks(&p);
    say_none(&p, FIELD_BACKLOG, "n/a");
}

void note_backlog(const struct view *v, int width, char *dst, size_t size)
{
    int64_t now = view_end(v);
    struct extent e = history_span(v->history, FIELD_BACKLOG, now - v->window_ns, now + 1);
    snprintf(dst, size, width >= 44 ? "backlog█ queues━ max %s" : "max %s",
             e.any ? fmt_si(e.max).s : "n/a");
}
