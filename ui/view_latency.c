/* The latency panel in its four forms: percentiles over time, a map of all calls, the
 * mean split into its parts, and percentiles against each other. */
#include "ui/scale.h"

#include <stdio.h>
#include <string.h>

#define STEPS (ROLE_HEAT_LAST - ROLE_HEAT + 1)

static bool shapes_tell(const struct view *v) { return v->mono || v->glyphs == GLYPHS_ASCII; }

static void say(struct plot *p, const char *what)
{
    grid_text(p->g, p->area, (p->area.w - text_width(what)) / 2, p->area.h / 2, style_of(ROLE_DIM),
              what);
}

static int row_of(const struct plot *p, double v)
{
    int level = axis_level(&p->axis, v, p->area.h * 8);
    return p->area.h - 1 - (level > 0 ? level - 1 : 0) / 8;
}

/* A sign over what is there; what was a filled cell shines through as its background. */
static void put_over(struct plot *p, int x, int y, enum role role, uint32_t ch)
{
    struct cell *c = y < 0 || y >= p->area.h ? NULL : grid_at(p->g, p->area.x + x, p->area.y + y);
    if (c == NULL || x < 0 || x >= p->area.w)
        return;
    bool filled = c->style.role >= ROLE_HEAT && c->style.role <= ROLE_HEAT_LAST;
    uint8_t back = filled && !p->v->mono ? c->style.role : ROLE_TEXT;
    *c = (struct cell){ch, {(uint8_t)role, back, ATTR_BOLD}, 0};
}

/* ---- percentiles over time ----------------------------------------------------------- */

static bool many_records(const struct view *v)
{
    int64_t now = view_end(v);
    return history_latency(v->history, HISTORY_LATENCY, now - v->window_ns, now + 1).count > 1000;
}

static void draw_lines(struct plot *p)
{
    static const struct line lines[] = {
        {FIELD_CALL_P99, 0x254D, ROLE_LINE2, false, FIELD_COUNT},
        {FIELD_P50, 0x2022, ROLE_LOCAL, false, FIELD_COUNT},
        {FIELD_P99, 0x2501, ROLE_LINE, true, FIELD_COUNT},
    };
    static const struct line more[] = {
        {FIELD_P999, 0x2500, ROLE_BAD, false, FIELD_P99},
        {FIELD_P90, 0xB7, ROLE_DIM, false, FIELD_COUNT},
    };
    plot_threshold(p, FIELD_SLO);
    for (int i = 0; i < 2 && p->area.h >= 14; i++)
        if (i > 0 || many_records(p->v)) /* below that p99.9 is one record's luck */
            plot_line(p, &more[i]);
    for (int i = 0; i < 3; i++)
        plot_line(p, &lines[i]);
    plot_marks(p);
    if (!plot_extent(p->v, FIELD_P99).any)
        say(p, "n/a: nothing reached the sink");
}

/* ---- map of calls ---------------------------------------------------------------------- */

struct map {
    uint8_t row[HIST_BUCKETS]; /* of a bucket */
    uint32_t n[GRID_SIDE_MAX]; /* calls in each row of one column */
    uint32_t most;             /* in one cell of the map */
    struct hist hist;
};

static void map_rows(struct map *m, const struct plot *p)
{
    int last = -1;
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        if (last == 0) { /* above the top */
            m->row[i] = 0;
            continue;
        }
        last = row_of(p, (double)(hist_floor(i) + hist_floor(i + 1)) / 2);
        m->row[i] = (uint8_t)(last > 255 ? 255 : last);
    }
}

/* Calls of a column by row. false: there were none. */
static bool map_column(struct map *m, const struct plot *p, int x)
{
    column_hist(p->v, &p->slices, HISTORY_CALL, x, &m->hist);
    memset(m->n, 0, (size_t)p->area.h * sizeof *m->n);
    for (uint32_t i = m->hist.lo; i < m->hist.hi; i++)
        if (m->hist.bucket[i] > 0 && m->row[i] < p->area.h)
            m->n[m->row[i]] += m->hist.bucket[i];
    return m->hist.count > 0;
}

/* Step 0…STEPS−1 of a cell: each is about 1.6 times the one below, so that a single cold
 * start still shows beside thousands of quick calls. */
