#include "base/hist.h"

#include "base/check.h"

#include <string.h>

uint32_t hist_index(int64_t value_ns)
{
    if (value_ns < HIST_SUB)
        return value_ns < 0 ? 0 : (uint32_t)value_ns;
    if (value_ns >= (INT64_C(1) << HIST_TOP))
        return HIST_BUCKETS - 1;
    int top = 63 - __builtin_clzll((unsigned long long)value_ns);
    int shift = top - HIST_BITS;
    return (uint32_t)((shift << HIST_BITS) + (int)(value_ns >> shift));
}

int64_t hist_floor(uint32_t index)
{
    assert(index <= HIST_BUCKETS);
    if (index < 2 * HIST_SUB)
        return index;
    int shift = (int)(index >> HIST_BITS) - 1;
    return (int64_t)((index & (HIST_SUB - 1)) + HIST_SUB) << shift;
}

void hist_reset(struct hist *h)
{
    if (h->hi > h->lo)
        memset(h->bucket + h->lo, 0, (h->hi - h->lo) * sizeof h->bucket[0]);
    h->count = 0;
    h->max = 0;
    h->sum = 0;
    h->lo = HIST_BUCKETS;
    h->hi = 0;
}

void hist_add(struct hist *h, int64_t value_ns, uint32_t n)
{
    if (n == 0)
        return;
    if (value_ns < 0)
        value_ns = 0;
    uint32_t i = hist_index(value_ns);
    assert(h->bucket[i] <= UINT32_MAX - n);
    if (h->hi <= h->lo) {
        h->lo = i;
        h->hi = i + 1;
    } else if (i < h->lo) {
        h->lo = i;
    } else if (i >= h->hi) {
        h->hi = i + 1;
    }
    h->bucket[i] += n;
    h->count += n;
    h->sum += (i128)value_ns * n;
    if (value_ns > h->max)
        h->max = value_ns;
}

void hist_merge(struct hist *into, const struct hist *from)
{
    if (from->count == 0)
        return;
    if (into->hi <= into->lo) {
        into->lo = from->lo;
        into->hi = from->hi;
    }
    if (from->lo < into->lo)
        into->lo = from->lo;
    if (from->hi > into->hi)
        into->hi = from->hi;
    for (uint32_t i = from->lo; i < from->hi; i++)
        into->bucket[i] += from->bucket[i];
    into->count += from->count;
    into->sum += from->sum;
    if (from->max > into->max)
        into->max = from->max;
}

void hist_subtract(struct hist *into, const struct hist *from)
{
    assert(into->count >= from->count);
    for (uint32_t i = from->lo; i < from->hi; i++) {
        assert(into->bucket[i] >= from->bucket[i]);
        into->bucket[i] -= from->bucket[i];
    }
    into->count -= from->count;
    into->sum -= from->sum;
    while (into->hi > into->lo && into->bucket[into->hi - 1] == 0)
        into->hi--;
    while (into->hi > into->lo && into->bucket[into->lo] == 0)
        into->lo++;
    if (into->hi <= into->lo) {
        into->max = 0;
        into->lo = HIST_BUCKETS;
        into->hi = 0;
    } else if (into->max >= hist_floor(into->hi)) {
        into->max = hist_floor(into->hi) - 1;
    }
}

int64_t hist_quantile(const struct hist *h, int64_t ppm)
{
    if (h->count == 0)
        return 0;
    uint64_t rank = (uint64_t)(((u128)h->count * (uint64_t)ppm + 999999) / 1000000);
    if (rank < 1)
        rank = 1;
    if (rank >= h->count)
        return h->max;
    uint64_t seen = 0;
    for (uint32_t i = h->lo; i < h->hi; i++) {
        seen += h->bucket[i];
        if (seen < rank)
            continue;
        int64_t mid = (hist_floor(i) + hist_floor(i + 1) - 1) / 2;
        return mid < h->max ? mid : h->max;
    }
    return h->max;
}

int64_t hist_mean(const struct hist *h)
{
    if (h->count == 0)
        return 0;
    return (int64_t)((h->sum + h->count / 2) / (i128)h->count);
}
