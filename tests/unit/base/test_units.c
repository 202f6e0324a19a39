#include "base/prng.h"
#include "base/units.h"

#include <criterion/criterion.h>
#include <string.h>

static int64_t read_ok(enum unit unit, const char *text)
{
    int64_t value = -1;
    const char *why = NULL;
    cr_assert(units_read(unit, text, strlen(text), &value, &why), "%s: %s", text, why);
    cr_assert_null(why);
    return value;
}

static const char *read_bad(enum unit unit, const char *text)
{
    int64_t value = 77;
    const char *why = NULL;
    cr_assert_not(units_read(unit, text, strlen(text), &value, &why), "%s was read as %ld", text,
                  (long)value);
    cr_assert_not_null(why);
    cr_assert_eq(value, 77, "a refused text must not touch the value");
    return why;
}

static const char *written(enum unit unit, int64_t value)
{
    static char text[48];
    size_t n = units_write(unit, value, text, sizeof text);
    cr_assert_eq(n, strlen(text));
    return text;
}

Test(units, durations_are_read_to_the_nanosecond)
{
    cr_assert_eq(read_ok(UNIT_DURATION, "250us"), 250000);
    cr_assert_eq(read_ok(UNIT_DURATION, "20ms"), 20000000);
    cr_assert_eq(read_ok(UNIT_DURATION, "1.5s"), 1500000000);
    cr_assert_eq(read_ok(UNIT_DURATION, "5m"), 300 * NS_PER_S);
    cr_assert_eq(read_ok(UNIT_DURATION, "0.5h"), 1800 * NS_PER_S);
    cr_assert_eq(read_ok(UNIT_DURATION, "7ns"), 7);
    cr_assert_eq(read_ok(UNIT_DURATION, "0"), 0);
    cr_assert_eq(read_ok(UNIT_DURATION, "0.000000001s"), 1);
    cr_assert_eq(read_ok(UNIT_DURATION, "1.0000000000000000000000000000s"), NS_PER_S);
    cr_assert_eq(read_ok(UNIT_DURATION, "9223372036854775807ns"), INT64_MAX);
}

Test(units, rates_are_read_with_and_without_a_suffix)
{
    cr_assert_eq(read_ok(UNIT_RATE, "800"), 800000);
    cr_assert_eq(read_ok(UNIT_RATE, "48.2k"), 48200000);
    cr_assert_eq(read_ok(UNIT_RATE, "1.37M"), 1370000000);
    cr_assert_eq(read_ok(UNIT_RATE, "1G"), INT64_C(1000000000000));
    cr_assert_eq(read_ok(UNIT_RATE, "48.2k/s"), 48200000);
    cr_assert_eq(read_ok(UNIT_RATE, "0.5/s"), 500);
}

Test(units, ratios_factors_money_sizes_counts)
{
    cr_assert_eq(read_ok(UNIT_RATIO, "85%"), 850000);
    cr_assert_eq(read_ok(UNIT_RATIO, "0.85"), 850000);
    cr_assert_eq(read_ok(UNIT_RATIO, "1"), 1000000);
    cr_assert_eq(read_ok(UNIT_RATIO, "1.0"), 1000000);
    cr_assert_eq(read_ok(UNIT_RATIO, "0"), 0);
    cr_assert_eq(read_ok(UNIT_RATIO, "0.0001%"), 1);
    cr_assert_eq(read_ok(UNIT_FACTOR, "2"), 2000000);
    cr_assert_eq(read_ok(UNIT_FACTOR, "x2.2"), 2200000);
    cr_assert_eq(read_ok(UNIT_FACTOR, "0.5"), 500000);
    cr_assert_eq(read_ok(UNIT_USD, "0.01"), 10000000);
    cr_assert_eq(read_ok(UNIT_USD, "$0.01"), 10000000);
    cr_assert_eq(read_ok(UNIT_SIZE, "64KiB"), 65536);
    cr_assert_eq(read_ok(UNIT_SIZE, "6MB"), 6000000);
    cr_assert_eq(read_ok(UNIT_SIZE, "1.5KiB"), 1536);
    cr_assert_eq(read_ok(UNIT_COUNT, "50"), 50);
    cr_assert_eq(read_ok(UNIT_COUNT, "1.5k"), 1500);
}

