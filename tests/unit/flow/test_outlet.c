/* Outlets: every row goes where its shipping says, once, and nothing is dropped
 * when a link is full. */
#include "tests/lib/flow_kit.h"

#include "flow/outlet.h"

#define WAYS 4
#define SLAB 1024
#define SEEN 4096

static struct block_pool pool;
static struct outlet out;
static struct link link_of[OUTLET_EDGES][WAYS];
static struct link *links[OUTLET_EDGES][WAYS];
static struct block *open_blocks[OUTLET_EDGES][WAYS];
static uint64_t seen[SEEN];
static uint64_t ready;

static void start(void)
{
    kit_pool(&pool, 200, SLAB);
    outlet_init(&out, &pool);
}

static void edge(enum ship ship, bool per_row, uint32_t count, uint32_t limit)
{
    int e = out.edges;
    for (uint32_t i = 0; i < count; i++) {
        links[e][i] = &link_of[e][i];
        link_init(links[e][i], limit);
        links[e][i]->producer = (struct wake){&ready, 1};
    }
    outlet_add(&out, ship, per_row, links[e], open_blocks[e], count);
}

static uint32_t drain(int e, uint32_t i) { return kit_drain(links[e][i], &pool, seen, SEEN); }

/* Builds one row in place, as a source does; false: no room. */
static bool build(uint64_t id, uint32_t length)
{
    if (!outlet_room(&out, length, 0))
        return false;
    struct block *b = outlet_open(&out, record_seq(id) % 7);
    kit_row(b, id, length);
    outlet_built(&out, b, 0);
    return true;
}

static void expect_all_blocks_back(void)
{
    outlet_flush(&out, true, 0);
    for (int e = 0; e < out.edges; e++)
        for (uint32_t i = 0; i < out.edge[e].count; i++)
            drain(e, i);
    outlet_flush(&out, true, 0);
    for (int e = 0; e < out.edges; e++)
        for (uint32_t i = 0; i < out.edge[e].count; i++)
            drain(e, i);
    cr_assert(outlet_end(&out));
    cr_assert_eq(pool.free_count, pool.count);
}

/* ---- whole blocks ---- */

Test(outlet, forward_gives_the_very_block)
{
    start();
    edge(SHIP_FORWARD, false, 1, 100);
    struct block *b = kit_block(&pool, 1, 10, 4);
    out.watermark_ms = 77;
    cr_assert(outlet_give(&out, b, 5));
    struct block *got = link_pop(links[0][0]);
    cr_assert_eq(got, b);
    cr_assert_eq(got->watermark_ms, 77);
    cr_assert_eq(got->pushed_ns, 5);
    cr_assert_eq(out.passed, 10u);
}

Test(outlet, rows_in_an_open_block_leave_before_a_whole_block)
{
    start();
    edge(SHIP_FORWARD, false, 1, 100);
    cr_assert(build(1, 4));
    cr_assert(outlet_give(&out, kit_block(&pool, 2, 3, 4), 0));
    cr_assert_eq(drain(0, 0), 4u);
    for (uint64_t i = 0; i < 4; i++)
        cr_assert_eq(seen[i], i + 1);
}

Test(outlet, a_block_opened_for_nothing_does_not_stand_in_the_way)
{
    start();
    edge(SHIP_FORWARD, false, 1, 100);
    cr_assert(outlet_room(&out, 4, 0)); /* asked, and then nothing was built */
    cr_assert(outlet_give(&out, kit_block(&pool, 2, 3, 4), 0));
    outlet_flush(&out, true, 0);
    cr_assert_eq(drain(0, 0), 3u);
    expect_all_blocks_back();
}

Test(outlet, a_whole_block_goes_on_in_rows_when_the_link_is_full)
{
    start();
    edge(SHIP_FORWARD, false, 1, 1);
    cr_assert(outlet_give(&out, kit_block(&pool, 0, 2, 4), 0));
    cr_assert(outlet_give(&out, kit_block(&pool, 2, 3, 4), 0), "into the open block");
    cr_assert_eq(outlet_pending(&out), 3u);
    cr_assert_eq(drain(0, 0), 2u);
    cr_assert_eq(ready, 1u, "the pop woke the maker");
    outlet_flush(&out, true, 0);
    cr_assert_eq(outlet_pending(&out), 0u);
    cr_assert_eq(drain(0, 0), 3u);
    expect_all_blocks_back();
}

