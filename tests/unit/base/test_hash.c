#include "base/hash.h"

#include <criterion/criterion.h>

/* Independent form of the folding step: the 128-bit product from four halves. */
static uint64_t fold_by_hand(uint64_t a, uint64_t b)
{
    uint64_t a0 = a & UINT32_MAX, a1 = a >> 32, b0 = b & UINT32_MAX, b1 = b >> 32;
    uint64_t middle = (a0 * b0 >> 32) + (a1 * b0 & UINT32_MAX) + (a0 * b1 & UINT32_MAX);
    uint64_t high = a1 * b1 + (a1 * b0 >> 32) + (a0 * b1 >> 32) + (middle >> 32);
    return a * b ^ high;
}

Test(hash, a_word_is_folded_by_the_documented_product)
{
    uint64_t h = HASH_SEED;
    for (uint64_t word = 0; word < 1000; word++) {
        uint64_t by_hand = fold_by_hand(h ^ word * word, UINT64_C(0x9E3779B97F4A7C15));
        h = hash_word(h, word * word);
        cr_assert_eq(h, by_hand);
    }
}

Test(hash, the_same_bytes_give_the_same_value_at_any_address)
{
    unsigned char buffer[64];
    for (size_t shift = 0; shift < 16; shift++) {
        for (size_t i = 0; i < 40; i++)
            buffer[shift + i] = (unsigned char)(i * 7);
        unsigned char first[40];
        memcpy(first, buffer + shift, sizeof first);
        cr_assert_eq(hash_bytes(1, buffer + shift, 40), hash_bytes(1, first, 40));
    }
}

Test(hash, length_and_every_bit_count)
{
    unsigned char zeros[40] = {0};
    uint64_t seen[41];
    for (size_t n = 0; n <= 40; n++) {
        seen[n] = hash_bytes(HASH_SEED, zeros, n);
        for (size_t m = 0; m < n; m++)
            cr_assert_neq(seen[n], seen[m], "%zu and %zu zero bytes look alike", n, m);
    }
    for (size_t bit = 0; bit < 40 * 8; bit++) {
        zeros[bit / 8] = (unsigned char)(1u << bit % 8);
        cr_assert_neq(hash_bytes(HASH_SEED, zeros, 40), seen[40]);
        zeros[bit / 8] = 0;
    }
}

Test(hash, nothing_beyond_the_end_is_read)
{
    unsigned char a[16] = "abcdefghijk", b[16] = "abcdefghijX";
    cr_assert_eq(hash_bytes(5, a, 10), hash_bytes(5, b, 10));
    cr_assert_neq(hash_bytes(5, a, 11), hash_bytes(5, b, 11));
}
