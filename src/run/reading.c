#include "run/engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Readings: everything the screen and the reports show, as one plain struct. */

struct task_share member_share(const struct member *m, int64_t now_ns)
{
    switch (m->kind) {
    case MEMBER_SOURCE:
        return task_time_share(&m->is.source->time, now_ns);
    case MEMBER_TASK:
        return task_time_share(&m->is.task->time, now_ns);
    case MEMBER_LANE:
        return task_time_share(&m->is.lane->time, now_ns);
    case MEMBER_SINK:
        break;
    }
    return task_time_share(&m->is.sink->time, now_ns);
}

static int64_t member_queue(const struct member *m)
{
    if (m->kind == MEMBER_TASK)
        return task_queue(m->is.task);
    if (m->kind == MEMBER_LANE)
        return lane_queue(m->is.lane);
    return m->kind == MEMBER_SINK ? sink_queue(m->is.sink) : 0;
}

static int64_t member_held(const struct member *m)
{
    if (m->kind == MEMBER_SOURCE)
        return outlet_pending(&m->is.source->out);
    if (m->kind == MEMBER_TASK)
        return task_in_flight(m->is.task);
    return m->kind == MEMBER_LANE ? lane_in_flight(m->is.lane) : sink_in_flight(m->is.sink);
}

static uint64_t member_in(const struct member *m)
{
    if (m->kind == MEMBER_SOURCE)
        return m->is.source->emitted;
    if (m->kind == MEMBER_TASK)
        return m->is.task->in_count;
    return m->kind == MEMBER_LANE ? m->is.lane->in_count : m->is.sink->in_count;
}

static uint64_t member_out(const struct member *m)
{
    if (m->kind == MEMBER_SOURCE)
        return m->is.source->out.passed;
    if (m->kind == MEMBER_TASK)
        return m->is.task->out.passed;
    return m->kind == MEMBER_LANE ? m->is.lane->out.passed : m->is.sink->tally.count;
}

static int64_t member_watermark(const struct member *m)
{
    if (m->kind == MEMBER_SOURCE)
        return m->is.source->watermark_ms;
    if (m->kind == MEMBER_TASK)
        return m->is.task->out.watermark_ms;
    if (m->kind == MEMBER_LANE)
        return m->is.lane->out.watermark_ms;
    int64_t low = INT64_MAX;
    for (uint32_t i = 0; i < m->is.sink->inputs; i++)
        if (m->is.sink->in[i]->watermark_ms < low)
            low = m->is.sink->in[i]->watermark_ms;
    return low;
}

static const struct outlet *member_outlet(const struct member *m)
{
    if (m->kind == MEMBER_SOURCE)
        return &m->is.source->out;
    if (m->kind == MEMBER_TASK)
        return &m->is.task->out;
    return m->kind == MEMBER_LANE ? &m->is.lane->out : NULL;
}

/* In flight: counted where records are, never by subtraction. What a vertex holds
 * is weighted by the deliveries that it still owes at the sink; queues belong to
 * the vertex that reads them; rows ready to leave owe what their edge leads to. In
 * deliveries. */
static int64_t in_flight_deliveries(const struct sp_engine *g)
{
    int64_t n = 0;
    for (int i = 0; i < g->member_count; i++) {
        const struct member *m = &g->member[i];
        const struct vertex *v = &g->vertex[m->vertex];
        const struct outlet *o = member_outlet(m);
        int64_t inside = member_queue(m) + member_held(m) - (o ? outlet_pending(o) : 0);
        n += inside * v->weight + (o ? (int64_t)outlet_owed(o) : 0);
    }
    return n - g->twins.count;
}

int64_t engine_in_flight(const struct sp_engine *g)
{
    int64_t n = in_flight_deliveries(g);
    if (g->ledger.copies == 1)
        return n;
    /* Several copies: a record is in flight while any of its deliveries is due. */
    return n == (int64_t)(g->emitted * g->ledger.copies - g->ledger.deliveries)
               ? (int64_t)(g->emitted - g->ledger.out - g->ledger.dead)
               : n / g->ledger.copies;
}

uint64_t engine_backlog(struct sp_engine *g, int64_t now_ns)
{
    uint64_t n = 0;
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            n += source_backlog(g->member[i].is.source, now_ns);
    return n;
}

