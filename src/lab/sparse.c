#include "lab/sparse.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
                             "ghijklmnopqrstuvwxyz0123456789-_";

static void put_number(struct text *t, uint32_t n)
{
    char s[8];
    size_t k = 0;
    for (; n >= 32; n >>= 5)
        s[k++] = digits[32 + (n & 31)];
    s[k++] = digits[n];
    text_bytes(t, s, k);
}

bool sparse_write(struct text *t, const struct hist *before, const struct hist *now)
{
    uint32_t from = before->lo < now->lo ? before->lo : now->lo;
    uint32_t to = before->hi > now->hi ? before->hi : now->hi;
    for (uint32_t i = from; i < to; i++)
        if (now->bucket[i] < before->bucket[i])
            return false;
    uint32_t next = 0;
    for (uint32_t i = from; i < to; i++)
        if (now->bucket[i] > before->bucket[i]) {
            put_number(t, i - next);
            put_number(t, now->bucket[i] - before->bucket[i] - 1);
            next = i + 1;
        }
    return true;
}

/* The number at *s, moving on. -1: there is none, or it is too large. */
static int64_t take_number(const char **s)
{
    uint64_t n = 0;
    for (int shift = 0; shift <= 30; shift += 5) {
        const char *d = **s != 0 ? memchr(digits, **s, 64) : NULL;
        if (d == NULL)
            return -1;
        ++*s;
        n |= (uint64_t)((d - digits) & 31) << shift;
        if (d - digits < 32)
            return n <= UINT32_MAX ? (int64_t)n : -1;
    }
    return -1;
}

static void widen(struct hist *h, uint32_t i)
{
    if (h->hi <= h->lo) {
        h->lo = i;
        h->hi = i + 1;
    } else if (i < h->lo) {
        h->lo = i;
    } else if (i >= h->hi) {
        h->hi = i + 1;
    }
}

bool sparse_read(const char *s, struct hist *h)
{
    int64_t next = 0;
    while (*s != 0) {
        int64_t skip = take_number(&s), more = take_number(&s);
        if (skip < 0 || more < 0 || next + skip >= HIST_BUCKETS)
            return false;
        uint32_t i = (uint32_t)(next + skip);
        if (more + 1 > (int64_t)UINT32_MAX - h->bucket[i])
            return false;
        h->bucket[i] += (uint32_t)(more + 1);
        h->count += (uint64_t)(more + 1);
        widen(h, i);
        next = (int64_t)i + 1;
    }
    return true;
}
