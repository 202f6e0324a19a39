/* Every path makes the same bit mask: bit i says that byte i is part of a token.
 * Where the mask changes, a token begins or ends:
 *
 *   text    a b , , c d e      mask          1 1 0 0 1 1 1 0
 *                              mask << 1     0 1 1 0 0 1 1 1
 *                              edges (xor)   1 0 1 0 1 0 0 1   begin end begin end
 *
 * The edges' positions, written one after the other, are the spans. Over n bytes
 * there are at most n + 1 edges, so (n / 2 + 1) spans always hold them. */
#include "record/tokenize.h"

/* 1 for the bytes of tokens: [A-Za-z0-9_]. */
static const uint8_t word_bytes[256] = {
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,
    ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1,
    ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1,
    ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1,
    ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['_'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1,
    ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1,
    ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,
    ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

/* No branch depends on the text: each byte's position is stored, and kept only if
 * the class changed there. The store stays inside the room for edges, since at
 * byte i at most i edges came before. */
static uint32_t tokenize_scalar(const unsigned char *slab, uint32_t begin, uint32_t end,
                                struct span *out)
{
    uint32_t *edge = &out->begin;
    uint32_t count = 0;
    uint32_t inside = 0;
    for (uint32_t i = begin; i < end; i++) {
        uint32_t word = word_bytes[slab[i]];
        edge[count] = i;
        count += word ^ inside;
        inside = word;
    }
    edge[count] = end;
    count += inside;
    return count / 2;
}

#if defined(__x86_64__)

#include <immintrin.h>

/* 64 bytes at a time, by `classify`, and the edges of one mask by `store`: the
 * loop that the vector paths share. Bytes past `end` are read, and masked off. */
typedef uint64_t classify_fn(const unsigned char *p);
typedef uint32_t store_fn(uint32_t *edge, uint32_t room, uint64_t edges, uint32_t base);

static inline __attribute__((always_inline)) uint32_t
tokenize_masks(const unsigned char *slab, uint32_t begin, uint32_t end, struct span *out,
               classify_fn *classify, store_fn *store)
{
    uint32_t *edge = &out->begin;
    uint32_t room = ((end - begin) / 2 + 1) * 2;
    uint32_t count = 0;
    uint64_t inside = 0; /* 1: the byte before was part of a token */
    for (uint32_t base = begin; base < end; base += 64) {
        uint64_t mask = classify(slab + base);
        if (end - base < 64)
            mask &= (UINT64_C(1) << (end - base)) - 1;
        count += store(edge + count, room - count, mask ^ (mask << 1 | inside), base);
        inside = mask >> 63;
        if (end - base < 64)
            return count / 2; /* a token at the very end was closed by the zeros after it */
    }
    if (inside)
        edge[count++] = end;
    return count / 2;
}

/* ---- SSE2 ---------------------------------------------------------------- */

/* 0xFF where low <= byte <= low + width, by saturating subtraction. */
static inline __m128i in_range(__m128i bytes, char low, char width)
{
    __m128i past = _mm_sub_epi8(bytes, _mm_set1_epi8(low));
    return _mm_cmpeq_epi8(_mm_min_epu8(past, _mm_set1_epi8(width)), past);
}

static inline uint64_t classify_16(const unsigned char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i letters = in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 25);
    __m128i others =
        _mm_or_si128(in_range(bytes, '0', 9), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(letters, others));
}

static inline uint64_t classify_sse2(const unsigned char *p)
{
    return classify_16(p) | classify_16(p + 16) << 16 | classify_16(p + 32) << 32 |
           classify_16(p + 48) << 48;
}

static inline __attribute__((always_inline)) uint32_t store_bits(uint32_t *edge, uint32_t room,
                                                                 uint64_t edges, uint32_t base)
{
    (void)room;
    uint32_t count = 0;
    for (; edges; edges &= edges - 1)
        edge[count++] = base + (uint32_t)__builtin_ctzll(edges);
    return count;
}

static uint32_t tokenize_sse2(const unsigned char *slab, uint32_t begin, uint32_t end,
                              struct span *out)
{
    return tokenize_masks(slab, begin, end, out, classify_sse2, store_bits);
}

/* ---- AVX2 ---------------------------------------------------------------- */

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt")))

TARGET_AVX2 static inline uint64_t classify_32(const unsigned char *p)
{
    /* Rows of the ASCII table as bits: a byte's low half chooses the set of rows in
     * which its column holds a token byte, its high half chooses the row. Bytes from
     * 0x80 on have no row. */
    const __m256i rows_of_low =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0x2A, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E,
                                                  0x3E, 0x3E, 0x3C, 0x14, 0x14, 0x14, 0x14, 0x1C));
    const __m256i row_of_high = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, 0, 0x02, 0x04, 0x08, 0x10, 0x20, 0, 0, 0, 0, 0, 0, 0, 0));
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
    __m256i both = _mm256_and_si256(_mm256_shuffle_epi8(rows_of_low, bytes),
                                    _mm256_shuffle_epi8(row_of_high, high));
    __m256i none = _mm256_cmpeq_epi8(both, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(none);
}

