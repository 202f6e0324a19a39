/* Seeded random numbers: SplitMix64 (Steele, Lea, Flood 2014). A stream is one
 * uint64_t; independent streams come from prng_split with distinct names, so
 * that a draw in one part never shifts the draws of another. */
#ifndef BASE_PRNG_H
#define BASE_PRNG_H

#include "base/wide.h"

#include <stdint.h>

struct prng {
    uint64_t state;
};

/* Finaliser of SplitMix64: a good 64-bit mix of z. */
static inline uint64_t prng_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A stream for (seed, stream). */
static inline struct prng prng_split(uint64_t seed, uint64_t stream)
{
    struct prng p = {prng_mix(seed + UINT64_C(0x9E3779B97F4A7C15) * (stream + 1))};
    return p;
}

static inline uint64_t prng_next(struct prng *p)
{
    p->state += UINT64_C(0x9E3779B97F4A7C15);
    return prng_mix(p->state);
}

/* Uniform in [0, n), n >= 1 (multiply-shift; bias below 2^-32 for n < 2^32). */
static inline uint64_t prng_below(struct prng *p, uint64_t n)
{
    return (uint64_t)(((u128)prng_next(p) * n) >> 64);
}

#endif
