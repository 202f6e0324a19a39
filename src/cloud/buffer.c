#include "cloud/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_free(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){0};
}

void buffer_clear(struct buffer *b)
{
    b->size = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

char *buffer_reserve(struct buffer *b, size_t more)
{
    if (b->failed)
        return NULL;
    if (b->room < b->size + more + 1) {
        size_t room = b->room ? b->room : 256;
        while (room < b->size + more + 1)
            room *= 2;
        char *data = realloc(b->data, room);
        if (data == NULL) {
            b->failed = true;
            return NULL;
        }
        b->data = data;
        b->room = room;
    }
    return b->data + b->size;
}

void buffer_add(struct buffer *b, const void *bytes, size_t size)
{
    char *to = buffer_reserve(b, size);
    if (to == NULL)
        return;
    if (size)
        memcpy(to, bytes, size);
    to[size] = '\0';
    b->size += size;
}

void buffer_text(struct buffer *b, const char *text) { buffer_add(b, text, strlen(text)); }

void buffer_format(struct buffer *b, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    char *to = buffer_reserve(b, 120);
    size_t room = to ? b->room - b->size : 0;
    int n = to ? vsnprintf(to, room, format, arguments) : 0;
    if (n > 0 && (size_t)n >= room && (to = buffer_reserve(b, (size_t)n)) != NULL)
        vsnprintf(to, (size_t)n + 1, format, again);
    if (n > 0 && to)
        b->size += (size_t)n;
    va_end(again);
    va_end(arguments);
}

void buffer_json(struct buffer *b, const void *text, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    static const char brief[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    const unsigned char *s = text;
    char *to = buffer_reserve(b, 6 * size + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    for (size_t i = 0; i < size; i++) {
        unsigned char c = s[i];
        if (c >= 32 && c != '"' && c != '\\') {
            *to++ = (char)c;
            continue;
        }
        *to++ = '\\';
        if (c == '"' || c == '\\') {
            *to++ = (char)c;
        } else if (brief[c]) {
            *to++ = brief[c];
        } else {
            memcpy(to, "u00", 3);
            to[3] = hex[c >> 4];
            to[4] = hex[c & 15];
            to += 5;
        }
    }
    *to++ = '"';
    *to = '\0';
    b->size = (size_t)(to - b->data);
}

void buffer_base64(struct buffer *b, const void *bytes, size_t size)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *s = bytes;
    char *to = buffer_reserve(b, (size + 2) / 3 * 4);
    if (to == NULL)
        return;
    for (size_t i = 0; i < size; i += 3) {
        size_t n = size - i < 3 ? size - i : 3;
        uint32_t w = (uint32_t)s[i] << 16 | (n > 1 ? (uint32_t)s[i + 1] << 8 : 0) |
                     (n > 2 ? (uint32_t)s[i + 2] : 0);
        *to++ = digit[w >> 18];
        *to++ = digit[w >> 12 & 63];
        *to++ = n > 1 ? digit[w >> 6 & 63] : '=';
        *to++ = n > 2 ? digit[w & 63] : '=';
    }
    *to = '\0';
    b->size = (size_t)(to - b->data);
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool buffer_unbase64(struct buffer *b, const char *text, size_t size)
{
    size_t before = b->size;
    if (size % 4 != 0 || buffer_reserve(b, size / 4 * 3) == NULL)
        return size == 0 && !b->failed;
    for (size_t i = 0; i < size; i += 4) {
        bool last = i + 4 == size;
        int pad = last && text[i + 3] == '=' ? (text[i + 2] == '=' ? 2 : 1) : 0;
        uint32_t w = 0;
        for (size_t k = 0; k < 4; k++) {
            int v = k >= (size_t)(4 - pad) ? 0 : base64_value(text[i + k]);
            if (v < 0) {
                b->size = before;
                b->data[before] = '\0';
                return false;
            }
            w = w << 6 | (uint32_t)v;
        }
        const char out[3] = {(char)(w >> 16), (char)(w >> 8), (char)w};
        buffer_add(b, out, (size_t)(3 - pad));
    }
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 32);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void buffer_unescape(struct buffer *b, const char *text, size_t size, bool plus)
{
    char *to = buffer_reserve(b, size);
    if (to == NULL)
        return;
    for (size_t i = 0; i < size; i++) {
        int high = text[i] == '%' && i + 2 < size ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            *to++ = (char)(high * 16 + low);
            i += 2;
        } else {
            *to++ = plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    *to = '\0';
    b->size = (size_t)(to - b->data);
}

/* Length of the character that begins at s, 0 if it is no UTF-8. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    unsigned char c = s[0];
    if (c < 0x80)
        return c != 0;
    size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || left < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool wrong = (c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] > 0x9f) ||
                 (c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] > 0x8f);
    return wrong ? 0 : n;
}

bool buffer_is_utf8(const void *text, size_t size)
{
    const unsigned char *s = text;
    for (size_t i = 0; i < size;) {
        size_t n = utf8_length(s + i, size - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
