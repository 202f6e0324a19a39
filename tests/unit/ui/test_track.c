/* Histograms over time: any range is merged from differences. */
#include "ui/track.h"

#include "base/units.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct track t;
static struct hist *all, *got, *expected;

static void begin(void)
{
    cr_assert(track_open(&t));
    all = calloc(1, sizeof *all);
    got = calloc(1, sizeof *got);
    expected = calloc(1, sizeof *expected);
    hist_reset(all);
    hist_reset(got);
    hist_reset(expected);
}

static void end(void)
{
    track_close(&t);
    free(all);
    free(got);
    free(expected);
}

TestSuite(track, .init = begin, .fini = end);

/* The value of record k of tick i: all over four decades. */
static int64_t value(int i, int k)
{
    uint64_t x = ((uint64_t)i * 1000003 + (uint64_t)k) * UINT64_C(0x9E3779B97F4A7C15);
    return (int64_t)((x >> 40) % 9000 + 1) * ((x >> 20) % 7 == 0 ? 10000000 : 10000);
}

/* Ticks of 100 ms: tick i ends at i * 100 ms. */
static void run(int from, int to, int records)
{
    for (int i = from; i <= to; i++) {
        for (int k = 0; k < records; k++)
            hist_add(all, value(i, k), 1);
        track_push(&t, i * 100 * NS_PER_MS, all);
    }
}

static void expect(int from, int to, int records)
{
    hist_reset(expected);
    for (int i = from + 1; i <= to; i++)
        for (int k = 0; k < records; k++)
            hist_add(expected, value(i, k), 1);
    hist_reset(got);
    track_merge(&t, from * 100 * NS_PER_MS, to * 100 * NS_PER_MS, got);
    cr_assert_eq(got->count, expected->count, "%d…%d: %llu instead of %llu", from, to,
                 (unsigned long long)got->count, (unsigned long long)expected->count);
    for (uint32_t i = 0; i < HIST_BUCKETS; i++)
        cr_assert_eq(got->bucket[i], expected->bucket[i], "bucket %u", i);
    cr_assert(got->sum == expected->sum);
    for (int64_t ppm = 0; ppm < 1000000; ppm += 9973)
        cr_assert_eq(hist_index(hist_quantile(got, ppm)), hist_index(hist_quantile(expected, ppm)));
}

Test(track, a_range_has_exactly_its_records)
{
    run(1, 100, 9);
    expect(0, 100, 9);
    expect(40, 60, 9);
    expect(41, 42, 9);
    expect(99, 100, 9); /* the slot that still grows */
    expect(60, 60, 9);
}

Test(track, ranges_add_up)
{
    run(1, 600, 5);
    uint64_t sum = 0;
    for (int i = 0; i < 600; i += 7) {
        hist_reset(got);
        track_merge(&t, i * 100 * NS_PER_MS, (i + 7) * 100 * NS_PER_MS, got);
        sum += got->count;
    }
    cr_assert_eq(sum, 3000, "no record twice, none left out");
}

Test(track, percentiles_of_a_long_range_are_those_of_all_its_records)
{
    run(1, 3600, 3); /* six minutes: the finest grain no longer has the first */
    expect(0, 3600, 3);
    expect(600, 1800, 3);
}

Test(track, an_hour_is_kept_and_the_memory_stays)
{
    size_t bytes = track_bytes(&t);
    run(1, 36000, 4);
    cr_assert_eq(track_bytes(&t), bytes);
    cr_assert_leq(bytes, 4 << 20);
    expect(0, 36000, 4);
    expect(100, 700, 4);
    expect(35990, 36000, 4);
}

/* More kinds of latencies than the finer grains have room for. */
Test(track, when_room_is_short_the_finest_of_the_oldest_goes_first)
{
    run(1, 36000, 40);
    hist_reset(got);
    track_merge(&t, 0, 3600 * NS_PER_S, got);
    cr_assert_eq(got->count, 36000 * 40, "the whole hour, at ten seconds' grain");
    expect(35900, 36000, 40);
    cr_assert_gt(t.grain[0].known_from_ns, t.grain[1].known_from_ns);
    cr_assert_gt(t.grain[1].known_from_ns, t.grain[2].known_from_ns);
}

Test(track, a_narrow_range_far_back_is_the_slot_that_holds_it)
{
    run(1, 6000, 2);
    hist_reset(got);
    track_merge(&t, 10000 * NS_PER_MS, 10400 * NS_PER_MS, got);
    cr_assert_eq(got->count, 20, "the second around it");
}

Test(track, a_histogram_that_starts_anew_loses_nothing)
{
    run(1, 10, 4);
    hist_reset(all);
    for (int k = 0; k < 3; k++)
        hist_add(all, 5000, 1);
    track_push(&t, 11 * 100 * NS_PER_MS, all);
    hist_reset(got);
    track_merge(&t, NS_PER_S, 1100 * NS_PER_MS, got);
    cr_assert_eq(got->count, 3);
    track_reset(&t);
    hist_reset(got);
    track_merge(&t, 0, 10 * NS_PER_S, got);
    cr_assert_eq(got->count, 0);
}

Test(track, the_largest_value_is_exact)
{
    hist_add(all, 123456789, 1);
    track_push(&t, 100 * NS_PER_MS, all);
    hist_add(all, 5, 1);
    track_push(&t, 200 * NS_PER_MS, all);
    hist_reset(got);
    track_merge(&t, 0, 100 * NS_PER_MS, got);
    cr_assert_eq(got->max, 123456789);
    hist_reset(got);
    track_merge(&t, 100 * NS_PER_MS, 200 * NS_PER_MS, got);
    cr_assert_eq(got->max, 5);
}
