#include "cloud/faults.h"

#include <criterion/criterion.h>
#include <string.h>

Test(faults, are_read_as_they_are_written)
{
    const struct {
        const char *text;
        enum faas_fault fault;
        int64_t value, for_ns;
    } good[] = {
        {"error 20% 10s", FAULT_ERROR, 200000, 10 * NS_PER_S},
        {"  latency\tx3 \n", FAULT_LATENCY, 3000000, TIME_NEVER},
        {"throttle 5s", FAULT_THROTTLE, 0, 5 * NS_PER_S},
        {"throttle", FAULT_THROTTLE, 0, TIME_NEVER},
        {"die-after-execute 0.05 1m", FAULT_DIE, 50000, 60 * NS_PER_S},
        {"wrong-ids 100%", FAULT_WRONG_IDS, 1000000, TIME_NEVER},
        {"cut off", FAULT_CUT, 0, 0},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct fault_order o;
        struct err e = {0};
        cr_assert_eq(faults_read(good[i].text, &o, &e), 0, "%s: %s", good[i].text, e.text);
        cr_assert(!o.off && o.fault == good[i].fault && o.value == good[i].value &&
                      o.for_ns == good[i].for_ns,
                  "%s", good[i].text);
    }
    struct fault_order o;
    struct err e = {0};
    cr_assert_eq(faults_read("off", &o, &e), 0);
    cr_assert(o.off);
}

Test(faults, what_is_wrong_gets_a_sentence)
{
    const char *bad[] = {"",
                         "eror 10%",
                         "error",
                         "error 101%",
                         "error 5",
                         "error 10% ten",
                         "error 10% 1s x",
                         "throttle 10%",
                         "latency x-1",
                         "error off 1s",
                         "off now",
                         "latency",
                         "cut 10% 10"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fault_order o;
        struct err e = {0};
        cr_assert_eq(faults_read(bad[i], &o, &e), ERR_BAD, "%s", bad[i]);
        cr_assert_gt(strlen(e.text), 5);
    }
    char long_one[500];
    memset(long_one, 'x', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = '\0';
    struct fault_order o;
    struct err e = {0};
    cr_assert_eq(faults_read(long_one, &o, &e), ERR_BAD);
}

Test(faults, hit_as_often_as_they_say_until_their_time)
{
    struct faults f;
    struct prng prng = prng_split(1, 1);
    int hits = 0, others = 0;
    faults_clear(&f);
    faults_set(&f, FAULT_CUT, 250000, 1000);
    for (int i = 0; i < 10000; i++) {
        struct fault_draws d;
        faults_draw(&prng, &d);
        hits += faults_hit(&f, &d, FAULT_CUT, 0, 999);
        others += faults_hit(&f, &d, FAULT_CUT, 0, 1000) + faults_hit(&f, &d, FAULT_DIE, 0, 999);
    }
    cr_assert(hits > 2350 && hits < 2650, "%d", hits);
    cr_assert_eq(others, 0);
}

Test(faults, one_shifts_no_others_numbers)
{
    struct prng a = prng_split(9, 0), b = prng_split(9, 0);
    struct fault_draws x, y;
    memset(&x, 0, sizeof x);
    memset(&y, 0, sizeof y);
    faults_draw(&a, &x);
    faults_draw(&b, &y);
    cr_assert_eq(memcmp(&x, &y, sizeof x), 0);
    cr_assert_eq(a.state, b.state);
}
