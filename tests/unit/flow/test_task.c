/* Tasks: slots that serve, a queue before them, a dispatcher, and back-pressure that
 * is seen for what it is. */
#include "tests/lib/task_rig.h"

/* ---- whole blocks ---- */

Test(task, without_cost_whole_blocks_pass)
{
    start((struct shape){.slots = 1});
    push(0, 5);
    push(5, 3);
    yard_run(&yard, 0);
    cr_assert_eq(drain(), 8u);
    cr_assert_eq(t.in_count, 8u);
    cr_assert_eq(t.served_count, 8u);
    expect_empty();
}

Test(task, a_full_output_holds_the_block_and_a_pop_lets_it_go)
{
    start((struct shape){.slots = 1, .out_limit = 1});
    for (uint64_t k = 0; k < 8; k++)
        push(k * 100, 100);
    yard_run(&yard, 0);
    cr_assert_eq(out.records, 100u);
    cr_assert_eq(task_in_flight(&t) + task_queue(&t), 700u);
    cr_assert_neq(t.done, NULL, "back-pressure");
    uint32_t n = 0;
    for (int round = 0; round < 10; round++) {
        n += drain();
        yard_run(&yard, yard.now_ns + MS);
    }
    cr_assert_eq(n, 800u);
    struct task_share s = task_time_share(&t.time, 10 * MS);
    cr_assert(s.backpressured_ns > 0 && s.busy_ns == 0);
    expect_empty();
}

Test(task, the_end_of_the_inputs_is_the_end_of_the_output)
{
    start((struct shape){.slots = 1, .inputs = 2});
    push(0, 5);
    link_end(&in[0]);
    yard_run(&yard, 0);
    cr_assert_not(t.ended);
    link_end(&in[1]);
    yard_run(&yard, 0);
    cr_assert(t.ended);
    cr_assert_eq(drain(), 5u);
    cr_assert(link_done(&out));
    cr_assert_eq(pool.free_count, pool.count);
    cr_assert_eq(task_due(&t), TIME_NEVER);
}

Test(task, its_inputs_take_turns)
{
    start((struct shape){.slots = 1, .inputs = 2, .out_limit = 1});
    for (uint64_t k = 0; k < 4; k++) {
        link_push(&in[0], kit_block(&pool, 1000 + k, 1, 4), 0);
        link_push(&in[1], kit_block(&pool, 2000 + k, 1, 4), 0);
    }
    uint32_t n = 0;
    for (int round = 0; round < 20; round++) {
        yard_run(&yard, yard.now_ns);
        n += kit_drain(&out, &pool, seen + n, SEEN - n);
    }
    cr_assert_eq(n, 8u);
    for (uint32_t i = 1; i < 8; i++)
        cr_assert_neq(seen[i] / 1000, seen[i - 1] / 1000, "one after the other");
}

/* ---- slots ---- */

Test(task, a_record_occupies_a_slot_for_its_cost)
{
    start((struct shape){.slots = 1, .cost_ns = COST});
    push(0, 1);
    yard_run(&yard, COST - 1);
    cr_assert_eq(drain(), 0u);
    cr_assert_eq(task_in_flight(&t), 1u);
    yard_run(&yard, COST);
    cr_assert_eq(drain(), 1u);
    expect_empty();
}

Test(task, slots_serve_at_the_same_time)
{
    start((struct shape){.slots = 3, .cost_ns = COST});
    push(0, 7);
    yard_run(&yard, COST);
    cr_assert_eq(drain(), 3u);
    yard_run(&yard, 2 * COST);
    cr_assert_eq(drain(), 3u);
    yard_run(&yard, 3 * COST);
    cr_assert_eq(drain(), 1u);
    expect_empty();
}

Test(task, the_part_of_service_is_the_cost)
{
    start((struct shape){.slots = 2, .cost_ns = COST});
    push(0, 5);
    yard_run(&yard, 10 * COST);
    for (struct block *b; (b = link_pop(&out)) != NULL; block_pool_give(&pool, b))
        for (uint32_t r = 0; r < b->count; r++) {
            cr_assert(b->has_parts);
            cr_assert_eq(b->parts[r].service, COST);
            cr_assert_eq(b->parts[r].fill + b->parts[r].call + b->parts[r].order, 0);
        }
}

Test(task, capacity_does_not_depend_on_the_pace_of_the_loop)
{
    start((struct shape){.slots = 2, .cost_ns = COST});
    push(0, 200);
    uint32_t n = 0;
    for (int64_t now = 0; now <= 100 * COST; now += 7 * COST / 2) { /* steps come late */
        yard.now_ns = now;
        yard.ready = 1;
        yard_settle(&yard);
        n += drain();
    }
    cr_assert(n >= 190, "%u of 2 x 98 records", n);
    struct task_share s = task_time_share(&t.time, yard.now_ns);
    cr_assert_eq(s.busy_ns, yard.now_ns);
}

