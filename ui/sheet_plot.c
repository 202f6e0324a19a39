/* Graphs of the page as SVG. Lines differ by their dashes as well as by colour. */
#include "ui/fmt.h"
#include "ui/sheet.h"

#include <string.h>

#define W 960
#define H 190
#define LEFT 72
#define RIGHT 22
#define TOP 34
#define BOTTOM 24
#define INNER_W (W - LEFT - RIGHT)
#define INNER_H (H - TOP - BOTTOM)
#define LETTERS_APART 9 /* pixels between letters over a graph */

static double in_of(const struct sheet_point *p) { return p->in; }
static double out_of(const struct sheet_point *p) { return p->out; }
static double offered_of(const struct sheet_point *p) { return p->offered; }
static double burst_of(const struct sheet_point *p) { return p->burst; }
static double busy_of(const struct sheet_point *p) { return p->busy; }
static double bp_of(const struct sheet_point *p) { return p->backpressured; }
static double backlog_of(const struct sheet_point *p) { return p->backlog; }
static double cost_of(const struct sheet_point *p) { return p->cost_usd; }

static double if_any(const struct sp_latency *l, int64_t ns)
{
    return l->count > 0 && ns > 0 ? (double)ns : -1;
}

static double p50_of(const struct sheet_point *p) { return if_any(&p->latency, p->latency.p50); }
static double p90_of(const struct sheet_point *p) { return if_any(&p->latency, p->latency.p90); }
static double p99_of(const struct sheet_point *p) { return if_any(&p->latency, p->latency.p99); }
static double call50_of(const struct sheet_point *p) { return if_any(&p->call, p->call.p50); }
static double call99_of(const struct sheet_point *p) { return if_any(&p->call, p->call.p99); }

const struct sheet_plot sheet_plots[] = {
    {"Rate",
     "records/s",
     false,
     {{"offered", "p1", offered_of},
      {"in", "p2", in_of},
      {"out", "p3", out_of},
      {"to functions", "p4", burst_of}}},
    {"Busy and back-pressure",
     "% of the time",
     false,
     {{"busy", "p1", busy_of}, {"back-pressured", "p2", bp_of}, {NULL, NULL, NULL}}},
    {"Backlog",
     "records due and not emitted",
     false,
     {{"backlog", "p1", backlog_of}, {NULL, NULL, NULL}}},
    {"Latency, due to sink",
     "logarithmic",
     true,
     {{"p50", "p1", p50_of}, {"p90", "p2", p90_of}, {"p99", "p3", p99_of}, {NULL, NULL, NULL}}},
    {"Latency of calls",
     "logarithmic",
     true,
     {{"p50", "p1", call50_of}, {"p99", "p3", call99_of}, {NULL, NULL, NULL}}},
    {"Cost of functions so far", "USD", false, {{"cost", "p1", cost_of}, {NULL, NULL, NULL}}},
    {NULL, NULL, false, {{NULL, NULL, NULL}}},
};

/* ---- scales ------------------------------------------------------------------------------ */

struct y_axis {
    bool log;
    double low, high, step; /* of a logarithmic one: powers of ten */
};

/* The number of 1, 2, 5, 10, … that is v or more. */
static double nice(double v)
{
    static const double steps[] = {1, 2, 5};
    double power = 1;
    while (power > v)
        power /= 10;
    while (power * 10 <= v)
        power *= 10;
    for (int i = 0; i < 3; i++)
        if (steps[i] * power >= v)
            return steps[i] * power;
    return 10 * power;
}

static struct y_axis axis_of(const struct sheet_data *d, const struct sheet_plot *plot)
{
    double max = -1, min = -1;
    for (int i = 0; i < SHEET_COLUMNS; i++)
        for (int k = 0; k < 4 && plot->line[k].name != NULL && d->point[i].readings > 0; k++) {
            double v = plot->line[k].value(&d->point[i]);
            max = v > max ? v : max;
            min = v > 0 && (min < 0 || v < min) ? v : min;
        }
    struct y_axis a = {plot->log, 0, 1, 1};
    if (plot->log) {
        a.low = 1e6; /* 1 ms */
        while (min > 0 && a.low > min && a.low > 1e3)
            a.low /= 10;
        while (min > 0 && a.low * 10 <= min)
            a.low *= 10;
        a.high = a.low * 10;
        while (a.high < max)
            a.high *= 10;
    } else if (max > 0) {
        a.step = nice(max / 4);
        for (a.high = a.step; a.high < max; a.high += a.step)
            ;
    }
    return a;
}

/* log10, near enough for a picture and the same everywhere. */
static double decades(double v)
{
    double n = 0;
    while (v >= 10) {
        v /= 10;
        n++;
    }
    while (v < 1) {
        v *= 10;
        n--;
    }
    for (double part = 0.5; part > 1e-5; part /= 2) { /* v in [1, 10) */
        v *= v;
        if (v >= 10) {
            v /= 10;
            n += part;
        }
    }
    return n;
}

