/* Keys on the help pages. */
#include "ui/control_hand.h"
#include "ui/screen_commands.h"

#include <stdio.h>
#include <string.h>

static void move(struct control *c, int by)
{
    help_move(&c->view.help, c->view.focus, by, help_rows(c->width, c->height));
}

static void first_line(struct control *c)
{
    c->view.help.at = c->view.help.top = 0;
    move(c, 0);
}

static void run_command(struct control *c, const struct sp_command_def *d, int64_t now_ns)
{
    char text[SP_EVENT_TEXT];
    if (d->arguments[0] == 0) {
        control_send(c, d->name, now_ns);
        c->quit = c->quit || strcmp(d->name, "quit") == 0;
        return;
    }
    snprintf(text, sizeof text, "%s ", d->name);
    control_type(c, MODE_COMMAND, text);
}

/* The chosen line: its key is pressed, its command typed, its knob selected. */
static void run(struct control *c, int64_t now_ns)
{
    struct help_line line[HELP_LINES];
    int n = help_lines(&c->view.help, c->view.focus, line), at = c->view.help.at;
    if (at >= n)
        return;
    const struct help_line *x = &line[at];
    const struct key_def *key = x->kind == HELP_KEY ? &key_table[x->index] : NULL;
    enum key_context here = c->view.help.context == KEYS_RACE ? KEYS_MAIN : c->view.help.context;
    bool works = key != NULL && (key->context == KEYS_MAIN || key->context == here);
    if (key != NULL && (!works || key->action == ACT_NONE)) {
        char text[120];
        snprintf(text, sizeof text, "%s works only where it is pressed", key->name);
        control_say(c, false, text, now_ns);
        return;
    }
    if (x->kind == HELP_WORD || x->kind == HELP_TITLE || x->kind == HELP_BLANK)
        return;
    c->view.mode = MODE_MAIN;
    control_hush(c);
    if (key != NULL && key->action != ACT_HELP)
        control_do(c, key, now_ns);
    if (x->kind == HELP_COMMAND)
        run_command(c, &sp_commands()[x->index], now_ns);
    if (x->kind == HELP_SCREEN) {
        char text[SP_EVENT_TEXT];
        const struct sp_command_def *d = &screen_commands()[x->index];
        snprintf(text, sizeof text, "%s ", d->name);
        if (d->arguments[0] == 0)
            screen_command_run(c, d, d->name, now_ns);
        else
            control_type(c, MODE_COMMAND, text);
    }
    if (x->kind == HELP_KNOB) {
        c->view.knob = x->index;
        c->view.focus = PANEL_KNOBS;
        if (!knob_applies(&c->newest->knobs, x->index))
            c->view.full = PANEL_KNOBS; /* where all are shown */
    }
}

bool control_help_typed(struct control *c, uint32_t key)
{
    char *f = c->view.help.filter;
    size_t n = strlen(f);
    if (key == PRESS_BACKSPACE || key == PRESS_CTRL('U')) {
        do {
            n = n > 0 ? n - 1 : 0;
        } while (n > 0 && (((unsigned char)f[n] & 0xC0) == 0x80 || key != PRESS_BACKSPACE));
        f[n] = 0;
    } else if (key >= ' ' && key != 0x7F && key < 0x110000) {
        char bytes[4];
        size_t more = (size_t)utf8_put(key, bytes);
        if (n + more >= sizeof c->view.help.filter)
            return true;
        memcpy(f + n, bytes, more);
        f[n + more] = 0;
    } else
        return false;
    first_line(c);
    return true;
}

void control_help_back(struct control *c)
{
    if (c->view.help.filter[0] == 0)
        c->view.mode = MODE_MAIN;
    c->view.help.filter[0] = 0;
    first_line(c);
}

void control_help(struct control *c, enum action action, int64_t now_ns)
{
    int page = help_rows(c->width, c->height);
    switch (action) {
    case ACT_HELP:
        c->view.mode = MODE_HELP;
        memset(&c->view.help, 0, sizeof c->view.help);
        c->view.help.context = c->view.race        ? KEYS_RACE
                               : c->view.replay.on ? KEYS_REPLAY
                               : c->view.cross     ? KEYS_CROSS
                                                   : KEYS_MAIN;
        control_hush(c);
        first_line(c);
        break;
    case ACT_SCROLL_UP:
        move(c, -1);
        break;
    case ACT_SCROLL_DOWN:
        move(c, 1);
        break;
    case ACT_PAGE_UP:
        move(c, -page);
        break;
    case ACT_PAGE_DOWN:
        move(c, page);
        break;
    case ACT_HELP_FIRST:
        first_line(c);
        break;
    case ACT_HELP_LAST:
        move(c, HELP_LINES);
        break;
    case ACT_HELP_PAGE:
        c->view.help.page = (enum help_page)((c->view.help.page + 1) % HELP_PAGES);
        first_line(c);
        break;
    case ACT_HELP_CLOSE:
        c->view.mode = MODE_MAIN;
        break;
    case ACT_HELP_RUN:
        run(c, now_ns);
        break;
    default:
        break;
    }
}
