/* Writing payloads. Both the measure and the bytes come from one description of the
 * text (struct pen): with no paper it only counts. */
#include "record/payload.h"

#include <string.h>

const char *const payload_form_names[] = {"v1", "list", NULL};

const char *const payload_error_text[PAYLOAD_ERRORS] = {
    "well-formed",
    "not JSON",
    "text after the end",
    "a value of the wrong kind",
    "an unknown field",
    "a field that stands there twice",
    "a field is missing",
    "\"v\" is not 1",
    "the answer belongs to another batch",
    "fewer entries than records",
    "more entries than records",
    "a character above U+00FF",
    "a token that is not the record's next one",
    "tokens of the record are missing",
    "a name or a number that is too long",
};

/* ---- bytes of a string ------------------------------------------------------------ */

#define ESCAPED_MAX 6 /* bytes that one byte becomes at most */

/* The first two bytes of every byte's written form, and its length: 1 plain, 2 with a
 * backslash, 6 as \u00NN. */
#define PLAIN(c)                                                                                   \
    {                                                                                              \
        {(c), 0}, 1                                                                                \
    }
#define SHORT(c)                                                                                   \
    {                                                                                              \
        {'\\', (c)}, 2                                                                             \
    }
#define LONG                                                                                       \
    {                                                                                              \
        {'\\', 'u'}, 6                                                                             \
    }
#define PLAIN4(c) PLAIN(c), PLAIN((c) + 1), PLAIN((c) + 2), PLAIN((c) + 3)
#define PLAIN16(c) PLAIN4(c), PLAIN4((c) + 4), PLAIN4((c) + 8), PLAIN4((c) + 12)
#define LONG4 LONG, LONG, LONG, LONG
#define LONG16 LONG4, LONG4, LONG4, LONG4

static const struct {
    unsigned char first[2], length;
} forms[256] = {
    LONG4,       LONG4, /* 00..07 */
    SHORT('b'),  SHORT('t'),  SHORT('n'),   LONG,         SHORT('f'),
    SHORT('r'),  LONG,        LONG, /* 08..0f */
    LONG16,                         /* 10..1f */
    PLAIN(' '),  PLAIN('!'),  SHORT('"'),   PLAIN('#'),   PLAIN4('$'),
    PLAIN4('('), PLAIN4(','), PLAIN16('0'), PLAIN16('@'), /* 30..4f */
    PLAIN4('P'), PLAIN4('T'), PLAIN4('X'),  SHORT('\\'),  PLAIN(']'),
    PLAIN('^'),  PLAIN('_'),  PLAIN16('`'), PLAIN16('p'), /* 60..7f */
    LONG16,      LONG16,      LONG16,       LONG16,       LONG16,
    LONG16,      LONG16,      LONG16, /* 80..ff */
};

static size_t escaped_size(const unsigned char *text, uint32_t length)
{
    size_t n = 0;
    for (uint32_t i = 0; i < length; i++)
        n += forms[text[i]].length;
    return n;
}

/* Writes two bytes for each, of which the second may be none: up to ESCAPED_MAX ×
 * length + 1 bytes must be writable. */
static char *escape(char *out, const unsigned char *text, uint32_t length)
{
    static const char hex[] = "0123456789abcdef";
    for (uint32_t i = 0; i < length; i++) {
        unsigned char c = text[i];
        memcpy(out, forms[c].first, 2);
        if (forms[c].length == ESCAPED_MAX) {
            out[2] = out[3] = '0';
            out[4] = hex[c >> 4];
            out[5] = hex[c & 15];
        }
        out += forms[c].length;
    }
    return out;
}

/* The same where there is no byte to spare. */
static char *escape_tight(char *out, const unsigned char *text, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        char form[ESCAPED_MAX + 1];
        size_t n = (size_t)(escape(form, text + i, 1) - form);
        memcpy(out, form, n);
        out += n;
    }
    return out;
}

/* ---- the pen -------------------------------------------------------------------------- */

struct pen {
    char *at;    /* NULL: only counts */
    size_t left; /* of the paper */
    size_t used;
    bool full;
};

static bool pen_room(struct pen *p, size_t size)
{
    if (p->at && (p->full || size > p->left)) {
        p->full = true;
        return false;
    }
    p->used += size;
    if (p->at == NULL)
        return false;
    p->left -= size;
    return true;
}

static void put(struct pen *p, const char *text, size_t size)
{
    if (!pen_room(p, size))
        return;
    memcpy(p->at, text, size);
    p->at += size;
}

#define PUT(p, literal) put((p), (literal), sizeof(literal) - 1)

