/* Follows a run by its readings: what the summary at the end does not know. When was it
 * steady, and was back-pressure gone one control interval after it was seen? */
#ifndef LAB_WATCH_H
#define LAB_WATCH_H

#include "spillway.h"

#define WATCH_SECONDS 400 /* cumulative histograms kept; their distance doubles when full */

struct watch {
    /* Cumulative latency at the end of each span. */
    struct hist *past; /* WATCH_SECONDS of them; owned */
    int64_t span_ns, next_ns;
    int spans;
    /* Back-pressure by control interval. */
    int64_t interval_ns, interval_end_ns;
    double blocked_s; /* accumulated at the end of the last interval */
    bool was_blocked;
    uint64_t blocked, rectified; /* intervals */
};

/* false: no memory. watch_close is due after true. */
MUST_USE bool watch_open(struct watch *w);
void watch_close(struct watch *w);
/* Forgets the run before. */
void watch_begin(struct watch *w);
/* One reading, in order of time. */
void watch_see(struct watch *w, const struct sp_reading *r);

/* What is left of a run when its beginning is cut off where MSER says (the number of first
 * spans whose removal makes the mean of the rest most certain; at most half of them).
 * steady: the cut lies before that half; false also where less than 8 spans were seen. */
struct watch_steady {
    bool steady;
    int64_t from_ns;
    struct hist rest; /* latency of the records that arrived after the cut */
};
void watch_steady(const struct watch *w, const struct sp_reading *last, struct watch_steady *out);

#endif
