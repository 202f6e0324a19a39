/* The remote lane when things go wrong: failures, the breaker, the budget, kills; and
 * whatever happens, every record gets out exactly once. */
#include "tests/lib/lane_rig.h"

/* ---- failures ---- */

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
    static const struct {
        enum answer_status status;
        enum dead_reason reason;
    } rows[] = {
        {ANSWER_ERROR, DEAD_RETRIES},   {ANSWER_THROTTLED, DEAD_RETRIES},
        {ANSWER_TIMEOUT, DEAD_RETRIES}, {ANSWER_FUNCTION_ERROR, DEAD_FUNCTION},
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
    yard_run(&yard, 5 * NS_PER_S - CALL / 2);
    push(1, 1); /* the same entry of the table, another epoch, also a first attempt */
    yard_run(&yard, 5 * NS_PER_S);
    cr_assert_eq(drain(), 0u, "the answer to another question");
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

/* ---- breaker ---- */

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

Test(lane, a_probe_that_was_killed_does_not_end_all_calls_for_good)
{
    start((struct shape){.batch = 1});
    break_it();
    yard_run(&yard, yard.now_ns + BREAKER_WAIT_NS);
    push(0, 1);
    yard_run(&yard, yard.now_ns + CALL / 2);
    cr_assert_eq(l.breaker.state, BREAKER_HALF_OPEN);
    lane_kill(&l, yard.now_ns);
    command();
    yard_run(&yard, yard.now_ns + BREAKER_WAIT_MAX_NS);
    cr_assert(l.credit, "time for another probe");
    push(1, 1);
    yard_run(&yard, yard.now_ns + CALL);
    cr_assert_eq(l.breaker.state, BREAKER_CLOSED);
    cr_assert_eq(drain() + drain_fallback(), 2u);
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

/* ---- money ---- */

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
    l.budget_nusd = 130; /* each may cost half as much again as the dearest so far */
    l.price_nusd = 40;
    push(0, 4);
    yard_run(&yard, 0);
    cr_assert_eq(fake.calls, 2);
    cr_assert_eq(drain_fallback(), 2u);
}

static struct bill bill;
static void say_bill(void *self, struct bill *said)
{
    (void)self;
    *said = bill;
}

/* A call that was given up still runs, and its price is not known yet. */
Test(lane, executions_that_were_given_up_are_money_too)
{
    start((struct shape){.batch = 1, .calls_max = 8});
    fake.face.bill = say_bill;
    l.budget_nusd = 1000;
    l.timeout_ns = MS;
    fake.usual.delay_ns = FAKE_NEVER;
    bill = (struct bill){0, 0, 1};
    push(0, 3);
    yard_run(&yard, 10 * MS);
    cr_assert_eq(fake.calls, 0, "one runs, and nobody knows what it costs");
    bill = (struct bill){101, 100, 5};
    command();
    yard_run(&yard, yard.now_ns);
    cr_assert_eq(fake.calls, 0, "101 and 6 x 150 are too much");
    cr_assert_eq(drain_fallback(), 3u);
}

/* The first call was given up, and nothing but its bill says what calls cost. Meanwhile
 * records go home; when it has come, calls go out again without being pushed. */
Test(lane, nothing_waits_for_the_first_bill)
{
    start((struct shape){.batch = 2, .calls_max = 8});
    fake.face.bill = say_bill;
    l.budget_nusd = 1000;
    bill = (struct bill){0, 0, 1};
    push(0, 5);
    yard_run(&yard, 2 * LINGER);
    cr_assert_eq(fake.calls, 0);
    cr_assert_eq(drain_fallback(), 5u, "two full batches and what had waited for a third");
    cr_assert_not(l.credit);
    bill = (struct bill){40, 40, 0};
    woken = 0;
    yard_run(&yard, yard.now_ns + NS_PER_S);
    cr_assert(l.credit);
    cr_assert_eq(woken, 1u, "the dispatcher was told");
    expect_empty();
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

/* ---- kill ---- */

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

/* ---- random ---- */

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
        cr_assert_eq(b->flags[r] & (uint8_t) ~(ROW_DEAD | ROW_REMOTE | ROW_TOKENS | ROW_LOCAL), 0);
    }
    if (from == &out && b->watermark_ms > low_ms)
        low_ms = b->watermark_ms;
    block_pool_give(&pool, b);
    return n;
}

