/* Keys to commands. One function per action, in a table. */
#include "ui/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool control_open(struct control *c, enum glyphs glyphs, bool mono)
{
    memset(c, 0, sizeof *c);
    c->newest = calloc(1, sizeof *c->newest);
    c->frozen = calloc(1, sizeof *c->frozen);
    bool history = history_open(&c->history);
    if (c->newest == NULL || c->frozen == NULL || !history) {
        control_close(c);
        return false;
    }
    knobs_init(&c->newest->knobs);
    c->pending_knob = -1;
    cmdline_init(&c->line);
    c->view = (struct view){.reading = c->newest, .history = &c->history,
                            .window_ns = CONTROL_WINDOW_NS, .glyphs = glyphs, .mono = mono,
                            .focus = PANEL_KNOBS, .full = AREA_NONE, .knob = KNOB_POLICY,
                            .mode = MODE_MAIN, .line = &c->line, .status = c->status};
    return true;
}

void control_close(struct control *c)
{
    free(c->newest);
    free(c->frozen);
    history_close(&c->history);
    c->newest = c->frozen = NULL;
}

void control_say(struct control *c, bool bad, const char *text, int64_t now_ns)
{
    snprintf(c->status, sizeof c->status, "%s", text);
    c->view.status_bad = bad;
    c->status_until_ns = now_ns + CONTROL_STATUS_NS;
}

static void say_nothing(struct control *c)
{
    c->status[0] = 0;
    c->view.status_bad = false;
}

/* ---- sending ---------------------------------------------------------------------- */

/* Checks a command and leaves it for sending. false: it is wrong, and the screen says why. */
static bool send(struct control *c, const char *text, int64_t now_ns)
{
    struct err e = {0, ""};
    while (*text == ' ' || *text == ':')
        text++;
    if (strlen(text) >= sizeof c->command) {
        control_say(c, true, "the command is too long", now_ns);
        return false;
    }
    if (sp_command_check(text, &e) != 0) {
        control_say(c, true, e.text, now_ns);
        return false;
    }
    snprintf(c->command, sizeof c->command, "%s", text);
    return true;
}

static void send_knob(struct control *c, int knob, int64_t value, int64_t now_ns)
{
    char text[SP_EVENT_TEXT];
    if (knob == KNOB_POLICY)
        snprintf(text, sizeof text, "policy %s", knob_text(knob, value).s);
    else
        snprintf(text, sizeof text, "set %s %s", knob_table[knob].name, knob_text(knob, value).s);
    if (!send(c, text, now_ns))
        return;
    c->pending_knob = knob;
    c->pending_value = value;
    c->pending_until_ns = now_ns + CONTROL_PENDING_NS;
}

/* Value of a knob as of the last command, whether a reading has told of it or not. */
static int64_t knob_value(const struct control *c, int knob, int64_t now_ns)
{
    if (c->pending_knob == knob && now_ns < c->pending_until_ns)
        return c->pending_value;
    return c->newest->knobs.value[knob];
}

static int64_t decade(int64_t v)
{
    int64_t d = 1;
    while (d <= v / 10)
        d *= 10;
    return d;
}

int64_t knob_nudge(int knob, int64_t value, int steps)
{
    static const int64_t least[] = {
        [UNIT_COUNT] = 1,        [UNIT_DURATION] = NS_PER_MS, [UNIT_RATE] = 1000,
        [UNIT_RATIO] = 10000,    [UNIT_FACTOR] = 100000,      [UNIT_USD] = NUSD_PER_USD / 100,
        [UNIT_SIZE] = 1024,      [UNIT_NAME] = 1,
    };
    const struct knob_def *d = &knob_table[knob];
    /* a value that is a whole decade steps down by the smaller decade's tenth, so that
     * up and down undo each other */
    int64_t of = steps < 0 && value > 0 ? value - 1 : value;
    int64_t step = d->unit == UNIT_RATIO || d->unit == UNIT_NAME ? 0 : decade(of) / 10;
    if (step < least[d->unit])
        step = least[d->unit];
    int64_t to = value + step * steps;
    return to < d->min ? d->min : to > d->max ? d->max : to;
}

