/* The screen as sentences, one a line: for screen readers, and for terminals that cannot
 * place a cursor. */
#ifndef UI_LINEAR_H
#define UI_LINEAR_H

#include "ui/looks.h"

/* Starts the engine, prints what happens, runs every line of standard input as a command,
 * until the run is over, `quit`, or a signal. Returns as screen_run does. */
struct recorder;
MUST_USE int linear_run(struct sp_engine *engine, const struct look_options *look,
                        struct recorder *recorder, struct err *e);

/* The sentences, for tests: what is worth saying about a reading after the ones before. */
struct linear {
    uint64_t seen_event;
    int64_t now_ns;  /* engine time of the reading before */
    int64_t said_ns; /* engine time of the last figures */
    bool any, redact;
    double in_rate, busy, backlog, p99_ns, burst; /* as last said */
    int level;
    bool ledger_good, paused, finished;
};
/* Writes lines, each ended by LF; "" if there is nothing to say. */
void linear_say(struct linear *l, const struct sp_reading *r, char *dst, size_t size);

#endif
