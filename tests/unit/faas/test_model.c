/* The platform as its caller sees it, call by call. */
#include "lab.h"

/* ---- one call ---------------------------------------------------------------- */

Test(model, call_is_answered_once_when_its_time_has_come)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct answer a;
    cr_assert_eq(due(&l), TIME_NEVER);
    uint64_t ticket = submit(&l, 10, 1000);
    cr_assert_eq(due(&l), 1000 + CALL_NS);
    cr_assert_not(poll(&l, 1000 + CALL_NS - 1, &a));
    cr_assert(poll(&l, 1000 + CALL_NS, &a));
    cr_assert_eq(a.ticket, ticket);
    cr_assert_eq(a.attempt, 1);
    cr_assert_eq(a.status, ANSWER_OK);
    cr_assert_eq(a.executed, 1);
    cr_assert_eq(a.billed_ns, CALL_NS);
    cr_assert_eq(a.cost_nusd, faas_price_nusd(&c, CALL_NS));
    cr_assert_not(poll(&l, TIME_NEVER - 1, &a));
    cr_assert_eq(due(&l), TIME_NEVER);
    cr_assert_eq(seen(&l, TIME_NEVER - 1).cost_nusd, a.cost_nusd);
    lab_close(&l);
}

Test(model, cold_call_pays_init_and_the_warm_one_after_it_does_not)
{
    struct faas_config c = year(CALIBRATION_2026, LANGUAGE_PYTHON);
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    submit(&l, 10, 0);
    struct answer cold = next(&l, &now_ns);
    cr_assert(cold.cold);
    cr_assert_geq(cold.init_ns, 86 * NS_PER_MS * 8 / 10);
    cr_assert_leq(cold.init_ns, 86 * NS_PER_MS * 12 / 10);
    cr_assert_geq(cold.billed_ns, now_ns, "INIT is billed");
    cr_assert_lt(cold.billed_ns, now_ns + NS_PER_MS, "to the next millisecond");
    cr_assert_eq(cold.billed_ns % NS_PER_MS, 0);
    int64_t start_ns = now_ns;
    submit(&l, 10, start_ns);
    struct answer warm = next(&l, &now_ns);
    cr_assert_not(warm.cold);
    cr_assert_eq(warm.init_ns, 0);
    cr_assert_geq(warm.billed_ns, now_ns - start_ns);
    cr_assert_lt(warm.billed_ns, now_ns - start_ns + NS_PER_MS);
    cr_assert_eq(seen(&l, now_ns).cold_starts, 1);
    lab_close(&l);
}

Test(model, in_2023_init_was_not_billed)
{
    struct faas_config c = year(CALIBRATION_2023, LANGUAGE_JAVA);
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    submit(&l, 10, 0);
    struct answer a = next(&l, &now_ns);
    cr_assert_geq(a.init_ns, 3120 * NS_PER_MS);
    cr_assert_geq(a.billed_ns, now_ns - a.init_ns);
    cr_assert_lt(a.billed_ns, now_ns - a.init_ns + NS_PER_MS);
    cr_assert_eq(a.cost_nusd, faas_price_nusd(&c, a.billed_ns));
    lab_close(&l);
}

Test(model, cold_starts_spread_evenly_over_20_percent_either_way)
{
    struct faas_config c = year(CALIBRATION_2026, LANGUAGE_JAVA);
    struct lab l = lab_open(&c, 1000, 5);
    for (int i = 0; i < 1000; i++)
        submit(&l, 1, 0);
    int64_t now_ns = 0, sum_ns = 0, least_ns = INT64_MAX, most_ns = 0;
    for (int i = 0; i < 1000; i++) {
        struct answer a = next(&l, &now_ns);
        cr_assert(a.cold);
        sum_ns += a.init_ns;
        least_ns = a.init_ns < least_ns ? a.init_ns : least_ns;
        most_ns = a.init_ns > most_ns ? a.init_ns : most_ns;
    }
    int64_t median_ns = 231 * NS_PER_MS;
    cr_assert(least_ns >= median_ns * 80 / 100 && least_ns < median_ns * 81 / 100);
    cr_assert(most_ns <= median_ns * 120 / 100 && most_ns > median_ns * 119 / 100);
    cr_assert(sum_ns > median_ns * 990 && sum_ns < median_ns * 1010);
    lab_close(&l);
}

