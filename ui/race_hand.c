#include "ui/race_hand.h"

#include "ui/control_hand.h"
#include "ui/control_time.h"
#include "ui/race_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPEED_MIN (PPM_ONE / 16)
#define SPEED_MAX (256 * PPM_ONE)
#define STEP_NS (100 * NS_PER_MS)
#define EXPORTS 1000

bool race_hand_open(struct race_hand *h, struct race *race, bool live, uint64_t seed,
                    enum glyphs glyphs, bool mono)
{
    *h = (struct race_hand){.race = race,
                            .lanes = race_lanes(race),
                            .focus = -1,
                            .live = live,
                            .seed = seed,
                            .speed_ppm = PPM_ONE};
    for (int i = 0; i < h->lanes; i++) {
        h->lane[i] = calloc(1, sizeof *h->lane[i]);
        if (h->lane[i] == NULL || !control_open(h->lane[i], glyphs, mono)) {
            free(h->lane[i]);
            h->lane[i] = NULL;
            race_hand_close(h);
            return false;
        }
        h->lane[i]->view.race = true;
        snprintf(h->lane[i]->newest->preset, sizeof h->lane[i]->newest->preset, "%s",
                 race_preset(race, i)->name);
    }
    race_score(race, &h->board);
    return true;
}

void race_hand_close(struct race_hand *h)
{
    for (int i = 0; i < h->lanes; i++) {
        if (h->lane[i])
            control_close(h->lane[i]);
        free(h->lane[i]);
        h->lane[i] = NULL;
    }
}

struct control *race_lead(const struct race_hand *h)
{
    return h->lane[h->focus < 0 ? 0 : h->focus];
}

void race_label(const struct race_hand *h, int lane, char *dst, size_t size)
{
    snprintf(dst, size, "%c %.40s", 'A' + lane, race_preset(h->race, lane)->name);
}

/* ---- in step ------------------------------------------------------------------------------ */

/* The same window over another lane's record. */
static void follow(struct control *c, const struct control *lead)
{
    struct view *v = &c->view;
    const struct view *to = &lead->view;
    v->window_ns = to->window_ns;
    v->glyphs = to->glyphs;
    v->mono = to->mono;
    v->looks = to->looks;
    if (!to->frozen) {
        if (v->frozen)
            control_thaw(c);
        return;
    }
    v->frozen = true;
    v->end_ns = to->end_ns;
    v->cross = to->cross;
    v->cross_ns = to->cross_ns;
    v->cross_gap =
        !history_reading(&c->history, c->newest, to->cross ? to->cross_ns : to->end_ns, c->frozen);
    v->reading = c->frozen;
}

static void follow_all(struct race_hand *h)
{
    const struct control *lead = race_lead(h);
    for (int i = 0; i < h->lanes; i++)
        if (h->lane[i] != lead)
            follow(h->lane[i], lead);
}

void race_hand_reading(void *hand, int lane, const struct sp_reading *reading)
{
    struct race_hand *h = hand;
    struct control *c = h->lane[lane];
    bool mine = c == race_lead(h);
    memcpy(c->newest, reading, sizeof *c->newest);
    control_reading(c, reading->now_ns);
    if (!mine)
        control_hush(c);
    h->now_ns = reading->now_ns > h->now_ns ? reading->now_ns : h->now_ns;
}

void race_hand_stepped(struct race_hand *h) { race_score(h->race, &h->board); }

bool race_hand_tick(struct race_hand *h, int64_t now_ns)
{
    return control_tick(race_lead(h), now_ns);
}

/* ---- commands ------------------------------------------------------------------------------- */

static void note(struct race_hand *h, const char *command)
{
    if (h->logged == RACE_LOG) {
        memmove(h->log[0], h->log[1], sizeof h->log - sizeof h->log[0]);
        h->logged--;
    }
    char to[8] = "all";
    if (h->focus >= 0)
        snprintf(to, sizeof to, "%c", 'A' + h->focus);
    snprintf(h->log[h->logged++], RACE_LOG_TEXT, "%s %s: %.80s", fmt_clock_short(h->now_ns).s, to,
             command);
}

