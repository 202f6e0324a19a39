/* Themes: every ink can be read on its ground, and every kind of eye tells them apart. */
#include "ui/palette.h"

#include <criterion/criterion.h>
#include <math.h>

static double light(int colour)
{
    static const double weight[3] = {0.2126, 0.7152, 0.0722};
    uint32_t rgb = colour_rgb(colour);
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double c = (rgb >> (16 - 8 * i) & 255) / 255.0;
        sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

/* WCAG 2: from 1:1 to 21:1. */
static double contrast(int a, int b)
{
    double x = light(a) + 0.05, y = light(b) + 0.05;
    return x > y ? x / y : y / x;
}

static struct ink ink_of(int theme, enum role role, enum role back, uint32_t ch)
{
    struct cell c = {ch, {(uint8_t)role, (uint8_t)back, 0}, 0};
    return theme_ink(theme_get(theme), 256, &c);
}

Test(palette, the_measure_of_contrast_is_right)
{
    cr_assert_float_eq(contrast(16, 231), 21.0, 0.01);
    cr_assert_float_eq(contrast(231, 231), 1.0, 0.01);
    cr_assert_float_eq(contrast(240, 231), 7.11, 0.05);
}

Test(palette, projector_inks_have_seven_to_one_on_every_ground)
{
    for (enum role r = 0; r < ROLE_HEAT; r++) {
        struct ink k = ink_of(THEME_PROJECTOR, r, ROLE_TEXT, 'x');
        cr_assert_geq(contrast(k.fore, k.back), 7.0, "%s: %.2f", role_names[r],
                      contrast(k.fore, k.back));
        cr_assert(k.attr & ATTR_BOLD, "bold");
    }
    for (enum role back = ROLE_LOCAL; back < ROLE_COUNT; back++) {
        struct ink k = ink_of(THEME_PROJECTOR, ROLE_LINE, back, 0x2022);
        cr_assert_geq(contrast(k.fore, k.back), 7.0, "sign on ground %d: %.2f", (int)back,
                      contrast(k.fore, k.back));
    }
}

Test(palette, dark_and_light_words_can_be_read)
{
    for (int t = THEME_DARK; t <= THEME_LIGHT; t++)
        for (enum role r = 0; r < ROLE_HEAT; r++) {
            struct ink k = ink_of(t, r, ROLE_TEXT, 'x');
            int fore = k.fore >= 0 ? k.fore : 252, back = k.back >= 0 ? k.back : 233;
            double least = r == ROLE_FRAME ? 3.0 : 4.5;
            cr_assert_geq(contrast(fore, back), least, "%s %s: %.2f", theme_names[t], role_names[r],
                          contrast(fore, back));
        }
}

/* What a person without red cones or without green ones sees (Viénot's simplification, in
 * linear light), as two figures: lightness along the yellow-blue line. */
static void dichromat(int colour, double out[2])
{
    uint32_t rgb = colour_rgb(colour);
    double c[3];
    for (int i = 0; i < 3; i++)
        c[i] = pow((rgb >> (16 - 8 * i) & 255) / 255.0, 2.2);
    out[0] = pow(0.3 * c[0] + 0.7 * c[1], 1 / 2.2);
    out[1] = pow(c[2], 1 / 2.2);
}

Test(palette, the_colours_that_carry_meaning_differ_for_the_colour_blind)
{
    static const enum role apart[][2] = {{ROLE_LOCAL, ROLE_BURST}, {ROLE_GOOD, ROLE_BAD}};
    for (int t = THEME_DARK; t <= THEME_PROJECTOR; t++)
        for (int i = 0; i < 2; i++) {
            double a[2], b[2];
            dichromat(theme_get(t)->colour[apart[i][0]], a);
            dichromat(theme_get(t)->colour[apart[i][1]], b);
            double d = hypot(a[0] - b[0], a[1] - b[1]);
            cr_assert_gt(d, 0.1, "%s: %s and %s differ by %.2f", theme_names[t],
                         role_names[apart[i][0]], role_names[apart[i][1]], d);
        }
}

Test(palette, heat_goes_by_lightness_alone)
{
    for (int t = THEME_DARK; t <= THEME_PROJECTOR; t++)
        for (int i = ROLE_HEAT; i < ROLE_HEAT_LAST; i++) {
            double step = light(theme_get(t)->colour[i + 1]) - light(theme_get(t)->colour[i]);
            cr_assert(theme_get(t)->on_light ? step < 0 : step > 0, "%s step %d", theme_names[t],
                      i - ROLE_HEAT);
        }
}

Test(palette, painted_cells_keep_both_their_colours)
{
    struct ink k = ink_of(THEME_DARK, ROLE_LOCAL, ROLE_BURST, 0x2584);
    cr_assert_eq(k.fore, theme_get(THEME_DARK)->colour[ROLE_LOCAL]);
    cr_assert_eq(k.back, theme_get(THEME_DARK)->colour[ROLE_BURST]);
}

Test(palette, few_colours_stay_in_their_range)
{
    for (int t = 0; t < THEME_COUNT; t++)
        for (enum role r = 0; r < ROLE_COUNT; r++)
            for (int colours = 8; colours <= 16; colours += 8) {
                struct cell c = {'x', {(uint8_t)r, ROLE_TEXT, 0}, 0};
                struct ink k = theme_ink(theme_get(t), colours, &c);
                cr_assert(k.fore < colours && k.back < colours && k.fore >= -1 && k.back >= -1);
            }
    struct cell c = {'x', {ROLE_BAD, ROLE_TEXT, 0}, 0};
    struct ink k = theme_ink(theme_get(THEME_DARK), 0, &c);
    cr_assert(k.fore == INK_OWN && k.back == INK_OWN && (k.attr & ATTR_BOLD), "bold says it");
}

Test(palette, a_colour_is_nearest_to_itself)
{
    for (int i = 16; i < 256; i++)
        cr_assert_eq(colour_rgb(colour_nearest(colour_rgb(i))), colour_rgb(i));
    cr_assert_eq(theme_find("projector"), THEME_PROJECTOR);
    cr_assert_eq(theme_find("drak"), -1);
    cr_assert_not(theme_exists(THEME_USER));
    cr_assert_eq(theme_get(THEME_USER), theme_get(THEME_MONO));
}
