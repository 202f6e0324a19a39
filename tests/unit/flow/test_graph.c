/* Graphs: what is refused and with which words, and what follows from a good one. */
#include "flow/graph.h"

#include "base/err.h"

#include <criterion/criterion.h>
#include <string.h>

static struct graph_spec g;
static struct graph_fault fault;
static int order[GRAPH_NODES];

/* Adds a node; inputs by name, separated by blanks. Returns it for changes. */
static struct node_spec *add(const char *name, enum op_kind op, const char *from)
{
    struct node_spec *n = &g.node[g.count++];
    node_spec_init(n);
    strcpy(n->name, name);
    n->op = op;
    char names[100];
    strcpy(names, from);
    for (char *w = strtok(names, " "); w; w = strtok(NULL, " "))
        for (int i = 0; i < GRAPH_NODES; i++)
            if (strcmp(g.node[i].name, w) == 0) {
                n->from[n->from_count++] = i;
                break;
            }
    return n;
}

static struct node_spec *node(const char *name)
{
    int i = 0;
    while (i < g.count && strcmp(g.node[i].name, name) != 0)
        i++;
    cr_assert(i < g.count, "no node %s", name);
    return &g.node[i];
}

static int at(const char *name) { return (int)(node(name) - g.node); }

/* source -> stamp -> tok -> format -> sink */
static void straight(void)
{
    add("source", OP_SOURCE, "");
    add("stamp", OP_MAP, "source");
    add("tok", OP_TOKENIZE, "stamp");
    add("format", OP_MAP, "tok");
    add("sink", OP_SINK, "format");
}

static void expect_good(void)
{
    cr_assert_eq(graph_check(&g, order, &fault), 0, "%s", fault.text);
    cr_assert_eq(fault.text[0], 0);
}

static void expect_fault(const char *name, const char *field, const char *words)
{
    cr_assert_eq(graph_check(&g, order, &fault), ERR_BAD);
    cr_assert_eq(fault.node, name ? at(name) : -1, "blames node %d: %s", fault.node, fault.text);
    if (field)
        cr_assert(fault.field && strcmp(fault.field, field) == 0, "field %s", fault.field);
    else
        cr_assert_null(fault.field);
    cr_assert(strstr(fault.text, words), "says: %s", fault.text);
}

Test(graph, a_straight_one_is_good_and_in_order)
{
    straight();
    expect_good();
    for (int i = 0; i < 5; i++)
        cr_assert_eq(order[i], i);
}

Test(graph, the_order_does_not_depend_on_where_a_node_is_written)
{
    add("sink", OP_SINK, "");
    add("tok", OP_TOKENIZE, "");
    add("source", OP_SOURCE, "");
    node("sink")->from[node("sink")->from_count++] = 1;
    node("tok")->from[node("tok")->from_count++] = 2;
    expect_good();
    cr_assert(order[0] == 2 && order[1] == 1 && order[2] == 0);
}

Test(graph, a_diamond_is_good_and_makes_two_copies)
{
    add("source", OP_SOURCE, "");
    add("a", OP_MAP, "source");
    add("b", OP_MAP, "source");
    add("sink", OP_SINK, "a b");
    expect_good();
    cr_assert_eq(graph_copies(&g, order, at("source")), 2);
    cr_assert_eq(graph_copies(&g, order, at("a")), 1);
}

Test(graph, a_cycle_is_named)
{
    straight();
    node("stamp")->from[1] = at("format");
    node("stamp")->from_count = 2;
    expect_fault("stamp", "from", "cycle");
}

Test(graph, a_node_that_reads_from_itself_is_a_cycle)
{
    straight();
    node("stamp")->from[0] = at("stamp");
    expect_fault("stamp", "from", "cycle");
}

Test(graph, one_sink)
{
    straight();
    add("sink2", OP_SINK, "format");
    expect_fault("sink2", "op", "one sink; \"sink\" is it already");
}

