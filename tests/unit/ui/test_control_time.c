/* Moving through time: keys in, the instant that every panel is read at out. And how it looks:
 * expected frames are files in tests/golden; SPILLWAY_GOLDEN=write makes them anew. */
#include "ui/control_time.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/hand_rig.h"

/* A minute and a half: a spike, what the controller made of it, a kill, a note. */
static void begin(void)
{
    begin_empty();
    play(0, 30000);
    fake_spike(&load, 30 * NS_PER_S, 10 * NS_PER_S, 3);
    fake_event(&load, 30 * NS_PER_S, SP_YOU, 'L', "spike x3 10s", "load x3 until 00:00:40");
    play(30100, 32000);
    fake_event(&load, 32 * NS_PER_S, SP_AUTO, 'D', "", "busy 97% at or above 85%: 31% burst");
    play(32100, 55000);
    fake_event(&load, 55 * NS_PER_S, SP_YOU, 'X', "kill tokenizer/0", "64 re-dispatched, 0 lost");
    play(55100, 70000);
    load.knobs.value[KNOB_BATCH] = 80;
    fake_event(&load, 70 * NS_PER_S, SP_YOU, 'M', "mark larger batches", "noted");
    play(70100, 90000);
    c.status[0] = 0;
}

/* A line that is typed and entered. */
static void order(const char *what)
{
    strike(':');
    for (const char *p = what; *p != 0; p++)
        strike((uint32_t)(unsigned char)*p);
    strike(PRESS_ENTER);
}

TestSuite(control_time, .init = begin, .fini = end);

/* ---- freeze --------------------------------------------------------------------- */

Test(control_time, a_frozen_screen_does_not_change_at_all_while_recording_goes_on)
{
    static char before[sizeof text];
    strike(' ');
    strcpy(before, frame(120, 36));
    golden("time_frozen_120x36.txt");
    cr_assert(shows("FROZEN at 00:01:30"));
    int samples = c.history.count;
    play(90100, 97000);
    cr_assert_str_eq(frame(120, 36), before, "nothing is written, so nothing may differ");
    cr_assert_gt(c.history.count, samples);
    strike(' ');
    frame(120, 36);
    cr_assert(shows("NOW 00:01:37"));
}

Test(control_time, a_restart_lets_the_frozen_view_go)
{
    strike(' ');
    strike('N');
    memset(&load.latency_hist, 0, sizeof load.latency_hist);
    memset(&load.call_hist, 0, sizeof load.call_hist);
    load.last_ns = 0;
    load.events = 0;
    play(0, 500);
    cr_assert_not(c.view.frozen || c.view.cross);
    cr_assert_eq(c.history.marker_count, 0);
    fake_event(&load, 600 * NS_PER_MS, SP_YOU, 'L', "spike x2 10s", "");
    play(600, 700);
    cr_assert_str_eq(history_marker(&c.history, 0)->letter, "A", "letters begin anew too");
}

/* ---- zoom and pan --------------------------------------------------------------- */

Test(control_time, panning_goes_back_in_time_and_comes_back_to_now)
{
    c.view.window_ns = 20 * NS_PER_S;
    strike('[');
    cr_assert(c.view.frozen);
    cr_assert_eq(view_end(&c.view), 85 * NS_PER_S);
    strike('{');
    cr_assert_eq(view_end(&c.view), 65 * NS_PER_S);
    cr_assert_eq(c.view.reading->now_ns, 65 * NS_PER_S, "the panels are as of the right edge");
    cr_assert_eq(c.view.reading->knobs.value[KNOB_BATCH], 50);
    for (int i = 0; i < 20; i++)
        strike('{');
    cr_assert_eq(view_end(&c.view), 20 * NS_PER_S, "no further than the record");
    cr_assert(strstr(c.status, "nothing earlier") != NULL);
    for (int i = 0; i < 3; i++)
        strike('}');
    cr_assert(c.view.frozen);
    strike('}');
    cr_assert_not(c.view.frozen, "at its end it is live again");
    strike(']');
    cr_assert_not(c.view.frozen);
}

Test(control_time, zero_is_the_way_home)
{
    strike('-');
    strike('{');
    strike('v');
    strike('N');
    strike('0');
    cr_assert_not(c.view.frozen || c.view.cross || c.view.marker != 0);
    cr_assert_eq(c.view.window_ns, 60 * NS_PER_S);
    cr_assert_eq(view_end(&c.view), 90 * NS_PER_S);
    cr_assert_eq(c.view.reading, c.newest);
}

Test(control_time, zooming_with_a_cross_hair_keeps_its_instant)
{
    strike('v');
    int64_t at = c.view.cross_ns;
    for (int i = 0; i < 12; i++) {
        strike(i < 6 ? '+' : '-');
        cr_assert_eq(c.view.cross_ns, at);
        cr_assert(at <= view_end(&c.view) && at > view_end(&c.view) - c.view.window_ns);
    }
}

