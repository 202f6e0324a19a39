/* The race screen: expected pictures, keys, and any key at any size. */
#include "ui/race_hand.h"
#include "ui/race_screen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/prng.h"
#include "tests/lib/expected_text.h"

#define AT_NS (32 * NS_PER_S)

static struct preset preset[RACE_LANES];
static struct race *race;
static struct race_hand hand;
static struct grid grid;
static struct err e;

static void enter(int lanes)
{
    static const char *const names[] = {"vanilla", "burst", "excess", "flapping"};
    struct race_options o = {.lanes = lanes, .seed = 1};
    for (int i = 0; i < lanes; i++) {
        cr_assert_eq(preset_load(names[i], &preset[i], &e), 0, "%s", e.text);
        o.lane[i].preset = &preset[i];
    }
    cr_assert_eq(race_open(&o, &race, &e), 0, "%s", e.text);
    cr_assert(race_hand_open(&hand, race, false, 1, GLYPHS_BRAILLE, false));
    grid_init(&grid);
    hand.width = 120;
    hand.height = 36;
}

static void leave(void)
{
    race_hand_close(&hand);
    race_close(race);
    grid_fini(&grid);
    race = NULL;
}

static void play(int64_t at_ns) { cr_assert_eq(race_play(&hand, at_ns, &e), 0, "%s", e.text); }

static char *draw(int width, int height)
{
    struct cursor cursor;
    static char text[400 * 1000];
    cr_assert(grid_resize(&grid, width, height));
    race_draw(&grid, &hand, &cursor);
    cr_assert_leq(grid_dump_size(&grid), sizeof text);
    grid_dump(&grid, text, sizeof text);
    return text;
}

static bool shows(const char *what) { return strstr(draw(120, 36), what) != NULL; }

/* ---- expected pictures: tests/golden/race_*.txt; SPILLWAY_GOLDEN=write makes them anew ---- */

static void check_golden(const char *name, int width, int height)
{
    char file[80];
    snprintf(file, sizeof file, "race_%s.txt", name);
    expected_text_check(file, draw(width, height));
}

TestSuite(race_screen, .fini = leave);

Test(race_screen, pictures_are_as_expected)
{
    enter(3);
    play(12 * NS_PER_S);
    race_press(&hand, "s2:mark only here<Enter>");
    play(AT_NS);
    check_golden("120x36", 120, 36);
    check_golden("80x24", 80, 24);
    check_golden("40x10", 40, 10);
    check_golden("20x5", 20, 5);
    race_press(&hand, "*MMd");
    check_golden("differ_120x36", 120, 36);
}

/* ---- keys ---- */

Test(race_screen, what_is_done_goes_to_all_lanes_or_to_the_focused_one)
{
    enter(3);
    play(2 * NS_PER_S);
    race_press(&hand, "s");
    play(3 * NS_PER_S);
    for (int i = 0; i < 3; i++)
        cr_assert_gt(hand.lane[i]->newest->offered_rate, 1000);
    cr_assert(shows("00:02 all: spike x2 10s"));
    race_press(&hand, "2:set batch 77<Enter>");
    play(4 * NS_PER_S);
    cr_assert_eq(hand.lane[1]->newest->knobs.value[KNOB_BATCH], 77);
    cr_assert_neq(hand.lane[0]->newest->knobs.value[KNOB_BATCH], 77);
    cr_assert(shows("00:03 B: set batch 77"));
    cr_assert(shows("to B only"));
    race_press(&hand, "9");
    cr_assert_eq(hand.focus, 1, "a race has no fifth to ninth lane");
    race_press(&hand, "4");
    cr_assert_eq(hand.focus, 1);
    race_press(&hand, "*");
    cr_assert_eq(hand.focus, -1);
}

