#include "flow/task.h"

#include "base/units.h"
#include "base/wide.h"
#include "flow/plant.h"

#define STEP_ROWS 2048 /* rows per step at most: a step is bounded */

/* ---- set-up ------------------------------------------------------------------- */

static uint32_t lane_capacity(const struct task_config *c)
{
    return 2 * c->slots_max + 64; /* a queue as long as the slots, and all of them killed */
}

size_t task_bytes(const struct task_config *c)
{
    size_t n = c->slots_max;
    return (n * sizeof(struct task_slot) + lane_capacity(c) * sizeof(struct lane_entry) +
            timers_bytes(c->slots_max) + 2 * n * sizeof(uint32_t) + 64) &
           ~(size_t)15;
}

void task_init(struct task *t, void *memory, const struct task_config *c, struct block_pool *pool,
               struct rowbox *box, int64_t now_ns)
{
    assert(c->slots >= 1 && c->slots <= c->slots_max);
    *t = (struct task){.config = *c, .pool = pool, .box = box};
    t->slot = memory;
    t->lane = (struct lane_entry *)(void *)(t->slot + c->slots_max);
    t->lane_size = lane_capacity(c);
    timers_init(&t->service, t->lane + t->lane_size, c->slots_max);
    t->free_slot = t->service.pos + c->slots_max;
    t->finished = t->free_slot + c->slots_max;
    t->prng = prng_split(c->seed, 0);
    t->down_until_ns = INT64_MIN;
    outlet_init(&t->out, pool);
    outlet_init(&t->remote, pool);
    task_time_init(&t->time, c->slots, now_ns);
    watermark_init(&t->gate);
}

void task_ready(struct task *t)
{
    t->by_row = t->config.cost_ns > 0 || t->remote.edges > 0;
    if (!t->by_row)
        return;
    for (; t->slots_known < t->config.slots; t->slots_known++) {
        t->slot[t->slots_known].box = ROWBOX_NONE;
        t->free_slot[t->free_count++] = t->slots_known;
    }
}

/* ---- input ---------------------------------------------------------------------- */

static int64_t input_watermark(const struct task *t)
{
    int64_t low = INT64_MAX;
    for (uint32_t i = 0; i < t->inputs; i++)
        if (!link_done(t->in[i]) && t->in[i]->watermark_ms < low)
            low = t->in[i]->watermark_ms;
    return low == INT64_MAX ? t->gate.in_ms : low;
}

/* Next block: fallback links first (they hold the oldest records), then the
 * normal inputs in turn. */
static bool take_input(struct task *t)
{
    if (t->cur)
        return true;
    for (uint32_t i = t->inputs; i < t->inputs + t->fallbacks && !t->cur; i++) {
        t->cur = link_pop(t->in[i]);
        t->cur_fallback = t->cur != NULL;
    }
    for (uint32_t k = 0; k < t->inputs && !t->cur; k++) {
        uint32_t i = (t->next_in + k) % t->inputs;
        t->cur = link_pop(t->in[i]);
        if (t->cur) {
            t->next_in = (i + 1) % t->inputs;
            t->in_count += t->cur->count;
        }
    }
    return t->cur != NULL;
}

static void apply_chain(struct task *t, struct block *b, uint32_t from)
{
    for (int i = 0; i < t->chain_count; i++)
        if (t->chain[i].apply)
            t->chain[i].apply(t->chain[i].context, b, from);
}

/* ---- block mode -------------------------------------------------------------------- */

static bool step_blocks(struct task *t, int64_t now_ns)
{
    bool down = now_ns < t->down_until_ns;
    if (t->done == NULL && !down && take_input(t)) {
        struct block *b = t->cur;
        t->cur = NULL;
        apply_chain(t, b, 0);
        t->served_count += b->count;
        b->watermark_ms = watermark_advance(&t->gate, input_watermark(t)); /* holds after b */
        t->done = b;
    }
    if (t->done && outlet_give(&t->out, t->done, now_ns))
        t->done = NULL;
    return t->done == NULL && !down && t->inputs > 0 && take_input(t);
}

/* ---- row mode: slots ------------------------------------------------------------------ */

static int64_t cost_of(struct task *t)
{
    int64_t cost = t->config.cost_ns;
    if (t->config.jitter_ppm == 0 || cost == 0)
        return cost;
    int64_t spread = wide_mul_div(cost, t->config.jitter_ppm, PPM_ONE);
    return cost - spread + (int64_t)prng_below(&t->prng, (uint64_t)(2 * spread + 1));
}

