#include "control/knob.h"
#include "control/policy.h"

#include <criterion/criterion.h>
#include <string.h>

static int64_t read_ok(enum knob i, const char *text)
{
    char why[300] = "";
    int64_t value = -1;
    cr_assert(knob_read(i, text, strlen(text), &value, why, sizeof why), "%s", why);
    return value;
}

static const char *read_bad(enum knob i, const char *text)
{
    static char why[300];
    int64_t value = 0;
    cr_assert_not(knob_read(i, text, strlen(text), &value, why, sizeof why), "%s", text);
    return why;
}

/* The table of contracts.md 4, as it is written there. */
static const struct {
    enum knob knob;
    const char *name, *preset, *min, *max;
} row[] = {
    {KNOB_INTERVAL, "interval", "100ms", "10ms", "60s"},
    {KNOB_BATCH, "batch", "50", "1", "10000"},
    {KNOB_LINGER, "linger", "20ms", "0", "60s"},
    {KNOB_CONCURRENCY, "concurrency", "100", "1", "10000"},
    {KNOB_BURST_MAX, "burst_max", "100%", "0%", "100%"},
    {KNOB_LOAD, "load", "1", "0", "1000"},
    {KNOB_INPUT_THRESHOLD, "input_threshold", "500", "0", "1000000000"},
    {KNOB_BUSY_THRESHOLD, "busy_threshold", "6%", "0%", "100%"},
    {KNOB_BUSY_ON, "busy_on", "85%", "0%", "100%"},
    {KNOB_BUSY_OFF, "busy_off", "70%", "0%", "100%"},
    {KNOB_DRAIN_TIME, "drain_time", "5s", "100ms", "10m"},
    {KNOB_SLO, "slo", "250ms", "1ms", "1h"},
    {KNOB_HEAD_DEADLINE, "head_deadline", "2s", "0", "60s"},
    {KNOB_TIMEOUT, "timeout", "30s", "1ms", "15m"},
    {KNOB_BUDGET, "budget", "0", "0", "$1000000000"},
    {KNOB_BUDGET_RATE, "budget_rate", "0", "0", "$1000000000"},
    {KNOB_SLOTS, "slots", "1", "1", "65536"},
    {KNOB_FLUSH, "flush", "10ms", "0", "10s"},
};

Test(knob, the_table_is_the_one_of_the_contract)
{
    struct knobs k;
    knobs_init(&k);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        enum knob j = row[i].knob;
        cr_assert_eq(knob_find(row[i].name, strlen(row[i].name)), (int)j);
        cr_assert_eq(read_ok(j, row[i].preset), k.value[j], "%s", row[i].name);
        cr_assert_eq(read_ok(j, row[i].min), knob_table[j].min, "%s", row[i].name);
        cr_assert_eq(read_ok(j, row[i].max), knob_table[j].max, "%s", row[i].name);
        cr_assert_not(k.manual[j]);
    }
}

Test(knob, every_row_is_complete)
{
    for (int i = 0; i < KNOB_COUNT; i++) {
        const struct knob_def *d = &knob_table[i];
        cr_assert_not_null(d->name);
        cr_assert_leq(d->min, d->preset);
        cr_assert_leq(d->preset, d->max);
        cr_assert_not_null(d->used_by);
        cr_assert_eq(d->unit == UNIT_NAME, d->names != NULL);
        size_t n = strlen(d->help);
        cr_assert(n > 20 && d->help[n - 1] == '.', "%s has no sentence", d->name);
        cr_assert_eq(knob_find(d->name, strlen(d->name)), i);
        for (int64_t v = d->min; d->names && v <= d->max; v++)
            cr_assert_not_null(d->names[v]);
        if (d->names)
            cr_assert_null(d->names[d->max + 1]);
    }
    cr_assert_eq(knob_find("bacth", 5), -1);
    cr_assert_eq(knob_find("batch", 4), -1);
    cr_assert_eq(knob_find("", 0), -1);
}

Test(knob, names_are_those_of_the_policies_in_their_order)
{
    for (int i = 0; knob_table[KNOB_POLICY].names[i] || policy_all[i]; i++)
        cr_assert_str_eq(knob_table[KNOB_POLICY].names[i], policy_all[i]->name);
    for (int i = 0; knob_table[KNOB_BATCH_POLICY].names[i] || batch_policy_all[i]; i++)
        cr_assert_str_eq(knob_table[KNOB_BATCH_POLICY].names[i], batch_policy_all[i]->name);
}