Test(task, jitter_varies_the_cost_around_its_mean)
{
    start((struct shape){.slots = 1, .cost_ns = COST, .jitter_ppm = PPM_ONE / 2});
    push(0, 250);
    yard_run(&yard, 250 * 2 * COST);
    int64_t sum = 0, low = COST, high = 0;
    uint32_t n = 0;
    for (struct block *b; (b = link_pop(&out)) != NULL; block_pool_give(&pool, b))
        for (uint32_t r = 0; r < b->count; r++, n++) {
            int64_t s = b->parts[r].service;
            sum += s;
            low = s < low ? s : low;
            high = s > high ? s : high;
        }
    cr_assert_eq(n, 8u, "the first eight blocks of one row; the rest waits for room");
    (void)sum;
    cr_assert(low >= COST / 2 && high <= 3 * COST / 2 && high > low);
}

Test(task, full_output_leaves_records_in_their_slots)
{
    start((struct shape){.slots = 2, .cost_ns = COST, .out_limit = 1});
    /* each record is as large as a slab: the open block holds one */
    for (uint64_t i = 0; i < 6; i++)
        link_push(&in[0], kit_block(&pool, i, 1, 4000), 0);
    yard_run(&yard, 10 * COST);
    cr_assert_eq(out.records, 1u);
    cr_assert_eq(t.finished_count, 2u);
    cr_assert_eq(t.busy, 2u);
    cr_assert_eq(task_in_flight(&t) + task_queue(&t), 5u);
    struct task_share before = task_time_share(&t.time, 10 * COST);
    struct task_share after = task_time_share(&t.time, 11 * COST);
    cr_assert_eq(after.backpressured_ns - before.backpressured_ns, COST, "all of it");
    uint32_t n = 0;
    for (int i = 0; i < 10; i++) {
        n += drain();
        yard_run(&yard, yard.now_ns + COST);
    }
    cr_assert_eq(n, 6u);
    expect_empty();
}

Test(task, a_record_that_waits_for_the_output_starts_nothing_behind_its_back)
{
    start((struct shape){.slots = 1, .cost_ns = COST, .out_limit = 1});
    for (uint64_t i = 0; i < 4; i++)
        link_push(&in[0], kit_block(&pool, i, 1, 4000), 0);
    yard_run(&yard, 100 * COST); /* one in the link, one open, one in the slot */
    cr_assert_eq(drain(), 1u);
    yard_run(&yard, 100 * COST); /* the slot falls free now, not in the past */
    cr_assert_eq(t.busy, 1u);
    cr_assert_eq(t.finished_count, 0u);
    cr_assert_eq(task_due(&t), 101 * COST);
}

Test(task, the_chain_is_applied_before_a_row_leaves)
{
    struct op_tokenize op = {tokenize_select("scalar")};
    start((struct shape){.slots = 2, .cost_ns = COST});
    t.chain[t.chain_count++] = (struct op_step){NULL, NULL};
    t.chain[t.chain_count++] = (struct op_step){op_tokenize_apply, &op};
    push(0, 9);
    yard_run(&yard, 9 * COST);
    uint32_t n = 0;
    for (struct block *b; (b = link_pop(&out)) != NULL; block_pool_give(&pool, b))
        for (uint32_t r = 0; r < b->count; r++, n++)
            kit_check_tokens(b, r);
    cr_assert_eq(n, 9u);
}

/* ---- dispatch ---- */

Test(task, the_decided_share_goes_to_functions)
{
    start((struct shape){.slots = 3, .cost_ns = COST, .burst = true});
    dispatch.fraction_ppm = PPM_ONE / 4;
    push(0, 4);
    yard_run(&yard, 0);
    cr_assert_eq(drain_remote(), 1u);
    cr_assert_eq(t.remote_count, 1u);
    yard_run(&yard, COST);
    cr_assert_eq(drain(), 3u);
    expect_empty();
}

/* Where the operator itself costs nothing (a dispatcher next to the source, or real
 * CPU work), its lane is never full: what is not to go, stays. */
Test(task, a_lane_without_cost_does_not_overflow)
{
    start((struct shape){.slots = 1, .burst = true});
    dispatch.fraction_ppm = PPM_ONE / 10;
    dispatch.overflow = OVERFLOW_BURST;
    for (uint64_t k = 0; k < 4; k++)
        push(k * 250, 250);
    yard_run(&yard, 0);
    cr_assert_eq(drain_remote(), 100u);
    cr_assert_eq(drain(), 900u);
    cr_assert_eq(dispatch.overflowed, 0u);
}

/* The loop comes late, but the slots served meanwhile: no reason to burst. */
Test(task, a_late_loop_does_not_overflow)
{
    start((struct shape){.slots = 2, .cost_ns = MS / 10, .burst = true});
    dispatch.fraction_ppm = 1;
    dispatch.overflow = OVERFLOW_BURST;
    for (int k = 0; k < 20; k++) {
        link_push(&in[0], kit_block(&pool, (uint64_t)k * 20, 20, 6), k * MS);
        yard.now_ns = (k + 1) * MS; /* 20 records at once, a millisecond late: 20 x 0.1 ms / 2 */
        yard.ready = 1;
        yard_settle(&yard);
        drain();
    }
    cr_assert_eq(dispatch.overflowed, 0u);
    cr_assert_eq(drain_remote(), 0u);
}

