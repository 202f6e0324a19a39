/* Themes and colours.
 *
 * Blue, orange, vermillion and purple stay apart for every kind of colour vision;
 * where red and green would be needed, a word and a sign say the same. The heat of
 * a map goes by lightness, so that it reads without any hue. */
#include "ui/palette.h"

#include <string.h>

const char *const theme_names[THEME_COUNT + 1] = {"dark", "light", "projector",
                                                  "mono", "user",  NULL};

const char *const role_names[ROLE_COUNT] = {
    [ROLE_TEXT] = "text",   [ROLE_DIM] = "dim",     [ROLE_FRAME] = "frame",
    [ROLE_TITLE] = "title", [ROLE_GOOD] = "good",   [ROLE_WARN] = "warn",
    [ROLE_BAD] = "bad",     [ROLE_LOCAL] = "local", [ROLE_BURST] = "burst",
    [ROLE_LINE] = "line",   [ROLE_LINE2] = "line2", [ROLE_THRESHOLD] = "threshold",
    [ROLE_MARK] = "mark",   [ROLE_KEY] = "key",     [ROLE_HEAT] = "heat",
};

/* Light steps of heat for a dark ground. None lies in the middle of the grey scale: black
 * or white stays readable on each. */
#define HEAT_ON_DARK                                                                               \
    [ROLE_HEAT] = 17, [ROLE_HEAT + 1] = 18, [ROLE_HEAT + 2] = 24, [ROLE_HEAT + 3] = 73,            \
    [ROLE_HEAT + 4] = 109, [ROLE_HEAT + 5] = 145, [ROLE_HEAT + 6] = 180, [ROLE_HEAT + 7] = 215,    \
    [ROLE_HEAT + 8] = 222, [ROLE_HEAT + 9] = 229
#define HEAT_ON_LIGHT                                                                              \
    [ROLE_HEAT] = 230, [ROLE_HEAT + 1] = 223, [ROLE_HEAT + 2] = 222, [ROLE_HEAT + 3] = 216,        \
    [ROLE_HEAT + 4] = 215, [ROLE_HEAT + 5] = 209, [ROLE_HEAT + 6] = 124, [ROLE_HEAT + 7] = 88,     \
    [ROLE_HEAT + 8] = 52, [ROLE_HEAT + 9] = 233

static struct theme themes[THEME_COUNT] = {
    [THEME_DARK] = {"dark",
                    false,
                    false,
                    INK_OWN,
                    {[ROLE_TEXT] = INK_OWN,
                     [ROLE_DIM] = 246,
                     [ROLE_FRAME] = 242,
                     [ROLE_TITLE] = 74,
                     [ROLE_GOOD] = 36,
                     [ROLE_WARN] = 178,
                     [ROLE_BAD] = 202,
                     [ROLE_LOCAL] = 74,
                     [ROLE_BURST] = 214,
                     [ROLE_LINE] = 175,
                     [ROLE_LINE2] = 178,
                     [ROLE_THRESHOLD] = INK_OWN,
                     [ROLE_MARK] = 246,
                     [ROLE_KEY] = 214,
                     HEAT_ON_DARK}},
    [THEME_LIGHT] = {"light",
                     true,
                     false,
                     231,
                     {[ROLE_TEXT] = 234,
                      [ROLE_DIM] = 240,
                      [ROLE_FRAME] = 245,
                      [ROLE_TITLE] = 25,
                      [ROLE_GOOD] = 22,
                      [ROLE_WARN] = 94,
                      [ROLE_BAD] = 160,
                      [ROLE_LOCAL] = 25,
                      [ROLE_BURST] = 130,
                      [ROLE_LINE] = 90,
                      [ROLE_LINE2] = 94,
                      [ROLE_THRESHOLD] = 234,
                      [ROLE_MARK] = 240,
                      [ROLE_KEY] = 130,
                      HEAT_ON_LIGHT}},
    [THEME_PROJECTOR] = {"projector",
                         true,
                         true,
                         231,
                         {[ROLE_TEXT] = 16,
                          [ROLE_DIM] = 237,
                          [ROLE_FRAME] = 239,
                          [ROLE_TITLE] = 18,
                          [ROLE_GOOD] = 23,
                          [ROLE_WARN] = 89,
                          [ROLE_BAD] = 124,
                          [ROLE_LOCAL] = 24,
                          [ROLE_BURST] = 88,
                          [ROLE_LINE] = 53,
                          [ROLE_LINE2] = 55,
                          [ROLE_THRESHOLD] = 16,
                          [ROLE_MARK] = 237,
                          [ROLE_KEY] = 88,
                          HEAT_ON_LIGHT}},
    [THEME_MONO] = {"mono", false, false, INK_OWN, {0}},
};

/* Fewer colours: every terminal paints these its own way, so there is one choice for dark
 * grounds and one for light ones. */
