/* The help pages, made from the tables of keys, commands and knobs: what the panel in
 * focus understands first, then the rest; what is typed narrows them; Enter runs the line
 * that is chosen. Two more pages explain the words and the signs. */
#ifndef UI_HELP_H
#define UI_HELP_H

#include "ui/keys.h"
#include "ui/layout.h"

enum help_page { HELP_KEYS, HELP_WORDS, HELP_SIGNS, HELP_PAGES };
extern const char *const help_page_names[HELP_PAGES];

struct help_view {
    enum help_page page;
    enum key_context context; /* what the screen is in: its keys come before all others */
    char filter[40];          /* typed, UTF-8 */
    int at;                   /* chosen line of the page as filtered */
    int top;                  /* first line shown */
};

enum help_kind {
    HELP_TITLE,
    HELP_BLANK,
    HELP_KEY,
    HELP_COMMAND,
    HELP_SCREEN,
    HELP_KNOB,
    HELP_WORD
};

struct help_line {
    enum help_kind kind;
    int index;         /* of the key, command or knob in its table */
    char left[80];     /* keys, command and arguments, word */
    const char *right; /* sentence */
};

#define HELP_LINES 400

/* Lines of a page after the filter; focus: the panel whose keys come first. Returns how
 * many were written, at most HELP_LINES. */
int help_lines(const struct help_view *h, enum area focus, struct help_line *out);
/* Moves the choice by so many lines that can be chosen, or to the first or last, and the
 * page after it; `rows` are shown. */
void help_move(struct help_view *h, enum area focus, int by, int rows);
/* Rows of the page on a screen of this size; and those under it, where the chosen sentence
 * stands in full because the lines are short. */
int help_rows(int width, int height);
int help_feet(int width, int height);

#endif
