#include "lab/stats.h"

#include "base/prng.h"

#include <criterion/criterion.h>

Test(stats, quantiles_lie_on_straight_lines_between_neighbours)
{
    int64_t v[] = {40, 10, 30, 20};
    stats_sort(v, 4);
    cr_assert_eq(v[0], 10);
    cr_assert_eq(stats_median(v, 4), 25);
    cr_assert_eq(stats_quantile(v, 4, 1, 4), 18); /* 17.5, rounded up */
    cr_assert_eq(stats_quantile(v, 4, 1, 1), 40);
    cr_assert_eq(stats_median(v, 1), 10);
    cr_assert_eq(stats_median(v, 0), 0);
}

Test(stats, means_are_rounded_to_the_nearest)
{
    int64_t v[] = {1, 2, 2}, w[] = {-1, -2};
    cr_assert_eq(stats_mean(v, 3), 2);
    cr_assert_eq(stats_mean(w, 2), -2);
}

Test(stats, one_value_says_nothing_of_noise)
{
    int64_t a[] = {5, 6}, b[] = {9};
    cr_assert_eq(stats_differ(a, 2, b, 1), STATS_UNKNOWN);
    cr_assert_eq(stats_band(b, 1), -1);
}

Test(stats, samples_without_spread_differ_or_not)
{
    int64_t a[] = {5, 5, 5}, b[] = {5, 5, 5}, c[] = {6, 6, 6};
    cr_assert_eq(stats_differ(a, 3, b, 3), STATS_NOISE);
    cr_assert_eq(stats_differ(a, 3, c, 3), STATS_DIFFERENT);
}

/* Student 1908, the sleep data: t = 1.86 with 17.8 degrees, p = 0.079. */
Test(stats, a_known_pair_is_noise)
{
    int64_t a[] = {7, -16, -2, -12, -1, 34, 37, 8, 0, 20};
    int64_t b[] = {19, 8, 11, 1, -1, 44, 55, 16, 46, 34};
    cr_assert_eq(stats_differ(a, 10, b, 10), STATS_NOISE);
    for (int i = 0; i < 10; i++)
        b[i] += 4; /* t = 2.33: p = 0.03 */
    cr_assert_eq(stats_differ(a, 10, b, 10), STATS_DIFFERENT);
}

/* Mean 23.3 of the ten, error 5.72 ⇒ t(9) = 2.262. */
Test(stats, the_band_of_a_mean_is_that_of_students_t)
{
    int64_t b[] = {190, 80, 110, 10, -10, 440, 550, 160, 460, 340};
    int64_t band = stats_band(b, 10);
    cr_assert(band >= 140 && band <= 146, "%lld", (long long)band);
}

Test(stats, equal_sources_are_called_noise_in_nine_of_ten_pairs)
{
    int noise = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct prng p = prng_split(seed, 7);
        int64_t a[5], b[5];
        for (int i = 0; i < 5; i++) {
            a[i] = (int64_t)(prng_below(&p, 1000) + prng_below(&p, 1000) + prng_below(&p, 1000));
            b[i] = (int64_t)(prng_below(&p, 1000) + prng_below(&p, 1000) + prng_below(&p, 1000));
        }
        noise += stats_differ(a, 5, b, 5) == STATS_NOISE;
    }
    cr_assert(noise >= 920 && noise <= 980, "%d of 1000", noise);
}
