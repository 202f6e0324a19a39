/* What differs between two presets, in words. */
#include "io/preset_write.h"

#include "io/preset_values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE 2400

struct differ {
    const struct preset *a, *b;
    preset_say_fn *say;
    void *context;
    int count;
};

__attribute__((format(printf, 2, 3))) static void tell(struct differ *d, const char *format, ...)
{
    char line[LINE];
    va_list args;
    d->count++;
    if (!d->say)
        return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    d->say(d->context, line);
}

/* One field of two objects; an absent one is its default, or nothing. */
static void compare(struct differ *d, const char *place, const struct preset_value *a,
                    const struct preset_value *b)
{
    const char *from = a->present ? a->text : "none", *to = b->present ? b->text : "none";
    if (a->present != b->present || strcmp(from, to) != 0)
        tell(d, "%s: %s: %s -> %s", place, a->name, from, to);
}

static void compare_fields(struct differ *d, const char *place, const struct preset_table *table,
                           const void *a, const void *b)
{
    for (size_t i = 0; i < table->count; i++) {
        struct preset_value from, to;
        preset_value_of(&table->field[i], a, d->a, &from);
        preset_value_of(&table->field[i], b, d->b, &to);
        compare(d, place, &from, &to);
    }
}

/* ---- the schedule: steps by their place in the list ---------------------------------- */

static void say_step(const struct schedule_spec *spec, int step, char *dst, size_t size)
{
    struct preset_value v[PRESET_STEP_VALUES];
    int n = preset_step_values(spec, step, v);
    size_t used = 0;
    for (int i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(dst + used, size - used, "%s%s %s", i ? " " : "", v[i].name,
                                 v[i].text);
}

static void compare_schedules(struct differ *d)
{
    const struct schedule_spec *a = &d->a->schedule, *b = &d->b->schedule;
    for (int i = 0; i < a->count || i < b->count; i++) {
        char from[1000] = "none", to[1000] = "none";
        if (i < a->count)
            say_step(a, i, from, sizeof from);
        if (i < b->count)
            say_step(b, i, to, sizeof to);
        if (strcmp(from, to) != 0)
            tell(d, "schedule: step %d: %s -> %s", i + 1, from, to);
    }
}

/* ---- the graph: nodes by name ---------------------------------------------------------- */

static const struct node_spec *find_node(const struct graph_spec *g, const char *name)
{
    for (int i = 0; i < g->count; i++)
        if (strcmp(g->node[i].name, name) == 0)
            return &g->node[i];
    return NULL;
}

/* With the same nodes their order can still differ: it numbers the sources. */
static bool same_nodes_in_another_order(const struct graph_spec *a, const struct graph_spec *b)
{
    bool moved = false;
    if (a->count != b->count)
        return false;
    for (int i = 0; i < a->count; i++) {
        if (!find_node(b, a->node[i].name))
            return false;
        moved = moved || strcmp(a->node[i].name, b->node[i].name) != 0;
    }
    return moved;
}

static void compare_graphs(struct differ *d)
{
    const struct graph_spec *a = &d->a->graph, *b = &d->b->graph;
    for (int i = 0; i < a->count; i++) {
        const struct node_spec *other = find_node(b, a->node[i].name);
        char place[GRAPH_NAME + 16];
        (void)snprintf(place, sizeof place, "graph: %s", a->node[i].name);
        if (other)
            compare_fields(d, place, &preset_graph_table, &a->node[i], other);
        else
            tell(d, "%s: only in the first", place);
    }
    for (int i = 0; i < b->count; i++)
        if (!find_node(a, b->node[i].name))
            tell(d, "graph: %s: only in the second", b->node[i].name);
    if (same_nodes_in_another_order(a, b))
        tell(d, "graph: the same nodes in another order");
}

/* ---- the scenario: what to take out and put in, by the longest common list ------------- */

#define SCENES (PRESET_SCENARIO + 1)

static void compare_scenarios(struct differ *d)
{
    const struct preset *a = d->a, *b = d->b;
    int n = a->scenario_count, m = b->scenario_count;
    uint16_t(*common)[SCENES] = calloc(SCENES, sizeof *common); /* of the tails from i and k on */
    if (!common) {
        tell(d, "scenario: not compared: the system gave no memory");
        return;
    }
    for (int i = n - 1; i >= 0; i--)
        for (int k = m - 1; k >= 0; k--)
            common[i][k] = strcmp(a->scenario[i], b->scenario[k]) == 0
                               ? (uint16_t)(common[i + 1][k + 1] + 1)
                           : common[i + 1][k] >= common[i][k + 1] ? common[i + 1][k]
                                                                  : common[i][k + 1];
    for (int i = 0, k = 0; i < n || k < m;) {
        if (i < n && k < m && strcmp(a->scenario[i], b->scenario[k]) == 0) {
            i++;
            k++;
        } else if (k >= m || (i < n && common[i + 1][k] >= common[i][k + 1])) {
            tell(d, "scenario: only in the first: %s", a->scenario[i++]);
        } else {
            tell(d, "scenario: only in the second: %s", b->scenario[k++]);
        }
    }
    free(common);
}

/* ---- together ---------------------------------------------------------------------------- */

static void compare_texts(struct differ *d, const char *name, const char *a, const char *b)
{
    if (strcmp(a, b) != 0)
        tell(d, "%s: %s -> %s", name, a[0] ? a : "none", b[0] ? b : "none");
}

static void compare_knobs(struct differ *d)
{
    char from[64], to[64];
    for (int k = 0; k < KNOB_COUNT; k++) {
        int64_t a = d->a->knobs.value[k], b = d->b->knobs.value[k];
        knob_write((enum knob)k, a, from, sizeof from);
        knob_write((enum knob)k, b, to, sizeof to);
        if (a != b)
            tell(d, "knobs: %s: %s -> %s", knob_table[k].name, from, to);
    }
}

int preset_differences(const struct preset *a, const struct preset *b, preset_say_fn *say,
                       void *context)
{
    struct differ d = {a, b, say, context, 0};
    char from[48], to[48];
    compare_texts(&d, "name", a->name, b->name);
    compare_texts(&d, "why", a->why, b->why);
    compare_fields(&d, "source", preset_tables[PRESET_SOURCE], a, b);
    compare_schedules(&d);
    compare_graphs(&d);
    compare_knobs(&d);
    compare_fields(&d, "functions", preset_tables[PRESET_FUNCTIONS], a, b);
    units_write(UNIT_DURATION, a->duration_ns, from, sizeof from);
    units_write(UNIT_DURATION, b->duration_ns, to, sizeof to);
    if (a->duration_ns != b->duration_ns)
        tell(&d, "duration: %s -> %s", a->duration_ns ? from : "no end",
             b->duration_ns ? to : "no end");
    compare_scenarios(&d);
    return d.count;
}
