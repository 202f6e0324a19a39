/* Commands that change the screen alone. */
#include "ui/control.h"
#include "ui/screen_commands.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/fake_reading.h"

static struct control c;
static struct fake_load load;
static int64_t now;

static void begin(void)
{
    cr_assert(control_open(&c, GLYPHS_BRAILLE, false));
    fake_load_init(&load);
    c.width = 120;
    c.height = 36;
    for (now = 0; now <= NS_PER_S; now += 100 * NS_PER_MS) {
        fake_reading(&load, now, c.newest);
        control_reading(&c, now);
    }
}

static void end(void) { control_close(&c); }

static void type(const char *line)
{
    control_key(&c, ':', now);
    for (uint32_t ch; (ch = utf8_next(&line)) != 0;)
        control_key(&c, ch, now);
    control_key(&c, PRESS_ENTER, now);
    cr_assert_str_eq(c.command, "", "nothing of it goes to the engine");
}

TestSuite(screen_commands, .init = begin, .fini = end);

Test(screen_commands, set_how_the_screen_looks)
{
    type("theme projector");
    cr_assert_eq(c.view.looks.theme, THEME_PROJECTOR);
    type("glyphs ASC");
    cr_assert_eq(c.view.glyphs, GLYPHS_ASCII);
    type("frames 2");
    cr_assert_eq(c.view.fps_wanted, 2);
    type("mouse on");
    cr_assert(c.view.mouse);
    type("mouse off ");
    cr_assert_not(c.view.mouse);
    type("export run");
    cr_assert_eq(c.export, EXPORT_RUN);
    cr_assert_eq(c.view.mode, MODE_MAIN);
}

Test(screen_commands, do_what_their_keys_do)
{
    type("freeze");
    cr_assert(c.view.frozen);
    type("find linger");
    cr_assert_eq(c.view.knob, KNOB_LINGER);
    cr_assert_eq(c.view.mode, MODE_MAIN);
    type("setup");
    cr_assert_eq(c.view.mode, MODE_MENU);
    control_key(&c, PRESS_ESC, now);
    type("help");
    cr_assert_eq(c.view.mode, MODE_HELP);
}

Test(screen_commands, a_wrong_word_stays_to_be_mended)
{
    type("theme pink");
    cr_assert_eq(c.view.mode, MODE_COMMAND);
    cr_assert(c.view.status_bad);
    cr_assert_str_eq(c.status, "theme is one of dark, light, projector, mono, user");
}

Test(screen_commands, none_has_a_name_of_the_engines)
{
    for (const struct sp_command_def *d = screen_commands(); d->name != NULL; d++) {
        for (const struct sp_command_def *e = sp_commands(); e->name != NULL; e++)
            cr_assert_str_neq(d->name, e->name);
        cr_assert_eq(screen_command_find(d->example), d);
    }
    char choices[400];
    struct cmdline line;
    cmdline_init(&line);
    cmdline_start(&line, "theme pro");
    cr_assert_eq(cmdline_complete(&line, c.newest, choices, sizeof choices), 1);
    cr_assert_str_eq(line.text, "theme projector ");
}
