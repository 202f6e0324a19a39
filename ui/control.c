/* Keys to commands. One function per action, in a table. */
#include "ui/control_hand.h"
#include "ui/control_looks.h"
#include "ui/control_time.h"
#include "ui/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool control_open(struct control *c, enum glyphs glyphs, bool mono)
{
    memset(c, 0, sizeof *c);
    c->newest = calloc(1, sizeof *c->newest);
    c->frozen = calloc(1, sizeof *c->frozen);
    bool history = history_open(&c->history), shelf = shelf_open(&c->shelf);
    if (c->newest == NULL || c->frozen == NULL || !history || !shelf) {
        control_close(c);
        return false;
    }
    knobs_init(&c->newest->knobs);
    c->pending_knob = -1;
    cmdline_init(&c->line);
    c->view = (struct view){
        .reading = c->newest,
        .history = &c->history,
        .window_ns = CONTROL_WINDOW_NS,
        .glyphs = glyphs,
        .mono = mono,
        .focus = PANEL_KNOBS,
        .full = AREA_NONE,
        .knob = KNOB_POLICY,
        .mode = MODE_MAIN,
        .line = &c->line,
        .hint = c->hint,
        .status = c->status,
        .filter = c->filter,
        .fps_wanted = CONTROL_FPS,
        .looks = {.theme = mono ? THEME_MONO : THEME_DARK, .colours = mono ? 0 : 256}};
    return true;
}

void control_close(struct control *c)
{
    free(c->newest);
    free(c->frozen);
    history_close(&c->history);
    shelf_close(&c->shelf);
    c->newest = c->frozen = NULL;
}

void control_say(struct control *c, bool bad, const char *text, int64_t now_ns)
{
    snprintf(c->status, sizeof c->status, "%s", text);
    c->view.status_bad = bad;
    c->status_until_ns = now_ns + CONTROL_STATUS_NS;
}

void control_hush(struct control *c)
{
    c->status[0] = 0;
    c->view.status_bad = false;
}

/* ---- sending ---------------------------------------------------------------------- */

