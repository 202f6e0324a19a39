#include "io/preset_values.h"

#include <stdio.h>
#include <string.h>

/* ---- the fields that read themselves, and so are written by hand ------------------- */

static void show_kind(const void *base, const struct preset *whole, struct preset_value *v)
{
    (void)whole;
    v->present = v->always = true;
    (void)snprintf(v->text, sizeof v->text, "%s",
                   source_kind_names[((const struct preset *)base)->source_kind]);
}

static void show_file(const void *base, const struct preset *whole, struct preset_value *v)
{
    const char *file = ((const struct preset *)base)->source_file;
    (void)whole;
    v->present = v->always = file[0] != 0;
    (void)snprintf(v->text, sizeof v->text, "%s", file);
}

static void show_profile(const void *base, const struct preset *whole, struct preset_value *v)
{
    const struct preset *p = base;
    (void)whole;
    v->present = p->source_kind == SOURCE_NEXMARK;
    (void)snprintf(v->text, sizeof v->text, "%s", nexmark_profile_names[p->profile]);
}

static void show_seed(const void *base, const struct preset *whole, struct preset_value *v)
{
    (void)whole;
    v->quantity = true;
    v->present = ((const struct preset *)base)->source_kind == SOURCE_NEXMARK;
    (void)snprintf(v->text, sizeof v->text, "%llu",
                   (unsigned long long)((const struct preset *)base)->source_seed);
}

static void show_base_time(const void *base, const struct preset *whole, struct preset_value *v)
{
    int64_t ms = ((const struct preset *)base)->base_time_ms;
    (void)whole;
    v->quantity = true;
    v->present = ms != 0;
    (void)snprintf(v->text, sizeof v->text, "%lld", (long long)ms);
}

static void show_endpoint(const void *base, const struct preset *whole, struct preset_value *v)
{
    const char *endpoint = ((const struct preset *)base)->endpoint;
    (void)whole;
    v->present = endpoint[0] != 0;
    (void)snprintf(v->text, sizeof v->text, "%s", endpoint);
}

static void show_function(const void *base, const struct preset *whole, struct preset_value *v)
{
    const char *function = ((const struct preset *)base)->function;
    (void)whole;
    v->present = function[0] != 0;
    (void)snprintf(v->text, sizeof v->text, "%s", function);
}

static void show_node_name(const void *base, const struct preset *whole, struct preset_value *v)
{
    (void)whole;
    v->present = v->always = true;
    (void)snprintf(v->text, sizeof v->text, "%s", ((const struct node_spec *)base)->name);
}

static void show_cost(const void *base, const struct preset *whole, struct preset_value *v)
{
    const struct node_spec *n = base;
    (void)whole;
    v->present = n->cost_cpu || n->cost_ns > 0;
    if (n->cost_cpu)
        (void)snprintf(v->text, sizeof v->text, "cpu");
    else
        (void)units_write(UNIT_DURATION, n->cost_ns, v->text, sizeof v->text);
}

static void show_ship(const void *base, const struct preset *whole, struct preset_value *v)
{
    const struct node_spec *n = base;
    (void)whole;
    v->present = n->ship_given;
    (void)snprintf(v->text, sizeof v->text, "%s", ship_names[n->ship]);
}

/* Names of nodes are letters, digits, '_' and '-': no escapes. */
static void show_from(const void *base, const struct preset *whole, struct preset_value *v)
{
    const struct node_spec *n = base;
    size_t used = 1;
    v->bare = true;
    v->present = whole && n->from_count > 0;
    (void)snprintf(v->text, sizeof v->text, "[");
    for (int i = 0; whole && i < n->from_count; i++)
        used += (size_t)snprintf(v->text + used, sizeof v->text - used, "%s\"%s\"", i ? ", " : "",
                                 whole->graph.node[n->from[i]].name);
    (void)snprintf(v->text + used, sizeof v->text - used, "]");
}

_Static_assert(GRAPH_INPUTS *(GRAPH_NAME + 4) + 3 < 512, "a list of inputs fits");

static const struct {
    const char *name;
    void (*show)(const void *base, const struct preset *whole, struct preset_value *v);
} by_hand[] = {
    {"kind", show_kind},           {"file", show_file},         {"profile", show_profile},
    {"seed", show_seed},           {"endpoint", show_endpoint}, {"function", show_function},
    {"base_time", show_base_time}, {"name", show_node_name},    {"cost", show_cost},
    {"ship", show_ship},           {"from", show_from}};

/* ---- by the tables ------------------------------------------------------------------ */

