#include "ui/replay.h"

#include "ui/control_hand.h"
#include "ui/control_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- commands ---------------------------------------------------------------------------- */

const struct sp_command_def replay_commands[] = {
    {"play", "", "plays; where it plays, holds", "play"},
    {"hold", "", "stands still", "hold"},
    {"faster", "", "twice as fast, x100 at most", "faster"},
    {"slower", "", "half as fast, x0.25 at least", "slower"},
    {"speed", "xF", "so fast, x0.25 to x100", "speed x4"},
    {"step", "T", "stands still, T later", "step 100ms"},
    {"seek", "T | +T | -T | MARK | start | end",
     "goes to a time, so much on or back, or to a marker: its letter or how its note begins",
     "seek +5s"},
    {"quit", "", "leaves", "quit"},
    {NULL, NULL, NULL, NULL},
};

static size_t word_length(const char *text) { return strcspn(text, " \t"); }

/* The row that a text begins with; NULL: none. */
static const struct sp_command_def *row_of(const char *text)
{
    size_t n = word_length(text);
    for (const struct sp_command_def *d = replay_commands; n > 0 && d->name != NULL; d++)
        if (strncmp(d->name, text, n) == 0)
            return d;
    return NULL;
}

bool control_replay_send(struct control *c, const char *text, int64_t now_ns)
{
    char say[400];
    text += strspn(text, " :");
    if (strncmp(text, "stats", 5) == 0)
        return true; /* answered by the screen alone */
    if (row_of(text) == NULL) {
        snprintf(say, sizeof say,
                 "%.*s: a replay cannot be steered, it is over; play, speed, step and seek move "
                 "through it",
                 (int)word_length(text) < 60 ? (int)word_length(text) : 60, text);
        control_say(c, true, say, now_ns);
        return false;
    }
    snprintf(c->command, sizeof c->command, "%s", text);
    return true;
}

static int bad(struct err *e, const char *what, const char *text)
{
    e->code = ERR_BAD;
    snprintf(e->text, sizeof e->text, "\"%.60s\": %s", text, what);
    return ERR_BAD;
}

static int set_speed(struct replay_player *p, int64_t ppm, char *say, size_t size)
{
    char text[32];
    ppm = ppm < REPLAY_SPEED_MIN   ? REPLAY_SPEED_MIN
          : ppm > REPLAY_SPEED_MAX ? REPLAY_SPEED_MAX
                                   : ppm;
    p->speed_ppm = (int)ppm;
    units_write(UNIT_FACTOR, ppm, text, sizeof text);
    snprintf(say, size, "shown at %s", text);
    return 0;
}

static int run_speed(struct replay_player *p, const char *text, char *say, size_t size,
                     struct err *e)
{
    int64_t ppm;
    const char *why;
    if (!units_read(UNIT_FACTOR, text, strlen(text), &ppm, &why))
        return bad(e, "a factor like x4 is needed", text);
    if (ppm < REPLAY_SPEED_MIN || ppm > REPLAY_SPEED_MAX)
        return bad(e, "must be x0.25 to x100", text);
    return set_speed(p, ppm, say, size);
}

static void go_to(struct replay_player *p, int64_t at_ns)
{
    p->at_ns = at_ns < p->first_ns ? p->first_ns : at_ns > p->last_ns ? p->last_ns : at_ns;
}

static int run_seek(struct replay_player *p, const char *text, struct err *e)
{
    int64_t t = 0;
    const char *why;
    int sign = text[0] == '+' ? 1 : text[0] == '-' ? -1 : 0;
    if (strcmp(text, "start") == 0) {
        go_to(p, p->first_ns);
        return 0;
    }
    if (strcmp(text, "end") == 0) {
        go_to(p, p->last_ns);
        return 0;
    }
    if (sign == 0) {
        int code = replay_find(p->replay, text, &t, e);
        if (code == 0)
            go_to(p, t);
        return code;
    }
    if (!units_read(UNIT_DURATION, text + 1, strlen(text + 1), &t, &why))
        return bad(e, "a duration like +5s is needed", text);
    go_to(p, p->at_ns + sign * (t < p->last_ns ? t : p->last_ns));
    return 0;
}

static int run_step(struct replay_player *p, const char *text, struct err *e)
{
    int64_t t;
    const char *why;
    if (!units_read(UNIT_DURATION, text, strlen(text), &t, &why) || t <= 0)
        return bad(e, "a duration like 100ms is needed", text);
    if (!p->playing)
        go_to(p, p->at_ns + (t < p->last_ns ? t : p->last_ns));
    p->playing = false;
    return 0;
}