static int step_of(uint32_t n, uint32_t most)
{
    double x = n;
    int step = STEPS - 1;
    for (; step > 0 && x * 1.3 < most; step--)
        x *= 1.6;
    return step;
}

static void map_cell(struct plot *p, int x, int y, int step)
{
    static const char ramp[STEPS + 1] = ".:-=+*xX#@";
    static const uint32_t shade[STEPS] = {0x2591, 0x2591, 0x2591, 0x2592, 0x2592,
                                          0x2592, 0x2593, 0x2593, 0x2588, 0x2588};
    bool ascii = p->v->glyphs == GLYPHS_ASCII;
    struct style s = style_of((enum role)(ROLE_HEAT + step));
    uint32_t ch = ascii ? (uint32_t)(unsigned char)ramp[step] : shade[step];
    if (!ascii && !p->v->mono && p->v->looks.colours >= 256 && step > 0)
        s.back = (uint8_t)(ROLE_HEAT + step - 1);
    grid_put(p->g, p->area, x, y, s, ch);
}

static void draw_map(struct plot *p)
{
    static struct map m; /* large; the screen has one thread */
    bool any = false;
    m.most = 1;
    map_rows(&m, p);
    for (int x = 0; x < p->area.w; x++) {
        any = map_column(&m, p, x) || any;
        for (int y = 0; y < p->area.h; y++)
            m.most = m.n[y] > m.most ? m.n[y] : m.most;
    }
    for (int x = 0; any && x < p->area.w; x++) {
        if (!map_column(&m, p, x))
            continue;
        for (int y = 0; y < p->area.h; y++)
            if (m.n[y] > 0)
                map_cell(p, x, y, step_of(m.n[y], m.most));
        put_over(p, x, row_of(p, (double)hist_quantile(&m.hist, 500000)), ROLE_LOCAL, 0x2022);
        put_over(p, x, row_of(p, (double)hist_quantile(&m.hist, 990000)), ROLE_LINE, 0x2501);
    }
    plot_marks(p);
    if (!any)
        say(p, "n/a: no function was called");
}

/* ---- parts of the mean ----------------------------------------------------------------- */

static const struct {
    enum field field;
    const char *name, *brief;
    enum role role;
} parts[] = {
    {FIELD_PART_SERVICE, "service", "svc", ROLE_LOCAL},
    {FIELD_PART_CALL, "call", "call", ROLE_BURST},
    {FIELD_PART_FILL, "fill", "fill", ROLE_LINE2},
    {FIELD_PART_ORDER, "order", "ord", ROLE_LINE},
    {FIELD_PART_QUEUE, "queue", "que", ROLE_GOOD},
    {FIELD_PART_BACKLOG, "backlog", "back", ROLE_BAD},
};
#define PARTS (int)(sizeof parts / sizeof *parts)

/* Tops of the stacked parts of one column in eighths of a row. false: not measured. */
static bool stack(const struct plot *p, int x, int top[PARTS])
{
    int64_t from = p->slices.first_ns + x * p->slices.width_ns;
    double sum = 0;
    bool any = false;
    for (int i = 0; i < PARTS; i++) {
        struct extent e =
            history_span(p->v->history, parts[i].field, from, from + p->slices.width_ns);
        any = any || e.any;
        sum += e.any ? e.mean : 0;
        top[i] = axis_level(&p->axis, sum, p->area.h * 8);
    }
    return any && history_span(p->v->history, FIELD_MEAN, from, from + p->slices.width_ns).any;
}

/* The part that fills a height, PARTS above the stack. */
static int part_at(const int top[PARTS], int eighth)
{
    int i = 0;
    while (i < PARTS && top[i] <= eighth)
        i++;
    return i;
}

/* One cell can show two parts: the lower one as an eighth block, the other behind it. */
static void stack_cell(struct plot *p, int x, int y, const int top[PARTS])
{
    int base = (p->area.h - 1 - y) * 8;
    int low = part_at(top, base), high = part_at(top, base + 7);
    if (low == PARTS)
        return;
    int fill = top[low] - base < 8 ? top[low] - base : 8;
    if (shapes_tell(p->v)) {
        int mid = part_at(top, base + 4);
        if (mid < PARTS || low < PARTS)
            grid_put(p->g, p->area, x, y, style_of(parts[mid < PARTS ? mid : low].role),
                     (uint32_t)(unsigned char)parts[mid < PARTS ? mid : low].name[0]);
        return;
    }
    struct style s = style_of(parts[low].role);
    int next = part_at(top, base + fill);
    if (fill < 8 && next < PARTS && high < PARTS)
        s.back = (uint8_t)parts[next].role;
    else if (fill < 8 && next < PARTS && top[next] - base > fill) {
        fill = (top[PARTS - 1] - base) < 8 ? top[PARTS - 1] - base : 8; /* three in a cell */
        s = style_of(parts[top[next] - top[low] > top[low] - base ? next : low].role);
    }
    grid_put(p->g, p->area, x, y, s, 0x2580 + (uint32_t)(fill < 1 ? 1 : fill));
}

