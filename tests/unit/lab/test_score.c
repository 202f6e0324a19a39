/* Goals: how they are written, and in which order they put runs. */
#include <criterion/criterion.h>
#include <string.h>

#include "lab/score.h"

static struct goal goal;
static struct err e;

static void read_goal(const char *text)
{
    cr_assert_eq(goal_read(text, &goal, &e), 0, "%s", e.text);
}

static struct score run(int64_t p99_ms, int64_t cost_nusd)
{
    struct score s = {.any = true, .ledger_ok = true};
    s.value[SCORE_P99] = p99_ms * NS_PER_MS;
    s.value[SCORE_COST] = cost_nusd;
    return s;
}

Test(score, a_goal_has_conditions_and_then_figures)
{
    read_goal("p99<250ms, backlog<=1k then cost, p50");
    cr_assert_eq(goal.conditions, 2);
    cr_assert_eq(goal.condition[0].figure, SCORE_P99);
    cr_assert_eq(goal.condition[0].value, 250 * NS_PER_MS);
    cr_assert(!goal.condition[0].above && !goal.condition[0].equal);
    cr_assert(goal.condition[1].equal && goal.condition[1].value == 1000);
    cr_assert_eq(goal.objectives, 2);
    cr_assert_eq(goal.objective[1], SCORE_P50);
    cr_assert_eq(goal_slo(&goal, 7), 250 * NS_PER_MS);
    read_goal(" cost ");
    cr_assert(goal.conditions == 0 && goal.objectives == 1);
    cr_assert_eq(goal_slo(&goal, 7), 7);
    read_goal("burst >= 10%");
    cr_assert(goal.condition[0].above && goal.condition[0].value == 100000);
    cr_assert_eq(goal.objectives, 0);
}

Test(score, what_is_no_goal_is_told_with_its_column)
{
    static const char *const bad[][2] = {
        {"", "column 1: no figure"},
        {"p98<1s", "column 1: no figure"},
        {"p99<", "column 5: "},
        {"p99<250", "column 5: "},
        {"p99<1s then", "column 12: no figure"},
        {"p99<1s cost", "column 8: a comma"},
        {"cost then p99", "column 6: a comma"},
        {"p99=1s", "column 4: a comma"},
        {"cost,cost,cost,cost,cost", "at most 4 figures"},
        {"p99<1s,p99<1s,p99<1s,p99<1s,p99<1s", "at most 4 conditions"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(goal_read(bad[i][0], &goal, &e), ERR_BAD, "%s", bad[i][0]);
        cr_assert_not_null(strstr(e.text, bad[i][1]), "%s: %s", bad[i][0], e.text);
    }
    char text[300];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    cr_assert_eq(goal_read(text, &goal, &e), ERR_BAD);
}

Test(score, conditions_come_first_and_a_violated_ledger_last)
{
    read_goal("p99<250ms then cost");
    struct score cheap = run(300, 1), dear = run(200, 9), dearer = run(100, 10);
    struct score broken = run(1, 0);
    broken.ledger_ok = false;
    cr_assert_lt(goal_order(&goal, &dear, &cheap), 0);
    cr_assert_lt(goal_order(&goal, &dear, &dearer), 0, "below the limit only the cost counts");
    cr_assert_lt(goal_order(&goal, &cheap, &broken), 0);
    cr_assert_eq(goal_order(&goal, &dear, &dear), 0);
    cr_assert_eq(goal_missed(&goal, &cheap), 0);
    cr_assert_eq(goal_missed(&goal, &dear), -1);
    struct score worse = run(400, 0);
    cr_assert_lt(goal_order(&goal, &cheap, &worse), 0, "who misses by less is better");
    struct score nothing = run(0, 0);
    nothing.any = false;
    cr_assert_eq(goal_missed(&goal, &nothing), 0, "no record done: no latency is good");
}

static struct sp_reading reading;

Test(score, figures_are_the_largest_seen_and_each_second_is_judged_once)
{
    struct score s;
    score_begin(&s);
    reading.balanced = true;
    reading.latency.count = 5;
    reading.latency.p99 = 300 * NS_PER_MS;
    for (int i = 0; i <= 25; i++) {
        reading.now_ns = i * 100 * NS_PER_MS;
        reading.backlog = i == 7 ? 900 : 3;
        score_reading(&s, &reading, 250 * NS_PER_MS);
        score_reading(&s, &reading, 250 * NS_PER_MS);
    }
    cr_assert_eq(s.value[SCORE_SLO], 2 * NS_PER_S);
    cr_assert_eq(s.value[SCORE_BACKLOG], 900);
    cr_assert_eq(s.value[SCORE_UNDONE], 3);
    reading.now_ns = 3 * NS_PER_S;
    reading.latency.count = 0;
    score_reading(&s, &reading, 250 * NS_PER_MS);
    cr_assert_eq(s.value[SCORE_SLO], 3 * NS_PER_S, "nothing done while something waits is a miss");
    cr_assert(s.ledger_ok);
    reading.lost = 1;
    score_reading(&s, &reading, 250 * NS_PER_MS);
    cr_assert(!s.ledger_ok);
}
