/* The parts put together: source, two tasks that burst, the remote lane, an end that
 * checks. Small links and slots, a platform in every mood, kills at any time: the
 * ledger balances at every moment, the run comes to its end, nothing is left over. */
#include "tests/lib/fake_transport.h"
#include "tests/lib/flow_kit.h"
#include "tests/lib/yard.h"

#include "base/hist.h"
#include "burst/dispatch.h"
#include "burst/lane.h"
#include "flow/ledger.h"
#include "flow/op.h"
#include "workload/source.h"

#define TASKS 2
#define RECORDS 600
#define COST (3 * MS)
#define CALL (20 * MS)

struct end {
    struct link **in;
    uint32_t inputs;
    int64_t blocked_until_ns;
    uint64_t emitted, emitted_end, rows, dead;
};

static struct block_pool pool;
static struct rowbox box;
static struct yard yard;
static struct schedule_spec spec;
static struct source source;
static struct task task[TASKS];
static struct lane lane;
static struct fake_transport fake;
static struct ledger ledger;
static struct twins twins;
static struct dispatch dispatch[TASKS];
static struct end end;
static struct op_tokenize tokenize;
static struct knobs knobs;
static struct hist call_hist;
/* to task, to lane, back to task, task to end, lane to end */
static struct link to_task[TASKS], to_lane[TASKS], back[TASKS], task_end[TASKS], lane_end;
static struct link *source_links[TASKS], *task_in[TASKS][2], *task_remote[TASKS][1],
    *task_out[TASKS][1], *lane_in[TASKS], *lane_back[TASKS], *lane_out[1], *end_in[TASKS + 1];
static struct block *open_source[TASKS], *open_remote[TASKS][1], *open_task[TASKS][1],
    *open_back[TASKS], *open_lane[1];

/* ---- the end ---- */

static bool end_step(void *self, int64_t now_ns)
{
    struct end *e = self;
    for (uint32_t i = 0; i < e->inputs && now_ns >= e->blocked_until_ns; i++)
        for (struct block *b; (b = link_pop(e->in[i])) != NULL; block_pool_give(&pool, b))
            for (uint32_t r = 0; r < b->count; r++) {
                if (twins_arrive(&twins, b->id[r]))
                    continue;
                bool dead = b->flags[r] & ROW_DEAD;
                cr_assert_eq(ledger_settle(&ledger, b->id[r], dead, e->emitted_end), LEDGER_FIRST);
                cr_assert_eq(record_tag(b->id[r], b->slab + b->offset[r], b->length[r]), b->tag[r]);
                cr_assert(dead || (b->flags[r] & ROW_TOKENS));
                cr_assert(dead || b->token_end[r] > block_first_span(b, r));
                if (b->has_parts) {
                    struct parts p = b->parts[r];
                    int64_t rest = now_ns - b->emitted[r] - p.fill - p.call - p.service - p.order;
                    cr_assert(p.fill >= 0 && p.call >= 0 && p.service >= 0 && rest >= -1,
                              "parts of %llu: fill %lld call %lld service %lld of %lld",
                              (unsigned long long)b->id[r], (long long)p.fill, (long long)p.call,
                              (long long)p.service, (long long)(now_ns - b->emitted[r]));
                }
                e->rows++;
                e->dead += dead;
            }
    return false;
}

static int64_t end_due(const void *self)
{
    const struct end *e = self;
    return yard.now_ns < e->blocked_until_ns ? e->blocked_until_ns : TIME_NEVER;
}

/* ---- the source's host ---- */

static bool admit(void *self, uint64_t pos, uint32_t cost)
{
    (void)self;
    (void)cost;
    return ledger_admits(&ledger, pos);
}

static void emitted(void *self, uint64_t pos, uint64_t key, uint32_t cost)
{
    (void)self;
    (void)key;
    (void)cost;
    end.emitted++;
    end.emitted_end = pos + 1;
}

/* ---- the whole ---- */

static void connect(struct link *l, struct link **a, struct link **b, uint32_t limit, int from,
                    int to)
{
    link_init(l, limit);
    l->producer = yard_wake(&yard, from);
    l->consumer = yard_wake(&yard, to);
    *a = *b = l;
}

enum { SOURCE, TASK0, TASK1, LANE, END };

