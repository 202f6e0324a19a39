#include "io/letter.h"

#include "io/preset_text.h"

#include <stdio.h>
#include <string.h>

struct reader {
    unsigned char *at, *end, *begin;
    struct err *e;
};

/* A string's bytes, decoded where they stood. */
struct piece {
    unsigned char *text;
    uint32_t size;
};

enum field { FIELD_ID, FIELD_REASON, FIELD_ATTEMPTS, FIELD_TEXT, FIELD_AT, FIELDS };
static const char *const field_names[FIELDS] = {"id", "reason", "attempts", "text", "at"};

static int fail(struct reader *r, const unsigned char *at, const char *what)
{
    r->e->code = ERR_BAD;
    (void)snprintf(r->e->text, sizeof r->e->text, "column %lld: %s", (long long)(at - r->begin) + 1,
                   what);
    return ERR_BAD;
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
}

static bool take(struct reader *r, unsigned char c)
{
    skip_blanks(r);
    bool here = r->at < r->end && *r->at == c;
    r->at += here;
    return here;
}

static int need(struct reader *r, unsigned char c, const char *what)
{
    if (take(r, c))
        return 0;
    return fail(r, r->at, r->at == r->end ? "the line ends early; it was cut short" : what);
}

static int hex(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind a backslash, as one byte; -1 if it is no byte. */
static int escaped(struct reader *r)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    unsigned char c = *r->at++;
    const char *known = c ? strchr(from, c) : NULL;
    if (known)
        return (unsigned char)to[known - from];
    if (c != 'u' || r->end - r->at < 4)
        return -1;
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex(*r->at++);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value < 256 ? value : -1;
}

/* One character of a string as a byte; -1 if it is none. */
static int character(struct reader *r)
{
    unsigned char c = *r->at++;
    if (c == '\\')
        return r->at < r->end ? escaped(r) : -1;
    if (c < 0x80)
        return c >= 0x20 ? c : -1;
    bool pair = (c == 0xc2 || c == 0xc3) && r->at < r->end && (*r->at & 0xc0) == 0x80;
    return pair ? (c & 3) << 6 | (*r->at++ & 0x3f) : -1;
}

static int read_string(struct reader *r, struct piece *out)
{
    if (need(r, '"', "a string is expected") != 0)
        return ERR_BAD;
    unsigned char *to = out->text = r->at;
    while (r->at < r->end && *r->at != '"') {
        const unsigned char *from = r->at;
        int c = character(r);
        if (c < 0)
            return fail(r, from,
                        "no byte of a record: bytes above 0x7e are written \\u0080 to "
                        "\\u00ff, control characters \\u0000 to \\u001f");
        *to++ = (unsigned char)c;
    }
    out->size = (uint32_t)(to - out->text);
    return need(r, '"', "the string has no end");
}

static int read_number(struct reader *r)
{
    skip_blanks(r);
    unsigned char *first = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    if (r->at == first || r->at - first > 9)
        return fail(r, first, "\"attempts\" is a whole number");
    return 0;
}

/* "0:123" */
static bool is_id(const struct piece *p)
{
    uint32_t digits[2] = {0, 0};
    int part = 0;
    for (uint32_t i = 0; i < p->size; i++) {
        if (p->text[i] == ':' && part == 0)
            part = 1;
        else if (p->text[i] >= '0' && p->text[i] <= '9')
            digits[part]++;
        else
            return false;
    }
    return part == 1 && digits[0] > 0 && digits[0] < 6 && digits[1] > 0 && digits[1] < 16;
}

static int find_field(const struct piece *name)
{
    for (int f = 0; f < FIELDS; f++)
        if (strlen(field_names[f]) == name->size &&
            memcmp(field_names[f], name->text, name->size) == 0)
            return f;
    return -1;
}

static int read_value(struct reader *r, enum field f, struct letter *out)
{
    struct piece p;
    if (f == FIELD_ATTEMPTS)
        return read_number(r);
    skip_blanks(r);
    const unsigned char *at = r->at;
    if (read_string(r, &p) != 0)
        return ERR_BAD;
    if (f == FIELD_ID)
        return is_id(&p) ? 0 : fail(r, at, "no record's id; one is written \"0:123\"");
    if (f == FIELD_REASON)
        return 0;
    if (p.size > LINES_MAX || (f == FIELD_AT && p.size > 400))
        return fail(r, at, "longer than a record can be (1 MiB; a place 400 bytes)");
    *out = (struct letter){p.text, p.size, f == FIELD_AT};
    return 0;
}

static int read_field(struct reader *r, bool seen[FIELDS], struct letter *out)
{
    struct piece name;
    skip_blanks(r);
    const unsigned char *at = r->at;
    if (read_string(r, &name) != 0)
        return ERR_BAD;
    int f = find_field(&name);
    if (f < 0)
        return fail(r, at, "unknown field; a dead letter has id, reason, attempts and text");
    if (seen[f])
        return fail(r, at, "this field is here twice");
    seen[f] = true;
    if (need(r, ':', "a colon is expected") != 0)
        return ERR_BAD;
    return read_value(r, (enum field)f, out);
}

int letter_read(unsigned char *line, uint32_t size, struct letter *out, struct err *e)
{
    struct reader r = {line, line + size, line, e};
    bool seen[FIELDS] = {false};
    if (need(&r, '{', "a dead letter is an object, {\"id\":\"0:1\",…}") != 0)
        return ERR_BAD;
    do
        if (read_field(&r, seen, out) != 0)
            return ERR_BAD;
    while (take(&r, ','));
    if (need(&r, '}', "a comma or the end of the object is expected") != 0)
        return ERR_BAD;
    skip_blanks(&r);
    if (r.at != r.end)
        return fail(&r, r.at, "something stands behind the object");
    for (int f = FIELD_ID; f <= FIELD_ATTEMPTS; f++)
        if (!seen[f])
            return fail(&r, r.end, "id, reason or attempts is missing");
    if (seen[FIELD_TEXT] == seen[FIELD_AT])
        return fail(&r, r.end, "either \"text\" or \"at\" is needed");
    return 0;
}
