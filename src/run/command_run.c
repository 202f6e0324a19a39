#include "run/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What each command does. Every one says its effect in a sentence, and the command
 * that undoes it, if there is one. */

__attribute__((format(printf, 2, 3))) static void effect(struct outcome *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(o->effect, sizeof o->effect, format, args);
    va_end(args);
}

__attribute__((format(printf, 2, 3))) static void refuse(struct outcome *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(o->effect, sizeof o->effect, format, args);
    va_end(args);
    o->refused = true;
}

struct number {
    char text[48];
};

static struct number say(enum unit unit, int64_t value)
{
    struct number n;
    units_write(unit, value, n.text, sizeof n.text);
    return n;
}

/* ---- load ----------------------------------------------------------------------------- */

static int64_t offered(const struct sp_engine *g)
{
    int64_t rate = 0;
    for (int i = 0; i < g->member_count; i++) {
        const struct member *m = &g->member[i];
        if (m->kind == MEMBER_SOURCE && m->is.source->config.instance == 0)
            rate += schedule_rate(&m->is.source->schedule, g->now_ns);
    }
    return rate;
}

typedef int change_fn(struct schedule *s, int64_t now_ns, const struct command *c, int *handle);

static int change_spike(struct schedule *s, int64_t now_ns, const struct command *c, int *handle)
{
    int64_t factor = c->form == 0 ? c->value[0] : PPM_ONE;
    int64_t add = c->form == 1 ? c->value[0] : 0;
    return schedule_spike(s, now_ns, factor, add, c->value[1], handle);
}
static int change_ramp(struct schedule *s, int64_t now_ns, const struct command *c, int *handle)
{
    return schedule_ramp(s, now_ns, c->value[0], c->value[1], c->value[2], handle);
}
static int change_rate(struct schedule *s, int64_t now_ns, const struct command *c, int *handle)
{
    return schedule_set_rate(s, now_ns, c->value[0], handle);
}

/* Applies a change to every source's schedule; they stay alike, so one handle
 * serves all. Remembers it as an intervention that `cancel` ends. */
static void intervene(struct sp_engine *g, const struct command *c, struct outcome *o,
                      change_fn *change)
{
    int64_t before = offered(g);
    int handle = -1, slot = 0;
    int slots = (int)(sizeof g->intervention / sizeof g->intervention[0]);
    while (slot < slots && g->intervention[slot].active &&
           !intervention_is_over(g, g->intervention[slot].number))
        slot++;
    for (int i = 0; i < g->member_count; i++) {
        if (g->member[i].kind != MEMBER_SOURCE)
            continue;
        if (slot == slots || change(&g->member[i].is.source->schedule, g->now_ns, c, &handle)) {
            refuse(o, "too many spikes and ramps at one time: wait, or `halt`");
            return;
        }
    }
    g->intervention[slot].number = ++g->interventions;
    g->intervention[slot].source_handle = handle;
    g->intervention[slot].active = true;
    snprintf(g->intervention[slot].what, sizeof g->intervention[slot].what, "%.60s", c->text);
    effect(o, "%s/s -> %s/s", say(UNIT_RATE, before).text, say(UNIT_RATE, offered(g)).text);
    snprintf(o->inverse, sizeof o->inverse, "cancel %d", g->interventions);
    o->intervention = g->interventions;
    if (change != change_spike)
        o->fields = undo_field(FIELD_BASE_RATE);
}

static bool rate_is_good(int64_t mps, struct outcome *o)
{
    if (mps <= SCHEDULE_RATE_MAX)
        return true;
    refuse(o, "rate: must be 0 to 1000M (10^9 per second)");
    return false;
}

static bool span_is_good(int64_t ns, struct outcome *o)
{
    if (ns > 0)
        return true;
    refuse(o, "a duration of 0 has no effect: give one like 10s");
    return false;
}

static void run_spike(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (c->form == 0 && c->value[0] > 1000 * PPM_ONE)
        refuse(o, "spike: the factor must be x0 to x1000");
    else if (span_is_good(c->value[1], o) && (c->form == 0 || rate_is_good(c->value[0], o)))
        intervene(g, c, o, change_spike);
}
static void run_ramp(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (rate_is_good(c->value[0], o) && rate_is_good(c->value[1], o) && span_is_good(c->value[2], o))
        intervene(g, c, o, change_ramp);
}
static void run_rate(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (rate_is_good(c->value[0], o))
        intervene(g, c, o, change_rate);
}

