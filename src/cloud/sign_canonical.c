/* The canonical request: what both sides make of a request before they hash it. */
#include "cloud/sign_parts.h"

#include "io/err_say.h"

#include <string.h>

/* ---- bytes ----------------------------------------------------------------------------- */

/* Appends to s->canonical; what no longer fits is counted, and told at the end. */
static void put(struct signer *s, const char *bytes, size_t size)
{
    if (s->canonical_size + size <= SIGN_CANONICAL_MAX)
        memcpy(s->canonical + s->canonical_size, bytes, size);
    s->canonical_size += size;
}

static void put_byte(struct signer *s, char byte)
{
    if (s->canonical_size < SIGN_CANONICAL_MAX)
        s->canonical[s->canonical_size] = byte;
    s->canonical_size++;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* ---- path ------------------------------------------------------------------------------ */

/* Unreserved characters and '/': what percent-encoding leaves alone. */
static bool stays(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~' || c == '/';
}

static void put_encoded(struct signer *s, const char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (stays(c)) {
            put_byte(s, (char)c);
            continue;
        }
        char triple[3] = {'%', digits[c >> 4], digits[c & 15]};
        put(s, triple, sizeof triple);
    }
}

static bool is_dots(const char *part, size_t size, size_t dots)
{
    return size == dots && memcmp(part, "..", dots) == 0;
}

/* Drops the last part, and the '/' before it, behind `start`. */
static void drop_part(struct signer *s, size_t start)
{
    if (s->canonical_size > SIGN_CANONICAL_MAX)
        return;
    while (s->canonical_size > start && s->canonical[s->canonical_size - 1] != '/')
        s->canonical_size--;
    if (s->canonical_size > start)
        s->canonical_size--;
}

/* Without empty parts, "." and ".."; what is left is encoded. (The encoding has no '/' of its
 * own, so a part that was written can be found again.) */
static void put_normal_path(struct signer *s, const char *path)
{
    size_t start = s->canonical_size;
    const char *part = path;
    for (const char *end = path;; end++) {
        if (*end && *end != '/')
            continue;
        size_t size = (size_t)(end - part);
        if (is_dots(part, size, 2)) {
            drop_part(s, start);
        } else if (size > 0 && !is_dots(part, size, 1)) {
            put_byte(s, '/');
            put_encoded(s, part, size);
        }
        if (!*end)
            break;
        part = end + 1;
    }
    size_t length = strlen(path);
    bool ends = length > 0 && path[length - 1] == '/';
    if (ends || s->canonical_size == start)
        put_byte(s, '/');
}

/* ---- query ----------------------------------------------------------------------------- */

static int compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int by = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return by ? by : a_size < b_size ? -1 : a_size > b_size;
}

static const char *value_of(const struct parameter *p, size_t *size)
{
    size_t skip = p->name_size < p->size ? p->name_size + 1 : p->size;
    *size = p->size - skip;
    return p->text + skip;
}

static int compare_parameters(const struct parameter *a, const struct parameter *b)
{
    int by = compare_bytes(a->text, a->name_size, b->text, b->name_size);
    if (by)
        return by;
    size_t a_size, b_size;
    const char *a_value = value_of(a, &a_size), *b_value = value_of(b, &b_size);
    return compare_bytes(a_value, a_size, b_value, b_size);
}

static bool insert_parameter(struct signer *s, size_t *count, struct parameter p)
{
    if (*count == SIGN_PARAMETERS_MAX)
        return false;
    size_t at = (*count)++;
    for (; at > 0 && compare_parameters(&p, &s->parameters[at - 1]) < 0; at--)
        s->parameters[at] = s->parameters[at - 1];
    s->parameters[at] = p;
    return true;
}

static int put_query(struct signer *s, const char *query, struct err *e)
{
    size_t count = 0;
    for (const char *at = query; query[0];) {
        size_t size = strcspn(at, "&");
        struct parameter p = {at, strcspn(at, "=&"), size};
        if (!insert_parameter(s, &count, p))
            return err_say(e, ERR_BAD, "the query has more than %d parameters",
                           SIGN_PARAMETERS_MAX);
        if (!at[size])
            break;
        at += size + 1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct parameter *p = &s->parameters[i];
        if (i > 0)
            put_byte(s, '&');
        put(s, p->text, p->size);
        if (p->name_size == p->size)
            put_byte(s, '=');
    }
    return 0;
}

/* ---- headers --------------------------------------------------------------------------- */

void sign_headers_begin(struct signer *s)
{
    s->header_count = 0;
    s->names_used = 0;
}

/* RFC 9110 token. */
static bool is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool sign_is_name(const char *name)
{
    for (size_t i = 0; name[i]; i++)
        if (!is_token(name[i]))
            return false;
    return name[0] != '\0';
}

/* Session tokens are long, so eight bytes at a time: true if one of them may be a control
 * character (a tab is one too). */
static bool is_suspect(const char *bytes)
{
    const uint64_t each = UINT64_C(0x0101010101010101), high = each << 7;
    uint64_t x;
    memcpy(&x, bytes, sizeof x);
    uint64_t del = x ^ (each * 0x7F);
    return (((x - each * 0x20) & ~x) | ((del - each) & ~del)) & high;
}