static struct shape random_shape(struct prng *p)
{
    return (struct shape){.calls_max = 1 + (uint32_t)prng_below(p, 3),
                          .batch = 1 + (int64_t)prng_below(p, 9),
                          .no_local = prng_below(p, 3) == 0,
                          .in_limit = 1 + (uint32_t)prng_below(p, 4),
                          .out_limit = 1 + (uint32_t)prng_below(p, 4),
                          .fallback_limit = 1 + (uint32_t)prng_below(p, 4),
                          .blocks_max = 3 + (uint32_t)prng_below(p, 6)};
}

/* The platform's next mood, records that come, and commands. Returns the records. */
static uint32_t wild_step(struct prng *p, const struct shape *s, uint64_t id)
{
    uint32_t rows = 0;
    fake.usual = (struct fake_line){.status = random_status(p),
                                    .delay_ns = prng_below(p, 20) ? (int64_t)prng_below(p, 4 * CALL)
                                                                  : FAKE_NEVER,
                                    .cost_nusd = 5,
                                    .misfit = prng_below(p, 10) == 0};
    if (!link_full(&in) && prng_below(p, 2)) {
        rows = 1 + (uint32_t)prng_below(p, 12);
        struct block *b = kit_block(&pool, id, rows, 6);
        b->watermark_ms = (int64_t)(id + rows) - 1;
        link_push(&in, b, yard.now_ns);
    }
    if (prng_below(p, 20) == 0) {
        lane_kill(&l, yard.now_ns);
        command();
    }
    if (prng_below(p, 20) == 0)
        l.concurrency = 1 + (int64_t)prng_below(p, s->calls_max);
    return rows;
}

static void random_start(struct prng *p, const struct shape *s)
{
    kit_free();
    memset(&yard, 0, sizeof yard);
    memset(out_open, 0, sizeof out_open);
    memset(fallback_open, 0, sizeof fallback_open);
    memset(found, 0, sizeof found);
    low_ms = INT64_MIN;
    start(*s);
    fake.room = prng_below(p, 3) ? 0 : 2;
    fake.late_answers = prng_below(p, 2);
    l.timeout_ns = 3 * CALL;
}

static void expect_good_end(const struct shape *s, uint64_t id, uint64_t seed)
{
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
    cr_assert_eq(s->no_local ? l.fell_back : l.dead, 0u);
}

static void random_run(uint64_t seed)
{
    struct prng p = prng_split(seed, 0);
    struct shape s = random_shape(&p);
    random_start(&p, &s);
    uint64_t id = 0, gone = 0;
    for (int n = 0; n < 500 || gone < id; n++) {
        cr_assert(n < 50000, "seed %llu: %llu of %llu came out", (unsigned long long)seed,
                  (unsigned long long)gone, (unsigned long long)id);
        if (n < 500)
            id += wild_step(&p, &s, id);
        else
            fake.usual = (struct fake_line){.status = ANSWER_OK, .delay_ns = CALL};
        if (n == 500)
            link_end(&in);
        yard_run(&yard, yard.now_ns + (int64_t)prng_below(&p, CALL));
        if (prng_below(&p, 3) == 0)
            gone += take_block(prng_below(&p, 2) ? &out : &fallback);
        uint64_t there =
            gone + lane_in_flight(&l) + lane_queue(&l) + out.records + fallback.records;
        cr_assert_eq(there, id, "seed %llu: %llu of %llu", (unsigned long long)seed,
                     (unsigned long long)there, (unsigned long long)id);
        cr_assert_leq(l.blocks, s.blocks_max);
    }
    expect_good_end(&s, id, seed);
}

Test(lane, whatever_the_platform_does_every_record_gets_out_once, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        random_run(seed);
}