static void run_cancel(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    int slots = (int)(sizeof g->intervention / sizeof g->intervention[0]), k = 0;
    while (k < slots && !(g->intervention[k].active && g->intervention[k].number == c->value[0]))
        k++;
    if (k == slots || intervention_is_over(g, g->intervention[k].number)) {
        refuse(o, "there is no spike, ramp or rate number %lld%s", (long long)c->value[0],
               k == slots ? "" : " any more");
        return;
    }
    g->intervention[k].active = false;
    o->cancelled = g->intervention[k].number;
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            schedule_cancel(&g->member[i].is.source->schedule, g->now_ns,
                            g->intervention[k].source_handle);
    effect(o, "`%s` ended: %s/s", g->intervention[k].what, say(UNIT_RATE, offered(g)).text);
}

/* Pausing what stands still, or resuming what runs, changes nothing: no inverse. */
static void run_pause(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            schedule_pause(&g->member[i].is.source->schedule, g->now_ns);
    effect(o, g->paused ? "the source stands still already"
                        : "the source stands still; due times wait");
    if (!g->paused) {
        snprintf(o->inverse, sizeof o->inverse, "resume");
        o->fields = undo_field(FIELD_PAUSE);
    }
    g->paused = true;
}

static void run_resume(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            schedule_resume(&g->member[i].is.source->schedule, g->now_ns);
    effect(o, "the source goes on: %s/s", say(UNIT_RATE, offered(g)).text);
    if (g->paused) {
        snprintf(o->inverse, sizeof o->inverse, "pause");
        o->fields = undo_field(FIELD_PAUSE);
    }
    g->paused = false;
}

/* ---- knobs -------------------------------------------------------------------------------- */

static void spread_knob(struct sp_engine *g, enum knob k)
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
               g->knobs.manual[k] ? "" : as_preset ? "auto" : "auto:",
               !g->knobs.manual[k] && as_preset ? "" : value);
}

static bool slots_mean_something(const struct sp_engine *g, struct outcome *o)
{
    if (g->costly_vertex >= 0 &&
        g->preset.graph.node[g->vertex[g->costly_vertex].node].cost_ns != 0)
        return true;
    refuse(o, "slots: no operator here has a paced cost, so slots change nothing");
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
    o->fields |= undo_field(k);
    g->knobs.manual[k] = !p->give_back;
    g->knobs.value[k] = value;
    spread_knob(g, k);
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
            refuse(o, "so many knobs at once could not be undone in one command: set fewer");
            return;
        }
    }
    snprintf(o->inverse, sizeof o->inverse, "set");
    for (int i = 0; i < pairs; i++)
        turn(g, &pair[i], o);
    if (o->fields == 0)
        o->inverse[0] = 0;
}

static void set_knob(struct sp_engine *g, enum knob k, int64_t value, struct outcome *o)
{
    turn_all(g, &(struct command_pair){.knob = k, .value = value, .has_value = true}, 1, o);
}

static void run_set(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    turn_all(g, c->pair, c->pairs, o);
}
static void run_policy(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    set_knob(g, KNOB_POLICY, c->value[0], o);
    if (!o->refused && g->burst_vertex < 0)
        effect(o, "policy: %s, but no node of this graph bursts", c->word[0]);
}
static void run_batch(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    set_knob(g, KNOB_BATCH, c->value[0], o);
}
static void run_linger(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    set_knob(g, KNOB_LINGER, c->value[0], o);
}
static void run_concurrency(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    set_knob(g, KNOB_CONCURRENCY, c->value[0], o);
}
static void run_order(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    set_knob(g, KNOB_ORDER, c->value[0], o);
}

static void run_auto(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    turn_all(g, &(struct command_pair){.knob = (enum knob)c->value[0], .give_back = true}, 1, o);
}

/* ---- vertices -------------------------------------------------------------------------------- */

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
    refuse(o, "%s \"%.60s\"%s%.60s%s", several ? "several vertices begin with" : "there is no vertex",
           word, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return -1;
}

/* What a person types for a vertex: the first of its names. */
static int vertex_word(const struct sp_engine *g, int vertex)
{
    return (int)strcspn(g->vertex[vertex].name, " ");
}

