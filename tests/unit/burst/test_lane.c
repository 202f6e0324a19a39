/* The remote lane: batches, what a full way out means, second copies, watermarks. */
#include "tests/lib/lane_rig.h"

static struct twins twins;

/* ---- batches ---- */

Test(lane, a_full_batch_leaves_at_once)
{
    start((struct shape){.batch = 3});
    push(0, 7);
    yard_run(&yard, 0);
    cr_assert_eq(fake.calls, 2);
    cr_assert_eq(fake.call[0].records, 3u);
    cr_assert_eq(lane_in_flight(&l), 7u);
    yard_run(&yard, CALL);
    cr_assert_eq(drain(), 6u);
}

Test(lane, a_batch_not_full_leaves_when_its_oldest_record_has_lingered)
{
    start((struct shape){.batch = 100});
    push(0, 2);
    yard_run(&yard, LINGER / 2);
    push(2, 2);
    yard_run(&yard, LINGER - 1);
    cr_assert_eq(fake.calls, 0);
    yard_run(&yard, LINGER);
    cr_assert_eq(fake.calls, 1);
    cr_assert_eq(fake.call[0].records, 4u);
}

Test(lane, half_filled_batches_leave_at_end_of_input)
{
    start((struct shape){.batch = 100});
    l.linger_ns = 60 * NS_PER_S;
    push(0, 5);
    link_end(&in);
    yard_run(&yard, 0);
    cr_assert_eq(fake.calls, 1);
    yard_run(&yard, CALL);
    cr_assert_eq(drain(), 5u);
    cr_assert(l.ended);
    cr_assert(link_done(&out) && link_done(&fallback));
    cr_assert_eq(pool.free_count, pool.count);
    cr_assert_eq(lane_due(&l), TIME_NEVER);
}

Test(lane, without_input_the_end_comes_at_once)
{
    start((struct shape){0});
    link_end(&in);
    yard_run(&yard, 0);
    cr_assert(l.ended && link_done(&out) && link_done(&fallback));
}

/* So fill and call of a batch together are the time in which its records arrive. */
Test(lane, a_blocking_one_takes_no_record_while_a_batch_is_under_way)
{
    static struct hist batch_hist;
    start((struct shape){.batch = 3, .calls_max = 1});
    l.config.blocking = true;
    l.linger_ns = 60 * NS_PER_S;
    l.batch_hist = &batch_hist;
    hist_reset(&batch_hist);
    push(0, 4);
    yard_run(&yard, 0);
    cr_assert_eq(fake.calls, 1);
    cr_assert_eq(l.fill.records, 0u);
    yard_run(&yard, CALL);
    cr_assert_eq(drain(), 3u);
    cr_assert_eq(l.fill.records, 1u);
    yard_run(&yard, 2 * CALL);
    push(4, 2);
    yard_run(&yard, 2 * CALL);
    cr_assert_eq(fake.calls, 2);
    yard_run(&yard, 3 * CALL);
    cr_assert_eq(drain(), 3u);
    cr_assert_eq(batch_hist.count, 2u);
    cr_assert_eq(batch_hist.max, 2 * CALL); /* first record in at CALL, answered at 3 CALL */
}

Test(lane, while_no_call_can_start_a_batch_goes_on_filling)
{
    start((struct shape){.batch = 100, .calls_max = 1});
    push(0, 1);
    yard_run(&yard, LINGER); /* the first call goes out */
    push(1, 1);
    yard_run(&yard, 2 * LINGER); /* it has lingered, but to no avail */
    push(2, 1);
    yard_run(&yard, LINGER + CALL);
    cr_assert_eq(fake.calls, 2);
    cr_assert_eq(fake.call[1].records, 2u);
}

Test(lane, calls_at_once_are_limited)
{
    start((struct shape){.batch = 1, .calls_max = 10, .concurrency = 3});
    push_many(0, 200);
    yard_run(&yard, 10 * NS_PER_S);
    uint32_t n = 0;
    for (int i = 0; i < 100; i++) {
        n += drain();
        yard_run(&yard, yard.now_ns + CALL);
    }
    cr_assert_eq(n, 200u);
    cr_assert_eq(fake.running_max, 3u);
    expect_empty();
}

Test(lane, a_batch_may_span_blocks)
{
    start((struct shape){.batch = 1000});
    push_many(0, 1000);
    cr_assert_eq(fake.calls, 1);
    cr_assert_eq(fake.call[0].records, 1000u);
    yard_run(&yard, CALL);
    cr_assert_eq(drain(), 1000u);
    for (uint64_t i = 0; i < 1000; i++)
        cr_assert_eq(seen[i], i);
    expect_empty();
}

Test(lane, a_batch_ends_where_the_request_would_grow_too_large)
{
    start((struct shape){.batch = 10000, .blocks_max = 100, .slab = 64 * 1024});
    for (uint64_t i = 0; fake.calls == 0; i++) {
        cr_assert(i < 200);
        link_push(&in, kit_block(&pool, 2 * i, 2, 30000), 0);
        yard_run(&yard, 0);
    }
    cr_assert(fake.call[0].bytes >= 4 << 20 && fake.call[0].bytes < (4 << 20) + 30000, "%u bytes",
              fake.call[0].bytes);
    yard_run(&yard, LINGER + 2 * CALL);
    drain();
    yard_run(&yard, LINGER + 2 * CALL);
}

