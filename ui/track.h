/* The differences of a cumulative histogram over time, at three grains: a tenth of a
 * second, a second, ten seconds. Each grain keeps its newest slots in a ring of bytes,
 * a slot as few bytes as it has buckets in use: what is dropped first is the oldest of
 * the finest. Any range is answered by merging slots. */
#ifndef UI_TRACK_H
#define UI_TRACK_H

#include "spillway.h"

#include <stdbool.h>
#include <stddef.h>

#define TRACK_GRAINS 3

struct track_slot {
    int64_t at_ns; /* start */
    size_t offset, length;
};

/* Slots of one width. */
struct grain {
    int64_t width_ns;
    unsigned char *bytes;    /* ring; owned */
    struct track_slot *slot; /* ring; owned */
    size_t bytes_size, head;
    int slots, first, count;
    int64_t known_from_ns; /* every slot from here on is kept */
    struct hist open;      /* the slot that still grows */
    int64_t open_ns;       /* its start */
};

struct track {
    struct grain *grain; /* TRACK_GRAINS; owned */
    struct hist *before; /* the cumulative histogram last seen; owned */
};

/* Takes the memory; false: there is none. Bytes taken. */
bool track_open(struct track *t);
void track_close(struct track *t);
size_t track_bytes(const struct track *t);
/* Forgets everything. */
void track_reset(struct track *t);

/* Notes the cumulative histogram as of now_ns > 0: what is new in it happened in the slot
 * that ends at or holds now_ns. A histogram with less in it than the last one starts anew. */
void track_push(struct track *t, int64_t now_ns, const struct hist *cumulative);

/* Adds what happened in [from, to) to `into`: slots whose middle lies in it, of the grain
 * that fits the range, or the one slot that holds its end where it is narrower. */
void track_merge(const struct track *t, int64_t from_ns, int64_t to_ns, struct hist *into);

#endif
