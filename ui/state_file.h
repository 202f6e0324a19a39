/* What the screen keeps from one run to the next, in $XDG_STATE_HOME/spillway (or
 * ~/.local/state/spillway): the command lines, and that the first card has been seen. A
 * place that cannot be read or written is no error: then nothing is kept. */
#ifndef UI_STATE_FILE_H
#define UI_STATE_FILE_H

#include "ui/control.h"

/* At the start: earlier command lines, and whether the card is to be shown. */
void state_load(struct control *c);
/* After keys: writes what is new. Files have mode 0600 and are replaced whole, so that
 * neither a crash nor another spillway at the same time leaves half a file; lines that
 * another one added meanwhile are kept. */
void state_keep(struct control *c);

#endif
