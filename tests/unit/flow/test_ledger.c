/* The ledger: every delivery is settled once, and what breaks the rule is named. */
#include "tests/lib/flow_kit.h"

#include "flow/ledger.h"

static struct ledger l;

static void open_ledger(uint32_t window, uint32_t sources, uint32_t copies)
{
    ledger_init(&l, kit_memory(ledger_bytes(window)), window, sources, copies);
}

static uint64_t emitted_end = UINT64_MAX;

static enum ledger_verdict settle(uint64_t pos)
{
    return ledger_settle(&l, ledger_id(&l, pos), false, emitted_end);
}

static enum ledger_verdict bury(uint64_t pos)
{
    return ledger_settle(&l, ledger_id(&l, pos), true, emitted_end);
}

static struct {
    uint64_t pos[100];
    int count;
} open_list;

static void note(void *context, uint64_t pos)
{
    (void)context;
    open_list.pos[open_list.count++ % 100] = pos;
}

static int open_positions(uint64_t end)
{
    open_list.count = 0;
    ledger_open_positions(&l, end, note, NULL);
    return open_list.count;
}

Test(ledger, positions_and_ids_are_the_same_thing)
{
    open_ledger(4, 3, 1);
    for (uint64_t pos = 0; pos < 20; pos++)
        cr_assert_eq(ledger_pos(&l, ledger_id(&l, pos)), pos);
    cr_assert_eq(ledger_id(&l, 7), record_id(1, 2));
}

Test(ledger, a_record_is_settled_once)
{
    open_ledger(4, 1, 1);
    cr_assert(ledger_admits(&l, 0));
    cr_assert_eq(settle(0), LEDGER_FIRST);
    cr_assert_eq(l.out, 1u);
    cr_assert(ledger_settled(&l, 0));
    cr_assert_eq(settle(0), LEDGER_DUPLICATE);
    cr_assert_eq(l.duplicated, 1u);
    cr_assert_eq(l.out, 1u);
    cr_assert(l.faults == 1 && l.fault[0].id == 0);
    cr_assert_str_eq(l.fault[0].what, "duplicated");
}

Test(ledger, a_duplicate_inside_the_window_is_found_too)
{
    open_ledger(8, 1, 1);
    cr_assert_eq(settle(3), LEDGER_FIRST); /* 0, 1, 2 are still out */
    cr_assert_eq(settle(3), LEDGER_DUPLICATE);
}

Test(ledger, the_first_blame_stays)
{
    open_ledger(4, 1, 1);
    ledger_blame(&l, 5, "lost");
    ledger_blame(&l, 6, "duplicated");
    cr_assert_eq(l.fault[0].id, 5u);
    cr_assert_str_eq(l.fault[0].what, "lost");
}

Test(ledger, what_was_never_emitted_is_an_alien)
{
    open_ledger(4, 2, 1);
    emitted_end = 2;
    cr_assert_eq(settle(2), LEDGER_ALIEN);
    cr_assert_eq(ledger_settle(&l, record_id(2, 0), false, 100), LEDGER_ALIEN, "no such source");
    cr_assert_str_eq(l.fault[0].what, "was never emitted");
    cr_assert_eq(l.out, 0u);
}

Test(ledger, a_dead_letter_is_settled_but_not_out)
{
    open_ledger(4, 1, 1);
    cr_assert_eq(bury(0), LEDGER_FIRST);
    cr_assert_eq(l.dead, 1u);
    cr_assert_eq(l.out, 0u);
    cr_assert_eq(l.low, 1u);
}

Test(ledger, copies_are_settled_when_all_have_come)
{
    open_ledger(4, 1, 3);
    cr_assert_eq(settle(0), LEDGER_FIRST);
    cr_assert_eq(settle(0), LEDGER_MORE);
    cr_assert_not(ledger_settled(&l, 0));
    cr_assert_eq(l.out, 0u);
    cr_assert_eq(settle(0), LEDGER_MORE);
    cr_assert_eq(l.out, 1u);
    cr_assert_eq(l.deliveries, 3u);
    cr_assert_eq(settle(0), LEDGER_DUPLICATE);
}