static void turn(struct control *c, int steps, int64_t now_ns)
{
    int knob = c->view.knob;
    int64_t value = knob_value(c, knob, now_ns);
    const struct knob_def *d = &knob_table[knob];
    int64_t to = knob_nudge(knob, value, d->names != NULL ? (steps > 0 ? 1 : -1) : steps);
    if (to != value) {
        send_knob(c, knob, to, now_ns);
        return;
    }
    char text[160];
    snprintf(text, sizeof text, "%s stays %s: it can be %s to %s", d->name,
             knob_text(knob, value).s, knob_text(knob, d->min).s, knob_text(knob, d->max).s);
    control_say(c, false, text, now_ns);
}

/* ---- actions ---------------------------------------------------------------------- */

struct press_event {
    const struct key_def *key;
    int64_t now_ns;
};

typedef void action_fn(struct control *c, const struct press_event *p);

static void act_send(struct control *c, const struct press_event *p)
{
    send(c, p->key->command, p->now_ns);
}

static void act_type(struct control *c, const struct press_event *p)
{
    say_nothing(c);
    cmdline_start(&c->line, p->key->command);
    c->view.mode = MODE_COMMAND;
}

static void act_help(struct control *c, const struct press_event *p)
{
    (void)p;
    c->view.mode = MODE_HELP;
    c->view.help_top = 0;
}

static void act_quit(struct control *c, const struct press_event *p)
{
    (void)p;
    c->quit = true;
}

static void thaw(struct control *c)
{
    c->view.frozen = false;
    c->view.reading = c->newest;
}

static void act_freeze(struct control *c, const struct press_event *p)
{
    (void)p;
    if (c->view.frozen) {
        thaw(c);
        return;
    }
    memcpy(c->frozen, c->newest, sizeof *c->frozen);
    c->view.frozen = true;
    c->view.reading = c->frozen;
}

static void act_knob_up(struct control *c, const struct press_event *p)
{
    (void)p;
    c->view.knob = knob_step(&c->view.reading->knobs, c->view.knob, -1);
    say_nothing(c);
}

static void act_knob_down(struct control *c, const struct press_event *p)
{
    (void)p;
    c->view.knob = knob_step(&c->view.reading->knobs, c->view.knob, 1);
    say_nothing(c);
}

static void act_knob_first(struct control *c, const struct press_event *p)
{
    (void)p;
    c->view.knob = 0;
    if (!knob_applies(&c->view.reading->knobs, 0))
        c->view.knob = knob_step(&c->view.reading->knobs, 0, 1);
}

static void act_knob_last(struct control *c, const struct press_event *p)
{
    (void)p;
    c->view.knob = KNOB_COUNT - 1;
    if (!knob_applies(&c->view.reading->knobs, KNOB_COUNT - 1))
        c->view.knob = knob_step(&c->view.reading->knobs, KNOB_COUNT - 1, -1);
}

static void act_less(struct control *c, const struct press_event *p)
{
    turn(c, -1, p->now_ns);
}

static void act_more(struct control *c, const struct press_event *p)
{
    turn(c, 1, p->now_ns);
}

static void act_less_10(struct control *c, const struct press_event *p)
{
    turn(c, -10, p->now_ns);
}

static void act_more_10(struct control *c, const struct press_event *p)
{
    turn(c, 10, p->now_ns);
}

static void act_entry(struct control *c, const struct press_event *p)
{
    (void)p;
    say_nothing(c);
    cmdline_start(&c->line, knob_text(c->view.knob, c->newest->knobs.value[c->view.knob]).s);
    c->view.mode = MODE_ENTRY;
}

static void act_default(struct control *c, const struct press_event *p)
{
    send_knob(c, c->view.knob, knob_table[c->view.knob].preset, p->now_ns);
}

static void act_auto(struct control *c, const struct press_event *p)
{
    char text[64];
    snprintf(text, sizeof text, "auto %s", knob_table[c->view.knob].name);
    send(c, text, p->now_ns);
}

