/* What goes wrong, on its own and on command, and what giving up does. */
#include "lab.h"

#include <string.h>

/* ---- failures ------------------------------------------------------------------ */

Test(model_faults, function_over_its_time_limit_is_cut_off_billed_and_starts_anew)
{
    struct faas_config c = year(CALIBRATION_2026, LANGUAGE_PYTHON);
    c.timeout_ns = 10 * NS_PER_MS; /* below every warm call */
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    for (int i = 0; i < 3; i++) {
        int64_t start_ns = now_ns;
        submit(&l, 10, start_ns);
        struct answer a = next(&l, &now_ns);
        cr_assert_eq(a.status, ANSWER_TIMEOUT);
        cr_assert_eq(now_ns - start_ns, a.init_ns + c.timeout_ns);
        cr_assert_eq(a.executed, 0);
        cr_assert(a.cold, "the time-out ended the runtime");
        cr_assert_geq(a.billed_ns, a.init_ns + c.timeout_ns);
    }
    struct faas_seen s = seen(&l, now_ns);
    cr_assert(s.timeouts == 3 && s.executed == 0 && s.warm_idle == 1);
    lab_close(&l);
}

Test(model_faults, function_that_needs_exactly_its_time_limit_makes_it)
{
    struct faas_config c = exact();
    c.timeout_ns = CALL_NS;
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    submit(&l, 1, 0);
    cr_assert_eq(next(&l, &now_ns).status, ANSWER_OK);
    lab_close(&l);
}

/* Runs calls one after the other; counts the answers by status. */
static void run(struct lab *l, int calls, int64_t *now_ns, int count[ANSWER_STATUS_COUNT])
{
    memset(count, 0, ANSWER_STATUS_COUNT * sizeof count[0]);
    for (int i = 0; i < calls; i++) {
        submit(l, 1, *now_ns);
        count[next(l, now_ns).status]++;
    }
}

Test(model_faults, errors_come_at_their_chance_and_cost_nothing)
{
    struct faas_config c = exact();
    c.error_ppm = 100000;
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    int count[ANSWER_STATUS_COUNT];
    run(&l, 10000, &now_ns, count);
    cr_assert(count[ANSWER_ERROR] > 850 && count[ANSWER_ERROR] < 1150);
    cr_assert_eq(count[ANSWER_OK], 10000 - count[ANSWER_ERROR]);
    struct faas_seen s = seen(&l, now_ns);
    cr_assert_eq((int)s.errors, count[ANSWER_ERROR]);
    cr_assert_eq(s.cost_nusd, count[ANSWER_OK] * faas_price_nusd(&c, CALL_NS));
    lab_close(&l);
}

Test(model_faults, function_errors_are_billed_and_keep_their_environment)
{
    struct faas_config c = exact();
    c.function_error_ppm = PPM_ONE;
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    int count[ANSWER_STATUS_COUNT];
    run(&l, 100, &now_ns, count);
    cr_assert_eq(count[ANSWER_FUNCTION_ERROR], 100);
    struct faas_seen s = seen(&l, now_ns);
    cr_assert(s.function_errors == 100 && s.executed == 0 && s.cold_starts == 1);
    cr_assert_eq(s.cost_nusd, 100 * faas_price_nusd(&c, CALL_NS));
    lab_close(&l);
}

Test(model_faults, lost_answers_never_come_but_are_executed_and_billed)
{
    struct faas_config c = exact();
    c.lose_ppm = PPM_ONE;
    struct lab l = lab_open(&c, 2, 1);
    struct answer a;
    cr_assert(submit(&l, 1, 0));
    cr_assert(submit(&l, 1, 0));
    cr_assert_not(submit(&l, 1, 0), "a lost call is under way until it ends");
    cr_assert_eq(seen(&l, CALL_NS - 1).lost, 0);
    cr_assert_not(poll(&l, CALL_NS, &a));
    cr_assert_eq(due(&l), TIME_NEVER);
    struct faas_seen s = seen(&l, CALL_NS);
    cr_assert(s.lost == 2 && s.executed == 2 && s.warm_idle == 2);
    cr_assert_eq(s.cost_nusd, 2 * faas_price_nusd(&c, CALL_NS));
    cr_assert_not(poll(&l, 1000000 * NS_PER_S, &a));
    cr_assert(submit(&l, 1, 1000001 * NS_PER_S), "its place is free again");
    lab_close(&l);
}

