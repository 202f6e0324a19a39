#include "lab/metric.h"

#include "io/preset_text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
/* A slot is priced as one virtual processor that is rented all the time: $0.04048 an hour,
 * what a container service asks in us-east-1. */
#define SLOT_NUSD_HOUR INT64_C(40480000)

/* What a figure is made from. */
struct source {
    const struct watch *watch;
    const struct sp_summary *summary;
    const struct sp_reading *last;
    struct watch_steady steady;
};

enum kind {
    U64,     /* a counter of the reading */
    I64,     /* the same, signed */
    MS,      /* int64_t ns of the reading, written in ms with 3 digits */
    MEAN_MS, /* double ns */
    OWN,     /* `own` makes it, in the metric's digits */
};

/* What must have been for a figure to be one. */
enum need { ALWAYS, RECORDS, REST, CALLS, BATCHES, BLOCKED };

struct definition {
    struct metric metric;
    enum kind kind;
    size_t at;
    int64_t (*own)(const struct source *s);
    enum need need;
};

/* ---- figures that are worked out ---------------------------------------------------------- */

/* x in 1/scale, rounded; what is no number counts as 0. */
static int64_t rounded(double x, double scale)
{
    double y = x * scale;
    if (!(y > -9e18 && y < 9e18))
        return 0;
    return (int64_t)(y < 0 ? y - 0.5 : y + 0.5);
}

static int64_t ms(int64_t ns) { return (ns + 500) / 1000; }
static int64_t seconds(int64_t ns) { return (ns + 500000) / 1000000; }
/* part / whole × scale, rounded; 0 of nothing. */
static int64_t ratio(i128 part, i128 whole, int64_t scale)
{
    return whole > 0 ? (int64_t)((2 * part * scale + whole) / (2 * whole)) : 0;
}

static int64_t duration(const struct source *s) { return seconds(s->last->now_ns); }
static int64_t completion(const struct source *s) { return seconds(s->summary->completion_ns); }

static int64_t throughput(const struct source *s)
{
    return ratio((i128)s->last->out * NS_PER_S, s->summary->completion_ns, 1000);
}

static int64_t sink_rate(const struct source *s)
{
    return ratio((i128)s->last->out * NS_PER_S, s->last->now_ns, 1000);
}

static int64_t batch_quantile(const struct source *s, int64_t ppm)
{
    return ms(hist_quantile(&s->summary->batch_hist, ppm));
}
static int64_t batch_min(const struct source *s) { return batch_quantile(s, 1); }
static int64_t batch_p25(const struct source *s) { return batch_quantile(s, 250000); }
static int64_t batch_p50(const struct source *s) { return batch_quantile(s, 500000); }
static int64_t batch_p75(const struct source *s) { return batch_quantile(s, 750000); }
static int64_t batch_p95(const struct source *s) { return batch_quantile(s, 950000); }
static int64_t batch_max(const struct source *s) { return ms(s->summary->batch_hist.max); }
static int64_t batch_mean(const struct source *s) { return ms(hist_mean(&s->summary->batch_hist)); }

static int64_t latency_quantile(const struct source *s, int64_t ppm)
{
    return ms(hist_quantile(&s->last->latency_hist, ppm));
}
static int64_t latency_min(const struct source *s) { return latency_quantile(s, 1); }
static int64_t latency_p25(const struct source *s) { return latency_quantile(s, 250000); }
static int64_t latency_p50(const struct source *s) { return latency_quantile(s, 500000); }
static int64_t latency_p75(const struct source *s) { return latency_quantile(s, 750000); }
static int64_t latency_p95(const struct source *s) { return latency_quantile(s, 950000); }
static int64_t latency_max(const struct source *s) { return ms(s->last->latency_hist.max); }

static int64_t steady(const struct source *s) { return s->steady.steady; }
static int64_t steady_from(const struct source *s) { return seconds(s->steady.from_ns); }
static int64_t steady_mean(const struct source *s) { return ms(hist_mean(&s->steady.rest)); }
static int64_t steady_p50(const struct source *s)
{
    return ms(hist_quantile(&s->steady.rest, 500000));
}
static int64_t steady_p99(const struct source *s)
{
    return ms(hist_quantile(&s->steady.rest, 990000));
}

static int64_t burst_share(const struct source *s)
{
    return ratio((i128)s->last->burst_records, (i128)s->last->in, 100000);
}

/* Slots of the vertex that has most of them, all its instances together. */
static int64_t slot_count(const struct source *s)
{
    int64_t most = 0;
    for (int i = 0; i < s->last->vertex_count; i++) {
        const struct sp_vertex *v = &s->last->vertex[i];
        int64_t n = (int64_t)v->slots * v->parallelism;
        if (!v->remote && n > most)
            most = n;
    }
    return most;
}

