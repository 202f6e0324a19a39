/* Whole frames, as text. Expected frames are files in tests/golden; SPILLWAY_GOLDEN=write
 * makes them anew. */
#include "ui/control.h"
#include "ui/plot.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/hand_rig.h"

/* A minute with two interventions, a decision and a refusal. */
static void story(void)
{
    play(0, 20000);
    fake_spike(&load, 20 * NS_PER_S, 10 * NS_PER_S, 3);
    fake_event(&load, 20 * NS_PER_S, SP_YOU, 'L', "spike x3 10s", "load x3 until 00:00:30");
    fake_event(&load, 20500 * NS_PER_MS, SP_AUTO, 'D', "", "busy 97% at or above 85%: 31% burst");
    play(20100, 40000);
    fake_event(&load, 40 * NS_PER_S, SP_YOU, 'X', "kill tokenizer/0", "64 re-dispatched, 0 lost");
    fake_event(&load, 40100 * NS_PER_MS, SP_YOU, '!', "kill nobody", "no such operator");
    play(40100, 58000);
    c.status[0] = 0;
}

TestSuite(view, .init = begin_empty, .fini = end);

Test(view, dashboard_120x36)
{
    story();
    frame(120, 36);
    golden("screen_120x36.txt");
}

Test(view, dashboard_80x24)
{
    story();
    frame(80, 24);
    golden("screen_80x24.txt");
}

Test(view, dashboard_40x10)
{
    story();
    frame(40, 10);
    golden("screen_40x10.txt");
}

Test(view, dashboard_in_blocks_without_colours)
{
    story();
    c.view.glyphs = GLYPHS_BLOCK;
    c.view.mono = true;
    frame(120, 36);
    golden("screen_blocks_120x36.txt");
}

Test(view, dashboard_in_ascii)
{
    story();
    c.view.glyphs = GLYPHS_ASCII;
    frame(80, 24);
    golden("screen_ascii_80x24.txt");
}

Test(view, drawing_changes_nothing_and_repeats)
{
    story();
    static char first[sizeof text];
    strcpy(first, frame(120, 36));
    frame(33, 7);
    cr_assert_str_eq(frame(120, 36), first);
}

/* Every size, glyph set, mode and full panel: nothing but ASCII where only that is
 * allowed, and no crash (the sanitizers watch). */
Test(view, any_size_draws_in_any_state, .timeout = 120)
{
    story();
    int turn = 0;
    for (int h = 1; h <= 120; h += h < 40 ? 1 : 9)
        for (int w = 1; w <= 300; w += w < 100 ? 7 : 23) {
            turn++;
            c.view.glyphs = (enum glyphs)(turn % GLYPHS_COUNT);
            c.view.mono = turn % 2 == 0;
            c.view.mode = (enum mode)(turn / 2 % 5);
            c.view.full = (enum area)(
                turn % (PANEL_COUNT + 3) < PANEL_COUNT ? turn % (PANEL_COUNT + 3) : AREA_NONE);
            c.view.frozen = turn % 5 == 0;
            c.view.window_ns = (turn % 7 + 1) * 10 * NS_PER_S;
            frame(w, h);
            for (const char *p = text; c.view.glyphs == GLYPHS_ASCII && *p != 0; p++)
                cr_assert((unsigned char)*p < 0x80, "at %dx%d", w, h);
        }
}

