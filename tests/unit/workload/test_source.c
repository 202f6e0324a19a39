/* Sources: exactly the records that are due, each with its own seq and due time,
 * whoever else emits; and a backlog that is arithmetic. */
#include "tests/lib/flow_kit.h"
#include "tests/lib/yard.h"

#include "workload/source.h"

#define PARALLEL 4
#define SEEN 65536
#define RATE_MPS (1000 * INT64_C(1000)) /* one record per ms */

struct seen {
    uint64_t id;
    int64_t due_ns, emitted_ns, event_ms;
};

static struct block_pool pool;
static struct yard yard;
static struct schedule_spec spec;
static struct source source[PARALLEL];
static struct link link_of[PARALLEL];
static struct link *link_list[PARALLEL];
static struct block *open_list[PARALLEL];
static int sources;
static struct seen seen[SEEN];
static uint32_t seen_count;

static struct {
    int64_t credit; /* records that may still be emitted */
    uint64_t emitted, refused;
    uint32_t cost;
} host = {.credit = INT64_MAX};

static bool admit(void *self, uint64_t pos, uint32_t cost)
{
    (void)self;
    (void)pos;
    cr_assert(cost > 0);
    host.refused += host.credit == 0;
    return host.credit > 0;
}

static void emitted(void *self, uint64_t pos, uint64_t key, uint32_t cost)
{
    (void)self;
    (void)pos;
    (void)key;
    host.credit--;
    host.emitted++;
    host.cost = cost;
}

static struct source_config config(void)
{
    return (struct source_config){.nexmark = {.profile = NEXMARK_MIX, .group = 1},
                                  .text = true,
                                  .sources = 1,
                                  .instances = 1,
                                  .pos_limit = UINT64_MAX};
}

static void add(const struct source_config *c, uint32_t link_limit)
{
    int i = sources++;
    if (i == 0)
        kit_pool(&pool, 200, 64 * 1024);
    if (spec.count == 0) {
        spec.count = 1;
        spec.step[0] = (struct schedule_step){.kind = STEP_RATE, .rate_mps = RATE_MPS};
    }
    struct source_host h = {&host, admit, emitted};
    source_init(&source[i], c, &spec, &h, &pool, 0);
    link_init(&link_of[i], link_limit);
    link_list[i] = &link_of[i];
    outlet_add(&source[i].out, SHIP_FORWARD, false, &link_list[i], &open_list[i], 1);
    link_of[i].producer = yard_add(&yard, "source", &source[i], source_step, source_due);
}

/* `parallel` instances of one fair source. */
static void add_fair(uint32_t parallel, uint64_t pos_limit)
{
    for (uint32_t i = 0; i < parallel; i++) {
        struct source_config c = config();
        c.instance = i;
        c.instances = parallel;
        c.pos_limit = pos_limit;
        add(&c, SEEN);
    }
}

static void drain(void)
{
    for (int i = 0; i < sources; i++)
        for (struct block *b; (b = link_pop(&link_of[i])) != NULL; block_pool_give(&pool, b))
            for (uint32_t r = 0; r < b->count; r++) {
                cr_assert(seen_count < SEEN);
                seen[seen_count++] =
                    (struct seen){b->id[r], b->due[r], b->emitted[r], b->event_time[r]};
                cr_assert_eq(b->tag[r], record_tag(b->id[r], b->slab + b->offset[r], b->length[r]));
            }
}

/* Runs on, emptying the links every ms as a consumer would. */
static void run(int64_t until_ns)
{
    while (yard.now_ns < until_ns) {
        int64_t next = yard.now_ns + MS;
        yard_run(&yard, next < until_ns ? next : until_ns);
        drain();
    }
}

static int by_id(const void *a, const void *b)
{
    uint64_t x = ((const struct seen *)a)->id, y = ((const struct seen *)b)->id;
    return x < y ? -1 : x > y;
}

static void sort_seen(void) { qsort(seen, seen_count, sizeof *seen, by_id); }

static uint64_t backlog(void)
{
    uint64_t n = 0;
    for (int i = 0; i < sources; i++)
        n += source_backlog(&source[i], yard.now_ns);
    return n;
}

