/* One pass, no recursion: `open` is the stack of containers under way. The
 * number of values is bounded by 1 + the number of `[ { ,` in the text, and
 * decoded strings are never longer than written ones, so two allocations made
 * beforehand hold the whole tree. */
#include "io/json.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Decimal exponent from which a number is called not finite (a double ends at
 * 1.8e308; no field comes near either). */
#define EXPONENT_END 308

struct scan {
    const char *text;
    uint32_t size, at;
    struct json_value *value; /* next free value */
    char *string;             /* next free byte for decoded text */
    struct json_value *open[JSON_DEPTH_MAX];
    struct json_value *last[JSON_DEPTH_MAX]; /* newest element of each open container */
    int depth;
    struct json_fault *fault;
};

__attribute__((format(printf, 3, 4))) static bool fail(struct scan *s, uint32_t at,
                                                       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    s->fault->at = at;
    (void)vsnprintf(s->fault->text, sizeof s->fault->text, format, args);
    va_end(args);
    return false;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* The byte at the cursor; 0 at the end (a NUL byte never passes as anything). */
static char peek(const struct scan *s) { return s->at < s->size ? s->text[s->at] : '\0'; }

static void skip_blanks(struct scan *s)
{
    while (s->at < s->size && is_blank(s->text[s->at]))
        s->at++;
}

/* Length of the UTF-8 sequence at p (1..4), or 0 if it is not one: overlong
 * forms, surrogates and code points above 10FFFF are refused. */
static uint32_t utf8_length(const char *text, uint32_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80)
        return 1;
    uint32_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n > size)
        return 0;
    for (uint32_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xed && p[1] >= 0xa0;
    bool beyond = p[0] == 0xf4 && p[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : n;
}

/* "expected X, found Y", with a hint for what people write most often. */
static bool fail_expected(struct scan *s, const char *expected)
{
    if (s->at >= s->size) {
        if (s->depth == 0)
            return fail(s, s->at, "expected %s, but the text ends here", expected);
        const struct json_value *open = s->open[s->depth - 1];
        int line, column;
        json_position(s->text, s->size, open->at, &line, &column);
        return fail(s, s->at, "expected %s, but the text ends here; the %s of %d:%d is still open",
                    expected, open->kind == JSON_OBJECT ? "object" : "array", line, column);
    }
    char c = s->text[s->at];
    if (c == '\'')
        return fail(s, s->at, "expected %s; strings stand in double quotes", expected);
    if (c == '/' || c == '#')
        return fail(s, s->at, "expected %s; JSON has no comments", expected);
    if (c == '\0')
        return fail(s, s->at, "expected %s, found a NUL byte", expected);
    if (c > ' ' && c <= '~')
        return fail(s, s->at, "expected %s, found '%c'", expected, c);
    return fail(s, s->at, "expected %s, found byte 0x%02x", expected, (unsigned)(unsigned char)c);
}

/* ---- strings -------------------------------------------------------------- */

static void put_utf8(struct scan *s, uint32_t c)
{
    if (c < 0x80) {
        *s->string++ = (char)c;
        return;
    }
    if (c < 0x800) {
        *s->string++ = (char)(0xc0 | (c >> 6));
    } else {
        if (c < 0x10000) {
            *s->string++ = (char)(0xe0 | (c >> 12));
        } else {
            *s->string++ = (char)(0xf0 | (c >> 18));
            *s->string++ = (char)(0x80 | ((c >> 12) & 0x3f));
        }
        *s->string++ = (char)(0x80 | ((c >> 6) & 0x3f));
    }
    *s->string++ = (char)(0x80 | (c & 0x3f));
}

/* Four hex digits at offset `at`; false if they are not there. */
static bool hex4(const struct scan *s, uint32_t at, uint32_t *out)
{
    if (at + 4 > s->size)
        return false;
    *out = 0;
    for (uint32_t i = at; i < at + 4; i++) {
        char c = s->text[i];
        char lower = (char)(c | 0x20);
        if (!is_digit(c) && !(lower >= 'a' && lower <= 'f'))
            return false;
        *out = *out * 16 + (uint32_t)(is_digit(c) ? c - '0' : lower - 'a' + 10);
    }
    return true;
}

/* \uXXXX, or a pair of them; the cursor is at the backslash. */
static bool take_unicode(struct scan *s)
{
    uint32_t at = s->at, c, low;
    if (!hex4(s, at + 2, &c))
        return fail(s, at, "\\u needs four hexadecimal digits");
    s->at += 6;
    if (c == 0)
        return fail(s, at, "\\u0000: a string cannot hold NUL");
    if (c >= 0xd800 && c <= 0xdfff) {
        bool pair = c <= 0xdbff && s->at + 2 <= s->size && s->text[s->at] == '\\' &&
                    s->text[s->at + 1] == 'u' && hex4(s, s->at + 2, &low) && low >= 0xdc00 &&
                    low <= 0xdfff;
        if (!pair)
            return fail(s, at, "\\u%04x is half of a surrogate pair", (unsigned)c);
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        s->at += 6;
    }
    put_utf8(s, c);
    return true;
}

static bool take_escape(struct scan *s)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (s->at + 1 >= s->size)
        return fail(s, s->at, "the text ends inside a string");
    char c = s->text[s->at + 1];
    if (c == 'u')
        return take_unicode(s);
    const char *found = c ? strchr(from, c) : NULL;
    if (!found)
        return fail(s, s->at,
                    "unknown escape; JSON knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    *s->string++ = to[found - from];
    s->at += 2;
    return true;
}

/* A string; the cursor is at its opening quote. The decoded text gets a NUL
 * (that is why it never outgrows the written form: the quotes pay for it). */
static bool take_string(struct scan *s, const char **text, uint32_t *size)
{
    uint32_t begin = s->at++;
    char *start = s->string;
    for (;;) {
        if (s->at >= s->size)
            return fail(s, begin, "this string has no closing quote");
        char c = s->text[s->at];
        if (c == '"')
            break;
        if (c == '\\') {
            if (!take_escape(s))
                return false;
            continue;
        }
        if (c == '\n' || c == '\r')
            return fail(s, s->at, "a line break inside a string; is a closing quote missing?");
        if ((unsigned char)c < 0x20)
            return fail(s, s->at, "control character 0x%02x inside a string", (unsigned)c);
        uint32_t n = utf8_length(s->text + s->at, s->size - s->at);
        if (n == 0)
            return fail(s, s->at, "byte 0x%02x is not UTF-8", (unsigned)(unsigned char)c);
        memcpy(s->string, s->text + s->at, n);
        s->string += n;
        s->at += n;
    }
    s->at++;
    *text = start;
    *size = (uint32_t)(s->string - start);
    *s->string++ = '\0';
    return true;
}

/* ---- numbers and words ------------------------------------------------------ */

static uint32_t skip_digits(struct scan *s)
{
    uint32_t begin = s->at;
    while (is_digit(peek(s)))
        s->at++;
    return s->at - begin;
}

/* The optional exponent, saturated; false when malformed. */
static bool take_exponent(struct scan *s, int *exponent)
{
    *exponent = 0;
    if (peek(s) != 'e' && peek(s) != 'E')
        return true;
    s->at++;
    bool negative = peek(s) == '-';
    if (negative || peek(s) == '+')
        s->at++;
    uint32_t begin = s->at;
    if (skip_digits(s) == 0)
        return fail(s, s->at, "a digit is missing in the exponent");
    for (uint32_t i = begin; i < s->at; i++)
        if (*exponent < 10000000)
            *exponent = *exponent * 10 + (s->text[i] - '0');
    if (negative)
        *exponent = -*exponent;
    return true;
}

/* Power of ten of the first significant digit of [begin, end) without exponent;
 * INT32_MIN / 2 for zero. */
static int leading_power(const struct scan *s, uint32_t begin, uint32_t point, uint32_t end)
{
    for (uint32_t i = begin; i < end; i++) {
        if (!is_digit(s->text[i]) || s->text[i] == '0')
            continue;
        return i < point ? (int)(point - i) - 1 : -(int)(i - point);
    }
    return INT32_MIN / 2;
}

static bool take_number(struct scan *s)
{
    uint32_t begin = s->at;
    if (peek(s) == '-')
        s->at++;
    uint32_t digits = s->at;
    uint32_t whole = skip_digits(s);
    if (whole == 0)
        return fail(s, begin, "a number needs a digit after '-'");
    if (whole > 1 && s->text[digits] == '0')
        return fail(s, begin, "a number cannot begin with 0");
    uint32_t point = s->at;
    if (peek(s) == '.') {
        s->at++;
        if (skip_digits(s) == 0)
            return fail(s, s->at, "a digit is missing after the decimal point");
    }
    int power = leading_power(s, digits, point, s->at), exponent;
    if (!take_exponent(s, &exponent))
        return false;
    if (power + exponent >= EXPONENT_END)
        return fail(s, begin, "this number is too large to be finite");
    char c = peek(s);
    if (is_letter(c) || c == '%')
        return fail(s, begin, "a number with a unit is a string: \"20ms\", \"85%%\", \"1.5k\"");
    return true;
}

static bool take_word(struct scan *s, enum json_kind *kind)
{
    static const char *const words[] = {"true", "false", "null"};
    uint32_t begin = s->at;
    while (is_letter(peek(s)) || is_digit(peek(s)) || peek(s) == '_')
        s->at++;
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if (n == s->at - begin && memcmp(words[i], s->text + begin, n) == 0) {
            *kind = i < 2 ? JSON_BOOL : JSON_NULL;
            return true;
        }
    }
    return fail(s, begin, "expected a value; a word stands in double quotes");
}