Test(view, extreme_figures_draw_too)
{
    story();
    struct sp_reading *r = c.newest;
    r->in = r->out = r->lost = r->duplicated = r->disordered = r->dead = UINT64_MAX;
    r->in_flight = INT64_MAX;
    r->backlog = INT64_MAX;
    r->in_rate = r->out_rate = r->offered_rate = r->burst_rate = 1e18;
    r->busy = r->burst_share = 1e9;
    r->backpressured = r->accumulated_backpressured_s = 1e12;
    r->drain_s = 1e300;
    r->cost_nusd = r->cost_rate_nusd_h = INT64_MAX;
    r->latency.p99 = r->latency.p50 = r->call.p99 = r->call.p50 = INT64_MAX;
    r->latency.count = r->call.count = UINT64_MAX;
    r->now_ns += NS_PER_S;
    r->faults = SP_FAULTS;
    for (int i = 0; i < SP_FAULTS; i++) {
        memset(r->fault[i].what, 'x', sizeof r->fault[i].what - 1);
        r->fault[i].id = UINT64_MAX;
    }
    memset(r->preset, 'W', sizeof r->preset - 1);
    memset(r->vertex[2].name, 'v', sizeof r->vertex[2].name - 1);
    r->vertex[2].parallelism = 128;
    r->vertex[2].slots = 65536;
    control_reading(&c, 0);
    frame(120, 36);
    frame(80, 24);
    frame(40, 10);
    cr_assert(shows("LEDGER ✗"));
}

Test(view, what_was_not_measured_is_n_a)
{
    play(0, 3000);
    c.newest->latency.count = c.newest->call.count = 0;
    frame(120, 36);
    cr_assert(shows("p99 n/a"));
    cr_assert(shows("call p99 n/a"));
    cr_assert_not(shows("nan"));
}

Test(view, before_the_first_reading_there_is_a_screen)
{
    frame(120, 36);
    cr_assert(shows("nothing yet: s makes a spike"));
    cr_assert(shows("n/a"));
}

Test(view, a_broken_ledger_cannot_be_missed)
{
    story();
    c.newest->lost = 3;
    c.newest->duplicated = 1;
    c.newest->faults = 2;
    c.newest->fault[0] = (struct sp_fault){"lost", (UINT64_C(2) << 48) + 123};
    c.newest->fault[1] = (struct sp_fault){"duplicated", 77};
    frame(80, 24);
    cr_assert(shows("LEDGER ✗"));
    cr_assert(shows("lost 3"));
    cr_assert(shows("first 2:123"));
    c.newest->balanced = false;
    frame(120, 36);
    cr_assert(shows("UNBALANCED"));
    const struct cell *cell = grid_at(&grid, 2, 2);
    cr_assert_eq(cell->style.role, ROLE_BAD);
    cr_assert(cell->style.attr & ATTR_REVERSE);
}

Test(view, every_figure_of_the_first_screen_is_there)
{
    story();
    static const char *const figures[] = {"IN ",   "OUT ", "BURST ", "BUSY ", "BP ",
                                          "Σ",     "p99 ", "call ",  "/h",    "LEDGER ",
                                          "lost ", "SIM",  "model",  "NOW"};
    frame(80, 24);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        cr_assert(shows(figures[i]), "%s at 80x24", figures[i]);
    frame(120, 36);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        cr_assert(shows(figures[i]), "%s at 120x36", figures[i]);
}

Test(view, a_frozen_view_says_so_and_stands)
{
    story();
    control_key(&c, ' ', 0);
    static char before[sizeof text];
    strcpy(before, strchr(frame(120, 36), '\n')); /* all but the title */
    play(58100, 70000);
    c.status[0] = 0;
    frame(120, 36);
    cr_assert(shows("FROZEN"));
    cr_assert(shows("recording continues"));
    /* the ruler alone tells how far back this is */
    char *after = strchr(text, '\n');
    int differing = 0;
    for (char *a = before, *b = after; a != NULL && b != NULL;
         a = strchr(a + 1, '\n'), b = strchr(b + 1, '\n'))
        differing += strncmp(a, b, strcspn(a + 1, "\n") + 1) != 0;
    cr_assert_leq(differing, 1);
    frame(80, 24);
    cr_assert(shows("FROZEN"));
    cr_assert(shows("recording continues"));
}

Test(view, a_silent_engine_is_stale)
{
    story();
    c.view.stale_ns = 3200 * NS_PER_MS;
    frame(120, 36);
    cr_assert(shows("stale 3.2 s"));
    frame(40, 10);
    cr_assert(shows("stale 3.2 s"));
    c.view.ended = true;
    frame(120, 36);
    cr_assert(shows("ENDED"));
    cr_assert_not(shows("stale"));
}

