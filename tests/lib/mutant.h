/* A good text with bytes changed, put in, taken out, doubled, repeated and cut, from a seed: for
 * programs that give readers what people and other programs get wrong. */
#ifndef TESTS_LIB_MUTANT_H
#define TESTS_LIB_MUTANT_H

#include "base/prng.h"

#include <stdint.h>
#include <string.h>

#define MUTANT_ROOM 4096

static struct prng prng;
static char text[MUTANT_ROOM + 1];
static size_t size; /* of text, without its NUL */

/* 0 to n - 1. */
static inline uint32_t below(uint32_t n) { return (uint32_t)prng_below(&prng, n); }

/* Mostly one that means something to a reader. */
static inline char mutant_byte(void)
{
    static const char odd[] = "\n\r\t \"'\\=:;#[]{},/?&%@$.-_~+*<>0123456789e\x7f\xff\xc3\x80\x01";
    return below(3) ? odd[below(sizeof odd - 1)] : (char)below(256);
}

static inline void mutant_put(size_t at, const char *bytes, size_t n)
{
    if (size + n > MUTANT_ROOM)
        return;
    memmove(text + at + n, text + at, size - at);
    memcpy(text + at, bytes, n);
    size += n;
}

static inline void mutant_damage(void)
{
    size_t at = below((uint32_t)size + 1), rest = size - at;
    size_t n = rest ? below(rest > 40 ? 40 : (uint32_t)rest) + 1 : 0;
    char copy[64], one = mutant_byte();
    switch (below(7)) {
    case 0:
        if (rest)
            text[at] = one;
        break;
    case 1:
        mutant_put(at, &one, 1);
        break;
    case 2:
        memmove(text + at, text + at + n, rest - n);
        size -= n;
        break;
    case 3: /* what stands here, again somewhere else */
        memcpy(copy, text + at, n);
        mutant_put(below((uint32_t)size + 1), copy, n);
        break;
    case 4:
        for (int i = 0; i < 300; i++)
            mutant_put(at, &one, 1);
        break;
    case 5:
        if (below(8) == 0)
            size = at;
        break;
    case 6:
        if (rest)
            text[at] = (char)(text[at] ^ (1 << below(8)));
        break;
    }
}

/* The text becomes a good one, damaged less than `most` times; as it is, now and then. */
static inline void mutant_of(const char *good, uint32_t most)
{
    size = strlen(good);
    memcpy(text, good, size);
    for (uint32_t n = below(most); n > 0; n--)
        mutant_damage();
    text[size] = '\0';
}

#endif
