/* Latency and price against the published numbers: medians of the 2023 runs by
 * batch size, quantiles of the residual, INIT of 2026, prices. */
#include "faas/model.h"

#include "base/prng.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct faas_config config_for(enum faas_language language, bool noisy)
{
    struct faas_config c;
    faas_config_init(&c);
    c.calibration = CALIBRATION_2023;
    c.language = language;
    c.noisy = noisy;
    return c;
}

struct measured {
    uint32_t records;
    double python_ms, java_ms; /* median; 0: not measured */
};

static void check_medians(const struct measured *row, size_t rows, bool noisy, double tolerance)
{
    for (size_t i = 0; i < rows; i++) {
        double ms[LANGUAGES] = {row[i].python_ms, row[i].java_ms};
        for (int l = 0; l < LANGUAGES; l++) {
            struct faas_config c = config_for((enum faas_language)l, noisy);
            double ratio = (double)faas_median_ns(&c, row[i].records) / 1e6 / ms[l];
            cr_assert(ratio > 1 - tolerance && ratio < 1 + tolerance, "n=%u %s: ratio %.3f",
                      row[i].records, faas_language_names[l], ratio);
        }
    }
}

Test(latency, medians_of_the_quiet_client_up_to_40_records)
{
    static const struct measured set_a[] = {
        {1, 38, 32},  {2, 38, 31},  {3, 38, 31},  {4, 39, 33}, {5, 38, 32},
        {6, 39, 38},  {7, 40, 34},  {8, 41, 35},  {9, 40, 34}, {10, 41, 34},
        {20, 43, 39}, {30, 46, 35}, {40, 49, 40},
    };
    check_medians(set_a, sizeof set_a / sizeof set_a[0], false, 0.15);
}

Test(latency, medians_of_the_noisy_client_without_first_batches)
{
    static const struct measured set_b[] = {
        {10, 48, 44},    {20, 45, 41},    {40, 51, 48},    {80, 63, 64},
        {160, 82.5, 81}, {320, 128, 177}, {640, 267, 346}, {1280, 720, 910},
    };
    check_medians(set_b, sizeof set_b / sizeof set_b[0], true, 0.20);
}

Test(latency, median_is_the_exact_polynomial)
{
    struct faas_config c = config_for(LANGUAGE_JAVA, false);
    cr_assert_eq(faas_median_ns(&c, 0), 32000000);
    cr_assert_eq(faas_median_ns(&c, 100), 32000000 + 247000 * 100 + 393 * 100 * 100);
    c = config_for(LANGUAGE_PYTHON, true);
    cr_assert_eq(faas_median_ns(&c, 100), 43500000 + 201000 * 100 + 227 * 100 * 100);
    c.calibration = CALIBRATION_2026;
    cr_assert_eq(faas_median_ns(&c, 100), 43500000 + 201000 * 100 + 227 * 100 * 100);
}

Test(latency, absurd_batches_do_not_overflow)
{
    struct faas_config c = config_for(LANGUAGE_JAVA, true);
    int64_t last = 0;
    for (uint32_t n = 1; n > 0; n *= 2) {
        int64_t ns = faas_warm_ns(&c, n, UINT32_MAX);
        cr_assert_geq(ns, last);
        last = ns;
    }
    cr_assert_gt(faas_warm_ns(&c, UINT32_MAX, UINT32_MAX), 0);
}

static const double p_of[12] = {0, .01, .05, .10, .25, .50, .75, .90, .95, .99, .999, 1};
static const double published[2][LANGUAGES][12] = {
    {{.718, .795, .842, .868, .927, 1, 1.079, 1.289, 1.627, 2.737, 4.264, 16.1},
     {.455, .711, .812, .844, .938, 1, 1.118, 1.412, 1.727, 2.882, 5.925, 10.0}},
    {{.542, .646, .698, .750, .841, 1, 1.351, 2.090, 3.000, 6.776, 15.30, 27.4},
     {.568, .635, .688, .750, .829, 1, 1.390, 2.159, 2.818, 5.116, 9.444, 14.5}},
};
static const double published_mean[2][LANGUAGES] = {{1.08, 1.10}, {1.34, 1.30}};

static double residual(const struct faas_config *c, uint32_t quantile)
{
    return (double)faas_warm_ns(c, 50, quantile) / (double)faas_median_ns(c, 50);
}

Test(latency, residual_meets_the_published_quantiles)
{
    for (int noisy = 0; noisy < 2; noisy++)
        for (int l = 0; l < LANGUAGES; l++) {
            struct faas_config c = config_for((enum faas_language)l, noisy);
            for (int i = 0; i < 12; i++) {
                double at = p_of[i] * 4294967296.0;
                uint32_t q = at >= 4294967295.0 ? UINT32_MAX : (uint32_t)(at + 0.5);
                double error = residual(&c, q) / published[noisy][l][i] - 1;
                cr_assert(error > -1e-5 && error < 1e-5, "%d %d p=%g", noisy, l, p_of[i]);
            }
        }
}

Test(latency, residual_between_quantiles_is_straight_in_its_logarithm)
{
    struct faas_config c = config_for(LANGUAGE_PYTHON, true);
    /* the middle of .999 and 1 is the geometric mean: sqrt(15.30 * 27.4) */
    double middle = residual(&c, (uint32_t)(.9995 * 4294967296.0));
    cr_assert(middle > 20.474 && middle < 20.478, "%.4f", middle);
    /* and of .5 and .75: sqrt(1.351) */
    middle = residual(&c, (uint32_t)(.625 * 4294967296.0));
    cr_assert(middle > 1.1623 && middle < 1.1624, "%.5f", middle);
}

