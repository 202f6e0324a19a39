/* Links: bounded, counted, and they wake who waits. */
#include "tests/lib/flow_kit.h"

static struct block_pool pool;
static struct link l;
static uint64_t ready;

#define PRODUCER 1u
#define CONSUMER 2u

static void open_link(uint32_t limit)
{
    kit_pool(&pool, 16, 1024);
    link_init(&l, limit);
    l.producer = (struct wake){&ready, PRODUCER};
    l.consumer = (struct wake){&ready, CONSUMER};
}

static void push(uint64_t first, uint32_t n) { link_push(&l, kit_block(&pool, first, n, 4), 5); }

Test(link, a_push_readies_the_consumer)
{
    open_link(4);
    push(1, 1);
    cr_assert_eq(ready, CONSUMER);
}

Test(link, blocks_come_out_in_the_order_they_went_in)
{
    open_link(1000);
    uint64_t id[64];
    for (uint64_t round = 0; round < 5; round++) { /* the ring wraps */
        for (uint64_t i = 0; i < 6; i++)
            push(round * 100 + i * 3, 3);
        cr_assert_eq(kit_drain(&l, &pool, id, 64), 18u);
        for (uint64_t i = 0; i < 18; i++)
            cr_assert_eq(id[i], round * 100 + i);
    }
    cr_assert_null(link_pop(&l));
}

Test(link, it_counts_its_records)
{
    open_link(1000);
    push(0, 3);
    push(3, 2);
    cr_assert_eq(l.records, 5u);
    block_pool_give(&pool, link_pop(&l));
    cr_assert_eq(l.records, 2u);
    cr_assert_eq(l.passed, 5u);
}

Test(link, it_is_full_by_records)
{
    open_link(4);
    push(0, 3);
    cr_assert_not(link_full(&l));
    push(3, 3); /* a whole block is never cut */
    cr_assert(link_full(&l));
    block_pool_give(&pool, link_pop(&l));
    cr_assert_not(link_full(&l));
}

Test(link, it_is_full_by_blocks)
{
    open_link(1000);
    for (uint64_t i = 0; i < LINK_BLOCKS; i++) {
        cr_assert_not(link_full(&l));
        push(i, 1);
    }
    cr_assert(link_full(&l));
}

Test(link, a_pop_from_a_full_link_wakes_its_producer)
{
    open_link(1);
    push(0, 1);
    cr_assert(link_full(&l));
    ready = 0;
    block_pool_give(&pool, link_pop(&l));
    cr_assert_eq(ready, PRODUCER);
    ready = 0;
    push(1, 1);
    cr_assert(link_full(&l));
    ready = 0;
    block_pool_give(&pool, link_pop(&l));
    cr_assert_eq(ready, PRODUCER, "every time");
    push(2, 1);
    ready = 0;
    block_pool_give(&pool, link_pop(&l));
    cr_assert_eq(ready, 0u, "but only once for each time it was refused");
}

Test(link, a_pop_wakes_nobody_who_was_not_refused)
{
    open_link(1);
    push(0, 1); /* full, but nobody has asked */
    ready = 0;
    block_pool_give(&pool, link_pop(&l));
    cr_assert_eq(ready, 0u);
}

Test(link, the_end_wakes_the_consumer_once)
{
    open_link(4);
    push(0, 1);
    ready = 0;
    link_end(&l);
    cr_assert_eq(ready, CONSUMER);
    cr_assert_not(link_done(&l), "there is still a block in it");
    ready = 0;
    link_end(&l);
    cr_assert_eq(ready, 0u);
    block_pool_give(&pool, link_pop(&l));
    cr_assert(link_done(&l));
}

Test(link, its_watermark_is_that_of_the_newest_block_popped_and_never_falls)
{
    open_link(100);
    int64_t stamps[] = {5, 9, 7};
    for (uint64_t i = 0; i < 3; i++) {
        struct block *b = kit_block(&pool, i, 1, 4);
        b->watermark_ms = stamps[i];
        link_push(&l, b, 0);
    }
    cr_assert_eq(l.watermark_ms, INT64_MIN, "a block not yet popped says nothing");
    int64_t expected[] = {5, 9, 9};
    for (int i = 0; i < 3; i++) {
        block_pool_give(&pool, link_pop(&l));
        cr_assert_eq(l.watermark_ms, expected[i]);
    }
}

Test(link, nobody_to_wake_is_fine)
{
    kit_pool(&pool, 4, 1024);
    link_init(&l, 1);
    push(0, 1);
    cr_assert(link_full(&l));
    block_pool_give(&pool, link_pop(&l));
    link_end(&l);
}
