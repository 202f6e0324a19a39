/* The layout solver. Rows are dealt out from a budget: what is dear to lose gets
 * its rows first, and a part that finds no room gets an empty rectangle. */
#include "ui/layout.h"

#include <string.h>

#define KNOBS_WIDTH 32
#define CALLS_ROWS 7

static int at_most(int a, int b) { return a < b ? a : b; }

static int at_least(int a, int b) { return a > b ? a : b; }

/* Gives the next rows of the screen to an area. */
static struct rect take(struct layout *l, int *y, enum area a, int rows)
{
    struct rect r = {0, *y, l->width, at_most(rows, l->height - *y)};
    if (rect_empty(r))
        r = (struct rect){0, 0, 0, 0};
    else
        *y += r.h;
    l->area[a] = r;
    return r;
}

/* ---- small screens: one figure a line ------------------------------------------ */

/* Lines in the order they stand, and how dear each is (1 = last to go). */
static const struct {
    enum area area;
    int rank;
} lines[] = {
    {AREA_TITLE, 5},        {AREA_SPARK_IN, 1},  {AREA_SPARK_BUSY, 3},   {AREA_SPARK_BP, 6},
    {AREA_SPARK_CALL, 8},   {AREA_SPARK_P99, 2}, {AREA_SMALL_LEDGER, 4}, {AREA_SMALL_KNOBS, 7},
    {AREA_SMALL_EVENT, 10}, {AREA_KEYS, 9},
};
#define LINES_COUNT (int)(sizeof lines / sizeof *lines)

static void solve_small(struct layout *l)
{
    int y = 0, spare = l->height - LINES_COUNT;
    int graph = spare >= 6 && l->width >= 20 ? at_most(spare, 12) : 0;
    int knobs = at_most(spare - graph, 8), events = at_most(spare - graph - knobs, 12);
    for (int i = 0; i < LINES_COUNT; i++) {
        if (lines[i].rank > l->height)
            continue;
        enum area a = lines[i].area;
        if (a == AREA_SMALL_KNOBS && graph > 0)
            take(l, &y, PANEL_RATE, graph);
        if (a == AREA_SMALL_KNOBS && knobs >= 4 && l->width >= 20)
            take(l, &y, PANEL_KNOBS, knobs + 1);
        else if (a == AREA_SMALL_EVENT && events >= 3 && l->width >= 20)
            take(l, &y, PANEL_EVENTS, events + 1);
        else
            take(l, &y, a, 1);
    }
}

/* ---- dashboards ------------------------------------------------------------------- */

/* Rows of the parts that stand above and below the graphs. */
struct budget {
    int pipeline, ruler, events, graphs;
};

static struct budget budget_of(int width, int height)
{
    bool tall = height >= 32;
    struct budget b = {0, height >= 18 ? 1 : 0, 1, 0};
    if (tall && width >= 100) {
        b.pipeline = 4;
        if (height >= 45 && width >= 160) /* with its table */
            b.pipeline = 12 + at_most((height - 45) / 2, 20);
        b.ruler = 2;
        b.events = 5 + at_most(at_least(height - 36, 0) / 4, 12);
    } else if (height >= 22) {
        b.events = 4 + at_most(at_least(height - 26, 0) / 4, 12);
    } else if (height < 17) {
        b.events = 0;
    }
    b.graphs = height - 5 - b.pipeline - b.ruler - b.events;
    return b;
}

static void place(struct layout *l, enum area a, int x, int y, int w, int h)
{
    l->area[a] = (struct rect){x, y, w, h};
}

/* Graphs and knobs in the given rows. Returns the width of the first columns. */
static void place_graphs(struct layout *l, int y, int rows, int *left, int *right)
{
    bool three = l->width >= 110, two_rows = rows >= 12;
    int knobs =
        three ? at_most(KNOBS_WIDTH + (l->width - 120) / 5 * (l->width > 120), 44) : l->width / 2;
    int upper = two_rows ? (rows + 1) / 2 : rows, lower = rows - upper;
    int rest = three ? l->width - knobs : l->width;
    *left = three || two_rows ? (rest + 1) / 2 : l->width - knobs;
    *right = rest - *left;
    place(l, PANEL_RATE, 0, y, *left, upper);
    if (three || two_rows)
        place(l, PANEL_BUSY, *left, y, *right, upper);
    if (two_rows) {
        place(l, PANEL_BACKLOG, 0, y + upper, *left, lower);
        if (three)
            place(l, PANEL_LATENCY, *left, y + upper, *right, lower);
    }
    int calls = three && rows >= 18 ? CALLS_ROWS : 0;
    if (three) {
        place(l, PANEL_KNOBS, rest, y, knobs, rows - calls);
        if (calls > 0)
            place(l, PANEL_CALLS, rest, y + rows - calls, knobs, calls);
    } else if (two_rows) {
        place(l, PANEL_KNOBS, *left, y + upper, *right, lower);
    } else {
        place(l, PANEL_KNOBS, *left, y, l->width - *left, upper);
        *right = 0;
    }
}

