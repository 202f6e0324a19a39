/* A recording as one page of HTML: graphs, markers, events, knobs, figures. It needs no
 * network and no script, and can be printed in black and white. */
#ifndef UI_SHEET_H
#define UI_SHEET_H

#include "lab/replay.h"
#include "lab/text.h"

#define SHEET_COLUMNS 480 /* points of a graph */

/* What happened between two columns of a graph. */
struct sheet_point {
    int readings;                    /* 0: nothing is known of it */
    double in, out, offered, burst;  /* records/s, means */
    double busy, backpressured;      /* per cent, means */
    double backlog;                  /* records, the most */
    struct sp_latency latency, call; /* of its records and calls: merged, not averaged */
    double cost_usd;                 /* so far, at its end */
};

struct sheet_knob {
    int64_t at_ns, value;
    int knob;
    bool manual;
};

/* A recording as the page needs it. */
struct sheet_data {
    const struct replay *replay; /* borrowed */
    int64_t first_ns, last_ns;
    struct sheet_point point[SHEET_COLUMNS];
    struct knobs start;      /* at the first reading */
    struct sheet_knob *knob; /* changes after it; owned */
    size_t knobs, knobs_room;
    struct sheet_event {
        int64_t at_ns;
        char letter[8]; /* "": no marker */
        struct sp_event event;
    } * event; /* owned */
    size_t events, events_room;
    bool failed; /* no memory: not all is here */
};

/* Reads a replay from its beginning. 0, ERR_* with the sentence. */
MUST_USE int sheet_gather(struct replay *p, struct sheet_data *out, struct err *e);
void sheet_free(struct sheet_data *d);

/* One graph. */
struct sheet_line {
    const char *name, *style;                     /* class of the stroke: p1 … p4 */
    double (*value)(const struct sheet_point *p); /* < 0: none */
};
struct sheet_plot {
    const char *title, *unit;
    bool log;                  /* logarithmic; values are ns */
    struct sheet_line line[4]; /* ends with a NULL name */
};
extern const struct sheet_plot sheet_plots[]; /* ends with a NULL title */
void sheet_plot(struct text *t, const struct sheet_data *d, const struct sheet_plot *plot);

/* The whole page; `file` is the recording's name as the reader would type it. */
void sheet_write(struct text *t, const struct sheet_data *d, const char *file);

#endif
