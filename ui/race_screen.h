/* A race on a terminal, and its pictures. */
#ifndef UI_RACE_SCREEN_H
#define UI_RACE_SCREEN_H

#include "lab/race.h"
#include "ui/looks.h"
#include "ui/screenshot.h"

struct race_show {
    struct look_options look;
    bool live;
    uint64_t seed;
    int64_t noise_ns; /* engine time of the runs that measure the noise; 0: not measured */
};

/* Shows the race until the person leaves, a signal asks to stop or the terminal goes.
 * Returns as screen_run_e does. */
MUST_USE int race_screen(struct race *race, const struct race_show *show, struct err *e);

/* Plays the race and writes each shot to standard output. 0 or the error. */
MUST_USE int race_screenshots(struct race *race, const struct race_show *show,
                              const struct shots *shots, struct err *e);

/* The race as of an instant, with keys pressed, in a grid: what the pictures are made of. */
struct race_hand;
MUST_USE int race_play(struct race_hand *h, int64_t at_ns, struct err *e);
void race_press(struct race_hand *h, const char *keys);

#endif
