/* Writers for the text of an event: each writes at p and returns the end of what
 * it wrote. They may store up to 32 bytes beyond that end, where the next field
 * comes; NEXMARK_TEXT_MAX leaves room for it. */
#ifndef WORKLOAD_NEXMARK_TEXT_H
#define WORKLOAD_NEXMARK_TEXT_H

#include <stdint.h>
#include <string.h>

/* A literal, without its NUL. */
#define PUT(p, literal) put_bytes(p, literal, sizeof literal - 1)

static inline unsigned char *put_bytes(unsigned char *p, const char *bytes, size_t length)
{
    memcpy(p, bytes, length);
    return p + length;
}

/* Decimal digits of v. */
unsigned char *put_number(unsigned char *p, uint64_t v);

/* v < 10000 as exactly four digits. */
unsigned char *put_four_digits(unsigned char *p, uint32_t v);

/* Random words of 3 to max - 1 characters in all, a blank in one place of 13;
 * blanks at either end are taken away, so it may become shorter, even empty. */
unsigned char *put_words(unsigned char *p, uint64_t *draw, uint32_t max);

/* One part of a url's path: 3 or 4 characters, '_' in one place of 13. */
unsigned char *put_path(unsigned char *p, uint64_t *draw);

/* `length` characters, six from each int drawn; a backslash is escaped, so up to
 * twice as many bytes. */
unsigned char *put_exact(unsigned char *p, uint64_t draw, uint32_t length);

/* v with its 32 bits in reverse order. */
uint32_t reverse_32(uint32_t v);

#endif