/* ---- what is due ---- */

Test(source, it_emits_exactly_what_is_due_when_it_is_due)
{
    struct source_config c = config();
    add(&c, SEEN);
    run(100 * MS);
    cr_assert_eq(seen_count, 101u, "0 to 100 ms");
    for (uint32_t i = 0; i < seen_count; i++) {
        cr_assert_eq(seen[i].id, record_id(0, i));
        cr_assert_eq(seen[i].due_ns, i * MS);
        cr_assert_eq(seen[i].emitted_ns, i * MS);
        cr_assert_eq(seen[i].event_ms, i);
    }
    cr_assert_eq(backlog(), 0u);
}

Test(source, at_high_rates_records_leave_together)
{
    spec.count = 1;
    spec.step[0] = (struct schedule_step){.kind = STEP_RATE, .rate_mps = 1000 * RATE_MPS};
    struct source_config c = config();
    add(&c, SEEN);
    while (yard.now_ns < 10 * MS) {
        yard_run(&yard, yard.now_ns + MS / 2);
        drain();
    }
    cr_assert(seen_count > 9800 && seen_count <= 10001);
    cr_assert(yard.steps < 1000, "%llu steps", (unsigned long long)yard.steps);
    for (uint32_t i = 0; i < seen_count; i++)
        cr_assert(seen[i].emitted_ns - seen[i].due_ns <= SOURCE_GAP_NS && seen[i].id == i);
}

Test(source, base_time_is_added_to_event_times)
{
    struct source_config c = config();
    c.base_time_ms = 1700000000000;
    add(&c, SEEN);
    run(3 * MS);
    cr_assert_eq(seen[3].event_ms, 1700000000003);
}

Test(source, fair_instances_share_one_schedule)
{
    add_fair(3, UINT64_MAX);
    run(99 * MS);
    sort_seen();
    cr_assert_eq(seen_count, 100u);
    for (uint32_t i = 0; i < seen_count; i++) {
        cr_assert_eq(seen[i].id, i);
        cr_assert_eq(seen[i].due_ns, i * MS);
        cr_assert_eq(seen[i].emitted_ns, i * MS);
    }
    for (int i = 0; i < 3; i++)
        cr_assert(source[i].emitted == 33 || source[i].emitted == 34);
}

Test(source, unfair_instances_emit_the_full_rate_each)
{
    for (uint32_t i = 0; i < 3; i++) {
        struct source_config c = config();
        c.index = i;
        c.sources = 3;
        add(&c, SEEN);
    }
    run(99 * MS);
    sort_seen();
    cr_assert_eq(seen_count, 300u);
    for (uint32_t i = 0; i < 300; i++) {
        cr_assert_eq(seen[i].id, record_id(i / 100, i % 100));
        cr_assert_eq(seen[i].due_ns, i % 100 * MS);
    }
}

/* What n instances emit together is what one would, whatever happens to the rate. */
static void intervene(uint32_t parallel)
{
    static const struct {
        int64_t at_ns;
        int64_t rate_mps;
    } changes[] = {{10 * MS + 300000, 7 * RATE_MPS},
                   {20 * MS + 700001, RATE_MPS / 3},
                   {60 * MS + 1, 2 * RATE_MPS},
                   {61 * MS, 5 * RATE_MPS}};
    add_fair(parallel, UINT64_MAX);
    for (size_t k = 0; k < sizeof changes / sizeof *changes; k++) {
        run(changes[k].at_ns);
        for (int i = 0; i < sources; i++) {
            int handle;
            cr_assert_eq(
                schedule_set_rate(&source[i].schedule, yard.now_ns, changes[k].rate_mps, &handle),
                0);
        }
        yard.ready = UINT64_MAX;
    }
    run(80 * MS);
    sort_seen();
}

