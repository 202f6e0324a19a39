#include "base/hist.h"
#include "base/prng.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

Test(hist, an_empty_one_reads_zero)
{
    static struct hist h;
    hist_reset(&h);
    cr_assert_eq(hist_quantile(&h, 990000), 0);
    cr_assert_eq(hist_mean(&h), 0);
    cr_assert_eq(h.count, 0);
}

Test(hist, every_bucket_begins_at_its_own_floor)
{
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        cr_assert_eq(hist_index(hist_floor(i)), i);
        cr_assert_eq(hist_index(hist_floor(i + 1) - 1), i);
        int64_t width = hist_floor(i + 1) - hist_floor(i);
        cr_assert(width == 1 || width * 64 <= hist_floor(i), "bucket %u is too wide", i);
    }
    cr_assert_eq(hist_floor(HIST_BUCKETS), INT64_C(1) << HIST_TOP);
}

Test(hist, values_outside_the_range_go_to_the_ends)
{
    cr_assert_eq(hist_index(-5), 0);
    cr_assert_eq(hist_index(INT64_MIN), 0);
    cr_assert_eq(hist_index(INT64_MAX), HIST_BUCKETS - 1);
    cr_assert_eq(hist_index(INT64_C(1) << HIST_TOP), HIST_BUCKETS - 1);
}

Test(hist, quantiles_are_within_a_bucket_of_the_sorted_samples)
{
    enum { N = 20000 };
    static struct hist h;
    static int64_t sample[N];
    struct prng prng = prng_split(3, 0);
    hist_reset(&h);
    for (int i = 0; i < N; i++) {
        sample[i] = (int64_t)(prng_next(&prng) >> (20 + prng_below(&prng, 40)));
        hist_add(&h, sample[i], 1);
    }
    qsort(sample, N, sizeof sample[0], by_value);
    for (int64_t ppm = 0; ppm <= 1000000; ppm += 2500) {
        int64_t rank = (N * ppm + 999999) / 1000000;
        int64_t exact = sample[rank > 0 ? rank - 1 : 0];
        int64_t got = hist_quantile(&h, ppm);
        int64_t error = got > exact ? got - exact : exact - got;
        cr_assert_leq(error * 64, exact + 64, "ppm %ld: %ld for %ld", (long)ppm, (long)got,
                      (long)exact);
        cr_assert_leq(got, h.max);
    }
    cr_assert_eq(hist_quantile(&h, 1000000), sample[N - 1]);
}

Test(hist, a_single_slow_record_is_the_99th_percentile_of_few)
{
    static struct hist h;
    hist_reset(&h);
    hist_add(&h, 10, 49);
    hist_add(&h, 5000000, 1);
    cr_assert_eq(hist_quantile(&h, 990000), 5000000);
    cr_assert_eq(hist_quantile(&h, 980000), 10);
}

Test(hist, the_mean_is_exact)
{
    static struct hist h;
    hist_reset(&h);
    hist_add(&h, INT64_C(100000000000001), 3000000);
    hist_add(&h, INT64_C(100000000000004), 3000000);
    cr_assert_eq(hist_mean(&h), INT64_C(100000000000003)); /* ...2.5 is rounded up */
    cr_assert_eq(h.max, INT64_C(100000000000004));
}

Test(hist, merging_equals_adding_everything_to_one)
{
    static struct hist a, b, all;
    struct prng prng = prng_split(4, 0);
    hist_reset(&a);
    hist_reset(&b);
    hist_reset(&all);
    for (int i = 0; i < 5000; i++) {
        int64_t v = (int64_t)(prng_next(&prng) >> (18 + prng_below(&prng, 45)));
        hist_add(i % 3 ? &a : &b, v, 2);
        hist_add(&all, v, 2);
    }
    hist_merge(&a, &b);
    cr_assert_eq(memcmp(&a, &all, sizeof a), 0);
    static struct hist empty;
    hist_reset(&empty);
    hist_merge(&a, &empty);
    cr_assert_eq(memcmp(&a, &all, sizeof a), 0);
    hist_merge(&empty, &all);
    cr_assert_eq(memcmp(&empty, &all, sizeof all), 0);
}

Test(hist, the_difference_of_two_readings_is_what_came_between)
{
    static struct hist total, before, between;
    struct prng prng = prng_split(5, 0);
    hist_reset(&total);
    hist_reset(&between);
    for (int i = 0; i < 4000; i++)
        hist_add(&total, (int64_t)prng_below(&prng, 1000000000), 1);
    before = total;
    for (int i = 0; i < 4000; i++) {
        int64_t v = 20000 + (int64_t)prng_below(&prng, 1000000);
        hist_add(&total, v, 1);
        hist_add(&between, v, 1);
    }
    hist_subtract(&total, &before);
    cr_assert_eq(total.count, 4000);
    cr_assert_eq(hist_mean(&total), hist_mean(&between));
    cr_assert_eq(memcmp(total.bucket, between.bucket, sizeof total.bucket), 0);
    cr_assert_eq(total.lo, between.lo);
    cr_assert_eq(total.hi, between.hi);
    cr_assert_geq(total.max, between.max);
    cr_assert_eq(hist_index(total.max), hist_index(between.max));
}

Test(hist, subtracting_all_leaves_an_empty_one)
{
    static struct hist h, same;
    hist_reset(&h);
    hist_add(&h, 123456, 7);
    same = h;
    hist_subtract(&h, &same);
    cr_assert_eq(h.count, 0);
    cr_assert_eq(h.max, 0);
    cr_assert_eq(hist_quantile(&h, 500000), 0);
    hist_add(&h, 99, 1);
    cr_assert_eq(hist_quantile(&h, 500000), 99);
}
