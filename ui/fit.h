/* A line of figures that fits: each item has up to three forms, and a rank that says
 * how dear it is. Too long a line first takes shorter forms, then loses items. */
#ifndef UI_FIT_H
#define UI_FIT_H

#include "ui/grid.h"

#define FIT_ITEMS 16
#define FIT_TEXT 160
#define FIT_FORMS 3

struct fit_item {
    char form[FIT_FORMS][FIT_TEXT]; /* longest first; "" = as the one before */
    struct style style;
    int rank;   /* 1 = last to go */
    bool group; /* a bar stands before it */
};

struct fit {
    struct fit_item item[FIT_ITEMS];
    int count;
};

/* Adds an item. Forms are printf-free text; shorter ones may be NULL. */
void fit_add(struct fit *f, int rank, bool group, struct style style, const char *wide,
             const char *narrow, const char *tiny);
/* Draws the line into row r from column dx on. Returns the column after it. */
int fit_draw(const struct fit *f, struct grid *g, struct rect r, int dx);

/* Rows that fit_wrap would use in so many columns. */
int fit_rows(int width, const char *text);
/* Text over several rows of area, broken at blanks; returns the rows it needs. What does
 * not fit is left out. */
int fit_wrap(struct grid *g, struct rect area, struct style s, const char *text);

#endif
