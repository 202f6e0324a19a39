#include "run/engine.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* The loop under its two clocks. Virtual time jumps to the next due time; real
 * time is read once per sweep, and the loop sleeps until something is due or the
 * wake-up descriptor fires. Neither knows what an agent does. */

#define STUCK_NS (600 * NS_PER_S)
#define GAP_NS LOOP_STALL_NS /* away so much longer than meant: the process stood still */

static int64_t monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int64_t engine_clock(void *engine)
{
    const struct sp_engine *g = engine;
    return monotonic_ns() - g->origin_ns;
}

/* In virtual time a command from outside has an instant of its own, behind the one that
 * has run: at that time it does the same again from a script. */
static void take_commands(struct sp_engine *g)
{
    struct message m;
    /* What was sent after a `restart` or `quit` is for the run that follows it. */
    while (!g->restart && !g->stopped && spsc_pop(&g->commands, &m)) {
        if (g->options.sim && g->now_ns <= g->settled_ns)
            g->now_ns = g->settled_ns + 1;
        g->ticket = m.ticket;
        command_run(g, m.author, m.text);
        g->ticket = 0;
    }
}

static void drain_wake(struct sp_engine *g)
{
    uint64_t count;
    while (read(g->wake_fd, &count, sizeof count) > 0)
        continue;
}

/* Waits until at_ns (CLOCK_MONOTONIC) or until somebody wakes us. */
static void wait_until(struct sp_engine *g, int64_t at_ns)
{
    int64_t left = at_ns == TIME_NEVER ? NS_PER_S : at_ns - monotonic_ns();
    if (left <= 0)
        return;
    if (left > NS_PER_S)
        left = NS_PER_S;
    struct timespec t = {left / NS_PER_S, left % NS_PER_S};
    struct pollfd p = {.fd = g->wake_fd, .events = POLLIN};
    if (ppoll(&p, 1, &t, NULL) > 0)
        drain_wake(g);
}

/* Runs this instant until nothing is ready. */
static void settle(struct sp_engine *g)
{
    g->loop.instant_steps = 0;
    g->settled_ns = g->now_ns;
    loop_fire(&g->loop, g->now_ns);
    while (loop_sweep(&g->loop, g->now_ns, NULL, NULL))
        if (engine_is_over(g) || g->restart)
            return;
}

/* ---- virtual time shown at a pace ------------------------------------------------- */

/* From here on, `pace` counts anew: at the start, at another speed, after a stop. */
static void anchor(struct sp_engine *g)
{
    g->anchor_wall_ns = monotonic_ns();
    g->anchor_ns = g->now_ns;
    g->anchored = true;
}

/* Stands still (command `hold`) but for single steps. Returns true if the instant
 * next_ns may come: it belongs to a step. */
static bool held(struct sp_engine *g, int64_t next_ns)
{
    if (next_ns <= g->step_until_ns)
        return true;
    if (g->step_until_ns > g->now_ns) { /* the step is over */
        g->now_ns = g->step_until_ns;
        g->step_until_ns = INT64_MIN;
        reading_make(g, g->now_ns);
        return false;
    }
    wait_until(g, TIME_NEVER);
    take_commands(g);
    g->anchored = false;
    return false;
}

/* Sleeps until the instant's turn on the wall clock. False: something else came
 * first (a command, a stop); what is due next has to be looked at again. */
static bool pace(struct sp_engine *g, int64_t next_ns)
{
    if (g->pace_ppm == 0)
        return true;
    if (g->held)
        return held(g, next_ns);
    if (!g->anchored)
        anchor(g);
    int64_t span = next_ns == TIME_NEVER ? NS_PER_S : next_ns - g->anchor_ns;
    int64_t at = g->anchor_wall_ns + (int64_t)((i128)span * PPM_ONE / g->pace_ppm);
    while (monotonic_ns() < at) {
        uint64_t before = g->event_count;
        wait_until(g, at);
        int64_t gone = monotonic_ns() - g->anchor_wall_ns;
        int64_t reached = g->anchor_ns + (int64_t)((i128)gone * g->pace_ppm / PPM_ONE);
        reached = reached < next_ns ? reached : next_ns;
        if (reached > g->now_ns)
            g->now_ns = reached;
        take_commands(g);
        if (flag_is(&g->stop) || g->event_count != before)
            return false;
    }
    if (monotonic_ns() - at > GAP_NS)
        g->anchored = false; /* the process stood still, or cannot keep up: go on from here */
    return true;
}

