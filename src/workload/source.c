#include "workload/source.h"

#include "base/units.h"

void source_init(struct source *s, const struct source_config *c, const struct schedule_spec *spec,
                 const struct source_host *host, struct block_pool *pool, int64_t now_ns)
{
    bool own = c->feed.look != NULL;
    *s = (struct source){.config = *c,
                         .host = *host,
                         .woke_ns = INT64_MIN / 2,
                         .free_ns = INT64_MIN,
                         .down_until_ns = INT64_MIN,
                         .watermark_ms = INT64_MIN};
    if (!own)
        s->config.feed = nexmark_feed(&s->events, &c->nexmark);
    if (c->seq_limit == 0)
        s->config.seq_limit = UINT64_MAX;
    schedule_init(&s->schedule, spec);
    outlet_init(&s->out, pool);
    task_time_init(&s->time, 1, now_ns);
}

static bool next_is_mine(const struct source *s)
{
    return s->schedule.next_seq % s->config.instances == s->config.instance;
}

/* Seqs of other instances of a fair source pass by when they are due: taken sooner,
 * a change of rate would come later for this instance than for the others. */
static void skip_others(struct source *s, int64_t now_ns)
{
    while (!next_is_mine(s) && schedule_next_due(&s->schedule) <= now_ns) {
        int64_t due, nominal, rate;
        schedule_take(&s->schedule, &due, &nominal, &rate);
    }
}

static uint64_t next_pos(const struct source *s)
{
    return s->schedule.next_seq * s->config.sources + s->config.index;
}

/* Is there nothing left to emit? */
static bool is_through(const struct source *s)
{
    return next_pos(s) >= s->config.pos_limit || s->schedule.next_seq >= s->config.seq_limit;
}

/* Asks the feed for the next record. */
static enum feed_state ask(struct source *s, uint32_t *room, int64_t now_ns)
{
    const struct feed *f = &s->config.feed;
    enum feed_state state = f->look(f->self, s->schedule.next_seq, room);
    if (state == FEED_ENDS)
        s->config.seq_limit = s->schedule.next_seq;
    if (state == FEED_HAS && s->waits)
        schedule_delay(&s->schedule, now_ns);
    s->waits = state == FEED_WAITS;
    return state;
}

/* Appends the record to the open block of its destination; returns its cost. */
static uint32_t build(struct source *s, uint64_t seq, int64_t due, int64_t nominal, int64_t rate,
                      uint64_t *key, int64_t now_ns)
{
    const struct feed *f = &s->config.feed;
    struct feed_row row;
    int64_t ms = s->config.base_time_ms + nominal / NS_PER_MS;
    f->begin(f->self, seq, ms, nexmark_horizon_ms(nominal, rate), &row);
    struct block *b = outlet_open(&s->out, row.key);
    uint32_t r = b->count;
    b->id[r] = record_id(s->config.index, seq);
    b->due[r] = due;
    b->emitted[r] = now_ns;
    b->event_time[r] = ms;
    b->key[r] = row.key;
    b->offset[r] = b->slab_used;
    b->length[r] = s->config.text ? f->text(f->self, b->slab + b->slab_used) : 0;
    b->token_end[r] = b->span_used;
    b->flags[r] = row.flags;
    b->reason[r] = row.reason;
    b->tag[r] = record_tag(b->id[r], b->slab + b->offset[r], b->length[r]);
    block_row_parts(b, r, NULL);
    b->slab_used += b->length[r];
    b->count = r + 1;
    uint32_t cost = record_cost(b->length[r]);
    for (int i = 0; i < s->chain_count; i++)
        if (s->chain[i].apply)
            s->chain[i].apply(s->chain[i].context, b, r);
    outlet_built(&s->out, b, now_ns);
    s->watermark_ms = ms;
    s->out.watermark_ms = ms;
    *key = row.key;
    return cost;
}

