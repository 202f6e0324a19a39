/* Building a run from its graph: what plan.c and plan_links.c share. */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "run/engine.h"

struct plan {
    struct sp_engine *g;
    struct graph_spec graph; /* as run: a dispatcher node may have been put in */
    int order[GRAPH_NODES];
    int vertex_of[GRAPH_NODES];
    int burst_node, twin_node, join_node; /* -1: none */
    struct err *e;
};

/* Zeroed memory of the engine; NULL with the sentence in p->e. */
void *plan_take(struct plan *p, size_t size);
/* Connects the members by links. 0, ERR_MEMORY or ERR_BAD with the sentence. */
MUST_USE int plan_links(struct plan *p);

#endif
