/* Keys in, commands out. */
#include "ui/control.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/hand_rig.h"

static void begin(void)
{
    begin_empty();
    now = NS_PER_S;
    read_now();
}

TestSuite(control, .init = begin, .fini = end);

Test(control, s_makes_a_spike_at_once)
{
    cr_assert_str_eq(press('s'), "spike x2 10s");
    cr_assert_eq(c.view.mode, MODE_MAIN);
}

Test(control, every_command_of_the_table_is_one_that_the_engine_knows)
{
    for (int i = 0; i < key_count; i++) {
        struct err e = {0, ""};
        if (key_table[i].action == ACT_SEND && key_table[i].context != KEYS_REPLAY)
            cr_assert_eq(sp_command_check(key_table[i].command, &e), 0, "%s: %s",
                         key_table[i].command, e.text);
    }
}

static void select_knob(int knob)
{
    press('g');
    for (int i = 0; i < KNOB_COUNT && c.view.knob != knob; i++)
        press(PRESS_DOWN);
    cr_assert_eq(c.view.knob, knob);
}

Test(control, arrows_turn_the_selected_knob)
{
    select_knob(KNOB_BUSY_ON);
    cr_assert_str_eq(press(PRESS_RIGHT), "set busy_on 86%");
    cr_assert_str_eq(press(PRESS_RIGHT), "set busy_on 87%", "before the engine has told of 86");
    cr_assert_str_eq(press(PRESS_PAGE_DOWN), "set busy_on 77%");
    now += NS_PER_S; /* nothing came of it: start again from what the reading says */
    cr_assert_str_eq(press('h'), "set busy_on 84%");
    cr_assert_str_eq(press('='), "set busy_on 85%");
    cr_assert_str_eq(press('A'), "auto busy_on");
}

Test(control, a_knob_at_its_end_says_so)
{
    select_knob(KNOB_LINGER);
    c.newest->knobs.value[KNOB_LINGER] = 0;
    cr_assert_str_eq(press(PRESS_LEFT), "");
    cr_assert(strstr(c.status, "linger stays") != NULL);
}

Test(control, enter_types_a_value_and_a_wrong_one_stays)
{
    select_knob(KNOB_LINGER);
    press(PRESS_ENTER);
    cr_assert_eq(c.view.mode, MODE_ENTRY);
    cr_assert_str_eq(c.line.text, "", "what is typed takes the place of the old value");
    cr_assert_str_eq(c.line.ghost, "20ms");
    type("5 parsecs");
    cr_assert_str_eq(press(PRESS_ENTER), "");
    cr_assert_eq(c.view.mode, MODE_ENTRY, "the line stays, to be mended");
    cr_assert(c.view.status_bad && c.status[0] != 0);
    press(PRESS_CTRL('U'));
    type("5ms");
    cr_assert_str_eq(press(PRESS_ENTER), "set linger 5ms");
    cr_assert_eq(c.view.mode, MODE_MAIN);
    cr_assert_str_eq(c.status, "");
}

Test(control, esc_leaves_an_entry_without_sending)
{
    press(PRESS_ENTER);
    cr_assert_str_eq(press(PRESS_ESC), "");
    cr_assert_eq(c.view.mode, MODE_MAIN);
}

Test(control, tab_completes_the_value_of_a_knob)
{
    select_knob(KNOB_ORDER);
    press(PRESS_ENTER);
    press(PRESS_CTRL('U'));
    type("ke");
    press(PRESS_TAB);
    cr_assert_str_eq(c.line.text, "key");
    cr_assert_str_eq(press(PRESS_ENTER), "set order key");
}

Test(control, the_command_line_sends_what_is_typed)
{
    press(':');
    type("spike x3 5s");
    cr_assert_str_eq(press(PRESS_ENTER), "spike x3 5s");
    press(':');
    cr_assert_str_eq(c.line.text, "");
    press(PRESS_UP);
    cr_assert_str_eq(c.line.text, "spike x3 5s");
    press(PRESS_ESC);
    press(':');
    cr_assert_str_eq(press(PRESS_ENTER), "", "an empty line is none");
    cr_assert_eq(c.view.mode, MODE_MAIN);
}

