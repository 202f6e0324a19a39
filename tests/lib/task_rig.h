/* One task with up to three inputs that the test fills, and two outputs (on, and to
 * the remote lane) that it empties. */
#ifndef TESTS_LIB_TASK_RIG_H
#define TESTS_LIB_TASK_RIG_H

#include "tests/lib/flow_kit.h"
#include "tests/lib/yard.h"

#include "burst/dispatch.h"
#include "flow/op.h"

#define COST (10 * MS)
#define SEEN 8192

static struct block_pool pool;
static struct rowbox box;
static struct yard yard;
static struct task t;
static struct link in[3], out, remote;
static struct link *in_list[3] = {&in[0], &in[1], &in[2]}, *out_list[1] = {&out},
                   *remote_list[1] = {&remote};
static struct block *out_open[1], *remote_open[1];
static struct dispatch dispatch;
static bool credit;
static uint64_t seen[SEEN];

struct shape {
    int64_t cost_ns, jitter_ppm;
    uint32_t slots, slots_max;
    uint32_t inputs, fallbacks;   /* 0 inputs: one */
    uint32_t in_limit, out_limit; /* 0: plenty */
    bool burst;
};

static inline void start(struct shape s)
{
    struct task_config c = {s.cost_ns, s.jitter_ppm, s.slots, s.slots_max ? s.slots_max : s.slots,
                            1};
    kit_pool(&pool, 64, 4096);
    kit_box(&box, 4096);
    task_init(&t, kit_memory(task_bytes(&c)), &c, &pool, &box, 0);
    for (int i = 0; i < 3; i++)
        link_init(&in[i], s.in_limit ? s.in_limit : 4096);
    link_init(&out, s.out_limit ? s.out_limit : 4096);
    link_init(&remote, 4096);
    t.in = in_list;
    t.inputs = s.inputs ? s.inputs : 1;
    t.fallbacks = s.fallbacks;
    outlet_add(&t.out, SHIP_FORWARD, false, out_list, out_open, 1);
    if (s.burst) {
        outlet_add(&t.remote, SHIP_REBALANCE, false, remote_list, remote_open, 1);
        dispatch = (struct dispatch){.credit = &credit};
        credit = true;
        t.divert = (struct divert){&dispatch, dispatch_way};
    }
    task_ready(&t);
    struct wake w = yard_add(&yard, "task", &t, task_step, task_due);
    for (int i = 0; i < 3; i++)
        in[i].consumer = w;
    out.producer = remote.producer = w;
}

static inline void push(uint64_t first, uint32_t n)
{
    link_push(&in[0], kit_block(&pool, first, n, 6), yard.now_ns);
}
static inline uint32_t drain(void) { return kit_drain(&out, &pool, seen, SEEN); }
static inline uint32_t drain_remote(void) { return kit_drain(&remote, &pool, seen, SEEN); }

static inline void command(void) { yard.ready |= 1; } /* the engine wakes everybody after one */

static inline void expect_empty(void)
{
    cr_assert_eq(task_in_flight(&t), 0u);
    cr_assert_eq(box.used, 0u);
    cr_assert_eq(box.rows, 0u);
}

#endif
