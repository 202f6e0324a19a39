/* A small world for policies: a source with a schedule, a queue, slots that take
 * a fixed time per record, and functions that answer after a fixed time. Steps
 * of one millisecond; every record is followed from due to done. */
#ifndef TEST_CONTROL_WORLD_H
#define TEST_CONTROL_WORLD_H

#include "base/hist.h"
#include "base/wide.h"
#include "control/policies.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_SLOTS 1024
#define WORLD_RECORDS (1 << 21)

struct world {
    /* set by the test */
    int policy;
    int64_t rate; /* due records/s now; the test changes it as it likes */
    int64_t slots, service_ms;
    int64_t call_ms;     /* fill + call of a remote record */
    int64_t remote_rate; /* records/s that functions take at most; 0 = any */
    int64_t queue_limit;
    bool jitter; /* arrivals of 1 s are spread at random */
    struct knobs knobs;
    /* state */
    struct policy_state state;
    struct prng prng;
    int64_t now_ms, due_acc, credit, accumulator, fraction;
    int64_t due, emitted, entered, remote, finished; /* records so far */
    int64_t free_at[WORLD_SLOTS];
    int64_t *due_ms; /* of each record */
    int64_t *queue;  /* record numbers that wait locally */
    int64_t head, tail;
    int64_t busy_ms, blocked_ms;         /* of the tick; slot time, source time */
    int64_t due_before, finished_before; /* at the last tick */
    struct observation seen;
    struct decision decision;
    struct hist *run, *second;
    int64_t changes; /* decisions that changed the share */
};

static inline struct world *world_open(int policy, int64_t rate, int64_t slots, int64_t service_ms)
{
    struct world *w = calloc(1, sizeof *w);
    w->policy = policy;
    w->rate = rate;
    w->slots = slots;
    w->service_ms = service_ms;
    w->call_ms = 120;
    w->queue_limit = 512;
    w->due_ms = calloc(WORLD_RECORDS, sizeof *w->due_ms);
    w->queue = calloc(WORLD_RECORDS, sizeof *w->queue);
    w->run = calloc(1, sizeof *w->run);
    w->second = calloc(1, sizeof *w->second);
    knobs_init(&w->knobs);
    w->knobs.value[KNOB_SLOTS] = slots;
    w->state.prng = prng_split(1, 1);
    w->prng = prng_split(2, 2);
    policy_all[policy]->init(&w->state, &w->knobs, 0);
    return w;
}

static inline void world_close(struct world *w)
{
    free(w->due_ms);
    free(w->queue);
    free(w->run);
    free(w->second);
    free(w);
}

static inline void world_done(struct world *w, int64_t record, int64_t at_ms)
{
    hist_add(w->run, (at_ms - w->due_ms[record]) * NS_PER_MS, 1);
    hist_add(w->second, (at_ms - w->due_ms[record]) * NS_PER_MS, 1);
}

/* Records that fall due in this millisecond. */
static inline void world_arrive(struct world *w)
{
    int64_t chance = w->jitter ? (int64_t)prng_below(&w->prng, 2001) : 1000;
    for (w->due_acc += w->rate * chance; w->due_acc >= 1000000; w->due_acc -= 1000000) {
        cr_assert(w->due < WORLD_RECORDS);
        w->due_ms[w->due++] = w->now_ms;
    }
}

/* The source emits until a record finds its lane full. */
static inline void world_dispatch(struct world *w)
{
    w->credit += w->remote_rate;
    if (w->credit > 1000 * 50)
        w->credit = 1000 * 50;
    for (; w->emitted < w->due; w->emitted++) {
        bool remote = w->accumulator + w->fraction >= PPM_ONE;
        if (remote && w->remote_rate > 0 && w->credit < 1000)
            break;
        if (!remote && w->tail - w->head >= w->queue_limit)
            break;
        w->accumulator += w->fraction - (remote ? PPM_ONE : 0);
        w->credit -= remote ? 1000 : 0;
        w->remote += remote;
        if (remote)
            world_done(w, w->emitted, w->now_ms + w->call_ms);
        else
            w->queue[w->tail++] = w->emitted;
    }
    w->blocked_ms += w->emitted < w->due;
}

static inline void world_serve(struct world *w)
{
    for (int64_t i = 0; i < w->slots; i++) {
        if (w->free_at[i] == w->now_ms && w->now_ms > 0)
            w->finished++;
        if (w->free_at[i] <= w->now_ms && w->head < w->tail) {
            w->free_at[i] = w->now_ms + w->service_ms;
            world_done(w, w->queue[w->head++], w->free_at[i]);
        }
        w->busy_ms += w->free_at[i] > w->now_ms;
    }
}

static inline void world_observe(struct world *w, int64_t tick_ms)
{
    struct observation *o = &w->seen;
    o->now_ns = w->now_ms * NS_PER_MS;
    o->dt_ns = tick_ms * NS_PER_MS;
    o->input_rate_mps = (w->emitted - (int64_t)o->input_total) * 1000000 / tick_ms;
    o->input_total = o->input_total_first = (uint64_t)w->emitted;
    o->offered_rate_mps = (w->due - w->due_before) * 1000000 / tick_ms;
    o->remote_total = (uint64_t)w->remote;
    o->busy_ppm = w->busy_ms * PPM_ONE / (w->slots * tick_ms);
    o->source_backpressured_ppm = w->blocked_ms * PPM_ONE / tick_ms;
    o->capacity_mps =
        w->busy_ms > 0 ? (w->finished - w->finished_before) * 1000000 * w->slots / w->busy_ms : 0;
    o->queue = w->tail - w->head;
    o->queue_limit = w->queue_limit;
    o->backlog = w->due - w->emitted;
    o->fraction_ppm = w->fraction;
    o->p99_ns = hist_quantile(w->second, 990000);
    o->fill_call_p99_ns = w->remote > 0 ? w->call_ms * NS_PER_MS : 0;
    o->call_p99_ns = o->call_p50_ns = o->fill_call_p99_ns;
    w->finished_before = w->finished;
    w->due_before = w->due;
    w->busy_ms = w->blocked_ms = 0;
    if (w->now_ms % 1000 == 0)
        hist_reset(w->second);
}

/* Lets one control tick pass: the world runs, then the policy decides. */
static inline void world_tick(struct world *w)
{
    int64_t tick_ms = w->knobs.value[KNOB_INTERVAL] / NS_PER_MS;
    for (int64_t i = 0; i < tick_ms; i++) {
        world_arrive(w);
        world_dispatch(w);
        world_serve(w);
        w->now_ms++;
    }
    world_observe(w, tick_ms);
    policy_decide(w->policy, &w->state, &w->knobs, &w->seen, &w->decision);
    cr_assert(w->decision.has & DECIDE_FRACTION);
    cr_assert(w->decision.fraction_ppm >= 0 && w->decision.fraction_ppm <= PPM_ONE);
    cr_assert_not_null(w->decision.reason);
    w->changes += w->decision.fraction_ppm != w->fraction;
    w->fraction = w->decision.fraction_ppm;
}

static inline void world_run(struct world *w, int64_t ms)
{
    for (int64_t end = w->now_ms + ms; w->now_ms < end;)
        world_tick(w);
}

/* Mean busy share of the local lane over the next ms. */
static inline int64_t world_busy(struct world *w, int64_t ms)
{
    int64_t sum = 0, ticks = 0;
    for (int64_t end = w->now_ms + ms; w->now_ms < end; ticks++) {
        world_tick(w);
        sum += w->seen.busy_ppm;
    }
    return sum / ticks;
}

#endif
