/* The queue of asynchronous invocations. What a function fails is tried twice more; what
 * is throttled or meets a 5xx is tried again ever later, up to six hours after it came.
 * specs: faas.md 1. Times are scaled by the option event_retry_ns (60 s at AWS). */
#include "cloud/emulator_parts.h"

#include "cloud/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 10000
#define EVENT_BYTES_MAX (256u << 20) /* of all payloads */
#define TRIES 3
#define AGE_MAX 360        /* event_retry_ns: six hours of minutes */
#define THROTTLE_STEP 60   /* the first wait after a 429 is a 60th of event_retry_ns */
#define THROTTLE_DOUBLES 9 /* … doubled up to so many times, at most 5 × event_retry_ns */

struct event {
    struct event *next, *before;
    struct events *queue;
    struct pool *pool;
    char qualifier[ADDRESS_QUALIFIER_MAX];
    uint32_t records;
    int tries, waits;
    bool running;
    int64_t came_ns;
    struct reactor_timer timer;
    size_t size;
    char payload[];
};

struct events {
    struct platform *platform;
    struct event *first;
    int count;
    size_t bytes;
};

static struct account_seen *seen(struct events *q) { return &q->platform->account.seen; }

static void drop(struct event *v)
{
    struct events *q = v->queue;
    reactor_timer_clear(q->platform->reactor, &v->timer);
    if (v->before)
        v->before->next = v->next;
    else
        q->first = v->next;
    if (v->next)
        v->next->before = v->before;
    q->count--;
    q->bytes -= v->size;
    seen(q)->events_waiting = (uint64_t)q->count;
    free(v);
}

static void give_up(struct event *v)
{
    char line[200];
    int n = snprintf(line, sizeof line, "spillway: an event of %s was dropped after %d tries\n",
                     pool_name(v->pool), v->tries);
    account_log(&v->queue->platform->account, line, (size_t)n);
    seen(v->queue)->events_dropped++;
    drop(v);
}

static void try_again(struct event *v, int64_t after_ns)
{
    struct platform *p = v->queue->platform;
    int64_t at_ns = reactor_now_ns(p->reactor) + after_ns;
    if (at_ns - v->came_ns > AGE_MAX * p->options.event_retry_ns) {
        give_up(v);
        return;
    }
    seen(v->queue)->events_retried++;
    reactor_timer_set(p->reactor, &v->timer, at_ns);
}

static void event_done(struct invocation *i)
{
    struct event *v = i->owner;
    int64_t unit_ns = v->queue->platform->options.event_retry_ns;
    v->running = false;
    switch (i->status) {
    case ANSWER_OK:
        seen(v->queue)->events_done++;
        drop(v);
        return;
    case ANSWER_THROTTLED:
    case ANSWER_ERROR: {
        int doubles = v->waits < THROTTLE_DOUBLES ? v->waits : THROTTLE_DOUBLES;
        int64_t wait_ns = unit_ns / THROTTLE_STEP << doubles;
        v->waits++;
        try_again(v, wait_ns < 5 * unit_ns ? wait_ns : 5 * unit_ns);
        return;
    }
    case ANSWER_FUNCTION_ERROR:
    case ANSWER_TIMEOUT:
    case ANSWER_REFUSED:
    case ANSWER_TOO_LARGE:
    case ANSWER_STATUS_COUNT:
        break;
    }
    if (v->tries < TRIES)
        try_again(v, v->tries * unit_ns);
    else
        give_up(v);
}

static void event_due(void *context)
{
    struct event *v = context;
    struct invocation *i = pool_invocation(v->pool);
    if (i == NULL) {
        give_up(v);
        return;
    }
    v->tries++;
    v->running = true;
    i->owner = v;
    i->done = event_done;
    i->qualifier = v->qualifier;
    i->records = v->records ? v->records : 1;
    i->work.payload = v->payload;
    i->work.size = v->size;
    pool_invoke(i);
}

bool events_add(struct events *q, struct pool *pool, const char *qualifier, uint32_t records,
                const void *payload, size_t size)
{
    if (size == 0) {
        payload = "{}";
        size = 2;
    }
    if (q->count >= EVENTS_MAX || q->bytes + size > EVENT_BYTES_MAX)
        return false;
    struct event *v = malloc(sizeof *v + size);
    if (v == NULL)
        return false;
    *v = (struct event){.queue = q,
                        .pool = pool,
                        .records = records,
                        .came_ns = reactor_now_ns(q->platform->reactor),
                        .size = size,
                        .next = q->first};
    snprintf(v->qualifier, sizeof v->qualifier, "%s", qualifier);
    memcpy(v->payload, payload, size);
    v->timer = (struct reactor_timer){.due = event_due, .context = v};
    if (q->first)
        q->first->before = v;
    q->first = v;
    q->count++;
    q->bytes += size;
    seen(q)->events_queued++;
    seen(q)->events_waiting = (uint64_t)q->count;
    reactor_timer_set(q->platform->reactor, &v->timer, 0);
    return true;
}

void events_forget(struct events *q, const struct pool *pool)
{
    for (struct event *v = q->first, *next; v; v = next) {
        next = v->next;
        if (v->pool == pool)
            drop(v);
    }
}

struct events *events_open(struct platform *p)
{
    struct events *q = calloc(1, sizeof *q);
    if (q)
        q->platform = p;
    return q;
}

void events_close(struct events *q)
{
    if (q == NULL)
        return;
    while (q->first)
        drop(q->first);
    free(q);
}
