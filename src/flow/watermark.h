/* Watermarks through operators that finish records out of order.
 *
 * A watermark W may leave only after every record that entered before it has
 * left. Records are counted in two epochs: those that entered since the last
 * boundary (young) and those before it (old). When no old record is left, what
 * was the watermark at the boundary may go out, young becomes old, and a new
 * boundary is drawn. O(1), two counters, never early. */
#ifndef FLOW_WATERMARK_H
#define FLOW_WATERMARK_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

struct watermark_gate {
    uint64_t pending[2]; /* records inside, by epoch */
    int young;           /* index of the epoch that records enter now */
    int64_t boundary_ms; /* watermark when the young epoch began */
    int64_t in_ms;       /* newest watermark that came in */
    int64_t out_ms;      /* may be sent */
};

static inline void watermark_init(struct watermark_gate *g)
{
    *g = (struct watermark_gate){{0, 0}, 0, INT64_MIN, INT64_MIN, INT64_MIN};
}

/* A record enters; the epoch returned comes back with watermark_leave. Records
 * may leave in any order, and several at once. */
static inline int watermark_enter(struct watermark_gate *g)
{
    g->pending[g->young]++;
    return g->young;
}

static inline void watermark_leave(struct watermark_gate *g, int epoch, uint32_t records)
{
    assert(g->pending[epoch] >= records);
    g->pending[epoch] -= records;
}

/* The input's watermark is now in_ms (never goes back). Returns what may be sent. */
static inline int64_t watermark_advance(struct watermark_gate *g, int64_t in_ms)
{
    if (in_ms > g->in_ms)
        g->in_ms = in_ms;
    if (g->pending[0] + g->pending[1] == 0) {
        g->boundary_ms = g->in_ms;
        g->out_ms = g->in_ms;
    } else if (g->pending[!g->young] == 0) {
        g->out_ms = g->boundary_ms;
        g->boundary_ms = g->in_ms;
        g->young = !g->young;
    }
    return g->out_ms;
}

#endif
