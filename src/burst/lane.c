#include "burst/lane.h"

#include "base/hist.h"

#include "flow/plant.h"

const char *const dead_reason_names[DEAD_REASONS] = {
    "none",         "retries used up", "refused by the platform",
    "budget spent", "function failed", "above 1 MiB",
};

#define ROW_COPIED 64 /* row flag inside a call buffer: a second copy went to the local lane */
#define STEP_ROWS 4096
#define BATCH_BYTES_MAX (4u << 20) /* of text; the encoded request stays below 6 MB */

/* ---- set-up --------------------------------------------------------------------- */

static uint32_t ticket_count(const struct lane_config *c) { return c->calls_max + LANE_QUEUED + 2; }

size_t lane_bytes(const struct lane_config *c)
{
    uint32_t n = ticket_count(c);
    return (n * sizeof(struct ticket) + timers_bytes(n) + 4 * n * sizeof(uint32_t) + 64) &
           ~(size_t)15;
}

void lane_init(struct lane *l, void *memory, const struct lane_config *c,
               const struct transport *transport, struct block_pool *pool, int64_t now_ns)
{
    *l = (struct lane){.config = *c, .transport = transport, .pool = pool};
    uint32_t n = ticket_count(c);
    l->tickets = n;
    l->ticket = memory;
    timers_init(&l->timers, l->ticket + n, n);
    l->free_ticket = l->timers.pos + n;
    l->queue = l->free_ticket + n;
    l->done.ticket = l->queue + n;
    l->back.ticket = l->done.ticket + n;
    for (uint32_t i = n; i-- > 0;)
        l->free_ticket[l->free_count++] = i;
    l->credit = true;
    l->prng = prng_split(c->seed, 1);
    outlet_init(&l->out, pool);
    outlet_init(&l->fallback, pool);
    retry_init(&l->retry);
    breaker_init(&l->breaker);
    limiter_init(&l->limiter, c->calls_max);
    task_time_init(&l->time, 1, now_ns);
    watermark_init(&l->gate);
}

/* ---- rings of tickets -------------------------------------------------------------- */

static void queue_push(struct lane *l, uint32_t t, bool front)
{
    if (front)
        l->queue_head = (l->queue_head + l->tickets - 1) % l->tickets;
    l->queue[front ? l->queue_head : (l->queue_head + l->queue_count) % l->tickets] = t;
    l->queue_count++;
    l->ticket[t].state = TICKET_QUEUED;
}

static uint32_t queue_pop(struct lane *l)
{
    uint32_t t = l->queue[l->queue_head];
    l->queue_head = (l->queue_head + 1) % l->tickets;
    l->queue_count--;
    return t;
}

static void leave_push(struct lane *l, uint32_t t, enum ticket_state state)
{
    struct leave_ring *ring = state == TICKET_DONE ? &l->done : &l->back;
    l->ticket[t].state = state;
    ring->ticket[(ring->head + ring->count++) % l->tickets] = t;
}

/* ---- batcher ------------------------------------------------------------------------- */

static bool take_input(struct lane *l)
{
    for (uint32_t k = 0; k < l->inputs && !l->cur; k++) {
        uint32_t i = (l->next_in + k) % l->inputs;
        l->cur = link_pop(l->in[i]);
        if (l->cur) {
            l->next_in = (i + 1) % l->inputs;
            l->in_count += l->cur->count;
        }
    }
    return l->cur != NULL;
}

static uint32_t list_rows(const struct block_list *list)
{
    uint32_t n = 0;
    for (const struct block *b = list->first; b; b = b->next)
        n += b->count;
    return n;
}

static void close_batch(struct lane *l, int64_t now_ns)
{
    uint32_t t = l->free_ticket[--l->free_count];
    struct ticket *k = &l->ticket[t];
    *k = (struct ticket){
        .epoch = k->epoch + 1, .batch = l->fill, .bytes = l->fill_bytes, .closed_ns = now_ns};
    for (struct block *b = k->batch.first; b; b = b->next)
        for (uint32_t r = 0; r < b->count; r++)
            b->parts[r].fill += now_ns; /* was set to minus the time of entry */
    k->entered[0] = l->fill_entered[0];
    k->entered[1] = l->fill_entered[1];
    l->fill_entered[0] = l->fill_entered[1] = 0;
    PLANT(PLACE_BATCH, l, k->batch.first);
    k->batch.records = list_rows(&k->batch);
    queue_push(l, t, false);
    l->fill = (struct block_list){NULL, 0};
    l->fill_last = NULL;
    l->fill_bytes = 0;
    l->batches++;
}