bool control_send(struct control *c, const char *text, int64_t now_ns)
{
    struct err e = {0, ""};
    if (c->view.replay.on)
        return control_replay_send(c, text, now_ns);
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

/* ---- actions ---------------------------------------------------------------------- */

struct press_event {
    const struct key_def *key;
    int64_t now_ns;
};

typedef void action_fn(struct control *c, const struct press_event *p);

static void act_send(struct control *c, const struct press_event *p)
{
    control_send(c, p->key->command, p->now_ns);
}

static void act_type(struct control *c, const struct press_event *p)
{
    control_type(c, MODE_COMMAND, p->key->command);
}

static void act_help(struct control *c, const struct press_event *p)
{
    control_help(c, p->key->action, p->now_ns);
}

static void act_quit(struct control *c, const struct press_event *p)
{
    (void)p;
    c->quit = true;
}

static void act_time(struct control *c, const struct press_event *p)
{
    control_time(c, p->key->action, p->now_ns);
}

static void act_knob(struct control *c, const struct press_event *p)
{
    control_knob(c, p->key->action, p->now_ns);
}

static void act_menu(struct control *c, const struct press_event *p)
{
    control_menu(c, p->key->action, p->now_ns);
}

static void act_find(struct control *c, const struct press_event *p)
{
    (void)p;
    control_find(c);
}

/* A whole run is thrown away: one key alone does not do it. */
static void act_restart(struct control *c, const struct press_event *p)
{
    if (p->now_ns < c->restart_until_ns) {
        c->restart_until_ns = 0;
        control_send(c, "restart", p->now_ns);
        return;
    }
    c->restart_until_ns = p->now_ns + NS_PER_S;
    control_say(c, false, "Backspace again within a second: the same preset from zero", p->now_ns);
}

static void act_race(struct control *c, const struct press_event *p)
{
    if (p->now_ns < c->race_until_ns) {
        c->race = true;
        return;
    }
    c->race_until_ns = p->now_ns + 2 * NS_PER_S;
    control_say(
        c, false,
        "c again: this run ends, and its settings as they stand race the preset they came from",
        p->now_ns);
}

static void act_export(struct control *c, const struct press_event *p)
{
    c->export = p->key->action == ACT_EXPORT ? EXPORT_WINDOW : EXPORT_RUN;
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

/* One step back: the keys page, a message, the filter of the events, the full screen, the
 * frozen view. */
static void act_back(struct control *c, const struct press_event *p)
{
    if (c->view.mode == MODE_HELP)
        control_help_back(c);
    else if (c->view.mode == MODE_MENU)
        c->view.mode = MODE_MAIN;
    else if (control_drop_queue(c, p->now_ns))
        return;
    else if (c->status[0] != 0)
        control_hush(c);
    else if (c->filter[0] != 0)
        c->filter[0] = 0;
    else if (c->view.report == NULL && c->view.full != AREA_NONE)
        c->view.full = AREA_NONE;
    else
        control_time_back(c);
}

static void act_glyphs(struct control *c, const struct press_event *p)
{
    c->view.glyphs = (c->view.glyphs + 1) % GLYPHS_COUNT;
    char text[64];
    snprintf(text, sizeof text, "drawn with %s: ⣿ ▆ #", glyphs_names[c->view.glyphs]);
    control_say(c, false, text, p->now_ns);
}

static void act_look(struct control *c, const struct press_event *p)
{
    control_look(c, p->key->action, p->now_ns);
}

static void act_play(struct control *c, const struct press_event *p)
{
    if (c->view.frozen)
        control_thaw(c);
    else
        control_send(c, "play", p->now_ns);
}

static void act_record(struct control *c, const struct press_event *p)
{
    control_send(c, c->view.recorded > 0 ? "record off" : "record", p->now_ns);
}

static void act_redraw(struct control *c, const struct press_event *p)
{
    (void)p;
    c->redraw = true;
}

static action_fn *const actions[] = {
    [ACT_NONE] = NULL,
    [ACT_SEND] = act_send,
    [ACT_TYPE] = act_type,
    [ACT_QUIT] = act_quit,
    [ACT_FREEZE] = act_time,
    [ACT_KNOB_UP] = act_knob,
    [ACT_KNOB_DOWN] = act_knob,
    [ACT_KNOB_FIRST] = act_knob,
    [ACT_KNOB_LAST] = act_knob,
    [ACT_LESS] = act_knob,
    [ACT_MORE] = act_knob,
    [ACT_LESS_10] = act_knob,
    [ACT_MORE_10] = act_knob,
    [ACT_ENTRY] = act_knob,
    [ACT_ENTRY_ONLY] = act_knob,
    [ACT_DEFAULT] = act_knob,
    [ACT_AUTO] = act_knob,
    [ACT_STAGE] = act_knob,
    [ACT_MENU_SPIKE] = act_menu,
    [ACT_MENU_POLICY] = act_menu,
    [ACT_KILL] = act_menu,
    [ACT_MENU_SLOTS] = act_menu,
    [ACT_MENU_SAVE] = act_menu,
    [ACT_MENU_OPEN] = act_menu,
    [ACT_MENU_SETUP] = act_menu,
    [ACT_KILL_AGAIN] = act_menu,
    [ACT_MENU_LESS_10] = act_menu,
    [ACT_MENU_MORE_10] = act_menu,
    [ACT_FIND] = act_find,
    [ACT_RESTART] = act_restart,
    [ACT_RACE] = act_race,
    [ACT_EXPORT] = act_export,
    [ACT_EXPORT_RUN] = act_export,
    [ACT_MENU_UP] = act_menu,
    [ACT_MENU_DOWN] = act_menu,
    [ACT_MENU_LESS] = act_menu,
    [ACT_MENU_MORE] = act_menu,
    [ACT_MENU_FIRST] = act_menu,
    [ACT_MENU_LAST] = act_menu,
    [ACT_MENU_RUN] = act_menu,
    [ACT_FOCUS_NEXT] = act_focus_next,
    [ACT_FOCUS_PREVIOUS] = act_focus_previous,
    [ACT_PANEL] = act_panel,
    [ACT_FULL] = act_full,
    [ACT_BACK] = act_back,
    [ACT_ZOOM_IN] = act_time,
    [ACT_ZOOM_OUT] = act_time,
    [ACT_ZOOM_RESET] = act_time,
    [ACT_PAN_BACK] = act_time,
    [ACT_PAN_ON] = act_time,
    [ACT_PAN_BACK_FAR] = act_time,
    [ACT_PAN_ON_FAR] = act_time,
    [ACT_MARKER_NEXT] = act_time,
    [ACT_MARKER_PREVIOUS] = act_time,
    [ACT_CROSS] = act_time,
    [ACT_CROSS_LEFT] = act_time,
    [ACT_CROSS_RIGHT] = act_time,
    [ACT_CROSS_LEFT_10] = act_time,
    [ACT_CROSS_RIGHT_10] = act_time,
    [ACT_CROSS_FIRST] = act_time,
    [ACT_CROSS_LAST] = act_time,
    [ACT_GLYPHS] = act_glyphs,
    [ACT_THEME] = act_look,
    [ACT_BIG] = act_look,
    [ACT_LATENCY] = act_look,
    [ACT_AXIS] = act_look,
    [ACT_SCALE] = act_look,
    [ACT_PLAY] = act_play,
    [ACT_RECORD] = act_record,
    [ACT_REDRAW] = act_redraw,
    [ACT_HELP] = act_help,
    [ACT_SCROLL_UP] = act_help,
    [ACT_SCROLL_DOWN] = act_help,
    [ACT_PAGE_UP] = act_help,
    [ACT_PAGE_DOWN] = act_help,
    [ACT_HELP_FIRST] = act_help,
    [ACT_HELP_LAST] = act_help,
    [ACT_HELP_PAGE] = act_help,
    [ACT_HELP_CLOSE] = act_help,
    [ACT_HELP_RUN] = act_help,
};

/* ---- keys ------------------------------------------------------------------------- */

void control_do(struct control *c, const struct key_def *key, int64_t now_ns)
{
    if (key->action != ACT_RACE)
        c->race_until_ns = 0; /* two in a row are meant */
    struct press_event p = {key, now_ns};
    if (actions[key->action] != NULL)
        actions[key->action](c, &p);
}

/* Where a key means something now. */
static const struct key_def *meaning(const struct control *c, uint32_t key)
{
    static const enum key_context contexts[] = {[MODE_HELP] = KEYS_HELP, [MODE_MENU] = KEYS_MENU};
    const struct key_def *k = NULL;
    if (c->view.cross && c->view.mode == MODE_MAIN)
        k = key_find(KEYS_CROSS, key);
    if (k == NULL && c->view.replay.on && c->view.mode == MODE_MAIN)
        k = key_find(KEYS_REPLAY, key);
    if (k != NULL)
        return k;
    return key_find(c->view.mode == MODE_MAIN ? KEYS_MAIN : contexts[c->view.mode], key);
}

void control_key(struct control *c, uint32_t key, int64_t now_ns)
{
    assert(c->newest != NULL);
    if (c->view.card) { /* seen: the key does what it does all the same */
        c->view.card = false;
        c->card_gone = true;
        if (key == PRESS_ESC)
            return;
    }
    if (mode_types(c->view.mode)) {
        control_line_key(c, key, now_ns);
        return;
    }
    const struct key_def *k = meaning(c, key);
    if (c->view.mode == MODE_HELP && (k == NULL || k->action == ACT_NONE))
        control_help_typed(c, key);
    else if (k != NULL)
        control_do(c, k, now_ns);
}

/* ---- readings --------------------------------------------------------------------- */

/* What others did matters here too: a preset was loaded, whoever asked for it. */
static void control_note_event(struct control *c, const struct sp_event *e)
{
    if (e->kind != '!' && strncmp(e->command, "load ", 5) == 0)
        shelf_loaded(&c->shelf, e->command + 5);
    if (e->kind != '!' && e->author == SP_YOU && strncmp(e->command, "kill ", 5) == 0)
        snprintf(c->last_kill, sizeof c->last_kill, "%s", e->command);
}

static void say_event(struct control *c, const struct sp_event *e, int64_t now_ns)
{
    char text[sizeof c->status];
    if (e->kind == '!' || e->kind == 'H')
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
    if (r->now_ns < c->view.newest_ns) { /* restarted: what was frozen is gone */
        control_thaw(c);
        c->seen_event = 0;
    }
    c->has_reading = true;
    control_knobs_seen(c, now_ns);
    history_push(&c->history, r);
    c->view.newest_ns = r->now_ns;
    if (c->pending_knob >= 0 && r->knobs.value[c->pending_knob] == c->pending_value)
        c->pending_knob = -1;
    if (c->view.full != PANEL_KNOBS && !knob_applies(&r->knobs, c->view.knob))
        c->view.knob = KNOB_POLICY;
    for (int i = 0; i < r->events && i < SP_EVENTS; i++) {
        if (r->event[i].number <= c->seen_event)
            continue;
        c->seen_event = r->event[i].number;
        control_note_event(c, &r->event[i]);
        if (c->view.mode == MODE_MAIN)
            say_event(c, &r->event[i], now_ns);
    }
}

bool control_tick(struct control *c, int64_t now_ns)
{
    bool knobs = control_knobs_tick(c, now_ns);
    if (c->status[0] == 0 || now_ns < c->status_until_ns || mode_types(c->view.mode))
        return knobs;
    control_hush(c);
    return true;
}
