/* The ring of samples and markers behind the graphs. */
#include "ui/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool history_open(struct history *h)
{
    memset(h, 0, sizeof *h);
    h->sample = calloc(HISTORY_SAMPLES, sizeof *h->sample);
    return h->sample != NULL;
}

void history_close(struct history *h)
{
    free(h->sample);
    memset(h, 0, sizeof *h);
}

const struct sample *history_sample(const struct history *h, int i)
{
    assert(i >= 0 && i < h->count);
    return &h->sample[(h->first + i) % HISTORY_SAMPLES];
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

static double if_applies(const struct knobs *k, enum knob knob, double per)
{
    return knob_applies(k, (int)knob) ? (double)k->value[knob] / per : -1;
}

static void sample_fill(struct sample *s, const struct sp_reading *r)
{
    double queued = 0;
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++)
        queued += (double)r->vertex[i].queue;
    const struct knobs *k = &r->knobs;
    double on = if_applies(k, KNOB_BUSY_ON, 1e4);
    bool rates = r->now_ns >= HISTORY_STEP_NS; /* a few records in no time are no rate */
    s->at_ns = r->now_ns;
    s->v[FIELD_IN] = rates ? r->in_rate : -1;
    s->v[FIELD_OUT] = rates ? r->out_rate : -1;
    s->v[FIELD_OFFERED] = rates ? r->offered_rate : -1;
    s->v[FIELD_BURST] = rates ? r->burst_rate : -1;
    s->v[FIELD_BUSY] = r->busy * 100;
    s->v[FIELD_BP] = r->backpressured / 10;
    s->v[FIELD_BACKLOG] = (double)r->backlog;
    s->v[FIELD_QUEUED] = queued;
    s->v[FIELD_P50] = r->latency.count > 0 ? (double)r->latency.p50 : -1;
    s->v[FIELD_P99] = r->latency.count > 0 ? (double)r->latency.p99 : -1;
    s->v[FIELD_CALL_P99] = r->call.count > 0 ? (double)r->call.p99 : -1;
    s->v[FIELD_SHARE] = r->burst_share * 100;
    s->v[FIELD_BUSY_ON] = on >= 0 ? on : if_applies(k, KNOB_BUSY_THRESHOLD, 1e4);
    s->v[FIELD_BUSY_OFF] = if_applies(k, KNOB_BUSY_OFF, 1e4);
    s->v[FIELD_INPUT_THRESHOLD] = if_applies(k, KNOB_INPUT_THRESHOLD, 1e3);
    s->v[FIELD_SLO] = if_applies(k, KNOB_SLO, 1);
}

/* The place of a new sample: a new one, or the last again within its 100 ms. */
static struct sample *sample_place(struct history *h, int64_t at_ns)
{
    if (h->count > 0) {
        struct sample *last = &h->sample[(h->first + h->count - 1) % HISTORY_SAMPLES];
        if (last->at_ns / HISTORY_STEP_NS == at_ns / HISTORY_STEP_NS)
            return last;
    }
    if (h->count == HISTORY_SAMPLES) {
        h->first = (h->first + 1) % HISTORY_SAMPLES;
        h->count--;
    }
    h->count++;
    return &h->sample[(h->first + h->count - 1) % HISTORY_SAMPLES];
}

/* ---- markers ---------------------------------------------------------------------- */

static void letter_write(char *dst, size_t size, char first, unsigned n)
{
    if (n < 26)
        snprintf(dst, size, "%c", first + (int)n);
    else
        snprintf(dst, size, "%c%u", first + (int)(n % 26), (n / 26 + 1) % 10000);
}

static void marker_add(struct history *h, const struct sp_event *e)
{
    if (strchr("LKXPMD", e->kind) == NULL || e->kind == 0)
        return;
    if (h->marker_count == HISTORY_MARKERS) {
        h->marker_first = (h->marker_first + 1) % HISTORY_MARKERS;
        h->marker_count--;
    }
    struct marker *m = &h->marker[(h->marker_first + h->marker_count++) % HISTORY_MARKERS];
    *m = (struct marker){e->at_ns, e->number, e->kind, e->author != SP_AUTO, ""};
    if (m->person)
        letter_write(m->letter, sizeof m->letter, 'A', h->people++);
    else
        letter_write(m->letter, sizeof m->letter, 'a', h->controllers++);
}

static void restarted(struct history *h)
{
    h->first = h->count = 0;
    h->marker_first = h->marker_count = 0;
}

void history_push(struct history *h, const struct sp_reading *r)
{
    assert(h->sample != NULL);
    if (h->count > 0 && r->now_ns < history_sample(h, h->count - 1)->at_ns)
        restarted(h);
    sample_fill(sample_place(h, r->now_ns), r);
    for (int i = 0; i < r->events && i < SP_EVENTS; i++)
        if (r->event[i].number > h->last_event) {
            h->last_event = r->event[i].number;
            marker_add(h, &r->event[i]);
        }
}

/* ---- reading it back -------------------------------------------------------------- */

/* Index of the first sample at or after at_ns; count if there is none. */
static int lower_bound(const struct history *h, int64_t at_ns)
{
    int lo = 0, hi = h->count;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (history_sample(h, mid)->at_ns < at_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct extent history_span(const struct history *h, enum field field, int64_t from_ns,
                         int64_t to_ns)
{
    struct extent s = {false, 0, 0, 0};
    int i = lower_bound(h, from_ns);
    bool inside = i < h->count && history_sample(h, i)->at_ns < to_ns;
    if (!inside && i > 0 && from_ns - history_sample(h, i - 1)->at_ns < HISTORY_HOLD_NS)
        i--;
    else if (!inside)
        return s;
    for (bool first = true; i < h->count; i++, first = false) {
        const struct sample *p = history_sample(h, i);
        if (p->at_ns >= to_ns && !first)
            break;
        if (p->at_ns >= to_ns)
            return s;
        double v = p->v[field];
        if (!(v >= 0))
            continue;
        s.min = s.any && s.min < v ? s.min : v;
        s.max = s.any && s.max > v ? s.max : v;
        s.last = v;
        s.any = true;
    }
    return s;
}
