/* Keys that change how things look and nothing else. */
#ifndef UI_CONTROL_LOOKS_H
#define UI_CONTROL_LOOKS_H

#include "ui/control.h"

/* ACT_THEME … ACT_SCALE. */
void control_look(struct control *c, enum action action, int64_t now_ns);
/* A click of the mouse on a cell: the panel there gets the focus; a second click opens it
 * over the whole screen. */
void control_click(struct control *c, int x, int y);

/* The set-up menu: its values from what is in force; and what is in force from them. */
void control_setup_fill(struct control *c);
void control_setup_use(struct control *c);

#endif
