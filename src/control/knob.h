/* Knobs: every setting that a person, a preset or a policy may turn while the
 * engine runs (contracts.md 4). One table; values are int64_t in the canonical
 * unit of base/units.h, names are indices into `names`. */
#ifndef CONTROL_KNOB_H
#define CONTROL_KNOB_H

#include "base/units.h"

enum knob {
    KNOB_POLICY,
    KNOB_INTERVAL,
    KNOB_BATCH,
    KNOB_BATCH_POLICY,
    KNOB_LINGER,
    KNOB_CONCURRENCY,
    KNOB_ORDER,
    KNOB_OVERFLOW,
    KNOB_BURST_MAX,
    KNOB_LOAD,
    KNOB_INPUT_THRESHOLD,
    KNOB_BUSY_THRESHOLD,
    KNOB_BUSY_ON,
    KNOB_BUSY_OFF,
    KNOB_DRAIN_TIME,
    KNOB_SLO,
    KNOB_HEAD_DEADLINE,
    KNOB_TIMEOUT,
    KNOB_BUDGET,
    KNOB_BUDGET_RATE,
    KNOB_SLOTS,
    KNOB_FLUSH,
    KNOB_COUNT
};

enum order { ORDER_GLOBAL, ORDER_KEY, ORDER_NONE };
enum overflow { OVERFLOW_BURST, OVERFLOW_BLOCK };

struct knob_def {
    const char *name; /* "busy_threshold" */
    enum unit unit;
    int64_t min, max, preset; /* preset: the default */
    const char *used_by;      /* "" = always; else policy and batch policy names, blank-separated */
    const char *const *names; /* UNIT_NAME: NULL-terminated list; else NULL */
    const char *help;         /* one sentence: what it does, which way is which */
};

extern const struct knob_def knob_table[KNOB_COUNT];

/* Values of all knobs and who owns each: manual = set by hand, the policy
 * leaves it alone until `auto FIELD`. */
struct knobs {
    int64_t value[KNOB_COUNT];
    bool manual[KNOB_COUNT];
};

/* All knobs at their defaults, automatic. */
void knobs_init(struct knobs *k);
/* Index of a knob by name (len bytes), or -1. */
int knob_find(const char *name, size_t len);
/* Reads a value for knob i, checking unit and range. On failure returns false
 * and writes a sentence like "batch 0: must be 1 to 10000" to why. */
MUST_USE bool knob_read(enum knob i, const char *text, size_t len, int64_t *out, char *why,
                        size_t why_size);
/* Writes a value as people read it ("20ms", "excess", "85%"). */
size_t knob_write(enum knob i, int64_t value, char *dst, size_t size);

#endif
