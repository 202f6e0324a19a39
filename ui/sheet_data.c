/* A recording gathered for its page, in one pass. */
#include "ui/sheet.h"

#include <stdlib.h>
#include <string.h>

struct gathering {
    struct sheet_data *d;
    struct hist latency, call; /* as of the last point closed */
    struct sp_reading *before; /* owned; number 0: none yet */
    struct sp_letters letters;
    uint64_t seen_event;
    int column; /* being filled */
};

static struct sp_latency figures(const struct hist *h)
{
    return (struct sp_latency){h->count,
                               hist_mean(h),
                               hist_quantile(h, 500000),
                               hist_quantile(h, 900000),
                               hist_quantile(h, 990000),
                               hist_quantile(h, 999000),
                               h->max};
}

/* What a histogram gained; one that has less than before began anew. */
static struct sp_latency gained(struct hist *before, const struct hist *now, bool anew)
{
    static struct hist d;
    d = *now;
    if (!anew && now->count >= before->count)
        hist_subtract(&d, before);
    *before = *now;
    return figures(&d);
}

static void close_point(struct gathering *g, bool anew)
{
    struct sheet_point *p = &g->d->point[g->column];
    if (p->readings == 0)
        return;
    p->in /= p->readings;
    p->out /= p->readings;
    p->offered /= p->readings;
    p->burst /= p->readings;
    p->busy /= p->readings;
    p->backpressured /= p->readings;
    p->latency = gained(&g->latency, &g->before->latency_hist, anew);
    p->call = gained(&g->call, &g->before->call_hist, anew);
}

static int column_of(const struct sheet_data *d, int64_t at_ns)
{
    int64_t span = d->last_ns - d->first_ns;
    if (span <= 0)
        return 0;
    i128 c = (i128)(at_ns - d->first_ns) * SHEET_COLUMNS / span;
    return c < SHEET_COLUMNS ? (int)c : SHEET_COLUMNS - 1;
}

static void *grow(void *items, size_t *room, size_t size)
{
    size_t more = *room > 0 ? 2 * *room : 64;
    void *grown = realloc(items, more * size);
    if (grown != NULL)
        *room = more;
    return grown;
}

static void note_knobs(struct gathering *g, const struct sp_reading *r, int64_t at_ns)
{
    struct sheet_data *d = g->d;
    const struct knobs *was = &g->before->knobs;
    for (int i = 0; i < KNOB_COUNT && g->before->number > 0; i++) {
        if (was->value[i] == r->knobs.value[i] && was->manual[i] == r->knobs.manual[i])
            continue;
        if (d->knobs == d->knobs_room) {
            void *grown = grow(d->knob, &d->knobs_room, sizeof *d->knob);
            d->failed = d->failed || grown == NULL;
            if (grown == NULL)
                return;
            d->knob = grown;
        }
        d->knob[d->knobs++] = (struct sheet_knob){at_ns, r->knobs.value[i], i, r->knobs.manual[i]};
    }
}

static void note_event(struct gathering *g, const struct sp_event *e, int64_t at_ns)
{
    struct sheet_data *d = g->d;
    if (d->events == d->events_room) {
        void *grown = grow(d->event, &d->events_room, sizeof *d->event);
        d->failed = d->failed || grown == NULL;
        if (grown == NULL)
            return;
        d->event = grown;
    }
    struct sheet_event *to = &d->event[d->events++];
    *to = (struct sheet_event){.at_ns = at_ns, .event = *e};
    if (!sp_letter(&g->letters, e, to->letter))
        to->letter[0] = 0;
}

static void note_events(struct gathering *g, const struct sp_reading *r, int64_t at_ns, bool anew)
{
    if (anew && r->event_count < g->seen_event) {
        g->seen_event = 0;
        g->letters = (struct sp_letters){0, 0};
    }
    for (int i = 0; i < r->events; i++) {
        const struct sp_event *e = &r->event[i];
        if (e->number <= g->seen_event)
            continue;
        g->seen_event = e->number;
        note_event(g, e, at_ns - (e->at_ns < r->now_ns ? r->now_ns - e->at_ns : 0));
    }
}

static void add(struct sheet_point *p, const struct sp_reading *r)
{
    p->readings++;
    p->in += r->in_rate;
    p->out += r->out_rate;
    p->offered += r->offered_rate;
    p->burst += r->burst_rate;
    p->busy += r->busy * 100;
    p->backpressured += r->backpressured / 10;
    p->backlog = (double)r->backlog > p->backlog ? (double)r->backlog : p->backlog;
    p->cost_usd = (double)r->cost_nusd / 1e9;
}

static void take(void *gathering, const struct sp_reading *r, int64_t at_ns)
{
    struct gathering *g = gathering;
    if (r == NULL)
        return;
    bool first = g->before->number == 0;
    bool anew = !first && r->now_ns < g->before->now_ns;
    int column = column_of(g->d, at_ns);
    if (first)
        g->d->start = r->knobs;
    if (column != g->column || anew) {
        close_point(g, false);
        g->column = column;
    }
    if (anew) {
        hist_reset(&g->latency);
        hist_reset(&g->call);
        memset(&g->d->point[column], 0, sizeof g->d->point[column]);
    }
    add(&g->d->point[column], r);
    note_knobs(g, r, at_ns);
    note_events(g, r, at_ns, anew);
    *g->before = *r;
    g->before->number = r->number > 0 ? r->number : 1;
}

int sheet_gather(struct replay *p, struct sheet_data *out, struct err *e)
{
    static struct gathering g;
    uint64_t readings;
    memset(out, 0, sizeof *out);
    memset(&g, 0, sizeof g);
    hist_reset(&g.latency);
    hist_reset(&g.call);
    out->replay = p;
    g.d = out;
    g.before = calloc(1, sizeof *g.before);
    replay_range(p, &out->first_ns, &out->last_ns, &readings);
    int code = ERR_MEMORY;
    if (g.before != NULL)
        code = replay_to(p, INT64_MAX, take, &g, e);
    if (code == 0)
        close_point(&g, false);
    free(g.before);
    if (code == 0 && !out->failed)
        return 0;
    sheet_free(out);
    if (code == 0 || code == ERR_MEMORY)
        *e = (struct err){ERR_MEMORY, "out of memory for the page"};
    return e->code;
}

void sheet_free(struct sheet_data *d)
{
    free(d->knob);
    free(d->event);
    d->knob = NULL;
    d->event = NULL;
}
