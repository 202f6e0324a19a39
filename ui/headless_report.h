/* The files that a run leaves: a report's folder and an event log. */
#ifndef UI_HEADLESS_REPORT_H
#define UI_HEADLESS_REPORT_H

#include "headless_summary.h"

/* One file that appears under its name only when it is complete, so that a run
 * that is cut off leaves an earlier file as it was. */
struct report_file {
    char path[4096];
    struct print out;
    bool open;
};

struct report {
    const char *dir; /* NULL: none is written */
    struct report_file series, events;
    struct report_file log; /* --log FILE: written as it happens, under its own name */
    uint64_t last_event;    /* number of the newest event written */
    int64_t now_ns;         /* engine time of the reading before */
};

/* Makes the folder (its parents too) and opens the files, so that what cannot be
 * written is told before the run and not after it. */
MUST_USE int report_open(struct report *r, const char *dir, const char *log, struct err *e);
/* Notes what is new in a reading; second: a row of the series is due. */
void report_reading(struct report *r, const struct sp_reading *reading, bool row_due);
/* Writes summary.json and summary.txt, and gives all files their names. */
MUST_USE int report_finish(struct report *r, const struct sp_summary *s, struct err *e);
/* Closes what is open and removes what is incomplete. After report_finish: nothing. */
void report_drop(struct report *r);

#endif
