/* Reading payloads. One eye moves over the body; every function that reads leaves it
 * behind what it has read, or on the byte that is wrong. */
#include "record/payload.h"

#include <string.h>

struct eye {
    const unsigned char *begin, *at, *end;
    struct payload_fault *fault;
    uint32_t record; /* entry being read */
};

static bool fail(struct eye *e, enum payload_error error)
{
    if (e->fault->error == PAYLOAD_OK)
        *e->fault = (struct payload_fault){error, (uint32_t)(e->at - e->begin), e->record};
    return false;
}

/* ---- JSON ------------------------------------------------------------------------- */

static void skip_space(struct eye *e)
{
    while (e->at < e->end && (*e->at == ' ' || *e->at == '\n' || *e->at == '\r' || *e->at == '\t'))
        e->at++;
}

/* The byte that comes next, white space passed over; 0 at the end. */
static unsigned char peek(struct eye *e)
{
    skip_space(e);
    return e->at < e->end ? *e->at : 0;
}

static bool take(struct eye *e, unsigned char c)
{
    if (peek(e) != c || e->at == e->end)
        return false;
    e->at++;
    return true;
}

/* Begins a value of some kind could start with c? Then it is of the wrong kind. */
static bool fail_value(struct eye *e)
{
    unsigned char c = peek(e);
    bool value = c == '"' || c == '{' || c == '[' || c == '-' || (c >= '0' && c <= '9') ||
                 c == 't' || c == 'f' || c == 'n';
    return fail(e, value ? PAYLOAD_TYPE : PAYLOAD_SYNTAX);
}

/* After an element: true if another follows, false at the end of the array or object,
 * *ok false where neither stands. */
static bool another(struct eye *e, unsigned char close, bool *ok)
{
    if (take(e, ','))
        return true;
    if (!take(e, close))
        *ok = fail(e, PAYLOAD_SYNTAX);
    return false;
}

static bool read_number(struct eye *e, uint64_t max, uint64_t *out)
{
    unsigned char c = peek(e);
    uint64_t n = 0;
    if (c < '0' || c > '9')
        return fail_value(e);
    const unsigned char *first = e->at;
    for (; e->at < e->end && *e->at >= '0' && *e->at <= '9'; e->at++) {
        uint64_t digit = (uint64_t)(*e->at - '0');
        if (n > (max - digit) / 10)
            return fail(e, PAYLOAD_LONG);
        n = n * 10 + digit;
    }
    if (*first == '0' && e->at - first > 1)
        return fail(e, PAYLOAD_SYNTAX);
    if (e->at < e->end && (*e->at == '.' || *e->at == 'e' || *e->at == 'E'))
        return fail(e, PAYLOAD_TYPE);
    *out = n;
    return true;
}

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind "\u": four digits. */
static int read_hex(struct eye *e)
{
    int n = 0;
    for (int i = 0; i < 4; i++) {
        int digit = e->at < e->end ? hex_digit(*e->at) : -1;
        if (digit < 0) {
            fail(e, PAYLOAD_SYNTAX);
            return -1;
        }
        n = n * 16 + digit;
        e->at++;
    }
    if (n <= 0xff)
        return n;
    fail(e, PAYLOAD_WIDE);
    return -1;
}

static int read_escape(struct eye *e)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    unsigned char c = e->at < e->end ? *e->at : 0;
    if (c == 'u') {
        e->at++;
        return read_hex(e);
    }
    for (int i = 0; c && from[i]; i++)
        if (c == (unsigned char)from[i]) {
            e->at++;
            return to[i];
        }
    fail(e, PAYLOAD_SYNTAX);
    return -1;
}

/* U+0080..U+00FF in UTF-8, the eye on its first byte. */
static int read_utf8(struct eye *e)
{
    unsigned char lead = e->at[0];
    bool two = lead == 0xc2 || lead == 0xc3;
    bool tail = e->end - e->at > 1 && (e->at[1] & 0xc0) == 0x80;
    if (two && tail) {
        e->at += 2;
        return (lead & 3) << 6 | (e->at[-1] & 0x3f);
    }
    fail(e, lead > 0xc3 && tail ? PAYLOAD_WIDE : PAYLOAD_SYNTAX);
    return -1;
}