TARGET_AVX2 static inline uint64_t classify_avx2(const unsigned char *p)
{
    return classify_32(p) | classify_32(p + 32) << 32;
}

/* Eight at a time without asking how many there are: what is stored beyond the
 * last edge is overwritten later, as long as there is room. */
TARGET_AVX2 static inline uint32_t store_eights(uint32_t *edge, uint32_t room, uint64_t edges,
                                                uint32_t base)
{
    uint32_t count = (uint32_t)_mm_popcnt_u64(edges);
    if (count + 8 > room)
        return store_bits(edge, room, edges, base);
    for (uint32_t done = 0; done < count; done += 8) {
        for (uint32_t i = 0; i < 8; i++) {
            edge[done + i] = base + (uint32_t)_tzcnt_u64(edges);
            edges = _blsr_u64(edges);
        }
    }
    return count;
}

TARGET_AVX2 static uint32_t tokenize_avx2(const unsigned char *slab, uint32_t begin, uint32_t end,
                                          struct span *out)
{
    return tokenize_masks(slab, begin, end, out, classify_avx2, store_eights);
}

/* ---- AVX-512 ------------------------------------------------------------- */

#define TARGET_AVX512                                                                              \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,"             \
                          "popcnt,lzcnt")))

/* The 128 ASCII classes are one table in two registers. */
TARGET_AVX512 static inline uint64_t classify_avx512(const unsigned char *p)
{
    const __m512i low = _mm512_loadu_si512(word_bytes);
    const __m512i high = _mm512_loadu_si512(word_bytes + 64);
    __m512i bytes = _mm512_loadu_si512(p);
    __m512i class = _mm512_permutex2var_epi8(low, bytes, high);
    return _mm512_test_epi8_mask(class, _mm512_set1_epi8(1)) & ~_mm512_movepi8_mask(bytes);
}

/* The positions of the set bits are 0…63 compressed by the mask, widened by 16. */
TARGET_AVX512 static inline uint32_t store_compressed(uint32_t *edge, uint32_t room, uint64_t edges,
                                                      uint32_t base)
{
    static const uint8_t place[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    uint32_t count = (uint32_t)_mm_popcnt_u64(edges);
    if (count + 16 > room)
        return store_bits(edge, room, edges, base);
    __m512i places = _mm512_maskz_compress_epi8(edges, _mm512_loadu_si512(place));
    __m512i from = _mm512_set1_epi32((int)base);
    __m512i first = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places));
    _mm512_storeu_si512(edge, _mm512_add_epi32(from, first));
    if (count <= 16)
        return count;
    __m512i second = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(places, 1));
    _mm512_storeu_si512(edge + 16, _mm512_add_epi32(from, second));
    if (count <= 32)
        return count;
    __m512i third = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(places, 2));
    _mm512_storeu_si512(edge + 32, _mm512_add_epi32(from, third));
    if (count <= 48)
        return count;
    __m512i fourth = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(places, 3));
    _mm512_storeu_si512(edge + 48, _mm512_add_epi32(from, fourth));
    return count;
}

TARGET_AVX512 static uint32_t tokenize_avx512(const unsigned char *slab, uint32_t begin,
                                              uint32_t end, struct span *out)
{
    return tokenize_masks(slab, begin, end, out, classify_avx512, store_compressed);
}

static bool have_sse2(void) { return true; } /* part of x86-64 */

static bool have_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

static bool have_avx512(void)
{
    return have_avx2() && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2");
}

#endif

/* ---- choice -------------------------------------------------------------- */

static bool have_scalar(void) { return true; }

struct path {
    const char *name;
    bool (*have)(void);
    tokenize_fn *tokenize;
};

/* The best last. */
static const struct path paths[] = {
    {"scalar", have_scalar, tokenize_scalar},
#if defined(__x86_64__)
    {"sse2", have_sse2, tokenize_sse2},
    {"avx2", have_avx2, tokenize_avx2},
    {"avx512", have_avx512, tokenize_avx512},
#endif
};

enum { PATHS = sizeof paths / sizeof paths[0] };

const char *const tokenize_paths[] = {"scalar",
#if defined(__x86_64__)
                                      "sse2", "avx2", "avx512",
#endif
                                      NULL};

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

tokenize_fn *tokenize_select(const char *name)
{
    bool best = !name || !*name || same(name, "auto");
    for (int i = PATHS - 1; i >= 0; i--)
        if ((best || same(name, paths[i].name)) && paths[i].have())
            return paths[i].tokenize;
    return NULL;
}
