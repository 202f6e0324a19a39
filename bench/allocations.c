/* Allocations while records flow: malloc, calloc and realloc are counted
 * between the second and the last second of runs that burst, retry and reorder.
 * The right number is 0; the program fails on any other. Counted is the engine's
 * thread; libcurl and the emulator's HTTP server, which allocate for each call, have
 * threads of their own. */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local unsigned long allocations;

/* The C library's own. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}
void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size)
{
    allocations++;
    return __libc_realloc(old, size);
}

static const char preset[] =
    "{\"spillway\":1,\"name\":\"allocations\",\"why\":\"bench\","
    "\"schedule\":[{\"at\":\"0s\",\"rate\":3000}],"
    "\"graph\":[{\"name\":\"source\",\"op\":\"source\"},"
    "{\"name\":\"stamp\",\"op\":\"map\",\"from\":[\"source\"]},"
    "{\"name\":\"tokenizer\",\"op\":\"tokenize\",\"from\":[\"stamp\"],\"slots\":4,\"cost\":\"4ms\","
    "\"jitter\":\"20%%\",\"parallelism\":2,\"burst\":true},"
    "{\"name\":\"sink\",\"op\":\"sink\",\"from\":[\"tokenizer\"]}],"
    "\"functions\":{\"error\":\"2%%\",\"late\":\"1%%\"},"
    "\"policy\":\"excess\",\"knobs\":{\"order\":\"%s\"}}";

struct window {
    unsigned long begin, end;
};

static bool watch(void *context, const struct sp_reading *r)
{
    struct window *w = context;
    if (r->now_ns <= 2 * NS_PER_S)
        w->begin = allocations;
    w->end = allocations;
    return true;
}

static unsigned long count(const char *order, bool sim)
{
    char text[2000];
    struct preset *p = calloc(1, sizeof *p);
    struct sp_engine *engine;
    struct err e;
    struct window w = {0, 0};
    snprintf(text, sizeof text, preset, order);
    struct sp_options o = {
        .preset = p, .sim = sim, .seed = 1, .duration_ns = (sim ? 30 : 3) * NS_PER_S};
    if (p == NULL || preset_parse(text, strlen(text), "bench", p, &e) || sp_open(&o, &engine, &e) ||
        sp_run(engine, watch, &w, &e)) {
        fprintf(stderr, "bench: %s\n", e.text);
        exit(1);
    }
    sp_close(engine);
    free(p);
    return w.end - w.begin;
}

int main(void)
{
    unsigned long sum = 0;
    static const char *const orders[] = {"global", "key", "none"};
    for (int i = 0; i < 3; i++)
        for (int sim = 0; sim < 2; sim++) {
            unsigned long n = count(orders[i], sim);
            printf("{\"bench\":\"allocations\",\"clock\":\"%s\",\"order\":\"%s\",\"count\":%lu}\n",
                   sim ? "sim" : "live", orders[i], n);
            sum += n;
        }
    return sum != 0;
}