Test(model_faults, lost_answer_is_not_late)
{
    struct faas_config c = exact();
    c.lose_ppm = c.late_ppm = PPM_ONE;
    struct lab l = lab_open(&c, 4, 1);
    struct answer a;
    submit(&l, 1, 0);
    cr_assert_not(poll(&l, 1000 * NS_PER_S, &a));
    struct faas_seen s = seen(&l, 1000 * NS_PER_S);
    cr_assert(s.lost == 1 && s.late == 0);
    lab_close(&l);
}

Test(model_faults, late_answers_come_late_factor_times_later_while_the_environment_is_free)
{
    struct faas_config c = exact();
    c.late_ppm = PPM_ONE;
    c.late_factor = 25;
    struct lab l = lab_open(&c, 4, 1);
    submit(&l, 1, 0);
    struct answer a;
    cr_assert_not(poll(&l, 25 * CALL_NS - 1, &a));
    struct faas_seen s = seen(&l, CALL_NS);
    cr_assert(s.late == 1 && s.executed == 1 && s.warm_idle == 1);
    cr_assert_eq(s.cost_nusd, faas_price_nusd(&c, CALL_NS));
    cr_assert(poll(&l, 25 * CALL_NS, &a));
    cr_assert_eq(a.status, ANSWER_OK);
    cr_assert_eq(a.billed_ns, CALL_NS);
    cr_assert_eq(seen(&l, 25 * CALL_NS).cost_nusd, a.cost_nusd, "billed once");
    lab_close(&l);
}

/* ---- faults on command ------------------------------------------------------------ */

Test(model_faults, each_fault_works_until_its_time_and_no_longer)
{
    static const struct {
        enum faas_fault fault;
        enum answer_status status;
    } row[] = {
        {FAULT_ERROR, ANSWER_ERROR},
        {FAULT_FUNCTION_ERROR, ANSWER_FUNCTION_ERROR},
        {FAULT_THROTTLE, ANSWER_THROTTLED},
    };
    for (int i = 0; i < 3; i++) {
        struct faas_config c = exact();
        struct lab l = lab_open(&c, 4, 1);
        int64_t now_ns = 0, until_ns = 10 * NS_PER_S;
        faas_model_fault(l.m, row[i].fault, PPM_ONE, until_ns);
        submit(&l, 1, 0);
        cr_assert_eq(next(&l, &now_ns).status, row[i].status, "fault %d", row[i].fault);
        uint64_t last = submit(&l, 1, until_ns - 1);
        submit(&l, 1, until_ns);
        for (int n = 0; n < 2; n++) {
            struct answer a = next(&l, &now_ns);
            cr_assert_eq(a.status, a.ticket == last ? row[i].status : ANSWER_OK);
        }
        lab_close(&l);
    }
}

Test(model_faults, fault_lose_and_late_can_be_commanded_and_called_off)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 8, 1);
    struct answer a;
    faas_model_fault(l.m, FAULT_LOSE, PPM_ONE, NS_PER_S);
    submit(&l, 1, 0);
    cr_assert_not(poll(&l, CALL_NS, &a));
    faas_model_fault(l.m, FAULT_LOSE, 0, NS_PER_S);
    faas_model_fault(l.m, FAULT_LATE, PPM_ONE, NS_PER_S);
    submit(&l, 1, CALL_NS);
    cr_assert_not(poll(&l, CALL_NS + 100 * CALL_NS - 1, &a));
    cr_assert(poll(&l, CALL_NS + 100 * CALL_NS, &a));
    cr_assert_eq(seen(&l, 102 * CALL_NS).lost, 1);
    lab_close(&l);
}

Test(model_faults, fault_latency_stretches_calls_bills_and_can_pass_the_time_limit)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    faas_model_fault(l.m, FAULT_LATENCY, 10 * PPM_ONE, NS_PER_S);
    submit(&l, 1, 0);
    struct answer a = next(&l, &now_ns);
    cr_assert_eq(now_ns, 10 * CALL_NS);
    cr_assert_eq(a.billed_ns, 10 * CALL_NS);
    faas_model_fault(l.m, FAULT_LATENCY, 1000 * PPM_ONE, NS_PER_S);
    submit(&l, 1, now_ns);
    int64_t start_ns = now_ns;
    cr_assert_eq(next(&l, &now_ns).status, ANSWER_TIMEOUT);
    cr_assert_eq(now_ns - start_ns, c.timeout_ns);
    lab_close(&l);
}

