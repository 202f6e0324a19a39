/* A mailbox: the latest value, from one writer to one reader, never blocking.
 *
 * Triple buffer: the writer fills its own slot and swaps it with the middle one;
 * the reader swaps its own with the middle one if that is fresh.
 *
 *   operation        | writer thread | reader thread
 *   mailbox_slot     |       x       |      –
 *   mailbox_post     |       x       |      –
 *   mailbox_take     |       –       |      x          (both may run at once) */
#ifndef RING_MAILBOX_H
#define RING_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct mailbox {
    void *slot[3];
    int writing, reading;
    _Atomic unsigned middle; /* slot index | MAILBOX_FRESH */
};

#define MAILBOX_FRESH 4u

/* a, b, c: three values' memory, the caller's. */
static inline void mailbox_init(struct mailbox *m, void *a, void *b, void *c)
{
    m->slot[0] = a;
    m->slot[1] = b;
    m->slot[2] = c;
    m->writing = 0;
    m->reading = 1;
    atomic_init(&m->middle, 2u);
}

/* Where the writer builds the next value. */
static inline void *mailbox_slot(struct mailbox *m) { return m->slot[m->writing]; }

static inline void mailbox_post(struct mailbox *m)
{
    /* release: the value before the index; pairs with the acquire in mailbox_take.
     * acquire: the reader is done with the slot it gave back. */
    unsigned old = atomic_exchange_explicit(&m->middle, (unsigned)m->writing | MAILBOX_FRESH,
                                            memory_order_acq_rel);
    m->writing = (int)(old & 3u);
}

/* The newest value, or NULL if there is none newer than the last one taken. */
static inline void *mailbox_take(struct mailbox *m)
{
    if (!(atomic_load_explicit(&m->middle, memory_order_relaxed) & MAILBOX_FRESH))
        return NULL;
    /* pairs with the exchange in mailbox_post */
    unsigned old = atomic_exchange_explicit(&m->middle, (unsigned)m->reading, memory_order_acq_rel);
    m->reading = (int)(old & 3u);
    return m->slot[m->reading];
}

#endif
