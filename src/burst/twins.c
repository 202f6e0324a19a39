#include "burst/twins.h"

static uint32_t find(const struct twins *t, uint64_t id)
{
    uint32_t i = 0;
    while (i < t->count && t->id[i] != id)
        i++;
    return i;
}

bool twins_add(struct twins *t, uint64_t id)
{
    assert(twins_room(t));
    if (find(t, id) < t->count)
        return false;
    t->id[t->count] = id;
    t->arrived[t->count++] = false;
    t->made++;
    return true;
}

bool twins_arrive(struct twins *t, uint64_t id)
{
    uint32_t i = find(t, id);
    if (i == t->count)
        return false;
    if (!t->arrived[i]) {
        t->arrived[i] = true;
        return false;
    }
    t->count--;
    t->id[i] = t->id[t->count];
    t->arrived[i] = t->arrived[t->count];
    t->dropped++;
    return true;
}
