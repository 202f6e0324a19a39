#include "run/plan.h"

#include <stdio.h>
#include <string.h>

/* From the graph as data to vertices, members (instances) and links.
 *
 *   nodes ──chain──► vertices ──parallelism──► members ──ship──► links
 *
 * A vertex that bursts gets a remote lane vertex right behind it. */

void *plan_take(struct plan *p, size_t size)
{
    void *m = region_take(&p->g->region, size);
    if (m == NULL) {
        p->e->code = ERR_MEMORY;
        snprintf(p->e->text, sizeof p->e->text, "the system gave no memory (%zu bytes)", size);
    }
    return m;
}

/* ---- nodes ---------------------------------------------------------------------- */

/* The dispatcher at a source is an operator of its own, right behind it. */
static void insert_dispatcher(struct plan *p, int source)
{
    struct graph_spec *s = &p->graph;
    int d = s->count++;
    node_spec_init(&s->node[d]);
    snprintf(s->node[d].name, GRAPH_NAME, "dispatcher");
    for (int i = 0; i < d; i++)
        for (int k = 0; k < s->node[i].from_count; k++)
            if (s->node[i].from[k] == source)
                s->node[i].from[k] = d;
    s->node[d].from[0] = source;
    s->node[d].from_count = 1;
    s->node[d].parallelism = s->node[source].parallelism;
    s->node[d].burst = true;
    s->node[source].burst = false;
}

/* Where bursting starts, what is called, where results join. */
static void find_burst(struct plan *p)
{
    struct graph_spec *s = &p->graph;
    p->burst_node = p->twin_node = p->join_node = -1;
    for (int i = 0; i < s->count; i++)
        if (s->node[i].op == OP_SOURCE && s->node[i].burst && s->count < GRAPH_NODES) {
            insert_dispatcher(p, i);
            break;
        }
    for (int i = 0; i < s->count; i++)
        if (s->node[i].burst || s->node[i].op == OP_INVOKE)
            p->burst_node = i;
    if (p->burst_node < 0)
        return;
    p->twin_node = graph_twin(s, p->burst_node);
    if (s->node[p->burst_node].op == OP_SINK) { /* results join at the sink */
        p->join_node = p->burst_node;
        p->burst_node = p->twin_node;
    }
}

static const char *node_name(const struct plan *p, int n) { return p->graph.node[n].name; }

static int add_vertex(struct plan *p, enum member_kind kind, int node)
{
    struct sp_engine *g = p->g;
    if (g->vertex_count == SP_VERTICES) {
        p->e->code = ERR_BAD;
        snprintf(p->e->text, sizeof p->e->text, "the graph has more than %d vertices", SP_VERTICES);
        return -1;
    }
    struct vertex *v = &g->vertex[g->vertex_count];
    *v = (struct vertex){.kind = kind, .node = node, .parallelism = 1};
    return g->vertex_count++;
}

static enum member_kind kind_of(enum op_kind op)
{
    if (op == OP_SOURCE)
        return MEMBER_SOURCE;
    return op == OP_SINK ? MEMBER_SINK : MEMBER_TASK;
}

static int join_chain(struct plan *p, int node)
{
    struct vertex *v = &p->g->vertex[p->vertex_of[p->graph.node[node].from[0]]];
    if (v->chain_count == TASK_CHAIN) {
        p->e->code = ERR_BAD;
        snprintf(p->e->text, sizeof p->e->text, "\"%s\": more than %d operators chained",
                 node_name(p, node), TASK_CHAIN);
        return -1;
    }
    size_t used = strlen(v->name);
    snprintf(v->name + used, sizeof v->name - used, " -> %s", node_name(p, node));
    v->chain[v->chain_count++] = node;
    return p->vertex_of[node] = (int)(v - p->g->vertex);
}