Test(model, warm_calls_have_the_published_median)
{
    struct faas_config c = year(CALIBRATION_2026, LANGUAGE_JAVA);
    struct lab l = lab_open(&c, 1, 3);
    int64_t now_ns = 0, median_ns = faas_median_ns(&c, 20);
    int below = 0;
    for (int i = 0; i < 10001; i++) {
        int64_t start_ns = now_ns;
        submit(&l, 20, start_ns);
        struct answer a = next(&l, &now_ns);
        below += i > 0 && now_ns - start_ns - a.init_ns < median_ns;
    }
    cr_assert(below > 4850 && below < 5150, "%d of 10000 below the median", below);
    cr_assert_eq(seen(&l, now_ns).cold_starts, 1);
    lab_close(&l);
}

/* ---- many calls ---------------------------------------------------------------- */

Test(model, answers_come_in_order_of_their_time_then_of_submission)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 8, 1);
    uint64_t a = submit(&l, 1, 0), b = submit(&l, 1, 0), d = submit(&l, 1, 5);
    int64_t now_ns = 1000 * NS_PER_S; /* all are long there */
    struct answer out;
    cr_assert(poll(&l, now_ns, &out) && out.ticket == a);
    cr_assert(poll(&l, now_ns, &out) && out.ticket == b);
    cr_assert(poll(&l, now_ns, &out) && out.ticket == d);
    cr_assert_not(poll(&l, now_ns, &out));
    lab_close(&l);
}

Test(model, full_table_refuses_and_takes_again_after_an_answer_is_fetched)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 2, 1);
    cr_assert(submit(&l, 1, 0));
    cr_assert(submit(&l, 1, 0));
    cr_assert_not(submit(&l, 1, 0));
    cr_assert_not(submit(&l, 1, CALL_NS), "the answers are there but not fetched");
    cr_assert_eq(seen(&l, CALL_NS).calls, 2);
    int64_t now_ns = CALL_NS;
    next(&l, &now_ns);
    cr_assert(submit(&l, 1, CALL_NS));
    lab_close(&l);
}

Test(model, environments_are_seen_starting_busy_and_idle_and_then_gone)
{
    struct faas_config c = year(CALIBRATION_2026, LANGUAGE_PYTHON);
    struct lab l = lab_open(&c, 8, 1);
    for (int i = 0; i < 5; i++)
        submit(&l, 1, 0);
    struct faas_seen s = seen(&l, 0);
    cr_assert(s.cold_starting == 5 && s.busy == 0 && s.warm_idle == 0);
    s = seen(&l, 86 * NS_PER_MS * 12 / 10);
    cr_assert_eq(s.cold_starting, 0);
    cr_assert_eq(s.busy + s.warm_idle, 5);
    s = seen(&l, 10 * NS_PER_S);
    cr_assert(s.cold_starting == 0 && s.busy == 0 && s.warm_idle == 5);
    s = seen(&l, 299 * NS_PER_S);
    cr_assert_eq(s.warm_idle, 5);
    s = seen(&l, 303 * NS_PER_S);
    cr_assert_eq(s.warm_idle, 0);
    lab_close(&l);
}

Test(model, environment_is_reused_until_it_was_idle_too_long)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    int64_t now_ns = 0;
    submit(&l, 1, 0);
    cr_assert(next(&l, &now_ns).cold);
    now_ns = CALL_NS + c.idle_ns - 1;
    submit(&l, 1, now_ns);
    int64_t idle_from_ns = now_ns + CALL_NS;
    cr_assert_not(next(&l, &now_ns).cold);
    now_ns = idle_from_ns + c.idle_ns;
    submit(&l, 1, now_ns);
    cr_assert(next(&l, &now_ns).cold);
    lab_close(&l);
}

Test(model, concurrency_ceiling_answers_429_fast_and_free)
{
    struct faas_config c = exact();
    c.concurrency_limit = 3;
    c.rate_limit = 1000;
    struct lab l = lab_open(&c, 8, 1);
    for (int i = 0; i < 3; i++)
        submit(&l, 1, 0);
    uint64_t fourth = submit(&l, 1, 0);
    int64_t now_ns = 0;
    struct answer a = next(&l, &now_ns);
    cr_assert_eq(a.ticket, fourth);
    cr_assert_eq(a.status, ANSWER_THROTTLED);
    cr_assert_eq(a.reason, THROTTLE_CONCURRENCY);
    cr_assert(now_ns > 0 && now_ns < TRIP_MAX_NS);
    cr_assert(a.cost_nusd == 0 && a.billed_ns == 0 && a.executed == 0);
    settle(&l);
    struct faas_seen s = seen(&l, CALL_NS);
    cr_assert(s.calls == 4 && s.throttled == 1 && s.executed == 3);
    cr_assert_eq(s.cost_nusd, 3 * faas_price_nusd(&c, CALL_NS));
    lab_close(&l);
}

