/* The field "graph": nodes first, then their inputs by name, then the check of
 * the whole (flow/graph.h), whose faults get the place of the node or field. */
#include "io/preset_fields.h"

#include "io/preset_text.h"

#include <stddef.h>
#include <string.h>

#define COST_MAX (INT64_C(3600) * NS_PER_S)

/* Letters, digits, '_' and '-': a command names a node as NAME/INSTANCE.SLOT. */
static int read_node_name(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct node_spec *n = base;
    char shown[PRESET_QUOTED];
    if (preset_read_line(r, v, GRAPH_NAME - 1, n->name) != 0)
        return ERR_BAD;
    for (const char *c = n->name; *c; c++) {
        char lower = (char)(*c | 0x20);
        if ((lower < 'a' || lower > 'z') && (*c < '0' || *c > '9') && *c != '_' && *c != '-')
            return preset_fail(r, v->at, "\"name\": %s may hold letters, digits, '_' and '-' only",
                               preset_quote(shown, sizeof shown, v->text, v->size));
    }
    return 0;
}

static int read_cost(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct node_spec *n = base;
    if (v->kind == JSON_STRING && strcmp(v->text, "cpu") == 0) {
        n->cost_cpu = true;
        return 0;
    }
    return preset_read_quantity(r, v, UNIT_DURATION, 0, COST_MAX, &n->cost_ns);
}

static int read_ship(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct node_spec *n = base;
    int ship = 0;
    if (preset_read_name(r, v, ship_names, SHIP_KINDS, &ship) != 0)
        return ERR_BAD;
    n->ship = (enum ship)ship;
    n->ship_given = true;
    return 0;
}

/* Inputs are read once all names are known: see read_inputs. */
static int check_from(struct preset_reader *r, const struct json_value *v, void *base)
{
    (void)base;
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    if (v->count > GRAPH_INPUTS)
        return preset_fail(r, v->at, "\"from\" has %u inputs; at most %d", (unsigned)v->count,
                           GRAPH_INPUTS);
    for (const struct json_value *name = v->first; name; name = name->next)
        if (preset_expect(r, name, JSON_STRING) != 0)
            return ERR_BAD;
    return 0;
}

#define AT(member) offsetof(struct node_spec, member)

static const struct preset_field node_fields[] = {
    {.name = "name", .kind = FIELD_OWN, .own = read_node_name},
    {.name = "op", .kind = FIELD_NAME, .offset = AT(op), .names = op_names, .max = OP_KINDS - 1},
    {.name = "from", .kind = FIELD_OWN, .own = check_from},
    {.name = "parallelism", .kind = FIELD_INT, .offset = AT(parallelism), .min = 1, .max = 128},
    {.name = "slots", .kind = FIELD_INT, .offset = AT(slots), .min = 1, .max = 65536},
    {.name = "cost", .kind = FIELD_OWN, .own = read_cost},
    {.name = "jitter",
     .kind = FIELD_I64,
     .offset = AT(jitter_ppm),
     .unit = UNIT_RATIO,
     .max = PPM_ONE},
    {.name = "burst", .kind = FIELD_BOOL, .offset = AT(burst)},
    {.name = "ship", .kind = FIELD_OWN, .own = read_ship},
    {.name = "chain", .kind = FIELD_BOOL, .offset = AT(chain)},
    {.name = "queue", .kind = FIELD_INT, .offset = AT(queue), .min = 1, .max = 65536},
    {.name = "fair", .kind = FIELD_BOOL, .offset = AT(fair)},
};

const struct preset_table preset_graph_table = {"a node of \"graph\"", node_fields,
                                                sizeof node_fields / sizeof *node_fields};

static int find_node(const struct graph_spec *g, const char *name)
{
    for (int i = 0; i < g->count; i++)
        if (strcmp(g->node[i].name, name) == 0)
            return i;
    return -1;
}

static int read_node(struct preset_reader *r, const struct json_value *v, struct graph_spec *g)
{
    struct node_spec *n = &g->node[g->count];
    node_spec_init(n);
    if (preset_read_fields(r, v, &preset_graph_table, n) != 0)
        return ERR_BAD;
    if (!n->name[0])
        return preset_fail(r, v->at, "this node needs a \"name\"");
    if (!json_field(v, "op"))
        return preset_fail(r, v->at, "this node needs an \"op\"");
    if (find_node(g, n->name) >= 0)
        return preset_fail(r, json_field(v, "name")->at, "\"name\": another node is called \"%s\"",
                           n->name);
    g->count++;
    return 0;
}

static int read_inputs(struct preset_reader *r, const struct json_value *v,
                       const struct graph_spec *g, struct node_spec *n)
{
    const struct json_value *from = json_field(v, "from");
    const char *names[GRAPH_NODES];
    char shown[PRESET_QUOTED];
    for (int i = 0; i < g->count; i++)
        names[i] = g->node[i].name;
    n->from_count = 0;
    for (const struct json_value *in = from ? from->first : NULL; in; in = in->next) {
        int node = find_node(g, in->text);
        if (node < 0) {
            const char *near = preset_nearest_of(in->text, in->size, names, (size_t)g->count);
            return preset_fail(r, in->at, "\"from\": no node is called %s%s%s%s",
                               preset_quote(shown, sizeof shown, in->text, in->size),
                               near ? "; did you mean \"" : "", near ? near : "",
                               near ? "\"?" : "");
        }
        for (int k = 0; k < n->from_count; k++)
            if (n->from[k] == node)
                return preset_fail(r, in->at, "\"from\": \"%s\" stands here twice", in->text);
        n->from[n->from_count++] = node;
    }
    return 0;
}

/* A fault of the whole graph, at the field it is about if the node has it. */
static int fail_graph(struct preset_reader *r, const struct json_value *graph,
                      const struct json_value *const *place, const struct graph_fault *fault)
{
    const struct json_value *v = fault->node >= 0 ? place[fault->node] : graph;
    const struct json_value *field =
        fault->node >= 0 && fault->field ? json_field(v, fault->field) : NULL;
    return preset_fail(r, field ? field->at : v->at, "%s", fault->text);
}

int preset_read_graph(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct graph_spec *g = &((struct preset *)base)->graph;
    const struct json_value *place[GRAPH_NODES] = {NULL};
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    if (v->count == 0)
        return preset_fail(r, v->at, "\"graph\" is empty; leave the field out for the usual one");
    if (v->count > GRAPH_NODES)
        return preset_fail(r, v->at, "\"graph\" has %u nodes; at most %d", (unsigned)v->count,
                           GRAPH_NODES);
    g->count = 0;
    for (const struct json_value *node = v->first; node; node = node->next) {
        place[g->count] = node;
        if (read_node(r, node, g) != 0)
            return ERR_BAD;
    }
    for (int i = 0; i < g->count; i++)
        if (read_inputs(r, place[i], g, &g->node[i]) != 0)
            return ERR_BAD;
    int order[GRAPH_NODES];
    struct graph_fault fault = {.node = -1};
    if (graph_check(g, order, &fault) != 0)
        return fail_graph(r, v, place, &fault);
    return 0;
}
