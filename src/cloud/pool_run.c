#include "cloud/pool_parts.h"

#include "cloud/report.h"
#include "faas/scale.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define INIT_LIMIT_NS (10 * NS_PER_S) /* INIT, the first time; then the function's time-out */

static void run(struct slot *s);
static void settle(struct slot *s);
static void start(struct slot *s);

/* ---- environments come and go ---------------------------------------------------------- */

void pool_drop(struct slot *s)
{
    if (s->handle)
        s->pool->options.kind->stop(s->handle);
    s->handle = NULL;
}

/* Stops those that have been idle too long. */
void pool_reclaim(struct pool *p, int64_t now_ns)
{
    struct environments *e = &p->environments;
    for (int32_t i = e->oldest; i != ENVIRONMENT_NONE; i = e->at[i].newer) {
        if (now_ns - e->at[i].idle_from_ns < e->idle_ns)
            break;
        pool_drop(&p->slot[i]);
        p->slot[i].phase = PHASE_ABSENT;
    }
    int before = e->idle;
    environments_reclaim(e, now_ns);
    p->account->seen.faas.warm_idle -= before - e->idle;
    p->account->dirty |= before != e->idle;
    if (e->oldest != ENVIRONMENT_NONE)
        reactor_timer_set(p->account->reactor, &p->reclaim,
                          e->at[e->oldest].idle_from_ns + e->idle_ns);
}

void pool_reclaim_due(void *context)
{
    struct pool *p = context;
    pool_reclaim(p, reactor_now_ns(p->account->reactor));
}

static void set_starting(struct slot *s, bool on)
{
    int by = on ? 1 : -1;
    s->pool->starting += by;
    s->pool->account->seen.faas.cold_starting += by;
    s->pool->account->seen.faas.busy -= by;
}

/* The environment is free again; broken: it must start anew. */
static void release(struct slot *s, bool broken)
{
    struct pool *p = s->pool;
    struct invocation *i = s->invocation;
    int32_t index = (int32_t)(s - p->slot);
    if (s->phase == PHASE_STARTING)
        set_starting(s, false);
    reactor_timer_clear(p->account->reactor, &s->timer);
    if (broken)
        pool_drop(s);
    s->phase = PHASE_IDLE;
    s->invocation = NULL;
    environments_give(&p->environments, index, reactor_now_ns(p->account->reactor), broken);
    p->account->seen.faas.busy--;
    p->account->seen.faas.warm_idle++;
    p->account->unreserved_busy -= i->unreserved;
    if (!p->reclaim.set)
        reactor_timer_set(p->account->reactor, &p->reclaim,
                          reactor_now_ns(p->account->reactor) + p->environments.idle_ns);
}

/* ---- the end of an execution -------------------------------------------------------------- */

static void bill(struct invocation *i)
{
    const struct faas_config *config = &i->pool->options.faas;
    struct account_seen *seen = &i->pool->account->seen;
    int64_t billed_ns = i->run_ns + (faas_init_billed(config) ? i->init_ns : 0);
    i->billed_ms = (billed_ns + NS_PER_MS - 1) / NS_PER_MS;
    i->cost_nusd = faas_price_nusd(config, i->billed_ms * NS_PER_MS);
    seen->billed_ms += (uint64_t)i->billed_ms;
    seen->faas.cost_nusd += i->cost_nusd;
    seen->faas.executed += i->executed;
    seen->faas.function_errors += i->status == ANSWER_FUNCTION_ERROR;
    seen->faas.timeouts += i->status == ANSWER_TIMEOUT;
}

static void keep_body(struct invocation *i, const void *body, size_t size)
{
    if (body == i->kept.data && size == i->kept.size)
        return;
    buffer_clear(&i->kept);
    buffer_add(&i->kept, body, size);
    i->body = i->kept.data;
    i->size = i->kept.size;
}

