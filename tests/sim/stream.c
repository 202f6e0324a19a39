/* Draws the stream of commands: every row of the command table, and text that is
 * no command. Letters in a form stand for values, see put_value. */
#include "seeds.h"

#include <stdio.h>
#include <stdlib.h>

struct form {
    const char *text;
    int weight;
    bool moves_content; /* it changes when records are due */
};

static const struct form forms[] = {
    {"spike x%f %d", 3, true},
    {"spike +%r %d", 2, true},
    {"ramp %r %r %d", 2, true},
    {"rate %r", 2, true},
    {"cancel %n", 2, true},
    {"set load x%f", 2, true},
    {"pause", 2, false},
    {"resume", 2, false},
    {"policy %P", 4, false},
    {"order %O", 4, false},
    {"batch %b", 3, false},
    {"linger %d", 2, false},
    {"concurrency %c", 3, false},
    {"slots %n", 4, false},
    {"slots %w %n", 2, false},
    {"set policy %P", 1, false},
    {"set order %O", 2, false},
    {"set slots %n", 2, false},
    {"set batch %b", 1, false},
    {"set batch_policy %B", 3, false},
    {"set interval %i", 2, false},
    {"set linger %d", 1, false},
    {"set concurrency %c", 1, false},
    {"set overflow burst", 1, false},
    {"set overflow block", 1, false},
    {"set burst_max %p", 1, false},
    {"set timeout %T", 4, false},
    {"set head_deadline %T", 3, false},
    {"set head_deadline 0", 1, false},
    {"set flush %d", 2, false},
    {"set flush 0", 1, false},
    {"set budget $0.0%n", 1, false},
    {"set budget 0", 1, false},
    {"set budget_rate $0.%n", 1, false},
    {"set input_threshold %r", 1, false},
    {"set busy_threshold %p", 1, false},
    {"set busy_on %p", 1, false},
    {"set busy_off %p", 1, false},
    {"set drain_time %i00", 1, false},
    {"set slo %T", 1, false},
    {"auto %k", 3, false},
    {"kill %w", 5, false},
    {"kill %w/%m", 3, false},
    {"kill %w/%m.%m", 4, false},
    {"kill sink", 2, false},
    {"kill s0", 2, false},
    {"kill m0.functions", 2, false},
    {"kill m1.functions", 2, false},
    {"fault latency x%f %d", 2, false},
    {"fault error %p %d", 3, false},
    {"fault function-error %p %d", 2, false},
    {"fault throttle %d", 3, false},
    {"fault lose %p %d", 3, false},
    {"fault late %p %d", 3, false},
    {"fault cut %p %d", 2, false},
    {"fault reset %p %d", 2, false},
    {"fault die-after-execute %p %d", 2, false},
    {"fault garbage %p %d", 2, false},
    {"fault drip %p %d", 2, false},
    {"fault wrong-ids %p %d", 2, false},
    {"fault sink-block %d", 3, false},
    {"fault off", 2, false},
    {"expect p99<%d within %d", 1, false},
    {"expect backlog<%r for %d", 1, false},
    {"mark a note with words", 1, false},
    {"halt", 2, false},
    {"undo", 4, false},
    {"redo", 3, false},
    {"%x", 3, false},
};
#define FORMS ((int)(sizeof forms / sizeof forms[0]))

static const char *const rubbish[] = {
    "",
    " ",
    ":",
    "spike",
    "spike x",
    "spike x-1 3s",
    "spike x2",
    "kill",
    "kill /",
    "kill m0/",
    "kill m0/99",
    "kill m0/0.99999",
    "kill m0/0.0.0",
    "set",
    "set batch",
    "set batch 0",
    "set batch 99999999999999999999",
    "order sideways",
    "at",
    "at 1s",
    "at 1s at 2s",
    "fault",
    "fault error",
    "fault error 200% 1s",
    "expect",
    "expect p99",
    "expect p99<",
    "ramp 1 2",
    "rate -1",
    "rate 99999999999G",
    "slots 0",
    "slots 65537",
    "slots nobody 3",
    "cancel 0",
    "\xff\xfe",
    "h\xc3\xa4lt",
    "pause pause",
    "linger 1y",
    "mark",
    "auto nothing",
    "fault latency x1000000000 1s",
    "spike +2G 1s",
    "concurrency 10001",
};

static const char *const policies[] = {"off",       "always",     "half",   "as-found",
                                       "threshold", "hysteresis", "excess", "slo"};
static const char *const orders[] = {"global", "key", "none"};
static const char *const batch_policies[] = {"fixed", "table", "deadline"};

static const char *any_node(const struct sim_case *c, struct prng *p)
{
    return c->preset.graph.node[draw(p, (uint64_t)c->preset.graph.count)].name;
}

