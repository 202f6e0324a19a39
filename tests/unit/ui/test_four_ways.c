/* The same change by key, by a typed line, by the socket and in a preset: the same event
 * line but for its author, and in virtual time the same readings from then on. */
#include "ui/control.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "tests/lib/fake_reading.h"

static const struct change {
    const char *keys; /* as in a screenshot: <Enter> and so on are one key */
    const char *line;
} changes[] = {
    {"s", "spike x2 10s"},
    {"Sll<Enter>", "spike x4 10s"},
    {"p<Home>j<Enter>", "policy always"},
    {"/linger<Enter><Right>", "set linger 50ms"},
    {"/batch<Enter><Enter>7<Enter>", "set batch 7"},
    {"rl<Enter>", "slots tokenizer 5"},
    {"K<Enter>", "kill tokenizer/0"},
    {"mhere<Enter>", "mark here"},
    {"!", "halt"},
    {"/linger<Enter><Right>A", "auto linger"},
};

struct run {
    struct sp_event event;
    uint64_t readings, digest;
};

static void note(struct run *x, const struct sp_reading *r)
{
    const struct {
        int64_t now_ns, backlog, in_flight, cost, fraction;
        uint64_t in, out, calls, cold;
        double in_rate, out_rate, burst, busy;
        struct sp_latency latency, call;
    } figures = {r->now_ns,   r->backlog,     r->in_flight, r->cost_nusd,   r->fraction_ppm,
                 r->in,       r->out,         r->calls,     r->cold_starts, r->in_rate,
                 r->out_rate, r->burst_share, r->busy,      r->latency,     r->call};
    x->readings = hash_bytes(x->readings, &figures, sizeof figures);
    x->readings = hash_bytes(x->readings, r->knobs.value, sizeof r->knobs.value);
    x->digest = r->digest;
}

static bool on_tick(void *context, const struct sp_reading *r)
{
    struct run *x = context;
    if (r->now_ns > 0)
        note(x, r);
    for (int i = 0; i < r->events; i++)
        if (r->event[i].author != SP_AUTO && r->event[i].at_ns > 0 && x->event.number == 0)
            x->event = r->event[i];
    return true;
}

/* A line from outside has its instant right behind the start: one ns after it. */
static struct run play(enum sp_author author, const char *line)
{
    static struct preset p;
    struct run x = {.readings = HASH_SEED};
    struct err e = {0, ""};
    struct sp_engine *g = NULL;
    struct sp_options o = {.preset = &p, .sim = true, .seed = 3, .duration_ns = 3 * NS_PER_S};
    cr_assert_eq(preset_load("burst", &p, &e), 0, "%s", e.text);
    p.scenario_count = author == SP_SCENARIO;
    if (author == SP_SCENARIO)
        snprintf(p.scenario[0], sizeof p.scenario[0], "at 1ns %s", line);
    cr_assert_eq(sp_open(&o, &g, &e), 0, "%s", e.text);
    if (author != SP_SCENARIO)
        cr_assert(sp_command(g, author, line));
    cr_assert_eq(sp_run(g, on_tick, &x, &e), 0, "%s", e.text);
    sp_close(g);
    return x;
}

/* What the keys of a change send. */
static const char *sent(const char *keys)
{
    static char text[SP_EVENT_TEXT];
    static struct control c;
    struct fake_load load;
    cr_assert(control_open(&c, GLYPHS_BRAILLE, false));
    fake_load_init(&load);
    load.knobs.value[KNOB_POLICY] = 0;
    fake_reading(&load, NS_PER_S, c.newest);
    c.width = 120;
    c.height = 36;
    control_reading(&c, 0);
    text[0] = 0;
    for (const char *p = keys; *p != 0;) {
        static const struct {
            const char *name;
            uint32_t key;
        } names[] = {{"<Enter>", PRESS_ENTER}, {"<Home>", PRESS_HOME}, {"<Right>", PRESS_RIGHT}};
        uint32_t key = 0;
        for (int i = 0; i < 3 && key == 0; i++)
            if (strncmp(p, names[i].name, strlen(names[i].name)) == 0) {
                key = names[i].key;
                p += strlen(names[i].name);
            }
        if (key == 0)
            key = utf8_next(&p);
        control_key(&c, key, 0);
        if (c.command[0] != 0)
            snprintf(text, sizeof text, "%s", c.command);
        c.command[0] = 0;
    }
    control_close(&c);
    return text;
}

static void same(const struct run *a, const struct run *b, const char *line)
{
    cr_assert_gt(a->event.number, 0u, "%s", line);
    cr_assert_eq(a->event.at_ns, 1, "%s at %lld", line, (long long)a->event.at_ns);
    cr_assert_eq(b->event.at_ns, 1, "%s", line);
    cr_assert_str_eq(a->event.command, b->event.command);
    cr_assert_str_eq(a->event.effect, b->event.effect, "%s", line);
    cr_assert_str_eq(a->event.inverse, b->event.inverse, "%s", line);
    cr_assert_eq(a->event.kind, b->event.kind, "%s", line);
    cr_assert_eq(a->readings, b->readings, "%s: other readings", line);
    cr_assert_eq(a->digest, b->digest, "%s", line);
}

Test(four_ways, give_the_same_event_and_the_same_readings, .timeout = 120)
{
    uint64_t seen[16];
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const char *line = changes[i].line;
        struct run typed = play(SP_YOU, line), socket = play(SP_SOCKET, line),
                   preset = play(SP_SCENARIO, line);
        struct run key = play(SP_YOU, sent(changes[i].keys));
        same(&typed, &key, line);
        same(&typed, &socket, line);
        same(&typed, &preset, line);
        cr_assert_eq(socket.event.author, SP_SOCKET);
        cr_assert_eq(preset.event.author, SP_SCENARIO);
        seen[i] = typed.readings;
    }
    cr_assert_neq(seen[0], seen[1], "the readings do tell one change from another");
}
