/* Knobs as a person turns them: their order on the screen, their steps, what changed a
 * moment ago, and changes that are collected to be applied together. */
#ifndef UI_KNOBS_H
#define UI_KNOBS_H

#include "ui/fmt.h"

#include "spillway.h"

#define KNOBS_CHANGED_NS (10 * NS_PER_S) /* the old value is shown for so long */

struct knob_view {
    bool changed[KNOB_COUNT]; /* a moment ago, from `old` */
    int64_t old[KNOB_COUNT];
    bool staging; /* changes are collected, not sent */
    bool queued[KNOB_COUNT];
    int64_t queue[KNOB_COUNT];
};

/* Knobs in the order they are shown: the policy, those of the policy and batch policy in
 * force, the common ones; with `all` also those that mean nothing at the moment. Returns
 * how many. */
int knob_list(const struct knobs *k, bool all, int out[KNOB_COUNT]);
/* Step from one knob of that list to another (by = +1, -1, …); stays at its ends. A
 * knob that is not in the list counts as the first. */
int knob_move(const struct knobs *k, bool all, int knob, int by);
/* The policy or batch policy in force has this knob for itself. */
bool knob_is_special(const struct knobs *k, int knob);

/* The value one step up or down, or ten steps (steps +1, -1, +10, -10): along a line for
 * shares, factors and slots, along 1, 2, 5, 10 … for the rest (ten steps: ×10), along
 * the names of a list. Stays in range. */
int64_t knob_nudge(int knob, int64_t value, int steps);

/* "10ms to 60s", "off, always, …". */
void knob_range(int knob, char *dst, size_t size);
/* Value of a knob as people write it. */
struct txt knob_text(int knob, int64_t value);

/* Number of changes collected. */
int knobs_queued(const struct knob_view *v);
/* They as one command: "set busy_on 90% busy_off 60%". false: it would be too long. */
MUST_USE bool knobs_command(const struct knob_view *v, char *dst, size_t size);

#endif
