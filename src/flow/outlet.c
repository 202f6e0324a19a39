#include "flow/outlet.h"

#include "base/hash.h"
#include "base/units.h"

void outlet_init(struct outlet *o, struct block_pool *pool)
{
    *o = (struct outlet){.pool = pool, .flush_ns = 10 * NS_PER_MS, .watermark_ms = INT64_MIN};
}

void outlet_add(struct outlet *o, enum ship ship, bool per_row, struct link **links,
                struct block **open, uint32_t count)
{
    assert(o->edges < OUTLET_EDGES && count > 0);
    o->edge[o->edges++] = (struct outlet_edge){ship, per_row, count, 0, 1, links, open};
}

static void push_open(struct outlet *o, struct outlet_edge *e, uint32_t i, int64_t now_ns)
{
    struct block *b = e->open[i];
    e->open[i] = NULL;
    b->watermark_ms = o->watermark_ms;
    link_push(e->link[i], b, now_ns);
}

/* Makes sure that destination i has an open block which fits length more bytes. */
static bool make_room(struct outlet *o, struct outlet_edge *e, uint32_t i, uint32_t length,
                      int64_t now_ns)
{
    struct block *b = e->open[i];
    if (b && !block_fits(b, length)) {
        if (link_full(e->link[i]))
            return false;
        push_open(o, e, i, now_ns);
        b = NULL;
    }
    if (b == NULL) {
        b = block_pool_take(o->pool);
        assert(b != NULL);     /* the pool is sized for every holder at its limit */
        b->pushed_ns = now_ns; /* until it is pushed: when it was opened */
        e->open[i] = b;
    }
    return true;
}

/* Destinations that the next row may go to: all but for a rebalance, whose next
 * one is known. A rebalance passes over a destination that has no room. */
static bool edge_room(struct outlet *o, struct outlet_edge *e, uint32_t length, int64_t now_ns)
{
    if (e->ship == SHIP_REBALANCE) {
        for (uint32_t k = 0; k < e->count; k++) {
            uint32_t i = (e->next + k) % e->count;
            if (make_room(o, e, i, length, now_ns)) {
                e->next = i;
                return true;
            }
        }
        return false;
    }
    for (uint32_t i = 0; i < e->count; i++)
        if (!make_room(o, e, i, length, now_ns))
            return false;
    return true;
}

bool outlet_room(struct outlet *o, uint32_t length, int64_t now_ns)
{
    for (int k = 0; k < o->edges; k++)
        if (!edge_room(o, &o->edge[k], length, now_ns))
            return false;
    return true;
}

static uint32_t destination(struct outlet_edge *e, uint64_t key)
{
    if (e->ship == SHIP_HASH)
        return (uint32_t)(hash_word(HASH_SEED, key) % e->count);
    if (e->ship != SHIP_REBALANCE)
        return 0;
    uint32_t i = e->next;
    e->next = (i + 1) % e->count;
    return i;
}

struct block *outlet_open(struct outlet *o, uint64_t key)
{
    struct outlet_edge *e = &o->edge[0];
    struct block *b = e->open[destination(e, key)];
    assert(b != NULL);
    return b;
}

void outlet_built(struct outlet *o, struct block *b, int64_t now_ns)
{
    uint32_t row = b->count - 1;
    (void)now_ns;
    for (int k = 0; k < o->edges; k++) {
        struct outlet_edge *e = &o->edge[k];
        if (e->ship == SHIP_BROADCAST) {
            for (uint32_t i = 0; i < e->count; i++)
                if (e->open[i] != b)
                    block_copy_row(e->open[i], b, row);
        } else if (k > 0) {
            block_copy_row(e->open[destination(e, b->key[row])], b, row);
        }
    }
    o->passed++;
}

/* The last row of b has left: what b says of the rows after it holds from now on. */
static void raise_watermark(struct outlet *o, const struct block *b)
{
    if (b->watermark_ms > o->watermark_ms)
        o->watermark_ms = b->watermark_ms;
}

