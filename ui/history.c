/* The rings of samples, seconds, knobs, markers and log lines behind the screen. */
#include "ui/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct sp_reading, member)

const size_t history_whole_at[WHOLE_COUNT] = {
    [WHOLE_IN] = AT(in),
    [WHOLE_OUT] = AT(out),
    [WHOLE_DEAD] = AT(dead),
    [WHOLE_LOST] = AT(lost),
    [WHOLE_DUPLICATED] = AT(duplicated),
    [WHOLE_DISORDERED] = AT(disordered),
    [WHOLE_IN_FLIGHT] = AT(in_flight),
    [WHOLE_BACKLOG] = AT(backlog),
    [WHOLE_TOKENS] = AT(tokens),
    [WHOLE_DIGEST] = AT(digest),
    [WHOLE_COST] = AT(cost_nusd),
    [WHOLE_COST_RATE] = AT(cost_rate_nusd_h),
    [WHOLE_BURST] = AT(burst_records),
    [WHOLE_BATCHES] = AT(batches),
    [WHOLE_CALLS] = AT(calls),
    [WHOLE_RETRIES] = AT(retries),
    [WHOLE_THROTTLED] = AT(throttled),
    [WHOLE_COLD] = AT(cold_starts),
    [WHOLE_FAILED] = AT(failed),
    [WHOLE_EXECUTED] = AT(executed),
    [WHOLE_DROPPED] = AT(duplicates_dropped),
    [WHOLE_CALLS_IN_FLIGHT] = AT(calls_in_flight),
    [WHOLE_REMOTE] = AT(records_in_flight_remote),
    [WHOLE_LIMIT] = AT(concurrency_now),
    [WHOLE_BATCH] = AT(batch_now),
    [WHOLE_ENV_COLD] = AT(env_cold),
    [WHOLE_ENV_BUSY] = AT(env_busy),
    [WHOLE_ENV_WARM] = AT(env_warm),
    [WHOLE_FRACTION] = AT(fraction_ppm),
    [WHOLE_DECISIONS] = AT(decisions),
};

#undef AT

/* ---- memory ----------------------------------------------------------------------- */

bool history_open(struct history *h)
{
    memset(h, 0, sizeof *h);
    h->sample = calloc(HISTORY_SAMPLES, sizeof *h->sample);
    h->slot = calloc(HISTORY_SLOTS, sizeof *h->slot);
    h->change = calloc(HISTORY_CHANGES, sizeof *h->change);
    h->scratch = calloc(1, sizeof *h->scratch);
    h->cache = calloc(HISTORY_CACHE, sizeof *h->cache);
    h->event = calloc(HISTORY_EVENTS, sizeof *h->event);
    bool good = h->sample != NULL && h->slot != NULL && h->change != NULL && h->scratch != NULL &&
                h->cache != NULL && h->event != NULL;
    good = track_open(&h->latency) && good;
    good = track_open(&h->call) && good;
    if (!good)
        history_close(h);
    else
        hist_reset(h->scratch);
    return good;
}

void history_close(struct history *h)
{
    free(h->sample);
    free(h->slot);
    free(h->vertex);
    free(h->slot_vertex);
    free(h->change);
    free(h->scratch);
    free(h->cache);
    free(h->event);
    track_close(&h->latency);
    track_close(&h->call);
    memset(h, 0, sizeof *h);
}

size_t history_bytes(const struct history *h)
{
    size_t rows = HISTORY_SAMPLES + HISTORY_SLOTS;
    return sizeof *h + HISTORY_SAMPLES * sizeof *h->sample + HISTORY_SLOTS * sizeof *h->slot +
           rows * (size_t)h->vertices * sizeof *h->vertex + HISTORY_CHANGES * sizeof *h->change +
           sizeof *h->scratch + HISTORY_CACHE * sizeof *h->cache +
           HISTORY_EVENTS * sizeof *h->event + track_bytes(&h->latency) + track_bytes(&h->call);
}

const struct sample *history_sample(const struct history *h, int i)
{
    assert(i >= 0 && i < h->count);
    return &h->sample[(h->first + i) % HISTORY_SAMPLES];
}

const struct slot *history_slot(const struct history *h, int i)
{
    assert(i >= 0 && i < h->slot_count);
    return &h->slot[(h->slot_first + i) % HISTORY_SLOTS];
}

const struct marker *history_marker(const struct history *h, int i)
{
    assert(i >= 0 && i < h->marker_count);
    return &h->marker[(h->marker_first + i) % HISTORY_MARKERS];
}

const struct marker *history_marker_of(const struct history *h, uint64_t event)
{
    for (int i = h->marker_count; i-- > 0;)
        if (history_marker(h, i)->event == event)
            return history_marker(h, i);
    return NULL;
}

