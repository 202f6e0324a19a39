/* Retry budget and back-off, in the numbers of the SDKs' standard retry. */
#include "burst/guard.h"

#include <criterion/criterion.h>

static struct retry_budget budget(void)
{
    struct retry_budget r;
    retry_init(&r);
    return r;
}

/* Retries of first attempts that fail with status, until the budget says no. */
static int retries_until_empty(struct retry_budget *r, enum answer_status status)
{
    struct prng prng = prng_split(1, 1);
    int64_t wait_ns;
    int n = 0;
    while (retry_allow(r, &prng, 1, status, 0, &wait_ns))
        n++;
    return n;
}

Test(retry, full_budget_pays_for_35_transient_or_100_throttle_retries)
{
    struct retry_budget r = budget();
    cr_assert_eq(retries_until_empty(&r, ANSWER_ERROR), 35);
    cr_assert_eq(r.tokens, 500 - 35 * 14);
    r = budget();
    cr_assert_eq(retries_until_empty(&r, ANSWER_THROTTLED), 100);
    cr_assert_eq(r.tokens, 0);
}

Test(retry, failed_and_timed_out_functions_cost_as_much_as_a_transient_failure)
{
    struct retry_budget r = budget();
    cr_assert_eq(retries_until_empty(&r, ANSWER_FUNCTION_ERROR), 35);
    r = budget();
    cr_assert_eq(retries_until_empty(&r, ANSWER_TIMEOUT), 35);
}

Test(retry, third_attempt_is_the_last)
{
    struct retry_budget r = budget();
    struct prng prng = prng_split(1, 1);
    int64_t wait_ns;
    cr_assert(retry_allow(&r, &prng, 1, ANSWER_ERROR, 0, &wait_ns));
    cr_assert(retry_allow(&r, &prng, 2, ANSWER_ERROR, 0, &wait_ns));
    int tokens = r.tokens;
    cr_assert_not(retry_allow(&r, &prng, 3, ANSWER_ERROR, 0, &wait_ns));
    cr_assert_eq(r.tokens, tokens, "a refused retry costs nothing");
}

Test(retry, what_never_heals_and_what_succeeded_is_not_retried)
{
    struct retry_budget r = budget();
    struct prng prng = prng_split(1, 1);
    uint64_t before = prng.state;
    int64_t wait_ns = -7;
    cr_assert_not(retry_allow(&r, &prng, 1, ANSWER_REFUSED, 0, &wait_ns));
    cr_assert_not(retry_allow(&r, &prng, 1, ANSWER_OK, 0, &wait_ns));
    cr_assert_eq(r.tokens, RETRY_TOKENS);
    cr_assert_eq(prng.state, before);
    cr_assert_eq(wait_ns, -7);
}

/* Largest and smallest of many waits. */
static void waits(uint32_t attempt, enum answer_status status, int64_t retry_after_ns,
                  int64_t *least_ns, int64_t *most_ns)
{
    struct prng prng = prng_split(3, 9);
    *least_ns = INT64_MAX;
    *most_ns = -1;
    for (int i = 0; i < 20000; i++) {
        struct retry_budget r = budget();
        int64_t wait_ns;
        cr_assert(retry_allow(&r, &prng, attempt, status, retry_after_ns, &wait_ns));
        *least_ns = wait_ns < *least_ns ? wait_ns : *least_ns;
        *most_ns = wait_ns > *most_ns ? wait_ns : *most_ns;
    }
}

Test(retry, jitter_fills_the_whole_of_a_window_that_doubles)
{
    static const struct {
        uint32_t attempt;
        enum answer_status status;
        int64_t window_ms;
    } row[] = {
        {1, ANSWER_ERROR, 50},       {2, ANSWER_ERROR, 100},         {1, ANSWER_THROTTLED, 1000},
        {2, ANSWER_THROTTLED, 2000}, {1, ANSWER_FUNCTION_ERROR, 50},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        int64_t least_ns, most_ns, window_ns = row[i].window_ms * NS_PER_MS;
        waits(row[i].attempt, row[i].status, 0, &least_ns, &most_ns);
        cr_assert_leq(most_ns, window_ns);
        cr_assert_gt(most_ns, window_ns * 99 / 100, "row %zu", i);
        cr_assert_geq(least_ns, 0);
        cr_assert_lt(least_ns, window_ns / 100, "row %zu", i);
    }
}

Test(retry, wish_of_the_server_is_a_floor)
{
    int64_t least_ns, most_ns;
    waits(1, ANSWER_THROTTLED, 700 * NS_PER_MS, &least_ns, &most_ns);
    cr_assert_eq(least_ns, 700 * NS_PER_MS);
    cr_assert_gt(most_ns, 950 * NS_PER_MS);
    waits(1, ANSWER_ERROR, 30 * NS_PER_S, &least_ns, &most_ns);
    cr_assert_eq(least_ns, 30 * NS_PER_S);
    cr_assert_eq(most_ns, 30 * NS_PER_S);
}

Test(retry, absurd_wish_counts_as_a_minute)
{
    int64_t least_ns, most_ns;
    waits(1, ANSWER_THROTTLED, INT64_MAX, &least_ns, &most_ns);
    cr_assert_eq(most_ns, 60 * NS_PER_S);
    waits(1, ANSWER_THROTTLED, -5, &least_ns, &most_ns);
    cr_assert_geq(least_ns, 0);
}

Test(retry, success_gives_back_what_its_retry_cost_or_one)
{
    struct retry_budget r = {.tokens = 100};
    retry_success(&r, 2, ANSWER_ERROR);
    cr_assert_eq(r.tokens, 114);
    retry_success(&r, 3, ANSWER_THROTTLED);
    cr_assert_eq(r.tokens, 119);
    retry_success(&r, 1, ANSWER_ERROR);
    cr_assert_eq(r.tokens, 120);
    r.tokens = 499;
    retry_success(&r, 2, ANSWER_ERROR);
    cr_assert_eq(r.tokens, 500, "never above the full budget");
}
