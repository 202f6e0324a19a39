/* The remote lane, with a platform that answers what it is told to: batches, what
 * failures lead to, and that every record gets out exactly once. */
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
static struct twins twins;
static uint64_t seen[SEEN];
static uint64_t woken;

struct shape {
    uint32_t calls_max; /* 0: 4 */
    int64_t batch;      /* 0: 10 */
    int64_t concurrency; /* 0: calls_max */
    bool no_local;
    uint32_t in_limit, out_limit, fallback_limit; /* 0: plenty */
    uint32_t blocks_max; /* 0: 64 */
};

static void start(struct shape s)
{
    struct lane_config c = {.calls_max = s.calls_max ? s.calls_max : 4,
                            .blocks_max = s.blocks_max ? s.blocks_max : 64,
                            .has_local = !s.no_local,
                            .seed = 1};
    kit_pool(&pool, 400, 4096);
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

static void push(uint64_t first, uint32_t n) { link_push(&in, kit_block(&pool, first, n, 6), yard.now_ns); }
static void push_many(uint64_t first, uint32_t n)
{
    for (; n > 0; n -= n < 200 ? n : 200, first += 200) {
        push(first, n < 200 ? n : 200);
        yard_run(&yard, yard.now_ns);
    }
}
static uint32_t drain(void) { return kit_drain(&out, &pool, seen, SEEN); }
static uint32_t drain_fallback(void) { return kit_drain(&fallback, &pool, seen, SEEN); }
static void command(void) { yard.ready |= 1; }

static void expect_empty(void)
{
    cr_assert_eq(lane_in_flight(&l), 0u);
    cr_assert_eq(l.free_count, l.tickets);
    cr_assert_eq(l.blocks, 0u);
    cr_assert_eq(l.calling, 0u);
    cr_assert_eq(l.gate.pending[0] + l.gate.pending[1], 0u);
}

/* ---- batches ---------------------------------------------------------------------------- */

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

/* ---- failures ----------------------------------------------------------------------------- */

Test(lane, a_failure_is_tried_again)
{
    start((struct shape){.batch = 1});
    struct fake_line script[] = {{.status = ANSWER_ERROR, .delay_ns = CALL}};
    fake.script = script;
    fake.script_count = 1;
    push(0, 1);
    yard_run(&yard, NS_PER_S);
    cr_assert_eq(fake.calls, 2);
    cr_assert_eq(fake.call[1].attempt, 2u);
    cr_assert_eq(fake.call[1].ticket, fake.call[0].ticket);
    cr_assert_eq(drain(), 1u);
    cr_assert_eq(l.retries, 1u);
    cr_assert_eq(l.failed, 1u);
    expect_empty();
}

Test(lane, retries_then_falls_back)
{
    start((struct shape){.batch = 2});
    fake.usual.status = ANSWER_ERROR;
    push(0, 2);
    yard_run(&yard, 5 * NS_PER_S);
    cr_assert_eq(fake.calls, RETRY_ATTEMPTS);
    cr_assert_eq(drain(), 0u);
    struct block *b = link_pop(&fallback);
    cr_assert(b && b->count == 2);
    for (uint32_t r = 0; r < 2; r++) {
        cr_assert(b->flags[r] & ROW_LOCAL);
        cr_assert_not(b->flags[r] & (ROW_TOKENS | ROW_DEAD | ROW_REMOTE));
        cr_assert(b->parts[r].call >= RETRY_ATTEMPTS * CALL);
        kit_check_text(b, r);
    }
    cr_assert_eq(l.fell_back, 2u);
    expect_empty();
}

Test(lane, a_record_without_local_lane_becomes_a_dead_letter)
{
    static const struct { enum answer_status status; enum dead_reason reason; } rows[] = {
        {ANSWER_ERROR, DEAD_RETRIES},
        {ANSWER_THROTTLED, DEAD_RETRIES},
        {ANSWER_TIMEOUT, DEAD_RETRIES},
        {ANSWER_FUNCTION_ERROR, DEAD_FUNCTION},
        {ANSWER_REFUSED, DEAD_REFUSED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kit_free();
        memset(&yard, 0, sizeof yard);
        start((struct shape){.batch = 1, .no_local = true});
        fake.usual.status = rows[i].status;
        push(0, 1);
        yard_run(&yard, 100 * NS_PER_S);
        struct block *b = link_pop(&out);
        cr_assert(b && b->count == 1, "status %d", (int)rows[i].status);
        cr_assert(b->flags[0] & ROW_DEAD);
        cr_assert_eq(dead_reason_of(b->reason[0]), rows[i].reason, "status %d",
                     (int)rows[i].status);
        cr_assert_eq(dead_attempts_of(b->reason[0]), (uint32_t)fake.calls);
        cr_assert_eq(block_first_span(b, 0), b->token_end[0]);
        cr_assert_eq(l.dead, 1u);
        expect_empty();
    }
}

Test(lane, a_refusal_is_not_tried_again)
{
    start((struct shape){.batch = 1});
    fake.usual.status = ANSWER_REFUSED;
    push(0, 1);
    yard_run(&yard, CALL);
    cr_assert_eq(fake.calls, 1);
    cr_assert_eq(drain_fallback(), 1u);
}

Test(lane, the_wish_of_the_server_is_heeded)
{
    start((struct shape){.batch = 1});
    struct fake_line script[] = {
        {.status = ANSWER_THROTTLED, .delay_ns = CALL, .retry_after_ns = 7 * NS_PER_S}};
    fake.script = script;
    fake.script_count = 1;
    push(0, 1);
    yard_run(&yard, CALL + 7 * NS_PER_S - 1);
    cr_assert_eq(fake.calls, 1);
    yard_run(&yard, CALL + 7 * NS_PER_S);
    cr_assert_eq(fake.calls, 2);
    cr_assert_eq(l.throttled, 1u);
    cr_assert_eq(l.failed, 0u);
}

Test(lane, results_that_do_not_fit_are_a_failure)
{
    start((struct shape){.batch = 1});
    struct fake_line script[] = {{.status = ANSWER_OK, .delay_ns = CALL, .misfit = true}};
    fake.script = script;
    fake.script_count = 1;
    push(0, 1);
    yard_run(&yard, NS_PER_S);
    cr_assert_eq(fake.calls, 2);
    cr_assert_eq(drain(), 1u);
    cr_assert_eq(l.failed, 1u);
}

Test(lane, a_call_without_answer_is_given_up_and_tried_again)
{
    start((struct shape){.batch = 1});
    l.timeout_ns = NS_PER_S;
    struct fake_line script[] = {{.delay_ns = FAKE_NEVER}};
    fake.script = script;
    fake.script_count = 1;
    push(0, 1);
    yard_run(&yard, NS_PER_S);
    cr_assert(fake.call[0].cancelled);
    cr_assert_eq(l.timeouts, 1u);
    yard_run(&yard, 3 * NS_PER_S);
    cr_assert_eq(drain(), 1u);
    expect_empty();
}

Test(lane, a_late_answer_finds_no_ticket)
{
    start((struct shape){.batch = 1});
    fake.late_answers = true;
    l.timeout_ns = NS_PER_S;
    struct fake_line script[] = {{.status = ANSWER_OK, .delay_ns = 5 * NS_PER_S}};
    fake.script = script;
    fake.script_count = 1;
    push(0, 1);
    yard_run(&yard, 4 * NS_PER_S);
    cr_assert_eq(drain(), 1u, "the second attempt");
    push(1, 1); /* the same entry of the table, another epoch */
    yard_run(&yard, 10 * NS_PER_S);
    cr_assert_eq(drain(), 1u);
    cr_assert_eq(seen[0], 1u);
    cr_assert_eq(l.dropped, 1u);
    cr_assert_eq(fake.rows_taken, 2u);
    expect_empty();
}

Test(lane, a_late_answer_to_the_first_attempt_is_not_taken_for_the_second)
{
    start((struct shape){.batch = 1});
    fake.late_answers = true;
    l.timeout_ns = NS_PER_S;
    struct fake_line script[] = {{.status = ANSWER_OK, .delay_ns = NS_PER_S + 200 * MS},
                                 {.status = ANSWER_OK, .delay_ns = 900 * MS}};
    fake.script = script;
    fake.script_count = 2;
    push(0, 1);
    yard_run(&yard, NS_PER_S + 300 * MS);
    cr_assert_eq(fake.calls, 2);
    cr_assert_eq(l.dropped, 1u);
    cr_assert_eq(drain(), 0u);
    yard_run(&yard, 2 * NS_PER_S);
    cr_assert_eq(drain(), 1u);
    expect_empty();
}

Test(lane, a_platform_without_room_is_asked_again)
{
    start((struct shape){.batch = 1, .calls_max = 4});
    fake.room = 1;
    push(0, 4);
    yard_run(&yard, 10 * CALL);
    cr_assert_eq(drain(), 4u);
    cr_assert_eq(fake.running_max, 1u);
    expect_empty();
}

/* ---- breaker ---------------------------------------------------------------------------- */

/* Eight failures in a row: the breaker is open. */
static void break_it(void)
{
    fake.usual.status = ANSWER_REFUSED;
    push(100000, 1);
    yard_run(&yard, yard.now_ns + LINGER + CALL);
    cr_assert_eq(l.breaker.state, BREAKER_OPEN);
    cr_assert_not(l.credit, "no more records, please");
    cr_assert_eq(drain_fallback(), 1u);
    fake.usual.status = ANSWER_OK;
}

Test(lane, an_open_breaker_gives_credit_again_for_a_probe)
{
    start((struct shape){.batch = 1});
    break_it();
    woken = 0;
    int64_t over = l.breaker.retry_at_ns;
    yard_run(&yard, over - 1);
    cr_assert_not(l.credit);
    yard_run(&yard, over);
    cr_assert(l.credit);
    cr_assert_eq(woken, 1u, "the dispatcher is told");
    yard_run(&yard, over + 10 * BREAKER_WAIT_NS); /* no record comes: nothing happens */
    push(0, 3);
    yard_run(&yard, yard.now_ns + CALL);
    cr_assert_eq(l.breaker.state, BREAKER_CLOSED);
    yard_run(&yard, yard.now_ns + CALL);
    cr_assert_eq(drain() + drain_fallback(), 3u);
    cr_assert(l.credit);
    expect_empty();
}

Test(lane, while_the_probe_is_out_no_more_records_are_asked_for)
{
    start((struct shape){.batch = 1});
    break_it();
    yard_run(&yard, yard.now_ns + BREAKER_WAIT_NS);
    push(0, 1);
    yard_run(&yard, yard.now_ns + CALL / 2);
    cr_assert_eq(l.breaker.state, BREAKER_HALF_OPEN);
    cr_assert_not(l.credit);
    yard_run(&yard, yard.now_ns + CALL);
    cr_assert(l.credit);
}

Test(lane, a_probe_the_platform_had_no_room_for_is_sent_when_it_has)
{
    start((struct shape){.batch = 1, .calls_max = 4});
    fake.late_answers = true;
    l.timeout_ns = NS_PER_S;
    struct fake_line script[] = {{.status = ANSWER_OK, .delay_ns = 5 * NS_PER_S},
                                 {.status = ANSWER_REFUSED, .delay_ns = CALL}};
    fake.script = script;
    fake.script_count = 2;
    push(0, 2);
    yard_run(&yard, NS_PER_S + 500 * MS); /* the breaker is open, the first still runs */
    drain_fallback();
    drain();
    uint32_t before = lane_in_flight(&l);
    fake.room = fake.running; /* no room until an answer comes at 5 s */
    cr_assert_eq(fake.running, 1u);
    yard_run(&yard, CALL + BREAKER_WAIT_NS);
    push(2, 1);
    yard_run(&yard, 10 * NS_PER_S);
    uint32_t n = drain();
    n += drain_fallback();
    cr_assert_eq(n, before + 1);
    cr_assert_eq(l.breaker.state, BREAKER_CLOSED);
    expect_empty();
}

Test(lane, an_open_breaker_without_local_lane_makes_records_wait)
{
    start((struct shape){.batch = 1, .no_local = true});
    fake.usual.status = ANSWER_REFUSED;
    push(0, 1);
    yard_run(&yard, CALL);
    cr_assert_eq(drain(), 1u);
    fake.usual.status = ANSWER_OK;
    push(1, 5);
    yard_run(&yard, CALL + BREAKER_WAIT_NS - 1);
    cr_assert_eq(fake.calls, 1);
    yard_run(&yard, CALL + BREAKER_WAIT_NS + 5 * CALL);
    cr_assert_eq(drain(), 5u);
    cr_assert_eq(l.dead, 1u);
    expect_empty();
}

/* ---- money --------------------------------------------------------------------------------- */

Test(lane, when_the_money_is_spent_records_go_home)
{
    start((struct shape){.batch = 1});
    fake.usual.cost_nusd = 40;
    l.budget_nusd = 100;
    push(0, 4);
    yard_run(&yard, 5 * CALL);
    cr_assert_eq(fake.calls, 2, "40, 80, and 120 would be too much");
    cr_assert_eq(drain(), 2u);
    cr_assert_eq(drain_fallback(), 2u);
    cr_assert_not(l.credit);
    expect_empty();
}

Test(lane, the_first_call_on_a_budget_goes_alone_and_tells_the_price)
{
    start((struct shape){.batch = 1});
    fake.usual.cost_nusd = 40;
    l.budget_nusd = 1000;
    push(0, 4);
    yard_run(&yard, CALL - 1);
    cr_assert_eq(fake.calls, 1);
    yard_run(&yard, CALL);
    cr_assert_eq(fake.calls, 4);
}

Test(lane, calls_under_way_are_money_spent)
{
    start((struct shape){.batch = 1});
    l.budget_nusd = 100;
    l.price_nusd = 40;
    push(0, 4);
    yard_run(&yard, 0);
    cr_assert_eq(fake.calls, 2);
    cr_assert_eq(drain_fallback(), 2u);
}

Test(lane, without_local_lane_spent_money_means_dead_letters)
{
    start((struct shape){.batch = 1, .no_local = true});
    l.budget_nusd = 100;
    l.price_nusd = 40;
    l.spent_nusd = 100;
    push(0, 1);
    yard_run(&yard, 0);
    struct block *b = link_pop(&out);
    cr_assert(b && (b->flags[0] & ROW_DEAD) && dead_reason_of(b->reason[0]) == DEAD_BUDGET);
    cr_assert_eq(b->parts[0].call, 0, "it was never called");
}

/* ---- back-pressure --------------------------------------------------------------------------- */

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
    fake.usual = (struct fake_line){.status = ANSWER_THROTTLED, .delay_ns = MS,
                                    .retry_after_ns = 20 * NS_PER_S};
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

/* ---- kill ------------------------------------------------------------------------------------- */

Test(lane, killed_calls_are_dispatched_again)
{
    start((struct shape){.batch = 5, .calls_max = 2});
    fake.late_answers = true;
    push(0, 10);
    yard_run(&yard, CALL / 2);
    cr_assert_eq(lane_kill(&l, yard.now_ns), 10u);
    command();
    yard_run(&yard, CALL / 2);
    cr_assert_eq(fake.calls, 4);
    yard_run(&yard, 2 * CALL);
    cr_assert_eq(drain(), 10u);
    cr_assert_eq(l.dropped, 2u);
    expect_empty();
}

Test(lane, a_kill_with_nothing_under_way_does_nothing)
{
    start((struct shape){.batch = 5});
    push(0, 2);
    yard_run(&yard, 0);
    cr_assert_eq(lane_kill(&l, 0), 0u);
    yard_run(&yard, LINGER + CALL);
    cr_assert_eq(drain(), 2u);
}

/* ---- second copies -------------------------------------------------------------------------------- */

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

/* ---- watermark -------------------------------------------------------------------------------------- */

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

/* ---- random ------------------------------------------------------------------------------------------- */

static enum answer_status random_status(struct prng *p)
{
    return prng_below(p, 3) ? ANSWER_OK : (enum answer_status)prng_below(p, ANSWER_STATUS_COUNT);
}

static uint8_t found[SEEN];
static int64_t low_ms;

/* Takes one block off the link, with a look at its watermark if it is the output. */
static uint32_t take_block(struct link *from)
{
    struct block *b = link_pop(from);
    if (b == NULL)
        return 0;
    uint32_t n = b->count;
    for (uint32_t r = 0; r < n; r++) {
        found[b->id[r]]++;
        kit_check_text(b, r);
        if (from == &out && !(b->flags[r] & ROW_DEAD))
            kit_check_tokens(b, r);
        if (from == &out)
            cr_assert(b->event_time[r] >= low_ms, "early watermark");
        cr_assert_eq(b->flags[r] & (uint8_t)~(ROW_DEAD | ROW_REMOTE | ROW_TOKENS | ROW_LOCAL), 0);
    }
    if (from == &out && b->watermark_ms > low_ms)
        low_ms = b->watermark_ms;
    block_pool_give(&pool, b);
    return n;
}

static void random_run(uint64_t seed)
{
    struct prng p = prng_split(seed, 0);
    struct shape s = {.calls_max = 1 + (uint32_t)prng_below(&p, 3),
                      .batch = 1 + (int64_t)prng_below(&p, 9),
                      .no_local = prng_below(&p, 3) == 0,
                      .in_limit = 1 + (uint32_t)prng_below(&p, 4),
                      .out_limit = 1 + (uint32_t)prng_below(&p, 4),
                      .fallback_limit = 1 + (uint32_t)prng_below(&p, 4),
                      .blocks_max = 3 + (uint32_t)prng_below(&p, 6)};
    kit_free();
    memset(&yard, 0, sizeof yard);
    memset(out_open, 0, sizeof out_open);
    memset(fallback_open, 0, sizeof fallback_open);
    memset(found, 0, sizeof found);
    low_ms = INT64_MIN;
    start(s);
    fake.room = prng_below(&p, 3) ? 0 : 2;
    fake.late_answers = prng_below(&p, 2);
    l.timeout_ns = 3 * CALL;
    uint64_t id = 0, gone = 0;
    for (int n = 0; n < 500 || gone < id; n++) {
        cr_assert(n < 50000, "seed %llu: %llu of %llu came out", (unsigned long long)seed,
                  (unsigned long long)gone, (unsigned long long)id);
        fake.usual = (struct fake_line){
            n < 500 ? random_status(&p) : ANSWER_OK,
            prng_below(&p, 20) || n >= 500 ? (int64_t)prng_below(&p, 4 * CALL) : FAKE_NEVER, 0,
            5, n < 500 && prng_below(&p, 10) == 0};
        if (n < 500 && !link_full(&in) && prng_below(&p, 2)) {
            uint32_t rows = 1 + (uint32_t)prng_below(&p, 12);
            struct block *b = kit_block(&pool, id, rows, 6);
            id += rows;
            b->watermark_ms = (int64_t)id - 1;
            link_push(&in, b, yard.now_ns);
        }
        if (n < 500 && prng_below(&p, 20) == 0) {
            lane_kill(&l, yard.now_ns);
            command();
        }
        if (n < 500 && prng_below(&p, 20) == 0)
            l.concurrency = 1 + (int64_t)prng_below(&p, s.calls_max);
        if (n == 500) {
            link_end(&in);
            command();
        }
        yard_run(&yard, yard.now_ns + (int64_t)prng_below(&p, CALL));
        if (prng_below(&p, 3) == 0)
            gone += take_block(prng_below(&p, 2) ? &out : &fallback);
        uint64_t there = gone + lane_in_flight(&l) + lane_queue(&l) + out.records + fallback.records;
        cr_assert_eq(there, id, "seed %llu: %llu of %llu", (unsigned long long)seed,
                     (unsigned long long)there, (unsigned long long)id);
        cr_assert_leq(l.blocks, s.blocks_max);
    }
    for (uint64_t i = 0; i < id; i++)
        cr_assert_eq(found[i], 1);
    link_end(&in);
    yard_run(&yard, yard.now_ns + 100 * NS_PER_S);
    cr_assert(l.ended);
    expect_empty();
    cr_assert_eq(pool.free_count, pool.count, "seed %llu: a block is missing",
                 (unsigned long long)seed);
    for (int i = 0; i < fake.calls; i++)
        cr_assert(fake.call[i].answered || fake.call[i].cancelled);
    if (s.no_local)
        cr_assert_eq(l.fell_back, 0u);
    else
        cr_assert_eq(l.dead, 0u);
}

Test(lane, whatever_the_platform_does_every_record_gets_out_once, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        random_run(seed);
}
