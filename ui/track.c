/* Slots are written as numbers of seven bits a byte: count, sum, largest value, then for
 * each bucket in use the distance from the one before and its count. */
#include "ui/track.h"

#include "spillway.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_BYTES (HIST_BUCKETS * 7 + 40) /* the most that one slot can take */

static const struct {
    int64_t width_ns;
    size_t bytes;
    int slots;
} grains[TRACK_GRAINS] = {
    {100 * NS_PER_MS, 512 * 1024, 3000}, /* five minutes */
    {NS_PER_S, 1024 * 1024, 3700},       /* an hour */
    {10 * NS_PER_S, 1024 * 1024, 380},   /* an hour, even where latencies are all over */
};

static int64_t floor_to(int64_t v, int64_t step)
{
    int64_t q = v / step;
    return (v % step < 0 ? q - 1 : q) * step;
}

/* ---- memory ----------------------------------------------------------------------- */

bool track_open(struct track *t)
{
    memset(t, 0, sizeof *t);
    t->grain = calloc(TRACK_GRAINS, sizeof *t->grain);
    t->before = calloc(1, sizeof *t->before);
    bool good = t->grain != NULL && t->before != NULL;
    for (int i = 0; good && i < TRACK_GRAINS; i++) {
        struct grain *g = &t->grain[i];
        g->width_ns = grains[i].width_ns;
        g->bytes_size = grains[i].bytes;
        g->slots = grains[i].slots;
        g->bytes = malloc(g->bytes_size);
        g->slot = calloc((size_t)g->slots, sizeof *g->slot);
        good = g->bytes != NULL && g->slot != NULL;
    }
    if (good)
        track_reset(t);
    else
        track_close(t);
    return good;
}

void track_close(struct track *t)
{
    for (int i = 0; t->grain != NULL && i < TRACK_GRAINS; i++) {
        free(t->grain[i].bytes);
        free(t->grain[i].slot);
    }
    free(t->grain);
    free(t->before);
    memset(t, 0, sizeof *t);
}

size_t track_bytes(const struct track *t)
{
    size_t n = sizeof *t->before + TRACK_GRAINS * sizeof *t->grain;
    for (int i = 0; i < TRACK_GRAINS; i++)
        n += t->grain[i].bytes_size + (size_t)t->grain[i].slots * sizeof *t->grain[i].slot;
    return n;
}

void track_reset(struct track *t)
{
    hist_reset(t->before);
    for (int i = 0; i < TRACK_GRAINS; i++) {
        struct grain *g = &t->grain[i];
        g->head = 0;
        g->first = g->count = 0;
        g->known_from_ns = INT64_MIN;
        hist_reset(&g->open);
    }
}

/* ---- writing ---------------------------------------------------------------------- */

static size_t put(unsigned char *dst, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        dst[n++] = (unsigned char)(v | 0x80);
    dst[n++] = (unsigned char)v;
    return n;
}

static size_t encode(const struct hist *h, unsigned char *dst)
{
    size_t n = put(dst, h->count);
    i128 sum = h->sum < 0 ? 0 : h->sum > (i128)INT64_MAX ? (i128)INT64_MAX : h->sum;
    n += put(dst + n, (uint64_t)sum);
    n += put(dst + n, (uint64_t)(h->max < 0 ? 0 : h->max));
    uint32_t before = 0;
    for (uint32_t i = h->lo; i < h->hi; i++) {
        if (h->bucket[i] == 0)
            continue;
        n += put(dst + n, i - before);
        n += put(dst + n, h->bucket[i]);
        before = i;
    }
    assert(n <= SLOT_BYTES);
    return n;
}

static const struct track_slot *slot_at(const struct grain *g, int i)
{
    assert(i >= 0 && i < g->count);
    return &g->slot[(g->first + i) % g->slots];
}

static void drop_oldest(struct grain *g)
{
    g->known_from_ns = slot_at(g, 0)->at_ns + g->width_ns;
    g->first = (g->first + 1) % g->slots;
    g->count--;
}

/* Room for n bytes in a row; the slots that lay there are gone. */
static size_t room(struct grain *g, size_t n)
{
    assert(n <= g->bytes_size);
    if (g->head + n > g->bytes_size) {
        while (g->count > 0 && slot_at(g, 0)->offset >= g->head)
            drop_oldest(g);
        g->head = 0;
    }
    while (g->count > 0) {
        const struct track_slot *s = slot_at(g, 0);
        if (s->offset >= g->head + n || s->offset + s->length <= g->head)
            break;
        drop_oldest(g);
    }
    size_t at = g->head;
    g->head += n;
    return at;
}

