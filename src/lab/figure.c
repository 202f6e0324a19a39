#include "lab/figure.h"

#include "lab/pivot.h"

#include <stdio.h>
#include <string.h>

/* A figure being written. */
struct drawing {
    const struct figure *f;
    struct pivot pivot;
    struct text dat, gp;
    int metric; /* of a box: the first of its family */
    bool numeric;
    int64_t number[PIVOT_LABELS]; /* of x, in 1/1000 */
    int blocks;                   /* of the data file */
};

/* ---- the data file ----------------------------------------------------------------------------- */

static void put_milli(struct text *t, int64_t v)
{
    text_put(t, "%s%lld.%03lld", v < 0 ? "-" : "", (long long)((v < 0 ? -v : v) / 1000),
             (long long)((v < 0 ? -v : v) % 1000));
}

/* x of a label: its number, or its place. */
static void put_x(struct drawing *d, int i)
{
    put_milli(&d->dat, d->numeric ? d->number[i] : (int64_t)i * 1000);
}

static void put_value(struct drawing *d, int metric, int64_t v, bool there)
{
    char number[40] = "?";
    const struct figure *f = d->f;
    if (there && !(f->log_y && v <= 0))
        (void)metric_write(metric_at(metric), v, number, sizeof number);
    text_put(&d->dat, " %s", number);
}

/* Blocks are apart by two empty lines; a label stands in quotes. */
static void begin_block(struct drawing *d, const char *what)
{
    text_put(&d->dat, "%s# %s\n", d->blocks ? "\n\n" : "", what);
    d->blocks++;
}

/* x, median, quartiles, label */
static void put_lines(struct drawing *d)
{
    for (int s = 0; s < d->pivot.count; s++) {
        begin_block(d, d->pivot.series[s]);
        for (int x = 0; x < d->pivot.xs; x++) {
            struct pivot_cell c = pivot_cell(&d->pivot, x, s, d->metric);
            put_x(d, x);
            put_value(d, d->metric, c.median, c.n > 0);
            put_value(d, d->metric, c.low, c.n > 0);
            put_value(d, d->metric, c.high, c.n > 0);
            text_put(&d->dat, " \"%s\"\n", d->pivot.x[x]);
        }
    }
}

/* place, first quartile, least, 95th percentile, third quartile, median: each the median
 * over the runs. */
static void put_boxes(struct drawing *d)
{
    static const int order[] = {FAMILY_P25, FAMILY_MIN, FAMILY_P95, FAMILY_P75, FAMILY_P50};
    for (int s = 0; s < d->pivot.count; s++) {
        begin_block(d, d->pivot.series[s]);
        for (int x = 0; x < d->pivot.xs; x++) {
            put_milli(&d->dat, (int64_t)x * 1000);
            for (int i = 0; i < 5; i++) {
                struct pivot_cell c = pivot_cell(&d->pivot, x, s, d->metric + order[i]);
                put_value(d, d->metric + order[i], c.median, c.n > 0);
            }
            text_put(&d->dat, " \"%s\"\n", d->pivot.x[x]);
        }
    }
}

/* x, y, median */
static void put_heat(struct drawing *d)
{
    begin_block(d, d->f->y);
    for (int s = 0; s < d->pivot.count; s++)
        for (int x = 0; x < d->pivot.xs; x++) {
            struct pivot_cell c = pivot_cell(&d->pivot, x, s, d->metric);
            text_put(&d->dat, "%d %d", x, s);
            put_value(d, d->metric, c.median, c.n > 0);
            text_add(&d->dat, "\n");
        }
}

static int place_of(const struct drawing *d, const char *label)
{
    for (int i = 0; i < d->pivot.xs; i++)
        if (strcmp(d->pivot.x[i], label) == 0)
            return i;
    return -1;
}

/* x, y of what was published. A label that was not run has a place only on a scale. */
static void put_published(struct drawing *d)
{
    for (int k = 0; k < d->f->published_count; k++) {
        const struct published *p = &d->f->published[k];
        begin_block(d, p->label);
        for (int i = 0; i < p->count; i++) {
            int x = place_of(d, p->x[i]);
            int64_t at = (int64_t)x * 1000;
            bool scaled = d->numeric && d->f->kind != FIGURE_BOX;
            if (scaled ? !pivot_number(p->x[i], &at) : x < 0)
                continue;
            put_milli(&d->dat, at);
            text_put(&d->dat, " %lld.%06lld \"%s\"\n", (long long)(p->y_micro[i] / 1000000),
                     (long long)(p->y_micro[i] % 1000000), p->x[i]);
        }
    }
}

