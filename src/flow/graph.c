#include "flow/graph.h"

#include <stddef.h>
#include <string.h>

const char *const op_names[OP_KINDS] = {"source", "map", "tokenize", "invoke", "sink"};
const char *const ship_names[SHIP_KINDS] = {"forward", "rebalance", "hash", "broadcast"};

void node_spec_init(struct node_spec *n)
{
    *n = (struct node_spec){.op = OP_MAP, .parallelism = 1, .slots = 1, .queue = 256, .fair = true};
}

/* ---- sentences without a formatter: pieces put one after another --------------- */

static void say(struct graph_fault *f, const char *piece)
{
    size_t at = 0;
    while (f->text[at])
        at++;
    while (*piece && at + 1 < sizeof f->text)
        f->text[at++] = *piece++;
    f->text[at] = 0;
}

static int fault(struct graph_fault *f, int node, const char *field, const char *const pieces[])
{
    f->node = node;
    f->field = field;
    f->text[0] = 0;
    for (int i = 0; pieces[i]; i++)
        say(f, pieces[i]);
    return -2; /* ERR_BAD */
}

#define FAULT(f, node, field, ...) fault(f, node, field, (const char *const[]){__VA_ARGS__, NULL})

/* ---- rules of one node ----------------------------------------------------------- */

static int check_node(const struct graph_spec *g, int i, struct graph_fault *f)
{
    const struct node_spec *n = &g->node[i];
    if (n->op == OP_SOURCE && n->from_count > 0)
        return FAULT(f, i, "from", "a source has no input");
    if (n->op != OP_SOURCE && n->from_count == 0)
        return FAULT(f, i, "from", "\"", n->name, "\" has no input: give it a \"from\"");
    for (int k = 0; k < n->from_count; k++) {
        if (g->node[n->from[k]].op == OP_SINK)
            return FAULT(f, i, "from", "a sink has no output: \"", n->name,
                         "\" cannot read from it");
        for (int j = 0; j < k; j++)
            if (n->from[j] == n->from[k])
                return FAULT(f, i, "from", "input \"", g->node[n->from[k]].name,
                             "\" is named twice");
        bool differs = g->node[n->from[k]].parallelism != n->parallelism;
        if (n->ship_given && n->ship == SHIP_FORWARD && differs)
            return FAULT(f, i, "ship", "forward needs the parallelism of its input \"",
                         g->node[n->from[k]].name, "\": use rebalance or hash");
    }
    if (n->op == OP_SINK && n->parallelism != 1)
        return FAULT(f, i, "parallelism",
                     "the sink's parallelism is 1: one sequencer keeps the order");
    if (n->op == OP_INVOKE && n->cost_ns > 0)
        return FAULT(f, i, "cost", "an invoke node has no local work: leave \"cost\" out");
    if (n->op == OP_SINK && n->cost_ns > 0)
        return FAULT(f, i, "cost", "the sink has no cost: block it with `fault sink-block T`");
    return 0;
}

static int outputs_of(const struct graph_spec *g, int node)
{
    int n = 0;
    for (int i = 0; i < g->count; i++)
        for (int k = 0; k < g->node[i].from_count; k++)
            n += g->node[i].from[k] == node;
    return n;
}

static int check_chain(const struct graph_spec *g, int i, struct graph_fault *f)
{
    const struct node_spec *n = &g->node[i];
    if (!n->chain)
        return 0;
    bool kind = n->op == OP_MAP || n->op == OP_TOKENIZE;
    if (!kind || n->cost_ns > 0 || n->burst)
        return FAULT(f, i, "chain",
                     "only a map or tokenize without paced cost and without burst can "
                     "be chained");
    const struct node_spec *in = &g->node[n->from[0]];
    if (n->from_count != 1 || in->parallelism != n->parallelism || outputs_of(g, n->from[0]) != 1 ||
        (n->ship_given && n->ship != SHIP_FORWARD) || in->op == OP_INVOKE)
        return FAULT(f, i, "chain",
                     "chaining needs one input, that feeds nothing else, has the same "
                     "parallelism, and ships forward");
    return 0;
}

/* ---- rules of the whole ----------------------------------------------------------- */

static int sort(const struct graph_spec *g, int order[GRAPH_NODES], struct graph_fault *f)
{
    bool placed[GRAPH_NODES] = {false};
    int count = 0;
    for (bool progress = true; progress;) {
        progress = false;
        for (int i = 0; i < g->count && !progress; i++) {
            bool ready = !placed[i];
            for (int k = 0; k < g->node[i].from_count; k++)
                ready = ready && placed[g->node[i].from[k]];
            if (!ready)
                continue;
            placed[i] = true;
            order[count++] = i;
            progress = true;
        }
    }
    for (int i = 0; i < g->count; i++)
        if (!placed[i])
            return FAULT(f, i, "from", "\"", g->node[i].name, "\" is on, or behind, a cycle");
    return 0;
}

