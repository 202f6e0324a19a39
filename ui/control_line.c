/* The command line and the entry of a knob's value: keys, what is wrong with the text so
 * far, and what could follow. */
#include "ui/control_hand.h"
#include "ui/control_time.h"
#include "ui/screen_commands.h"

#include <stdio.h>
#include <string.h>

/* The command that the line stands for. */
static void typed(const struct control *c, char *dst, size_t size)
{
    if (c->view.mode == MODE_ENTRY)
        snprintf(dst, size, "set %s %s", knob_table[c->view.knob].name, c->line.text);
    else
        snprintf(dst, size, "%s", c->line.text);
}

/* The entry as the command line that it stands for, the cursor at the same place. */
static void whole_line(const struct control *c, struct cmdline *whole)
{
    char text[SP_EVENT_TEXT + CMDLINE_BYTES];
    if (c->view.mode != MODE_ENTRY) {
        *whole = c->line;
        return;
    }
    memset(whole, 0, sizeof *whole);
    typed(c, text, sizeof text);
    cmdline_start(whole, text);
    whole->cursor = whole->length - (c->line.length - c->line.cursor);
}

/* ---- hints ------------------------------------------------------------------------- */

/* The sentence without its "column 7: ". */
static const char *sentence(const char *text)
{
    int n = 0;
    if (sscanf(text, "column %*d: %n", &n) == 0 && n > 0)
        return text + n;
    return text;
}

/* What the command wants: of `set FIELD` the knob's range and sentence. */
static void hint_wanted(struct control *c, const struct cmdline *whole)
{
    char range[200], name[64] = "";
    int knob = c->view.mode == MODE_ENTRY ? c->view.knob : -1;
    if (knob < 0 && sscanf(whole->text, "set %63s", name) == 1)
        knob = knob_find(name, strlen(name));
    if (knob >= 0) {
        knob_range(knob, range, sizeof range);
        snprintf(c->hint, sizeof c->hint, "%s, default %s, now %s: %s", range,
                 knob_text(knob, knob_table[knob].preset).s,
                 knob_text(knob, c->newest->knobs.value[knob]).s, knob_table[knob].help);
        return;
    }
    const struct sp_command_def *d = cmdline_command(whole->text);
    if (d != NULL)
        snprintf(c->hint, sizeof c->hint, "%s %s: %s", d->name, d->arguments, d->help);
}

/* While a word can still become something good, nothing is called wrong. */
static void hint(struct control *c)
{
    struct cmdline whole;
    struct err e = {0, ""};
    char choices[400];
    whole_line(c, &whole);
    c->hint[0] = 0;
    c->view.hint_bad = false;
    if (whole.text[strspn(whole.text, " ")] == 0) {
        snprintf(c->hint, sizeof c->hint,
                 "a command: Tab completes, ↑ earlier ones, → takes what is suggested, Esc leaves");
        return;
    }
    int rc = screen_command_find(whole.text) != NULL ? 0 : sp_command_check(whole.text, &e);
    bool missing = rc != 0 && strstr(e.text, "something is missing") != NULL;
    int n = rc != 0 ? cmdline_candidates(&whole, c->newest, choices, sizeof choices) : 0;
    if (n > 1)
        snprintf(c->hint, sizeof c->hint, "%s", choices);
    else if (rc == 0 || missing || n == 1)
        hint_wanted(c, &whole);
    else {
        snprintf(c->hint, sizeof c->hint, "%s", sentence(e.text));
        c->view.hint_bad = true;
    }
}

static void suggest(struct control *c)
{
    struct cmdline whole;
    if (c->view.mode == MODE_FIND) {
        control_find_typed(c);
        return;
    }
    if (c->view.mode == MODE_COMMAND) {
        cmdline_suggest(&c->line, c->newest);
    } else if (c->line.length > 0) {
        whole_line(c, &whole);
        cmdline_suggest(&whole, c->newest);
        memcpy(c->line.ghost, whole.ghost, sizeof c->line.ghost);
    } else {
        /* the value as it is: what is typed takes its place */
        snprintf(c->line.ghost, sizeof c->line.ghost, "%s",
                 knob_text(c->view.knob, knob_in_hand(c, c->view.knob)).s);
    }
    hint(c);
}

/* ---- keys ---------------------------------------------------------------------------- */

void control_type(struct control *c, enum mode mode, const char *text)
{
    control_hush(c);
    cmdline_start(&c->line, text);
    c->view.mode = mode;
    suggest(c);
}