static void build_source(void)
{
    struct source_config c = {.nexmark = {.profile = NEXMARK_MIX, .group = 1},
                              .text = true,
                              .sources = 1,
                              .instances = 1,
                              .pos_limit = RECORDS};
    struct source_host h = {NULL, admit, emitted};
    spec.count = 1;
    spec.step[0] = (struct schedule_step){.kind = STEP_RATE, .rate_mps = 1000000};
    source_init(&source, &c, &spec, &h, &pool, 0);
    yard_add(&yard, "source", &source, source_step, source_due);
}

static void build_task(int i, struct prng *p, bool no_local)
{
    struct task_config c = {no_local || prng_below(p, 4) == 0 ? 0 : COST, 100000,
                            1 + (uint32_t)prng_below(p, 3), 3, (uint64_t)i};
    task_init(&task[i], kit_memory(task_bytes(&c)), &c, &pool, &box, 0);
    dispatch[i] = (struct dispatch){.fraction_ppm = (int64_t)prng_below(p, PPM_ONE + 1),
                                    .overflow = (enum overflow)prng_below(p, 2),
                                    .only_remote = no_local,
                                    .credit = &lane.credit};
    task[i].divert = (struct divert){&dispatch[i], dispatch_way};
    if (!no_local)
        task[i].chain[task[i].chain_count++] = (struct op_step){op_tokenize_apply, &tokenize};
    yard_add(&yard, i ? "task 1" : "task 0", &task[i], task_step, task_due);
}

static void build_lane(struct prng *p, bool no_local)
{
    struct lane_config c = {.calls_max = 1 + (uint32_t)prng_below(p, 4),
                            .blocks_max = 3 + (uint32_t)prng_below(p, 9),
                            .has_local = !no_local,
                            .seed = 5};
    fake_open(&fake, CALL);
    fake.late_answers = prng_below(p, 2);
    lane_init(&lane, kit_memory(lane_bytes(&c)), &c, &fake.face, &pool, 0);
    knobs_init(&knobs);
    lane.batch = knobs.value[KNOB_BATCH] = 1 + (int64_t)prng_below(p, 12);
    lane.knobs = &knobs;
    lane.batch_policy = batch_policy_all[0];
    lane.batch_policy->init(&lane.batch_state, &knobs, 0);
    lane.linger_ns = (int64_t)prng_below(p, 10) * MS;
    lane.timeout_ns = 4 * CALL;
    lane.concurrency = c.calls_max;
    lane.call_hist = &call_hist;
    yard_add(&yard, "lane", &lane, lane_step, lane_due);
}

static void wire(struct prng *p, bool no_local)
{
    enum ship ship = prng_below(p, 2) ? SHIP_REBALANCE : SHIP_HASH;
    for (int i = 0; i < TASKS; i++) {
        int t = TASK0 + i;
        connect(&to_task[i], &source_links[i], &task_in[i][0], 1 + (uint32_t)prng_below(p, 4),
                SOURCE, t);
        connect(&to_lane[i], &task_remote[i][0], &lane_in[i], 1 + (uint32_t)prng_below(p, 4), t,
                LANE);
        connect(&back[i], &lane_back[i], &task_in[i][1], 1 + (uint32_t)prng_below(p, 4), LANE, t);
        connect(&task_end[i], &task_out[i][0], &end_in[i], 1 + (uint32_t)prng_below(p, 4), t, END);
        outlet_add(&task[i].out, SHIP_FORWARD, false, task_out[i], open_task[i], 1);
        outlet_add(&task[i].remote, SHIP_REBALANCE, false, task_remote[i], open_remote[i], 1);
        task[i].in = task_in[i];
        task[i].inputs = 1;
        task[i].fallbacks = !no_local;
        task_ready(&task[i]);
    }
    connect(&lane_end, &lane_out[0], &end_in[TASKS], 1 + (uint32_t)prng_below(p, 4), LANE, END);
    outlet_add(&source.out, ship, prng_below(p, 2), source_links, open_source, TASKS);
    outlet_add(&lane.out, SHIP_REBALANCE, false, lane_out, open_lane, 1);
    if (!no_local)
        outlet_add(&lane.fallback, SHIP_REBALANCE, prng_below(p, 2), lane_back, open_back, TASKS);
    lane.in = lane_in;
    lane.inputs = TASKS;
    end.in = end_in;
    end.inputs = TASKS + 1;
    yard_add(&yard, "end", &end, end_step, end_due);
}