static int make_vertices(struct plan *p)
{
    struct sp_engine *g = p->g;
    for (int k = 0; k < p->graph.count; k++) {
        int n = p->order[k];
        const struct node_spec *node = &p->graph.node[n];
        if (node->chain) {
            if (join_chain(p, n) < 0)
                return p->e->code;
            continue;
        }
        int i = add_vertex(p, kind_of(node->op), n);
        if (i < 0)
            return p->e->code;
        struct vertex *v = &g->vertex[i];
        snprintf(v->name, sizeof v->name, "%s", node->name);
        v->chain[v->chain_count++] = n;
        v->parallelism = node->parallelism;
        v->weight = graph_copies(&p->graph, p->order, n);
        p->vertex_of[n] = i;
        if (n != p->burst_node)
            continue;
        v->bursts = true;
        g->burst_vertex = i;
        g->lane_vertex = add_vertex(p, MEMBER_LANE, -1);
        if (g->lane_vertex < 0)
            return p->e->code;
        snprintf(g->vertex[g->lane_vertex].name, sizeof g->vertex[0].name, "%s.functions",
                 node->name);
        g->vertex[g->lane_vertex].weight = 1;
    }
    return 0;
}

/* ---- members ------------------------------------------------------------------------ */

static uint32_t slots_max(const struct node_spec *n)
{
    return n->cost_ns > 0 ? 65536 : (uint32_t)n->slots;
}

static struct task_config task_config_of(const struct plan *p, const struct vertex *v, int member)
{
    const struct node_spec *n = &p->graph.node[v->node];
    return (struct task_config){
        .cost_ns = n->cost_ns,
        .jitter_ppm = n->jitter_ppm,
        .slots = (uint32_t)n->slots,
        .slots_max = slots_max(n),
        .seed = prng_split(p->g->options.seed, 1000 + (uint64_t)member).state,
    };
}

static void add_steps(struct plan *p, struct op_step *steps, int *count, const struct vertex *v,
                      int from)
{
    for (int i = from; i < v->chain_count; i++)
        if (p->graph.node[v->chain[i]].op == OP_TOKENIZE)
            steps[(*count)++] = (struct op_step){op_tokenize_apply, &p->g->tokenize};
}

static bool admit(void *self, uint64_t pos, uint32_t cost)
{
    struct sp_engine *g = self;
    bool ordered = g->knobs.value[KNOB_ORDER] != ORDER_NONE;
    bool window = ordered ? pos < g->ledger.low + g->ledger.size && ledger_admits(&g->ledger, pos)
                          : ledger_admits(&g->ledger, pos);
    bool ok = window && g->credit_chunks >= (int64_t)cost * g->ledger.copies;
    g->sources_wait |= !ok;
    return ok;
}

static void emitted(void *self, uint64_t pos, uint64_t key, uint32_t cost)
{
    struct sp_engine *g = self;
    g->emitted++;
    g->credit_chunks -= (int64_t)cost * g->ledger.copies; /* each copy may need its own */
    if (pos + 1 > g->emitted_end)
        g->emitted_end = pos + 1;
    sequencer_announce(&g->sequencer, pos, key);
}

static void settled(void *self, uint32_t cost)
{
    struct sp_engine *g = self;
    g->credit_chunks += cost;
    if (g->sources_wait) {
        g->sources_wait = false;
        engine_wake_sources(g);
    }
}

static bool wants_text(const struct plan *p)
{
    for (int i = 0; i < p->graph.count; i++)
        if (p->graph.node[i].op == OP_TOKENIZE || p->graph.node[i].op == OP_INVOKE)
            return true;
    return false;
}

static int make_source(struct plan *p, struct member *m, int index, int node)
{
    struct sp_engine *g = p->g;
    const struct node_spec *n = &p->graph.node[node];
    const struct vertex *v = &g->vertex[m->vertex];
    m->is.source = plan_take(p, sizeof(struct source));
    if (m->is.source == NULL)
        return ERR_MEMORY;
    struct feed feed;
    if (inputs_open(g, &feed, p->e))
        return p->e->code;
    struct source_config c = {
        .feed = feed,
        .seq_limit = g->inputs.records,
        .nexmark = {.profile = g->preset.profile, .seed = g->preset.source_seed, .group = 1},
        .base_time_ms = g->preset.base_time_ms,
        .text = wants_text(p),
        .index = (uint32_t)index,
        .sources = (uint32_t)g->sources,
        .instance = n->fair ? (uint32_t)m->instance : 0,
        .instances = n->fair ? (uint32_t)v->parallelism : 1,
        .pos_limit = g->options.records ? g->options.records : UINT64_MAX,
        .cost_ns = n->cost_ns,
    };
    if (g->inputs.known && g->inputs.records == 0)
        c.pos_limit = 0;
    struct source_host host = {g, admit, emitted};
    source_init(m->is.source, &c, &g->preset.schedule, &host, &g->pool, 0);
    add_steps(p, m->is.source->chain, &m->is.source->chain_count, v, 1);
    return 0;
}

