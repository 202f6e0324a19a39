/* Tasks under the hand of somebody who kills and rescales: nothing is lost, nothing
 * is served twice, and time lost is lost. */
#include "tests/lib/task_rig.h"

#include <time.h>

/* ---- kill and slots ---- */

Test(task, a_killed_slot_serves_its_record_again)
{
    start((struct shape){.slots = 1, .cost_ns = COST});
    push(0, 1);
    yard_run(&yard, COST / 2);
    cr_assert_eq(task_kill(&t, 0, yard.now_ns), 1u);
    command();
    yard_run(&yard, COST / 2 + TASK_RESTART_NS + COST - 1);
    cr_assert_eq(drain(), 0u);
    cr_assert_eq(task_in_flight(&t), 1u);
    yard_run(&yard, COST / 2 + TASK_RESTART_NS + COST);
    cr_assert_eq(drain(), 1u);
    expect_empty();
}

Test(task, another_slot_takes_over_from_the_start)
{
    start((struct shape){.slots = 2, .cost_ns = COST});
    push(0, 1);
    yard_run(&yard, COST / 2);
    uint32_t s = t.slot[0].box != ROWBOX_NONE ? 0 : 1;
    cr_assert_eq(task_kill(&t, s, yard.now_ns), 1u);
    command();
    yard_run(&yard, COST + COST / 2 - 1);
    cr_assert_eq(drain(), 0u, "nothing of the first service counts");
    yard_run(&yard, COST + COST / 2);
    cr_assert_eq(drain(), 1u);
}

Test(task, a_killed_idle_slot_comes_back)
{
    start((struct shape){.slots = 1, .cost_ns = COST});
    cr_assert_eq(task_kill(&t, 0, 0), 0u);
    command();
    push(0, 1);
    yard_run(&yard, TASK_RESTART_NS + COST - 1);
    cr_assert_eq(drain(), 0u);
    yard_run(&yard, TASK_RESTART_NS + COST);
    cr_assert_eq(drain(), 1u);
}

Test(task, a_killed_instance_serves_nothing_until_it_is_up)
{
    start((struct shape){.slots = 3, .cost_ns = COST});
    push(0, 3);
    yard_run(&yard, COST / 2);
    cr_assert_eq(task_kill(&t, -1, yard.now_ns), 3u);
    command();
    push(3, 6); /* comes in while it is down */
    int64_t up = COST / 2 + TASK_RESTART_NS;
    yard_run(&yard, up + COST - 1);
    cr_assert_eq(drain(), 0u);
    cr_assert_eq(task_in_flight(&t) + task_queue(&t), 9u);
    for (int k = 1; k <= 3; k++) {
        yard_run(&yard, up + k * COST);
        cr_assert_eq(drain(), 3u, "round %d", k);
    }
    expect_empty();
}

Test(task, idle_slots_of_a_killed_instance_do_not_serve_in_the_past)
{
    start((struct shape){.slots = 3, .cost_ns = COST});
    push(0, 1);
    yard_run(&yard, COST / 2);
    task_kill(&t, -1, yard.now_ns);
    command();
    push(1, 2);
    int64_t up = COST / 2 + TASK_RESTART_NS;
    yard_run(&yard, up + COST - 1);
    cr_assert_eq(drain(), 0u);
    yard_run(&yard, up + COST);
    cr_assert_eq(drain(), 3u);
}

Test(task, a_killed_instance_without_slots_holds_its_blocks)
{
    start((struct shape){.slots = 1});
    task_kill(&t, -1, 0);
    command();
    push(0, 4);
    yard_run(&yard, TASK_RESTART_NS - 1);
    cr_assert_eq(drain(), 0u);
    yard_run(&yard, TASK_RESTART_NS);
    cr_assert_eq(drain(), 4u);
}

