#include "lab/columns.h"

#include "base/units.h"

#include <string.h>

#define BIG (INT64_C(1) << 60)
#define INSTANCES_MANY (1 << 20)

typedef struct column_value value;

static value whole(int64_t n) { return (value){.n = n}; }

static value real(double x) { return (value){.x = x, .is_double = true}; }

const char *const column_parts[COLUMN_PARTS] = {"run", "total", "instance", "vertex", "end"};

int column_times(enum column_part part, const struct sp_reading *r)
{
    if (part == COLUMN_INSTANCE)
        return r->instance_count;
    return part == COLUMN_VERTEX || part == COLUMN_TOTAL ? r->vertex_count : 1;
}

/* ---- values in a reading ---------------------------------------------------------------- */

static const char *place(const struct column *c, const struct sp_reading *r, int at)
{
    if (c->part == COLUMN_INSTANCE)
        return (const char *)&r->instance[at] + c->at;
    if (c->part == COLUMN_VERTEX || c->part == COLUMN_TOTAL)
        return (const char *)&r->vertex[at] + c->at;
    return (const char *)r + c->at;
}

/* Seconds as ns; is_double if they are none. */
static value from_seconds(double x)
{
    if (!(x > -1e8 && x < 1e8))
        return real(x);
    int64_t n = (int64_t)(x * 1e9 + (x < 0 ? -0.5 : 0.5));
    return (double)n / 1e9 == x ? whole(n) : real(x);
}

value column_get(const struct column *c, const struct sp_reading *r, int at)
{
    const char *from = place(c, r, at);
    int64_t n = 0;
    double x = 0;
    int i = 0;
    switch (c->kind) {
    case COLUMN_LONG:
        memcpy(&n, from, sizeof n);
        return whole(n);
    case COLUMN_INT:
        memcpy(&i, from, sizeof i);
        return whole(i);
    case COLUMN_BOOL:
        return whole(*from != 0);
    case COLUMN_DOUBLE:
        memcpy(&x, from, sizeof x);
        return real(x);
    case COLUMN_SECONDS:
        break;
    }
    memcpy(&x, from, sizeof x);
    return from_seconds(x);
}

static bool set_double(char *to, double x)
{
    bool good = x > -1e18 && x < 1e18; /* not for a NaN */
    if (good)
        memcpy(to, &x, sizeof x);
    return good;
}

bool column_set(const struct column *c, struct sp_reading *r, int at, value v)
{
    char *to = (char *)r + (place(c, r, at) - (const char *)r);
    bool seconds = c->kind == COLUMN_SECONDS;
    if (c->kind == COLUMN_DOUBLE || seconds)
        return set_double(to, v.is_double ? v.x : seconds ? (double)v.n / 1e9 : (double)v.n);
    if (v.is_double || v.n < c->min || v.n > c->max)
        return false;
    int i = (int)v.n;
    if (c->kind == COLUMN_LONG)
        memcpy(to, &v.n, sizeof v.n);
    else if (c->kind == COLUMN_INT)
        memcpy(to, &i, sizeof i);
    else
        *to = (char)(v.n != 0);
    return true;
}

bool column_is_whole(double x, int64_t *n)
{
    if (!(x > -9e15 && x < 9e15))
        return false;
    *n = (int64_t)x;
    return (double)*n == x && (*n != 0 || !__builtin_signbit(x));
}

bool column_same(value a, value b)
{
    if (a.is_double != b.is_double)
        return false;
    return a.is_double ? memcmp(&a.x, &b.x, sizeof a.x) == 0 : a.n == b.n;
}

value column_guess(const struct column *c, const struct column_guess *g)
{
    return c->guess != NULL ? c->guess(g, c) : column_get(c, g->before, g->at);
}

struct sp_latency column_figures(const struct hist *h)
{
    return (struct sp_latency){h->count,
                               hist_mean(h),
                               hist_quantile(h, 500000),
                               hist_quantile(h, 900000),
                               hist_quantile(h, 990000),
                               hist_quantile(h, 999000),
                               h->max};
}

/* ---- guesses ---------------------------------------------------------------------------- */

static value one_more(const struct column_guess *g, const struct column *c)
{
    return whole(column_get(c, g->before, g->at).n + 1);
}