Test(units, a_bare_number_above_one_is_no_ratio)
{
    cr_assert_str_eq(read_bad(UNIT_RATIO, "85"), "a ratio is written 85% or 0.85");
    cr_assert_str_eq(read_bad(UNIT_RATIO, "1.5"), "a ratio is written 85% or 0.85");
    cr_assert_str_eq(read_bad(UNIT_RATIO, "1.0000001"), "a ratio is written 85% or 0.85");
    cr_assert_str_eq(read_bad(UNIT_RATIO, "85k"), "a ratio is written 85% or 0.85");
}

Test(units, a_duration_needs_its_unit)
{
    cr_assert_str_eq(read_bad(UNIT_DURATION, "20"), "needs a unit: 20ms, 1.5s");
    cr_assert_str_eq(read_bad(UNIT_DURATION, "0.5"), "needs a unit: 20ms, 1.5s");
    read_bad(UNIT_DURATION, "20MS");
    read_bad(UNIT_DURATION, "20msx");
    read_bad(UNIT_DURATION, "5min");
}

Test(units, what_is_not_a_plain_decimal_is_refused_everywhere)
{
    static const char *const bad[] = {
        "",    "+5",   "-5",  "-0",    ".5",    "5.",  "1e3", "1e999",    "1E3",  "inf",
        "nan", "0x10", "1,5", "1 000", " 5",    "5 ",  "5\t", "1.2.3",    "..",   "abc",
        "%",   "k",    "x",   "$",     "1_000", "5\n", "--5", "\xc2\xb5", "5ms5", "$$5",
    };
    for (int unit = UNIT_COUNT; unit <= UNIT_NAME; unit++)
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
            read_bad((enum unit)unit, bad[i]);
}

Test(units, a_nul_byte_inside_is_not_the_end)
{
    int64_t value = 0;
    const char *why = NULL;
    cr_assert_not(units_read(UNIT_COUNT, "5\0", 2, &value, &why));
    cr_assert_not(units_read(UNIT_DURATION, "5\0ms", 4, &value, &why));
    cr_assert_not(units_read(UNIT_RATE, "5ms", 2, &value, &why)); /* len ends before the s */
    cr_assert(units_read(UNIT_COUNT, "57", 1, &value, &why));
    cr_assert_eq(value, 5);
}

Test(units, overflow_is_refused_at_the_first_value_that_does_not_fit)
{
    cr_assert_str_eq(read_bad(UNIT_DURATION, "9223372036854775808ns"), "too large");
    cr_assert_str_eq(read_bad(UNIT_DURATION, "9223372036.854775808s"), "too large");
    cr_assert_eq(read_ok(UNIT_DURATION, "9223372036.854775807s"), INT64_MAX);
    cr_assert_str_eq(read_bad(UNIT_COUNT, "18446744073709551616"), "too large");
    cr_assert_str_eq(read_bad(UNIT_COUNT, "18446744073709551617"), "too large");
    cr_assert_str_eq(read_bad(UNIT_DURATION, "9999999h"), "too large");
    char digits[4000];
    memset(digits, '9', sizeof digits);
    int64_t value = 0;
    const char *why = NULL;
    cr_assert_not(units_read(UNIT_COUNT, digits, sizeof digits, &value, &why));
    cr_assert_str_eq(why, "too large");
}

Test(units, nothing_is_rounded)
{
    cr_assert_str_eq(read_bad(UNIT_DURATION, "1.5ns"), "finer than 1ns");
    cr_assert_str_eq(read_bad(UNIT_RATIO, "0.00001%"), "finer than 0.0001%");
    cr_assert_str_eq(read_bad(UNIT_RATE, "0.0001"), "finer than 0.001 a second");
    cr_assert_str_eq(read_bad(UNIT_COUNT, "1.5"), "must be a whole number");
    cr_assert_str_eq(read_bad(UNIT_SIZE, "0.1KiB"), "not a whole number of bytes");
    cr_assert_str_eq(read_bad(UNIT_DURATION, "0.0000000000000000000000000001s"), "finer than 1ns");
}

