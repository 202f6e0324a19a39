/* When each record is due: a list of rates, exact in integers.
 *
 * The rate is a step function of time, in milli-records per second (mps), over
 * whole ns. So its integral I(t), in units of 10⁻¹² record, is an integer, and
 * everything follows from it without any rounding that could add up:
 *
 *   record n is due in the ns in which I reaches n·10¹²
 *   due by t (t included): ceil(I(t + 1 ns) / 10¹²) records
 *
 * Inside a piece of constant rate that starts at t0 this is due(n) = t0 +
 * (n·10¹² − I(t0)) / rate. A record under way when the rate changes goes on with
 * what it had. Back-pressure never moves a due time; `pause` and a gap of the
 * process do (DESIGN.md section 5, "Schedule").
 *
 * Two time axes: *nominal* time runs 0… without pauses and gaps; engine time =
 * nominal + shift. Event time is nominal (so the same records carry the same
 * bytes in live and sim); due times for latency are engine time.
 *
 * What was in force in the past is kept for as long as a record of that time is
 * due and not yet emitted, so an intervention never moves one. */
#ifndef WORKLOAD_SCHEDULE_H
#define WORKLOAD_SCHEDULE_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_STEPS 256   /* lines of a preset's schedule */
#define SCHEDULE_OVERLAYS 64 /* spikes and ramps active at one time */
#define SCHEDULE_LOG 64      /* changes of load, and of shift, inside one backlog */
#define SCHEDULE_FROZEN 64

#define SCHEDULE_RATE_MAX INT64_C(1000000000000)     /* 10⁹ records/s in milli */
#define SCHEDULE_FACTOR_MAX INT64_C(1000000000000)   /* × 10⁶ in ppm */
#define SCHEDULE_TIME_MAX INT64_C(86400000000000000) /* 1000 days: at, for, period */
#define SCHEDULE_PERIOD_MIN INT64_C(1000000)         /* 1 ms */
#define SCHEDULE_TRACES 4                            /* traces in one schedule */
#define SCHEDULE_POINTS 4096                         /* in all of them */
#define SCHEDULE_FILE 512                            /* bytes of a trace's name */

enum step_kind {
    STEP_RATE,   /* {"at","rate"[,"for"]}: constant; with `for` the earlier rate returns after it */
    STEP_RAMP,   /* {"at","ramp":[a,b],"for"}: linear from a to b, then b stays */
    STEP_SQUARE, /* {"at","square":[a,b],"period"[,"for"]}: half a period each, repeated */
    STEP_SPIKE,  /* {"at","spike":"x3","for"[,"every"]}: times a factor, once or again and again */
    STEP_SINE,   /* {"at","sine":[a,b],"period"[,"for"]}: from a to b and back in each period */
    STEP_TRACE, /* {"at","trace":FILE[,"scale","loop","interpolate","for"]}: rates at given times */
};

struct schedule_step {
    enum step_kind kind;
    int64_t at_ns;
    int64_t rate_mps, rate2_mps; /* rate; ramp, square and sine: both ends */
    int64_t factor_ppm;          /* spike; trace: its scale */
    int64_t for_ns;              /* 0: not given */
    int64_t period_ns;           /* square and sine: period; spike: every; 0: once */
    int trace;                   /* index in the spec */
    bool loop;                   /* trace: its last time is that of its first point again */
    bool stairs;                 /* trace: each rate stays until the next one; else linear */
};

/* A rate at a time from the beginning of the trace. */
struct schedule_point {
    int64_t at_ns, rate_mps;
};

struct schedule_trace {
    char file[SCHEDULE_FILE]; /* where it was read, for whoever writes the spec down */
    int first, count;         /* points, in rising order of time; the first is at 0 */
};

struct schedule_spec {
    struct schedule_step step[SCHEDULE_STEPS]; /* in order of at_ns */
    int count;
    struct schedule_trace trace[SCHEDULE_TRACES];
    int traces;
    struct schedule_point point[SCHEDULE_POINTS];
    int points;
};

/* Private parts are sized for embedding; use the functions. */
enum overlay_kind { OVERLAY_SPIKE, OVERLAY_RAMP, OVERLAY_RATE };

struct schedule_overlay {
    enum overlay_kind kind;
    int handle;                  /* 1, 2, …; of a ramp or rate, the highest one rules */
    int64_t from_ns, to_ns;      /* nominal, [from, to) */
    int64_t factor_ppm, add_mps; /* spike */
    int64_t rate_mps, rate2_mps; /* ramp: both ends; rate */
    int64_t ramp_ns;             /* ramp: how long */
};

/* Constant rate in [from, until). I(from) = whole·10¹² + part. */
struct schedule_piece {
    int64_t from_ns, until_ns; /* nominal */
    int64_t rate_mps;
    uint64_t whole, part;
};

/* A value in force from a nominal time on, until the next entry. */
struct schedule_entry {
    int64_t from_ns, value;
};