Test(latency, residual_never_falls_as_the_quantile_rises)
{
    for (int noisy = 0; noisy < 2; noisy++)
        for (int l = 0; l < LANGUAGES; l++) {
            struct faas_config c = config_for((enum faas_language)l, noisy);
            int64_t last = 0;
            for (uint64_t q = 0; q <= UINT32_MAX; q += 99991) {
                int64_t ns = faas_warm_ns(&c, 400, (uint32_t)q);
                cr_assert_geq(ns, last);
                last = ns;
            }
        }
}

static int by_value(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

Test(latency, hundred_thousand_draws_have_the_published_spread)
{
    enum { DRAWS = 100000 };
    static int64_t ns[DRAWS];
    for (int noisy = 0; noisy < 2; noisy++)
        for (int l = 0; l < LANGUAGES; l++) {
            struct faas_config c = config_for((enum faas_language)l, noisy);
            struct prng prng = prng_split(42, 7);
            double median = (double)faas_median_ns(&c, 20), sum = 0;
            for (int i = 0; i < DRAWS; i++) {
                ns[i] = faas_warm_ns(&c, 20, (uint32_t)(prng_next(&prng) >> 32));
                sum += (double)ns[i] / median;
            }
            qsort(ns, DRAWS, sizeof ns[0], by_value);
            for (int i = 1; i < 10; i++) {
                double drawn = (double)ns[(int)(p_of[i] * DRAWS)] / median;
                double ratio = drawn / published[noisy][l][i];
                cr_assert(ratio > .96 && ratio < 1.04, "p=%g: %.3f", p_of[i], ratio);
            }
            double mean = sum / DRAWS / published_mean[noisy][l];
            cr_assert(mean > .95 && mean < 1.05, "mean ratio %.3f", mean);
        }
}

Test(latency, calibration_none_is_constant_and_has_no_cold_start)
{
    struct faas_config c;
    faas_config_init(&c);
    c.calibration = CALIBRATION_NONE;
    c.constant_ns = 12345;
    cr_assert_eq(faas_median_ns(&c, 1), 12345);
    cr_assert_eq(faas_warm_ns(&c, 1000, UINT32_MAX), 12345);
    cr_assert_eq(faas_cold_ns(&c), 0);
}

Test(latency, cold_starts_of_both_years)
{
    struct faas_config c;
    faas_config_init(&c);
    cr_assert_eq(faas_cold_ns(&c), 86 * NS_PER_MS);
    c.language = LANGUAGE_JAVA;
    cr_assert_eq(faas_cold_ns(&c), 231 * NS_PER_MS);
    c.cold_factor_ppm = PPM_ONE / 2;
    cr_assert_eq(faas_cold_ns(&c), 231 * NS_PER_MS / 2);
    c = config_for(LANGUAGE_JAVA, false);
    cr_assert_eq(faas_cold_ns(&c), 3900 * NS_PER_MS);
    c.language = LANGUAGE_PYTHON;
    cr_assert_eq(faas_cold_ns(&c), 670 * NS_PER_MS);
}

static int64_t price(int memory_mb, int64_t billed_ns)
{
    struct faas_config c;
    faas_config_init(&c);
    c.memory_mb = memory_mb;
    return faas_price_nusd(&c, billed_ns);
}

Test(latency, price_is_the_request_fee_and_begun_milliseconds_of_memory)
{
    cr_assert_eq(price(512, 0), 200, "$0.20 per million requests");
    /* 128 MB x 20 ms: $0.042 per million calls for compute */
    cr_assert_eq(price(128, 20 * NS_PER_MS), 200 + 42);
    cr_assert_eq(price(128, 19 * NS_PER_MS + 1), 200 + 42);
    cr_assert_eq(price(128, 20 * NS_PER_MS + 1), 200 + 44);
    /* 512 MB x 40 ms = 0.02 GB-s; with an INIT of 86 ms 0.063 GB-s */
    cr_assert_eq(price(512, 40 * NS_PER_MS), 200 + 333);
    cr_assert_eq(price(512, 126 * NS_PER_MS), 200 + 1050);
    /* 1769 MB x 100 ms: $2.88 per million */
    cr_assert_eq(price(1769, 100 * NS_PER_MS), 200 + 2879);
    /* 1 GB for 1000 s: $0.0166667 */
    cr_assert_eq(price(1024, 1000 * NS_PER_S), 200 + 16666700);
}

Test(latency, configs_out_of_range_are_told)
{
    enum { CASES = 16 };
    struct faas_config bad[CASES];
    for (int i = 0; i < CASES; i++) {
        faas_config_init(&bad[i]);
        cr_assert(faas_config_good(&bad[i]));
    }
    bad[0].memory_mb = 127;
    bad[1].memory_mb = 10241;
    bad[2].concurrency_limit = 0;
    bad[3].concurrency_limit = 20001;
    bad[4].rate_limit = -1;
    bad[5].rate_limit = FAAS_RATE_MAX + 1;
    bad[6].scale_per_10s = FAAS_SCALE_MAX + 1;
    bad[7].idle_ns = 0;
    bad[8].timeout_ns = 0;
    bad[9].cold_factor_ppm = -1;
    bad[10].constant_ns = -1;
    bad[11].error_ppm = PPM_ONE + 1;
    bad[12].function_error_ppm = -1;
    bad[13].lose_ppm = PPM_ONE + 1;
    bad[14].late_ppm = -1;
    bad[15].late_factor = 0;
    for (int i = 0; i < CASES; i++)
        cr_assert_not(faas_config_good(&bad[i]), "case %d", i);
}