static void slot_start(struct task *t, uint32_t box, int64_t since_ns, int64_t now_ns)
{
    uint32_t s = t->free_slot[--t->free_count];
    struct task_slot *slot = &t->slot[s];
    /* A slot that fell free between two steps takes the next record at that very
     * moment, if the record was there: capacity does not depend on the loop's pace. */
    int64_t start = slot->free_ns > since_ns ? slot->free_ns : since_ns;
    start = start > t->down_until_ns ? start : t->down_until_ns;
    slot->started_ns = start < now_ns ? start : now_ns;
    slot->box = box;
    timers_set(&t->service, s, slot->started_ns + cost_of(t));
    t->busy++;
}

/* The finished record of a slot leaves through the outlet. */
static bool slot_output(struct task *t, uint32_t s, int64_t free_ns, int64_t now_ns)
{
    struct task_slot *slot = &t->slot[s];
    if (!outlet_room(&t->out, rowbox_length(t->box, slot->box), now_ns))
        return false;
    struct block *b = outlet_open(&t->out, rowbox_key(t->box, slot->box));
    rowbox_take(t->box, slot->box, b);
    uint32_t row = b->count - 1;
    struct parts parts = b->has_parts ? b->parts[row] : (struct parts){0};
    parts.service += slot->free_ns - slot->started_ns;
    block_row_parts(b, row, &parts);
    apply_chain(t, b, row);
    watermark_leave(&t->gate, (b->flags[row] & ROW_EPOCH) != 0, 1);
    b->flags[row] &= (uint8_t) ~(ROW_EPOCH | ROW_LOCAL);
    enum plant_kind planted = PLANT_ROW(PLACE_SLOT, &b->id[row]);
    if (planted == PLANT_REPEAT && block_fits(b, b->length[row]))
        block_copy_row(b, b, row);
    if (planted == PLANT_DROP)
        b->count--;
    else
        outlet_built(&t->out, b, now_ns);
    slot->box = ROWBOX_NONE;
    slot->free_ns = free_ns;
    t->busy--;
    t->served_count++;
    if (s < t->config.slots)
        t->free_slot[t->free_count++] = s;
    else
        slot->down = true; /* taken away while it served: gone until slots grow again */
    return true;
}

static void slot_up(struct task *t, uint32_t s, int64_t now_ns)
{
    t->slot[s].down = false;
    t->slot[s].free_ns = now_ns;
    t->down--;
    if (s < t->config.slots)
        t->free_slot[t->free_count++] = s;
    else
        t->slot[s].down = true;
}

static void finished_push(struct task *t, uint32_t s)
{
    t->finished[(t->finished_head + t->finished_count++) % t->config.slots_max] = s;
}

/* Records done by now leave, in the order they were done. */
static bool complete(struct task *t, int64_t now_ns)
{
    bool progress = false;
    while (t->finished_count > 0) {
        if (!slot_output(t, t->finished[t->finished_head], now_ns, now_ns))
            break;
        t->finished_head = (t->finished_head + 1) % t->config.slots_max;
        t->finished_count--;
        progress = true;
    }
    uint32_t s = 0;
    for (int64_t at; (at = timers_next(&t->service, &s)) <= now_ns; progress = true) {
        timers_clear(&t->service, s);
        if (t->slot[s].box == ROWBOX_NONE) {
            slot_up(t, s, now_ns);
            continue;
        }
        t->slot[s].free_ns = at;
        if (t->finished_count > 0 || !slot_output(t, s, at, now_ns))
            finished_push(t, s);
    }
    return progress;
}

/* ---- row mode: dispatch ----------------------------------------------------------------- */

static void lane_push(struct task *t, struct lane_entry e, bool front)
{
    assert(t->lane_count < t->lane_size);
    if (front) {
        t->lane_head = (t->lane_head + t->lane_size - 1) % t->lane_size;
        t->lane[t->lane_head] = e;
    } else {
        t->lane[(t->lane_head + t->lane_count) % t->lane_size] = e;
    }
    t->lane_count++;
}

static bool lane_room(const struct task *t) { return t->lane_count < t->config.slots; }

static bool slots_open(const struct task *t, int64_t now_ns)
{
    return t->free_count > 0 && now_ns >= t->down_until_ns;
}

/* Puts the record at the cursor into a slot, or into the lane queue. */
static void go_local(struct task *t, struct block *b, int64_t now_ns)
{
    uint32_t row = b->cursor;
    if (watermark_enter(&t->gate))
        b->flags[row] |= ROW_EPOCH;
    else
        b->flags[row] &= (uint8_t)~ROW_EPOCH;
    uint32_t box = rowbox_put(t->box, b, row);
    if (t->lane_count == 0 && slots_open(t, now_ns))
        slot_start(t, box, b->pushed_ns, now_ns);
    else
        lane_push(t, (struct lane_entry){box, b->pushed_ns}, false);
}