/* In a run without an end, nothing but the controller's and the readings' own ticks
 * is due, and has not been for long: the source is paused for good, say. */
static bool is_stuck(struct sp_engine *g)
{
    const struct timers *t = &g->loop.timers;
    uint32_t ticks = (uint32_t)timers_has(t, g->control_agent) + timers_has(t, g->reading_agent);
    if (g->end_ns != TIME_NEVER || g->pace_ppm != 0 || t->count > ticks) {
        g->quiet_ns = TIME_NEVER;
        return false;
    }
    if (g->quiet_ns == TIME_NEVER)
        g->quiet_ns = g->now_ns;
    return g->now_ns - g->quiet_ns > STUCK_NS;
}

static void end_stuck(struct sp_engine *g)
{
    g->failed.code = ERR_BAD;
    snprintf(g->failed.text, sizeof g->failed.text,
             "the run cannot end: %s, and no command is waiting that could change it",
             g->paused ? "the source is paused" : "nothing has been due for ten minutes");
}

int run_sim(struct sp_engine *g, struct err *e)
{
    (void)e;
    g->anchored = false;
    g->quiet_ns = TIME_NEVER;
    for (;;) {
        settle(g);
        if (engine_is_over(g) || g->restart)
            return 0;
        take_commands(g);
        if (g->now_ns > g->settled_ns)
            continue;
        if (is_stuck(g)) {
            end_stuck(g);
            return 0;
        }
        int64_t next = loop_next(&g->loop);
        if (next > g->end_ns)
            next = g->end_ns;
        if (!pace(g, next))
            continue;
        if (next == TIME_NEVER)
            return 0; /* nothing will ever happen again */
        g->now_ns = next;
        if (next == g->end_ns) {
            settle(g); /* what is due at the end still happens */
            return 0;
        }
    }
}

bool run_sim_until(struct sp_engine *g, int64_t until_ns)
{
    for (;;) {
        take_commands(g);
        settle(g);
        if (engine_is_over(g) || g->restart)
            return true;
        if (is_stuck(g)) {
            end_stuck(g);
            return true;
        }
        int64_t next = loop_next(&g->loop);
        if (next > g->end_ns)
            next = g->end_ns;
        if (next > until_ns) {
            g->now_ns = until_ns > g->now_ns ? until_ns : g->now_ns;
            return false;
        }
        g->now_ns = next;
        if (next == g->end_ns) {
            settle(g);
            return true;
        }
    }
}

/* The process stood still (stopped, lid closed): engine time stood still too. */
static void mind_gap(struct sp_engine *g, int64_t meant_ns)
{
    int64_t over = engine_clock(g) - meant_ns;
    if (over < GAP_NS)
        return;
    char what[64], text[SP_EVENT_TEXT];
    units_write(UNIT_DURATION, over / NS_PER_MS * NS_PER_MS, what, sizeof what);
    snprintf(text, sizeof text, "the process stood still for %s; engine time stood still with it",
             what);
    g->origin_ns += over;
    event_add(g, SP_AUTO, '!', "gap", text, NULL);
    g->reading_wanted = true;
}

int run_live(struct sp_engine *g, struct err *e)
{
    (void)e;
    g->origin_ns = monotonic_ns();
    int64_t meant_ns = 0;
    for (;;) {
        mind_gap(g, meant_ns);
        int64_t now = engine_clock(g);
        g->now_ns = now < g->end_ns ? now : g->end_ns;
        take_commands(g);
        loop_fire(&g->loop, g->now_ns);
        if (backing_pending(&g->backing))
            wake_up(loop_wake(&g->loop, g->lane_agent));
        g->loop.instant_steps = 0;
        bool any = loop_sweep(&g->loop, g->now_ns, engine_clock, g);
        mind_gap(g, now);
        if (engine_is_over(g) || g->restart || g->now_ns >= g->end_ns)
            return 0;
        int64_t next = loop_next(&g->loop);
        meant_ns = engine_clock(g);
        if (any || next <= meant_ns)
            continue;
        next = next < g->end_ns ? next : g->end_ns;
        wait_until(g, next == TIME_NEVER ? next : next + g->origin_ns);
        meant_ns = next > meant_ns + NS_PER_S ? meant_ns + NS_PER_S : next;
    }
}