static void policy(struct control *c, int by, int64_t now_ns)
{
    const struct knob_def *d = &knob_table[KNOB_POLICY];
    int64_t count = d->max - d->min + 1;
    int64_t at = knob_value(c, KNOB_POLICY, now_ns) - d->min;
    send_knob(c, KNOB_POLICY, d->min + (at + by + count) % count, now_ns);
}

static void act_policy_next(struct control *c, const struct press_event *p)
{
    policy(c, 1, p->now_ns);
}

static void act_policy_previous(struct control *c, const struct press_event *p)
{
    policy(c, -1, p->now_ns);
}

/* Types the command that kills the operator that matters most; Enter confirms it. */
static void act_kill(struct control *c, const struct press_event *p)
{
    (void)p;
    const struct sp_reading *r = c->newest;
    int at = -1;
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++)
        if (!r->vertex[i].remote && (at < 0 || r->vertex[i].bursts))
            at = i;
    char text[128] = "kill ";
    if (at >= 0)
        snprintf(text, sizeof text, "kill %s/0", r->vertex[at].name);
    say_nothing(c);
    cmdline_start(&c->line, text);
    c->view.mode = MODE_COMMAND;
}

static void focus(struct control *c, int by)
{
    struct layout l;
    view_layout(c->width, c->height, &c->view, &l);
    int at = c->view.focus == AREA_NONE ? 0 : (int)c->view.focus;
    for (int i = 0; i < PANEL_COUNT; i++) {
        at = (at + by + PANEL_COUNT) % PANEL_COUNT;
        if (!rect_empty(l.area[at])) {
            c->view.focus = (enum area)at;
            return;
        }
    }
}

static void act_focus_next(struct control *c, const struct press_event *p)
{
    (void)p;
    focus(c, 1);
}

static void act_focus_previous(struct control *c, const struct press_event *p)
{
    (void)p;
    focus(c, -1);
}

static void act_panel(struct control *c, const struct press_event *p)
{
    enum area a = (enum area)(p->key->code - '1');
    struct layout l;
    layout_solve(c->width, c->height, &l);
    if (c->view.full == a)
        c->view.full = AREA_NONE;
    else if (c->view.full != AREA_NONE || c->view.focus == a || rect_empty(l.area[a]))
        c->view.full = a;
    c->view.focus = a;
}

static void act_full(struct control *c, const struct press_event *p)
{
    (void)p;
    bool on = c->view.full == AREA_NONE && c->view.focus != AREA_NONE;
    c->view.full = on ? c->view.focus : AREA_NONE;
}

/* One step back: the keys page, a message, the full screen, the frozen view. */
static void act_back(struct control *c, const struct press_event *p)
{
    (void)p;
    if (c->view.mode == MODE_HELP)
        c->view.mode = MODE_MAIN;
    else if (c->status[0] != 0)
        say_nothing(c);
    else if (c->view.full != AREA_NONE)
        c->view.full = AREA_NONE;
    else if (c->view.frozen)
        thaw(c);
}

static const int64_t windows_s[] = {15, 30, 60, 120, 300, 600};
#define WINDOWS (int)(sizeof windows_s / sizeof *windows_s)

static void zoom(struct control *c, int by)
{
    int at = 0;
    while (at < WINDOWS - 1 && windows_s[at] * NS_PER_S < c->view.window_ns)
        at++;
    at += by;
    if (at >= 0 && at < WINDOWS)
        c->view.window_ns = windows_s[at] * NS_PER_S;
}

static void act_zoom_in(struct control *c, const struct press_event *p)
{
    (void)p;
    zoom(c, -1);
}

static void act_zoom_out(struct control *c, const struct press_event *p)
{
    (void)p;
    zoom(c, 1);
}

static void act_zoom_reset(struct control *c, const struct press_event *p)
{
    (void)p;
    c->view.window_ns = CONTROL_WINDOW_NS;
    thaw(c);
}

