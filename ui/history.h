/* What the screen remembers: one hour of every figure, of every knob, of both latency
 * histograms and of the log, in bounded memory.
 *
 * Figures are kept ten a second for the last minutes and merged to one a second
 * beyond (smallest, largest, mean, last). Histograms are kept as differences of the
 * cumulative ones (ui/track.h), so that the percentiles of any range are read from
 * merged counts and never averaged. Knobs are kept as changes. Nothing is copied from
 * one instant to another: where no reading was made there is a gap. */
#ifndef UI_HISTORY_H
#define UI_HISTORY_H

#include "spillway.h"
#include "ui/track.h"

#define HISTORY_STEP_NS INT64_C(100000000) /* one sample for each 100 ms of engine time */
#define HISTORY_SAMPLES 4200               /* seven minutes of them */
#define HISTORY_SLOTS 3700                 /* and a bit more than an hour of seconds */
#define HISTORY_MARKERS 512
#define HISTORY_EVENTS 512                 /* lines of the log */
#define HISTORY_CHANGES 4096               /* of knobs */
#define HISTORY_CACHE 2048                 /* percentiles of ranges, worked out before */
#define HISTORY_HOLD_NS INT64_C(600000000) /* a sample speaks for this long; then it is a gap */

/* Figures of a sample. All are >= 0; a negative one means "not measured" or "does
 * not apply". */
enum field {
    FIELD_IN, /* records/s */
    FIELD_OUT,
    FIELD_OFFERED,
    FIELD_BURST,
    FIELD_BUSY,    /* per cent */
    FIELD_BP,      /* per cent: ms/s of back-pressure ÷ 10 */
    FIELD_BACKLOG, /* records */
    FIELD_QUEUED,  /* records on all links */
    FIELD_P50,     /* ns, due -> sink; of a range: from its merged histogram */
    FIELD_P90,
    FIELD_P99,
    FIELD_P999,
    FIELD_MEAN,
    FIELD_CALL_P50, /* ns, first attempt -> answer; likewise */
    FIELD_CALL_P99,
    FIELD_SHARE, /* per cent of records sent to functions */
    /* knobs that the policy of that moment obeys */
    FIELD_BUSY_ON, /* per cent */
    FIELD_BUSY_OFF,
    FIELD_INPUT_THRESHOLD, /* records/s */
    FIELD_SLO,             /* ns */
    FIELD_PART_BACKLOG,    /* parts of the mean latency of the last second, ns */
    FIELD_PART_QUEUE,
    FIELD_PART_FILL,
    FIELD_PART_CALL,
    FIELD_PART_SERVICE,
    FIELD_PART_ORDER,
    FIELD_COST_RATE,  /* nano-USD an hour */
    FIELD_CALLS,      /* in flight */
    FIELD_LIMIT,      /* of calls in flight */
    FIELD_BATCH,      /* records aimed at per call */
    FIELD_MEAN_BATCH, /* records per call */
    FIELD_DRAIN,      /* s */
    FIELD_BP_SUM,     /* s since the start */
    FIELD_ENV_ALL,    /* environments of the functions: all, */
    FIELD_ENV_BUSY,   /* those that work, those that start */
    FIELD_ENV_COLD,
    FIELD_COUNT,
    FIELD_KNOB = 64, /* + enum knob: its value in the unit of knob_table */
};

/* Whole numbers of a reading that are kept exactly. */
enum whole {
    WHOLE_IN,
    WHOLE_OUT,
    WHOLE_DEAD,
    WHOLE_LOST,
    WHOLE_DUPLICATED,
    WHOLE_DISORDERED,
    WHOLE_IN_FLIGHT,
    WHOLE_BACKLOG,
    WHOLE_TOKENS,
    WHOLE_DIGEST,
    WHOLE_COST,
    WHOLE_COST_RATE,
    WHOLE_BURST,
    WHOLE_BATCHES,
    WHOLE_CALLS,
    WHOLE_RETRIES,
    WHOLE_THROTTLED,
    WHOLE_COLD,
    WHOLE_FAILED,
    WHOLE_EXECUTED,
    WHOLE_DROPPED,
    WHOLE_CALLS_IN_FLIGHT,
    WHOLE_REMOTE,
    WHOLE_LIMIT,
    WHOLE_BATCH,
    WHOLE_ENV_COLD,
    WHOLE_ENV_BUSY,
    WHOLE_ENV_WARM,
    WHOLE_FRACTION,
    WHOLE_DECISIONS,
    WHOLE_COUNT
};

/* What is kept of a vertex. */
struct vertex_figures {
    uint16_t busy, bp, idle; /* ms/s */
    uint16_t slots;          /* 65535 = as many or more */
    float in_rate, out_rate, queue, in_flight;
};

struct sample {
    int64_t at_ns; /* engine time */
    bool gap;      /* no readings were made for a while before it */
    int64_t whole[WHOLE_COUNT];
    float v[FIELD_COUNT];
};

struct spread {
    float min, max, mean, last; /* min < 0: not measured */
};

/* The samples of one second together. */
struct slot {
    int64_t at_ns, first_ns, last_ns; /* its start; its first and last sample */
    bool gap;                         /* before its first sample */
    int64_t whole[WHOLE_COUNT];       /* at its last sample */
    struct spread v[FIELD_COUNT];
};

