/* The layout: every size is good. */
#include "ui/layout.h"

#include <criterion/criterion.h>

static void check(const struct layout *l, const char *what)
{
    for (int a = 0; a < AREA_COUNT; a++) {
        struct rect r = l->area[a];
        if (rect_empty(r)) {
            cr_assert(r.w == 0 && r.h == 0, "%s %dx%d area %d", what, l->width, l->height, a);
            continue;
        }
        cr_assert(r.x >= 0 && r.y >= 0 && r.x + r.w <= l->width && r.y + r.h <= l->height,
                  "%s %dx%d: area %d reaches over the edge", what, l->width, l->height, a);
        for (int b = a + 1; b < AREA_COUNT; b++)
            cr_assert(rect_empty(rect_common(r, l->area[b])), "%s %dx%d: areas %d and %d overlap",
                      what, l->width, l->height, a, b);
    }
}

Test(layout, nothing_overlaps_or_leaves_the_screen_at_any_size)
{
    struct layout l;
    for (int h = 1; h <= 120; h++)
        for (int w = 1; w <= 300; w++) {
            layout_solve(w, h, &l);
            check(&l, "dashboard");
        }
}

Test(layout, one_panel_fills_the_screen_at_any_size)
{
    struct layout l;
    for (int p = 0; p < PANEL_COUNT; p++)
        for (int h = 1; h <= 120; h++)
            for (int w = 1; w <= 300; w += 7) {
                layout_full(w, h, (enum area)p, &l);
                check(&l, "full");
                cr_assert(!rect_empty(l.area[p]), "panel %d is missing at %dx%d", p, w, h);
            }
}

Test(layout, figures_are_never_refused)
{
    struct layout l;
    for (int h = 1; h <= 120; h++)
        for (int w = 1; w <= 300; w++) {
            layout_solve(w, h, &l);
            cr_assert(!rect_empty(l.area[AREA_KPI]) || !rect_empty(l.area[AREA_SPARK_IN]),
                      "no figures at %dx%d", w, h);
            if (h >= 4)
                cr_assert(!rect_empty(l.area[AREA_LEDGER]) ||
                              !rect_empty(l.area[AREA_SMALL_LEDGER]),
                          "no ledger at %dx%d", w, h);
        }
    layout_solve(0, 0, &l);
    check(&l, "nothing");
    layout_solve(-5, 3, &l);
    check(&l, "negative");
}

Test(layout, a_larger_screen_never_loses_the_graph_of_rates)
{
    struct layout l;
    for (int h = 16; h <= 120; h++)
        for (int w = 60; w <= 300; w++) {
            layout_solve(w, h, &l);
            cr_assert(l.area[PANEL_RATE].w >= 20 && l.area[PANEL_RATE].h >= 5, "%dx%d", w, h);
            cr_assert(l.area[PANEL_KNOBS].w >= 20 && l.area[PANEL_KNOBS].h >= 4, "%dx%d", w, h);
        }
}

static void is(const struct layout *l, enum area a, int x, int y, int w, int h)
{
    struct rect r = l->area[a];
    cr_assert(r.x == x && r.y == y && r.w == w && r.h == h, "area %d is %d,%d %dx%d", a, r.x, r.y,
              r.w, r.h);
}

Test(layout, at_120x36_all_panels_stand_where_they_belong)
{
    struct layout l;
    layout_solve(120, 36, &l);
    is(&l, AREA_TITLE, 0, 0, 120, 1);
    is(&l, AREA_KPI, 0, 1, 120, 1);
    is(&l, AREA_LEDGER, 0, 2, 120, 1);
    is(&l, PANEL_PIPELINE, 0, 3, 120, 4);
    is(&l, PANEL_RATE, 0, 7, 44, 10);
    is(&l, PANEL_BUSY, 44, 7, 44, 10);
    is(&l, PANEL_KNOBS, 88, 7, 32, 13);
    is(&l, PANEL_BACKLOG, 0, 17, 44, 10);
    is(&l, PANEL_LATENCY, 44, 17, 44, 10);
    is(&l, PANEL_CALLS, 88, 20, 32, 7);
    is(&l, AREA_RULER_LEFT, 0, 27, 44, 2);
    is(&l, AREA_RULER_RIGHT, 44, 27, 44, 2);
    is(&l, PANEL_EVENTS, 0, 29, 120, 5);
    is(&l, AREA_HINT, 0, 34, 120, 1);
    is(&l, AREA_KEYS, 0, 35, 120, 1);
}

Test(layout, at_80x24_four_panels_and_the_events_remain)
{
    struct layout l;
    layout_solve(80, 24, &l);
    is(&l, PANEL_RATE, 0, 3, 40, 7);
    is(&l, PANEL_BUSY, 40, 3, 40, 7);
    is(&l, PANEL_BACKLOG, 0, 10, 40, 7);
    is(&l, PANEL_KNOBS, 40, 10, 40, 7);
    is(&l, AREA_RULER_LEFT, 0, 17, 40, 1);
    is(&l, PANEL_EVENTS, 0, 18, 80, 4);
    is(&l, PANEL_LATENCY, 0, 0, 0, 0);
}

Test(layout, at_40x10_each_line_is_one_figure)
{
    struct layout l;
    layout_solve(40, 10, &l);
    static const enum area order[] = {
        AREA_TITLE,     AREA_SPARK_IN,     AREA_SPARK_BUSY,  AREA_SPARK_BP,    AREA_SPARK_CALL,
        AREA_SPARK_P99, AREA_SMALL_LEDGER, AREA_SMALL_KNOBS, AREA_SMALL_EVENT, AREA_KEYS};
    for (int y = 0; y < 10; y++)
        is(&l, order[y], 0, y, 40, 1);
}