/* Is b downstream of a? */
static bool reaches(const struct graph_spec *g, int a, int b)
{
    bool hit[GRAPH_NODES] = {false};
    hit[a] = true;
    for (int round = 0; round < g->count; round++)
        for (int i = 0; i < g->count; i++)
            for (int k = 0; k < g->node[i].from_count; k++)
                hit[i] = hit[i] || hit[g->node[i].from[k]];
    return hit[b];
}

int graph_twin(const struct graph_spec *g, int node)
{
    if (g->node[node].op == OP_TOKENIZE || g->node[node].op == OP_INVOKE)
        return node;
    for (int i = 0; i < g->count; i++) {
        bool near = g->node[node].op == OP_SINK ? reaches(g, i, node) : reaches(g, node, i);
        if (g->node[i].op == OP_TOKENIZE && near)
            return i;
    }
    return -1;
}

static int check_burst(const struct graph_spec *g, struct graph_fault *f)
{
    int seen = -1;
    for (int i = 0; i < g->count; i++) {
        if (!g->node[i].burst && g->node[i].op != OP_INVOKE)
            continue;
        if (seen >= 0)
            return FAULT(f, i, "burst", "only one node can burst; \"", g->node[seen].name,
                         "\" does already");
        if (g->node[i].op == OP_SOURCE && g->count == GRAPH_NODES)
            return FAULT(f, i, "burst",
                         "bursting at a source takes one node more than a graph can have");
        if (graph_twin(g, i) < 0)
            return FAULT(f, i, "burst", "\"", g->node[i].name,
                         "\" has no remote twin: burst stands at "
                         "a tokenize node, or on the source or sink side of one");
        seen = i;
    }
    return 0;
}

static int check_reach(const struct graph_spec *g, struct graph_fault *f)
{
    int sink = -1;
    bool source = false;
    for (int i = 0; i < g->count; i++) {
        if (g->node[i].op == OP_SINK && sink >= 0)
            return FAULT(f, i, "op", "a graph has one sink; \"", g->node[sink].name,
                         "\" is it already");
        if (g->node[i].op == OP_SINK)
            sink = i;
        source = source || g->node[i].op == OP_SOURCE;
    }
    if (!source)
        return FAULT(f, -1, NULL, "the graph has no source");
    if (sink < 0)
        return FAULT(f, -1, NULL, "the graph has no sink");
    for (int i = 0; i < g->count; i++)
        if (i != sink && !reaches(g, i, sink))
            return FAULT(f, i, NULL, "\"", g->node[i].name, "\" does not lead to the sink");
    return 0;
}

/* Deliveries that one record makes at the sink, from node on. */
static long copies(const struct graph_spec *g, const int order[], int node)
{
    long weight[GRAPH_NODES] = {0};
    for (int k = g->count; k-- > 0;) {
        int i = order[k];
        if (g->node[i].op == OP_SINK)
            weight[i] = 1;
        for (int j = 0; j < g->node[i].from_count; j++) {
            long times = g->node[i].ship_given && g->node[i].ship == SHIP_BROADCAST
                             ? g->node[i].parallelism
                             : 1;
            long *w = &weight[g->node[i].from[j]];
            *w += weight[i] * times;
            if (*w > 1000000)
                *w = 1000000;
        }
    }
    return weight[node];
}

int graph_copies(const struct graph_spec *g, const int order[GRAPH_NODES], int node)
{
    return (int)copies(g, order, node);
}

static int check_copies(const struct graph_spec *g, const int order[], struct graph_fault *f)
{
    long first = 0;
    for (int i = 0; i < g->count; i++) {
        if (g->node[i].op != OP_SOURCE)
            continue;
        long n = copies(g, order, i);
        if (n > 100)
            return FAULT(f, i, NULL,
                         "branches and broadcasts make more than 100 copies of each record");
        if (first && n != first)
            return FAULT(f, i, NULL, "every source must reach the sink by the same number of ways");
        first = n;
        for (int k = 0; k < g->count && n > 1; k++)
            if (g->node[k].burst || g->node[k].op == OP_INVOKE)
                return FAULT(f, k, "burst",
                             "bursting and several copies of a record (branches, "
                             "broadcast) do not go together");
    }
    return 0;
}

int graph_check(const struct graph_spec *g, int order[GRAPH_NODES], struct graph_fault *f)
{
    *f = (struct graph_fault){.node = -1};
    int bad = 0;
    for (int i = 0; i < g->count && !bad; i++)
        bad = check_node(g, i, f);
    if (!bad)
        bad = sort(g, order, f);
    for (int i = 0; i < g->count && !bad; i++)
        bad = check_chain(g, i, f);
    if (!bad)
        bad = check_reach(g, f);
    if (!bad)
        bad = check_burst(g, f);
    return bad ? bad : check_copies(g, order, f);
}
