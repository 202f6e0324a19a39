/* Words of a command line: what blanks part. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>

static inline const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* Bytes up to the next blank or the end. */
static inline size_t word_length(const char *p)
{
    size_t n = 0;
    while (p[n] && p[n] != ' ' && p[n] != '\t')
        n++;
    return n;
}

#endif
