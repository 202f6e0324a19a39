/* Presets: strict JSON, every field with a default and a range; unknown or
 * repeated fields, trailing text, wrong types, out-of-range numbers are errors
 * with file:line:column and the nearest known name (DESIGN.md section 6). */
#ifndef IO_PRESET_H
#define IO_PRESET_H

#include "base/err.h"
#include "control/knob.h"
#include "faas/model.h"
#include "flow/graph.h"
#include "workload/nexmark.h"
#include "workload/schedule.h"

#define PRESET_SCENARIO 256
#define PRESET_COMMAND 160
#define PRESET_BYTES_MAX (1 << 20) /* a larger file is refused */

/* A place in a preset's text, both from 1; columns count characters. */
struct preset_position {
    int line, column;
};

/* What runs the functions. Virtual time always has the model. */
enum provider { PROVIDER_MODEL, PROVIDER_EMULATOR, PROVIDER_AWS, PROVIDER_URL, PROVIDERS };
extern const char *const provider_names[]; /* "model" "emulator" "aws" "url"; NULL-terminated */
#define PRESET_ENDPOINT 256                /* bytes of an endpoint's URL, with NUL */
#define PRESET_FUNCTION 194                /* bytes of a function's name and alias, with NUL */

enum source_kind { SOURCE_NEXMARK, SOURCE_LINES, SOURCE_DEAD, SOURCE_KINDS };
extern const char *const source_kind_names[]; /* "nexmark" "lines" "dead"; NULL-terminated */
#define PRESET_FILE 512                       /* bytes of a file's name */

struct preset {
    char name[64];
    char why[300];
    /* source */
    enum source_kind source_kind;
    char source_file[PRESET_FILE]; /* lines, dead; "-": standard input */
    enum nexmark_profile profile;
    uint64_t source_seed;
    int64_t base_time_ms;
    struct schedule_spec schedule;
    struct graph_spec graph;
    struct knobs knobs; /* knobs given in the preset; none is manual */
    enum provider provider;
    char endpoint[PRESET_ENDPOINT]; /* "": the provider's own */
    char function[PRESET_FUNCTION]; /* "": tokenize */
    bool blocking; /* the invoker takes no record while a call is under way (2023's did) */
    struct faas_config functions;
    int64_t duration_ns; /* 0: until told to stop */
    char scenario[PRESET_SCENARIO][PRESET_COMMAND];
    int scenario_count;
    struct preset_position scenario_at[PRESET_SCENARIO]; /* for errors found later */
    char where[160]; /* what errors call the text: "presets/burst.json" */
};

/* The preset that every field's default gives: vanilla graph, 1000 ev/s, no end. */
void preset_init(struct preset *p);

/* Reads a preset from text of size bytes; `where` names it in errors
 * ("presets/burst.json"). On failure returns ERR_BAD (or ERR_MEMORY), e->text =
 * "presets/x.json:12:8: \"bacth\": unknown field; did you mean \"batch\"?", and
 * out's content is of no use: to keep a preset in force, parse into another.
 * Scenario lines are checked for length and form only; the command table (run/)
 * checks the rest and finds their places in scenario_at.
 * The knob `slots` and the slots of the costly node (where `burst` stands, or
 * its twin; else the one with the largest cost) are one thing: knobs.slots sets that node, and
 * without it the knob takes the node's number. */
MUST_USE int preset_parse(const char *text, size_t size, const char *where, struct preset *out,
                          struct err *e);

/* Reads NAME, FILE or "-" (standard input). A bare name (no slash, no .json) is
 * looked up in ./presets, $XDG_CONFIG_HOME/spillway/presets (or ~/.config/…) and
 * the installed presets; the error names the nearest and lists what exists. At
 * most PRESET_BYTES_MAX + 1 bytes are read, whatever the file's size. ERR_BAD for
 * an unknown name or a bad preset, ERR_IO for a file that cannot be read. */
MUST_USE int preset_load(const char *name, struct preset *out, struct err *e);

/* One --set FIELD=VALUE: any knob, as if the preset had said so (it does not
 * become manual); or another field by its path: "duration", "source.seed",
 * "functions.language", "graph.tokenizer.cost" (node and field).
 * ERR_BAD: "--set:7: batch 0: must be 1 to 10000", the number being the column
 * in the assignment. */
MUST_USE int preset_set(struct preset *p, const char *assignment, struct err *e);

/* The same with field (field_len bytes) and value apart, and a sentence without a
 * place. *in_value says whether the value is at fault, or the field. */
MUST_USE int preset_assign(struct preset *p, const char *field, size_t field_len, const char *value,
                           bool *in_value, struct err *e);

/* --trace FILE: the rates of a trace file (io/trace.h), from time 0 on, instead of the
 * whole schedule. ERR_BAD or ERR_IO with the sentence. */
MUST_USE int preset_trace(struct preset *p, const char *file, struct err *e);

/* Names of all presets that a bare name finds, sorted, without repeats. Returns
 * how many were written (at most max). */
#define PRESET_NAME 64
int preset_names(char (*names)[PRESET_NAME], int max);

/* Index of the costly node (see preset_parse), or -1 if no node has slots to
 * turn: the one that the knob `slots` means. */
int preset_costly_node(const struct graph_spec *g);

/* Nearest of NULL-terminated names to word by edit distance; NULL if none is near. */
const char *preset_nearest(const char *word, const char *const *names);

#endif
