/* A replay shows what the run showed, cell by cell, and moves both ways. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prng.h"
#include "lab/recording.h"
#include "ui/replay.h"
#include "ui/screenshot.h"

#define SHOTS_HERE 5

static const int64_t instants[SHOTS_HERE] = {1500 * NS_PER_MS, 4 * NS_PER_S, 7300 * NS_PER_MS,
                                             11 * NS_PER_S, 14900 * NS_PER_MS};
static const struct shot_look look = {THEME_DARK, 256, GLYPHS_BRAILLE, false, false};
static const char *const keys[] = {"", "5V", "8", "9", "v<←><←>"};
static struct grid live[SHOTS_HERE * 5], again[SHOTS_HERE * 5];
static char path[64];
static struct preset preset;
static struct recording *recording;
static struct err e;

static void setup(void)
{
    snprintf(path, sizeof path, "/tmp/replay_unit_%ld.spw", (long)getpid());
    unlink(path);
    for (int i = 0; i < SHOTS_HERE * 5; i++) {
        grid_init(&live[i]);
        grid_init(&again[i]);
    }
}

static void teardown(void)
{
    unlink(path);
    for (int i = 0; i < SHOTS_HERE * 5; i++) {
        grid_fini(&live[i]);
        grid_fini(&again[i]);
    }
}

TestSuite(replay, .init = setup, .fini = teardown);

/* What the screen shows at an instant, also with keys pressed. */
static int draw(void *grids, struct control *c, int index)
{
    for (int k = 0; k < 5; k++) {
        struct shot s = {.width = k == 0 ? 160 : 120, .height = k == 0 ? 45 : 36, .keys = keys[k]};
        cr_assert(shot_draw(c, &s, &look, (struct grid *)grids + index * 5 + k));
    }
    return 0;
}

struct passing {
    sp_tick_fn *tick;
    void *context;
};

static bool pass(void *passing, const struct sp_reading *r)
{
    struct passing *p = passing;
    recording_put(recording, r);
    return p->tick(p->context, r);
}

static int run_recorded(void *options, sp_tick_fn *tick, void *context, struct err *why)
{
    struct sp_engine *engine = NULL;
    struct passing p = {tick, context};
    cr_assert_eq(sp_open(options, &engine, why), 0);
    int code = sp_run(engine, pass, &p, why);
    sp_close(engine);
    return code;
}

static void check_grids(int index)
{
    static char a[400000], b[400000];
    for (int k = 0; k < 5; k++) {
        const struct grid *x = &live[index * 5 + k], *y = &again[index * 5 + k];
        cr_assert(x->width == y->width && x->height == y->height);
        for (int i = 0; i < x->width * x->height; i++)
            if (memcmp(&x->cell[i], &y->cell[i], sizeof x->cell[i]) != 0) {
                grid_dump(x, a, sizeof a);
                grid_dump(y, b, sizeof b);
                cr_assert_fail("shot %d, keys %s, row %d:\n%s\n%s", index, keys[k], i / x->width, a,
                               b);
            }
    }
}

static void record(void)
{
    static const char *const commands[] = {"at 2s policy excess",  "at 3s spike x3 4s",
                                           "at 5s mark here",      "at 6s batch 20",
                                           "at 8s kill tokenizer", NULL};
    cr_assert_eq(preset_load("default", &preset, &e), 0, "%s", e.text);
    struct sp_options o = {.preset = &preset,
                           .sim = true,
                           .seed = 3,
                           .duration_ns = 15 * NS_PER_S,
                           .commands = commands};
    cr_assert_eq(recording_open(path, &o, &recording, &e), 0, "%s", e.text);
    cr_assert_eq(screenshot_play_of(run_recorded, &o, instants, SHOTS_HERE, draw, live, &e), 0,
                 "%s", e.text);
    cr_assert_eq(recording_close(recording, NULL, &e), 0, "%s", e.text);
}

struct ticking {
    sp_tick_fn *tick;
    void *context;
};

static void hand_on(void *ticking, const struct sp_reading *r, int64_t at_ns)
{
    struct ticking *t = ticking;
    (void)at_ns;
    t->tick(t->context, r);
}

static int run_replay(void *replay, sp_tick_fn *tick, void *context, struct err *why)
{
    struct ticking t = {tick, context};
    return replay_to(replay, INT64_MAX, hand_on, &t, why);
}

/* Instants of a live run are not those of the next: it is drawn at its first readings from
 * there on. */
