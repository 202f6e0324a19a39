#include "run/command_parts.h"

#include <stdio.h>

/* Commands that move the clock of a `sim` run on a screen. They change how fast the
 * same run is shown, and nothing in it. */

#define SPEED_MIN (PPM_ONE / 4)
#define SPEED_MAX (1000 * PPM_ONE)

static bool has_pace(const struct sp_engine *g, struct outcome *o)
{
    if (g->options.sim && g->pace_ppm > 0)
        return true;
    command_refuse(o, "only a --sim run on a screen can be shown faster, slower or step by step");
    return false;
}

static void set_speed(struct sp_engine *g, int64_t speed_ppm, struct outcome *o)
{
    if (!has_pace(g, o))
        return;
    if (speed_ppm < SPEED_MIN || speed_ppm > SPEED_MAX) {
        command_refuse(o, "speed: must be x0.25 to x1000");
        return;
    }
    struct command_number old = command_say(UNIT_FACTOR, g->pace_ppm);
    g->pace_ppm = (int)speed_ppm;
    g->anchored = false;
    command_effect(o, "shown at %s, was %s", command_say(UNIT_FACTOR, speed_ppm).text, old.text);
    snprintf(o->inverse, sizeof o->inverse, "speed %s", old.text);
}

void command_run_speed(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    set_speed(g, c->value[0], o);
}

void command_run_faster(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    int64_t twice = 2 * (int64_t)g->pace_ppm;
    set_speed(g, twice > SPEED_MAX ? SPEED_MAX : twice, o);
}

void command_run_slower(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    int64_t half = g->pace_ppm / 2;
    set_speed(g, half < SPEED_MIN ? SPEED_MIN : half, o);
}

void command_run_step(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (!has_pace(g, o) || !command_span_is_good(c->value[0], o))
        return;
    bool ran = !g->held;
    g->held = true;
    if (!ran)
        g->step_until_ns = g->now_ns + c->value[0];
    if (ran)
        command_effect(o, "the clock stands; `step` moves it, `go` lets it run");
    else
        command_effect(o, "%s further", command_say(UNIT_DURATION, c->value[0]).text);
}

void command_run_go(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    if (!has_pace(g, o))
        return;
    g->held = false;
    g->anchored = false;
    command_effect(o, "the clock runs at %s", command_say(UNIT_FACTOR, g->pace_ppm).text);
}