static void act_glyphs(struct control *c, const struct press_event *p)
{
    c->view.glyphs = (c->view.glyphs + 1) % GLYPHS_COUNT;
    char text[64];
    snprintf(text, sizeof text, "drawn with %s: ⣿ ▆ #", glyphs_names[c->view.glyphs]);
    control_say(c, false, text, p->now_ns);
}

static void act_redraw(struct control *c, const struct press_event *p)
{
    (void)p;
    c->redraw = true;
}

static void scroll(struct control *c, int by)
{
    int commands = 0;
    while (sp_commands()[commands].name != NULL)
        commands++;
    int last = key_page_lines() + 2 + commands - (c->height > 8 ? c->height - 4 : 1);
    int to = c->view.help_top + by;
    c->view.help_top = to > last ? (last > 0 ? last : 0) : to < 0 ? 0 : to;
}

static void act_scroll_up(struct control *c, const struct press_event *p)
{
    (void)p;
    scroll(c, -1);
}

static void act_scroll_down(struct control *c, const struct press_event *p)
{
    (void)p;
    scroll(c, 1);
}

static void act_page_up(struct control *c, const struct press_event *p)
{
    (void)p;
    scroll(c, -(c->height > 6 ? c->height - 5 : 1));
}

static void act_page_down(struct control *c, const struct press_event *p)
{
    (void)p;
    scroll(c, c->height > 6 ? c->height - 5 : 1);
}

static action_fn *const actions[] = {
    [ACT_NONE] = NULL,
    [ACT_SEND] = act_send,
    [ACT_TYPE] = act_type,
    [ACT_HELP] = act_help,
    [ACT_QUIT] = act_quit,
    [ACT_FREEZE] = act_freeze,
    [ACT_KNOB_UP] = act_knob_up,
    [ACT_KNOB_DOWN] = act_knob_down,
    [ACT_KNOB_FIRST] = act_knob_first,
    [ACT_KNOB_LAST] = act_knob_last,
    [ACT_LESS] = act_less,
    [ACT_MORE] = act_more,
    [ACT_LESS_10] = act_less_10,
    [ACT_MORE_10] = act_more_10,
    [ACT_ENTRY] = act_entry,
    [ACT_DEFAULT] = act_default,
    [ACT_AUTO] = act_auto,
    [ACT_POLICY_NEXT] = act_policy_next,
    [ACT_POLICY_PREVIOUS] = act_policy_previous,
    [ACT_KILL] = act_kill,
    [ACT_FOCUS_NEXT] = act_focus_next,
    [ACT_FOCUS_PREVIOUS] = act_focus_previous,
    [ACT_PANEL] = act_panel,
    [ACT_FULL] = act_full,
    [ACT_BACK] = act_back,
    [ACT_ZOOM_IN] = act_zoom_in,
    [ACT_ZOOM_OUT] = act_zoom_out,
    [ACT_ZOOM_RESET] = act_zoom_reset,
    [ACT_GLYPHS] = act_glyphs,
    [ACT_REDRAW] = act_redraw,
    [ACT_SCROLL_UP] = act_scroll_up,
    [ACT_SCROLL_DOWN] = act_scroll_down,
    [ACT_PAGE_UP] = act_page_up,
    [ACT_PAGE_DOWN] = act_page_down,
};

/* ---- typing ----------------------------------------------------------------------- */

/* The command that the line stands for. */
static void typed(const struct control *c, char *dst, size_t size)
{
    if (c->view.mode == MODE_ENTRY)
        snprintf(dst, size, "set %s %s", knob_table[c->view.knob].name, c->line.text);
    else
        snprintf(dst, size, "%s", c->line.text);
}

