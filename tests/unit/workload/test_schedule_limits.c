/* Where the tables of a schedule end, and what it refuses. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/err.h"
#include "base/units.h"
#include "workload/schedule.h"

__extension__ typedef unsigned __int128 u128;

#define MS NS_PER_MS
#define S NS_PER_S
#define PER_S INT64_C(1000) /* one record/s in mps */
#define X PPM_ONE

static struct schedule_spec spec;
static struct schedule sched;

static void start_at(int64_t rate)
{
    spec.step[0] = (struct schedule_step){.kind = STEP_RATE, .rate_mps = rate * PER_S};
    spec.count = 1;
    schedule_init(&sched, &spec);
}

static int64_t take(void)
{
    int64_t due, nominal, rate;
    cr_assert_neq(schedule_next_due(&sched), TIME_NEVER);
    schedule_take(&sched, &due, &nominal, &rate);
    return due;
}

static void spike(int64_t now, int64_t factor_ppm, int64_t add_mps, int64_t for_ns)
{
    int handle;
    cr_assert_eq(schedule_spike(&sched, now, factor_ppm, add_mps, for_ns, &handle), 0);
}

static int set_rate(int64_t now, int64_t rate)
{
    int handle;
    cr_assert_eq(schedule_set_rate(&sched, now, rate * PER_S, &handle), 0);
    return handle;
}

Test(schedule_limits, the_65th_spike_is_refused_and_changes_nothing)
{
    start_at(100);
    int handle;
    for (int i = 0; i < SCHEDULE_OVERLAYS; i++)
        spike(S, X, PER_S, 10 * S);
    cr_assert_eq(schedule_spike(&sched, S, 2 * X, 0, S, &handle), ERR_BAD);
    cr_assert_eq(schedule_rate(&sched, S), 164 * PER_S);
    schedule_load(&sched, S, 2 * X); /* other knobs still work */
    cr_assert_eq(schedule_rate(&sched, S), 264 * PER_S);
    spike(11 * S, 2 * X, 0, S); /* the first ones are over, though nothing was emitted */
    cr_assert_eq(schedule_due_count(&sched, 12 * S - 1), 100 + 2640 + 400);
}

Test(schedule_limits, values_out_of_range_are_refused)
{
    start_at(100);
    int handle;
    cr_assert_eq(schedule_spike(&sched, 0, -1, 0, S, &handle), ERR_BAD);
    cr_assert_eq(schedule_spike(&sched, 0, X, 0, 0, &handle), ERR_BAD);
    cr_assert_eq(schedule_ramp(&sched, 0, 0, SCHEDULE_RATE_MAX + 1, S, &handle), ERR_BAD);
    cr_assert_eq(schedule_ramp(&sched, 0, 0, 1, 0, &handle), ERR_BAD);
    cr_assert_eq(schedule_set_rate(&sched, 0, -1, &handle), ERR_BAD);
    cr_assert_eq(schedule_rate(&sched, 0), 100 * PER_S);
}

Test(schedule_limits, a_rate_key_held_down_never_runs_out_of_room)
{
    start_at(100);
    int handle = 0;
    for (int64_t i = 1; i <= 1000; i++)
        handle = set_rate(i * MS, i);
    cr_assert_eq(schedule_rate(&sched, S), 1000 * PER_S);
    schedule_cancel(&sched, 1001 * MS, handle);
    cr_assert_eq(schedule_rate(&sched, 1001 * MS), 999 * PER_S);
    schedule_cancel(&sched, 1002 * MS, -1);
    cr_assert_eq(schedule_rate(&sched, 1002 * MS), 100 * PER_S);
}

/* A thousand changes of load while nothing is emitted: more than the past has room
 * for. The count stays exact; due times stay in order and inside the past. */
Test(schedule_limits, a_long_past_is_shortened_without_losing_a_record)
{
    start_at(1000);
    u128 area = 0;
    int64_t load = X;
    for (int64_t i = 1; i <= 1000; i++) {
        area += (u128)(load * 1000 * PER_S / X) * (u128)(7 * MS);
        load = (i * 37 % 50 + 1) * X / 10;
        schedule_load(&sched, i * 7 * MS, load);
        uint64_t want = (uint64_t)((area + 999999999999) / 1000000000000);
        cr_assert_eq(schedule_due_count(&sched, i * 7 * MS - 1), want, "change %ld", i);
    }
    uint64_t count = schedule_due_count(&sched, 7 * S - 1);
    int64_t last = 0;
    for (uint64_t n = 0; n < count; n++) {
        int64_t due = take();
        cr_assert(due >= last && due < 7 * S);
        last = due;
    }
    cr_assert_geq(take(), 7 * S);
}

Test(schedule_limits, many_pauses_inside_one_backlog)
{
    start_at(1000);
    int64_t now = 0;
    for (int64_t i = 1; i <= 300; i++) {
        now += 5 * MS;
        schedule_pause(&sched, now);
        now += i % 7 * MS + 1;
        schedule_resume(&sched, now);
        cr_assert_eq(schedule_due_count(&sched, now), (uint64_t)i * 5 + 1);
    }
    int64_t last = -1;
    for (int i = 0; i <= 1500; i++) {
        int64_t due = take();
        cr_assert(due > last && due <= now);
        last = due;
    }
    cr_assert_eq(take(), now + MS);
}

/* ---- check --------------------------------------------------------------- */

static void expect_wrong(struct schedule_step step, const char *word)
{
    spec.step[0] = (struct schedule_step){.kind = STEP_RATE, .at_ns = 1 * S};
    spec.step[1] = step;
    spec.count = 2;
    int at = -1;
    const char *why = schedule_check(&spec, &at);
    cr_assert_not_null(why, "%s", word);
    cr_assert_not_null(strstr(why, word), "%s", why);
    cr_assert_eq(at, 1);
}

Test(schedule_limits, a_bad_step_gets_a_sentence)
{
    int at;
    spec.count = 0;
    cr_assert_not_null(schedule_check(&spec, &at));
    expect_wrong((struct schedule_step){.kind = STEP_RATE, .at_ns = 0}, "order");
    expect_wrong((struct schedule_step){.kind = STEP_RATE, .at_ns = -1}, "`at`");
    expect_wrong((struct schedule_step){.at_ns = S, .rate_mps = SCHEDULE_RATE_MAX + 1}, "rate");
    expect_wrong((struct schedule_step){.at_ns = S, .rate_mps = -1}, "rate");
    expect_wrong((struct schedule_step){.at_ns = S, .for_ns = INT64_MAX}, "`for`");
    expect_wrong((struct schedule_step){.kind = STEP_RAMP, .at_ns = S}, "`for`");
    expect_wrong((struct schedule_step){.kind = STEP_SQUARE, .at_ns = S}, "`period`");
    expect_wrong((struct schedule_step){.kind = STEP_SPIKE, .at_ns = S}, "`for`");
    struct schedule_step long_spike = {
        .kind = STEP_SPIKE, .at_ns = S, .factor_ppm = X, .for_ns = 3 * S, .period_ns = 3 * S};
    expect_wrong(long_spike, "`every`");
    long_spike.factor_ppm = -X;
    expect_wrong(long_spike, "factor");
}