static value a_tick_later(const struct column_guess *g, const struct column *c)
{
    (void)c;
    return whole(g->before->now_ns + 100 * NS_PER_MS);
}

static value like_the_clock(const struct column_guess *g, const struct column *c)
{
    (void)c;
    return whole(g->before->wall_ns + (g->now->now_ns - g->before->now_ns));
}

static value rest_of_1000(const struct column_guess *g, const struct column *c)
{
    (void)c;
    const struct sp_instance *i = &g->now->instance[g->at];
    double idle = 1000 - i->busy - i->backpressured;
    return real(idle < 0 ? 0 : idle);
}

/* The instances of a vertex, if all of them stand in the reading. */
static int members(const struct column_guess *g, const struct sp_instance **first)
{
    const struct sp_vertex *v = &g->now->vertex[g->at];
    int n = v->parallelism;
    if (v->first_instance < 0 || n < 1 || n > g->now->instance_count - v->first_instance)
        return 0;
    *first = &g->now->instance[v->first_instance];
    return n;
}

static value most_of_members(const struct column_guess *g, const struct column *c)
{
    const struct sp_instance *i;
    int n = members(g, &i);
    double most = 0;
    if (n == 0)
        return column_get(c, g->before, g->at);
    for (; n > 0; n--, i++) {
        double x;
        memcpy(&x, (const char *)i + c->of, sizeof x);
        most = x > most ? x : most;
    }
    return real(most);
}

static value sum_of_members(const struct column_guess *g, const struct column *c)
{
    const struct sp_instance *i;
    int n = members(g, &i);
    int64_t sum = 0;
    if (n == 0)
        return column_get(c, g->before, g->at);
    for (; n > 0; n--, i++) {
        int64_t x;
        memcpy(&x, (const char *)i + c->of, sizeof x);
        sum += x;
    }
    return whole(sum);
}

/* What busy and back-pressured leave of the time that passed. */
static value rest_of_the_time(const struct column_guess *g, const struct column *c)
{
    const struct sp_vertex *b = &g->before->vertex[g->at], *n = &g->now->vertex[g->at];
    value was = column_get(c, g->before, g->at);
    value busy0 = from_seconds(b->accumulated_busy_s), busy1 = from_seconds(n->accumulated_busy_s);
    value bp0 = from_seconds(b->accumulated_backpressured_s);
    value bp1 = from_seconds(n->accumulated_backpressured_s);
    if (was.is_double || busy0.is_double || busy1.is_double || bp0.is_double || bp1.is_double)
        return was;
    int64_t passed = g->now->now_ns - g->before->now_ns;
    return whole(was.n + passed - (busy1.n - busy0.n) - (bp1.n - bp0.n));
}

/* Before, plus what another counter gained. */
static value as_much_more(value before, uint64_t then, uint64_t now)
{
    return whole((int64_t)((uint64_t)before.n + (now - then)));
}

/* A vertex takes in what the one before it gave out, and gives out what it takes in. */
static value given_by_the_last(const struct column_guess *g, const struct column *c)
{
    value before = column_get(c, g->before, g->at);
    int i = g->at - 1;
    return i < 0 ? before : as_much_more(before, g->before->vertex[i].out, g->now->vertex[i].out);
}

static value as_much_as_came(const struct column_guess *g, const struct column *c)
{
    return as_much_more(column_get(c, g->before, g->at), g->before->vertex[g->at].in,
                        g->now->vertex[g->at].in);
}

static value as_the_last_watermark(const struct column_guess *g, const struct column *c)
{
    value before = column_get(c, g->before, g->at);
    int i = g->at - 1;
    return i < 0 ? before
                 : as_much_more(before, (uint64_t)g->before->vertex[i].watermark_ms,
                                (uint64_t)g->now->vertex[i].watermark_ms);
}

/* The run's records come from the first vertex and end in the last. */
static value given_by_the_source(const struct column_guess *g, const struct column *c)
{
    return as_much_more(column_get(c, g->before, 0), g->before->vertex[0].out,
                        g->now->vertex[0].out);
}

static value taken_by_the_sink(const struct column_guess *g, const struct column *c)
{
    int i = g->now->vertex_count > 0 ? g->now->vertex_count - 1 : 0;
    return as_much_more(column_get(c, g->before, 0), g->before->vertex[i].in, g->now->vertex[i].in);
}

