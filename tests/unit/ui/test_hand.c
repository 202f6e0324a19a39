/* Knobs, menus and help, key by key. Expected screens are files in
 * tests/golden; SPILLWAY_GOLDEN=write makes them anew. */
#include "ui/control.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/hand_rig.h"

TestSuite(hand, .init = begin_quiet, .fini = end);

/* ---- knobs ---- */

Test(hand, what_the_policy_uses_comes_first)
{
    int list[KNOB_COUNT], n = knob_list(&c.newest->knobs, false, list);
    cr_assert_eq(list[0], KNOB_POLICY);
    bool common = false;
    for (int i = 1; i < n; i++) {
        bool special = knob_is_special(&c.newest->knobs, list[i]);
        cr_assert(!(common && special), "%s stands too late", knob_table[list[i]].name);
        common = common || !special;
        cr_assert(knob_applies(&c.newest->knobs, list[i]));
    }
    cr_assert_eq(knob_list(&c.newest->knobs, true, list), KNOB_COUNT, "all of them, once");
    bool seen[KNOB_COUNT] = {false};
    for (int i = 0; i < KNOB_COUNT; i++)
        seen[list[i]] = true;
    for (int i = 0; i < KNOB_COUNT; i++)
        cr_assert(seen[i], "%s", knob_table[i].name);
}

Test(hand, steps_climb_and_descend_the_same_rungs)
{
    for (int k = 0; k < KNOB_COUNT; k++) {
        const struct knob_def *d = &knob_table[k];
        int64_t v = d->preset;
        for (int i = 0; i < 2000; i++) {
            int64_t up = knob_nudge(k, v, 1);
            cr_assert(up >= d->min && up <= d->max && up >= v, "%s", d->name);
            if (up > v && up < d->max)
                cr_assert_eq(knob_nudge(k, up, -1), v, "%s: %lld up to %lld and back", d->name,
                             (long long)v, (long long)up);
            v = up;
        }
        for (int i = 0; i < 70000; i++)
            v = knob_nudge(k, v, -10);
        cr_assert_eq(v, d->min, "%s comes down to its least value", d->name);
        for (int64_t last = -1; v != last;)
            last = v, v = knob_nudge(k, v, 10);
        cr_assert_eq(v, d->max, "%s goes up to its largest value", d->name);
    }
}

