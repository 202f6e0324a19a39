/* The sequencer: rows leave in the chosen order, all of them, and none twice. The
 * rig around it does what the sink does. */
#include "tests/lib/flow_kit.h"

#include "burst/sequencer.h"

#define MANY 4096

static struct sequencer s;
static struct ledger ledger;
static struct rowbox box;
static struct block_pool pool;
static struct block *row, *scratch;
static uint64_t emitted_end;
static uint64_t left[MANY * 4];
static uint32_t left_count;
static uint64_t key_of[SEQUENCER_WINDOW * 4];

static void start(enum order order, uint32_t sources, uint32_t emitters)
{
    kit_pool(&pool, 4, 4096);
    kit_box(&box, 16384);
    ledger_init(&ledger, kit_memory(ledger_bytes(SEQUENCER_WINDOW)), SEQUENCER_WINDOW, sources, 1);
    ledger.emitters = emitters;
    ledger_set_order(&ledger, (int)order, 0);
    sequencer_init(&s, kit_memory(sequencer_bytes()), order, &ledger, &box);
    row = block_pool_take(&pool);
    scratch = block_pool_take(&pool);
}

static void emit(uint64_t pos, uint64_t key)
{
    cr_assert(ledger_admits(&ledger, pos));
    key_of[pos] = key;
    if (pos + 1 > emitted_end)
        emitted_end = pos + 1;
    sequencer_announce(&s, pos, key);
}

static void emit_all(uint64_t n, uint64_t keys)
{
    for (uint64_t pos = emitted_end, end = pos + n; pos < end; pos++)
        emit(pos, pos % keys);
}

static void accept(uint64_t pos)
{
    cr_assert_eq(ledger_settle(&ledger, ledger_id(&ledger, pos), false, emitted_end), LEDGER_FIRST,
                 "%llu left twice", (unsigned long long)pos);
    ledger_order(&ledger, ledger_id(&ledger, pos), key_of[pos]);
    left[left_count++ % (MANY * 4)] = pos;
}

static void accept_kept(uint64_t pos)
{
    block_clear(scratch);
    sequencer_take(&s, pos, scratch);
    cr_assert_eq(scratch->id[0], ledger_id(&ledger, pos), "%llu is given for %llu",
                 (unsigned long long)ledger_pos(&ledger, scratch->id[0]), (unsigned long long)pos);
    kit_check_text(scratch, 0);
    accept(pos);
}

static void release(uint64_t pos)
{
    for (uint64_t next; sequencer_left(&s, pos, &next); pos = next)
        accept_kept(next);
}

static void arrive(uint64_t pos)
{
    cr_assert_not(ledger_settled(&ledger, pos));
    cr_assert_not(sequencer_kept(&s, pos), "%llu seems to be here already",
                  (unsigned long long)pos);
    if (s.order == ORDER_NONE) {
        accept(pos);
    } else if (sequencer_turn(&s, pos)) {
        accept(pos);
        release(pos);
    } else {
        block_clear(row);
        kit_row(row, ledger_id(&ledger, pos), (uint32_t)(pos % 50));
        sequencer_keep(&s, pos, row, 0);
    }
}

static void change(enum order order)
{
    uint64_t from = 0, pos;
    sequencer_set_order(&s, order);
    ledger_set_order(&ledger, (int)order, emitted_end);
    while (sequencer_next_free(&s, emitted_end, &from, &pos)) {
        accept_kept(pos);
        release(pos);
    }
}

static void expect_left(uint32_t n, const uint64_t *positions)
{
    cr_assert_eq(left_count, n, "%u left", left_count);
    for (uint32_t i = 0; i < n; i++)
        cr_assert_eq(left[i], positions[i], "%u: %llu", i, (unsigned long long)left[i]);
}

#define EXPECT_LEFT(...)                                                                           \
    expect_left(sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), (uint64_t[]){__VA_ARGS__})

/* ---- global ---- */

Test(sequencer, globally_a_row_waits_for_all_before_it)
{
    start(ORDER_GLOBAL, 1, 1);
    emit_all(4, 100);
    arrive(2);
    arrive(1);
    cr_assert_eq(left_count, 0u);
    cr_assert_eq(s.waiting, 2u);
    arrive(0);
    EXPECT_LEFT(0, 1, 2);
    arrive(3);
    EXPECT_LEFT(0, 1, 2, 3);
    cr_assert_eq(box.used, 0u);
}

Test(sequencer, it_says_what_is_missing)
{
    uint64_t pos = 0;
    start(ORDER_GLOBAL, 1, 1);
    emit_all(9, 100);
    cr_assert_not(sequencer_missing(&s, &pos), "nothing waits");
    arrive(0);
    arrive(1);
    arrive(4);
    cr_assert(sequencer_missing(&s, &pos));
    cr_assert_eq(pos, 2u);
    arrive(2);
    cr_assert(sequencer_missing(&s, &pos));
    cr_assert_eq(pos, 3u);
}

