/* Due times, as stories of single rules; test_schedule_limits.c goes to the edge
 * of every table, test_schedule_random.c compares whole histories with a slow
 * reference. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/prng.h"
#include "base/units.h"
#include "workload/schedule.h"

__extension__ typedef unsigned __int128 u128;

#define MS NS_PER_MS
#define S NS_PER_S
#define PER_S INT64_C(1000) /* one record/s in mps */
#define X PPM_ONE

/* ---- helpers ------------------------------------------------------------- */

static struct schedule_spec spec;
static struct schedule sched;

static void add(struct schedule_step step) { spec.step[spec.count++] = step; }

static void add_rate(int64_t at_ns, int64_t rate, int64_t for_ns)
{
    add((struct schedule_step){
        .kind = STEP_RATE, .at_ns = at_ns, .rate_mps = rate * PER_S, .for_ns = for_ns});
}

static void add_spike(int64_t at_ns, int64_t factor_ppm, int64_t for_ns, int64_t every_ns)
{
    add((struct schedule_step){.kind = STEP_SPIKE,
                               .at_ns = at_ns,
                               .factor_ppm = factor_ppm,
                               .for_ns = for_ns,
                               .period_ns = every_ns});
}

static void start(void)
{
    int step;
    cr_assert_null(schedule_check(&spec, &step), "%s", schedule_check(&spec, &step));
    schedule_init(&sched, &spec);
}

/* A schedule of one constant rate. */
static void start_at(int64_t rate)
{
    add_rate(0, rate, 0);
    start();
}

static int64_t take(void)
{
    int64_t due, nominal, rate;
    cr_assert_neq(schedule_next_due(&sched), TIME_NEVER);
    schedule_take(&sched, &due, &nominal, &rate);
    return due;
}

