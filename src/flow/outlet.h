/* An outlet: how an agent's rows leave it, over every edge of its node, by each
 * edge's shipping (forward, rebalance, hash, broadcast).
 *
 * Rows collect in one open block per destination. An open block is pushed when
 * it is full, when its maker has nothing else to do, or at the flush interval;
 * while a link is full the open block stays here and goes on filling, and when
 * it is full too its maker is back-pressured. */
#ifndef FLOW_OUTLET_H
#define FLOW_OUTLET_H

#include "flow/graph.h"
#include "flow/link.h"

#define OUTLET_EDGES 4

struct outlet_edge {
    enum ship ship;
    bool per_row;        /* spread rows one by one (slow consumers), not whole blocks */
    uint32_t count;      /* destinations */
    uint32_t next;       /* rebalance: whose turn */
    uint32_t weight;     /* deliveries that a row makes at the sink along this edge; 1 */
    struct link **link;  /* [count] */
    struct block **open; /* [count], NULL: none */
};

struct outlet {
    struct block_pool *pool;
    struct outlet_edge edge[OUTLET_EDGES];
    int edges;
    int64_t flush_ns;
    int64_t watermark_ms; /* stamped on every block that leaves */
    uint64_t passed;      /* rows given since start */
};

void outlet_init(struct outlet *o, struct block_pool *pool);
/* Adds an edge. links and open: arrays of count, kept by the caller; open is zeroed. */
void outlet_add(struct outlet *o, enum ship ship, bool per_row, struct link **links,
                struct block **open, uint32_t count);

/* Can a row with text of length bytes be given now, whatever its key? Pushes full
 * open blocks to make room where it can. */
bool outlet_room(struct outlet *o, uint32_t length, int64_t now_ns);
/* Where the next row (with this key) is to be built: the open block of its
 * destination on the first edge. Only after outlet_room said yes; the row must
 * be appended at once and then announced with outlet_built. */
struct block *outlet_open(struct outlet *o, uint64_t key);
/* The last row of b, just appended, is complete: copies it to the other edges. */
void outlet_built(struct outlet *o, struct block *b, int64_t now_ns);
/* Gives rows [cursor, count) of b. Returns true when all are given: then b is no
 * longer the caller's. False: no room; b->cursor says how far it came. b's own
 * watermark (INT64_MIN: none) holds after its last row, and goes out only then. */
bool outlet_give(struct outlet *o, struct block *b, int64_t now_ns);
/* Pushes open blocks that are due: all of them when `idle` (the maker has nothing
 * else to do), else full ones and those older than the flush interval. */
void outlet_flush(struct outlet *o, bool idle, int64_t now_ns);
/* When an open block reaches its flush interval; TIME_NEVER if none. */
int64_t outlet_due(const struct outlet *o);
/* Rows in open blocks. */
uint32_t outlet_pending(const struct outlet *o);
/* The same in deliveries at the sink: each row times its edge's weight. */
uint64_t outlet_owed(const struct outlet *o);
/* Everything pushed? Then ends the links and returns true. */
bool outlet_end(struct outlet *o);
/* Blocks that the outlet may hold at most. */
uint32_t outlet_blocks(const struct outlet *o);
/* Calls visit for each row held in open blocks. */
void outlet_visit(const struct outlet *o, void (*visit)(void *, uint64_t id), void *context);

#endif
