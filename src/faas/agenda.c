#include "faas/agenda.h"

#include <stdbool.h>

static bool before(const struct agenda_entry *a, const struct agenda_entry *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->number < b->number;
}

void agenda_push(struct agenda *a, struct agenda_entry entry)
{
    assert(a->count < a->capacity);
    int32_t hole = a->count++;
    while (hole > 0) {
        int32_t parent = (hole - 1) / 2;
        if (!before(&entry, &a->entry[parent]))
            break;
        a->entry[hole] = a->entry[parent];
        hole = parent;
    }
    a->entry[hole] = entry;
}

struct agenda_entry agenda_pop(struct agenda *a)
{
    assert(a->count > 0);
    struct agenda_entry first = a->entry[0];
    struct agenda_entry last = a->entry[--a->count];
    int32_t hole = 0;
    for (;;) {
        int32_t child = 2 * hole + 1;
        if (child >= a->count)
            break;
        if (child + 1 < a->count && before(&a->entry[child + 1], &a->entry[child]))
            child++;
        if (!before(&a->entry[child], &last))
            break;
        a->entry[hole] = a->entry[child];
        hole = child;
    }
    a->entry[hole] = last; /* when the heap is now empty, hole 0: harmless */
    return first;
}