static int make_task(struct plan *p, struct member *m)
{
    struct sp_engine *g = p->g;
    const struct vertex *v = &g->vertex[m->vertex];
    struct task_config c = task_config_of(p, v, (int)(m - g->member));
    m->is.task = plan_take(p, sizeof(struct task));
    void *memory = plan_take(p, task_bytes(&c));
    if (m->is.task == NULL || memory == NULL)
        return ERR_MEMORY;
    task_init(m->is.task, memory, &c, &g->pool, &g->box, 0);
    add_steps(p, m->is.task->chain, &m->is.task->chain_count, v, 0);
    if (!v->bursts)
        return 0;
    struct dispatch *d = &g->dispatch[m->instance];
    d->only_remote = p->graph.node[v->node].op == OP_INVOKE;
    m->is.task->divert = (struct divert){d, dispatch_way};
    return 0;
}

static int make_lane(struct plan *p, struct member *m)
{
    struct sp_engine *g = p->g;
    const struct knob_def *k = &knob_table[KNOB_CONCURRENCY];
    struct lane_config c = {
        .calls_max = (uint32_t)k->max,
        .blocks_max = 2 * (uint32_t)k->max + 256,
        .has_local = p->graph.node[p->burst_node].op != OP_INVOKE,
        .blocking = g->preset.blocking,
        .seed = g->options.seed,
    };
    void *memory = plan_take(p, lane_bytes(&c));
    m->is.lane = plan_take(p, sizeof(struct lane));
    if (memory == NULL || m->is.lane == NULL)
        return ERR_MEMORY;
    if (service_open(g, service_kind(g), &g->backing, p->e))
        return p->e->code;
    lane_init(m->is.lane, memory, &c, backing_transport(&g->backing), &g->pool, 0);
    g->lane = m->is.lane;
    g->lane->knobs = &g->knobs;
    g->lane->call_hist = &g->call_hist;
    g->lane->batch_hist = &g->batch_hist;
    const struct vertex *twin = &g->vertex[p->vertex_of[p->twin_node]];
    int at = 0;
    while (at < twin->chain_count && twin->chain[at] != p->twin_node)
        at++;
    add_steps(p, g->lane->chain, &g->lane->chain_count, twin, at + 1);
    for (int i = 0; i < g->dispatches; i++)
        g->dispatch[i].credit = &g->lane->credit;
    return 0;
}

