/* The heap of times, as stories and against a plain array that is searched. */
#include "base/prng.h"
#include "base/timers.h"

#include <criterion/criterion.h>
#include <string.h>

#define SIZE_MAX_IDS 33

static unsigned char memory[SIZE_MAX_IDS * 16] __attribute__((aligned(16)));
static struct timers t;

static void open_timers(uint32_t size)
{
    cr_assert(timers_bytes(size) <= sizeof memory);
    memset(memory, 0, sizeof memory);
    timers_init(&t, memory, size);
}

static void expect_next(int64_t at, uint32_t id)
{
    uint32_t got = UINT32_MAX;
    cr_assert_eq(timers_next(&t, &got), at);
    if (at != INT64_MAX)
        cr_assert_eq(got, id);
}

Test(timers, none_set_is_never)
{
    open_timers(4);
    expect_next(INT64_MAX, 0);
    timers_clear(&t, 3); /* nothing to clear is no error */
    expect_next(INT64_MAX, 0);
}

Test(timers, the_earliest_comes_first_and_a_tie_goes_to_the_smaller_id)
{
    open_timers(4);
    timers_set(&t, 3, 50);
    timers_set(&t, 1, 50);
    timers_set(&t, 0, 70);
    expect_next(50, 1);
    timers_clear(&t, 1);
    expect_next(50, 3);
    timers_clear(&t, 3);
    expect_next(70, 0);
}

Test(timers, a_time_can_be_moved_both_ways)
{
    open_timers(3);
    for (uint32_t i = 0; i < 3; i++)
        timers_set(&t, i, 10 + i);
    timers_set(&t, 2, 1);
    expect_next(1, 2);
    timers_set(&t, 2, 100);
    expect_next(10, 0);
    timers_set(&t, 0, 200);
    expect_next(11, 1);
}

Test(timers, setting_never_clears)
{
    open_timers(2);
    timers_set(&t, 1, 5);
    timers_set(&t, 1, INT64_MAX);
    cr_assert_not(timers_has(&t, 1));
    expect_next(INT64_MAX, 0);
}

Test(timers, times_before_zero_are_times)
{
    open_timers(2);
    timers_set(&t, 0, INT64_MIN);
    timers_set(&t, 1, -1);
    expect_next(INT64_MIN, 0);
}

/* ---- random ---- */

static void search(const int64_t *at, uint32_t size, int64_t *best, uint32_t *id)
{
    *best = INT64_MAX;
    for (uint32_t i = size; i-- > 0;)
        if (at[i] <= *best && at[i] != INT64_MAX) {
            *best = at[i];
            *id = i;
        }
}

static void random_history(uint32_t size, uint64_t seed)
{
    struct prng p = prng_split(seed, size);
    int64_t at[SIZE_MAX_IDS];
    open_timers(size);
    for (uint32_t i = 0; i < size; i++)
        at[i] = INT64_MAX;
    for (int n = 0; n < 5000; n++) {
        uint32_t id = (uint32_t)prng_below(&p, size);
        at[id] = prng_below(&p, 4) ? (int64_t)prng_below(&p, 2 * size) : INT64_MAX;
        if (at[id] == INT64_MAX && prng_below(&p, 2))
            timers_clear(&t, id);
        else
            timers_set(&t, id, at[id]);
        int64_t best;
        uint32_t who = 0;
        search(at, size, &best, &who);
        expect_next(best, who);
        for (uint32_t i = 0; i < size; i++)
            cr_assert_eq(timers_has(&t, i), at[i] != INT64_MAX);
    }
}

Test(timers, random_histories_agree_with_a_searched_array)
{
    for (uint32_t size = 1; size <= SIZE_MAX_IDS; size++)
        random_history(size, 7);
}

Test(timers, taken_one_by_one_they_come_out_sorted)
{
    struct prng p = prng_split(3, 0);
    open_timers(SIZE_MAX_IDS);
    for (uint32_t i = 0; i < SIZE_MAX_IDS; i++)
        timers_set(&t, i, (int64_t)prng_below(&p, 20));
    int64_t last = -1;
    uint32_t last_id = 0, id = 0;
    for (uint32_t n = 0; n < SIZE_MAX_IDS; n++) {
        int64_t at = timers_next(&t, &id);
        cr_assert(at > last || (at == last && id > last_id));
        last = at;
        last_id = id;
        timers_clear(&t, id);
    }
    expect_next(INT64_MAX, 0);
}
