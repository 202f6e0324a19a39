#include "lab/line.h"

#include "lab/sparse.h"

#include <stdlib.h>
#include <string.h>

bool line_open(struct line_state *s)
{
    *s = (struct line_state){0};
    s->before = calloc(1, sizeof *s->before);
    s->now = calloc(1, sizeof *s->now);
    s->past = calloc(COLUMN_PASTS, sizeof *s->past);
    if (s->before == NULL || s->now == NULL || s->past == NULL) {
        line_close(s);
        return false;
    }
    struct hist *all[] = {&s->before->latency_hist, &s->before->call_hist, &s->now->latency_hist,
                          &s->now->call_hist};
    for (int i = 0; i < 4; i++)
        hist_reset(all[i]);
    knobs_init(&s->before->knobs);
    knobs_init(&s->now->knobs);
    return true;
}

void line_close(struct line_state *s)
{
    free(s->before);
    free(s->now);
    free(s->past);
    *s = (struct line_state){0};
}

void line_columns(struct text *t)
{
    for (int i = 0; i < column_count; i++) {
        text_put(t, "%s\"%s.%s\"", i > 0 ? "," : "[", column_parts[column_table[i].part],
                 column_table[i].name);
    }
    text_add(t, "]");
}

/* ---- structure -------------------------------------------------------------------------- */

static bool same_vertex(const struct sp_vertex *a, const struct sp_vertex *b)
{
    return strcmp(a->name, b->name) == 0 && a->parallelism == b->parallelism &&
           a->bursts == b->bursts && a->remote == b->remote &&
           a->first_instance == b->first_instance &&
           memcmp(a->output, b->output, sizeof a->output) == 0;
}

static bool same_run(const struct sp_reading *a, const struct sp_reading *b)
{
    if (a->sim != b->sim || a->duration_ns != b->duration_ns || strcmp(a->preset, b->preset) != 0 ||
        strcmp(a->why, b->why) != 0 || strcmp(a->provider, b->provider) != 0 ||
        strcmp(a->endpoint, b->endpoint) != 0 || a->vertex_count != b->vertex_count ||
        a->instance_count != b->instance_count)
        return false;
    for (int i = 0; i < a->vertex_count; i++)
        if (!same_vertex(&a->vertex[i], &b->vertex[i]))
            return false;
    for (int i = 0; i < a->instance_count; i++)
        if (a->instance[i].vertex != b->instance[i].vertex)
            return false;
    return true;
}

static void write_vertex(struct text *t, const struct sp_vertex *v)
{
    text_add(t, "{\"name\":");
    text_json(t, v->name);
    text_put(t,
             ",\"parallelism\":%d,\"bursts\":%d,\"remote\":%d,\"first\":%d,\"to\":", v->parallelism,
             v->bursts, v->remote, v->first_instance);
    for (int i = 0; i < 4; i++)
        text_put(t, "%s%lld", i > 0 ? "," : "[", (long long)v->output[i]);
    text_add(t, "]}");
}

static void write_run(struct text *t, const struct sp_reading *r)
{
    text_add(t, "{\"run\":{\"preset\":");
    text_json(t, r->preset);
    text_add(t, ",\"why\":");
    text_json(t, r->why);
    text_add(t, ",\"provider\":");
    text_json(t, r->provider);
    text_add(t, ",\"endpoint\":");
    text_json(t, r->endpoint);
    text_put(t, ",\"sim\":%d,\"duration_ns\":%lld,\"vertices\":[", r->sim,
             (long long)r->duration_ns);
    for (int i = 0; i < r->vertex_count; i++) {
        text_add(t, i > 0 ? "," : "");
        write_vertex(t, &r->vertex[i]);
    }
    text_add(t, "],\"instances\":[");
    for (int i = 0; i < r->instance_count; i++)
        text_put(t, "%s%d", i > 0 ? "," : "", r->instance[i].vertex);
    text_add(t, "]}}\n");
}

/* ---- knobs, events ---------------------------------------------------------------------- */

static void write_knobs(struct text *t, const struct knobs *before, const struct knobs *now,
                        bool all)
{
    const char *between = "{\"knobs\":{";
    for (int i = 0; i < KNOB_COUNT; i++)
        if (all || before->value[i] != now->value[i] || before->manual[i] != now->manual[i]) {
            text_put(t, "%s\"%s\":[%lld,%d]", between, knob_table[i].name, (long long)now->value[i],
                     now->manual[i]);
            between = ",";
        }
    if (between[0] == ',')
        text_add(t, "}}\n");
}

static void write_event(struct text *t, const struct sp_event *e)
{
    text_put(t, "{\"event\":{\"number\":%llu,\"at_ns\":%lld,\"author\":\"%s\",\"kind\":\"%c\"",
             (unsigned long long)e->number, (long long)e->at_ns, sp_author_names[e->author],
             e->kind);
    text_add(t, ",\"command\":");
    text_json(t, e->command);
    text_add(t, ",\"effect\":");
    text_json(t, e->effect);
    text_add(t, ",\"inverse\":");
    text_json(t, e->inverse);
    text_add(t, "}}\n");
}

static bool same_faults(const struct sp_reading *a, const struct sp_reading *b)
{
    bool same = a->faults == b->faults;
    for (int i = 0; same && i < a->faults; i++)
        same = a->fault[i].id == b->fault[i].id && strcmp(a->fault[i].what, b->fault[i].what) == 0;
    return same;
}

