#include "run/engine.h"

#include <stdio.h>
#include <string.h>

/* The controller: once per interval it looks (observation), asks the policy
 * (decision), and passes on what was decided. */

static int64_t rate_mps(uint64_t records, int64_t dt_ns)
{
    return (int64_t)((i128)records * 1000 * NS_PER_S / dt_ns);
}

/* ---- knobs -> parts ----------------------------------------------------------------- */

static void set_flush(struct sp_engine *g, int64_t flush_ns)
{
    for (int i = 0; i < g->member_count; i++) {
        struct member *m = &g->member[i];
        if (m->kind == MEMBER_SOURCE)
            m->is.source->out.flush_ns = flush_ns;
        if (m->kind == MEMBER_TASK)
            m->is.task->out.flush_ns = m->is.task->remote.flush_ns = flush_ns;
        if (m->kind == MEMBER_LANE)
            m->is.lane->out.flush_ns = m->is.lane->fallback.flush_ns = flush_ns;
    }
}

static void set_batch_policy(struct sp_engine *g, int index)
{
    const struct batch_policy *b = batch_policy_all[index];
    if (g->lane->batch_policy == b)
        return;
    g->lane->batch_policy = b;
    b->init(&g->lane->batch_state, &g->knobs, g->now_ns);
}

void control_apply_knobs(struct sp_engine *g)
{
    const int64_t *v = g->knobs.value;
    g->sink->head_deadline_ns = v[KNOB_HEAD_DEADLINE];
    set_flush(g, v[KNOB_FLUSH]);
    if (g->lane) {
        g->lane->batch = v[KNOB_BATCH];
        g->lane->linger_ns = v[KNOB_LINGER];
        g->lane->timeout_ns = v[KNOB_TIMEOUT];
        backing_set_timeout(&g->backing, v[KNOB_TIMEOUT]);
        g->lane->concurrency = v[KNOB_CONCURRENCY];
        g->lane->budget_nusd = v[KNOB_BUDGET];
        set_batch_policy(g, (int)v[KNOB_BATCH_POLICY]);
    }
    for (int i = 0; i < g->dispatches; i++)
        g->dispatch[i].overflow = (enum overflow)v[KNOB_OVERFLOW];
    if (g->control.policy != (int)v[KNOB_POLICY])
        control_set_policy(g);
    if (g->control.next_ns > g->control.last_ns + v[KNOB_INTERVAL])
        g->control.next_ns = g->control.last_ns + v[KNOB_INTERVAL];
}

void control_set_policy(struct sp_engine *g)
{
    struct controller *c = &g->control;
    c->policy = (int)g->knobs.value[KNOB_POLICY];
    policy_all[c->policy]->init(&c->state, &g->knobs, g->now_ns);
}

void control_init(struct sp_engine *g)
{
    struct controller *c = &g->control;
    c->policy = -1;
    c->state.prng = prng_split(g->options.seed, 2);
    c->next_ns = g->knobs.value[KNOB_INTERVAL];
    cost_init(&g->cost);
    control_apply_knobs(g);
}

/* ---- observation ----------------------------------------------------------------------- */

static int64_t ppm_of(int64_t part_ns, int64_t dt_ns)
{
    int64_t ppm = (int64_t)((i128)part_ns * PPM_ONE / dt_ns);
    return ppm < 0 ? 0 : ppm > PPM_ONE ? PPM_ONE : ppm;
}

static void note_max(int64_t *max, int64_t value)
{
    if (value > *max)
        *max = value;
}