static void complete(struct control *c, int by, int64_t now_ns)
{
    char choices[400];
    if (c->view.mode != MODE_ENTRY) {
        cmdline_tab(&c->line, by, c->newest, choices, sizeof choices);
    } else {
        struct cmdline whole;
        size_t head = strlen("set ") + strlen(knob_table[c->view.knob].name) + 1;
        whole_line(c, &whole);
        whole.cycling = c->line.cycling;
        whole.word_at = c->line.word_at;
        whole.candidate = c->line.candidate;
        memcpy(whole.word, c->line.word, sizeof whole.word);
        cmdline_tab(&whole, by, c->newest, choices, sizeof choices);
        if (strlen(whole.text) < head)
            return;
        char value[CMDLINE_BYTES];
        snprintf(value, sizeof value, "%s", whole.text + head);
        if (value[0] != 0 && value[strlen(value) - 1] == ' ')
            value[strlen(value) - 1] = 0;
        cmdline_start(&c->line, value);
        c->line.cycling = whole.cycling;
        c->line.word_at = whole.word_at;
        c->line.candidate = whole.candidate;
        memcpy(c->line.word, whole.word, sizeof c->line.word);
    }
    suggest(c);
    control_say(c, false, choices, now_ns);
}

/* `quit` in any of its short forms ends the screen too. */
static bool is_quit(const char *text)
{
    size_t n = strcspn(text, " ");
    return n > 0 && strncmp("quit", text, n) == 0 && text[n + strspn(text + n, " ")] == 0;
}

/* Collected changes take the value; it has been checked. */
static void queue_entry(struct control *c, int64_t now_ns)
{
    const struct knob_def *d = &knob_table[c->view.knob];
    const char *text = c->line.text + strspn(c->line.text, " ");
    size_t n = strcspn(text, " ");
    char why[300];
    int64_t value = 0;
    bool good = false;
    for (int64_t i = d->min; d->names != NULL && !good && i <= d->max; i++)
        if (strncmp(d->names[i], text, n) == 0) {
            value = i;
            good = true;
        }
    if (!good && !knob_read((enum knob)c->view.knob, text, n, &value, why, sizeof why)) {
        control_say(c, true, why, now_ns);
        return;
    }
    c->view.mode = MODE_MAIN;
    control_queue(c, c->view.knob, value, now_ns);
}

static void enter(struct control *c, int64_t now_ns)
{
    char text[SP_EVENT_TEXT + CMDLINE_BYTES];
    typed(c, text, sizeof text);
    if (text[strspn(text, " ")] == 0) {
        c->view.mode = MODE_MAIN;
        return;
    }
    const struct sp_command_def *own =
        c->view.mode == MODE_COMMAND ? screen_command_find(text) : NULL;
    if (own != NULL) {
        if (screen_command_run(c, own, text, now_ns) && !mode_types(c->view.mode)) {
            cmdline_start(&c->line, text);
            cmdline_remember(&c->line);
            c->remembered = true;
        }
        return;
    }
    bool stats = control_stats(c, text + strspn(text, " :"), now_ns);
    if ((stats && c->view.status_bad) || !control_send(c, text, now_ns))
        return; /* the line stays, so that it can be mended */
    if (c->view.mode == MODE_ENTRY && c->view.knobs.staging) {
        c->command[0] = 0;
        queue_entry(c, now_ns);
        return;
    }
    if (c->view.mode == MODE_COMMAND) {
        cmdline_remember(&c->line);
        c->remembered = true;
    }
    c->quit = c->quit || is_quit(c->command);
    c->view.mode = MODE_MAIN;
    control_hush(c);
}

void control_line_key(struct control *c, uint32_t key, int64_t now_ns)
{
    if ((key == PRESS_TAB || key == PRESS_SHIFT_TAB) && c->view.mode != MODE_FIND) {
        complete(c, key == PRESS_TAB ? 1 : -1, now_ns);
        return;
    }
    switch (cmdline_key(&c->line, key)) {
    case CMDLINE_ENTERED:
        if (c->view.mode == MODE_FIND)
            control_find_enter(c, now_ns);
        else
            enter(c, now_ns);
        break;
    case CMDLINE_CANCELLED:
        if (c->view.mode == MODE_FIND)
            control_find_leave(c);
        c->view.mode = MODE_MAIN;
        control_hush(c);
        break;
    case CMDLINE_EDITED:
        control_hush(c);
        suggest(c);
        break;
    case CMDLINE_IGNORED:
        break;
    }
}