Test(race_screen, what_would_tear_the_lanes_apart_is_refused)
{
    enter(2);
    play(NS_PER_S);
    race_press(&hand, ":restart<Enter>");
    cr_assert(shows("`restart` is not for a lane of a race"));
    race_press(&hand, "k");
    cr_assert(shows("no knobs in view here"));
    race_press(&hand, ":speed x4<Enter>");
    cr_assert_eq(hand.speed_ppm, 4 * PPM_ONE);
    race_press(&hand, ">");
    cr_assert_eq(hand.speed_ppm, 8 * PPM_ONE);
    race_press(&hand, ".");
    cr_assert(hand.held && hand.step_ns == 0);
    race_press(&hand, "..");
    cr_assert_eq(hand.step_ns, 200 * NS_PER_MS);
    race_press(&hand, "z");
    cr_assert(!hand.held && !hand.quit);
    race_press(&hand, "q");
    cr_assert(hand.quit);
}

Test(race_screen, all_lanes_show_the_same_window)
{
    enter(3);
    play(AT_NS);
    race_press(&hand, "-[v");
    for (int i = 0; i < 3; i++) {
        const struct view *v = &hand.lane[i]->view;
        cr_assert(v->frozen && v->cross);
        cr_assert_eq(v->window_ns, 120 * NS_PER_S);
        cr_assert_eq(v->cross_ns, hand.lane[0]->view.cross_ns);
    }
    race_press(&hand, "<Esc> ");
    race_press(&hand, "0");
    for (int i = 0; i < 3; i++)
        cr_assert(!hand.lane[i]->view.frozen);
}

Test(race_screen, a_marker_is_gone_to_in_all_lanes)
{
    enter(2);
    play(2 * NS_PER_S);
    race_press(&hand, "s");
    play(4 * NS_PER_S);
    race_press(&hand, "N");
    cr_assert(shows("A ▲ spike x2 10s"));
    int64_t at_ns = hand.lane[0]->view.cross_ns;
    cr_assert(at_ns >= 2 * NS_PER_S && at_ns <= 2100 * NS_PER_MS);
    for (int i = 0; i < 2; i++)
        cr_assert(hand.lane[i]->view.frozen && hand.lane[i]->view.cross_ns == at_ns);
    race_press(&hand, "n");
    cr_assert(shows("no marker after this one"));
}

Test(race_screen, the_baseline_and_the_figure_change_by_key)
{
    enter(3);
    play(AT_NS);
    cr_assert(shows("p99 (M: next)"));
    race_press(&hand, "Mb");
    cr_assert(shows("p50 (M: next)"));
    cr_assert_eq(hand.board.baseline, 1);
    race_press(&hand, "3b");
    cr_assert_eq(hand.board.baseline, 2);
    race_press(&hand, "?");
    cr_assert(shows("help"));
    race_press(&hand, "race");
    cr_assert(shows("In a race"));
}

Test(race_screen, any_size_is_drawn)
{
    enter(4);
    play(15 * NS_PER_S);
    for (int height = 1; height <= 60; height += height < 30 ? 1 : 7)
        for (int width = 1; width <= 200; width += width < 40 ? 1 : 13)
            draw(width, height);
    race_press(&hand, "d");
    for (int height = 1; height <= 40; height += 3)
        for (int width = 1; width <= 140; width += 7)
            draw(width, height);
}

/* Somebody leans on the keyboard. */
Test(race_screen, any_keys_at_any_size_leave_it_whole)
{
    struct prng prng = prng_split(11, 0);
    enter(3);
    int64_t now = 0;
    for (int round = 0; round < 3000; round++) {
        uint32_t key = prng_below(&prng, 3) == 0
                           ? PRESS_UP + (uint32_t)prng_below(&prng, PRESS_F12 - PRESS_UP)
                       : prng_below(&prng, 20) == 0 ? (uint32_t)prng_below(&prng, 0x3000)
                                                    : (uint32_t)prng_below(&prng, 128);
        hand.width = 1 + (int)prng_below(&prng, 160);
        hand.height = 1 + (int)prng_below(&prng, 50);
        race_hand_key(&hand, key, now);
        hand.quit = hand.export_wanted = false;
        if (round % 20 == 0) {
            now += 100 * NS_PER_MS;
            play(now);
        }
        draw(hand.width, hand.height);
        cr_assert(hand.focus >= -1 && hand.focus < hand.lanes);
    }
    race_score(race, &hand.board);
    for (int i = 0; i < 3; i++)
        cr_assert(hand.board.score[i].ledger_ok);
}
