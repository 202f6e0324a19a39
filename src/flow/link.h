/* A link: a bounded queue of blocks from one agent to one other. Back-pressure
 * is a full link, nothing else: the block stays with its owner.
 *
 *   producer ──push──► [block][block][block] ──pop──► consumer
 *
 * A push readies the consumer; a pop from a full link readies the producer.
 * A link counts its own records, so what is in flight is known where it is. */
#ifndef FLOW_LINK_H
#define FLOW_LINK_H

#include "flow/agent.h"
#include "record/block.h"

#define LINK_BLOCKS 8

struct link {
    struct block *ring[LINK_BLOCKS];
    uint32_t head, count;
    uint32_t records;      /* in it now */
    uint32_t record_limit; /* full at or above it */
    uint64_t passed;       /* records pushed since start */
    bool was_full;         /* the producer found it full */
    bool ended;            /* nothing more will be pushed */
    int64_t watermark_ms;  /* of the newest block popped */
    struct wake producer, consumer;
    uint8_t place; /* for planted faults in test builds (flow/plant.h) */
};

void link_init(struct link *l, uint32_t record_limit);
/* True when a push is refused; remembers it, so that a pop wakes the producer. */
bool link_full(struct link *l);
/* Gives a block with at least one row away. The link must not be full. */
void link_push(struct link *l, struct block *b, int64_t now_ns);
/* Takes the oldest block; NULL when empty. */
struct block *link_pop(struct link *l);
/* The producer is done for good. */
void link_end(struct link *l);
/* Nothing in it and nothing to come. */
static inline bool link_done(const struct link *l) { return l->ended && l->count == 0; }

/* Are these links all done? */
bool links_done(struct link *const *links, uint32_t count);

#endif
