#include "base/prng.h"

#include <criterion/criterion.h>

Test(prng, follows_the_published_splitmix64_sequence)
{
    struct prng p = {0};
    cr_assert_eq(prng_next(&p), UINT64_C(0xE220A8397B1DCDAF));
    cr_assert_eq(prng_next(&p), UINT64_C(0x6E789E6AA1B965F4));
    cr_assert_eq(prng_next(&p), UINT64_C(0x06C45D188009454F));
}

Test(prng, the_same_seed_and_stream_give_the_same_draws)
{
    struct prng a = prng_split(42, 3), b = prng_split(42, 3);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(prng_next(&a), prng_next(&b));
}

Test(prng, other_seeds_and_other_streams_do_not_repeat_them)
{
    struct prng a = prng_split(42, 0), b = prng_split(42, 1), c = prng_split(43, 0);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = prng_next(&a), y = prng_next(&b), z = prng_next(&c);
        same += x == y || y == z || x == z;
    }
    cr_assert_eq(same, 0);
}

Test(prng, below_stays_below_and_fills_every_part_evenly)
{
    struct prng p = prng_split(1, 1);
    int count[10] = {0};
    for (int i = 0; i < 100000; i++) {
        uint64_t x = prng_below(&p, 10);
        cr_assert_lt(x, 10);
        count[x]++;
    }
    for (int i = 0; i < 10; i++)
        cr_assert(count[i] > 9600 && count[i] < 10400, "%d: %d", i, count[i]); /* 4 sigma */
    cr_assert_eq(prng_below(&p, 1), 0);
    cr_assert_lt(prng_below(&p, UINT64_MAX), UINT64_MAX);
}
