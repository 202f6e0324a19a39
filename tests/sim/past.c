/* What seeds once found, cut down to the least that shows it, by name. A seed draws
 * another case when the generator changes; these stay. */
#include "seeds.h"

#include <stdio.h>
#include <string.h>

struct past {
    const char *name;
    const char *schedule, *graph, *rest; /* pieces of the preset */
    uint64_t records;
    int64_t duration_ms; /* where records is 0 */
    struct {
        int at_ms;
        bool typed;
        const char *text;
    } order[4];
};

#define SOURCE "{\"name\": \"s0\", \"op\": \"source\"}, "
#define BURST                                                                                      \
    SOURCE "{\"name\": \"m0\", \"op\": \"tokenize\", \"from\": [\"s0\"], \"burst\": true, "        \
           "\"slots\": 2, \"cost\": \"1ms\"}, "                                                    \
           "{\"name\": \"sink\", \"op\": \"sink\", \"from\": [\"m0\"]}"

static const struct past past[] = {
    /* A row in open blocks of two branches counted as four deliveries in flight. */
    {.name = "branches hold what they hold",
     .schedule = "{\"at\": \"0s\", \"rate\": 8000}",
     .graph = SOURCE "{\"name\": \"fork\", \"op\": \"map\", \"from\": [\"s0\"], \"slots\": 2, "
                     "\"cost\": \"119us\"}, "
                     "{\"name\": \"a\", \"op\": \"map\", \"from\": [\"fork\"], \"queue\": 43, "
                     "\"cost\": \"3417us\"}, "
                     "{\"name\": \"b\", \"op\": \"map\", \"from\": [\"fork\"]}, "
                     "{\"name\": \"sink\", \"op\": \"sink\", \"from\": [\"a\", \"b\"]}",
     .rest = "\"policy\": \"off\"",
     .records = 2000,
     .order = {{14, false, "mark in between"}}},
    /* The same, where the branch is a broadcast. */
    {.name = "a broadcast holds what it holds",
     .schedule = "{\"at\": \"0s\", \"rate\": 7700}",
     .graph = SOURCE "{\"name\": \"fork\", \"op\": \"map\", \"from\": [\"s0\"], \"ship\": "
                     "\"broadcast\", \"parallelism\": 3, \"slots\": 14, \"cost\": \"267us\"}, "
                     "{\"name\": \"a\", \"op\": \"map\", \"from\": [\"fork\"], \"slots\": 2, "
                     "\"cost\": \"1215us\"}, "
                     "{\"name\": \"b\", \"op\": \"map\", \"from\": [\"fork\"], \"queue\": 10}, "
                     "{\"name\": \"sink\", \"op\": \"sink\", \"from\": [\"a\", \"b\"]}",
     .rest = "\"policy\": \"off\"",
     .records = 3000,
     .order = {{92, false, "mark in between"}}},
    /* Keys of two emitters shared a bucket: one was judged by the other's order. */
    {.name = "order by key is one emitter's",
     .schedule = "{\"at\": \"0s\", \"rate\": 2681}, {\"at\": \"1613ms\", \"rate\": 11075}",
     .graph = SOURCE "{\"name\": \"s1\", \"op\": \"source\", \"parallelism\": 2}, "
                     "{\"name\": \"m0\", \"op\": \"map\", \"from\": [\"s0\", \"s1\"], "
                     "\"parallelism\": 7}, "
                     "{\"name\": \"m1\", \"op\": \"tokenize\", \"from\": [\"m0\"], \"queue\": 22, "
                     "\"parallelism\": 3, \"slots\": 3, \"cost\": \"323us\"}, "
                     "{\"name\": \"sink\", \"op\": \"sink\", \"from\": [\"m1\"]}",
     .rest = "\"source\": {\"profile\": \"beam\", \"seed\": 1}, "
             "\"policy\": \"off\", \"knobs\": {\"order\": \"key\"}",
     .records = 12000},
    /* A lane with nothing to send asked to be woken when its breaker was due, for ever. */
    {.name = "an open breaker lets time pass",
     .schedule = "{\"at\": \"0s\", \"rate\": 2000}",
     .graph = BURST,
     .rest = "\"policy\": \"always\", \"knobs\": {\"timeout\": \"1ms\", \"batch\": 5, "
             "\"concurrency\": 50}",
     .duration_ms = 6000},
    /* The factor of `fault latency` had no bound, and the model asserts one. */
    {.name = "an absurd latency is refused",
     .schedule = "{\"at\": \"0s\", \"rate\": 500}",
     .graph = BURST,
     .rest = "\"policy\": \"always\"",
     .duration_ms = 500,
     .order = {{100, true, "fault latency x1000000000 1s"}, {200, true, "fault latency x0 1s"}}},
    /* `quit` sent together with `restart` was forgotten with the run that it met. */
    {.name = "quit outlives a restart",
     .schedule = "{\"at\": \"0s\", \"rate\": 500}",
     .graph = BURST,
     .rest = "\"policy\": \"off\"",
     .duration_ms = 5000,
     .order = {{100, true, "restart"}, {100, true, "quit"}}},
    /* A budget below the price of one round of calls was spent many times over. */
    {.name = "a small budget is kept",
     .schedule = "{\"at\": \"0s\", \"rate\": 3000}",
     .graph = BURST,
     .rest = "\"policy\": \"always\", \"knobs\": {\"budget\": \"0.00001\", \"batch\": 1, "
             "\"order\": \"none\"}, \"functions\": {\"language\": \"java\"}",
     .records = 3000},
};

int past_count(void) { return (int)(sizeof past / sizeof past[0]); }
const char *past_name(int i) { return past[i].name; }

bool past_case(struct sim_case *c, int i, char *refused, size_t size)
{
    const struct past *p = &past[i];
    struct err e;
    *c = (struct sim_case){.seed = 1,
                           .records = p->records,
                           .drained = p->records > 0,
                           .duration_ns = p->duration_ms * NS_PER_MS};
    int n = snprintf(c->text, sizeof c->text,
                     "{ \"spillway\": 1, \"name\": \"past\", \"duration\": \"60s\",\n"
                     "  \"schedule\": [%s],\n  \"graph\": [%s],\n  %s }\n",
                     p->schedule, p->graph, p->rest);
    if (preset_parse(c->text, (size_t)n, p->name, &c->preset, &e)) {
        snprintf(refused, size, "%s", e.text);
        return false;
    }
    for (; c->orders < 4 && p->order[c->orders].text; c->orders++) {
        struct order_line *o = &c->order[c->orders];
        o->at_ns = p->order[c->orders].at_ms * NS_PER_MS;
        o->typed = p->order[c->orders].typed;
        snprintf(o->text, sizeof o->text, "%s", p->order[c->orders].text);
    }
    case_finish(c);
    return true;
}
