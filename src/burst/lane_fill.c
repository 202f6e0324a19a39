/* The batcher: records from the links into batches, by size and by linger. */
#include "burst/lane_parts.h"
#include "flow/plant.h"

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
    uint32_t t = lane_ticket(l, &l->fill, l->fill_bytes, now_ns);
    struct ticket *k = &l->ticket[t];
    k->opened_ns = l->fill_since_ns;
    for (struct block *b = k->batch.first; b; b = b->next)
        for (uint32_t r = 0; r < b->count; r++)
            b->parts[r].fill += now_ns; /* was set to minus the time of entry */
    k->entered[0] = l->fill_entered[0];
    k->entered[1] = l->fill_entered[1];
    l->fill_entered[0] = l->fill_entered[1] = 0;
    PLANT(PLACE_BATCH, l, k->batch.first);
    k->batch.records = list_rows(&k->batch);
    lane_queue_push(l, t, false);
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
    int epoch = watermark_enter(&l->gate);
    b->flags[to] = (uint8_t)((b->flags[to] & ~ROW_EPOCH) | (epoch ? ROW_EPOCH : 0));
    l->fill_entered[epoch]++;
    l->fill.records++;
    l->fill_bytes += from->length[row];
    return true;
}

static bool fill_is_due(struct lane *l, int64_t now_ns)
{
    if (l->fill.records == 0)
        return false;
    if (l->fill.records >= l->fill_target || l->fill_bytes >= LANE_BATCH_BYTES)
        return true;
    /* No call could start anyway: go on filling rather than queue a small batch. */
    bool startable = l->queue_count == 0 && (lane_may_start(l) || lane_waits_for_bill(l));
    bool waited = now_ns - l->fill_since_ns >= l->linger_ns;
    return (waited && startable) || (l->cur == NULL && links_done(l->in, l->inputs));
}

bool lane_fill(struct lane *l, int64_t now_ns, uint32_t *rows)
{
    bool progress = false;
    for (;;) {
        if (l->config.blocking && l->free_count < l->tickets)
            return progress;
        if (fill_is_due(l, now_ns)) {
            if (l->queue_count >= LANE_QUEUED || l->free_count == 0)
                return progress;
            close_batch(l, now_ns);
            progress = true;
            if (lane_may_start(l))
                return true;
            continue;
        }
        if (*rows >= LANE_STEP_ROWS || !take_input(l) || !fill_row(l, l->cur, now_ns))
            return progress;
        ++*rows;
        progress = true;
        if (++l->cur->cursor == l->cur->count) {
            block_pool_give(l->pool, l->cur);
            l->cur = NULL;
        }
    }
}