static void run_slots(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    int v = g->costly_vertex;
    int64_t slots = c->value[c->form];
    if (c->form == 1)
        v = find_vertex(g, c->word[0], strlen(c->word[0]), o);
    if (o->refused)
        return;
    if (v == g->costly_vertex) {
        set_knob(g, KNOB_SLOTS, slots, o);
        return;
    }
    struct vertex *x = &g->vertex[v];
    if (x->kind != MEMBER_TASK || g->member[x->first_member].is.task->config.cost_ns == 0) {
        refuse(o, "slots: \"%s\" has no paced cost, so slots change nothing", x->name);
        return;
    }
    uint32_t before = g->member[x->first_member].is.task->config.slots;
    snprintf(o->ran, sizeof o->ran, "slots %.*s %lld", vertex_word(g, v), x->name,
             (long long)slots);
    if (before == slots) {
        effect(o, "%s: slots %u already", x->name, before);
        return;
    }
    for (int i = 0; i < x->parallelism; i++)
        task_set_slots(g->member[x->first_member + i].is.task, (uint32_t)slots, g->now_ns);
    effect(o, "%s: slots %u -> %lld", x->name, before, (long long)slots);
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
        refuse(o, "\"%.60s\": a target is VERTEX, VERTEX/INSTANCE or VERTEX/INSTANCE.SLOT", text);
        return false;
    }
    if (t->instance >= v->parallelism) {
        refuse(o, "\"%s\" has instances 0 to %d", v->name, v->parallelism - 1);
        return false;
    }
    if (t->slot >= 0 && (v->kind != MEMBER_TASK ||
                         t->slot >= g->member[v->first_member].is.task->config.slots)) {
        int slots = v->kind == MEMBER_TASK
                        ? (int)g->member[v->first_member].is.task->config.slots : 1;
        refuse(o, "\"%s\" has slots 0 to %d", v->name, slots - 1);
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

static void run_kill(struct sp_engine *g, const struct command *c, struct outcome *o)
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
    effect(o, "%u records re-dispatched, up again in 1s", records);
}

/* ---- faults -------------------------------------------------------------------------------------- */

static void platform_fault(struct sp_engine *g, enum faas_fault f, int64_t value, int64_t span_ns,
                           struct outcome *o)
{
    if (!span_is_good(span_ns, o))
        return;
    if (g->model == NULL) {
        refuse(o, "no node of this graph calls functions");
        return;
    }
    g->fault_until_ns[f] = g->now_ns + span_ns;
    faas_model_fault(g->model, f, value, g->fault_until_ns[f]);
    effect(o, "until %s", say(UNIT_DURATION, g->fault_until_ns[f]).text);
    snprintf(o->inverse, sizeof o->inverse, "fault off");
}

static void run_fault_latency(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (c->value[0] <= 0 || c->value[0] > FAAS_FACTOR_MAX)
        refuse(o, "fault latency: the factor must be above x0 and at most x1000000");
    else
        platform_fault(g, FAULT_LATENCY, c->value[0], c->value[1], o);
}
static void run_fault_error(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    platform_fault(g, FAULT_ERROR, c->value[0], c->value[1], o);
}
static void run_fault_function(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    platform_fault(g, FAULT_FUNCTION_ERROR, c->value[0], c->value[1], o);
}
static void run_fault_throttle(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    platform_fault(g, FAULT_THROTTLE, PPM_ONE, c->value[0], o);
}
static void run_fault_lose(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    platform_fault(g, FAULT_LOSE, c->value[0], c->value[1], o);
}
static void run_fault_late(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    platform_fault(g, FAULT_LATE, c->value[0], c->value[1], o);
}

static void run_fault_sink(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    if (!span_is_good(c->value[0], o))
        return;
    g->sink->blocked_until_ns = g->now_ns + c->value[0];
    effect(o, "the sink takes nothing until %s", say(UNIT_DURATION, g->sink->blocked_until_ns).text);
    snprintf(o->inverse, sizeof o->inverse, "fault off");
}

static void faults_off(struct sp_engine *g)
{
    for (int f = 0; f < FAAS_FAULTS && g->model; f++)
        faas_model_fault(g->model, (enum faas_fault)f, 0, 0);
    memset(g->fault_until_ns, 0, sizeof g->fault_until_ns);
    g->sink->blocked_until_ns = 0;
}

static void run_fault_off(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    faults_off(g);
    effect(o, "every fault ended");
}

/* ---- the run ---------------------------------------------------------------------------------------- */

static bool plan_command(struct sp_engine *g, enum sp_author author, int64_t at_ns, const char *text)
{
    for (int i = 0; i < ENGINE_PENDING; i++) {
        struct pending *p = &g->pending[i];
        if (p->used)
            continue;
        *p = (struct pending){.at_ns = at_ns, .number = ++g->planned, .author = author,
                              .used = true};
        snprintf(p->text, sizeof p->text, "%s", text);
        return true;
    }
    return false;
}

