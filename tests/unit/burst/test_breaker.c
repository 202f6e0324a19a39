/* The breaker's story: it opens on a run of failures and asks one probe at a time. */
#include "burst/guard.h"

#include <criterion/criterion.h>

static struct breaker closed(void)
{
    struct breaker b;
    breaker_init(&b);
    return b;
}

static struct breaker opened_at(int64_t now_ns)
{
    struct breaker b = closed();
    for (int i = 0; i < BREAKER_FAILURES; i++)
        breaker_result(&b, ANSWER_ERROR, now_ns);
    return b;
}

Test(breaker, eighth_failure_in_a_row_opens_it)
{
    struct breaker b = closed();
    for (int i = 1; i <= 7; i++) {
        breaker_result(&b, ANSWER_ERROR, 5);
        cr_assert(breaker_allow(&b, 5), "after %d failures", i);
    }
    breaker_result(&b, ANSWER_TIMEOUT, 5);
    cr_assert_eq(b.state, BREAKER_OPEN);
    cr_assert_not(breaker_allow(&b, 5));
    cr_assert_eq(b.opened, 1);
}

Test(breaker, one_success_ends_the_row_and_a_throttle_does_not)
{
    struct breaker b = closed();
    for (int i = 0; i < 7; i++)
        breaker_result(&b, ANSWER_FUNCTION_ERROR, 5);
    breaker_result(&b, ANSWER_OK, 5);
    for (int i = 0; i < 7; i++)
        breaker_result(&b, ANSWER_ERROR, 5);
    for (int i = 0; i < 100; i++)
        breaker_result(&b, ANSWER_THROTTLED, 5);
    cr_assert_eq(b.state, BREAKER_CLOSED);
    breaker_result(&b, ANSWER_ERROR, 5);
    cr_assert_eq(b.state, BREAKER_OPEN);
}

Test(breaker, refusal_that_never_heals_opens_it_at_once)
{
    struct breaker b = closed();
    breaker_result(&b, ANSWER_REFUSED, 0);
    cr_assert_eq(b.state, BREAKER_OPEN);
}

Test(breaker, after_two_seconds_exactly_one_probe_goes)
{
    struct breaker b = opened_at(NS_PER_S);
    cr_assert_eq(breaker_due(&b), 3 * NS_PER_S);
    cr_assert_not(breaker_allow(&b, 3 * NS_PER_S - 1));
    cr_assert(breaker_allow(&b, 3 * NS_PER_S));
    cr_assert_eq(b.state, BREAKER_HALF_OPEN);
    cr_assert_not(breaker_allow(&b, 3 * NS_PER_S));
    cr_assert_not(breaker_allow(&b, 30 * NS_PER_S));
}

Test(breaker, good_probe_closes_it_and_forgets_the_wait)
{
    struct breaker b = opened_at(0);
    cr_assert(breaker_allow(&b, 2 * NS_PER_S));
    breaker_result(&b, ANSWER_ERROR, 3 * NS_PER_S);
    cr_assert(breaker_allow(&b, 7 * NS_PER_S));
    breaker_result(&b, ANSWER_OK, 8 * NS_PER_S);
    cr_assert_eq(b.state, BREAKER_CLOSED);
    cr_assert_eq(breaker_due(&b), TIME_NEVER);
    cr_assert(breaker_allow(&b, 8 * NS_PER_S));
    breaker_result(&b, ANSWER_REFUSED, 9 * NS_PER_S);
    cr_assert_eq(breaker_due(&b), 11 * NS_PER_S);
}

Test(breaker, wait_doubles_to_a_minute_while_probes_fail)
{
    static const int64_t wait_s[] = {2, 4, 8, 16, 32, 60, 60, 60};
    struct breaker b = opened_at(0);
    int64_t now_ns = 0;
    for (size_t i = 0; i < sizeof wait_s / sizeof wait_s[0]; i++) {
        cr_assert_eq(breaker_due(&b), now_ns + wait_s[i] * NS_PER_S, "opening %zu", i);
        now_ns = breaker_due(&b);
        cr_assert(breaker_allow(&b, now_ns));
        breaker_result(&b, i % 2 ? ANSWER_ERROR : ANSWER_REFUSED, now_ns);
        cr_assert_eq(b.opened, i + 2);
    }
}

Test(breaker, throttled_probe_proves_that_the_service_lives)
{
    struct breaker b = opened_at(0);
    cr_assert(breaker_allow(&b, 2 * NS_PER_S));
    breaker_result(&b, ANSWER_THROTTLED, 2 * NS_PER_S);
    cr_assert_eq(b.state, BREAKER_CLOSED);
}

Test(breaker, answers_to_older_calls_do_not_move_an_open_one)
{
    struct breaker b = opened_at(0);
    breaker_result(&b, ANSWER_OK, NS_PER_S);
    for (int i = 0; i < 100; i++)
        breaker_result(&b, ANSWER_ERROR, NS_PER_S);
    breaker_result(&b, ANSWER_REFUSED, NS_PER_S);
    cr_assert_eq(b.state, BREAKER_OPEN);
    cr_assert_eq(breaker_due(&b), 2 * NS_PER_S);
    cr_assert_eq(b.opened, 1);
}

Test(breaker, probe_without_a_result_is_given_up_after_a_minute)
{
    struct breaker b = opened_at(0);
    cr_assert(breaker_allow(&b, 2 * NS_PER_S));
    cr_assert_eq(breaker_due(&b), 62 * NS_PER_S);
    cr_assert_not(breaker_allow(&b, 62 * NS_PER_S - 1));
    cr_assert(breaker_allow(&b, 62 * NS_PER_S));
    cr_assert_not(breaker_allow(&b, 62 * NS_PER_S));
}