Test(view, a_gap_in_the_readings_is_a_gap_in_the_graph)
{
    play(0, 20000);
    play(40000, 58000);
    frame(120, 36);
    struct rect graph = {1 + 6, 8, 36, 8};
    int blank = 0, filled = 0;
    for (int x = 0; x < graph.w; x++) {
        uint32_t bottom = grid_at(&grid, graph.x + x, graph.y + graph.h - 1)->ch;
        blank += bottom == ' ';
        filled += bottom != ' ';
    }
    cr_assert(blank >= 10 && blank <= 13, "%d columns of 36 for 20 s of 60", blank);
    cr_assert(filled >= 22);
}

Test(view, an_intervention_is_marked_in_every_graph_and_on_the_ruler)
{
    story();
    frame(120, 36);
    int column = -1;
    for (int x = 0; x < 44; x++)
        if (grid_at(&grid, x, 28)->ch == 'A')
            column = x;
    cr_assert_gt(column, 0);
    cr_assert_eq(grid_at(&grid, column, 18)->ch, 0x250A, "in the backlog's empty cells");
    cr_assert_eq(grid_at(&grid, column + 44, 18)->ch, 0x250A, "in the latency's");
    cr_assert(shows("B  ✖ you"), "the same letters stand in the list");
}

Test(view, thresholds_are_drawn_where_the_knobs_stand)
{
    story();
    frame(120, 36);
    int lines = 0;
    for (int y = 8; y < 16; y++)
        lines += grid_at(&grid, 44 + 7 + 30, y)->ch == 0x2504;
    cr_assert_eq(lines, 2, "on and off");
    load.knobs.value[KNOB_POLICY] = 0;
    play(58100, 130000);
    frame(120, 36);
    for (int y = 8; y < 16; y++)
        cr_assert_neq(grid_at(&grid, 44 + 7 + 30, y)->ch, 0x2504, "none under `off`");
}

Test(view, the_line_being_typed_has_the_cursor)
{
    story();
    struct cursor cursor;
    control_key(&c, ':', 0);
    for (const char *p = "spike"; *p != 0; p++)
        control_key(&c, (uint32_t)*p, 0);
    frame(80, 24);
    view_draw(&grid, &c.view, &cursor);
    cr_assert(cursor.shown);
    cr_assert_eq(cursor.x, 6);
    cr_assert_eq(cursor.y, 22, "what is wrong with it stands under it");
    cr_assert(shows(":spike"));
    for (int w = 1; w < 12; w++) { /* also where the line is longer than the screen */
        cr_assert(grid_resize(&grid, w, 2));
        view_draw(&grid, &c.view, &cursor);
        cr_assert(cursor.x >= 0 && cursor.x < w);
    }
}

/* ---- words that must be true -------------------------------------------------------------- */

Test(view, a_call_that_was_refused_is_no_warm_one)
{
    play(0, 3000);
    c.newest->calls = 1342;
    c.newest->throttled = 367;
    c.newest->executed = 975;
    c.newest->cold_starts = 100;
    frame(120, 36);
    cr_assert(shows("cold 100  warm 875"), "%s", text);
}

Test(view, fixed_slots_are_reckoned_by_what_the_slots_do)
{
    play(0, 3000);
    struct sp_vertex *x = NULL;
    for (int i = 0; i < c.newest->vertex_count; i++)
        x = c.newest->vertex[i].bursts ? &c.newest->vertex[i] : x;
    cr_assert_not_null(x);
    x->busy = 1000;
    x->out_rate = plot_extent(&c.view, FIELD_OFFERED).max / 2.9;
    int slots = x->slots * x->parallelism, all = (int)(2.9 * slots) + 1;
    c.newest->out_rate = 1e9; /* what had waited for its order leaves at once */
    c.view.full = PANEL_CALLS;
    frame(120, 36);
    char expected[80];
    snprintf(expected, sizeof expected, "against %d more fixed slot%s for the peak", all - slots,
             all - slots == 1 ? "" : "s");
    cr_assert(shows(expected), "%s not in\n%s", expected, text);
}

