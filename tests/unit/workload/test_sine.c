/* The table against the series of the sine, and the wave's shape in a schedule. */
#include <criterion/criterion.h>

#include "base/units.h"
#include "workload/schedule.h"
#include "workload/sine.h"

#define PI 3.14159265358979323846264338327950288L

static long double sine(long double x)
{
    long double term = x, sum = x;
    for (int n = 1; n < 30; n++) {
        term *= -x * x / (long double)(2 * n * (2 * n + 1));
        sum += term;
    }
    return sum;
}

Test(sine, the_table_is_the_sine_to_the_nearest)
{
    for (int k = 0; k < SINE_QUARTER; k++) {
        long double exact = sine((k + 0.5L) * 2 * PI / SINE_STEPS) * SINE_ONE;
        long double off = exact - sine_quarter[k];
        cr_assert(off > -0.500001L && off < 0.500001L, "%d", k);
    }
}

Test(sine, the_wave_rises_to_its_half_and_is_its_own_mirror)
{
    for (int i = 0; i < SINE_STEPS / 2; i++) {
        cr_assert_eq(sine_wave(i), sine_wave(SINE_STEPS - 1 - i));
        cr_assert_eq(sine_wave(i), -sine_wave(SINE_STEPS / 2 - 1 - i));
        if (i > 0)
            cr_assert_gt(sine_wave(i), sine_wave(i - 1));
    }
}

static struct schedule_spec spec;
static struct schedule sched;

Test(sine, a_period_holds_what_its_mean_would)
{
    spec.count = 1;
    spec.step[0] = (struct schedule_step){.kind = STEP_SINE,
                                          .rate_mps = 300000,
                                          .rate2_mps = 2000000,
                                          .period_ns = 30 * NS_PER_S + 7};
    int at_fault;
    cr_assert_null(schedule_check(&spec, &at_fault));
    schedule_init(&sched, &spec);
    for (int n = 1; n < 5; n++) {
        uint64_t count = schedule_due_count(&sched, n * spec.step[0].period_ns);
        uint64_t mean = (uint64_t)n * 1150 * 30;
        cr_assert(count >= mean - 1 && count <= mean + 2, "%d: %lu", n, count);
    }
    cr_assert_leq(schedule_rate(&sched, 5), 300010);
    cr_assert_geq(schedule_rate(&sched, 15 * NS_PER_S), 1999990);
}

Test(sine, what_it_may_not_be_is_told)
{
    int at_fault;
    spec.count = 1;
    spec.step[0] = (struct schedule_step){.kind = STEP_SINE, .rate_mps = 1, .rate2_mps = 2};
    cr_assert_not_null(schedule_check(&spec, &at_fault));
    spec.step[0].period_ns = NS_PER_MS;
    cr_assert_null(schedule_check(&spec, &at_fault));
    spec.step[0].rate2_mps = -1;
    cr_assert_not_null(schedule_check(&spec, &at_fault));
}
