/* Draws a preset: text, as a person would write it, so that the parser takes part. */
#include "seeds.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

uint64_t draw_log(struct prng *p, uint64_t lo, uint64_t hi)
{
    int octaves = 0;
    while (lo << (octaves + 1) <= hi)
        octaves++;
    uint64_t n = lo << draw(p, (uint64_t)octaves + 1);
    n += draw(p, n);
    return n < hi ? n : hi;
}

/* ---- text ---------------------------------------------------------------------------- */

struct maker {
    struct sim_case *c;
    struct prng p;
    size_t used;
    uint64_t rate, records; /* about so many */
    bool bursts, invokes;
    int copies_allowed;
};

__attribute__((format(printf, 2, 3))) static void put(struct maker *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(m->c->text + m->used, sizeof m->c->text - m->used, format, args);
    va_end(args);
    m->used += (size_t)n;
    if (m->used >= sizeof m->c->text)
        m->used = sizeof m->c->text - 1;
}

/* Sometimes a field, with a value drawn log-uniformly. */
static void maybe(struct maker *m, unsigned percent, const char *name, const char *unit,
                  uint64_t lo, uint64_t hi)
{
    if (chance(&m->p, percent))
        put(m, ", \"%s\": \"%llu%s\"", name, (unsigned long long)draw_log(&m->p, lo, hi), unit);
}

/* ---- schedule ---------------------------------------------------------------------------- */

static unsigned long long other_rate(struct maker *m)
{
    uint64_t lo = m->rate / 4 + 1, hi = m->rate * 6;
    return draw_log(&m->p, lo, hi < 20000 ? hi : 20000 > lo ? 20000 : lo);
}

static unsigned long long ms_in_span(struct maker *m, int64_t percent)
{
    int64_t ms = m->c->span_ns / NS_PER_MS * percent / 100;
    return 1 + draw(&m->p, (uint64_t)(ms > 1 ? ms : 1));
}

static void put_schedule(struct maker *m)
{
    uint64_t kind = draw(&m->p, 6);
    put(m, "  \"schedule\": [");
    if (kind == 4) {
        put(m, "{\"at\": \"0s\", \"square\": [%llu, %llu], \"period\": \"%llums\"}",
            (unsigned long long)m->rate, other_rate(m), 2 + ms_in_span(m, 50));
    } else if (kind == 5) {
        put(m, "{\"at\": \"0s\", \"ramp\": [%llu, %llu], \"for\": \"%llums\"}",
            (unsigned long long)m->rate, other_rate(m), ms_in_span(m, 90));
    } else {
        put(m, "{\"at\": \"0s\", \"rate\": %llu}", (unsigned long long)m->rate);
    }
    if (kind == 1)
        put(m, ", {\"at\": \"%llums\", \"rate\": %llu}", ms_in_span(m, 80), other_rate(m));
    if (kind == 2) {
        bool stands = chance(&m->p, 30);
        put(m, ", {\"at\": \"%llums\", \"rate\": %llu, \"for\": \"%llums\"}", ms_in_span(m, 60),
            stands ? 0 : other_rate(m), ms_in_span(m, 40));
    }
    if (kind == 3)
        put(m,
            ", {\"at\": \"%llums\", \"spike\": \"x%llu\", \"for\": \"%llums\", \"every\": "
            "\"%llums\"}",
            ms_in_span(m, 40), 2 + (unsigned long long)draw(&m->p, 8), ms_in_span(m, 15),
            ms_in_span(m, 30) + (unsigned long long)(m->c->span_ns / NS_PER_MS / 5));
    put(m, "],\n");
}

/* ---- graph --------------------------------------------------------------------------------- */

