/* Admission: what is refused, and what gets an environment. */
#include "cloud/pool_parts.h"

#include "cloud/report.h"
#include "faas/scale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_KEPT 65536 /* room that an invocation keeps for the next one */

/* ---- invocations ------------------------------------------------------------------ */

struct invocation *pool_invocation(struct pool *p)
{
    struct invocation *i = p->free;
    if (i) {
        p->free = i->next;
    } else {
        i = malloc(sizeof *i);
        if (i == NULL)
            return NULL;
        i->kept = (struct buffer){0};
        i->tail = (struct buffer){0};
        i->input = (struct buffer){0};
    }
    struct buffer kept = i->kept, tail = i->tail, input = i->input;
    buffer_clear(&kept);
    buffer_clear(&tail);
    buffer_clear(&input);
    *i = (struct invocation){
        .pool = p, .kept = kept, .tail = tail, .input = input, .slot = ENVIRONMENT_NONE};
    i->next = p->live;
    if (p->live)
        p->live->before = i;
    p->live = i;
    i->qualifier = "";
    i->work.client_context = "";
    i->records = 1;
    return i;
}

void pool_forget(struct invocation *i)
{
    struct pool *p = i->pool;
    if (i->before)
        i->before->next = i->next;
    else
        p->live = i->next;
    if (i->next)
        i->next->before = i->before;
    if (i->kept.room > BODY_KEPT)
        buffer_free(&i->kept);
    if (i->input.room > BODY_KEPT)
        buffer_free(&i->input);
    i->next = p->free;
    p->free = i;
}

void pool_finish(struct invocation *i)
{
    struct account *a = i->pool->account;
    a->seen.completed++;
    a->dirty = true;
    i->done(i);
    account_publish(a);
    pool_forget(i);
}

static void free_invocation(struct invocation *i)
{
    buffer_free(&i->kept);
    buffer_free(&i->tail);
    buffer_free(&i->input);
    free(i);
}

/* ---- answers without an execution --------------------------------------------------- */

static void back(void *context) { pool_finish(context); }

void pool_finish_at(struct invocation *i, int64_t at_ns)
{
    i->timer = (struct reactor_timer){.due = back, .context = i};
    reactor_timer_set(i->pool->account->reactor, &i->timer, at_ns);
}

/* After one trip over the network. */
static void reject(struct invocation *i, enum answer_status status)
{
    struct account *a = i->pool->account;
    i->status = status;
    a->seen.faas.throttled += status == ANSWER_THROTTLED;
    a->seen.faas.errors += status == ANSWER_ERROR;
    int64_t trip_ns =
        scale_ppm(faas_trip_ns(&i->pool->options.faas, i->records), i->draws.network_ppm);
    if (trip_ns == 0) {
        pool_finish(i);
        return;
    }
    pool_finish_at(i, i->arrived_ns + trip_ns);
}

static void refuse(struct invocation *i, enum refusal why, int64_t retry_after_ns)
{
    i->refusal = why;
    i->retry_after_ns = retry_after_ns;
    i->pool->account->seen.refused[why]++;
    reject(i, ANSWER_THROTTLED);
}

/* ---- admission ---------------------------------------------------------------------------------- */

/* Concurrency that others leave. True: i was refused. */
static bool over_the_ceiling(struct invocation *i)
{
    struct pool *p = i->pool;
    if (p->reserved != POOL_UNRESERVED) {
        if (p->environments.busy < p->reserved)
            return false;
        refuse(i, p->reserved == 0 ? REFUSED_OFF : REFUSED_RESERVED_CONCURRENCY, 0);
        return true;
    }
    if (p->account->unreserved_busy < account_unreserved(p->account))
        return false;
    refuse(i, REFUSED_CONCURRENCY, 0);
    return true;
}

static void admit(struct invocation *i)
{
    struct pool *p = i->pool;
    struct account *a = p->account;
    int64_t now_ns = i->arrived_ns;
    i->reset = faults_hit(&a->faults, &i->draws, FAULT_RESET, 0, now_ns);
    if (i->reset) {
        reject(i, ANSWER_ERROR);
        return;
    }
    if (faults_value(&a->faults, FAULT_THROTTLE, now_ns)) {
        refuse(i, REFUSED_CONCURRENCY, 0);
        return;
    }
    struct rate_window *rate = p->rate.at_ns ? &p->rate : &a->rate;
    int64_t wait_ns = rate_window_wait_ns(rate, now_ns);
    if (wait_ns > 0) {
        refuse(i, p->rate.at_ns ? REFUSED_RESERVED_RATE : REFUSED_RATE, wait_ns);
        return;
    }
    if (faults_hit(&a->faults, &i->draws, FAULT_ERROR, a->config.error_ppm, now_ns)) {
        rate_window_add(rate, now_ns);
        reject(i, ANSWER_ERROR);
        return;
    }
    if (over_the_ceiling(i))
        return;
    pool_reclaim(p, now_ns);
    struct environment_grant grant = environments_take(&p->environments, now_ns);
    if (grant.refused != THROTTLE_NONE) {
        refuse(i, grant.refused == THROTTLE_SCALE ? REFUSED_SCALE : REFUSED_CONCURRENCY,
               grant.retry_after_ns);
        return;
    }
    rate_window_add(rate, now_ns);
    pool_execute(i, &grant);
}