static void draw_parts(struct plot *p)
{
    bool any = false;
    for (int x = 0; x < p->area.w; x++) {
        int top[PARTS];
        if (!stack(p, x, top))
            continue;
        any = true;
        for (int y = 0; y < p->area.h; y++)
            stack_cell(p, x, y, top);
    }
    plot_marks(p);
    if (!any)
        say(p, "n/a: nothing reached the sink");
}

/* ---- percentiles against each other --------------------------------------------------- */

#define NINES 4 /* the curve ends at 99.99 % */

/* Share above the percentile of a column, in ppm: falls tenfold with every nine. */
static int64_t ppm_above(int x, int width)
{
    double v = 1e6, step = (double)NINES / (width > 1 ? width - 1 : 1) * x;
    for (; step >= 1; step -= 1)
        v /= 10;
    for (int i = (int)(step * 64 + 0.5); i > 0; i--)
        v *= 0.96466161991120; /* the 64th root of a tenth */
    return (int64_t)(v + 0.5);
}

static void draw_percentiles(struct plot *p, const struct hist *h, enum role role, uint32_t ch)
{
    int last = -1;
    for (int x = 0; x < p->area.w; x++) {
        int64_t above = ppm_above(x, p->area.w);
        if (h->count == 0 || (double)h->count * (double)above < 1e6)
            return; /* no record lies beyond it */
        int y = row_of(p, (double)hist_quantile(h, 1000000 - above));
        for (int j = y + 1; j < last; j++)
            put_over(p, x, j, role, 0x2502);
        put_over(p, x, y, role, ch);
        last = y;
    }
}

static void draw_curve(struct plot *p)
{
    static struct hist h; /* large; the screen has one thread */
    static const char *const names[NINES + 1] = {"p0", "p90", "p99", "p99.9", "p99.99"};
    struct rect whole = p->area;
    int64_t now = view_end(p->v);
    if (p->area.h > 3)
        p->area.h -= 1;
    draw_percentiles(p, &p->v->reading->latency_hist, ROLE_DIM, 0xB7);
    history_hist(p->v->history, HISTORY_CALL, now - p->v->window_ns, now + 1, &h);
    draw_percentiles(p, &h, ROLE_LINE2, 0x254D);
    history_hist(p->v->history, HISTORY_LATENCY, now - p->v->window_ns, now + 1, &h);
    draw_percentiles(p, &h, ROLE_LINE, 0x2501);
    if (h.count == 0)
        say(p, "n/a: nothing reached the sink");
    for (int i = 0; p->area.h < whole.h && i <= NINES; i++) {
        int x = (whole.w - 1) * i / NINES - (i == NINES ? text_width(names[i]) - 1 : 0);
        grid_text(p->g, whole, x, whole.h - 1, style_of(ROLE_DIM), names[i]);
    }
}

/* ---- the panel ----------------------------------------------------------------------------- */

/* What the mean of the last second was made of; with the parts' colours where they are on
 * the screen. */
/* One part in few letters; its figure in ms. */
static int part_brief(int i, double ns, char *dst, size_t size)
{
    return snprintf(dst, size, "%s %.0f ", parts[i].brief, ns / 1e6);
}

/* Which parts `room` columns can name, each with `extra` more: where not all, the smallest
 * go first. False: some were left out that are more than nothing. */
