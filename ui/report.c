/* Figures of two stretches of time side by side. */
#include "ui/report.h"

#include <stdio.h>

/* One stretch. Figures below 0 were not measured. */
struct phase {
    int64_t from_ns, to_ns;
    bool known;
    double in, out, in_rate, out_rate, burst, busy, backlog_max, backlog_end;
    double calls, cold, failed, cost, cost_rate;
    struct sp_latency latency, call;
};

static struct phase phase_of(const struct history *h, int64_t from_ns, int64_t to_ns)
{
    struct phase p = {.from_ns = from_ns, .to_ns = to_ns};
    int64_t first, last, a[WHOLE_COUNT], b[WHOLE_COUNT];
    if (!history_range(h, &first, &last))
        return p;
    p.from_ns = from_ns > first ? from_ns : first;
    p.to_ns = to_ns < last ? to_ns : last;
    double s = (double)(p.to_ns - p.from_ns) / 1e9;
    if (!(s > 0.05) || !history_whole(h, p.from_ns, a) || !history_whole(h, p.to_ns, b))
        return p;
    p.known = true;
    p.in = (double)(b[WHOLE_IN] - a[WHOLE_IN]);
    p.out = (double)(b[WHOLE_OUT] - a[WHOLE_OUT]);
    p.in_rate = p.in / s;
    p.out_rate = p.out / s;
    p.burst = p.in > 0 ? (double)(b[WHOLE_BURST] - a[WHOLE_BURST]) / p.in : 0;
    p.calls = (double)(b[WHOLE_CALLS] - a[WHOLE_CALLS]);
    p.cold = (double)(b[WHOLE_COLD] - a[WHOLE_COLD]);
    p.failed = (double)(b[WHOLE_FAILED] - a[WHOLE_FAILED]);
    p.cost = (double)(b[WHOLE_COST] - a[WHOLE_COST]);
    p.cost_rate = p.cost / s * 3600;
    struct extent busy = history_span(h, FIELD_BUSY, p.from_ns, p.to_ns + 1);
    struct extent backlog = history_span(h, FIELD_BACKLOG, p.from_ns, p.to_ns + 1);
    p.busy = busy.any ? busy.mean / 100 : -1;
    p.backlog_max = backlog.any ? backlog.max : -1;
    p.backlog_end = (double)b[WHOLE_BACKLOG];
    p.latency = history_latency(h, HISTORY_LATENCY, p.from_ns, p.to_ns);
    p.call = history_latency(h, HISTORY_CALL, p.from_ns, p.to_ns);
    return p;
}

/* ---- rows ------------------------------------------------------------------------------ */

enum kind { KIND_COUNT, KIND_RATE, KIND_RATIO, KIND_LATENCY, KIND_USD };

static struct txt none(void) { return (struct txt){"n/a"}; }

static struct txt value_text(enum kind kind, double v)
{
    if (!(v >= 0))
        return none();
    double cut = v < 9e18 ? v : 9e18;
    switch (kind) {
    case KIND_COUNT:
    case KIND_RATE:
        return fmt_si(v);
    case KIND_RATIO:
        return fmt_percent(v);
    case KIND_LATENCY:
        return fmt_latency((int64_t)cut);
    case KIND_USD:
        return fmt_usd((int64_t)cut);
    }
    return none();
}

/* How far b is from a: times, parts, per cent, or the difference where a is nothing. */
static struct txt change_text(enum kind kind, double a, double b)
{
    struct txt t = {""}, d;
    if (!(a >= 0) || !(b >= 0))
        return t;
    bool up = b > a;
    double times = a > 0 && b > 0 ? (up ? b / a : a / b) : 0;
    if (kind == KIND_RATIO) {
        snprintf(t.s, sizeof t.s, "%+.0f pp", (b - a) * 100);
    } else if (a <= 0 || b <= 0) {
        d = value_text(kind, up ? b - a : a - b);
        snprintf(t.s, sizeof t.s, "%s%.20s", up ? "+" : "−", d.s);
    } else if (times >= 2) {
        snprintf(t.s, sizeof t.s, times < 10 ? "%s%.1f" : "%s%.0f", up ? "×" : "÷",
                 times < 9999 ? times : 9999);
    } else {
        snprintf(t.s, sizeof t.s, "%+.0f%%", (b / a - 1) * 100);
    }
    if (a == b)
        snprintf(t.s, sizeof t.s, "=");
    return t;
}

static void add(struct report *r, const char *name, enum kind kind, bool compare, double a,
                double b)
{
    assert(r->rows < REPORT_ROWS);
    r->row[r->rows++] = (struct report_row){name, value_text(kind, a), value_text(kind, b),
                                            compare ? change_text(kind, a, b) : (struct txt){""}};
}

static double known(const struct phase *p, double v) { return p->known ? v : -1; }

