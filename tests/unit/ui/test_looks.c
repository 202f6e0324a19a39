/* Options and environment against a terminal's colours; and the mask of --redact. */
#include "ui/looks.h"

#include <criterion/criterion.h>
#include <string.h>

/* An environment of pairs, name and value in turn. */
static const char *environment[16];

static char *fake_getenv(const char *name)
{
    for (int i = 0; environment[i] != NULL; i += 2)
        if (strcmp(environment[i], name) == 0) {
            static char value[64];
            strcpy(value, environment[i + 1]);
            return value;
        }
    return NULL;
}

static int colours(struct look_options o, int have, const char *name, const char *value)
{
    memset(environment, 0, sizeof environment);
    if (name != NULL) {
        environment[0] = name;
        environment[1] = value;
    }
    return looks_colours(&o, have, fake_getenv);
}

Test(looks, environment_and_options_choose_the_colours)
{
    const struct look_options none = {0}, mono = {.mono = true}, dark = {.theme = THEME_DARK + 1};
    cr_assert_eq(colours(none, 256, NULL, NULL), 256);
    cr_assert_eq(colours(none, 8, NULL, NULL), 8);
    cr_assert_eq(colours(none, 256, "NO_COLOR", "1"), 0);
    cr_assert_eq(colours(none, 256, "NO_COLOR", ""), 256, "empty counts as unset");
    cr_assert_eq(colours(none, 256, "CLICOLOR", "0"), 0);
    cr_assert_eq(colours(none, 256, "CLICOLOR", "1"), 256);
    cr_assert_eq(colours(none, 0, "CLICOLOR_FORCE", "1"), 16);
    cr_assert_eq(colours(none, 0, "FORCE_COLOR", "1"), 16);
    cr_assert_eq(colours(none, 0, "FORCE_COLOR", "3"), 256);
    cr_assert_eq(colours(none, 256, "FORCE_COLOR", "0"), 0);
    cr_assert_eq(colours(mono, 256, "FORCE_COLOR", "3"), 0, "an option goes first");
    cr_assert_eq(colours(dark, 256, "NO_COLOR", "1"), 256, "this one too");
    colours(none, 0, "NO_COLOR", "1");
    environment[2] = "FORCE_COLOR";
    environment[3] = "1";
    cr_assert_eq(looks_colours(&none, 256, fake_getenv), 256, "FORCE_COLOR before NO_COLOR");
}

Test(looks, a_light_terminal_gets_the_light_theme)
{
    const struct look_options none = {0}, dark = {.theme = THEME_DARK + 1};
    colours(none, 256, "COLORFGBG", "0;15");
    cr_assert_eq(looks_theme(&none, fake_getenv), THEME_LIGHT);
    cr_assert_eq(looks_theme(&dark, fake_getenv), THEME_DARK);
    colours(none, 256, "COLORFGBG", "15;default;0");
    cr_assert_eq(looks_theme(&none, fake_getenv), THEME_DARK);
}

Test(looks, themes_go_round_without_one_that_is_not_there)
{
    int t = THEME_DARK, n = 0;
    do {
        t = looks_next_theme(t);
        cr_assert_neq(t, THEME_USER);
        n++;
    } while (t != THEME_DARK);
    cr_assert_eq(n, THEME_USER);
}

static const char *redacted(const char *text)
{
    static char copy[256];
    strcpy(copy, text);
    redact_text(copy);
    return copy;
}

Test(looks, what_a_room_should_not_see_is_masked)
{
    cr_assert_str_eq(redacted("call arn:aws:lambda:eu-1:123456789012:function:tok now"),
                     "call arn:***************************************** now");
    cr_assert_str_eq(redacted("account 123456789012."), "account ************.");
    cr_assert_str_eq(redacted("https://me.example.org/path"), "https://**************/path");
    cr_assert_str_eq(redacted("in 9,412,006 of 123456789 at 00:03:42"),
                     "in 9,412,006 of 123456789 at 00:03:42");
    cr_assert_str_eq(redacted(""), "");
}

Test(looks, hosts_are_masked_wherever_they_stand)
{
    cr_assert_str_eq(redacted("model -> emulator at 127.0.0.1:39147, 0 records"),
                     "model -> emulator at ***************, 0 records");
    cr_assert_str_eq(redacted("at ab1.lambda-url.eu-west-1.on.aws, 3"),
                     "at *******************************, 3");
    cr_assert_str_eq(redacted("localhost:9001 and example.org:80"),
                     "************** and **************");
    static const char plain[] =
        "p99.9 0.25 at 00:00:02.5 [1] 1:Pipeline race-1.json 12.4kB ... e.g.";
    cr_assert_str_eq(redacted(plain), plain);
}

Test(looks, digits_that_a_frame_cuts_off_are_masked_too)
{
    struct grid g;
    char text[200];
    grid_init(&g);
    cr_assert(grid_resize(&g, 24, 3));
    struct rect r = {0, 0, 24, 3};
    grid_box(&g, r, (struct style){0}, NULL, (struct style){0}, NULL);
    grid_text(&g, rect_inside(r, 1), 0, 0, (struct style){0}, "account is 123456789012");
    redact_grid(&g);
    grid_dump(&g, text, sizeof text);
    cr_assert_not_null(strstr(text, "account is ···········"), "%s", text);
    grid_fini(&g);
}
