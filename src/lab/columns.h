/* The figures of a reading as a list of columns, so that a recording holds every one of
 * them, and what each is expected to be: only the difference is written.
 *
 * A column belongs to the run, to each instance or to each vertex. Its guess is worked out
 * from the reading before and from the columns before it in the list, by the same code when
 * writing and when reading; so a guess may be poor, but never wrong. */
#ifndef LAB_COLUMNS_H
#define LAB_COLUMNS_H

#include "spillway.h"

enum column_part {
    COLUMN_RUN,      /* once, first */
    COLUMN_TOTAL,    /* what each vertex did since the start */
    COLUMN_INSTANCE, /* for each of instance_count */
    COLUMN_VERTEX,   /* for each of vertex_count */
    COLUMN_END,      /* once, last */
    COLUMN_PARTS
};
/* "run", "total", … */
extern const char *const column_parts[COLUMN_PARTS];
/* How often the columns of a part stand in a reading. */
int column_times(enum column_part part, const struct sp_reading *r);

enum column_kind {
    COLUMN_LONG, /* int64_t, uint64_t */
    COLUMN_INT,  /* int, enums */
    COLUMN_BOOL,
    COLUMN_DOUBLE,
    COLUMN_SECONDS /* a double that is a whole number of ns ÷ 10^9 */
};

/* A value of a column: n of whole ones and of seconds (ns), else x. */
struct column_value {
    int64_t n;
    double x;
    bool is_double;
};

/* Counters as of an earlier reading: the rates of the last second are differences to one of
 * them, and so need not be written. */
struct column_past {
    int64_t now_ns;
    uint64_t in, out, due, burst, batches;
    struct column_past_vertex {
        uint64_t in, out;
        double busy_s, idle_s, backpressured_s;
    } vertex[SP_VERTICES];
    struct hist latency, call;
};
#define COLUMN_PASTS 16

/* What a guess may look at. */
struct column_guess {
    const struct sp_reading *before, *now; /* of now only columns before this one */
    const struct column_past *then;        /* a second ago; NULL: not known */
    int at;                                /* instance or vertex */
    /* of now's histograms: whole, and what they gained since then */
    struct sp_latency latency_run, call_run, latency, call;
};

struct column {
    const char *name;
    enum column_part part;
    enum column_kind kind;
    size_t at;        /* in struct sp_reading, sp_instance or sp_vertex */
    int64_t min, max; /* whole ones: what can be; a reader refuses the rest */
    /* NULL: as before */
    struct column_value (*guess)(const struct column_guess *g, const struct column *c);
    size_t of; /* for some guesses: the member they look at */
};

extern const struct column column_table[];
extern const int column_count;

/* The column's value in a reading (at: instance or vertex). A COLUMN_SECONDS that is no
 * whole number of ns is_double. */
struct column_value column_get(const struct column *c, const struct sp_reading *r, int at);
/* Puts it there. false: outside of [min, max], or not finite. */
MUST_USE bool column_set(const struct column *c, struct sp_reading *r, int at,
                         struct column_value v);
/* What the column is expected to be. */
struct column_value column_guess(const struct column *c, const struct column_guess *g);
/* True if x is a whole number that a double holds exactly, and then that number. */
bool column_is_whole(double x, int64_t *n);
/* True if two values of a column are the same to the last bit. */
bool column_same(struct column_value a, struct column_value b);

/* Fills past from a reading that is complete. */
void column_remember(struct column_past *past, const struct sp_reading *r);
/* Prepares a guess: histograms of now are known, columns not yet. */
void column_begin(struct column_guess *g, const struct sp_reading *before,
                  const struct sp_reading *now, const struct column_past *then);
/* True if in_rate of r is the difference to that past. */
bool column_rates_are_since(const struct column_past *past, const struct sp_reading *r);

/* A histogram's figures, as the engine works them out. */
struct sp_latency column_figures(const struct hist *h);

#endif
