#include "headless_summary.h"

#include "fmt.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum kind {
    KIND_U64,
    KIND_I64,
    KIND_MS,      /* int64_t ns, written as ms */
    KIND_MEAN_MS, /* double ns, written as ms */
    KIND_REAL,    /* double, three digits */
    KIND_USD,     /* int64_t nano-USD */
};

/* A figure of a reading: its name in JSON and CSV, and where it stands. */
struct figure {
    const char *group; /* NULL: top level */
    const char *name;
    enum kind kind;
    size_t at;
};

#define AT(field) offsetof(struct sp_reading, field)

#define RECORDS                                                                                    \
    {"records", "in", KIND_U64, AT(in)}, {"records", "out", KIND_U64, AT(out)},                    \
        {"records", "in_flight", KIND_I64, AT(in_flight)},                                         \
        {"records", "dead", KIND_U64, AT(dead)}, {"records", "lost", KIND_U64, AT(lost)},          \
        {"records", "duplicated", KIND_U64, AT(duplicated)},                                       \
    {                                                                                              \
        "records", "disordered", KIND_U64, AT(disordered)                                          \
    }

#define LATENCY(group, from)                                                                       \
    {group, "count", KIND_U64, AT(from.count)}, {group, "mean", KIND_MS, AT(from.mean)},           \
        {group, "p50", KIND_MS, AT(from.p50)}, {group, "p90", KIND_MS, AT(from.p90)},              \
        {group, "p99", KIND_MS, AT(from.p99)}, {group, "p999", KIND_MS, AT(from.p999)},            \
    {                                                                                              \
        group, "max", KIND_MS, AT(from.max)                                                        \
    }

#define PARTS(from)                                                                                \
    {"latency_parts_ms", "backlog", KIND_MEAN_MS, AT(from.backlog)},                               \
        {"latency_parts_ms", "queue", KIND_MEAN_MS, AT(from.queue)},                               \
        {"latency_parts_ms", "fill", KIND_MEAN_MS, AT(from.fill)},                                 \
        {"latency_parts_ms", "call", KIND_MEAN_MS, AT(from.call)},                                 \
        {"latency_parts_ms", "service", KIND_MEAN_MS, AT(from.service)},                           \
    {                                                                                              \
        "latency_parts_ms", "order", KIND_MEAN_MS, AT(from.order)                                  \
    }

#define CALL(from)                                                                                 \
    {"call_ms", "count", KIND_U64, AT(from.count)}, {"call_ms", "p50", KIND_MS, AT(from.p50)},     \
        {"call_ms", "p99", KIND_MS, AT(from.p99)},                                                 \
    {                                                                                              \
        "call_ms", "max", KIND_MS, AT(from.max)                                                    \
    }

#define BURST                                                                                      \
    {"burst", "records", KIND_U64, AT(burst_records)},                                             \
        {"burst", "batches", KIND_U64, AT(batches)}, {"burst", "calls", KIND_U64, AT(calls)},      \
        {"burst", "retries", KIND_U64, AT(retries)},                                               \
        {"burst", "throttled", KIND_U64, AT(throttled)},                                           \
        {"burst", "cold_starts", KIND_U64, AT(cold_starts)},                                       \
        {"burst", "failed", KIND_U64, AT(failed)}, {"burst", "timeouts", KIND_U64, AT(timeouts)},  \
        {"burst", "splits", KIND_U64, AT(splits)}, {"burst", "executed", KIND_U64, AT(executed)},  \
        {"burst", "fell_back", KIND_U64, AT(fell_back)},                                           \
    {                                                                                              \
        "burst", "cost_usd", KIND_USD, AT(cost_nusd)                                               \
    }

/* The summary between its head and its vertices, and after them. */
static const struct figure summary_counts[] = {{NULL, "backlog", KIND_I64, AT(backlog)}, RECORDS};
static const struct figure summary_times[] = {
    LATENCY("latency_ms", latency_run),
    PARTS(parts_run),
    CALL(call_run),
};
static const struct figure summary_burst[] = {BURST};