Test(knob, used_by_names_only_policies_that_exist)
{
    for (int i = 0; i < KNOB_COUNT; i++) {
        const char *p = knob_table[i].used_by;
        while (*p) {
            size_t n = strcspn(p, " ");
            bool known = false;
            for (int j = 0; policy_all[j]; j++)
                known |= strlen(policy_all[j]->name) == n && !memcmp(policy_all[j]->name, p, n);
            for (int j = 0; batch_policy_all[j]; j++)
                known |= strlen(batch_policy_all[j]->name) == n &&
                         !memcmp(batch_policy_all[j]->name, p, n);
            cr_assert(known, "%s: %s", knob_table[i].name, p);
            p += n + strspn(p + n, " ");
        }
    }
}

Test(knob, a_wrong_value_gets_a_sentence_that_says_what_is_right)
{
    cr_assert_str_eq(read_bad(KNOB_BATCH, "0"), "batch 0: must be 1 to 10000");
    cr_assert_str_eq(read_bad(KNOB_BATCH, "10001"), "batch 10001: must be 1 to 10000");
    cr_assert_str_eq(read_bad(KNOB_BATCH, "-1"), "batch -1: must be 1 to 10000");
    cr_assert_str_eq(read_bad(KNOB_BATCH, "99999999999999999999"),
                     "batch 99999999999999999999: must be 1 to 10000");
    cr_assert_str_eq(read_bad(KNOB_BATCH, "many"), "batch many: not a number");
    cr_assert_str_eq(read_bad(KNOB_BATCH, ""), "batch: a value is missing");
    cr_assert_str_eq(read_bad(KNOB_BUSY_ON, "85"), "busy_on 85: a ratio is written 85% or 0.85");
    cr_assert_str_eq(read_bad(KNOB_BUSY_ON, "150%"), "busy_on 150%: must be 0% to 100%");
    cr_assert_str_eq(read_bad(KNOB_INTERVAL, "5ms"), "interval 5ms: must be 10ms to 1m");
    cr_assert_str_eq(read_bad(KNOB_INTERVAL, "100"), "interval 100: needs a unit: 20ms, 1.5s");
    cr_assert_str_eq(read_bad(KNOB_LOAD, "1001"), "load 1001: must be x0 to x1000");
    cr_assert_str_eq(read_bad(KNOB_POLICY, "exces"),
                     "policy exces: must be one of off, always, half, as-found, threshold, "
                     "hysteresis, excess, slo");
    cr_assert_str_eq(read_bad(KNOB_ORDER, ""), "order: must be one of global, key, none");
    cr_assert_str_eq(read_bad(KNOB_ORDER, "Global"),
                     "order Global: must be one of global, key, none");
}

Test(knob, hostile_text_cannot_reach_the_terminal_or_overrun)
{
    cr_assert_str_eq(read_bad(KNOB_BATCH, "\x1b[31m\n\x80"), "batch ?[31m??: not a number");
    char longer[1000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    cr_assert_lt(strlen(read_bad(KNOB_POLICY, longer)), 200);
    char tiny[8] = "#######";
    int64_t value = 0;
    cr_assert_not(knob_read(KNOB_BATCH, "0", 1, &value, tiny, 6));
    cr_assert_str_eq(tiny, "batch");
    cr_assert_eq(tiny[6], '#');
}

Test(knob, every_value_is_written_as_it_is_read)
{
    char text[48];
    for (int i = 0; i < KNOB_COUNT; i++) {
        const struct knob_def *d = &knob_table[i];
        const int64_t value[] = {d->min, d->preset, d->max};
        for (int j = 0; j < 3; j++) {
            cr_assert_eq(knob_write((enum knob)i, value[j], text, sizeof text), strlen(text));
            cr_assert_eq(read_ok((enum knob)i, text), value[j], "%s %s", d->name, text);
        }
    }
    knob_write(KNOB_POLICY, 6, text, sizeof text);
    cr_assert_str_eq(text, "excess");
}
