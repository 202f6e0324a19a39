/* A row box: records kept one by one, apart from any block, while they wait in
 * a slot or for their turn in the sequencer. A row is a chain of fixed chunks:
 *
 *   head ─► {columns, text…} ─► {…text, spans} ─► end
 *
 * The number of chunks is fixed; the engine's credit (record_cost) makes sure
 * that every record in flight would fit, so taking a chunk cannot fail. */
#ifndef RECORD_ROWBOX_H
#define RECORD_ROWBOX_H

#include "record/block.h"

#define ROWBOX_CHUNK 512 /* bytes, the link to the next chunk included */
#define ROWBOX_NONE UINT32_MAX

struct rowbox {
    unsigned char *chunk;
    uint32_t chunks;
    uint32_t free;  /* list of free chunks below `fresh` */
    uint32_t fresh; /* chunks from here on were never used */
    uint32_t used;  /* chunks in use */
    uint32_t rows;  /* rows in it now */
};

/* Chunks that a record with text of length bytes can need at most, whatever
 * its tokens. */
uint32_t record_cost(uint32_t length);

size_t rowbox_bytes(uint32_t chunks);
/* memory: rowbox_bytes(chunks), page-aligned; untouched pages cost nothing. */
void rowbox_init(struct rowbox *x, void *memory, uint32_t chunks);

/* Keeps a copy of a row; returns its handle. */
uint32_t rowbox_put(struct rowbox *x, const struct block *b, uint32_t row);
/* Key figures of a kept row. */
uint64_t rowbox_id(const struct rowbox *x, uint32_t handle);
uint64_t rowbox_key(const struct rowbox *x, uint32_t handle);
uint32_t rowbox_length(const struct rowbox *x, uint32_t handle);
/* Appends the kept row to a block that fits it, and frees it. */
void rowbox_take(struct rowbox *x, uint32_t handle, struct block *into);
/* The same without freeing: the row stays. */
void rowbox_copy(const struct rowbox *x, uint32_t handle, struct block *into);

#endif