static void build(struct prng *p)
{
    bool no_local = prng_below(p, 4) == 0;
    kit_free();
    memset(&yard, 0, sizeof yard);
    memset(&end, 0, sizeof end);
    memset(&twins, 0, sizeof twins);
    kit_pool(&pool, 128, 8192);
    kit_box(&box, 8192);
    tokenize.tokenize = tokenize_select("");
    ledger_init(&ledger, kit_memory(ledger_bytes(1024)), 1024, 1, 1);
    build_source();
    for (int i = 0; i < TASKS; i++)
        build_task(i, p, no_local);
    build_lane(p, no_local);
    wire(p, no_local);
}

/* ---- random lives ---- */

static enum answer_status mood(struct prng *p)
{
    return prng_below(p, 2) ? ANSWER_OK : (enum answer_status)prng_below(p, ANSWER_STATUS_COUNT);
}

static void meddle(struct prng *p)
{
    int64_t now = yard.now_ns;
    struct task *t = &task[prng_below(p, TASKS)];
    switch (prng_below(p, 10)) {
    case 0:
        task_kill(t, (int64_t)prng_below(p, 3), now);
        break;
    case 1:
        if (prng_below(p, 4) == 0)
            task_kill(t, -1, now);
        break;
    case 2:
        task_set_slots(t, 1 + (uint32_t)prng_below(p, 3), now);
        break;
    case 3:
        lane_kill(&lane, now);
        break;
    case 4:
        end.blocked_until_ns = now + (int64_t)prng_below(p, 5) * CALL;
        break;
    case 5:
        if (prng_below(p, 8) == 0)
            source_kill(&source, now);
        break;
    default: /* a second copy of the oldest record that is out */
        if (ledger.low < end.emitted_end)
            lane_duplicate(&lane, ledger_id(&ledger, ledger.low), INT64_MAX, &twins, now);
        return; /* the sink does this, and wakes nobody */
    }
    yard.ready = UINT64_MAX;
}

static uint64_t in_flight(void)
{
    uint64_t n = outlet_pending(&source.out) + lane_in_flight(&lane) + lane_queue(&lane);
    for (int i = 0; i < TASKS; i++)
        n += task_in_flight(&task[i]) + task_queue(&task[i]) + task_end[i].records;
    return n + lane_end.records - twins.count;
}

static void live(uint64_t seed)
{
    struct prng p = prng_split(seed, 0);
    build(&p);
    bool done = false;
    for (int n = 0; !done; n++) {
        bool wild = n < 150;
        fake.usual = (struct fake_line){
            wild ? mood(&p) : ANSWER_OK,
            !wild || prng_below(&p, 20) ? (int64_t)prng_below(&p, 3 * CALL) : FAKE_NEVER, 0, 1,
            wild && prng_below(&p, 10) == 0};
        if (wild)
            meddle(&p);
        yard_run(&yard, yard.now_ns + (int64_t)prng_below(&p, CALL));
        cr_assert_eq(end.emitted, ledger.out + ledger.dead + in_flight(),
                     "seed %llu: in %llu, out %llu, dead %llu, in flight %llu",
                     (unsigned long long)seed, (unsigned long long)end.emitted,
                     (unsigned long long)ledger.out, (unsigned long long)ledger.dead,
                     (unsigned long long)in_flight());
        done = true;
        for (uint32_t i = 0; i < end.inputs; i++)
            done = done && link_done(end_in[i]);
        cr_assert(n < 20000, "seed %llu: %llu of %d came to the end", (unsigned long long)seed,
                  (unsigned long long)end.rows, RECORDS);
    }
    cr_assert_eq(end.rows, RECORDS);
    cr_assert_eq(twins.count, 0u);
    cr_assert(source.ended && task[0].ended && task[1].ended && lane.ended);
    cr_assert_eq(box.used, 0u, "seed %llu: the row box keeps %u chunks", (unsigned long long)seed,
                 box.used);
    cr_assert_eq(pool.free_count, pool.count, "seed %llu: %u blocks are missing",
                 (unsigned long long)seed, pool.count - pool.free_count);
    if (lane.config.has_local)
        cr_assert_eq(end.dead, 0u);
}

Test(pipeline, every_record_comes_to_its_end_once, .timeout = 100)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        live(seed);
}

Test(pipeline, the_same_seed_gives_the_same_run)
{
    live(7);
    uint64_t steps = yard.steps;
    int64_t now = yard.now_ns;
    int calls = fake.calls;
    live(7);
    cr_assert_eq(yard.steps, steps);
    cr_assert_eq(yard.now_ns, now);
    cr_assert_eq(fake.calls, calls);
}
