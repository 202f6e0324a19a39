/* At most `limit` calls in any one second: a ring of the times of the last
 * `limit` calls. A call may pass when the oldest of them is a second ago. */
#ifndef FAAS_RATE_WINDOW_H
#define FAAS_RATE_WINDOW_H

#include "base/units.h"

struct rate_window {
    int64_t *at_ns;
    int64_t limit, count; /* count <= limit: filled entries */
    int64_t next;         /* where the next time goes: the oldest one, once full */
};

size_t rate_window_bytes(int64_t limit);
/* Empty window over memory (8-aligned, rate_window_bytes long). limit >= 1. */
void rate_window_init(struct rate_window *w, void *memory, int64_t limit);
/* How long until a call may pass: 0 = now. now_ns never runs backwards. */
int64_t rate_window_wait_ns(const struct rate_window *w, int64_t now_ns);
/* A call passes at now_ns; only where the wait is 0. */
void rate_window_add(struct rate_window *w, int64_t now_ns);

#endif