static void run_at(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct err e;
    if (sp_command_check(c->word[1], &e))
        refuse(o, "%s", e.text);
    else if (!plan_command(g, c->author, c->value[0], c->word[1]))
        refuse(o, "more than %d commands are waiting for their time", ENGINE_PENDING);
    else
        effect(o, "will run at %s", say(UNIT_DURATION, c->value[0]).text);
}

static void run_expect(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct err e;
    if (g->expect_count == ENGINE_EXPECTS) {
        refuse(o, "more than %d expectations", ENGINE_EXPECTS);
        return;
    }
    struct expectation *x = &g->expect[g->expect_count];
    if (condition_read(c->word[0], x, &e)) {
        refuse(o, "%s", e.text);
        return;
    }
    x->begin_ns = g->now_ns;
    g->expect_count++;
    effect(o, "watched");
}

static void run_mark(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)g;
    (void)c;
    effect(o, "noted");
}

static void run_halt(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    faults_off(g);
    for (size_t i = 0; i < sizeof g->intervention / sizeof g->intervention[0]; i++)
        g->intervention[i].active = false;
    undo_forget(g);
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            schedule_cancel(&g->member[i].is.source->schedule, g->now_ns, -1);
    for (int i = 0; i < ENGINE_PENDING; i++)
        g->pending[i].used = false;
    int changed = 0;
    for (int k = 0; k < KNOB_COUNT; k++) {
        bool moved = g->knobs.manual[k] || g->knobs.value[k] != g->preset.knobs.value[k];
        g->knobs.manual[k] = false;
        if (!moved)
            continue;
        g->knobs.value[k] = g->preset.knobs.value[k];
        spread_knob(g, (enum knob)k);
        changed++;
    }
    effect(o, "injections stopped, %d knobs given back to the preset", changed);
}

static void run_restart(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    g->restart = true;
    effect(o, "clock, ledger and histograms back to zero");
}

static void run_quit(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    g->stopped = true;
    effect(o, "the run ends");
}

/* ---- the table ----------------------------------------------------------------------------------------- */

const struct command_row command_rows[] = {
    {{"spike", "xF T | +R T", "multiplies the load by F, or adds R records/s, for T", "spike x2 10s"},
     "xd|+d", 'L', run_spike},
    {{"ramp", "R1 R2 T", "lets the rate go from R1 to R2 within T", "ramp 800 4k 30s"}, "rrd", 'L',
     run_ramp},
    {{"rate", "R", "one constant rate from now on", "rate 1.2k"}, "r", 'L', run_rate},
    {{"cancel", "N", "ends spike, ramp or rate number N", "cancel 1"}, "i", 'L', run_cancel},
    {{"pause", "", "stops the source; due times wait", "pause"}, "", 'L', run_pause},
    {{"resume", "", "lets the source go on", "resume"}, "", 'L', run_resume},
    {{"set", "FIELD VALUE …", "turns a knob, or several at one instant; they are manual from then on",
      "set batch 64"},
     "m", 'K', run_set},
    {{"policy", "NAME", "chooses the policy", "policy excess"}, "l", 'P', run_policy},
    {{"batch", "N", "records per call", "batch 64"}, "b", 'K', run_batch},
    {{"linger", "T", "longest wait for a batch to fill", "linger 20ms"}, "g", 'K', run_linger},
    {{"concurrency", "N", "calls in flight at most", "concurrency 128"}, "y", 'K', run_concurrency},
    {{"slots", "[VERTEX] N", "machines inside each instance of an operator", "slots tokenizer 6"},
     "n|wn", 'K', run_slots},
    {{"order", "O", "order of the output: global, key or none", "order key"}, "o", 'K', run_order},
    {{"auto", "FIELD", "gives a knob back to the policy, at the preset's value", "auto batch"}, "k",
     'K', run_auto},
    {{"kill", "VERTEX[/INSTANCE[.SLOT]]", "kills an operator, an instance or a slot",
      "kill tokenizer/0"},
     "t", 'X', run_kill},
    {{"fault latency", "xF T", "function calls take F times as long", "fault latency x5 10s"}, "xd",
     'X', run_fault_latency},
    {{"fault error", "P T", "a share P of calls is answered 5xx", "fault error 20% 10s"}, "pd", 'X',
     run_fault_error},
    {{"fault function-error", "P T", "a share P of calls fails in the handler",
      "fault function-error 10% 10s"},
     "pd", 'X', run_fault_function},
    {{"fault throttle", "T", "every call is answered 429", "fault throttle 5s"}, "d", 'X',
     run_fault_throttle},
    {{"fault lose", "P T", "a share P of answers never comes", "fault lose 5% 10s"}, "pd", 'X',
     run_fault_lose},
    {{"fault late", "P T", "a share P of answers comes very late", "fault late 5% 10s"}, "pd", 'X',
     run_fault_late},
    {{"fault sink-block", "T", "the sink takes nothing", "fault sink-block 10s"}, "d", 'X',
     run_fault_sink},
    {{"fault off", "", "ends every fault", "fault off"}, "", 'X', run_fault_off},
    {{"at", "T COMMAND", "runs a command when engine time is T", "at 30s spike x3 5s"}, "ds", 'M',
     run_at},
    {{"expect", "COND [within T | for T]", "watches a condition; one that fails ends the run with 3",
      "expect p99<250ms within 5s"},
     "c", 'E', run_expect},
    {{"mark", "TEXT", "drops a note into the log and onto the graphs", "mark before the change"},
     "s", 'M', run_mark},
    {{"undo", "", "takes back your newest change of a knob, the rate or a spike", "undo"}, "", 'K',
     undo_run},
    {{"redo", "", "does again what was undone last", "redo"}, "", 'K', redo_run},
    {{"halt", "", "stops every injection and gives the knobs back to the preset", "halt"}, "", 'M',
     run_halt},
    {{"restart", "", "the same preset from zero", "restart"}, "", 'M', run_restart},
    {{"quit", "", "ends the run", "quit"}, "", 'M', run_quit},
};
const int command_row_count = (int)(sizeof command_rows / sizeof command_rows[0]);

