/* The command line and the card of the first start, key by key. Expected screens are files in
 * tests/golden; SPILLWAY_GOLDEN=write makes them anew. */
#include "ui/control.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/hand_rig.h"

TestSuite(typing, .init = begin_quiet, .fini = end);

/* ---- the command line ---- */

Test(typing, what_is_wrong_is_said_while_typing)
{
    press(':');
    type("sp");
    cr_assert_not(c.view.hint_bad, "it can still become something");
    type("z");
    cr_assert(c.view.hint_bad);
    press(PRESS_CTRL('U'));
    type("set batch ");
    cr_assert_not(c.view.hint_bad);
    cr_assert(strstr(c.hint, "1 to 10000, default 50") != NULL, "%s", c.hint);
    type("0");
    cr_assert(c.view.hint_bad);
    cr_assert_str_eq(c.hint, "batch 0: must be 1 to 10000");
    frame(80, 24);
    cr_assert(shows("\n batch 0: must be 1 to 10000"));
    golden("typing_error_80x24.txt");
    press(PRESS_CTRL('U'));
    type("set bacth 3");
    cr_assert(strstr(c.hint, "did you mean batch?") != NULL, "%s", c.hint);
    press(PRESS_CTRL('U'));
    type("spike x2 ");
    cr_assert_not(c.view.hint_bad);
    cr_assert(strstr(c.hint, "spike xF T") != NULL, "%s", c.hint);
}

Test(typing, the_ghost_comes_from_earlier_lines_then_from_the_tables)
{
    press(':');
    type("sp");
    cr_assert_str_eq(c.line.ghost, "ike x2 10s", "the example");
    type("ike x7 3s");
    press(PRESS_ENTER);
    press(':');
    type("sp");
    cr_assert_str_eq(c.line.ghost, "ike x7 3s", "the last one");
    press(PRESS_RIGHT);
    cr_assert_str_eq(c.line.text, "spike x7 3s");
    press(PRESS_CTRL('U'));
    type("set linger ");
    cr_assert_str_eq(c.line.ghost, "20ms", "what it is now");
    press(PRESS_CTRL('U'));
    type("set drain");
    press(PRESS_END);
    type(" ");
    cr_assert_str_eq(c.line.text, "set drain_time ");
    press(PRESS_LEFT);
    cr_assert_str_eq(c.line.ghost, "", "only at the end");
}

Test(typing, tab_goes_round)
{
    press(':');
    type("set busy_");
    press(PRESS_TAB);
    cr_assert_str_eq(c.line.text, "set busy_threshold");
    press(PRESS_TAB);
    press(PRESS_TAB);
    cr_assert_str_eq(c.line.text, "set busy_off");
    press(PRESS_TAB);
    cr_assert_str_eq(c.line.text, "set busy_threshold");
    press(PRESS_SHIFT_TAB);
    cr_assert_str_eq(c.line.text, "set busy_off");
    type(" 60% busy_");
    press(PRESS_TAB);
    press(PRESS_TAB);
    cr_assert_str_eq(c.line.text, "set busy_off 60% busy_on", "and for the second knob");
    press(PRESS_ESC);
    choose(KNOB_OVERFLOW);
    press(PRESS_ENTER);
    press(PRESS_CTRL('U'));
    press(PRESS_TAB);
    cr_assert_str_eq(c.line.text, "burst");
    press(PRESS_TAB);
    cr_assert_str_eq(c.line.text, "block");
}

Test(typing, names_cut_short_are_accepted)
{
    press(':');
    type("se lin 5ms");
    cr_assert_str_eq(press(PRESS_ENTER), "se lin 5ms");
    press(':');
    type("pol ex");
    cr_assert_str_eq(press(PRESS_ENTER), "pol ex");
}

/* ---- the card ---- */

Test(typing, the_first_run_has_a_card_until_a_key)
{
    c.view.card = true;
    frame(80, 24);
    cr_assert(shows("makes something happen"));
    golden("card_80x24.txt");
    cr_assert_str_eq(press('s'), "spike x2 10s", "the key does what it does");
    frame(80, 24);
    cr_assert_not(shows("makes something happen"));
    cr_assert(c.card_gone);
}
