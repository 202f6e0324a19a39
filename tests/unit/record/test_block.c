/* Blocks: rows copied whole, room that is never overestimated, a pool that keeps
 * count, tags and hashes that notice. */
#include "tests/lib/flow_kit.h"

#include "base/hash.h"
#include "workload/nexmark.h"

#define SLAB 1024

static struct block_pool pool;

static struct block *fresh(void)
{
    if (pool.count == 0)
        kit_pool(&pool, 8, SLAB);
    struct block *b = block_pool_take(&pool);
    cr_assert(b != NULL);
    return b;
}

/* A block that has been used before: whatever it held must not show. */
static struct block *used(void)
{
    struct block *b = fresh();
    memset(b->id, 0xee, sizeof b->id);
    memset(b->parts, 0xee, sizeof b->parts);
    memset(b->flags, 0xee, sizeof b->flags);
    memset(b->reason, 0xee, sizeof b->reason);
    memset(b->token_end, 0xee, sizeof b->token_end);
    block_pool_give(&pool, b);
    return fresh();
}

Test(block, an_id_holds_source_and_seq)
{
    uint64_t id = record_id(65535, RECORD_SEQ_MASK);
    cr_assert_eq(record_source(id), 65535u);
    cr_assert_eq(record_seq(id), RECORD_SEQ_MASK);
    cr_assert_eq(record_id(3, 7), (UINT64_C(3) << 48) + 7);
}

Test(block, a_copied_row_is_the_same_row)
{
    struct block *from = used(), *into = used();
    kit_row(from, record_id(2, 41), 30);
    kit_tokens(from, 0);
    kit_row(from, record_id(2, 42), 21);
    kit_tokens(from, 1);
    from->flags[1] |= ROW_REMOTE;
    from->reason[1] = 3;
    block_row_parts(from, 1, &(struct parts){1, 2, 3, 4});
    kit_row(into, 7, 5);
    block_copy_row(into, from, 1);
    cr_assert_eq(into->count, 2u);
    cr_assert_eq(into->id[1], record_id(2, 42));
    cr_assert_eq(into->due[1], from->due[1]);
    cr_assert_eq(into->emitted[1], from->emitted[1]);
    cr_assert_eq(into->event_time[1], from->event_time[1]);
    cr_assert_eq(into->key[1], from->key[1]);
    cr_assert_eq(into->flags[1], from->flags[1]);
    cr_assert_eq(into->reason[1], 3);
    cr_assert_eq(into->parts[1].order, 4);
    kit_check_text(into, 1);
    kit_check_tokens(into, 1);
}

Test(block, tokens_are_rebased_towards_smaller_and_larger_offsets)
{
    struct block *a = used(), *b = used(), *c = used();
    kit_row(a, 1, 100);
    kit_row(a, 2, 100);
    kit_tokens(a, 1);
    block_copy_row(b, a, 1); /* offset 100 -> 0 */
    kit_check_tokens(b, 0);
    kit_row(c, 9, 300);
    block_copy_row(c, b, 0); /* offset 0 -> 300 */
    kit_check_tokens(c, 1);
    kit_check_text(c, 1);
}

Test(block, rows_before_the_first_parts_have_parts_of_zero)
{
    struct block *b = used();
    for (uint64_t i = 0; i < 5; i++)
        kit_row(b, i, 4);
    cr_assert_not(b->has_parts);
    block_row_parts(b, 4, &(struct parts){.call = 9});
    for (uint32_t r = 0; r < 4; r++) {
        cr_assert_eq(b->parts[r].fill, 0);
        cr_assert_eq(b->parts[r].call, 0);
        cr_assert_eq(b->parts[r].service, 0);
        cr_assert_eq(b->parts[r].order, 0);
    }
    cr_assert_eq(b->parts[4].call, 9);
}

Test(block, a_row_without_parts_gets_zeros_in_a_block_that_has_them)
{
    struct block *with = used(), *without = used();
    kit_row(with, 1, 4);
    block_row_parts(with, 0, &(struct parts){5, 5, 5, 5});
    kit_row(without, 2, 4);
    block_copy_row(with, without, 0);
    cr_assert_eq(with->parts[1].fill, 0);
    cr_assert_eq(with->parts[1].order, 0);
}