/* ---- structure ---------------------------------------------------------------- */

/* Appends a fresh value to the innermost open container. */
static struct json_value *add_value(struct scan *s)
{
    struct json_value *v = s->value++;
    memset(v, 0, sizeof *v);
    v->at = s->at;
    if (s->depth > 0) {
        int top = s->depth - 1;
        if (s->last[top])
            s->last[top]->next = v;
        else
            s->open[top]->first = v;
        s->last[top] = v;
        s->open[top]->count++;
    }
    return v;
}

static bool open_container(struct scan *s, struct json_value *v)
{
    v->kind = peek(s) == '{' ? JSON_OBJECT : JSON_ARRAY;
    if (s->depth == JSON_DEPTH_MAX)
        return fail(s, s->at, "nested deeper than %d levels", JSON_DEPTH_MAX);
    s->open[s->depth] = v;
    s->last[s->depth] = NULL;
    s->depth++;
    s->at++;
    return true;
}

static bool take_value(struct scan *s, struct json_value *v)
{
    char c = peek(s);
    v->at = s->at;
    if (c == '{' || c == '[')
        return open_container(s, v);
    if (c == '"') {
        v->kind = JSON_STRING;
        return take_string(s, &v->text, &v->size);
    }
    if (c == '+' || c == '.')
        return fail(s, s->at, "a number begins with a digit or '-'");
    if (c == '-' || is_digit(c)) {
        v->kind = JSON_NUMBER;
        if (!take_number(s))
            return false;
    } else if (is_letter(c)) {
        if (!take_word(s, &v->kind))
            return false;
    } else {
        return fail_expected(s, "a value");
    }
    v->text = s->text + v->at;
    v->size = s->at - v->at;
    return true;
}