/* ---- one second back ------------------------------------------------------------------- */

static struct mark *mark_at(struct sp_engine *g, uint64_t number)
{
    return &g->mark[number % ENGINE_MARKS];
}

static const struct mark *oldest_mark(struct sp_engine *g)
{
    uint64_t first = g->marks > ENGINE_MARKS - 2 ? g->marks - (ENGINE_MARKS - 2) : 0;
    return mark_at(g, first);
}

void reading_mark(struct sp_engine *g, struct mark *k, int64_t now_ns)
{
    k->now_ns = now_ns;
    k->emitted = g->emitted;
    k->out = g->ledger.out;
    k->due = g->emitted + engine_backlog(g, now_ns);
    k->remote = k->dispatched = 0;
    for (int i = 0; i < g->dispatches; i++) {
        k->remote += g->dispatch[i].remote;
        k->dispatched += g->dispatch[i].remote + g->dispatch[i].local;
    }
    k->calls = g->lane ? g->lane->batches : 0;
    k->call_records = g->lane ? g->lane->in_count : 0;
    memset(k->vertex_in, 0, sizeof k->vertex_in);
    memset(k->vertex_out, 0, sizeof k->vertex_out);
    for (int i = 0; i < g->member_count; i++) {
        k->vertex_in[g->member[i].vertex] += member_in(&g->member[i]);
        k->vertex_out[g->member[i].vertex] += member_out(&g->member[i]);
    }
    k->tally = g->sink->tally;
    k->latency = g->sink->latency;
    k->call = g->call_hist;
}

/* ---- figures ------------------------------------------------------------------------------ */

static struct sp_latency figures(const struct hist *h)
{
    return (struct sp_latency){
        .count = h->count,
        .mean = hist_mean(h),
        .p50 = hist_quantile(h, 500000),
        .p90 = hist_quantile(h, 900000),
        .p99 = hist_quantile(h, 990000),
        .p999 = hist_quantile(h, 999000),
        .max = h->max,
    };
}

struct sp_latency reading_since(const struct hist *now, const struct hist *then)
{
    static _Thread_local struct hist d; /* too large for a stack frame */
    d = *now;
    hist_subtract(&d, then);
    return figures(&d);
}

static double mean_of(i128 sum, i128 before, uint64_t n)
{
    return n ? (double)(int64_t)((sum - before) / (int64_t)n) : 0;
}

static struct sp_parts parts_since(const struct tally *t, const struct tally *b)
{
    uint64_t n = t->count - b->count;
    return (struct sp_parts){
        .backlog = mean_of(t->backlog, b->backlog, n),
        .queue = mean_of(t->queue, b->queue, n),
        .fill = mean_of(t->fill, b->fill, n),
        .call = mean_of(t->call, b->call, n),
        .service = mean_of(t->service, b->service, n),
        .order = mean_of(t->order, b->order, n),
    };
}

/* A reading right after the start has hardly any time to divide by: it counts as a
 * whole tick, so a first record is not a rate of millions. */
static double per_second(uint64_t now, uint64_t then, int64_t dt_ns)
{
    int64_t span_ns = dt_ns > ENGINE_TICK_NS ? dt_ns : ENGINE_TICK_NS;
    return (double)(now - then) * 1e9 / (double)span_ns;
}

static enum sp_level level_of(double ms_per_s)
{
    if (ms_per_s <= 100)
        return SP_BP_OK;
    return ms_per_s <= 500 ? SP_BP_LOW : SP_BP_HIGH;
}

/* ---- members and vertices ------------------------------------------------------------------ */

/* Shares at the marks: kept beside the marks, by member. */
static struct task_share *shares_at(struct sp_engine *g, uint64_t number)
{
    struct task_share *all = (struct task_share *)(void *)(g->mark + ENGINE_MARKS);
    return all + (number % ENGINE_MARKS) * (uint64_t)g->member_count;
}

static void fill_vertex(struct sp_engine *g, struct sp_reading *r, int k)
{
    const struct vertex *v = &g->vertex[k];
    struct sp_vertex *out = &r->vertex[k];
    memset(out, 0, sizeof *out);
    snprintf(out->name, sizeof out->name, "%s", v->name);
    out->parallelism = v->parallelism;
    out->bursts = v->bursts;
    out->remote = v->kind == MEMBER_LANE;
    out->slots = v->kind == MEMBER_TASK ? (int)g->member[v->first_member].is.task->config.slots : 1;
    out->first_instance = v->first_member < SP_INSTANCES ? v->first_member : -1;
    out->watermark_ms = INT64_MAX;
    for (int i = 0; i < 4; i++)
        out->output[i] = i < v->outputs ? v->output[i] : -1;
}