static const struct {
    short dark16, dark8, light16, light8;
} coarse[ROLE_COUNT] = {
    [ROLE_TEXT] = {-1, -1, 0, 0}, [ROLE_DIM] = {7, -1, 8, 0},   [ROLE_FRAME] = {8, -1, 8, 0},
    [ROLE_TITLE] = {14, 6, 4, 4}, [ROLE_GOOD] = {10, 2, 0, 0},  [ROLE_WARN] = {11, 3, 1, 1},
    [ROLE_BAD] = {9, 1, 1, 1},    [ROLE_LOCAL] = {14, 6, 4, 4}, [ROLE_BURST] = {3, 3, 1, 1},
    [ROLE_LINE] = {13, 5, 5, 5},  [ROLE_LINE2] = {11, 3, 0, 0}, [ROLE_THRESHOLD] = {-1, -1, 0, 0},
    [ROLE_MARK] = {7, -1, 8, 0},  [ROLE_KEY] = {11, 3, 1, 1},
};

bool theme_exists(int theme)
{
    return theme >= 0 && theme < THEME_COUNT && themes[theme].name[0] != 0;
}

const struct theme *theme_get(int theme)
{
    return &themes[theme_exists(theme) ? theme : THEME_MONO];
}

void theme_set_user(const struct theme *theme)
{
    assert(theme->name[0] != 0);
    themes[THEME_USER] = *theme;
}

int theme_find(const char *name)
{
    for (int i = 0; i < THEME_COUNT; i++)
        if (strcmp(theme_names[i], name) == 0)
            return i;
    return -1;
}

/* ---- colours ---------------------------------------------------------------------- */

uint32_t colour_rgb(int colour)
{
    static const uint32_t first[16] = {0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD,
                                       0x00CDCD, 0xE5E5E5, 0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00,
                                       0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF};
    static const uint32_t level[6] = {0, 95, 135, 175, 215, 255};
    if (colour < 16)
        return first[colour < 0 ? 0 : colour];
    uint32_t i = (uint32_t)(colour > 255 ? 255 : colour) - 16;
    if (i < 216)
        return level[i / 36] << 16 | level[i / 6 % 6] << 8 | level[i % 6];
    uint32_t grey = 8 + 10 * (i - 216);
    return grey << 16 | grey << 8 | grey;
}

static int64_t distance(uint32_t a, uint32_t b)
{
    int64_t sum = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        int64_t d = (int64_t)(a >> shift & 255) - (int64_t)(b >> shift & 255);
        sum += d * d;
    }
    return sum;
}

int colour_nearest(uint32_t rgb)
{
    int best = 16;
    for (int i = 17; i < 256; i++)
        if (distance(colour_rgb(i), rgb) < distance(colour_rgb(best), rgb))
            best = i;
    return best;
}

/* Black or white, whichever is farther from the colour; squares stand in for the screen's
 * gamma. */
static short over(int colour)
{
    uint32_t rgb = colour_rgb(colour);
    uint64_t r = rgb >> 16, g = rgb >> 8 & 255, b = rgb & 255;
    uint64_t light = (2126 * r * r + 7152 * g * g + 722 * b * b) / 10000;
    return light > 255 * 255 * 18 / 100 ? 16 : 231;
}

/* ---- ink -------------------------------------------------------------------------- */

static short role_colour(const struct theme *t, int colours, int role)
{
    if (colours >= 256)
        return t->colour[role];
    if (role >= ROLE_HEAT)
        role = ROLE_BURST;
    if (colours >= 16)
        return t->on_light ? coarse[role].light16 : coarse[role].dark16;
    return t->on_light ? coarse[role].light8 : coarse[role].dark8;
}

static short ground(const struct theme *t, int colours)
{
    if (colours >= 256 || t->ground < 0)
        return t->ground;
    return !t->on_light ? INK_OWN : colours >= 16 ? 15 : 7;
}

struct ink theme_blank(const struct theme *t, int colours)
{
    if (colours == 0)
        return (struct ink){INK_OWN, INK_OWN, 0};
    return (struct ink){role_colour(t, colours, ROLE_TEXT), ground(t, colours), 0};
}

/* Blocks and shades are painted, everything else is read. */
static bool painted(uint32_t ch) { return ch >= 0x2581 && ch <= 0x2593; }

struct ink theme_ink(const struct theme *t, int colours, const struct cell *c)
{
    const struct style *s = &c->style;
    struct ink k = theme_blank(t, colours);
    k.attr = s->attr;
    if (colours == 0) {
        if (s->role == ROLE_BAD || s->role == ROLE_BURST)
            k.attr |= ATTR_BOLD;
        return k;
    }
    k.fore = role_colour(t, colours, s->role);
    if (s->back != ROLE_TEXT) {
        k.back = role_colour(t, colours, s->back);
        if (!painted(c->ch) && colours >= 256 && k.back >= 0)
            k.fore = over(k.back);
        else if (!painted(c->ch) && k.back >= 0)
            k.fore = k.back == 0 || k.back == 4 || k.back == 8 ? 7 : 0;
    }
    if (t->bold && c->ch != ' ' && !painted(c->ch))
        k.attr |= ATTR_BOLD;
    return k;
}