Test(task, finished_records_of_a_killed_instance_are_served_again)
{
    start((struct shape){.slots = 2, .cost_ns = COST, .out_limit = 1});
    for (uint64_t i = 0; i < 6; i++)
        link_push(&in[0], kit_block(&pool, i, 1, 4000), 0);
    yard_run(&yard, 10 * COST);
    cr_assert_eq(t.finished_count, 2u);
    cr_assert_eq(task_kill(&t, -1, yard.now_ns), 2u);
    cr_assert_eq(t.finished_count, 0u);
    command();
    uint32_t n = 0;
    for (int i = 0; i < 20; i++) {
        n += drain();
        yard_run(&yard, yard.now_ns + TASK_RESTART_NS);
    }
    cr_assert_eq(n, 6u);
    expect_empty();
}

Test(task, killing_many_finished_slots_takes_no_longer_than_they_are_many)
{
    enum { SLOTS = 65536 };
    struct task_config c = {COST, 0, SLOTS, SLOTS, 1};
    kit_pool(&pool, 600, 64 * 1024);
    kit_box(&box, SLOTS + 4096);
    task_init(&t, kit_memory(task_bytes(&c)), &c, &pool, &box, 0);
    link_init(&in[0], 1 << 30);
    link_init(&out, 1);
    t.in = in_list;
    t.inputs = 1;
    outlet_add(&t.out, SHIP_FORWARD, false, out_list, out_open, 1);
    task_ready(&t);
    link_push(&out, kit_block(&pool, 999999, 1, 4), 0);
    for (uint64_t id = 0; id < SLOTS + 256; id += 256) {
        link_push(&in[0], kit_block(&pool, id, 256, 4), 0);
        while (in[0].count)
            if (!task_step(&t, 0) && in[0].count)
                break;
    }
    while (task_step(&t, COST))
        ;
    cr_assert(t.finished_count > 60000);
    clock_t begin = clock();
    cr_assert(task_kill(&t, -1, COST) > 60000);
    cr_assert(clock() - begin < CLOCKS_PER_SEC / 4, "a quarter of a second of work");
    cr_assert_eq(t.finished_count, 0u);
}

Test(task, more_slots_serve_at_once)
{
    start((struct shape){.slots = 1, .slots_max = 4, .cost_ns = COST});
    push(0, 8);
    yard_run(&yard, COST / 2);
    task_set_slots(&t, 4, yard.now_ns);
    command();
    yard_run(&yard, COST + COST / 2);
    cr_assert_eq(drain(), 4u);
}

Test(task, taken_away_slots_finish_their_record)
{
    start((struct shape){.slots = 4, .cost_ns = COST});
    push(0, 8);
    yard_run(&yard, COST / 2);
    task_set_slots(&t, 1, yard.now_ns);
    command();
    yard_run(&yard, COST);
    cr_assert_eq(drain(), 4u);
    yard_run(&yard, 2 * COST);
    cr_assert_eq(drain(), 1u);
    task_set_slots(&t, 3, yard.now_ns);
    command();
    yard_run(&yard, 3 * COST);
    cr_assert_eq(drain(), 3u);
    expect_empty();
}

Test(task, a_slot_that_is_restarting_can_be_taken_away_and_given_back)
{
    start((struct shape){.slots = 2, .cost_ns = COST});
    task_kill(&t, 1, 0);
    task_set_slots(&t, 1, 1);
    command();
    yard_run(&yard, 2 * TASK_RESTART_NS);
    task_set_slots(&t, 2, yard.now_ns);
    command();
    push(0, 2);
    yard_run(&yard, yard.now_ns + COST);
    cr_assert_eq(drain(), 2u);
    cr_assert_eq(t.down, 0u);
}

/* ---- random: nothing is lost, whatever happens ---- */

static uint8_t found[SEEN];

static void mark_found(void *context, uint64_t id)
{
    (void)context;
    found[id]++;
}

static void random_commands(struct prng *p, uint32_t slots_max)
{
    uint64_t what = prng_below(p, 12);
    if (what == 0)
        task_kill(&t, (int64_t)prng_below(p, slots_max), yard.now_ns);
    else if (what == 1)
        task_kill(&t, -1, yard.now_ns);
    else if (what <= 3)
        task_set_slots(&t, 1 + (uint32_t)prng_below(p, slots_max), yard.now_ns);
    else
        return;
    command();
}

