/* Documents made from the program's own tables, so that they cannot tell another story
 * than `--help`, the keys page and `spillway list`. */
#ifndef DOCS_MAKE_DOCS_H
#define DOCS_MAKE_DOCS_H

#include "ui/cli_print.h"

/* docs/spillway.1: the manual page, in mdoc(7). */
void docs_man(struct print *o);
/* docs/CHEATSHEET.md: keys, commands, knobs, conditions. */
void docs_sheet(struct print *o);

#endif