Test(replay, shows_the_screens_that_a_live_run_had)
{
    static const int64_t at[3] = {700 * NS_PER_MS, 1300 * NS_PER_MS, 2200 * NS_PER_MS};
    static const char *const commands[] = {"at 500ms policy excess", "at 1s spike x4 1s", NULL};
    struct replay *p = NULL;
    cr_assert_eq(preset_load("burst", &preset, &e), 0, "%s", e.text);
    struct sp_options o = {
        .preset = &preset, .duration_ns = 2600 * NS_PER_MS, .seed = 3, .commands = commands};
    cr_assert_eq(recording_open(path, &o, &recording, &e), 0, "%s", e.text);
    cr_assert_eq(screenshot_play_of(run_recorded, &o, at, 3, draw, live, &e), 0, "%s", e.text);
    cr_assert_eq(recording_close(recording, NULL, &e), 0, "%s", e.text);
    cr_assert_eq(replay_open(path, &p, &e), 0, "%s", e.text);
    cr_assert_eq(screenshot_play_of(run_replay, p, at, 3, draw, again, &e), 0, "%s", e.text);
    for (int i = 0; i < 3; i++)
        check_grids(i);
    replay_close(p);
}

Test(replay, shows_the_screens_that_the_run_had)
{
    struct replay *p = NULL;
    record();
    cr_assert_eq(replay_open(path, &p, &e), 0, "%s", e.text);
    cr_assert_eq(screenshot_play_of(run_replay, p, instants, SHOTS_HERE, draw, again, &e), 0);
    for (int i = 0; i < SHOTS_HERE; i++)
        check_grids(i);
    replay_close(p);
}

/* A player at an instant, drawn as the run was then: its own marks left away. */
static void draw_player(struct replay_player *player, struct control *c, int index)
{
    replay_player_move(player, c, 100 * NS_PER_S, &e);
    control_tick(c, 100 * NS_PER_S);
    struct replay_view kept = c->view.replay;
    c->view.replay = (struct replay_view){0};
    draw(again, c, index);
    c->view.replay = kept;
}

Test(replay, is_the_same_whichever_way_it_came)
{
    static const int way[] = {4, 1, 3, 0, 2, 4};
    static struct control c;
    struct replay *p = NULL;
    struct replay_player player;
    record();
    cr_assert_eq(replay_open(path, &p, &e), 0, "%s", e.text);
    cr_assert(control_open(&c, GLYPHS_BRAILLE, false));
    c.view.fps = 10;
    replay_player_init(&player, p, 0, (int)PPM_ONE, false, 100 * NS_PER_S);
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        player.at_ns = instants[way[i]];
        draw_player(&player, &c, way[i]);
        check_grids(way[i]);
    }
    control_close(&c);
    replay_close(p);
}

Test(replay, plays_at_its_speed_holds_and_seeks)
{
    static struct control c;
    struct replay *p = NULL;
    struct replay_player player;
    char say[100];
    record();
    cr_assert_eq(replay_open(path, &p, &e), 0, "%s", e.text);
    cr_assert(control_open(&c, GLYPHS_BRAILLE, false));
    replay_player_init(&player, p, 0, (int)PPM_ONE, true, 0);
    replay_player_move(&player, &c, 2 * NS_PER_S, &e);
    cr_assert_eq(c.newest->now_ns, 2 * NS_PER_S);
    cr_assert_eq(replay_player_run(&player, "speed x4", 2 * NS_PER_S, say, sizeof say, &e), 0);
    replay_player_move(&player, &c, 3 * NS_PER_S, &e);
    cr_assert_eq(c.newest->now_ns, 6 * NS_PER_S);
    cr_assert_eq(replay_player_run(&player, "hold", 3 * NS_PER_S, say, sizeof say, &e), 0);
    replay_player_move(&player, &c, 9 * NS_PER_S, &e);
    cr_assert(!c.view.replay.playing && c.view.replay.on);
    int64_t held = c.newest->now_ns;
    cr_assert_eq(replay_player_run(&player, "seek here", 9 * NS_PER_S, say, sizeof say, &e), 0);
    replay_player_move(&player, &c, 9 * NS_PER_S, &e);
    cr_assert(c.newest->now_ns == 5 * NS_PER_S && held > c.newest->now_ns);
    cr_assert_eq(replay_player_run(&player, "seek Q", 9 * NS_PER_S, say, sizeof say, &e), ERR_BAD);
    cr_assert_not_null(strstr(e.text, "nor a marker of this recording"), "%s", e.text);
    cr_assert_eq(replay_player_run(&player, "speed x101", 0, say, sizeof say, &e), ERR_BAD);
    cr_assert_eq(replay_player_run(&player, "seek +100000h", 0, say, sizeof say, &e), 0);
    cr_assert_eq(player.at_ns, player.last_ns);
    cr_assert_eq(replay_player_run(&player, "play", 0, say, sizeof say, &e), 0);
    cr_assert(player.playing && player.at_ns == player.first_ns);
    control_close(&c);
    replay_close(p);
}