/* Emits what is due before t; returns how many. */
static uint64_t take_until(int64_t t_ns)
{
    uint64_t count = 0;
    for (; schedule_next_due(&sched) < t_ns; count++)
        take();
    return count;
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

/* ---- steps of a preset --------------------------------------------------- */

Test(schedule, fast_rates_count_exactly)
{
    static const int64_t rates[] = {1, 3, 800, 700000, 1370001, 2000003, 1000000000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        spec.count = 0;
        start_at(rates[i]);
        cr_assert_eq(schedule_due_count(&sched, 10 * S - 1), (uint64_t)rates[i] * 10);
        cr_assert_eq(schedule_due_count(&sched, 10 * S), (uint64_t)rates[i] * 10 + 1);
    }
}

Test(schedule, emission_at_full_speed_counts_the_same)
{
    start_at(1370001);
    cr_assert_eq(take_until(S), 1370001);
    cr_assert_eq(schedule_next_due(&sched), S); /* the 1370001st second begins a new one */
}

Test(schedule, due_times_are_the_quotient_rounded_down)
{
    start_at(7);
    for (int64_t n = 0; n < 1000; n++) {
        int64_t due, nominal, rate;
        cr_assert_eq(schedule_take(&sched, &due, &nominal, &rate), (uint64_t)n);
        cr_assert_eq(due, n * S / 7);
        cr_assert_eq(nominal, due);
        cr_assert_eq(rate, 7 * PER_S);
    }
}

Test(schedule, a_count_agrees_with_due_times)
{
    start_at(1370001);
    for (uint64_t n = 0; n < 3000; n++) {
        int64_t due = schedule_next_due(&sched);
        struct schedule copy = sched;
        if (due > 0)
            cr_assert_eq(schedule_due_count(&copy, due - 1), n);
        cr_assert_eq(schedule_due_count(&copy, due), n + 1);
        take();
    }
}

Test(schedule, nothing_is_due_before_the_first_rate)
{
    add_rate(0, 0, 0);
    add_rate(3 * S, 10, 0);
    start();
    cr_assert_eq(schedule_due_count(&sched, 3 * S - 1), 0);
    cr_assert_eq(schedule_due_count(&sched, 3 * S), 1);
    cr_assert_eq(take(), 3 * S);
    cr_assert_eq(take(), 3 * S + 100 * MS);
}

Test(schedule, a_rate_with_for_gives_back_the_earlier_one)
{
    add_rate(0, 800, 0);
    add_rate(10 * S, 2400, 10 * S);
    start();
    cr_assert_eq(schedule_due_count(&sched, 10 * S - 1), 8000);
    cr_assert_eq(schedule_due_count(&sched, 20 * S - 1), 8000 + 24000);
    cr_assert_eq(schedule_due_count(&sched, 30 * S - 1), 8000 + 24000 + 8000);
    cr_assert_eq(schedule_rate(&sched, 10 * S - 1), 800 * PER_S);
    cr_assert_eq(schedule_rate(&sched, 10 * S), 2400 * PER_S);
    cr_assert_eq(schedule_rate(&sched, 20 * S), 800 * PER_S);
}

Test(schedule, a_newer_step_outlives_an_older_for)
{
    add_rate(0, 100, 0);
    add_rate(1 * S, 200, 10 * S);
    add_rate(2 * S, 300, 2 * S);
    start();
    cr_assert_eq(schedule_rate(&sched, 3 * S), 300 * PER_S);
    cr_assert_eq(schedule_rate(&sched, 5 * S), 200 * PER_S);
    cr_assert_eq(schedule_rate(&sched, 11 * S), 100 * PER_S);
}

Test(schedule, the_fraction_under_way_is_carried_over)
{
    add_rate(0, 1, 0);
    add_rate(500 * MS, 2, 0); /* half a record was under way */
    start();
    cr_assert_eq(take(), 0);
    cr_assert_eq(take(), 750 * MS);
    cr_assert_eq(take(), 1250 * MS);
}

Test(schedule, a_ramp_holds_its_triangle)
{
    add((struct schedule_step){.kind = STEP_RAMP,
                               .at_ns = 1 * S,
                               .rate_mps = 1000 * PER_S,
                               .rate2_mps = 5000 * PER_S,
                               .for_ns = 10 * S});
    start();
    cr_assert_eq(schedule_due_count(&sched, 11 * S - 1), 30000);
    cr_assert_eq(schedule_due_count(&sched, 6 * S - 1), 10000);
    cr_assert_eq(schedule_due_count(&sched, 21 * S - 1), 80000);
    cr_assert_eq(schedule_rate(&sched, 12 * S), 5000 * PER_S);
    cr_assert_eq(take_until(11 * S), 30000);
}

Test(schedule, a_long_steep_ramp_counts_within_one)
{
    add((struct schedule_step){
        .kind = STEP_RAMP, .rate_mps = 900000 * PER_S, .rate2_mps = 7, .for_ns = 61 * S + 12345});
    start();
    uint64_t want = (uint64_t)((u128)(900000 * PER_S + 7) * (61 * S + 12345) / 2 / 1000000000000);
    uint64_t got = schedule_due_count(&sched, 61 * S + 12344);
    cr_assert(got == want || got == want + 1, "%lu, not %lu", got, want);
}

Test(schedule, a_square_alternates)
{
    add_rate(0, 50, 0);
    add((struct schedule_step){.kind = STEP_SQUARE,
                               .at_ns = 1 * S,
                               .rate_mps = 100 * PER_S,
                               .rate2_mps = 300 * PER_S,
                               .period_ns = 2 * S,
                               .for_ns = 5 * S});
    start();
    static const int64_t want[] = {50, 100, 300, 100, 300, 100, 50, 50};
    uint64_t sum = 0;
    for (int64_t t = 0; t < 8; t++) {
        cr_assert_eq(schedule_rate(&sched, t * S), want[t] * PER_S);
        cr_assert_eq(schedule_rate(&sched, t * S + S - 1), want[t] * PER_S);
        sum += (uint64_t)want[t];
        cr_assert_eq(schedule_due_count(&sched, (t + 1) * S - 1), sum);
    }
}

Test(schedule, a_spike_comes_again_and_again)
{
    add_rate(0, 100, 0);
    add_spike(2 * S, 3 * X, 1 * S, 5 * S);
    add_spike(3 * S, X / 2, 5 * S, 0);
    start();
    static const int64_t want[] = {100, 100, 300, 50,  50,  50,  50,
                                   150, 100, 100, 100, 100, 300, 100};
    for (int64_t t = 0; t < 14; t++)
        cr_assert_eq(schedule_rate(&sched, t * S), want[t] * PER_S, "at %ld s", t);
}

Test(schedule, a_rate_of_zero_for_ever_is_never_due)
{
    add_rate(0, 10, S);
    add_spike(0, 3 * X, 1 * MS, 2 * MS);
    start();
    cr_assert_gt(take_until(TIME_NEVER), 10);
    cr_assert_eq(schedule_next_due(&sched), TIME_NEVER);
    spec.count = 0;
    add((struct schedule_step){
        .kind = STEP_SQUARE, .rate_mps = 100 * PER_S, .rate2_mps = 1, .period_ns = 1 * MS});
    start();
    schedule_load(&sched, 0, 0);
    cr_assert_eq(schedule_next_due(&sched), TIME_NEVER);
    schedule_load(&sched, 5 * S, X);
    cr_assert_eq(schedule_next_due(&sched), 5 * S);
}

/* Two spikes of factor 0 that relieve each other: no record ever comes, and the
 * search for it ends. */
Test(schedule, endless_outages_end_the_search)
{
    add_rate(0, 10, 0);
    add_spike(0, 0, 6 * MS, 10 * MS);
    add_spike(5 * MS, 0, 6 * MS, 10 * MS);
    start();
    cr_assert_eq(schedule_next_due(&sched), TIME_NEVER);
    cr_assert_eq(schedule_due_count(&sched, 3600 * S), 0);
}

Test(schedule, low_rates_are_not_zero)
{
    add((struct schedule_step){.kind = STEP_RATE, .rate_mps = 1});
    start();
    schedule_load(&sched, 0, 1); /* a millionth of a thousandth: the least there is */
    take();
    cr_assert_eq(take(), 1000 * S);
}

/* ---- interventions ------------------------------------------------------- */

Test(schedule, a_spike_multiplies_and_ends)
{
    start_at(800);
    take_until(10 * S);
    spike(10 * S, 3 * X, 0, 5 * S);
    cr_assert_eq(schedule_rate(&sched, 10 * S), 2400 * PER_S);
    cr_assert_eq(schedule_due_count(&sched, 15 * S - 1), 8000 + 12000);
    cr_assert_eq(schedule_due_count(&sched, 20 * S - 1), 8000 + 12000 + 4000);
    cr_assert_eq(take(), 10 * S);
    cr_assert_eq(take(), 10 * S + S / 2400);
}

Test(schedule, a_spike_can_add_a_rate)
{
    start_at(800);
    spike(1 * S, X, 200 * PER_S, 1 * S);
    spike(1 * S, 0, 1000 * PER_S, 1 * S); /* factor not given */
    cr_assert_eq(schedule_rate(&sched, 1500 * MS), 2000 * PER_S);
    cr_assert_eq(schedule_due_count(&sched, 3 * S - 1), 800 + 2000 + 800);
}

Test(schedule, spikes_multiply_one_another_up_to_the_top)
{
    start_at(1000);
    spike(0, 2 * X, 0, 4 * S);
    spike(0, 3 * X, 0, 2 * S);
    cr_assert_eq(schedule_rate(&sched, 1 * S), 6000 * PER_S);
    cr_assert_eq(schedule_rate(&sched, 3 * S), 2000 * PER_S);
    for (int i = 0; i < 20; i++)
        spike(5 * S, 1000 * X, 0, S);
    cr_assert_eq(schedule_rate(&sched, 5 * S), SCHEDULE_RATE_MAX);
    spike(5 * S, 0, 0, S);
    cr_assert_eq(schedule_rate(&sched, 5 * S), 0);
}

Test(schedule, an_undone_spike_leaves_no_trace)
{
    start_at(1000);
    int handle;
    cr_assert_eq(schedule_spike(&sched, 1 * S, 5 * X, 0, 10 * S, &handle), 0);
    schedule_cancel(&sched, 2 * S, handle);
    cr_assert_eq(schedule_due_count(&sched, 3 * S - 1), 1000 + 5000 + 1000);
    schedule_cancel(&sched, 3 * S, handle);
    cr_assert_eq(schedule_rate(&sched, 3 * S), 1000 * PER_S);
}

Test(schedule, rates_set_by_hand_are_undone_in_any_order)
{
    start_at(1000);
    int a = set_rate(1 * S, 10);
    int ramp;
    cr_assert_eq(schedule_ramp(&sched, 2 * S, 0, 400 * PER_S, 2 * S, &ramp), 0);
    int c = set_rate(3 * S, 30);
    cr_assert_eq(schedule_due_count(&sched, 4 * S - 1), 1000 + 10 + 100 + 30);
    schedule_cancel(&sched, 5 * S, c);
    cr_assert_eq(schedule_rate(&sched, 5 * S), 400 * PER_S); /* the ramp was over at 4 s */
    schedule_cancel(&sched, 6 * S, a);
    cr_assert_eq(schedule_rate(&sched, 6 * S), 400 * PER_S);
    schedule_cancel(&sched, 7 * S, ramp);
    cr_assert_eq(schedule_rate(&sched, 7 * S), 1000 * PER_S);
}

Test(schedule, halt_ends_everything_laid_over)
{
    start_at(1000);
    set_rate(0, 5);
    spike(0, 2 * X, 7 * PER_S, 100 * S);
    schedule_load(&sched, 1 * S, 3 * X);
    cr_assert_eq(schedule_rate(&sched, 1 * S), (5 * 3 * 2 + 7) * PER_S);
    schedule_cancel(&sched, 2 * S, -1);
    cr_assert_eq(schedule_rate(&sched, 2 * S), 3000 * PER_S);
}

Test(schedule, a_rate_set_at_the_start_is_as_if_it_had_been_written)
{
    start_at(2400);
    add_spike(1 * S, 9 * X, 1 * S, 0);
    start();
    set_rate(0, 1000);
    for (int64_t n = 0; n < 3000; n++) /* the preset's spikes are replaced too */
        cr_assert_eq(take(), n * MS);
}

/* ---- what is due stays due ----------------------------------------------- */

enum { HELD = 5000 };

/* Due times of the records that are due at now and not emitted. */
static int due_times(int64_t now_ns, int64_t due[HELD])
{
    struct schedule copy = sched;
    uint64_t count = schedule_due_count(&copy, now_ns) - copy.next_seq;
    int n = count < HELD ? (int)count : HELD;
    for (int i = 0; i < n; i++) {
        int64_t nominal, rate;
        schedule_take(&copy, &due[i], &nominal, &rate);
    }
    return n;
}

enum act {
    ACT_RATE,
    ACT_STOP,
    ACT_SPIKE,
    ACT_LOAD,
    ACT_CANCEL,
    ACT_RAMP,
    ACT_PAUSE,
    ACT_GAP,
    ACTS
};

static void act(enum act what, int64_t now_ns)
{
    int handle;
    switch (what) {
    case ACT_RATE:
        set_rate(now_ns, 3);
        return;
    case ACT_STOP:
        set_rate(now_ns, 0);
        return;
    case ACT_SPIKE:
        spike(now_ns, X / 7, 0, S);
        return;
    case ACT_LOAD:
        schedule_load(&sched, now_ns, 11 * X / 10);
        return;
    case ACT_CANCEL:
        schedule_cancel(&sched, now_ns, -1);
        return;
    case ACT_RAMP:
        cr_assert_eq(schedule_ramp(&sched, now_ns, 1, 9000 * PER_S, 3 * S, &handle), 0);
        return;
    case ACT_PAUSE:
        schedule_pause(&sched, now_ns);
        schedule_resume(&sched, now_ns + 700 * MS);
        return;
    case ACT_GAP:
        schedule_shift(&sched, now_ns, 30 * S);
        return;
    case ACTS:
        return;
    }
}

static int64_t before[HELD], after[HELD];

/* Over any history and at any ns, also at the very ns of a due time. */
Test(schedule, interventions_never_move_what_is_due)
{
    struct prng prng = {20240611};
    for (int round = 0; round < 300; round++) {
        spec.count = 0;
        add_rate(0, (int64_t)prng_below(&prng, 3000), 0);
        add_spike(S, 5 * X, 3 * MS, 40 * MS);
        start();
        int64_t now = (int64_t)prng_below(&prng, 100 * (uint64_t)MS);
        for (int i = 0; i < 40; i++) {
            if (prng_below(&prng, 3) == 0)
                take_until(now - (int64_t)prng_below(&prng, 50 * (uint64_t)MS));
            if (prng_below(&prng, 3) == 0 && schedule_next_due(&sched) < TIME_NEVER / 2 &&
                schedule_next_due(&sched) > now)
                now = schedule_next_due(&sched);
            uint64_t count = schedule_due_count(&sched, now);
            int held = due_times(now, before);
            enum act what = (enum act)prng_below(&prng, ACTS);
            act(what, now);
            int64_t gone = what == ACT_PAUSE ? 700 * MS : what == ACT_GAP ? 30 * S : 0;
            now += gone;
            uint64_t recount = schedule_due_count(&sched, now);
            /* a higher rate may bring one more into this ns, a lower one takes none away */
            cr_assert(recount == count || recount == count + 1, "round %d step %d act %d", round, i,
                      what);
            cr_assert(due_times(now, after) >= held);
            cr_assert(memcmp(before, after, (size_t)held * sizeof before[0]) == 0,
                      "round %d step %d act %d", round, i, what);
            now += (int64_t)prng_below(&prng, 60 * (uint64_t)MS);
        }
    }
}

/* Record 1 of 3/s falls a third of a ns after 333333333; a lower rate would need
 * longer for what is left of it. */
Test(schedule, the_record_of_this_very_ns_is_not_put_off)
{
    for (int64_t rate = 0; rate < 3; rate++) {
        spec.count = 0;
        start_at(3);
        take();
        cr_assert_eq(schedule_due_count(&sched, 333333333), 2);
        set_rate(333333333, rate);
        cr_assert_eq(schedule_due_count(&sched, 333333333), 2);
        cr_assert_eq(schedule_next_due(&sched), 333333333);
    }
}

Test(schedule, a_pause_moves_only_what_comes_later)
{
    start_at(1000);
    take_until(1 * S); /* 0…999 */
    schedule_pause(&sched, 2 * S);
    cr_assert_eq(schedule_next_due(&sched), TIME_NEVER);
    cr_assert_eq(schedule_rate(&sched, 3 * S), 0);
    cr_assert_eq(schedule_due_count(&sched, 9 * S), 2001);
    schedule_resume(&sched, 10 * S);
    cr_assert_eq(schedule_due_count(&sched, 10 * S), 2001);
    for (int64_t n = 1000; n <= 2000; n++)
        cr_assert_eq(take(), n * MS);
    int64_t due, nominal, rate;
    schedule_take(&sched, &due, &nominal, &rate);
    cr_assert_eq(due, 10001 * MS);
    cr_assert_eq(nominal, 2001 * MS); /* event time knows nothing of the pause */
    cr_assert_eq(schedule_rate(&sched, 10 * S), 1000 * PER_S);
}

Test(schedule, pauses_without_progress_add_up)
{
    start_at(10);
    take();
    for (int64_t t = 0; t < 500; t++) {
        schedule_pause(&sched, 50 * MS + t * S);
        schedule_pause(&sched, 50 * MS + t * S); /* twice is once */
        schedule_resume(&sched, 50 * MS + t * S + S);
    }
    cr_assert_eq(take(), 500 * S + 100 * MS);
}

Test(schedule, a_gap_inside_a_pause_is_part_of_it)
{
    start_at(10);
    take();
    schedule_pause(&sched, 50 * MS);
    schedule_shift(&sched, 60 * MS, 5 * S);
    schedule_resume(&sched, 50 * MS + 6 * S);
    cr_assert_eq(take(), 6 * S + 100 * MS);
}

Test(schedule, a_rate_changed_in_a_pause_waits_for_its_end)
{
    start_at(10);
    take();
    schedule_pause(&sched, 50 * MS); /* half of record 1 is under way */
    set_rate(2 * S, 100);
    schedule_resume(&sched, 4 * S);
    cr_assert_eq(take(), 4 * S + 5 * MS);
    cr_assert_eq(take(), 4 * S + 15 * MS);
}