Test(task, a_full_lane_overflows_only_while_bursting)
{
    start((struct shape){.slots = 1, .cost_ns = COST, .burst = true});
    dispatch.overflow = OVERFLOW_BURST;
    push(0, 10);
    yard_run(&yard, 0);
    cr_assert_eq(drain_remote(), 0u, "the policy does not burst");
    dispatch.fraction_ppm = 1;
    command();
    yard_run(&yard, 0);
    cr_assert_eq(drain_remote(), 8u, "one in the slot, one in the queue");
}

Test(task, without_credit_and_lane_it_waits_and_the_credit_wakes_it)
{
    start((struct shape){.slots = 1, .cost_ns = COST, .burst = true});
    dispatch.fraction_ppm = PPM_ONE;
    credit = false;
    push(0, 5);
    yard_run(&yard, 0);
    cr_assert_eq(drain_remote(), 0u);
    cr_assert_eq(task_in_flight(&t), 5u);
    credit = true;
    wake_up(remote.producer);
    yard_run(&yard, 0);
    cr_assert_eq(drain_remote(), 3u);
}

Test(task, what_came_back_stays)
{
    start((struct shape){.slots = 2, .cost_ns = COST, .fallbacks = 1, .burst = true});
    dispatch.fraction_ppm = PPM_ONE;
    struct block *b = kit_block(&pool, 0, 2, 6);
    b->flags[0] = b->flags[1] = ROW_LOCAL;
    link_push(&in[1], b, 0);
    yard_run(&yard, COST);
    cr_assert_eq(drain_remote(), 0u);
    cr_assert_eq(drain(), 2u);
    cr_assert_eq(t.in_count, 0u, "it was counted when it first came");
}

Test(task, the_remote_lane_ends_first_and_may_still_send_back)
{
    start((struct shape){.slots = 1, .cost_ns = COST, .fallbacks = 1, .burst = true});
    dispatch.fraction_ppm = PPM_ONE;
    push(0, 1);
    link_end(&in[0]);
    yard_run(&yard, 0);
    cr_assert(remote.ended);
    cr_assert_not(t.ended);
    cr_assert_eq(drain_remote(), 1u);
    struct block *b = kit_block(&pool, 0, 1, 6);
    b->flags[0] = ROW_LOCAL;
    link_push(&in[1], b, yard.now_ns);
    link_end(&in[1]);
    yard_run(&yard, COST);
    cr_assert_eq(drain(), 1u);
    cr_assert(t.ended && link_done(&out));
    cr_assert_eq(pool.free_count, pool.count);
}

/* ---- watermarks ---- */

static int64_t low;

static void check_output_watermarks(void)
{
    for (struct block *b; (b = link_pop(&out)) != NULL; block_pool_give(&pool, b)) {
        for (uint32_t r = 0; r < b->count; r++)
            cr_assert(b->event_time[r] >= low, "record %llu is behind watermark %lld",
                      (unsigned long long)b->id[r], (long long)low);
        low = b->watermark_ms > low ? b->watermark_ms : low;
    }
}

static void random_watermarks(uint64_t seed, struct shape shape)
{
    struct prng p = prng_split(seed, 0);
    kit_free();
    memset(&yard, 0, sizeof yard);
    memset(out_open, 0, sizeof out_open);
    start(shape);
    low = INT64_MIN;
    uint64_t id = 0;
    for (int n = 0; n < 400; n++) {
        if (prng_below(&p, 2) && !link_full(&in[0])) {
            uint32_t rows = 1 + (uint32_t)prng_below(&p, 200);
            struct block *b = kit_block(&pool, id, rows, 6);
            id += rows;
            b->watermark_ms = (int64_t)id - 1;
            link_push(&in[0], b, yard.now_ns);
        }
        yard_run(&yard, yard.now_ns + (int64_t)prng_below(&p, 3) * MS);
        if (prng_below(&p, 3) == 0)
            check_output_watermarks();
    }
    link_end(&in[0]);
    for (int n = 0; n < 5000 && !link_done(&out); n++) {
        check_output_watermarks();
        yard_run(&yard, yard.now_ns + COST);
    }
    cr_assert(t.ended);
}

Test(task, the_watermark_of_whole_blocks_is_never_early)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        random_watermarks(seed, (struct shape){.slots = 1, .out_limit = 150, .in_limit = 300});
}

Test(task, the_watermark_of_slots_is_never_early)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        random_watermarks(seed, (struct shape){.slots = 20,
                                               .cost_ns = MS,
                                               .jitter_ppm = PPM_ONE,
                                               .out_limit = 20,
                                               .in_limit = 30});
}