/* A whole block can go as it is: one edge, one destination, nothing before it. */
static bool give_whole(struct outlet *o, struct block *b, int64_t now_ns)
{
    struct outlet_edge *e = &o->edge[0];
    bool spreads = e->count > 1 && (e->ship != SHIP_REBALANCE || e->per_row);
    if (o->edges != 1 || spreads || b->cursor != 0)
        return false;
    uint32_t i = e->ship == SHIP_REBALANCE ? e->next : 0;
    bool before = e->open[i] && e->open[i]->count > 0; /* an empty one may stay */
    if (before && !link_full(e->link[i]))
        push_open(o, e, i, now_ns);
    if ((before && e->open[i]) || link_full(e->link[i]))
        return false;
    if (e->ship == SHIP_REBALANCE)
        e->next = (i + 1) % e->count;
    o->passed += b->count;
    raise_watermark(o, b);
    b->watermark_ms = o->watermark_ms;
    link_push(e->link[i], b, now_ns);
    return true;
}

bool outlet_give(struct outlet *o, struct block *b, int64_t now_ns)
{
    if (give_whole(o, b, now_ns))
        return true;
    for (; b->cursor < b->count; b->cursor++) {
        if (!outlet_room(o, b->length[b->cursor], now_ns))
            return false;
        struct block *open = outlet_open(o, b->key[b->cursor]);
        block_copy_row(open, b, b->cursor);
        outlet_built(o, open, now_ns);
    }
    raise_watermark(o, b);
    block_pool_give(o->pool, b);
    return true;
}

void outlet_flush(struct outlet *o, bool idle, int64_t now_ns)
{
    for (int k = 0; k < o->edges; k++) {
        struct outlet_edge *e = &o->edge[k];
        for (uint32_t i = 0; i < e->count; i++) {
            struct block *b = e->open[i];
            if (b == NULL || b->count == 0)
                continue;
            if (!idle && b->count < BLOCK_ROWS && now_ns - b->pushed_ns < o->flush_ns)
                continue;
            if (!link_full(e->link[i]))
                push_open(o, e, i, now_ns);
        }
    }
}

int64_t outlet_due(const struct outlet *o)
{
    int64_t due = TIME_NEVER;
    for (int k = 0; k < o->edges; k++)
        for (uint32_t i = 0; i < o->edge[k].count; i++) {
            const struct block *b = o->edge[k].open[i];
            const struct link *l = o->edge[k].link[i];
            if (b && b->count > 0 && !l->was_full && b->pushed_ns + o->flush_ns < due)
                due = b->pushed_ns + o->flush_ns;
        }
    return due;
}

static uint32_t edge_pending(const struct outlet_edge *e)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->count; i++)
        n += e->open[i] ? e->open[i]->count : 0;
    return n;
}

uint32_t outlet_pending(const struct outlet *o)
{
    uint32_t n = 0;
    for (int k = 0; k < o->edges; k++)
        n += edge_pending(&o->edge[k]);
    return n;
}

uint64_t outlet_owed(const struct outlet *o)
{
    uint64_t n = 0;
    for (int k = 0; k < o->edges; k++)
        n += (uint64_t)edge_pending(&o->edge[k]) * o->edge[k].weight;
    return n;
}

bool outlet_end(struct outlet *o)
{
    if (outlet_pending(o) > 0)
        return false;
    for (int k = 0; k < o->edges; k++)
        for (uint32_t i = 0; i < o->edge[k].count; i++) {
            struct outlet_edge *e = &o->edge[k];
            if (e->open[i])
                block_pool_give(o->pool, e->open[i]);
            e->open[i] = NULL;
            link_end(e->link[i]);
        }
    return true;
}

uint32_t outlet_blocks(const struct outlet *o)
{
    uint32_t n = 0;
    for (int k = 0; k < o->edges; k++)
        n += o->edge[k].count;
    return n;
}

void outlet_visit(const struct outlet *o, void (*visit)(void *, uint64_t id), void *context)
{
    for (int k = 0; k < o->edges; k++)
        for (uint32_t i = 0; i < o->edge[k].count; i++) {
            const struct block *b = o->edge[k].open[i];
            for (uint32_t r = 0; b && r < b->count; r++)
                visit(context, b->id[r]);
        }
}
