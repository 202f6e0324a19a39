#include "faas/agenda.h"

#include "base/prng.h"

#include <criterion/criterion.h>

#define N 500

Test(agenda, hands_out_by_time_then_by_number)
{
    struct agenda_entry entry[N];
    struct agenda a = {entry, 0, N};
    struct prng prng = prng_split(11, 0);
    for (int round = 0; round < 20; round++) {
        uint64_t number = 0;
        while (a.count < N) {
            int64_t at_ns = (int64_t)prng_below(&prng, 40); /* many equal times */
            agenda_push(&a, (struct agenda_entry){at_ns, number, (int32_t)number});
            number++;
        }
        struct agenda_entry last = agenda_pop(&a);
        while (a.count > 0) {
            struct agenda_entry e = agenda_pop(&a);
            cr_assert(e.at_ns > last.at_ns || (e.at_ns == last.at_ns && e.number > last.number));
            cr_assert_eq(e.slot, (int32_t)e.number);
            last = e;
        }
    }
}

Test(agenda, every_entry_comes_out_once_while_others_go_in)
{
    struct agenda_entry entry[8];
    struct agenda a = {entry, 0, 8};
    struct prng prng = prng_split(12, 0);
    bool out[N] = {false};
    int pushed = 0, popped = 0;
    while (popped < N) {
        if (pushed < N && a.count < 8 && (a.count == 0 || prng_below(&prng, 2))) {
            int64_t at_ns = (int64_t)prng_below(&prng, 1000);
            agenda_push(&a, (struct agenda_entry){at_ns, (uint64_t)pushed, pushed});
            pushed++;
        } else {
            int32_t slot = agenda_pop(&a).slot;
            cr_assert_not(out[slot]);
            out[slot] = true;
            popped++;
        }
    }
    cr_assert_eq(a.count, 0);
}
