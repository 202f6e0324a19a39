/* What is on the screen, as files in the folder that the program runs in. */
#ifndef UI_EXPORT_H
#define UI_EXPORT_H

#include "ui/control.h"

/* EXPORT_WINDOW: spillway-NAME-TIME.svg and .txt, the screen as it is, and .csv, a row of
 * figures for each step of the window, with the markers that fell into it; EXPORT_RUN: the
 * csv of all that is recorded, a row a second. Names that are taken get a number. Says in
 * dst what was written; false: why not. */
MUST_USE bool export_write(struct control *c, const struct grid *g, enum export_what what,
                           char *dst, size_t size);

#endif
