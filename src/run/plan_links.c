#include "run/plan.h"

#include "flow/plant.h"

#include <stdio.h>

static struct outlet *outlet_of(struct member *m)
{
    if (m->kind == MEMBER_SOURCE)
        return &m->is.source->out;
    return m->kind == MEMBER_TASK ? &m->is.task->out : &m->is.lane->out;
}

struct edge {
    int from, to; /* vertices */
    enum ship ship;
    int queue;
    bool fallback; /* lane -> bursting vertex */
    bool remote;   /* bursting vertex -> lane */
};

#define EDGES_MAX 256

static int collect_edges(struct plan *p, struct edge *edges)
{
    struct sp_engine *g = p->g;
    int n = 0;
    for (int k = 0; k < p->graph.count; k++) {
        int node = p->order[k];
        const struct node_spec *s = &p->graph.node[node];
        for (int j = 0; j < s->from_count && !s->chain; j++) {
            int from = p->vertex_of[s->from[j]];
            bool same = g->vertex[from].parallelism == s->parallelism;
            enum ship ship = s->ship_given ? s->ship : same ? SHIP_FORWARD : SHIP_REBALANCE;
            edges[n++] = (struct edge){from, p->vertex_of[node], ship, s->queue, false, false};
        }
    }
    if (g->lane_vertex < 0)
        return n;
    int twin = p->vertex_of[p->twin_node], plain = n;
    for (int i = 0; i < plain; i++) {
        bool follows =
            p->join_node >= 0 ? edges[i].to == p->vertex_of[p->join_node] : edges[i].from == twin;
        if (!follows)
            continue;
        enum ship ship = edges[i].ship == SHIP_FORWARD ? SHIP_REBALANCE : edges[i].ship;
        edges[n++] = (struct edge){g->lane_vertex, edges[i].to, ship, edges[i].queue, false, false};
        if (p->join_node >= 0)
            break;
    }
    edges[n++] = (struct edge){g->burst_vertex, g->lane_vertex, SHIP_REBALANCE, 64, false, true};
    if (p->graph.node[p->burst_node].op != OP_INVOKE)
        edges[n++] =
            (struct edge){g->lane_vertex, g->burst_vertex, SHIP_REBALANCE, 256, true, false};
    return n;
}

struct inputs {
    struct link **link;
    uint32_t count, size, fallbacks;
};

static bool slow(const struct plan *p, int vertex)
{
    const struct vertex *v = &p->g->vertex[vertex];
    return v->kind == MEMBER_TASK && p->graph.node[v->node].cost_ns > 0;
}

static uint8_t place_of(const struct edge *x)
{
    if (x->remote)
        return PLACE_DISPATCH;
    return x->fallback ? PLACE_FALLBACK : PLACE_LINK;
}

/* The links of one member along one edge. */
static int connect(struct plan *p, const struct edge *x, struct member *from, struct inputs *all)
{
    struct sp_engine *g = p->g;
    const struct vertex *to = &g->vertex[x->to];
    uint32_t n = x->ship == SHIP_FORWARD ? 1 : (uint32_t)to->parallelism;
    struct link **links = plan_take(p, n * sizeof *links);
    struct block **open = plan_take(p, n * sizeof *open);
    if (links == NULL || open == NULL)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        int index = to->first_member + (x->ship == SHIP_FORWARD ? from->instance : (int)i);
        struct member *m = &g->member[index];
        struct link *l = &g->links[g->link_count++];
        link_init(l, (uint32_t)x->queue);
        l->place = place_of(x);
        l->producer = loop_wake(&g->loop, from->agent);
        l->consumer = loop_wake(&g->loop, m->agent);
        links[i] = l;
        struct inputs *in = &all[index];
        assert(in->count < in->size);
        in->link[in->count++] = l;
        in->fallbacks += x->fallback;
    }
    struct outlet *o = outlet_of(from);
    if (x->remote)
        o = &from->is.task->remote;
    if (x->fallback)
        o = &from->is.lane->fallback;
    if (o->edges == OUTLET_EDGES) {
        p->e->code = ERR_BAD;
        snprintf(p->e->text, sizeof p->e->text, "\"%s\" feeds more than %d nodes",
                 g->vertex[from->vertex].name, OUTLET_EDGES);
        return ERR_BAD;
    }
    outlet_add(o, x->ship, slow(p, x->to), links, open, n);
    o->edge[o->edges - 1].weight = (uint32_t)g->vertex[x->to].weight;
    return 0;
}

static int count_links(struct plan *p, const struct edge *edges, int n, struct inputs *all)
{
    struct sp_engine *g = p->g;
    int total = 0;
    for (int i = 0; i < n; i++) {
        const struct vertex *a = &g->vertex[edges[i].from], *b = &g->vertex[edges[i].to];
        uint32_t each = edges[i].ship == SHIP_FORWARD ? 1 : (uint32_t)a->parallelism;
        for (int k = 0; k < b->parallelism; k++)
            all[b->first_member + k].size += each;
        total += (int)each * b->parallelism;
    }
    for (int k = 0; k < g->member_count; k++) {
        all[k].link = plan_take(p, (all[k].size + 1) * sizeof *all[k].link);
        if (all[k].link == NULL)
            return ERR_MEMORY;
    }
    g->links = plan_take(p, (size_t)total * sizeof *g->links);
    return g->links ? 0 : ERR_MEMORY;
}

static void note_output(struct vertex *v, int to)
{
    if (v->outputs < 4)
        v->output[v->outputs++] = to;
}

static void hand_inputs(struct sp_engine *g, const struct inputs *all)
{
    for (int k = 0; k < g->member_count; k++) {
        struct member *m = &g->member[k];
        const struct inputs *in = &all[k];
        if (m->kind == MEMBER_TASK) {
            m->is.task->in = in->link;
            m->is.task->inputs = in->count - in->fallbacks;
            m->is.task->fallbacks = in->fallbacks;
            task_ready(m->is.task);
        } else if (m->kind == MEMBER_LANE) {
            m->is.lane->in = in->link;
            m->is.lane->inputs = in->count;
        } else if (m->kind == MEMBER_SINK) {
            m->is.sink->in = in->link;
            m->is.sink->inputs = in->count;
        }
    }
}

int plan_links(struct plan *p)
{
    struct sp_engine *g = p->g;
    struct edge edges[EDGES_MAX];
    int n = collect_edges(p, edges);
    struct inputs *all = plan_take(p, (size_t)g->member_count * sizeof *all);
    if (all == NULL || count_links(p, edges, n, all))
        return ERR_MEMORY;
    for (int i = 0; i < n; i++) {
        const struct vertex *from = &g->vertex[edges[i].from];
        note_output(&g->vertex[edges[i].from], edges[i].to);
        for (int k = 0; k < from->parallelism; k++) {
            int rc = connect(p, &edges[i], &g->member[from->first_member + k], all);
            if (rc)
                return rc;
        }
    }
    hand_inputs(g, all);
    return 0;
}