Test(model_faults, throttle_fault_says_concurrency)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    faas_model_fault(l.m, FAULT_THROTTLE, 0, NS_PER_S);
    submit(&l, 1, 0);
    struct answer a = next(&l, &now_ns);
    cr_assert(a.status == ANSWER_THROTTLED && a.reason == THROTTLE_CONCURRENCY);
    cr_assert_eq(seen(&l, now_ns).cost_nusd, 0);
    lab_close(&l);
}

Test(model_faults, fault_of_lower_chance_than_the_configured_one_changes_nothing)
{
    struct faas_config c = exact();
    c.error_ppm = PPM_ONE;
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    faas_model_fault(l.m, FAULT_ERROR, 1, NS_PER_S);
    submit(&l, 1, 0);
    cr_assert_eq(next(&l, &now_ns).status, ANSWER_ERROR);
    lab_close(&l);
}

/* ---- giving up --------------------------------------------------------------------- */

Test(model_faults, cancelled_call_runs_on_is_billed_and_is_not_answered)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct answer a;
    uint64_t first = submit(&l, 1, 0), second = submit(&l, 1, 0);
    l.t->cancel(l.t->self, first, 1, 5);
    cr_assert_eq(seen(&l, 5).busy, 2);
    cr_assert(poll(&l, CALL_NS, &a));
    cr_assert_eq(a.ticket, second);
    cr_assert_not(poll(&l, 1000 * NS_PER_S, &a));
    struct faas_seen s = seen(&l, 1000 * NS_PER_S);
    cr_assert_eq(s.executed, 2);
    cr_assert_eq(s.cost_nusd, 2 * faas_price_nusd(&c, CALL_NS));
    lab_close(&l);
}

Test(model_faults, answer_that_is_there_but_not_fetched_can_be_cancelled)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct answer a;
    uint64_t first = submit(&l, 1, 0), second = submit(&l, 1, 1), third = submit(&l, 1, 2);
    cr_assert(poll(&l, CALL_NS + 5, &a) && a.ticket == first);
    l.t->cancel(l.t->self, second, 1, CALL_NS + 5);
    cr_assert(poll(&l, CALL_NS + 5, &a) && a.ticket == third);
    cr_assert_eq(due(&l), TIME_NEVER);
    lab_close(&l);
}

Test(model_faults, cancel_knows_attempts_apart_and_ignores_strangers)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct answer a;
    for (uint32_t attempt = 1; attempt <= 2; attempt++) {
        struct call call = {.ticket = UINT64_C(7) << 32, .attempt = attempt, .records = 1};
        cr_assert(l.t->submit(l.t->self, &call, attempt));
    }
    l.t->cancel(l.t->self, UINT64_C(7) << 32, 1, 10);
    l.t->cancel(l.t->self, UINT64_C(7) << 32, 3, 10);
    l.t->cancel(l.t->self, 99, 2, 10);
    cr_assert(poll(&l, NS_PER_S, &a));
    cr_assert_eq(a.attempt, 2);
    cr_assert_not(poll(&l, NS_PER_S, &a));
    lab_close(&l);
}

Test(model_faults, cancelled_call_leaves_the_table_when_its_execution_ends)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 1, 1);
    uint64_t only = submit(&l, 1, 0);
    l.t->cancel(l.t->self, only, 1, 5);
    cr_assert_not(submit(&l, 1, CALL_NS - 1));
    cr_assert(submit(&l, 1, CALL_NS));
    lab_close(&l);
}

Test(model_faults, cancelled_429_does_not_come)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 1, 1);
    struct answer a;
    faas_model_fault(l.m, FAULT_THROTTLE, 1, NS_PER_S);
    l.t->cancel(l.t->self, submit(&l, 1, 0), 1, 1);
    cr_assert_not(poll(&l, NS_PER_S, &a));
    cr_assert_eq(due(&l), TIME_NEVER);
    cr_assert(submit(&l, 1, NS_PER_S));
    lab_close(&l);
}