/* Hands it back, later if it is one of the late ones. */
static void deliver(struct invocation *i)
{
    struct account *a = i->pool->account;
    i->lost = faults_hit(&a->faults, &i->draws, FAULT_LOSE, a->config.lose_ppm, i->arrived_ns);
    a->seen.faas.lost += i->lost;
    if (i->lost ||
        !faults_hit(&a->faults, &i->draws, FAULT_LATE, a->config.late_ppm, i->arrived_ns)) {
        pool_finish(i);
        return;
    }
    a->seen.faas.late++;
    keep_body(i, i->body, i->size);
    int64_t whole_ns = reactor_now_ns(a->reactor) - i->arrived_ns;
    pool_finish_at(i, i->arrived_ns + scale_ppm(whole_ns, a->config.late_factor * PPM_ONE));
}

/* Ends the execution of the slot's invocation; status, body and size are set. */
static void conclude(struct slot *s, bool broken)
{
    struct invocation *i = s->invocation;
    struct reactor *reactor = s->pool->account->reactor;
    int64_t now_ns = reactor_refresh_ns(reactor);
    if (s->phase == PHASE_STARTING)
        i->init_ns = now_ns - s->began_ns;
    else
        i->run_ns = now_ns - i->began_ns;
    i->executed = i->status == ANSWER_OK;
    bill(i);
    const struct handler_kind *kind = s->pool->options.kind;
    bool measure = s->handle && kind->memory && report_is_read(i);
    report_end(i, measure ? kind->memory(s->handle) : 0);
    release(s, broken);
    deliver(i);
}

static void fail(struct slot *s, enum answer_status status, const char *json, size_t size,
                 bool broken)
{
    struct invocation *i = s->invocation;
    i->status = status;
    keep_body(i, json, size);
    conclude(s, broken);
}

static void fail_text(struct slot *s, enum answer_status status, const char *type,
                      const char *message, bool broken)
{
    struct buffer json = {0};
    buffer_text(&json, "{\"errorType\":");
    buffer_json(&json, type, strlen(type));
    buffer_text(&json, ",\"errorMessage\":");
    buffer_json(&json, message, strlen(message));
    buffer_text(&json, "}");
    fail(s, status, json.data ? json.data : "", json.size, broken);
    buffer_free(&json);
}

static void time_out(struct slot *s)
{
    char text[160];
    int64_t ms = s->pool->options.faas.timeout_ns / NS_PER_MS;
    snprintf(text, sizeof text, "RequestId: %s Error: Task timed out after %lld.%02lld seconds",
             s->invocation->work.request_id, (long long)(ms / 1000), (long long)(ms % 1000 / 10));
    report_line(s->invocation, text);
    fail_text(s, ANSWER_TIMEOUT, "Sandbox.Timedout", text, true);
}

static void exited(struct slot *s, struct handler_end end)
{
    char text[160];
    const char *id = s->invocation->work.request_id;
    if (end.signalled)
        snprintf(text, sizeof text, "RequestId: %s Error: Runtime exited with error: signal: %s",
                 id, end.number == SIGKILL ? "killed" : strsignal(end.number));
    else if (end.number)
        snprintf(text, sizeof text,
                 "RequestId: %s Error: Runtime exited with error: exit status %d", id, end.number);
    else
        snprintf(text, sizeof text,
                 "RequestId: %s Error: Runtime exited without providing a reason", id);
    s->pool->account->seen.exited++;
    report_line(s->invocation, text);
    fail_text(s, ANSWER_FUNCTION_ERROR, "Runtime.ExitError", text, true);
}

/* ---- what kinds call -------------------------------------------------------------------------- */

static void on_ready(void *token)
{
    struct slot *s = token;
    if (s->phase != PHASE_STARTING || s->ready)
        return;
    s->ready = true;
    if (s->handle) /* else: from within start, which looks by itself */
        settle(s);
}

