/* The runs of an experiment: its points (groups times axes), times repeats, each with the
 * preset, commands and seed that it takes, and the command line that repeats it. */
#ifndef LAB_PLAN_H
#define LAB_PLAN_H

#include "lab/experiment.h"
#include "lab/text.h"
#include "spillway.h"

#define PLAN_KEY 400
#define PLAN_COMMANDS 64
#define PLAN_ONLY 8
#define PLAN_POINTS_MAX 20000
#define PLAN_RUNS_MAX 200000

/* What the command line says for all runs. */
struct plan_options {
    bool sim;
    uint64_t seed;
    int repeats;                 /* 0: as the experiment says */
    int64_t duration_ns;         /* 0: the same */
    const char *provider;        /* name; NULL: the preset's */
    const char *only[PLAN_ONLY]; /* "rate=100": only points with these labels; NULL at the end */
};

struct point {
    int group;
    int value[EXPERIMENT_AXES]; /* index into each axis of the group */
    int repeats, first_run;
    char key[PLAN_KEY]; /* "group=sound rate=100": unique */
};

struct plan {
    const struct experiment *x; /* borrowed */
    struct plan_options options;
    struct point *point;
    int points, runs;
};

/* Lays out the points and tries every one of them: a setting that is wrong is found before
 * anything runs, with its place in the file. plan_close is due after 0. */
MUST_USE int plan_make(const struct experiment *x, const struct plan_options *options,
                       struct plan *out, struct err *e);
void plan_close(struct plan *p);

/* A run by its number; and its seed, from (seed, point's key, repeat). */
const struct point *plan_point(const struct plan *p, int run, int *repeat);
uint64_t plan_seed(const struct plan *p, const struct point *point, int repeat);

/* Label of an axis at a point ("group" too); NULL if its group has no such axis. */
const char *plan_label(const struct plan *p, const struct point *point, const char *axis);
/* Does a point pass a filter? An axis that it lacks does not. */
bool plan_passes(const struct plan *p, const struct point *point, const struct filter *f);

/* Everything one run takes; large, from the heap. */
struct run_setup {
    struct preset preset;
    struct sp_options options; /* points into this struct and the experiment's text */
    const char *commands[PLAN_COMMANDS + 1], *expects[PLAN_COMMANDS + 1];
    char at[PLAN_COMMANDS][PRESET_COMMAND + 4]; /* "at 10s spike x3 5s" */
};

/* 0, or ERR_BAD with the place of the setting. */
MUST_USE int plan_setup(const struct plan *p, const struct point *point, int repeat,
                        struct run_setup *out, struct err *e);

/* Appends "spillway run …" for that run. */
void plan_command(const struct plan *p, const struct point *point, int repeat, struct text *t);

/* Hash of all that decides a result besides seed and program: the experiment's text, the
 * presets it names, the options but the number of repeats. 0 or the error of a preset that cannot be read. */
MUST_USE int plan_hash(const struct plan *p, uint64_t *hash, struct err *e);

#endif