Test(hand, steps_are_those_that_people_think_in)
{
    static const struct {
        int knob, steps;
        const char *from, *to;
    } cases[] = {
        {KNOB_LINGER, 1, "20ms", "50ms"},
        {KNOB_LINGER, -1, "20ms", "10ms"},
        {KNOB_LINGER, 10, "20ms", "200ms"},
        {KNOB_LINGER, -1, "1ms", "0s"},
        {KNOB_LINGER, 1, "0s", "1ms"},
        {KNOB_LINGER, 1, "33ms", "50ms"},
        {KNOB_LINGER, -1, "33ms", "20ms"},
        {KNOB_BATCH, 1, "50", "100"},
        {KNOB_BATCH, -1, "64", "50"},
        {KNOB_BATCH, 10, "50", "500"},
        {KNOB_BATCH, -10, "50", "5"},
        {KNOB_BUSY_ON, 1, "85%", "86%"},
        {KNOB_BUSY_ON, -10, "85%", "75%"},
        {KNOB_LOAD, 1, "x1", "x1.1"},
        {KNOB_SLOTS, 1, "4", "5"},
        {KNOB_SLOTS, 10, "4", "14"},
        {KNOB_INPUT_THRESHOLD, 1, "500", "1k"},
        {KNOB_TIMEOUT, 1, "30s", "60s"},
        {KNOB_BUDGET, 1, "0", "0.01"},
        {KNOB_ORDER, 10, "global", "key"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char why[200];
        int64_t from = 0, to = 0;
        enum knob k = (enum knob)cases[i].knob;
        const char *a = strcmp(cases[i].from, "0s") == 0 ? "0" : cases[i].from;
        const char *b = strcmp(cases[i].to, "0s") == 0 ? "0" : cases[i].to;
        cr_assert(knob_read(k, a, strlen(a), &from, why, sizeof why), "%s", why);
        cr_assert(knob_read(k, b, strlen(b), &to, why, sizeof why), "%s", why);
        cr_assert_eq(knob_nudge(cases[i].knob, from, cases[i].steps), to, "%s %s %+d: %s",
                     knob_table[k].name, a, cases[i].steps,
                     knob_text(k, knob_nudge(cases[i].knob, from, cases[i].steps)).s);
    }
}

Test(hand, the_old_value_is_shown_for_ten_seconds)
{
    choose(KNOB_BUSY_ON);
    load.knobs.value[KNOB_BUSY_ON] = 860000;
    now += 100 * NS_PER_MS;
    read_now();
    load.knobs.value[KNOB_BUSY_ON] = 900000;
    load.knobs.manual[KNOB_BUSY_ON] = true;
    now += 100 * NS_PER_MS;
    read_now();
    frame(120, 36);
    cr_assert(shows("90%▸*"), "%s", text);
    cr_assert(shows("was 85%"), "the value before the first of several turns");
    golden("knob_edit_120x36.txt");
    now += KNOBS_CHANGED_NS - 200 * NS_PER_MS;
    cr_assert_not(c.view.knobs.changed[KNOB_BUSY_OFF]);
    control_tick(&c, now);
    cr_assert(c.view.knobs.changed[KNOB_BUSY_ON]);
    cr_assert(control_tick(&c, now + 300 * NS_PER_MS), "the screen is told");
    cr_assert_not(c.view.knobs.changed[KNOB_BUSY_ON]);
}

Test(hand, a_knob_that_comes_back_is_not_changed)
{
    load.knobs.value[KNOB_BATCH] = 64;
    read_now();
    load.knobs.value[KNOB_BATCH] = 50;
    read_now();
    cr_assert_not(c.view.knobs.changed[KNOB_BATCH]);
}

Test(hand, collected_changes_are_one_command)
{
    choose(KNOB_BUSY_ON);
    cr_assert_str_eq(press('L'), "");
    cr_assert_str_eq(press(PRESS_RIGHT), "");
    cr_assert_str_eq(press(PRESS_RIGHT), "");
    choose(KNOB_BUSY_OFF);
    cr_assert_str_eq(press(PRESS_PAGE_DOWN), "");
    frame(120, 36);
    cr_assert(shows("→ 87%") || shows("→87%"), "%s", text);
    cr_assert(shows("2 collected"));
    golden("knob_staged_120x36.txt");
    cr_assert_str_eq(press(PRESS_ENTER), "set busy_on 87% busy_off 60%");
    cr_assert_eq(knobs_queued(&c.view.knobs), 0);
    cr_assert_not(c.view.knobs.staging, "live again");
}

Test(hand, esc_drops_what_is_collected)
{
    choose(KNOB_LINGER);
    press('L');
    press(PRESS_RIGHT);
    cr_assert_str_eq(press(PRESS_ESC), "");
    cr_assert_eq(knobs_queued(&c.view.knobs), 0);
    cr_assert_str_eq(press('L'), "", "leaves the collecting");
    cr_assert_str_eq(press(PRESS_RIGHT), "set linger 50ms");
}

Test(hand, a_value_typed_while_collecting_is_collected)
{
    choose(KNOB_LINGER);
    press('L');
    press(PRESS_RIGHT);
    press('i');
    press(PRESS_CTRL('U'));
    type("7ms");
    cr_assert_str_eq(press(PRESS_ENTER), "");
    choose(KNOB_ORDER);
    press('i');
    press(PRESS_CTRL('U'));
    type("no");
    cr_assert_str_eq(press(PRESS_ENTER), "");
    cr_assert_str_eq(press(PRESS_ENTER), "set linger 7ms order none");
    press('L');
    choose(KNOB_LINGER);
    press(PRESS_RIGHT);
    press(PRESS_LEFT);
    cr_assert_eq(knobs_queued(&c.view.knobs), 0, "back at its value: nothing to apply");
}

Test(hand, what_one_command_cannot_hold_is_not_collected)
{
    press('L');
    struct err e;
    for (int k = 0; k < KNOB_COUNT; k++) {
        c.view.knob = k;
        press(PRESS_RIGHT);
        press(PRESS_RIGHT);
    }
    cr_assert(c.view.status_bad || knobs_queued(&c.view.knobs) == KNOB_COUNT);
    const char *sent = press(PRESS_ENTER);
    cr_assert(sent[0] != 0 && strlen(sent) < PRESET_COMMAND);
    cr_assert_eq(sp_command_check(sent, &e), 0, "%s: %s", sent, e.text);
}

Test(hand, over_the_whole_screen_all_knobs_can_be_turned)
{
    press('6');
    frame(160, 45);
    for (int k = 0; k < KNOB_COUNT; k++)
        cr_assert(shows(knob_table[k].name), "%s", knob_table[k].name);
    cr_assert(shows("only for: threshold as-found"));
    golden("knobs_full_160x45.txt");
    press(PRESS_END);
    cr_assert_not(knob_applies(&c.newest->knobs, c.view.knob));
    now += 100 * NS_PER_MS;
    read_now();
    cr_assert_not(knob_applies(&c.newest->knobs, c.view.knob), "it stays chosen");
}

Test(hand, u_undoes_and_ctrl_r_redoes)
{
    cr_assert_str_eq(press('u'), "undo");
    cr_assert_str_eq(press(PRESS_CTRL('R')), "redo");
}

/* ---- menus ---- */

Test(hand, the_spike_menu_makes_a_command)
{
    cr_assert_str_eq(press('S'), "");
    cr_assert_eq(c.view.mode, MODE_MENU);
    press(PRESS_RIGHT);
    press(PRESS_DOWN);
    press('l');
    frame(120, 36);
    cr_assert(shows(":spike x3 20s"));
    golden("menu_spike_120x36.txt");
    cr_assert_str_eq(press(PRESS_ENTER), "spike x3 20s");
    cr_assert_eq(c.view.mode, MODE_MAIN);
    press('S');
    cr_assert_str_eq(press(PRESS_ENTER), "spike x3 20s", "the size stays for the next one");
}

Test(hand, every_choice_of_a_menu_is_a_command_that_the_engine_knows)
{
    shelf_fill(&c.shelf);
    snprintf(c.newest->preset, sizeof c.newest->preset, "burst");
    for (int kind = 0; kind < MENU_SETUP; kind++) {
        struct menu m;
        menu_open(&m, (enum menu_kind)kind, c.newest, &c.shelf);
        for (int step = 0; step < 400; step++) {
            char command[SP_EVENT_TEXT];
            struct err e = {0, ""};
            menu_move(&m, (enum menu_move)(step * 7 % 8), c.newest);
            menu_move(&m, step % 3 ? MENU_MORE : MENU_LESS, c.newest);
            menu_command(&m, c.newest, command, sizeof command);
            cr_assert_eq(sp_command_check(command, &e), 0, "%s: %s", command, e.text);
        }
    }
}

Test(hand, the_kill_menu_starts_at_what_bursts_and_needs_enter)
{
    cr_assert_str_eq(press('k'), "", "a bare k moves");
    cr_assert_eq(c.view.mode, MODE_MAIN);
    cr_assert_str_eq(press('K'), "");
    cr_assert_str_eq(press('K'), "", "nor does K again kill");
    frame(120, 36);
    cr_assert(shows(":kill tokenizer/0"));
    golden("menu_kill_120x36.txt");
    press(PRESS_DOWN);
    press(PRESS_DOWN);
    press(PRESS_RIGHT);
    press(PRESS_RIGHT);
    cr_assert_str_eq(press(PRESS_ENTER), "kill tokenizer/0.1");
    press(PRESS_F1 + 8);
    press(PRESS_HOME);
    cr_assert_str_eq(press(PRESS_ENTER), "kill source/0");
    press('K');
    cr_assert_str_eq(press(PRESS_ESC), "");
    cr_assert_eq(c.view.mode, MODE_MAIN);
}

Test(hand, a_menu_survives_a_pipeline_that_changes)
{
    press('K');
    press(PRESS_END);
    c.newest->vertex_count = 1;
    c.newest->vertex[0].parallelism = 0;
    press(PRESS_DOWN);
    press(PRESS_END);
    frame(80, 24);
    c.newest->vertex_count = 0;
    frame(80, 24);
    press(PRESS_RIGHT);
    cr_assert_str_eq(press(PRESS_ENTER), "", "nothing to kill");
}

Test(hand, policies_are_chosen_by_what_they_do)
{
    cr_assert_str_eq(press('p'), "");
    frame(120, 36);
    for (int64_t i = 0; i <= knob_table[KNOB_POLICY].max; i++)
        cr_assert(shows(knob_table[KNOB_POLICY].names[i]));
    golden("menu_policy_120x36.txt");
    press('j');
    cr_assert_str_eq(press(PRESS_ENTER), "policy excess");
}

/* ---- help ---- */

Test(hand, the_panel_in_focus_comes_first_in_help)
{
    press('6');
    press(PRESS_ESC);
    press('?');
    frame(120, 36);
    cr_assert_lt(strstr(text, "In this panel: Knobs"), strstr(text, "On the dashboard"));
    golden("help_120x36.txt");
    press(PRESS_ESC);
    press('8');
    press('?');
    frame(120, 36);
    cr_assert(shows("In this panel: Events"));
}

Test(hand, in_a_replay_its_keys_come_first_in_help)
{
    struct help_line line[HELP_LINES];
    struct help_view h = {.context = KEYS_REPLAY};
    int n = help_lines(&h, PANEL_KNOBS, line), titles = 0;
    cr_assert_str_eq(line[0].left, key_context_titles[KEYS_REPLAY]);
    for (int i = 0; i < n; i++)
        titles += line[i].kind == HELP_TITLE && strcmp(line[i].left, line[0].left) == 0;
    cr_assert_eq(titles, 1);
}

Test(hand, help_has_every_key_command_and_knob_once)
{
    struct help_line line[HELP_LINES];
    for (int focus = -1; focus < PANEL_COUNT; focus++) {
        struct help_view h = {.page = HELP_KEYS};
        int n = help_lines(&h, (enum area)focus, line), keys = 0, commands = 0, knobs = 0;
        cr_assert_lt(n, HELP_LINES);
        for (int i = 0; i < n; i++) {
            keys += line[i].kind == HELP_KEY;
            commands += line[i].kind == HELP_COMMAND;
            knobs += line[i].kind == HELP_KNOB;
        }
        int helped = 0, known = 0;
        for (int i = 0; i < key_count; i++)
            helped += key_table[i].help != NULL;
        while (sp_commands()[known].name != NULL)
            known++;
        cr_assert_eq(keys, helped, "focus %d", focus);
        cr_assert_eq(commands, known);
        cr_assert_eq(knobs, KNOB_COUNT);
    }
}

Test(hand, typing_narrows_help_and_enter_runs_it)
{
    press('?');
    type("Spike");
    frame(80, 24);
    cr_assert(shows("find: Spike"));
    cr_assert_not(shows("freeze"), "%s", text);
    golden("help_filter_80x24.txt");
    for (int i = 0; i < 3; i++)
        press(PRESS_BACKSPACE);
    type("ike xF");
    cr_assert_str_eq(press(PRESS_ENTER), "", "it wants arguments");
    cr_assert_eq(c.view.mode, MODE_COMMAND);
    cr_assert_str_eq(c.line.text, "spike ");
    press(PRESS_ESC);
    press('?');
    type("twice the load");
    cr_assert_str_eq(press(PRESS_ENTER), "spike x2 10s", "the key is pressed");
    press('?');
    type("stops the source");
    cr_assert_str_eq(press(PRESS_ENTER), "pause");
    press('?');
    type("oldest record may");
    cr_assert_str_eq(press(PRESS_ENTER), "");
    cr_assert_eq(c.view.knob, KNOB_LINGER);
    cr_assert_eq(c.view.mode, MODE_MAIN);
}

Test(hand, help_says_when_nothing_fits)
{
    press('?');
    type("xyzzy");
    frame(80, 24);
    cr_assert(shows("nothing has that"));
    cr_assert_str_eq(press(PRESS_ENTER), "");
    press(PRESS_DOWN);
    press(PRESS_PAGE_DOWN);
    press(PRESS_ESC);
    cr_assert_eq(c.view.mode, MODE_HELP, "the word goes first");
    press(PRESS_ESC);
    cr_assert_eq(c.view.mode, MODE_MAIN);
    press('?');
    type("ééé");
    press(PRESS_BACKSPACE);
    cr_assert_str_eq(c.view.help.filter, "éé");
    for (int i = 0; i < 99; i++)
        type("é");
    cr_assert_lt(strlen(c.view.help.filter), sizeof c.view.help.filter);
    press('?');
    cr_assert_eq(c.view.mode, MODE_MAIN);
}

Test(hand, help_scrolls_to_both_ends)
{
    press('?');
    for (int i = 0; i < 300; i++)
        press(PRESS_DOWN);
    int last = c.view.help.at;
    frame(120, 36);
    cr_assert(shows("flush") || shows("delete to the end"));
    press(PRESS_DOWN);
    cr_assert_eq(c.view.help.at, last);
    press(PRESS_HOME);
    cr_assert_eq(c.view.help.top, 0);
    press(PRESS_END);
    cr_assert_eq(c.view.help.at, last);
    for (int i = 0; i < 40; i++)
        press(PRESS_PAGE_UP);
    cr_assert_eq(c.view.help.top, 0);
}

Test(hand, words_and_signs_have_pages)
{
    press('?');
    press(PRESS_TAB);
    frame(120, 36);
    cr_assert(shows("back-pressure: ms of each second"));
    press(PRESS_TAB);
    frame(120, 36);
    cr_assert(shows("a knob was turned"));
    static const char kinds[] = "LKXPDM";
    for (const char *p = kinds; *p != 0; p++)
        cr_assert(shows(event_glyph(*p)), "the sign of %c", *p);
    press(PRESS_TAB);
    cr_assert_eq(c.view.help.page, HELP_KEYS);
}

/* ---- all of it, any size ---- */

Test(hand, anything_pressed_at_any_size, .timeout = 120)
{
    uint32_t seed = 7;
    static const uint32_t keys[] = {PRESS_UP,
                                    PRESS_DOWN,
                                    PRESS_LEFT,
                                    PRESS_RIGHT,
                                    PRESS_ENTER,
                                    PRESS_TAB,
                                    PRESS_SHIFT_TAB,
                                    PRESS_BACKSPACE,
                                    PRESS_ESC,
                                    PRESS_PAGE_UP,
                                    PRESS_PAGE_DOWN,
                                    PRESS_HOME,
                                    PRESS_END,
                                    'L',
                                    'S',
                                    'K',
                                    'p',
                                    '?',
                                    ':',
                                    's',
                                    'u',
                                    '=',
                                    'i',
                                    'A',
                                    ' ',
                                    'x',
                                    0xE9,
                                    0x1F600,
                                    '0',
                                    '5',
                                    'm',
                                    's',
                                    'f',
                                    '6',
                                    'v',
                                    'n'};
    for (int i = 0; i < 60000; i++) {
        seed = seed * 1664525 + 1013904223;
        press(keys[(seed >> 16) % (sizeof keys / sizeof *keys)]);
        if (i % 50 == 0) {
            now += 100 * NS_PER_MS;
            load.knobs.value[KNOB_POLICY] = i / 50 % 8;
            read_now();
        }
        if (i % 11 == 0)
            frame((int)(seed >> 8) % 130 + 1, (int)(seed >> 20) % 40 + 1);
    }
}
