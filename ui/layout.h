/* Where things stand: a pure function from the size of the screen to rectangles.
 *
 * Any size is good. Larger screens show more; below each breakpoint something is
 * left out (figures come first, graphs become sparklines), and nothing ever
 * overlaps or reaches over the edge. */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include "ui/grid.h"

/* Panels first (their digit is index + 1), then single lines. */
enum area {
    PANEL_PIPELINE,
    PANEL_RATE,
    PANEL_BUSY,
    PANEL_BACKLOG,
    PANEL_LATENCY,
    PANEL_KNOBS,
    PANEL_CALLS,
    PANEL_EVENTS,
    PANEL_LEDGER,
    PANEL_COUNT,
    AREA_TITLE = PANEL_COUNT,
    AREA_KPI,
    AREA_LEDGER,
    AREA_RULER_LEFT, /* under a column of graphs, of the same width */
    AREA_RULER_RIGHT,
    AREA_NOTE, /* beside the ruler: what the digits open */
    AREA_HINT,
    AREA_KEYS,
    /* lines of the small screens */
    AREA_SPARK_IN,
    AREA_SPARK_BUSY,
    AREA_SPARK_BP,
    AREA_SPARK_CALL,
    AREA_SPARK_P99,
    AREA_SMALL_LEDGER,
    AREA_SMALL_KNOBS,
    AREA_SMALL_EVENT,
    AREA_BIG, /* the main figures in big digits, where asked for */
    AREA_COUNT,
    AREA_NONE = -1
};

struct layout {
    int width, height;
    struct rect area[AREA_COUNT]; /* empty: not on this screen */
};

/* The dashboard at width x height. */
void layout_solve(int width, int height, struct layout *out);
/* One panel over the whole screen, with the lines that never go. */
void layout_full(int width, int height, enum area panel, struct layout *out);
/* Rows that big digits take on a screen of this size; 0: too small for them. */
int layout_big_rows(int width, int height);
/* Moves all but the title down by so many rows and gives them to AREA_BIG. */
void layout_big(struct layout *l, int rows);

#endif
