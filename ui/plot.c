/* Graphs in character cells. Heights are computed in eighths of a cell (blocks) or in
 * quarters (braille), and only here. */
#include "ui/plot.h"

#define DOTTED 0x250A    /* ┊ */
#define THRESHOLD 0x2504 /* ┄ */
#define FULL 0x2588      /* █ */
#define SHADE 0x2592     /* ▒ */
#define LIGHT 0x2591     /* ░ */
#define RANGE 0x2502     /* │ */
#define BRAILLE 0x2800

/* ---- time ------------------------------------------------------------------------- */

static int64_t floor_to(int64_t v, int64_t step)
{
    int64_t q = v / step;
    return (v % step < 0 ? q - 1 : q) * step;
}

struct slices slices_of(const struct view *v, int columns)
{
    int n = columns < 1 ? 1 : columns;
    struct slices s = {(v->window_ns + n - 1) / n, 0, n};
    if (s.width_ns < 2)
        s.width_ns = 2;
    s.width_ns += s.width_ns % 2; /* two halves of equal width for braille */
    s.first_ns = floor_to(view_end(v), s.width_ns) - (n - 1) * s.width_ns;
    return s;
}

int slices_column(const struct slices *s, int64_t at_ns)
{
    if (at_ns < s->first_ns)
        return -1;
    int64_t column = (at_ns - s->first_ns) / s->width_ns;
    return column < s->columns ? (int)column : -1;
}

struct extent plot_extent(const struct view *v, enum field field)
{
    int64_t now = view_end(v);
    return history_bounds(v->history, field, now - v->window_ns - PLOT_STICKY_NS, now + 1);
}

/* ---- axes ------------------------------------------------------------------------- */

/* 1, 2, 5, 10, 20 … times `base`: the i-th step. */
static double step_125(double base, int i)
{
    static const double m[] = {1, 2, 5};
    double v = base * m[i % 3];
    for (int k = i / 3; k > 0; k--)
        v *= 10;
    return v;
}

struct axis axis_linear(double top, int rows)
{
    struct axis a = {false, 0, 1, 0, {0}};
    int most = rows / 2 < 1 ? 1 : rows / 2 > 5 ? 5 : rows / 2;
    double max = top > 1e-3 ? top : 1, base = 1e-3;
    int i = 0;
    while (i < 80 && step_125(base, i) * most < max)
        i++;
    double step = step_125(base, i);
    int n = 1;
    while (n < most && step * n < max)
        n++;
    a.max = step * n;
    for (int k = 0; k <= n; k++)
        a.tick[a.ticks++] = step * k;
    return a;
}

/* Logarithm to base 10 of v > 0: halve to [0.7, 1.4], then the series of artanh. */
static double log_10(double v)
{
    double twos = 0;
    for (; v > 1.4; v /= 2)
        twos += 1;
    for (; v < 0.7; v *= 2)
        twos -= 1;
    double z = (v - 1) / (v + 1), zz = z * z;
    double e = 2 * z * (1 + zz * (1.0 / 3 + zz * (1.0 / 5 + zz * (1.0 / 7 + zz / 9))));
    return (e + twos * 0.69314718055994531) / 2.30258509299404568;
}

static bool tick_fits(const struct axis *a, double v, int rows)
{
    int row = axis_level(a, v, rows * 8 - 1) / 8;
    for (int i = 0; i < a->ticks; i++) {
        int other = axis_level(a, a->tick[i], rows * 8 - 1) / 8;
        if (row - other < 2 && other - row < 2)
            return false;
    }
    return a->ticks < AXIS_TICKS;
}

