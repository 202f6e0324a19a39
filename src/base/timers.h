/* Timers: an indexed binary heap of times. Each id in [0, size) has at most one
 * time; the smallest (time, id) is found at once. Ties go to the smaller id, so
 * the order is the same in every run. Pure; the memory is the caller's. */
#ifndef BASE_TIMERS_H
#define BASE_TIMERS_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timers {
    uint32_t size, count;
    int64_t *at;    /* by id */
    uint32_t *heap; /* heap position -> id */
    uint32_t *pos;  /* id -> heap position + 1; 0: not set */
};

/* Bytes for `size` ids. */
size_t timers_bytes(uint32_t size);
/* memory: 8-aligned, zeroed, timers_bytes(size) long. */
void timers_init(struct timers *t, void *memory, uint32_t size);
/* Sets or moves the time of id; INT64_MAX clears it. O(log n). */
void timers_set(struct timers *t, uint32_t id, int64_t at);
void timers_clear(struct timers *t, uint32_t id);
static inline bool timers_has(const struct timers *t, uint32_t id) { return t->pos[id] != 0; }
/* Earliest time, INT64_MAX if there is none; *id (may be NULL) is whose. */
static inline int64_t timers_next(const struct timers *t, uint32_t *id)
{
    if (t->count == 0)
        return INT64_MAX;
    if (id)
        *id = t->heap[0];
    return t->at[t->heap[0]];
}

#endif