/* ---- the script ---------------------------------------------------------------------------------- */

#define STYLES 8
/* Dark enough to be read in grey, apart for most eyes; shapes filled and open. */
static const struct {
    const char *colour;
    int filled, open, dash, pattern;
} style[STYLES] = {
    {"#000000", 7, 6, 1, 0},   {"#b04000", 5, 4, 2, 4},   {"#1060a0", 9, 8, 4, 5},
    {"#107040", 11, 10, 5, 1}, {"#803090", 13, 12, 3, 6}, {"#7a6a00", 15, 14, 6, 7},
    {"#606060", 3, 1, 7, 2},   {"#a02050", 2, 2, 8, 3},
};

/* A string of gnuplot's: single quotes, doubled inside. */
static void put_quoted(struct text *t, const char *s)
{
    text_add(t, "'");
    for (; *s; s++)
        text_bytes(t, *s == '\'' ? "''" : s, *s == '\'' ? 2 : 1);
    text_add(t, "'");
}

/* The label of a tic is a format: percent signs are doubled. */
static void put_tic(struct text *t, const char *s)
{
    char label[2 * EXPERIMENT_WORD];
    size_t n = 0;
    for (; *s && n + 2 < sizeof label; s++) {
        label[n++] = *s;
        if (*s == '%')
            label[n++] = '%';
    }
    label[n] = '\0';
    put_quoted(t, label);
}

static void put_set(struct text *t, const char *what, const char *value)
{
    text_put(t, "set %s ", what);
    put_quoted(t, value);
    text_add(t, "\n");
}

/* Where a number lies on the axis, in steps of it (hist_index goes up with the logarithm). */
static int64_t tic_place(const struct drawing *d, int64_t number)
{
    return d->f->log_x ? (int64_t)hist_index(number) : number;
}

/* Are label i and the last one shown too near to be read? */
static bool crowded(const struct drawing *d, int i, int last, int count)
{
    int64_t low = tic_place(d, d->number[0]), high = low;
    for (int k = 1; k < count; k++) {
        int64_t at = tic_place(d, d->number[k]);
        low = at < low ? at : low;
        high = at > high ? at : high;
    }
    int64_t gap = tic_place(d, d->number[i]) - tic_place(d, d->number[last]);
    int64_t wide = (int64_t)strlen(d->pivot.x[i]) + 1; /* sixty letters fit under the axis */
    return (gap < 0 ? -gap : gap) * 60 < (high - low) * wide;
}

static void put_tics(struct drawing *d, const char *axis, const char *const *label, int count,
                     bool numeric)
{
    int last = -1;
    size_t letters = 0;
    for (int i = 0; i < count; i++)
        letters += strlen(label[i]) + 1;
    bool rotated = !numeric && letters > 70 && axis[0] == 'x';
    text_put(&d->gp, "set %stics%s (", axis, rotated ? " rotate by -35" : "");
    for (int i = 0; i < count; i++) {
        bool shown = !numeric || last < 0 || !crowded(d, i, last, count);
        text_add(&d->gp, i ? ", " : "");
        put_tic(&d->gp, shown ? label[i] : "");
        text_add(&d->gp, " ");
        put_milli(&d->gp, numeric ? d->number[i] : (int64_t)i * 1000);
        last = shown ? i : last;
    }
    text_add(&d->gp, ")\n");
}

/* From a little before the least x to a little behind the largest. */
static void put_range(struct drawing *d)
{
    int64_t low = d->number[0], high = low, at;
    for (int i = 1; i < d->pivot.xs; i++) {
        low = d->number[i] < low ? d->number[i] : low;
        high = d->number[i] > high ? d->number[i] : high;
    }
    for (int k = 0; k < d->f->published_count; k++)
        for (int i = 0; i < d->f->published[k].count; i++)
            if (pivot_number(d->f->published[k].x[i], &at)) {
                low = at < low ? at : low;
                high = at > high ? at : high;
            }
    int64_t gap = (high - low) / 25 + 1;
    bool by_factor = d->f->log_x && low > 0;
    if (by_factor)
        text_add(&d->gp, "set logscale x\n");
    text_add(&d->gp, "set xrange [");
    put_milli(&d->gp, by_factor ? low - low / 10 : low - gap);
    text_add(&d->gp, ":");
    put_milli(&d->gp, by_factor ? high + high / 10 : high + gap);
    text_add(&d->gp, "]\n");
}

