/* A preset as text. */
#include "io/preset_write.h"

#include "io/preset_values.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct page {
    char *dst;
    size_t size, used;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void add(struct page *g, const char *format, ...)
{
    va_list args;
    if (g->full)
        return;
    va_start(args, format);
    int n = vsnprintf(g->dst + g->used, g->size - g->used, format, args);
    va_end(args);
    g->full = n < 0 || (size_t)n >= g->size - g->used;
    g->used += g->full ? 0 : (size_t)n;
}

/* Lines of a preset are printable, so two characters need an escape. */
static void add_string(struct page *g, const char *text)
{
    add(g, "\"");
    for (; *text; text++)
        add(g, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    add(g, "\"");
}

/* JSON has numbers of its own; a leading zero is none of them. */
static bool is_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 16 && text[digits] == 0 && (text[0] != '0' || digits == 1);
}

static void add_value(struct page *g, const struct preset_value *v)
{
    if (v->bare || (v->quantity && is_number(v->text)))
        add(g, "%s", v->text);
    else
        add_string(g, v->text);
}

/* The fields of one object that have something to say: "name": value, … */
static void add_fields(struct page *g, const struct preset_table *table, const void *base,
                       const void *usual, const struct preset *whole)
{
    bool any = false;
    add(g, "{");
    for (size_t i = 0; i < table->count; i++) {
        struct preset_value v, common;
        preset_value_of(&table->field[i], base, whole, &v);
        if (!v.present)
            continue;
        if (usual && !v.always) {
            preset_value_of(&table->field[i], usual, NULL, &common);
            if (common.present && strcmp(common.text, v.text) == 0)
                continue;
        }
        add(g, "%s \"%s\": ", any ? "," : "", table->field[i].name);
        add_value(g, &v);
        any = true;
    }
    add(g, " }");
}

static void add_schedule(struct page *g, const struct preset *p)
{
    add(g, "  \"schedule\": [");
    for (int i = 0; i < p->schedule.count; i++) {
        struct preset_value v[PRESET_STEP_VALUES];
        int n = preset_step_values(&p->schedule, i, v);
        add(g, "%s\n    {", i ? "," : "");
        for (int k = 0; k < n; k++) {
            add(g, "%s \"%s\": ", k ? "," : "", v[k].name);
            add_value(g, &v[k]);
        }
        add(g, " }");
    }
    add(g, "\n  ],\n");
}

static void add_graph(struct page *g, const struct preset *p)
{
    struct node_spec usual;
    node_spec_init(&usual);
    add(g, "  \"graph\": [");
    for (int i = 0; i < p->graph.count; i++) {
        add(g, "%s\n    ", i ? "," : "");
        add_fields(g, &preset_graph_table, &p->graph.node[i], &usual, p);
    }
    add(g, "\n  ],\n");
}

static void add_knobs(struct page *g, const struct preset *p)
{
    char text[64];
    bool any = false;
    knob_write(KNOB_POLICY, p->knobs.value[KNOB_POLICY], text, sizeof text);
    add(g, "  \"policy\": \"%s\",\n  \"knobs\": {", text);
    for (int k = 0; k < KNOB_COUNT; k++) {
        int64_t value = p->knobs.value[k];
        if (k == KNOB_POLICY || value == preset_usual_knob(p, (enum knob)k))
            continue;
        struct preset_value v = {.quantity = knob_table[k].names == NULL};
        knob_write((enum knob)k, value, v.text, sizeof v.text);
        add(g, "%s \"%s\": ", any ? "," : "", knob_table[k].name);
        add_value(g, &v);
        any = true;
    }
    add(g, " },\n");
}

static void add_scenario(struct page *g, const struct preset *p)
{
    add(g, ",\n  \"scenario\": [");
    for (int i = 0; i < p->scenario_count; i++) {
        add(g, "%s\n    ", i ? "," : "");
        add_string(g, p->scenario[i]);
    }
    add(g, "\n  ]");
}

size_t preset_write(const struct preset *p, char *dst, size_t size)
{
    struct page g = {.dst = dst, .size = size, .full = size == 0};
    char duration[48];
    add(&g, "{\n  \"spillway\": 1,\n  \"name\": ");
    add_string(&g, p->name);
    if (p->why[0]) {
        add(&g, ",\n  \"why\": ");
        add_string(&g, p->why);
    }
    add(&g, ",\n  \"source\": ");
    add_fields(&g, preset_tables[PRESET_SOURCE], p, NULL, p);
    add(&g, ",\n");
    add_schedule(&g, p);
    add_graph(&g, p);
    add_knobs(&g, p);
    struct preset usual;
    preset_init(&usual);
    add(&g, "  \"functions\": ");
    add_fields(&g, preset_tables[PRESET_FUNCTIONS], p, &usual, p);
    if (p->duration_ns > 0) {
        units_write(UNIT_DURATION, p->duration_ns, duration, sizeof duration);
        add(&g, ",\n  \"duration\": \"%s\"", duration);
    }
    if (p->scenario_count > 0)
        add_scenario(&g, p);
    add(&g, "\n}\n");
    return g.full ? 0 : g.used;
}