Test(model, rate_ceiling_is_ten_calls_per_second_and_environment)
{
    struct faas_config c = exact();
    c.concurrency_limit = 5;
    c.constant_ns = NS_PER_MS; /* so that the rate is met first */
    struct lab l = lab_open(&c, 64, 1);
    int64_t now_ns = 0;
    int ok = 0, rate = 0;
    for (int i = 0; i < 2000; i++) { /* 200 a second for 10 s, where 50 may pass */
        now_ns = i * 5 * NS_PER_MS;
        int64_t answered_ns = now_ns;
        submit(&l, 1, now_ns);
        struct answer a = next(&l, &answered_ns);
        ok += a.status == ANSWER_OK;
        rate += a.status == ANSWER_THROTTLED && a.reason == THROTTLE_RATE;
        cr_assert(a.reason != THROTTLE_RATE ||
                  (a.retry_after_ns > 0 && a.retry_after_ns <= NS_PER_S));
    }
    cr_assert_eq(ok, 500);
    cr_assert_eq(rate, 1500);
    lab_close(&l);
}

Test(model, very_high_rate_ceiling_takes_no_more_memory_than_a_million)
{
    struct faas_config c = exact();
    c.rate_limit = 1000000;
    size_t million = faas_model_bytes(&c, 4);
    c.rate_limit = FAAS_RATE_MAX;
    cr_assert_eq(faas_model_bytes(&c, 4), million);
}

Test(model, obeying_retry_after_of_a_rate_429_succeeds)
{
    struct faas_config c = exact();
    c.rate_limit = 2;
    struct lab l = lab_open(&c, 8, 1);
    int64_t now_ns = 300 * NS_PER_MS;
    submit(&l, 1, 0);
    submit(&l, 1, 0);
    submit(&l, 1, now_ns);
    struct answer a;
    do
        a = next(&l, &now_ns);
    while (a.ticket != 3);
    cr_assert_eq(a.reason, THROTTLE_RATE);
    cr_assert_eq(a.retry_after_ns, 700 * NS_PER_MS);
    settle(&l);
    submit(&l, 1, 300 * NS_PER_MS + a.retry_after_ns);
    cr_assert_eq(next(&l, &now_ns).status, ANSWER_OK);
    lab_close(&l);
}

Test(model, jump_to_5000_gets_1000_at_once_and_100_more_per_second)
{
    struct faas_config c = exact();
    c.concurrency_limit = 5000;
    c.constant_ns = 60 * NS_PER_S; /* nothing ends meanwhile */
    c.timeout_ns = 100 * NS_PER_S;
    struct lab l = lab_open(&c, 6000, 1);
    int busy = 0;
    for (int64_t ms = 0; ms < 30000; ms += 100) {
        int64_t now_ns = ms * NS_PER_MS;
        struct answer a;
        while (poll(&l, now_ns, &a)) {
            cr_assert_eq(a.status, ANSWER_THROTTLED);
            cr_assert_eq(a.reason, THROTTLE_SCALE);
            cr_assert(a.retry_after_ns > 0 && a.retry_after_ns <= 10 * NS_PER_MS);
        }
        do
            submit(&l, 1, now_ns);
        while (seen(&l, now_ns).busy > busy && ++busy);
        cr_assert_eq(busy, 1000 + ms / 10, "at %ld ms", (long)ms);
    }
    lab_close(&l);
}

Test(model, four_hundred_twenty_nine_is_scale_below_the_ceiling_and_concurrency_at_it)
{
    struct faas_config c = exact();
    c.concurrency_limit = 3;
    c.rate_limit = 1000;
    c.scale_per_10s = 2;
    c.constant_ns = 100 * NS_PER_S;
    c.timeout_ns = 200 * NS_PER_S;
    struct lab l = lab_open(&c, 16, 1);
    int64_t now_ns = 0;
    submit(&l, 1, 0);
    submit(&l, 1, 0);
    submit(&l, 1, 0);
    struct answer a = next(&l, &now_ns);
    cr_assert_eq(a.reason, THROTTLE_SCALE);
    cr_assert_eq(a.retry_after_ns, 5 * NS_PER_S);
    submit(&l, 1, 5 * NS_PER_S);
    submit(&l, 1, 5 * NS_PER_S);
    now_ns = 5 * NS_PER_S;
    a = next(&l, &now_ns);
    cr_assert_eq(a.ticket, 5);
    cr_assert_eq(a.reason, THROTTLE_CONCURRENCY);
    lab_close(&l);
}