Test(replay, its_keys_send_its_commands)
{
    struct replay *p = NULL;
    struct replay_player player;
    char say[100];
    record();
    cr_assert_eq(replay_open(path, &p, &e), 0, "%s", e.text);
    replay_player_init(&player, p, 0, (int)PPM_ONE, false, 0);
    for (int i = 0; i < key_count; i++)
        if (key_table[i].context == KEYS_REPLAY && key_table[i].action == ACT_SEND)
            cr_assert_eq(replay_player_run(&player, key_table[i].command, 0, say, sizeof say, &e),
                         0, "%s: %s", key_table[i].command, e.text);
    replay_close(p);
}

Test(replay, cannot_be_steered)
{
    static struct control c;
    static const char keys_that_steer[] = "su!mR=A";
    cr_assert(control_open(&c, GLYPHS_BRAILLE, false));
    c.view.replay.on = true;
    c.width = 120;
    c.height = 36;
    for (const char *k = keys_that_steer; *k != 0; k++) {
        control_key(&c, (uint32_t)*k, 0);
        if (*k == 'm') {
            control_key(&c, 'x', 0);
            control_key(&c, PRESS_ENTER, 0);
        }
        cr_assert_str_eq(c.command, "", "%c: %s", *k, c.command);
        cr_assert(c.view.status_bad, "%c", *k);
        control_key(&c, PRESS_ESC, 0);
        control_key(&c, PRESS_ESC, 0);
    }
    control_key(&c, PRESS_RIGHT, 0);
    cr_assert_str_eq(c.command, "seek +5s");
    control_close(&c);
}

/* ---- whatever a recording says, it can be drawn -------------------------------------------- */

static char whole[2 << 20], damaged[2 << 20];

/* Puts other numbers in place of some behind the header. */
static size_t damage(size_t size, struct prng *random)
{
    static const char *const numbers[] = {"0",    "-1", "7",  "1000000000000000000",
                                          "4000", "-9", "64", "-1000000000000000000"};
    size_t header = (size_t)((char *)memchr(whole, '\n', size) - whole) + 1, used = header;
    memcpy(damaged, whole, header);
    for (size_t at = header; at < size; at++) {
        bool digit = whole[at] >= '0' && whole[at] <= '9';
        damaged[used++] = whole[at];
        if (!digit || prng_below(random, size / 3) > 0)
            continue;
        const char *number = numbers[prng_below(random, 8)];
        for (used--; used > header && damaged[used - 1] >= '0' && damaged[used - 1] <= '9';)
            used--;
        while (at + 1 < size && whole[at + 1] >= '0' && whole[at + 1] <= '9')
            at++;
        memcpy(damaged + used, number, strlen(number));
        used += strlen(number);
    }
    return used;
}

static void draw_all(struct replay *p)
{
    static struct control c;
    struct replay_player player;
    struct grid g;
    static const char *const more[] = {"",  "1", "3", "4",   "5",  "6",
                                       "7", "8", "9", "5VV", "vN", "?"};
    grid_init(&g);
    cr_assert(control_open(&c, GLYPHS_BRAILLE, false));
    replay_player_init(&player, p, INT64_MAX, (int)PPM_ONE, false, 0);
    replay_player_move(&player, &c, 0, &e);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        struct shot s = {.width = 120, .height = 36, .keys = more[i]};
        cr_assert(shot_draw(&c, &s, &look, &g));
    }
    control_close(&c);
    grid_fini(&g);
}

/* REPLAY_ROUNDS=N for more of it. */
Test(replay, of_figures_that_cannot_be_is_refused_or_drawn)
{
    const char *more = getenv("REPLAY_ROUNDS");
    struct prng random = prng_split(5, 0);
    int drawn = 0, rounds = more != NULL ? atoi(more) : 60;
    record();
    FILE *f = fopen(path, "r");
    size_t size = fread(whole, 1, sizeof whole / 2, f);
    fclose(f);
    for (int i = 0; i < rounds; i++) {
        struct replay *p = NULL;
        size_t n = damage(size, &random);
        f = fopen(path, "w");
        cr_assert_eq(fwrite(damaged, 1, n, f), n);
        fclose(f);
        if (replay_open(path, &p, &e) != 0) {
            cr_assert_eq(e.code, ERR_BAD, "%s", e.text);
            continue;
        }
        draw_all(p);
        drawn++;
        replay_close(p);
    }
    cr_log_info("%d of %d drawn", drawn, rounds);
    cr_assert_gt(drawn, rounds / 20);
}