static void put_axes(struct drawing *d)
{
    const struct figure *f = d->f;
    bool scaled = d->numeric && f->kind == FIGURE_LINES;
    put_set(&d->gp, "title", f->title);
    put_set(&d->gp, "xlabel", f->x_label);
    put_set(&d->gp, "ylabel", f->y_label);
    put_tics(d, "x", d->pivot.x, d->pivot.xs, scaled);
    if (scaled)
        put_range(d);
    else
        text_put(&d->gp, "set xrange [-0.6:%d.6]\n", d->pivot.xs - 1);
    if (f->kind == FIGURE_HEAT)
        return;
    text_add(&d->gp, f->log_y ? "set logscale y\n" : "set yrange [0:*]\n");
    text_add(&d->gp, "set format y '%.10g'\n");
}

static const char *series_title(const struct drawing *d, int s)
{
    return d->pivot.series[s][0] ? d->pivot.series[s] : "measured";
}

/* Style of a published series: that of the measured one it stands beside. */
static int style_of(const struct drawing *d, const struct published *p)
{
    for (int s = 0; s < d->pivot.count; s++)
        if (strcmp(d->pivot.series[s], p->series) == 0)
            return s % STYLES;
    return STYLES - 2;
}

static void next_plot(struct drawing *d, bool *first)
{
    text_put(&d->gp, "%s '%s.dat'", *first ? "plot" : ", \\\n    ", d->f->name);
    *first = false;
}

static void plot_lines(struct drawing *d, bool *first)
{
    for (int s = 0; s < d->pivot.count; s++) {
        int k = s % STYLES;
        next_plot(d, first);
        text_put(&d->gp,
                 " index %d using 1:2:3:4 with yerrorlines lw 1.6 pt %d ps 1.1 dt %d lc rgb "
                 "'%s' title ",
                 s, style[k].filled, style[k].dash, style[k].colour);
        put_quoted(&d->gp, series_title(d, s));
    }
}

/* Boxes and bars of one place stand side by side. */
static void put_beside(struct drawing *d, int s)
{
    int n = d->pivot.count;
    text_put(&d->gp, "($1+%d/%d.0*0.8)", 2 * s - n + 1, 2 * n);
}

static void plot_boxes(struct drawing *d, bool *first)
{
    text_put(&d->gp,
             "set boxwidth %d/100.0 absolute\nset style fill pattern border lc rgb '#000000'\n",
             64 / d->pivot.count);
    for (int s = 0; s < d->pivot.count; s++) {
        int k = s % STYLES;
        next_plot(d, first);
        text_put(&d->gp, " index %d using ", s);
        put_beside(d, s);
        text_put(&d->gp,
                 ":2:3:4:5 with candlesticks whiskerbars fs pattern %d lc rgb '%s' lw 1.2 "
                 "title ",
                 style[k].pattern, style[k].colour);
        put_quoted(&d->gp, series_title(d, s));
        next_plot(d, first);
        text_put(&d->gp, " index %d using ", s);
        put_beside(d, s);
        text_put(&d->gp, ":6:6:6:6 with candlesticks lt -1 lw 2.5 lc rgb '#000000' notitle");
    }
}

static void plot_bars(struct drawing *d, bool *first)
{
    text_put(&d->gp, "set boxwidth %d/100.0 absolute\n", 76 / d->pivot.count);
    for (int s = 0; s < d->pivot.count; s++) {
        int k = s % STYLES;
        next_plot(d, first);
        text_put(&d->gp, " index %d using ", s);
        put_beside(d, s);
        text_put(&d->gp, ":2 with boxes fs pattern %d border -1 lc rgb '%s' title ",
                 style[k].pattern, style[k].colour);
        put_quoted(&d->gp, series_title(d, s));
        next_plot(d, first);
        text_put(&d->gp, " index %d using ", s);
        put_beside(d, s);
        text_add(&d->gp, ":3:(0):($4-$3) with vectors nohead lw 2 lc rgb '#000000' notitle");
    }
}