static bool parts_that_fit(const double *value, int room, int extra, bool keep[PARTS])
{
    char text[48];
    int width = 2; /* "ms" behind them */
    bool all = true;
    for (int i = 0; i < PARTS; i++) {
        keep[i] = true;
        width += part_brief(i, value[i], text, sizeof text) + extra;
    }
    while (width > room) {
        int least = -1;
        for (int i = 0; i < PARTS; i++)
            if (keep[i] && (least < 0 || value[i] < value[least]))
                least = i;
        if (least < 0)
            break;
        width -= part_brief(least, value[least], text, sizeof text) + extra;
        keep[least] = false;
        if (value[least] >= 0.5e6 && all) {
            all = false;
            width += 2; /* "… " */
        }
    }
    return all;
}

/* What the mean of the last second was made of; with the parts' colours where they are on
 * the screen. */
static void draw_split(struct grid *g, struct rect row, const struct view *v)
{
    const struct sp_parts *q = &v->reading->parts;
    const double value[PARTS] = {q->service, q->call, q->fill, q->order, q->queue, q->backlog};
    bool keyed = v->looks.latency == LATENCY_PARTS, wide = row.w >= 92;
    bool block = keyed && !shapes_tell(v), keep[PARTS];
    if (v->reading->latency.count == 0) {
        grid_text(g, row, 0, 0, style_of(ROLE_DIM), "mean parts n/a");
        return;
    }
    int dx = wide ? grid_text(g, row, 0, 0, style_of(ROLE_DIM), "mean: ") : 0;
    bool all = parts_that_fit(value, row.w, block, keep) || wide;
    for (int i = PARTS - 1; i >= 0; i--) {
        char text[48];
        if (!keep[i] && !wide)
            continue;
        if (wide)
            snprintf(text, sizeof text, "%s %s", parts[i].name, fmt_latency((int64_t)value[i]).s);
        else
            part_brief(i, value[i], text, sizeof text);
        if (block)
            dx = grid_text(g, row, dx, 0, style_of(parts[i].role), "█");
        dx = grid_text(g, row, dx, 0, keyed ? style_of(ROLE_TEXT) : style_of(ROLE_DIM), text);
        if (wide && i > 0)
            dx = grid_text(g, row, dx, 0, style_of(ROLE_DIM), " + ");
    }
    if (!wide)
        grid_text(g, row, dx, 0, keyed ? style_of(ROLE_TEXT) : style_of(ROLE_DIM),
                  all ? "ms" : "… ms");
}

void draw_latency(struct grid *g, struct rect in, const struct view *v)
{
    static void (*const draw[LATENCY_VIEWS])(struct plot *) = {
        [LATENCY_LINES] = draw_lines,
        [LATENCY_HEAT] = draw_map,
        [LATENCY_PARTS] = draw_parts,
        [LATENCY_CURVE] = draw_curve,
    };
    enum latency_view form = v->looks.latency;
    bool split = in.h >= 8 && (form == LATENCY_LINES || form == LATENCY_PARTS);
    struct rect graph = {in.x, in.y, in.w, in.h - (split ? 1 : 0)};
    int rows = form == LATENCY_CURVE && graph.h > 3 ? graph.h - 1 : graph.h;
    struct plot p;
    plot_begin(&p, g, (struct rect){graph.x, graph.y, graph.w, rows}, v,
               graph_axis(v, PANEL_LATENCY, rows), label_latency);
    p.area.h = graph.h;
    draw[form](&p);
    if (split)
        draw_split(g, rect_row(in, in.h - 1), v);
}

void note_latency(const struct view *v, int width, char *dst, size_t size)
{
    static const char *const notes[LATENCY_VIEWS][2] = {
        [LATENCY_LINES] = {"p99━ p50• call p99╍", "p99━ p50•"},
        [LATENCY_HEAT] = {"calls ░▒▓█ p99━ p50•", "calls ░▒▓█"},
        [LATENCY_PARTS] = {"mean, split into parts", "parts"},
        [LATENCY_CURVE] = {"window━ run· calls╍", "percentiles"},
    };
    const char *note = notes[v->looks.latency][width < 42];
    if (v->looks.latency == LATENCY_LINES && v->full == PANEL_LATENCY && width >= 80)
        note = "p99.9─ p99━ p90· p50• call p99╍   SLO┄";
    if (v->looks.latency == LATENCY_HEAT && v->glyphs == GLYPHS_ASCII)
        note = width < 48 ? "calls .:-=+*xX#@" : "calls .:-=+*xX#@ p99━ p50•";
    const char *more = v->looks.fixed[PANEL_LATENCY].on ? " held" : "";
    snprintf(dst, size, "%s%s", note, more);
}