const struct sp_event *history_event(const struct history *h, int i)
{
    assert(i >= 0 && i < h->event_count);
    return &h->event[(h->event_first + i) % HISTORY_EVENTS];
}

int history_events_until(const struct history *h, int64_t at_ns)
{
    int n = h->event_count;
    while (n > 0 && history_event(h, n - 1)->at_ns > at_ns)
        n--;
    return n;
}

/* True if the blank-separated list holds the word. */
static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)) != NULL; p += n) {
        bool starts = p == list || p[-1] == ' ';
        if (starts && (p[n] == 0 || p[n] == ' '))
            return true;
    }
    return false;
}

static const char *name_of(const struct knobs *k, enum knob knob)
{
    const char *const *names = knob_table[knob].names;
    for (int64_t i = 0; names != NULL && names[i] != NULL; i++)
        if (i == k->value[knob])
            return names[i];
    return "";
}

bool knob_applies(const struct knobs *k, int knob)
{
    assert(knob >= 0 && knob < KNOB_COUNT);
    const char *used_by = knob_table[knob].used_by;
    if (used_by == NULL || used_by[0] == 0)
        return true;
    return has_word(used_by, name_of(k, KNOB_POLICY)) ||
           has_word(used_by, name_of(k, KNOB_BATCH_POLICY));
}

/* ---- samples ---------------------------------------------------------------------- */

static float if_applies(const struct knobs *k, enum knob knob, double per)
{
    return knob_applies(k, (int)knob) ? (float)((double)k->value[knob] / per) : -1.0F;
}

static float measured(double v) { return v >= 0 ? (float)v : -1.0F; }

static void fill_latency(float *v, const struct sp_latency *l, const enum field *field,
                         const int64_t *value, int n)
{
    for (int i = 0; i < n; i++)
        v[field[i]] = l->count > 0 ? (float)value[i] : -1.0F;
}

static void fill_latencies(float *v, const struct sp_reading *r)
{
    static const enum field due[] = {FIELD_P50, FIELD_P90, FIELD_P99, FIELD_P999, FIELD_MEAN};
    static const enum field call[] = {FIELD_CALL_P50, FIELD_CALL_P99};
    const struct sp_latency *l = &r->latency, *c = &r->call;
    fill_latency(v, l, due, (const int64_t[]){l->p50, l->p90, l->p99, l->p999, l->mean}, 5);
    fill_latency(v, c, call, (const int64_t[]){c->p50, c->p99}, 2);
    const struct sp_parts *p = &r->parts;
    const double parts[] = {p->backlog, p->queue, p->fill, p->call, p->service, p->order};
    for (int i = 0; i < 6; i++)
        v[FIELD_PART_BACKLOG + i] = l->count > 0 ? measured(parts[i]) : -1.0F;
}

static void fill_knobs(float *v, const struct knobs *k)
{
    v[FIELD_BUSY_ON] = if_applies(k, KNOB_BUSY_ON, 1e4);
    if (v[FIELD_BUSY_ON] < 0)
        v[FIELD_BUSY_ON] = if_applies(k, KNOB_BUSY_THRESHOLD, 1e4);
    v[FIELD_BUSY_OFF] = if_applies(k, KNOB_BUSY_OFF, 1e4);
    v[FIELD_INPUT_THRESHOLD] = if_applies(k, KNOB_INPUT_THRESHOLD, 1e3);
    v[FIELD_SLO] = if_applies(k, KNOB_SLO, 1);
}

static void sample_fill(struct sample *s, const struct sp_reading *r)
{
    double queued = 0;
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++)
        queued += (double)r->vertex[i].queue;
    bool rates = r->now_ns >= HISTORY_STEP_NS; /* a few records in no time are no rate */
    s->at_ns = r->now_ns;
    s->v[FIELD_IN] = rates ? measured(r->in_rate) : -1;
    s->v[FIELD_OUT] = rates ? measured(r->out_rate) : -1;
    s->v[FIELD_OFFERED] = rates ? measured(r->offered_rate) : -1;
    s->v[FIELD_BURST] = rates ? measured(r->burst_rate) : -1;
    s->v[FIELD_BUSY] = measured(r->busy * 100);
    s->v[FIELD_BP] = measured(r->backpressured / 10);
    s->v[FIELD_BACKLOG] = measured((double)r->backlog);
    s->v[FIELD_QUEUED] = measured(queued);
    s->v[FIELD_SHARE] = measured(r->burst_share * 100);
    s->v[FIELD_COST_RATE] = measured((double)r->cost_rate_nusd_h);
    s->v[FIELD_CALLS] = measured((double)r->calls_in_flight);
    s->v[FIELD_LIMIT] = measured((double)r->concurrency_now);
    s->v[FIELD_BATCH] = measured((double)r->batch_now);
    s->v[FIELD_MEAN_BATCH] = r->mean_batch > 0 ? measured(r->mean_batch) : -1;
    s->v[FIELD_DRAIN] = measured(r->drain_s);
    s->v[FIELD_BP_SUM] = measured(r->accumulated_backpressured_s);
    s->v[FIELD_ENV_ALL] = measured((double)(r->env_cold + r->env_busy + r->env_warm));
    s->v[FIELD_ENV_BUSY] = measured((double)r->env_busy);
    s->v[FIELD_ENV_COLD] = measured((double)r->env_cold);
    fill_latencies(s->v, r);
    fill_knobs(s->v, &r->knobs);
    for (int i = 0; i < WHOLE_COUNT; i++)
        memcpy(&s->whole[i], (const char *)r + history_whole_at[i], sizeof s->whole[i]);
}

