/* Keys of one's own, and the file that they and the set-up stand in. */
#include "ui/keymap.h"
#include "ui/setup_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct err e;
static struct screen_setup s;
static char dir[64], file[120], note[600];

static void begin(void)
{
    char folder[90];
    keymap_reset();
    snprintf(dir, sizeof dir, "/tmp/keymap-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    setenv("XDG_CONFIG_HOME", dir, 1);
    snprintf(folder, sizeof folder, "%s/spillway", dir);
    mkdir(folder, 0700);
    snprintf(file, sizeof file, "%s/screen.json", folder);
}

static void end(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    cr_assert_eq(system(command), 0);
}

TestSuite(keymap, .init = begin, .fini = end);

static void bind(const char *key, const char *to)
{
    cr_assert_eq(keymap_bind(key, to, &e), 0, "%s", e.text);
}

Test(keymap, a_key_does_what_another_does)
{
    bind("Z", "Space");
    cr_assert_eq(key_find(KEYS_MAIN, 'Z')->action, ACT_FREEZE);
    cr_assert_eq(key_find(KEYS_MAIN, ' ')->action, ACT_FREEZE, "which keeps its meaning");
    const struct key_def *z = key_find(KEYS_MAIN, 'Z');
    cr_assert_null(z->help, "one line of help for both");
    cr_assert_eq(z[-1].action, ACT_FREEZE);
    cr_assert_not(keymap_lost(note, sizeof note));
}

Test(keymap, a_key_sends_a_command_of_ones_own)
{
    bind("F5", ":spike x5 2s");
    cr_assert_eq(key_find(KEYS_MAIN, PRESS_F1 + 4)->action, ACT_SEND);
    cr_assert_str_eq(key_find(KEYS_MAIN, PRESS_F1 + 4)->command, "spike x5 2s");
    cr_assert_not_null(strstr(key_find(KEYS_MAIN, PRESS_F1 + 4)->help, "spike x5 2s"));
    cr_assert_eq(keymap_bind("F5", ":spkie x5 2s", &e), ERR_BAD);
    cr_assert_not_null(strstr(e.text, "did you mean spike"), "%s", e.text);
}

Test(keymap, a_function_that_no_key_has_left_is_told)
{
    bind("s", ":pause");
    cr_assert(keymap_lost(note, sizeof note));
    cr_assert_not_null(strstr(note, "spike at once"), "%s", note);
    bind("d", "s");
    cr_assert_not(keymap_lost(note, sizeof note));
    cr_assert_str_eq(key_find(KEYS_MAIN, 'd')->command, "spike x2 10s");
    cr_assert_not_null(key_find(KEYS_MAIN, 'd')->help);
    bind("x", "none");
    cr_assert_null(key_find(KEYS_MAIN, 'x'));
}

Test(keymap, the_help_of_a_removed_key_goes_on_to_the_next)
{
    bind("?", ":pause");
    const struct key_def *f1 = key_find(KEYS_MAIN, PRESS_F1);
    cr_assert_not_null(f1->help);
    cr_assert_not_null(strstr(f1->help, "help"));
}

Test(keymap, what_cannot_be_bound_gets_a_sentence)
{
    static const char *const bad[][2] = {
        {"Foo", "s"}, {"", "s"}, {"s", "Foo"},    {"Ctrl-C", "s"}, {"1", "s"},  {"Esc", "s"},
        {"s", "1"},   {"s", ""}, {"s", "Ctrl-Z"}, {"s", ":"},      {"ab", "s"}, {"\x01", "s"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e.text[0] = 0;
        cr_assert_eq(keymap_bind(bad[i][0], bad[i][1], &e), ERR_BAD, "%s %s", bad[i][0], bad[i][1]);
        cr_assert_gt(strlen(e.text), 10u);
    }
    for (int i = 0; i < 64; i++)
        (void)!keymap_bind((char[]){(char)('A' + i % 26), 0}, "s", &e);
    cr_assert_eq(keymap_bind("Y", "s", &e), ERR_BAD);
}

Test(screen_settings, are_read_strictly, .init = begin, .fini = end)
{
    cr_assert_eq(setup_read("f",
                            "{ \"screen\": 1, \"theme\": \"light\", \"frames\": 5,"
                            " \"mouse\": true, \"keys\": { \"Z\": \"Space\" } }",
                            &s, &e),
                 0, "%s", e.text);
    cr_assert_eq(s.theme, THEME_LIGHT);
    cr_assert_eq(setup_frames[s.frames], 5);
    cr_assert_eq(s.mouse, 1);
    cr_assert_eq(s.big, -1);
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "{}",
                                      "{\"screen\":2}",
                                      "{\"screen\":1,\"theem\":\"dark\"}",
                                      "{\"screen\":1,\"theme\":\"pink\"}",
                                      "{\"screen\":1,\"frames\":7}",
                                      "{\"screen\":1,\"mouse\":1}",
                                      "{\"screen\":1,\"mouse\":true,\"mouse\":true}",
                                      "{\"screen\":1,\"keys\":[]}",
                                      "{\"screen\":1,\"keys\":{\"Z\":1}}",
                                      "{\"screen\":1,\"keys\":{\"Z\":\"q\",\"Z\":\"q\"}}",
                                      "{\"screen\":1} x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e.text[0] = 0;
        cr_assert_eq(setup_read("f", bad[i], &s, &e), ERR_BAD, "%s", bad[i]);
        cr_assert_gt(strlen(e.text), 10u, "%s", bad[i]);
        cr_assert_eq(key_find(KEYS_MAIN, 'Z'), NULL, "nothing of it holds");
    }
}

Test(screen_settings, are_written_beside_the_keys_of_ones_own, .init = begin, .fini = end)
{
    char path[PRESET_PATH];
    struct control c;
    struct look_options said = {0};
    FILE *f = fopen(file, "w");
    cr_assert_not_null(f);
    fputs("{\"screen\":1,\"keys\":{\"F5\":\":pause\"},\"theme\":\"light\"}", f);
    fclose(f);
    cr_assert(control_open(&c, GLYPHS_BRAILLE, false));
    c.view.looks.theme = THEME_PROJECTOR;
    c.view.fps_wanted = 2;
    cr_assert_eq(setup_save(&c.view, path, &e), 0, "%s", e.text);
    setup_load(&s, note, sizeof note);
    cr_assert_str_eq(note, "");
    cr_assert_eq(s.theme, THEME_PROJECTOR);
    cr_assert_eq(key_find(KEYS_MAIN, PRESS_F1 + 4)->action, ACT_SEND, "the keys are still there");
    c.view.looks.theme = THEME_DARK;
    setup_use(&s, &said, &c);
    cr_assert_eq(c.view.looks.theme, THEME_PROJECTOR);
    cr_assert_eq(c.view.fps_wanted, 2);
    said.theme = THEME_LIGHT + 1;
    c.view.looks.theme = THEME_LIGHT;
    setup_use(&s, &said, &c);
    cr_assert_eq(c.view.looks.theme, THEME_LIGHT, "the command line goes first");
    control_close(&c);
}

Test(screen_settings, a_bad_file_is_never_overwritten, .init = begin, .fini = end)
{
    char path[PRESET_PATH], text[40] = "";
    struct control c;
    FILE *f = fopen(file, "w");
    fputs("mine, but no JSON", f);
    fclose(f);
    cr_assert(control_open(&c, GLYPHS_BRAILLE, false));
    cr_assert_eq(setup_save(&c.view, path, &e), ERR_BAD);
    setup_load(&s, note, sizeof note);
    cr_assert_not_null(strstr(note, "no JSON"));
    f = fopen(file, "r");
    cr_assert_not_null(fgets(text, sizeof text, f));
    fclose(f);
    cr_assert_str_eq(text, "mine, but no JSON");
    control_close(&c);
}
