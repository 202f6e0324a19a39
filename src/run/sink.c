#include "run/sink.h"

#include "flow/plant.h"

#define STEP_ROWS 1024
#define HEAD_CHECK_NS (10 * NS_PER_MS)
#define RETRY_WRITE_NS (2 * NS_PER_MS)

static void measure(struct sink *s, const struct block *b, uint32_t r, int64_t now_ns)
{
    struct tally *t = &s->tally;
    int64_t latency = now_ns - b->due[r];
    int64_t backlog = b->emitted[r] - b->due[r];
    hist_add(&s->latency, latency, 1);
    t->count++;
    t->backlog += backlog;
    if (!b->has_parts) {
        t->queue += latency - backlog;
        return;
    }
    struct parts p = b->parts[r];
    t->fill += p.fill;
    t->call += p.call;
    t->service += p.service;
    t->order += p.order;
    t->queue += latency - backlog - p.fill - p.call - p.service - p.order;
}

/* The row's text must be the one the source made for this id. */
static void check_text(struct sink *s, const struct block *b, uint32_t r, uint64_t id)
{
    if (record_tag(id, b->slab + b->offset[r], b->length[r]) == b->tag[r])
        return;
    s->ledger->mislabelled++;
    s->ledger->disordered++;
    ledger_blame(s->ledger, id, "carries another record's content");
}

static void accept_row(struct sink *s, const struct block *b, uint32_t r, uint64_t id,
                       int64_t now_ns)
{
    bool dead = b->flags[r] & ROW_DEAD;
    enum ledger_verdict v = ledger_settle(s->ledger, id, dead, *s->emitted_end);
    if (v == LEDGER_DUPLICATE || v == LEDGER_ALIEN)
        return;
    s->host.settled(s->host.self, record_cost(b->length[r]));
    s->last_accept_ns = now_ns;
    if (dead) {
        writer_dead(s->writer, b, r);
        return;
    }
    ledger_order(s->ledger, id, b->key[r]);
    check_text(s, b, r, id);
    measure(s, b, r, now_ns);
    uint32_t first = block_first_span(b, r), spans = b->token_end[r] - first;
    s->ledger->tokens += spans;
    s->ledger->digest += record_row_hash(id, b->slab, b->span + first, spans);
    writer_row(s->writer, b, r, now_ns);
}

static void accept(struct sink *s, const struct block *b, uint32_t r, int64_t now_ns)
{
    uint64_t id = b->id[r];
    enum plant_kind planted = PLANT_ROW(PLACE_ORDER, &id);
    if (planted == PLANT_DROP)
        return;
    accept_row(s, b, r, id, now_ns);
    if (planted == PLANT_REPEAT)
        accept_row(s, b, r, id, now_ns);
}

static void accept_kept(struct sink *s, uint64_t pos, int64_t now_ns)
{
    struct block *b = s->scratch;
    block_clear(b);
    sequencer_take(s->sequencer, pos, b);
    b->parts[0].order += now_ns; /* was set to minus the time it came */
    accept(s, b, 0, now_ns);
}

/* Everything that waited for pos, directly or not. */
static void release(struct sink *s, uint64_t pos, int64_t now_ns)
{
    uint64_t next;
    while (sequencer_left(s->sequencer, pos, &next)) {
        accept_kept(s, next, now_ns);
        pos = next;
    }
}

static void keep(struct sink *s, struct block *b, uint32_t r, uint64_t pos, int64_t now_ns)
{
    struct parts parts = b->has_parts ? b->parts[r] : (struct parts){0};
    if (!b->has_parts) {
        for (uint32_t i = 0; i < b->count; i++)
            b->parts[i] = (struct parts){0};
        b->has_parts = true;
    }
    parts.order -= now_ns;
    b->parts[r] = parts;
    sequencer_keep(s->sequencer, pos, b, r);
}

static bool is_news(const struct sink *s, uint64_t id, uint64_t pos)
{
    return record_source(id) < s->ledger->sources && pos < *s->emitted_end &&
           !ledger_settled(s->ledger, pos);
}