static int make_sink(struct plan *p, struct member *m)
{
    struct sp_engine *g = p->g;
    (void)m;
    g->sink->pool = &g->pool;
    g->sink->scratch = block_pool_take(&g->pool);
    g->sink->sequencer = &g->sequencer;
    g->sink->ledger = &g->ledger;
    g->sink->twins = &g->twins;
    g->sink->writer = &g->writer;
    g->sink->host = (struct sink_host){g, settled};
    g->sink->emitted_end = &g->emitted_end;
    g->sink->head_check_ns = TIME_NEVER;
    task_time_init(&g->sink->time, 1, 0);
    m->is.sink = g->sink;
    return 0;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* Numbers the sources: a fair node is one source, an unfair one a source per instance.
 * Returns the number of emitters, positions of one differing by a multiple of it; 0
 * and a sentence if the parallelisms have too large a common multiple. */
static uint32_t count_sources(struct plan *p)
{
    struct sp_engine *g = p->g;
    uint64_t instances = 1;
    g->sources = 0;
    for (int k = 0; k < g->vertex_count; k++) {
        const struct vertex *v = &g->vertex[k];
        if (v->kind != MEMBER_SOURCE)
            continue;
        bool fair = p->graph.node[v->node].fair;
        g->sources += fair ? 1 : v->parallelism;
        if (fair) /* a common multiple: every fair source splits by its own number */
            instances =
                instances / gcd(instances, (uint64_t)v->parallelism) * (uint64_t)v->parallelism;
        if (instances * (uint64_t)g->sources > LEDGER_KEYS) {
            p->e->code = ERR_BAD;
            snprintf(p->e->text, sizeof p->e->text,
                     "graph: the parallelisms of the sources have no common multiple up to %d: use "
                     "numbers that divide one another",
                     LEDGER_KEYS);
            return 0;
        }
    }
    return (uint32_t)(instances * (uint64_t)g->sources);
}

static int make_members(struct plan *p)
{
    struct sp_engine *g = p->g;
    int next_source = 0;
    for (int k = 0; k < g->vertex_count; k++) {
        struct vertex *v = &g->vertex[k];
        v->first_member = g->member_count;
        for (int i = 0; i < v->parallelism; i++) {
            if (g->member_count == ENGINE_MEMBERS) {
                p->e->code = ERR_BAD;
                snprintf(p->e->text, sizeof p->e->text,
                         "the graph has more than %d parallel instances", ENGINE_MEMBERS);
                return ERR_BAD;
            }
            struct member *m = &g->member[g->member_count++];
            *m = (struct member){.kind = v->kind, .vertex = k, .instance = i};
            bool fair = v->node >= 0 && p->graph.node[v->node].fair;
            int rc = 0;
            if (v->kind == MEMBER_SOURCE)
                rc = make_source(p, m, next_source, v->node);
            else if (v->kind == MEMBER_TASK)
                rc = make_task(p, m);
            else if (v->kind == MEMBER_LANE)
                rc = make_lane(p, m);
            else
                rc = make_sink(p, m);
            if (rc)
                return rc;
            if (v->kind == MEMBER_SOURCE && (!fair || i + 1 == v->parallelism))
                next_source++;
        }
    }
    return 0;
}

/* ---- agents ------------------------------------------------------------------------- */

static void add_agent(struct sp_engine *g, struct member *m)
{
    const char *name = g->vertex[m->vertex].name;
    switch (m->kind) {
    case MEMBER_SOURCE:
        m->agent = loop_add(&g->loop, (struct agent){name, m->is.source, source_step, source_due},
                            &m->is.source->time);
        g->source_agents[g->source_members++] = m->agent;
        break;
    case MEMBER_TASK: {
        bool paced = m->is.task->config.cost_ns > 0;
        m->agent = loop_add(&g->loop, (struct agent){name, m->is.task, task_step, task_due},
                            paced ? NULL : &m->is.task->time);
        break;
    }
    case MEMBER_LANE:
        m->agent = loop_add(&g->loop, (struct agent){name, m->is.lane, lane_step, lane_due}, NULL);
        g->lane_agent = m->agent;
        break;
    case MEMBER_SINK:
        m->agent = loop_add(&g->loop, (struct agent){name, m->is.sink, sink_step, sink_due},
                            &m->is.sink->time);
        break;
    }
}

/* ---- the whole --------------------------------------------------------------------------- */

/* A block holds the largest record that can come. */
static uint32_t slab_size(const struct sp_engine *g)
{
    uint32_t whole = (g->inputs.longest + ENGINE_SLAB - 1) / ENGINE_SLAB * ENGINE_SLAB;
    return whole > ENGINE_SLAB ? whole : ENGINE_SLAB;
}

static int make_memory(struct plan *p)
{
    struct sp_engine *g = p->g;
    /* Blocks: what the call buffers may hold, and for every pair of connected
     * instances a full link, an open block and one being read. */
    uint64_t pairs = 0;
    for (int i = 0; i < p->graph.count; i++)
        for (int k = 0; k < p->graph.node[i].from_count; k++) {
            uint64_t a = (uint64_t)p->graph.node[p->graph.node[i].from[k]].parallelism;
            uint64_t b = (uint64_t)p->graph.node[i].parallelism;
            pairs += 2 * a * b + a + b;
        }
    uint64_t blocks =
        (pairs + 1024) * (LINK_BLOCKS + 3) +
        (p->burst_node >= 0 ? 2 * (uint64_t)knob_table[KNOB_CONCURRENCY].max + 512 : 0);
    void *pool = plan_take(p, block_pool_bytes((uint32_t)blocks, slab_size(g)));
    void *box = plan_take(p, rowbox_bytes(ENGINE_CHUNKS));
    void *ledger = plan_take(p, ledger_bytes(SEQUENCER_WINDOW));
    void *sequencer = plan_take(p, sequencer_bytes());
    g->member = plan_take(p, ENGINE_MEMBERS * sizeof *g->member);
    g->source_agents = plan_take(p, ENGINE_MEMBERS * sizeof *g->source_agents);
    g->sink = plan_take(p, sizeof *g->sink);
    g->dispatches = p->burst_node < 0 ? 0 : p->graph.node[p->burst_node].parallelism;
    g->dispatch = plan_take(p, ((size_t)g->dispatches + 1) * sizeof *g->dispatch);
    if (!pool || !box || !ledger || !sequencer || !g->member || !g->sink || !g->dispatch ||
        !g->source_agents || !loop_init(&g->loop, &g->region, ENGINE_MEMBERS + 8))
        return p->e->code = ERR_MEMORY;
    block_pool_init(&g->pool, pool, (uint32_t)blocks, slab_size(g));
    rowbox_init(&g->box, box, ENGINE_CHUNKS);
    /* Some chunks stay back for second copies of late heads. */
    g->credit_chunks = ENGINE_CHUNKS - TWINS_MAX * (int64_t)record_cost(TWINS_TEXT_MAX);
    uint32_t emitters = count_sources(p);
    if (emitters == 0)
        return p->e->code;
    int source = 0;
    while (p->graph.node[source].op != OP_SOURCE)
        source++;
    ledger_init(&g->ledger, ledger, SEQUENCER_WINDOW, (uint32_t)g->sources,
                (uint32_t)graph_copies(&p->graph, p->order, source));
    g->ledger.emitters = emitters;
    enum order order = (enum order)g->knobs.value[KNOB_ORDER];
    sequencer_init(&g->sequencer, sequencer, order, &g->ledger, &g->box);
    ledger_set_order(&g->ledger, (int)order, 0);
    return 0;
}

/* The vertex whose slots the knob turns, and whose load the screen shows: the
 * bursting one, else the one with the largest paced cost, else the first tokenize. */
static void find_costly(struct plan *p)
{
    struct sp_engine *g = p->g;
    int best = -1;
    int64_t cost = -1;
    for (int k = 0; k < g->vertex_count; k++) {
        const struct vertex *v = &g->vertex[k];
        if (v->kind == MEMBER_SINK)
            g->sink_vertex = k;
        if (v->kind != MEMBER_TASK)
            continue;
        const struct node_spec *n = &p->graph.node[v->node];
        int64_t weight = n->cost_ns + (n->op == OP_TOKENIZE);
        if (weight > cost) {
            cost = weight;
            best = k;
        }
    }
    bool apart = p->twin_node >= 0 && p->twin_node != p->burst_node; /* dispatcher upstream of it */
    g->costly_vertex = best;
    if (g->burst_vertex >= 0)
        g->costly_vertex = apart ? p->vertex_of[p->twin_node] : g->burst_vertex;
}

int plan_build(struct sp_engine *g, struct err *e)
{
    struct plan p = {.g = g, .graph = g->preset.graph, .e = e};
    struct graph_fault fault;
    g->burst_vertex = g->lane_vertex = g->sink_vertex = g->costly_vertex = -1;
    find_burst(&p);
    if (graph_check(&p.graph, p.order, &fault)) {
        e->code = ERR_BAD;
        snprintf(e->text, sizeof e->text, "graph: %s", fault.text);
        return ERR_BAD;
    }
    int rc = inputs_survey(g, e);
    if (rc == 0)
        rc = make_vertices(&p);
    if (rc == 0)
        rc = make_memory(&p);
    if (rc == 0)
        rc = make_members(&p);
    if (rc)
        return rc;
    find_costly(&p);
    /* Commands come first within an instant, readings last. */
    g->command_agent =
        loop_add(&g->loop, (struct agent){"commands", g, pending_step, pending_due}, NULL);
    for (int k = 0; k < g->member_count; k++)
        add_agent(g, &g->member[k]);
    g->control_agent =
        loop_add(&g->loop, (struct agent){"controller", g, control_step, control_due}, NULL);
    g->reading_agent =
        loop_add(&g->loop, (struct agent){"readings", g, reading_step, reading_due}, NULL);
    g->sink->lane = g->lane;
    return plan_links(&p);
}
