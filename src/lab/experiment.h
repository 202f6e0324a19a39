/* An experiment: which runs, and what is drawn from them. A strict JSON file like a
 * preset, with the same care about mistakes (io/preset.h):
 *
 *   { "spillway": 1, "experiment": "latency", "why": "…",
 *     "settings": { "preset": "vanilla", "rate": 800, "graph.tokenizer.cost": "1s" },
 *     "repeats": 3, "scenario": ["at 10s spike x3 5s"], "expect": ["p99<250ms"],
 *     "groups": [ { "name": "as-found", "why": "…", "settings": {…}, "repeats": 3,
 *       "axes": [ { "name": "rate", "field": "rate", "values": [100, 250] },
 *                 { "name": "policy", "values": { "off": {…}, "excess": {…} } } ] } ],
 *     "figures": [ … ], "tables": [ … ] }
 *
 * A setting is "preset", a run's "rate", "records" or "duration", "at" (a command, or a
 * list of them), or whatever preset_assign takes: any knob, any field by its path. Later
 * settings win: experiment, group, then axis by axis. The points of a group are the
 * cartesian product of its axes; the last axis turns fastest.
 *
 * Everything here is borrowed from the text, which the experiment owns. */
#ifndef LAB_EXPERIMENT_H
#define LAB_EXPERIMENT_H

#include "io/json.h"
#include "io/preset.h"

#define EXPERIMENT_GROUPS 16
#define EXPERIMENT_AXES 5
#define EXPERIMENT_VALUES 48
#define EXPERIMENT_FIGURES 12
#define EXPERIMENT_TABLES 8
#define EXPERIMENT_PUBLISHED 8
#define EXPERIMENT_POINTS 64 /* of one published series */
#define EXPERIMENT_WORD 64
#define EXPERIMENT_LINE 500
#define EXPERIMENT_REPEATS_MAX 10000

struct axis_value {
    char label[EXPERIMENT_WORD];
    const struct json_value *settings; /* an object; NULL: the axis has a field */
    const struct json_value *value;    /* of that field */
};

struct axis {
    char name[EXPERIMENT_WORD];
    const struct json_value *field; /* NULL: values are objects of settings */
    struct axis_value value[EXPERIMENT_VALUES];
    int count;
};

struct group {
    char name[EXPERIMENT_WORD];
    char why[EXPERIMENT_LINE];
    const struct json_value *settings, *scenario, *expect; /* NULL: none */
    int repeats;                                           /* 0: the experiment's */
    struct axis axis[EXPERIMENT_AXES];
    int axes;
};

enum figure_kind { FIGURE_LINES, FIGURE_BOX, FIGURE_BARS, FIGURE_HEAT, FIGURE_KINDS };
extern const char *const figure_kind_names[FIGURE_KINDS]; /* lines box bars heat */

/* Which rows: axis "group" or any other, and the label that it must have. */
struct filter {
    const struct json_value *object; /* {"group": "as-found", "client": "noisy"}; NULL: all */
};

struct published {
    char series[EXPERIMENT_WORD]; /* label of the measured series it stands beside, or "" */
    char label[EXPERIMENT_WORD];
    char source[EXPERIMENT_LINE];
    char x[EXPERIMENT_POINTS][EXPERIMENT_WORD]; /* labels of the x axis */
    int64_t y_micro[EXPERIMENT_POINTS];         /* in the figure's unit, × 10^6 */
    int count;
};

struct figure {
    char name[EXPERIMENT_WORD], title[EXPERIMENT_LINE];
    enum figure_kind kind;
    struct filter where;
    char x[EXPERIMENT_WORD], series[EXPERIMENT_WORD]; /* axes; series may be "" */
    char y[EXPERIMENT_WORD];                          /* a metric; of a box its family */
    char x_label[EXPERIMENT_LINE], y_label[EXPERIMENT_LINE];
    bool log_x, log_y;
    char difference[EXPERIMENT_LINE]; /* why published and measured differ; "" */
    struct published published[EXPERIMENT_PUBLISHED];
    int published_count;
};

struct lab_table {
    char title[EXPERIMENT_LINE];
    struct filter where;
    char rows[EXPERIMENT_WORD], columns[EXPERIMENT_WORD]; /* axes; columns may be "" */
    char value[EXPERIMENT_WORD];                          /* a metric */
};

struct experiment {
    char name[EXPERIMENT_WORD];
    char why[EXPERIMENT_LINE];
    const struct json_value *settings, *scenario, *expect;
    int repeats;
    struct group group[EXPERIMENT_GROUPS];
    int groups;
    struct figure figure[EXPERIMENT_FIGURES];
    int figures;
    struct lab_table table[EXPERIMENT_TABLES];
    int tables;
    char where[160]; /* what errors call the text */
    struct json doc;
    char *text; /* owned */
};

/* Reads an experiment from text of size bytes. It is large: from the heap. 0, or ERR_BAD
 * (with "FILE:line:column: …") or ERR_MEMORY; experiment_close is due in every case.
 * Whether the settings are good is for plan_make to say. */
MUST_USE int experiment_parse(const char *text, size_t size, const char *where,
                              struct experiment *out, struct err *e);
void experiment_close(struct experiment *x);

/* Ends a reading with "where:line:column: sentence" at a value of the text; ERR_BAD. */
__attribute__((format(printf, 4, 5))) int experiment_fail(const struct experiment *x, uint32_t at,
                                                          struct err *e, const char *format, ...);

/* Reads NAME (from experiments/ in the places where presets are looked for) or FILE (with a
 * slash or .json). ERR_BAD with the nearest name, or ERR_IO. */
MUST_USE int experiment_load(const char *name, struct experiment *out, struct err *e);

/* Names of all experiments that a bare name finds, sorted; how many were written. */
int experiment_names(char (*names)[PRESET_NAME], int max);

/* The scalar v as the text that preset_assign takes; false if it is none. */
MUST_USE bool experiment_value(const struct json_value *v, char *dst, size_t size);

#endif
