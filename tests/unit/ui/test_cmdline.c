/* The line editor. */
#include "ui/cmdline.h"
#include "ui/keys.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spillway.h"

static struct cmdline c;

static void begin(void) { cmdline_init(&c); }

static void type(const char *text)
{
    for (uint32_t ch; (ch = utf8_next(&text)) != 0;)
        cmdline_key(&c, ch);
}

TestSuite(cmdline, .init = begin);

Test(cmdline, characters_go_in_at_the_cursor)
{
    type("spke");
    cmdline_key(&c, PRESS_LEFT);
    cmdline_key(&c, PRESS_LEFT);
    type("i");
    cr_assert_str_eq(c.text, "spike");
    cmdline_key(&c, PRESS_HOME);
    type("at 5s ");
    cmdline_key(&c, PRESS_CTRL('E'));
    type("!");
    cr_assert_str_eq(c.text, "at 5s spike!");
}

Test(cmdline, a_character_of_several_bytes_moves_as_one)
{
    type("aé▲");
    cmdline_key(&c, PRESS_LEFT);
    cmdline_key(&c, PRESS_LEFT);
    cr_assert_eq(c.cursor, 1);
    cmdline_key(&c, PRESS_DELETE);
    cr_assert_str_eq(c.text, "a▲");
    cmdline_key(&c, PRESS_RIGHT);
    cmdline_key(&c, PRESS_BACKSPACE);
    cr_assert_str_eq(c.text, "a");
    cmdline_key(&c, PRESS_RIGHT);
    cr_assert_eq(c.cursor, 1, "not beyond the end");
}

Test(cmdline, words_and_ends_can_be_cut)
{
    type("set busy_on  85%");
    cmdline_key(&c, PRESS_CTRL('W'));
    cr_assert_str_eq(c.text, "set busy_on  ");
    cmdline_key(&c, PRESS_CTRL('W'));
    cr_assert_str_eq(c.text, "set ");
    type("x");
    cmdline_key(&c, PRESS_HOME);
    cmdline_key(&c, PRESS_CTRL('K'));
    cr_assert_str_eq(c.text, "");
    type("abc");
    cmdline_key(&c, PRESS_LEFT);
    cmdline_key(&c, PRESS_CTRL('U'));
    cr_assert_str_eq(c.text, "c");
}

Test(cmdline, a_line_has_an_end)
{
    for (int i = 0; i < 500; i++)
        type("▲");
    cr_assert_lt(c.length, CMDLINE_BYTES);
    cr_assert_eq(c.length % 3, 0, "no character is cut");
    cr_assert_eq(cmdline_key(&c, 0x25B2), CMDLINE_IGNORED);
}

Test(cmdline, earlier_lines_come_back_and_the_draft_is_kept)
{
    cmdline_start(&c, "first");
    cmdline_remember(&c);
    cmdline_remember(&c);
    cmdline_start(&c, "second");
    cmdline_remember(&c);
    cmdline_start(&c, "  ");
    cmdline_remember(&c);
    cr_assert_eq(c.history_count, 2, "neither twice in a row nor blank");
    cmdline_start(&c, "");
    type("dra");
    cmdline_key(&c, PRESS_UP);
    cr_assert_str_eq(c.text, "second");
    cmdline_key(&c, PRESS_UP);
    cmdline_key(&c, PRESS_UP);
    cr_assert_str_eq(c.text, "first");
    cmdline_key(&c, PRESS_DOWN);
    cmdline_key(&c, PRESS_DOWN);
    cmdline_key(&c, PRESS_DOWN);
    cr_assert_str_eq(c.text, "dra");
}

