#include "faas/rate_window.h"

#include "base/prng.h"

#include <criterion/criterion.h>

Test(rate_window, burst_of_the_limit_passes_and_the_next_waits_its_second)
{
    int64_t memory[3];
    struct rate_window w;
    rate_window_init(&w, memory, 3);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(rate_window_wait_ns(&w, 100 + i), 0);
        rate_window_add(&w, 100 + i);
    }
    cr_assert_eq(rate_window_wait_ns(&w, 102), NS_PER_S - 2);
    cr_assert_eq(rate_window_wait_ns(&w, NS_PER_S + 99), 1);
    cr_assert_eq(rate_window_wait_ns(&w, NS_PER_S + 100), 0);
    rate_window_add(&w, NS_PER_S + 100);
    cr_assert_eq(rate_window_wait_ns(&w, NS_PER_S + 100), 1);
}

Test(rate_window, stream_at_exactly_the_limit_is_never_held)
{
    int64_t memory[100];
    struct rate_window w;
    rate_window_init(&w, memory, 100);
    for (int64_t i = 0; i < 1000; i++) {
        cr_assert_eq(rate_window_wait_ns(&w, i * NS_PER_S / 100), 0);
        rate_window_add(&w, i * NS_PER_S / 100);
    }
}

Test(rate_window, no_second_ever_holds_more_than_the_limit)
{
    enum { LIMIT = 7, TRIES = 3000 };
    int64_t memory[LIMIT], passed[TRIES];
    struct rate_window w;
    rate_window_init(&w, memory, LIMIT);
    struct prng prng = prng_split(5, 0);
    int64_t now_ns = 0;
    int n = 0;
    for (int i = 0; i < TRIES; i++) {
        now_ns += (int64_t)prng_below(&prng, NS_PER_S / 10);
        if (rate_window_wait_ns(&w, now_ns) == 0) {
            rate_window_add(&w, now_ns);
            passed[n++] = now_ns;
        }
    }
    cr_assert_lt(n, TRIES, "some had to wait");
    cr_assert_gt(n, TRIES / 4);
    for (int i = LIMIT; i < n; i++)
        cr_assert_geq(passed[i] - passed[i - LIMIT], NS_PER_S);
}
