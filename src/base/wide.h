/* 128-bit integers, for products of two 64-bit quantities. */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H

#include "base/check.h"

#include <stdint.h>

/* Not ISO C; every compiler this project is built with has them. */
__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

/* a × b ÷ c without losing bits on the way, rounded towards zero, clamped to
 * the range of int64_t. c must not be 0. */
static inline int64_t wide_mul_div(int64_t a, int64_t b, int64_t c)
{
    assert(c != 0);
    i128 q = (i128)a * b / c;
    if (q > INT64_MAX)
        return INT64_MAX;
    return q < INT64_MIN ? INT64_MIN : (int64_t)q;
}

#endif