Test(ledger, copies_of_which_one_died_are_a_dead_letter)
{
    open_ledger(4, 1, 3);
    cr_assert_eq(settle(0), LEDGER_FIRST);
    cr_assert_eq(bury(0), LEDGER_MORE);
    cr_assert_eq(settle(0), LEDGER_MORE);
    cr_assert_eq(l.dead, 1u);
    cr_assert_eq(l.out, 0u);
    cr_assert_eq(l.low, 1u, "the window moved on");
    cr_assert_eq(settle(0), LEDGER_DUPLICATE);
}

Test(ledger, the_most_copies_there_can_be)
{
    open_ledger(2, 1, LEDGER_COPIES_MAX);
    for (int i = 0; i < LEDGER_COPIES_MAX; i++)
        cr_assert_eq(i == 0 ? LEDGER_FIRST : LEDGER_MORE, i == 7 ? bury(0) : settle(0));
    cr_assert_eq(l.dead, 1u);
    cr_assert_eq(settle(0), LEDGER_DUPLICATE);
}

/* ---- window and stragglers ---- */

Test(ledger, the_window_slides_over_what_is_settled)
{
    open_ledger(4, 1, 1);
    for (uint64_t pos = 0; pos < 100; pos++) {
        cr_assert(ledger_admits(&l, pos));
        cr_assert_eq(settle(pos), LEDGER_FIRST);
    }
    cr_assert_eq(l.low, 100u);
    cr_assert_eq(l.stragglers, 0u);
    for (uint64_t pos = 0; pos < 100; pos++)
        cr_assert(ledger_settled(&l, pos));
    cr_assert_not(ledger_settled(&l, 100));
}

Test(ledger, stragglers_do_not_hold_up_the_rest)
{
    open_ledger(4, 1, 1);
    for (uint64_t pos = 0; pos < 50; pos++) {
        cr_assert(ledger_admits(&l, pos));
        if (pos % 10)
            cr_assert_eq(settle(pos), LEDGER_FIRST);
    }
    cr_assert(l.low > 40);
    cr_assert_eq(open_positions(50), 5);
    for (uint64_t pos = 0; pos < 50; pos += 10) {
        cr_assert_not(ledger_settled(&l, pos));
        cr_assert_eq(settle(pos), LEDGER_FIRST);
        cr_assert(ledger_settled(&l, pos));
        cr_assert_eq(settle(pos), LEDGER_DUPLICATE);
    }
    cr_assert_eq(l.stragglers, 0u);
    cr_assert_eq(l.out, 50u);
    cr_assert_eq(open_positions(50), 0);
}

Test(ledger, a_straggler_keeps_the_copies_it_has_got)
{
    open_ledger(2, 1, 2);
    cr_assert_eq(bury(0), LEDGER_FIRST);
    for (uint64_t pos = 1; pos < 10; pos++) {
        cr_assert(ledger_admits(&l, pos));
        cr_assert_eq(settle(pos), LEDGER_FIRST);
        cr_assert_eq(settle(pos), LEDGER_MORE);
    }
    cr_assert_eq(l.stragglers, 1u);
    cr_assert_eq(settle(0), LEDGER_MORE);
    cr_assert_eq(l.dead, 1u);
    cr_assert_eq(l.stragglers, 0u);
}

Test(ledger, a_position_not_yet_emitted_may_fall_behind)
{
    open_ledger(4, 2, 1); /* the second source is far behind the first */
    for (uint64_t pos = 0; pos < 40; pos += 2) {
        cr_assert(ledger_admits(&l, pos));
        cr_assert_eq(settle(pos), LEDGER_FIRST);
    }
    for (uint64_t pos = 1; pos < 40; pos += 2) {
        cr_assert(ledger_admits(&l, pos));
        cr_assert_eq(settle(pos), LEDGER_FIRST);
    }
    cr_assert_eq(l.out, 40u);
    cr_assert_eq(open_positions(40), 0);
}

