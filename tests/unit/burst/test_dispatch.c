/* The dispatcher: exactly the decided share, and what happens when a lane is full. */
#include "base/prng.h"
#include "base/units.h"
#include "burst/dispatch.h"

#include <criterion/criterion.h>

static bool credit = true;
static struct dispatch d = {.credit = &credit};

static enum way ask(bool lane_room, bool remote_room)
{
    return dispatch_way(&d, NULL, 0, lane_room, remote_room);
}

Test(dispatch, any_run_of_records_sends_its_share_rounded_up_or_down)
{
    static const int64_t shares[] = {0, 1, 333333, 500000, 666667, 999999, 1000000};
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        d = (struct dispatch){.credit = &credit, .fraction_ppm = shares[k]};
        uint64_t sent = 0;
        for (uint64_t n = 1; n <= 5000; n++) {
            sent += ask(true, true) == WAY_REMOTE;
            uint64_t exact = n * (uint64_t)shares[k] / PPM_ONE;
            cr_assert(sent == exact || sent == exact + 1, "%llu of %llu", (unsigned long long)sent,
                      (unsigned long long)n);
        }
        cr_assert_eq(d.remote, sent);
        cr_assert_eq(d.local, 5000 - sent);
    }
}

Test(dispatch, after_a_million_records_not_one_is_missing)
{
    d.fraction_ppm = 123457;
    for (int n = 0; n < PPM_ONE; n++)
        (void)ask(true, true);
    cr_assert_eq(d.remote, 123457u);
}

Test(dispatch, the_share_stays_exact_when_it_changes_on_the_way)
{
    struct prng p = prng_split(1, 0);
    int64_t owed_ppm = 0;
    for (int n = 0; n < 100000; n++) {
        if (prng_below(&p, 50) == 0)
            d.fraction_ppm = (int64_t)prng_below(&p, PPM_ONE + 1);
        owed_ppm += d.fraction_ppm;
        (void)ask(true, true);
        int64_t error = owed_ppm - (int64_t)d.remote * PPM_ONE;
        cr_assert(error >= 0 && error < PPM_ONE);
    }
}

Test(dispatch, a_record_that_waits_is_drawn_once)
{
    d.fraction_ppm = PPM_ONE / 2;
    d.overflow = OVERFLOW_BLOCK;
    cr_assert_eq(ask(true, true), WAY_LOCAL);
    for (int n = 0; n < 9; n++)
        cr_assert_eq(ask(false, false), WAY_WAIT); /* its turn is remote */
    cr_assert_eq(ask(true, true), WAY_REMOTE);
    cr_assert_eq(d.local + d.remote, 2u);
    for (int n = 0; n < 9; n++)
        cr_assert_eq(ask(false, true), WAY_WAIT); /* local, and it is to block */
    cr_assert_eq(ask(true, true), WAY_LOCAL);
}

Test(dispatch, a_remote_record_goes_local_when_functions_are_full)
{
    d.fraction_ppm = PPM_ONE;
    cr_assert_eq(ask(true, false), WAY_LOCAL);
    cr_assert_eq(ask(false, false), WAY_WAIT);
    credit = false;
    cr_assert_eq(ask(true, true), WAY_LOCAL, "no credit is no room");
    cr_assert_eq(d.overflowed, 0u);
}

Test(dispatch, a_local_record_overflows_only_if_told_to_and_only_while_bursting)
{
    d.overflow = OVERFLOW_BURST;
    cr_assert_eq(ask(false, true), WAY_WAIT, "the policy does not burst");
    d.fraction_ppm = 1;
    cr_assert_eq(ask(false, true), WAY_REMOTE, "the same record, as soon as it does");
    cr_assert_eq(d.overflowed, 1u);
    d.overflow = OVERFLOW_BLOCK;
    cr_assert_eq(ask(false, true), WAY_WAIT);
}

Test(dispatch, where_nothing_is_local_everything_is_remote)
{
    d.only_remote = true;
    for (int n = 0; n < 10; n++)
        cr_assert_eq(ask(true, true), WAY_REMOTE);
    cr_assert_eq(ask(true, false), WAY_WAIT);
    credit = false;
    cr_assert_eq(ask(true, true), WAY_WAIT);
    cr_assert_eq(d.remote, 10u);
    cr_assert_eq(d.overflowed, 0u);
}
