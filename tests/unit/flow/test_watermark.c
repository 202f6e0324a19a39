/* The watermark gate: what may leave is never above a record that is still inside. */
#include "base/prng.h"
#include "flow/watermark.h"

#include <criterion/criterion.h>

Test(watermark, an_empty_gate_lets_it_through)
{
    struct watermark_gate g;
    watermark_init(&g);
    cr_assert_eq(watermark_advance(&g, 10), 10);
    cr_assert_eq(watermark_advance(&g, 12), 12);
}

Test(watermark, it_never_goes_back)
{
    struct watermark_gate g;
    watermark_init(&g);
    cr_assert_eq(watermark_advance(&g, 10), 10);
    cr_assert_eq(watermark_advance(&g, 5), 10);
}

Test(watermark, a_record_inside_holds_it_back)
{
    struct watermark_gate g;
    watermark_init(&g);
    cr_assert_eq(watermark_advance(&g, 10), 10);
    int epoch = watermark_enter(&g);
    for (int64_t w = 11; w < 20; w++)
        cr_assert_eq(watermark_advance(&g, w), 10);
    watermark_leave(&g, epoch, 1);
    cr_assert_eq(watermark_advance(&g, 20), 20);
}

Test(watermark, it_follows_while_records_keep_coming)
{
    struct watermark_gate g;
    watermark_init(&g);
    int epoch[100];
    int64_t out = INT64_MIN;
    for (int i = 0; i < 100; i++) { /* always three records inside */
        epoch[i] = watermark_enter(&g);
        if (i >= 3)
            watermark_leave(&g, epoch[i - 3], 1);
        out = watermark_advance(&g, i);
    }
    cr_assert(out > 85, "it went out up to %lld of 99", (long long)out);
}

/* Records whose event times are not below the watermark they came behind, leaving
 * in any order: whatever has been sent, none with an event time below it is inside. */
static void random_run(uint64_t seed)
{
    struct prng p = prng_split(seed, 0);
    struct watermark_gate g;
    struct {
        int64_t time_ms;
        int epoch;
    } inside[64];
    uint32_t count = 0;
    int64_t in_ms = 0, out_ms = INT64_MIN;
    watermark_init(&g);
    for (int n = 0; n < 2000; n++) {
        uint64_t what = prng_below(&p, 3);
        if (what == 0 && count < 64) {
            inside[count].time_ms = in_ms + (int64_t)prng_below(&p, 5);
            inside[count++].epoch = watermark_enter(&g);
        } else if (what == 1 && count > 0) {
            uint32_t i = (uint32_t)prng_below(&p, count);
            watermark_leave(&g, inside[i].epoch, 1);
            inside[i] = inside[--count];
        } else {
            in_ms += (int64_t)prng_below(&p, 4);
            int64_t w = watermark_advance(&g, in_ms);
            cr_assert(w >= out_ms && w <= in_ms);
            out_ms = w;
        }
        for (uint32_t i = 0; i < count; i++)
            cr_assert(inside[i].time_ms >= out_ms, "seed %llu: early", (unsigned long long)seed);
    }
    while (count > 0)
        watermark_leave(&g, inside[--count].epoch, 1);
    cr_assert_eq(watermark_advance(&g, in_ms), in_ms, "an empty gate has caught up");
}

Test(watermark, random_histories_are_never_early)
{
    for (uint64_t seed = 1; seed <= 200; seed++)
        random_run(seed);
}
