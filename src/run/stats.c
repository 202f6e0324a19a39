/* Markers, and `stats since MARK`: the figures of the run from a marker on. */
#include "run/command_parts.h"

#include <stdio.h>
#include <string.h>

/* ---- letters -------------------------------------------------------------------------- */

bool sp_letter(struct sp_letters *given, const struct sp_event *e, char dst[8])
{
    if (e->kind == 0 || strchr("LKXPMD", e->kind) == NULL)
        return false;
    bool person = e->author != SP_AUTO;
    unsigned n = person ? given->people++ : given->controllers++;
    int letter = (person ? 'A' : 'a') + (int)(n % 26);
    if (n < 26)
        snprintf(dst, 8, "%c", letter);
    else
        snprintf(dst, 8, "%c%u", letter, (n / 26 + 1) % 10000);
    return true;
}

/* ---- what is kept ---------------------------------------------------------------------- */

static void fill(struct sp_engine *g, struct moment *m)
{
    reading_mark(g, &m->mark, g->now_ns);
    m->at_ns = g->now_ns;
    m->calls = m->cold = m->failed = 0;
    m->cost_nusd = g->cost.total_nusd;
    if (g->lane == NULL)
        return;
    m->calls = g->lane->calls;
    m->failed = g->lane->failed;
    m->cold = g->reading->cold_starts;
}

void stats_note(struct sp_engine *g, const struct sp_event *e)
{
    char letter[8];
    if (g->sink == NULL || !sp_letter(&g->letters, e, letter))
        return;
    struct moment *m = &g->moment[g->moments++ % ENGINE_MOMENTS];
    m->event = e->number;
    memcpy(m->letter, letter, sizeof m->letter);
    snprintf(m->command, sizeof m->command, "%.63s", e->command);
    fill(g, m);
}

/* The newest marker with this letter, or else the newest note that begins like this. */
static const struct moment *find(const struct sp_engine *g, const char *name)
{
    uint64_t first = g->moments > ENGINE_MOMENTS ? g->moments - ENGINE_MOMENTS : 0;
    for (uint64_t i = g->moments; i-- > first;)
        if (strcmp(g->moment[i % ENGINE_MOMENTS].letter, name) == 0)
            return &g->moment[i % ENGINE_MOMENTS];
    for (uint64_t i = g->moments; i-- > first;) {
        const struct moment *m = &g->moment[i % ENGINE_MOMENTS];
        if (strncmp(m->command, "mark ", 5) == 0 &&
            strncmp(m->command + 5, name, strlen(name)) == 0)
            return m;
    }
    return NULL;
}

/* ---- what is said ------------------------------------------------------------------------ */

/* For people: three significant digits. */
static struct command_number about(enum unit unit, int64_t value)
{
    int64_t step = 1;
    while (value / step >= 1000)
        step *= 10;
    return command_say(unit, (value + step / 2) / step * step);
}

static struct command_number span(int64_t ns) { return about(UNIT_DURATION, ns); }

static struct command_number rate(uint64_t records, int64_t ns)
{
    return about(UNIT_RATE, ns > 0 ? (int64_t)((i128)records * 1000 * NS_PER_S / ns) : 0);
}

static void say(struct sp_engine *g, const struct command *c, const char *text)
{
    command_log(g, c->author, c->row->kind, c->text, text, NULL);
}

static void say_records(struct sp_engine *g, const struct command *c, const struct moment *a,
                        const struct moment *b)
{
    char text[400]; /* cut to what an event holds */
    const struct mark *x = &a->mark, *y = &b->mark;
    uint64_t in = y->emitted - x->emitted, out = y->out - x->out;
    uint64_t dispatched = y->dispatched - x->dispatched;
    int64_t ns = b->at_ns - a->at_ns, share_ppm = 0;
    if (dispatched > 0)
        share_ppm = (int64_t)((y->remote - x->remote) * PPM_ONE / dispatched);
    snprintf(text, sizeof text,
             "%s since %s `%.24s`: in %llu (%s/s), out %llu (%s/s), backlog %llu -> %llu, burst %s",
             span(ns).text, a->letter, a->command, (unsigned long long)in, rate(in, ns).text,
             (unsigned long long)out, rate(out, ns).text, (unsigned long long)(x->due - x->emitted),
             (unsigned long long)(y->due - y->emitted),
             command_say(UNIT_RATIO, (share_ppm + 500) / 1000 * 1000).text);
    say(g, c, text);
}

static void say_latency(struct outcome *o, const struct mark *x, const struct mark *y)
{
    struct sp_latency now = reading_since(&y->latency, &x->latency);
    struct sp_latency before = reading_since(&x->latency, &(struct hist){0});
    char was[160] = "nothing before it";
    if (before.count > 0)
        snprintf(was, sizeof was, "before it p50 %s p99 %s", span(before.p50).text,
                 span(before.p99).text);
    if (now.count == 0)
        command_effect(o, "latency n/a: nothing has reached the sink since; %s", was);
    else
        command_effect(o, "latency mean %s p50 %s p90 %s p99 %s max %s; %s", span(now.mean).text,
                       span(now.p50).text, span(now.p90).text, span(now.p99).text,
                       span(now.max).text, was);
}

static void say_calls(struct sp_engine *g, const struct command *c, const struct moment *a,
                      const struct moment *b)
{
    char text[400]; /* cut to what an event holds */
    struct sp_latency call = reading_since(&b->mark.call, &a->mark.call);
    int64_t cost = b->cost_nusd - a->cost_nusd, ns = b->at_ns - a->at_ns;
    int64_t hour = ns > 0 ? (int64_t)((i128)cost * 3600 * NS_PER_S / ns) : 0;
    if (b->calls == a->calls)
        return;
    snprintf(text, sizeof text, "%llu calls, %llu cold, %llu failed, p50 %s p99 %s, %s, %s an hour",
             (unsigned long long)(b->calls - a->calls), (unsigned long long)(b->cold - a->cold),
             (unsigned long long)(b->failed - a->failed),
             call.count > 0 ? span(call.p50).text : "n/a",
             call.count > 0 ? span(call.p99).text : "n/a", about(UNIT_USD, cost).text,
             about(UNIT_USD, hour).text);
    say(g, c, text);
}

void command_run_stats(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    static _Thread_local struct moment now; /* too large for a stack frame */
    char name[PRESET_COMMAND];
    snprintf(name, sizeof name, "%s", c->word[0]);
    for (size_t n = strlen(name); n > 0 && name[n - 1] == ' '; n--)
        name[n - 1] = 0;
    const struct moment *m = find(g, name);
    if (m == NULL) {
        command_refuse(o,
                       "no marker or note \"%.60s\"%s: markers are A, B, … by what was done, "
                       "a, b, … by the controller; notes are what `mark` said",
                       name, g->moments > ENGINE_MOMENTS ? " among the last 64" : "");
        return;
    }
    fill(g, &now);
    say_records(g, c, m, &now);
    say_calls(g, c, m, &now);
    say_latency(o, &m->mark, &now.mark);
}
