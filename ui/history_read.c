/* Reading the history back: spans of a figure, merged percentiles, a whole reading. */
#include "ui/history.h"

#include <string.h>

/* Ranges at least so long are answered from whole seconds. */
#define BY_SLOTS_NS (10 * NS_PER_S)

bool history_range(const struct history *h, int64_t *first_ns, int64_t *last_ns)
{
    if (h->count == 0)
        return false;
    *first_ns = history_sample(h, 0)->at_ns;
    if (h->slot_count > 0 && history_slot(h, 0)->first_ns < *first_ns)
        *first_ns = history_slot(h, 0)->first_ns;
    *last_ns = history_sample(h, h->count - 1)->at_ns;
    return true;
}

int history_sample_at(const struct history *h, int64_t at_ns)
{
    int lo = 0, hi = h->count; /* the first one after at_ns */
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (history_sample(h, mid)->at_ns <= at_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo - 1;
}

int history_slot_at(const struct history *h, int64_t at_ns)
{
    int lo = 0, hi = h->slot_count;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (history_slot(h, mid)->at_ns <= at_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo - 1;
}

/* ---- spans of samples and of seconds -------------------------------------------------- */

static void widen(struct extent *e, double min, double max, double last)
{
    if (!(min >= 0))
        return;
    e->min = e->any && e->min < min ? e->min : min;
    e->max = e->any && e->max > max ? e->max : max;
    e->last = last;
    e->any = true;
}

/* True if sample i still speaks at at_ns, which lies after it. */
static bool holds(const struct history *h, int i, int64_t at_ns)
{
    if (i < 0)
        return false;
    if (at_ns - history_sample(h, i)->at_ns < HISTORY_HOLD_NS)
        return true;
    return i + 1 < h->count && !history_sample(h, i + 1)->gap;
}

static bool slot_holds(const struct history *h, int i, int64_t at_ns)
{
    if (i < 0)
        return false;
    const struct slot *s = history_slot(h, i);
    if (at_ns < s->at_ns + NS_PER_S || at_ns - s->last_ns < HISTORY_HOLD_NS)
        return true;
    return i + 1 < h->slot_count && !history_slot(h, i + 1)->gap;
}

static struct extent span_of_samples(const struct history *h, enum field field, int64_t from_ns,
                                     int64_t to_ns)
{
    struct extent e = {false, 0, 0, 0, 0};
    double sum = 0;
    int n = 0, i = history_sample_at(h, from_ns - 1) + 1;
    bool inside = i < h->count && history_sample(h, i)->at_ns < to_ns;
    if (!inside) {
        if (!holds(h, --i, from_ns))
            return e;
        double v = (double)history_sample(h, i)->v[field];
        widen(&e, v, v, v);
        e.mean = e.last;
        return e;
    }
    for (; i < h->count && history_sample(h, i)->at_ns < to_ns; i++) {
        double v = (double)history_sample(h, i)->v[field];
        widen(&e, v, v, v);
        sum += v >= 0 ? v : 0;
        n += v >= 0;
    }
    e.mean = n > 0 ? sum / n : 0;
    return e;
}

static struct extent span_of_slots(const struct history *h, enum field field, int64_t from_ns,
                                   int64_t to_ns)
{
    struct extent e = {false, 0, 0, 0, 0};
    double sum = 0;
    int n = 0, i = history_slot_at(h, from_ns - 1) + 1;
    if (i >= h->slot_count || history_slot(h, i)->at_ns >= to_ns) {
        i--; /* a range within one second */
        if (!slot_holds(h, i, from_ns))
            return e;
        to_ns = INT64_MAX;
    }
    for (int first = i; i < h->slot_count && history_slot(h, i)->at_ns < to_ns; i++) {
        const struct spread *s = &history_slot(h, i)->v[field];
        if (to_ns == INT64_MAX && i > first)
            break;
        widen(&e, (double)s->min, (double)s->max, (double)s->last);
        sum += s->min >= 0 ? (double)s->mean : 0;
        n += s->min >= 0;
    }
    e.mean = n > 0 ? sum / n : 0;
    return e;
}

/* Two spans, one after the other, as one. The means weigh by time. */
static struct extent joined(struct extent a, double a_ns, struct extent b, double b_ns)
{
    if (!a.any || !b.any)
        return a.any ? a : b;
    struct extent e = a;
    widen(&e, b.min, b.max, b.last);
    e.mean = (a.mean * a_ns + b.mean * b_ns) / (a_ns + b_ns);
    return e;
}

/* ---- percentiles ---------------------------------------------------------------------- */

static const struct track *track_of(const struct history *h, enum latency_kind which)
{
    return which == HISTORY_CALL ? &h->call : &h->latency;
}

void history_hist(const struct history *h, enum latency_kind which, int64_t from_ns, int64_t to_ns,
                  struct hist *out)
{
    hist_reset(out);
    track_merge(track_of(h, which), from_ns, to_ns, out);
}

static struct sp_latency figures(const struct hist *h)
{
    struct sp_latency l = {h->count,
                           hist_mean(h),
                           hist_quantile(h, 500000),
                           hist_quantile(h, 900000),
                           hist_quantile(h, 990000),
                           hist_quantile(h, 999000),
                           h->max};
    return l;
}

static bool is_for(const struct span_cache *c, const struct span_cache *key)
{
    return c->valid && c->which == key->which && c->from_ns == key->from_ns &&
           c->to_ns == key->to_ns;
}

/* Where a range's figures are kept, or may be: one of four places, a stale one first. */
static struct span_cache *cached(const struct history *h, const struct span_cache *key)
{
    uint64_t x = (uint64_t)key->from_ns * UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (uint64_t)key->to_ns) * UINT64_C(0xC2B2AE3D27D4EB4F) + (uint64_t)key->which;
    struct span_cache *set = &h->cache[(x >> 32) % (HISTORY_CACHE / 4) * 4];
    struct span_cache *free = &set[(x >> 20) % 4];
    for (int i = 0; i < 4; i++) {
        if (is_for(&set[i], key))
            return &set[i];
        if (!set[i].valid || (set[i].until != 0 && set[i].until != h->pushes))
            free = &set[i];
    }
    return free;
}

struct sp_latency history_latency(const struct history *h, enum latency_kind which, int64_t from_ns,
                                  int64_t to_ns)
{
    int64_t first, last;
    if (!history_range(h, &first, &last) || to_ns <= from_ns)
        return (struct sp_latency){0};
    struct span_cache key = {true, 0, (int)which, from_ns, to_ns, {0}};
    struct span_cache *c = cached(h, &key);
    if (is_for(c, &key) && (c->until == 0 || c->until == h->pushes))
        return c->latency;
    history_hist(h, which, from_ns, to_ns, h->scratch);
    key.latency = figures(h->scratch);
    key.until = to_ns <= last ? 0 : h->pushes; /* what is over does not change any more */
    *c = key;
    return key.latency;
}

/* Which histogram a field is a figure of, and which figure; false: of none. */
static bool is_percentile(enum field field, enum latency_kind *which, size_t *at)
{
    static const struct {
        enum field field;
        enum latency_kind which;
        size_t at;
    } rows[] = {
        {FIELD_P50, HISTORY_LATENCY, offsetof(struct sp_latency, p50)},
        {FIELD_P90, HISTORY_LATENCY, offsetof(struct sp_latency, p90)},
        {FIELD_P99, HISTORY_LATENCY, offsetof(struct sp_latency, p99)},
        {FIELD_P999, HISTORY_LATENCY, offsetof(struct sp_latency, p999)},
        {FIELD_MEAN, HISTORY_LATENCY, offsetof(struct sp_latency, mean)},
        {FIELD_CALL_P50, HISTORY_CALL, offsetof(struct sp_latency, p50)},
        {FIELD_CALL_P99, HISTORY_CALL, offsetof(struct sp_latency, p99)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].field == field) {
            *which = rows[i].which;
            *at = rows[i].at;
            return true;
        }
    return false;
}

/* Puts the percentile of all the range's records in the place of its seconds' ones. */
static void refine(const struct history *h, enum field field, int64_t from_ns, int64_t to_ns,
                   struct extent *e)
{
    enum latency_kind which;
    size_t at;
    int64_t first, last, value;
    if (!is_percentile(field, &which, &at) || !history_range(h, &first, &last))
        return;
    if (track_of(h, which)->before->count == 0)
        return;
    to_ns = to_ns < last + 1 ? to_ns : last + 1;
    from_ns = from_ns < to_ns - NS_PER_S ? from_ns : to_ns - NS_PER_S;
    from_ns = from_ns > first - NS_PER_S ? from_ns : first - NS_PER_S;
    struct sp_latency l = history_latency(h, which, from_ns, to_ns);
    if (l.count == 0)
        return;
    memcpy(&value, (const char *)&l + at, sizeof value);
    widen(e, (double)value, (double)value, (double)value);
    e->mean = (double)value;
}

/* ---- knobs ---------------------------------------------------------------------------- */

static const struct knob_change *change_at(const struct history *h, int i)
{
    return &h->change[(h->change_first + i) % HISTORY_CHANGES];
}

bool history_knobs(const struct history *h, int64_t at_ns, struct knobs *out)
{
    if (h->count == 0 || at_ns < h->knobs_from_ns)
        return false;
    *out = h->knobs_before;
    for (int i = 0; i < h->change_count && change_at(h, i)->at_ns <= at_ns; i++) {
        const struct knob_change *c = change_at(h, i);
        out->value[c->knob] = c->value;
        out->manual[c->knob] = c->manual;
    }
    return true;
}

static struct extent span_of_knob(const struct history *h, int knob, int64_t from_ns, int64_t to_ns)
{
    struct extent e = {false, 0, 0, 0, 0};
    assert(knob >= 0 && knob < KNOB_COUNT);
    if (h->count == 0 || to_ns <= h->knobs_from_ns ||
        !span_of_samples(h, FIELD_BUSY, from_ns, to_ns).any)
        return e;
    double v = (double)h->knobs_before.value[knob];
    int i = 0;
    for (; i < h->change_count && change_at(h, i)->at_ns <= from_ns; i++)
        if (change_at(h, i)->knob == knob)
            v = (double)change_at(h, i)->value;
    widen(&e, v, v, v);
    for (; i < h->change_count && change_at(h, i)->at_ns < to_ns; i++)
        if (change_at(h, i)->knob == knob) {
            v = (double)change_at(h, i)->value;
            widen(&e, v, v, v);
        }
    e.mean = e.last;
    return e;
}

struct extent history_bounds(const struct history *h, enum field field, int64_t from_ns,
                             int64_t to_ns)
{
    if (field >= FIELD_KNOB)
        return span_of_knob(h, (int)field - FIELD_KNOB, from_ns, to_ns);
    assert(field < FIELD_COUNT);
    struct extent e;
    int64_t first, last;
    if (!history_range(h, &first, &last))
        return (struct extent){false, 0, 0, 0, 0};
    to_ns = from_ns <= last && to_ns > last ? last + 1 : to_ns;
    if (h->slot_count > 0 && history_slot(h, 0)->at_ns < first)
        first = history_slot(h, 0)->at_ns;
    from_ns = to_ns > first && from_ns < first ? first : from_ns;
    int64_t samples_from = h->count > 0 ? history_sample(h, 0)->at_ns : INT64_MIN;
    int64_t slots_to = h->slot_count > 0 ? history_slot(h, h->slot_count - 1)->at_ns : INT64_MIN;
    bool wide = to_ns / 2 - from_ns / 2 >= BY_SLOTS_NS / 2;
    if (h->slot_count == 0 || (!wide && from_ns >= samples_from)) {
        e = span_of_samples(h, field, from_ns, to_ns);
    } else {
        int64_t cut = slots_to < to_ns ? slots_to : to_ns; /* the last second still grows */
        cut = cut > from_ns ? cut : from_ns;
        struct extent a = {false, 0, 0, 0, 0}, b = a;
        if (cut > from_ns)
            a = span_of_slots(h, field, from_ns, cut);
        if (to_ns > cut)
            b = span_of_samples(h, field, cut, to_ns);
        e = joined(a, (double)cut - (double)from_ns, b, (double)to_ns - (double)cut);
    }
    return e;
}

struct extent history_span(const struct history *h, enum field field, int64_t from_ns,
                           int64_t to_ns)
{
    struct extent e = history_bounds(h, field, from_ns, to_ns);
    if (e.any && field < FIELD_COUNT)
        refine(h, field, from_ns, to_ns, &e);
    return e;
}

/* ---- an instant ------------------------------------------------------------------------- */

/* What is remembered of an instant: a sample, or else the last one of a second. */
struct moment {
    int64_t at_ns;
    const int64_t *whole;
    const struct vertex_figures *vertex; /* NULL: not kept */
    float v[FIELD_COUNT];
};

static bool moment_find(const struct history *h, int64_t at_ns, struct moment *m)
{
    int i = history_sample_at(h, at_ns), j = history_slot_at(h, at_ns);
    if (i >= 0) {
        const struct sample *s = history_sample(h, i);
        if (!holds(h, i, at_ns))
            return false;
        *m = (struct moment){s->at_ns, s->whole, NULL, {0}};
        memcpy(m->v, s->v, sizeof m->v);
        if (h->vertices > 0)
            m->vertex = h->vertex + (s - h->sample) * h->vertices;
        return true;
    }
    if (j >= 0 && at_ns < history_slot(h, j)->first_ns)
        j--;
    if (!slot_holds(h, j, at_ns))
        return false;
    const struct slot *s = history_slot(h, j);
    *m = (struct moment){s->last_ns, s->whole, NULL, {0}};
    for (int k = 0; k < FIELD_COUNT; k++)
        m->v[k] = s->v[k].last;
    if (h->vertices > 0)
        m->vertex = h->slot_vertex + (s - h->slot) * h->vertices;
    return true;
}

bool history_whole(const struct history *h, int64_t at_ns, int64_t out[WHOLE_COUNT])
{
    struct moment m;
    if (!moment_find(h, at_ns, &m))
        return false;
    memcpy(out, m.whole, WHOLE_COUNT * sizeof *out);
    return true;
}

static void give_figures(struct sp_reading *r, const struct moment *m)
{
    r->in_rate = (double)m->v[FIELD_IN];
    r->out_rate = (double)m->v[FIELD_OUT];
    r->offered_rate = (double)m->v[FIELD_OFFERED];
    r->burst_rate = (double)m->v[FIELD_BURST];
    r->burst_share = (double)m->v[FIELD_SHARE] / 100;
    r->busy = (double)m->v[FIELD_BUSY] / 100;
    r->backpressured = (double)m->v[FIELD_BP] * 10;
    r->accumulated_backpressured_s = (double)m->v[FIELD_BP_SUM];
    r->drain_s = (double)m->v[FIELD_DRAIN];
    r->mean_batch = m->v[FIELD_MEAN_BATCH] > 0 ? (double)m->v[FIELD_MEAN_BATCH] : 0;
    r->parts = (struct sp_parts){(double)m->v[FIELD_PART_BACKLOG], (double)m->v[FIELD_PART_QUEUE],
                                 (double)m->v[FIELD_PART_FILL],    (double)m->v[FIELD_PART_CALL],
                                 (double)m->v[FIELD_PART_SERVICE], (double)m->v[FIELD_PART_ORDER]};
    double bp = r->backpressured;
    r->level = bp <= 100 ? SP_BP_OK : bp <= 500 ? SP_BP_LOW : SP_BP_HIGH;
}

static void give_vertices(struct sp_reading *r, const struct history *h, const struct moment *m)
{
    r->instance_count = 0;
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++) {
        struct sp_vertex *v = &r->vertex[i];
        v->first_instance = -1;
        struct vertex_figures f = {0};
        if (m->vertex != NULL && i < h->vertices)
            f = m->vertex[i];
        v->busy = f.busy;
        v->backpressured = f.bp;
        v->idle = f.idle;
        v->slots = f.slots < UINT16_MAX ? f.slots : v->slots;
        v->in_rate = (double)f.in_rate;
        v->out_rate = (double)f.out_rate;
        v->queue = (int64_t)f.queue;
        v->in_flight = (int64_t)f.in_flight;
        v->level = v->backpressured <= 100   ? SP_BP_OK
                   : v->backpressured <= 500 ? SP_BP_LOW
                                             : SP_BP_HIGH;
    }
}

