/* Readings as lines of a recording: one state, kept by writer and reader alike.
 *
 *   {"run":{…}}                what the readings that follow are of: preset, vertices
 *   {"knobs":{"batch":[64,1]}} values in canonical units, and whether set by hand
 *   {"event":{…}}              one line of the log
 *   {"faults":[["lost",7]]}    what the ledger found, and in which record first
 *   {"r":[…],"b":9,"l":[…],"c":[…]}
 *                              one reading: columns, latency and call histograms; rates are
 *                              since b readings back, as long as no other b is said
 *
 * In "r" a number is the difference of a column to its guess (lab/columns.h), a number in
 * brackets the value of a column where one of them is no whole number, a text the count of columns that
 * are as guessed; and so are those that are left out at the end. "l" and "c" are
 * [letters, gain of the sum, gain of the maximum, 1 if begun anew]; gains of 0 at the end,
 * and a histogram that gained nothing, are left out. */
#ifndef LAB_LINE_H
#define LAB_LINE_H

#include "lab/columns.h"
#include "lab/text.h"

#include "io/json.h"

struct line_state {
    struct sp_reading *before, *now; /* owned */
    struct column_past *past;        /* ring of COLUMN_PASTS; owned */
    int pasts, newest;               /* how many there are; place of the newest */
    int back, next_back;             /* rates are since that many readings back; 0: not known */
    uint64_t last_event;             /* number of the newest event written */
    bool begun;                      /* a reading was written or read */
    int order[256];                  /* reader: column of the table by place; -1: unknown */
    int places;
};

/* false: no memory. */
MUST_USE bool line_open(struct line_state *s);
void line_close(struct line_state *s);

/* Appends the lines of a reading. false: its histograms went back while time did not, and
 * no line can say that (a restart that was not seen). line_done makes it the one before; a
 * caller that could not keep the lines does not call it. */
MUST_USE bool line_write(struct line_state *s, struct text *t, const struct sp_reading *r);
void line_done(struct line_state *s, const struct sp_reading *r);

/* Takes a line; s->now is the reading so far, and complete where *reading is set. ERR_BAD
 * with a sentence. */
MUST_USE int line_read(struct line_state *s, const struct json_value *line, bool *reading,
                       struct err *e);

/* The names of all columns as a JSON array, in order; and such an array as the order in
 * which a recording has them. */
void line_columns(struct text *t);
MUST_USE int line_order(struct line_state *s, const struct json_value *names, struct err *e);

/* The counters so many readings back, NULL: not known; notes a reading's. */
const struct column_past *line_past(const struct line_state *s, int back);
void line_remember(struct line_state *s, const struct sp_reading *r, bool anew);

/* A whole number; false: it is none, or out of [min, max]. */
MUST_USE bool line_whole(const struct json_value *v, int64_t min, int64_t max, int64_t *out);
/* A string of fewer than size bytes. */
MUST_USE bool line_string(const struct json_value *v, char *dst, size_t size);

#endif
