/* Graphs: an axis with 1-2-5 ticks, filled areas, lines, thresholds and marks over a
 * window of the history. One column is one slice of time; slices are aligned to
 * multiples of their width, so a graph scrolls by whole columns and never shimmers. */
#ifndef UI_PLOT_H
#define UI_PLOT_H

#include "ui/view.h"

#define PLOT_LABEL 6                       /* columns of the labels and the axis */
#define PLOT_STICKY_NS INT64_C(5000000000) /* a scale shrinks only so long after its peak left */

/* The slices of time under `columns` columns that end at the reading shown. */
struct slices {
    int64_t width_ns;
    int64_t first_ns; /* start of the first column */
    int columns;
};
struct slices slices_of(const struct view *v, int columns);
/* Column of an instant, or -1. */
int slices_column(const struct slices *s, int64_t at_ns);

#define AXIS_TICKS 12

struct axis {
    bool log;
    double min, max;
    int ticks;
    double tick[AXIS_TICKS];
};

/* From 0 to a 1-2-5 multiple at or above top. */
struct axis axis_linear(double top, int rows);
/* From and to 1-2-5 values around [low, top], at least a decade. */
struct axis axis_log(double low, double top, int rows);
/* Height of v on an axis of `levels` steps, 0..levels. */
int axis_level(const struct axis *a, double v, int levels);

struct plot {
    struct grid *g;
    struct rect area; /* the graph without its labels */
    const struct view *v;
    struct slices slices;
    struct axis axis;
};

/* Smallest and largest value of a field over the window and the sticky time before. */
struct extent plot_extent(const struct view *v, enum field field);
/* Draws labels and axis in `in`; the rest is p->area. Where `in` is too narrow for
 * labels they are left out. */
void plot_begin(struct plot *p, struct grid *g, struct rect in, const struct view *v,
                struct axis axis, struct txt (*label)(double));
/* Filled up to `total`; its upper part, `part`, in another colour (part = FIELD_COUNT:
 * none). */
void plot_area(struct plot *p, enum field total, enum field part, enum role role,
               enum role part_role);
/* One glyph per column, at the column's last value. */
struct line {
    enum field field;
    uint32_t glyph;
    enum role role;
    bool envelope;         /* a thin stroke from the column's smallest to its largest value */
    enum field apart_from; /* left out where it is as good as this one; FIELD_COUNT: never */
};
void plot_line(struct plot *p, const struct line *l);
/* A knob's value over time. */
void plot_threshold(struct plot *p, enum field field);
/* A dotted column where something was done; in empty cells only. */
void plot_marks(struct plot *p);

/* One row of eighth blocks for a field, as high as the largest value in the window (at
 * least `floor`). */
void plot_spark(struct grid *g, struct rect r, const struct view *v, enum field field, double floor,
                enum role role);

#endif