Test(outlet, a_full_link_and_a_full_open_block_stop_the_giving_where_it_is)
{
    start();
    edge(SHIP_FORWARD, false, 1, 1);
    cr_assert(outlet_give(&out, kit_block(&pool, 0, 1, 4), 0));
    cr_assert(outlet_give(&out, kit_block(&pool, 1, 200, 4), 0));
    struct block *b = kit_block(&pool, 201, 100, 4);
    cr_assert_not(outlet_give(&out, b, 0));
    cr_assert_eq(b->cursor, 56u, "256 rows are open");
    cr_assert_not(outlet_give(&out, b, 0));
    cr_assert_eq(b->cursor, 56u, "no row goes twice");
    cr_assert_eq(drain(0, 0), 1u);
    cr_assert(outlet_give(&out, b, 0));
    uint64_t id = 1;
    for (int round = 0; round < 2; round++) {
        uint32_t n = drain(0, 0);
        for (uint32_t i = 0; i < n; i++)
            cr_assert_eq(seen[i], id++);
        outlet_flush(&out, true, 0);
    }
    cr_assert_eq(id, 301u);
    expect_all_blocks_back();
}

Test(outlet, whole_blocks_are_rebalanced_in_turn)
{
    start();
    edge(SHIP_REBALANCE, false, 3, 100);
    for (uint64_t k = 0; k < 6; k++)
        cr_assert(outlet_give(&out, kit_block(&pool, 10 * k, 5, 4), 0));
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(drain(0, i), 10u);
        cr_assert_eq(seen[0], 10 * i);
    }
}

/* ---- rows ---- */

Test(outlet, slow_consumers_get_rows_in_turn)
{
    start();
    edge(SHIP_REBALANCE, true, 3, 100);
    cr_assert(outlet_give(&out, kit_block(&pool, 0, 9, 4), 0));
    outlet_flush(&out, true, 0);
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(drain(0, i), 3u);
        for (uint32_t k = 0; k < 3; k++)
            cr_assert_eq(seen[k], i + 3 * k);
    }
    expect_all_blocks_back();
}

Test(outlet, a_rebalance_passes_over_who_has_no_room)
{
    start();
    edge(SHIP_REBALANCE, true, 2, 1);
    link_push(links[0][0], kit_block(&pool, 999, 1, 4), 0); /* the first is full */
    uint32_t n = 0;
    while (build(n, 4) && n < 2000)
        n++;
    cr_assert(n >= BLOCK_ROWS + BLOCK_ROWS, "%u rows found room", n);
    drain(0, 0);
    outlet_flush(&out, true, 0);
    uint32_t got = drain(0, 0) + drain(0, 1);
    outlet_flush(&out, true, 0);
    got += drain(0, 0) + drain(0, 1);
    cr_assert_eq(got, n);
    expect_all_blocks_back();
}

Test(outlet, a_key_always_goes_the_same_way)
{
    start();
    edge(SHIP_HASH, false, 3, 4096);
    int way[7] = {-1, -1, -1, -1, -1, -1, -1};
    for (uint64_t k = 0; k < 4; k++)
        cr_assert(outlet_give(&out, kit_block(&pool, 50 * k, 50, 4), 0));
    outlet_flush(&out, true, 0);
    uint32_t n = 0;
    for (int i = 0; i < 3; i++) {
        uint32_t rows = drain(0, (uint32_t)i);
        n += rows;
        for (uint32_t k = 0; k < rows; k++) {
            int *w = &way[seen[k] % 7];
            cr_assert(*w == -1 || *w == i);
            *w = i;
            cr_assert(k == 0 || seen[k] > seen[k - 1], "in order");
        }
    }
    cr_assert_eq(n, 200u);
    expect_all_blocks_back();
}

Test(outlet, a_broadcast_goes_everywhere_once)
{
    start();
    edge(SHIP_BROADCAST, false, 3, 4096);
    cr_assert(outlet_give(&out, kit_block(&pool, 0, 20, 4), 0));
    cr_assert(build(20, 4));
    cr_assert_eq(out.passed, 21u, "one row given is one row passed");
    outlet_flush(&out, true, 0);
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(drain(0, i), 21u);
        for (uint64_t k = 0; k < 21; k++)
            cr_assert_eq(seen[k], k);
    }
    expect_all_blocks_back();
}

Test(outlet, one_full_receiver_stops_a_broadcast_for_all)
{
    start();
    edge(SHIP_BROADCAST, false, 2, 1);
    link_push(links[0][1], kit_block(&pool, 900, 1, 4), 0);
    uint32_t n = 0;
    while (build(n, 4))
        n++;
    cr_assert_eq(n, 256u);
    drain(0, 1);
    cr_assert(build(n, 4));
    outlet_flush(&out, true, 0);
    cr_assert_eq(drain(0, 1), 256u);
    cr_assert_eq(drain(0, 0), 256u);
    outlet_flush(&out, true, 0);
    cr_assert_eq(drain(0, 1), 1u);
    cr_assert_eq(drain(0, 0), 1u);
    expect_all_blocks_back();
}