/* Shares of the bursting (or costliest) vertex over the tick, and its counters. */
static void look_at_members(struct sp_engine *g, struct observation *o, int64_t dt_ns)
{
    struct controller *c = &g->control;
    uint64_t input = 0, served = 0;
    int64_t busy_ns = 0;
    int parallelism = 0;
    for (int i = 0; i < g->member_count; i++) {
        const struct member *m = &g->member[i];
        struct task_share now = member_share(m, g->now_ns);
        int64_t busy = now.busy_ns - c->share[i].busy_ns;
        int64_t blocked = now.backpressured_ns - c->share[i].backpressured_ns;
        c->share[i] = now;
        if (m->kind == MEMBER_SOURCE)
            note_max(&o->source_backpressured_ppm, ppm_of(blocked, dt_ns));
        int enters = g->burst_vertex >= 0 ? g->burst_vertex : g->costly_vertex;
        if (m->kind != MEMBER_TASK || (m->vertex != enters && m->vertex != g->costly_vertex))
            continue;
        const struct task *t = m->is.task;
        if (m->vertex == enters) {
            input += t->in_count;
            if (m->instance == 0) {
                o->input_total_first = t->in_count;
                o->busy_first_ppm = ppm_of(busy, dt_ns);
            }
        }
        o->queue += task_queue(t) + (t->cur ? t->cur->count - t->cur->cursor : 0) + t->lane_count +
                    outlet_pending(&t->out);
        if (m->vertex != g->costly_vertex)
            continue;
        note_max(&o->busy_ppm, ppm_of(busy, dt_ns));
        note_max(&o->backpressured_ppm, ppm_of(blocked, dt_ns));
        busy_ns += busy;
        served += t->served_count;
        for (uint32_t k = 0; k < t->inputs; k++)
            o->queue_limit += t->in[k]->record_limit;
        parallelism++;
    }
    o->input_total = input;
    o->input_rate_mps = rate_mps(input - c->input, dt_ns);
    /* Flink's true processing rate: what this tick's busy time would serve if it
     * were the whole tick, times the instances. */
    if (served > c->served && busy_ns > 0)
        o->capacity_mps =
            (int64_t)((i128)(served - c->served) * 1000 * NS_PER_S * parallelism / busy_ns);
    c->input = input;
    c->served = served;
}

static void observe(struct sp_engine *g, int64_t dt_ns)
{
    struct controller *c = &g->control;
    struct observation o = {.now_ns = g->now_ns, .dt_ns = dt_ns, .fraction_ppm = c->fraction_ppm};
    look_at_members(g, &o, dt_ns);
    o.backlog = (int64_t)engine_backlog(g, g->now_ns);
    uint64_t due = g->emitted + (uint64_t)o.backlog;
    o.offered_rate_mps = due > c->due ? rate_mps(due - c->due, dt_ns) : 0;
    c->due = due;
    const struct ticked *r = &g->ticked;
    o.p99_ns = r->latency.p99;
    o.call_p50_ns = r->call.p50;
    o.call_p99_ns = r->call.p99;
    o.fill_call_p99_ns = r->call.count ? r->call.p99 + (int64_t)r->fill_ns : 0;
    if (g->lane) {
        o.remote_total = g->lane->in_count;
        o.remote_in_flight = lane_in_flight(g->lane);
        o.throttled_total = (int64_t)g->lane->throttled;
        o.cost_nusd = g->cost.total_nusd;
        o.cost_rate_nusd_h = cost_rate_nusd_h(&g->cost, g->now_ns);
        g->lane->batch_seen = (struct batch_seen){
            .now_ns = g->now_ns,
            .remote_rate_mps = (int64_t)(r->burst_rate * 1000),
            .call_p99_ns = r->call.p99,
            .call_p50_ns = r->call.p50,
            .batch_now = g->lane->batch,
        };
    }
    c->seen = o;
}

/* ---- decision ---------------------------------------------------------------------------- */