static void on_init_failed(void *token, const void *json, size_t size)
{
    struct slot *s = token;
    if (s->phase != PHASE_STARTING)
        return;
    s->pool->account->seen.init_failed++;
    fail(s, ANSWER_FUNCTION_ERROR, json, size, true);
}

/* The handler's answer, before anything else is known of it. */
static void take_answer(struct invocation *i, enum handler_outcome outcome, const void *body,
                        size_t size)
{
    static const char injected[] = "{\"errorType\":\"InjectedFault\",\"errorMessage\":"
                                   "\"the emulator was told to let this call fail\"}";
    static const char large[] =
        "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response payload size "
        "exceeded maximum allowed payload size (6291556 bytes).\"}";
    i->answered = true;
    i->refused = outcome == HANDLER_TOO_LARGE;
    i->status = outcome == HANDLER_OK ? ANSWER_OK : ANSWER_FUNCTION_ERROR;
    i->body = body;
    i->size = size;
    if (outcome == HANDLER_TOO_LARGE || (outcome == HANDLER_OK && size > HANDLER_PAYLOAD_MAX)) {
        i->status = ANSWER_FUNCTION_ERROR;
        i->body = large;
        i->size = sizeof large - 1;
    } else if (i->function_error) {
        i->status = ANSWER_FUNCTION_ERROR;
        i->body = injected;
        i->size = sizeof injected - 1;
    }
}

static void on_answer(void *token, const char *request_id, enum handler_outcome outcome,
                      const void *body, size_t size)
{
    struct slot *s = token;
    struct invocation *i = s->invocation;
    if (s->phase != PHASE_RUNNING || i->answered ||
        (request_id && strcmp(request_id, i->work.request_id) != 0))
        return;
    struct account *a = s->pool->account;
    int64_t now_ns = reactor_refresh_ns(a->reactor);
    int64_t factor_ppm = faults_value(&a->faults, FAULT_LATENCY, i->arrived_ns);
    if (factor_ppm > PPM_ONE) {
        int64_t real_ns = i->began_ns + scale_ppm(now_ns - i->began_ns, factor_ppm);
        i->floor_ns = real_ns > i->floor_ns ? real_ns : i->floor_ns;
    }
    take_answer(i, outcome, body, size);
    if (i->floor_ns > now_ns)
        keep_body(i, i->body, i->size);
    settle(s);
}

static void on_gone(void *token, struct handler_end end)
{
    struct slot *s = token;
    switch (s->phase) {
    case PHASE_IDLE:
        s->pool->environments.at[s - s->pool->slot].broken = true;
        pool_drop(s);
        break;
    case PHASE_RUNNING:
        if (s->invocation->answered) { /* what it said counts; it starts anew */
            pool_drop(s);
            break;
        }
        exited(s, end);
        break;
    case PHASE_STARTING:
        exited(s, end);
        break;
    case PHASE_ABSENT:
        break;
    }
}

static void on_log(void *token, const void *bytes, size_t size)
{
    struct slot *s = token;
    report_bytes(s->pool->account, s->invocation, bytes, size);
}

const struct handler_host pool_host = {on_ready, on_init_failed, on_answer, on_gone, on_log};

/* ---- the life of an environment ------------------------------------------------------------------ */

/* INIT takes too long: once more, with the function's own time-out; then that is it. */
static void init_late(struct slot *s)
{
    if (s->again) {
        time_out(s);
        return;
    }
    pool_drop(s);
    s->again = true;
    s->limit_ns = reactor_now_ns(s->pool->account->reactor) + s->pool->options.faas.timeout_ns;
    start(s);
}

