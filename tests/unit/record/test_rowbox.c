/* The row box: rows of any length come back as they went in, and never cost more
 * chunks than was said. */
#include "tests/lib/flow_kit.h"

#define SLAB 16384

static struct block_pool pool;
static struct rowbox box;

static void open_box(uint32_t chunks)
{
    kit_pool(&pool, 4, SLAB);
    kit_box(&box, chunks);
}

static void add_rich(struct block *b, uint64_t id, uint32_t length)
{
    uint32_t r = kit_row(b, id, length);
    kit_tokens(b, r);
    b->flags[r] |= ROW_LOCAL;
    b->reason[r] = (uint8_t)(id % 5);
    block_row_parts(b, r, &(struct parts){(int64_t)id, -1, -2, -3});
}

static void check_rich(const struct block *b, uint32_t r, uint64_t id, uint32_t length)
{
    cr_assert_eq(b->id[r], id);
    cr_assert_eq(b->length[r], length);
    cr_assert_eq(b->due[r], (int64_t)record_seq(id) * 1000);
    cr_assert_eq(b->emitted[r], (int64_t)record_seq(id) * 1000 + 1);
    cr_assert_eq(b->event_time[r], (int64_t)record_seq(id));
    cr_assert_eq(b->key[r], record_seq(id) % 7);
    cr_assert_eq(b->flags[r], ROW_LOCAL | ROW_TOKENS);
    cr_assert_eq(b->reason[r], id % 5);
    cr_assert(b->has_parts);
    cr_assert_eq(b->parts[r].fill, (int64_t)id);
    cr_assert_eq(b->parts[r].order, -3);
    kit_check_text(b, r);
    kit_check_tokens(b, r);
}

Test(rowbox, a_row_comes_back_as_it_went_in)
{
    open_box(64);
    struct block *from = block_pool_take(&pool), *into = block_pool_take(&pool);
    kit_row(from, 1, 50); /* the kept row is not the first of its block */
    add_rich(from, 2, 77);
    uint32_t h = rowbox_put(&box, from, 1);
    cr_assert_eq(rowbox_id(&box, h), 2u);
    cr_assert_eq(rowbox_key(&box, h), 2u);
    cr_assert_eq(rowbox_length(&box, h), 77u);
    kit_row(into, 9, 13);
    rowbox_take(&box, h, into);
    check_rich(into, 1, 2, 77);
    cr_assert_eq(box.used, 0u);
    cr_assert_eq(box.rows, 0u);
}

Test(rowbox, rows_of_every_length_around_a_chunk_come_back)
{
    open_box(256);
    for (uint32_t length = 0; length < 1700; length++) {
        struct block *from = block_pool_take(&pool), *into = block_pool_take(&pool);
        add_rich(from, length, length);
        rowbox_take(&box, rowbox_put(&box, from, 0), into);
        check_rich(into, 0, length, length);
        block_pool_give(&pool, from);
        block_pool_give(&pool, into);
    }
    cr_assert_eq(box.used, 0u);
}

Test(rowbox, a_record_never_costs_more_than_was_said)
{
    open_box(1024);
    uint32_t reached = 0;
    for (uint32_t length = 0; length <= 5000; length++) {
        struct block *b = block_pool_take(&pool);
        add_rich(b, length, length);
        uint32_t h = rowbox_put(&box, b, 0);
        cr_assert(box.used <= record_cost(length), "length %u: %u chunks, said %u", length,
                  box.used, record_cost(length));
        reached += box.used == record_cost(length);
        block_clear(b);
        rowbox_take(&box, h, b);
        block_pool_give(&pool, b);
    }
    cr_assert(reached > 4000, "the price is about right too: %u of 5001 cost it", reached);
}

Test(rowbox, a_box_paid_in_full_holds_everything)
{
    open_box(record_cost(700) * 10);
    struct block *b = block_pool_take(&pool);
    uint32_t h[10];
    for (uint64_t i = 0; i < 10; i++)
        add_rich(b, i, 700);
    for (uint32_t i = 0; i < 10; i++)
        h[i] = rowbox_put(&box, b, i);
    cr_assert_eq(box.rows, 10u);
    struct block *into = block_pool_take(&pool);
    for (uint32_t i = 10; i-- > 0;)
        rowbox_take(&box, h[i], into);
    for (uint32_t i = 0; i < 10; i++)
        check_rich(into, i, 9 - i, 700);
}

Test(rowbox, a_copy_leaves_the_row_where_it_is)
{
    open_box(64);
    struct block *from = block_pool_take(&pool), *into = block_pool_take(&pool);
    add_rich(from, 3, 900);
    uint32_t h = rowbox_put(&box, from, 0), used = box.used;
    rowbox_copy(&box, h, into);
    rowbox_copy(&box, h, into);
    cr_assert_eq(box.used, used);
    rowbox_take(&box, h, into);
    for (uint32_t r = 0; r < 3; r++)
        check_rich(into, r, 3, 900);
    cr_assert_eq(box.used, 0u);
}

Test(rowbox, a_row_without_parts_comes_back_without)
{
    open_box(64);
    struct block *from = block_pool_take(&pool), *into = block_pool_take(&pool);
    kit_row(from, 1, 20);
    uint32_t plain = rowbox_put(&box, from, 0);
    rowbox_copy(&box, plain, into);
    cr_assert_not(into->has_parts);
    block_row_parts(into, 0, &(struct parts){7, 7, 7, 7});
    rowbox_take(&box, plain, into); /* joins a block that has parts */
    cr_assert_eq(into->parts[0].fill, 7);
    cr_assert_eq(into->parts[1].fill, 0);
    cr_assert_eq(into->parts[1].order, 0);
}

/* ---- random: many rows of many chunks come and go ---- */

struct held {
    uint32_t handle, length;
    uint64_t id;
};

Test(rowbox, rows_come_and_go_in_any_order)
{
    struct held held[64];
    uint32_t count = 0, paid = 0;
    struct prng p = prng_split(5, 0);
    open_box(512);
    for (uint64_t id = 0; id < 20000; id++) {
        uint32_t length = (uint32_t)prng_below(&p, prng_below(&p, 8) ? 400 : 6000);
        struct block *b = block_pool_take(&pool);
        if (count < 64 && paid + record_cost(length) <= 512 && prng_below(&p, 2)) {
            add_rich(b, id, length);
            held[count++] = (struct held){rowbox_put(&box, b, 0), length, id};
            paid += record_cost(length);
        } else if (count > 0) {
            uint32_t i = (uint32_t)prng_below(&p, count);
            rowbox_take(&box, held[i].handle, b);
            check_rich(b, 0, held[i].id, held[i].length);
            paid -= record_cost(held[i].length);
            held[i] = held[--count];
        }
        block_pool_give(&pool, b);
        cr_assert(box.used <= paid && box.rows == count);
    }
}
