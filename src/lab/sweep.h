/* A sweep: one preset, some of its fields over ranges, and a goal that says which of the
 * combinations is best. It is an experiment made of arguments, with a verdict. */
#ifndef LAB_SWEEP_H
#define LAB_SWEEP_H

#include "lab/runner.h"

#define SWEEP_ARGUMENTS 16
#define SWEEP_CONSTRAINTS 6

/* A goal (lab/score.h has those of races, which judge whole runs; here every column of the
 * results counts, latencies after the warm-up): conditions, and what is made least (or most) among what meets them. */
struct aim {
    struct {
        int metric;
        bool below;    /* <, <=; else >, >= */
        bool equal;    /* the bound itself is good */
        int64_t bound; /* in the metric's digits */
        char text[64];
    } constraint[SWEEP_CONSTRAINTS];
    int constraints;
    int metric;
};

/* Reads a goal. ERR_BAD: "goal:5: …", the number being the column. Short words: mean p50 p99
 * (after the warm-up), p90 p999 max, cost, total, burst, backlog, throughput, completion; and
 * every column of runs.csv. */
MUST_USE int aim_read(const char *text, struct aim *out, struct err *e);

/* One argument as values: "batch=10..400:x2,500" gives 10, 20, 40, … 320, 500. The values are
 * written to value[0..*count). A range is a..b:+STEP or a..b:xFACTOR, ends included where the
 * steps meet them. ERR_BAD: "ARGUMENT:column: …". */
MUST_USE int sweep_values(const char *argument, char (*value)[EXPERIMENT_WORD], int max, int *count,
                          struct err *e);

struct sweep_options {
    const char *preset;
    const char *const *argument;
    int arguments;
    int repeats;
    uint64_t seed;
};

/* Writes the experiment that a sweep is, after every value was tried on the preset. */
MUST_USE int sweep_text(const struct sweep_options *o, const struct aim *goal, struct text *out,
                        struct err *e);

enum sweep_state {
    ROW_BEST,  /* the best mean of the goal's metric */
    ROW_NOISE, /* as good as the best, as far as the noise tells */
    ROW_WORSE,
    ROW_MISSES,   /* a condition is not met */
    ROW_VIOLATED, /* records were lost, doubled or out of order */
    ROW_NOTHING,  /* a run has no such figure: no record was done */
    ROW_NOT_RUN,
};

struct sweep_row {
    const struct point *point;
    enum sweep_state state;
    int missed;         /* ROW_MISSES: index of the condition */
    int runs, steady;   /* done; of them steady */
    int64_t mean, band; /* of the goal's metric; band: half the width at 95 %, -1: unknown */
};

/* Judges every point of a plan that was run; rows has plan->points. Index of the best; -1: no
 * row meets the conditions. -2: no memory. */
int sweep_judge(const struct results *r, const struct aim *goal, struct sweep_row *rows);

#endif
