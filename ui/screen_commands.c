/* The table of the screen's own commands. */
#include "ui/screen_commands.h"

#include "ui/control_hand.h"
#include "ui/control_looks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const on_off[] = {"off", "on", NULL};
static const char *const glyph_words[] = {"braille", "blocks", "ASCII", NULL};
static const char *const frame_words[] = {"1", "2", "5", "10", NULL};
static const char *const export_words[] = {"window", "run", NULL};

static void set_theme(struct control *c, int i)
{
    if (theme_exists(i) && c->view.looks.colours > 0)
        c->view.looks.theme = i;
    c->view.mono = c->view.looks.theme == THEME_MONO;
    c->redraw = true;
}
static void set_glyphs(struct control *c, int i) { c->view.glyphs = (enum glyphs)i; }
static void set_frames(struct control *c, int i) { c->view.fps_wanted = setup_frames[i]; }
static void set_mouse(struct control *c, int i) { c->view.mouse = i; }
static void set_big(struct control *c, int i) { c->view.looks.big = i; }
static void set_redact(struct control *c, int i) { c->view.looks.redact = i; }
static void set_export(struct control *c, int i) { c->export = i ? EXPORT_RUN : EXPORT_WINDOW; }

static const struct screen_command {
    const char *const *words; /* NULL: any text, or none */
    void (*set)(struct control *c, int i);
    enum action action; /* where there is nothing to set */
} rows[] = {
    {theme_names, set_theme, ACT_NONE},
    {glyph_words, set_glyphs, ACT_NONE},
    {frame_words, set_frames, ACT_NONE},
    {on_off, set_mouse, ACT_NONE},
    {on_off, set_big, ACT_NONE},
    {on_off, set_redact, ACT_NONE},
    {export_words, set_export, ACT_NONE},
    {NULL, NULL, ACT_FIND},
    {NULL, NULL, ACT_MENU_OPEN},
    {NULL, NULL, ACT_MENU_SETUP},
    {NULL, NULL, ACT_FREEZE},
    {NULL, NULL, ACT_HELP},
};

static const struct sp_command_def shown[] = {
    {"theme", "NAME", "colours of the screen", "theme light"},
    {"glyphs", "NAME", "what graphs are drawn with", "glyphs blocks"},
    {"frames", "N", "frames a second: 1, 2, 5 or 10", "frames 5"},
    {"mouse", "on|off", "clicks and wheel for the screen; Shift marks text then", "mouse on"},
    {"digits", "on|off", "the main figures in big digits", "digits on"},
    {"redact", "on|off", "masks account numbers, ARNs and host names", "redact on"},
    {"export", "window|run", "the screen and its figures, or those of the whole run, as files",
     "export window"},
    {"find", "TEXT", "a panel or a knob by part of its name", "find linger"},
    {"open", "", "the presets, and what each would change", "open"},
    {"setup", "", "colours, glyphs, frames, mouse; Enter keeps it", "setup"},
    {"freeze", "", "holds the view, or lets it go; recording continues", "freeze"},
    {"help", "", "every key and command", "help"},
    {NULL, NULL, NULL, NULL},
};
_Static_assert(sizeof shown / sizeof *shown == sizeof rows / sizeof *rows + 1, "row by row");

const struct sp_command_def *screen_commands(void) { return shown; }

const struct sp_command_def *screen_command_find(const char *text)
{
    text += strspn(text, " :");
    size_t n = strcspn(text, " ");
    for (const struct sp_command_def *d = shown; d->name != NULL; d++)
        if (strlen(d->name) == n && memcmp(d->name, text, n) == 0)
            return d;
    return NULL;
}

const char *const *screen_command_words(const struct sp_command_def *d)
{
    return rows[d - shown].words;
}

/* The one of the words that `word` is, or begins like no other; -1: none. */
static int choose(const char *const *words, const char *word)
{
    int found = -1, hits = 0;
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
        if (word[0] != 0 && strncmp(words[i], word, strlen(word)) == 0) {
            found = i;
            hits++;
        }
    }
    return hits == 1 ? found : -1;
}

static void run_action(struct control *c, enum action action, const char *rest, int64_t now_ns)
{
    const struct key_def *key = NULL;
    for (int i = 0; i < key_usual_count && key == NULL; i++)
        if (key_usual[i].context == KEYS_MAIN && key_usual[i].action == action)
            key = &key_usual[i];
    assert(key != NULL);
    c->view.mode = MODE_MAIN;
    control_do(c, key, now_ns);
    if (action != ACT_FIND || rest[0] == 0)
        return;
    control_type(c, MODE_FIND, rest);
    control_find_enter(c, now_ns);
}

bool screen_command_run(struct control *c, const struct sp_command_def *d, const char *text,
                        int64_t now_ns)
{
    const struct screen_command *row = &rows[d - shown];
    char word[CMDLINE_BYTES], say[300] = "";
    text += strspn(text, " :");
    text += strlen(d->name);
    text += strspn(text, " ");
    snprintf(word, sizeof word, "%s", text);
    for (size_t n = strlen(word); n > 0 && word[n - 1] == ' '; n--)
        word[n - 1] = 0;
    if (row->words == NULL) {
        run_action(c, row->action, word, now_ns);
        return true;
    }
    int i = choose(row->words, word);
    if (i >= 0) {
        row->set(c, i);
        c->view.mode = MODE_MAIN;
        return true;
    }
    snprintf(say, sizeof say, "%s is one of", d->name);
    for (int k = 0; row->words[k] != NULL; k++)
        snprintf(say + strlen(say), sizeof say - strlen(say), "%s %s", k ? "," : "", row->words[k]);
    control_say(c, true, say, now_ns);
    return false;
}