/* ---- vertices --------------------------------------------------------------------- */

static uint16_t cut16(double v) { return !(v > 0) ? 0 : v >= 65535 ? 65535 : (uint16_t)(v + 0.5); }

/* Rows for n vertices; without memory for them the figures of vertices are not kept. */
static void vertices_open(struct history *h, int n)
{
    free(h->vertex);
    free(h->slot_vertex);
    h->vertices = n;
    h->vertex = calloc((size_t)n * HISTORY_SAMPLES, sizeof *h->vertex);
    h->slot_vertex = calloc((size_t)n * HISTORY_SLOTS, sizeof *h->slot_vertex);
    if (h->vertex != NULL && h->slot_vertex != NULL)
        return;
    free(h->vertex);
    free(h->slot_vertex);
    h->vertex = h->slot_vertex = NULL;
    h->vertices = 0;
}

static void vertices_fill(struct history *h, const struct sample *s, const struct sp_reading *r)
{
    int n = r->vertex_count < SP_VERTICES ? r->vertex_count : SP_VERTICES;
    if (n > h->vertices)
        vertices_open(h, n);
    if (h->vertices == 0)
        return;
    struct vertex_figures *to = h->vertex + (s - h->sample) * h->vertices;
    for (int i = 0; i < h->vertices; i++, to++) {
        const struct sp_vertex *v = &r->vertex[i];
        *to = (struct vertex_figures){0};
        if (i < n)
            *to = (struct vertex_figures){
                cut16(v->busy),    cut16(v->backpressured), cut16(v->idle),  cut16(v->slots),
                (float)v->in_rate, (float)v->out_rate,      (float)v->queue, (float)v->in_flight};
    }
}

/* ---- seconds ---------------------------------------------------------------------- */

static void slot_begin(struct history *h, const struct sample *s)
{
    if (h->slot_count == HISTORY_SLOTS) {
        h->slot_first = (h->slot_first + 1) % HISTORY_SLOTS;
        h->slot_count--;
    }
    struct slot *to = &h->slot[(h->slot_first + h->slot_count++) % HISTORY_SLOTS];
    to->at_ns = s->at_ns / NS_PER_S * NS_PER_S;
    to->first_ns = s->at_ns;
    to->gap = s->gap;
    for (int i = 0; i < FIELD_COUNT; i++) {
        to->v[i] = (struct spread){-1, -1, -1, -1};
        h->sum[i] = 0;
        h->summed[i] = 0;
    }
}

/* Adds a sample that no longer changes to its second. */
static void slot_add(struct history *h, const struct sample *s)
{
    if (h->slot_count == 0 ||
        history_slot(h, h->slot_count - 1)->at_ns != s->at_ns / NS_PER_S * NS_PER_S)
        slot_begin(h, s);
    struct slot *to = &h->slot[(h->slot_first + h->slot_count - 1) % HISTORY_SLOTS];
    to->last_ns = s->at_ns;
    memcpy(to->whole, s->whole, sizeof to->whole);
    for (int i = 0; i < FIELD_COUNT; i++) {
        float v = s->v[i];
        struct spread *d = &to->v[i];
        if (!(v >= 0))
            continue;
        d->min = d->min < 0 || v < d->min ? v : d->min;
        d->max = v > d->max ? v : d->max;
        d->last = v;
        h->sum[i] += (double)v;
        d->mean = (float)(h->sum[i] / ++h->summed[i]);
    }
    if (h->vertices > 0)
        memcpy(h->slot_vertex + (to - h->slot) * h->vertices,
               h->vertex + (s - h->sample) * h->vertices, (size_t)h->vertices * sizeof *h->vertex);
}

