#include "record/block.h"

#include "base/hash.h"
#include "base/wide.h"

#include <string.h>

void block_clear(struct block *b)
{
    b->next = NULL;
    b->count = 0;
    b->cursor = 0;
    b->slab_used = 0;
    b->span_used = 0;
    b->watermark_ms = INT64_MIN;
    b->pushed_ns = 0;
    b->has_parts = false;
}

bool block_fits(const struct block *b, uint32_t length)
{
    return b->count < BLOCK_ROWS && b->slab_size - b->slab_used >= length &&
           b->span_size - b->span_used >= length / 2 + 1;
}

void block_row_parts(struct block *b, uint32_t row, const struct parts *parts)
{
    if (parts == NULL && !b->has_parts)
        return;
    if (!b->has_parts) {
        memset(b->parts, 0, row * sizeof b->parts[0]);
        b->has_parts = true;
    }
    b->parts[row] = parts ? *parts : (struct parts){0};
}

void block_visit(const struct block *b, void (*visit)(void *, uint64_t id), void *context)
{
    for (uint32_t r = b ? b->cursor : 0; b && r < b->count; r++)
        visit(context, b->id[r]);
}

void block_copy_row(struct block *into, const struct block *from, uint32_t row)
{
    assert(row < from->count);
    assert(block_fits(into, from->length[row]));
    uint32_t to = into->count;
    uint32_t length = from->length[row];
    into->id[to] = from->id[row];
    into->due[to] = from->due[row];
    into->emitted[to] = from->emitted[row];
    into->event_time[to] = from->event_time[row];
    into->key[to] = from->key[row];
    into->offset[to] = into->slab_used;
    into->length[to] = length;
    into->tag[to] = from->tag[row];
    into->flags[to] = from->flags[row];
    into->reason[to] = from->reason[row];
    memcpy(into->slab + into->slab_used, from->slab + from->offset[row], length);
    block_row_parts(into, to, from->has_parts ? &from->parts[row] : NULL);
    uint32_t first = block_first_span(from, row);
    uint32_t shift = into->slab_used - from->offset[row]; /* wraps; so do the sums below */
    for (uint32_t i = first; i < from->token_end[row]; i++) {
        struct span s = from->span[i];
        into->span[into->span_used++] = (struct span){s.begin + shift, s.end + shift};
    }
    into->token_end[to] = into->span_used;
    into->slab_used += length;
    into->count = to + 1;
}

uint32_t record_tag(uint64_t id, const unsigned char *text, uint32_t length)
{
    uint64_t h = hash_word(HASH_SEED + length, id);
    if (length < 24)
        return (uint32_t)(hash_bytes(h, text, length) >> 32);
    h ^= hash_load(text + length / 2, 8);
    return (uint32_t)(hash_word(h, hash_load(text + length - 10, 8)) >> 32);
}

/* Low n bytes of a word, n of 0..8. */
static const uint64_t low_bytes[9] = {
    0,
    UINT64_C(0xff),
    UINT64_C(0xffff),
    UINT64_C(0xffffff),
    UINT64_C(0xffffffff),
    UINT64_C(0xffffffffff),
    UINT64_C(0xffffffffffff),
    UINT64_C(0xffffffffffffff),
    UINT64_MAX,
};

#define ROW_K0 UINT64_C(0x9E3779B97F4A7C15)
#define ROW_K1 UINT64_C(0xBF58476D1CE4E5B9)

/* Two words and a salt folded by one multiplication. */
static uint64_t fold_pair(uint64_t a, uint64_t b, uint64_t salt)
{
    u128 m = (u128)(a ^ salt) * (b ^ ROW_K1);
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Tokens are hashed each by itself and summed, so the multiplications overlap; a
 * token's place in the row and its length are part of its hash. Reads up to 16
 * bytes past a token: slabs are padded. */
uint64_t record_row_hash(uint64_t id, const unsigned char *slab, const struct span *spans,
                         uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const unsigned char *p = slab + spans[i].begin;
        uint32_t left = spans[i].end - spans[i].begin;
        uint64_t salt = ROW_K0 * (i + 1) + left;
        for (; left > 16; left -= 16, p += 16)
            salt = fold_pair(hash_load(p, 8), hash_load(p + 8, 8), salt);
        uint32_t first = left < 8 ? left : 8;
        sum += fold_pair(hash_load(p, 8) & low_bytes[first],
                         hash_load(p + 8, 8) & low_bytes[left - first], salt);
    }
    return hash_word(hash_word(HASH_SEED, id), sum + count);
}

/* One block in the pool: the struct, its spans, its slab, rounded to pages. */
static size_t span_count(uint32_t slab_size) { return slab_size / 2 + BLOCK_ROWS; }

static size_t block_bytes(uint32_t slab_size)
{
    size_t n = sizeof(struct block) + span_count(slab_size) * sizeof(struct span) + slab_size + 64;
    return (n + 4095) / 4096 * 4096;
}

size_t block_pool_bytes(uint32_t count, uint32_t slab_size)
{
    return count * block_bytes(slab_size);
}

void block_pool_init(struct block_pool *pool, void *memory, uint32_t count, uint32_t slab_size)
{
    *pool = (struct block_pool){
        .count = count, .free_count = count, .slab_size = slab_size, .memory = memory};
}

static struct block *fresh_block(struct block_pool *pool)
{
    if (pool->fresh == pool->count)
        return NULL;
    unsigned char *at = pool->memory + pool->fresh++ * block_bytes(pool->slab_size);
    struct block *b = (struct block *)(void *)at;
    b->slab_size = pool->slab_size;
    b->span_size = (uint32_t)span_count(pool->slab_size);
    b->span = (struct span *)(void *)(at + sizeof *b);
    b->slab = at + sizeof *b + span_count(pool->slab_size) * sizeof(struct span);
    return b;
}

struct block *block_pool_take(struct block_pool *pool)
{
    struct block *b = pool->free;
    if (b)
        pool->free = b->next;
    else if ((b = fresh_block(pool)) == NULL)
        return NULL;
    pool->free_count--;
    block_clear(b);
    return b;
}

void block_pool_give(struct block_pool *pool, struct block *b)
{
    assert(pool->free_count < pool->count);
    b->next = pool->free;
    pool->free = b;
    pool->free_count++;
}