#define STRING_END (-2)

/* Next character of a string, as a byte; STRING_END past its closing quote; -1 for
 * what does not belong there. */
static int read_char(struct eye *e)
{
    unsigned char c = e->at < e->end ? *e->at : 0;
    if (c >= 0x80)
        return read_utf8(e);
    if (c < 0x20) {
        fail(e, PAYLOAD_SYNTAX);
        return -1;
    }
    e->at++;
    if (c == '"')
        return STRING_END;
    return c == '\\' ? read_escape(e) : c;
}

static bool open_string(struct eye *e) { return take(e, '"') || fail_value(e); }

/* A string of less than `size` bytes, NUL-terminated. */
static bool read_name(struct eye *e, char *name, uint32_t size)
{
    if (!open_string(e))
        return false;
    for (uint32_t n = 0;; n++) {
        const unsigned char *before = e->at;
        int c = read_char(e);
        if (c == -1)
            return false;
        if (c != STRING_END && n + 1 < size && c != 0) {
            name[n] = (char)c;
            continue;
        }
        name[n] = 0;
        if (c == STRING_END)
            return true;
        e->at = before;
        return fail(e, PAYLOAD_LONG);
    }
}

/* ---- objects -------------------------------------------------------------------------- */

#define NAME_MAX_BYTES 16

struct field {
    const char *name;
    bool needed;
    bool (*read)(struct eye *e, void *context);
};

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool read_field(struct eye *e, const struct field *table, uint32_t *seen, void *context)
{
    char name[NAME_MAX_BYTES];
    const unsigned char *at = (skip_space(e), e->at);
    if (!read_name(e, name, sizeof name)) {
        if (e->fault->error == PAYLOAD_LONG)
            e->fault->error = PAYLOAD_FIELD;
        return false;
    }
    uint32_t i = 0;
    while (table[i].name && !same(table[i].name, name))
        i++;
    if (table[i].name == NULL || *seen & 1u << i) {
        e->at = at;
        return fail(e, table[i].name ? PAYLOAD_REPEATED : PAYLOAD_FIELD);
    }
    *seen |= 1u << i;
    if (!take(e, ':'))
        return fail(e, PAYLOAD_SYNTAX);
    return table[i].read(e, context);
}

static bool read_object(struct eye *e, const struct field *table, void *context)
{
    uint32_t seen = 0;
    if (!take(e, '{'))
        return fail_value(e);
    bool ok = true;
    if (!take(e, '}'))
        do {
            if (!read_field(e, table, &seen, context))
                return false;
        } while (another(e, '}', &ok));
    for (uint32_t i = 0; ok && table[i].name; i++)
        if (table[i].needed && !(seen & 1u << i))
            return fail(e, PAYLOAD_MISSING);
    return ok;
}

static bool read_version(struct eye *e, void *context)
{
    uint64_t v;
    (void)context;
    const unsigned char *at = (skip_space(e), e->at);
    if (!read_number(e, UINT32_MAX, &v))
        return false;
    if (v == 1)
        return true;
    e->at = at;
    return fail(e, PAYLOAD_VERSION);
}

static bool at_end(struct eye *e)
{
    skip_space(e);
    return e->at == e->end || fail(e, PAYLOAD_TRAILING);
}

/* ---- results into rows -------------------------------------------------------------------- */

/* Where the tokens go: a row, and how far its text has been read. */
struct rows {
    uint64_t batch;
    struct block *block; /* NULL: behind the last row */
    uint32_t row;
    uint32_t at; /* in the slab */
};