static void go_remote(struct task *t, struct block *b, int64_t now_ns)
{
    struct block *open = outlet_open(&t->remote, b->key[b->cursor]);
    block_copy_row(open, b, b->cursor);
    outlet_built(&t->remote, open, now_ns);
    t->remote_count++;
}

static bool dispatch_row(struct task *t, struct block *b, int64_t now_ns)
{
    bool local = lane_room(t) || (t->lane_count == 0 && slots_open(t, now_ns));
    enum way way = local ? WAY_LOCAL : WAY_WAIT;
    bool may_burst = t->remote.edges > 0 && !t->remote_ended && !t->cur_fallback &&
                     !(b->flags[b->cursor] & (ROW_LOCAL | ROW_DEAD));
    if (may_burst) {
        bool remote = outlet_room(&t->remote, b->length[b->cursor], now_ns);
        way = t->divert.way(t->divert.self, b, b->cursor, local, remote);
    }
    if (way == WAY_LOCAL)
        go_local(t, b, now_ns);
    else if (way == WAY_REMOTE)
        go_remote(t, b, now_ns);
    return way != WAY_WAIT;
}

static bool fill_slots(struct task *t, int64_t now_ns)
{
    bool progress = false;
    while (t->lane_count > 0 && slots_open(t, now_ns)) {
        struct lane_entry e = t->lane[t->lane_head];
        t->lane_head = (t->lane_head + 1) % t->lane_size;
        t->lane_count--;
        slot_start(t, e.box, e.since_ns, now_ns);
        progress = true;
    }
    return progress;
}

static bool feed(struct task *t, int64_t now_ns, uint32_t *rows)
{
    bool progress = fill_slots(t, now_ns);
    while (*rows < STEP_ROWS && take_input(t)) {
        struct block *b = t->cur;
        /* The lane is only full if what is done by now has made room in it: records
         * without cost, and those of a loop that comes late, are done at once. */
        while (!lane_room(t) && complete(t, now_ns) && fill_slots(t, now_ns))
            progress = true;
        if (!dispatch_row(t, b, now_ns))
            break;
        ++*rows;
        progress = true;
        if (++b->cursor == b->count) {
            block_pool_give(t->pool, b);
            t->cur = NULL;
        }
    }
    return progress;
}

static bool step_rows(struct task *t, int64_t now_ns)
{
    uint32_t rows = 0;
    bool progress = true;
    while (progress && rows < STEP_ROWS) {
        progress = complete(t, now_ns);
        progress |= feed(t, now_ns, &rows);
    }
    if (t->cur == NULL) { /* every record up to the inputs' watermark is dispatched */
        t->out.watermark_ms = watermark_advance(&t->gate, input_watermark(t));
        t->remote.watermark_ms = t->gate.in_ms;
    }
    return rows >= STEP_ROWS;
}

/* ---- the agent --------------------------------------------------------------------------- */

static void account(struct task *t, int64_t now_ns)
{
    if (t->by_row) {
        task_time_set(&t->time, t->config.slots, t->busy - t->finished_count, t->finished_count,
                      now_ns);
        return;
    }
    task_time_set(&t->time, 1, 0, t->done != NULL, now_ns);
}

static void maybe_end(struct task *t)
{
    if (t->cur || t->done || t->lane_count || t->busy || !links_done(t->in, t->inputs))
        return;
    if (t->remote.edges > 0 && !t->remote_ended)
        t->remote_ended = outlet_end(&t->remote);
    if (t->remote.edges > 0 && !t->remote_ended)
        return;
    if (links_done(t->in + t->inputs, t->fallbacks))
        t->ended = outlet_end(&t->out);
}

bool task_step(void *self, int64_t now_ns)
{
    struct task *t = self;
    if (t->ended)
        return false;
    bool more = t->by_row ? step_rows(t, now_ns) : step_blocks(t, now_ns);
    outlet_flush(&t->out, !more, now_ns);
    if (t->remote.edges > 0 && !t->remote_ended)
        outlet_flush(&t->remote, !more, now_ns);
    account(t, now_ns);
    if (!more)
        maybe_end(t);
    return more;
}

int64_t task_due(const void *self)
{
    const struct task *t = self;
    if (t->ended)
        return TIME_NEVER;
    int64_t due = timers_next(&t->service, NULL);
    int64_t open = outlet_due(&t->out);
    if (open < due)
        due = open;
    bool waits = t->cur || t->lane_count || task_queue(t);
    if (waits && t->down_until_ns > t->time.since_ns && t->down_until_ns < due)
        due = t->down_until_ns;
    return due;
}

