#include "lab/metric.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(metric, every_value_is_written_and_read_back)
{
    static const int64_t values[] = {0, 1, -1, 999, 1000, -123456, INT64_C(9000000000000000000)};
    for (int i = 0; i < metric_count(); i++)
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            char text[40];
            int64_t back = 77;
            metric_write(metric_at(i), values[k], text, sizeof text);
            cr_assert(metric_read(metric_at(i), text, &back), "%s", text);
            cr_assert_eq(back, values[k]);
        }
}

Test(metric, what_is_no_number_of_its_digits_is_refused)
{
    const struct metric *ms = metric_at(metric_find("latency_mean_ms"));
    static const char *const bad[] = {
        "-", ".", "1", "1.5", "1.2345", "1.5.5", "x", "1.50x", "99999999999999999999.000"};
    int64_t v;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(metric_read(ms, bad[i], &v), "%s", bad[i]);
}

Test(metric, names_are_unique_and_found)
{
    for (int i = 0; i < metric_count(); i++)
        cr_assert_eq(metric_find(metric_at(i)->name), i, "%s", metric_at(i)->name);
    cr_assert_eq(metric_find("latency"), -1);
    cr_assert_str_eq(metric_nearest("latency_mean"), "latency_mean_ms");
}

Test(metric, a_family_has_its_quantiles_in_order)
{
    static const char *const part[FAMILY_SIZE] = {"min", "p25", "p50", "p75", "p95", "max"};
    static const char *const family[] = {"batch", "latency"};
    for (int f = 0; f < 2; f++) {
        char name[64];
        snprintf(name, sizeof name, "%s_ms", family[f]);
        int first = metric_find_family(name);
        cr_assert_geq(first, 0);
        for (int i = 0; i < FAMILY_SIZE; i++) {
            snprintf(name, sizeof name, "%s_%s_ms", family[f], part[i]);
            cr_assert_str_eq(metric_at(first + i)->name, name);
        }
    }
    cr_assert_eq(metric_find_family("call_ms"), -1);
}

Test(metric, what_a_run_has_none_of_is_an_empty_text_and_read_back)
{
    const struct metric *m = metric_at(metric_find("latency_p99_ms"));
    char text[40] = "x";
    int64_t value = 1;
    cr_assert_eq(metric_write(m, METRIC_NONE, text, sizeof text), 0);
    cr_assert_str_eq(text, "");
    cr_assert(metric_read(m, text, &value));
    cr_assert_eq(value, METRIC_NONE);
    cr_assert(metric_read(m, "0.000", &value));
    cr_assert_eq(value, 0);
    cr_assert_not(metric_read(m, "-", &value));
}
