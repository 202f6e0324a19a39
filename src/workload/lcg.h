/* The 48-bit linear congruential generator that Nexmark's reference draws from.
 *
 *   s' = s * 0x5DEECE66D + 0xB  (mod 2^48)
 *
 * The 48 bits are kept at the top of a 64-bit word: the product then wraps
 * modulo 2^64 by itself, no mask is needed, and the high bits of a draw are the
 * high bits of the word. Each function draws from *state and moves it on. */
#ifndef WORKLOAD_LCG_H
#define WORKLOAD_LCG_H

#include <stdint.h>

#define LCG_FACTOR UINT64_C(0x5DEECE66D)
#define LCG_ADD (UINT64_C(0xB) << 16)

/* State for a seed; only its low 48 bits matter. */
static inline uint64_t lcg_seed(uint64_t seed) { return (seed ^ LCG_FACTOR) << 16; }

static inline uint64_t lcg_step(uint64_t *state)
{
    *state = *state * LCG_FACTOR + LCG_ADD;
    return *state;
}

/* The unbounded draw, signed. */
static inline int32_t lcg_int(uint64_t *state)
{
    return (int32_t)(uint32_t)(lcg_step(state) >> 32);
}

/* Uniform in [0, n), 1 <= n < 2^31. */
static inline uint32_t lcg_bounded(uint64_t *state, uint32_t n)
{
    uint32_t u = (uint32_t)(lcg_step(state) >> 33);
    if ((n & (n - 1)) == 0)
        return (uint32_t)(((uint64_t)n * u) >> 31);
    uint32_t rest = u % n;
    while (__builtin_expect(u - rest > INT32_MAX - (n - 1), 0)) { /* the last, uneven stretch */
        u = (uint32_t)(lcg_step(state) >> 33);
        rest = u % n;
    }
    return rest;
}

/* The 53 bits m of a double draw m * 2^-53 in [0, 1). */
static inline uint64_t lcg_bits53(uint64_t *state)
{
    uint64_t high = lcg_step(state) >> 38;
    return (high << 27) + (lcg_step(state) >> 37);
}

/* The long draw: two ints, both signed, so a negative low half borrows. */
static inline int64_t lcg_long(uint64_t *state)
{
    uint64_t high = (uint64_t)(uint32_t)lcg_int(state) << 32;
    return (int64_t)(high + (uint64_t)(int64_t)lcg_int(state));
}

/* Uniform in [0, n), n >= 1, of any size (skewed from 2^31 - 1 on, as the
 * reference is). */
static inline uint64_t lcg_wide(uint64_t *state, int64_t n)
{
    if (n < INT32_MAX)
        return lcg_bounded(state, (uint32_t)n);
    int64_t rest = lcg_long(state) % n;
    return (uint64_t)(rest < 0 ? -rest : rest);
}

#endif