static void plot_heat(struct drawing *d, bool *first)
{
    put_tics(d, "y", d->pivot.series, d->pivot.count, false);
    text_put(&d->gp, "set yrange [-0.6:%d.6]\nset palette gray negative\nunset key\n",
             d->pivot.count - 1);
    put_set(&d->gp, "cblabel", d->f->y_label);
    put_set(&d->gp, "ylabel", d->f->series);
    if (d->f->log_y)
        text_add(&d->gp, "set logscale cb\n");
    text_add(&d->gp, "set style textbox opaque noborder fillcolor rgb '#ffffff'\n");
    text_add(&d->gp, "set cbtics format '%.6g'\n");
    next_plot(d, first);
    text_add(&d->gp, " index 0 using 1:2:3 with image");
    next_plot(d, first);
    text_add(&d->gp, " index 0 using 1:2:(sprintf($3<1000 ? '%.4g' : '%.0f', $3)) with labels "
                     "boxed font ',10' tc rgb '#000000'");
}

static void plot_published(struct drawing *d, bool *first)
{
    for (int i = 0; i < d->f->published_count; i++) {
        const struct published *p = &d->f->published[i];
        int k = style_of(d, p);
        next_plot(d, first);
        if (d->f->kind == FIGURE_LINES)
            text_put(&d->gp, " index %d using 1:2 with linespoints lw 0.8 pt %d ps 1.5 dt 3",
                     d->pivot.count + i, style[k].open);
        else
            text_put(&d->gp, " index %d using 1:2 with points lw 1.6 pt %d ps 1.4",
                     d->pivot.count + i, style[k].open);
        text_put(&d->gp, " lc rgb '%s' title ", style[k].colour);
        put_quoted(&d->gp, p->label);
    }
}

static void put_script(struct drawing *d)
{
    static void (*const plot[FIGURE_KINDS])(struct drawing *, bool *) = {
        [FIGURE_LINES] = plot_lines,
        [FIGURE_BOX] = plot_boxes,
        [FIGURE_BARS] = plot_bars,
        [FIGURE_HEAT] = plot_heat,
    };
    bool first = true;
    text_put(&d->gp,
             "# %s: made by spillway experiment; run gnuplot on it in this folder.\n"
             "reset session\nset encoding utf8\n"
             "set terminal svg size 960,600 noenhanced font 'Sans,14' background rgb "
             "'white'\nset output '%s.svg'\n",
             d->f->name, d->f->name);
    text_add(&d->gp, "set datafile missing '?'\nset grid ytics lc rgb '#b0b0b0' lw 0.8\n"
                     "set border 3 lw 1\nset tics nomirror\nset bars 0.6\n"
                     "set key outside right top vertical Left reverse samplen 3.5\n");
    if (d->f->series[0] && d->f->kind != FIGURE_HEAT)
        put_set(&d->gp, "key title", d->f->series);
    put_axes(d);
    plot[d->f->kind](d, &first);
    plot_published(d, &first);
    text_put(&d->gp,
             "\nset terminal pngcairo size 1280,800 noenhanced font 'Sans,15'\n"
             "set output '%s.png'\nreplot\nset output\n",
             d->f->name);
}

int figure_write(const struct results *r, const struct figure *f, struct err *e)
{
    struct drawing d = {.f = f};
    char name[EXPERIMENT_WORD + 8];
    d.metric = f->kind == FIGURE_BOX ? metric_find_family(f->y) : metric_find(f->y);
    if (!pivot_open(r, &f->where, f->x, f->series, &d.pivot)) {
        *e = (struct err){ERR_MEMORY, "not enough memory for a figure"};
        return ERR_MEMORY;
    }
    d.numeric = f->kind == FIGURE_LINES && pivot_numbers(&d.pivot, d.number);
    if (f->kind == FIGURE_BOX)
        put_boxes(&d);
    else if (f->kind == FIGURE_HEAT)
        put_heat(&d);
    else
        put_lines(&d);
    put_published(&d);
    put_script(&d);
    (void)snprintf(name, sizeof name, "%s.dat", f->name);
    int status = results_file(r->dir, name, &d.dat, e);
    (void)snprintf(name, sizeof name, "%s.gp", f->name);
    if (status == 0)
        status = results_file(r->dir, name, &d.gp, e);
    text_free(&d.dat);
    text_free(&d.gp);
    pivot_close(&d.pivot);
    return status;
}
