/* One line of input: editing, history, completion. Knows nothing of terminals: keys
 * come in as codes (ui/keys.h), the line is drawn by ui/view_lines.c. */
#ifndef UI_CMDLINE_H
#define UI_CMDLINE_H

#include "ui/grid.h"

#define CMDLINE_BYTES 200
#define CMDLINE_HISTORY 100

struct sp_reading;
struct sp_command_def;

struct cmdline {
    char text[CMDLINE_BYTES];                     /* UTF-8 */
    int length, cursor;                           /* bytes; the cursor stands between characters */
    char history[CMDLINE_HISTORY][CMDLINE_BYTES]; /* ring, for lines entered */
    int history_count, history_first;
    int history_at;            /* lines up from the newest; 0 = the line being typed */
    char draft[CMDLINE_BYTES]; /* what was typed before going up */
    char ghost[CMDLINE_BYTES]; /* what could follow the text: → or End takes it */
    /* Tab pressed again and again: where the word begins, as it was typed, which candidate */
    bool cycling;
    int word_at, candidate;
    char word[CMDLINE_BYTES];
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
/* Tab (by = 1) and Shift-Tab (by = -1): completes; where that adds nothing, puts one
 * candidate after the other in the word's place. */
int cmdline_tab(struct cmdline *c, int by, const struct sp_reading *reading, char *choices,
                size_t size);
/* Candidates for the word that ends at the end of the text, listed in choices; 0 if the
 * cursor is not there. */
int cmdline_candidates(const struct cmdline *c, const struct sp_reading *reading, char *choices,
                       size_t size);
/* Sets the ghost: the rest of the newest earlier line that begins with the text, else of
 * a command's example, else of a candidate; of a knob's value what the reading says. */
void cmdline_suggest(struct cmdline *c, const struct sp_reading *reading);
/* The command that stands at the start of the text: the longest whole name, else the first
 * that begins as the text does; NULL if there is none. */
const struct sp_command_def *cmdline_command(const char *text);
/* A line of the history, as if it had been entered; for the file of earlier runs. */
void cmdline_recall(struct cmdline *c, const char *text);

#endif