/* The place of a new sample: a new one, or the last again within its 100 ms. */
static struct sample *sample_place(struct history *h, const struct sp_reading *r)
{
    struct sample *last = NULL;
    if (h->count > 0)
        last = &h->sample[(h->first + h->count - 1) % HISTORY_SAMPLES];
    if (last != NULL && last->at_ns / HISTORY_STEP_NS == r->now_ns / HISTORY_STEP_NS)
        return last;
    if (last != NULL)
        slot_add(h, last);
    if (h->count == HISTORY_SAMPLES) {
        h->first = (h->first + 1) % HISTORY_SAMPLES;
        h->count--;
    }
    struct sample *s = &h->sample[(h->first + h->count++) % HISTORY_SAMPLES];
    /* readings that were made and not seen here leave no gap: their numbers tell */
    uint64_t made = r->number > h->last_number ? r->number - h->last_number : 1;
    s->gap = last == NULL || (double)(r->now_ns - last->at_ns) / (double)made > HISTORY_HOLD_NS;
    return s;
}

/* ---- knobs ------------------------------------------------------------------------ */

static void change_add(struct history *h, const struct knob_change *c)
{
    if (h->change_count == HISTORY_CHANGES) {
        const struct knob_change *old = &h->change[h->change_first];
        h->knobs_before.value[old->knob] = old->value;
        h->knobs_before.manual[old->knob] = old->manual;
        h->knobs_from_ns = old->at_ns;
        h->change_first = (h->change_first + 1) % HISTORY_CHANGES;
        h->change_count--;
    }
    h->change[(h->change_first + h->change_count++) % HISTORY_CHANGES] = *c;
}

static void knobs_note(struct history *h, const struct sp_reading *r)
{
    const struct knobs *k = &r->knobs;
    if (h->count == 0) {
        h->knobs_before = h->knobs_now = *k;
        h->knobs_from_ns = r->now_ns;
        h->change_first = h->change_count = 0;
        return;
    }
    for (int i = 0; i < KNOB_COUNT; i++)
        if (k->value[i] != h->knobs_now.value[i] || k->manual[i] != h->knobs_now.manual[i])
            change_add(h, &(struct knob_change){r->now_ns, k->value[i], i, k->manual[i]});
    h->knobs_now = *k;
}

/* ---- markers ---------------------------------------------------------------------- */

static void marker_add(struct history *h, const struct sp_event *e)
{
    char letter[8];
    if (!sp_letter(&h->letters, e, letter))
        return;
    if (h->marker_count == HISTORY_MARKERS) {
        h->marker_first = (h->marker_first + 1) % HISTORY_MARKERS;
        h->marker_count--;
    }
    struct marker *m = &h->marker[(h->marker_first + h->marker_count++) % HISTORY_MARKERS];
    *m = (struct marker){e->at_ns, e->number, e->kind, e->author != SP_AUTO, ""};
    memcpy(m->letter, letter, sizeof m->letter);
}

static void event_add(struct history *h, const struct sp_event *e)
{
    if (h->event_count == HISTORY_EVENTS) {
        h->event_first = (h->event_first + 1) % HISTORY_EVENTS;
        h->event_count--;
    }
    h->event[(h->event_first + h->event_count++) % HISTORY_EVENTS] = *e;
    marker_add(h, e);
}

static void restarted(struct history *h, const struct sp_reading *r)
{
    h->first = h->count = 0;
    h->slot_first = h->slot_count = 0;
    h->marker_first = h->marker_count = 0;
    h->event_first = h->event_count = 0;
    if (r->event_count < h->last_event) { /* the log began anew too */
        h->last_event = 0;
        h->letters = (struct sp_letters){0};
    }
    track_reset(&h->latency);
    track_reset(&h->call);
    memset(h->cache, 0, HISTORY_CACHE * sizeof *h->cache);
    h->last_number = 0;
}

void history_push(struct history *h, const struct sp_reading *r)
{
    assert(h->sample != NULL);
    if (h->count > 0 && r->now_ns < history_sample(h, h->count - 1)->at_ns)
        restarted(h, r);
    knobs_note(h, r);
    struct sample *s = sample_place(h, r);
    sample_fill(s, r);
    vertices_fill(h, s, r);
    h->last_number = r->number;
    h->pushes++;
    track_push(&h->latency, r->now_ns, &r->latency_hist);
    track_push(&h->call, r->now_ns, &r->call_hist);
    for (int i = 0; i < r->events && i < SP_EVENTS; i++)
        if (r->event[i].number > h->last_event) {
            h->last_event = r->event[i].number;
            event_add(h, &r->event[i]);
        }
}
