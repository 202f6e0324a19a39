/* Calls: batches go out, answers come back, what fails is tried again or given up. */
#include "burst/lane_parts.h"

#include "base/hist.h"
#include "flow/plant.h"

static void mark_rows(struct ticket *k, enum dead_reason reason, int64_t now_ns)
{
    for (struct block *b = k->batch.first; b; b = b->next)
        for (uint32_t r = 0; r < b->count; r++) {
            if (k->first_ns)
                b->parts[r].call += now_ns - k->first_ns;
            b->flags[r] |= reason ? ROW_DEAD : ROW_LOCAL;
            b->reason[r] = dead_mark(reason, k->attempt);
        }
}

/* No further attempt: to the local lane, or to the dead letters. */
static void give_up(struct lane *l, uint32_t t, enum dead_reason reason, int64_t now_ns)
{
    struct ticket *k = &l->ticket[t];
    if (l->config.has_local) {
        mark_rows(k, DEAD_NONE, now_ns);
        l->fell_back += k->batch.records;
        lane_leave(l, t, TICKET_FALLBACK);
    } else {
        mark_rows(k, reason, now_ns);
        l->dead += k->batch.records;
        lane_leave(l, t, TICKET_DONE);
    }
}

static enum dead_reason reason_of(enum answer_status status)
{
    if (status == ANSWER_REFUSED)
        return DEAD_REFUSED;
    return status == ANSWER_FUNCTION_ERROR ? DEAD_FUNCTION : DEAD_RETRIES;
}

/* One small record is too large for no platform: whoever says so of it takes nothing at all,
 * and halving batch after batch would only be a storm of calls. */
#define RECORD_SMALL (256 * 1024)
static enum answer_status weigh(const struct ticket *k, enum answer_status status)
{
    bool small = k->batch.records == 1 && k->bytes < RECORD_SMALL;
    return status == ANSWER_TOO_LARGE && small ? ANSWER_ERROR : status;
}

/* The platform takes no body of this size: two halves instead, each a ticket of its own
 * with attempts of its own. What is one record cannot be halved. Where there is no room for
 * another ticket the batch goes home; without a home it waits for room, but not for ever:
 * others may wait for the same. */
#define ROOM_ATTEMPTS 20
static void too_large(struct lane *l, uint32_t t, int64_t now_ns)
{
    struct ticket *k = &l->ticket[t];
    uint32_t half = lane_split(l, t);
    bool may_wait = !l->config.has_local && k->attempt < ROOM_ATTEMPTS;
    if (half == t && k->batch.records > 1 && may_wait) {
        k->state = TICKET_BACKOFF;
        timers_set(&l->timers, t, now_ns + RETRY_BASE_TRANSIENT_NS);
        return;
    }
    if (half == t) {
        give_up(l, t, DEAD_REFUSED, now_ns);
        return;
    }
    l->splits++;
    l->batches++;
    lane_queue_push(l, half, true);
    lane_queue_push(l, t, true);
}

/* An attempt failed: again later, or give up. */
static void attempt_failed(struct lane *l, uint32_t t, enum answer_status status,
                           int64_t retry_after_ns, int64_t now_ns)
{
    struct ticket *k = &l->ticket[t];
    int64_t wait_ns;
    k->last = status;
    l->last_failure = status;
    l->last_failure_ns = now_ns;
    if (status == ANSWER_THROTTLED)
        l->throttled++;
    else if (weigh(k, status) != ANSWER_TOO_LARGE)
        l->failed++;
    if (status == ANSWER_TOO_LARGE) {
        too_large(l, t, now_ns);
        return;
    }
    if (status == ANSWER_REFUSED ||
        !retry_allow(&l->retry, &l->prng, k->attempt, status, retry_after_ns, &wait_ns)) {
        give_up(l, t, reason_of(status), now_ns);
        return;
    }
    k->state = TICKET_BACKOFF;
    timers_set(&l->timers, t, now_ns + wait_ns);
}

static void call_done(struct lane *l, uint32_t t, const struct answer *a, int64_t now_ns)
{
    struct ticket *k = &l->ticket[t];
    retry_success(&l->retry, k->attempt, k->last);
    int64_t call_ns = now_ns - k->first_ns;
    hist_add(l->call_hist, call_ns, 1);
    if (l->batch_hist)
        hist_add(l->batch_hist, now_ns - k->opened_ns, 1);
    l->cold_starts += a->cold;
    for (struct block *b = k->batch.first; b; b = b->next) {
        for (uint32_t r = 0; r < b->count; r++) {
            b->parts[r].call += call_ns;
            b->flags[r] |= ROW_REMOTE;
        }
        for (int i = 0; i < l->chain_count; i++)
            if (l->chain[i].apply)
                l->chain[i].apply(l->chain[i].context, b, 0);
        PLANT(PLACE_RESULT, l, b);
    }
    lane_leave(l, t, TICKET_DONE);
}

