/* Scales of graphs. */
#include "ui/scale.h"

#include <stdio.h>

static void widen(struct scale *s, const struct extent *e)
{
    if (!e->any)
        return;
    s->low = s->on && s->low < e->min ? s->low : e->min;
    s->high = s->on && s->high > e->max ? s->high : e->max;
    s->on = true;
}

/* Figures behind each graph; FIELD_COUNT ends a list. */
static const enum field rate_fields[] = {FIELD_IN, FIELD_OFFERED, FIELD_COUNT};
static const enum field backlog_fields[] = {FIELD_BACKLOG, FIELD_QUEUED, FIELD_COUNT};
static const enum field latency_fields[] = {FIELD_P50, FIELD_P99, FIELD_P999, FIELD_COUNT};

static struct scale of_fields(const struct view *v, const enum field *fields)
{
    struct scale s = {false, 0, 0};
    for (int i = 0; fields[i] != FIELD_COUNT; i++) {
        struct extent e = plot_extent(v, fields[i]);
        widen(&s, &e);
    }
    return s;
}

/* Highest stack of the mean parts. */
static struct scale of_parts(const struct view *v)
{
    struct scale s = {false, 0, 0};
    double sum = 0;
    for (enum field f = FIELD_PART_BACKLOG; f <= FIELD_PART_ORDER; f++) {
        struct extent e = plot_extent(v, f);
        sum += e.any ? e.max : 0;
        s.on = s.on || e.any;
    }
    struct extent mean = plot_extent(v, FIELD_MEAN);
    s.high = mean.any && mean.max < sum ? mean.max : sum; /* peaks need not meet */
    return s;
}

void column_hist(const struct view *v, const struct slices *s, enum latency_kind kind, int column,
                 struct hist *out)
{
    int64_t from = s->first_ns + (column < 0 ? 0 : column) * s->width_ns;
    int64_t to = from + s->width_ns * (column < 0 ? s->columns : 1);
    history_hist(v->history, kind, from, to, out);
}

/* From the fastest call of the window to the slowest. */
static struct scale of_hist(const struct view *v, enum latency_kind kind)
{
    static struct hist h; /* large; the screen has one thread */
    int64_t now = view_end(v);
    history_hist(v->history, kind, now - v->window_ns - PLOT_STICKY_NS, now + 1, &h);
    struct scale s = {h.count > 0, 0, 0};
    if (h.count > 0) {
        s.low = (double)hist_quantile(&h, 1000);
        s.high = (double)h.max;
    }
    return s;
}

static struct scale of_latency(const struct view *v)
{
    switch (v->looks.latency) {
    case LATENCY_HEAT:
        return of_hist(v, HISTORY_CALL);
    case LATENCY_PARTS:
        return of_parts(v);
    case LATENCY_CURVE: {
        struct scale s = of_hist(v, HISTORY_LATENCY), c = of_hist(v, HISTORY_CALL);
        struct extent e = {c.on, c.low, c.high, 0, 0};
        widen(&s, &e);
        return s;
    }
    default:
        return of_fields(v, latency_fields);
    }
}

struct scale graph_scale(const struct view *v, enum area panel)
{
    struct scale s = {true, 0, 100};
    if (panel == PANEL_RATE)
        s = of_fields(v, rate_fields);
    else if (panel == PANEL_BACKLOG)
        s = of_fields(v, backlog_fields);
    else if (panel == PANEL_LATENCY)
        s = of_latency(v);
    if (panel == PANEL_BACKLOG && s.high < 10)
        s.high = 10;
    if (panel == PANEL_LATENCY && !s.on)
        s = (struct scale){true, 1e7, 1e9};
    return s;
}

bool graph_is_log(const struct view *v, enum area panel)
{
    bool usual = panel == PANEL_LATENCY && v->looks.latency != LATENCY_PARTS;
    return panel >= PANEL_RATE && panel <= PANEL_LATENCY && usual != v->looks.other_axis[panel];
}

struct axis graph_axis(const struct view *v, enum area panel, int rows)
{
    struct scale s = v->looks.fixed[panel];
    if (!s.on)
        s = graph_scale(v, panel);
    double low = panel != PANEL_LATENCY ? 1 : s.low > 0 ? s.low : s.high / 1000;
    if (graph_is_log(v, panel))
        return axis_log(low, s.high, rows);
    return axis_linear(s.high, rows);
}

struct txt label_latency(double v)
{
    static const struct {
        double per;
        const char *unit;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    struct txt t = {"0"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (v >= units[i].per) {
            double n = v / units[i].per;
            double part = n - (double)(int64_t)n;
            snprintf(t.s, sizeof t.s, part > 0.01 && part < 0.99 ? "%.1f%s" : "%.0f%s", n,
                     units[i].unit);
            return t;
        }
    return t;
}