static void arrive(struct sink *s, struct block *b, uint32_t r, int64_t now_ns)
{
    uint64_t id = b->id[r], pos = ledger_pos(s->ledger, id);
    if (s->twins->count > 0 && twins_arrive(s->twins, id))
        return;
    if (s->sequencer->order == ORDER_NONE || s->ledger->copies > 1 || !is_news(s, id, pos)) {
        accept(s, b, r, now_ns); /* what is no news is the ledger's to judge */
    } else if (sequencer_kept(s->sequencer, pos)) {
        s->ledger->duplicated++;
        ledger_blame(s->ledger, id, "duplicated");
    } else if (sequencer_turn(s->sequencer, pos)) {
        accept(s, b, r, now_ns);
        release(s, pos, now_ns);
    } else {
        keep(s, b, r, pos, now_ns);
    }
}

static bool take_input(struct sink *s)
{
    for (uint32_t k = 0; k < s->inputs && !s->cur; k++) {
        uint32_t i = (s->next_in + k) % s->inputs;
        s->cur = link_pop(s->in[i]);
        if (s->cur) {
            s->next_in = (i + 1) % s->inputs;
            s->in_count += s->cur->count;
        }
    }
    return s->cur != NULL;
}

/* The head of the order is late: if it is out at a function, a copy runs here. */
static void mind_head(struct sink *s, int64_t now_ns)
{
    uint64_t pos;
    if (s->lane == NULL || s->head_deadline_ns == 0 || !sequencer_missing(s->sequencer, &pos)) {
        s->head_check_ns = TIME_NEVER;
        return;
    }
    if (s->head_check_ns != TIME_NEVER && now_ns < s->head_check_ns)
        return;
    s->head_check_ns = now_ns + HEAD_CHECK_NS;
    lane_duplicate(s->lane, ledger_id(s->ledger, pos), now_ns - s->head_deadline_ns, s->twins,
                   now_ns);
}

bool sink_step(void *self, int64_t now_ns)
{
    struct sink *s = self;
    uint32_t rows = 0;
    if (s->ended)
        return false;
    bool stopped = now_ns < s->blocked_until_ns || now_ns < s->down_until_ns;
    while (!stopped && rows < STEP_ROWS && writer_ready(s->writer) && take_input(s)) {
        struct block *b = s->cur;
        for (; b->cursor < b->count && writer_ready(s->writer); b->cursor++, rows++)
            arrive(s, b, b->cursor, now_ns);
        if (b->cursor < b->count)
            break;
        block_pool_give(s->pool, b);
        s->cur = NULL;
    }
    writer_flush(s->writer, now_ns);
    s->blocked = stopped || !writer_ready(s->writer);
    mind_head(s, now_ns);
    task_time_set(&s->time, 1, s->blocked && take_input(s), 0, now_ns);
    if (!s->cur && links_done(s->in, s->inputs))
        s->ended = true;
    return rows >= STEP_ROWS;
}

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t sink_due(const void *self)
{
    const struct sink *s = self;
    if (s->ended)
        return TIME_NEVER;
    int64_t due = sooner(writer_due(s->writer), s->head_check_ns);
    if (s->writer->used > s->writer->sent ||
        (s->blocked && s->time.since_ns >= s->blocked_until_ns &&
         s->time.since_ns >= s->down_until_ns))
        due = sooner(due, s->time.since_ns + RETRY_WRITE_NS);
    if (s->time.since_ns < s->blocked_until_ns)
        due = sooner(due, s->blocked_until_ns);
    if (s->time.since_ns < s->down_until_ns)
        due = sooner(due, s->down_until_ns);
    return due;
}

void sink_set_order(struct sink *s, enum order order, int64_t now_ns)
{
    uint64_t from = 0, pos;
    sequencer_set_order(s->sequencer, order);
    ledger_set_order(s->ledger, (int)order, *s->emitted_end);
    while (sequencer_next_free(s->sequencer, *s->emitted_end, &from, &pos)) {
        accept_kept(s, pos, now_ns);
        release(s, pos, now_ns);
    }
}

uint32_t sink_in_flight(const struct sink *s)
{
    return (s->cur ? s->cur->count - s->cur->cursor : 0) + s->sequencer->waiting;
}

uint32_t sink_queue(const struct sink *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->inputs; i++)
        n += s->in[i]->records;
    return n;
}

void sink_visit(const struct sink *s, void (*visit)(void *, uint64_t id), void *context)
{
    for (uint32_t r = s->cur ? s->cur->cursor : 0; s->cur && r < s->cur->count; r++)
        visit(context, s->cur->id[r]);
    sequencer_visit(s->sequencer, *s->emitted_end, visit, context);
}