static value level_of(double ms_per_s)
{
    return whole(ms_per_s <= 100 ? SP_BP_OK : ms_per_s <= 500 ? SP_BP_LOW : SP_BP_HIGH);
}

static value vertex_level(const struct column_guess *g, const struct column *c)
{
    (void)c;
    return level_of(g->now->vertex[g->at].backpressured);
}

static value run_level(const struct column_guess *g, const struct column *c)
{
    (void)c;
    return level_of(g->now->backpressured);
}

/* The largest of a figure over the vertices, the remote lane left out. */
static value most_of_vertices(const struct column_guess *g, const struct column *c)
{
    double most = 0;
    for (int i = 0; i < g->now->vertex_count; i++) {
        double x;
        memcpy(&x, (const char *)&g->now->vertex[i] + c->of, sizeof x);
        most = !g->now->vertex[i].remote && x > most ? x : most;
    }
    return c->kind == COLUMN_SECONDS ? from_seconds(most) : real(most);
}

/* The burst vertex's, or else that of the one with the most slots. */
static value costly_busy(const struct column_guess *g, const struct column *c)
{
    (void)c;
    const struct sp_vertex *v = NULL;
    for (int i = 0; i < g->now->vertex_count; i++) {
        const struct sp_vertex *o = &g->now->vertex[i];
        if (v == NULL || (o->bursts && !v->bursts) ||
            (o->bursts == v->bursts && o->slots > v->slots))
            v = o;
    }
    return real(v != NULL ? v->busy / 1000 : 0);
}

static value of_latency(const struct sp_latency *l, const struct column *c)
{
    int64_t n;
    memcpy(&n, (const char *)l + c->of, sizeof n);
    return whole(n);
}

static value whole_latency(const struct column_guess *g, const struct column *c)
{
    return of_latency(&g->latency_run, c);
}

static value whole_call(const struct column_guess *g, const struct column *c)
{
    return of_latency(&g->call_run, c);
}

/* ---- since a second ago ----------------------------------------------------------------- */

void column_remember(struct column_past *past, const struct sp_reading *r)
{
    past->now_ns = r->now_ns;
    past->in = r->in;
    past->out = r->out;
    past->due = r->in + (uint64_t)r->backlog;
    past->burst = r->burst_records;
    past->batches = r->batches;
    for (int i = 0; i < r->vertex_count; i++)
        past->vertex[i] = (struct column_past_vertex){
            r->vertex[i].in, r->vertex[i].out, r->vertex[i].accumulated_busy_s,
            r->vertex[i].accumulated_idle_s, r->vertex[i].accumulated_backpressured_s};
    past->latency = r->latency_hist;
    past->call = r->call_hist;
}

/* What now has more than then; false: it has less of something. */
static bool gained(const struct hist *now, const struct hist *then, struct sp_latency *out)
{
    static _Thread_local struct hist d;
    if (now->count < then->count || now->sum < then->sum)
        return false;
    for (uint32_t i = then->lo; i < then->hi; i++)
        if (now->bucket[i] < then->bucket[i])
            return false;
    d = *now;
    hist_subtract(&d, then);
    *out = column_figures(&d);
    return true;
}

void column_begin(struct column_guess *g, const struct sp_reading *before,
                  const struct sp_reading *now, const struct column_past *then)
{
    *g = (struct column_guess){.before = before, .now = now, .then = then};
    g->latency_run = column_figures(&now->latency_hist);
    g->call_run = column_figures(&now->call_hist);
    if (then == NULL)
        return;
    if (!gained(&now->latency_hist, &then->latency, &g->latency) ||
        !gained(&now->call_hist, &then->call, &g->call))
        g->then = NULL;
}

/* As the engine works it out. */
static double per_second(uint64_t now, uint64_t then, int64_t dt_ns)
{
    int64_t span_ns = dt_ns > 100 * NS_PER_MS ? dt_ns : 100 * NS_PER_MS;
    return (double)(now - then) * 1e9 / (double)span_ns;
}