static void set_speed(struct race_hand *h, int64_t ppm, int64_t now_ns)
{
    char text[80];
    h->speed_ppm = ppm < SPEED_MIN ? SPEED_MIN : ppm > SPEED_MAX ? SPEED_MAX : ppm;
    snprintf(text, sizeof text, "all lanes at x%g", (double)h->speed_ppm / 1e6);
    control_say(race_lead(h), false, text, now_ns);
}

static void step(struct race_hand *h, const char *argument, int64_t now_ns)
{
    int64_t by = STEP_NS;
    const char *why;
    argument += strspn(argument, " ");
    if (argument[0] && !units_read(UNIT_DURATION, argument, strlen(argument), &by, &why))
        by = STEP_NS;
    h->step_ns += h->held ? by : 0;
    h->held = true;
    control_say(race_lead(h), false,
                "the clock of all lanes stands; . goes on a step, z lets it go", now_ns);
}

static void speed(struct race_hand *h, const char *argument, int64_t now_ns)
{
    int64_t ppm;
    const char *why;
    argument += strspn(argument, " ");
    if (units_read(UNIT_FACTOR, argument, strlen(argument), &ppm, &why))
        set_speed(h, ppm, now_ns);
    else
        control_say(race_lead(h), true,
                    "a race goes at x1, x4, x0.5; it has no speed without a clock", now_ns);
}

static bool is_word(const char *command, const char *word)
{
    size_t n = strlen(word);
    return strncmp(command, word, n) == 0 && (command[n] == 0 || command[n] == ' ');
}

/* Commands that are for the race's own clock. */
static bool clock_command(struct race_hand *h, const char *command, int64_t now_ns)
{
    static const char *const words[] = {"faster", "slower", "speed", "step", "hold", "go", NULL};
    int i = 0;
    while (words[i] && !is_word(command, words[i]))
        i++;
    if (words[i] == NULL)
        return false;
    const char *argument = command + strlen(words[i]);
    if (h->live)
        control_say(race_lead(h), true,
                    "a live race has one speed; only sim can be held or hurried", now_ns);
    else if (i < 2)
        set_speed(h, i == 0 ? h->speed_ppm * 2 : h->speed_ppm / 2, now_ns);
    else if (i == 2)
        speed(h, argument, now_ns);
    else if (i == 3)
        step(h, argument, now_ns);
    else
        h->held = i == 4;
    return true;
}

static void take_command(struct race_hand *h, int64_t now_ns)
{
    struct control *c = race_lead(h);
    char command[SP_EVENT_TEXT];
    struct err e = {0};
    if (c->command[0] == 0)
        return;
    memcpy(command, c->command, sizeof command);
    c->command[0] = 0;
    if (h->mute)
        return;
    if (is_word(command, "quit"))
        h->quit = true;
    else if (h->over)
        control_say(c, true, "the race is over: q leaves", now_ns);
    else if (clock_command(h, command, now_ns))
        return;
    else if (race_command(h->race, h->focus, command, &e))
        control_say(c, true, e.text, now_ns);
    else
        note(h, command);
}

/* ---- keys --------------------------------------------------------------------------------------- */

static void focus_on(struct race_hand *h, int lane, int64_t now_ns)
{
    char text[120], label[48];
    if (lane >= h->lanes) {
        control_say(race_lead(h), false, "there is no such lane", now_ns);
        return;
    }
    struct control *before = race_lead(h);
    h->focus = lane;
    struct control *lead = race_lead(h);
    if (lead != before)
        control_hush(before);
    snprintf(text, sizeof text, "all lanes: what you do goes to each");
    if (lane >= 0) {
        race_label(h, lane, label, sizeof label);
        snprintf(text, sizeof text, "%s: what you do goes to it alone; * for all", label);
    }
    control_say(lead, false, text, now_ns);
}