void pool_invoke(struct invocation *i)
{
    struct pool *p = i->pool;
    struct account *a = p->account;
    i->arrived_ns = reactor_now_ns(a->reactor);
    i->work.arn = p->arn;
    if (i->qualifier[0]) {
        snprintf(i->arn, sizeof i->arn, "%s:%.*s", p->arn, 100, i->qualifier);
        i->work.arn = i->arn;
    }
    i->work.trace_id = i->trace_id;
    account_uuid(a, i->work.request_id);
    report_trace_id(i->trace_id, sizeof i->trace_id, account_real_ms(a, i->arrived_ns) / 1000,
                    i->work.request_id);
    faults_draw(&a->prng, &i->draws);
    a->seen.faas.calls++;
    a->dirty = true;
    admit(i);
}

/* ---- reserved concurrency ------------------------------------------------------------------------- */

int pool_reserved(const struct pool *p) { return p->reserved; }

int pool_reserve(struct pool *p, int concurrency, struct err *e)
{
    struct account *a = p->account;
    int held = p->reserved == POOL_UNRESERVED ? 0 : p->reserved;
    int wanted = concurrency == POOL_UNRESERVED ? 0 : concurrency;
    int limit = a->config.concurrency_limit;
    int least = limit >= 10 * ACCOUNT_UNRESERVED_MIN ? ACCOUNT_UNRESERVED_MIN : limit / 10;
    if (wanted > held && limit - (a->reserved_sum - held + wanted) < least) {
        snprintf(e->text, sizeof e->text,
                 "Specified ReservedConcurrentExecutions for function decreases account's "
                 "UnreservedConcurrentExecution below its minimum value of [%d].",
                 least);
        return e->code = ERR_BAD;
    }
    void *memory = wanted ? malloc(rate_window_bytes(10 * (int64_t)wanted)) : NULL;
    if (wanted && memory == NULL) {
        snprintf(e->text, sizeof e->text, "out of memory");
        return e->code = ERR_MEMORY;
    }
    free(p->rate.at_ns);
    p->rate = (struct rate_window){0};
    if (wanted)
        rate_window_init(&p->rate, memory, 10 * (int64_t)wanted);
    a->reserved_sum += wanted - held;
    p->reserved = concurrency;
    return 0;
}

/* ---- opening and closing ------------------------------------------------------------------------------ */

static bool take_memory(struct pool *p)
{
    int limit = p->options.faas.concurrency_limit;
    void *environments = malloc(environments_bytes(limit));
    p->slot = calloc((size_t)limit, sizeof *p->slot);
    p->source = strdup(p->options.source);
    if (environments == NULL || p->slot == NULL || p->source == NULL) {
        free(environments);
        return false;
    }
    environments_init(&p->environments, environments, limit, p->options.faas.scale_per_10s,
                      p->options.faas.idle_ns);
    p->environments.credit_at_ns = reactor_now_ns(p->account->reactor);
    for (int i = 0; i < limit; i++) {
        p->slot[i].pool = p;
        p->slot[i].timer = (struct reactor_timer){.due = pool_slot_due, .context = &p->slot[i]};
    }
    return true;
}

struct pool *pool_open(struct account *a, const struct pool_options *o, struct err *e)
{
    struct pool *p = calloc(1, sizeof *p);
    if (p == NULL)
        goto no_memory;
    p->account = a;
    p->options = *o;
    p->reserved = POOL_UNRESERVED;
    p->reclaim = (struct reactor_timer){.due = pool_reclaim_due, .context = p};
    snprintf(p->name, sizeof p->name, "%s", o->name);
    snprintf(p->arn, sizeof p->arn, "arn:aws:lambda:%s:%s:function:%s", a->region, a->id, p->name);
    if (!take_memory(p))
        goto no_memory;
    p->options.name = p->name;
    p->options.source = p->source;
    p->function = (struct handler_function){.name = p->name,
                                            .source = p->source,
                                            .arn = p->arn,
                                            .region = a->region,
                                            .memory_mb = o->faas.memory_mb,
                                            .timeout_ns = o->faas.timeout_ns,
                                            .environments_max = o->faas.concurrency_limit};
    p->opened = o->kind->open(&p->function, a->reactor, &pool_host, e);
    if (p->opened)
        return p;
    pool_close(p);
    return NULL;
no_memory:
    snprintf(e->text, sizeof e->text, "out of memory");
    e->code = ERR_MEMORY;
    pool_close(p);
    return NULL;
}

void pool_close(struct pool *p)
{
    if (p == NULL)
        return;
    for (int i = 0; p->slot && i < p->options.faas.concurrency_limit; i++) {
        struct slot *s = &p->slot[i];
        reactor_timer_clear(p->account->reactor, &s->timer);
        pool_drop(s);
    }
    while (p->live) {
        reactor_timer_clear(p->account->reactor, &p->live->timer);
        pool_forget(p->live);
    }
    if (p->opened)
        p->options.kind->close(p->opened);
    reactor_timer_clear(p->account->reactor, &p->reclaim);
    while (p->free) {
        struct invocation *i = p->free;
        p->free = i->next;
        free_invocation(i);
    }
    free(p->environments.at);
    free(p->rate.at_ns);
    free(p->slot);
    free(p->source);
    free(p);
}

struct account *pool_account(const struct pool *p) { return p->account; }
const char *pool_name(const struct pool *p) { return p->name; }
const char *pool_arn(const struct pool *p) { return p->arn; }
const struct pool_options *pool_options(const struct pool *p) { return &p->options; }

bool pool_busy(const struct pool *p) { return p->live != NULL; }

void pool_count(const struct pool *p, int *starting, int *busy, int *idle)
{
    *starting = p->starting;
    *busy = p->environments.busy - p->starting;
    *idle = p->environments.idle;
}
