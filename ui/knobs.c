/* Steps come from tables, by unit, so that every knob has sensible ones. */
#include "ui/knobs.h"

#include "ui/history.h"

#include <stdio.h>
#include <string.h>

struct txt knob_text(int knob, int64_t value)
{
    struct txt t;
    char text[64];
    assert(knob >= 0 && knob < KNOB_COUNT);
    const struct knob_def *d = &knob_table[knob];
    if (d->names != NULL && (value < d->min || value > d->max))
        value = d->min;
    size_t n = knob_write((enum knob)knob, value, text, sizeof text);
    if (n >= sizeof t.s)
        n = sizeof t.s - 1;
    memcpy(t.s, text, n);
    t.s[n] = 0;
    return t;
}

void knob_range(int knob, char *dst, size_t size)
{
    const struct knob_def *d = &knob_table[knob];
    if (d->names == NULL) {
        snprintf(dst, size, "%s to %s", knob_text(knob, d->min).s, knob_text(knob, d->max).s);
        return;
    }
    size_t n = 0;
    dst[0] = 0;
    for (int64_t i = d->min; i <= d->max && n < size; i++)
        n += (size_t)snprintf(dst + n, size - n, "%s%s", i > d->min ? ", " : "", d->names[i]);
}

/* ---- order ------------------------------------------------------------------------ */

bool knob_is_special(const struct knobs *k, int knob)
{
    return knob_table[knob].used_by[0] != 0 && knob_applies(k, knob);
}

int knob_list(const struct knobs *k, bool all, int out[KNOB_COUNT])
{
    int n = 0;
    for (int part = 0; part < 3; part++)
        for (int i = 0; i < KNOB_COUNT; i++) {
            bool applies = knob_applies(k, i);
            bool first = i == KNOB_POLICY || knob_is_special(k, i);
            if (part == 0 ? first : part == 1 ? applies && !first : all && !applies && !first)
                out[n++] = i;
        }
    return n;
}

int knob_move(const struct knobs *k, bool all, int knob, int by)
{
    int list[KNOB_COUNT], n = knob_list(k, all, list), at = 0;
    for (int i = 0; i < n; i++)
        if (list[i] == knob)
            at = i;
    at += by < -KNOB_COUNT ? -KNOB_COUNT : by > KNOB_COUNT ? KNOB_COUNT : by;
    return list[at < 0 ? 0 : at >= n ? n - 1 : at];
}

/* ---- steps ------------------------------------------------------------------------ */

/* Steps of a unit: `even` apart, or rungs 1, 2, 5, 10 … of `least`; below the first
 * rung comes 0. */
static const struct steps {
    int64_t even, least;
} steps_of[] = {
    [UNIT_COUNT] = {0, 1},
    [UNIT_DURATION] = {0, NS_PER_MS},
    [UNIT_RATE] = {0, 10000}, /* 10 records/s */
    [UNIT_RATIO] = {PPM_ONE / 100, 0},
    [UNIT_FACTOR] = {PPM_ONE / 10, 0},
    [UNIT_USD] = {0, NUSD_PER_USD / 100},
    [UNIT_SIZE] = {0, 1024},
    [UNIT_NAME] = {1, 0},
};

/* Knobs that step unlike their unit. */
static const struct {
    int knob;
    struct steps steps;
} exceptions[] = {
    {KNOB_SLOTS, {1, 0}},
};

/* Durations people think in: 1-2-5, then the clock's own. */
static const int64_t durations[] = {
    NS_PER_MS,      2 * NS_PER_MS,   5 * NS_PER_MS,   10 * NS_PER_MS,  20 * NS_PER_MS,
    50 * NS_PER_MS, 100 * NS_PER_MS, 200 * NS_PER_MS, 250 * NS_PER_MS, 500 * NS_PER_MS,
    NS_PER_S,       2 * NS_PER_S,    5 * NS_PER_S,    10 * NS_PER_S,   20 * NS_PER_S,
    30 * NS_PER_S,  60 * NS_PER_S,   120 * NS_PER_S,  300 * NS_PER_S,  600 * NS_PER_S,
    900 * NS_PER_S, 1800 * NS_PER_S, 3600 * NS_PER_S,
};

#define BEYOND (INT64_MAX / 2) /* more than any knob can be */

/* The nearest rung above `value`, or at it if `here`; BEYOND: there is none. */
static int64_t rung_above(enum unit unit, int64_t least, int64_t value, bool here)
{
    if (unit == UNIT_DURATION) {
        for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
            if (durations[i] > value || (here && durations[i] == value))
                return durations[i];
        return BEYOND;
    }
    for (int64_t decade = least; decade < BEYOND / 10; decade *= 10)
        for (int64_t i = 1; i <= 5; i = i == 2 ? 5 : i * 2) {
            if (decade * i > value || (here && decade * i == value))
                return decade * i;
            if (i == 5)
                break;
        }
    return BEYOND;
}

/* The nearest rung below `value`, or at it if `here`; 0 below the first. */
static int64_t rung_below(enum unit unit, int64_t least, int64_t value, bool here)
{
    int64_t below = 0;
    for (;;) {
        int64_t next = rung_above(unit, least, below, false);
        if (next > value || (next == value && !here) || next >= BEYOND)
            return below;
        below = next;
    }
}

static int64_t ten_times(int64_t value, int64_t least)
{
    return value < least ? least : value > BEYOND / 10 ? BEYOND : value * 10;
}

static int64_t climb(enum unit unit, int64_t least, int64_t value, int steps)
{
    bool far = steps >= 10 || steps <= -10;
    if (steps > 0)
        return rung_above(unit, least, far ? ten_times(value, least) : value, far);
    return rung_below(unit, least, far ? value / 10 : value, far);
}

int64_t knob_nudge(int knob, int64_t value, int steps)
{
    const struct knob_def *d = &knob_table[knob];
    struct steps s = steps_of[d->unit];
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        if (exceptions[i].knob == knob)
            s = exceptions[i].steps;
    if (d->unit == UNIT_NAME)
        steps = steps > 0 ? 1 : -1;
    int64_t to = s.even > 0 ? value + s.even * steps : climb(d->unit, s.least, value, steps);
    return to < d->min ? d->min : to > d->max ? d->max : to;
}

/* ---- collected changes -------------------------------------------------------------- */

int knobs_queued(const struct knob_view *v)
{
    int n = 0;
    for (int i = 0; i < KNOB_COUNT; i++)
        n += v->queued[i];
    return n;
}

bool knobs_command(const struct knob_view *v, char *dst, size_t size)
{
    size_t n = (size_t)snprintf(dst, size, "set");
    for (int i = 0; i < KNOB_COUNT && n < size; i++)
        if (v->queued[i])
            n += (size_t)snprintf(dst + n, size - n, " %s %s", knob_table[i].name,
                                  knob_text(i, v->queue[i]).s);
    return n < size && n < PRESET_COMMAND;
}
