/* What whole runs are compared by: a table of figures, and a goal that puts runs in order.
 *
 *   p99<250ms then cost      first every condition, then the figures, smaller first */
#ifndef LAB_SCORE_H
#define LAB_SCORE_H

#include "spillway.h"

enum score_figure {
    SCORE_P50, /* ns, due -> sink, over all records of the run */
    SCORE_P90,
    SCORE_P99,
    SCORE_P999,
    SCORE_MEAN,
    SCORE_SLO,     /* ns: seconds in which the goal's latency was missed */
    SCORE_BACKLOG, /* records, the largest that was seen */
    SCORE_QUEUE,   /* the same over all links */
    SCORE_COLD,    /* cold starts */
    SCORE_BURST,   /* ppm of the records that went to functions */
    SCORE_COST,    /* nano-USD */
    SCORE_UNDONE,  /* records due and not done at the end */
    SCORE_DEAD,    /* dead letters */
    SCORE_FIGURES
};

struct score_def {
    const char *name; /* as a goal says it */
    enum unit unit;
    const char *help;
};
extern const struct score_def score_table[SCORE_FIGURES];

/* The figures of one run. */
struct score {
    int64_t value[SCORE_FIGURES];
    bool any;        /* a record was done: latencies mean something */
    int64_t seconds; /* judged so far */
    uint64_t lost, duplicated, disordered;
    bool ledger_ok;
};

/* Empties s before a run. */
void score_begin(struct score *s);
/* Takes the next reading of the run; slo_ns: the latency that counts as missed. Readings
 * are best ten a second; a second is judged by the first one after it. */
void score_reading(struct score *s, const struct sp_reading *r, int64_t slo_ns);

#define GOAL_CONDITIONS 4
#define GOAL_OBJECTIVES 4

struct goal_condition {
    enum score_figure figure;
    bool above; /* the figure must lie above the value; else below */
    bool equal; /* or be equal to it */
    int64_t value;
};

struct goal {
    char text[160];
    struct goal_condition condition[GOAL_CONDITIONS];
    int conditions;
    enum score_figure objective[GOAL_OBJECTIVES];
    int objectives;
};

/* Reads "COND[, COND…] then FIGURE[, FIGURE…]", or one half alone. ERR_BAD and
 * "column 5: …" if it is none. */
MUST_USE int goal_read(const char *text, struct goal *g, struct err *e);
/* The latency that the goal demands of p99, or another percentile; else usual_ns. */
int64_t goal_slo(const struct goal *g, int64_t usual_ns);
/* Does a run meet every condition? -1: yes; else the first that it does not. */
int goal_missed(const struct goal *g, const struct score *s);
/* Order of two runs: < 0 if a is the better one, 0 if the goal makes no difference. A
 * violated ledger comes last, then what misses a condition. */
int goal_order(const struct goal *g, const struct score *a, const struct score *b);

#endif