/* Copies the row at the cursor into the batch being filled. */
static bool fill_row(struct lane *l, struct block *from, int64_t now_ns)
{
    uint32_t row = from->cursor;
    if (l->fill_last == NULL || !block_fits(l->fill_last, from->length[row])) {
        if (l->blocks >= l->config.blocks_max)
            return false;
        struct block *b = block_pool_take(l->pool);
        assert(b != NULL);
        l->blocks++;
        if (l->fill_last)
            l->fill_last->next = b;
        else
            l->fill.first = b;
        l->fill_last = b;
    }
    struct block *b = l->fill_last;
    if (l->fill.records == 0) {
        l->fill_since_ns = now_ns;
        l->batch_seen.now_ns = now_ns;
        l->batch_seen.batch_now = l->batch;
        int64_t size = l->batch_policy->size(&l->batch_state, l->knobs, &l->batch_seen);
        l->fill_target = size < 1 ? 1 : size;
    }
    block_copy_row(b, from, row);
    uint32_t to = b->count - 1;
    struct parts parts = b->has_parts ? b->parts[to] : (struct parts){0};
    parts.fill -= now_ns;
    block_row_parts(b, to, &parts);
    l->fill_entered[watermark_enter(&l->gate)]++;
    l->fill.records++;
    l->fill_bytes += from->length[row];
    return true;
}

static bool may_start(const struct lane *l)
{
    /* With a budget the first call goes alone: its bill says what the others may cost. */
    if (l->budget_nusd > 0 && l->price_nusd == 0 && l->calling > 0)
        return false;
    return l->calling < limiter_limit(&l->limiter, l->concurrency);
}

static bool fill_is_due(struct lane *l, int64_t now_ns)
{
    if (l->fill.records == 0)
        return false;
    if (l->fill.records >= l->fill_target || l->fill_bytes >= BATCH_BYTES_MAX)
        return true;
    /* No call could start anyway: go on filling rather than queue a small batch. */
    bool startable = l->queue_count == 0 && may_start(l);
    bool waited = now_ns - l->fill_since_ns >= l->linger_ns;
    return (waited && startable) || (l->cur == NULL && links_done(l->in, l->inputs));
}

static bool fill_batches(struct lane *l, int64_t now_ns, uint32_t *rows)
{
    bool progress = false;
    for (;;) {
        if (fill_is_due(l, now_ns)) {
            if (l->queue_count >= LANE_QUEUED || l->free_count == 0)
                return progress;
            close_batch(l, now_ns);
            progress = true;
            if (may_start(l))
                return true;
            continue;
        }
        if (*rows >= STEP_ROWS || !take_input(l) || !fill_row(l, l->cur, now_ns))
            return progress;
        ++*rows;
        progress = true;
        if (++l->cur->cursor == l->cur->count) {
            block_pool_give(l->pool, l->cur);
            l->cur = NULL;
        }
    }
}

/* ---- calls ------------------------------------------------------------------------------ */

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
        leave_push(l, t, TICKET_FALLBACK);
    } else {
        mark_rows(k, reason, now_ns);
        l->dead += k->batch.records;
        leave_push(l, t, TICKET_DONE);
    }
}

static enum dead_reason reason_of(enum answer_status status)
{
    if (status == ANSWER_REFUSED)
        return DEAD_REFUSED;
    return status == ANSWER_FUNCTION_ERROR ? DEAD_FUNCTION : DEAD_RETRIES;
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
    else
        l->failed++;
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
    leave_push(l, t, TICKET_DONE);
}

static void take_answer(struct lane *l, const struct answer *a, int64_t now_ns)
{
    uint32_t t = ticket_index(a->ticket);
    struct ticket *k = t < l->tickets ? &l->ticket[t] : NULL;
    l->executed += (uint64_t)a->executed;
    l->spent_nusd += a->cost_nusd; /* until the engine brings the bill up to date */
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
    breaker_result(&l->breaker, status, now_ns);
    limiter_result(&l->limiter, status, a->reason, l->calling + 1, l->concurrency,
                   now_ns - k->attempt_ns, now_ns);
    if (status == ANSWER_OK)
        call_done(l, t, a, now_ns);
    else
        attempt_failed(l, t, status, a->retry_after_ns, now_ns);
}

static bool take_answers(struct lane *l, int64_t now_ns)
{
    struct answer a;
    bool any = false;
    while (l->transport->poll(l->transport->self, now_ns, &a)) {
        take_answer(l, &a, now_ns);
        any = true;
    }
    return any;
}