Test(model_faults, late_answer_comes_even_to_an_owner_that_gave_up)
{
    struct faas_config c = exact();
    c.late_ppm = PPM_ONE;
    struct lab l = lab_open(&c, 4, 1);
    struct answer a;
    uint64_t running = submit(&l, 1, 0), returning = submit(&l, 1, 0);
    l.t->cancel(l.t->self, running, 1, 1);
    l.t->cancel(l.t->self, returning, 1, 2 * CALL_NS); /* executed, its answer on the way */
    cr_assert(poll(&l, 100 * CALL_NS, &a) && a.ticket == running);
    cr_assert(poll(&l, 100 * CALL_NS, &a) && a.ticket == returning);
    cr_assert_not(poll(&l, 1000 * NS_PER_S, &a));
    cr_assert_eq(seen(&l, 1000 * NS_PER_S).cost_nusd, 2 * a.cost_nusd);
    lab_close(&l);
}

/* ---- damaged answers ----------------------------------------------------------------- */

/* Status of the next answer, and whether its result can be taken, under one fault. */
static struct answer damaged(enum faas_fault fault, struct faas_seen *end, int64_t *now_ns,
                             bool *taken)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct block_list none = {NULL, 0};
    struct call call = {.ticket = 1, .attempt = 1, .batch = &none};
    faas_model_fault(l.m, fault, PPM_ONE, TIME_NEVER);
    cr_assert(l.t->submit(l.t->self, &call, 0));
    struct answer a = next(&l, now_ns);
    *taken = l.t->take(l.t->self, &a, &none);
    *end = seen(&l, *now_ns);
    lab_close(&l);
    return a;
}

Test(model_faults, an_answer_that_is_lost_on_its_way_was_executed_all_the_same)
{
    static const enum faas_fault broken[] = {FAULT_CUT, FAULT_DIE};
    static const enum faas_fault unusable[] = {FAULT_GARBAGE, FAULT_WRONG_IDS};
    struct faas_seen s;
    int64_t now_ns = 0;
    bool taken;
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(damaged(broken[i], &s, &now_ns, &taken).status, ANSWER_ERROR);
        cr_assert(s.executed == 1 && s.cost_nusd > 0 && s.spoiled == 1 && !taken);
        struct answer a = damaged(unusable[i], &s, &now_ns, &taken);
        cr_assert(a.status == ANSWER_OK && a.executed == 1, "it looks well");
        cr_assert(s.executed == 1 && s.cost_nusd > 0 && s.spoiled == 1 && !taken);
    }
}

Test(model_faults, a_reset_connection_executes_nothing)
{
    struct faas_seen s;
    int64_t now_ns = 0;
    bool taken;
    struct answer a = damaged(FAULT_RESET, &s, &now_ns, &taken);
    cr_assert(a.status == ANSWER_ERROR && a.executed == 0 && a.cost_nusd == 0);
    cr_assert(s.executed == 0 && s.cost_nusd == 0 && s.busy == 0 && s.errors == 1);
}

Test(model_faults, a_dripping_answer_takes_two_seconds_more)
{
    struct faas_seen s;
    int64_t now_ns = 0;
    bool taken;
    struct answer a = damaged(FAULT_DRIP, &s, &now_ns, &taken);
    cr_assert(a.status == ANSWER_OK && taken);
    cr_assert_eq(now_ns, CALL_NS + 2 * NS_PER_S);
    cr_assert(s.executed == 1 && s.spoiled == 0);
}

Test(model_faults, a_bill_counts_what_was_given_up)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct bill b;
    submit(&l, 1, 0);
    submit(&l, 1, 0);
    l.t->cancel(l.t->self, 2, 1, 0);
    l.t->bill(l.t->self, &b);
    cr_assert(b.unbilled == 2 && b.spent_nusd == 0 && b.price_nusd == 0);
    struct answer a;
    cr_assert(poll(&l, CALL_NS, &a));
    cr_assert_not(poll(&l, CALL_NS, &a));
    l.t->bill(l.t->self, &b);
    cr_assert_eq(b.unbilled, 0);
    cr_assert_eq(b.spent_nusd, 2 * b.price_nusd);
    cr_assert_gt(b.price_nusd, 0);
    lab_close(&l);
}
