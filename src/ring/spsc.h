/* A bounded ring of fixed-size messages, one producer thread, one consumer thread.
 *
 *   operation  | producer | consumer
 *   spsc_push  |    x     |    –
 *   spsc_pop   |    –     |    x        (both may run at once)
 *   spsc_empty |    –     |    x
 *
 * A message is copied in and out; a full ring refuses, and the caller keeps it. */
#ifndef RING_SPSC_H
#define RING_SPSC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct spsc {
    unsigned char *slot;
    size_t size;   /* of a message */
    uint32_t mask; /* messages - 1, messages a power of two */
    _Alignas(64) _Atomic uint32_t pushed;
    _Alignas(64) _Atomic uint32_t popped;
};

/* memory: size × messages bytes, the caller's. */
static inline void spsc_init(struct spsc *r, void *memory, size_t size, uint32_t messages)
{
    r->slot = memory;
    r->size = size;
    r->mask = messages - 1;
    atomic_init(&r->pushed, 0);
    atomic_init(&r->popped, 0);
}

static inline bool spsc_push(struct spsc *r, const void *message)
{
    uint32_t at = atomic_load_explicit(&r->pushed, memory_order_relaxed);
    /* pairs with the release in spsc_pop: the slot has been read */
    if (at - atomic_load_explicit(&r->popped, memory_order_acquire) > r->mask)
        return false;
    memcpy(r->slot + (at & r->mask) * r->size, message, r->size);
    /* pairs with the acquire in spsc_pop: the message before the count */
    atomic_store_explicit(&r->pushed, at + 1, memory_order_release);
    return true;
}

static inline bool spsc_pop(struct spsc *r, void *message)
{
    uint32_t at = atomic_load_explicit(&r->popped, memory_order_relaxed);
    /* pairs with the release in spsc_push */
    if (at == atomic_load_explicit(&r->pushed, memory_order_acquire))
        return false;
    memcpy(message, r->slot + (at & r->mask) * r->size, r->size);
    /* pairs with the acquire in spsc_push: the slot may be written again */
    atomic_store_explicit(&r->popped, at + 1, memory_order_release);
    return true;
}
/* Consumer: is there nothing to pop? */
static inline bool spsc_empty(const struct spsc *r)
{
    struct spsc *x = (struct spsc *)(uintptr_t)r; /* C11 loads take a pointer to non-const */
    /* pairs with the release in spsc_push */
    return atomic_load_explicit(&x->popped, memory_order_relaxed) ==
           atomic_load_explicit(&x->pushed, memory_order_acquire);
}

#endif