static bool run_timers(struct lane *l, int64_t now_ns)
{
    bool any = false;
    uint32_t t = 0;
    for (; timers_next(&l->timers, &t) <= now_ns; any = true) {
        struct ticket *k = &l->ticket[t];
        timers_clear(&l->timers, t);
        if (k->state == TICKET_BACKOFF) {
            queue_push(l, t, true);
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

static bool money_left(const struct lane *l)
{
    if (l->budget_nusd == 0)
        return true;
    return l->spent_nusd + (l->calling + 1) * l->price_nusd <= l->budget_nusd;
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

static bool start_calls(struct lane *l, int64_t now_ns)
{
    bool any = false;
    while (l->queue_count > 0) {
        if (!money_left(l)) {
            give_up(l, queue_pop(l), DEAD_BUDGET, now_ns);
            any = true;
            continue;
        }
        if (!may_start(l))
            break;
        struct breaker before = l->breaker;
        if (!breaker_allow(&l->breaker, now_ns)) {
            if (!l->config.has_local)
                break;
            give_up(l, queue_pop(l), DEAD_RETRIES, now_ns);
            any = true;
            continue;
        }
        if (!start_one(l, l->queue[l->queue_head], now_ns)) {
            l->breaker = before; /* the probe did not go out */
            break;
        }
        queue_pop(l);
        any = true;
    }
    return any;
}

/* ---- rows leave ------------------------------------------------------------------------------ */

/* The blocks of a ticket leave; its records have left when the last one has. */
static bool leave_ticket(struct lane *l, struct ticket *k, int64_t now_ns)
{
    struct outlet *o = k->state == TICKET_DONE ? &l->out : &l->fallback;
    while (k->batch.first) {
        struct block *b = k->batch.first, *next = b->next;
        for (uint32_t r = b->cursor; r < b->count; r++)
            b->flags[r] &= (uint8_t)~ROW_COPIED;
        if (!outlet_give(o, b, now_ns))
            return false;
        l->blocks--;
        k->batch.first = next;
    }
    watermark_leave(&l->gate, 0, k->entered[0]);
    watermark_leave(&l->gate, 1, k->entered[1]);
    return true;
}

static bool leave_rows(struct lane *l, struct leave_ring *ring, int64_t now_ns)
{
    bool any = false;
    while (ring->count > 0) {
        uint32_t t = ring->ticket[ring->head];
        if (!leave_ticket(l, &l->ticket[t], now_ns))
            break;
        ring->head = (ring->head + 1) % l->tickets;
        ring->count--;
        l->ticket[t].state = TICKET_FREE;
        l->free_ticket[l->free_count++] = t;
        any = true;
    }
    return any;
}

/* ---- the agent ---------------------------------------------------------------------------------- */

/* Would the breaker let a call out? An open one whose wait is over wants a probe, and
 * a half-open one another when the first has brought no result in time. */
static bool service_hoped(const struct lane *l, int64_t now_ns)
{
    if (!l->config.has_local || l->breaker.state == BREAKER_CLOSED)
        return true;
    return now_ns >= l->breaker.retry_at_ns;
}

static void update_credit(struct lane *l, int64_t now_ns)
{
    bool money = money_left(l) || !l->config.has_local;
    bool service = service_hoped(l, now_ns);
    bool room = l->queue_count == 0 && l->blocks < l->config.blocks_max;
    bool credit = money && service && room && (may_start(l) || l->fill.records < l->fill_target);
    if (credit && !l->credit)
        for (uint32_t i = 0; i < l->inputs; i++)
            wake_up(l->in[i]->producer);
    l->credit = credit;
}

static int64_t input_watermark(const struct lane *l)
{
    int64_t low = INT64_MAX;
    for (uint32_t i = 0; i < l->inputs; i++)
        if (!link_done(l->in[i]) && l->in[i]->watermark_ms < low)
            low = l->in[i]->watermark_ms;
    return low == INT64_MAX ? l->gate.in_ms : low;
}

static void maybe_end(struct lane *l)
{
    bool idle = !l->cur && l->fill.records == 0 && l->free_count == l->tickets &&
                links_done(l->in, l->inputs);
    if (!idle)
        return;
    bool gone = l->fallback.edges == 0 || outlet_end(&l->fallback);
    if (gone)
        l->ended = outlet_end(&l->out);
}

bool lane_step(void *self, int64_t now_ns)
{
    struct lane *l = self;
    uint32_t rows = 0;
    if (l->ended)
        return false;
    for (bool progress = true; progress && rows < STEP_ROWS;) {
        progress = take_answers(l, now_ns);
        progress |= run_timers(l, now_ns);
        progress |= leave_rows(l, &l->done, now_ns);
        progress |= leave_rows(l, &l->back, now_ns);
        progress |= fill_batches(l, now_ns, &rows);
        progress |= start_calls(l, now_ns);
    }
    if (l->cur == NULL)
        l->out.watermark_ms = watermark_advance(&l->gate, input_watermark(l));
    bool more = rows >= STEP_ROWS;
    outlet_flush(&l->out, !more, now_ns);
    if (l->fallback.edges > 0)
        outlet_flush(&l->fallback, !more, now_ns);
    update_credit(l, now_ns);
    uint32_t slots = (uint32_t)limiter_limit(&l->limiter, l->concurrency);
    task_time_set(&l->time, slots ? slots : 1, l->calling, l->done.count + l->back.count, now_ns);
    if (!more)
        maybe_end(l);
    return more;
}

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t lane_due(const void *self)
{
    const struct lane *l = self;
    if (l->ended)
        return TIME_NEVER;
    int64_t due = sooner(timers_next(&l->timers, NULL), l->transport->next_due(l->transport->self));
    bool startable = l->queue_count == 0 && l->free_count > 0 && may_start(l);
    if (l->fill.records > 0 && startable)
        due = sooner(due, l->fill_since_ns + l->linger_ns);
    if (breaker_due(&l->breaker) >
        l->time.since_ns) /* once it is over, a record is what is missing */
        due = sooner(due, breaker_due(&l->breaker));
    due = sooner(due, outlet_due(&l->out));
    return sooner(due, outlet_due(&l->fallback));
}

/* ---- commands --------------------------------------------------------------------------------------- */

uint32_t lane_kill(struct lane *l, int64_t now_ns)
{
    uint32_t records = 0;
    for (uint32_t t = 0; t < l->tickets; t++) {
        struct ticket *k = &l->ticket[t];
        if (k->state != TICKET_CALLING)
            continue;
        l->transport->cancel(l->transport->self, ticket_name(k->epoch, t), k->attempt, now_ns);
        timers_clear(&l->timers, t);
        l->calling--;
        records += k->batch.records;
        queue_push(l, t, true);
    }
    return records;
}

static struct ticket *find_row(struct lane *l, uint64_t id)
{
    for (uint32_t t = 0; t < l->tickets; t++) {
        struct ticket *k = &l->ticket[t];
        if (k->state != TICKET_CALLING && k->state != TICKET_BACKOFF && k->state != TICKET_QUEUED)
            continue;
        for (struct block *b = k->batch.first; b; b = b->next)
            for (uint32_t r = 0; r < b->count; r++)
                if (b->id[r] == id)
                    return k;
    }
    return NULL;
}

uint32_t lane_duplicate(struct lane *l, uint64_t id, int64_t emitted_before, struct twins *twins,
                        int64_t now_ns)
{
    struct ticket *k = l->config.has_local && !l->ended ? find_row(l, id) : NULL;
    uint32_t copies = 0;
    bool room = true;
    for (struct block *b = k ? k->batch.first : NULL; b; b = b->next)
        for (uint32_t r = 0; room && r < b->count; r++) {
            if ((b->flags[r] & ROW_COPIED) || b->emitted[r] > emitted_before ||
                b->length[r] > TWINS_TEXT_MAX)
                continue;
            room = twins_room(twins) && outlet_room(&l->fallback, b->length[r], now_ns);
            if (!room)
                break; /* what was made so far leaves below */
            b->flags[r] |= ROW_COPIED;
            if (!twins_add(twins, b->id[r]))
                continue;
            struct block *to = outlet_open(&l->fallback, b->key[r]);
            block_copy_row(to, b, r);
            uint32_t row = to->count - 1;
            to->flags[row] = (uint8_t)((to->flags[row] & ~ROW_COPIED) | ROW_LOCAL);
            to->parts[row].fill = 0; /* the copy's own times: it waited, then was served */
            to->parts[row].call = k->first_ns ? now_ns - k->first_ns : 0;
            outlet_built(&l->fallback, to, now_ns);
            copies++;
        }
    l->duplicated_rows += copies;
    if (copies)
        outlet_flush(&l->fallback, true, now_ns);
    return copies;
}

/* ---- what is inside --------------------------------------------------------------------------------- */

uint32_t lane_in_flight(const struct lane *l)
{
    uint32_t n = block_rows_left(l->cur) + outlet_pending(&l->out) + outlet_pending(&l->fallback);
    for (const struct block *b = l->fill.first; b; b = b->next)
        n += b->count;
    for (uint32_t t = 0; l->free_count < l->tickets && t < l->tickets; t++)
        if (l->ticket[t].state != TICKET_FREE)
            for (const struct block *b = l->ticket[t].batch.first; b; b = b->next)
                n += block_rows_left(b);
    return n;
}

uint32_t lane_queue(const struct lane *l)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->inputs; i++)
        n += l->in[i]->records;
    return n;
}

void lane_visit(const struct lane *l, void (*visit)(void *, uint64_t id), void *context)
{
    block_visit(l->cur, visit, context);
    for (const struct block *b = l->fill.first; b; b = b->next)
        block_visit(b, visit, context);
    for (uint32_t t = 0; t < l->tickets; t++)
        if (l->ticket[t].state != TICKET_FREE)
            for (const struct block *b = l->ticket[t].batch.first; b; b = b->next)
                block_visit(b, visit, context);
    outlet_visit(&l->out, visit, context);
    outlet_visit(&l->fallback, visit, context);
}
