/* The ledger: in = out + in flight + dead letter, in input records, and the
 * names of those that break it (DESIGN.md section 2, rule 3).
 *
 * A record has a position: pos = seq × sources + source, dense over the whole
 * run. The ledger keeps one counter per position in a window [low, low + size):
 * how many deliveries it still owes. `low` is the first position not settled.
 * When the window is full (a record is stuck while a million others pass), the
 * stuck positions move to a small table of stragglers and the window slides on.
 *
 *   settled │ low ▒▒▒ window ▒▒▒ │ not yet emitted     + stragglers {pos}
 *
 * What is lost, duplicated or out of order is found by id at the sink, on its
 * own, without asking the parts that might have lost it. */
#ifndef FLOW_LEDGER_H
#define FLOW_LEDGER_H

#include "base/check.h"
#include "record/block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_STRAGGLERS 65536 /* a power of two; half of it may be used */
#define LEDGER_KEYS 65536       /* buckets of keys for order = key */

#define LEDGER_FAULTS 5 /* kinds of fault that are told apart */
#define LEDGER_COPIES_MAX 127
#define LEDGER_DEAD 0x80 /* one delivery of the record was a dead letter */

enum ledger_verdict { LEDGER_FIRST, LEDGER_MORE, LEDGER_DUPLICATE, LEDGER_ALIEN };

struct ledger {
    /* figures, in records */
    uint64_t out, dead, duplicated, disordered, mislabelled;
    uint64_t deliveries; /* settled ones, dead or alive; out + dead where copies == 1 */
    uint64_t digest, tokens;
    struct ledger_fault {
        const char *what; /* "duplicated", "out of order", "lost", … */
        uint64_t id;
    } fault[LEDGER_FAULTS]; /* the first record of each kind of fault, in order of time */
    int faults;
    /* shape */
    uint32_t sources;
    uint32_t
        emitters; /* source instances: pos % emitters tells which; between them no order by key */
    uint32_t copies;     /* deliveries that each record owes (broadcast, branches) */
    uint32_t size, mask; /* window, a power of two */
    uint64_t low;        /* first position not settled */
    uint64_t seen_end;   /* highest position delivered, + 1 */
    uint8_t *got;        /* deliveries so far, by position & mask, and LEDGER_DEAD */
    uint64_t *straggler; /* open addressing, pos + 1; 0: empty */
    uint8_t *straggler_got;
    uint32_t stragglers;
    /* order check */
    int order;           /* enum order of control/knob.h: 0 global, 1 key, 2 none */
    uint64_t order_from; /* positions below were emitted under another order: not judged */
    uint64_t last_pos;   /* global: highest position accepted under this order, + 1 */
    uint64_t *last_key;  /* key: by bucket, + 1 */
};

size_t ledger_bytes(uint32_t window);
/* memory zeroed, 8-aligned. window: a power of two. */
void ledger_init(struct ledger *l, void *memory, uint32_t window, uint32_t sources,
                 uint32_t copies);

static inline uint64_t ledger_pos(const struct ledger *l, uint64_t id)
{
    return record_seq(id) * l->sources + record_source(id);
}
static inline uint64_t ledger_id(const struct ledger *l, uint64_t pos)
{
    return record_id((unsigned)(pos % l->sources), pos / l->sources);
}

/* Bucket under which pos is ordered and judged by key: keys share buckets, records
 * of different emitters never do, so positions of a bucket are emitted in order. */
uint32_t ledger_bucket(const struct ledger *l, uint64_t pos, uint64_t key);

/* May a record at pos be emitted now? False: the window is full and so is the
 * table of stragglers; the source waits (a bounded engine). Slides the window. */
bool ledger_admits(struct ledger *l, uint64_t pos);

/* Settles one delivery of a record, dead or alive. FIRST: its first (and with
 * copies == 1 only) delivery; MORE: another one that it owed; DUPLICATE: counted
 * as such; ALIEN: a position that was never emitted (emitted_end). */
enum ledger_verdict ledger_settle(struct ledger *l, uint64_t id, bool dead, uint64_t emitted_end);
/* Judges the order of an accepted row. Rows must come in the order of writing. */
void ledger_order(struct ledger *l, uint64_t id, uint64_t key);
/* Another order holds for positions from `from` on. */
void ledger_set_order(struct ledger *l, int order, uint64_t from);
/* Notes the record if it is the first with this fault. what: a constant. */
void ledger_blame(struct ledger *l, uint64_t id, const char *what);
/* The first record with this fault, or NULL. */
const struct ledger_fault *ledger_fault(const struct ledger *l, const char *what);
/* Is pos settled (all deliveries made)? */
bool ledger_settled(const struct ledger *l, uint64_t pos);

/* Calls visit for every position below emitted_end that is not settled, in order
 * of position (stragglers first, unordered). */
void ledger_open_positions(const struct ledger *l, uint64_t emitted_end,
                           void (*visit)(void *context, uint64_t pos), void *context);

#endif
