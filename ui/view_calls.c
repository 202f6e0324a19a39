/* Calls and cost. */
#include "ui/plot.h"

#include <stdio.h>

static struct txt latency_or_none(const struct sp_latency *l, int64_t ns)
{
    return fmt_latency(l->count > 0 ? ns : -1);
}

/* A machine for one slot: the list price of a vCPU-hour of Fargate (us-east-1), nano-USD. */
#define SLOT_NUSD_H INT64_C(40480000)

/* What the costly operator would need to carry the largest load of the window without
 * functions, and what that costs beside them. */
static void draw_against_slots(struct grid *g, struct rect row, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    const struct sp_vertex *x = NULL;
    struct extent load = plot_extent(v, FIELD_OFFERED);
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++)
        if (r->vertex[i].bursts)
            x = &r->vertex[i];
    double used = x != NULL ? x->busy / 1000 * x->slots * x->parallelism : 0;
    double local = x != NULL ? x->out_rate : 0; /* what the sink gets may have waited before */
    if (used < 0.05 || local < 1 || !load.any) {
        grid_text(g, row, 0, 0, style_of(ROLE_DIM), "against fixed slots: n/a");
        return;
    }
    double each = local / used, need = load.max / each;
    int64_t all = (int64_t)need + ((double)(int64_t)need < need);
    int64_t more = all - (int64_t)x->slots * x->parallelism;
    if (more <= 0) {
        grid_textf(g, row, 0, 0, style_of(ROLE_TEXT),
                   "against fixed slots: those there are carry the peak of %s/s",
                   fmt_si(load.max).s);
        return;
    }
    int64_t price = more * SLOT_NUSD_H;
    double share = (double)r->cost_rate_nusd_h / (double)price - 1;
    grid_textf(g, row, 0, 0, style_of(ROLE_TEXT),
               "against %lld more fixed slot%s for the peak of %s/s: %s/h, functions %+.0f %%",
               (long long)more, more == 1 ? "" : "s", fmt_si(load.max).s, fmt_usd(price).s,
               share * 100);
    if (row.w >= 110)
        grid_text_right(g, row, row.w, 0, style_of(ROLE_DIM), "at $0.0405 a slot-hour");
}

/* Environments over time: all that there are, of them those that work; those that start. */
static void draw_environments(struct grid *g, struct rect in, const struct view *v)
{
    struct plot p;
    struct extent most = plot_extent(v, FIELD_ENV_ALL);
    bool shapes = v->mono || v->glyphs == GLYPHS_ASCII;
    grid_textf(g, rect_row(in, 0), 0, 0, style_bold(ROLE_TEXT), "environments");
    grid_textf(g, rect_row(in, 0), 14, 0, style_of(ROLE_DIM), "warm█ busy%s starting━ most %s",
               shapes ? "▒" : "█", most.any ? fmt_si(most.max).s : "n/a");
    legend_paint(g, rect_row(in, 0));
    in.y++;
    in.h--;
    plot_begin(&p, g, in, v, axis_linear(most.any ? most.max : 1, in.h), fmt_tick);
    plot_area(&p, FIELD_ENV_ALL, FIELD_ENV_BUSY, ROLE_BURST, ROLE_LOCAL);
    static const struct line starting = {FIELD_ENV_COLD, 0x2501, ROLE_BAD, true, FIELD_COUNT};
    plot_line(&p, &starting);
    plot_marks(&p);
}

