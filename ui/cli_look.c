/* Options of `spillway run` that say how things look, and its screenshots. */
#include "cli_request.h"
#include "theme_file.h"

#include <string.h>

int look_take_ascii(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct request *)request)->screen.look.glyphs = GLYPHS_ASCII + 1;
    return 0;
}

int look_take_mono(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct request *)request)->screen.look.mono = true;
    return 0;
}

int look_take_glyphs(void *request, const char *value, struct err *e)
{
    static const char *const names[] = {"braille", "blocks", "ascii", NULL};
    for (int i = 0; names[i]; i++) {
        if (strcmp(value, names[i]) == 0) {
            ((struct request *)request)->screen.look.glyphs = i + 1;
            return 0;
        }
    }
    return err_say(e, ERR_BAD, "\"%.60s\" are no glyphs: braille, blocks or ascii", value);
}

int look_take_theme(void *request, const char *value, struct err *e)
{
    int theme = theme_find(value);
    const char *near = preset_nearest(value, theme_names);
    if (theme < 0)
        return err_say(e, ERR_BAD, "\"%.60s\" is no theme%s%s%s", value,
                       near ? "; did you mean " : ": dark, light, projector, mono or user",
                       near ? near : "", near ? "?" : "");
    ((struct request *)request)->screen.look.theme = theme + 1;
    if (theme != THEME_USER)
        return 0;
    struct err why = {0};
    return theme_file_load(&why) == THEME_FILE_READ ? 0 : err_say(e, ERR_BAD, "%.480s", why.text);
}

int look_take_redact(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct request *)request)->screen.look.redact = true;
    return 0;
}

int look_take_mouse(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct request *)request)->screen.look.mouse = true;
    return 0;
}

int look_take_linear(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct request *)request)->screen.look.linear = true;
    return 0;
}

int look_take_screenshot(void *request, const char *value, struct err *e)
{
    return shots_add(&((struct request *)request)->shots, value, e);
}

int look_take_format(void *request, const char *value, struct err *e)
{
    ((struct request *)request)->format_said = true;
    return shots_format(&((struct request *)request)->shots, value, e);
}

int look_until(const struct request *r, const struct preset *p, struct sp_options *o, struct err *e)
{
    int64_t end = shots_end(&r->shots), given = r->duration_ns ? r->duration_ns : p->duration_ns;
    if (given && end > given && !r->records)
        return err_say(e, ERR_BAD, "--screenshot: %.3g s is after the end of the run (%.3g s)",
                       (double)end / 1e9, (double)given / 1e9);
    o->sim = true;
    if (!given && !r->records)
        o->duration_ns = end + NS_PER_S;
    return 0;
}

int look_check(const struct request *r, struct err *e)
{
    if (r->format_said && r->shots.count == 0)
        return err_say(e, ERR_BAD, "--format is for --screenshot");
    if (r->shots.count > 0 && r->live)
        return err_say(e, ERR_BAD, "--screenshot: needs virtual time, and --live was given");
    if (r->shots.count > 0 && r->record)
        return err_say(e, ERR_BAD,
                       "--screenshot records nothing; record the run, then spillway replay FILE "
                       "--screenshot makes the pictures");
    if (r->shots.count > 0 && r->sink == SP_SINK_STDOUT)
        return err_say(e, ERR_BAD, "--screenshot and --sink stdout both want standard output");
    return 0;
}