static bool is_text(const char *value, size_t size)
{
    size_t i = 0;
    while (i + 8 <= size && !is_suspect(value + i))
        i += 8;
    for (; i < size; i++)
        if (((unsigned char)value[i] < 0x20 && value[i] != '\t') || value[i] == 0x7F)
            return false;
    return true;
}

int sign_headers_add(struct signer *s, const char *name, const char *value, struct err *e)
{
    size_t size = strlen(name);
    if (size == 0 || size > 256)
        return err_say(e, ERR_BAD, "a header's name has 1 to 256 characters, not %zu", size);
    if (s->header_count == SIGN_HEADERS_MAX || s->names_used + size >= sizeof s->names)
        return err_say(e, ERR_BAD, "more than %d headers, or their names are too long",
                       SIGN_HEADERS_MAX);
    char *copy = s->names + s->names_used;
    for (size_t i = 0; i < size; i++) {
        copy[i] = lower(name[i]);
        if (!is_token(copy[i]))
            return err_say(e, ERR_BAD,
                           "character %zu of a header's name cannot stand there: letters, "
                           "digits and '-' can",
                           i + 1);
    }
    copy[size] = '\0';
    size_t value_size = strlen(value);
    if (!is_text(value, value_size))
        return err_say(e, ERR_BAD, "the value of header %.60s has control characters", copy);
    s->names_used += size + 1;
    s->headers[s->header_count++] = (struct named_value){copy, size, value, value_size};
    return 0;
}

void sign_headers_sort(struct signer *s)
{
    for (size_t i = 1; i < s->header_count; i++) {
        struct named_value h = s->headers[i];
        size_t at = i;
        for (; at > 0; at--) {
            const struct named_value *before = &s->headers[at - 1];
            if (compare_bytes(h.name, h.name_size, before->name, before->name_size) >= 0)
                break;
            s->headers[at] = *before;
        }
        s->headers[at] = h;
    }
}

/* Without blanks around it, runs of blanks within as one. */
static void put_value(struct signer *s, const char *value, size_t size)
{
    if (!memchr(value, ' ', size) && !memchr(value, '\t', size)) {
        put(s, value, size);
        return;
    }
    while (is_blank(*value))
        value++;
    while (*value) {
        size_t word = strcspn(value, " \t");
        put(s, value, word);
        value += word;
        while (is_blank(*value))
            value++;
        if (*value)
            put_byte(s, ' ');
    }
}

static bool same_name(const struct named_value *a, const struct named_value *b)
{
    return a->name_size == b->name_size && memcmp(a->name, b->name, a->name_size) == 0;
}

/* "name:value" lines; a repeated name is one line, its values joined by commas. */
static void put_headers(struct signer *s)
{
    char *names = s->signed_names;
    for (size_t i = 0; i < s->header_count; i++) {
        const struct named_value *h = &s->headers[i];
        if (i > 0 && same_name(h, h - 1)) {
            put_byte(s, ',');
        } else {
            if (i > 0) {
                put_byte(s, '\n');
                *names++ = ';';
            }
            memcpy(names, h->name, h->name_size);
            names += h->name_size;
            put(s, h->name, h->name_size);
            put_byte(s, ':');
        }
        put_value(s, h->value, h->value_size);
    }
    *names = '\0';
    put(s, "\n\n", 2);
}

/* ---- the whole --------------------------------------------------------------------------- */

static int put_method(struct signer *s, const char *method, struct err *e)
{
    size_t size = strlen(method);
    for (size_t i = 0; i < size; i++) {
        char c = lower(method[i]);
        if (!is_token(c))
            return err_say(e, ERR_BAD, "the method is a word such as GET or POST");
        put_byte(s, c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c);
    }
    return size > 0 && size <= 32 ? 0 : err_say(e, ERR_BAD, "the method has 1 to 32 letters");
}

int sign_canonical(struct signer *s, const struct sign_request *r, bool encode_once, struct err *e)
{
    s->canonical_size = 0;
    s->canonical[0] = '\0';
    int code = put_method(s, r->method, e);
    if (code)
        return code;
    put_byte(s, '\n');
    if (!encode_once)
        put_normal_path(s, r->path);
    else
        put(s, r->path[0] ? r->path : "/", r->path[0] ? strlen(r->path) : 1);
    put_byte(s, '\n');
    code = put_query(s, r->query ? r->query : "", e);
    if (code)
        return code;
    put_byte(s, '\n');
    put_headers(s);
    put(s, s->signed_names, strlen(s->signed_names));
    put_byte(s, '\n');
    put(s, s->body_hash, strlen(s->body_hash));
    if (s->canonical_size > SIGN_CANONICAL_MAX) {
        s->canonical[0] = '\0';
        return err_say(e, ERR_BAD,
                       "path, query and headers come to %zu bytes, more than the %d that "
                       "can be signed",
                       s->canonical_size, SIGN_CANONICAL_MAX);
    }
    s->canonical[s->canonical_size] = '\0';
    return 0;
}