static void show_quantity(enum unit unit, int64_t value, struct preset_value *v)
{
    v->quantity = true;
    (void)units_write(unit, value, v->text, sizeof v->text);
}

void preset_value_of(const struct preset_field *f, const void *base, const struct preset *whole,
                     struct preset_value *v)
{
    const char *at = (const char *)base + f->offset;
    int64_t wide;
    int number;
    bool yes;
    *v = (struct preset_value){.name = f->name, .present = f->kind != FIELD_OWN};
    switch (f->kind) {
    case FIELD_I64:
        memcpy(&wide, at, sizeof wide);
        show_quantity(f->unit, wide, v);
        return;
    case FIELD_INT:
        memcpy(&number, at, sizeof number);
        show_quantity(f->unit, number, v);
        return;
    case FIELD_NAME:
        memcpy(&number, at, sizeof number);
        v->always = strcmp(f->name, "op") == 0;
        (void)snprintf(v->text, sizeof v->text, "%s", f->names[number]);
        return;
    case FIELD_BOOL:
        memcpy(&yes, at, sizeof yes);
        v->bare = true;
        (void)snprintf(v->text, sizeof v->text, yes ? "true" : "false");
        return;
    case FIELD_TEXT:
        v->present = at[0] != 0;
        (void)snprintf(v->text, sizeof v->text, "%s", at);
        return;
    case FIELD_OWN:
        for (size_t i = 0; i < sizeof by_hand / sizeof *by_hand; i++)
            if (strcmp(by_hand[i].name, f->name) == 0)
                by_hand[i].show(base, whole, v);
        return;
    }
}

/* ---- steps and knobs ---------------------------------------------------------------- */

static void put(struct preset_value *v, const char *name, enum unit unit, int64_t value)
{
    *v = (struct preset_value){.name = name, .present = true};
    show_quantity(unit, value, v);
}

/* [a, b] */
static void put_two(struct preset_value *v, const char *name, const struct schedule_step *s)
{
    char from[48], to[48];
    *v = (struct preset_value){.name = name, .present = true, .bare = true};
    (void)units_write(UNIT_RATE, s->rate_mps, from, sizeof from);
    (void)units_write(UNIT_RATE, s->rate2_mps, to, sizeof to);
    (void)snprintf(v->text, sizeof v->text, "[\"%s\", \"%s\"]", from, to);
}

/* The file, and what is not as usual about how it is read. */
static int put_trace(struct preset_value *v, const struct schedule_spec *spec,
                     const struct schedule_step *s)
{
    int n = 0;
    v[n] = (struct preset_value){.name = "trace", .present = true};
    (void)snprintf(v[n].text, sizeof v[n].text, "%s", spec->trace[s->trace].file);
    n++;
    if (s->factor_ppm != PPM_ONE)
        put(&v[n++], "scale", UNIT_FACTOR, s->factor_ppm);
    if (s->loop)
        v[n++] =
            (struct preset_value){.name = "loop", .present = true, .bare = true, .text = "true"};
    if (s->stairs)
        v[n++] = (struct preset_value){.name = "interpolate", .present = true, .text = "step"};
    return n;
}

int preset_step_values(const struct schedule_spec *spec, int step,
                       struct preset_value v[PRESET_STEP_VALUES])
{
    static const char *const two[] = {
        [STEP_RAMP] = "ramp", [STEP_SQUARE] = "square", [STEP_SINE] = "sine"};
    const struct schedule_step *s = &spec->step[step];
    int n = 0;
    put(&v[n++], "at", UNIT_DURATION, s->at_ns);
    if (s->kind == STEP_RATE)
        put(&v[n++], "rate", UNIT_RATE, s->rate_mps);
    else if (s->kind == STEP_SPIKE)
        put(&v[n++], "spike", UNIT_FACTOR, s->factor_ppm);
    else if (s->kind == STEP_TRACE)
        n += put_trace(&v[n], spec, s);
    else
        put_two(&v[n++], two[s->kind], s);
    if (s->for_ns > 0)
        put(&v[n++], "for", UNIT_DURATION, s->for_ns);
    if (s->period_ns > 0)
        put(&v[n++], s->kind == STEP_SPIKE ? "every" : "period", UNIT_DURATION, s->period_ns);
    return n;
}

int64_t preset_usual_knob(const struct preset *p, enum knob k)
{
    int node = k == KNOB_SLOTS ? preset_costly_node(&p->graph) : -1;
    return node >= 0 ? p->graph.node[node].slots : knob_table[k].preset;
}