bool column_rates_are_since(const struct column_past *past, const struct sp_reading *r)
{
    value is = real(r->in_rate);
    return past->now_ns <= r->now_ns &&
           column_same(is, real(per_second(r->in, past->in, r->now_ns - past->now_ns)));
}

static value rate(const struct column_guess *g, const struct column *c, uint64_t now, uint64_t then)
{
    if (g->then == NULL)
        return column_get(c, g->before, g->at);
    return real(per_second(now, then, g->now->now_ns - g->then->now_ns));
}

static value in_since(const struct column_guess *g, const struct column *c)
{
    return rate(g, c, g->now->in, g->then ? g->then->in : 0);
}

static value out_since(const struct column_guess *g, const struct column *c)
{
    return rate(g, c, g->now->out, g->then ? g->then->out : 0);
}

static value offered_since(const struct column_guess *g, const struct column *c)
{
    uint64_t due = g->now->in + (uint64_t)g->now->backlog;
    return rate(g, c, due, g->then ? g->then->due : 0);
}

static value burst_since(const struct column_guess *g, const struct column *c)
{
    return rate(g, c, g->now->burst_records, g->then ? g->then->burst : 0);
}

static value vertex_in_since(const struct column_guess *g, const struct column *c)
{
    return rate(g, c, g->now->vertex[g->at].in, g->then ? g->then->vertex[g->at].in : 0);
}

static value vertex_out_since(const struct column_guess *g, const struct column *c)
{
    return rate(g, c, g->now->vertex[g->at].out, g->then ? g->then->vertex[g->at].out : 0);
}

/* Records per call of the remote lane. */
static value batch_since(const struct column_guess *g, const struct column *c)
{
    const struct sp_reading *now = g->now;
    if (g->then == NULL)
        return column_get(c, g->before, g->at);
    uint64_t calls = now->batches - g->then->batches;
    for (int i = 0; i < now->vertex_count && calls > 0; i++)
        if (now->vertex[i].remote)
            return real((double)(now->vertex[i].in - g->then->vertex[i].in) / (double)calls);
    return real(0);
}

/* Time of a kind since then, of a vertex with one instance; false: not known. */
static bool time_since(double now_s, double then_s, int64_t *out)
{
    value now = from_seconds(now_s), then = from_seconds(then_s);
    *out = now.n - then.n;
    return !now.is_double && !then.is_double;
}

/* busy (0) or back-pressured (1) of the only instance of a vertex, in ms/s. */
static value share_since(const struct column_guess *g, const struct column *c, int kind)
{
    const struct sp_instance *x = &g->now->instance[g->at];
    const struct sp_vertex *v = &g->now->vertex[x->vertex];
    int64_t ns[3];
    value was = column_get(c, g->before, g->at);
    if (g->then == NULL || v->parallelism != 1)
        return was;
    const struct column_past_vertex *then = &g->then->vertex[x->vertex];
    if (!time_since(v->accumulated_busy_s, then->busy_s, &ns[0]) ||
        !time_since(v->accumulated_backpressured_s, then->backpressured_s, &ns[1]) ||
        !time_since(v->accumulated_idle_s, then->idle_s, &ns[2]))
        return was;
    double span = (double)(ns[0] + ns[1] + ns[2]);
    return real(span > 0 ? (double)ns[kind] * 1000 / span : 0);
}

static value busy_since(const struct column_guess *g, const struct column *c)
{
    return share_since(g, c, 0);
}

static value bp_since(const struct column_guess *g, const struct column *c)
{
    return share_since(g, c, 1);
}

static value latency_since(const struct column_guess *g, const struct column *c)
{
    return g->then != NULL ? of_latency(&g->latency, c) : column_get(c, g->before, g->at);
}

static value call_since(const struct column_guess *g, const struct column *c)
{
    return g->then != NULL ? of_latency(&g->call, c) : column_get(c, g->before, g->at);
}

/* ---- the table -------------------------------------------------------------------------- */

#define R(m) offsetof(struct sp_reading, m)
#define I(m) offsetof(struct sp_instance, m)
#define V(m) offsetof(struct sp_vertex, m)
#define L(m) offsetof(struct sp_latency, m)
#define COUNTER 0, BIG
#define ANY INT64_MIN, INT64_MAX
#define RUN(m, kind, ...)                                                                          \
    {                                                                                              \
#m, COLUMN_RUN, kind, R(m), __VA_ARGS__                                                    \
    }