/* A node's common fields: how wide, how slow, how its records come. */
static void put_work(struct maker *m, int parallelism, bool may_cost)
{
    if (parallelism > 1)
        put(m, ", \"parallelism\": %d", parallelism);
    if (chance(&m->p, 50))
        put(m, ", \"queue\": %llu", (unsigned long long)draw_log(&m->p, 1, 300));
    if (!may_cost || chance(&m->p, 40))
        return;
    if (chance(&m->p, 8)) {
        put(m, ", \"cost\": \"cpu\"");
        return;
    }
    uint64_t slots = draw_log(&m->p, 1, 16);
    /* At most so slow that the records of the run pass one instance in 20 s. */
    uint64_t most = 20000000 * slots / (m->records + 1) + 10;
    put(m, ", \"slots\": %llu, \"cost\": \"%lluus\"", (unsigned long long)slots,
        (unsigned long long)draw_log(&m->p, 10, most < 50000 ? most : 50000));
    if (chance(&m->p, 50))
        put(m, ", \"jitter\": \"%llu%%\"", (unsigned long long)draw(&m->p, 101));
}

static const char *const shippings[] = {"hash", "hash", "rebalance", "broadcast"};

static void put_ship(struct maker *m)
{
    if (!chance(&m->p, 40))
        return;
    const char *ship = PICK(&m->p, shippings);
    if (strcmp(ship, "broadcast") == 0 && !m->copies_allowed)
        ship = "rebalance";
    put(m, ", \"ship\": \"%s\"", ship);
}

static int draw_width(struct maker *m)
{
    if (chance(&m->p, 1))
        return 1 + (int)draw(&m->p, 128); /* more instances than a reading shows */
    return chance(&m->p, 50) ? 1 : 1 + (int)draw(&m->p, 8);
}

/* Source(s), middle nodes in a row, sink; one of them may burst. */
static void put_row(struct maker *m)
{
    int middles = 1 + (int)draw(&m->p, 4), sources = chance(&m->p, 20) ? 2 : 1;
    int twin = (int)draw(&m->p, (uint64_t)middles), width = 1, burst_at = -1;
    if (m->bursts) /* -2: source, -3: sink, else a middle node up to the twin */
        burst_at = chance(&m->p, 50)                   ? twin
                   : chance(&m->p, 33) && sources == 1 ? -2
                   : chance(&m->p, 50)                 ? -3
                                                       : (int)draw(&m->p, (uint64_t)twin + 1);
    for (int i = 0; i < sources; i++) {
        width = chance(&m->p, 25) ? 1 + (int)draw(&m->p, 3) : 1;
        put(m, "%s{\"name\": \"s%d\", \"op\": \"source\"%s%s", i ? ",\n    " : "", i,
            burst_at == -2 ? ", \"burst\": true" : "",
            chance(&m->p, 25) ? ", \"fair\": false" : "");
        put_work(m, width, burst_at != -2 && chance(&m->p, 15));
        put(m, "}");
    }
    for (int i = 0; i < middles; i++) {
        bool tokenize = i == twin || chance(&m->p, 10), invoke = i == twin && m->invokes;
        bool chain = !invoke && burst_at != i && (sources == 1 || i > 0) && chance(&m->p, 25);
        put(m, ",\n    {\"name\": \"m%d\", \"op\": \"%s\", \"from\": [", i,
            invoke     ? "invoke"
            : tokenize ? "tokenize"
                       : "map");
        if (i == 0)
            put(m, sources == 2 ? "\"s0\", \"s1\"]" : "\"s0\"]");
        else
            put(m, "\"m%d\"]", i - 1);
        if (burst_at == i)
            put(m, ", \"burst\": true");
        if (chain) {
            put(m, ", \"chain\": true");
            put_work(m, width, false);
        } else {
            width = draw_width(m);
            put_ship(m);
            put_work(m, width, !invoke && (i == twin || chance(&m->p, 40)));
        }
        put(m, "}");
    }
    put(m, ",\n    {\"name\": \"sink\", \"op\": \"sink\", \"from\": [\"m%d\"]%s}", middles - 1,
        burst_at == -3 ? ", \"burst\": true" : "");
}

