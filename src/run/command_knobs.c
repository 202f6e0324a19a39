/* Commands that turn knobs. */
#include "run/command_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void command_spread_knob(struct sp_engine *g, enum knob k)
{
    int64_t v = g->knobs.value[k];
    if (k == KNOB_LOAD)
        for (int i = 0; i < g->member_count; i++)
            if (g->member[i].kind == MEMBER_SOURCE)
                schedule_load(&g->member[i].is.source->schedule, g->now_ns, v);
    if (k == KNOB_ORDER)
        sink_set_order(g->sink, (enum order)v, g->now_ns);
    if (k == KNOB_SLOTS && g->costly_vertex >= 0) {
        const struct vertex *x = &g->vertex[g->costly_vertex];
        for (int i = 0; i < x->parallelism; i++)
            task_set_slots(g->member[x->first_member + i].is.task, (uint32_t)v, g->now_ns);
    }
    if (k == KNOB_POLICY)
        control_set_policy(g);
    control_apply_knobs(g);
}

/* Adds to a text that may not fit: false, and the text is as it was. */
__attribute__((format(printf, 3, 4))) static bool add(char *dst, size_t size, const char *format,
                                                      ...)
{
    size_t used = strlen(dst);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(dst + used, size - used, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < size - used)
        return true;
    dst[used] = 0;
    return false;
}

/* How `set` would bring a knob back to what it is now, owner included. */
static bool add_inverse(const struct sp_engine *g, enum knob k, struct outcome *o)
{
    char value[64];
    bool as_preset = g->knobs.value[k] == g->preset.knobs.value[k];
    knob_write(k, g->knobs.value[k], value, sizeof value);
    return add(o->inverse, PRESET_COMMAND, " %s %s%s", knob_table[k].name,
               g->knobs.manual[k] ? ""
               : as_preset        ? "auto"
                                  : "auto:",
               !g->knobs.manual[k] && as_preset ? "" : value);
}

static bool slots_mean_something(const struct sp_engine *g, struct outcome *o)
{
    if (g->costly_vertex >= 0 &&
        g->preset.graph.node[g->vertex[g->costly_vertex].node].cost_ns != 0)
        return true;
    command_refuse(o, "slots: no operator here has a paced cost, so slots change nothing");
    return false;
}

/* Turns one knob. Its effect and its inverse are added to what o says already. */
static void turn(struct sp_engine *g, const struct command_pair *p, struct outcome *o)
{
    char old[64], new[64];
    enum knob k = p->knob;
    int64_t value = p->has_value ? p->value : g->preset.knobs.value[k];
    knob_write(k, g->knobs.value[k], old, sizeof old);
    knob_write(k, value, new, sizeof new);
    add(o->effect, sizeof o->effect, "%s%s: %s%s -> %s", o->effect[0] ? ", " : "",
        knob_table[k].name, p->give_back ? "given back, " : "", old, new);
    if (g->knobs.value[k] == value && g->knobs.manual[k] == !p->give_back)
        return; /* nothing to take back */
    add_inverse(g, k, o);
    o->fields |= undo_field((int)k);
    g->knobs.manual[k] = !p->give_back;
    g->knobs.value[k] = value;
    command_spread_knob(g, k);
}

/* All of them at one instant, or none. */
static void turn_all(struct sp_engine *g, const struct command_pair *pair, int pairs,
                     struct outcome *o)
{
    struct outcome room = {0};
    snprintf(room.inverse, sizeof room.inverse, "set");
    for (int i = 0; i < pairs; i++) {
        if (pair[i].knob == KNOB_SLOTS && !pair[i].give_back && !slots_mean_something(g, o))
            return;
        if (!add_inverse(g, pair[i].knob, &room)) {
            command_refuse(o,
                           "so many knobs at once could not be undone in one command: set fewer");
            return;
        }
    }
    snprintf(o->inverse, sizeof o->inverse, "set");
    for (int i = 0; i < pairs; i++)
        turn(g, &pair[i], o);
    if (o->fields == 0)
        o->inverse[0] = 0;
}

void command_set_knob(struct sp_engine *g, enum knob k, int64_t value, struct outcome *o)
{
    turn_all(g, &(struct command_pair){.knob = k, .value = value, .has_value = true}, 1, o);
}

void command_run_set(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    turn_all(g, c->pair, c->pairs, o);
}
void command_run_policy(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    command_set_knob(g, KNOB_POLICY, c->value[0], o);
    if (!o->refused && g->burst_vertex < 0)
        command_effect(o, "policy: %s, but no node of this graph bursts", c->word[0]);
}
void command_run_batch(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    command_set_knob(g, KNOB_BATCH, c->value[0], o);
}
void command_run_linger(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    command_set_knob(g, KNOB_LINGER, c->value[0], o);
}
void command_run_concurrency(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    command_set_knob(g, KNOB_CONCURRENCY, c->value[0], o);
}
void command_run_order(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    command_set_knob(g, KNOB_ORDER, c->value[0], o);
}

void command_run_auto(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    turn_all(g, &(struct command_pair){.knob = (enum knob)c->value[0], .give_back = true}, 1, o);
}