Test(ledger, stragglers_fill_up_and_then_the_source_waits)
{
    open_ledger(2, 1, 1);
    uint64_t pos = 0;
    while (ledger_admits(&l, pos))
        pos++;
    cr_assert_eq(pos, LEDGER_STRAGGLERS / 2 + 2);
    cr_assert_eq(l.stragglers, LEDGER_STRAGGLERS / 2u);
    cr_assert_eq(settle(17), LEDGER_FIRST);
    cr_assert(ledger_admits(&l, pos), "one place is free again");
    cr_assert_not(ledger_admits(&l, pos + 1));
    for (uint64_t i = 0; i <= pos; i++)
        cr_assert_eq(settle(i), i == 17 ? LEDGER_DUPLICATE : LEDGER_FIRST);
    cr_assert_eq(l.out, pos + 1);
    cr_assert_eq(l.stragglers, 0u);
}

/* ---- order ---- */

static void judge(uint64_t pos, uint64_t key) { ledger_order(&l, ledger_id(&l, pos), key); }

Test(ledger, in_global_order_each_position_is_above_the_last)
{
    open_ledger(64, 1, 1);
    ledger_set_order(&l, 0, 0);
    judge(0, 1);
    judge(3, 1);
    judge(2, 2);
    cr_assert_eq(l.disordered, 1u);
    cr_assert_eq(l.fault[0].id, 2u);
    judge(4, 1);
    cr_assert_eq(l.disordered, 1u, "one late row does not blame those after it");
}

Test(ledger, in_key_order_only_rows_of_one_key_are_compared)
{
    open_ledger(64, 1, 1);
    ledger_set_order(&l, 1, 0);
    judge(5, 1);
    judge(3, 2);
    cr_assert_eq(l.disordered, 0u);
    judge(4, 1);
    cr_assert_eq(l.disordered, 1u);
}

Test(ledger, without_order_nothing_is_judged)
{
    open_ledger(64, 1, 1);
    ledger_set_order(&l, 2, 0);
    judge(5, 1);
    judge(3, 1);
    cr_assert_eq(l.disordered, 0u);
}

Test(ledger, records_from_before_a_new_order_are_not_judged)
{
    open_ledger(64, 1, 1);
    ledger_set_order(&l, 2, 0);
    judge(9, 1);
    ledger_set_order(&l, 0, 10);
    judge(7, 1);
    judge(12, 1);
    judge(8, 1);
    cr_assert_eq(l.disordered, 0u);
    judge(11, 1);
    cr_assert_eq(l.disordered, 1u);
}

/* ---- random, against plain arrays ---- */

static void random_run(uint64_t seed)
{
    struct prng p = prng_split(seed, 0);
    uint32_t copies = 1 + (uint32_t)prng_below(&p, 3);
    uint64_t left[400], due[64], out = 0, dead = 0, duplicated = 0, end = 0;
    bool died[400] = {false};
    uint32_t under_way = 0;
    kit_free();
    open_ledger(1u << prng_below(&p, 5), 1 + (uint32_t)prng_below(&p, 3), copies);
    while (end < 400 || under_way > 0) {
        if (end < 400 && under_way + copies <= 64 && prng_below(&p, 2)) {
            cr_assert(ledger_admits(&l, end));
            left[end] = copies;
            for (uint32_t i = 0; i < copies; i++)
                due[under_way++] = end;
            end++;
            continue;
        }
        if (under_way == 0)
            continue;
        uint32_t i = (uint32_t)prng_below(&p, under_way);
        uint64_t pos = due[i];
        bool dies = prng_below(&p, 10) == 0;
        due[i] = due[--under_way];
        enum ledger_verdict v = ledger_settle(&l, ledger_id(&l, pos), dies, end);
        cr_assert_eq(v, left[pos] == copies ? LEDGER_FIRST : LEDGER_MORE);
        died[pos] |= dies;
        if (--left[pos] == 0)
            *(died[pos] ? &dead : &out) += 1;
        cr_assert_eq(ledger_settled(&l, pos), left[pos] == 0);
        if (left[pos] == 0 && prng_below(&p, 8) == 0) {
            duplicated++;
            cr_assert_eq(ledger_settle(&l, ledger_id(&l, pos), false, end), LEDGER_DUPLICATE);
        }
        cr_assert(l.out == out && l.dead == dead && l.duplicated == duplicated);
    }
    cr_assert_eq(out + dead, 400u);
    cr_assert_eq(open_positions(400), 0);
    cr_assert_eq(l.stragglers, 0u);
}

Test(ledger, random_histories_agree_with_plain_counting)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        random_run(seed);
}
