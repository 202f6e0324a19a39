/* Axes and time slices. */
#include "ui/plot.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static bool is_125(double v)
{
    while (v >= 10 - 1e-9)
        v /= 10;
    while (v < 1 - 1e-9)
        v *= 10;
    return (v > 0.999 && v < 1.001) || (v > 1.999 && v < 2.001) || (v > 4.999 && v < 5.001);
}

Test(plot, ticks_are_multiples_of_1_2_or_5)
{
    for (double top = 0; top < 3e12; top = top * 1.07 + 0.01)
        for (int rows = 1; rows <= 60; rows += 3) {
            struct axis a = axis_linear(top, rows);
            cr_assert(a.max >= top, "%g in %d rows", top, rows);
            cr_assert(a.ticks >= 2 && a.ticks <= AXIS_TICKS);
            double step = a.tick[1] - a.tick[0];
            cr_assert(is_125(step), "step %g for %g", step, top);
            cr_assert(a.max < top + 2 * step + 1.01, "%g is far above %g", a.max, top);
        }
}

Test(plot, a_logarithmic_axis_holds_its_values)
{
    for (double low = 1; low < 1e12; low *= 3.7)
        for (double wide = 1; wide < 1e5; wide *= 2.9) {
            struct axis a = axis_log(low, low * wide, 8);
            cr_assert(a.min <= low && a.max >= low * wide, "%g…%g gives %g…%g", low, low * wide,
                      a.min, a.max);
            cr_assert(a.max >= a.min * 9.99, "at least a decade");
            cr_assert(a.ticks >= 1);
            for (int i = 0; i < a.ticks; i++)
                cr_assert(is_125(a.tick[i]));
        }
}

Test(plot, heights_run_from_bottom_to_top)
{
    struct axis a = axis_linear(100, 8);
    cr_assert_eq(axis_level(&a, 0, 64), 0);
    cr_assert_eq(axis_level(&a, 50, 64), 32);
    cr_assert_eq(axis_level(&a, 100, 64), 64);
    cr_assert_eq(axis_level(&a, 1e300, 64), 64);
    cr_assert_eq(axis_level(&a, -5, 64), 0);
    cr_assert_eq(axis_level(&a, __builtin_nan(""), 64), 0);
    struct axis l = axis_log(10, 1000, 8);
    cr_assert_eq(axis_level(&l, 100, 64), 32);
    cr_assert_eq(axis_level(&l, 0, 64), 0);
}

Test(plot, columns_keep_their_slices_while_time_goes_on)
{
    struct sp_reading *r = calloc(1, sizeof *r);
    struct view v = {.reading = r, .window_ns = 60 * NS_PER_S};
    r->now_ns = 100 * NS_PER_S;
    struct slices a = slices_of(&v, 36);
    r->now_ns += 300 * NS_PER_MS;
    struct slices b = slices_of(&v, 36);
    cr_assert_eq((b.first_ns - a.first_ns) % a.width_ns, 0, "moved by whole columns");
    cr_assert_eq(slices_column(&b, r->now_ns), 35, "now is the last column");
    cr_assert_eq(slices_column(&b, b.first_ns - 1), -1);
    cr_assert_eq(slices_column(&b, r->now_ns + 60 * NS_PER_S), -1);
    free(r);
}

/* How many cells of the rate graph are drawn as burst, with `share` of the load sent away. */
static int burst_cells(double share, bool mono)
{
    struct sp_reading *r = calloc(1, sizeof *r);
    struct history *h = calloc(1, sizeof *h);
    struct grid g;
    cr_assert(r != NULL && h != NULL && history_open(h));
    grid_init(&g);
    cr_assert(grid_resize(&g, 40, 9));
    knobs_init(&r->knobs);
    for (int i = 1; i <= 600; i++) { /* a minute of a load that goes up and down */
        r->number = (uint64_t)i;
        r->now_ns = i * (NS_PER_S / 10);
        r->in_rate = r->out_rate = r->offered_rate = 560 + i % 80 * 3.3;
        r->burst_rate = r->in_rate * share;
        history_push(h, r);
    }
    struct view v = {.reading = r,
                     .history = h,
                     .window_ns = 60 * NS_PER_S,
                     .glyphs = GLYPHS_BRAILLE,
                     .mono = mono};
    draw_rate(&g, (struct rect){0, 0, 40, 9}, &v);
    int burst = 0;
    for (int i = 0; i < g.width * g.height; i++)
        burst += g.cell[i].style.role == ROLE_BURST || g.cell[i].ch == 0x2592;
    history_close(h);
    grid_fini(&g);
    free(h);
    free(r);
    return burst;
}

Test(plot, only_what_bursts_looks_like_it)
{
    cr_assert_eq(burst_cells(0, false), 0, "nothing goes to functions, in colours");
    cr_assert_eq(burst_cells(0, true), 0, "and in shapes");
    cr_assert_gt(burst_cells(0.5, false), 40);
    cr_assert_gt(burst_cells(0.5, true), 40);
}