static void put_number(struct pen *p, uint64_t n)
{
    char digits[20];
    size_t i = sizeof digits;
    do
        digits[--i] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    put(p, digits + i, sizeof digits - i);
}

static void put_string(struct pen *p, const unsigned char *text, uint32_t length)
{
    bool roomy = p->at && !p->full && p->left >= (size_t)length * ESCAPED_MAX + 3;
    if (roomy) {
        char *begin = p->at;
        *p->at++ = '"';
        p->at = escape(p->at, text, length);
        *p->at++ = '"';
        p->used += (size_t)(p->at - begin);
        p->left -= (size_t)(p->at - begin);
        return;
    }
    size_t size = escaped_size(text, length) + 2;
    if (!pen_room(p, size))
        return;
    *p->at++ = '"';
    p->at = escape_tight(p->at, text, length);
    *p->at++ = '"';
}

static void put_name(struct pen *p, const char *name, size_t size)
{
    uint32_t n = 0;
    while (n < size && name[n])
        n++;
    put_string(p, (const unsigned char *)name, n);
}

static size_t pen_done(const struct pen *p) { return p->full ? 0 : p->used; }

/* ---- requests --------------------------------------------------------------------------- */

static void put_head(struct pen *p, const struct payload_head *h)
{
    PUT(p, "{\"v\":1");
    if (h->job[0]) {
        PUT(p, ",\"job\":");
        put_name(p, h->job, sizeof h->job);
    }
    PUT(p, ",\"epoch\":");
    put_number(p, h->epoch);
    PUT(p, ",\"batch\":");
    put_number(p, h->batch);
    if (h->attempt) {
        PUT(p, ",\"attempt\":");
        put_number(p, h->attempt);
    }
    PUT(p, ",\"op\":");
    put_name(p, h->op, sizeof h->op);
    PUT(p, ",\"records\":");
}

static void put_request(struct pen *p, enum payload_form form, const struct payload_head *head,
                        const struct block *first)
{
    if (form == PAYLOAD_V1)
        put_head(p, head);
    PUT(p, "[");
    bool more = false;
    for (const struct block *b = first; b && !p->full; b = b->next)
        for (uint32_t r = b->cursor; r < b->count && !p->full; r++) {
            if (more)
                PUT(p, ",");
            more = true;
            put_string(p, b->slab + b->offset[r], b->length[r]);
        }
    PUT(p, "]");
    if (form == PAYLOAD_V1)
        PUT(p, "}");
}

size_t payload_request_size(enum payload_form form, const struct payload_head *head,
                            const struct block *first)
{
    struct pen p = {0};
    put_request(&p, form, head, first);
    return pen_done(&p);
}

size_t payload_write_request(char *out, size_t room, enum payload_form form,
                             const struct payload_head *head, const struct block *first)
{
    struct pen p = {.at = out, .left = room};
    put_request(&p, form, head, first);
    return pen_done(&p);
}

/* ---- responses ---------------------------------------------------------------------------- */

static void put_tokens(struct pen *p, const unsigned char *text, const struct span *token,
                       uint32_t from, uint32_t to, bool *more)
{
    for (uint32_t i = from; i < to && !p->full; i++) {
        if (*more)
            PUT(p, ",");
        *more = true;
        put_string(p, text + token[i].begin, token[i].end - token[i].begin);
    }
}

static void put_response(struct pen *p, const struct payload_request *q, const unsigned char *text,
                         const struct span *token, const uint32_t *token_end)
{
    bool list = q->form == PAYLOAD_LIST, more = false;
    if (!list) {
        PUT(p, "{\"v\":1,\"batch\":");
        put_number(p, q->head.batch);
        PUT(p, ",\"results\":");
    }
    PUT(p, "[");
    for (uint32_t i = 0; i < q->records && !p->full; i++) {
        if (!list) {
            if (i > 0)
                PUT(p, ",");
            PUT(p, "[");
            more = false;
        }
        put_tokens(p, text, token, i ? token_end[i - 1] : 0, token_end[i], &more);
        if (!list)
            PUT(p, "]");
    }
    PUT(p, "]");
    if (!list)
        PUT(p, "}");
}

size_t payload_response_size(const struct payload_request *q, const unsigned char *text,
                             const struct span *token, const uint32_t *token_end)
{
    struct pen p = {0};
    put_response(&p, q, text, token, token_end);
    return pen_done(&p);
}

size_t payload_write_response(char *out, size_t room, const struct payload_request *q,
                              const unsigned char *text, const struct span *token,
                              const uint32_t *token_end)
{
    struct pen p = {.at = out, .left = room};
    put_response(&p, q, text, token, token_end);
    return pen_done(&p);
}
