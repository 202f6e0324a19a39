#include "lab/score.h"

#include <stdio.h>
#include <string.h>

const struct score_def score_table[SCORE_FIGURES] = {
    [SCORE_P50] = {"p50", UNIT_DURATION, "half of all records were faster"},
    [SCORE_P90] = {"p90", UNIT_DURATION, "nine of ten were faster"},
    [SCORE_P99] = {"p99", UNIT_DURATION, "99 of 100 were faster"},
    [SCORE_P999] = {"p999", UNIT_DURATION, "999 of 1000 were faster"},
    [SCORE_MEAN] = {"mean", UNIT_DURATION, "mean latency, due to sink"},
    [SCORE_SLO] = {"slo", UNIT_DURATION, "seconds whose p99 missed the goal's latency"},
    [SCORE_BACKLOG] = {"backlog", UNIT_COUNT, "largest backlog"},
    [SCORE_QUEUE] = {"queue", UNIT_COUNT, "most records on links at one time"},
    [SCORE_COLD] = {"cold", UNIT_COUNT, "cold starts"},
    [SCORE_BURST] = {"burst", UNIT_RATIO, "share of the records that went to functions"},
    [SCORE_COST] = {"cost", UNIT_USD, "what the functions cost"},
    [SCORE_UNDONE] = {"undone", UNIT_COUNT, "records due and not done at the end"},
    [SCORE_DEAD] = {"dead", UNIT_COUNT, "dead letters"},
};

/* ---- figures -------------------------------------------------------------------------- */

void score_begin(struct score *s) { *s = (struct score){.ledger_ok = true}; }

static void raise(int64_t *figure, int64_t value) { *figure = value > *figure ? value : *figure; }

/* Nothing done in a second while something waited is a miss too. */
static bool missed(const struct sp_reading *r, int64_t slo_ns)
{
    if (r->latency.count > 0)
        return r->latency.p99 > slo_ns;
    return r->backlog > 0 && !r->paused;
}

void score_reading(struct score *s, const struct sp_reading *r, int64_t slo_ns)
{
    int64_t queue = 0;
    for (int i = 0; i < r->vertex_count; i++)
        queue += r->vertex[i].queue;
    raise(&s->value[SCORE_BACKLOG], r->backlog);
    raise(&s->value[SCORE_QUEUE], queue);
    int64_t seconds = r->now_ns / NS_PER_S;
    if (seconds > s->seconds && missed(r, slo_ns))
        s->value[SCORE_SLO] += NS_PER_S;
    s->seconds = seconds > s->seconds ? seconds : s->seconds;
    s->value[SCORE_P50] = r->latency_run.p50;
    s->value[SCORE_P90] = r->latency_run.p90;
    s->value[SCORE_P99] = r->latency_run.p99;
    s->value[SCORE_P999] = r->latency_run.p999;
    s->value[SCORE_MEAN] = r->latency_run.mean;
    s->value[SCORE_COLD] = (int64_t)r->cold_starts;
    s->value[SCORE_COST] = r->cost_nusd;
    s->value[SCORE_BURST] =
        r->in > 0 ? (int64_t)((i128)r->burst_records * PPM_ONE / (i128)r->in) : 0;
    s->value[SCORE_UNDONE] = r->backlog + r->in_flight;
    s->value[SCORE_DEAD] = (int64_t)r->dead;
    s->any = r->latency_run.count > 0;
    s->lost = r->lost;
    s->duplicated = r->duplicated;
    s->disordered = r->disordered;
    s->ledger_ok = r->balanced && r->lost == 0 && r->duplicated == 0 && r->disordered == 0;
}

/* ---- goals: reading -------------------------------------------------------------------- */

struct reader {
    const char *text, *at;
    struct err *e;
};

static int fail(struct reader *r, const char *what)
{
    r->e->code = ERR_BAD;
    snprintf(r->e->text, sizeof r->e->text, "column %d: %s", (int)(r->at - r->text) + 1, what);
    return ERR_BAD;
}

static void skip_blanks(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\t')
        r->at++;
}

static size_t word_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

static int read_figure(struct reader *r, enum score_figure *out)
{
    skip_blanks(r);
    size_t length = word_length(r->at);
    for (int f = 0; f < SCORE_FIGURES; f++)
        if (strlen(score_table[f].name) == length &&
            memcmp(score_table[f].name, r->at, length) == 0) {
            *out = (enum score_figure)f;
            r->at += length;
            return 0;
        }
    return fail(r, "no figure of a run: p50, p90, p99, p999, mean, slo, backlog, queue, cold, "
                   "burst, cost, undone or dead");
}

static bool compares(const char *at) { return *at == '<' || *at == '>'; }

