/* The cell grid: what a screen is before any terminal sees it.
 *
 * Views draw into a grid; ui/term.c copies it to the terminal, tests and
 * screenshots read it as text. Every call clips: coordinates may be anything. */
#ifndef UI_GRID_H
#define UI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spillway.h"

/* What a colour means; ui/term.c knows which colour that is. */
enum role {
    ROLE_TEXT, /* the terminal's own foreground; as background: none */
    ROLE_DIM,
    ROLE_FRAME,
    ROLE_TITLE,
    ROLE_GOOD,
    ROLE_WARN,
    ROLE_BAD,
    ROLE_LOCAL,     /* work done here */
    ROLE_BURST,     /* work sent to functions */
    ROLE_LINE,      /* measured line over an area */
    ROLE_LINE2,     /* second line */
    ROLE_THRESHOLD, /* a knob's value in a graph */
    ROLE_MARK,      /* interventions */
    ROLE_KEY,       /* the letter to press */
    ROLE_HEAT,      /* steps of a heat map, from few to many */
    ROLE_HEAT_LAST = ROLE_HEAT + 9,
    ROLE_COUNT
};

enum {
    ATTR_BOLD = 1,
    ATTR_REVERSE = 2,
    ATTR_UNDERLINE = 4,
};

struct style {
    uint8_t role; /* enum role: foreground */
    uint8_t back; /* enum role: background; ROLE_TEXT = none */
    uint8_t attr; /* ATTR_* */
};

struct cell {
    uint32_t ch; /* one code point of width 1 */
    struct style style;
    uint8_t spare; /* 0, so that cells compare as bytes */
};

struct rect {
    int x, y, w, h; /* empty if w or h is below 1 */
};

#define GRID_SIDE_MAX 1000

struct grid {
    int width, height;
    int capacity;      /* cells allocated */
    struct cell *cell; /* row after row; owned */
};

/* Sum and difference that stop at the ends of int. */
int sat_add(int a, int b);
int sat_sub(int a, int b);

bool rect_empty(struct rect r);
/* Common part of two rectangles; empty {0,0,0,0} if there is none. */
struct rect rect_common(struct rect a, struct rect b);
/* What is left inside a frame of n cells. */
struct rect rect_inside(struct rect r, int n);
/* Row n (from 0) of r as a rectangle of height 1; empty if r has no such row. */
struct rect rect_row(struct rect r, int n);

/* An empty grid of 0x0. */
void grid_init(struct grid *g);
/* Sets the size (each side cut to 0..GRID_SIDE_MAX) and blanks every cell. Returns
 * false, with the grid at 0x0, if there is no memory. */
MUST_USE bool grid_resize(struct grid *g, int width, int height);
void grid_fini(struct grid *g);

/* Blanks every cell. */
void grid_clear(struct grid *g);
/* Cell at x, y, or NULL outside the grid. */
struct cell *grid_at(const struct grid *g, int x, int y);

/* One character at (dx, dy) of `area`; nothing outside area or grid. */
void grid_put(struct grid *g, struct rect area, int dx, int dy, struct style s, uint32_t ch);
/* UTF-8 text on one row from (dx, dy) of `area`, clipped to it. Bytes that are no
 * UTF-8, control and double-width characters show as '?'; combining and
 * direction marks are left out. Returns the dx after the last character, clipped
 * or not. */
int grid_text(struct grid *g, struct rect area, int dx, int dy, struct style s, const char *text);
/* The same; text that the area's right edge cuts off ends in "…" there. */
int grid_text_cut(struct grid *g, struct rect area, int dx, int dy, struct style s,
                  const char *text);
int grid_textf(struct grid *g, struct rect area, int dx, int dy, struct style s, const char *format,
               ...) __attribute__((format(printf, 6, 7)));
/* The same, ending before column `end` of area (right-aligned). */
void grid_text_right(struct grid *g, struct rect area, int end, int dy, struct style s,
                     const char *text);
/* Fills area with one character. */
void grid_fill(struct grid *g, struct rect area, struct style s, uint32_t ch);
/* Frame around area: title on the left of its upper edge, note on the right if
 * there is room. Either may be NULL. */
void grid_box(struct grid *g, struct rect area, struct style frame, const char *title,
              struct style title_style, const char *note);
/* Adds attribute bits to every cell of area. */
void grid_attr(struct grid *g, struct rect area, uint8_t attr);

/* Number of cells that grid_text would use for text. */
int text_width(const char *text);
/* Next code point of UTF-8 text, U+FFFD for a byte that is none; advances *text.
 * 0 at the end. */
uint32_t utf8_next(const char **text);
/* Writes ch as UTF-8 (at most 4 bytes, no NUL); returns the number of bytes. */
int utf8_put(uint32_t ch, char *dst);

/* The whole grid as text, rows ended by '\n', blanks at the ends of rows left out.
 * Returns the length; dst always ends in NUL when size > 0. A size of
 * grid_dump_size(g) is enough. */
size_t grid_dump(const struct grid *g, char *dst, size_t size);
size_t grid_dump_size(const struct grid *g);
/* The same with one letter per cell for its role and attribute: '.' plain text, 'a'
 * + role otherwise, upper case if reversed. */
size_t grid_dump_roles(const struct grid *g, char *dst, size_t size);

#endif