Test(source, a_change_of_rate_means_the_same_to_one_and_to_many)
{
    static struct seen alone[SEEN];
    intervene(1);
    uint32_t count = seen_count;
    memcpy(alone, seen, sizeof alone);
    for (uint32_t parallel = 2; parallel <= PARALLEL; parallel++) {
        kit_free();
        memset(&yard, 0, sizeof yard);
        memset(open_list, 0, sizeof open_list);
        sources = 0;
        seen_count = 0;
        intervene(parallel);
        cr_assert_eq(seen_count, count, "%u instances: %u records, alone %u", parallel, seen_count,
                     count);
        for (uint32_t i = 0; i < count; i++) {
            cr_assert_eq(seen[i].id, alone[i].id);
            cr_assert_eq(seen[i].due_ns, alone[i].due_ns,
                         "%u instances: record %u due at %lld, "
                         "alone at %lld",
                         parallel, i, (long long)seen[i].due_ns, (long long)alone[i].due_ns);
            cr_assert_eq(seen[i].event_ms, alone[i].event_ms);
        }
    }
}

Test(source, a_pause_stops_it_and_shifts_what_is_to_come)
{
    add_fair(2, UINT64_MAX);
    run(10 * MS);
    for (int i = 0; i < 2; i++)
        schedule_pause(&source[i].schedule, yard.now_ns);
    yard.ready = UINT64_MAX;
    run(50 * MS);
    cr_assert_eq(seen_count, 11u);
    cr_assert_eq(backlog(), 0u);
    for (int i = 0; i < 2; i++)
        schedule_resume(&source[i].schedule, yard.now_ns);
    yard.ready = UINT64_MAX;
    run(60 * MS);
    sort_seen();
    cr_assert_eq(seen_count, 21u);
    cr_assert_eq(seen[11].due_ns, 51 * MS);
    cr_assert_eq(seen[11].event_ms, 11, "event time has no pauses");
}

/* ---- limits ---- */

Test(source, it_ends_at_its_limit_and_ends_its_links)
{
    struct source_config c = config();
    c.pos_limit = 5;
    add(&c, SEEN);
    run(20 * MS);
    cr_assert_eq(seen_count, 5u);
    cr_assert(source[0].ended && link_done(&link_of[0]));
    cr_assert_eq(source_due(&source[0]), TIME_NEVER);
    cr_assert_eq(backlog(), 0u);
    cr_assert_eq(pool.free_count, pool.count);
}

Test(source, a_limit_counts_positions_over_all_instances)
{
    for (uint64_t limit = 0; limit < 12; limit++) {
        kit_free();
        memset(&yard, 0, sizeof yard);
        memset(open_list, 0, sizeof open_list);
        sources = 0;
        seen_count = 0;
        add_fair(3, limit);
        yard.now_ns = 0;
        yard_settle(&yard);
        drain();
        uint64_t early = seen_count;
        yard.now_ns = 0;
        cr_assert_eq(backlog() + early, limit > 0, "at 0 ms one record is due");
        run(30 * MS);
        cr_assert_eq(seen_count, limit);
        for (int i = 0; i < 3; i++)
            cr_assert(source[i].ended, "instance %d of limit %llu", i, (unsigned long long)limit);
    }
}

Test(source, a_limit_counts_positions_over_all_sources)
{
    for (uint32_t i = 0; i < 2; i++) {
        struct source_config c = config();
        c.index = i;
        c.sources = 2;
        c.pos_limit = 7;
        add(&c, SEEN);
    }
    run(30 * MS);
    sort_seen();
    cr_assert_eq(seen_count, 7u);
    cr_assert_eq(seen[3].id, record_id(0, 3), "4 of the first");
    cr_assert_eq(seen[6].id, record_id(1, 2), "3 of the second");
    cr_assert_eq(backlog(), 0u);
}

Test(source, a_limit_that_is_far_off_in_time_still_ends_at_once_when_it_is_reached)
{
    add_fair(2, 3);
    run(2 * MS);
    cr_assert_eq(seen_count, 3u);
    cr_assert(source[0].ended && source[1].ended);
}

/* ---- back-pressure ---- */