Test(view, only_a_logarithmic_graph_says_so)
{
    story();
    frame(120, 36);
    cr_assert(shows("[5] Latency (log)"));
    c.view.looks.latency = LATENCY_PARTS;
    c.view.looks.other_axis[PANEL_RATE] = true;
    frame(120, 36);
    cr_assert(shows("[5] Latency ─"));
    cr_assert(shows("[2] Rate rec/s (log)"));
}

Test(view, parts_keep_their_unit_where_some_must_go)
{
    story();
    c.newest->parts =
        (struct sp_parts){.backlog = 1308e6, .queue = 1606e6, .service = 4e6, .order = 1e6};
    frame(120, 36);
    cr_assert(shows("back 1308 que 1606 ord 1 fill 0 svc 4 ms"), "%s", text);
}

Test(view, events_over_the_whole_screen_are_told_to_the_end)
{
    story();
    fake_event(
        &load, 58100 * NS_PER_MS, SP_YOU, 'A', "stats since A",
        "latency mean 14.8ms p50 4.29ms p90 52.7ms p99 103ms max 191ms; before it p50 51.6ms "
        "p99 8.66s");
    play(58100, 58200);
    c.status[0] = 0;
    frame(120, 36);
    cr_assert(shows("…│\n") && !shows("p99 8.66s"), "%s", text);
    c.view.full = PANEL_EVENTS;
    frame(120, 36);
    cr_assert(shows("p99 8.66s"), "%s", text);
    frame(60, 16);
    cr_assert(shows("p99 8.66s"), "%s", text);
}

Test(view, the_recording_does_not_part_the_clock_from_its_end)
{
    play(0, 3000);
    c.newest->duration_ns = 60 * NS_PER_S;
    c.view.recorded = 12400;
    frame(120, 36);
    cr_assert(shows("● NOW 00:00:03 of 01:00 x1 ● REC 12.4kB"), "%s", text);
}

Test(view, calls_say_where_they_go)
{
    play(0, 3000);
    c.view.full = PANEL_CALLS;
    frame(120, 36);
    cr_assert(!shows("calls go to"));
    strcpy(c.newest->endpoint, "127.0.0.1:39147");
    strcpy(c.newest->provider, "emulator");
    frame(120, 36);
    cr_assert(shows("calls go to emulator at 127.0.0.1:39147"), "%s", text);
    c.view.looks.redact = true;
    frame(120, 36);
    cr_assert(shows("calls go to emulator at ·····"), "%s", text);
}

Test(view, a_refusal_is_told_whole)
{
    story();
    control_say(&c, true,
                "screen.json: keys: \":spkie x5 2s\": column 1: \"spkie\" is no command; did you "
                "mean \"spike\"? `spillway list commands` lists them",
                58 * NS_PER_S);
    frame(80, 24);
    cr_assert(shows("no command; did you") && shows("lists them"), "%s", text);
    frame(40, 10);
    cr_assert(shows("screen.json: keys:"), "%s", text);
    frame(20, 5);
    frame(1, 1);
}

Test(view, what_was_spent_stands_beside_what_may_be)
{
    play(0, 3000);
    c.newest->cost_nusd = 102000;
    c.newest->cost_rate_nusd_h = 47 * NUSD_PER_USD / 1000;
    c.newest->knobs.value[KNOB_BUDGET] = 300000;
    frame(120, 36);
    cr_assert(shows("$0.000102/$0.000300 $0.047/h"), "%s", text);
    c.view.full = PANEL_CALLS;
    frame(120, 36);
    cr_assert(shows("$0.000102 of $0.000300  $0.047/h"), "%s", text);
}