Test(graph, a_sink_there_must_be)
{
    add("source", OP_SOURCE, "");
    add("map", OP_MAP, "source");
    expect_fault(NULL, NULL, "no sink");
}

Test(graph, a_source_there_must_be) { expect_fault(NULL, NULL, "no source"); }

Test(graph, a_missing_input_is_named)
{
    straight();
    add("loose", OP_MAP, "");
    expect_fault("loose", "from", "\"loose\" has no input");
}

Test(graph, a_source_has_no_input)
{
    straight();
    node("source")->from[0] = at("stamp");
    node("source")->from_count = 1;
    expect_fault("source", "from", "no input");
}

Test(graph, nothing_reads_from_the_sink)
{
    straight();
    add("after", OP_MAP, "sink");
    expect_fault("after", "from", "a sink has no output");
}

Test(graph, an_input_is_named_once)
{
    straight();
    node("format")->from[1] = at("tok");
    node("format")->from_count = 2;
    expect_fault("format", "from", "named twice");
}

Test(graph, a_dead_end_is_named)
{
    straight();
    add("aside", OP_MAP, "stamp");
    expect_fault("aside", NULL, "does not lead to the sink");
}

Test(graph, forward_needs_equal_parallelism)
{
    straight();
    node("tok")->parallelism = 2;
    expect_good(); /* unsaid, it is rebalanced */
    node("tok")->ship_given = true;
    expect_fault("tok", "ship", "forward needs the parallelism");
    node("tok")->ship = SHIP_HASH;
    expect_good();
}

Test(graph, the_sink_stands_alone)
{
    straight();
    node("sink")->parallelism = 2;
    expect_fault("sink", "parallelism", "parallelism is 1");
}

Test(graph, invoke_and_sink_have_no_cost)
{
    straight();
    node("sink")->cost_ns = 1;
    expect_fault("sink", "cost", "no cost");
    node("sink")->cost_ns = 0;
    node("tok")->op = OP_INVOKE;
    node("tok")->cost_ns = 1;
    expect_fault("tok", "cost", "no local work");
}

/* ---- burst ---- */

Test(graph, one_node_bursts)
{
    straight();
    node("tok")->burst = true;
    expect_good();
    node("source")->burst = true;
    expect_fault("tok", "burst", "\"source\" does already");
    node("source")->burst = false;
    add("invoke", OP_INVOKE, "format");
    node("sink")->from[0] = at("invoke");
    expect_fault("invoke", "burst", "only one node can burst");
}

Test(graph, a_burst_needs_a_twin)
{
    straight();
    node("format")->burst = true; /* behind the tokenizer, and not the sink */
    expect_fault("format", "burst", "no remote twin");
}

Test(graph, the_twin_is_the_tokenizer_on_the_way)
{
    straight();
    cr_assert_eq(graph_twin(&g, at("source")), at("tok"));
    cr_assert_eq(graph_twin(&g, at("stamp")), at("tok"));
    cr_assert_eq(graph_twin(&g, at("tok")), at("tok"));
    cr_assert_eq(graph_twin(&g, at("format")), -1);
    cr_assert_eq(graph_twin(&g, at("sink")), at("tok"));
}

Test(graph, an_invoke_node_is_its_own_twin)
{
    add("source", OP_SOURCE, "");
    add("invoke", OP_INVOKE, "source");
    add("sink", OP_SINK, "invoke");
    expect_good();
    cr_assert_eq(graph_twin(&g, at("invoke")), at("invoke"));
}

Test(graph, bursting_and_branches_do_not_mix)
{
    add("source", OP_SOURCE, "");
    add("tok", OP_TOKENIZE, "source")->burst = true;
    add("b", OP_MAP, "source");
    add("sink", OP_SINK, "tok b");
    expect_fault("tok", "burst", "several copies");
}

/* ---- chaining ---- */

Test(graph, a_map_can_be_chained)
{
    straight();
    node("stamp")->chain = node("format")->chain = true;
    expect_good();
}

