#include "burst/lane_parts.h"

const char *const dead_reason_names[DEAD_REASONS] = {
    "none",         "retries used up", "refused by the platform",
    "budget spent", "function failed", "above 1 MiB",
};

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

void lane_queue_push(struct lane *l, uint32_t t, bool front)
{
    if (front)
        l->queue_head = (l->queue_head + l->tickets - 1) % l->tickets;
    l->queue[front ? l->queue_head : (l->queue_head + l->queue_count) % l->tickets] = t;
    l->queue_count++;
    l->ticket[t].state = TICKET_QUEUED;
}

uint32_t lane_queue_pop(struct lane *l)
{
    uint32_t t = l->queue[l->queue_head];
    l->queue_head = (l->queue_head + 1) % l->tickets;
    l->queue_count--;
    return t;
}

void lane_leave(struct lane *l, uint32_t t, enum ticket_state state)
{
    struct leave_ring *ring = state == TICKET_DONE ? &l->done : &l->back;
    l->ticket[t].state = state;
    ring->ticket[(ring->head + ring->count++) % l->tickets] = t;
}

uint32_t lane_ticket(struct lane *l, const struct block_list *batch, uint32_t bytes,
                     int64_t closed_ns)
{
    assert(l->free_count > 0);
    uint32_t t = l->free_ticket[--l->free_count];
    struct ticket *k = &l->ticket[t];
    *k = (struct ticket){
        .epoch = k->epoch + 1, .batch = *batch, .bytes = bytes, .closed_ns = closed_ns};
    return t;
}

/* ---- rows leave ------------------------------------------------------------------------------ */

/* The blocks of a ticket leave; its records have left when the last one has. */
static bool leave_ticket(struct lane *l, struct ticket *k, int64_t now_ns)
{
    struct outlet *o = k->state == TICKET_DONE ? &l->out : &l->fallback;
    while (k->batch.first) {
        struct block *b = k->batch.first, *next = b->next;
        for (uint32_t r = b->cursor; r < b->count; r++)
            b->flags[r] &= (uint8_t) ~(ROW_COPIED | ROW_EPOCH);
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

#define LANE_BILL_NS (100 * NS_PER_MS) /* between two looks at a bill that is not there yet */

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
    l->broke = !lane_has_money(l);
    bool money = !l->config.has_local || !(l->broke || lane_waits_for_bill(l));
    bool service = service_hoped(l, now_ns);
    bool room = l->queue_count == 0 && l->blocks < l->config.blocks_max;
    bool credit =
        money && service && room && (lane_may_start(l) || l->fill.records < l->fill_target);
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
    for (bool progress = true; progress && rows < LANE_STEP_ROWS;) {
        progress = lane_take_answers(l, now_ns);
        progress |= lane_run_timers(l, now_ns);
        progress |= leave_rows(l, &l->done, now_ns);
        progress |= leave_rows(l, &l->back, now_ns);
        progress |= lane_fill(l, now_ns, &rows);
        progress |= lane_start_calls(l, now_ns);
    }
    if (l->cur == NULL)
        l->out.watermark_ms = watermark_advance(&l->gate, input_watermark(l));
    bool more = rows >= LANE_STEP_ROWS;
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
    bool waits = lane_waits_for_bill(l);
    bool startable = l->queue_count == 0 && l->free_count > 0 && (waits || lane_may_start(l));
    if (waits)
        due = sooner(due, l->time.since_ns + LANE_BILL_NS);
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
        lane_queue_push(l, t, true);
    }
    return records;
}

uint32_t lane_move(struct lane *l, const struct transport *transport, int64_t spent_nusd,
                   int64_t now_ns)
{
    uint32_t records = lane_kill(l, now_ns);
    l->transport = transport;
    l->spent_before_nusd = spent_nusd;
    l->spent_nusd = l->price_nusd = 0;
    breaker_init(&l->breaker);
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
            to->flags[row] = (uint8_t)((to->flags[row] & ~(ROW_COPIED | ROW_EPOCH)) | ROW_LOCAL);
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