struct axis axis_log(double low, double top, int rows)
{
    struct axis a = {true, 1, 10, 0, {0}};
    double l = low >= 1 ? low : 1, t = top > l ? top : l;
    int i = 0, j;
    while (i < 48 && step_125(1, i + 1) <= l)
        i++;
    for (j = i + 3; j < 54 && step_125(1, j) < t;)
        j++;
    a.min = step_125(1, i);
    a.max = step_125(1, j);
    static const int order[] = {0, 1, 2}; /* decades first, then 2s, then 5s */
    for (int pass = 0; pass < 3; pass++)
        for (int k = i; k <= j; k++)
            if (k % 3 == order[pass] && tick_fits(&a, step_125(1, k), rows))
                a.tick[a.ticks++] = step_125(1, k);
    return a;
}

int axis_level(const struct axis *a, double v, int levels)
{
    double share;
    if (a->log)
        share = v <= a->min ? 0 : log_10(v / a->min) / log_10(a->max / a->min);
    else
        share = (v - a->min) / (a->max - a->min);
    if (!(share > 0))
        return 0;
    return share >= 1 ? levels : (int)(share * levels + 0.5);
}

/* ---- drawing ---------------------------------------------------------------------- */

/* Row of a value in the area: 0 is the top one. */
static int row_of(const struct plot *p, double v)
{
    int rows = p->area.h, level = axis_level(&p->axis, v, rows * 8);
    int up = (level > 0 ? level - 1 : 0) / 8;
    return rows - 1 - up;
}

void plot_begin(struct plot *p, struct grid *g, struct rect in, const struct view *v,
                struct axis axis, struct txt (*label)(double))
{
    int left = in.w >= PLOT_LABEL + 4 ? PLOT_LABEL : 0;
    struct rect area = {sat_add(in.x, left), in.y, in.w - left, in.h};
    *p = (struct plot){g, area, v, slices_of(v, area.w), axis};
    if (left == 0 || rect_empty(in))
        return;
    int above = in.h;
    for (int i = 0; i < axis.ticks; i++) {
        int row = row_of(p, axis.tick[i]);
        if (row == above)
            continue;
        above = row;
        grid_text_right(g, in, PLOT_LABEL - 1, row, style_of(ROLE_DIM), label(axis.tick[i]).s);
        grid_put(g, in, PLOT_LABEL - 1, row, style_of(ROLE_FRAME), 0x2524);
    }
}

static struct extent column_extent(const struct plot *p, enum field field, int column)
{
    int64_t from = p->slices.first_ns + column * p->slices.width_ns;
    return history_span(p->v->history, field, from, from + p->slices.width_ns);
}

static uint32_t eighths(int n) { return n <= 0 ? ' ' : n >= 8 ? FULL : 0x2580 + (uint32_t)n; }

/* Where colours are missing or glyphs are coarse, the two parts differ in shape too. */
static bool shapes_tell(const struct view *v) { return v->mono || v->glyphs == GLYPHS_ASCII; }

/* One cell of an area in blocks: `fill` and `local` in eighths of this cell. */
static void area_cell(struct plot *p, int x, int y, int fill, int local, enum role role,
                      enum role part_role)
{
    struct style s = style_of(role);
    uint32_t ch = eighths(fill);
    if (fill > local && shapes_tell(p->v)) {
        ch = fill - local > local || fill < 8 ? SHADE : FULL;
    } else if (fill > local && local > 0 && fill == 8) {
        s.back = (uint8_t)part_role; /* exact: both colours in one cell */
        ch = eighths(local);
    } else if (fill > local && (fill - local) * 2 >= fill) {
        s.role = (uint8_t)part_role;
    }
    if (ch != ' ')
        grid_put(p->g, p->area, x, y, s, ch);
}

static void area_blocks(struct plot *p, int x, int top, int least, int local, enum role role,
                        enum role part_role)
{
    for (int y = p->area.h - 1, base = 0; y >= 0 && base < top; y--, base += 8) {
        int fill = top - base < 8 ? top - base : 8;
        int own = local - base < 0 ? 0 : local - base < 8 ? local - base : 8;
        area_cell(p, x, y, fill, own < fill ? own : fill, role, part_role);
        if (base >= least && fill == 8)
            grid_put(p->g, p->area, x, y, style_of(own >= 4 ? role : part_role), LIGHT);
    }
}