/* `"name" :` of an object's field, checked against the fields before it. */
static bool take_key(struct scan *s, struct json_value *v)
{
    struct json_value *object = s->open[s->depth - 1];
    if (peek(s) != '"')
        return fail_expected(s, "a field name in double quotes");
    v->key_at = s->at;
    if (object->count > JSON_FIELDS_MAX)
        return fail(s, s->at, "more than %d fields in one object", JSON_FIELDS_MAX);
    if (!take_string(s, &v->key, &v->key_size))
        return false;
    for (const struct json_value *f = object->first; f != v; f = f->next) {
        if (f->key_size != v->key_size || memcmp(f->key, v->key, v->key_size) != 0)
            continue;
        int line, column;
        json_position(s->text, s->size, f->key_at, &line, &column);
        s->fault->field = v->key;
        return fail(s, v->key_at, "repeated field; it stands at %d:%d already", line, column);
    }
    skip_blanks(s);
    if (peek(s) != ':')
        return fail_expected(s, "':' after the field name");
    s->at++;
    skip_blanks(s);
    return true;
}

/* The next element of the innermost container, or its end. */
static bool take_element(struct scan *s)
{
    struct json_value *top = s->open[s->depth - 1];
    bool object = top->kind == JSON_OBJECT;
    char close = object ? '}' : ']';
    skip_blanks(s);
    if (peek(s) == close) {
        s->at++;
        s->depth--;
        return true;
    }
    if (top->count > 0) {
        uint32_t comma = s->at;
        if (peek(s) != ',')
            return fail_expected(s, object ? "',' or '}'" : "',' or ']'");
        s->at++;
        skip_blanks(s);
        if (peek(s) == close)
            return fail(s, comma, "nothing follows this comma; remove it");
    }
    struct json_value *v = add_value(s);
    if (object && !take_key(s, v))
        return false;
    return take_value(s, v);
}

