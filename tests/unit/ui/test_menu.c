/* The menus that rescale, save, open and set up; and the keys beside them. */
#include "ui/control.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/hand_rig.h"

static void begin(void)
{
    preset_as = "burst";
    begin_quiet();
}

static bool shows_at(int width, int height, const char *what)
{
    frame(width, height);
    return shows(what);
}

TestSuite(menu, .init = begin, .fini = end);

Test(menu, slots_are_chosen_by_operator)
{
    press('r');
    cr_assert(shows_at(120, 36, "Rescale"));
    cr_assert(shows_at(120, 36, ":slots tokenizer 4"), "%s", text);
    press(PRESS_RIGHT);
    press(PRESS_RIGHT);
    press(PRESS_PAGE_UP);
    cr_assert_str_eq(press(PRESS_ENTER), "slots tokenizer 16");
    press(PRESS_F1 + 5);
    press(PRESS_PAGE_DOWN);
    cr_assert_str_eq(press(PRESS_ENTER), "slots tokenizer 1", "there is at least one");
}

Test(menu, a_preset_is_opened_with_what_it_changes)
{
    struct preset *p = malloc(sizeof *p);
    struct err e;
    cr_assert_eq(preset_load("burst", p, &e), 0, "%s", e.text);
    shelf_running(&c.shelf, p);
    memcpy(load.knobs.value, p->knobs.value, sizeof p->knobs.value);
    free(p);
    read_now();
    press('O');
    cr_assert(shows_at(120, 36, "burst is what runs now"), "%s", text);
    load.knobs.value[KNOB_BATCH] = 77;
    press(PRESS_ESC);
    read_now();
    press(PRESS_F1 + 3);
    cr_assert(shows_at(120, 36, "from what runs now to burst, 1 change, from zero:"), "%s", text);
    cr_assert(shows_at(120, 36, "knobs: batch: 77 -> 50"));
    cr_assert(shows_at(80, 24, "knobs: batch: 77 -> 50"), "%s", text);
    press(PRESS_HOME);
    cr_assert(shows_at(120, 36, ":load "));
    while (!shows_at(120, 36, ":load vanilla"))
        press(PRESS_DOWN);
    cr_assert(shows_at(120, 36, "changes, from zero:"));
    cr_assert_str_eq(press(PRESS_ENTER), "load vanilla");
}

Test(menu, what_others_load_is_what_runs)
{
    struct sp_event *x = &c.newest->event[0];
    now += 100 * NS_PER_MS;
    fake_reading(&load, now, c.newest);
    *x = (struct sp_event){
        .number = 900, .kind = 'M', .author = SP_SOCKET, .command = "load vanilla", .at_ns = now};
    c.newest->events = 1;
    c.newest->event_count = 900;
    control_reading(&c, now);
    cr_assert(c.shelf.knows);
    cr_assert_str_eq(c.shelf.running->name, "vanilla");
}

Test(menu, saving_lets_the_name_be_chosen)
{
    press('w');
    cr_assert(shows_at(120, 36, "as a preset of your own"));
    cr_assert_str_eq(press(PRESS_ENTER), "");
    cr_assert_eq(c.view.mode, MODE_COMMAND);
    cr_assert_str_eq(c.line.text, "save burst-mine");
    type("2");
    cr_assert_str_eq(press(PRESS_ENTER), "save burst-mine2");
    press('w');
    press('j');
    press('j');
    press(PRESS_ENTER);
    cr_assert_str_eq(c.line.text, "save-as scenario burst-mine");
    press(PRESS_ESC);
    press('w');
    press(PRESS_END);
    cr_assert_str_eq(press(PRESS_ENTER), "as-command-line", "no name is needed");
}

Test(menu, the_set_up_is_seen_at_once_and_kept_by_enter)
{
    press('o');
    press(PRESS_RIGHT);
    cr_assert_eq(c.view.looks.theme, THEME_LIGHT);
    press('j');
    press(PRESS_RIGHT);
    cr_assert_eq(c.view.glyphs, GLYPHS_BLOCK);
    press('j');
    press(PRESS_LEFT);
    cr_assert_eq(c.view.fps_wanted, 5);
    press('j');
    press(PRESS_RIGHT);
    cr_assert(c.view.mouse);
    cr_assert(shows_at(120, 36, "Set-up of the screen"));
    cr_assert_not(c.keep_setup);
    press(PRESS_ENTER);
    cr_assert(c.keep_setup);
    press(PRESS_F1 + 1);
    press(PRESS_LEFT);
    press(PRESS_ESC);
    cr_assert_eq(c.view.looks.theme, THEME_DARK);
}

