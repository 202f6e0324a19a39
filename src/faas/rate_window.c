#include "faas/rate_window.h"

size_t rate_window_bytes(int64_t limit)
{
    assert(limit >= 1);
    return (size_t)limit * sizeof(int64_t);
}

void rate_window_init(struct rate_window *w, void *memory, int64_t limit)
{
    assert(limit >= 1);
    *w = (struct rate_window){.at_ns = memory, .limit = limit};
}

int64_t rate_window_wait_ns(const struct rate_window *w, int64_t now_ns)
{
    if (w->count < w->limit)
        return 0;
    int64_t free_at_ns = w->at_ns[w->next] + NS_PER_S;
    return free_at_ns > now_ns ? free_at_ns - now_ns : 0;
}

void rate_window_add(struct rate_window *w, int64_t now_ns)
{
    assert(rate_window_wait_ns(w, now_ns) == 0);
    w->at_ns[w->next] = now_ns;
    w->next = w->next + 1 < w->limit ? w->next + 1 : 0;
    if (w->count < w->limit)
        w->count++;
}
