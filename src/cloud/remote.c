#include "cloud/remote.h"

#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MARGIN_NS (2 * NS_PER_S) /* the lane's own time-out comes first */
#define SPARE 64                 /* calls that are being broken off */
#define YOUNG_NS (500 * NS_PER_MS)
#define WARM_CALLS 128          /* so many have a body before the first record comes, */
#define WARM_BODY (256u * 1024) /* which costs nothing until it is written to */

/* Executions that were given up and may still run, oldest first. */
struct orphans {
    int64_t *since_ns;
    uint32_t size, first, count;
};

struct remote {
    struct transport transport;
    struct remote_options options;
    struct invoker *invoker;
    struct invoker_call **under_way;     /* by index of ticket */
    struct invoker_call *taken;          /* the call just polled; its answer is for `take` */
    struct invoker_call *refused[SPARE]; /* too large to be sent: answered here */
    uint32_t refused_count;
    int64_t timeout_ns;
    bool renew;
    struct orphans orphans;
    int64_t price_nusd;
    struct remote_seen seen;
    remote_bill_fn *bill;
    void *bill_context;
    char log[INVOKER_LOG];
};

static int64_t monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- money ------------------------------------------------------------------------------- */

static void spend(struct remote *r, int64_t nusd)
{
    r->seen.cost_nusd += nusd;
    if (nusd > r->price_nusd)
        r->price_nusd = nusd;
}

/* One that was given up will not run longer than its own time-out and an INIT. Until then
 * nobody knows what it costs; then it counts as one of the dearest. */
static void bury_orphans(struct remote *r, int64_t now_ns)
{
    struct orphans *o = &r->orphans;
    int64_t life_ns = r->options.functions.timeout_ns + 10 * NS_PER_S;
    while (o->count > 0 && now_ns - o->since_ns[o->first] > life_ns) {
        o->first = (o->first + 1) % o->size;
        o->count--;
        spend(r, r->price_nusd);
    }
}

static void add_orphan(struct remote *r)
{
    struct orphans *o = &r->orphans;
    if (o->count == o->size) {
        spend(r, r->price_nusd);
        o->first = (o->first + 1) % o->size;
        o->count--;
    }
    o->since_ns[(o->first + o->count++) % o->size] = monotonic_ns();
}

static int64_t young_orphans(const struct remote *r, int64_t now_ns)
{
    const struct orphans *o = &r->orphans;
    int64_t n = 0;
    while (n < o->count &&
           now_ns - o->since_ns[(o->first + o->count - 1 - (uint32_t)n) % o->size] < YOUNG_NS)
        n++;
    return n;
}

static void remote_bill(void *self, struct bill *out)
{
    struct remote *r = self;
    int64_t now_ns = monotonic_ns();
    bury_orphans(r, now_ns);
    *out = (struct bill){r->seen.cost_nusd, r->price_nusd, r->seen.in_flight + r->orphans.count};
    if (r->bill == NULL)
        return;
    struct bill exact = *out;
    r->bill(r->bill_context, &exact);
    /* What it says of executions is a moment old. */
    int64_t rest = exact.unbilled - r->seen.in_flight, young = young_orphans(r, now_ns);
    exact.unbilled = r->seen.in_flight + (rest > young ? rest : young);
    if (exact.price_nusd < r->price_nusd)
        exact.price_nusd = r->price_nusd;
    *out = exact;
}

static int64_t cost_of(const struct remote *r, const struct invoker_call *c, const struct answer *a)
{
    int64_t took_ns = c->end_ns - c->begin_ns;
    if (c->said.billed_ms >= 0)
        return faas_price_nusd(&r->options.functions, c->said.billed_ms * NS_PER_MS);
    bool ran = a->status == ANSWER_OK || a->status == ANSWER_FUNCTION_ERROR ||
               (a->status == ANSWER_TIMEOUT && c->failure == INVOKER_ANSWERED);
    return ran ? faas_price_nusd(&r->options.functions, took_ns) : 0;
}

/* ---- submit ---------------------------------------------------------------------------------- */

