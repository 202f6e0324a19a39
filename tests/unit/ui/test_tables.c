/* Tables as text, and the words of conditions. */
#include "ui/tables.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(tables, rows_that_share_a_sentence_are_named_together)
{
    char text[128];
    const struct key_def *home = key_find(KEYS_MAIN, PRESS_HOME);
    tables_keys((int)(home - key_table), text, sizeof text);
    cr_assert_str_eq(text, "Home g");
    const struct key_def *panel = key_find(KEYS_MAIN, '1');
    tables_keys((int)(panel - key_table), text, sizeof text);
    cr_assert_str_eq(text, "1-9", "rows without a name of their own add nothing");
    for (int i = 0; i < key_count; i++)
        if (key_table[i].help)
            tables_keys(i, text, sizeof text); /* asserts that it fits */
}

Test(tables, a_range_has_two_ends_or_names)
{
    char text[256];
    tables_range(KNOB_INTERVAL, text, sizeof text);
    cr_assert_str_eq(text, "10ms to 1m");
    tables_range(KNOB_ORDER, text, sizeof text);
    cr_assert_str_eq(text, "global | key | none");
    for (int i = 0; i < KNOB_COUNT; i++)
        tables_range((enum knob)i, text, sizeof text);
    cr_assert_str_eq(tables_unit(knob_table[KNOB_BUDGET].unit), "USD");
}

/* What is listed is what `expect` takes, and the examples are values it takes. */
Test(tables, each_word_of_a_condition_is_understood_with_its_example)
{
    struct sp_variable v;
    int count = 0;
    for (; sp_variable(count, &v); count++) {
        char command[128];
        struct err e = {0};
        snprintf(command, sizeof command, "expect %s<%s within 5s", v.name, v.example);
        cr_assert_eq(sp_command_check(command, &e), 0, "%s: %s", command, e.text);
        cr_assert(v.unit != NULL && strlen(v.help) > 3, "%s", v.name);
    }
    cr_assert_gt(count, 10);
    cr_assert_not(sp_variable(-1, &v));
    cr_assert_not(sp_variable(count, &v));
}