static struct sp_command_def shown_rows[sizeof command_rows / sizeof command_rows[0] + 1];

static void copy_shown(void)
{
    for (int i = 0; i < command_row_count; i++)
        shown_rows[i] = command_rows[i].shown;
}

const struct sp_command_def *sp_commands(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, copy_shown);
    return shown_rows;
}

/* ---- the bus ---------------------------------------------------------------------------------------------- */

void event_add(struct sp_engine *g, enum sp_author author, char kind, const char *command,
               const char *text, const char *inverse)
{
    struct sp_event *x = &g->event[g->event_count % ENGINE_EVENTS];
    memset(x, 0, sizeof *x);
    x->number = ++g->event_count;
    x->at_ns = g->now_ns;
    x->author = author;
    x->kind = kind;
    snprintf(x->command, sizeof x->command, "%s", command);
    snprintf(x->effect, sizeof x->effect, "%s", text);
    snprintf(x->inverse, sizeof x->inverse, "%s", inverse ? inverse : "");
}

void command_run(struct sp_engine *g, enum sp_author author, const char *text)
{
    struct command c;
    struct err e;
    struct outcome o = {0};
    if (g->options.readonly && (author == SP_YOU || author == SP_SOCKET) && strcmp(text, "quit")) {
        event_add(g, author, '!', text, "refused: this session is read-only", NULL);
    } else if (command_read(text, &c, &e)) {
        event_add(g, author, '!', text, e.text, NULL);
    } else {
        c.author = author;
        c.row->run(g, &c, &o);
        event_add(g, author, o.refused ? '!' : o.kind ? o.kind : c.row->kind,
                  o.ran[0] && !o.refused ? o.ran : c.text, o.effect, o.inverse);
        if (!o.refused)
            undo_note(g, &c, &o);
        loop_wake_all(&g->loop);
    }
    g->reading_wanted = true;
}

/* Commands whose time has come, in order of time, then of arrival; and those that
 * came from other threads. */
bool pending_step(void *engine, int64_t now_ns)
{
    struct sp_engine *g = engine;
    for (;;) {
        struct pending *first = NULL;
        for (int i = 0; i < ENGINE_PENDING; i++) {
            struct pending *p = &g->pending[i];
            if (p->used && p->at_ns <= now_ns && now_ns < g->end_ns &&
                (!first || p->at_ns < first->at_ns ||
                 (p->at_ns == first->at_ns && p->number < first->number)))
                first = p;
        }
        if (first == NULL)
            break;
        first->used = false;
        char text[PRESET_COMMAND];
        memcpy(text, first->text, sizeof text);
        command_run(g, first->author, text);
    }
    return false;
}

int64_t pending_due(const void *engine)
{
    const struct sp_engine *g = engine;
    int64_t due = TIME_NEVER;
    for (int i = 0; i < ENGINE_PENDING; i++)
        if (g->pending[i].used && g->pending[i].at_ns < due)
            due = g->pending[i].at_ns;
    return due;
}
