/* The living screen: one engine, one person at the keyboard. */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include "ui/looks.h"

struct recorder;

struct screen_options {
    struct look_options look;    /* as asked for */
    bool no_sync;                /* no synchronized output */
    struct recorder *recorder;   /* NULL: nothing can be recorded */
    const struct preset *preset; /* what runs, for comparing others with it; or NULL */
    bool quit_at_end;            /* leave when the run is over; else it stays until `q` */
};

/* How a screen ended: SCREEN_QUIT, the number of a signal (> 0), or one of these. */
enum {
    SCREEN_QUIT = 0,
    SCREEN_GONE = -1,        /* the terminal went away */
    SCREEN_NO_TERMINAL = -2, /* there never was one that will do; nothing was started */
    SCREEN_RACE = -4,        /* the person wants a race of the settings as they stood */
    SCREEN_FAILED = -3,      /* the engine did not start, or no memory: see e */
};

struct control;

/* Where the readings of a screen come from that no engine of this process makes. */
struct screen_feed {
    /* Hands what is new at wall time now_ns to the control; true: it was something. */
    bool (*take)(void *of, struct control *c, int64_t now_ns);
    /* Runs c->command, which is not "". */
    void (*send)(void *of, struct control *c, int64_t now_ns);
};

/* Shows a feed until the person leaves. Returns as screen_run_e does. */
MUST_USE int screen_show(const struct screen_feed *feed, void *of,
                         const struct screen_options *options, struct err *e);

/* True if a screen is possible here; else e says why not. Writes nothing. */
bool screen_possible(struct err *e);

/* Starts the engine on its own thread, shows it until the person quits, a signal asks to
 * stop or the terminal goes away; then gives the terminal back and stops the engine.
 * The engine stays open: sp_summary tells the rest. Returns how it ended; e is filled
 * for SCREEN_NO_TERMINAL and SCREEN_FAILED. */
MUST_USE int screen_run_e(struct sp_engine *engine, const struct screen_options *options,
                          struct err *e);
/* The same; a sentence about a failure goes to standard error. */
MUST_USE int screen_run(struct sp_engine *engine, const struct screen_options *options);

/* Exit code of the program for how a screen ended (0, 1, 130, 143 …). What the ledger and
 * the expects say comes before it. */
int screen_exit_code(int ended);

#endif
