/* The graph of a pipeline as data: nodes, edges, shipping, parallelism
 * (DESIGN.md section 3; preset field "graph"). Pure values; flow/plan builds
 * links and instances from it. */
#ifndef FLOW_GRAPH_H
#define FLOW_GRAPH_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

#define GRAPH_NODES 24
#define GRAPH_INPUTS 8
#define GRAPH_NAME 32

enum op_kind { OP_SOURCE, OP_MAP, OP_TOKENIZE, OP_INVOKE, OP_SINK, OP_KINDS };
enum ship { SHIP_FORWARD, SHIP_REBALANCE, SHIP_HASH, SHIP_BROADCAST, SHIP_KINDS };

/* Names as presets spell them, indexed by the enums: "source" "map" "tokenize"
 * "invoke" "sink"; "forward" "rebalance" "hash" "broadcast". */
extern const char *const op_names[OP_KINDS];
extern const char *const ship_names[SHIP_KINDS];

struct node_spec {
    char name[GRAPH_NAME];
    enum op_kind op;
    int from[GRAPH_INPUTS]; /* indices of input nodes, in the order written */
    int from_count;
    int parallelism;    /* 1..128, default 1 */
    int slots;          /* 1..65536 machines inside one instance, default 1 */
    int64_t cost_ns;    /* paced: a slot is occupied so long per record; 0 = none */
    bool cost_cpu;      /* "cost":"cpu": real work, measured */
    int64_t jitter_ppm; /* paced cost varies by ± this share, uniform, seeded; default 0 */
    bool burst;         /* the burst dispatcher stands here */
    enum ship ship;     /* how records reach this node; default forward, rebalance where
                          * the parallelism differs */
    bool ship_given;
    bool chain; /* run in the thread of control of its input (Flink's chaining) */
    int queue;  /* records that may wait on its input links, per link; default 256 */
    bool fair;  /* source: instances share one schedule (default true); false: each
                          * emits the full rate (as found in the 2023 project) */
};

struct graph_spec {
    struct node_spec node[GRAPH_NODES];
    int count;
};

struct graph_fault {
    int node;          /* index of the node at fault, or -1 */
    const char *field; /* "from", "burst", "parallelism" …; NULL: the node itself */
    char text[200];    /* one sentence */
};

/* A node with every default, no name and no input. */
void node_spec_init(struct node_spec *n);

/* Checks the graph: at least one source, exactly one sink, sources have no
 * input and others at least one, no cycle, everything reachable, at most one
 * burst node and a twin for it, forward needs equal parallelism. Fills order
 * with node indices in topological order (ties by index). Returns 0 or ERR_BAD
 * with *fault filled. */
MUST_USE int graph_check(const struct graph_spec *g, int order[GRAPH_NODES],
                         struct graph_fault *fault);

/* The node whose function the burst dispatcher at `node` calls (its remote twin):
 * the node itself, or the tokenize node down- or upstream of it; -1: none. */
int graph_twin(const struct graph_spec *g, int node);

/* Deliveries that a record at `node` makes at the sink (branches, broadcast). */
int graph_copies(const struct graph_spec *g, const int order[GRAPH_NODES], int node);

#endif
