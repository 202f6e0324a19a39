/* The generator against the reference's own output: whole lines, sums of 20,000
 * lines, and the vectors of its random numbers. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/sha256.h"
#include "workload/lcg.h"
#include "workload/nexmark.h"
#include "workload/nexmark_price.h"
#include "workload/nexmark_text.h"

static unsigned char line[NEXMARK_TEXT_MAX + 128];

static struct nexmark generator(enum nexmark_profile profile)
{
    return (struct nexmark){.profile = profile, .group = 1};
}

static void expect_golden(const char *path, struct nexmark g, int lines)
{
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s: run the tests from the top of the project", path);
    char *want = NULL;
    size_t size = 0;
    int k = 0;
    for (; getline(&want, &size, file) > 0; k++) {
        uint32_t length = nexmark_golden_line(&g, (uint64_t)k, line);
        cr_assert_eq(length, strlen(want), "%s:%d", path, k + 1);
        cr_assert(memcmp(line, want, length) == 0, "%s:%d: %.*s", path, k + 1, (int)length,
                  (char *)line);
    }
    cr_assert_eq(k, lines, "%s has %d lines", path, k);
    free(want);
    fclose(file);
}

static void expect_sum(struct nexmark g, const char *want)
{
    struct sha256 sum;
    sha256_init(&sum);
    for (uint64_t k = 0; k < 20000; k++)
        sha256_add(&sum, line, nexmark_golden_line(&g, k, line));
    char hex[65];
    sha256_end(&sum, hex);
    cr_assert_str_eq(hex, want);
}

Test(nexmark, golden_lines)
{
    expect_golden("tests/golden/nexmark_beam.jsonl", generator(NEXMARK_BEAM), 200);
    expect_golden("tests/golden/nexmark_ext.jsonl", generator(NEXMARK_EXT), 200);
    expect_golden("tests/golden/nexmark_mix.jsonl", generator(NEXMARK_MIX), 200);
}

Test(nexmark, golden_lines_out_of_order)
{
    struct nexmark g = generator(NEXMARK_BEAM);
    g.group = 1000;
    expect_golden("tests/golden/nexmark_ooo1000.jsonl", g, 60);
}

Test(nexmark, sums_of_20000_lines)
{
    expect_sum(generator(NEXMARK_BEAM),
               "4eff0b45039a6fcd91721bb45dbf009484488bfb9372e24bdf7534810c234bcc");
    expect_sum(generator(NEXMARK_EXT),
               "388f75c88b5f83f90314b0180fb7abc4a724b8aaf49384e79b01f67bc29aab4b");
    expect_sum(generator(NEXMARK_MIX),
               "0c91bc2dab41c6afc501ad2dd76e756aedfbfdf702385a430c4e44e82b7c5fdd");
}

/* Field `name` of the line, as a number. */
static long long field(const char *name)
{
    char key[40];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr((char *)line, key);
    cr_assert_not_null(at, "%s in %s", name, (char *)line);
    return atoll(at + strlen(key));
}

static void write_line(const struct nexmark *g, uint64_t k)
{
    line[nexmark_golden_line(g, k, line)] = 0;
}

Test(nexmark, first_ids_and_numbers_move_the_stream)
{
    struct nexmark g = generator(NEXMARK_BEAM);
    g.first_event_id = 1;
    g.first_event_number = 1;
    write_line(&g, 0); /* Flink's default: its first event has id 2 */
    cr_assert_eq(field("n"), 0);
    cr_assert_eq(field("event_id"), 2);
    cr_assert_eq(field("id"), 1001);
    g.first_event_id = 5000;
    g.first_event_number = 120000;
    write_line(&g, 7);
    cr_assert_eq(field("event_id"), 125007);
    cr_assert_eq(field("ts"), 12000); /* time follows the number, not the id */
}

Test(nexmark, a_group_is_a_permutation_of_itself)
{
    struct nexmark g = generator(NEXMARK_MIX);
    g.group = 100;
    g.first_event_number = 30; /* starts inside a group */
    bool seen[400] = {false};
    for (uint64_t k = 0; k < 370; k++) {
        uint64_t m = nexmark_number(&g, k);
        cr_assert_eq(m / 100, (k + 30) / 100);
        cr_assert_eq(nexmark_group_first(&g, k), (k + 30) / 100 * 100);
        cr_assert_not(seen[m]);
        seen[m] = true;
    }
    g.group = 953 * 2;
    cr_assert_not(nexmark_valid(&g));
    g.group = 0;
    cr_assert_not(nexmark_valid(&g));
    g.group = 1;
    cr_assert(nexmark_valid(&g));
}