static void place_ruler(struct layout *l, int y, int rows, int left, int right)
{
    bool three = l->width >= 110;
    place(l, AREA_RULER_LEFT, 0, y, left, rows);
    if (three && right > 0)
        place(l, AREA_RULER_RIGHT, left, y, right, rows);
    int note = three ? left + right : left;
    if (l->width - note > 0)
        place(l, AREA_NOTE, note, y, l->width - note, rows);
}

static void solve_dashboard(struct layout *l)
{
    struct budget b = budget_of(l->width, l->height);
    int y = 0, left, right;
    take(l, &y, AREA_TITLE, 1);
    take(l, &y, AREA_KPI, 1);
    take(l, &y, AREA_LEDGER, 1);
    if (b.pipeline > 0)
        take(l, &y, PANEL_PIPELINE, b.pipeline);
    place_graphs(l, y, b.graphs, &left, &right);
    y += b.graphs;
    if (b.ruler > 0)
        place_ruler(l, y, b.ruler, left, right);
    y += b.ruler;
    if (b.events >= 3)
        take(l, &y, PANEL_EVENTS, b.events);
    else if (b.events > 0)
        take(l, &y, AREA_SMALL_EVENT, b.events);
    take(l, &y, AREA_HINT, 1);
    take(l, &y, AREA_KEYS, 1);
}

static void reset(struct layout *l, int width, int height)
{
    memset(l, 0, sizeof *l);
    l->width = at_most(at_least(width, 0), GRID_SIDE_MAX);
    l->height = at_most(at_least(height, 0), GRID_SIDE_MAX);
}

void layout_solve(int width, int height, struct layout *out)
{
    assert(out != NULL);
    reset(out, width, height);
    if (out->width < 1 || out->height < 1)
        return;
    if (out->width >= 60 && out->height >= 16)
        solve_dashboard(out);
    else
        solve_small(out);
}

void layout_full(int width, int height, enum area panel, struct layout *out)
{
    assert(out != NULL && panel >= 0 && panel < PANEL_COUNT);
    reset(out, width, height);
    if (out->width < 1 || out->height < 1)
        return;
    bool graph = (panel >= PANEL_RATE && panel <= PANEL_LATENCY) ||
                 (panel == PANEL_CALLS && out->height >= 26); /* environments over time */
    int h = out->height, y = 0;
    int above = h >= 10 ? 3 : h >= 6 ? 1 : 0, below = h >= 8 ? 2 : h >= 5 ? 1 : 0;
    int ruler = graph && h >= 10 ? (h >= 20 ? 2 : 1) : 0;
    if (above >= 1)
        take(out, &y, AREA_TITLE, 1);
    if (above >= 3) {
        take(out, &y, AREA_KPI, 1);
        take(out, &y, AREA_LEDGER, 1);
    }
    take(out, &y, panel, h - above - below - ruler);
    if (ruler > 0)
        take(out, &y, AREA_RULER_LEFT, ruler);
    if (below >= 2)
        take(out, &y, AREA_HINT, 1);
    if (below >= 1)
        take(out, &y, AREA_KEYS, 1);
}

int layout_big_rows(int width, int height) { return width >= 24 && height >= 9 ? 4 : 0; }

void layout_big(struct layout *l, int rows)
{
    if (rows <= 0)
        return;
    int top = rect_empty(l->area[AREA_TITLE]) ? 0 : 1;
    for (int i = 0; i < AREA_COUNT; i++)
        if (!rect_empty(l->area[i]) && l->area[i].y >= top)
            l->area[i].y += rows;
    l->height += rows;
    l->area[AREA_BIG] = (struct rect){0, top, l->width, rows};
}
