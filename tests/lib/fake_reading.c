/* Readings of a pipeline that does not exist. */
#include "tests/lib/fake_reading.h"

#include <stdio.h>
#include <string.h>

#define CAPACITY 1000.0 /* records/s that the local lane can do */

void fake_load_init(struct fake_load *l)
{
    memset(l, 0, sizeof *l);
    knobs_init(&l->knobs);
    for (int64_t i = 0; knob_table[KNOB_POLICY].names[i] != NULL; i++)
        if (strcmp(knob_table[KNOB_POLICY].names[i], "hysteresis") == 0)
            l->knobs.value[KNOB_POLICY] = i;
}

void fake_spike(struct fake_load *l, int64_t from_ns, int64_t for_ns, double factor)
{
    int i = l->spikes < FAKE_SPIKES ? l->spikes++ : FAKE_SPIKES - 1;
    l->spike[i].from_ns = from_ns;
    l->spike[i].to_ns = from_ns + for_ns;
    l->spike[i].factor = factor;
}

void fake_event(struct fake_load *l, int64_t at_ns, enum sp_author author, char kind,
                const char *command, const char *effect)
{
    if (l->events >= SP_EVENTS)
        memmove(l->event, l->event + 1, (SP_EVENTS - 1) * sizeof *l->event);
    struct sp_event *e = &l->event[l->events < SP_EVENTS ? l->events : SP_EVENTS - 1];
    memset(e, 0, sizeof *e);
    e->number = ++l->events;
    e->at_ns = at_ns;
    e->author = author;
    e->kind = kind;
    snprintf(e->command, sizeof e->command, "%s", command);
    snprintf(e->effect, sizeof e->effect, "%s", effect);
}

/* A wave between -1 and 1 of the given period: a parabola for each half. */
static double wave(int64_t t_ns, int64_t period_ns)
{
    double x = (double)(t_ns % period_ns) / (double)period_ns * 2;
    return x < 1 ? 4 * x * (1 - x) : -4 * (x - 1) * (2 - x);
}

static double offered_at(const struct fake_load *l, int64_t t_ns)
{
    double rate = 780 + 150 * wave(t_ns, 17 * NS_PER_S) + 40 * wave(t_ns, 1300 * NS_PER_MS);
    for (int i = 0; i < l->spikes; i++)
        if (t_ns >= l->spike[i].from_ns && t_ns < l->spike[i].to_ns)
            rate *= l->spike[i].factor;
    return rate * (double)l->knobs.value[KNOB_LOAD] / 1e6;
}

static struct sp_latency latency(uint64_t count, double p50_ns)
{
    struct sp_latency s = {count,
                           (int64_t)(p50_ns * 1.2),
                           (int64_t)p50_ns,
                           (int64_t)(p50_ns * 2),
                           (int64_t)(p50_ns * 3.5),
                           (int64_t)(p50_ns * 5),
                           (int64_t)(p50_ns * 7)};
    return s;
}

/* Adds `count` values whose median is p50_ns, spread like the figures of latency(). What is
 * left of a whole value is carried. */
static void spread(struct hist *h, double *rest, double count, double p50_ns)
{
    static const double at[] = {0, 0.5, 0.9, 0.99, 0.999, 1}, times[] = {0.4, 1, 2, 3.5, 5, 7};
    *rest += count;
    int n = (int)*rest;
    *rest -= n;
    for (int i = 0; i < n; i++) {
        double q = (i + 0.5) / n;
        int k = 0;
        while (at[k + 1] < q)
            k++;
        double share = (q - at[k]) / (at[k + 1] - at[k]);
        hist_add(h, (int64_t)(p50_ns * (times[k] + share * (times[k + 1] - times[k]))), 1);
    }
}

static struct sp_vertex vertex(const char *name, int slots, double busy, double bp, double rate,
                               int next)
{
    struct sp_vertex v = {.parallelism = 1,
                          .slots = slots,
                          .first_instance = -1,
                          .busy = busy,
                          .backpressured = bp,
                          .idle = 1000 - busy - bp,
                          .in_rate = rate,
                          .out_rate = rate,
                          .output = {next, -1, -1, -1}};
    snprintf(v.name, sizeof v.name, "%s", name);
    v.level = bp <= 100 ? SP_BP_OK : bp <= 500 ? SP_BP_LOW : SP_BP_HIGH;
    return v;
}

static void graph(struct sp_reading *r, double busy, double bp, double in, double burst)
{
    r->vertex_count = 6;
    r->vertex[0] = vertex("source", 1, 60, bp, in, 1);
    r->vertex[1] = vertex("stamp", 1, 120, bp / 2, in, 2);
    r->vertex[2] = vertex("tokenizer", 4, busy * 1000, 0, in - burst, 4);
    r->vertex[2].bursts = true;
    r->vertex[2].output[1] = 3;
    r->vertex[2].queue = r->backlog > 512 ? 512 : r->backlog;
    r->vertex[3] = vertex("tokenizer (remote)", 1, burst > 0 ? 900 : 0, 0, burst, 4);
    r->vertex[3].remote = true;
    r->vertex[4] = vertex("format", 1, 90, 0, in, 5);
    r->vertex[5] = vertex("sink", 1, 150, 0, in, -1);
}

