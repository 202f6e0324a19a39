#include "faas/session.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define RUNS 2001

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static struct faas_config config_of(enum faas_language language, bool noisy)
{
    struct faas_config c;
    faas_config_init(&c);
    c.calibration = CALIBRATION_2023;
    c.language = language;
    c.noisy = noisy;
    c.session = true;
    return c;
}

static uint32_t draw(struct prng *p) { return (uint32_t)(prng_next(p) >> 32); }

Test(session, without_it_a_call_is_what_the_model_says)
{
    struct faas_config c = config_of(LANGUAGE_JAVA, false);
    struct session s;
    c.session = false;
    session_init(&s, 1);
    for (uint32_t q = 0; q < 100; q++)
        cr_assert_eq(session_warm_ns(&s, &c, 20, q << 25), faas_warm_ns(&c, 20, q << 25));
}

/* Published: quartiles of the first call minus the run's median, ms. */
Test(session, the_first_call_of_a_quiet_client_opens_a_connection)
{
    static const struct {
        enum faas_language language;
        int64_t p25, p50, p75;
    } published[] = {{LANGUAGE_JAVA, 41, 50, 93}, {LANGUAGE_PYTHON, 46, 60, 87}};
    for (int k = 0; k < 2; k++) {
        struct faas_config c = config_of(published[k].language, false);
        int64_t extra[RUNS];
        for (int i = 0; i < RUNS; i++) {
            struct session s;
            session_init(&s, (uint64_t)i);
            int64_t first = session_warm_ns(&s, &c, 5, UINT32_C(1) << 31);
            extra[i] = (first - session_warm_ns(&s, &c, 5, UINT32_C(1) << 31)) / NS_PER_MS;
        }
        qsort(extra, RUNS, sizeof *extra, ascending);
        cr_assert_leq(llabs(extra[RUNS / 4] - published[k].p25), 3);
        cr_assert_leq(llabs(extra[RUNS / 2] - published[k].p50), 3);
        cr_assert_leq(llabs(extra[RUNS * 3 / 4] - published[k].p75), 4);
    }
}

Test(session, a_call_tends_to_be_like_the_one_before)
{
    struct faas_config c = config_of(LANGUAGE_PYTHON, false);
    struct session s;
    struct prng p = prng_split(5, 5);
    int same = 0, calls = 20000;
    int64_t last = 0;
    session_init(&s, 3);
    for (int i = 0; i < calls; i++) {
        int64_t ns = session_warm_ns(&s, &c, 5, draw(&p));
        same += ns == last;
        last = ns;
    }
    cr_assert(same > calls * 14 / 100 && same < calls * 18 / 100, "%d", same);
}

/* Median over runs of a large batch, and its spread: sigma of the log 0.47 and 0.31. */
Test(session, large_batches_of_a_noisy_client_are_spread_by_run)
{
    static const struct {
        enum faas_language language;
        double median, p16, p84;
    } expected[] = {{LANGUAGE_JAVA, 346e6, .627, 1.595}, {LANGUAGE_PYTHON, 267e6, .735, 1.361}};
    for (int k = 0; k < 2; k++) {
        struct faas_config c = config_of(expected[k].language, true);
        int64_t ns[RUNS];
        struct prng p = prng_split(9, 9);
        for (int i = 0; i < RUNS; i++) {
            struct session s;
            session_init(&s, (uint64_t)i);
            ns[i] = session_warm_ns(&s, &c, 640, draw(&p));
        }
        qsort(ns, RUNS, sizeof *ns, ascending);
        double median = (double)ns[RUNS / 2] / expected[k].median;
        double low = (double)ns[RUNS * 16 / 100] / (double)ns[RUNS / 2];
        double high = (double)ns[RUNS * 84 / 100] / (double)ns[RUNS / 2];
        cr_assert(median > .95 && median < 1.05, "%g", median);
        cr_assert(low > expected[k].p16 * .9 && low < expected[k].p16 * 1.1, "%g", low);
        cr_assert(high > expected[k].p84 * .9 && high < expected[k].p84 * 1.1, "%g", high);
    }
}

Test(session, runs_of_a_noisy_client_differ_as_a_whole)
{
    struct faas_config c = config_of(LANGUAGE_JAVA, true);
    int64_t ns[RUNS];
    for (int i = 0; i < RUNS; i++) {
        struct session s;
        session_init(&s, (uint64_t)i);
        ns[i] = session_warm_ns(&s, &c, 40, UINT32_C(1) << 31);
        cr_assert_eq(ns[i], session_warm_ns(&s, &c, 40, UINT32_C(1) << 31));
    }
    qsort(ns, RUNS, sizeof *ns, ascending);
    double high = (double)ns[RUNS * 84 / 100] / (double)ns[RUNS / 2];
    cr_assert(high > 1.12 && high < 1.2, "%g", high); /* e^0.15 = 1.16 */
}