/* Does what is due for a slot, or says when something will be. */
static void settle(struct slot *s)
{
    struct reactor *reactor = s->pool->account->reactor;
    int64_t now_ns = reactor_now_ns(reactor);
    struct invocation *i = s->invocation;
    int64_t next_ns;
    if (s->phase == PHASE_STARTING) {
        next_ns = s->ready ? s->floor_ns : s->limit_ns;
        if (next_ns <= now_ns) {
            if (s->ready)
                run(s);
            else
                init_late(s);
            return;
        }
    } else {
        assert(s->phase == PHASE_RUNNING);
        if (i->answered && i->floor_ns <= now_ns && i->floor_ns <= i->deadline_ns) {
            conclude(s, s->handle == NULL || i->refused);
            return;
        }
        if (i->deadline_ns <= now_ns) {
            time_out(s);
            return;
        }
        next_ns = i->answered && i->floor_ns < i->deadline_ns ? i->floor_ns : i->deadline_ns;
    }
    reactor_timer_set(reactor, &s->timer, next_ns);
}

void pool_slot_due(void *context) { settle(context); }

/* The environment is ready and the call has it: the handler gets the event. */
static void run(struct slot *s)
{
    struct pool *p = s->pool;
    struct account *a = p->account;
    struct invocation *i = s->invocation;
    int64_t now_ns = reactor_refresh_ns(a->reactor);
    if (s->phase == PHASE_STARTING) {
        i->init_ns = now_ns - s->began_ns;
        set_starting(s, false);
    }
    s->phase = PHASE_RUNNING;
    i->began_ns = now_ns;
    i->floor_ns += now_ns; /* so far: how long */
    i->deadline_ns = now_ns + p->options.faas.timeout_ns;
    i->work.deadline_ms = account_real_ms(a, i->deadline_ns);
    report_start(i);
    reactor_timer_set(a->reactor, &s->timer, i->deadline_ns);
    p->options.kind->invoke(s->handle, &i->work); /* may end it at once */
}

/* Begins INIT of a slot whose times are set. */
static void start(struct slot *s)
{
    struct err e = {0};
    s->ready = false;
    s->handle = s->pool->options.kind->start(s->pool->opened, s, &e);
    if (s->handle == NULL) {
        s->pool->account->seen.init_failed++;
        fail_text(s, ANSWER_FUNCTION_ERROR, "Runtime.InitError", e.text, true);
        return;
    }
    settle(s);
}

/* What was drawn for this call. */
static void plan_times(struct invocation *i, struct slot *s, bool cold, int64_t now_ns)
{
    struct account *a = i->pool->account;
    const struct faas_config *config = &i->pool->options.faas;
    int64_t factor_ppm = faults_value(&a->faults, FAULT_LATENCY, now_ns);
    if (factor_ppm == 0)
        factor_ppm = PPM_ONE;
    i->floor_ns = scale_ppm(faas_warm_ns(config, i->records, i->draws.residual), factor_ppm);
    i->function_error =
        faults_hit(&a->faults, &i->draws, FAULT_FUNCTION_ERROR, config->function_error_ppm, now_ns);
    i->cold = cold;
    s->again = false;
    s->began_ns = now_ns;
    s->floor_ns = now_ns;
    if (cold)
        s->floor_ns += scale_ppm(scale_ppm(faas_cold_ns(config), i->draws.cold_ppm), factor_ppm);
    s->limit_ns = now_ns + INIT_LIMIT_NS;
}

void pool_execute(struct invocation *i, const struct environment_grant *grant)
{
    struct pool *p = i->pool;
    struct slot *s = &p->slot[grant->index];
    bool cold = grant->cold || s->handle == NULL;
    i->slot = grant->index;
    i->unreserved = p->reserved == POOL_UNRESERVED;
    p->account->unreserved_busy += i->unreserved;
    s->invocation = i;
    plan_times(i, s, cold, i->arrived_ns);
    p->account->seen.faas.busy++;
    if (!cold) {
        p->account->seen.faas.warm_idle--;
        run(s);
        return;
    }
    if (s->phase == PHASE_IDLE) /* a broken one: it counted as idle */
        p->account->seen.faas.warm_idle--;
    p->account->seen.faas.cold_starts++;
    s->phase = PHASE_STARTING;
    set_starting(s, true);
    start(s);
}