static int64_t slots_nusd(const struct source *s)
{
    return ratio((i128)slot_count(s) * s->last->now_ns, 3600 * (i128)NS_PER_S, SLOT_NUSD_HOUR);
}

static int64_t per_million(const struct source *s, int64_t nusd)
{
    return ratio((i128)nusd * 1000000, (i128)s->last->out, 1) / 1000;
}

static int64_t cost_million(const struct source *s) { return per_million(s, s->last->cost_nusd); }

static int64_t slots_million(const struct source *s) { return per_million(s, slots_nusd(s)); }

static int64_t total_million(const struct source *s)
{
    return per_million(s, slots_nusd(s) + s->last->cost_nusd);
}

static int64_t mean_batch(const struct source *s)
{
    return ratio((i128)s->last->burst_records, (i128)s->last->batches, 1000);
}

/* The busiest vertex, its share of the whole run. */
static int64_t busy(const struct source *s)
{
    double most = 0, length_s = (double)s->last->now_ns / 1e9;
    for (int i = 0; i < s->last->vertex_count; i++)
        if (!s->last->vertex[i].remote && s->last->vertex[i].accumulated_busy_s > most)
            most = s->last->vertex[i].accumulated_busy_s;
    return length_s > 0 ? rounded(most / length_s, 1e5) : 0;
}

static int64_t blocked(const struct source *s)
{
    return rounded(s->last->accumulated_backpressured_s, 1e3);
}

static int64_t blocked_intervals(const struct source *s) { return (int64_t)s->watch->blocked; }
static int64_t rectified(const struct source *s)
{
    return ratio((i128)s->watch->rectified, (i128)s->watch->blocked, 100000);
}

static int64_t digest(const struct source *s) { return (int64_t)s->last->digest; }
static int64_t ledger(const struct source *s) { return s->summary->ledger_ok; }
static int64_t expects_failed(const struct source *s)
{
    int64_t n = 0;
    for (int i = 0; i < s->summary->expect_count; i++)
        n += !s->summary->expect[i].ok;
    return n;
}

/* ---- the table ------------------------------------------------------------------------------ */

#define AT(member) offsetof(struct sp_reading, member)
#define COUNTER(name, member, less, help)                                                          \
    {                                                                                              \
        {name, "", 0, less, help}, U64, AT(member), NULL, ALWAYS                                   \
    }
#define TIME(name, member, need, help)                                                             \
    {                                                                                              \
        {name, "ms", 3, true, help}, MS, AT(member), NULL, need                                    \
    }
#define PART(name, member, help)                                                                   \
    {                                                                                              \
        {name, "ms", 3, true, help}, MEAN_MS, AT(member), NULL, RECORDS                            \
    }
#define WORKED(name, unit, digits, less, function, help)                                           \
    {                                                                                              \
        {name, unit, digits, less, help}, OWN, 0, function, ALWAYS                                 \
    }
#define WORKED_MS(name, function, need, help)                                                      \
    {                                                                                              \
        {name, "ms", 3, true, help}, OWN, 0, function, need                                        \
    }
#define PER_MILLION(name, function, help)                                                          \
    {                                                                                              \
        {name, "$", 6, true, help}, OWN, 0, function, RECORDS                                      \
    }