int replay_player_run(struct replay_player *p, const char *command, int64_t now_ns, char *say,
                      size_t size, struct err *e)
{
    const struct sp_command_def *d = row_of(command);
    const char *rest = command + word_length(command);
    rest += strspn(rest, " \t");
    say[0] = 0;
    p->wall_ns = now_ns;
    if (d == NULL)
        return bad(e, "is no command of a replay", command);
    if (d->arguments[0] == 0 && rest[0] != 0)
        return bad(e, "nothing may follow the command here", rest);
    switch (d - replay_commands) {
    case 0:
        if (!p->playing && p->at_ns >= p->last_ns)
            p->at_ns = p->first_ns;
        p->playing = !p->playing;
        return 0;
    case 1:
        p->playing = false;
        return 0;
    case 2:
        return set_speed(p, 2 * (int64_t)p->speed_ppm, say, size);
    case 3:
        return set_speed(p, p->speed_ppm / 2, say, size);
    case 4:
        return run_speed(p, rest, say, size, e);
    case 5:
        return run_step(p, rest, e);
    case 6:
        return run_seek(p, rest, e);
    }
    return 0;
}

/* ---- playing ----------------------------------------------------------------------------- */

void replay_player_init(struct replay_player *p, struct replay *replay, int64_t at_ns,
                        int speed_ppm, bool playing, int64_t wall_ns)
{
    uint64_t readings;
    *p = (struct replay_player){
        .replay = replay, .speed_ppm = speed_ppm, .playing = playing, .wall_ns = wall_ns};
    replay_range(replay, &p->first_ns, &p->last_ns, &readings);
    go_to(p, at_ns);
    p->shown_ns = p->at_ns;
}

/* All that was remembered of later readings goes. */
static void forget(struct control *c)
{
    struct history fresh;
    control_thaw(c);
    if (!history_open(&fresh))
        return; /* without memory for a new one the old one begins anew by itself */
    history_close(&c->history);
    c->history = fresh;
    c->seen_event = 0;
    c->known_any = false;
    c->view.newest_ns = 0;
    memset(c->view.knobs.changed, 0, sizeof c->view.knobs.changed);
}

void replay_show(struct control *c, const struct sp_reading *reading, int64_t now_ns)
{
    if (reading == NULL) {
        forget(c);
        return;
    }
    memcpy(c->newest, reading, sizeof *reading);
    control_reading(c, now_ns);
    control_tick(c, now_ns);
    c->view.ended = reading->finished;
}

struct moving {
    const struct replay_player *p;
    struct control *c;
    int64_t now_ns;
    bool any;
};

/* A reading is shown as if it had come when its time was. */
static void show(void *context, const struct sp_reading *reading, int64_t at_ns)
{
    struct moving *m = context;
    double ago = (double)(m->p->at_ns - at_ns) * 1e6 / m->p->speed_ppm;
    replay_show(m->c, reading, m->now_ns - (int64_t)(ago < 3.6e12 ? ago : 3.6e12));
    m->any = true;
}

/* A jump is time that passed: what shows for a while after a change is over by it. */
static void jump(const struct replay_player *p, struct control *c)
{
    double wall = (double)(p->at_ns - p->shown_ns) * 1e6 / p->speed_ppm;
    for (int i = 0; i < KNOB_COUNT && wall > 0; i++)
        c->changed_until_ns[i] -= (int64_t)(wall < 3.6e12 ? wall : 3.6e12);
}

bool replay_player_move(struct replay_player *p, struct control *c, int64_t now_ns, struct err *e)
{
    struct moving m = {p, c, now_ns, false};
    struct replay_view before = c->view.replay;
    jump(p, c);
    if (p->playing) {
        i128 on = (i128)(now_ns - p->wall_ns) * p->speed_ppm / PPM_ONE;
        go_to(p, on < p->last_ns - p->at_ns ? p->at_ns + (int64_t)on : p->last_ns);
        p->playing = p->at_ns < p->last_ns;
    }
    p->wall_ns = now_ns;
    p->shown_ns = p->at_ns;
    if (replay_to(p->replay, p->at_ns, show, &m, e) != 0) {
        p->playing = false;
        p->last_ns = p->at_ns;
    }
    c->view.replay = (struct replay_view){true, p->playing, p->speed_ppm, p->last_ns};
    return m.any || memcmp(&before, &c->view.replay, sizeof before) != 0;
}

/* ---- the screen -------------------------------------------------------------------------- */

static bool take(void *player, struct control *c, int64_t now_ns)
{
    struct err e = {0, ""};
    bool any = replay_player_move(player, c, now_ns, &e);
    if (e.code != 0)
        control_say(c, true, e.text, now_ns);
    return any;
}

static void send(void *player, struct control *c, int64_t now_ns)
{
    char say[100];
    struct err e = {0, ""};
    if (replay_player_run(player, c->command, now_ns, say, sizeof say, &e) != 0)
        control_say(c, true, e.text, now_ns);
    else if (say[0] != 0)
        control_say(c, false, say, now_ns);
}

int replay_screen(struct replay_player *p, const struct screen_options *options, struct err *e)
{
    static const struct screen_feed feed = {take, send};
    return screen_show(&feed, p, options, e);
}