Test(block, room_ends_with_rows_bytes_or_tokens)
{
    struct block *b = used();
    for (uint64_t i = 0; i < BLOCK_ROWS; i++)
        kit_row(b, i, 0);
    cr_assert_not(block_fits(b, 0), "256 rows");
    b = used();
    cr_assert(block_fits(b, SLAB));
    cr_assert_not(block_fits(b, SLAB + 1));
    cr_assert_not(block_fits(b, UINT32_MAX));
    kit_row(b, 1, SLAB - 10);
    cr_assert(block_fits(b, 10));
    cr_assert_not(block_fits(b, 11));
}

Test(block, whatever_fits_has_room_for_every_token)
{
    struct prng p = prng_split(11, 0);
    for (int round = 0; round < 200; round++) {
        struct block *b = used();
        for (uint64_t id = 0;; id++) {
            uint32_t length = (uint32_t)prng_below(&p, round % 2 ? 9 : 60);
            if (!block_fits(b, length))
                break;
            kit_row(b, id, length);
            kit_tokens(b, b->count - 1);
            cr_assert(b->span_used <= b->span_size);
            cr_assert(b->slab_used <= b->slab_size);
        }
        block_pool_give(&pool, b);
    }
}

Test(block, rows_filled_first_and_tokenized_later_fit_too)
{
    struct block *b = used();
    for (uint64_t id = 0; block_fits(b, 3); id++)
        kit_row(b, id, 3);
    uint32_t need = 0;
    for (uint32_t r = 0; r < b->count; r++)
        need += b->length[r] / 2 + 1;
    cr_assert(need <= b->span_size);
}

/* ---- pool ---- */

Test(block, a_pool_gives_what_it_has_and_no_more)
{
    struct block_pool p;
    kit_pool(&p, 3, SLAB);
    struct block *b[3];
    for (int i = 0; i < 3; i++)
        cr_assert_not_null(b[i] = block_pool_take(&p));
    cr_assert_eq(p.free_count, 0u);
    cr_assert_null(block_pool_take(&p));
    block_pool_give(&p, b[1]);
    cr_assert_eq(block_pool_take(&p), b[1]);
    for (int i = 0; i < 3; i++)
        block_pool_give(&p, b[i]);
    cr_assert_eq(p.free_count, 3u);
}

Test(block, blocks_of_a_pool_do_not_overlap)
{
    struct block_pool p;
    kit_pool(&p, 4, 100); /* an odd slab: all must still be aligned */
    struct block *b[4];
    for (uint64_t i = 0; i < 4; i++) {
        cr_assert_not_null(b[i] = block_pool_take(&p));
        while (block_fits(b[i], 9)) {
            kit_row(b[i], i * 1000 + b[i]->count, 9);
            kit_tokens(b[i], b[i]->count - 1);
        }
    }
    for (int i = 0; i < 4; i++)
        for (uint32_t r = 0; r < b[i]->count; r++) {
            kit_check_text(b[i], r);
            kit_check_tokens(b[i], r);
        }
}

Test(block, a_taken_block_is_empty_whatever_it_was)
{
    struct block *b = used();
    cr_assert_eq(b->count, 0u);
    cr_assert_eq(b->cursor, 0u);
    cr_assert_eq(b->slab_used, 0u);
    cr_assert_eq(b->span_used, 0u);
    cr_assert_not(b->has_parts);
    cr_assert_eq(b->watermark_ms, INT64_MIN);
}

/* ---- tag and hash ---- */

/* Texts that could be given to the wrong record are those under way together: the
 * tag of one id must not pass with the text of a neighbour. */