static void give_events(struct sp_reading *r, const struct history *h, int64_t at_ns)
{
    int until = history_events_until(h, at_ns);
    int n = until < SP_EVENTS ? until : SP_EVENTS;
    for (int i = 0; i < n; i++)
        r->event[i] = *history_event(h, until - n + i);
    r->events = n;
    r->event_count = n > 0 ? r->event[n - 1].number : 0;
}

static void give_ledger(struct sp_reading *r)
{
    r->balanced = (i128)r->in == (i128)r->out + r->in_flight + (i128)r->dead;
    if (r->lost + r->duplicated + r->disordered == 0)
        r->faults = 0;
    r->sink_blocked = false;
}

bool history_reading(const struct history *h, const struct sp_reading *base, int64_t at_ns,
                     struct sp_reading *out)
{
    static const int64_t nothing[WHOLE_COUNT];
    struct moment m;
    assert(out != base);
    memcpy(out, base, sizeof *out);
    bool known = moment_find(h, at_ns, &m);
    if (!known) {
        m = (struct moment){at_ns, nothing, NULL, {0}};
        for (int i = 0; i < FIELD_COUNT; i++)
            m.v[i] = -1;
    }
    out->now_ns = at_ns;
    out->finished = out->paused = false;
    for (int i = 0; i < WHOLE_COUNT; i++)
        memcpy((char *)out + history_whole_at[i], &m.whole[i], sizeof m.whole[i]);
    give_figures(out, &m);
    give_vertices(out, h, &m);
    give_events(out, h, at_ns);
    give_ledger(out);
    struct knobs k;
    if (history_knobs(h, at_ns, &k))
        out->knobs = k;
    out->latency = out->call = (struct sp_latency){0};
    if (known) {
        out->latency = history_latency(h, HISTORY_LATENCY, m.at_ns - NS_PER_S, m.at_ns);
        out->call = history_latency(h, HISTORY_CALL, m.at_ns - NS_PER_S, m.at_ns);
    }
    out->latency_run = out->call_run = (struct sp_latency){0};
    out->parts_run = (struct sp_parts){0};
    return known;
}
