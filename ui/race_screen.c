/* The loop of a race's screen: one wall clock, all lanes in step, ten frames a second. */
#include "ui/race_screen.h"

#include "ui/race_hand.h"
#include "ui/screen.h"
#include "ui/term.h"
#include "ui/theme_file.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FRAME_NS (NS_PER_S / 10)
#define BUSY_NS (60 * NS_PER_MS) /* of computing between two frames */
#define SLICE_NS (100 * NS_PER_MS)

struct show {
    struct race *race;
    struct race_hand hand;
    struct grid grid;
    int64_t anchor_wall_ns, anchor_ns; /* wall and engine time at the same moment */
    int64_t anchor_speed;
    bool dirty;
    int64_t drawn_ns;
    pthread_t noise;
    bool measuring;
    int64_t noise_ns;
};

static int64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- time ---------------------------------------------------------------------------------- */

static void anchor(struct show *s, int64_t wall_ns)
{
    s->anchor_wall_ns = wall_ns;
    s->anchor_ns = s->hand.now_ns;
    s->anchor_speed = s->hand.held ? 0 : s->hand.speed_ppm;
}

/* Where engine time should be now. */
static int64_t target(struct show *s, int64_t wall_ns)
{
    struct race_hand *h = &s->hand;
    if ((h->held ? 0 : h->speed_ppm) != s->anchor_speed)
        anchor(s, wall_ns);
    if (h->held) {
        int64_t to = h->now_ns + h->step_ns;
        h->step_ns = 0;
        return to;
    }
    i128 gone = (i128)(wall_ns - s->anchor_wall_ns) * s->anchor_speed / PPM_ONE;
    return s->anchor_ns + (int64_t)gone;
}

/* Brings the lanes up to the clock, as far as one frame's time goes; a machine that cannot
 * keep up shows a slower clock, never a torn one. */
static int advance(struct show *s, struct err *e)
{
    struct race_hand *h = &s->hand;
    int64_t begin = clock_now(), until = target(s, begin);
    bool over = h->over;
    int rc = 0;
    while (!over && rc == 0 && (h->live || h->now_ns < until)) {
        int64_t next = h->now_ns + SLICE_NS < until ? h->now_ns + SLICE_NS : until;
        rc = race_advance(s->race, next, race_hand_reading, h, &over, e);
        if (!h->live)
            h->now_ns = next;
        s->dirty = true;
        if (h->live || clock_now() - begin > BUSY_NS)
            break;
    }
    if (!h->live && h->now_ns < until)
        anchor(s, clock_now());
    h->over = over;
    if (s->dirty)
        race_hand_stepped(h);
    return rc;
}

/* ---- keys and frames ------------------------------------------------------------------------- */

static void take_keys(struct show *s, int64_t now)
{
    struct race_hand *h = &s->hand;
    term_size(&h->width, &h->height);
    for (int i = 0; i < 1000 && !h->quit; i++) {
        uint32_t key = term_key();
        if (key == PRESS_NONE)
            return;
        if (key != PRESS_RESIZE && key != PRESS_CLICK)
            race_hand_key(h, key, now);
        if (h->export_wanted)
            race_hand_export(h, now);
        s->dirty = true;
        s->drawn_ns = 0; /* somebody waits for it */
    }
}

static void draw(struct show *s)
{
    int width, height;
    struct cursor cursor;
    struct race_hand *h = &s->hand;
    term_size(&width, &height);
    if ((width != s->grid.width || height != s->grid.height) &&
        !grid_resize(&s->grid, width, height))
        return;
    h->width = width;
    h->height = height;
    if (h->redraw)
        term_forget();
    h->redraw = false;
    race_draw(&s->grid, h, &cursor);
    term_theme(race_lead(h)->view.looks.theme);
    term_draw(&s->grid, &cursor);
    s->dirty = false;
    s->drawn_ns = clock_now();
}

static void *measure_noise(void *self)
{
    struct show *s = self;
    struct err e;
    if (race_measure_noise(s->race, s->noise_ns, &e))
        return NULL; /* no noise is known: the board says nothing of it */
    return NULL;
}

static int loop(struct show *s, struct err *e)
{
    anchor(s, clock_now());
    for (;;) {
        int64_t now = clock_now();
        take_keys(s, now);
        if (advance(s, e))
            return SCREEN_FAILED;
        if (race_hand_tick(&s->hand, now))
            s->dirty = true;
        if (term_suspended()) {
            s->dirty = true;
            anchor(s, clock_now());
        }
        if (term_stop_signal() != 0)
            return term_stop_signal();
        if (s->hand.quit)
            return SCREEN_QUIT;
        now = clock_now();
        if (s->dirty && now - s->drawn_ns >= FRAME_NS - NS_PER_MS)
            draw(s);
        int64_t rest = s->drawn_ns + FRAME_NS - clock_now();
        rest = rest < 0 ? 0 : rest > FRAME_NS ? FRAME_NS : rest;
        struct pollfd p = {STDIN_FILENO, POLLIN, 0};
        if (poll(&p, 1, (int)((rest + NS_PER_MS - 1) / NS_PER_MS)) < 0)
            continue; /* a signal: looked at above */
        if (term_gone())
            return SCREEN_GONE;
    }
}

