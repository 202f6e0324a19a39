/* A batch that is too large for the platform, cut in two. */
#include "burst/lane_parts.h"

/* Rows from `row` on move to a block of their own; NULL if there is none. */
static struct block *cut_block(struct lane *l, struct block *b, uint32_t row)
{
    struct block *tail = l->blocks < l->config.blocks_max ? block_pool_take(l->pool) : NULL;
    if (tail == NULL)
        return NULL;
    l->blocks++;
    for (uint32_t r = row; r < b->count; r++)
        block_copy_row(tail, b, r);
    b->count = row;
    b->slab_used = b->offset[row];
    b->span_used = block_first_span(b, row);
    tail->next = b->next;
    b->next = NULL;
    return tail;
}

/* The blocks of the second half, taken off the list. NULL: no room. */
static struct block *cut_list(struct lane *l, struct block_list *list, uint32_t keep)
{
    struct block *b = list->first;
    while (keep > b->count) {
        keep -= b->count;
        b = b->next;
    }
    if (keep < b->count)
        return cut_block(l, b, keep);
    struct block *tail = b->next;
    b->next = NULL;
    return tail;
}

/* Counts what is in the list: records, bytes, records by epoch of the watermark gate. */
static uint32_t count_list(struct block_list *list, uint32_t entered[2])
{
    uint32_t bytes = 0;
    list->records = entered[0] = entered[1] = 0;
    for (const struct block *b = list->first; b; b = b->next) {
        list->records += b->count;
        for (uint32_t r = 0; r < b->count; r++) {
            bytes += b->length[r];
            entered[(b->flags[r] & ROW_EPOCH) != 0]++;
        }
    }
    return bytes;
}

uint32_t lane_split(struct lane *l, uint32_t t)
{
    struct ticket *k = &l->ticket[t];
    uint32_t entered[2];
    if (k->batch.records < 2 || l->free_count == 0)
        return t;
    struct block_list tail = {cut_list(l, &k->batch, k->batch.records / 2), 0};
    if (tail.first == NULL)
        return t;
    uint32_t bytes = count_list(&tail, entered);
    uint32_t half = lane_ticket(l, &tail, bytes, k->closed_ns);
    l->ticket[half].opened_ns = k->opened_ns;
    struct ticket *h = &l->ticket[half];
    h->first_ns = k->first_ns;
    h->entered[0] = entered[0];
    h->entered[1] = entered[1];
    k->entered[0] -= entered[0];
    k->entered[1] -= entered[1];
    k->batch.records -= tail.records;
    k->bytes -= bytes;
    k->attempt = 0;
    k->epoch++; /* an answer to the whole is none to the half */
    return half;
}
