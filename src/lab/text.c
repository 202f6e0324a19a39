#include "lab/text.h"

#include "io/preset_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool room(struct text *t, size_t more)
{
    if (t->failed || t->size + more < t->capacity)
        return !t->failed;
    size_t capacity = (t->size + more) * 2 + 1024;
    char *s = realloc(t->s, capacity);
    t->failed = s == NULL;
    if (s != NULL) {
        t->s = s;
        t->capacity = capacity;
    }
    return !t->failed;
}

void text_bytes(struct text *t, const char *bytes, size_t size)
{
    if (!room(t, size + 1))
        return;
    memcpy(t->s + t->size, bytes, size);
    t->size += size;
    t->s[t->size] = 0;
}

void text_add(struct text *t, const char *s) { text_bytes(t, s, strlen(s)); }

void text_put(struct text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0 && room(t, (size_t)n + 1)) {
        vsnprintf(t->s + t->size, (size_t)n + 1, format, again);
        t->size += (size_t)n;
    }
    va_end(again);
}

void text_number(struct text *t, int64_t n)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (n < 0)
        digits[--at] = '-';
    text_bytes(t, digits + at, sizeof digits - at);
}

void text_double(struct text *t, double x)
{
    char s[40];
    if (x > -1e15 && x < 1e15 && x == (double)(int64_t)x) {
        text_number(t, (int64_t)x);
        return;
    }
    for (int digits = 6; digits <= 17; digits += digits == 6 ? 9 : 1) {
        snprintf(s, sizeof s, "%.*g", digits, x);
        if (strtod(s, NULL) == x)
            break;
    }
    text_add(t, s);
}

/* ---- secrets ---------------------------------------------------------------------------- */

static bool parts_words(char c) { return c == 0 || strchr(" \t\n\r\"'(),;<>[]{}", c) != NULL; }

/* Length of "user:password@" at the start of s; 0: there is none. */
static size_t user_length(const char *s, size_t n)
{
    size_t end = 0;
    for (size_t i = 0; i < n && s[i] != '/' && s[i] != '?' && s[i] != '#'; i++)
        if (s[i] == '@')
            end = i;
    return end;
}

/* true: what follows is the secret ("Authorization: …"). */
static bool hide_word(struct text *t, const char *word, size_t n)
{
    const char *slashes = n >= 3 ? memmem(word, n, "://", 3) : NULL;
    if (preset_secret(word, n) != NULL) {
        text_add(t, "***");
        return word[n - 1] == ':' || word[n - 1] == '=';
    }
    if (slashes == NULL) {
        text_bytes(t, word, n);
        return false;
    }
    size_t before = (size_t)(slashes - word) + 3, user = user_length(slashes + 3, n - before);
    text_bytes(t, word, before);
    if (user > 0)
        text_add(t, "***");
    text_bytes(t, word + before + user, n - before - user);
    return false;
}

void text_hide(char *dst, size_t size, const char *s)
{
    struct text t = {0};
    while (*s != 0) {
        size_t n = 0;
        while (!parts_words(s[n]))
            n++;
        if (n > 0 && hide_word(&t, s, n))
            break;
        if (s[n] != 0)
            text_bytes(&t, s + n++, 1);
        s += n;
    }
    snprintf(dst, size, "%s", t.s != NULL && !t.failed ? t.s : "");
    text_free(&t);
}

/* ---- strings for JSON and HTML ---------------------------------------------------------- */

/* Length of the UTF-8 character at p, 0 if there is none. */
static size_t utf8_length(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xF0 ? 4 : u[0] >= 0xE0 ? 3 : 2;
    if (n > 1 && (u[0] < 0xC2 || u[0] > 0xF4))
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((u[i] & 0xC0) != 0x80)
            return 0;
    bool bad = (u[0] == 0xE0 && u[1] < 0xA0) || (u[0] == 0xF0 && u[1] < 0x90) ||
               (u[0] == 0xED && u[1] >= 0xA0) || (u[0] == 0xF4 && u[1] >= 0x90);
    return bad ? 0 : n;
}

typedef void escape_fn(struct text *t, char c);

static void escape_json(struct text *t, char c)
{
    if (c == '"' || c == '\\')
        text_put(t, "\\%c", c);
    else if (c == '\n')
        text_add(t, "\\n");
    else if ((unsigned char)c < ' ' || c == 0x7F)
        text_put(t, "\\u%04X", (unsigned)(unsigned char)c);
    else
        text_bytes(t, &c, 1);
}

static void escape_html(struct text *t, char c)
{
    const char *name = c == '&'    ? "&amp;"
                       : c == '<'  ? "&lt;"
                       : c == '>'  ? "&gt;"
                       : c == '"'  ? "&quot;"
                       : c == '\'' ? "&#39;"
                                   : NULL;
    if (name != NULL)
        text_add(t, name);
    else if (((unsigned char)c >= ' ' && c != 0x7F) || c == '\n')
        text_bytes(t, &c, 1);
}

static void escaped(struct text *t, const char *s, escape_fn *escape)
{
    while (*s != 0) {
        size_t n = utf8_length(s);
        if (n == 1)
            escape(t, *s);
        else if (n > 1)
            text_bytes(t, s, n);
        else
            text_add(t, "\xEF\xBF\xBD");
        s += n > 0 ? n : 1;
    }
}

static void hidden(struct text *t, const char *s, escape_fn *escape)
{
    size_t size = strlen(s) * 4 + 16;
    char *clean = malloc(size);
    t->failed = t->failed || clean == NULL;
    if (clean == NULL)
        return;
    text_hide(clean, size, s);
    escaped(t, clean, escape);
    free(clean);
}

void text_json(struct text *t, const char *s)
{
    text_add(t, "\"");
    hidden(t, s, escape_json);
    text_add(t, "\"");
}

void text_json_whole(struct text *t, const char *s)
{
    text_add(t, "\"");
    escaped(t, s, escape_json);
    text_add(t, "\"");
}

void text_html(struct text *t, const char *s) { hidden(t, s, escape_html); }

void text_clear(struct text *t)
{
    t->size = 0;
    t->failed = false;
}

void text_free(struct text *t)
{
    free(t->s);
    *t = (struct text){0};
}
