/* The random simulator: one seed is one pipeline, one stream of commands, one run
 * in virtual time, and a list of things that must hold at every reading.
 *
 *   seed ─► draw a preset (text) ─► preset_parse ─┐
 *        └► draw a stream of commands ────────────┼─► sp_run ─► watch each reading ─► end checks
 *                                                 └─► the same again; the plain pipeline */
#ifndef TESTS_SIM_SEEDS_H
#define TESTS_SIM_SEEDS_H

#include "base/prng.h"
#include "spillway.h"

#define CASE_TEXT 16384 /* a preset's text */
#define CASE_ORDERS 48  /* commands of a stream */

/* ---- draws ------------------------------------------------------------------------ */

static inline uint64_t draw(struct prng *p, uint64_t n) { return prng_below(p, n); }
static inline bool chance(struct prng *p, unsigned percent) { return draw(p, 100) < percent; }
/* Between lo >= 1 and hi, every octave as likely as another. */
uint64_t draw_log(struct prng *p, uint64_t lo, uint64_t hi);
#define PICK(p, list) ((list)[draw((p), sizeof(list) / sizeof *(list))])

/* ---- a case ------------------------------------------------------------------------- */

/* One command of the stream. */
struct order_line {
    int64_t at_ns;
    bool typed; /* sent by a person while it runs; else an `at` line of the script */
    char text[PRESET_COMMAND];
};

struct sim_case {
    uint64_t seed;
    char text[CASE_TEXT]; /* the preset, as JSON */
    struct preset preset; /* the same, read */
    int copies;           /* deliveries that each record makes */
    bool drained;         /* records = N; else a duration */
    uint64_t records;
    int64_t duration_ns;
    int64_t span_ns;    /* of the stream of commands */
    int64_t calm_ns;    /* from here on every fault is off: what is left must drain */
    bool content_moves; /* a command changes the schedule, so the records' bytes too */
    struct order_line order[CASE_ORDERS];
    int orders;
};

/* Fills a case from its seed. false: no valid preset in many tries (a defect of the
 * generator); refused then holds the last sentence. */
bool case_draw(struct sim_case *c, uint64_t seed, char *refused, size_t size);
/* Draws the stream of commands for the preset in c. */
void case_draw_orders(struct sim_case *c, struct prng *p);
/* The same records through a pipeline without cost, functions, faults, commands. */
void case_plain(const struct sim_case *c, struct preset *out);
/* What follows from the preset once it is read. */
void case_finish(struct sim_case *c);

/* Cases that failed once (past.c). */
int past_count(void);
const char *past_name(int i);
bool past_case(struct sim_case *c, int i, char *refused, size_t size);

/* Prints preset and stream. */
void case_show(const struct sim_case *c);

/* ---- what must hold ------------------------------------------------------------------ */

#define WATCH_TEXT 700

struct watch {
    const struct sim_case *c;
    struct sp_engine *engine;
    int64_t budget_nusd; /* 0: none, or not to be judged */
    int next_typed;      /* in c->order */
    bool failed;
    char what[WATCH_TEXT]; /* the first thing that did not hold */
    /* the reading before */
    bool begun;
    uint64_t readings, restarts;
    uint64_t quit_at; /* readings when `quit` was typed; 0: it was not */
    int64_t now_ns, cost_nusd, concurrency_max;
    uint64_t in, out, dead, due, tokens, calls, events;
    int64_t watermark_ms[SP_VERTICES];
    int64_t moved_ns;     /* when in, out or dead last changed */
    uint64_t fingerprint; /* of all readings so far */
};

void watch_init(struct watch *w, const struct sim_case *c, struct sp_engine *engine);
/* For sp_run: checks the reading, sends what a person types now. */
bool watch_tick(void *watch, const struct sp_reading *r);
/* After the run. */
void watch_end(struct watch *w, const struct sp_summary *s);
__attribute__((format(printf, 2, 3))) void watch_fail(struct watch *w, const char *format, ...);

#endif