static int run(struct show *s, struct err *e)
{
    term_block_signals(); /* the lanes' threads leave signals to this one */
    int code = race_start(s->race, e);
    s->measuring =
        code == 0 && s->noise_ns > 0 && pthread_create(&s->noise, NULL, measure_noise, s) == 0;
    term_unblock_signals();
    int ended = code == 0 ? loop(s, e) : SCREEN_FAILED;
    race_stop(s->race);
    if (s->measuring)
        pthread_join(s->noise, NULL);
    return ended;
}

int race_screen(struct race *race, const struct race_show *show, struct err *e)
{
    struct term_options how = {show->look, false};
    struct term_caps caps;
    struct show s = {.race = race, .noise_ns = show->live ? 0 : show->noise_ns};
    if (term_open(&how, &caps, e) != 0)
        return SCREEN_NO_TERMINAL;
    grid_init(&s.grid);
    int ended = SCREEN_FAILED;
    if (race_hand_open(&s.hand, race, show->live, show->seed, caps.glyphs,
                       caps.theme == THEME_MONO)) {
        for (int i = 0; i < s.hand.lanes; i++) {
            s.hand.lane[i]->view.looks.theme = caps.theme;
            s.hand.lane[i]->view.looks.colours = caps.colours;
            s.hand.lane[i]->view.looks.redact = show->look.redact;
        }
        s.dirty = true;
        ended = run(&s, e);
        race_hand_close(&s.hand);
    } else {
        *e = (struct err){ERR_MEMORY, "no memory for the screen"};
    }
    term_close();
    grid_fini(&s.grid);
    return ended;
}

/* ---- pictures ----------------------------------------------------------------------------------- */

int race_play(struct race_hand *h, int64_t at_ns, struct err *e)
{
    int rc = race_advance(h->race, at_ns, race_hand_reading, h, &h->over, e);
    h->now_ns = at_ns;
    race_hand_stepped(h);
    if (rc == 0 && h->over && race_reading(h->race, 0)->now_ns < at_ns) {
        snprintf(e->text, sizeof e->text, "no screenshot at %.1f s: the race ended at %.1f s",
                 (double)at_ns / 1e9, (double)race_reading(h->race, 0)->now_ns / 1e9);
        rc = e->code = ERR_BAD;
    }
    return rc;
}

void race_press(struct race_hand *h, const char *keys)
{
    while (*keys != 0)
        race_hand_key(h, shot_key(&keys), h->now_ns);
}

/* Presses keys and draws; the hand is as before afterwards. */
static bool picture(struct race_hand *h, const struct shot *shot, const struct shot_look *look,
                    struct grid *g)
{
    struct cursor cursor;
    struct race_hand before = *h;
    struct control *kept = calloc((size_t)h->lanes, sizeof *kept);
    if (kept == NULL || !grid_resize(g, shot->width, shot->height)) {
        free(kept);
        return false;
    }
    for (int i = 0; i < h->lanes; i++) {
        kept[i] = *h->lane[i];
        shot_view(&h->lane[i]->view, look);
    }
    h->width = shot->width;
    h->height = shot->height;
    h->mute = true;
    race_press(h, shot->keys);
    race_draw(g, h, &cursor);
    for (int i = 0; i < h->lanes; i++)
        *h->lane[i] = kept[i];
    *h = before;
    free(kept);
    return true;
}

static int shoot(struct race_hand *h, const struct shot *shot, const struct shots *shots,
                 const struct shot_look *look, struct shot_out *out)
{
    struct grid g;
    grid_init(&g);
    if (!picture(h, shot, look, &g))
        return ERR_MEMORY;
    if (shots->count > 1 && shots->format != SHOT_SVG)
        shot_put(out, "%s# %s\n", out->size ? "\n" : "", shot->text);
    shot_write(out, &g, shots->format, look, shot->text);
    grid_fini(&g);
    return out->failed ? ERR_MEMORY : 0;
}

int race_screenshots(struct race *race, const struct race_show *show, const struct shots *shots,
                     struct err *e)
{
    struct race_hand hand;
    struct shot_out out = {0};
    struct shot_look look = shot_look_of(&show->look, shots->format);
    if (!race_hand_open(&hand, race, show->live, show->seed, look.glyphs, look.colours == 0)) {
        *e = (struct err){ERR_MEMORY, "out of memory"};
        return ERR_MEMORY;
    }
    int rc = 0;
    for (int i = 0; i < shots->count && rc == 0; i++) {
        rc = race_play(&hand, shots->shot[i].at_ns, e);
        if (rc == 0 && shoot(&hand, &shots->shot[i], shots, &look, &out)) {
            *e = (struct err){ERR_MEMORY, "out of memory"};
            rc = ERR_MEMORY;
        }
    }
    if (rc == 0)
        rc = shot_output(&out, e);
    free(out.text);
    race_hand_close(&hand);
    return rc;
}
