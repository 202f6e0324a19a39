/* Commands that mean one part of the pipeline: slots, kills; and faults of the platform. */
#include "run/command_parts.h"

#include <stdio.h>
#include <string.h>

/* Does a name cut short mean this vertex? Chained operators answer to each of their
 * names: "source -> stamp" to "source", "stamp" and what they begin with. Returns 2 for
 * a whole name, 1 for the beginning of one, 0 for neither. */
static int vertex_answers(const char *vertex, const char *name, size_t n)
{
    int best = strlen(vertex) == n && memcmp(vertex, name, n) == 0 ? 2 : 0;
    for (const char *p = vertex; p && best < 2 && n > 0;) {
        size_t length = strcspn(p, " ");
        if (length >= n && memcmp(p, name, n) == 0)
            best = length == n ? 2 : 1;
        p = strstr(p, " -> ");
        p = p ? p + 4 : NULL;
    }
    return best;
}

/* The vertex of a name, which may be cut to its shortest unique form. */
static int find_vertex(const struct sp_engine *g, const char *name, size_t n, struct outcome *o)
{
    const char *names[SP_VERTICES + 1];
    char word[96];
    int begun = -1, several = 0;
    for (int i = 0; i < g->vertex_count; i++) {
        names[i] = g->vertex[i].name;
        int answer = vertex_answers(names[i], name, n);
        if (answer == 2)
            return i;
        /* "tok" is tokenizer, not tokenizer.functions */
        if (answer && g->vertex[i].kind == MEMBER_LANE && i == begun + 1)
            continue;
        several += answer;
        begun = answer ? i : begun;
    }
    if (several == 1)
        return begun;
    names[g->vertex_count] = NULL;
    snprintf(word, sizeof word, "%.*s", (int)(n < 90 ? n : 90), name);
    const char *near = several ? NULL : preset_nearest(word, names);
    command_refuse(o, "%s \"%.60s\"%s%.60s%s",
                   several ? "several vertices begin with" : "there is no vertex", word,
                   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return -1;
}

/* What a person types for a vertex: the first of its names. */
static int vertex_word(const struct sp_engine *g, int vertex)
{
    return (int)strcspn(g->vertex[vertex].name, " ");
}

void command_run_slots(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    int v = g->costly_vertex;
    int64_t slots = c->value[c->form];
    if (c->form == 1)
        v = find_vertex(g, c->word[0], strlen(c->word[0]), o);
    if (o->refused)
        return;
    if (v == g->costly_vertex) {
        command_set_knob(g, KNOB_SLOTS, slots, o);
        return;
    }
    struct vertex *x = &g->vertex[v];
    if (x->kind != MEMBER_TASK || g->member[x->first_member].is.task->config.cost_ns == 0) {
        command_refuse(o, "slots: \"%s\" has no paced cost, so slots change nothing", x->name);
        return;
    }
    uint32_t before = g->member[x->first_member].is.task->config.slots;
    snprintf(o->ran, sizeof o->ran, "slots %.*s %lld", vertex_word(g, v), x->name,
             (long long)slots);
    if (before == slots) {
        command_effect(o, "%s: slots %u already", x->name, before);
        return;
    }
    for (int i = 0; i < x->parallelism; i++)
        task_set_slots(g->member[x->first_member + i].is.task, (uint32_t)slots, g->now_ns);
    command_effect(o, "%s: slots %u -> %lld", x->name, before, (long long)slots);
    snprintf(o->inverse, sizeof o->inverse, "slots %.*s %u", vertex_word(g, v), x->name, before);
    o->fields = undo_field(FIELD_VERTEX + v);
}

struct target {
    int vertex;
    long instance, slot; /* -1: all */
};

static bool read_index(const char **p, long *out)
{
    long n = 0;
    int digits = 0;
    for (; **p >= '0' && **p <= '9' && digits < 7; ++*p, digits++)
        n = n * 10 + (**p - '0');
    *out = n;
    return digits > 0;
}

static bool read_target(const struct sp_engine *g, const char *text, struct target *t,
                        struct outcome *o)
{
    const char *slash = strrchr(text, '/'), *p = slash ? slash + 1 : NULL;
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    *t = (struct target){.instance = -1, .slot = -1};
    t->vertex = find_vertex(g, text, n, o);
    if (t->vertex < 0)
        return false;
    if (p == NULL)
        return true;
    bool good = read_index(&p, &t->instance);
    if (good && *p == '.') {
        p++;
        good = read_index(&p, &t->slot);
    }
    const struct vertex *v = &g->vertex[t->vertex];
    if (!good || *p) {
        command_refuse(o, "\"%.60s\": a target is VERTEX, VERTEX/INSTANCE or VERTEX/INSTANCE.SLOT",
                       text);
        return false;
    }
    if (t->instance >= v->parallelism) {
        command_refuse(o, "\"%s\" has instances 0 to %d", v->name, v->parallelism - 1);
        return false;
    }
    if (t->slot >= 0 &&
        (v->kind != MEMBER_TASK || t->slot >= g->member[v->first_member].is.task->config.slots)) {
        int slots =
            v->kind == MEMBER_TASK ? (int)g->member[v->first_member].is.task->config.slots : 1;
        command_refuse(o, "\"%s\" has slots 0 to %d", v->name, slots - 1);
        return false;
    }
    return true;
}

static uint32_t kill_member(struct sp_engine *g, struct member *m, long slot)
{
    switch (m->kind) {
    case MEMBER_SOURCE:
        source_kill(m->is.source, g->now_ns);
        return 0;
    case MEMBER_TASK:
        return task_kill(m->is.task, slot, g->now_ns);
    case MEMBER_LANE:
        return lane_kill(m->is.lane, g->now_ns);
    case MEMBER_SINK:
        m->is.sink->down_until_ns = g->now_ns + TASK_RESTART_NS;
        return 0;
    }
    return 0;
}

void command_run_kill(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct target t;
    uint32_t records = 0;
    if (!read_target(g, c->word[0], &t, o))
        return;
    const struct vertex *v = &g->vertex[t.vertex];
    const char *rest = strrchr(c->word[0], '/');
    snprintf(o->ran, sizeof o->ran, "kill %.*s%.40s", vertex_word(g, t.vertex), v->name,
             rest ? rest : "");
    for (int i = 0; i < v->parallelism; i++)
        if (t.instance < 0 || t.instance == i)
            records += kill_member(g, &g->member[v->first_member + i], t.slot);
    command_effect(o, "%u records re-dispatched, up again in 1s", records);
}

/* ---- faults ------------------------------------------------------------------------- */

static void begin_fault(struct sp_engine *g, enum faas_fault f, int64_t value, int64_t span_ns,
                        struct outcome *o)
{
    if (!command_span_is_good(span_ns, o))
        return;
    if (g->lane == NULL) {
        command_refuse(o, "no node of this graph calls functions");
        return;
    }
    if (!backing_fault(&g->backing, f, value, g->now_ns, span_ns)) {
        command_refuse(o, "%s is not ours to harm: faults need the model or the emulator",
                       g->backing.host);
        return;
    }
    command_effect(o, "for %s", command_say(UNIT_DURATION, span_ns).text);
    snprintf(o->inverse, sizeof o->inverse, "fault off");
}

void command_run_fault_latency(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (c->value[0] <= 0 || c->value[0] > FAAS_FACTOR_MAX)
        command_refuse(o, "fault latency: the factor must be above x0 and at most x1000000");
    else
        begin_fault(g, FAULT_LATENCY, c->value[0], c->value[1], o);
}
/* The faults that are a share of calls, each named by its command. */
void command_run_fault_share(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    const char *name = c->row->shown.name + strlen("fault ");
    int f = 0;
    while (strcmp(faas_fault_names[f], name) != 0)
        f++;
    begin_fault(g, (enum faas_fault)f, c->value[0], c->value[1], o);
}
void command_run_fault_throttle(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    begin_fault(g, FAULT_THROTTLE, PPM_ONE, c->value[0], o);
}
void command_run_fault_sink(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (!command_span_is_good(c->value[0], o))
        return;
    g->sink->blocked_until_ns = g->now_ns + c->value[0];
    command_effect(o, "the sink takes nothing until %s",
                   command_say(UNIT_DURATION, g->sink->blocked_until_ns).text);
    snprintf(o->inverse, sizeof o->inverse, "fault off");
}

void command_faults_off(struct sp_engine *g)
{
    backing_faults_off(&g->backing);
    g->sink->blocked_until_ns = 0;
}

void command_run_fault_off(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    command_faults_off(g);
    command_effect(o, "every fault ended");
}