static void random_start(struct prng *p)
{
    struct shape s = {.slots = 1 + (uint32_t)prng_below(p, 3),
                      .slots_max = 3,
                      .cost_ns = prng_below(p, 4) ? COST : 0,
                      .jitter_ppm = PPM_ONE / 2,
                      .in_limit = 1 + (uint32_t)prng_below(p, 4),
                      .out_limit = 1 + (uint32_t)prng_below(p, 4),
                      .burst = prng_below(p, 2)};
    kit_free();
    memset(&yard, 0, sizeof yard);
    memset(out_open, 0, sizeof out_open);
    memset(remote_open, 0, sizeof remote_open);
    memset(found, 0, sizeof found);
    start(s);
    dispatch.fraction_ppm = (int64_t)prng_below(p, PPM_ONE);
    dispatch.overflow = (enum overflow)prng_below(p, 2);
}

static void mark_link(const struct link *l)
{
    for (uint32_t k = 0; k < l->count; k++) {
        const struct block *b = l->ring[(l->head + k) % LINK_BLOCKS];
        for (uint32_t r = 0; r < b->count; r++)
            found[b->id[r]]++;
    }
}

/* What has left, what is in the links, and what the task shows make every record once. */
static void expect_all_visible(uint64_t id)
{
    static uint8_t kept[SEEN];
    memcpy(kept, found, sizeof kept);
    task_visit(&t, mark_found, NULL);
    mark_link(&in[0]);
    mark_link(&out);
    mark_link(&remote);
    for (uint64_t i = 0; i < id; i++)
        cr_assert_eq(found[i], 1, "record %llu is held %d times", (unsigned long long)i, found[i]);
    memcpy(found, kept, sizeof kept);
}

static uint32_t take_some(struct prng *p)
{
    struct link *l = prng_below(p, 2) ? &out : &remote;
    uint32_t k = prng_below(p, 3) == 0 ? kit_drain(l, &pool, seen, SEEN) : 0;
    for (uint32_t i = 0; i < k; i++)
        found[seen[i]]++;
    return k;
}

static void random_run(uint64_t seed)
{
    struct prng p = prng_split(seed, 1);
    uint64_t id = 0, gone = 0;
    random_start(&p);
    for (int n = 0; n < 600 || gone < id; n++) {
        cr_assert(n < 20000, "seed %llu: %llu of %llu came through", (unsigned long long)seed,
                  (unsigned long long)gone, (unsigned long long)id);
        if (n < 600 && !link_full(&in[0]) && prng_below(&p, 2)) {
            uint32_t rows = 1 + (uint32_t)prng_below(&p, 5);
            push(id, rows);
            id += rows;
        }
        if (n < 600)
            random_commands(&p, 3);
        credit = n >= 600 || prng_below(&p, 2);
        wake_up(remote.producer);
        yard_run(&yard, yard.now_ns + (int64_t)prng_below(&p, (uint64_t)COST));
        gone += take_some(&p);
        cr_assert_eq(gone + task_in_flight(&t) + task_queue(&t) + out.records + remote.records, id,
                     "seed %llu", (unsigned long long)seed);
        struct task_share share = task_time_share(&t.time, yard.now_ns);
        cr_assert_eq(share.busy_ns + share.idle_ns + share.backpressured_ns, yard.now_ns);
        if (n % 100 == 50)
            expect_all_visible(id);
    }
    for (uint64_t i = 0; i < id; i++)
        cr_assert_eq(found[i], 1);
    link_end(&in[0]);
    yard_run(&yard, yard.now_ns + 2 * TASK_RESTART_NS);
    cr_assert(t.ended);
    expect_empty();
    cr_assert_eq(pool.free_count, pool.count, "seed %llu: a block is missing",
                 (unsigned long long)seed);
}

Test(task, random_kills_and_slots_lose_and_repeat_nothing, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        random_run(seed);
}
