/* Two things make this fast. Digits and letters are made several at a time and
 * stored as one word. And the ints behind `extra` do not wait for one another:
 * the characters of one are stored while the next is still being drawn. */
#include "workload/nexmark_text.h"

#include "base/check.h"
#include "workload/lcg.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are stored low byte first");

static inline void store_64(unsigned char *p, uint64_t v) { memcpy(p, &v, sizeof v); }

static inline void store_32(unsigned char *p, uint32_t v) { memcpy(p, &v, sizeof v); }

/* ---- numbers ------------------------------------------------------------- */

/* v < 10^8 as eight digit values, one a byte, the highest digit in the lowest byte:
 * halves of four digits, then of two, then of one, side by side in one word. */
static inline uint64_t digits_8(uint32_t v)
{
    uint64_t fours = v / 10000 | (uint64_t)(v % 10000) << 32;
    uint64_t hundreds = (fours * 10486 >> 20) & UINT64_C(0x7F0000007F);
    uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = (twos * 103 >> 10) & UINT64_C(0x000F000F000F000F);
    return tens | (twos - tens * 10) << 8;
}

#define ASCII_ZEROS UINT64_C(0x3030303030303030)

/* v < 10^8 without leading zeros. */
static inline unsigned char *put_short(unsigned char *p, uint32_t v)
{
    uint64_t digits = digits_8(v);
    /* the last digit stays, even if it is a zero */
    uint32_t zeros = (uint32_t)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8;
    store_64(p, (digits | ASCII_ZEROS) >> (8 * zeros));
    return p + 8 - zeros;
}

unsigned char *put_number(unsigned char *p, uint64_t v)
{
    const uint64_t unit = 100000000;
    if (v < unit)
        return put_short(p, (uint32_t)v);
    uint64_t high = v / unit;
    if (high < unit) {
        p = put_short(p, (uint32_t)high);
    } else {
        p = put_short(p, (uint32_t)(high / unit));
        store_64(p, digits_8((uint32_t)(high % unit)) | ASCII_ZEROS);
        p += 8;
    }
    store_64(p, digits_8((uint32_t)(v % unit)) | ASCII_ZEROS);
    return p + 8;
}

unsigned char *put_four_digits(unsigned char *p, uint32_t v)
{
    assert(v < 10000);
    store_64(p, (digits_8(v) | ASCII_ZEROS) >> 32);
    return p + 4;
}

uint32_t reverse_32(uint32_t v)
{
    v = (v & 0x55555555) << 1 | (v >> 1 & 0x55555555);
    v = (v & 0x33333333) << 2 | (v >> 2 & 0x33333333);
    v = (v & 0x0F0F0F0F) << 4 | (v >> 4 & 0x0F0F0F0F);
    return __builtin_bswap32(v);
}

/* ---- words --------------------------------------------------------------- */

static inline unsigned char *put_letters(unsigned char *p, uint64_t *draw, uint32_t length,
                                         unsigned char gap)
{
    uint64_t state = *draw;
    for (unsigned char *end = p + length; p < end; p++)
        *p = lcg_bounded(&state, 13) == 0 ? gap : (unsigned char)('a' + lcg_bounded(&state, 26));
    *draw = state;
    return p;
}

unsigned char *put_words(unsigned char *p, uint64_t *draw, uint32_t max)
{
    uint32_t length = 3 + lcg_bounded(draw, max - 3);
    unsigned char *end = put_letters(p, draw, length, ' ');
    while (end > p && end[-1] == ' ')
        end--;
    unsigned char *start = p;
    while (start < end && *start == ' ')
        start++;
    if (start == p)
        return end;
    memmove(p, start, (size_t)(end - start));
    return p + (end - start);
}

unsigned char *put_path(unsigned char *p, uint64_t *draw)
{
    uint32_t length = 3 + lcg_bounded(draw, 2);
    return put_letters(p, draw, length, '_');
}

/* ---- extra --------------------------------------------------------------- */

