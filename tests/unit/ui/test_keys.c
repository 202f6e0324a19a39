/* The table of keys and the page made from it. */
#include "ui/keys.h"

#include <criterion/criterion.h>
#include <string.h>

Test(keys, a_key_has_one_meaning_in_a_context)
{
    for (int i = 0; i < key_count; i++)
        for (int j = i + 1; j < key_count; j++)
            cr_assert(key_table[i].context != key_table[j].context ||
                          key_table[i].code != key_table[j].code,
                      "%s and %s", key_table[i].name, key_table[j].name);
}

Test(keys, every_key_is_documented)
{
    for (int i = 0; i < key_count; i++) {
        const struct key_def *k = &key_table[i];
        if (k->help != NULL) {
            cr_assert(strlen(k->help) > 3, "%s", k->name);
            cr_assert(k->name[0] != 0);
            continue;
        }
        /* shares the sentence of the row above, so it must do the same there */
        cr_assert(i > 0 && key_table[i - 1].context == k->context, "%s", k->name);
        cr_assert_eq(key_table[i - 1].action, k->action, "%s", k->name);
        cr_assert(k->command == key_table[i - 1].command ||
                  strcmp(k->command, key_table[i - 1].command) == 0);
    }
}

Test(keys, what_sends_or_types_names_its_command)
{
    for (int i = 0; i < key_count; i++) {
        bool wants = key_table[i].action == ACT_SEND || key_table[i].action == ACT_TYPE;
        cr_assert_eq(wants, key_table[i].command != NULL, "%s", key_table[i].name);
    }
}

Test(keys, function_keys_have_a_letter_beside_them)
{
    for (int i = 0; i < key_count; i++) {
        if (key_table[i].code < PRESS_F1 || key_table[i].code > PRESS_F12)
            continue;
        bool letter = false;
        for (int j = 0; j < key_count; j++)
            letter |= key_table[j].context == key_table[i].context && key_table[j].code < 0x80 &&
                      key_table[j].action == key_table[i].action;
        cr_assert(letter, "%s", key_table[i].name);
    }
}

Test(keys, moving_never_destroys)
{
    static const char movers[] = "hjklgG";
    for (const char *p = movers; *p != 0; p++) {
        const struct key_def *k = key_find(KEYS_MAIN, (uint32_t)*p);
        cr_assert(k != NULL && k->action != ACT_SEND && k->action != ACT_KILL);
    }
    cr_assert_null(key_find(KEYS_MAIN, 0x2603));
}