Test(sequencer, a_position_settled_elsewhere_holds_up_nobody)
{
    start(ORDER_GLOBAL, 1, 1);
    emit_all(4, 100);
    arrive(2);
    /* a dead letter is settled when it is accepted: its turn has come first */
    arrive(0);
    cr_assert_eq(ledger_settle(&ledger, ledger_id(&ledger, 1), true, emitted_end), LEDGER_FIRST);
    release(1);
    EXPECT_LEFT(0, 2);
}

Test(sequencer, globally_sources_interleave_by_position)
{
    start(ORDER_GLOBAL, 2, 2);
    emit_all(6, 100);
    arrive(1);
    arrive(3);
    arrive(0);
    EXPECT_LEFT(0, 1);
    arrive(2);
    EXPECT_LEFT(0, 1, 2, 3);
}

/* ---- key ---- */

Test(sequencer, by_key_only_rows_of_one_key_wait_for_each_other)
{
    start(ORDER_KEY, 1, 1);
    emit(0, 10);
    emit(1, 20);
    emit(2, 10);
    emit(3, 20);
    arrive(2);
    arrive(1);
    EXPECT_LEFT(1);
    arrive(3);
    EXPECT_LEFT(1, 3);
    arrive(0);
    EXPECT_LEFT(1, 3, 0, 2);
}

Test(sequencer, a_chain_of_one_key_is_released_to_its_end)
{
    start(ORDER_KEY, 1, 1);
    emit_all(20, 1);
    for (uint64_t pos = 19; pos > 0; pos--)
        arrive(pos);
    cr_assert_eq(left_count, 0u);
    arrive(0);
    cr_assert_eq(left_count, 20u);
    for (uint32_t i = 0; i < 20; i++)
        cr_assert_eq(left[i], i);
}

Test(sequencer, by_key_an_emitter_far_behind_is_not_judged_by_another)
{
    start(ORDER_KEY, 1, 2);
    for (uint64_t pos = 0; pos < 2000; pos += 2) {
        emit(pos, pos % 5);
        arrive(pos);
    }
    for (uint64_t pos = 1; pos < 2000; pos += 2)
        emit(pos, pos % 5);
    for (uint64_t pos = 1999; pos < 2000; pos -= 2)
        arrive(pos);
    cr_assert_eq(left_count, 2000u);
    cr_assert_eq(ledger.disordered, 0u);
    cr_assert_eq(s.waiting, 0u);
}

/* Three emitters, one of which stands still while the others run ahead to the end
 * of the window: the cell of its last record of a key is another's by then. */
Test(sequencer, chains_of_emitters_a_window_apart_do_not_touch)
{
    start(ORDER_KEY, 1, 3);
    for (uint64_t pos = 0; pos < 1001; pos++) {
        emit(pos, pos == 2 ? 77 : 1);
        arrive(pos);
    }
    uint64_t ahead = 2 + SEQUENCER_WINDOW; /* same cell as 2; another emitter */
    cr_assert(ahead % 3 != 2 && ahead + 3 < ledger.low + SEQUENCER_WINDOW);
    for (uint64_t pos = 1001; pos <= ahead + 3; pos++) {
        if (pos % 3 == 2)
            continue;
        emit(pos, 1);
        if (pos != ahead && pos != ahead + 3)
            arrive(pos);
    }
    emit(1001, 77); /* the next record of that key after 2 */
    arrive(ahead + 3);
    cr_assert_eq(s.waiting, 1u);
    arrive(ahead);
    cr_assert_eq(s.waiting, 0u, "%u waits for ever", s.waiting);
    arrive(1001);
    cr_assert_eq(ledger.disordered, 0u);
}

/* ---- none and changes ---- */

Test(sequencer, without_order_rows_leave_as_they_come)
{
    start(ORDER_NONE, 1, 1);
    emit_all(3, 1);
    cr_assert(sequencer_turn(&s, 2));
    arrive(2);
    arrive(0);
    EXPECT_LEFT(2, 0);
}

Test(sequencer, giving_up_the_order_lets_everything_go)
{
    start(ORDER_GLOBAL, 1, 1);
    emit_all(6, 2);
    arrive(5);
    arrive(3);
    arrive(1);
    change(ORDER_NONE);
    EXPECT_LEFT(1, 3, 5);
    arrive(4);
    EXPECT_LEFT(1, 3, 5, 4);
    cr_assert_eq(s.waiting, 0u);
}

Test(sequencer, from_global_to_key_what_waited_only_for_others_goes)
{
    start(ORDER_GLOBAL, 1, 1);
    emit_all(4, 2);
    arrive(3);
    arrive(2);
    change(ORDER_KEY);
    cr_assert_eq(left_count, 2u);
    emit(4, 0);
    emit(5, 1);
    emit(6, 0);
    arrive(6);
    cr_assert_eq(left_count, 2u, "it waits for 4");
    arrive(4);
    cr_assert_eq(left_count, 4u);
    arrive(0);
    arrive(1);
    arrive(5);
    cr_assert_eq(left_count, 7u);
    cr_assert_eq(ledger.disordered, 0u);
}

