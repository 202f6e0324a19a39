/* One line of input: editing, history, completion. Knows nothing of terminals: keys
 * come in as codes (ui/keys.h), the line is drawn by ui/view_lines.c. */
#ifndef UI_CMDLINE_H
#define UI_CMDLINE_H

#include "ui/grid.h"

#define CMDLINE_BYTES 200
#define CMDLINE_HISTORY 50

struct sp_reading;

struct cmdline {
    char text[CMDLINE_BYTES]; /* UTF-8 */
    int length, cursor;       /* bytes; the cursor stands between characters */
    char history[CMDLINE_HISTORY][CMDLINE_BYTES]; /* ring, for lines entered */
    int history_count, history_first;
    int history_at;           /* lines up from the newest; 0 = the line being typed */
    char draft[CMDLINE_BYTES]; /* what was typed before going up */
};

enum cmdline_result { CMDLINE_EDITED, CMDLINE_ENTERED, CMDLINE_CANCELLED, CMDLINE_IGNORED };

/* An empty line and an empty history. */
void cmdline_init(struct cmdline *c);
/* Starts a line with the given text, the cursor at its end. */
void cmdline_start(struct cmdline *c, const char *text);
/* One key. ENTERED: the line is complete (still in text); CANCELLED: Esc, or
 * Backspace on an empty line. Tab is not handled here. */
enum cmdline_result cmdline_key(struct cmdline *c, uint32_t key);
/* Remembers the line in the history (not twice in a row, and not a blank one). */
void cmdline_remember(struct cmdline *c);

/* Completes the word before the cursor of a command: command names, knob names, names
 * that a knob can have, vertices of the reading (may be NULL). Extends the line as
 * far as the candidates agree. choices gets the candidates, blank-separated, if
 * several are left, else "". Returns the number of candidates. */
int cmdline_complete(struct cmdline *c, const struct sp_reading *reading, char *choices,
                     size_t size);

#endif