Test(control_time, a_zoomed_in_window)
{
    strike('+');
    strike('+');
    frame(120, 36);
    cr_assert(shows("graphs 15s"));
    golden("time_zoomed_120x36.txt");
}

Test(control_time, an_hour_is_drawn_in_time)
{
    play(90100, 3700000);
    for (int i = 0; i < 12; i++)
        strike('-');
    frame(120, 36);
    cr_assert(shows("−1h"));
    cr_assert(shows("graphs 1h"));
}

/* ---- cross-hair ------------------------------------------------------------------------------- */

Test(control_time, the_cross_hair_reads_every_panel_at_one_instant)
{
    strike('v');
    cr_assert(c.view.cross && c.view.frozen);
    for (int i = 0; i < 6; i++)
        strike(PRESS_LEFT);
    int64_t at = c.view.cross_ns;
    strike(PRESS_LEFT);
    cr_assert_lt(c.view.cross_ns, at);
    strike('l');
    cr_assert_eq(c.view.cross_ns, at);
    cr_assert_eq(c.view.reading->now_ns, at);
    struct extent in = history_span(&c.history, FIELD_IN, at - 100 * NS_PER_MS, at + 1);
    cr_assert_eq((int)c.view.reading->in_rate, (int)in.last);
    cr_assert_str_eq(c.command, "", "no knob was turned");
    frame(120, 36);
    golden("time_cross_120x36.txt");
    int column = -1;
    for (int x = 0; x < 44; x++)
        if (grid_at(&grid, x, 28)->ch == 0x2502)
            column = x;
    cr_assert_gt(column, 0, "on the ruler");
    for (int y = 8; y < 15; y++) {
        const struct cell *cell = grid_at(&grid, column, y);
        cr_assert(cell->ch == 0x2502 || (cell->style.attr & ATTR_REVERSE), "row %d", y);
    }
    frame(80, 24);
    golden("time_cross_80x24.txt");
}

Test(control_time, the_cross_hair_stays_in_the_window)
{
    strike('v');
    for (int i = 0; i < 40; i++)
        strike(PRESS_SHIFT_RIGHT);
    cr_assert_eq(c.view.cross_ns, view_end(&c.view));
    strike(PRESS_HOME);
    cr_assert_geq(c.view.cross_ns, view_end(&c.view) - c.view.window_ns - 2 * NS_PER_S);
    strike(PRESS_END);
    cr_assert_eq(c.view.cross_ns, view_end(&c.view));
}

Test(control_time, leaving_the_cross_hair_goes_back_to_where_it_began)
{
    strike('v');
    strike(PRESS_ESC);
    cr_assert_not(c.view.frozen, "it was live");
    strike(' ');
    int64_t end_ns = view_end(&c.view);
    play(90100, 92000);
    strike('v');
    strike('v');
    cr_assert(c.view.frozen && !c.view.cross);
    cr_assert_eq(view_end(&c.view), end_ns);
    strike('v');
    strike(' ');
    cr_assert_not(c.view.frozen, "Space is the way to now");
}

Test(control_time, knobs_can_still_be_chosen_under_the_cross_hair)
{
    strike('v');
    int knob = c.view.knob;
    strike(PRESS_DOWN);
    cr_assert_neq(c.view.knob, knob);
}

Test(control_time, an_instant_that_was_not_recorded_says_so)
{
    play(120000, 150000);
    strike('v');
    cr_assert_not(c.view.cross_gap);
    for (int i = 0; i < 60 && !c.view.cross_gap; i++)
        strike(PRESS_LEFT);
    cr_assert(c.view.cross_gap);
    frame(120, 36);
    cr_assert(shows("nothing was recorded here"));
    cr_assert(shows("IN n/a"));
    cr_assert(shows("p99 n/a"));
}

/* ---- markers -------------------------------------------------------------------- */

Test(control_time, n_goes_from_marker_to_marker)
{
    static const char *const letters[] = {"C", "B", "a", "A", "A"};
    strike('n');
    cr_assert_str_eq(history_marker_of(&c.history, c.view.marker)->letter, "C", "the newest first");
    for (int i = 1; i < 5; i++) {
        strike('N');
        cr_assert_str_eq(history_marker_of(&c.history, c.view.marker)->letter, letters[i]);
        cr_assert_eq(c.view.cross_ns, history_marker_of(&c.history, c.view.marker)->at_ns);
    }
    cr_assert(strstr(c.status, "no marker before") != NULL);
    strike('n');
    cr_assert_str_eq(history_marker_of(&c.history, c.view.marker)->letter, "a");
    strike(PRESS_ESC); /* the message */
    strike(PRESS_ESC);
    cr_assert_not(c.view.frozen);
}

