/* Text that grows in memory: lines of a recording, a page. A lack of memory is remembered
 * and asked for once, at the end. */
#ifndef LAB_TEXT_H
#define LAB_TEXT_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *s; /* owned; NUL-terminated once something was put; NULL: nothing yet */
    size_t size, capacity;
    bool failed; /* no memory: what is here is not whole */
};

/* Each appends. */
void text_bytes(struct text *t, const char *bytes, size_t size);
void text_add(struct text *t, const char *s);
void text_put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_number(struct text *t, int64_t n);
/* A double as the shortest decimal that is read back to the same one. Finite only. */
void text_double(struct text *t, double x);
/* A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. What looks like a
 * secret (access keys, ARNs, account numbers, passwords, the user part of a URL) becomes
 * "***": see text_hide. */
void text_json(struct text *t, const char *s);
/* The same with nothing hidden: for text that was looked at before (a preset). */
void text_json_whole(struct text *t, const char *s);
/* For HTML and SVG: & < > " ' are escaped, control characters left out, secrets hidden. */
void text_html(struct text *t, const char *s);

/* Copies s to dst without what must not be written anywhere; always NUL-terminated. */
void text_hide(char *dst, size_t size, const char *s);

/* Empties, keeping the memory; gives the memory back. */
void text_clear(struct text *t);
void text_free(struct text *t);

#endif