static void next_baseline(struct race_hand *h, int64_t now_ns)
{
    char text[80], label[48];
    int to = h->focus >= 0 ? h->focus : (h->board.baseline + 1) % h->lanes;
    race_baseline(h->race, to);
    race_hand_stepped(h);
    race_label(h, to, label, sizeof label);
    snprintf(text, sizeof text, "baseline: %s", label);
    control_say(race_lead(h), false, text, now_ns);
}

static void act(struct race_hand *h, const struct key_def *key, int64_t now_ns)
{
    switch ((int)key->action) {
    case ACT_LANE:
        focus_on(h, (int)(key->code - '1'), now_ns);
        break;
    case ACT_LANES:
        focus_on(h, -1, now_ns);
        break;
    case ACT_METRIC:
        h->metric = (enum race_metric)((h->metric + 1) % METRICS);
        break;
    case ACT_BASELINE:
        next_baseline(h, now_ns);
        break;
    case ACT_DIFFER:
        h->differ = !h->differ;
        break;
    case ACT_SCORE_EXPORT:
        h->export_wanted = true;
        break;
    default:
        break;
    }
}

/* Keys of the dashboard that would act on what a race does not show. */
static bool hidden(const struct key_def *k)
{
    static const enum action others[] = {
        ACT_PANEL,  ACT_FULL,   ACT_FOCUS_NEXT, ACT_FOCUS_PREVIOUS, ACT_BIG,       ACT_LATENCY,
        ACT_RECORD, ACT_SCALE,  ACT_AXIS,       ACT_MENU_SAVE,      ACT_MENU_OPEN, ACT_MENU_SETUP,
        ACT_FIND,   ACT_EXPORT, ACT_EXPORT_RUN, ACT_RESTART,        ACT_RACE};
    bool found = k->action >= ACT_KNOB_UP && k->action <= ACT_STAGE;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        found = found || k->action == others[i];
    return found;
}

/* True if the key was the race's own, or is none in a race. */
static bool race_key(struct race_hand *h, uint32_t key, int64_t now_ns)
{
    struct control *c = race_lead(h);
    if (c->view.mode != MODE_MAIN)
        return false;
    const struct key_def *own = c->view.cross ? NULL : key_find(KEYS_RACE, key);
    const struct key_def *main = key_find(c->view.cross ? KEYS_CROSS : KEYS_MAIN, key);
    if (own) {
        act(h, own, now_ns);
        return true;
    }
    if (key == PRESS_ESC && h->differ) {
        h->differ = false;
        return true;
    }
    if (main == NULL || !hidden(main))
        return false;
    if (main->action <= ACT_STAGE)
        control_say(c, false,
                    "no knobs in view here: type :set FIELD VALUE, for all or the focused", now_ns);
    return true;
}

void race_hand_key(struct race_hand *h, uint32_t key, int64_t now_ns)
{
    struct control *c = race_lead(h);
    c->width = h->width;
    c->height = h->height;
    if (race_key(h, key, now_ns))
        return;
    control_key(c, key, now_ns);
    h->quit = h->quit || c->quit;
    h->redraw = h->redraw || c->redraw;
    c->quit = c->redraw = false;
    take_command(h, now_ns);
    c->view.report = NULL; /* boxes of one lane's figures are not for a race */
    follow_all(h);
}

/* ---- export --------------------------------------------------------------------------------------- */

void race_hand_export(struct race_hand *h, int64_t now_ns)
{
    static struct print out;
    char name[32] = "", text[160];
    int fd = -1;
    h->export_wanted = false;
    for (int n = 1; n <= EXPORTS && fd < 0; n++) {
        snprintf(name, sizeof name, "race-%d.json", n);
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    bool good = fd >= 0;
    int why = errno;
    if (good) {
        print_init(&out, fd);
        race_json(&out, h->race, h->live, h->seed);
        good = print_flush(&out);
        why = out.error;
        good = close(fd) == 0 && good;
    }
    if (good)
        snprintf(text, sizeof text, "the scoreboard so far is in %s", name);
    else
        snprintf(text, sizeof text, "%s cannot be written: %s", name, strerror(why));
    control_say(race_lead(h), !good, text, now_ns);
}