static void functions(struct fake_load *l, struct sp_reading *r, double burst, double dt)
{
    l->burst += burst * dt;
    l->cost_nusd += burst * dt * 2000;
    r->burst_records = (uint64_t)l->burst;
    r->calls = r->batches = (uint64_t)(l->burst / 50);
    r->executed = r->calls;
    r->cold_starts = r->calls < 12 ? r->calls : 12;
    r->calls_in_flight = (int64_t)(burst / 50 + 0.5);
    r->records_in_flight_remote = r->calls_in_flight * 50;
    r->concurrency_now = 100;
    r->batch_now = burst > 300 ? 64 : l->knobs.value[KNOB_BATCH];
    r->env_warm = 12;
    r->cost_nusd = (int64_t)l->cost_nusd;
    r->cost_rate_nusd_h = (int64_t)(burst * 2000 * 3600);
    r->mean_batch = burst > 0 ? 50 : 0;
    double p50 = 38e6 + 20e6 * wave(r->now_ns, 5 * NS_PER_S);
    if (burst > 0)
        r->call = latency((uint64_t)burst, p50);
    spread(&l->call_hist, &l->calls, burst / 50 * dt, p50);
    memcpy(&r->call_hist, &l->call_hist, sizeof r->call_hist);
    r->call_run = r->call;
}

void fake_reading(struct fake_load *l, int64_t now_ns, struct sp_reading *r)
{
    memset(r, 0, sizeof *r);
    double dt = (double)(now_ns - l->last_ns) / 1e9;
    double offered = offered_at(l, now_ns), in = offered;
    double busy = in / CAPACITY, burst = 0;
    if (busy > (double)l->knobs.value[KNOB_BUSY_ON] / 1e6) {
        burst = in - 0.8 * CAPACITY;
        burst = burst > 1100 ? 1100 : burst;
        busy = (in - burst) / CAPACITY;
    }
    double over = in - burst - CAPACITY;
    l->backlog += over * dt;
    l->backlog = l->backlog < 0 ? 0 : l->backlog;
    in = over > 0 ? in - over : l->backlog > 0 ? CAPACITY + burst : in;
    busy = busy > 1 || l->backlog > 0 ? 1 : busy;
    double bp = l->backlog > 0 ? 640 : 30;
    l->in += in * dt;
    l->bp_s += bp / 1000 * dt;
    r->number = ++l->readings;
    r->now_ns = r->wall_ns = now_ns;
    r->sim = true;
    r->speed_ppm = 1000000;
    snprintf(r->preset, sizeof r->preset, "nexmark-burst");
    snprintf(r->provider, sizeof r->provider, "model");
    r->duration_ns = 600 * NS_PER_S;
    r->offered_rate = offered;
    r->in_rate = r->out_rate = in;
    r->burst_rate = burst;
    r->burst_share = in > 0 ? burst / in : 0;
    r->fraction_ppm = (int64_t)(r->burst_share * 1e6);
    r->busy = busy;
    r->backpressured = bp;
    r->level = bp <= 100 ? SP_BP_OK : bp <= 500 ? SP_BP_LOW : SP_BP_HIGH;
    r->accumulated_backpressured_s = l->bp_s;
    r->backlog = (int64_t)l->backlog;
    r->drain_s = over < 0 ? l->backlog / -over : -1;
    r->in = (uint64_t)l->in;
    r->in_flight = 20 + (int64_t)(burst / 10);
    r->in_flight = r->in_flight > (int64_t)r->in ? (int64_t)r->in : r->in_flight;
    r->out = r->in - (uint64_t)r->in_flight;
    r->balanced = true;
    r->tokens = r->out * 9;
    r->digest = UINT64_C(0x0123456789abcdef);
    double p50 = 12e6 + l->backlog / CAPACITY * 1e9 + (burst > 0 ? 25e6 : 0);
    r->latency = r->latency_run = latency((uint64_t)in, p50);
    spread(&l->latency_hist, &l->records, in * dt, p50);
    memcpy(&r->latency_hist, &l->latency_hist, sizeof r->latency_hist);
    r->parts = (struct sp_parts){l->backlog * 1e6,    2e6, burst > 0 ? 5e6 : 0,
                                 burst > 0 ? 9e6 : 0, 8e6, burst > 0 ? 3e6 : 0};
    functions(l, r, burst, dt);
    r->knobs = l->knobs;
    graph(r, busy, bp, in, burst);
    r->event_count = l->events;
    r->events = l->events < SP_EVENTS ? (int)l->events : SP_EVENTS;
    memcpy(r->event, l->event, (size_t)r->events * sizeof *r->event);
    l->last_ns = now_ns;
}
