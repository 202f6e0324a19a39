/* Small parts for stories about the engine's core: pools, rows whose text follows
 * from their id, links looked into from outside. */
#ifndef TESTS_LIB_FLOW_KIT_H
#define TESTS_LIB_FLOW_KIT_H

#include "base/prng.h"
#include "base/units.h"
#include "flow/link.h"
#include "record/rowbox.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define MS NS_PER_MS

/* Memory stays until the test's process ends, or until kit_free. */
static struct {
    void *at[64];
    int count;
} kit_kept;

/* Zeroed, page-aligned. */
static inline void *kit_memory(size_t size)
{
    void *p = NULL;
    size_t pages = (size + 4096) / 4096 * 4096;
    cr_assert(kit_kept.count < 64 && posix_memalign(&p, 4096, pages) == 0);
    memset(p, 0, pages);
    return kit_kept.at[kit_kept.count++] = p;
}

/* For the next of many lives in one test. */
static inline void kit_free(void)
{
    while (kit_kept.count > 0)
        free(kit_kept.at[--kit_kept.count]);
}

static inline void kit_pool(struct block_pool *pool, uint32_t count, uint32_t slab_size)
{
    block_pool_init(pool, kit_memory(block_pool_bytes(count, slab_size)), count, slab_size);
}

static inline void kit_box(struct rowbox *box, uint32_t chunks)
{
    rowbox_init(box, kit_memory(rowbox_bytes(chunks)), chunks);
}

/* Byte i of the text of a record: one-letter words, so it has the most tokens that
 * its length can hold. */
static inline unsigned char kit_byte(uint64_t id, uint32_t i)
{
    return i % 2 ? ' ' : (unsigned char)('a' + prng_mix(id * 4099 + i) % 26);
}

/* Appends the record `id` with a text of length bytes. */
static inline uint32_t kit_row(struct block *b, uint64_t id, uint32_t length)
{
    uint32_t r = b->count, at = b->slab_used;
    cr_assert(block_fits(b, length));
    uint64_t seq = record_seq(id);
    b->id[r] = id;
    b->due[r] = (int64_t)seq * 1000;
    b->emitted[r] = (int64_t)seq * 1000 + 1;
    b->event_time[r] = (int64_t)seq;
    b->key[r] = seq % 7;
    b->offset[r] = at;
    b->length[r] = length;
    for (uint32_t i = 0; i < length; i++)
        b->slab[at + i] = kit_byte(id, i);
    b->token_end[r] = b->span_used;
    b->flags[r] = 0;
    b->reason[r] = 0;
    b->tag[r] = record_tag(b->id[r], b->slab + at, length);
    block_row_parts(b, r, NULL);
    b->slab_used += length;
    b->count++;
    return r;
}

/* One span per word of the row's text, as an operator would lay them. */
static inline void kit_tokens(struct block *b, uint32_t r)
{
    cr_assert(r == b->count - 1);
    for (uint32_t i = 0; i < b->length[r]; i += 2)
        b->span[b->span_used++] = (struct span){b->offset[r] + i, b->offset[r] + i + 1};
    b->token_end[r] = b->span_used;
    b->flags[r] |= ROW_TOKENS;
}

/* A block of n rows with ids first, first + 1, … */
static inline struct block *kit_block(struct block_pool *pool, uint64_t first, uint32_t n,
                                      uint32_t length)
{
    struct block *b = block_pool_take(pool);
    cr_assert(b != NULL);
    for (uint32_t i = 0; i < n; i++)
        kit_row(b, first + i, length);
    return b;
}

/* The row carries the text that belongs to its id. */
static inline void kit_check_text(const struct block *b, uint32_t r)
{
    for (uint32_t i = 0; i < b->length[r]; i++)
        cr_assert(b->slab[b->offset[r] + i] == kit_byte(b->id[r], i),
                  "record %llu carries another text", (unsigned long long)b->id[r]);
    cr_assert(record_tag(b->id[r], b->slab + b->offset[r], b->length[r]) == b->tag[r]);
}

/* Its tokens are the words of its own text. */
static inline void kit_check_tokens(const struct block *b, uint32_t r)
{
    uint32_t first = block_first_span(b, r);
    cr_assert(b->token_end[r] - first == (b->length[r] + 1) / 2, "record %llu: %u tokens of %u",
              (unsigned long long)b->id[r], b->token_end[r] - first, (b->length[r] + 1) / 2);
    for (uint32_t i = first; i < b->token_end[r]; i++) {
        uint32_t at = b->offset[r] + 2 * (i - first);
        cr_assert(b->span[i].begin == at && b->span[i].end == at + 1,
                  "record %llu: token %u is elsewhere", (unsigned long long)b->id[r], i - first);
    }
}

/* Everything in the link, oldest first: ids to out; blocks go back to the pool. */
static inline uint32_t kit_drain(struct link *l, struct block_pool *pool, uint64_t *out,
                                 uint32_t room)
{
    uint32_t n = 0;
    for (struct block *b; (b = link_pop(l)) != NULL; block_pool_give(pool, b))
        for (uint32_t r = 0; r < b->count; r++) {
            kit_check_text(b, r);
            cr_assert(n < room);
            out[n++] = b->id[r];
        }
    return n;
}

#endif