/* ---- several edges ---- */

Test(outlet, every_edge_gets_every_row_by_its_own_shipping)
{
    start();
    edge(SHIP_FORWARD, false, 1, 4096);
    edge(SHIP_REBALANCE, true, 2, 4096);
    edge(SHIP_HASH, false, 3, 4096);
    edge(SHIP_BROADCAST, false, 2, 4096);
    cr_assert(outlet_give(&out, kit_block(&pool, 0, 30, 4), 0));
    for (uint64_t i = 30; i < 60; i++)
        cr_assert(build(i, 4));
    outlet_flush(&out, true, 0);
    cr_assert_eq(drain(0, 0), 60u);
    cr_assert_eq(drain(1, 0), 30u);
    cr_assert_eq(drain(1, 1), 30u);
    cr_assert_eq(drain(2, 0) + drain(2, 1) + drain(2, 2), 60u);
    cr_assert_eq(drain(3, 0), 60u);
    cr_assert_eq(drain(3, 1), 60u);
    cr_assert_eq(out.passed, 60u);
    expect_all_blocks_back();
}

Test(outlet, one_full_edge_stops_all_edges_without_repeating_a_row)
{
    start();
    edge(SHIP_FORWARD, false, 1, 4096);
    edge(SHIP_FORWARD, false, 1, 1);
    link_push(links[1][0], kit_block(&pool, 900, 1, 4), 0);
    struct block *a = kit_block(&pool, 0, 200, 4), *b = kit_block(&pool, 200, 100, 4);
    cr_assert(outlet_give(&out, a, 0));
    cr_assert_not(outlet_give(&out, b, 0));
    drain(1, 0);
    cr_assert(outlet_give(&out, b, 0));
    for (int e = 0; e < 2; e++) {
        uint64_t id = 0;
        for (int round = 0; round < 3; round++) {
            outlet_flush(&out, true, 0);
            uint32_t n = drain(e, 0);
            for (uint32_t i = 0; i < n; i++)
                cr_assert_eq(seen[i], id++);
        }
        cr_assert_eq(id, 300u, "edge %d", e);
    }
    expect_all_blocks_back();
}

/* ---- flush, end ---- */

Test(outlet, rows_wait_for_company_until_the_flush_interval)
{
    start();
    edge(SHIP_FORWARD, false, 1, 100);
    out.flush_ns = 100;
    cr_assert_eq(outlet_due(&out), TIME_NEVER);
    cr_assert(build(1, 4));
    cr_assert_eq(outlet_due(&out), 100);
    outlet_flush(&out, false, 99);
    cr_assert_eq(outlet_pending(&out), 1u);
    outlet_flush(&out, false, 100);
    cr_assert_eq(outlet_pending(&out), 0u);
    cr_assert_eq(outlet_due(&out), TIME_NEVER);
}

Test(outlet, an_idle_maker_does_not_wait)
{
    start();
    edge(SHIP_FORWARD, false, 1, 100);
    cr_assert(build(1, 4));
    outlet_flush(&out, true, 0);
    cr_assert_eq(drain(0, 0), 1u);
}

Test(outlet, behind_a_full_link_it_waits_for_the_pop_and_not_for_time)
{
    start();
    edge(SHIP_FORWARD, false, 1, 1);
    link_push(links[0][0], kit_block(&pool, 900, 1, 4), 0);
    cr_assert(build(1, 4));
    outlet_flush(&out, true, 0);
    cr_assert_eq(outlet_due(&out), TIME_NEVER);
    ready = 0;
    drain(0, 0);
    cr_assert_eq(ready, 1u);
}

Test(outlet, it_ends_its_links_when_everything_has_left)
{
    start();
    edge(SHIP_HASH, false, 3, 1);
    cr_assert(build(1, 4)); /* opens three blocks, one of them with a row */
    cr_assert_not(outlet_end(&out));
    outlet_flush(&out, true, 0);
    cr_assert(outlet_end(&out));
    for (uint32_t i = 0; i < 3; i++) {
        drain(0, i);
        cr_assert(link_done(links[0][i]));
    }
    cr_assert_eq(pool.free_count, pool.count, "empty open blocks went back");
}

/* ---- watermarks ---- */

/* "No later record of this stream has an event time below the watermark": read a
 * link to its end and see. In these rows the event time is the id. */