Test(menu, f9_f9_kills_again_in_sim_alone)
{
    c.newest->sim = true;
    press(PRESS_F1 + 8);
    cr_assert_str_eq(press(PRESS_F1 + 8), "", "nothing was killed yet");
    cr_assert_str_eq(press(PRESS_ENTER), "kill tokenizer/0");
    press(PRESS_F1 + 8);
    cr_assert_str_eq(press(PRESS_F1 + 8), "kill tokenizer/0");
    cr_assert_eq(c.view.mode, MODE_MAIN);
    c.newest->sim = false;
    press(PRESS_F1 + 8);
    cr_assert_str_eq(press(PRESS_F1 + 8), "");
    cr_assert(c.view.status_bad);
}

Test(menu, backspace_twice_restarts)
{
    cr_assert_str_eq(press(PRESS_BACKSPACE), "");
    cr_assert_str_eq(press(PRESS_BACKSPACE), "restart");
    cr_assert_str_eq(press(PRESS_BACKSPACE), "");
    now += 2 * NS_PER_S;
    cr_assert_str_eq(press(PRESS_BACKSPACE), "", "too late");
}

/* ---- find -------------------------------------------------------------------------------- */

Test(menu, a_knob_or_a_panel_is_found_by_part_of_its_name)
{
    press('/');
    type("ling");
    cr_assert_str_eq(c.hint, "Enter: knob linger");
    press(PRESS_ENTER);
    cr_assert_eq(c.view.knob, KNOB_LINGER);
    cr_assert_eq(c.view.focus, PANEL_KNOBS);
    press('/');
    type("lin");
    cr_assert_eq(strncmp(c.hint, "Enter: knob linger", 18), 0, "before Pipeline: %s", c.hint);
    press(PRESS_ESC);
    press(PRESS_F1 + 2);
    type("ledg");
    press(PRESS_ENTER);
    cr_assert_eq(c.view.full, PANEL_LEDGER, "no room beside the others: over the whole screen");
    press('/');
    type("zzz");
    cr_assert(c.view.hint_bad);
    press(PRESS_ENTER);
    cr_assert_eq(c.view.mode, MODE_FIND, "the line stays");
    press(PRESS_ESC);
    cr_assert_eq(c.view.mode, MODE_MAIN);
}

Test(menu, events_are_filtered_by_a_word_or_its_absence)
{
    struct sp_event e = {.command = "spike x2 10s", .effect = "800/s -> 1600/s", .author = SP_YOU};
    cr_assert(event_passes(&e, "SPIKE"));
    cr_assert(event_passes(&e, "1600"));
    cr_assert(event_passes(&e, "you"));
    cr_assert_not(event_passes(&e, "batch"));
    cr_assert_not(event_passes(&e, "!spike"));
    cr_assert(event_passes(&e, "!batch"));
    press('8');
    press('/');
    type("nowhere");
    cr_assert(shows_at(120, 36, "no line has \"nowhere\""), "%s", text);
    press(PRESS_ENTER);
    cr_assert(shows_at(120, 36, "with \"nowhere\" only"));
    press(PRESS_ESC);
    press(PRESS_ESC);
    cr_assert_str_eq(c.filter, "");
}

/* ---- a value takes the place of the old one ------------------------------------------------ */

Test(menu, a_typed_value_replaces_the_old_one)
{
    press(PRESS_HOME);
    while (c.view.knob != KNOB_LINGER)
        press(PRESS_DOWN);
    press(PRESS_ENTER);
    cr_assert_str_eq(c.line.text, "");
    cr_assert_str_eq(c.line.ghost, "20ms", "what it is now");
    type("5ms");
    cr_assert_str_eq(c.line.ghost, "");
    cr_assert_str_eq(press(PRESS_ENTER), "set linger 5ms");
    press(PRESS_ENTER);
    cr_assert_str_eq(press(PRESS_ENTER), "", "nothing typed, nothing changed");
    press(PRESS_ENTER);
    press(PRESS_RIGHT);
    cr_assert_str_eq(c.line.text, "20ms", "to be edited");
}
