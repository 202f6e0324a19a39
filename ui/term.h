/* The terminal: the only file that knows curses. There is one terminal in a process,
 * so this part alone has state of its own. All calls come from one thread. */
#ifndef UI_TERM_H
#define UI_TERM_H

#include "ui/view.h"

struct term_options {
    struct look_options look;
    bool no_sync; /* no synchronized output */
};

struct term_caps {
    enum glyphs glyphs; /* what is good to start with */
    int colours;        /* 256, 16, 8 or 0 */
    int theme;          /* the one in force */
};

/* True if standard input and output are a terminal that can place its cursor; else e
 * says why not. Writes nothing. */
bool term_possible(struct err *e);

/* Takes the terminal over: alternate screen, raw keys, signal handlers, standard error
 * kept back until the end. 0 or ERR_IO; then nothing is changed. Call before other
 * threads run. */
MUST_USE int term_open(const struct term_options *options, struct term_caps *caps, struct err *e);
/* Gives it back as it was and prints what was written to standard error meanwhile. */
void term_close(void);

void term_size(int *width, int *height);
/* Next key, or PRESS_NONE if none waits. */
uint32_t term_key(void);
/* Cell of the last click. */
void term_mouse(int *x, int *y);
/* Clicks and the wheel are reported, or not: then the terminal marks text as usual. */
void term_mouse_use(bool on);
/* Colours of another theme; what stands there is drawn anew. */
void term_theme(int theme);
/* Shows the grid: rows that differ from what stands there. */
void term_draw(const struct grid *g, const struct cursor *cursor);
/* The next term_draw shows everything anew. */
void term_forget(void);

/* The signal that asks to stop (TERM, HUP, INT, QUIT), or 0. A second one ends the
 * process at once, with the terminal restored. */
int term_stop_signal(void);
/* Recovers after a stop (Ctrl-Z itself is obeyed at once, wherever the program is). True
 * if there was one: the screen must be drawn again. */
bool term_suspended(void);
/* True once the terminal is gone: hung up, or at the end of its input. */
bool term_gone(void);

/* Signals that must not reach other threads: block them while those are started, then
 * put the old set back. */
void term_block_signals(void);
void term_unblock_signals(void);

#endif
