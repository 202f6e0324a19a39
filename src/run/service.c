/* The platform behind the remote lane: which one, and what the log says of its absence. */
#include "run/engine.h"

#include <stdio.h>
#include <string.h>

static void compute(void *context, struct block *b) { op_tokenize_apply(context, b, b->cursor); }

enum provider service_kind(const struct sp_engine *g)
{
    return g->options.sim ? PROVIDER_MODEL : g->preset.provider;
}

int service_open(struct sp_engine *g, enum provider kind, struct backing *out, struct err *e)
{
    const struct sp_options *o = &g->options;
    uint32_t calls = (uint32_t)knob_table[KNOB_CONCURRENCY].max;
    struct backing_setting s = {
        .kind = kind,
        .endpoint = o->endpoint ? o->endpoint : g->preset.endpoint,
        .function = o->function ? o->function : g->preset.function,
        .profile = o->profile,
        .auth = o->auth,
        .form = o->payload,
        .log_tail = o->log_tail,
        .functions = g->preset.functions,
        .seed = o->seed,
        .job = g->preset.name,
        .epoch = (uint32_t)g->restarts,
        .calls_max = calls,
        .tickets = calls + LANE_QUEUED + 2,
        .wake_fd = g->wake_fd,
        .compute = compute,
        .context = &g->tokenize,
    };
    return backing_open(out, &s, e);
}

/* ---- away and back ----------------------------------------------------------------------- */

static const char *const failures[ANSWER_STATUS_COUNT] = {
    [ANSWER_OK] = "answers were of no use",
    [ANSWER_THROTTLED] = "the platform throttles",
    [ANSWER_ERROR] = "the platform fails",
    [ANSWER_FUNCTION_ERROR] = "the function fails",
    [ANSWER_TIMEOUT] = "there is no answer in time",
    [ANSWER_REFUSED] = "the platform refuses calls",
    [ANSWER_TOO_LARGE] = "batches are too large",
};

static const char *meanwhile(const struct sp_engine *g)
{
    return g->lane->config.has_local ? "records run locally" : "records wait";
}

static void watch_breaker(struct sp_engine *g)
{
    char text[SP_EVENT_TEXT], why[ANSWER_WHY];
    bool away = g->lane->breaker.state != BREAKER_CLOSED;
    if (away == g->away)
        return;
    g->away = away;
    if (!away) {
        event_add(g, SP_AUTO, 'H', "functions", "they answer again: calls go out", NULL);
        return;
    }
    backing_why(&g->backing, why, sizeof why);
    snprintf(text, sizeof text, "%.150s: %s until they answer",
             why[0] ? why : failures[g->lane->last_failure], meanwhile(g));
    event_add(g, SP_AUTO, '!', "functions", text, NULL);
}

static void watch_money(struct sp_engine *g)
{
    char text[SP_EVENT_TEXT], budget[48], spent[48];
    struct faas_seen seen;
    /* Near the end the last calls come home one by one, and each frees what was put by for
     * it; that is no news. Another budget is. */
    if (g->lane->broke == g->broke || (g->broke && g->lane->budget_nusd == g->broke_nusd))
        return;
    g->broke = g->lane->broke;
    g->broke_nusd = g->lane->budget_nusd;
    backing_seen(&g->backing, g->now_ns, &seen);
    units_write(UNIT_USD, g->lane->budget_nusd, budget, sizeof budget);
    units_write(UNIT_USD, seen.cost_nusd, spent, sizeof spent);
    if (g->broke)
        snprintf(text, sizeof text, "%s of %s are spent: no more calls, %s", spent, budget,
                 meanwhile(g));
    else
        snprintf(text, sizeof text, "there is money again: calls go out");
    event_add(g, SP_AUTO, g->broke ? '!' : 'H', "budget", text, NULL);
}

void service_watch(struct sp_engine *g)
{
    if (g->lane == NULL)
        return;
    watch_breaker(g);
    watch_money(g);
}