Test(lane, results_and_parts_come_with_the_rows)
{
    start((struct shape){.batch = 2});
    push(0, 1);
    yard_run(&yard, 5 * MS);
    push(1, 1);
    yard_run(&yard, 5 * MS + CALL);
    struct block *b = link_pop(&out);
    cr_assert(b && b->count == 2 && b->has_parts);
    cr_assert_eq(b->parts[0].fill, 5 * MS);
    cr_assert_eq(b->parts[1].fill, 0);
    for (uint32_t r = 0; r < 2; r++) {
        cr_assert_eq(b->parts[r].call, CALL);
        cr_assert_eq(b->parts[r].service + b->parts[r].order, 0);
        cr_assert(b->flags[r] & ROW_REMOTE);
        cr_assert_not(b->flags[r] & (ROW_LOCAL | ROW_DEAD));
        kit_check_tokens(b, r);
    }
}

Test(lane, blocks_are_bounded_and_so_is_the_input)
{
    start((struct shape){.batch = 256, .calls_max = 2, .blocks_max = 4, .in_limit = 10});
    fake.usual.delay_ns = 10 * NS_PER_S;
    uint32_t sent = 0;
    for (int i = 0; i < 100 && !link_full(&in); i++, sent += 200) {
        push(sent, 200);
        yard_run(&yard, yard.now_ns);
    }
    cr_assert(sent < 2000);
    cr_assert_leq(l.blocks, 4u);
    cr_assert_not(l.credit);
    uint32_t n = 0;
    for (int i = 0; i < 20; i++) {
        n += drain();
        yard_run(&yard, yard.now_ns + 10 * NS_PER_S);
    }
    cr_assert_eq(n, sent);
    cr_assert(l.credit);
    expect_empty();
}

/* ---- back-pressure ---- */

Test(lane, a_full_output_holds_results_until_a_pop)
{
    start((struct shape){.batch = 200, .out_limit = 1});
    push_many(0, 800);
    yard_run(&yard, 10 * CALL);
    cr_assert(out.records + lane_in_flight(&l) == 800);
    uint32_t n = 0;
    for (int i = 0; i < 20; i++) {
        n += drain();
        yard_run(&yard, yard.now_ns);
    }
    cr_assert_eq(n, 800u);
    expect_empty();
}

Test(lane, a_full_way_back_does_not_hold_up_results)
{
    start((struct shape){.batch = 200, .calls_max = 8, .fallback_limit = 1});
    struct fake_line refused = {.status = ANSWER_REFUSED, .delay_ns = CALL};
    struct fake_line good = {.status = ANSWER_OK, .delay_ns = 2 * CALL};
    struct fake_line script[] = {refused, refused, refused, good, good, good};
    fake.script = script;
    fake.script_count = 6;
    push_many(0, 1200);
    cr_assert_eq(fake.calls, 6);
    yard_run(&yard, 3 * CALL); /* the local lane takes nothing */
    cr_assert_eq(drain(), 600u, "three answers were good");
    uint32_t n = 0;
    for (int i = 0; i < 20; i++) {
        n += drain_fallback();
        yard_run(&yard, yard.now_ns);
    }
    cr_assert_eq(n, 600u);
    expect_empty();
}

Test(lane, nor_does_a_full_output_hold_up_the_way_back)
{
    start((struct shape){.batch = 200, .calls_max = 8, .out_limit = 1});
    struct fake_line refused = {.status = ANSWER_REFUSED, .delay_ns = 2 * CALL};
    struct fake_line good = {.status = ANSWER_OK, .delay_ns = CALL};
    struct fake_line script[] = {good, good, good, refused, refused, refused};
    fake.script = script;
    fake.script_count = 6;
    push_many(0, 1200);
    yard_run(&yard, 3 * CALL);
    cr_assert_eq(drain_fallback(), 600u);
}

/* Every ticket of the table is out and none comes back: the lane waits, it does not
 * spin, and it goes on when one is free. */
Test(lane, when_the_table_is_full_it_comes_to_rest)
{
    start((struct shape){.batch = 1, .calls_max = 2, .out_limit = 1});
    push_many(0, 400);
    yard_run(&yard, 400 * CALL);
    cr_assert_eq(drain() + lane_in_flight(&l) + lane_queue(&l), 400u);
    uint32_t n = 0;
    for (int i = 0; i < 400; i++) {
        yard_run(&yard, yard.now_ns + 2 * CALL);
        n += drain();
    }
    cr_assert(n > 0);
    expect_empty();
}

