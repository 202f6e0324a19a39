/* A block: what moves inside the engine. At most 256 records in columns plus
 * one byte slab (DESIGN.md section 5, "Block").
 *
 *   columns   row 0 1 2 … count-1
 *     id          source << 48 | seq
 *     due         ns of engine time when the record was due
 *     ...
 *     offset,length ──────► slab:  {"type":"bid",…}{"type":"person",…}…
 *     token_end ──► span[]: {begin,end} {begin,end} …   indices into the slab
 *
 * A block has one owner; giving it to a link gives it away. Columns that an
 * operator needs later (parts of the latency) travel with the record. */
#ifndef RECORD_BLOCK_H
#define RECORD_BLOCK_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_ROWS 256

#define RECORD_SEQ_BITS 48
#define RECORD_SEQ_MASK ((UINT64_C(1) << RECORD_SEQ_BITS) - 1)

/* Record id = (source u16, seq u48). */
static inline uint64_t record_id(unsigned source, uint64_t seq)
{
    return ((uint64_t)source << RECORD_SEQ_BITS) | (seq & RECORD_SEQ_MASK);
}
static inline unsigned record_source(uint64_t id) { return (unsigned)(id >> RECORD_SEQ_BITS); }
static inline uint64_t record_seq(uint64_t id) { return id & RECORD_SEQ_MASK; }

/* A token: bytes [begin, end) of the block's slab. */
struct span {
    uint32_t begin, end;
};

/* Parts of a record's latency measured so far, ns (contracts.md 2). `queue` is
 * what remains, so the parts sum to the latency exactly. */
struct parts {
    int64_t fill;    /* in the batcher */
    int64_t call;    /* first attempt to answer */
    int64_t service; /* in a local slot */
    int64_t order;   /* in the sequencer */
};

enum row_flag {
    ROW_DEAD = 1,   /* a dead letter: reason in `reason`, goes to the ledger, not to the output */
    ROW_REMOTE = 2, /* its result came from a function */
    ROW_TOKENS = 4, /* the operator's result is present (it may have no tokens) */
    ROW_LOCAL = 8,  /* must run on the local lane (fallback, duplicate of a late head) */
    ROW_EPOCH = 16, /* which half of a watermark gate it passed (flow/watermark.h) */
};

struct block {
    struct block *next; /* pool or list link; owner's use */
    uint32_t count;     /* rows */
    uint32_t cursor;    /* first row its consumer has not finished */
    uint32_t slab_used, slab_size;
    uint32_t span_used, span_size;
    int64_t watermark_ms; /* no later record of this stream has an event time below it */
    int64_t pushed_ns;    /* when it was pushed on its present link */
    bool has_parts;       /* false: every row's parts are zero and not stored */

    uint64_t id[BLOCK_ROWS];
    int64_t due[BLOCK_ROWS];        /* ns */
    int64_t emitted[BLOCK_ROWS];    /* ns, when the source made it */
    int64_t event_time[BLOCK_ROWS]; /* ms */
    uint64_t key[BLOCK_ROWS];
    uint32_t offset[BLOCK_ROWS], length[BLOCK_ROWS]; /* text in the slab; length 0: no text */
    uint32_t token_end[BLOCK_ROWS]; /* spans of row r: [r ? token_end[r-1] : 0, token_end[r]) */
    uint32_t tag[BLOCK_ROWS];       /* record_tag() of the text as the source made it */
    uint8_t flags[BLOCK_ROWS];      /* enum row_flag */
    uint8_t reason[BLOCK_ROWS];     /* of a dead letter: dead_mark() of burst/ticket.h */
    struct parts parts[BLOCK_ROWS];

    unsigned char *slab; /* slab_size bytes */
    struct span *span;   /* span_size spans */
};

/* Empties b for its next use. */
void block_clear(struct block *b);

/* True when another record with text of length bytes, and every token that such
 * a text can hold, surely fits. */
bool block_fits(const struct block *b, uint32_t length);

/* First span index of row. */
static inline uint32_t block_first_span(const struct block *b, uint32_t row)
{
    return row ? b->token_end[row - 1] : 0;
}

/* Sets the latency parts of the row being appended (row == rows so far, or a row
 * of a block that has parts); NULL: all zero. */
void block_row_parts(struct block *b, uint32_t row, const struct parts *parts);

/* Rows from the cursor on; 0 for NULL. */
static inline uint32_t block_rows_left(const struct block *b)
{
    return b ? b->count - b->cursor : 0;
}
/* Calls visit with the id of each of them. b may be NULL. */
void block_visit(const struct block *b, void (*visit)(void *, uint64_t id), void *context);

/* Appends a copy of row `row` of `from` (columns, text, tokens re-based).
 * `into` must fit it. */
void block_copy_row(struct block *into, const struct block *from, uint32_t row);

/* Number that ties a record's text to its id: id, length and 16 bytes of the text.
 * The source makes it, the sink makes it again from what arrives, so a result
 * given to the wrong record is found. O(1). */
uint32_t record_tag(uint64_t id, const unsigned char *text, uint32_t length);

/* Hash of one output row: id, number of tokens, tokens. The digest of a run is
 * the wrapping sum over rows, so it does not depend on their order. */
uint64_t record_row_hash(uint64_t id, const unsigned char *slab, const struct span *spans,
                         uint32_t count);

/* ---- pool ---------------------------------------------------------------- */

/* A fixed number of blocks, all of one size. The memory is the caller's. */
struct block_pool {
    struct block *free;
    uint32_t count, free_count;
    uint32_t fresh; /* blocks from here on were never used: their pages are untouched */
    uint32_t slab_size;
    unsigned char *memory;
};

/* Bytes that block_pool_init needs for count blocks with slabs of slab_size
 * bytes and the most tokens that can fit. Zero-filled, page-aligned memory;
 * pages that are not touched cost nothing. */
size_t block_pool_bytes(uint32_t count, uint32_t slab_size);
void block_pool_init(struct block_pool *pool, void *memory, uint32_t count, uint32_t slab_size);
/* Takes an empty block; NULL when none is free. */
struct block *block_pool_take(struct block_pool *pool);
/* Gives a block back. */
void block_pool_give(struct block_pool *pool, struct block *b);

#endif
