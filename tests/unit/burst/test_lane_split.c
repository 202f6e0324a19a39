/* A batch that the platform finds too large is halved until it fits; what is one record
 * and still too large goes home. */
#include "tests/lib/lane_rig.h"

/* Runs for so long and empties the output all the while; the ids are in seen. */
static uint32_t run_and_drain(int64_t span_ns)
{
    uint32_t n = 0;
    for (int64_t end_ns = yard.now_ns + span_ns; yard.now_ns < end_ns;) {
        yard_run(&yard, yard.now_ns + CALL / 4);
        n += kit_drain(&out, &pool, seen + n, SEEN - n);
        command();
    }
    return n;
}

static void expect_each_once(uint64_t first, uint32_t n, uint32_t got)
{
    static uint8_t times[SEEN];
    memset(times, 0, sizeof times);
    cr_assert_eq(got, n);
    for (uint32_t i = 0; i < got; i++)
        times[seen[i]]++;
    for (uint64_t id = first; id < first + n; id++)
        cr_assert_eq(times[id], 1, "record %llu: %d times", (unsigned long long)id, times[id]);
}

Test(lane, a_batch_that_is_too_large_is_halved)
{
    start((struct shape){.batch = 10, .calls_max = 8});
    fake.records_max = 5;
    push(0, 10);
    yard_run(&yard, CALL);
    cr_assert_eq(fake.calls, 3);
    cr_assert_eq(fake.call[1].records, 5u);
    cr_assert_eq(fake.call[2].records, 5u);
    cr_assert_eq(fake.call[1].attempt, 1u, "a half starts anew");
    yard_run(&yard, 2 * CALL);
    expect_each_once(0, 10, drain());
    cr_assert_eq(l.splits, 1u);
    cr_assert_eq(l.failed + l.throttled + l.retries, 0u);
    cr_assert_eq(l.breaker.failures, 0);
    cr_assert_eq(l.retry.tokens, RETRY_TOKENS);
    expect_empty();
}

Test(lane, a_batch_is_halved_as_often_as_it_takes)
{
    start((struct shape){.batch = 400, .calls_max = 64, .slab = 65536, .blocks_max = 150});
    fake.records_max = 7;
    push_many(0, 400);
    expect_each_once(0, 400, run_and_drain(20 * CALL));
    for (int i = 0; i < fake.calls; i++)
        cr_assert(fake.call[i].records <= 7 || fake.call[i].line.status == ANSWER_TOO_LARGE);
    expect_empty();
}

Test(lane, one_record_that_is_too_large_goes_home)
{
    start((struct shape){.batch = 1});
    fake.usual.status = ANSWER_TOO_LARGE;
    push(0, 1);
    yard_run(&yard, CALL);
    cr_assert_eq(fake.calls, 1);
    cr_assert_eq(drain_fallback(), 1u);
    cr_assert_eq(l.splits, 0u);
    expect_empty();
}

/* Whoever finds every record too large is no platform: soon nobody asks it any more. */
Test(lane, a_peer_for_which_all_is_too_large_is_left_alone)
{
    start((struct shape){.batch = 50, .calls_max = 4});
    fake.usual.status = ANSWER_TOO_LARGE;
    uint64_t home = 0, in_all = 0;
    for (int i = 0; i < 400; i++) {
        if (in_all < 1000 && !link_full(&in)) {
            push_many(in_all, 50);
            in_all += 50;
        }
        yard_run(&yard, yard.now_ns + CALL);
        home += drain_fallback();
    }
    cr_assert_neq(l.breaker.state, BREAKER_CLOSED);
    cr_assert_leq(fake.calls, 100);
    cr_assert_eq(home, 1000u);
    expect_empty();
}

/* All tickets hold batches that are too large: none has room to be halved, none waits for
 * another for ever. */
Test(lane, without_a_home_batches_do_not_wait_for_each_others_room)
{
    start((struct shape){.batch = 50, .calls_max = 4, .no_local = true});
    fake.usual.status = ANSWER_TOO_LARGE;
    push_many(0, 400);
    uint32_t gone = 0;
    for (int i = 0; i < 4000 && gone < 400; i++) {
        yard_run(&yard, yard.now_ns + CALL);
        gone += drain();
    }
    cr_assert_eq(gone, 400u);
    cr_assert_eq(l.dead, 400u);
    expect_empty();
}

Test(lane, one_record_that_is_too_large_is_a_dead_letter_where_there_is_no_home)
{
    start((struct shape){.batch = 2, .no_local = true});
    fake.usual.status = ANSWER_TOO_LARGE;
    push(0, 2);
    yard_run(&yard, 3 * CALL);
    cr_assert_eq(drain(), 2u);
    cr_assert_eq(l.dead, 2u);
    cr_assert_eq(l.splits, 1u);
    expect_empty();
}

/* No ticket is free for a second half: the first waits until there is one. */
Test(lane, halves_wait_for_room)
{
    start((struct shape){.batch = 8, .calls_max = 1, .no_local = true});
    fake.records_max = 2;
    push_many(0, 96);
    expect_each_once(0, 96, run_and_drain(400 * CALL));
    cr_assert_eq(l.dead, 0u);
    expect_empty();
}

Test(lane, an_answer_to_the_whole_is_none_to_a_half)
{
    start((struct shape){.batch = 4});
    fake.records_max = 2;
    fake.late_answers = true;
    push(0, 4);
    yard_run(&yard, CALL + CALL / 2);
    lane_kill(&l, yard.now_ns);
    command();
    yard_run(&yard, 6 * CALL);
    expect_each_once(0, 4, drain());
    cr_assert_eq(l.dropped, 2u);
    expect_empty();
}
