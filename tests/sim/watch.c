/* What must hold at every reading of any run, and at its end. */
#include "seeds.h"

#include "base/hash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STILL_NS (400 * NS_PER_S) /* calm, and nothing moved for so long: it hangs */
#define SECOND_COPIES 1024        /* second copies under way at most (burst/twins.h) */
#define LONGEST_NS (INT64_C(40000) * NS_PER_S)

void watch_fail(struct watch *w, const char *format, ...)
{
    if (w->failed)
        return;
    w->failed = true;
    size_t used = (size_t)snprintf(w->what, sizeof w->what, "at %.6fs: ", (double)w->now_ns / 1e9);
    va_list args;
    va_start(args, format);
    vsnprintf(w->what + used, sizeof w->what - used, format, args);
    va_end(args);
}

void watch_init(struct watch *w, const struct sim_case *c, struct sp_engine *engine)
{
    *w = (struct watch){.c = c, .engine = engine, .fingerprint = HASH_SEED};
    w->budget_nusd = c->preset.knobs.value[KNOB_BUDGET];
    for (int i = 0; i < c->orders; i++) /* calls given up go on and cost */
        if (strstr(c->order[i].text, "budget") || strstr(c->order[i].text, "kill"))
            w->budget_nusd = 0;
}

/* ---- the ledger ------------------------------------------------------------------------ */

static void check_ledger(struct watch *w, const struct sp_reading *r)
{
    int64_t sum = (int64_t)r->out + r->in_flight + (int64_t)r->dead;
    if ((int64_t)r->in != sum || r->in_flight < 0)
        watch_fail(w, "in %" PRIu64 " != out %" PRIu64 " + in flight %" PRId64 " + dead %" PRIu64,
                   r->in, r->out, r->in_flight, r->dead);
    if (r->lost || r->duplicated || r->disordered || !r->balanced)
        watch_fail(w,
                   "lost %" PRIu64 ", duplicated %" PRIu64 ", disordered %" PRIu64
                   ", balanced %d, first bad record %" PRIu64,
                   r->lost, r->duplicated, r->disordered, r->balanced,
                   r->faults > 0 ? r->fault[0].id & UINT64_C(0xffffffffffff) : 0);
    int64_t held = 0;
    for (int i = 0; i < r->vertex_count; i++)
        held += r->vertex[i].queue + r->vertex[i].in_flight;
    /* Second copies of late heads are held too, and are no records of their own. */
    if (w->c->copies == 1 && (held < r->in_flight || held > r->in_flight + 2 * SECOND_COPIES))
        watch_fail(w, "in flight %" PRId64 ", but the vertices hold %" PRId64, r->in_flight, held);
    if (w->c->copies == 1 && r->latency_run.count != r->out)
        watch_fail(w, "out %" PRIu64 ", but %" PRIu64 " latencies", r->out, r->latency_run.count);
    if (w->c->records && r->in > w->c->records)
        watch_fail(w, "in %" PRIu64 " is more than --records %" PRIu64, r->in, w->c->records);
}

static void never_falls(struct watch *w, const char *what, uint64_t *before, uint64_t now)
{
    if (now < *before)
        watch_fail(w, "%s fell from %" PRIu64 " to %" PRIu64, what, *before, now);
    *before = now;
}

static void check_counters(struct watch *w, const struct sp_reading *r)
{
    if (r->in != w->in || r->out != w->out || r->dead != w->dead)
        w->moved_ns = r->now_ns;
    if (r->backlog < 0)
        watch_fail(w, "backlog %" PRId64, r->backlog);
    never_falls(w, "in", &w->in, r->in);
    never_falls(w, "out", &w->out, r->out);
    never_falls(w, "dead", &w->dead, r->dead);
    never_falls(w, "in + backlog", &w->due, r->in + (uint64_t)r->backlog);
    never_falls(w, "tokens", &w->tokens, r->tokens);
    never_falls(w, "calls", &w->calls, r->calls);
    never_falls(w, "events", &w->events, r->event_count);
    if (r->cost_nusd < w->cost_nusd)
        watch_fail(w, "the cost fell from %" PRId64 " to %" PRId64 " nUSD", w->cost_nusd,
                   r->cost_nusd);
    w->cost_nusd = r->cost_nusd;
    for (int i = 0; i < r->vertex_count; i++) {
        const struct sp_vertex *v = &r->vertex[i];
        if (v->watermark_ms < w->watermark_ms[i])
            watch_fail(w, "the watermark of %s went back from %" PRId64 " to %" PRId64, v->name,
                       w->watermark_ms[i], v->watermark_ms);
        w->watermark_ms[i] = v->watermark_ms;
    }
}