/* One node feeds several, which meet again at the sink or before it. */
static void put_branches(struct maker *m)
{
    int arms = 2 + (int)draw(&m->p, 2);
    put(m, "{\"name\": \"s0\", \"op\": \"source\"}");
    put(m, ",\n    {\"name\": \"fork\", \"op\": \"map\", \"from\": [\"s0\"]");
    put_ship(m);
    put_work(m, draw_width(m), true);
    put(m, "}");
    for (int i = 0; i < arms; i++) {
        put(m, ",\n    {\"name\": \"arm%d\", \"op\": \"%s\", \"from\": [\"fork\"]", i,
            chance(&m->p, 50) ? "tokenize" : "map");
        put_ship(m);
        put_work(m, draw_width(m), true);
        put(m, "}");
    }
    bool join = chance(&m->p, 50);
    put(m, ",\n    {\"name\": \"%s\", \"op\": \"%s\", \"from\": [", join ? "join" : "sink",
        join ? "map" : "sink");
    for (int i = 0; i < arms; i++)
        put(m, "%s\"arm%d\"", i ? ", " : "", i);
    put(m, "]}");
    if (join)
        put(m, ",\n    {\"name\": \"sink\", \"op\": \"sink\", \"from\": [\"join\"]}");
}

static void put_graph(struct maker *m)
{
    put(m, "  \"graph\": [\n    ");
    m->bursts = chance(&m->p, 75);
    m->invokes = m->bursts && chance(&m->p, 20);
    m->copies_allowed = !m->bursts;
    if (m->invokes)
        m->bursts = false; /* the invoke node is where it bursts */
    if (m->copies_allowed && chance(&m->p, 40))
        put_branches(m);
    else
        put_row(m);
    put(m, "],\n");
}

static bool needs_functions(const struct maker *m) { return m->invokes && m->c->drained; }

/* ---- knobs, functions -------------------------------------------------------------------------- */

static const char *const policies[] = {"off",       "always",     "half",   "as-found",
                                       "threshold", "hysteresis", "excess", "slo"};
static const char *const batch_policies[] = {"fixed", "table", "deadline"};
static const char *const orders[] = {"global", "key", "none"};

static void put_knobs(struct maker *m)
{
    put(m, "  \"policy\": \"%s\",\n  \"knobs\": {\"order\": \"%s\", \"batch_policy\": \"%s\"",
        PICK(&m->p, policies), PICK(&m->p, orders), PICK(&m->p, batch_policies));
    maybe(m, 70, "batch", "", 1, 400);
    maybe(m, 70, "concurrency", "", 1, 200);
    maybe(m, 70, "linger", chance(&m->p, 70) ? "ms" : "us", 1, 2000);
    maybe(m, 50, "interval", "ms", 10, 1000);
    maybe(m, needs_functions(m) ? 0 : 40, "timeout", "ms", 1, 5000);
    maybe(m, 50, "head_deadline", "ms", 1, 500);
    if (chance(&m->p, 20))
        put(m, ", \"budget\": \"$0.0000%llu\"", 1 + (unsigned long long)draw(&m->p, 999));
    maybe(m, 30, "flush", "us", 1, 100000);
    maybe(m, 30, "input_threshold", "", 1, 5000);
    maybe(m, 30, "busy_threshold", "%", 1, 100);
    maybe(m, 20, "drain_time", "ms", 100, 10000);
    maybe(m, 30, "slo", "ms", 1, 1000);
    maybe(m, 20, "burst_max", "%", 1, 100);
    if (chance(&m->p, 40))
        put(m, ", \"overflow\": \"block\"");
    if (chance(&m->p, 15))
        put(m, ", \"budget_rate\": \"$0.%llu\"", 1 + (unsigned long long)draw(&m->p, 99));
    if (chance(&m->p, 10))
        put(m, ", \"load\": \"x0.%llu\"", 2 + (unsigned long long)draw(&m->p, 8));
    put(m, "},\n");
}

static void put_functions(struct maker *m)
{
    static const char *const calibrations[] = {"2023", "2026", "2026", "none"};
    static const char *const languages[] = {"python", "java"};
    /* What has only functions to run on, and must drain, gets functions that work. */
    bool sick = chance(&m->p, 40) && !needs_functions(m);
    put(m, "  \"functions\": {\"calibration\": \"%s\", \"language\": \"%s\"",
        PICK(&m->p, calibrations), PICK(&m->p, languages));
    maybe(m, 40, "constant", "ms", 1, 2000);
    maybe(m, 40, "concurrency_limit", "", 1, 200);
    maybe(m, 15, "rate_limit", "", 1, 2000);
    maybe(m, 15, "scale_per_10s", "", 1, 500);
    maybe(m, 20, "idle", "ms", 1, 10000);
    maybe(m, needs_functions(m) ? 0 : 20, "timeout", "ms", 1, 5000);
    maybe(m, sick ? 50 : 0, "error", "%", 1, 60);
    maybe(m, sick ? 50 : 0, "function_error", "%", 1, 60);
    maybe(m, sick ? 50 : 0, "lose", "%", 1, 40);
    maybe(m, sick ? 50 : 0, "late", "%", 1, 60);
    put(m, "},\n");
}