Test(control, a_wrong_command_is_told_and_can_be_mended)
{
    press(':');
    type("spikee x3 5s");
    cr_assert_str_eq(press(PRESS_ENTER), "");
    cr_assert_eq(c.view.mode, MODE_COMMAND);
    cr_assert(c.view.status_bad);
    cr_assert_str_eq(c.line.text, "spikee x3 5s");
}

Test(control, quit_typed_quits_too)
{
    press(':');
    type("quit");
    cr_assert_str_eq(press(PRESS_ENTER), "quit");
    cr_assert(c.quit);
}

Test(control, freezing_keeps_the_view_while_readings_go_on)
{
    press(' ');
    cr_assert(c.view.frozen);
    int64_t seen = c.view.reading->now_ns;
    now += 5 * NS_PER_S;
    read_now();
    cr_assert_eq(c.view.reading->now_ns, seen);
    cr_assert_eq(c.view.newest_ns, now);
    cr_assert_eq(history_sample(&c.history, c.history.count - 1)->at_ns, now, "it records on");
    int64_t newest = now;
    press(' ');
    cr_assert_eq(c.view.reading->now_ns, newest);
}

Test(control, digits_focus_a_panel_and_then_open_it)
{
    press('2');
    cr_assert_eq(c.view.focus, PANEL_RATE);
    cr_assert_eq(c.view.full, AREA_NONE);
    press('2');
    cr_assert_eq(c.view.full, PANEL_RATE);
    press(PRESS_ESC);
    cr_assert_eq(c.view.full, AREA_NONE);
    c.width = 80;
    c.height = 24;
    press('5');
    cr_assert_eq(c.view.full, PANEL_LATENCY, "a panel without room opens at once");
}

Test(control, tab_goes_round_the_panels_on_the_screen)
{
    enum area from = c.view.focus;
    int steps = 0;
    do {
        press(PRESS_TAB);
        steps++;
    } while (c.view.focus != from && steps < 20);
    cr_assert_eq(steps, 8, "all but the ledger, which has no room here");
    press(PRESS_SHIFT_TAB);
    cr_assert_neq(c.view.focus, from);
}

Test(control, the_answer_of_the_engine_is_shown)
{
    fake_event(&load, now, SP_YOU, 'K', "set batch 7", "50 -> 7");
    read_now();
    cr_assert_str_eq(c.status, "set batch 7 → 50 -> 7");
    cr_assert_not(c.view.status_bad);
    fake_event(&load, now, SP_YOU, '!', "kill nobody", "there is no such operator");
    read_now();
    cr_assert(c.view.status_bad);
    fake_event(&load, now, SP_AUTO, 'D', "", "burst on");
    read_now();
    cr_assert(c.view.status_bad, "what the controller does goes to the list alone");
    cr_assert_not(control_tick(&c, now));
    cr_assert(control_tick(&c, now + CONTROL_STATUS_NS));
    cr_assert_str_eq(c.status, "");
}

Test(control, a_knob_that_no_longer_applies_is_not_selected)
{
    select_knob(KNOB_BUSY_ON);
    load.knobs.value[KNOB_POLICY] = 0;
    now += NS_PER_S;
    read_now();
    cr_assert(knob_applies(&c.newest->knobs, c.view.knob));
}

Test(control, zoom_has_ends)
{
    for (int i = 0; i < 20; i++)
        press('+');
    cr_assert_eq(c.view.window_ns, 5 * NS_PER_S);
    for (int i = 0; i < 20; i++)
        press('-');
    cr_assert_eq(c.view.window_ns, 3600 * NS_PER_S);
    press('0');
    cr_assert_eq(c.view.window_ns, 60 * NS_PER_S);
}