static void check_link_watermarks(struct link *l)
{
    int64_t low = INT64_MIN;
    for (struct block *b; (b = link_pop(l)) != NULL; block_pool_give(&pool, b)) {
        for (uint32_t r = 0; r < b->count; r++)
            cr_assert(b->event_time[r] >= low, "record %llu is behind watermark %lld",
                      (unsigned long long)b->id[r], (long long)low);
        low = b->watermark_ms > low ? b->watermark_ms : low;
    }
}

Test(outlet, the_watermark_behind_a_block_does_not_overtake_its_rows)
{
    start();
    edge(SHIP_REBALANCE, true, 2, 4096);
    for (uint64_t k = 0; k < 10; k++) {
        struct block *b = kit_block(&pool, 200 * k, 200, 4);
        b->watermark_ms = (int64_t)(200 * k + 199); /* holds after its last row */
        cr_assert(outlet_give(&out, b, 0));
    }
    outlet_flush(&out, true, 0);
    cr_assert_eq(out.watermark_ms, 1999);
    check_link_watermarks(links[0][0]);
    check_link_watermarks(links[0][1]);
    expect_all_blocks_back();
}

Test(outlet, nor_those_of_a_block_that_goes_whole_behind_an_open_one)
{
    start();
    edge(SHIP_FORWARD, false, 1, 4096);
    cr_assert(build(0, 4));
    struct block *b = kit_block(&pool, 1, 9, 4);
    b->watermark_ms = 9;
    cr_assert(outlet_give(&out, b, 0));
    check_link_watermarks(links[0][0]);
    cr_assert_eq(links[0][0]->watermark_ms, 9);
    expect_all_blocks_back();
}

/* ---- random ---- */

static uint32_t times[OUTLET_EDGES][SEEN];

static int random_start(struct prng *p)
{
    kit_free();
    memset(times, 0, sizeof times);
    memset(open_blocks, 0, sizeof open_blocks);
    start();
    int edges = 1 + (int)prng_below(p, 3);
    for (int e = 0; e < edges; e++) {
        enum ship ship = (enum ship)prng_below(p, SHIP_KINDS);
        uint32_t count = ship == SHIP_FORWARD ? 1 : 1 + (uint32_t)prng_below(p, WAYS);
        edge(ship, prng_below(p, 2), count, 1 + (uint32_t)prng_below(p, 4));
    }
    return edges;
}

static void count_block(int e, struct block *b)
{
    for (uint32_t r = 0; b && r < b->count; r++) {
        kit_check_text(b, r);
        times[e][b->id[r]]++;
    }
    if (b)
        block_pool_give(&pool, b);
}

static void empty_links(void)
{
    for (int e = 0; e < out.edges; e++)
        for (uint32_t i = 0; i < out.edge[e].count; i++)
            while (links[e][i]->count)
                count_block(e, link_pop(links[e][i]));
}

static void random_run(uint64_t seed)
{
    struct prng p = prng_split(seed, 0);
    int edges = random_start(&p);
    uint64_t id = 0;
    struct block *b = NULL;
    for (int n = 0; n < 3000; n++) {
        uint32_t length = (uint32_t)prng_below(&p, 30);
        bool more = b == NULL && id + 40 < SEEN;
        if (more && prng_below(&p, 3) == 0) {
            uint32_t rows = 1 + (uint32_t)prng_below(&p, 30);
            b = kit_block(&pool, id, rows, length);
            id += rows;
        } else if (more) {
            id += build(id, length);
        }
        if (b && outlet_give(&out, b, n))
            b = NULL;
        if (prng_below(&p, 4) == 0)
            outlet_flush(&out, prng_below(&p, 2), n);
        int e = (int)prng_below(&p, (uint64_t)edges);
        if (prng_below(&p, 3) == 0)
            count_block(e, link_pop(links[e][prng_below(&p, out.edge[e].count)]));
    }
    for (int n = 0; b || outlet_pending(&out); n++) {
        cr_assert(n < 1000);
        if (b && outlet_give(&out, b, n))
            b = NULL;
        outlet_flush(&out, true, n);
        empty_links();
    }
    empty_links();
    for (int e = 0; e < edges; e++) {
        uint32_t each = out.edge[e].ship == SHIP_BROADCAST ? out.edge[e].count : 1;
        for (uint64_t k = 0; k < id; k++)
            cr_assert_eq(times[e][k], each, "seed %llu edge %d: record %llu came %u times",
                         (unsigned long long)seed, e, (unsigned long long)k, times[e][k]);
    }
    cr_assert_eq(out.passed, id);
    cr_assert(outlet_end(&out));
    cr_assert_eq(pool.free_count, pool.count, "seed %llu: a block is missing",
                 (unsigned long long)seed);
}

Test(outlet, random_histories_give_every_row_once_on_every_edge)
{
    for (uint64_t seed = 1; seed <= 200; seed++)
        random_run(seed);
}