static bool scan_text(struct scan *s)
{
    if (s->size >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0)
        return fail(s, 0, "byte order mark; save the text as UTF-8 without one");
    skip_blanks(s);
    if (s->at == s->size)
        return fail(s, s->at, "empty: there is no value");
    if (!take_value(s, add_value(s)))
        return false;
    while (s->depth > 0)
        if (!take_element(s))
            return false;
    skip_blanks(s);
    if (s->at < s->size)
        return fail_expected(s, "nothing more after the end of the value");
    return true;
}

static size_t values_at_most(const char *text, size_t size)
{
    size_t n = 1;
    for (size_t i = 0; i < size; i++)
        n += text[i] == '[' || text[i] == '{' || text[i] == ',';
    return n;
}

int json_parse(const char *text, size_t size, struct json *out, struct json_fault *fault)
{
    *fault = (struct json_fault){0};
    *out = (struct json){.text = text, .size = size};
    if (size > JSON_SIZE_MAX) {
        (void)snprintf(fault->text, sizeof fault->text, "larger than %d MiB", JSON_SIZE_MAX >> 20);
        return ERR_BAD;
    }
    out->value = malloc(values_at_most(text, size) * sizeof *out->value);
    out->strings = malloc(size + 1);
    if (!out->value || !out->strings)
        return ERR_MEMORY;
    struct scan s = {.text = text,
                     .size = (uint32_t)size,
                     .value = out->value,
                     .string = out->strings,
                     .fault = fault};
    return scan_text(&s) ? 0 : ERR_BAD;
}

void json_free(struct json *doc)
{
    free(doc->value);
    free(doc->strings);
    *doc = (struct json){0};
}

void json_position(const char *text, size_t size, size_t at, int *line, int *column)
{
    assert(at <= size);
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            (*line)++;
            *column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            (*column)++;
        }
    }
}

const struct json_value *json_field(const struct json_value *object, const char *name)
{
    assert(object->kind == JSON_OBJECT);
    for (const struct json_value *f = object->first; f; f = f->next)
        if (strcmp(f->key, name) == 0)
            return f;
    return NULL;
}

const char *json_kind_name(enum json_kind kind)
{
    static const char *const names[] = {"null",     "true or false", "a number",
                                        "a string", "an array",      "an object"};
    return names[kind];
}
