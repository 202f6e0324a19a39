/* A race: two to four settings on the same input, each an engine of its own.
 *
 * The first lane gives the input for all of them: source, schedule, duration and scenario
 * (without its `expect` lines). What differs is graph, policy, knobs and functions. In
 * virtual time the lanes run in step, so a command reaches them at the same engine time;
 * live lanes share the processor's cores, and a race says so.
 *
 * Figures are of whole runs, percentiles of merged histograms. The noise of a figure is the
 * largest difference that the baseline shows against itself with other seeds; a difference
 * within it says nothing. One lost, doubled or disordered record disqualifies a lane. */
#ifndef LAB_RACE_H
#define LAB_RACE_H

#include "lab/score.h"

#define RACE_LANES 4
#define RACE_NOISE_MAX 16

struct race_lane {
    const struct preset *preset; /* borrowed for race_open */
    const char *const *commands; /* with their `at T`; NULL-terminated, or NULL */
};

struct race_options {
    struct race_lane lane[RACE_LANES];
    int lanes;
    bool live;
    uint64_t seed;
    int64_t duration_ns; /* 0: the first preset's; on a screen then without an end */
    uint64_t records;
    int64_t rate_mps;
    int baseline;      /* index */
    int noise;         /* runs of the baseline with other seeds; 0: none */
    const char *goal;  /* NULL: p99 below the baseline's slo, then cost */
    const char *cpu;   /* SPILLWAY_CPU */
    const char *plant; /* test builds */
};

struct race_board {
    struct score score[RACE_LANES];
    int rank[RACE_LANES];   /* from 1; lanes that the goal sees as equal share one */
    int missed[RACE_LANES]; /* condition of the goal that is missed; -1: none */
    int baseline;
    int64_t noise[SCORE_FIGURES];
    bool noise_known;
};

struct race;

/* Opens every lane. ERR_BAD for fewer than two lanes, a bad goal, an input that only one
 * lane could read (standard input, a pipe), commands that no lane of a race may run. */
MUST_USE int race_open(const struct race_options *o, struct race **out, struct err *e);
/* Stops what still runs. */
void race_close(struct race *r);
/* Asks what runs (race_run, race_measure_noise) to come to its end soon; from any thread. */
void race_stop(struct race *r);

int race_lanes(const struct race *r);
const struct goal *race_goal(const struct race *r);
/* The preset that a lane runs, as it was when the race began. */
const struct preset *race_preset(const struct race *r, int lane);
/* "B's own schedule is not used …"; "" if the lanes' inputs were the same anyway. */
const char *race_notice(const struct race *r);

/* Runs all lanes to their end, each on a thread of its own, and the noise runs after them.
 * `tick` (may be NULL) is called about ten times a second from the calling thread with the
 * race's slowest engine time; false stops the race. 0, or the first lane's failure. */
typedef bool race_tick_fn(void *context, int64_t now_ns);
MUST_USE int race_run(struct race *r, race_tick_fn *tick, void *context, struct err *e);

/* For a screen. Virtual time: every lane up to until_ns, in steps of 100 ms and in the
 * calling thread; `reading` is called with each lane's reading after each step. Live: takes
 * the readings that have come. *over: all lanes have ended. */
typedef void race_reading_fn(void *context, int lane, const struct sp_reading *reading);
MUST_USE int race_start(struct race *r, struct err *e);
MUST_USE int race_advance(struct race *r, int64_t until_ns, race_reading_fn *reading, void *context,
                          bool *over, struct err *e);
/* Measures the noise now, over so much engine time; blocks. May run on a thread of its own
 * beside the others' calls. */
MUST_USE int race_measure_noise(struct race *r, int64_t duration_ns, struct err *e);

/* A command for one lane, or for all (-1). ERR_BAD and a sentence if no lane may run it. */
MUST_USE int race_command(struct race *r, int lane, const char *text, struct err *e);

void race_baseline(struct race *r, int lane);
void race_score(struct race *r, struct race_board *out);

/* After race_run: what the ledger of a lane says; "" if it is good. */
const char *race_ledger_text(const struct race *r, int lane);
/* The lane's last reading. */
const struct sp_reading *race_reading(const struct race *r, int lane);

#endif