Test(nexmark, the_user_seed_changes_mix_only)
{
    unsigned char other[NEXMARK_TEXT_MAX + 128];
    for (int profile = 0; profile < NEXMARK_PROFILES; profile++) {
        struct nexmark a = generator((enum nexmark_profile)profile);
        struct nexmark b = a;
        b.seed = 7;
        uint32_t length = nexmark_golden_line(&a, 1234, line);
        bool same =
            length == nexmark_golden_line(&b, 1234, other) && memcmp(line, other, length) == 0;
        cr_assert_eq(same, profile != NEXMARK_MIX);
    }
}

/* The key is known before the text is made, and is what the text says. */
Test(nexmark, numbers_agree_with_text)
{
    struct nexmark g = generator(NEXMARK_MIX);
    static const char *const names[] = {"id", "id", "auction"};
    for (uint64_t k = 0; k < 20000; k++) {
        uint64_t id = k * 7919 + (k << 40);
        struct nexmark_event e;
        nexmark_numbers(&g, id, 1436918400123, 166, &e);
        uint32_t length = nexmark_text(&g, &e, line);
        cr_assert_lt(length, NEXMARK_TEXT_MAX - 64);
        line[length] = 0;
        cr_assert_eq(line[0], '{');
        cr_assert_eq(line[length - 1], '}');
        cr_assert_eq((uint64_t)field(names[e.type]), e.key);
        cr_assert_eq(field("dateTime"), 1436918400123);
        if (e.type == NEXMARK_AUCTION) {
            long long open_ms = field("expires") - field("dateTime");
            cr_assert(open_ms >= 1 && open_ms <= 332);
        }
    }
}

Test(nexmark, horizon_is_the_time_of_1666_events)
{
    cr_assert_eq(nexmark_horizon_ms(0, 10000000), 166);      /* 166.6 ms at 10 k/s */
    cr_assert_eq(nexmark_horizon_ms(400000, 10000000), 167); /* 0.4 ms later: one more edge */
    cr_assert_eq(nexmark_horizon_ms(0, 1000000), 1666);
    cr_assert_eq(nexmark_horizon_ms(5, INT64_C(1000000000000)), 0);
    cr_assert_eq(nexmark_horizon_ms(0, 1), INT64_C(1666000000));
    cr_assert_eq(nexmark_horizon_ms(0, 0), 0);
}

/* At a thousandth of an event a second the horizon passes 2^31 ms, and the draw of
 * `expires` is the long one. */
Test(nexmark, huge_horizons_stay_inside)
{
    struct nexmark g = generator(NEXMARK_BEAM);
    int64_t horizon_ms = nexmark_horizon_ms(0, 1);
    long long longest = 0;
    for (uint64_t k = 0; k < 3000; k++) {
        struct nexmark_event e;
        nexmark_numbers(&g, 50 * k + 1, 0, horizon_ms, &e);
        line[nexmark_text(&g, &e, line)] = 0;
        long long expires = field("expires");
        cr_assert(expires >= 1 && expires <= 2 * horizon_ms);
        longest = expires > longest ? expires : longest;
    }
    cr_assert_gt(longest, INT32_MAX);
}

