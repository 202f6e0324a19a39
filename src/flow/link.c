#include "flow/link.h"

#include "flow/plant.h"

void link_init(struct link *l, uint32_t record_limit)
{
    assert(record_limit > 0);
    *l = (struct link){.record_limit = record_limit, .watermark_ms = INT64_MIN};
}

bool link_full(struct link *l)
{
    bool full = l->count == LINK_BLOCKS || l->records >= l->record_limit;
    l->was_full |= full;
    return full;
}

void link_push(struct link *l, struct block *b, int64_t now_ns)
{
    assert(l->count < LINK_BLOCKS);
    assert(!l->ended);
    assert(b->count > 0 && b->cursor == 0);
    PLANT(l->place, l, b);
    if (b->count == 0)
        return; /* a planted fault dropped its only record */
    b->pushed_ns = now_ns;
    l->ring[(l->head + l->count) % LINK_BLOCKS] = b;
    l->count++;
    l->records += b->count;
    l->passed += b->count;
    wake_up(l->consumer);
}

struct block *link_pop(struct link *l)
{
    if (l->count == 0)
        return NULL;
    struct block *b = l->ring[l->head];
    l->head = (l->head + 1) % LINK_BLOCKS;
    l->count--;
    assert(l->records >= b->count);
    l->records -= b->count;
    if (b->watermark_ms > l->watermark_ms)
        l->watermark_ms = b->watermark_ms;
    if (l->was_full) {
        l->was_full = false;
        wake_up(l->producer);
    }
    return b;
}

void link_end(struct link *l)
{
    if (l->ended)
        return;
    l->ended = true;
    wake_up(l->consumer);
}

bool links_done(struct link *const *links, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!link_done(links[i]))
            return false;
    return true;
}