/* One intervention on the time line. */
struct marker {
    int64_t at_ns;
    uint64_t event; /* number of the event */
    char kind;      /* as in struct sp_event */
    bool person;    /* not the controller */
    char letter[8]; /* A…Z, A2… for people, a…z for the controller */
};

struct knob_change {
    int64_t at_ns, value;
    int knob;
    bool manual;
};

struct span_cache {
    bool valid;
    uint64_t until; /* pushes that it holds for; 0: for good */
    int which;
    int64_t from_ns, to_ns;
    struct sp_latency latency;
};

struct history {
    struct sample *sample; /* ring of HISTORY_SAMPLES; owned */
    int first, count;
    struct slot *slot; /* ring of HISTORY_SLOTS; owned; the last one may still grow */
    int slot_first, slot_count;
    double sum[FIELD_COUNT]; /* behind the means of the last slot */
    int summed[FIELD_COUNT];
    struct vertex_figures *vertex, *slot_vertex; /* rows for samples and slots; owned */
    int vertices;

    struct knob_change *change; /* ring of HISTORY_CHANGES; owned */
    int change_first, change_count;
    struct knobs knobs_before; /* before the oldest change kept */
    struct knobs knobs_now;
    int64_t knobs_from_ns; /* nothing is known of knobs before */

    struct track latency, call;
    struct hist *scratch;     /* one for merging; owned */
    struct span_cache *cache; /* HISTORY_CACHE of them; owned */

    struct sp_event *event; /* ring of HISTORY_EVENTS; owned */
    int event_first, event_count;
    struct marker marker[HISTORY_MARKERS]; /* ring */
    int marker_first, marker_count;
    uint64_t last_event; /* number of the newest event seen */
    struct sp_letters letters;
    uint64_t last_number; /* of the newest reading */
    uint64_t pushes;      /* readings noted so far */
};

/* Takes the memory. false: there is none. */
MUST_USE bool history_open(struct history *h);
void history_close(struct history *h);
/* Bytes taken, whether they are in use yet or not. */
size_t history_bytes(const struct history *h);

/* Notes a reading and its new events. A reading that is earlier than the last one
 * (the run was restarted) empties everything. */
void history_push(struct history *h, const struct sp_reading *reading);

/* Sample i of count, oldest first. */
const struct sample *history_sample(const struct history *h, int i);
/* Marker i of marker_count, oldest first; and the one of an event, or NULL. */
const struct marker *history_marker(const struct history *h, int i);
const struct marker *history_marker_of(const struct history *h, uint64_t event);
/* Line i of event_count of the log, oldest first; and the number of lines up to and
 * with an instant. */
const struct sp_event *history_event(const struct history *h, int i);
int history_events_until(const struct history *h, int64_t at_ns);

/* First and last instant of which something is known; false: of none. */
bool history_range(const struct history *h, int64_t *first_ns, int64_t *last_ns);

struct extent {
    bool any;
    double min, max, last, mean;
};

/* What a figure did in [from, to). Where no sample falls into it, the last one before it
 * speaks, up to HISTORY_HOLD_NS. `last` and `mean` of a percentile are that percentile of
 * the range's merged histogram (of the last second before `to`, if the range is shorter),
 * min and max those of its seconds. */
struct extent history_span(const struct history *h, enum field field, int64_t from_ns,
                           int64_t to_ns);

/* The same, with percentiles as their seconds had them: `min` and `max` are as good, and an
 * hour of them costs little. For scales. */
struct extent history_bounds(const struct history *h, enum field field, int64_t from_ns,
                             int64_t to_ns);

enum latency_kind { HISTORY_LATENCY, HISTORY_CALL };

/* Merged histogram of [from, to): all records (or calls) that were done in it. `out` is
 * emptied first. */
void history_hist(const struct history *h, enum latency_kind which, int64_t from_ns, int64_t to_ns,
                  struct hist *out);
/* Its figures; count 0 where there are none. Ranges asked for before cost nothing. */
struct sp_latency history_latency(const struct history *h, enum latency_kind which, int64_t from_ns,
                                  int64_t to_ns);

/* The whole numbers as of an instant; false: it lies in a gap or outside. */
bool history_whole(const struct history *h, int64_t at_ns, int64_t out[WHOLE_COUNT]);
/* All knobs as of an instant; false: not known. */
bool history_knobs(const struct history *h, int64_t at_ns, struct knobs *out);
/* The reading as of an instant, as far as it is remembered: `base` gives names and
 * structure, instances and whole-run figures are left out. false: the instant lies in a
 * gap or outside, and every figure says "not measured". out may not be base. */
bool history_reading(const struct history *h, const struct sp_reading *base, int64_t at_ns,
                     struct sp_reading *out);

/* True if the knob means something under the policy and batch policy in force. */
bool knob_applies(const struct knobs *k, int knob);

/* ---- between history.c and history_read.c ------------------------------------------- */

/* Where the whole numbers stand in a reading. */
extern const size_t history_whole_at[WHOLE_COUNT];
/* Index of the last sample at or before an instant, -1: none; likewise slots. */
int history_sample_at(const struct history *h, int64_t at_ns);
int history_slot_at(const struct history *h, int64_t at_ns);
const struct slot *history_slot(const struct history *h, int i);

#endif