/* Dots of one half of a braille cell, filled from below to n of 4. */
static uint32_t dots(int n, bool right)
{
    static const uint32_t l[] = {0, 0x40, 0x44, 0x46, 0x47};
    static const uint32_t r[] = {0, 0x80, 0xA0, 0xB0, 0xB8};
    int i = n < 0 ? 0 : n > 4 ? 4 : n;
    return right ? r[i] : l[i];
}

#define SPARSE 0x95u /* every other dot */

/* Above `least`, the smallest value of the column, the area is sparse: what comes and goes
 * within a column does not look like what stays. */
static void area_braille(struct plot *p, int x, const int top[2], int least, int local,
                         enum role role, enum role part_role)
{
    for (int y = p->area.h - 1, base = 0; y >= 0; y--, base += 4) {
        uint32_t bits = dots(top[0] - base, false) | dots(top[1] - base, true);
        if (bits == 0)
            return;
        if (base >= least)
            bits &= SPARSE;
        int fill = (top[0] > top[1] ? top[0] : top[1]) - base, own = local - base;
        fill = fill < 4 ? fill : 4;
        own = own < 0 ? 0 : own;
        /* at least half of what stands in this cell lies above the local part */
        bool burst = fill > own && (fill - own) * 2 >= fill;
        uint32_t ch = burst && shapes_tell(p->v) && part_role != role ? SHADE : BRAILLE + bits;
        grid_put(p->g, p->area, x, y, style_of(burst ? part_role : role), ch);
    }
}

/* Height of the lower part of a column whose whole is `total`. */
static double lower_part(struct extent total, struct extent part)
{
    double l = total.max - (part.any ? part.max : 0);
    return l > 0 ? l : 0;
}

void plot_area(struct plot *p, enum field total, enum field part, enum role role,
               enum role part_role)
{
    bool braille = p->v->glyphs == GLYPHS_BRAILLE;
    int levels = p->area.h * (braille ? 4 : 8);
    int64_t half = p->slices.width_ns / 2;
    for (int x = 0; x < p->area.w; x++) {
        struct extent t = column_extent(p, total, x);
        if (!t.any)
            continue;
        struct extent b = {false, 0, 0, 0, 0};
        if (part != FIELD_COUNT)
            b = column_extent(p, part, x);
        int local = part == FIELD_COUNT ? levels : axis_level(&p->axis, lower_part(t, b), levels);
        int64_t from = p->slices.first_ns + x * p->slices.width_ns;
        struct extent l = history_span(p->v->history, total, from, from + half);
        struct extent r = history_span(p->v->history, total, from + half, from + 2 * half);
        int top[2] = {l.any ? axis_level(&p->axis, l.max, levels) : 0,
                      r.any ? axis_level(&p->axis, r.max, levels) : 0};
        int high = axis_level(&p->axis, t.max, levels);
        int least = (axis_level(&p->axis, t.min, levels) + levels / p->area.h - 1);
        if (braille)
            area_braille(p, x, top, least, local, role, part == FIELD_COUNT ? role : part_role);
        else
            area_blocks(p, x, high, least, local < high ? local : high, role, part_role);
    }
}

static bool is_area(uint32_t ch)
{
    return (ch >= 0x2581 && ch <= FULL) || ch == SHADE || ch == LIGHT ||
           (ch > BRAILLE && ch <= BRAILLE + 0xFF);
}

/* Puts a line's glyph over what is there; a well-filled cell becomes its background. */
static void over(struct plot *p, int x, int y, enum role role, uint32_t ch, bool bold)
{
    if (x < 0 || y < 0 || x >= p->area.w || y >= p->area.h)
        return;
    struct cell *c = grid_at(p->g, p->area.x + x, p->area.y + y);
    if (c == NULL)
        return;
    bool filled = (c->ch >= 0x2584 && c->ch <= FULL) ||
                  (c->ch > BRAILLE && is_area(c->ch) && __builtin_popcount(c->ch - BRAILLE) >= 4 &&
                   c->ch <= BRAILLE + 0xFF);
    uint8_t back = filled && !p->v->mono ? c->style.role : ROLE_TEXT;
    *c = (struct cell){ch, {(uint8_t)role, back, bold ? ATTR_BOLD : 0}, 0};
}

