/* What is kept from one run to the next. */
#include "ui/state_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[200];
static struct control c;

static void begin(void)
{
    strcpy(dir, "/tmp/spillway-state-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    setenv("XDG_STATE_HOME", dir, 1);
    cr_assert(control_open(&c, GLYPHS_ASCII, true));
}

static void end(void)
{
    char command[300];
    control_close(&c);
    snprintf(command, sizeof command, "chmod -R u+w '%s'; rm -rf '%s'", dir, dir);
    cr_assert_eq(system(command), 0);
}

static const char *place(const char *file)
{
    snprintf(path, sizeof path, "%s/spillway/%s", dir, file);
    return path;
}

static void enter(const char *line)
{
    cmdline_start(&c.line, line);
    cmdline_remember(&c.line);
    c.remembered = true;
    state_keep(&c);
}

/* Another program with the same files. */
static void start_again(void)
{
    control_close(&c);
    cr_assert(control_open(&c, GLYPHS_ASCII, true));
    state_load(&c);
}

TestSuite(state_file, .init = begin, .fini = end);

Test(state_file, lines_come_back_and_are_private)
{
    struct stat st;
    enter("spike x3 5s");
    enter("set batch 64");
    cr_assert_eq(stat(place("history"), &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    start_again();
    cr_assert_eq(c.line.history_count, 2);
    cmdline_start(&c.line, "");
    cmdline_key(&c.line, PRESS_UP);
    cr_assert_str_eq(c.line.text, "set batch 64");
}

Test(state_file, the_file_is_bounded)
{
    for (int i = 0; i < 3 * CMDLINE_HISTORY; i++) {
        char line[40];
        snprintf(line, sizeof line, "mark %d", i);
        enter(line);
    }
    start_again();
    cr_assert_eq(c.line.history_count, CMDLINE_HISTORY);
    cmdline_start(&c.line, "");
    cmdline_key(&c.line, PRESS_UP);
    cr_assert_str_eq(c.line.text, "mark 299");
}

Test(state_file, two_programs_keep_each_others_lines)
{
    enter("mark one");
    FILE *f = fopen(place("history"), "a");
    fputs("mark other\n", f);
    fclose(f);
    enter("mark two");
    start_again();
    cr_assert_eq(c.line.history_count, 3);
}

Test(state_file, a_spoiled_file_is_no_harm)
{
    enter("mark good");
    FILE *f = fopen(place("history"), "a");
    fputs("\033[2Jevil\n\xff\xfe\n\n", f);
    for (int i = 0; i < 100000; i++)
        fputc('x', f);
    fputs("\nmark last\n", f);
    fclose(f);
    start_again();
    cmdline_start(&c.line, "");
    cmdline_key(&c.line, PRESS_UP);
    cr_assert_str_eq(c.line.text, "mark last");
    for (int i = 0; i < c.line.history_count; i++)
        cr_assert_eq(strspn(c.line.history[i], "mark goodlst"), strlen(c.line.history[i]));
}

Test(state_file, a_pipe_in_its_place_does_not_stop_the_program)
{
    enter("mark x");
    cr_assert_eq(unlink(place("history")), 0);
    cr_assert_eq(mkfifo(place("history"), 0600), 0);
    start_again();
    cr_assert_eq(c.line.history_count, 0);
}

Test(state_file, the_card_is_shown_once)
{
    state_load(&c);
    cr_assert(c.view.card);
    control_key(&c, 's', 0);
    state_keep(&c);
    start_again();
    cr_assert_not(c.view.card);
}

Test(state_file, where_nothing_can_be_written_it_comes_again)
{
    setenv("XDG_STATE_HOME", "/proc/nowhere", 1);
    state_load(&c);
    cr_assert(c.view.card);
    control_key(&c, 's', 0);
    enter("mark x");
    start_again();
    cr_assert(c.view.card);
    cr_assert_eq(c.line.history_count, 0);
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    start_again();
    cr_assert(c.view.card);
}
