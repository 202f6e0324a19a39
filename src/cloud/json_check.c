/* A stack of bits: is the container that is open at this level an object? */
#include "cloud/json_check.h"

#include <stdint.h>
#include <string.h>

struct scan {
    const char *s, *end;
    unsigned depth;
    unsigned counted; /* depth of the array whose elements are counted; 0: none now */
    uint32_t records;
    bool named; /* the value that comes is the outermost object's "records" */
    uint8_t object[JSON_CHECK_DEPTH / 8 + 1];
};

static void blanks(struct scan *c)
{
    while (c->s < c->end && (*c->s == ' ' || *c->s == '\n' || *c->s == '\r' || *c->s == '\t'))
        c->s++;
}

static bool take(struct scan *c, char wanted)
{
    if (c->s == c->end || *c->s != wanted)
        return false;
    c->s++;
    return true;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_hex(char c)
{
    char lower = (char)(c | 32);
    return is_digit(c) || (lower >= 'a' && lower <= 'f');
}

/* Behind a backslash. */
static bool escape(struct scan *c)
{
    if (c->s == c->end)
        return false;
    if (*c->s != 'u') {
        if (*c->s == '\0' || strchr("\"\\/bfnrt", *c->s) == NULL)
            return false;
        c->s++;
        return true;
    }
    c->s++;
    for (int i = 0; i < 4; i++, c->s++)
        if (c->s == c->end || !is_hex(*c->s))
            return false;
    return true;
}

/* Has a word a byte below 0x20, a quote or a backslash? May say yes for others. */
static bool is_special(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
    uint64_t low = w - ones * 0x20;
    return ((low & ~w) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & tops;
}

static void skip_plain(struct scan *c)
{
    uint64_t w;
    while (c->end - c->s >= 8) {
        memcpy(&w, c->s, 8);
        if (is_special(w))
            return;
        c->s += 8;
    }
}

static bool string(struct scan *c)
{
    if (!take(c, '"'))
        return false;
    skip_plain(c);
    while (c->s < c->end) {
        unsigned char byte = (unsigned char)*c->s;
        if (byte < 0x20)
            return false;
        c->s++;
        if (byte == '"')
            return true;
        if (byte == '\\') {
            if (!escape(c))
                return false;
            skip_plain(c);
        }
    }
    return false;
}

static bool digits(struct scan *c)
{
    const char *from = c->s;
    while (c->s < c->end && is_digit(*c->s))
        c->s++;
    return c->s > from;
}

static bool number(struct scan *c)
{
    take(c, '-');
    if (!take(c, '0') && !digits(c))
        return false;
    if (take(c, '.') && !digits(c))
        return false;
    if (take(c, 'e') || take(c, 'E')) {
        if (!take(c, '+'))
            take(c, '-');
        return digits(c);
    }
    return true;
}

static bool word(struct scan *c, const char *w)
{
    while (*w)
        if (!take(c, *w++))
            return false;
    return true;
}

static bool scalar(struct scan *c)
{
    switch (*c->s) {
    case '"':
        return string(c);
    case 't':
        return word(c, "true");
    case 'f':
        return word(c, "false");
    case 'n':
        return word(c, "null");
    }
    return number(c);
}

static bool field_name(struct scan *c)
{
    blanks(c);
    const char *name = c->s;
    if (!string(c))
        return false;
    c->named = c->depth == 1 && c->s - name == 9 && memcmp(name, "\"records\"", 9) == 0;
    blanks(c);
    return take(c, ':');
}

static bool in_object(const struct scan *c)
{
    return c->object[(c->depth - 1) / 8] >> ((c->depth - 1) % 8) & 1;
}

/* Opens a container. *empty: it was closed at once. */
static bool open_one(struct scan *c, bool object, bool *empty)
{
    if (c->depth == JSON_CHECK_DEPTH)
        return false;
    c->s++;
    blanks(c);
    *empty = take(c, object ? '}' : ']');
    if (*empty)
        return true;
    uint8_t bit = (uint8_t)(1u << (c->depth % 8));
    c->object[c->depth / 8] =
        (uint8_t)(object ? c->object[c->depth / 8] | bit : c->object[c->depth / 8] & ~bit);
    if (!object && (c->depth == 0 || (c->depth == 1 && c->named))) {
        c->counted = c->depth + 1;
        c->records = 1;
    }
    c->depth++;
    return !object || field_name(c);
}

/* Behind a value: closes what ends here. *more: another value follows. */
static bool close_some(struct scan *c, bool *more)
{
    *more = false;
    while (c->depth > 0) {
        bool object = in_object(c);
        blanks(c);
        if (take(c, ',')) {
            *more = true;
            c->records += c->depth == c->counted;
            return !object || field_name(c);
        }
        if (!take(c, object ? '}' : ']'))
            return false;
        if (c->depth-- == c->counted)
            c->counted = 0;
    }
    return true;
}

static bool value(struct scan *c)
{
    for (bool more = true; more;) {
        blanks(c);
        if (c->s == c->end)
            return false;
        if (*c->s == '{' || *c->s == '[') {
            bool empty;
            if (!open_one(c, *c->s == '{', &empty))
                return false;
            if (!empty)
                continue;
        } else if (!scalar(c)) {
            return false;
        }
        if (!close_some(c, &more))
            return false;
    }
    return true;
}

bool json_check(const char *text, size_t size, struct json_seen *seen)
{
    struct scan c = {.s = text, .end = text + size};
    bool good = value(&c);
    if (good) {
        blanks(&c);
        good = c.s == c.end;
    }
    seen->at = (size_t)(c.s - text);
    seen->records = c.records;
    return good;
}