static int read_condition(struct reader *r, struct goal_condition *c)
{
    char what[200];
    if (read_figure(r, &c->figure))
        return ERR_BAD;
    skip_blanks(r);
    if (!compares(r->at))
        return fail(r, "<, <=, > or >= and a value are expected");
    c->above = *r->at++ == '>';
    c->equal = *r->at == '=';
    r->at += c->equal;
    skip_blanks(r);
    size_t length = strcspn(r->at, ", \t");
    const char *why = NULL;
    enum unit unit = score_table[c->figure].unit;
    if (!units_read(unit, r->at, length, &c->value, &why)) {
        snprintf(what, sizeof what, "%s; written like %s", why, units_example(unit));
        return fail(r, what);
    }
    r->at += length;
    return 0;
}

static bool take_comma(struct reader *r)
{
    skip_blanks(r);
    bool here = *r->at == ',';
    r->at += here;
    return here;
}

static bool take_then(struct reader *r)
{
    skip_blanks(r);
    bool here = strncmp(r->at, "then", 4) == 0 && word_length(r->at) == 4;
    r->at += here ? 4 : 0;
    return here;
}

/* Is what follows a condition, and no objective? */
static bool condition_follows(const struct reader *r)
{
    const char *at = r->at + strspn(r->at, " \t");
    at += word_length(at);
    return compares(at + strspn(at, " \t"));
}

static int read_conditions(struct reader *r, struct goal *g)
{
    do {
        if (g->conditions == GOAL_CONDITIONS)
            return fail(r, "at most 4 conditions");
        if (read_condition(r, &g->condition[g->conditions++]))
            return ERR_BAD;
    } while (take_comma(r));
    return 0;
}

static int read_objectives(struct reader *r, struct goal *g)
{
    do {
        if (g->objectives == GOAL_OBJECTIVES)
            return fail(r, "at most 4 figures behind `then`");
        if (read_figure(r, &g->objective[g->objectives++]))
            return ERR_BAD;
    } while (take_comma(r));
    return 0;
}

int goal_read(const char *text, struct goal *g, struct err *e)
{
    struct reader r = {text, text, e};
    *g = (struct goal){.conditions = 0};
    if (strlen(text) >= sizeof g->text)
        return fail(&r, "longer than 159 characters");
    snprintf(g->text, sizeof g->text, "%s", text);
    bool conditions = condition_follows(&r);
    if (conditions && read_conditions(&r, g))
        return ERR_BAD;
    if ((!conditions || take_then(&r)) && read_objectives(&r, g))
        return ERR_BAD;
    skip_blanks(&r);
    return *r.at ? fail(&r, "a comma, `then` or the end is expected") : 0;
}

/* ---- goals: judging --------------------------------------------------------------------- */

int64_t goal_slo(const struct goal *g, int64_t usual_ns)
{
    for (int i = 0; i < g->conditions; i++)
        if (g->condition[i].figure <= SCORE_MEAN && !g->condition[i].above)
            return g->condition[i].value;
    return usual_ns;
}

static bool holds(const struct goal_condition *c, const struct score *s)
{
    int64_t v = s->value[c->figure];
    if (c->figure <= SCORE_MEAN && !s->any)
        return false; /* nothing was done: no latency is good */
    return c->above ? v > c->value || (c->equal && v == c->value)
                    : v < c->value || (c->equal && v == c->value);
}

int goal_missed(const struct goal *g, const struct score *s)
{
    for (int i = 0; i < g->conditions; i++)
        if (!holds(&g->condition[i], s))
            return i;
    return -1;
}

/* 0: good; 1: misses a condition; 2: lost, doubled or disordered records. */
static int standing(const struct goal *g, const struct score *s)
{
    return !s->ledger_ok ? 2 : goal_missed(g, s) >= 0 ? 1 : 0;
}

static int compare(int64_t a, int64_t b) { return a < b ? -1 : a > b; }

int goal_order(const struct goal *g, const struct score *a, const struct score *b)
{
    int x = standing(g, a), y = standing(g, b);
    if (x != y || x == 2)
        return x - y;
    int missed = x == 1 ? goal_missed(g, a) : -1;
    if (x == 1 && missed != goal_missed(g, b))
        return goal_missed(g, b) - missed; /* the one that came further is better */
    if (x == 1) {
        enum score_figure f = g->condition[missed].figure;
        int order = compare(a->value[f], b->value[f]);
        if (order)
            return g->condition[missed].above ? -order : order;
    }
    for (int i = 0; i < g->objectives; i++) {
        int order = compare(a->value[g->objective[i]], b->value[g->objective[i]]);
        if (order)
            return order;
    }
    return 0;
}