/* True if the line says no more than the area's own edge. */
static bool on_the_edge(const struct plot *p, const struct line *l, int x, double v)
{
    if (l->apart_from == FIELD_COUNT)
        return false;
    struct extent e = column_extent(p, l->apart_from, x);
    return e.any && v < e.last * 1.04 && v > e.last * 0.96;
}

void plot_line(struct plot *p, const struct line *l)
{
    for (int x = 0; x < p->area.w; x++) {
        struct extent e = column_extent(p, l->field, x);
        if (!e.any || !(e.max > 0) || on_the_edge(p, l, x, e.last))
            continue;
        int top = row_of(p, e.max), bottom = row_of(p, e.min), last = row_of(p, e.last);
        for (int y = top; l->envelope && y <= bottom; y++)
            if (y != last)
                over(p, x, y, l->role, RANGE, false);
        over(p, x, last, l->role, l->glyph, true);
    }
}

void plot_threshold(struct plot *p, enum field field)
{
    for (int x = 0; x < p->area.w; x++) {
        struct extent e = column_extent(p, field, x);
        if (e.any && e.last <= p->axis.max)
            over(p, x, row_of(p, e.last), ROLE_THRESHOLD, THRESHOLD, false);
    }
}

/* The cross-hair: a line in the empty cells, the others reversed. */
static void cross(struct plot *p)
{
    int x = p->v->cross ? slices_column(&p->slices, p->v->cross_ns) : -1;
    for (int y = 0; x >= 0 && y < p->area.h; y++) {
        struct cell *c = grid_at(p->g, p->area.x + x, p->area.y + y);
        if (c == NULL)
            continue;
        if (c->ch == ' ' || c->ch == DOTTED)
            grid_put(p->g, p->area, x, y, style_bold(ROLE_KEY), RANGE);
        else
            c->style.attr |= ATTR_REVERSE;
    }
}

void plot_marks(struct plot *p)
{
    int controllers = 0;
    for (int i = 0; i < p->v->history->marker_count; i++) {
        const struct marker *m = history_marker(p->v->history, i);
        controllers += !m->person && slices_column(&p->slices, m->at_ns) >= 0;
    }
    for (int i = 0; i < p->v->history->marker_count; i++) {
        const struct marker *m = history_marker(p->v->history, i);
        int x = slices_column(&p->slices, m->at_ns);
        if (x < 0 || m->at_ns > view_end(p->v) || (!m->person && controllers > 8))
            continue;
        for (int y = 0; y < p->area.h; y++) {
            struct cell *c = grid_at(p->g, p->area.x + x, p->area.y + y);
            if (c != NULL && c->ch == ' ')
                grid_put(p->g, p->area, x, y, style_of(ROLE_MARK), DOTTED);
        }
    }
    cross(p);
}

void plot_spark(struct grid *g, struct rect r, const struct view *v, enum field field, double floor,
                enum role role)
{
    if (rect_empty(r))
        return;
    struct slices s = slices_of(v, r.w);
    struct extent all = plot_extent(v, field);
    double top = all.any && all.max > floor ? all.max : floor;
    for (int x = 0; x < r.w; x++) {
        int64_t from = s.first_ns + x * s.width_ns;
        struct extent e = history_span(v->history, field, from, from + s.width_ns);
        if (!e.any)
            continue;
        int level = (int)(e.max / top * 8 + 0.5);
        grid_put(g, r, x, 0, style_of(role), eighths(level < 1 ? 1 : level));
    }
}
