/* How a person likes the screen, from one run to the next:
 * $XDG_CONFIG_HOME/spillway/screen.json (or ~/.config/…).
 *
 *   { "screen": 1, "theme": "light", "glyphs": "blocks", "frames": 5, "mouse": true,
 *     "big": false, "redact": false,
 *     "keys": { "F5": ":spike x5 2s", "Z": "Space", "x": "none" } }
 *
 * All but "screen" may be left out. Options of the command line go before it. */
#ifndef UI_SETUP_FILE_H
#define UI_SETUP_FILE_H

#include "ui/control.h"

/* What is not said is -1. */
struct screen_setup {
    int theme, glyphs, frames, mouse, big, redact;
};

/* From the text of the file; `path` is for the sentences. Binds the keys, too. 0; or ERR_BAD
 * with the sentence, and nothing of it holds. */
MUST_USE int setup_read(const char *path, const char *text, struct screen_setup *out,
                        struct err *e);
/* The file, if there is one; *note: what is odd about it, "" = nothing. */
void setup_load(struct screen_setup *out, char *note, size_t size);
/* Writes what the control has now; the keys in the file stay. 0, ERR_IO or ERR_BAD. */
MUST_USE int setup_save(const struct view *v, char path[PRESET_PATH], struct err *e);
/* Puts them in force where the command line says nothing. */
void setup_use(const struct screen_setup *s, const struct look_options *said, struct control *c);

#endif