static void complete(struct control *c, int64_t now_ns)
{
    char choices[400];
    if (c->view.mode == MODE_ENTRY) {
        struct cmdline whole; /* completes as the command that the entry stands for */
        char text[SP_EVENT_TEXT + CMDLINE_BYTES], head[64];
        snprintf(head, sizeof head, "set %s ", knob_table[c->view.knob].name);
        snprintf(text, sizeof text, "%s%.*s", head, c->line.cursor, c->line.text);
        memset(&whole, 0, sizeof whole);
        cmdline_start(&whole, text);
        cmdline_complete(&whole, c->newest, choices, sizeof choices);
        char value[CMDLINE_BYTES];
        snprintf(value, sizeof value, "%s", whole.text + strlen(head));
        if (value[0] != 0 && value[strlen(value) - 1] == ' ')
            value[strlen(value) - 1] = 0;
        cmdline_start(&c->line, value);
    } else {
        cmdline_complete(&c->line, c->newest, choices, sizeof choices);
    }
    control_say(c, false, choices, now_ns);
}

/* `quit` in any of its short forms ends the screen too. */
static bool is_quit(const char *text)
{
    size_t n = strcspn(text, " ");
    return n > 0 && strncmp("quit", text, n) == 0 && text[n + strspn(text + n, " ")] == 0;
}

static void enter(struct control *c, int64_t now_ns)
{
    char text[SP_EVENT_TEXT + CMDLINE_BYTES];
    typed(c, text, sizeof text);
    if (text[strspn(text, " ")] == 0) {
        c->view.mode = MODE_MAIN;
        return;
    }
    if (!send(c, text, now_ns))
        return; /* the line stays, so that it can be mended */
    if (c->view.mode == MODE_COMMAND)
        cmdline_remember(&c->line);
    c->quit = c->quit || is_quit(c->command);
    c->view.mode = MODE_MAIN;
    say_nothing(c);
}

static void type_key(struct control *c, uint32_t key, int64_t now_ns)
{
    if (key == PRESS_TAB) {
        complete(c, now_ns);
        return;
    }
    switch (cmdline_key(&c->line, key)) {
    case CMDLINE_ENTERED: enter(c, now_ns); break;
    case CMDLINE_CANCELLED:
        c->view.mode = MODE_MAIN;
        say_nothing(c);
        break;
    case CMDLINE_EDITED: say_nothing(c); break;
    case CMDLINE_IGNORED: break;
    }
}

void control_key(struct control *c, uint32_t key, int64_t now_ns)
{
    assert(c->newest != NULL);
    if (c->view.mode == MODE_COMMAND || c->view.mode == MODE_ENTRY) {
        type_key(c, key, now_ns);
        return;
    }
    struct press_event p = {
        key_find(c->view.mode == MODE_HELP ? KEYS_HELP : KEYS_MAIN, key), now_ns};
    if (p.key == NULL || actions[p.key->action] == NULL)
        return;
    actions[p.key->action](c, &p);
}

/* ---- readings --------------------------------------------------------------------- */

static void say_event(struct control *c, const struct sp_event *e, int64_t now_ns)
{
    char text[sizeof c->status];
    if (e->kind == '!')
        snprintf(text, sizeof text, "%s%s%s", e->command, e->command[0] != 0 ? ": " : "",
                 e->effect);
    else if (e->author == SP_YOU)
        snprintf(text, sizeof text, "%s → %s", e->command, e->effect);
    else
        return;
    control_say(c, e->kind == '!', text, now_ns);
}

void control_reading(struct control *c, int64_t now_ns)
{
    const struct sp_reading *r = c->newest;
    c->has_reading = true;
    history_push(&c->history, r);
    c->view.newest_ns = r->now_ns;
    if (c->pending_knob >= 0 && r->knobs.value[c->pending_knob] == c->pending_value)
        c->pending_knob = -1;
    if (!knob_applies(&r->knobs, c->view.knob))
        c->view.knob = KNOB_POLICY;
    for (int i = 0; i < r->events && i < SP_EVENTS; i++) {
        if (r->event[i].number <= c->seen_event)
            continue;
        c->seen_event = r->event[i].number;
        if (c->view.mode == MODE_MAIN)
            say_event(c, &r->event[i], now_ns);
    }
}

bool control_tick(struct control *c, int64_t now_ns)
{
    if (c->status[0] == 0 || now_ns < c->status_until_ns || c->view.mode == MODE_COMMAND ||
        c->view.mode == MODE_ENTRY)
        return false;
    say_nothing(c);
    return true;
}
