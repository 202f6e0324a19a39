/* The sequencer: rows leave in the chosen order (knob `order`).
 *
 * global: by position (seq × sources + source), no gaps; key: records of one key
 * bucket in the order they were emitted; none: as they come. A row whose turn has
 * not come is kept in the row box. Positions in an ordered run stay within
 * SEQUENCER_WINDOW of the oldest unsettled one, because sources do not emit
 * beyond it: so the sequencer is bounded, and its fullness is back-pressure. */
#ifndef BURST_SEQUENCER_H
#define BURST_SEQUENCER_H

#include "control/knob.h"
#include "flow/ledger.h"
#include "record/rowbox.h"

#define SEQUENCER_WINDOW (1u << 19)

struct sequencer {
    enum order order;
    struct ledger *ledger;
    struct rowbox *box;
    uint32_t mask;
    uint32_t *kept;   /* by pos & mask: row box handle + 1; 0: none */
    uint32_t *prev;   /* by pos & mask: distance to the previous position of the bucket; 0: none */
    uint32_t *next;   /* the same, forwards */
    uint64_t *last;   /* by bucket: last emitted position + 1 */
    uint64_t head;    /* global: next position to leave */
    uint32_t waiting; /* rows kept */
};

size_t sequencer_bytes(void);
void sequencer_init(struct sequencer *s, void *memory, enum order order, struct ledger *ledger,
                    struct rowbox *box);

/* A source emitted pos with this key. In order of position per source. Costs
 * nothing but under order = key. */
void sequencer_announce(struct sequencer *s, uint64_t pos, uint64_t key);

/* May the row at pos leave now? */
bool sequencer_turn(struct sequencer *s, uint64_t pos);
/* Is a row of pos kept already? A cell may hold the row of a position a window away. */
static inline bool sequencer_kept(const struct sequencer *s, uint64_t pos)
{
    uint32_t kept = s->kept[pos & s->mask];
    return kept != 0 && ledger_pos(s->ledger, rowbox_id(s->box, kept - 1)) == pos;
}
/* Keeps a row whose turn it is not. The engine's credit makes sure it fits. */
void sequencer_keep(struct sequencer *s, uint64_t pos, const struct block *b, uint32_t row);
/* pos has left. Returns in *pos_out the kept position that may leave because of it;
 * false if there is none. To be called again after that one has left. */
bool sequencer_left(struct sequencer *s, uint64_t pos, uint64_t *pos_out);
/* Takes the kept row of pos out, into a block that fits it. */
void sequencer_take(struct sequencer *s, uint64_t pos, struct block *into);

/* Another order from now on: kept rows that may leave now are found by calling
 * sequencer_next_free from *from = 0 until it returns false. */
void sequencer_set_order(struct sequencer *s, enum order order);
bool sequencer_next_free(struct sequencer *s, uint64_t emitted_end, uint64_t *from,
                         uint64_t *pos_out);

/* Oldest position that is waited for while rows are kept; false: none waits. */
bool sequencer_missing(const struct sequencer *s, uint64_t *pos);
void sequencer_visit(const struct sequencer *s, uint64_t emitted_end,
                     void (*visit)(void *, uint64_t id), void *context);

#endif