/* ---- the whole ------------------------------------------------------------------------------------- */

static void draw_size(struct maker *m)
{
    static const char *const profiles[] = {"beam", "ext", "mix"};
    struct sim_case *c = m->c;
    m->rate = draw_log(&m->p, 1, chance(&m->p, 1) ? 1000000 : 20000);
    uint64_t span_ms = draw_log(&m->p, 500, 15000);
    m->records = m->rate * span_ms / 1000;
    if (m->records > 12000)
        m->records = 12000;
    if (m->records < 1)
        m->records = 1;
    c->span_ns = (int64_t)(m->records * 1000 / m->rate + 1) * NS_PER_MS;
    if (c->span_ns < NS_PER_S / 2)
        c->span_ns = NS_PER_S / 2;
    c->drained = chance(&m->p, 50);
    c->records = c->drained ? m->records : 0;
    c->duration_ns = c->drained ? 0 : c->span_ns + (int64_t)draw(&m->p, 2000) * NS_PER_MS / 7;
    put(m, "{ \"spillway\": 1, \"name\": \"seed-%llu\",\n", (unsigned long long)c->seed);
    put(m, "  \"source\": {\"kind\": \"nexmark\", \"profile\": \"%s\", \"seed\": %llu},\n",
        PICK(&m->p, profiles), (unsigned long long)draw(&m->p, 5));
}

/* Deliveries that each record makes at the sink. */
static int copies_of(const struct graph_spec *g)
{
    int order[GRAPH_NODES];
    struct graph_fault fault;
    return graph_check(g, order, &fault) == 0 ? graph_copies(g, order, order[0]) : 0;
}

void case_finish(struct sim_case *c) { c->copies = copies_of(&c->preset.graph); }

bool case_draw(struct sim_case *c, uint64_t seed, char *refused, size_t size)
{
    for (uint64_t attempt = 0; attempt < 50; attempt++) {
        struct err e;
        struct maker m = {.c = c, .p = prng_split(seed, 77 + attempt)};
        *c = (struct sim_case){.seed = seed};
        draw_size(&m);
        put_schedule(&m);
        put_graph(&m);
        put_knobs(&m);
        put_functions(&m);
        put(&m, "  \"duration\": \"60s\"\n}\n");
        if (preset_parse(c->text, m.used, "the drawn preset", &c->preset, &e) == 0) {
            case_finish(c);
            case_draw_orders(c, &m.p);
            return true;
        }
        snprintf(refused, size, "%s", e.text);
    }
    return false;
}

void case_plain(const struct sim_case *c, struct preset *out)
{
    *out = c->preset;
    for (int i = 0; i < out->graph.count; i++) {
        struct node_spec *n = &out->graph.node[i];
        n->cost_ns = 0;
        n->burst = false;
        n->queue = 256;
        if (n->op == OP_INVOKE)
            n->op = OP_TOKENIZE;
    }
    int64_t load = out->knobs.value[KNOB_LOAD];
    knobs_init(&out->knobs);
    out->knobs.value[KNOB_LOAD] = load;
    faas_config_init(&out->functions);
}

void case_show(const struct sim_case *c)
{
    printf("%s", c->text);
    if (c->drained)
        printf("records %llu\n", (unsigned long long)c->records);
    else
        printf("duration %lldus\n", (long long)(c->duration_ns / NS_PER_US));
    for (int i = 0; i < c->orders; i++)
        printf("%-6s %lldms %s\n", c->order[i].typed ? "typed" : "at",
               (long long)(c->order[i].at_ns / NS_PER_MS), c->order[i].text);
}