/* Writes the request into the call's body. false: larger than a platform takes. */
static bool encode(struct remote *r, const struct call *call, struct invoker_call *c)
{
    struct payload_head head = {.op = "tokenize",
                                .epoch = r->options.epoch,
                                .attempt = call->attempt,
                                .batch = call->ticket};
    memcpy(head.job, r->options.job, sizeof head.job);
    const struct block *first = call->batch->first;
    size_t guess = call->bytes + call->bytes / 4 + 16u * call->records + 512;
    size_t room = invoker_body_room(c);
    if (room < guess && invoker_room(c, guess < PAYLOAD_REQUEST_MAX ? guess : PAYLOAD_REQUEST_MAX))
        room = invoker_body_room(c);
    c->body_size = payload_write_request(c->body, room, r->options.form, &head, first);
    if (c->body_size == 0) {
        size_t size = payload_request_size(r->options.form, &head, first);
        if (size > PAYLOAD_REQUEST_MAX || !invoker_room(c, size))
            return false;
        c->body_size = payload_write_request(c->body, size, r->options.form, &head, first);
    }
    return c->body_size > 0 && c->body_size <= PAYLOAD_REQUEST_MAX;
}

static bool remote_submit(void *self, const struct call *call, int64_t now_ns)
{
    struct remote *r = self;
    (void)now_ns;
    if (r->refused_count == SPARE)
        return false;
    struct invoker_call *c = invoker_take(r->invoker);
    if (c == NULL)
        return false;
    uint32_t index = (uint32_t)call->ticket; /* its lower half */
    assert(index < r->options.tickets);
    c->ticket = call->ticket;
    c->attempt = call->attempt;
    c->timeout_ns = r->timeout_ns + MARGIN_NS;
    c->mark = r->renew ? PROVIDER_RENEW : 0;
    c->given_up = false;
    r->renew = false;
    r->seen.calls++;
    if (!encode(r, call, c)) {
        r->refused[r->refused_count++] = c;
        return true;
    }
    r->under_way[index] = c;
    r->seen.in_flight++;
    invoker_start(r->invoker, c);
    return true;
}

/* ---- poll ---------------------------------------------------------------------------------------- */

static void release(struct remote *r)
{
    if (r->taken)
        invoker_give(r->invoker, r->taken);
    r->taken = NULL;
}

static void trouble(struct remote *r, const char *why, bool gone)
{
    r->seen.troubles++;
    r->seen.gone = gone;
    snprintf(r->seen.why, sizeof r->seen.why, "%s", why);
}

static void count(struct remote *r, const struct invoker_call *c, const struct answer *a)
{
    struct remote_seen *s = &r->seen;
    s->executed += (uint64_t)a->executed;
    s->cold_starts += a->cold;
    s->throttled += a->status == ANSWER_THROTTLED;
    s->errors += a->status == ANSWER_ERROR;
    s->function_errors += a->status == ANSWER_FUNCTION_ERROR;
    s->timeouts += a->status == ANSWER_TIMEOUT;
    s->fresh += c->fresh;
    if (c->log && c->log[0])
        snprintf(r->log, sizeof r->log, "%s", c->log);
    spend(r, a->cost_nusd);
}

static void fill_answer(struct remote *r, const struct invoker_call *c, struct answer *a)
{
    struct judgement j;
    answer_judge(c, provider_front(r->options.provider), &j);
    r->renew = r->renew || j.expired;
    *a = (struct answer){.ticket = c->ticket,
                         .attempt = c->attempt,
                         .status = j.status,
                         .reason = j.reason,
                         .cold = c->said.init_ms >= 0};
    a->init_ns = a->cold ? c->said.init_ms * NS_PER_MS : 0;
    a->billed_ns = c->said.billed_ms >= 0 ? c->said.billed_ms * NS_PER_MS : 0;
    a->retry_after_ns = c->said.retry_after_ns >= 0 ? c->said.retry_after_ns : 0;
    if (j.status == ANSWER_OK)
        a->executed = c->said.executions > 0 ? c->said.executions : 1;
    a->cost_nusd = cost_of(r, c, a);
    count(r, c, a);
    if (j.status != ANSWER_OK)
        trouble(r, j.why, j.gone);
}

static bool poll_refused(struct remote *r, struct answer *out)
{
    if (r->refused_count == 0)
        return false;
    struct invoker_call *c = r->refused[--r->refused_count];
    *out = (struct answer){.ticket = c->ticket, .attempt = c->attempt, .status = ANSWER_TOO_LARGE};
    trouble(r, "a batch is larger than 6 MB when it is encoded", false);
    invoker_give(r->invoker, c);
    return true;
}

