/* Signals and standard error while the screen is shown, for ui/term.c alone. Knows no
 * curses. */
#ifndef UI_TERM_SIGNALS_H
#define UI_TERM_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/* Bytes and modes, prepared before the handlers are installed. */
struct prepared {
    char byte[512];
    size_t size;
    struct termios mode;
};
/* What gives the terminal back, and what takes it again. */
extern struct prepared leaving, entering;

/* Remembers the caller's handlers. Until signals_catch a stop (SIGTSTP) waits: curses finds
 * it in other hands, and then never has it ignored while it draws. */
void signals_save(void);
/* Installs ours; after `leaving` and `entering` are filled. A signal that the caller ignores
 * (nohup, a shell without job control) stays ignored. */
void signals_catch(void);
/* Puts the caller's back. */
void signals_restore(void);

/* Ctrl-Z: gives the terminal back, then stops this process and those it runs with. */
void signals_suspend(void);
/* True once after the process went on. */
bool signals_continued(void);

/* Writes all of it, as a signal handler may. */
void signals_put(int fd, const char *p, size_t n);

/* Keeps what is written to standard error, where that is a terminal; and writes it there. */
void errors_keep(void);
void errors_give(void);

#endif