Test(nexmark, rare_channels)
{
    static const struct {
        uint32_t channel, reversed;
    } cases[] = {{0, 0}, {1, 0x80000000}, {2, 1073741824}, {9999, 0xF0E40000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_eq(reverse_32(cases[i].channel), cases[i].reversed);
    /* Absolute values as the urls show them: |int| of 9999's is 253493248. */
    cr_assert_eq(0 - reverse_32(9999), 253493248);
}

Test(nexmark, decimal_numbers)
{
    static const uint64_t edges[] = {0,
                                     9,
                                     10,
                                     99,
                                     100,
                                     12345678,
                                     99999999,
                                     100000000,
                                     100000001,
                                     1000000070000000,
                                     9999999999999999,
                                     10000000000000000,
                                     UINT64_MAX};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        char want[32];
        snprintf(want, sizeof want, "%llu", (unsigned long long)edges[i]);
        *put_number(line, edges[i]) = 0;
        cr_assert_str_eq((char *)line, want);
    }
    for (uint32_t v = 0; v < 10000; v++) {
        char want[16];
        snprintf(want, sizeof want, "%04u", v);
        *put_four_digits(line, v) = 0;
        cr_assert_str_eq((char *)line, want);
    }
}

/* `extra` one character at a time, as the rule says it. */
static size_t slow_exact(char *out, uint64_t draw, uint32_t length)
{
    size_t size = 0;
    int32_t v = 0;
    for (uint32_t i = 0; i < length; i++) {
        if (i % 6 == 0)
            v = lcg_int(&draw);
        char c = (char)('a' + v % 26);
        v /= 26;
        if (c == '\\')
            out[size++] = '\\';
        out[size++] = c;
    }
    return size;
}

Test(nexmark, extra_of_every_length)
{
    static char want[1024];
    for (uint32_t length = 0; length < 400; length++)
        for (uint64_t seed = 0; seed < 50; seed++) {
            uint64_t draw = lcg_seed(seed * 104729 + length);
            size_t size = slow_exact(want, draw, length);
            cr_assert_eq(put_exact(line, draw, length), line + size);
            cr_assert(memcmp(line, want, size) == 0, "length %u seed %lu", length, seed);
        }
}

Test(nexmark, random_numbers_of_the_reference)
{
    uint64_t s = lcg_seed(0);
    cr_assert_eq(lcg_int(&s), -1155484576);
    cr_assert_eq(lcg_int(&s), -723955400);
    cr_assert_eq(lcg_int(&s), 1033096058);
    s = lcg_seed(42);
    cr_assert_eq(lcg_int(&s), -1170105035);
    cr_assert_eq(lcg_int(&s), 234785527);
    cr_assert_eq(lcg_int(&s), -1360544799);
    static const struct {
        uint64_t seed;
        uint32_t bound, draw[6];
    } cases[] = {{0, 11, {0, 6, 8, 5, 6, 2}},
                 {0, 4, {2, 3, 0, 2, 2, 1}},
                 {42, 11, {7, 4, 8, 5, 3, 8}},
                 {42, 4, {2, 0, 2, 0, 1, 3}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        s = lcg_seed(cases[i].seed);
        for (int j = 0; j < 6; j++)
            cr_assert_eq(lcg_bounded(&s, cases[i].bound), cases[i].draw[j]);
    }
    s = lcg_seed(0);
    cr_assert_eq((double)lcg_bits53(&s) * 0x1p-53, 0.730967787376657);
    cr_assert_eq((double)lcg_bits53(&s) * 0x1p-53, 0.24053641567148587);
    s = lcg_seed(42);
    cr_assert_eq((double)lcg_bits53(&s) * 0x1p-53, 0.7275636800328681);
    s = lcg_seed(0);
    cr_assert_eq(lcg_long(&s), INT64_C(-4962768465676381896));
}

/* The last, uneven stretch of 2^31 is drawn again: with a bound just above 2^30
 * that is nearly half of all draws. */
Test(nexmark, uneven_draws_are_repeated)
{
    uint32_t bound = (UINT32_C(1) << 30) + 1;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        uint64_t s = lcg_seed(seed);
        uint64_t slow = lcg_seed(seed);
        uint32_t u;
        do
            u = (uint32_t)(lcg_step(&slow) >> 33);
        while (u >= bound); /* one whole stretch fits into 2^31, no second one */
        cr_assert_eq(lcg_bounded(&s, bound), u);
        cr_assert_eq(s, slow);
    }
}

Test(nexmark, prices_are_those_of_pow)
{
    cr_assert_eq(nexmark_price(0), 100);
    cr_assert_eq(nexmark_price((UINT64_C(1) << 53) - 1), 100000000);
    uint64_t s = 1;
    for (int i = 0; i < 1000000; i++) {
        s = s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t m = s >> 11;
        double want = floor(pow(10.0, (double)m * 0x1p-53 * 6.0) * 100.0 + 0.5);
        cr_assert_eq(nexmark_price(m), (uint64_t)want, "m = %lu", m);
    }
}

Test(nexmark, reference_times)
{
    cr_assert_eq(nexmark_reference_ms(12345, 10000), 1234);
    cr_assert_eq(nexmark_reference_ms(2999999, 10000), 299999);
    cr_assert_eq(nexmark_reference_ms(7, 3), 2333); /* a period of 333333 us */
}