struct schedule {
    const struct schedule_spec *spec; /* borrowed for the life of the schedule */
    struct schedule_overlay overlay[SCHEDULE_OVERLAYS];
    int overlay_count, last_handle;
    struct schedule_entry load[SCHEDULE_LOG];  /* ppm */
    struct schedule_entry shift[SCHEDULE_LOG]; /* ns: engine time − nominal time */
    int load_count, shift_count;
    /* Part of the past in short form: same count, due times evened out. Only made
     * when the past of one backlog outgrows the tables above. */
    struct schedule_piece frozen[SCHEDULE_FROZEN];
    int frozen_count;
    int64_t frozen_from_ns, frozen_to_ns;
    bool paused;
    int64_t paused_at_ns;        /* nominal */
    int64_t taken_ns;            /* nominal due of the last record emitted */
    int64_t cut_ns;              /* nominal time of the last intervention */
    struct schedule_piece at;    /* holds the last record emitted */
    struct schedule_piece count; /* holds the last time counted to */
    /* The next record, when `ready`: its piece, and its nominal due time as a
     * quotient (TIME_NEVER: none) and the rest of that division. */
    bool ready;
    struct schedule_piece look;
    int64_t due_ns;
    uint64_t rest, step_ns, step_rest; /* 10¹² / rate: quotient and rest */
    uint64_t next_seq;                 /* first seq not yet emitted */
};

/* Sentence that says what is wrong with a spec (order of `at`, missing `for`,
 * rates out of range), and the step at fault; NULL if it is good. */
const char *schedule_check(const struct schedule_spec *spec, int *step_at_fault);

/* spec has passed schedule_check, and does not change while s is in use. */
void schedule_init(struct schedule *s, const struct schedule_spec *spec);

/* Engine time at which the next record not yet emitted is due; TIME_NEVER while
 * paused, or if the rate is 0 for ever. */
int64_t schedule_next_due(struct schedule *s);
/* Emits it: returns its seq and sets *due_ns (engine), *nominal_ns, *rate_mps (in
 * force at its own seq). Call only when schedule_next_due() is not TIME_NEVER. */
uint64_t schedule_take(struct schedule *s, int64_t *due_ns, int64_t *nominal_ns, int64_t *rate_mps);
/* Records due by engine time now, emitted ones included: pure arithmetic, so a
 * backlog of any size costs nothing. */
uint64_t schedule_due_count(struct schedule *s, int64_t now_ns);
/* Offered rate at now, milli-records/s (0 while paused). */
int64_t schedule_rate(const struct schedule *s, int64_t now_ns);

/* Interventions; each takes effect at now: records due by then keep their due times
 * (but at 0, where nothing has begun). now_ns does not go back from one call to the
 * next.
 *
 * rate = load × base × factors of the spikes + what spikes add, within [0,
 * SCHEDULE_RATE_MAX]. base is the newest ramp or rate set by hand, and while there
 * is none, the preset's steps with their own spikes.
 *
 * The first three return 0, or ERR_BAD when SCHEDULE_OVERLAYS are in use or a
 * value is out of range. *handle names the overlay for schedule_cancel (undo). */

/* rate × factor + add for a while. factor_ppm 0 beside an add_mps that is not 0
 * stands for × 1; alone it stops the source. */
MUST_USE int schedule_spike(struct schedule *s, int64_t now_ns, int64_t factor_ppm, int64_t add_mps,
                            int64_t for_ns, int *handle);
/* Linear from one rate to the other, which then stays. */
MUST_USE int schedule_ramp(struct schedule *s, int64_t now_ns, int64_t from_mps, int64_t to_mps,
                           int64_t for_ns, int *handle);
/* One constant rate from now on, instead of the preset's steps. Of many rates and
 * ramps set one upon another the oldest hidden ones are forgotten when room is
 * needed. */
MUST_USE int schedule_set_rate(struct schedule *s, int64_t now_ns, int64_t rate_mps, int *handle);
/* Ends one overlay, or all of them (`halt`) when handle is -1. Unknown handles,
 * and those of overlays that are over, do nothing. */
void schedule_cancel(struct schedule *s, int64_t now_ns, int handle);
/* The rate that the newest ramp or rate set by hand leads to. False: there is none in
 * force, the preset's steps rule. */
bool schedule_hand_rate(const struct schedule *s, int64_t now_ns, int64_t *rate_mps);
void schedule_load(struct schedule *s, int64_t now_ns, int64_t load_ppm);
void schedule_pause(struct schedule *s, int64_t now_ns);
void schedule_resume(struct schedule *s, int64_t now_ns);
/* A gap of the process that began at engine time now_ns (the last time it was
 * seen running): everything not due by then moves later by gap_ns. */
void schedule_shift(struct schedule *s, int64_t now_ns, int64_t gap_ns);
/* The next record was due before now_ns and has come only now: it is due now, and
 * those after it later by as much. Nothing if it is not due yet, or while paused. */
void schedule_delay(struct schedule *s, int64_t now_ns);

#endif