Test(source, refused_admission_is_backlog_and_moves_no_due_time)
{
    struct source_config c = config();
    add(&c, SEEN);
    host.credit = 10;
    run(100 * MS);
    cr_assert_eq(seen_count, 10u);
    cr_assert_eq(backlog(), 91u);
    cr_assert_eq(yard_next(&yard), TIME_NEVER, "it waits for credit, not for time");
    struct task_share s = task_time_share(&source[0].time, yard.now_ns);
    cr_assert_eq(s.backpressured_ns, 90 * MS, "blocked since record 10 was due");
    host.credit = INT64_MAX;
    yard.ready = 1;
    yard_settle(&yard);
    drain();
    cr_assert_eq(seen_count, 101u);
    for (uint32_t i = 0; i < seen_count; i++)
        cr_assert_eq(seen[i].due_ns, i * MS);
    cr_assert_eq(seen[100].emitted_ns, 100 * MS);
    cr_assert_eq(seen[50].emitted_ns, 100 * MS);
}

Test(source, a_full_link_is_backlog_and_the_pop_wakes_it)
{
    struct source_config c = config();
    add(&c, 1);
    yard_run(&yard, 2000 * MS);
    uint64_t held = link_of[0].records + outlet_pending(&source[0].out);
    cr_assert(held < 500);
    cr_assert_eq(held + backlog(), 2001u);
    cr_assert(source[0].blocked);
    for (int i = 0; i < 2000 && backlog() > 0; i++) {
        drain();
        yard_settle(&yard);
    }
    cr_assert_eq(backlog(), 0u);
    drain();
    yard_settle(&yard);
    drain();
    yard_settle(&yard);
    drain();
    cr_assert_eq(seen_count, 2001u);
    for (uint32_t i = 0; i < seen_count; i++)
        cr_assert(seen[i].id == i && seen[i].due_ns == i * MS);
}

Test(source, the_price_told_is_what_the_row_box_will_take)
{
    static struct rowbox box;
    kit_box(&box, 256);
    struct source_config c = config();
    add(&c, SEEN);
    for (int i = 0; i < 200; i++) {
        yard_run(&yard, i * MS);
        struct block *b = link_pop(&link_of[0]);
        cr_assert(b && b->count == 1);
        cr_assert_eq(host.cost, record_cost(b->length[0]));
        uint32_t h = rowbox_put(&box, b, 0);
        cr_assert_leq(box.used, host.cost);
        block_clear(b);
        rowbox_take(&box, h, b);
        block_pool_give(&pool, b);
    }
}

/* ---- cost and kill ---- */

Test(source, a_paced_source_emits_no_faster_than_its_cost)
{
    struct source_config c = config();
    c.cost_ns = 4 * MS;
    add(&c, SEEN);
    run(100 * MS);
    cr_assert_eq(seen_count, 26u);
    for (uint32_t i = 0; i < seen_count; i++)
        cr_assert_eq(seen[i].emitted_ns, 4 * i * MS);
    cr_assert_eq(backlog(), 75u);
    struct task_share s = task_time_share(&source[0].time, 100 * MS);
    cr_assert_eq(s.busy_ns, 100 * MS);
}

Test(source, a_paced_source_does_not_make_up_for_time_it_was_blocked)
{
    struct source_config c = config();
    c.cost_ns = 4 * MS;
    add(&c, SEEN);
    host.credit = 0;
    run(100 * MS);
    host.credit = INT64_MAX;
    yard.ready = 1;
    run(120 * MS);
    cr_assert_eq(seen_count, 6u, "%u records in 20 ms", seen_count);
}

Test(source, a_killed_source_is_down_and_leaves_a_backlog)
{
    struct source_config c = config();
    add(&c, SEEN);
    run(10 * MS);
    source_kill(&source[0], yard.now_ns);
    yard.ready = 1;
    run(10 * MS + TASK_RESTART_NS - 1);
    cr_assert_eq(seen_count, 11u);
    cr_assert_eq(backlog(), 999u);
    run(10 * MS + TASK_RESTART_NS + MS);
    cr_assert_eq(backlog(), 0u);
    cr_assert_eq(seen_count, 1012u);
    for (uint32_t i = 0; i < seen_count; i++)
        cr_assert_eq(seen[i].due_ns, i * MS);
}