static void raise_to(double *max, double value)
{
    if (value > *max)
        *max = value;
}

static void fill_member(struct sp_engine *g, struct sp_reading *r, int i, uint64_t first_mark)
{
    const struct member *m = &g->member[i];
    struct sp_vertex *v = &r->vertex[m->vertex];
    struct task_share now = member_share(m, g->now_ns), then = shares_at(g, first_mark)[i];
    int64_t busy = now.busy_ns - then.busy_ns, idle = now.idle_ns - then.idle_ns;
    int64_t blocked = now.backpressured_ns - then.backpressured_ns;
    double span = (double)(busy + idle + blocked);
    struct sp_instance x = {.vertex = m->vertex, .idle = 1000};
    if (span > 0) {
        x.busy = (double)busy * 1000 / span;
        x.backpressured = (double)blocked * 1000 / span;
        x.idle = 1000 - x.busy - x.backpressured;
        x.idle = x.idle < 0 ? 0 : x.idle;
    }
    x.queue = member_queue(m);
    x.in_flight = member_held(m);
    if (i < SP_INSTANCES)
        r->instance[i] = x;
    raise_to(&v->busy, x.busy);
    raise_to(&v->idle, x.idle);
    raise_to(&v->backpressured, x.backpressured);
    raise_to(&v->accumulated_busy_s, (double)now.busy_ns / 1e9);
    raise_to(&v->accumulated_backpressured_s, (double)now.backpressured_ns / 1e9);
    raise_to(&v->accumulated_idle_s, (double)now.idle_ns / 1e9);
    v->queue += x.queue;
    v->in_flight += x.in_flight;
    int64_t w = member_watermark(m);
    v->watermark_ms = w < v->watermark_ms ? w : v->watermark_ms;
}

static void fill_graph(struct sp_engine *g, struct sp_reading *r, const struct mark *now,
                       const struct mark *then, uint64_t first_mark)
{
    r->vertex_count = g->vertex_count;
    r->instance_count = g->member_count < SP_INSTANCES ? g->member_count : SP_INSTANCES;
    for (int k = 0; k < g->vertex_count; k++)
        fill_vertex(g, r, k);
    for (int i = 0; i < g->member_count; i++)
        fill_member(g, r, i, first_mark);
    r->backpressured = r->accumulated_backpressured_s = 0;
    for (int k = 0; k < g->vertex_count; k++) {
        struct sp_vertex *v = &r->vertex[k];
        v->in = now->vertex_in[k];
        v->out = now->vertex_out[k];
        v->in_rate = per_second(v->in, then->vertex_in[k], now->now_ns - then->now_ns);
        v->out_rate = per_second(v->out, then->vertex_out[k], now->now_ns - then->now_ns);
        v->level = level_of(v->backpressured);
        if (v->remote)
            continue;
        raise_to(&r->backpressured, v->backpressured);
        raise_to(&r->accumulated_backpressured_s, v->accumulated_backpressured_s);
    }
    r->level = level_of(r->backpressured);
    r->busy = g->costly_vertex >= 0 ? r->vertex[g->costly_vertex].busy / 1000 : 0;
}

/* ---- functions, ledger ------------------------------------------------------------------------ */

static void update_cost(struct sp_engine *g)
{
    struct faas_seen seen;
    if (g->lane == NULL)
        return;
    backing_seen(&g->backing, g->now_ns, &seen);
    cost_add(&g->cost, seen.cost_nusd - g->cost_seen_nusd, g->now_ns);
    g->cost_seen_nusd = seen.cost_nusd;
}

