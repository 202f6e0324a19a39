/* The hand of a race: keys in, commands for the lanes out; and all that its screen shows.
 * Knows no terminal and no clock, so tests press keys and pictures are taken without one.
 *
 * Each lane has a control of its own, with its history. The leading one (the focused lane,
 * else the first) takes the keys that the dashboard knows; the others follow its window. */
#ifndef UI_RACE_HAND_H
#define UI_RACE_HAND_H

#include "lab/race.h"
#include "ui/control.h"

enum race_metric {
    METRIC_P99,
    METRIC_P50,
    METRIC_BACKLOG,
    METRIC_BUSY,
    METRIC_OUT,
    METRIC_BURST,
    METRIC_COST,
    METRICS
};

#define RACE_LOG 8
#define RACE_LOG_TEXT 120

struct race_hand {
    struct race *race;
    struct control *lane[RACE_LANES]; /* owned */
    int lanes;
    int focus; /* -1: all */
    enum race_metric metric;
    bool differ; /* the box of differences is open */
    bool live, over;
    uint64_t seed;
    struct race_board board;
    /* the race's own clock */
    int64_t now_ns;
    int64_t speed_ppm;
    bool held;
    int64_t step_ns; /* asked for by single steps, not yet gone */
    /* what was done to which lanes: newest last */
    char log[RACE_LOG][RACE_LOG_TEXT];
    int logged;
    int width, height;
    bool quit, redraw;
    bool mute;          /* commands go nowhere: a picture changes nothing */
    bool export_wanted; /* whoever runs the screen writes the file */
};

/* Takes the memory. false: there is none. The race stays the caller's. */
MUST_USE bool race_hand_open(struct race_hand *h, struct race *race, bool live, uint64_t seed,
                             enum glyphs glyphs, bool mono);
void race_hand_close(struct race_hand *h);

/* The lane that takes keys. */
struct control *race_lead(const struct race_hand *h);

void race_hand_key(struct race_hand *h, uint32_t key, int64_t now_ns);
/* A reading of a lane; give it to race_advance with the hand as context. */
void race_hand_reading(void *hand, int lane, const struct sp_reading *reading);
/* After a step: the scoreboard anew. */
void race_hand_stepped(struct race_hand *h);
/* Time alone. True if the screen changes by it. */
bool race_hand_tick(struct race_hand *h, int64_t now_ns);

/* Writes the scoreboard into the first free race-N.json here; says so, or why not. */
void race_hand_export(struct race_hand *h, int64_t now_ns);

/* Draws the whole screen; any size. */
void race_draw(struct grid *g, const struct race_hand *h, struct cursor *cursor);

/* "A vanilla" */
void race_label(const struct race_hand *h, int lane, char *dst, size_t size);

#endif
