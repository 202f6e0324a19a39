/* Finding: a knob or a panel by part of its name; in the events, only the lines that have
 * a word, or that have it not. */
#include "ui/control_hand.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FOUND 8

/* What a text can mean: names that begin with it, then others that have it; of each,
 * panels first. */
struct found {
    int count;
    struct {
        bool panel;
        int index;
        const char *name;
    } item[FOUND];
};

static void add(struct found *f, bool panel, int index, const char *name, const char *text,
                bool begins)
{
    bool does = strncasecmp(name, text, strlen(text)) == 0;
    if (f->count == FOUND || does != begins || !text_contains(name, text))
        return;
    f->item[f->count].panel = panel;
    f->item[f->count].index = index;
    f->item[f->count++].name = name;
}

static struct found find(const char *text)
{
    struct found f = {.count = 0};
    for (int begins = 1; begins >= 0 && text[0] != 0; begins--) {
        for (int a = 0; a < PANEL_COUNT; a++)
            add(&f, true, a, panel_title((enum area)a), text, begins);
        for (int k = 0; k < KNOB_COUNT; k++)
            add(&f, false, k, knob_table[k].name, text, begins);
    }
    return f;
}

static bool filters(const struct control *c)
{
    return c->view.focus == PANEL_EVENTS || c->view.full == PANEL_EVENTS;
}

void control_find(struct control *c)
{
    if (filters(c))
        c->view.focus = PANEL_EVENTS;
    control_type(c, MODE_FIND, filters(c) ? c->filter : "");
}

static void say_found(struct control *c, const struct found *f)
{
    size_t n = 0;
    c->hint[0] = 0;
    for (int i = 0; i < f->count && n < sizeof c->hint; i++) {
        char what[60];
        if (f->item[i].panel)
            snprintf(what, sizeof what, "[%d] %s", f->item[i].index + 1, f->item[i].name);
        else
            snprintf(what, sizeof what, "knob %s", f->item[i].name);
        n +=
            (size_t)snprintf(c->hint + n, sizeof c->hint - n, i == 0 ? "Enter: %s" : " · %s", what);
    }
}

static int passing(const struct control *c)
{
    int n = 0;
    for (int i = 0; i < c->history.event_count; i++)
        n += event_passes(history_event(&c->history, i), c->filter);
    return n;
}

void control_find_typed(struct control *c)
{
    c->line.ghost[0] = 0;
    c->view.hint_bad = false;
    if (filters(c)) {
        snprintf(c->filter, sizeof c->filter, "%s", c->line.text);
        snprintf(c->hint, sizeof c->hint,
                 "%d of %d lines: a word, or !word for lines without it; Enter keeps it, Esc shows "
                 "all again",
                 passing(c), c->history.event_count);
        return;
    }
    struct found f = find(c->line.text);
    say_found(c, &f);
    if (c->line.length == 0)
        snprintf(c->hint, sizeof c->hint,
                 "part of the name of a panel or a knob (in Events: what its lines must have)");
    else if (f.count == 0) {
        snprintf(c->hint, sizeof c->hint, "no panel and no knob has \"%.60s\"", c->line.text);
        c->view.hint_bad = true;
    }
}

static void go_to(struct control *c, bool panel, int index)
{
    struct layout l;
    view_layout(c->width, c->height, &c->view, &l);
    enum area a = panel ? (enum area)index : PANEL_KNOBS;
    if (!panel)
        c->view.knob = index;
    c->view.focus = a;
    bool hidden = rect_empty(l.area[a]) || (!panel && !knob_applies(&c->newest->knobs, index));
    if (hidden || (c->view.full != AREA_NONE && c->view.full != a))
        c->view.full = a;
}

void control_find_enter(struct control *c, int64_t now_ns)
{
    struct found f = find(c->line.text);
    bool filter = filters(c);
    if (!filter && f.count == 0 && c->line.length > 0)
        return; /* the line stays, so that it can be mended */
    c->view.mode = MODE_MAIN;
    control_hush(c);
    if (!filter && f.count > 0)
        go_to(c, f.item[0].panel, f.item[0].index);
    if (filter && c->filter[0] != 0)
        control_say(c, false, "filtered: Esc shows all lines again", now_ns);
}

void control_find_leave(struct control *c)
{
    if (filters(c))
        c->filter[0] = 0;
}