static void store_open(struct grain *g)
{
    unsigned char bytes[SLOT_BYTES];
    if (g->open.count == 0)
        return;
    size_t n = encode(&g->open, bytes);
    hist_reset(&g->open);
    if (g->count == g->slots)
        drop_oldest(g);
    size_t at = room(g, n);
    memcpy(g->bytes + at, bytes, n);
    g->slot[(g->first + g->count++) % g->slots] = (struct track_slot){g->open_ns, at, n};
}

static bool grew(const struct hist *before, const struct hist *now)
{
    if (now->count < before->count || now->sum < before->sum)
        return false;
    for (uint32_t i = before->lo; i < before->hi; i++)
        if (now->bucket[i] < before->bucket[i])
            return false;
    return true;
}

void track_push(struct track *t, int64_t now_ns, const struct hist *cumulative)
{
    assert(t->grain != NULL && cumulative != NULL);
    struct hist new;
    if (cumulative->count == t->before->count)
        return; /* its slots are stored when the next record comes */
    if (!grew(t->before, cumulative))
        hist_reset(t->before);
    memcpy(&new, cumulative, sizeof new);
    hist_subtract(&new, t->before);
    if (cumulative->max > t->before->max)
        new.max = cumulative->max;
    for (int i = 0; i < TRACK_GRAINS; i++) {
        struct grain *g = &t->grain[i];
        int64_t at = floor_to(now_ns - 1, g->width_ns);
        if (at != g->open_ns)
            store_open(g);
        g->open_ns = at;
        hist_merge(&g->open, &new);
    }
    memcpy(t->before, cumulative, sizeof *t->before);
}

/* ---- reading ---------------------------------------------------------------------- */

static uint64_t get(const unsigned char **p)
{
    uint64_t v = 0;
    for (int shift = 0;; shift += 7) {
        unsigned char byte = *(*p)++;
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return v;
    }
}

static void decode(const struct grain *g, const struct track_slot *s, struct hist *into)
{
    const unsigned char *p = g->bytes + s->offset, *end = p + s->length;
    into->count += get(&p);
    into->sum += (i128)get(&p);
    int64_t max = (int64_t)get(&p);
    into->max = max > into->max ? max : into->max;
    uint32_t i = 0;
    bool first = true;
    while (p < end) {
        i += (uint32_t)get(&p);
        into->bucket[i] += (uint32_t)get(&p);
        into->lo = first && (into->hi <= into->lo || i < into->lo) ? i : into->lo;
        into->hi = i >= into->hi ? i + 1 : into->hi;
        first = false;
    }
}

/* Index of the first slot at or after an instant. */
static int lower_bound(const struct grain *g, int64_t at_ns)
{
    int lo = 0, hi = g->count;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (slot_at(g, mid)->at_ns < at_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The coarsest grain that is fine enough for the range, or the finest that still knows
 * its start. */
static const struct grain *grain_for(const struct track *t, int64_t from_ns, int64_t to_ns)
{
    int i = TRACK_GRAINS - 1;
    while (i > 0 && t->grain[i].width_ns > (to_ns - from_ns) / 16)
        i--;
    while (i < TRACK_GRAINS - 1 && t->grain[i].known_from_ns > from_ns)
        i++;
    return &t->grain[i];
}

void track_merge(const struct track *t, int64_t from_ns, int64_t to_ns, struct hist *into)
{
    assert(t->grain != NULL);
    if (to_ns <= from_ns)
        return;
    const struct grain *g = grain_for(t, from_ns, to_ns);
    int64_t half = g->width_ns / 2;
    if (to_ns - from_ns < g->width_ns) { /* the one slot that holds the end */
        from_ns = floor_to(to_ns - 1, g->width_ns) + half;
        to_ns = from_ns + 1;
    }
    for (int i = lower_bound(g, from_ns - half); i < g->count; i++) {
        if (slot_at(g, i)->at_ns >= to_ns - half)
            break;
        decode(g, slot_at(g, i), into);
    }
    if (g->open.count > 0 && g->open_ns >= from_ns - half && g->open_ns < to_ns - half)
        hist_merge(into, &g->open);
}