static void log_fraction(struct sp_engine *g, const struct decision *d)
{
    struct controller *c = &g->control;
    bool edge = (c->logged_ppm == 0) != (c->fraction_ppm == 0);
    int64_t moved = c->fraction_ppm - c->logged_ppm;
    bool far = moved > PPM_ONE / 10 || moved < -PPM_ONE / 10;
    bool rested = g->now_ns - c->logged_ns >= NS_PER_S;
    if (!edge && !(far && rested))
        return;
    char what[SP_EVENT_TEXT], why[SP_EVENT_TEXT];
    snprintf(what, sizeof what, "burst %lld.%lld%%", (long long)(c->fraction_ppm / 10000),
             (long long)(c->fraction_ppm / 1000 % 10));
    snprintf(why, sizeof why, "%s: %s", policy_all[c->policy]->name,
             d->reason ? d->reason : "share of records sent to functions");
    event_add(g, SP_AUTO, 'D', what, why, NULL);
    c->logged_ppm = c->fraction_ppm;
    c->logged_ns = g->now_ns;
}

static void move_knob(struct sp_engine *g, enum knob k, int64_t value)
{
    const struct knob_def *def = &knob_table[k];
    value = value < def->min ? def->min : value > def->max ? def->max : value;
    if (g->knobs.manual[k] || g->knobs.value[k] == value)
        return;
    char what[SP_EVENT_TEXT], text[64];
    g->knobs.value[k] = value;
    g->control.decisions++;
    knob_write(k, value, text, sizeof text);
    snprintf(what, sizeof what, "set %s %s", def->name, text);
    event_add(g, SP_AUTO, 'D', what, policy_all[g->control.policy]->name, NULL);
    undo_touched(g, SP_AUTO, undo_field((int)k));
    if (k == KNOB_SLOTS && g->costly_vertex >= 0) {
        const struct vertex *v = &g->vertex[g->costly_vertex];
        for (int i = 0; i < v->parallelism; i++)
            task_set_slots(g->member[v->first_member + i].is.task, (uint32_t)value, g->now_ns);
    }
}

static void act(struct sp_engine *g, const struct decision *d)
{
    struct controller *c = &g->control;
    if ((d->has & DECIDE_FRACTION) && d->fraction_ppm != c->fraction_ppm) {
        c->fraction_ppm = d->fraction_ppm;
        c->decisions++;
        for (int i = 0; i < g->dispatches; i++)
            g->dispatch[i].fraction_ppm = d->fraction_ppm;
        loop_wake_all(&g->loop); /* a record that waited for the lane may go now */
        log_fraction(g, d);
    }
    /* A batch policy other than `fixed` has the say on the size. */
    bool fixed = strcmp(batch_policy_all[g->knobs.value[KNOB_BATCH_POLICY]]->name, "fixed") == 0;
    if ((d->has & DECIDE_BATCH) && fixed)
        move_knob(g, KNOB_BATCH, d->batch);
    if (d->has & DECIDE_CONCURRENCY)
        move_knob(g, KNOB_CONCURRENCY, d->concurrency);
    if (d->has & DECIDE_SLOTS)
        move_knob(g, KNOB_SLOTS, d->slots);
    if (d->has & (DECIDE_BATCH | DECIDE_CONCURRENCY | DECIDE_SLOTS)) {
        control_apply_knobs(g);
        loop_wake_all(&g->loop); /* a new slot or call may be used at once */
    }
}

bool control_step(void *engine, int64_t now_ns)
{
    struct sp_engine *g = engine;
    struct controller *c = &g->control;
    if (now_ns < c->next_ns)
        return false;
    int64_t dt_ns = now_ns - c->last_ns;
    c->last_ns = now_ns;
    c->next_ns += g->knobs.value[KNOB_INTERVAL];
    if (c->next_ns <= now_ns)
        c->next_ns = now_ns + g->knobs.value[KNOB_INTERVAL];
    service_watch(g);
    observe(g, dt_ns);
    struct decision d = {0};
    policy_decide(c->policy, &c->state, &g->knobs, &c->seen, &d);
    if (g->burst_vertex >= 0)
        act(g, &d);
    return false;
}

int64_t control_due(const void *engine)
{
    const struct sp_engine *g = engine;
    return g->finished ? TIME_NEVER : g->control.next_ns;
}