/* ASCII letters, digits and the underscore: the token rule. */
static inline bool is_word(unsigned char c)
{
    unsigned char low = c | 0x20;
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static void to_row(struct rows *w)
{
    while (w->block && w->row >= w->block->count) {
        w->block = w->block->next;
        w->row = w->block ? w->block->cursor : 0;
    }
    if (w->block)
        w->at = w->block->offset[w->row];
}

static void next_row(struct rows *w)
{
    w->block->token_end[w->row] = w->block->span_used;
    w->block->flags[w->row++] |= ROW_TOKENS;
    to_row(w);
}

static void forget(struct block *first)
{
    for (struct block *b = first; b; b = b->next) {
        if (b->cursor >= b->count)
            continue;
        b->span_used = block_first_span(b, b->cursor);
        for (uint32_t r = b->cursor; r < b->count; r++) {
            b->token_end[r] = b->span_used;
            b->flags[r] &= (uint8_t)~ROW_TOKENS;
        }
    }
}

/* The text's next token of the row; false: it has no more. */
static bool next_token(const struct rows *w, struct span *out)
{
    const struct block *b = w->block;
    uint32_t at = w->at, end = b->offset[w->row] + b->length[w->row];
    while (at < end && !is_word(b->slab[at]))
        at++;
    out->begin = at;
    while (at < end && is_word(b->slab[at]))
        at++;
    out->end = at;
    return out->begin < out->end;
}

static bool same_bytes(const unsigned char *a, const unsigned char *b, uint32_t n)
{
    while (n > 0 && *a == *b)
        a++, b++, n--;
    return n == 0;
}

/* The eye stands behind the opening quote: is this string the token? Moves behind it. */
static bool match(struct eye *e, const unsigned char *token, uint32_t length)
{
    if ((size_t)(e->end - e->at) > length && e->at[length] == '"' &&
        same_bytes(e->at, token, length)) {
        e->at += length + 1;
        return true;
    }
    const unsigned char *at = e->at; /* in another spelling, if at all */
    for (uint32_t i = 0;; i++) {
        int c = read_char(e);
        if (c == -1)
            return false;
        if (c == STRING_END && i == length)
            return true;
        if (i >= length || c != token[i])
            break;
    }
    e->at = at;
    return fail(e, PAYLOAD_TOKEN);
}

static bool read_token(struct eye *e, struct rows *w)
{
    struct span token;
    if (!open_string(e))
        return false;
    if (!next_token(w, &token))
        return fail(e, PAYLOAD_TOKEN);
    if (!match(e, w->block->slab + token.begin, token.end - token.begin))
        return false;
    w->block->span[w->block->span_used++] = token;
    w->at = token.end;
    return true;
}

static bool read_entry(struct eye *e, struct rows *w)
{
    struct span token;
    bool ok = true;
    if (!take(e, '['))
        return fail_value(e);
    if (w->block == NULL)
        return fail(e, PAYLOAD_MANY);
    if (!take(e, ']'))
        do {
            if (!read_token(e, w))
                return false;
        } while (another(e, ']', &ok));
    if (ok && next_token(w, &token))
        return fail(e, PAYLOAD_TOKENS);
    if (ok)
        next_row(w);
    return ok;
}

static bool read_entries(struct eye *e, void *context)
{
    struct rows *w = context;
    bool ok = true;
    if (!take(e, '['))
        return fail_value(e);
    if (!take(e, ']'))
        do {
            if (!read_entry(e, w))
                return false;
            e->record++;
        } while (another(e, ']', &ok));
    if (ok && w->block)
        return fail(e, PAYLOAD_FEW);
    return ok;
}

static bool read_batch(struct eye *e, void *context)
{
    const struct rows *w = context;
    uint64_t batch;
    const unsigned char *at = (skip_space(e), e->at);
    if (!read_number(e, UINT64_MAX, &batch))
        return false;
    if (batch == w->batch)
        return true;
    e->at = at;
    return fail(e, PAYLOAD_BATCH);
}

/* Passes over rows whose text has no further token. */
static void skip_done(struct eye *e, struct rows *w)
{
    struct span token;
    while (w->block && !next_token(w, &token)) {
        next_row(w);
        e->record++;
    }
}

/* The list form: all tokens in a row. */
static bool read_flat(struct eye *e, struct rows *w)
{
    bool ok = true;
    if (!take(e, '['))
        return fail_value(e);
    if (!take(e, ']'))
        do {
            if (peek(e) == '"' && e->end - e->at > 1 && e->at[1] == '"') {
                e->at += 2;
                continue;
            }
            skip_done(e, w);
            if (w->block == NULL)
                return peek(e) == '"' ? fail(e, PAYLOAD_MANY) : fail_value(e);
            if (!read_token(e, w))
                return false;
        } while (another(e, ']', &ok));
    if (ok)
        skip_done(e, w);
    if (ok && w->block)
        return fail(e, PAYLOAD_TOKENS);
    return ok;
}

enum payload_error payload_read_results(const char *body, size_t size, enum payload_form form,
                                        uint64_t batch, struct block *first,
                                        struct payload_fault *fault)
{
    static const struct field fields[] = {
        {"v", true, read_version},
        {"batch", true, read_batch},
        {"results", true, read_entries},
        {NULL, false, NULL},
    };
    const unsigned char *begin = (const unsigned char *)body;
    struct eye e = {begin, begin, begin + size, fault, 0};
    struct rows w = {.batch = batch, .block = first, .row = first ? first->cursor : 0};
    *fault = (struct payload_fault){0};
    forget(first);
    to_row(&w);
    bool ok = form == PAYLOAD_LIST ? read_flat(&e, &w) : read_object(&e, fields, &w);
    if (!ok || !at_end(&e))
        forget(first);
    return fault->error;
}

/* ---- requests ---------------------------------------------------------------------------------- */

struct texts {
    struct payload_request *out;
    unsigned char *text;
    uint32_t used;
    struct span *record;
    uint32_t max;
};

static bool read_record(struct eye *e, struct texts *t)
{
    if (!open_string(e))
        return false;
    if (t->out->records == t->max)
        return fail(e, PAYLOAD_MANY);
    struct span *s = &t->record[t->out->records];
    s->begin = t->used;
    for (int c; (c = read_char(e)) != STRING_END;) {
        if (c < 0)
            return false;
        t->text[t->used++] = (unsigned char)c;
    }
    s->end = t->used;
    t->out->records++;
    return true;
}

static bool read_records(struct eye *e, void *context)
{
    struct texts *t = context;
    bool ok = true;
    if (!take(e, '['))
        return fail_value(e);
    if (!take(e, ']'))
        do {
            if (!read_record(e, t))
                return false;
            e->record++;
        } while (another(e, ']', &ok));
    return ok;
}

static bool read_job(struct eye *e, void *context)
{
    struct payload_head *h = &((struct texts *)context)->out->head;
    return read_name(e, h->job, sizeof h->job);
}

static bool read_op(struct eye *e, void *context)
{
    struct payload_head *h = &((struct texts *)context)->out->head;
    return read_name(e, h->op, sizeof h->op);
}

static bool read_small(struct eye *e, uint32_t *out)
{
    uint64_t n;
    if (!read_number(e, UINT32_MAX, &n))
        return false;
    *out = (uint32_t)n;
    return true;
}

static bool read_epoch(struct eye *e, void *context)
{
    return read_small(e, &((struct texts *)context)->out->head.epoch);
}

static bool read_attempt(struct eye *e, void *context)
{
    return read_small(e, &((struct texts *)context)->out->head.attempt);
}

static bool read_number_of_batch(struct eye *e, void *context)
{
    return read_number(e, UINT64_MAX, &((struct texts *)context)->out->head.batch);
}

enum payload_error payload_read_request(const char *body, size_t size, unsigned char *text,
                                        struct span *record, uint32_t records_max,
                                        struct payload_request *out, struct payload_fault *fault)
{
    static const struct field fields[] = {
        {"v", true, read_version},        {"job", false, read_job},
        {"epoch", false, read_epoch},     {"batch", true, read_number_of_batch},
        {"attempt", false, read_attempt}, {"op", true, read_op},
        {"records", true, read_records},  {NULL, false, NULL},
    };
    const unsigned char *begin = (const unsigned char *)body;
    struct eye e = {begin, begin, begin + size, fault, 0};
    struct texts t = {.out = out, .text = text, .record = record, .max = records_max};
    memset(out, 0, sizeof *out);
    *fault = (struct payload_fault){0};
    out->form = peek(&e) == '[' ? PAYLOAD_LIST : PAYLOAD_V1;
    bool ok = out->form == PAYLOAD_LIST ? read_records(&e, &t) : read_object(&e, fields, &t);
    if (ok)
        (void)at_end(&e);
    return fault->error;
}