/* An int's characters are 'a' plus its base-26 digits, lowest first; of a negative
 * int, 'a' minus them, where 'a' - 5 is the backslash, which JSON escapes. Two
 * digits at a time come from a table: entry 26·second + first holds the two to
 * four bytes to store. The top three bits say how many more than two there are:
 * 0, 1, or 2 by the backslash that is the fourth byte itself (0x5C >> 5 is 2). */
#define SLASH UINT32_C(0x5C)
#define PLUS(d) (UINT32_C(97) + (d))
#define MINUS(d) (UINT32_C(97) - (d))
#define PLUS_PAIR(b, a) (PLUS(a) | PLUS(b) << 8)
#define MINUS_PAIR(b, a)                                                                           \
    ((a) == 5                                                                                      \
         ? (SLASH | SLASH << 8 | MINUS(b) << 16 | ((b) == 5 ? SLASH << 24 : UINT32_C(1) << 29))    \
         : (MINUS(a) | MINUS(b) << 8 | ((b) == 5 ? SLASH << 16 | UINT32_C(1) << 29 : 0)))
#define ROW(pair, b)                                                                               \
    pair(b, 0), pair(b, 1), pair(b, 2), pair(b, 3), pair(b, 4), pair(b, 5), pair(b, 6),            \
        pair(b, 7), pair(b, 8), pair(b, 9), pair(b, 10), pair(b, 11), pair(b, 12), pair(b, 13),    \
        pair(b, 14), pair(b, 15), pair(b, 16), pair(b, 17), pair(b, 18), pair(b, 19), pair(b, 20), \
        pair(b, 21), pair(b, 22), pair(b, 23), pair(b, 24), pair(b, 25)
#define ROWS(pair)                                                                                 \
    ROW(pair, 0), ROW(pair, 1), ROW(pair, 2), ROW(pair, 3), ROW(pair, 4), ROW(pair, 5),            \
        ROW(pair, 6), ROW(pair, 7), ROW(pair, 8), ROW(pair, 9), ROW(pair, 10), ROW(pair, 11),      \
        ROW(pair, 12), ROW(pair, 13), ROW(pair, 14), ROW(pair, 15), ROW(pair, 16), ROW(pair, 17),  \
        ROW(pair, 18), ROW(pair, 19), ROW(pair, 20), ROW(pair, 21), ROW(pair, 22), ROW(pair, 23),  \
        ROW(pair, 24), ROW(pair, 25)

static const uint32_t pairs[2][676] = {{ROWS(PLUS_PAIR)}, {ROWS(MINUS_PAIR)}};

/* One int: its sign's table, and its six digits as three pairs. */
struct draw_digits {
    const uint32_t *table;
    uint32_t pair[3];
};

static inline struct draw_digits digits_of(uint64_t state)
{
    uint32_t bits = (uint32_t)(state >> 32);
    uint32_t negative = bits >> 31;
    uint32_t v = (bits ^ (0 - negative)) + negative;
    uint32_t q = v / 676;
    uint32_t q2 = q / 676;
    return (struct draw_digits){pairs[negative], {v - q * 676, q - q2 * 676, q2 % 676}};
}

static inline unsigned char *put_pair(unsigned char *p, uint32_t bytes)
{
    store_32(p, bytes);
    return p + 2 + (bytes >> 29);
}

unsigned char *put_exact(unsigned char *p, uint64_t draw, uint32_t length)
{
    for (; length >= 6; length -= 6) {
        struct draw_digits d = digits_of(lcg_step(&draw));
        p = put_pair(p, d.table[d.pair[0]]);
        p = put_pair(p, d.table[d.pair[1]]);
        p = put_pair(p, d.table[d.pair[2]]);
    }
    if (length == 0)
        return p;
    struct draw_digits d = digits_of(lcg_step(&draw));
    uint32_t i = 0;
    for (; length >= 2; length -= 2)
        p = put_pair(p, d.table[d.pair[i++]]);
    if (length == 0)
        return p;
    uint32_t bytes = d.table[d.pair[i]];
    store_32(p, bytes);
    return p + ((bytes & 0xFF) == SLASH ? 2 : 1);
}