Test(sequencer, from_none_to_global_what_is_out_is_waited_for)
{
    start(ORDER_NONE, 1, 1);
    emit_all(5, 1);
    arrive(4);
    arrive(1);
    change(ORDER_GLOBAL);
    emit(5, 1);
    arrive(5);
    arrive(3);
    EXPECT_LEFT(4, 1);
    arrive(0);
    EXPECT_LEFT(4, 1, 0);
    arrive(2);
    EXPECT_LEFT(4, 1, 0, 2, 3, 5);
    cr_assert_eq(ledger.disordered, 0u);
}

Test(sequencer, from_key_to_global)
{
    start(ORDER_KEY, 1, 1);
    emit_all(6, 2);
    arrive(4);
    arrive(3);
    change(ORDER_GLOBAL);
    cr_assert_eq(left_count, 0u);
    arrive(0);
    arrive(1);
    arrive(2);
    arrive(5);
    EXPECT_LEFT(0, 1, 2, 3, 4, 5);
}

/* While there is no order, records may fall a window behind the others. Under the
 * new order they are nobody's neighbours, whatever their cells hold by then. */
static void straggle(enum order then)
{
    start(ORDER_NONE, 1, 1);
    uint64_t straggler = 7, ahead = straggler + SEQUENCER_WINDOW;
    for (uint64_t pos = 0; pos < ahead - 2; pos++) {
        emit(pos, 1);
        if (pos != straggler && pos != straggler - 1)
            arrive(pos);
    }
    change(then);
    for (uint64_t pos = ahead - 2; pos < ahead + 10; pos++)
        emit(pos, 1);
    for (uint64_t pos = ahead + 9; pos > ahead - 2; pos--)
        arrive(pos);
    cr_assert_eq(s.waiting, 11u);
    arrive(straggler);
    arrive(straggler - 1);
    cr_assert(ledger_settled(&ledger, straggler) && ledger_settled(&ledger, straggler - 1));
    cr_assert_eq(s.waiting, 11u);
    arrive(ahead - 2);
    cr_assert_eq(s.waiting, 0u);
    cr_assert_eq(ledger.disordered, 0u);
}

Test(sequencer, a_straggler_of_no_order_is_alone_under_global_order) { straggle(ORDER_GLOBAL); }
Test(sequencer, a_straggler_of_no_order_is_alone_under_key_order) { straggle(ORDER_KEY); }

/* ---- random ---- */

static void random_run(uint64_t seed, bool changes)
{
    struct prng p = prng_split(seed, 0);
    uint32_t sources = 1 + (uint32_t)prng_below(&p, 3), keys = 1 + (uint32_t)prng_below(&p, 9);
    uint64_t next[3] = {0, 1, 2}, under_way[64];
    uint32_t count = 0;
    emitted_end = left_count = 0;
    kit_free();
    start((enum order)prng_below(&p, 3), sources, sources);
    uint64_t emitted = 0;
    while (emitted < 2000 || count > 0) {
        uint64_t what = prng_below(&p, 40);
        if (changes && what == 0) {
            change((enum order)prng_below(&p, 3));
        } else if (what < 20 && emitted < 2000 && count < 64) {
            uint32_t who = (uint32_t)prng_below(&p, sources);
            under_way[count++] = next[who];
            emit(next[who], prng_below(&p, keys));
            next[who] += sources;
            emitted++;
        } else if (count > 0) {
            uint32_t i = (uint32_t)prng_below(&p, count);
            uint64_t pos = under_way[i];
            under_way[i] = under_way[--count];
            arrive(pos);
        }
        cr_assert_eq(box.rows, s.waiting);
    }
    /* globally, a source that stopped early leaves a gap that nobody fills */
    change(ORDER_NONE);
    cr_assert_eq(left_count, 2000u, "seed %llu: %u of 2000 left", (unsigned long long)seed,
                 left_count);
    cr_assert_eq(ledger.out, 2000u);
    cr_assert_eq(ledger.disordered, 0u, "seed %llu: %llu out of order", (unsigned long long)seed,
                 (unsigned long long)ledger.disordered);
    cr_assert_eq(s.waiting, 0u);
    cr_assert_eq(box.used, 0u);
}

Test(sequencer, random_arrivals_leave_in_order)
{
    for (uint64_t seed = 1; seed <= 30; seed++)
        random_run(seed, false);
}

Test(sequencer, random_changes_of_the_order_lose_nothing)
{
    for (uint64_t seed = 1; seed <= 30; seed++)
        random_run(seed, true);
}

static struct {
    uint64_t id[64];
    int count;
} held;

static void note(void *context, uint64_t id)
{
    (void)context;
    held.id[held.count++] = id;
}

Test(sequencer, it_shows_what_it_keeps)
{
    start(ORDER_GLOBAL, 2, 2);
    emit_all(9, 1);
    arrive(3);
    arrive(8);
    sequencer_visit(&s, emitted_end, note, NULL);
    cr_assert_eq(held.count, 2);
    cr_assert_eq(held.id[0], record_id(1, 1));
    cr_assert_eq(held.id[1], record_id(0, 4));
}
