/* Calls and cost. */
#include "ui/view.h"

#include <stdio.h>

static struct txt latency_or_none(const struct sp_latency *l, int64_t ns)
{
    return fmt_latency(l->count > 0 ? ns : -1);
}

static void draw_more_calls(struct grid *g, struct rect in, const struct sp_reading *r)
{
    struct style s = style_of(ROLE_TEXT);
    grid_textf(g, in, 0, 5, s, "calls %s  batches %s  retries %s", fmt_grouped(r->calls).s,
               fmt_grouped(r->batches).s, fmt_grouped(r->retries).s);
    if (r->mean_batch > 0)
        grid_textf(g, in, 0, 6, s, "records per call %.1f  records burst %s", r->mean_batch,
                   fmt_grouped(r->burst_records).s);
    else
        grid_textf(g, in, 0, 6, s, "records per call n/a  records burst %s",
                   fmt_grouped(r->burst_records).s);
    grid_textf(g, in, 0, 7, s, "executed %s  late or second answers dropped %s",
               fmt_grouped(r->executed).s, fmt_grouped(r->duplicates_dropped).s);
    grid_textf(g, in, 0, 8, s, "environments: starting %lld  busy %lld  idle %lld",
               (long long)r->env_cold, (long long)r->env_busy, (long long)r->env_warm);
    grid_textf(g, in, 0, 9, s, "whole run: p50 %s  p99 %s  max %s",
               latency_or_none(&r->call_run, r->call_run.p50).s,
               latency_or_none(&r->call_run, r->call_run.p99).s,
               latency_or_none(&r->call_run, r->call_run.max).s);
}

void draw_calls(struct grid *g, struct rect in, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    const struct sp_latency *c = &r->call;
    struct style s = style_of(ROLE_TEXT);
    bool full = r->concurrency_now > 0 && r->calls_in_flight >= r->concurrency_now;
    grid_textf(g, in, 0, 0, full ? style_bold(ROLE_WARN) : s, "in flight %lld/%lld  throttled %s",
               (long long)r->calls_in_flight, (long long)r->concurrency_now,
               fmt_si((double)r->throttled).s);
    grid_textf(g, in, 0, 1, r->failed > 0 ? style_bold(ROLE_BAD) : s, "cold %s  warm %s  failed %s",
               fmt_si((double)r->cold_starts).s,
               fmt_si((double)(r->calls > r->cold_starts ? r->calls - r->cold_starts : 0)).s,
               fmt_si((double)r->failed).s);
    grid_textf(g, in, 0, 2, s, "p50 %s p99 %s", latency_or_none(c, c->p50).s,
               latency_or_none(c, c->p99).s);
    if (c->count > 1000) /* below that the figure is one call's luck */
        grid_textf(g, in, 20, 2, s, "p99.9 %s", latency_or_none(c, c->p999).s);
    int64_t cap = r->knobs.value[KNOB_BUDGET_RATE];
    int dx = grid_textf(g, in, 0, 3, s, "%s so far  %s/h", fmt_usd(r->cost_nusd).s,
                        fmt_usd(r->cost_rate_nusd_h).s);
    if (cap > 0)
        grid_textf(g, in, dx, 3, style_of(ROLE_DIM), " ≤ %s/h", fmt_usd(cap).s);
    grid_textf(g, in, 0, 4, style_of(ROLE_DIM), "decided share %s  decisions %lld",
               fmt_percent((double)r->fraction_ppm / 1e6).s, (long long)r->decisions);
    if (in.h > 5)
        draw_more_calls(g, in, r);
}