/* Emits the next record if it is due. Returns whether to go on. */
static bool emit(struct source *s, int64_t now_ns)
{
    skip_others(s, now_ns);
    uint64_t pos = next_pos(s);
    if (is_through(s) || schedule_next_due(&s->schedule) > now_ns)
        return false;
    uint32_t worst = 0;
    if (now_ns < s->free_ns || ask(s, &worst, now_ns) != FEED_HAS)
        return false;
    worst = s->config.text ? worst : 0;
    if (!s->host.admit(s->host.self, pos, record_cost(worst)) ||
        !outlet_room(&s->out, worst, now_ns)) {
        s->blocked = true;
        return false;
    }
    int64_t due, nominal, rate;
    uint64_t key, seq = schedule_take(&s->schedule, &due, &nominal, &rate);
    uint32_t cost = build(s, seq, due, nominal, rate, &key, now_ns);
    s->host.emitted(s->host.self, pos, key, cost);
    s->emitted++;
    if (s->config.cost_ns > 0) {
        int64_t start = s->free_ns > due ? s->free_ns : due;
        start = start > s->down_until_ns ? start : s->down_until_ns;
        s->free_ns = start + s->config.cost_ns;
    }
    return true;
}

/* When to emit next; a source that is blocked is woken by a pop or a settled
 * record, not by time. */
static int64_t next_time(struct source *s, int64_t now_ns)
{
    if (s->blocked || is_through(s))
        return TIME_NEVER;
    int64_t due = schedule_next_due(&s->schedule);
    if (due == TIME_NEVER)
        return due;
    if (s->waits)
        return now_ns + SOURCE_ASK_NS;
    int64_t gap_ns = (next_is_mine(s) ? s->woke_ns : now_ns) + SOURCE_GAP_NS;
    due = due > gap_ns ? due : gap_ns;
    due = due > s->free_ns ? due : s->free_ns;
    return due > s->down_until_ns ? due : s->down_until_ns;
}

bool source_step(void *self, int64_t now_ns)
{
    struct source *s = self;
    int rows = 0;
    if (s->ended)
        return false;
    if (s->blocked && s->free_ns < now_ns)
        s->free_ns = now_ns; /* time blocked is no capacity saved up */
    s->blocked = false;
    while (rows < BLOCK_ROWS && now_ns >= s->down_until_ns && emit(s, now_ns))
        rows++;
    if (rows > 0)
        s->woke_ns = now_ns;
    bool more = rows == BLOCK_ROWS;
    outlet_flush(&s->out, !more, now_ns);
    bool paced = now_ns < s->free_ns;
    task_time_set(&s->time, 1, paced && !s->blocked, s->blocked, now_ns);
    if (!more && is_through(s))
        s->ended = outlet_end(&s->out);
    s->next_ns = next_time(s, now_ns);
    return more;
}

int64_t source_due(const void *self)
{
    const struct source *s = self;
    if (s->ended)
        return TIME_NEVER;
    int64_t open = outlet_due(&s->out);
    return s->next_ns < open ? s->next_ns : open;
}

uint64_t source_backlog(struct source *s, int64_t now_ns)
{
    const struct source_config *c = &s->config;
    if (s->waits)
        return 0;
    uint64_t due = schedule_due_count(&s->schedule, now_ns);
    if (c->pos_limit != UINT64_MAX) {
        uint64_t limit =
            c->pos_limit <= c->index ? 0 : (c->pos_limit - c->index + c->sources - 1) / c->sources;
        due = due < limit ? due : limit;
    }
    due = due < c->seq_limit ? due : c->seq_limit;
    uint64_t mine = due > c->instance ? (due - c->instance + c->instances - 1) / c->instances : 0;
    return mine > s->emitted ? mine - s->emitted : 0;
}

void source_kill(struct source *s, int64_t now_ns) { s->down_until_ns = now_ns + TASK_RESTART_NS; }