Test(lane, many_backing_off_do_not_make_it_spin)
{
    start((struct shape){.batch = 1, .calls_max = 1});
    fake.usual = (struct fake_line){
        .status = ANSWER_THROTTLED, .delay_ns = MS, .retry_after_ns = 20 * NS_PER_S};
    push(0, 100);
    yard_run(&yard, 10 * NS_PER_S);
    cr_assert_eq(l.free_count, 0u, "every ticket waits for its next attempt");
    fake.usual.status = ANSWER_OK;
    uint32_t n = 0;
    for (int i = 0; i < 200; i++) {
        yard_run(&yard, yard.now_ns + NS_PER_S);
        n += drain();
        n += drain_fallback();
    }
    cr_assert_eq(n, 100u);
    expect_empty();
}

/* ---- second copies ---- */

Test(lane, a_late_head_and_its_fellows_get_a_second_copy)
{
    start((struct shape){.batch = 4});
    yard_run(&yard, CALL);
    push(0, 4);
    yard_run(&yard, CALL + CALL / 2);
    cr_assert_eq(lane_duplicate(&l, 2, INT64_MAX, &twins, yard.now_ns), 4u);
    cr_assert_eq(twins.count, 4u);
    struct block *b = link_pop(&fallback);
    cr_assert(b && b->count == 4, "it leaves at once");
    for (uint32_t r = 0; r < 4; r++) {
        cr_assert(b->flags[r] & ROW_LOCAL);
        cr_assert_eq(b->parts[r].call, CALL / 2);
        cr_assert_eq(b->parts[r].fill, 0);
        kit_check_text(b, r);
    }
    cr_assert_eq(lane_duplicate(&l, 2, INT64_MAX, &twins, yard.now_ns), 0u, "once only");
    yard_run(&yard, 2 * CALL);
    cr_assert_eq(drain(), 4u);
    cr_assert_eq(l.duplicated_rows, 4u);
    expect_empty();
}

Test(lane, younger_records_get_none)
{
    start((struct shape){.batch = 4});
    push(0, 4);
    yard_run(&yard, CALL / 2);
    cr_assert_eq(lane_duplicate(&l, 1, 1001, &twins, yard.now_ns), 2u, "emitted at 1 and 1001");
    cr_assert_eq(lane_duplicate(&l, 1, INT64_MAX, &twins, yard.now_ns), 2u, "the others, later");
}

Test(lane, a_record_that_is_not_here_gets_none)
{
    start((struct shape){.batch = 4});
    push(0, 4);
    yard_run(&yard, CALL / 2);
    cr_assert_eq(lane_duplicate(&l, 77, INT64_MAX, &twins, yard.now_ns), 0u);
}

Test(lane, more_copies_than_pairs_can_be_known_leave_all_the_same)
{
    start((struct shape){.batch = 1500});
    push_many(0, 1500);
    yard_run(&yard, CALL / 2);
    cr_assert_eq(lane_duplicate(&l, 0, INT64_MAX, &twins, yard.now_ns), TWINS_MAX);
    cr_assert_eq(l.duplicated_rows, TWINS_MAX);
    cr_assert_eq(outlet_pending(&l.fallback), 0u, "nothing stays behind unseen");
    cr_assert_eq(drain_fallback(), TWINS_MAX);
}

Test(lane, copies_without_room_are_made_later)
{
    start((struct shape){.batch = 600, .fallback_limit = 1});
    push_many(0, 600);
    yard_run(&yard, CALL / 2);
    uint32_t first = lane_duplicate(&l, 0, INT64_MAX, &twins, yard.now_ns);
    cr_assert(first > 0 && first < 600);
    uint32_t n = drain_fallback();
    yard_run(&yard, yard.now_ns);
    n += drain_fallback();
    cr_assert_eq(n, first);
    cr_assert_eq(lane_duplicate(&l, 0, INT64_MAX, &twins, yard.now_ns), 600 - first);
}

Test(lane, a_copied_record_that_falls_back_itself_is_two_rows)
{
    start((struct shape){.batch = 3});
    fake.usual.status = ANSWER_REFUSED;
    push(0, 3);
    yard_run(&yard, CALL / 2);
    cr_assert_eq(lane_duplicate(&l, 0, INT64_MAX, &twins, yard.now_ns), 3u);
    yard_run(&yard, CALL);
    cr_assert_eq(drain_fallback(), 6u);
    expect_empty();
}

/* ---- watermark ---- */

Test(lane, the_watermark_waits_for_the_slowest_call)
{
    start((struct shape){.batch = 1, .calls_max = 8});
    struct fake_line script[] = {{.status = ANSWER_OK, .delay_ns = 10 * CALL}};
    fake.script = script;
    fake.script_count = 1;
    for (uint64_t i = 0; i < 6; i++) {
        struct block *b = kit_block(&pool, i, 1, 6);
        b->watermark_ms = (int64_t)i;
        link_push(&in, b, 0);
        yard_run(&yard, (int64_t)i * 2 * CALL);
        drain();
        cr_assert_leq(out.watermark_ms, 0);
    }
    yard_run(&yard, 20 * CALL);
    cr_assert_eq(l.out.watermark_ms, 5);
}