static void write_faults(struct text *t, const struct sp_reading *r)
{
    text_add(t, "{\"faults\":[");
    for (int i = 0; i < r->faults; i++) {
        text_add(t, i > 0 ? ",[" : "[");
        text_json(t, r->fault[i].what);
        text_put(t, ",%lld]", (long long)r->fault[i].id);
    }
    text_add(t, "]}\n");
}

/* ---- figures ---------------------------------------------------------------------------- */

struct row {
    struct text *t;
    int guessed; /* columns in a row that are as guessed and not yet written */
    bool any;
};

static void begin_value(struct row *w)
{
    if (w->any)
        text_add(w->t, ",");
    w->any = true;
    if (w->guessed == 1)
        text_add(w->t, "0,");
    else if (w->guessed > 1)
        text_put(w->t, "\"%d\",", w->guessed);
    w->guessed = 0;
}

static void write_value(struct row *w, struct column_value now, struct column_value guess)
{
    if (column_same(now, guess)) {
        w->guessed++;
        return;
    }
    begin_value(w);
    int64_t is, was;
    if (now.is_double && guess.is_double && column_is_whole(now.x, &is) &&
        column_is_whole(guess.x, &was)) {
        text_number(w->t, is - was);
    } else if (now.is_double) {
        text_add(w->t, "[");
        text_double(w->t, now.x);
        text_add(w->t, "]");
    } else if (guess.is_double) { /* a whole number of ns after one that was none */
        text_put(w->t, "[%lld,0]", (long long)now.n);
    } else {
        text_number(w->t, (int64_t)((uint64_t)now.n - (uint64_t)guess.n));
    }
}

const struct column_past *line_past(const struct line_state *s, int back)
{
    if (back < 1 || back > s->pasts)
        return NULL;
    return &s->past[(s->newest + COLUMN_PASTS - (back - 1)) % COLUMN_PASTS];
}

void line_remember(struct line_state *s, const struct sp_reading *r, bool anew)
{
    if (anew)
        s->pasts = 0;
    s->newest = (s->newest + 1) % COLUMN_PASTS;
    s->pasts += s->pasts < COLUMN_PASTS;
    column_remember(&s->past[s->newest], r);
}

/* How far back the rates of a reading reach: most often as far as those before. */
static int find_back(const struct line_state *s, const struct sp_reading *r)
{
    const struct column_past *same = line_past(s, s->back);
    if (same != NULL && column_rates_are_since(same, r))
        return s->back;
    for (int back = s->pasts; back > 0; back--) /* the earliest that fits */
        if (column_rates_are_since(line_past(s, back), r))
            return back;
    return s->back;
}

static void write_row(struct row *w, const struct sp_reading *before, const struct sp_reading *now,
                      const struct column_past *then)
{
    struct column_guess g;
    column_begin(&g, before, now, then);
    for (int i = 0; i < column_count;) {
        int end = i;
        while (end < column_count && column_table[end].part == column_table[i].part)
            end++;
        int n = column_times(column_table[i].part, now);
        for (g.at = 0; g.at < n; g.at++)
            for (int k = i; k < end; k++)
                write_value(w, column_get(&column_table[k], now, g.at),
                            column_guess(&column_table[k], &g));
        i = end;
    }
}

/* ---- histograms ------------------------------------------------------------------------- */

/* Appends ,"NAME":[…] if anything was gained. false: something was lost in between. */
static bool write_hist(struct text *t, const char *name, const struct hist *before,
                       const struct hist *now, bool went_back)
{
    static _Thread_local struct hist empty;
    bool anew = went_back || now->count < before->count;
    if (anew) {
        hist_reset(&empty);
        before = &empty;
    } else if (now->count == before->count) {
        return true;
    }
    text_put(t, ",\"%s\":[\"", name);
    if (!sparse_write(t, before, now))
        return false;
    text_put(t, "\",%lld,%lld%s]", (long long)(now->sum - before->sum),
             (long long)(now->max - before->max), anew ? ",1" : "");
    return true;
}

bool line_write(struct line_state *s, struct text *t, const struct sp_reading *r)
{
    struct sp_reading *b = s->before;
    if (!same_run(b, r) || !s->begun) {
        write_run(t, r);
        memset(b->vertex, 0, sizeof b->vertex);
        memset(b->instance, 0, sizeof b->instance);
    }
    write_knobs(t, &b->knobs, &r->knobs, !s->begun);
    bool back = r->now_ns < b->now_ns;
    uint64_t seen = back || r->event_count < s->last_event ? 0 : s->last_event;
    for (int i = 0; i < r->events && i < SP_EVENTS; i++)
        if (r->event[i].number > seen)
            write_event(t, &r->event[i]);
    if (!same_faults(b, r))
        write_faults(t, r);
    struct row w = {t, 0, false};
    text_add(t, "{\"r\":[");
    s->next_back = back ? 0 : find_back(s, r);
    write_row(&w, b, r, back ? NULL : line_past(s, s->next_back));
    text_add(t, "]");
    if (s->next_back != s->back)
        text_put(t, ",\"b\":%d", s->next_back);
    bool good = write_hist(t, "l", &b->latency_hist, &r->latency_hist, back) &&
                write_hist(t, "c", &b->call_hist, &r->call_hist, back);
    text_add(t, "}\n");
    return good;
}

void line_done(struct line_state *s, const struct sp_reading *r)
{
    line_remember(s, r, r->now_ns < s->before->now_ns);
    s->back = s->next_back;
    memcpy(s->before, r, sizeof *r);
    s->last_event = r->event_count;
    s->begun = true;
}