static const struct figure series[] = {
    {NULL, "offered_rate", KIND_REAL, AT(offered_rate)},
    {NULL, "in_rate", KIND_REAL, AT(in_rate)},
    {NULL, "out_rate", KIND_REAL, AT(out_rate)},
    {NULL, "burst_rate", KIND_REAL, AT(burst_rate)},
    {NULL, "busy", KIND_REAL, AT(busy)},
    {NULL, "backpressured", KIND_REAL, AT(backpressured)},
    {NULL, "backlog", KIND_I64, AT(backlog)},
    RECORDS,
    {NULL, "tokens", KIND_U64, AT(tokens)},
    LATENCY("latency_ms", latency),
    PARTS(parts),
    CALL(call),
    BURST,
    {NULL, "decisions", KIND_I64, AT(decisions)},
    {NULL, "batch", KIND_I64, AT(batch_now)},
    {NULL, "concurrency", KIND_I64, AT(concurrency_now)},
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* A double as a whole number of 1/scale; what is no number counts as 0. */
static int64_t quantised(double value, double scale)
{
    double scaled = value * scale;
    if (!(scaled > -9e18 && scaled < 9e18))
        return 0;
    return (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

static void ms(struct print *o, int64_t ns) { print_fixed(o, ns / 1000 + (ns % 1000 >= 500), 3); }

static void seconds(struct print *o, int64_t ns)
{
    print_fixed(o, (ns + NS_PER_MS / 2) / NS_PER_MS, 3);
}

static void figure(struct print *o, const struct sp_reading *r, const struct figure *f)
{
    const char *at = (const char *)r + f->at;
    union {
        uint64_t u;
        int64_t i;
        double d;
    } v;
    memcpy(&v, at, sizeof v);
    switch (f->kind) {
    case KIND_U64:
        print_format(o, "%llu", (unsigned long long)v.u);
        break;
    case KIND_I64:
        print_format(o, "%lld", (long long)v.i);
        break;
    case KIND_MS:
        ms(o, v.i);
        break;
    case KIND_MEAN_MS:
        print_fixed(o, quantised(v.d, 1e-3), 3);
        break;
    case KIND_REAL:
        print_fixed(o, quantised(v.d, 1e3), 3);
        break;
    case KIND_USD:
        print_fixed(o, v.i, 9);
        break;
    }
}

static bool same_group(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* "name":value,"group":{"name":value,…}, — with a comma before each member. */
static void json_figures(struct print *o, const struct sp_reading *r, const struct figure *table,
                         size_t count)
{
    const char *group = NULL;
    for (size_t i = 0; i < count; i++) {
        bool opens = !same_group(group, table[i].group);
        if (opens && group)
            print_text(o, "}");
        print_text(o, ",");
        if (opens && table[i].group)
            print_format(o, "\"%s\":{", table[i].group);
        print_format(o, "\"%s\":", table[i].name);
        figure(o, r, &table[i]);
        group = table[i].group;
    }
    if (group)
        print_text(o, "}");
}

static const char *policy_name(const struct sp_reading *r)
{
    return knob_table[KNOB_POLICY].names[r->knobs.value[KNOB_POLICY]];
}

/* Accumulated seconds of a run of ns, in ms/s. */
static double share_ms(double seconds, int64_t ns)
{
    return ns > 0 ? seconds * 1e3 / ((double)ns / 1e9) : 0;
}

static void json_vertices(struct print *o, const struct sp_reading *r)
{
    print_text(o, ",\"vertices\":[");
    for (int i = 0; i < r->vertex_count; i++) {
        const struct sp_vertex *v = &r->vertex[i];
        print_text(o, i ? ",{\"name\":" : "{\"name\":");
        print_json(o, v->name);
        print_text(o, ",\"busy\":");
        print_fixed(o, quantised(share_ms(v->accumulated_busy_s, r->now_ns), 1e3), 3);
        print_text(o, ",\"idle\":");
        print_fixed(o, quantised(share_ms(v->accumulated_idle_s, r->now_ns), 1e3), 3);
        print_text(o, ",\"backpressured\":");
        print_fixed(o, quantised(share_ms(v->accumulated_backpressured_s, r->now_ns), 1e3), 3);
        print_text(o, ",\"accumulated_backpressured_s\":");
        print_fixed(o, quantised(v->accumulated_backpressured_s, 1e3), 3);
        print_text(o, "}");
    }
    print_text(o, "]");
}

static void json_expects(struct print *o, const struct sp_summary *s)
{
    print_text(o, ",\"expects\":[");
    for (int i = 0; i < s->expect_count; i++) {
        print_text(o, i ? ",{\"text\":" : "{\"text\":");
        print_json(o, s->expect[i].text);
        print_text(o,
                   s->expect[i].ok ? ",\"ok\":true,\"observed\":" : ",\"ok\":false,\"observed\":");
        print_json(o, s->expect[i].observed);
        print_text(o, "}");
    }
    print_text(o, "]");
}

void summary_json(struct print *o, const struct sp_summary *s)
{
    const struct sp_reading *r = &s->last;
    print_text(o, "{\"v\":1,\"preset\":");
    print_json(o, r->preset);
    print_format(o, ",\"clock\":\"%s\",\"provider\":", r->sim ? "sim" : "live");
    print_json(o, r->provider);
    print_format(o, ",\"seed\":%llu,\"commit\":", (unsigned long long)s->seed);
    print_json(o, sp_commit());
    print_text(o, ",\"duration_s\":");
    seconds(o, r->now_ns);
    print_text(o, ",\"completion_s\":");
    seconds(o, s->completion_ns);
    json_figures(o, r, summary_counts, COUNT(summary_counts));
    print_format(o, ",\"tokens\":%llu,\"digest\":\"%016llx\"", (unsigned long long)r->tokens,
                 (unsigned long long)r->digest);
    json_figures(o, r, summary_times, COUNT(summary_times));
    json_vertices(o, r);
    json_figures(o, r, summary_burst, COUNT(summary_burst));
    print_text(o, ",\"policy\":");
    print_json(o, policy_name(r));
    print_format(o, ",\"decisions\":%lld", (long long)r->decisions);
    json_expects(o, s);
    print_text(o, "}\n");
}

/* ---- CSV ---------------------------------------------------------------------- */

void series_names(struct print *o)
{
    print_text(o, "time_s");
    for (size_t i = 0; i < COUNT(series); i++) {
        const char *group = series[i].group;
        print_format(o, ",%s%s%s", group ? group : "", group ? "." : "", series[i].name);
    }
    print_text(o, ",policy");
}

void series_header(struct print *o)
{
    series_names(o);
    print_text(o, "\n");
}

void series_cells(struct print *o, const struct sp_reading *r)
{
    seconds(o, r->now_ns);
    for (size_t i = 0; i < COUNT(series); i++) {
        print_text(o, ",");
        figure(o, r, &series[i]);
    }
    print_format(o, ",%s", policy_name(r));
}

void series_row(struct print *o, const struct sp_reading *r)
{
    series_cells(o, r);
    print_text(o, "\n");
}

void series_json(struct print *o, const struct sp_reading *r)
{
    print_text(o, "{\"time_s\":");
    seconds(o, r->now_ns);
    for (size_t i = 0; i < COUNT(series); i++) {
        const char *group = series[i].group;
        print_format(o, ",\"%s%s%s\":", group ? group : "", group ? "." : "", series[i].name);
        figure(o, r, &series[i]);
    }
    print_text(o, ",\"policy\":");
    print_json(o, policy_name(r));
    print_format(o, ",\"finished\":%s}\n", r->finished ? "true" : "false");
}

void event_line(struct print *o, const struct sp_event *event)
{
    seconds(o, event->at_ns);
    print_format(o, "\t%s\t%s\t%s\n", sp_author_names[event->author], event->command,
                 event->effect);
}

/* ---- text ---------------------------------------------------------------------- */

static void text_latency(struct print *o, const char *label, const struct sp_latency *l)
{
    if (l->count == 0) {
        print_format(o, "%-10s none\n", label);
        return;
    }
    print_format(o, "%-10s mean %s  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s\n", label,
                 fmt_latency(l->mean).s, fmt_latency(l->p50).s, fmt_latency(l->p90).s,
                 fmt_latency(l->p99).s, fmt_latency(l->p999).s, fmt_latency(l->max).s);
}

static void text_records(struct print *o, const struct sp_summary *s)
{
    const struct sp_reading *r = &s->last;
    print_format(o, "records    in %s  out %s  in flight %lld  dead letters %s\n",
                 fmt_grouped(r->in).s, fmt_grouped(r->out).s, (long long)r->in_flight,
                 fmt_grouped(r->dead).s);
    print_format(o, "ledger     %s  lost %s  duplicated %s  disordered %s\n",
                 s->ledger_ok ? "balances" : "VIOLATED", fmt_grouped(r->lost).s,
                 fmt_grouped(r->duplicated).s, fmt_grouped(r->disordered).s);
    if (s->ledger_text[0])
        print_format(o, "           %s\n", s->ledger_text);
    print_format(o, "backlog    %lld records due and not emitted\n", (long long)r->backlog);
}

static void text_parts(struct print *o, const struct sp_parts *p)
{
    const struct {
        const char *name;
        double ns;
    } part[] = {{"backlog", p->backlog}, {"queue", p->queue},     {"fill", p->fill},
                {"call", p->call},       {"service", p->service}, {"order", p->order}};
    print_text(o, "made of   ");
    for (size_t i = 0; i < COUNT(part); i++)
        print_format(o, " %s %s%s", part[i].name, fmt_latency(quantised(part[i].ns, 1)).s,
                     i + 1 < COUNT(part) ? " +" : "\n");
}

static void text_vertices(struct print *o, const struct sp_reading *r)
{
    print_text(o, "\nvertex                              busy     idle  back-pressured   (ms/s "
                  "over the run)\n");
    for (int i = 0; i < r->vertex_count; i++) {
        const struct sp_vertex *v = &r->vertex[i];
        print_format(o, "  %-30s %7lld  %7lld  %14lld\n", v->name,
                     (long long)quantised(share_ms(v->accumulated_busy_s, r->now_ns), 1),
                     (long long)quantised(share_ms(v->accumulated_idle_s, r->now_ns), 1),
                     (long long)quantised(share_ms(v->accumulated_backpressured_s, r->now_ns), 1));
    }
}

static void text_burst(struct print *o, const struct sp_reading *r)
{
    print_format(o, "\npolicy     %s, %lld decisions\n", policy_name(r), (long long)r->decisions);
    if (r->calls == 0) {
        print_text(o, "burst      nothing went to functions\n");
        return;
    }
    print_format(o, "burst      %s records in %s batches and %s calls, for %s\n",
                 fmt_grouped(r->burst_records).s, fmt_grouped(r->batches).s,
                 fmt_grouped(r->calls).s, fmt_usd(r->cost_nusd).s);
    print_format(o, "           %s executions, %s batches halved, %s records came back\n",
                 fmt_grouped(r->executed).s, fmt_grouped(r->splits).s, fmt_grouped(r->fell_back).s);
    print_format(o, "           %s retries, %s throttled, %s cold starts, %s failed\n",
                 fmt_grouped(r->retries).s, fmt_grouped(r->throttled).s,
                 fmt_grouped(r->cold_starts).s, fmt_grouped(r->failed).s);
    text_latency(o, "calls", &r->call_run);
}

void summary_text(struct print *o, const struct sp_summary *s)
{
    const struct sp_reading *r = &s->last;
    print_format(o, "%s: %s clock, provider %s, seed %llu, commit %s%s\n", r->preset,
                 r->sim ? "sim" : "live", r->provider, (unsigned long long)s->seed, sp_commit(),
                 s->interrupted ? " (interrupted)" : "");
    print_text(o, "time       ");
    seconds(o, r->now_ns);
    print_text(o, " s; the last record was done at ");
    seconds(o, s->completion_ns);
    print_text(o, " s\n");
    text_records(o, s);
    text_latency(o, "latency", &r->latency_run);
    if (r->latency_run.count)
        text_parts(o, &r->parts_run);
    text_vertices(o, r);
    text_burst(o, r);
    print_format(o, "output     %s tokens, digest %016llx\n", fmt_grouped(r->tokens).s,
                 (unsigned long long)r->digest);
    if (s->expect_count)
        print_text(o, "\n");
    for (int i = 0; i < s->expect_count; i++)
        print_format(o, "expect     %-6s %s  (observed %s)\n", s->expect[i].ok ? "held" : "FAILED",
                     s->expect[i].text, s->expect[i].observed);
}