/* ---- times ------------------------------------------------------------------------------- */

static double off(double a, double b) { return a > b ? a - b : b - a; }

static void check_shares(struct watch *w, const struct sp_reading *r)
{
    for (int i = 0; i < r->instance_count; i++) {
        const struct sp_instance *x = &r->instance[i];
        if (off(x->busy + x->idle + x->backpressured, 1000) > 1 || x->busy < 0 || x->idle < 0 ||
            x->backpressured < 0)
            watch_fail(w, "instance %d of %s: busy %f + idle %f + back-pressured %f is not 1000", i,
                       r->vertex[x->vertex].name, x->busy, x->idle, x->backpressured);
        if (x->queue < 0 || x->in_flight < 0)
            watch_fail(w, "instance %d holds %" PRId64 " + %" PRId64, i, x->queue, x->in_flight);
    }
    for (int i = 0; i < r->vertex_count; i++) {
        const struct sp_vertex *v = &r->vertex[i];
        double sum = v->accumulated_busy_s + v->accumulated_idle_s + v->accumulated_backpressured_s;
        if (v->parallelism == 1 && off(sum, (double)r->now_ns / 1e9) > 1e-6)
            watch_fail(w, "accumulated times of %s sum to %.9f s", v->name, sum);
    }
    if (r->busy < 0 || r->busy > 1 || r->burst_share < 0 || r->burst_share > 1)
        watch_fail(w, "busy %f, burst share %f", r->busy, r->burst_share);
}

static void check_parts(struct watch *w, const char *of, const struct sp_parts *p,
                        const struct sp_latency *l)
{
    const double part[] = {p->backlog, p->queue, p->fill, p->call, p->service, p->order};
    static const char *const names[] = {"backlog", "queue", "fill", "call", "service", "order"};
    double sum = 0;
    for (int i = 0; i < 6; i++) {
        sum += part[i];
        if (part[i] < 0)
            watch_fail(w, "%s: the part %s is %f ns", of, names[i], part[i]);
    }
    if (off(sum, l->count ? (double)l->mean : 0) > 1000)
        watch_fail(w,
                   "%s: parts sum to %.0f ns, the mean is %" PRId64 " (backlog %.0f queue %.0f "
                   "fill %.0f call %.0f service %.0f order %.0f)",
                   of, sum, l->mean, part[0], part[1], part[2], part[3], part[4], part[5]);
    if (l->p50 > l->p90 || l->p90 > l->p99 || l->p99 > l->p999 || l->p999 > l->max)
        watch_fail(w, "%s: percentiles out of order", of);
}

static void check_functions(struct watch *w, const struct sp_reading *r)
{
    int64_t ceiling = r->knobs.value[KNOB_CONCURRENCY];
    if (ceiling > w->concurrency_max)
        w->concurrency_max = ceiling;
    if (r->calls_in_flight > w->concurrency_max || r->concurrency_now > ceiling)
        watch_fail(w, "%" PRId64 " calls in flight, limit %" PRId64 ", knob %" PRId64,
                   r->calls_in_flight, r->concurrency_now, ceiling);
    /* And $0.0001: nobody knows what the first call will cost. */
    if (w->budget_nusd > 0 && r->cost_nusd > w->budget_nusd + 100000)
        watch_fail(w, "spent %" PRId64 " nUSD of a budget of %" PRId64, r->cost_nusd,
                   w->budget_nusd);
    int64_t environments = r->env_cold + r->env_busy + r->env_warm;
    if (environments > w->c->preset.functions.concurrency_limit)
        watch_fail(w, "%" PRId64 " environments, limit %d", environments,
                   w->c->preset.functions.concurrency_limit);
}

/* ---- fingerprint ------------------------------------------------------------------------------ */

static void mix(struct watch *w, uint64_t value)
{
    w->fingerprint = hash_word(w->fingerprint, value);
}

static void mix_double(struct watch *w, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    mix(w, bits);
}

static void mix_text(struct watch *w, const char *text)
{
    for (; *text; text++)
        mix(w, (unsigned char)*text);
}