static void draw_more_calls(struct grid *g, struct rect in, const struct view *v)
{
    static const char *const breakers[] = {"closed", "open: no calls", "half open: one probe"};
    const struct sp_reading *r = v->reading;
    struct style s = style_of(ROLE_TEXT);
    grid_textf(g, in, 0, 5, s, "calls %s  batches %s  retries %s", fmt_grouped(r->calls).s,
               fmt_grouped(r->batches).s, fmt_grouped(r->retries).s);
    grid_textf(g, in, 0, 6, s, "records per call %s  records burst %s",
               r->mean_batch > 0 ? fmt_si(r->mean_batch).s : "n/a",
               fmt_grouped(r->burst_records).s);
    grid_textf(g, in, 0, 7, r->breaker > 0 ? style_bold(ROLE_BAD) : s,
               "breaker %s  retry tokens left %lld of 500",
               breakers[r->breaker >= 0 && r->breaker < 3 ? r->breaker : 0],
               (long long)r->retry_tokens);
    grid_textf(g, in, 0, 8, s, "environments: starting %lld  busy %lld  idle %lld",
               (long long)r->env_cold, (long long)r->env_busy, (long long)r->env_warm);
    grid_textf(g, in, 0, 9, s, "executed %s  late or second answers dropped %s",
               fmt_grouped(r->executed).s, fmt_grouped(r->duplicates_dropped).s);
    grid_textf(g, in, 0, 10, s, "whole run: p50 %s  p99 %s  max %s",
               latency_or_none(&r->call_run, r->call_run.p50).s,
               latency_or_none(&r->call_run, r->call_run.p99).s,
               latency_or_none(&r->call_run, r->call_run.max).s);
    if (in.h > 11)
        draw_against_slots(g, rect_row(in, 11), v);
    if (in.h > 12 && r->endpoint[0] != 0)
        grid_textf(g, in, 0, 12, style_of(ROLE_DIM), "calls go to %s at %s", r->provider,
                   r->endpoint);
    if (in.h >= 18)
        draw_environments(g, (struct rect){in.x, in.y + 13, in.w, in.h - 13}, v);
}

/* What was spent, of what may be; and at what pace. */
static int draw_cost(struct grid *g, struct rect in, struct style s, const struct sp_reading *r)
{
    char text[120];
    struct txt spent = fmt_usd(r->cost_nusd), pace = fmt_usd(r->cost_rate_nusd_h);
    int64_t budget = r->knobs.value[KNOB_BUDGET];
    if (budget <= 0)
        return grid_textf(g, in, 0, 3, s, "%s so far  %s/h", spent.s, pace.s);
    snprintf(text, sizeof text, "%s of %s  %s/h", spent.s, fmt_usd(budget).s, pace.s);
    if (text_width(text) > in.w)
        snprintf(text, sizeof text, "%s/%s %s/h", spent.s, fmt_usd(budget).s, pace.s);
    return grid_text(g, in, 0, 3, r->cost_nusd >= budget ? style_bold(ROLE_WARN) : s, text);
}

void draw_calls(struct grid *g, struct rect in, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    const struct sp_latency *c = &r->call;
    struct style s = style_of(ROLE_TEXT);
    /* a call that was refused or failed ran in no environment, cold or warm */
    uint64_t warm = r->executed > r->cold_starts ? r->executed - r->cold_starts : 0;
    bool full = r->concurrency_now > 0 && r->calls_in_flight >= r->concurrency_now;
    grid_textf(g, in, 0, 0, full ? style_bold(ROLE_WARN) : s, "in flight %lld/%lld  throttled %s",
               (long long)r->calls_in_flight, (long long)r->concurrency_now,
               fmt_si((double)r->throttled).s);
    grid_textf(g, in, 0, 1, r->failed > 0 ? style_bold(ROLE_BAD) : s, "cold %s  warm %s  failed %s",
               fmt_si((double)r->cold_starts).s, fmt_si((double)warm).s,
               fmt_si((double)r->failed).s);
    grid_textf(g, in, 0, 2, s, "p50 %s p99 %s", latency_or_none(c, c->p50).s,
               latency_or_none(c, c->p99).s);
    if (c->count > 1000) /* below that the figure is one call's luck */
        grid_textf(g, in, 20, 2, s, "p99.9 %s", latency_or_none(c, c->p999).s);
    int64_t cap = r->knobs.value[KNOB_BUDGET_RATE];
    int dx = draw_cost(g, in, s, r);
    if (cap > 0)
        grid_textf(g, in, dx, 3, style_of(ROLE_DIM), " ≤ %s/h", fmt_usd(cap).s);
    grid_textf(g, in, 0, 4, style_of(ROLE_DIM),
               in.w >= 34 ? "decided share %s  decisions %lld" : "decided %s  decisions %lld",
               fmt_percent((double)r->fraction_ppm / 1e6).s, (long long)r->decisions);
    if (in.h > 5)
        draw_more_calls(g, in, v);
}
