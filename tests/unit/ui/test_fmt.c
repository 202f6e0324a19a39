/* Figures as the screen writes them. */
#include "ui/fmt.h"

#include <criterion/criterion.h>

Test(fmt, rates_have_three_digits_at_most)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {{0, "0"},           {0.04, "0"},      {7.5, "7.5"},     {9.96, "10"},
                 {812, "812"},       {999.4, "999"},   {999.6, "1.0k"},  {8100, "8.1k"},
                 {48200, "48.2k"},   {99960, "100k"},  {612000, "612k"}, {999600, "1.00M"},
                 {1370000, "1.37M"}, {2.5e9, "2.50G"}, {-1, "n/a"},      {1e30, "1000000E"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_str_eq(fmt_si(cases[i].v).s, cases[i].text);
    cr_assert_str_eq(fmt_si(__builtin_nan("")).s, "n/a");
}

Test(fmt, counts_are_grouped)
{
    cr_assert_str_eq(fmt_grouped(0).s, "0");
    cr_assert_str_eq(fmt_grouped(999).s, "999");
    cr_assert_str_eq(fmt_grouped(9412006).s, "9,412,006");
    cr_assert_str_eq(fmt_grouped(UINT64_MAX).s, "18,446,744,073,709,551,615");
}

Test(fmt, clocks_show_hours_when_there_are_some)
{
    cr_assert_str_eq(fmt_clock(222000000000).s, "00:03:42");
    cr_assert_str_eq(fmt_clock_short(222000000000).s, "03:42");
    cr_assert_str_eq(fmt_clock_short(3600000000000).s, "01:00:00");
    cr_assert_str_eq(fmt_clock(-5).s, "00:00:00");
    fmt_clock(INT64_MAX);
}

Test(fmt, latencies_take_the_unit_that_fits)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{-1, "n/a"},
                 {0, "0ns"},
                 {850000, "850us"},
                 {3400000, "3.4ms"},
                 {184000000, "184ms"},
                 {999600000, "1.00s"},
                 {12500000000, "12.5s"},
                 {184000000000, "184s"},
                 {1802000000000, "30m02s"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_str_eq(fmt_latency(cases[i].ns).s, cases[i].text);
    fmt_latency(INT64_MAX);
}

Test(fmt, money_and_shares)
{
    cr_assert_str_eq(fmt_usd(0).s, "$0");
    cr_assert_str_eq(fmt_usd(18000000).s, "$0.018");
    cr_assert_str_eq(fmt_usd(12000).s, "$0.000012");
    cr_assert_str_eq(fmt_usd(1250000000).s, "$1.25");
    cr_assert_str_eq(fmt_usd(INT64_MAX).s, "$9,223,372,037");
    cr_assert_str_eq(fmt_usd(-1).s, "n/a");
    cr_assert_str_eq(fmt_percent(0.31).s, "31%");
    cr_assert_str_eq(fmt_percent(0.005).s, "0.5%");
    cr_assert_str_eq(fmt_percent(0).s, "0%");
    cr_assert_str_eq(fmt_percent(-1).s, "n/a");
    cr_assert_str_eq(fmt_seconds(-1).s, "n/a");
    cr_assert_str_eq(fmt_seconds(3.21).s, "3.2 s");
}
