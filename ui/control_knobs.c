/* Turning knobs: at once, or collected and applied together. */
#include "ui/control_hand.h"

#include <stdio.h>
#include <string.h>

static void send_knob(struct control *c, int knob, int64_t value, int64_t now_ns)
{
    char text[SP_EVENT_TEXT];
    if (c->view.knobs.staging) {
        control_queue(c, knob, value, now_ns);
        return;
    }
    if (knob == KNOB_POLICY)
        snprintf(text, sizeof text, "policy %s", knob_text(knob, value).s);
    else
        snprintf(text, sizeof text, "set %s %s", knob_table[knob].name, knob_text(knob, value).s);
    if (!control_send(c, text, now_ns))
        return;
    c->pending_knob = knob;
    c->pending_value = value;
    c->pending_until_ns = now_ns + CONTROL_PENDING_NS;
}

/* Value of a knob as of the last change, whether a reading has told of it or not. */
static int64_t knob_value(const struct control *c, int knob, int64_t now_ns)
{
    if (c->view.knobs.queued[knob])
        return c->view.knobs.queue[knob];
    if (c->pending_knob == knob && now_ns < c->pending_until_ns)
        return c->pending_value;
    return c->newest->knobs.value[knob];
}

int64_t knob_in_hand(const struct control *c, int knob)
{
    if (c->view.knobs.queued[knob])
        return c->view.knobs.queue[knob];
    return c->pending_knob == knob ? c->pending_value : c->newest->knobs.value[knob];
}

static void turn(struct control *c, int steps, int64_t now_ns)
{
    int knob = c->view.knob;
    int64_t value = knob_value(c, knob, now_ns), to = knob_nudge(knob, value, steps);
    if (to != value) {
        send_knob(c, knob, to, now_ns);
        return;
    }
    char text[300], range[200];
    knob_range(knob, range, sizeof range);
    snprintf(text, sizeof text, "%s stays %s: it can be %s", knob_table[knob].name,
             knob_text(knob, value).s, range);
    control_say(c, false, text, now_ns);
}

/* All knobs can be chosen where all are shown. */
static void choose(struct control *c, int by)
{
    bool all = c->view.full == PANEL_KNOBS;
    c->view.knob = knob_move(&c->view.reading->knobs, all, c->view.knob, by);
    control_hush(c);
}

/* ---- collecting --------------------------------------------------------------------- */

static void say_queue(struct control *c, int64_t now_ns)
{
    char text[200];
    int n = knobs_queued(&c->view.knobs);
    if (n == 0)
        snprintf(text, sizeof text, "collecting changes: turn knobs; L again leaves");
    else
        snprintf(text, sizeof text,
                 "%d change%s collected: Enter applies %s at one instant, "
                 "Esc drops %s",
                 n, n == 1 ? "" : "s", n == 1 ? "it" : "all", n == 1 ? "it" : "them");
    control_say(c, false, text, now_ns);
}

void control_queue(struct control *c, int knob, int64_t value, int64_t now_ns)
{
    struct knob_view *k = &c->view.knobs;
    char command[SP_EVENT_TEXT];
    struct knob_view before = *k;
    k->queue[knob] = value;
    k->queued[knob] = value != c->newest->knobs.value[knob];
    if (!knobs_command(k, command, sizeof command)) {
        *k = before;
        control_say(c, true, "one command holds no more changes: Enter applies these first",
                    now_ns);
        return;
    }
    say_queue(c, now_ns);
}

bool control_drop_queue(struct control *c, int64_t now_ns)
{
    struct knob_view *k = &c->view.knobs;
    int n = knobs_queued(k);
    if (n == 0)
        return false;
    memset(k->queued, 0, sizeof k->queued);
    control_say(c, false, "dropped: the knobs are as they were", now_ns);
    return true;
}

static void apply_queue(struct control *c, int64_t now_ns)
{
    struct knob_view *k = &c->view.knobs;
    char command[SP_EVENT_TEXT];
    if (!knobs_command(k, command, sizeof command) || !control_send(c, command, now_ns))
        return;
    memset(k->queued, 0, sizeof k->queued);
    k->staging = false;
}

/* On, and off again where nothing would be lost. */
static void stage(struct control *c, int64_t now_ns)
{
    struct knob_view *k = &c->view.knobs;
    if (knobs_queued(k) == 0)
        k->staging = !k->staging;
    if (k->staging)
        say_queue(c, now_ns);
    else
        control_say(c, false, "live again: each change is applied at once", now_ns);
}

/* ---- actions ------------------------------------------------------------------------ */

static void give_back(struct control *c, int64_t now_ns)
{
    char text[64];
    snprintf(text, sizeof text, "auto %s", knob_table[c->view.knob].name);
    control_send(c, text, now_ns);
}

static void enter_value(struct control *c, bool may_apply, int64_t now_ns)
{
    if (may_apply && knobs_queued(&c->view.knobs) > 0)
        apply_queue(c, now_ns);
    else
        control_type(c, MODE_ENTRY, "");
}

void control_knob(struct control *c, enum action action, int64_t now_ns)
{
    static const int moves[] = {-1, 1, -KNOB_COUNT, KNOB_COUNT, -1, 1, -10, 10};
    if (action >= ACT_KNOB_UP && action <= ACT_KNOB_LAST)
        choose(c, moves[action - ACT_KNOB_UP]);
    else if (action >= ACT_LESS && action <= ACT_MORE_10)
        turn(c, moves[action - ACT_KNOB_UP], now_ns);
    else if (action == ACT_ENTRY || action == ACT_ENTRY_ONLY)
        enter_value(c, action == ACT_ENTRY, now_ns);
    else if (action == ACT_DEFAULT)
        send_knob(c, c->view.knob, knob_table[c->view.knob].preset, now_ns);
    else if (action == ACT_AUTO)
        give_back(c, now_ns);
    else if (action == ACT_STAGE)
        stage(c, now_ns);
}

/* ---- what changed --------------------------------------------------------------------- */

void control_knobs_seen(struct control *c, int64_t now_ns)
{
    struct knob_view *k = &c->view.knobs;
    const struct knobs *now = &c->newest->knobs;
    for (int i = 0; i < KNOB_COUNT && c->known_any; i++) {
        if (now->value[i] == c->known.value[i])
            continue;
        if (!k->changed[i]) /* several turns in a row: the value before the first */
            k->old[i] = c->known.value[i];
        k->changed[i] = now->value[i] != k->old[i];
        c->changed_until_ns[i] = now_ns + KNOBS_CHANGED_NS;
    }
    c->known = *now;
    c->known_any = true;
}

bool control_knobs_tick(struct control *c, int64_t now_ns)
{
    bool any = false;
    for (int i = 0; i < KNOB_COUNT; i++)
        if (c->view.knobs.changed[i] && now_ns >= c->changed_until_ns[i]) {
            c->view.knobs.changed[i] = false;
            any = true;
        }
    return any;
}
