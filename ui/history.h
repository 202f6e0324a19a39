/* What the graphs remember: the plain figures of readings, ten a second, and the
 * interventions among them. A bounded ring: the oldest samples go first. */
#ifndef UI_HISTORY_H
#define UI_HISTORY_H

#include "spillway.h"

#define HISTORY_STEP_NS INT64_C(100000000)  /* one sample for each 100 ms of engine time */
#define HISTORY_SAMPLES 6200                /* a bit more than ten minutes */
#define HISTORY_MARKERS 512
#define HISTORY_HOLD_NS INT64_C(600000000)  /* a sample speaks for this long; then it is a gap */

/* Figures of a sample. All are >= 0; a negative one means "not measured" or "does
 * not apply". */
enum field {
    FIELD_IN,      /* records/s */
    FIELD_OUT,
    FIELD_OFFERED,
    FIELD_BURST,
    FIELD_BUSY,    /* per cent */
    FIELD_BP,      /* per cent: ms/s of back-pressure ÷ 10 */
    FIELD_BACKLOG, /* records */
    FIELD_QUEUED,  /* records on all links */
    FIELD_P50,     /* ns, due -> sink */
    FIELD_P99,
    FIELD_CALL_P99,
    FIELD_SHARE,   /* per cent of records sent to functions */
    /* knobs that the policy of that moment obeys */
    FIELD_BUSY_ON, /* per cent */
    FIELD_BUSY_OFF,
    FIELD_INPUT_THRESHOLD, /* records/s */
    FIELD_SLO,             /* ns */
    FIELD_COUNT
};

struct sample {
    int64_t at_ns; /* engine time */
    double v[FIELD_COUNT];
};

/* One intervention on the time line. */
struct marker {
    int64_t at_ns;
    uint64_t event; /* number of the event */
    char kind;      /* as in struct sp_event */
    bool person;    /* not the controller */
    char letter[8]; /* A…Z, A2… for people, a…z for the controller */
};

struct history {
    struct sample *sample; /* ring of HISTORY_SAMPLES; owned */
    int first, count;
    struct marker marker[HISTORY_MARKERS]; /* ring */
    int marker_first, marker_count;
    uint64_t last_event; /* number of the newest event seen */
    unsigned people, controllers; /* letters given so far */
};

/* Takes the memory. false: there is none. */
MUST_USE bool history_open(struct history *h);
void history_close(struct history *h);

/* Notes a reading and its new events. A reading that is earlier than the last one
 * (the run was restarted) empties the samples and the markers. */
void history_push(struct history *h, const struct sp_reading *reading);

/* Sample i of count, oldest first. */
const struct sample *history_sample(const struct history *h, int i);
/* Marker i of marker_count, oldest first; and the one of an event, or NULL. */
const struct marker *history_marker(const struct history *h, int i);
const struct marker *history_marker_of(const struct history *h, uint64_t event);

struct extent {
    bool any;
    double min, max, last;
};

/* What a figure did in [from, to): smallest, largest and last value. Where no
 * sample falls into it, the last one before it speaks, up to HISTORY_HOLD_NS. */
struct extent history_span(const struct history *h, enum field field, int64_t from_ns,
                         int64_t to_ns);

/* True if the knob means something under the policy and batch policy in force. */
bool knob_applies(const struct knobs *k, int knob);

#endif
