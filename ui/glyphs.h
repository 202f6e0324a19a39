/* Which characters the screen draws with, and what stands in for them where the
 * terminal has ASCII only. Views draw one set of characters; the stand-ins are
 * put in at the end, cell by cell, so that no layout changes. */
#ifndef UI_GLYPHS_H
#define UI_GLYPHS_H

#include "ui/grid.h"

enum glyphs { GLYPHS_BRAILLE, GLYPHS_BLOCK, GLYPHS_ASCII, GLYPHS_COUNT };
extern const char *const glyphs_names[GLYPHS_COUNT];

/* ASCII stand-in of one character ('?' if it has none). */
uint32_t glyph_ascii(uint32_t ch);
/* Replaces every character of the grid by its stand-in. */
void glyphs_fold(struct grid *g);
/* True if the locale of this thread draws each of our characters one cell wide
 * (false in the C locale, and where ambiguous characters are wide). */
bool glyphs_single_width(void);

#endif
