/* A feed: where a source takes its records from, as a small table of functions.
 * The source knows when a record is due; the feed knows what it is.
 *
 * Records are asked for by seq in rising order; one may be asked for again, and some
 * may be passed over (a fair source's neighbours emit those). For each that is emitted:
 *
 *   look ──FEED_HAS──► begin ──► text
 *
 * What `look` says is room enough for what `begin` and `text` then make. */
#ifndef WORKLOAD_FEED_H
#define WORKLOAD_FEED_H

#include "workload/nexmark.h"

enum feed_state {
    FEED_HAS,   /* the record is there */
    FEED_WAITS, /* not yet: an input that delivers as it pleases */
    FEED_ENDS,  /* there is no such record, nor any after it */
};

/* What a record is besides its text. */
struct feed_row {
    uint64_t key;
    uint8_t flags, reason; /* as in a block: enum row_flag, dead_mark() */
};

struct feed {
    void *self;
    /* Is record seq there? *room: bytes that its text can have at most. */
    enum feed_state (*look)(void *self, uint64_t seq, uint32_t *room);
    /* Makes it, for event time ms; horizon_ms as in nexmark_horizon_ms. */
    void (*begin)(void *self, uint64_t seq, int64_t ms, int64_t horizon_ms, struct feed_row *row);
    /* Writes the text of the record begun last; returns its length. */
    uint32_t (*text)(void *self, unsigned char *dst);
};

/* Nexmark's events as a feed without an end. */
struct nexmark_feed {
    struct nexmark nexmark;
    struct nexmark_event event;
};
/* self: the caller's memory, for as long as the feed is used. */
struct feed nexmark_feed(struct nexmark_feed *self, const struct nexmark *g);

#endif
