/* A remote lane with a platform that answers what it is told to, an input that the
 * test fills and two outputs that it empties. */
#ifndef TESTS_LIB_LANE_RIG_H
#define TESTS_LIB_LANE_RIG_H

#include "tests/lib/fake_transport.h"
#include "tests/lib/flow_kit.h"
#include "tests/lib/yard.h"

#include "base/hist.h"
#include "burst/lane.h"

#define CALL (50 * MS)
#define LINGER (20 * MS)
#define SEEN 65536

static struct block_pool pool;
static struct yard yard;
static struct lane l;
static struct fake_transport fake;
static struct link in, out, fallback;
static struct link *in_list[1] = {&in}, *out_list[1] = {&out}, *fallback_list[1] = {&fallback};
static struct block *out_open[1], *fallback_open[1];
static struct knobs knobs;
static struct hist call_hist;
static uint64_t seen[SEEN];
static uint64_t woken;

struct shape {
    uint32_t calls_max;  /* 0: 4 */
    int64_t batch;       /* 0: 10 */
    int64_t concurrency; /* 0: calls_max */
    bool no_local;
    uint32_t in_limit, out_limit, fallback_limit; /* 0: plenty */
    uint32_t blocks_max;                          /* 0: 64 */
    uint32_t slab;                                /* bytes of a block; 0: few */
};

static inline void start(struct shape s)
{
    struct lane_config c = {.calls_max = s.calls_max ? s.calls_max : 4,
                            .blocks_max = s.blocks_max ? s.blocks_max : 64,
                            .has_local = !s.no_local,
                            .seed = 1};
    kit_pool(&pool, s.slab ? 150 : 400, s.slab ? s.slab : 4096);
    fake_open(&fake, CALL);
    lane_init(&l, kit_memory(lane_bytes(&c)), &c, &fake.face, &pool, 0);
    link_init(&in, s.in_limit ? s.in_limit : SEEN);
    link_init(&out, s.out_limit ? s.out_limit : SEEN);
    link_init(&fallback, s.fallback_limit ? s.fallback_limit : SEEN);
    l.in = in_list;
    l.inputs = 1;
    outlet_add(&l.out, SHIP_REBALANCE, false, out_list, out_open, 1);
    if (!s.no_local)
        outlet_add(&l.fallback, SHIP_REBALANCE, false, fallback_list, fallback_open, 1);
    knobs_init(&knobs);
    hist_reset(&call_hist);
    knobs.value[KNOB_BATCH] = s.batch ? s.batch : 10;
    l.batch = knobs.value[KNOB_BATCH];
    l.knobs = &knobs;
    l.batch_policy = batch_policy_all[0];
    l.batch_policy->init(&l.batch_state, &knobs, 0);
    l.linger_ns = LINGER;
    l.timeout_ns = 30 * NS_PER_S;
    l.concurrency = s.concurrency ? s.concurrency : c.calls_max;
    l.call_hist = &call_hist;
    struct wake w = yard_add(&yard, "lane", &l, lane_step, lane_due);
    in.consumer = w;
    in.producer = (struct wake){&woken, 1};
    out.producer = fallback.producer = w;
}

static inline void push(uint64_t first, uint32_t n)
{
    link_push(&in, kit_block(&pool, first, n, 6), yard.now_ns);
}
static inline void push_many(uint64_t first, uint32_t n)
{
    for (; n > 0; n -= n < 200 ? n : 200, first += 200) {
        push(first, n < 200 ? n : 200);
        yard_run(&yard, yard.now_ns);
    }
}
static inline uint32_t drain(void) { return kit_drain(&out, &pool, seen, SEEN); }
static inline uint32_t drain_fallback(void) { return kit_drain(&fallback, &pool, seen, SEEN); }
static inline void command(void) { yard.ready |= 1; }

static inline void expect_empty(void)
{
    cr_assert_eq(lane_in_flight(&l), 0u);
    cr_assert_eq(l.free_count, l.tickets);
    cr_assert_eq(l.blocks, 0u);
    cr_assert_eq(l.calling, 0u);
    cr_assert_eq(l.gate.pending[0] + l.gate.pending[1], 0u);
}

#endif