static void fill_functions(struct sp_engine *g, struct sp_reading *r)
{
    const struct lane *l = g->lane;
    struct faas_seen seen = {0};
    if (l == NULL)
        return;
    backing_seen(&g->backing, g->now_ns, &seen);
    r->env_cold = seen.cold_starting;
    r->env_busy = seen.busy;
    r->env_warm = seen.warm_idle;
    r->calls_in_flight = l->calling;
    r->records_in_flight_remote = lane_in_flight(l) + lane_queue(l);
    r->concurrency_now = limiter_limit(&l->limiter, l->concurrency);
    r->batches = l->batches;
    r->calls = l->calls;
    r->retries = l->retries;
    r->throttled = l->throttled;
    r->cold_starts = seen.cold_starts;
    r->failed = l->failed;
    r->timeouts = l->timeouts;
    r->splits = l->splits;
    r->fell_back = l->fell_back;
    r->executed = seen.executed;
    r->duplicates_dropped = l->dropped + g->twins.dropped;
    r->retry_tokens = l->retry.tokens;
    r->breaker = (int)l->breaker.state;
    r->cost_nusd = g->cost.total_nusd;
    r->cost_rate_nusd_h = cost_rate_nusd_h(&g->cost, g->now_ns);
    r->batch_now = l->fill_target ? l->fill_target : l->batch;
}

static void fill_faults(struct sp_engine *g, struct sp_reading *r)
{
    const struct ledger *l = &g->ledger;
    char names[200] = "";
    if (r->lost > 0 && ledger_fault(l, "lost") == NULL)
        lost_name(g, names, sizeof names);
    r->faults = l->faults < SP_FAULTS ? l->faults : SP_FAULTS;
    for (int i = 0; i < r->faults; i++) {
        snprintf(r->fault[i].what, sizeof r->fault[i].what, "%s", l->fault[i].what);
        r->fault[i].id = l->fault[i].id;
    }
}

static void fill_ledger(struct sp_engine *g, struct sp_reading *r)
{
    const struct ledger *l = &g->ledger;
    int64_t held = in_flight_deliveries(g);
    int64_t missing = (int64_t)(g->emitted * l->copies) - (int64_t)l->deliveries - held;
    r->in = g->emitted;
    r->out = l->out;
    r->dead = l->dead;
    r->in_flight = engine_in_flight(g);
    r->lost = missing > 0 ? (uint64_t)missing : 0;
    r->duplicated = l->duplicated;
    r->disordered = l->disordered;
    r->balanced = missing == 0 && l->duplicated == 0 && l->disordered == 0;
    fill_faults(g, r);
    r->tokens = l->tokens;
    r->digest = l->digest;
}

static void fill_rates(struct sp_reading *r, const struct mark *now, const struct mark *then)
{
    int64_t dt = now->now_ns - then->now_ns;
    uint64_t dispatched = now->dispatched - then->dispatched;
    uint64_t calls = now->calls - then->calls;
    r->in_rate = per_second(now->emitted, then->emitted, dt);
    r->out_rate = per_second(now->out, then->out, dt);
    /* An input that runs dry takes back what was expected of it. */
    r->offered_rate = now->due > then->due ? per_second(now->due, then->due, dt) : 0;
    r->burst_rate = per_second(now->remote, then->remote, dt);
    r->burst_share = dispatched ? (double)(now->remote - then->remote) / (double)dispatched : 0;
    r->burst_records = now->remote;
    r->backlog = (int64_t)(now->due - now->emitted);
    double surplus = r->in_rate - r->offered_rate;
    r->drain_s = r->backlog == 0 ? 0 : surplus > 0 ? (double)r->backlog / surplus : -1;
    r->mean_batch = calls ? (double)(now->call_records - then->call_records) / (double)calls : 0;
}

static void fill_events(struct sp_engine *g, struct sp_reading *r)
{
    uint64_t n = g->event_count < SP_EVENTS ? g->event_count : SP_EVENTS;
    r->event_count = g->event_count;
    r->events = (int)n;
    for (uint64_t i = 0; i < n; i++)
        r->event[i] = g->event[(g->event_count - n + i) % ENGINE_EVENTS];
}

static void fill_identity(struct sp_engine *g, struct sp_reading *r)
{
    r->number++;
    r->now_ns = g->now_ns;
    r->wall_ns = g->now_ns + g->origin_ns;
    r->sim = g->options.sim;
    r->paused = g->paused;
    r->finished = g->finished;
    r->held = g->held;
    r->speed_ppm = g->pace_ppm;
    r->duration_ns = g->end_ns == TIME_NEVER ? 0 : g->end_ns;
    snprintf(r->preset, sizeof r->preset, "%s", g->preset.name);
    snprintf(r->why, sizeof r->why, "%s", g->preset.why);
    snprintf(r->provider, sizeof r->provider, "%s",
             g->lane ? provider_names[g->backing.kind] : "none");
    snprintf(r->endpoint, sizeof r->endpoint, "%s", g->backing.host);
}

