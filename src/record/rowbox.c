#include "record/rowbox.h"

#include <string.h>

/* What a row is besides its text and spans. */
struct row_head {
    uint64_t id;
    int64_t due, emitted, event_time;
    uint64_t key;
    uint32_t length, spans, tag;
    uint8_t flags, reason;
    bool has_parts;
    struct parts parts;
};

#define CHUNK_DATA (ROWBOX_CHUNK - sizeof(uint32_t))

/* A position in a chain of chunks, for reading and writing bytes in sequence. */
struct cursor {
    uint32_t chunk;
    uint32_t at;
};

static unsigned char *chunk_at(const struct rowbox *x, uint32_t i)
{
    assert(i < x->chunks);
    return x->chunk + (size_t)i * ROWBOX_CHUNK;
}

static uint32_t chunk_next(const struct rowbox *x, uint32_t i)
{
    uint32_t next;
    memcpy(&next, chunk_at(x, i) + CHUNK_DATA, sizeof next);
    return next;
}

static void chunk_link(struct rowbox *x, uint32_t i, uint32_t next)
{
    memcpy(chunk_at(x, i) + CHUNK_DATA, &next, sizeof next);
}

static uint32_t chunk_take(struct rowbox *x)
{
    uint32_t i = x->free;
    if (i != ROWBOX_NONE) {
        x->free = chunk_next(x, i);
    } else {
        assert(x->fresh < x->chunks); /* credit keeps this true */
        i = x->fresh++;
    }
    x->used++;
    chunk_link(x, i, ROWBOX_NONE);
    return i;
}

uint32_t record_cost(uint32_t length)
{
    size_t bytes =
        sizeof(struct row_head) + length + ((size_t)length / 2 + 1) * sizeof(struct span);
    return (uint32_t)((bytes + CHUNK_DATA - 1) / CHUNK_DATA);
}

size_t rowbox_bytes(uint32_t chunks) { return (size_t)chunks * ROWBOX_CHUNK; }

void rowbox_init(struct rowbox *x, void *memory, uint32_t chunks)
{
    *x = (struct rowbox){.chunk = memory, .chunks = chunks, .free = ROWBOX_NONE};
}

static void write_bytes(struct rowbox *x, struct cursor *c, const void *from, size_t size)
{
    const unsigned char *p = from;
    while (size > 0) {
        if (c->at == CHUNK_DATA) {
            uint32_t next = chunk_take(x);
            chunk_link(x, c->chunk, next);
            *c = (struct cursor){next, 0};
        }
        size_t n = CHUNK_DATA - c->at;
        n = n < size ? n : size;
        memcpy(chunk_at(x, c->chunk) + c->at, p, n);
        p += n;
        size -= n;
        c->at += (uint32_t)n;
    }
}

static void read_bytes(const struct rowbox *x, struct cursor *c, void *to, size_t size)
{
    unsigned char *p = to;
    while (size > 0) {
        if (c->at == CHUNK_DATA)
            *c = (struct cursor){chunk_next(x, c->chunk), 0};
        size_t n = CHUNK_DATA - c->at;
        n = n < size ? n : size;
        memcpy(p, chunk_at(x, c->chunk) + c->at, n);
        p += n;
        size -= n;
        c->at += (uint32_t)n;
    }
}

static struct row_head head_of(const struct rowbox *x, uint32_t handle)
{
    struct row_head h;
    memcpy(&h, chunk_at(x, handle), sizeof h);
    return h;
}

uint32_t rowbox_put(struct rowbox *x, const struct block *b, uint32_t row)
{
    assert(row < b->count);
    _Static_assert(sizeof(struct row_head) <= CHUNK_DATA, "a head is within the first chunk");
    uint32_t first = block_first_span(b, row);
    struct row_head h = {
        .id = b->id[row],
        .due = b->due[row],
        .emitted = b->emitted[row],
        .event_time = b->event_time[row],
        .key = b->key[row],
        .length = b->length[row],
        .spans = b->token_end[row] - first,
        .tag = b->tag[row],
        .flags = b->flags[row],
        .reason = b->reason[row],
        .has_parts = b->has_parts,
    };
    if (b->has_parts)
        h.parts = b->parts[row];
    uint32_t handle = chunk_take(x);
    struct cursor c = {handle, 0};
    write_bytes(x, &c, &h, sizeof h);
    write_bytes(x, &c, b->slab + b->offset[row], h.length);
    uint32_t base = b->offset[row];
    for (uint32_t i = 0; i < h.spans; i++) {
        struct span s = b->span[first + i];
        s.begin -= base; /* relative to the text while it is here */
        s.end -= base;
        write_bytes(x, &c, &s, sizeof s);
    }
    x->rows++;
    return handle;
}

uint64_t rowbox_id(const struct rowbox *x, uint32_t handle) { return head_of(x, handle).id; }

uint64_t rowbox_key(const struct rowbox *x, uint32_t handle) { return head_of(x, handle).key; }

uint32_t rowbox_length(const struct rowbox *x, uint32_t handle)
{
    return head_of(x, handle).length;
}

void rowbox_copy(const struct rowbox *x, uint32_t handle, struct block *into)
{
    struct cursor c = {handle, 0};
    struct row_head h;
    read_bytes(x, &c, &h, sizeof h);
    assert(block_fits(into, h.length));
    uint32_t to = into->count;
    into->id[to] = h.id;
    into->due[to] = h.due;
    into->emitted[to] = h.emitted;
    into->event_time[to] = h.event_time;
    into->key[to] = h.key;
    into->offset[to] = into->slab_used;
    into->length[to] = h.length;
    into->tag[to] = h.tag;
    into->flags[to] = h.flags;
    into->reason[to] = h.reason;
    read_bytes(x, &c, into->slab + into->slab_used, h.length);
    for (uint32_t i = 0; i < h.spans; i++) {
        struct span s;
        read_bytes(x, &c, &s, sizeof s);
        into->span[into->span_used++] =
            (struct span){s.begin + into->slab_used, s.end + into->slab_used};
    }
    into->token_end[to] = into->span_used;
    into->slab_used += h.length;
    block_row_parts(into, to, h.has_parts ? &h.parts : NULL);
    into->count = to + 1;
}

void rowbox_take(struct rowbox *x, uint32_t handle, struct block *into)
{
    rowbox_copy(x, handle, into);
    for (uint32_t i = handle; i != ROWBOX_NONE;) {
        uint32_t next = chunk_next(x, i);
        chunk_link(x, i, x->free);
        x->free = i;
        x->used--;
        i = next;
    }
    x->rows--;
}
