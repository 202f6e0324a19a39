/* Races: the same input for all, exact differences, lanes in step. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lab/race.h"

static struct preset preset[RACE_LANES];
static struct race_options options;
static struct race *race;
static struct race_board board;
static struct err e;

static void enter(const char *const *names)
{
    options = (struct race_options){.seed = 3, .duration_ns = 12 * NS_PER_S};
    for (; names[options.lanes]; options.lanes++) {
        cr_assert_eq(preset_load(names[options.lanes], &preset[options.lanes], &e), 0, "%s",
                     e.text);
        options.lane[options.lanes].preset = &preset[options.lanes];
    }
}

static void start(void) { cr_assert_eq(race_open(&options, &race, &e), 0, "%s", e.text); }

static void finish(void)
{
    race_close(race);
    race = NULL;
}

TestSuite(race, .fini = finish);

static const char *const twins[] = {"burst", "burst", NULL};
static const char *const three[] = {"vanilla", "burst", "excess", NULL};

Test(race, identical_lanes_differ_by_exactly_nothing)
{
    enter(twins);
    options.noise = 2;
    start();
    cr_assert_eq(race_run(race, NULL, NULL, &e), 0, "%s", e.text);
    race_score(race, &board);
    cr_assert_eq(memcmp(&board.score[0], &board.score[1], sizeof board.score[0]), 0);
    cr_assert_eq(race_reading(race, 0)->digest, race_reading(race, 1)->digest);
    cr_assert(board.rank[0] == 1 && board.rank[1] == 1);
    cr_assert(board.noise_known);
    cr_assert_gt(board.noise[SCORE_P99], 0, "other seeds show other latencies");
    cr_assert_gt(board.score[0].value[SCORE_COST], 0);
}

Test(race, every_lane_gets_the_first_ones_input)
{
    enter(three);
    start();
    cr_assert_not_null(strstr(race_notice(race), "C's own schedule"));
    cr_assert_eq(race_run(race, NULL, NULL, &e), 0, "%s", e.text);
    uint64_t in = race_reading(race, 1)->in;
    cr_assert_eq(race_reading(race, 2)->in, in);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(race_reading(race, i)->in + (uint64_t)race_reading(race, i)->backlog, in);
    race_score(race, &board);
    cr_assert_eq(board.rank[0], 3);
    cr_assert_eq(board.missed[0], 0);
    cr_assert_eq(board.missed[1], -1);
}

/* ---- in step ---- */

struct seen {
    int64_t at_ns[RACE_LANES];
    int readings[RACE_LANES];
    uint64_t lines[RACE_LANES];
};

static void note(void *context, int lane, const struct sp_reading *r)
{
    struct seen *s = context;
    s->at_ns[lane] = r->now_ns;
    s->readings[lane]++;
    s->lines[lane] = r->event_count;
}

Test(race, lanes_go_in_step_and_end_as_those_that_ran_alone)
{
    struct seen seen = {{0}, {0}, {0}};
    bool over = false;
    enter(three);
    start();
    cr_assert_eq(race_start(race, &e), 0);
    for (int64_t t = 0; !over; t += 250 * NS_PER_MS) {
        cr_assert_eq(race_advance(race, t, note, &seen, &over, &e), 0, "%s", e.text);
        cr_assert(seen.at_ns[0] == seen.at_ns[1] && seen.at_ns[1] == seen.at_ns[2]);
        cr_assert_leq(t, 20 * NS_PER_S);
    }
    cr_assert_geq(seen.readings[0], 120, "%d readings", seen.readings[0]);
    race_score(race, &board);
    struct race_board stepped = board;
    finish();
    start();
    cr_assert_eq(race_run(race, NULL, NULL, &e), 0);
    race_score(race, &board);
    cr_assert_eq(memcmp(&stepped.score, &board.score, sizeof board.score), 0);
}

Test(race, a_command_reaches_all_lanes_at_one_time_or_one_of_them)
{
    struct seen seen = {{0}, {0}, {0}};
    bool over;
    enter(three);
    start();
    cr_assert_eq(race_advance(race, 2 * NS_PER_S, note, &seen, &over, &e), 0);
    uint64_t before = seen.lines[2];
    cr_assert_eq(race_command(race, -1, "spike x2 3s", &e), 0);
    cr_assert_eq(race_command(race, 1, "mark here", &e), 0);
    cr_assert_eq(race_advance(race, 4 * NS_PER_S, note, &seen, &over, &e), 0);
    cr_assert_eq(race_reading(race, 0)->offered_rate, race_reading(race, 2)->offered_rate);
    int marks[3] = {0};
    int64_t spiked_ns[3] = {0};
    for (int i = 0; i < 3; i++) {
        const struct sp_reading *r = race_reading(race, i);
        for (int k = 0; k < r->events; k++) {
            marks[i] += strcmp(r->event[k].command, "mark here") == 0;
            if (strcmp(r->event[k].command, "spike x2 3s") == 0)
                spiked_ns[i] = r->event[k].at_ns;
        }
    }
    cr_assert(spiked_ns[0] >= 2 * NS_PER_S && spiked_ns[0] < 2 * NS_PER_S + NS_PER_MS);
    cr_assert(spiked_ns[1] == spiked_ns[0] && spiked_ns[2] == spiked_ns[0]);
    cr_assert(marks[0] == 0 && marks[1] == 1 && marks[2] == 0);
    cr_assert_gt(seen.lines[2], before);
    cr_assert_eq(race_command(race, 0, "restart", &e), ERR_BAD);
    cr_assert_eq(race_command(race, 0, "at 5s load burst", &e), ERR_BAD);
    cr_assert_eq(race_command(race, 0, "bogus", &e), ERR_BAD);
}

Test(race, what_is_no_race_is_told)
{
    static const char *const one[] = {"burst", NULL};
    enter(one);
    cr_assert_eq(race_open(&options, &race, &e), ERR_BAD);
    enter(twins);
    options.goal = "nonsense";
    cr_assert_eq(race_open(&options, &race, &e), ERR_BAD);
    cr_assert_not_null(strstr(e.text, "goal: column 1"));
    enter(twins);
    preset[0].source_kind = SOURCE_LINES;
    memcpy(preset[0].source_file, "-", 2);
    cr_assert_eq(race_open(&options, &race, &e), ERR_BAD);
    enter(twins);
    static const char *const commands[] = {"at 1s restart", NULL};
    options.lane[1].commands = commands;
    cr_assert_eq(race_open(&options, &race, &e), ERR_BAD);
    cr_assert_not_null(strstr(e.text, "lane B"));
    cr_assert_null(race);
}
