/* Commands that change the load: spikes, ramps, rates, pause. */
#include "run/command_parts.h"

#include <stdio.h>

static int64_t offered(const struct sp_engine *g)
{
    int64_t rate = 0;
    for (int i = 0; i < g->member_count; i++) {
        const struct member *m = &g->member[i];
        if (m->kind == MEMBER_SOURCE && m->is.source->config.instance == 0)
            rate += schedule_rate(&m->is.source->schedule, g->now_ns);
    }
    return rate;
}

typedef int change_fn(struct schedule *s, int64_t now_ns, const struct command *c, int *handle);

static int change_spike(struct schedule *s, int64_t now_ns, const struct command *c, int *handle)
{
    int64_t factor = c->form == 0 ? c->value[0] : PPM_ONE;
    int64_t add = c->form == 1 ? c->value[0] : 0;
    return schedule_spike(s, now_ns, factor, add, c->value[1], handle);
}
static int change_ramp(struct schedule *s, int64_t now_ns, const struct command *c, int *handle)
{
    return schedule_ramp(s, now_ns, c->value[0], c->value[1], c->value[2], handle);
}
static int change_rate(struct schedule *s, int64_t now_ns, const struct command *c, int *handle)
{
    return schedule_set_rate(s, now_ns, c->value[0], handle);
}

/* Applies a change to every source's schedule; they stay alike, so one handle
 * serves all. Remembers it as an intervention that `cancel` ends. */
static void intervene(struct sp_engine *g, const struct command *c, struct outcome *o,
                      change_fn *change)
{
    int64_t before = offered(g);
    int handle = -1, slot = 0;
    int slots = (int)(sizeof g->intervention / sizeof g->intervention[0]);
    while (slot < slots && g->intervention[slot].active &&
           !intervention_is_over(g, g->intervention[slot].number))
        slot++;
    for (int i = 0; i < g->member_count; i++) {
        if (g->member[i].kind != MEMBER_SOURCE)
            continue;
        if (slot == slots || change(&g->member[i].is.source->schedule, g->now_ns, c, &handle)) {
            command_refuse(o, "too many spikes and ramps at one time: wait, or `halt`");
            return;
        }
    }
    g->intervention[slot].number = ++g->interventions;
    g->intervention[slot].source_handle = handle;
    g->intervention[slot].active = true;
    snprintf(g->intervention[slot].what, sizeof g->intervention[slot].what, "%.60s", c->text);
    command_effect(o, "%s/s -> %s/s", command_say(UNIT_RATE, before).text,
                   command_say(UNIT_RATE, offered(g)).text);
    snprintf(o->inverse, sizeof o->inverse, "cancel %d", g->interventions);
    o->intervention = g->interventions;
    if (change != change_spike)
        o->fields = undo_field(FIELD_BASE_RATE);
}

static bool rate_is_good(int64_t mps, struct outcome *o)
{
    if (mps <= SCHEDULE_RATE_MAX)
        return true;
    command_refuse(o, "rate: must be 0 to 1000M (10^9 per second)");
    return false;
}

bool command_span_is_good(int64_t ns, struct outcome *o)
{
    if (ns > 0)
        return true;
    command_refuse(o, "a duration of 0 has no effect: give one like 10s");
    return false;
}

void command_run_spike(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (c->form == 0 && c->value[0] > 1000 * PPM_ONE)
        command_refuse(o, "spike: the factor must be x0 to x1000");
    else if (command_span_is_good(c->value[1], o) && (c->form == 0 || rate_is_good(c->value[0], o)))
        intervene(g, c, o, change_spike);
}
void command_run_ramp(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (rate_is_good(c->value[0], o) && rate_is_good(c->value[1], o) &&
        command_span_is_good(c->value[2], o))
        intervene(g, c, o, change_ramp);
}
void command_run_rate(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (rate_is_good(c->value[0], o))
        intervene(g, c, o, change_rate);
}

void command_run_cancel(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    int slots = (int)(sizeof g->intervention / sizeof g->intervention[0]), k = 0;
    while (k < slots && !(g->intervention[k].active && g->intervention[k].number == c->value[0]))
        k++;
    if (k == slots || intervention_is_over(g, g->intervention[k].number)) {
        command_refuse(o, "there is no spike, ramp or rate number %lld%s", (long long)c->value[0],
                       k == slots ? "" : " any more");
        return;
    }
    g->intervention[k].active = false;
    o->cancelled = g->intervention[k].number;
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            schedule_cancel(&g->member[i].is.source->schedule, g->now_ns,
                            g->intervention[k].source_handle);
    command_effect(o, "`%s` ended: %s/s", g->intervention[k].what,
                   command_say(UNIT_RATE, offered(g)).text);
}

/* Pausing what stands still, or resuming what runs, changes nothing: no inverse. */
void command_run_pause(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            schedule_pause(&g->member[i].is.source->schedule, g->now_ns);
    command_effect(o, g->paused ? "the source stands still already"
                                : "the source stands still; due times wait");
    if (!g->paused) {
        snprintf(o->inverse, sizeof o->inverse, "resume");
        o->fields = undo_field(FIELD_PAUSE);
    }
    g->paused = true;
}

void command_run_resume(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            schedule_resume(&g->member[i].is.source->schedule, g->now_ns);
    command_effect(o, "the source goes on: %s/s", command_say(UNIT_RATE, offered(g)).text);
    if (g->paused) {
        snprintf(o->inverse, sizeof o->inverse, "pause");
        o->fields = undo_field(FIELD_PAUSE);
    }
    g->paused = false;
}