Test(source, a_killed_paced_source_does_not_make_up_for_its_absence)
{
    struct source_config c = config();
    c.cost_ns = 4 * MS;
    add(&c, SEEN);
    source_kill(&source[0], 0);
    run(TASK_RESTART_NS + 20 * MS);
    cr_assert_eq(seen_count, 6u, "%u records in 20 ms", seen_count);
}

/* ---- watermark ---- */

Test(source, its_watermark_is_the_time_of_its_last_record_and_never_early)
{
    struct source_config c = config();
    add(&c, 10);
    spec.step[0].rate_mps = 50 * RATE_MPS;
    int64_t low = INT64_MIN;
    for (int64_t now = 0; now < 500 * MS; now += 3 * MS) {
        yard_run(&yard, now);
        struct block *b = link_pop(&link_of[0]);
        for (uint32_t r = 0; b && r < b->count; r++)
            cr_assert(b->event_time[r] >= low);
        if (b) {
            cr_assert_eq(b->watermark_ms, b->event_time[b->count - 1]);
            low = b->watermark_ms;
            block_pool_give(&pool, b);
        }
    }
}

/* ---- a feed of another kind ---- */

/* Records that come at given times, then none. */
static struct {
    int64_t come_ns[64];
    uint64_t count;
    int asked;
} input;

static enum feed_state input_look(void *self, uint64_t seq, uint32_t *room)
{
    (void)self;
    input.asked++;
    *room = 3;
    if (seq >= input.count)
        return FEED_ENDS;
    return yard.now_ns >= input.come_ns[seq] ? FEED_HAS : FEED_WAITS;
}

static void input_begin(void *self, uint64_t seq, int64_t ms, int64_t horizon_ms,
                        struct feed_row *row)
{
    (void)self;
    (void)ms;
    (void)horizon_ms;
    *row = (struct feed_row){.key = seq, .flags = seq == 2 ? ROW_DEAD : 0, .reason = 5};
}

static uint32_t input_text(void *self, unsigned char *dst)
{
    (void)self;
    memcpy(dst, "abc", 3);
    return 3;
}

static void add_input(uint64_t count)
{
    struct source_config c = config();
    c.feed = (struct feed){&input, input_look, input_begin, input_text};
    input.count = count;
    add(&c, SEEN);
}

Test(source, it_ends_where_its_feed_ends)
{
    add_input(5);
    run(20 * MS);
    cr_assert_eq(seen_count, 5u);
    cr_assert(source[0].ended);
    cr_assert_eq(backlog(), 0u);
    for (uint32_t i = 0; i < 5; i++)
        cr_assert_eq(seen[i].due_ns, i * MS);
}

Test(source, a_record_that_comes_late_is_due_when_it_comes_and_no_crowd_follows)
{
    add_input(8);
    for (int i = 3; i < 8; i++)
        input.come_ns[i] = 1000 * MS; /* the input falls silent after three records */
    run(900 * MS);
    cr_assert_eq(seen_count, 3u);
    cr_assert_eq(backlog(), 0u, "what has not come is no backlog");
    run(1100 * MS);
    cr_assert_eq(seen_count, 8u);
    for (uint32_t i = 3; i < 8; i++) {
        cr_assert(seen[i].due_ns >= 1000 * MS &&
                  seen[i].due_ns <= 1000 * MS + SOURCE_ASK_NS + i * MS);
        cr_assert_eq(seen[i].due_ns - seen[3].due_ns, (i - 3) * MS);
        cr_assert_eq(seen[i].event_ms, i, "event time is the schedule's");
    }
    cr_assert_lt(input.asked, 700, "a silent input is asked now and then");
}

Test(source, a_first_record_that_comes_late_moves_them_all)
{
    add_input(3);
    input.come_ns[0] = 50 * MS;
    run(100 * MS);
    cr_assert_eq(seen_count, 3u);
    cr_assert_eq(seen[0].due_ns, seen[0].emitted_ns);
    cr_assert_eq(seen[2].due_ns - seen[0].due_ns, 2 * MS);
}