Test(control_time, before_and_after_a_marker)
{
    strike('n');
    strike('N');
    strike('N');
    strike('N');
    c.status[0] = 0;
    frame(120, 36);
    cr_assert(shows("A ▲ before, after"));
    golden("time_around_120x36.txt");
    struct report r;
    report_around(&c.history, history_marker_of(&c.history, 1), c.view.newest_ns, &r);
    cr_assert_eq(r.rows, 4);
    struct hist *h = calloc(1, sizeof *h);
    history_hist(&c.history, HISTORY_LATENCY, 30 * NS_PER_S, 40 * NS_PER_S, h);
    cr_assert_str_eq(r.row[1].after.s, fmt_latency(hist_quantile(h, 990000)).s);
    history_hist(&c.history, HISTORY_LATENCY, 20 * NS_PER_S, 30 * NS_PER_S, h);
    cr_assert_str_eq(r.row[0].before.s, fmt_latency(hist_mean(h)).s);
    free(h);
    frame(80, 24);
    cr_assert(shows("A ▲ before, after"));
    golden("time_around_80x24.txt");
}

Test(control_time, after_a_marker_of_just_now_there_is_what_there_is)
{
    fake_event(&load, 90 * NS_PER_S, SP_YOU, 'M', "mark now", "noted");
    play(90100, 93000);
    strike('n');
    struct report r;
    report_around(&c.history, history_marker_of(&c.history, c.view.marker), c.view.newest_ns, &r);
    cr_assert_str_eq(r.head_before.s, "−10s");
    cr_assert_str_eq(r.head_after.s, "+3.0s");
}

Test(control_time, the_log_scrolls_to_the_marker)
{
    for (int i = 0; i < 200; i++) {
        fake_event(&load, 90 * NS_PER_S, SP_YOU, 'K', "set batch 9", "80 -> 9");
        play(90100 + i * 100, 90100 + i * 100);
    }
    c.view.window_ns = 120 * NS_PER_S;
    strike('n');
    for (int i = 0; i < 203; i++)
        strike('N');
    c.status[0] = 0;
    frame(120, 36);
    cr_assert_str_eq(history_marker_of(&c.history, c.view.marker)->letter, "A");
    cr_assert(shows("spike x3 10s"), "a line that no reading has any more");
}

Test(control_time, without_markers_it_says_how_to_get_one)
{
    c.history.marker_count = 0;
    strike('n');
    cr_assert_not(c.view.frozen);
    cr_assert(strstr(c.status, "no markers yet") != NULL);
}

/* ---- stats since MARK ----------------------------------------------------------- */

Test(control_time, stats_since_a_letter_or_a_note)
{
    order("stats since A");
    cr_assert_not_null(c.view.report);
    cr_assert_str_eq(c.command, "stats since A", "the engine answers too, in the log");
    c.command[0] = 0;
    frame(120, 36);
    cr_assert(shows("Since A spike x3 10s"));
    golden("time_stats_120x36.txt");
    strike(PRESS_ESC);
    cr_assert_null(c.view.report);
    order("stats since larger");
    cr_assert_not_null(c.view.report);
    frame(80, 24);
    cr_assert(shows("Since C mark larger batches"));
    struct sp_latency l =
        history_latency(&c.history, HISTORY_LATENCY, 70 * NS_PER_S, 90 * NS_PER_S);
    char p99[80];
    snprintf(p99, sizeof p99, "%s", fmt_latency(l.p99).s);
    cr_assert(shows(p99));
}

Test(control_time, stats_since_nothing_known_gets_a_sentence)
{
    order("stats since Q");
    cr_assert_null(c.view.report);
    cr_assert(c.view.status_bad);
    cr_assert(strstr(c.status, "no marker or note \"Q\"") != NULL);
    cr_assert_eq(c.view.mode, MODE_COMMAND, "the line stays, to be mended");
    strike(PRESS_ESC);
    order("stats");
    cr_assert(strstr(c.status, "stats since MARK") != NULL);
}

/* ---- every size ----------------------------------------------------------------- */

Test(control_time, any_size_draws_at_any_time, .timeout = 120)
{
    static const char keys[] = "vnN[]{}+-0 Vvn[";
    int turn = 0;
    order("stats since A");
    for (int h = 1; h <= 120; h += h < 40 ? 1 : 13)
        for (int w = 1; w <= 300; w += w < 100 ? 7 : 29) {
            turn++;
            c.width = w;
            c.height = h;
            c.view.glyphs = (enum glyphs)(turn % GLYPHS_COUNT);
            c.view.report = turn % 3 == 0 ? &c.report : NULL;
            c.view.full = (enum area)(turn % 11 < PANEL_COUNT ? turn % 11 : AREA_NONE);
            strike((uint32_t)keys[turn % (int)(sizeof keys - 1)]);
            strike(turn % 2 ? PRESS_LEFT : PRESS_RIGHT);
            frame(w, h);
            for (const char *p = text; c.view.glyphs == GLYPHS_ASCII && *p != 0; p++)
                cr_assert((unsigned char)*p < 0x80, "at %dx%d", w, h);
        }
}