static bool remote_poll(void *self, int64_t now_ns, struct answer *out)
{
    struct remote *r = self;
    (void)now_ns;
    release(r);
    if (poll_refused(r, out))
        return true;
    for (struct invoker_call *c; (c = invoker_poll(r->invoker)) != NULL;) {
        if (!c->given_up) {
            r->under_way[(uint32_t)c->ticket] = NULL;
            r->seen.in_flight--;
        }
        if (c->failure == INVOKER_CANCELLED) {
            invoker_give(r->invoker, c);
            continue;
        }
        r->taken = c;
        fill_answer(r, c, out);
        return true;
    }
    return false;
}

static bool remote_take(void *self, const struct answer *answer, struct block_list *batch)
{
    struct remote *r = self;
    struct payload_fault fault;
    struct invoker_call *c = r->taken;
    if (c == NULL || c->ticket != answer->ticket || c->attempt != answer->attempt)
        return false;
    enum payload_error error =
        payload_read_results(c->answer ? c->answer : "", c->answer_size, r->options.form, c->ticket,
                             batch->first, &fault);
    if (error == PAYLOAD_OK)
        return true;
    char why[ANSWER_WHY];
    snprintf(why, sizeof why, "an answer is of no use: %s (byte %u, record %u)",
             payload_error_text[error], fault.at, fault.record);
    r->seen.unusable++;
    trouble(r, why, false);
    return false;
}

static void remote_cancel(void *self, uint64_t ticket, uint32_t attempt, int64_t now_ns)
{
    struct remote *r = self;
    struct invoker_call *c = r->under_way[(uint32_t)ticket];
    (void)now_ns;
    if (c == NULL || c->ticket != ticket || c->attempt != attempt)
        return;
    r->under_way[(uint32_t)ticket] = NULL;
    r->seen.in_flight--;
    c->given_up = true;
    add_orphan(r);
    invoker_cancel(r->invoker, c);
}

bool remote_pending(const struct remote *r)
{
    return r->refused_count > 0 || invoker_pending(r->invoker);
}

static int64_t remote_next_due(const void *self) { return remote_pending(self) ? 0 : TIME_NEVER; }

/* ---- open, close, look ------------------------------------------------------------------------------ */

/* The usual number of calls finds its memory there: none is taken while records flow. */
static void warm_up(struct remote *r)
{
    struct invoker_call *c[WARM_CALLS];
    uint32_t n = 0;
    while (n < WARM_CALLS && (c[n] = invoker_take(r->invoker)) != NULL &&
           invoker_room(c[n], WARM_BODY))
        n++;
    if (n < WARM_CALLS && c[n])
        invoker_give(r->invoker, c[n]);
    while (n > 0)
        invoker_give(r->invoker, c[--n]);
}

int remote_open(const struct remote_options *o, struct remote **out, struct err *e)
{
    struct remote *r = calloc(1, sizeof *r);
    *out = NULL;
    if (r) {
        r->under_way = calloc(o->tickets, sizeof(struct invoker_call *));
        r->orphans.since_ns = calloc(o->tickets, sizeof(int64_t));
    }
    if (r == NULL || r->under_way == NULL || r->orphans.since_ns == NULL) {
        remote_close(r);
        e->code = ERR_MEMORY;
        snprintf(e->text, sizeof e->text, "the system gave no memory for the calls");
        return ERR_MEMORY;
    }
    r->options = *o;
    r->orphans.size = o->tickets;
    r->timeout_ns = 30 * NS_PER_S;
    r->seen.log = r->log;
    r->transport = (struct transport){"http",          r,           remote_submit,
                                      remote_poll,     remote_take, remote_cancel,
                                      remote_next_due, remote_bill};
    struct invoker_options io = provider_invoker(o->provider, o->calls_max + SPARE, o->wake_fd);
    if (invoker_open(&io, &r->invoker, e)) {
        remote_close(r);
        return e->code;
    }
    warm_up(r);
    *out = r;
    return 0;
}

void remote_close(struct remote *r)
{
    if (r == NULL)
        return;
    invoker_close(r->invoker);
    free(r->under_way);
    free(r->orphans.since_ns);
    free(r);
}

const struct transport *remote_transport(struct remote *r) { return &r->transport; }
void remote_seen(const struct remote *r, struct remote_seen *out) { *out = r->seen; }
void remote_set_timeout(struct remote *r, int64_t timeout_ns) { r->timeout_ns = timeout_ns; }

void remote_set_bill(struct remote *r, remote_bill_fn *bill, void *context)
{
    r->bill = bill;
    r->bill_context = context;
}