static void take_answer(struct lane *l, const struct answer *a, int64_t now_ns)
{
    uint32_t t = ticket_index(a->ticket);
    struct ticket *k = t < l->tickets ? &l->ticket[t] : NULL;
    l->executed += (uint64_t)a->executed;
    l->spent_nusd += a->cost_nusd;
    if (a->cost_nusd > l->price_nusd)
        l->price_nusd = a->cost_nusd;
    if (k == NULL || k->state != TICKET_CALLING || k->epoch != ticket_epoch(a->ticket) ||
        k->attempt != a->attempt) {
        l->dropped++; /* late, or a second answer: somebody else has the records by now */
        return;
    }
    enum answer_status status = a->status;
    if (status == ANSWER_OK && !l->transport->take(l->transport->self, a, &k->batch))
        status = ANSWER_ERROR;
    timers_clear(&l->timers, t);
    l->calling--;
    breaker_result(&l->breaker, weigh(k, status), now_ns);
    limiter_result(&l->limiter, status, a->reason, l->calling + 1, l->concurrency,
                   now_ns - k->attempt_ns, now_ns);
    if (status == ANSWER_OK)
        call_done(l, t, a, now_ns);
    else
        attempt_failed(l, t, status, a->retry_after_ns, now_ns);
}

bool lane_take_answers(struct lane *l, int64_t now_ns)
{
    struct answer a;
    bool any = false;
    while (l->transport->poll(l->transport->self, now_ns, &a)) {
        take_answer(l, &a, now_ns);
        any = true;
    }
    return any;
}

bool lane_run_timers(struct lane *l, int64_t now_ns)
{
    bool any = false;
    uint32_t t = 0;
    for (; timers_next(&l->timers, &t) <= now_ns; any = true) {
        struct ticket *k = &l->ticket[t];
        timers_clear(&l->timers, t);
        if (k->state == TICKET_BACKOFF) {
            lane_queue_push(l, t, true);
            continue;
        }
        assert(k->state == TICKET_CALLING);
        l->transport->cancel(l->transport->self, ticket_name(k->epoch, t), k->attempt, now_ns);
        l->calling--;
        l->timeouts++;
        breaker_result(&l->breaker, ANSWER_TIMEOUT, now_ns);
        attempt_failed(l, t, ANSWER_TIMEOUT, 0, now_ns);
    }
    return any;
}

/* What the platform says of its bill; where it says nothing, what the answers said. */
static struct bill look_at_bill(const struct lane *l)
{
    struct bill bill = {l->spent_nusd, l->price_nusd, l->calling};
    if (l->transport->bill)
        l->transport->bill(l->transport->self, &bill);
    return bill;
}

/* With a budget the first call goes alone: its bill says what the others may cost. A call
 * that was given up still runs and will be billed, so it counts as under way. */
bool lane_may_start(const struct lane *l)
{
    if (l->calling >= limiter_limit(&l->limiter, l->concurrency))
        return false;
    if (l->budget_nusd == 0)
        return true;
    struct bill bill = look_at_bill(l);
    return bill.price_nusd > 0 || bill.unbilled == 0;
}

/* The first call was given up and still runs: only its bill will say what calls cost. Until
 * then nothing is sent, and nothing need wait that has another way. */
bool lane_waits_for_bill(const struct lane *l)
{
    return l->budget_nusd > 0 && l->calling == 0 && !lane_may_start(l);
}

/* Every call under way may cost half as much again as the dearest so far. */
bool lane_has_money(const struct lane *l)
{
    if (l->budget_nusd == 0)
        return true;
    struct bill bill = look_at_bill(l);
    int64_t reserve_nusd = bill.price_nusd + bill.price_nusd / 2;
    return l->spent_before_nusd + bill.spent_nusd + (bill.unbilled + 1) * reserve_nusd <=
           l->budget_nusd;
}

static bool start_one(struct lane *l, uint32_t t, int64_t now_ns)
{
    struct ticket *k = &l->ticket[t];
    struct call call = {.ticket = ticket_name(k->epoch, t),
                        .attempt = k->attempt + 1,
                        .batch = &k->batch,
                        .records = k->batch.records,
                        .bytes = k->bytes};
    if (!l->transport->submit(l->transport->self, &call, now_ns))
        return false;
    k->attempt++;
    k->attempt_ns = now_ns;
    if (k->first_ns == 0)
        k->first_ns = now_ns ? now_ns : 1;
    k->state = TICKET_CALLING;
    l->calling++;
    l->calls++;
    l->retries += k->attempt > 1;
    timers_set(&l->timers, t, now_ns + l->timeout_ns);
    return true;
}

bool lane_start_calls(struct lane *l, int64_t now_ns)
{
    bool any = false;
    while (l->queue_count > 0) {
        if (!lane_has_money(l) || (l->config.has_local && lane_waits_for_bill(l))) {
            give_up(l, lane_queue_pop(l), DEAD_BUDGET, now_ns);
            any = true;
            continue;
        }
        if (!lane_may_start(l))
            break;
        struct breaker before = l->breaker;
        if (!breaker_allow(&l->breaker, now_ns)) {
            if (!l->config.has_local)
                break;
            give_up(l, lane_queue_pop(l), DEAD_RETRIES, now_ns);
            any = true;
            continue;
        }
        if (!start_one(l, l->queue[l->queue_head], now_ns)) {
            l->breaker = before; /* the probe did not go out */
            break;
        }
        lane_queue_pop(l);
        any = true;
    }
    return any;
}
