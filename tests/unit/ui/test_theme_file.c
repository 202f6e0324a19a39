/* A person's own theme, and sentences about what is wrong with it. */
#include "ui/theme_file.h"

#include <criterion/criterion.h>
#include <string.h>

static struct theme theme;
static struct err e;

static bool refused(const char *text, const char *because)
{
    memset(&e, 0, sizeof e);
    int code = theme_read("my.json", text, &theme, &e);
    bool ok =
        code == ERR_BAD && strstr(e.text, because) != NULL && strncmp(e.text, "my.json", 7) == 0;
    if (!ok)
        cr_log_error("%s\n-> %d %s", text, code, e.text);
    return ok;
}

Test(theme_file, what_is_left_out_comes_from_the_base)
{
    cr_assert_eq(theme_read("x", "{\"theme\":1}", &theme, &e), 0, "%s", e.text);
    cr_assert_eq(memcmp(theme.colour, theme_get(THEME_DARK)->colour, sizeof theme.colour), 0);
    cr_assert_eq(theme_read("x",
                            "{\"theme\":1,\"base\":\"light\",\"ground\":\"#ffffd7\",\"bold\":true,"
                            "\"colours\":{\"burst\":\"#af0000\",\"text\":16,\"dim\":\"default\"},"
                            "\"heat\":[1,2,3,4,5,6,7,8,9,10]}",
                            &theme, &e),
                 0, "%s", e.text);
    cr_assert_eq(theme.ground, 230);
    cr_assert(theme.bold && theme.on_light);
    cr_assert_eq(theme.colour[ROLE_BURST], 124);
    cr_assert_eq(theme.colour[ROLE_TEXT], 16);
    cr_assert_eq(theme.colour[ROLE_DIM], INK_OWN);
    cr_assert_eq(theme.colour[ROLE_HEAT_LAST], 10);
    cr_assert_eq(theme.colour[ROLE_GOOD], theme_get(THEME_LIGHT)->colour[ROLE_GOOD]);
}

Test(theme_file, every_fault_gets_a_sentence)
{
    cr_assert(refused("", ":1:1: "));
    cr_assert(refused("{\"theme\":1,\n  \"base\" \"dark\"}", ":2:"));
    cr_assert(refused("{\"theme\":1} x", "JSON"));
    cr_assert(refused("[]", "a theme is an object"));
    cr_assert(refused("{}", "\"theme\": 1 is missing"));
    cr_assert(refused("{\"theme\":2}", "\"theme\": 1 is missing"));
    cr_assert(refused("{\"theme\":1,\"colors\":{}}", "did you mean \"colours\""));
    cr_assert(refused("{\"theme\":1,\"bold\":true,\"bold\":true}", "twice"));
    cr_assert(refused("{\"theme\":1,\"base\":\"mono\"}", "\"base\" must be"));
    cr_assert(refused("{\"theme\":1,\"bold\":1}", "\"bold\" must be"));
    cr_assert(refused("{\"theme\":1,\"colours\":[]}", "\"colours\" must be"));
    cr_assert(refused("{\"theme\":1,\"colours\":{\"brust\":1}}", "did you mean \"burst\""));
    cr_assert(refused("{\"theme\":1,\"colours\":{\"burst\":256}}", "0 to 255"));
    cr_assert(refused("{\"theme\":1,\"colours\":{\"burst\":1.5}}", "0 to 255"));
    cr_assert(refused("{\"theme\":1,\"colours\":{\"burst\":\"#12345\"}}", "0 to 255"));
    cr_assert(refused("{\"theme\":1,\"colours\":{\"burst\":null}}", "0 to 255"));
    cr_assert(refused("{\"theme\":1,\"heat\":[1,2]}", "10 colours"));
}

Test(theme_file, a_bad_theme_changes_nothing)
{
    memset(&theme, 7, sizeof theme);
    struct theme before = theme;
    cr_assert(refused("{\"theme\":1,\"ground\":-3}", "ground"));
    cr_assert_eq(memcmp(&before, &theme, sizeof theme), 0);
}
