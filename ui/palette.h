/* Themes: which colour a role has, in every tier of terminals. Views name roles only;
 * the terminal and the screenshots ask here what ink a cell gets. */
#ifndef UI_PALETTE_H
#define UI_PALETTE_H

#include "ui/grid.h"

enum { THEME_DARK, THEME_LIGHT, THEME_PROJECTOR, THEME_MONO, THEME_USER, THEME_COUNT };

#define INK_OWN (-1) /* the terminal's own colour */

struct theme {
    char name[32];
    bool on_light;            /* dark ink on a light ground */
    bool bold;                /* all text, for a weak projector */
    short ground;             /* background of the screen, 0..255 or INK_OWN */
    short colour[ROLE_COUNT]; /* of the 256 */
};

/* What is put on the terminal for one cell. */
struct ink {
    short fore, back; /* colour number of the tier, or INK_OWN */
    uint8_t attr;     /* ATTR_* */
};

/* Theme by number, THEME_MONO for one that is not there. THEME_USER exists after
 * theme_set_user. */
const struct theme *theme_get(int theme);
bool theme_exists(int theme);
void theme_set_user(const struct theme *theme);
/* Number of a theme by name ("dark", "light", "projector", "mono", "user"), or -1. */
int theme_find(const char *name);
extern const char *const theme_names[THEME_COUNT + 1]; /* ends with NULL */

/* Ink of a cell; colours: 256, 16, 8, or 0 for none. */
struct ink theme_ink(const struct theme *t, int colours, const struct cell *c);
/* Ink of an empty cell. */
struct ink theme_blank(const struct theme *t, int colours);

/* One of the 256 colours as 0xRRGGBB, the first 16 as xterm has them; and the one of
 * 16..255 that is nearest to a 0xRRGGBB. */
uint32_t colour_rgb(int colour);
int colour_nearest(uint32_t rgb);

/* The name of a role in a theme file: "text", "burst", …; NULL for the steps of heat
 * after the first, which has them all as a list. */
extern const char *const role_names[ROLE_COUNT];

#endif