static double y_of(const struct y_axis *a, double v)
{
    double share = a->log ? (decades(v) - decades(a->low)) / (decades(a->high) - decades(a->low))
                          : v / a->high;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return TOP + INNER_H * (1 - share);
}

static double x_of(const struct sheet_data *d, int64_t at_ns)
{
    double span = (double)(d->last_ns - d->first_ns);
    return LEFT + (span > 0 ? (double)(at_ns - d->first_ns) / span * INNER_W : 0);
}

/* ---- drawing ----------------------------------------------------------------------------- */

static void y_tick(struct text *t, const struct y_axis *a, double v, const char *label)
{
    double y = y_of(a, v);
    text_put(t,
             "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
             "class=\"num\">",
             LEFT, y, W - RIGHT, LEFT - 6, y + 4);
    text_html(t, label);
    text_add(t, "</text>\n");
}

static void y_ticks(struct text *t, const struct y_axis *a, bool usd)
{
    if (a->log) {
        for (double v = a->low; v <= a->high * 1.01; v *= 10)
            y_tick(t, a, v, fmt_latency((int64_t)v).s);
        return;
    }
    for (double v = 0; v <= a->high * 1.001; v += a->step)
        y_tick(t, a, v, usd ? fmt_usd((int64_t)(v * 1e9)).s : fmt_tick(v).s);
}

static void x_ticks(struct text *t, const struct sheet_data *d)
{
    static const int64_t steps_s[] = {1,   2,   5,    10,   15,   30,    60,    120,
                                      300, 600, 1800, 3600, 7200, 14400, 43200, 86400};
    int64_t span = d->last_ns - d->first_ns, step = 86400 * NS_PER_S;
    for (int i = (int)(sizeof steps_s / sizeof *steps_s); i-- > 0;)
        if (span / (steps_s[i] * NS_PER_S) <= 10)
            step = steps_s[i] * NS_PER_S;
    int64_t at = (d->first_ns + step - 1) / step * step;
    for (int n = 0; at <= d->last_ns && n < 400; at += step, n++)
        text_put(t, "<text x=\"%.1f\" y=\"%d\" class=\"mid\">%s</text>\n", x_of(d, at), H - 8,
                 fmt_clock_short(at).s);
}

static void draw_line(struct text *t, const struct sheet_data *d, const struct sheet_line *line,
                      const struct y_axis *a)
{
    bool on = false;
    text_put(t, "<path class=\"%s\" d=\"", line->style);
    for (int i = 0; i < SHEET_COLUMNS; i++) {
        double v = d->point[i].readings > 0 ? line->value(&d->point[i]) : -1;
        /* a column without a reading breaks a line only where several follow each other */
        if (v < 0 && d->point[i].readings == 0 && on && i + 1 < SHEET_COLUMNS &&
            d->point[i + 1].readings > 0)
            continue;
        if (v >= 0)
            text_put(t, "%c%.1f %.1f", on ? 'L' : 'M', LEFT + (i + 0.5) * INNER_W / SHEET_COLUMNS,
                     y_of(a, v));
        on = v >= 0;
    }
    text_add(t, "\"/>\n");
}

static void legend(struct text *t, const struct sheet_plot *plot)
{
    int x = W - RIGHT;
    for (int k = 3; k >= 0; k--) {
        if (plot->line[k].name == NULL)
            continue;
        int w = 44 + 8 * (int)strlen(plot->line[k].name);
        x -= w;
        text_put(t, "<path class=\"%s\" d=\"M%d 12h24\"/><text x=\"%d\" y=\"16\">%s</text>\n",
                 plot->line[k].style, x, x + 30, plot->line[k].name);
    }
}

static void markers(struct text *t, const struct sheet_data *d)
{
    double last = -100;
    for (size_t i = 0; i < d->events; i++) {
        const struct sheet_event *m = &d->event[i];
        if (m->letter[0] == 0 || m->at_ns < d->first_ns)
            continue;
        double x = x_of(d, m->at_ns);
        text_put(t, "<path class=\"mark\" d=\"M%.1f %dV%d\"/>", x, TOP, H - BOTTOM);
        if (x - last < LETTERS_APART)
            continue;
        text_put(t, "<text x=\"%.1f\" y=\"%d\" class=\"mid b\">%s</text>\n", x, TOP - 4, m->letter);
        last = x;
    }
}

void sheet_plot(struct text *t, const struct sheet_data *d, const struct sheet_plot *plot)
{
    struct y_axis a = axis_of(d, plot);
    text_put(t, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n", W, H, plot->title);
    text_put(t, "<text x=\"0\" y=\"16\" class=\"b\">%s <tspan class=\"dim\">%s</tspan></text>\n",
             plot->title, plot->unit);
    y_ticks(t, &a, plot->line[0].value == cost_of);
    x_ticks(t, d);
    text_put(t, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n", LEFT, TOP, H - BOTTOM, W - RIGHT);
    markers(t, d);
    for (int k = 0; k < 4 && plot->line[k].name != NULL; k++)
        draw_line(t, d, &plot->line[k], &a);
    legend(t, plot);
    text_add(t, "</svg>\n");
}