Test(graph, what_waits_or_bursts_or_ends_cannot_be_chained)
{
    straight();
    node("tok")->chain = true;
    node("tok")->cost_ns = 1;
    expect_fault("tok", "chain", "without paced cost");
    node("tok")->cost_ns = 0;
    node("tok")->burst = true;
    expect_fault("tok", "chain", "without burst");
    node("tok")->burst = node("tok")->chain = false;
    node("sink")->chain = true;
    expect_fault("sink", "chain", "only a map or tokenize");
}

Test(graph, a_chained_node_has_its_input_for_itself)
{
    straight();
    node("format")->chain = true;
    add("other", OP_MAP, "tok");
    node("sink")->from[1] = at("other");
    node("sink")->from_count = 2;
    expect_fault("format", "chain", "feeds nothing else");
}

Test(graph, a_chained_node_has_one_input_of_its_own_parallelism_shipped_forward)
{
    straight();
    node("format")->chain = true;
    node("tok")->parallelism = 2;
    node("tok")->ship = SHIP_REBALANCE;
    expect_fault("format", "chain", "same parallelism");
    node("tok")->parallelism = 1;
    node("format")->ship_given = true;
    node("format")->ship = SHIP_HASH;
    expect_fault("format", "chain", "ships forward");
    node("format")->ship_given = false;
    node("format")->from[1] = at("stamp");
    node("format")->from_count = 2;
    expect_fault("format", "chain", "one input");
}

Test(graph, nothing_is_chained_to_an_invoke_node)
{
    add("source", OP_SOURCE, "");
    add("invoke", OP_INVOKE, "source");
    add("format", OP_MAP, "invoke")->chain = true;
    add("sink", OP_SINK, "format");
    expect_fault("format", "chain", "chaining needs");
}

/* ---- copies ---- */

Test(graph, a_broadcast_multiplies_copies)
{
    add("source", OP_SOURCE, "");
    struct node_spec *a = add("a", OP_MAP, "source");
    struct node_spec *b = add("b", OP_MAP, "a");
    add("sink", OP_SINK, "b");
    a->parallelism = 3;
    b->parallelism = 4;
    a->ship = b->ship = SHIP_BROADCAST;
    a->ship_given = b->ship_given = true;
    expect_good();
    cr_assert_eq(graph_copies(&g, order, at("source")), 12);
    cr_assert_eq(graph_copies(&g, order, at("a")), 4);
    cr_assert_eq(graph_copies(&g, order, at("b")), 1);
    a->parallelism = b->parallelism = 11;
    expect_fault("source", NULL, "more than 100 copies");
    a->parallelism = b->parallelism = 10;
    expect_good();
    a->parallelism = 1;
    b->parallelism = 101;
    expect_fault("source", NULL, "more than 100 copies");
}

Test(graph, copies_of_long_cascades_do_not_overflow)
{
    add("source", OP_SOURCE, "");
    char last[8];
    strcpy(last, "source");
    for (int i = 0; i < 20; i++) {
        char next[8] = {'n', (char)('a' + i), 0};
        struct node_spec *n = add(next, OP_MAP, last);
        n->parallelism = 128;
        n->ship = SHIP_BROADCAST;
        n->ship_given = true;
        strcpy(last, next);
    }
    add("sink", OP_SINK, last);
    expect_fault("source", NULL, "more than 100 copies");
}

Test(graph, every_source_reaches_the_sink_by_the_same_number_of_ways)
{
    add("one", OP_SOURCE, "");
    add("two", OP_SOURCE, "");
    add("a", OP_MAP, "one two");
    add("b", OP_MAP, "two");
    add("sink", OP_SINK, "a b");
    expect_fault("two", NULL, "same number of ways");
}

Test(graph, a_full_table_of_nodes_is_good)
{
    char last[8] = "s";
    add("s", OP_SOURCE, "");
    while (g.count < GRAPH_NODES - 1) {
        char next[8] = {'n', (char)('a' + g.count), 0};
        add(next, OP_MAP, last);
        strcpy(last, next);
    }
    add("sink", OP_SINK, last);
    expect_good();
}