static void swap_neighbours(enum nexmark_profile profile)
{
    enum { EVENTS = 4000, APART = 40 };
    struct nexmark g = {.profile = profile, .seed = 0, .group = 1};
    unsigned char *text = kit_memory((size_t)EVENTS * NEXMARK_TEXT_MAX);
    static uint32_t length[EVENTS];
    for (uint32_t n = 0; n < EVENTS; n++) {
        struct nexmark_event e;
        nexmark_numbers(&g, nexmark_event_id(&g, n), n / 2, 100, &e);
        length[n] = nexmark_text(&g, &e, text + (size_t)n * NEXMARK_TEXT_MAX);
    }
    for (uint32_t n = APART; n < EVENTS; n++) {
        const unsigned char *own = text + (size_t)n * NEXMARK_TEXT_MAX;
        uint32_t tag = record_tag(n, own, length[n]);
        cr_assert_eq(record_tag(n, own, length[n]), tag);
        cr_assert_neq(record_tag(n - 1, own, length[n]), tag, "the right text, the wrong id");
        for (uint32_t k = n - APART; k < n; k++) {
            const unsigned char *other = text + (size_t)k * NEXMARK_TEXT_MAX;
            bool same = length[k] == length[n] && memcmp(own, other, length[n]) == 0;
            cr_assert(same || record_tag(n, other, length[k]) != tag, "%s: %u and %u",
                      nexmark_profile_names[profile], n, k);
        }
    }
}

Test(block, a_tag_tells_the_text_of_a_neighbour)
{
    for (int profile = 0; profile < NEXMARK_PROFILES; profile++)
        swap_neighbours((enum nexmark_profile)profile);
}

Test(block, texts_of_every_length_have_tags_of_their_own)
{
    unsigned char text[64 + 16] = {0};
    for (uint32_t n = 1; n <= 64; n++) {
        memset(text, 'x', n);
        cr_assert_neq(record_tag(1, text, n), record_tag(1, text, n - 1), "length %u", n);
        cr_assert_neq(record_tag(1, text, n), record_tag(2, text, n), "length %u", n);
    }
}

static uint64_t hash_of(uint64_t id, const char *text, const uint32_t *cuts, uint32_t count)
{
    unsigned char slab[64 + 64] = {0};
    struct span s[16];
    memcpy(slab, text, strlen(text));
    for (uint32_t i = 0; i < count; i++)
        s[i] = (struct span){cuts[2 * i], cuts[2 * i + 1]};
    return record_row_hash(id, slab, s, count);
}

Test(block, the_hash_of_a_row_knows_its_id_its_tokens_their_order_and_their_borders)
{
    uint64_t ab_c = hash_of(1, "abcd", (uint32_t[]){0, 2, 2, 3}, 2);
    cr_assert_eq(ab_c, hash_of(1, "xxab.c", (uint32_t[]){2, 4, 5, 6}, 2), "places do not count");
    cr_assert_neq(ab_c, hash_of(2, "abcd", (uint32_t[]){0, 2, 2, 3}, 2), "id");
    cr_assert_neq(ab_c, hash_of(1, "abcd", (uint32_t[]){0, 1, 1, 3}, 2), "borders");
    cr_assert_neq(ab_c, hash_of(1, "abcd", (uint32_t[]){2, 3, 0, 2}, 2), "order");
    cr_assert_neq(ab_c, hash_of(1, "abcd", (uint32_t[]){0, 2}, 1), "number");
    cr_assert_neq(hash_of(1, "", NULL, 0), hash_of(2, "", NULL, 0), "a row without tokens");
}

Test(block, the_hash_of_a_token_does_not_depend_on_what_follows_it)
{
    for (uint32_t n = 1; n <= 24; n++) {
        char a[40], b[40];
        memset(a, 'q', sizeof a);
        memset(b, 'q', sizeof b);
        a[39] = b[39] = 0;
        b[n] = '!';
        cr_assert_eq(hash_of(5, a, (uint32_t[]){0, n}, 1), hash_of(5, b, (uint32_t[]){0, n}, 1));
        b[n - 1] = 'r';
        cr_assert_neq(hash_of(5, a, (uint32_t[]){0, n}, 1), hash_of(5, b, (uint32_t[]){0, n}, 1));
    }
}