/* ---- commands -------------------------------------------------------------------------------- */

void task_set_slots(struct task *t, uint32_t slots, int64_t now_ns)
{
    if (slots > t->config.slots_max)
        slots = t->config.slots_max;
    assert(slots >= 1);
    t->config.slots = slots;
    if (!t->by_row)
        return;
    t->free_count = 0; /* rebuilt: free slots below the new number */
    for (uint32_t s = slots; s-- > 0;) {
        struct task_slot *slot = &t->slot[s];
        if (s >= t->slots_known) {
            *slot = (struct task_slot){.box = ROWBOX_NONE, .free_ns = now_ns};
        } else if (slot->down && !timers_has(&t->service, s)) {
            slot->down = false; /* it had been taken away */
            slot->free_ns = now_ns;
        }
        if (slot->box == ROWBOX_NONE && !slot->down)
            t->free_slot[t->free_count++] = s;
    }
    for (uint32_t s = slots; s < t->slots_known; s++)
        if (t->slot[s].box == ROWBOX_NONE)
            t->slot[s].down = true;
    if (t->slots_known < slots)
        t->slots_known = slots;
    account(t, now_ns);
}

static uint32_t kill_slot(struct task *t, uint32_t s, int64_t now_ns)
{
    struct task_slot *slot = &t->slot[s];
    if (slot->box == ROWBOX_NONE)
        return 0;
    lane_push(t, (struct lane_entry){slot->box, now_ns}, true);
    slot->box = ROWBOX_NONE;
    timers_clear(&t->service, s);
    for (uint32_t i = 0; i < t->finished_count; i++) {
        uint32_t at = (t->finished_head + i) % t->config.slots_max;
        if (t->finished[at] != s)
            continue;
        for (; i + 1 < t->finished_count; i++) {
            uint32_t next = (t->finished_head + i + 1) % t->config.slots_max;
            t->finished[(t->finished_head + i) % t->config.slots_max] = t->finished[next];
        }
        t->finished_count--;
    }
    t->busy--;
    t->killed_count++;
    return 1;
}

/* The record whose service was cut starts afresh: nothing of it was handed on. */
uint32_t task_kill(struct task *t, int64_t slot, int64_t now_ns)
{
    uint32_t moved = 0;
    int64_t up_ns = now_ns + TASK_RESTART_NS;
    if (slot < 0) {
        t->finished_count = 0; /* all of them: no need to look for each */
        for (uint32_t s = t->slots_known; s-- > 0;)
            if (kill_slot(t, s, now_ns)) {
                moved++;
                t->slot[s].free_ns = up_ns;
                if (s < t->config.slots)
                    t->free_slot[t->free_count++] = s;
                else
                    t->slot[s].down = true;
            }
        t->down_until_ns = up_ns;
    } else if ((uint32_t)slot < t->slots_known && t->by_row) {
        uint32_t s = (uint32_t)slot;
        moved = kill_slot(t, s, now_ns);
        if (!t->slot[s].down) {
            for (uint32_t i = 0; i < t->free_count; i++)
                if (t->free_slot[i] == s) {
                    t->free_slot[i] = t->free_slot[--t->free_count];
                    break;
                }
            t->slot[s].down = true;
            t->down++;
            timers_set(&t->service, s, up_ns);
        }
    }
    account(t, now_ns);
    return moved;
}

/* ---- what is inside ------------------------------------------------------------------------------ */

uint32_t task_in_flight(const struct task *t)
{
    return block_rows_left(t->cur) + block_rows_left(t->done) + t->lane_count + t->busy +
           outlet_pending(&t->out) + outlet_pending(&t->remote);
}

uint32_t task_queue(const struct task *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->inputs + t->fallbacks; i++)
        n += t->in[i]->records;
    return n;
}

void task_visit(const struct task *t, void (*visit)(void *, uint64_t id), void *context)
{
    block_visit(t->cur, visit, context);
    block_visit(t->done, visit, context);
    for (uint32_t i = 0; i < t->lane_count; i++)
        visit(context, rowbox_id(t->box, t->lane[(t->lane_head + i) % t->lane_size].box));
    for (uint32_t s = 0; s < t->slots_known; s++)
        if (t->slot[s].box != ROWBOX_NONE)
            visit(context, rowbox_id(t->box, t->slot[s].box));
    outlet_visit(&t->out, visit, context);
    outlet_visit(&t->remote, visit, context);
}
