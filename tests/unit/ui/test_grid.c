/* The cell grid: whatever is drawn, and wherever, stays inside. */
#include "ui/glyphs.h"
#include "ui/grid.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

static const struct style plain = {ROLE_TEXT, ROLE_TEXT, 0};

static char *text_of(const struct grid *g)
{
    static char text[20000];
    grid_dump(g, text, sizeof text);
    return text;
}

static struct grid grid_of(int w, int h)
{
    struct grid g;
    grid_init(&g);
    cr_assert(grid_resize(&g, w, h));
    return g;
}

Test(grid, text_is_cut_at_the_edges_of_its_area)
{
    struct grid g = grid_of(10, 3);
    struct rect area = {2, 1, 4, 1};
    cr_assert_eq(grid_text(&g, area, 0, 0, plain, "abcdefgh"), 8, "tells the whole width");
    grid_text(&g, area, -2, 0, plain, "XYZ");
    grid_text(&g, area, 0, 1, plain, "below");
    grid_text(&g, area, 0, -1, plain, "above");
    cr_assert_str_eq(text_of(&g), "\n  Zbcd\n\n");
    grid_fini(&g);
}

Test(grid, nothing_is_drawn_outside_the_grid)
{
    struct grid g = grid_of(4, 2);
    struct rect huge = {-3, -1, INT_MAX, INT_MAX};
    grid_text(&g, huge, 0, 0, plain, "not seen: a row above the grid");
    grid_text(&g, huge, 0, 1, plain, "abcdefghij");
    grid_fill(&g, (struct rect){INT_MAX - 1, INT_MAX - 1, INT_MAX, INT_MAX}, plain, 'x');
    grid_put(&g, (struct rect){0, 0, 4, 2}, INT_MAX, INT_MAX, plain, 'x');
    grid_put(&g, (struct rect){INT_MIN, 0, INT_MAX, 2}, 3, 0, plain, 'x');
    cr_assert_str_eq(text_of(&g), "defg\n\n");
    grid_fini(&g);
}

Test(grid, sums_stop_at_the_ends_of_int)
{
    cr_assert_eq(sat_add(INT_MAX, 1), INT_MAX);
    cr_assert_eq(sat_sub(INT_MIN, 1), INT_MIN);
    cr_assert_eq(sat_add(-3, 5), 2);
    struct rect r =
        rect_common((struct rect){INT_MAX - 2, 0, INT_MAX, 5}, (struct rect){0, 0, INT_MAX, 3});
    cr_assert_eq(r.w, 2);
    cr_assert_eq(r.h, 3);
    cr_assert(rect_empty(rect_common((struct rect){0, 0, 2, 2}, (struct rect){2, 0, 2, 2})));
    cr_assert(rect_empty(rect_inside((struct rect){0, 0, 2, 9}, 1)));
    cr_assert(rect_empty(rect_row((struct rect){0, 0, 5, 2}, 2)));
}

Test(grid, utf8_is_one_cell_per_character)
{
    struct grid g = grid_of(12, 1);
    int end = grid_text(&g, (struct rect){0, 0, 12, 1}, 0, 0, plain, "é▲⣿x");
    cr_assert_eq(end, 4);
    cr_assert_str_eq(text_of(&g), "é▲⣿x\n");
    grid_fini(&g);
}

Test(grid, broken_and_strange_bytes_take_a_cell_each_or_none)
{
    struct grid g = grid_of(40, 1);
    struct rect all = {0, 0, 40, 1};
    /* cut sequence, lone continuation, over-long form, surrogate, beyond Unicode, escape,
     * delete, C1 control, a wide character, a combining accent, a direction mark */
    int end = grid_text(&g, all, 0, 0, plain,
                        "a\xE2\x96|\x80|\xC0\xAF|\xED\xA0\x80|\xF5\x80|\x1B[|\x7F|\xC2\x9B|漢|"
                        "e\xCC\x81|\xE2\x80\xAE.");
    cr_assert_str_eq(text_of(&g), "a??|?|??|???|??|?[|?|?|?|e|.\n");
    cr_assert_eq(end, text_width("a??|?|??|???|??|?[|?|?|?|e|."));
    grid_fini(&g);
}

Test(grid, a_frame_needs_two_by_two)
{
    struct grid g = grid_of(12, 3);
    grid_box(&g, (struct rect){0, 0, 1, 3}, plain, "t", plain, "n");
    grid_box(&g, (struct rect){0, 0, 12, 1}, plain, "t", plain, "n");
    cr_assert_str_eq(text_of(&g), "\n\n\n");
    grid_box(&g, (struct rect){0, 0, 12, 3}, plain, "abc", plain, "no");
    cr_assert_str_eq(text_of(&g), "┌abc ───no ┐\n│          │\n└──────────┘\n");
    grid_fini(&g);
}

Test(grid, a_note_gives_way_to_a_long_title)
{
    struct grid g = grid_of(12, 2);
    grid_box(&g, (struct rect){0, 0, 12, 2}, plain, "a long title", plain, "note");
    cr_assert_null(strstr(text_of(&g), "note"));
    grid_fini(&g);
}

Test(grid, resizing_blanks_and_cuts_sizes)
{
    struct grid g = grid_of(5, 2);
    grid_fill(&g, (struct rect){0, 0, 5, 2}, plain, 'x');
    cr_assert(grid_resize(&g, 3, 1));
    cr_assert_str_eq(text_of(&g), "\n");
    cr_assert(grid_resize(&g, -7, 4));
    cr_assert_eq(g.width, 0);
    cr_assert(grid_resize(&g, 1 << 20, 1));
    cr_assert_eq(g.width, GRID_SIDE_MAX);
    grid_fini(&g);
}

Test(grid, roles_can_be_read_as_letters)
{
    struct grid g = grid_of(4, 1);
    struct style bad = {ROLE_BAD, ROLE_TEXT, ATTR_REVERSE};
    grid_text(&g, (struct rect){0, 0, 4, 1}, 0, 0, plain, "a");
    grid_text(&g, (struct rect){0, 0, 4, 1}, 1, 0, bad, "b");
    char text[40], expected[] = "..\n";
    expected[1] = (char)('A' + ROLE_BAD);
    grid_dump_roles(&g, text, sizeof text);
    cr_assert_str_eq(text, expected);
    grid_fini(&g);
}

Test(glyphs, every_character_has_an_ascii_stand_in)
{
    struct grid g = grid_of(60, 1);
    grid_text(&g, (struct rect){0, 0, 60, 1}, 0, 0, plain, "┌─┐│┊┄━▁▄█▒▲▼●◆✖✓✗→ΣƒΔé⣿⠂");
    glyphs_fold(&g);
    for (const char *p = text_of(&g); *p != 0; p++)
        cr_assert((unsigned char)*p < 0x80);
    cr_assert_str_eq(text_of(&g), "+-+|:-=.o#%^v**xvX>Sf??#.\n");
    grid_fini(&g);
}
