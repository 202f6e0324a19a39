/* A flag from any thread or signal handler to one reader. Once raised it stays. */
#ifndef RING_FLAG_H
#define RING_FLAG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct flag {
    _Atomic int raised; /* lock-free, so a signal handler may raise it */
};

static inline void flag_init(struct flag *f) { atomic_init(&f->raised, 0); }
/* release: what was done before is seen by who sees the flag (acquire below). */
static inline void flag_raise(struct flag *f)
{
    atomic_store_explicit(&f->raised, 1, memory_order_release);
}
static inline bool flag_is(const struct flag *f)
{
    /* the cast drops const: C11 loads take a pointer to non-const here */
    return atomic_load_explicit((_Atomic int *)&((struct flag *)(uintptr_t)f)->raised,
                                memory_order_acquire) != 0;
}

#endif
