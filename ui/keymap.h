/* Keys of one's own: the table of keys with some of its rows moved. There is one keyboard,
 * so there is one such table; keys, help and the key bar all follow it. */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include "ui/keys.h"

#include "spillway.h"

/* Code of a key by its name: one character, a name of the table ("Ctrl-R", "F5", "Space"),
 * or Up, Down, Left, Right, Shift-Left, Shift-Right; PRESS_NONE for any other. */
uint32_t keymap_code(const char *name);

/* The usual keys again. */
void keymap_reset(void);
/* On the dashboard `key` does what the key `to` usually does; or sends the command, if `to`
 * is one with its colon; or does nothing, if it is "none". 0 or ERR_BAD with the sentence. */
MUST_USE int keymap_bind(const char *key, const char *to, struct err *e);
/* What no key does any more, as one sentence; false: everything can still be done. */
bool keymap_lost(char *dst, size_t size);

#endif