#define END(m, kind, ...)                                                                          \
    {                                                                                              \
#m, COLUMN_END, kind, R(m), __VA_ARGS__                                                    \
    }
#define INSTANCE(m, kind, ...)                                                                     \
    {                                                                                              \
#m, COLUMN_INSTANCE, kind, I(m), __VA_ARGS__                                               \
    }
#define TOTAL(m, kind, ...)                                                                        \
    {                                                                                              \
#m, COLUMN_TOTAL, kind, V(m), __VA_ARGS__                                                  \
    }
#define VERTEX(m, kind, ...)                                                                       \
    {                                                                                              \
#m, COLUMN_VERTEX, kind, V(m), __VA_ARGS__                                                 \
    }
#define LATENCY(m, guess)                                                                          \
    END(m.count, COLUMN_LONG, COUNTER, guess, L(count)),                                           \
        END(m.mean, COLUMN_LONG, COUNTER, guess, L(mean)),                                         \
        END(m.p50, COLUMN_LONG, COUNTER, guess, L(p50)),                                           \
        END(m.p90, COLUMN_LONG, COUNTER, guess, L(p90)),                                           \
        END(m.p99, COLUMN_LONG, COUNTER, guess, L(p99)),                                           \
        END(m.p999, COLUMN_LONG, COUNTER, guess, L(p999)),                                         \
        END(m.max, COLUMN_LONG, COUNTER, guess, L(max))
#define PARTS(m)                                                                                   \
    END(m.backlog, COLUMN_DOUBLE, ANY, NULL, 0), END(m.queue, COLUMN_DOUBLE, ANY, NULL, 0),        \
        END(m.fill, COLUMN_DOUBLE, ANY, NULL, 0), END(m.call, COLUMN_DOUBLE, ANY, NULL, 0),        \
        END(m.service, COLUMN_DOUBLE, ANY, NULL, 0), END(m.order, COLUMN_DOUBLE, ANY, NULL, 0)

