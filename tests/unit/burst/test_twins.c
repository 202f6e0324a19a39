/* Twins: of two copies the first wins and the second is dropped, once. */
#include "base/prng.h"
#include "burst/twins.h"

#include <criterion/criterion.h>

static struct twins t;

Test(twins, the_second_copy_is_dropped)
{
    cr_assert(twins_add(&t, 7));
    cr_assert_not(twins_arrive(&t, 7));
    cr_assert(twins_arrive(&t, 7));
    cr_assert_eq(t.count, 0u);
    cr_assert_eq(t.made, 1u);
    cr_assert_eq(t.dropped, 1u);
}

Test(twins, a_record_without_a_twin_passes)
{
    cr_assert(twins_add(&t, 7));
    cr_assert_not(twins_arrive(&t, 8));
    cr_assert_eq(t.count, 1u);
}

Test(twins, once_the_pair_is_over_a_third_copy_is_a_duplicate_of_the_ledger)
{
    cr_assert(twins_add(&t, 7));
    cr_assert_not(twins_arrive(&t, 7));
    cr_assert(twins_arrive(&t, 7));
    cr_assert_not(twins_arrive(&t, 7));
}

Test(twins, a_known_pair_is_not_made_again)
{
    cr_assert(twins_add(&t, 7));
    cr_assert_not(twins_add(&t, 7));
    cr_assert_not(twins_arrive(&t, 7));
    cr_assert_not(twins_add(&t, 7));
    cr_assert_eq(t.made, 1u);
    cr_assert_eq(t.count, 1u);
}

Test(twins, there_is_room_for_so_many_pairs)
{
    for (uint64_t id = 0; id < TWINS_MAX; id++) {
        cr_assert(twins_room(&t));
        cr_assert(twins_add(&t, id));
    }
    cr_assert_not(twins_room(&t));
    cr_assert_not(twins_arrive(&t, 3));
    cr_assert_not(twins_room(&t), "a pair is known until its second copy comes");
    cr_assert(twins_arrive(&t, 3));
    cr_assert(twins_room(&t));
}

Test(twins, random_arrivals_drop_exactly_one_of_two)
{
    struct prng p = prng_split(9, 0);
    uint8_t copies[500] = {0};
    bool passed[500] = {false};
    uint32_t left = 0;
    for (uint64_t id = 0; id < 500; id++) {
        copies[id] = 1;
        if (prng_below(&p, 2) && twins_add(&t, id))
            copies[id] = 2;
        left += copies[id];
    }
    while (left > 0) {
        uint64_t id = prng_below(&p, 500);
        if (copies[id] == 0)
            continue;
        copies[id]--;
        left--;
        cr_assert_eq(twins_arrive(&t, id), passed[id], "the first passes, the second does not");
        passed[id] = true;
    }
    cr_assert_eq(t.count, 0u);
}