/* One value into dst; returns its length. */
static int put_value(const struct sim_case *c, struct prng *p, char kind, char *dst, size_t size)
{
    unsigned long long span_ms = (unsigned long long)(c->span_ns / NS_PER_MS);
    switch (kind) {
    case 'f': /* factor */
        return snprintf(dst, size, "%llu.%llu", (unsigned long long)draw(p, 5),
                        (unsigned long long)draw(p, 10));
    case 'r': /* rate */
        return snprintf(dst, size, "%llu", (unsigned long long)(draw_log(p, 1, 8001) - 1));
    case 'd': /* duration within the run */
        return snprintf(dst, size, "%llums", (unsigned long long)draw_log(p, 1, span_ms / 2 + 1));
    case 'T':
        return snprintf(dst, size, "%llums", (unsigned long long)draw_log(p, 1, 3000));
    case 'i':
        return snprintf(dst, size, "%llums", (unsigned long long)draw_log(p, 10, 2000));
    case 'p': /* ratio */
        return snprintf(dst, size, "%llu%%", (unsigned long long)draw(p, 101));
    case 'n':
        return snprintf(dst, size, "%llu", (unsigned long long)draw_log(p, 1, 20));
    case 'm': /* index of an instance or slot */
        return snprintf(dst, size, "%llu", (unsigned long long)draw(p, chance(p, 50) ? 1 : 8));
    case 'b':
        return snprintf(dst, size, "%llu", (unsigned long long)draw_log(p, 1, 400));
    case 'c':
        return snprintf(dst, size, "%llu", (unsigned long long)draw_log(p, 1, 200));
    case 'P':
        return snprintf(dst, size, "%s", PICK(p, policies));
    case 'O':
        return snprintf(dst, size, "%s", PICK(p, orders));
    case 'B':
        return snprintf(dst, size, "%s", PICK(p, batch_policies));
    case 'k':
        return snprintf(dst, size, "%s", knob_table[draw(p, KNOB_COUNT)].name);
    case 'w':
        return snprintf(dst, size, "%s", any_node(c, p));
    default:
        return snprintf(dst, size, "%s", PICK(p, rubbish));
    }
}

static void fill_form(const struct sim_case *c, struct prng *p, const char *form,
                      char dst[PRESET_COMMAND])
{
    size_t used = 0;
    for (; *form && used + 1 < PRESET_COMMAND; form++) {
        if (*form != '%') {
            dst[used++] = *form;
            continue;
        }
        used += (size_t)put_value(c, p, *++form, dst + used, PRESET_COMMAND - used);
    }
    dst[used < PRESET_COMMAND ? used : PRESET_COMMAND - 1] = 0;
}

static const struct form *draw_form(struct prng *p)
{
    int all = 0, i = 0;
    for (int k = 0; k < FORMS; k++)
        all += forms[k].weight;
    int n = (int)draw(p, (uint64_t)all);
    while (n >= forms[i].weight)
        n -= forms[i++].weight;
    return &forms[i];
}

static int by_time(const void *a, const void *b)
{
    const struct order_line *x = a, *y = b;
    return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

static void add(struct sim_case *c, int64_t at_ns, bool typed, const char *text)
{
    struct order_line *o = &c->order[c->orders++];
    o->at_ns = at_ns;
    o->typed = typed;
    snprintf(o->text, sizeof o->text, "%s", text);
}

/* From calm_ns on nothing disturbs the run any more. Typed: `halt` forgets the
 * lines of a script that wait for their time. */
static void add_calm(struct sim_case *c)
{
    static const char *const lines[] = {"fault off", "resume", "halt"};
    c->calm_ns = c->span_ns + c->span_ns / 2 + NS_PER_S;
    for (int i = 0; i < 3; i++)
        add(c, c->calm_ns + i, true, lines[i]);
}

void case_draw_orders(struct sim_case *c, struct prng *p)
{
    bool keeps_content = chance(p, 50);
    int n = chance(p, 15) ? 0 : 1 + (int)draw(p, 30);
    for (int i = 0; i < n; i++) {
        const struct form *f = draw_form(p);
        if (keeps_content && f->moves_content)
            continue;
        c->content_moves |= f->moves_content;
        char text[PRESET_COMMAND];
        struct err e;
        fill_form(c, p, f->text, text);
        bool typed = chance(p, 50) || sp_command_check(text, &e); /* a script must be in order */
        int64_t at_ns = (int64_t)draw(p, (uint64_t)(c->span_ns + c->span_ns / 4));
        add(c, at_ns, typed, text);
    }
    if (chance(p, 6))
        add(c, (int64_t)draw(p, (uint64_t)c->span_ns), true, "restart");
    if (!c->drained && chance(p, 2))
        add(c, (int64_t)draw(p, (uint64_t)c->span_ns), true, "quit");
    qsort(c->order, (size_t)c->orders, sizeof c->order[0], by_time);
    add_calm(c);
}
