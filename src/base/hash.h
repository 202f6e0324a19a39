/* Stable 64-bit hashes: the same bytes give the same value on every machine. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/wide.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_SEED UINT64_C(0x27d4eb2f165667c5)

/* Folds one word into h: 128-bit product folded to 64 (the "mum" step). */
static inline uint64_t hash_word(uint64_t h, uint64_t word)
{
    u128 m = (u128)(h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Little-endian load of n <= 8 bytes. */
static inline uint64_t hash_load(const void *p, size_t n)
{
    uint64_t w = 0;
    memcpy(&w, p, n);
    return w;
}

/* Folds size bytes at p, and size itself, into h. */
static inline uint64_t hash_bytes(uint64_t h, const void *p, size_t size)
{
    const unsigned char *b = p;
    size_t n = size;
    for (; n > 8; n -= 8, b += 8)
        h = hash_word(h, hash_load(b, 8));
    return hash_word(h, hash_load(b, n) + ((uint64_t)size << 56));
}

#endif