static const struct definition table[] = {
    WORKED("duration_s", "s", 3, true, duration, "engine time of the run"),
    WORKED("completion_s", "s", 3, true, completion, "when the last record was done"),
    WORKED("throughput", "ev/s", 3, false, throughput, "records done / completion"),
    WORKED("sink_rate", "ev/s", 3, false, sink_rate, "records done / duration"),
    COUNTER("in", in, false, "records emitted"),
    COUNTER("out", out, false, "records done"),
    {{"in_flight", "", 0, true, "records under way at the end"}, I64, AT(in_flight), NULL, ALWAYS},
    {{"backlog", "", 0, true, "records due and not emitted at the end"},
     I64,
     AT(backlog),
     NULL,
     ALWAYS},
    COUNTER("dead", dead, true, "dead letters"),
    COUNTER("lost", lost, true, "records lost"),
    COUNTER("duplicated", duplicated, true, "records duplicated"),
    COUNTER("disordered", disordered, true, "records out of order"),
    TIME("latency_mean_ms", latency_run.mean, RECORDS, "due to sink, mean over all records done"),
    TIME("latency_p90_ms", latency_run.p90, RECORDS, "90th percentile of it"),
    TIME("latency_p99_ms", latency_run.p99, RECORDS, "99th percentile of it"),
    TIME("latency_p999_ms", latency_run.p999, RECORDS, "99.9th percentile of it"),
    WORKED_MS("latency_min_ms", latency_min, RECORDS, "least of it"),
    WORKED_MS("latency_p25_ms", latency_p25, RECORDS, "first quartile of it"),
    WORKED_MS("latency_p50_ms", latency_p50, RECORDS, "median of it"),
    WORKED_MS("latency_p75_ms", latency_p75, RECORDS, "third quartile of it"),
    WORKED_MS("latency_p95_ms", latency_p95, RECORDS, "95th percentile of it"),
    WORKED_MS("latency_max_ms", latency_max, RECORDS, "largest of it"),
    WORKED("steady", "", 0, false, steady, "1: the latency was steady after steady_from_s"),
    WORKED("steady_from_s", "s", 3, true, steady_from, "warm-up that was cut off (MSER)"),
    WORKED_MS("steady_mean_ms", steady_mean, REST, "mean latency after that"),
    WORKED_MS("steady_p50_ms", steady_p50, REST, "median latency after that"),
    WORKED_MS("steady_p99_ms", steady_p99, REST, "99th percentile after that"),
    PART("part_backlog_ms", parts_run.backlog, "part of the mean: due to emitted"),
    PART("part_queue_ms", parts_run.queue, "part of the mean: in links, waiting for a slot"),
    PART("part_fill_ms", parts_run.fill, "part of the mean: until the batch was full"),
    PART("part_call_ms", parts_run.call, "part of the mean: first attempt to answer"),
    PART("part_service_ms", parts_run.service, "part of the mean: in a local slot"),
    PART("part_order_ms", parts_run.order, "part of the mean: waiting for order"),
    TIME("call_p50_ms", call_run.p50, CALLS, "median of a call"),
    TIME("call_p99_ms", call_run.p99, CALLS, "99th percentile of a call"),
    WORKED_MS("batch_mean_ms", batch_mean, BATCHES, "a batch: first record in to answer"),
    WORKED_MS("batch_min_ms", batch_min, BATCHES, "least of it"),
    WORKED_MS("batch_p25_ms", batch_p25, BATCHES, "first quartile of it"),
    WORKED_MS("batch_p50_ms", batch_p50, BATCHES, "median of it"),
    WORKED_MS("batch_p75_ms", batch_p75, BATCHES, "third quartile of it"),
    WORKED_MS("batch_p95_ms", batch_p95, BATCHES, "95th percentile of it"),
    WORKED_MS("batch_max_ms", batch_max, BATCHES, "largest of it"),
    COUNTER("burst_records", burst_records, false, "records sent to functions"),
    WORKED("burst_share", "%", 3, true, burst_share, "their share of those emitted"),
    COUNTER("batches", batches, false, "batches closed"),
    {{"mean_batch", "", 3, false, "records in a batch"}, OWN, 0, mean_batch, BATCHES},
    COUNTER("calls", calls, false, "calls made"),
    COUNTER("retries", retries, true, "of them further attempts"),
    COUNTER("throttled", throttled, true, "calls throttled (429)"),
    COUNTER("cold_starts", cold_starts, true, "calls that met a cold function"),
    COUNTER("failed", failed, true, "calls that failed"),
    {{"cost_usd", "$", 9, true, "bill of the functions"}, I64, AT(cost_nusd), NULL, ALWAYS},
    PER_MILLION("cost_per_million_usd", cost_million, "bill / 10^6 records done"),
    WORKED("slot_count", "", 0, true, slot_count, "slots of the vertex with most"),
    PER_MILLION("slots_per_million_usd", slots_million,
                "price of these slots / 10^6 records done, $0.04048 an hour each"),
    PER_MILLION("total_per_million_usd", total_million, "both together"),
    WORKED("busy", "%", 3, true, busy, "busiest vertex, over the run"),
    WORKED("backpressured_s", "s", 3, true, blocked, "accumulated, of the worst vertex"),
    WORKED("blocked_intervals", "", 0, true, blocked_intervals,
           "control intervals with back-pressure"),
    {{"rectified", "%", 3, false, "of them: gone in the interval after"},
     OWN,
     0,
     rectified,
     BLOCKED},
    {{"decisions", "", 0, true, "changes of a decided field"}, I64, AT(decisions), NULL, ALWAYS},
    WORKED("expects_failed", "", 0, true, expects_failed, "expectations that did not hold"),
    WORKED("ledger_ok", "", 0, false, ledger, "1: in = out + in flight + dead, nothing lost"),
    WORKED("digest", "", METRIC_HEX, false, digest, "hash of all rows"),
};
_Static_assert(COUNT(table) <= METRICS_MAX, "METRICS_MAX is too small");

int metric_count(void) { return (int)COUNT(table); }
const struct metric *metric_at(int i) { return &table[i].metric; }