Test(units, values_are_written_as_people_write_them)
{
    cr_assert_str_eq(written(UNIT_DURATION, 20 * NS_PER_MS), "20ms");
    cr_assert_str_eq(written(UNIT_DURATION, 100 * NS_PER_MS), "100ms");
    cr_assert_str_eq(written(UNIT_DURATION, 1500 * NS_PER_MS), "1.5s");
    cr_assert_str_eq(written(UNIT_DURATION, 90 * NS_PER_S), "90s");
    cr_assert_str_eq(written(UNIT_DURATION, 600 * NS_PER_S), "10m");
    cr_assert_str_eq(written(UNIT_DURATION, 3600 * NS_PER_S), "1h");
    cr_assert_str_eq(written(UNIT_DURATION, 0), "0");
    cr_assert_str_eq(written(UNIT_DURATION, TIME_NEVER), "9223372036.854775807s");
    cr_assert_str_eq(written(UNIT_RATE, 800000), "800");
    cr_assert_str_eq(written(UNIT_RATE, 48200000), "48.2k");
    cr_assert_str_eq(written(UNIT_RATE, 1370000000), "1.37M");
    cr_assert_str_eq(written(UNIT_RATE, 1), "0.001");
    cr_assert_str_eq(written(UNIT_RATIO, 850000), "85%");
    cr_assert_str_eq(written(UNIT_RATIO, 1), "0.0001%");
    cr_assert_str_eq(written(UNIT_FACTOR, 2200000), "x2.2");
    cr_assert_str_eq(written(UNIT_USD, 10000000), "$0.01");
    cr_assert_str_eq(written(UNIT_SIZE, 65536), "64KiB");
    cr_assert_str_eq(written(UNIT_SIZE, 6000000), "6MB");
    cr_assert_str_eq(written(UNIT_COUNT, 10000), "10000");
    cr_assert_str_eq(written(UNIT_DURATION, -20 * NS_PER_MS), "-20ms");
}

Test(units, what_is_written_is_read_back_as_the_same_value)
{
    struct prng prng = prng_split(7, 0);
    for (int i = 0; i < 200000; i++) {
        int64_t value = (int64_t)(prng_next(&prng) >> (1 + prng_below(&prng, 63)));
        for (uint64_t zeros = prng_below(&prng, 12); zeros > 0 && value < INT64_MAX / 10; zeros--)
            value *= 10;
        enum unit unit = (enum unit)prng_below(&prng, UNIT_NAME);
        cr_assert_eq(read_ok(unit, written(unit, value)), value, "unit %d: %s", unit,
                     written(unit, value));
    }
    for (int unit = UNIT_COUNT; unit < UNIT_NAME; unit++) {
        cr_assert_eq(read_ok((enum unit)unit, written((enum unit)unit, INT64_MAX)), INT64_MAX);
        cr_assert_eq(read_ok((enum unit)unit, units_example((enum unit)unit)) > 0, 1);
    }
}

Test(units, a_small_buffer_is_never_overrun)
{
    char text[8] = "#######";
    cr_assert_eq(units_write(UNIT_DURATION, 1234567891, text, 5), 4);
    cr_assert_str_eq(text, "1.23");
    cr_assert_eq(text[5], '#');
    cr_assert_eq(units_write(UNIT_DURATION, 5, text, 1), 0);
    cr_assert_str_eq(text, "");
}

Test(units, even_the_longest_text_fits_48_bytes)
{
    char text[48];
    for (int unit = UNIT_COUNT; unit <= UNIT_NAME; unit++) {
        cr_assert_lt(units_write((enum unit)unit, INT64_MIN, text, sizeof text), 48);
        cr_assert_eq(text[0], '-');
    }
}