/* What came true or failed while the run goes on is told at once; the log has it with the
 * next reading. */
static void judge(struct sp_engine *g, struct expectation *x, const struct sp_reading *r)
{
    char what[sizeof x->shown.text + 8], text[120];
    bool before = x->decided;
    condition_judge(x, r, g->finished);
    if (before || !x->decided || g->finished)
        return;
    snprintf(what, sizeof what, "expect %s", x->shown.text);
    snprintf(text, sizeof text, "%s: %s", condition_outcome(x), x->shown.observed);
    event_add(g, SP_AUTO, x->shown.ok ? 'H' : '!', what, text, NULL);
}

void reading_make(struct sp_engine *g, int64_t now_ns)
{
    static _Thread_local struct mark now;
    struct sp_reading *r = g->reading;
    uint64_t first = g->marks > ENGINE_MARKS - 2 ? g->marks - (ENGINE_MARKS - 2) : 0;
    const struct mark *then = oldest_mark(g);
    update_cost(g);
    reading_mark(g, &now, now_ns);
    fill_identity(g, r);
    fill_rates(r, &now, then);
    fill_graph(g, r, &now, then, first);
    fill_ledger(g, r);
    fill_functions(g, r);
    r->latency = reading_since(&now.latency, &then->latency);
    r->call = reading_since(&now.call, &then->call);
    r->latency_run = figures(&now.latency);
    r->call_run = figures(&now.call);
    r->parts = parts_since(&now.tally, &then->tally);
    r->parts_run = parts_since(&now.tally, &(struct tally){0});
    r->fraction_ppm = g->control.fraction_ppm;
    r->decisions = (int64_t)g->control.decisions;
    r->knobs = g->knobs;
    r->sink_blocked = now_ns < g->sink->blocked_until_ns;
    r->latency_hist = now.latency;
    r->call_hist = now.call;
    fill_events(g, r);
    for (int i = 0; i < g->expect_count; i++)
        judge(g, &g->expect[i], r);
    if (g->tick && !g->tick(g->tick_context, r))
        g->stopped = true;
    if (g->threaded || g->options.pace_ppm) {
        memcpy(mailbox_slot(&g->mailbox), r, sizeof *r);
        mailbox_post(&g->mailbox);
        uint64_t one = 1;
        if (write(g->event_fd, &one, sizeof one) < 0)
            return; /* the counter is full: the reader knows already */
    }
}

/* A regular tick: a reading, and a mark to look back to. */
static void tick(struct sp_engine *g, int64_t now_ns)
{
    reading_make(g, now_ns);
    const struct sp_reading *r = g->reading;
    g->ticked = (struct ticked){r->latency, r->call, r->parts.fill, r->burst_rate};
    g->marks++;
    reading_mark(g, mark_at(g, g->marks), now_ns);
    struct task_share *shares = shares_at(g, g->marks);
    for (int i = 0; i < g->member_count; i++)
        shares[i] = member_share(&g->member[i], now_ns);
}

void reading_init(struct sp_engine *g)
{
    g->next_tick_ns = ENGINE_TICK_NS;
    g->marks = 0;
    g->ticked = (struct ticked){0};
    reading_mark(g, mark_at(g, 0), 0);
    g->reading->number = 0;
}

bool reading_step(void *engine, int64_t now_ns)
{
    struct sp_engine *g = engine;
    if (now_ns >= g->next_tick_ns) {
        tick(g, now_ns);
        g->next_tick_ns += ENGINE_TICK_NS;
        if (g->next_tick_ns <= now_ns)
            g->next_tick_ns = now_ns / ENGINE_TICK_NS * ENGINE_TICK_NS + ENGINE_TICK_NS;
        g->reading_wanted = false;
    } else if (g->reading_wanted) {
        g->reading_wanted = false;
        reading_make(g, now_ns);
    }
    return false;
}

int64_t reading_due(const void *engine)
{
    const struct sp_engine *g = engine;
    return g->finished ? TIME_NEVER : g->next_tick_ns;
}