int metric_find(const char *name)
{
    for (size_t i = 0; i < COUNT(table); i++)
        if (strcmp(table[i].metric.name, name) == 0)
            return (int)i;
    return -1;
}

int metric_find_family(const char *name)
{
    char first[64];
    const char *unit = strrchr(name, '_');
    if (!unit || (size_t)snprintf(first, sizeof first, "%.*s_min%s", (int)(unit - name), name,
                                  unit) >= sizeof first)
        return -1;
    int i = metric_find(first);
    return i >= 0 && i + FAMILY_SIZE <= metric_count() ? i : -1;
}

bool metric_pooled(int i, enum metric_pool *pool, int64_t *ppm)
{
    static const int64_t family_ppm[FAMILY_SIZE] = {1, 250000, 500000, 750000, 950000, 1000000};
    static const char *const name[POOLS] = {"latency_ms", "batch_ms"};
    for (int p = 0; p < POOLS; p++) {
        int first = metric_find_family(name[p]);
        if (i < first || i >= first + FAMILY_SIZE)
            continue;
        *pool = (enum metric_pool)p;
        *ppm = family_ppm[i - first];
        return true;
    }
    return false;
}

const struct hist *metric_hist(const struct sp_summary *s, enum metric_pool pool)
{
    return pool == POOL_BATCH ? &s->batch_hist : &s->last.latency_hist;
}

const char *metric_nearest(const char *name)
{
    const char *names[COUNT(table)];
    for (size_t i = 0; i < COUNT(table); i++)
        names[i] = table[i].metric.name;
    return preset_nearest_of(name, strlen(name), names, COUNT(table));
}

static bool there_is(const struct source *s, enum need need)
{
    switch (need) {
    case ALWAYS:
        return true;
    case RECORDS:
        return s->last->out > 0;
    case REST:
        return s->steady.rest.count > 0;
    case CALLS:
        return s->last->calls > 0;
    case BATCHES:
        return s->summary->batch_hist.count > 0;
    case BLOCKED:
        return s->watch->blocked > 0;
    }
    return false;
}

void metric_take(const struct watch *w, const struct sp_summary *summary,
                 int64_t value[METRICS_MAX])
{
    static const struct source none;
    struct source s = none;
    s.watch = w;
    s.summary = summary;
    s.last = &summary->last;
    watch_steady(w, s.last, &s.steady);
    for (size_t i = 0; i < COUNT(table); i++) {
        union {
            int64_t i;
            double d;
        } v;
        memcpy(&v, (const char *)s.last + table[i].at, sizeof v);
        switch (table[i].kind) {
        case U64:
        case I64:
            value[i] = v.i;
            break;
        case MS:
            value[i] = ms(v.i);
            break;
        case MEAN_MS:
            value[i] = rounded(v.d, 1e-3);
            break;
        case OWN:
            value[i] = table[i].own(&s);
            break;
        }
        if (!there_is(&s, table[i].need))
            value[i] = METRIC_NONE;
    }
}

/* ---- as text -------------------------------------------------------------------------------- */

size_t metric_write(const struct metric *m, int64_t value, char *dst, size_t size)
{
    if (value == METRIC_NONE) {
        dst[0] = '\0';
        return 0;
    }
    if (m->digits == METRIC_HEX)
        return (size_t)snprintf(dst, size, "%016llx", (unsigned long long)value);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, scale = 1;
    for (int i = 0; i < m->digits; i++)
        scale *= 10;
    int n = m->digits == 0
                ? snprintf(dst, size, "%s%llu", value < 0 ? "-" : "", (unsigned long long)rest)
                : snprintf(dst, size, "%s%llu.%0*llu", value < 0 ? "-" : "",
                           (unsigned long long)(rest / scale), m->digits,
                           (unsigned long long)(rest % scale));
    return n > 0 ? (size_t)n : 0;
}

static bool read_hex(const char *text, int64_t *value)
{
    bool good = strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16;
    if (good)
        *value = (int64_t)strtoull(text, NULL, 16);
    return good;
}

bool metric_read(const struct metric *m, const char *text, int64_t *value)
{
    if (m->digits == METRIC_HEX && text[0])
        return read_hex(text, value);
    bool negative = *text == '-', point = false;
    int digits = 0, behind = 0;
    int64_t v = 0;
    for (const char *s = text + negative; *s; s++) {
        if (*s == '.' && !point) {
            point = true;
            continue;
        }
        if (*s < '0' || *s > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, *s - '0', &v))
            return false;
        digits++;
        behind += point;
    }
    *value = text[0] ? (negative ? -v : v) : METRIC_NONE;
    return !text[0] || (digits > 0 && behind == m->digits);
}
