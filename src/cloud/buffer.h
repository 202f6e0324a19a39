/* Bytes that grow as they are appended to, and the encodings that HTTP APIs use.
 * After a failed allocation a buffer is `failed` and stays as it was. */
#ifndef CLOUD_BUFFER_H
#define CLOUD_BUFFER_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *data; /* NUL-terminated once anything was appended; NULL before */
    size_t size, room;
    bool failed;
};

/* Frees what it holds; b is empty and can be used again. */
void buffer_free(struct buffer *b);
/* Empties it, keeping its room. */
void buffer_clear(struct buffer *b);
/* Room for `more` bytes behind what is there, and a NUL; NULL if there is none. The
 * caller writes there and adds to size. */
char *buffer_reserve(struct buffer *b, size_t more);

void buffer_add(struct buffer *b, const void *bytes, size_t size);
void buffer_text(struct buffer *b, const char *text);
void buffer_format(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A JSON string with its quotes. Bytes from 0x80 on go as they are: text must be UTF-8
 * to make it JSON. */
void buffer_json(struct buffer *b, const void *text, size_t size);
void buffer_base64(struct buffer *b, const void *bytes, size_t size);
/* Appends the bytes of a base64 text; false (nothing appended) if it is none. */
MUST_USE bool buffer_unbase64(struct buffer *b, const char *text, size_t size);
/* Appends text with %XX decoded; plus: '+' becomes a blank. A '%' without two hex
 * digits stays as it is. */
void buffer_unescape(struct buffer *b, const char *text, size_t size, bool plus);

/* Is it UTF-8 without NUL? */
bool buffer_is_utf8(const void *text, size_t size);

#endif