static double of(const struct phase *p, const struct sp_latency *l, int64_t ns)
{
    return p->known && l->count > 0 ? (double)ns : -1;
}

static void head(struct txt *t, const char *sign, const struct phase *p)
{
    if (!p->known)
        *t = none();
    else {
        double s = (double)(p->to_ns - p->from_ns) / 1e9;
        snprintf(t->s, sizeof t->s, s < 9.95 ? "%s%.1fs" : "%s%.0fs", sign, s);
    }
}

void report_around(const struct history *h, const struct marker *m, int64_t now_ns,
                   struct report *out)
{
    int64_t to = m->at_ns + REPORT_AROUND_NS;
    struct phase a = phase_of(h, m->at_ns - REPORT_AROUND_NS, m->at_ns);
    struct phase b = phase_of(h, m->at_ns, to < now_ns ? to : now_ns);
    *out = (struct report){.rows = 0};
    snprintf(out->title, sizeof out->title, "Before and after %s", m->letter);
    head(&out->head_before, "−", &a);
    head(&out->head_after, "+", &b);
    add(out, "mean", KIND_LATENCY, true, of(&a, &a.latency, a.latency.mean),
        of(&b, &b.latency, b.latency.mean));
    add(out, "p99", KIND_LATENCY, true, of(&a, &a.latency, a.latency.p99),
        of(&b, &b.latency, b.latency.p99));
    add(out, "backlog", KIND_COUNT, true, known(&a, a.backlog_max), known(&b, b.backlog_max));
    add(out, "cost/h", KIND_USD, true, known(&a, a.cost_rate), known(&b, b.cost_rate));
}

static void add_latency(struct report *r, const struct phase *a, const struct phase *b)
{
    const struct sp_latency *x = &a->latency, *y = &b->latency, *p = &a->call, *q = &b->call;
    add(r, "mean latency", KIND_LATENCY, true, of(a, x, x->mean), of(b, y, y->mean));
    add(r, "p50", KIND_LATENCY, true, of(a, x, x->p50), of(b, y, y->p50));
    add(r, "p90", KIND_LATENCY, true, of(a, x, x->p90), of(b, y, y->p90));
    add(r, "p99", KIND_LATENCY, true, of(a, x, x->p99), of(b, y, y->p99));
    add(r, "p99.9", KIND_LATENCY, true, x->count > 1000 ? of(a, x, x->p999) : -1,
        y->count > 1000 ? of(b, y, y->p999) : -1);
    add(r, "max", KIND_LATENCY, true, of(a, x, x->max), of(b, y, y->max));
    add(r, "call p50", KIND_LATENCY, true, of(a, p, p->p50), of(b, q, q->p50));
    add(r, "call p99", KIND_LATENCY, true, of(a, p, p->p99), of(b, q, q->p99));
}

void report_since(const struct history *h, const char *name, int64_t from_ns, int64_t now_ns,
                  struct report *out)
{
    struct phase b = phase_of(h, from_ns, now_ns);
    struct phase a = phase_of(h, from_ns - (b.to_ns - b.from_ns), from_ns);
    *out = (struct report){.rows = 0};
    snprintf(out->title, sizeof out->title, "Since %.60s, until %s", name, fmt_clock(b.to_ns).s);
    if (b.from_ns > from_ns)
        snprintf(out->note, sizeof out->note, "recorded from %s on only", fmt_clock(b.from_ns).s);
    head(&out->head_before, "−", &a);
    head(&out->head_after, "+", &b);
    add(out, "records in", KIND_COUNT, false, known(&a, a.in), known(&b, b.in));
    add(out, "records out", KIND_COUNT, false, known(&a, a.out), known(&b, b.out));
    add(out, "in /s", KIND_RATE, true, known(&a, a.in_rate), known(&b, b.in_rate));
    add(out, "out /s", KIND_RATE, true, known(&a, a.out_rate), known(&b, b.out_rate));
    add(out, "busy", KIND_RATIO, true, known(&a, a.busy), known(&b, b.busy));
    add_latency(out, &a, &b);
    add(out, "backlog, most", KIND_COUNT, true, known(&a, a.backlog_max), known(&b, b.backlog_max));
    add(out, "backlog, end", KIND_COUNT, true, known(&a, a.backlog_end), known(&b, b.backlog_end));
    add(out, "burst", KIND_RATIO, true, known(&a, a.burst), known(&b, b.burst));
    add(out, "calls", KIND_COUNT, false, known(&a, a.calls), known(&b, b.calls));
    add(out, "cold, failed", KIND_COUNT, false, known(&a, a.cold + a.failed),
        known(&b, b.cold + b.failed));
    add(out, "cost", KIND_USD, false, known(&a, a.cost), known(&b, b.cost));
    add(out, "cost/h", KIND_USD, true, known(&a, a.cost_rate), known(&b, b.cost_rate));
}