static void mix_reading(struct watch *w, const struct sp_reading *r)
{
    const uint64_t words[] = {
        r->number,
        (uint64_t)r->now_ns,
        r->in,
        r->out,
        r->dead,
        (uint64_t)r->in_flight,
        (uint64_t)r->backlog,
        r->tokens,
        r->digest,
        (uint64_t)r->latency.mean,
        (uint64_t)r->latency.p99,
        (uint64_t)r->latency_run.mean,
        (uint64_t)r->latency_run.max,
        (uint64_t)r->call_run.mean,
        (uint64_t)r->calls_in_flight,
        r->burst_records,
        r->batches,
        r->calls,
        r->retries,
        r->throttled,
        r->cold_starts,
        r->failed,
        r->duplicates_dropped,
        (uint64_t)r->retry_tokens,
        (uint64_t)r->breaker,
        (uint64_t)r->cost_nusd,
        (uint64_t)r->fraction_ppm,
        (uint64_t)r->decisions,
        (uint64_t)r->batch_now,
        (uint64_t)r->env_busy,
        (uint64_t)r->env_warm,
        r->event_count,
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        mix(w, words[i]);
    mix_double(w, r->parts_run.queue);
    mix_double(w, r->parts_run.order);
    for (int i = 0; i < r->instance_count; i++) {
        mix_double(w, r->instance[i].busy);
        mix_double(w, r->instance[i].backpressured);
    }
    if (r->events)
        mix_text(w, r->event[r->events - 1].effect);
}

/* ---- one reading -------------------------------------------------------------------------------- */

static void begin_again(struct watch *w)
{
    w->restarts += w->begun;
    w->begun = true;
    w->in = w->out = w->dead = w->due = w->tokens = w->calls = w->events = 0;
    w->cost_nusd = w->moved_ns = 0;
    for (int i = 0; i < SP_VERTICES; i++)
        w->watermark_ms[i] = INT64_MIN;
}

static void type_commands(struct watch *w, int64_t now_ns)
{
    const struct sim_case *c = w->c;
    for (; w->next_typed < c->orders && c->order[w->next_typed].at_ns <= now_ns; w->next_typed++)
        if (c->order[w->next_typed].typed &&
            !sp_command(w->engine, SP_YOU, c->order[w->next_typed].text))
            watch_fail(w, "the command ring is full");
        else if (strcmp(c->order[w->next_typed].text, "quit") == 0)
            w->quit_at = w->readings;
}

bool watch_tick(void *watch, const struct sp_reading *r)
{
    struct watch *w = watch;
    if (!w->begun || r->now_ns < w->now_ns)
        begin_again(w);
    w->now_ns = r->now_ns;
    w->readings++;
    check_ledger(w, r);
    check_counters(w, r);
    check_shares(w, r);
    check_parts(w, "last second", &r->parts, &r->latency);
    check_parts(w, "whole run", &r->parts_run, &r->latency_run);
    check_functions(w, r);
    mix_reading(w, r);
    bool calm = w->c->drained && r->now_ns > w->c->calm_ns + STILL_NS;
    if (calm && !r->finished && (r->now_ns - w->moved_ns > STILL_NS || r->now_ns > LONGEST_NS))
        watch_fail(w,
                   "it hangs: nothing moved since %.3fs; in %" PRIu64 " of %" PRIu64
                   ", out %" PRIu64 ", in flight %" PRId64 ", dead %" PRIu64,
                   (double)w->moved_ns / 1e9, r->in, w->c->records, r->out, r->in_flight, r->dead);
    if (w->quit_at && w->readings > w->quit_at + 5)
        watch_fail(w, "`quit` was sent, and it still runs");
    if (!r->finished)
        type_commands(w, r->now_ns);
    return !w->failed;
}

/* ---- the end ------------------------------------------------------------------------------------- */

static bool was_quit(const struct sp_reading *r)
{
    for (int i = 0; i < r->events; i++)
        if (strcmp(r->event[i].command, "quit") == 0)
            return true;
    return false;
}

void watch_end(struct watch *w, const struct sp_summary *s)
{
    const struct sp_reading *r = &s->last;
    if (!s->ledger_ok)
        watch_fail(w, "%s", s->ledger_text);
    if (!r->finished)
        watch_fail(w, "the last reading is not the finished run's");
    if (w->c->drained &&
        (r->in != w->c->records || r->in_flight || r->backlog || r->out + r->dead != r->in))
        watch_fail(w,
                   "drained, but in %" PRIu64 " of %" PRIu64 ", out %" PRIu64 ", dead %" PRIu64
                   ", in flight %" PRId64 ", backlog %" PRId64,
                   r->in, w->c->records, r->out, r->dead, r->in_flight, r->backlog);
    for (int i = 0; i < r->vertex_count && w->c->drained; i++)
        if (r->vertex[i].queue || r->vertex[i].in_flight)
            watch_fail(w, "drained, but %s holds %" PRId64 " + %" PRId64, r->vertex[i].name,
                       r->vertex[i].queue, r->vertex[i].in_flight);
    if (!w->c->drained && r->now_ns != w->c->duration_ns && !was_quit(r))
        watch_fail(w, "ended at %" PRId64 " ns, not at %" PRId64, r->now_ns, w->c->duration_ns);
}