Test(cmdline, the_history_forgets_the_oldest)
{
    for (int i = 0; i < CMDLINE_HISTORY + 3; i++) {
        char text[20];
        snprintf(text, sizeof text, "line %d", i);
        cmdline_start(&c, text);
        cmdline_remember(&c);
    }
    cr_assert_eq(c.history_count, CMDLINE_HISTORY);
    cmdline_start(&c, "");
    for (int i = 0; i < CMDLINE_HISTORY + 5; i++)
        cmdline_key(&c, PRESS_UP);
    cr_assert_str_eq(c.text, "line 3");
}

Test(cmdline, enter_esc_and_backspace_on_nothing_end_it)
{
    type("x");
    cr_assert_eq(cmdline_key(&c, PRESS_ENTER), CMDLINE_ENTERED);
    cr_assert_eq(cmdline_key(&c, PRESS_ESC), CMDLINE_CANCELLED);
    cr_assert_eq(cmdline_key(&c, PRESS_BACKSPACE), CMDLINE_EDITED);
    cr_assert_eq(cmdline_key(&c, PRESS_BACKSPACE), CMDLINE_CANCELLED);
    cr_assert_eq(cmdline_key(&c, PRESS_F1), CMDLINE_IGNORED);
    cr_assert_eq(c.length, 0);
}

static char choices[400];

static int complete(const char *text, const struct sp_reading *reading)
{
    cmdline_start(&c, text);
    return cmdline_complete(&c, reading, choices, sizeof choices);
}

Test(cmdline, tab_completes_commands)
{
    cr_assert_eq(complete("spi", NULL), 1);
    cr_assert_str_eq(c.text, "spike ");
    cr_assert_str_eq(choices, "");
    cr_assert_gt(complete("", NULL), 5);
    cr_assert(strstr(choices, "spike") != NULL);
    cr_assert_eq(complete("xyzzy", NULL), 0);
    cr_assert_str_eq(c.text, "xyzzy");
}

Test(cmdline, tab_completes_commands_of_two_words)
{
    complete("fau", NULL);
    cr_assert_str_eq(c.text, "fault ");
    complete("fault of", NULL);
    cr_assert_str_eq(c.text, "fault off ");
    complete("at 5s fault latenc", NULL);
    cr_assert_str_eq(c.text, "at 5s fault latency ");
}

Test(cmdline, tab_completes_knobs_as_far_as_they_agree)
{
    cr_assert_eq(complete("set bus", NULL), 3);
    cr_assert_str_eq(c.text, "set busy_");
    cr_assert_str_eq(choices, "busy_threshold busy_on busy_off");
    complete("set busy_on", NULL);
    cr_assert_str_eq(c.text, "set busy_on ");
    complete("auto lin", NULL);
    cr_assert_str_eq(c.text, "auto linger ");
}

Test(cmdline, tab_completes_names_that_a_knob_can_have)
{
    complete("set overflow bl", NULL);
    cr_assert_str_eq(c.text, "set overflow block ");
    complete("policy hy", NULL);
    cr_assert_str_eq(c.text, "policy hysteresis ");
    complete("order g", NULL);
    cr_assert_str_eq(c.text, "order global ");
    complete("at 5s policy hy", NULL);
    cr_assert_str_eq(c.text, "at 5s policy hysteresis ");
    cr_assert_eq(complete("set batch 5", NULL), 0);
}

Test(cmdline, tab_completes_operators_of_the_running_pipeline)
{
    struct sp_reading *r = calloc(1, sizeof *r);
    strcpy(r->vertex[0].name, "source");
    strcpy(r->vertex[1].name, "tokenizer");
    r->vertex_count = 2;
    complete("kill to", r);
    cr_assert_str_eq(c.text, "kill tokenizer ");
    free(r);
}

Test(cmdline, tab_in_the_middle_of_a_line_leaves_the_rest)
{
    cmdline_start(&c, "set bat 50");
    for (int i = 0; i < 3; i++)
        cmdline_key(&c, PRESS_LEFT);
    cmdline_complete(&c, NULL, choices, sizeof choices);
    cr_assert_str_eq(c.text, "set batch 50");
}
