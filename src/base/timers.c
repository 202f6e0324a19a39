#include "base/timers.h"

size_t timers_bytes(uint32_t size)
{
    return (size_t)size * (sizeof(int64_t) + 2 * sizeof(uint32_t));
}

void timers_init(struct timers *t, void *memory, uint32_t size)
{
    t->size = size;
    t->count = 0;
    t->at = memory;
    t->heap = (uint32_t *)(void *)(t->at + size);
    t->pos = t->heap + size;
}

static bool before(const struct timers *t, uint32_t a, uint32_t b)
{
    return t->at[a] != t->at[b] ? t->at[a] < t->at[b] : a < b;
}

static void place(struct timers *t, uint32_t position, uint32_t id)
{
    t->heap[position] = id;
    t->pos[id] = position + 1;
}

static void sift_up(struct timers *t, uint32_t position, uint32_t id)
{
    while (position > 0) {
        uint32_t parent = (position - 1) / 2;
        if (!before(t, id, t->heap[parent]))
            break;
        place(t, position, t->heap[parent]);
        position = parent;
    }
    place(t, position, id);
}

static void sift_down(struct timers *t, uint32_t position, uint32_t id)
{
    for (;;) {
        uint32_t child = 2 * position + 1;
        if (child >= t->count)
            break;
        if (child + 1 < t->count && before(t, t->heap[child + 1], t->heap[child]))
            child++;
        if (!before(t, t->heap[child], id))
            break;
        place(t, position, t->heap[child]);
        position = child;
    }
    place(t, position, id);
}

void timers_set(struct timers *t, uint32_t id, int64_t at)
{
    assert(id < t->size);
    if (at == INT64_MAX) {
        timers_clear(t, id);
        return;
    }
    if (t->pos[id] == 0) {
        t->at[id] = at;
        sift_up(t, t->count++, id);
        return;
    }
    int64_t old = t->at[id];
    if (at == old)
        return;
    t->at[id] = at;
    if (at < old)
        sift_up(t, t->pos[id] - 1, id);
    else
        sift_down(t, t->pos[id] - 1, id);
}

void timers_clear(struct timers *t, uint32_t id)
{
    assert(id < t->size);
    if (t->pos[id] == 0)
        return;
    uint32_t position = t->pos[id] - 1;
    t->pos[id] = 0;
    uint32_t last = t->heap[--t->count];
    if (last == id)
        return;
    if (position > 0 && before(t, last, t->heap[(position - 1) / 2]))
        sift_up(t, position, last);
    else
        sift_down(t, position, last);
}