const struct column column_table[] = {
    RUN(number, COLUMN_LONG, COUNTER, one_more, 0),
    RUN(now_ns, COLUMN_LONG, COUNTER, a_tick_later, 0),
    RUN(wall_ns, COLUMN_LONG, -BIG, BIG, like_the_clock, 0),
    RUN(paused, COLUMN_BOOL, 0, 1, NULL, 0),
    RUN(finished, COLUMN_BOOL, 0, 1, NULL, 0),
    RUN(held, COLUMN_BOOL, 0, 1, NULL, 0),
    RUN(sink_blocked, COLUMN_BOOL, 0, 1, NULL, 0),
    RUN(speed_ppm, COLUMN_INT, 0, INT32_MAX, NULL, 0),

    TOTAL(accumulated_busy_s, COLUMN_SECONDS, ANY, NULL, 0),
    TOTAL(accumulated_backpressured_s, COLUMN_SECONDS, ANY, NULL, 0),
    TOTAL(accumulated_idle_s, COLUMN_SECONDS, ANY, rest_of_the_time, 0),
    TOTAL(in, COLUMN_LONG, COUNTER, given_by_the_last, 0),
    TOTAL(out, COLUMN_LONG, COUNTER, as_much_as_came, 0),

    INSTANCE(busy, COLUMN_DOUBLE, ANY, busy_since, 0),
    INSTANCE(backpressured, COLUMN_DOUBLE, ANY, bp_since, 0),
    INSTANCE(idle, COLUMN_DOUBLE, ANY, rest_of_1000, 0),
    INSTANCE(queue, COLUMN_LONG, -BIG / 1024, BIG / 1024, NULL, 0),
    INSTANCE(in_flight, COLUMN_LONG, -BIG / 1024, BIG / 1024, NULL, 0),

    VERTEX(slots, COLUMN_INT, 0, INSTANCES_MANY, NULL, 0),
    VERTEX(busy, COLUMN_DOUBLE, ANY, most_of_members, I(busy)),
    VERTEX(idle, COLUMN_DOUBLE, ANY, most_of_members, I(idle)),
    VERTEX(backpressured, COLUMN_DOUBLE, ANY, most_of_members, I(backpressured)),
    VERTEX(in_rate, COLUMN_DOUBLE, ANY, vertex_in_since, 0),
    VERTEX(out_rate, COLUMN_DOUBLE, ANY, vertex_out_since, 0),
    VERTEX(queue, COLUMN_LONG, -BIG, BIG, sum_of_members, I(queue)),
    VERTEX(in_flight, COLUMN_LONG, -BIG, BIG, sum_of_members, I(in_flight)),
    VERTEX(watermark_ms, COLUMN_LONG, ANY, as_the_last_watermark, 0),
    VERTEX(level, COLUMN_INT, SP_BP_OK, SP_BP_HIGH, vertex_level, 0),

    END(backlog, COLUMN_LONG, COUNTER, NULL, 0),
    END(in, COLUMN_LONG, COUNTER, given_by_the_source, 0),
    END(out, COLUMN_LONG, COUNTER, taken_by_the_sink, 0),
    END(burst_records, COLUMN_LONG, COUNTER, NULL, 0),
    END(batches, COLUMN_LONG, COUNTER, NULL, 0),
    END(in_rate, COLUMN_DOUBLE, ANY, in_since, 0),
    END(out_rate, COLUMN_DOUBLE, ANY, out_since, 0),
    END(offered_rate, COLUMN_DOUBLE, ANY, offered_since, 0),
    END(burst_rate, COLUMN_DOUBLE, ANY, burst_since, 0),
    END(burst_share, COLUMN_DOUBLE, ANY, NULL, 0),
    END(busy, COLUMN_DOUBLE, ANY, costly_busy, 0),
    END(backpressured, COLUMN_DOUBLE, ANY, most_of_vertices, V(backpressured)),
    END(level, COLUMN_INT, SP_BP_OK, SP_BP_HIGH, run_level, 0),
    END(accumulated_backpressured_s, COLUMN_SECONDS, ANY, most_of_vertices,
        V(accumulated_backpressured_s)),
    END(drain_s, COLUMN_DOUBLE, ANY, NULL, 0),
    END(dead, COLUMN_LONG, COUNTER, NULL, 0),
    END(lost, COLUMN_LONG, COUNTER, NULL, 0),
    END(duplicated, COLUMN_LONG, COUNTER, NULL, 0),
    END(disordered, COLUMN_LONG, COUNTER, NULL, 0),
    END(in_flight, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(balanced, COLUMN_BOOL, 0, 1, NULL, 0),
    END(tokens, COLUMN_LONG, COUNTER, NULL, 0),
    END(digest, COLUMN_LONG, ANY, NULL, 0),
    LATENCY(latency, latency_since),
    LATENCY(latency_run, whole_latency),
    LATENCY(call, call_since),
    LATENCY(call_run, whole_call),
    PARTS(parts),
    PARTS(parts_run),
    END(calls_in_flight, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(records_in_flight_remote, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(concurrency_now, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(env_cold, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(env_busy, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(env_warm, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(calls, COLUMN_LONG, COUNTER, NULL, 0),
    END(retries, COLUMN_LONG, COUNTER, NULL, 0),
    END(throttled, COLUMN_LONG, COUNTER, NULL, 0),
    END(cold_starts, COLUMN_LONG, COUNTER, NULL, 0),
    END(failed, COLUMN_LONG, COUNTER, NULL, 0),
    END(executed, COLUMN_LONG, COUNTER, NULL, 0),
    END(timeouts, COLUMN_LONG, COUNTER, NULL, 0),
    END(splits, COLUMN_LONG, COUNTER, NULL, 0),
    END(fell_back, COLUMN_LONG, COUNTER, NULL, 0),
    END(duplicates_dropped, COLUMN_LONG, COUNTER, NULL, 0),
    END(retry_tokens, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(breaker, COLUMN_INT, 0, 2, NULL, 0),
    END(cost_nusd, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(cost_rate_nusd_h, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(fraction_ppm, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(decisions, COLUMN_LONG, -BIG, BIG, NULL, 0),
    END(mean_batch, COLUMN_DOUBLE, ANY, batch_since, 0),
    END(batch_now, COLUMN_LONG, -BIG, BIG, NULL, 0),
};
const int column_count = (int)(sizeof column_table / sizeof *column_table);
