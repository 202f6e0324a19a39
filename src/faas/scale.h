/* v * ppm / 10^6 for v, ppm >= 0, rounded to the nearest; at most SCALE_MAX, which
 * leaves room to add a time of day. */
#ifndef FAAS_SCALE_H
#define FAAS_SCALE_H

#include "base/units.h"
#include "base/wide.h"

#define SCALE_MAX (INT64_MAX / 8)

static inline int64_t scale_ppm(int64_t v, int64_t ppm)
{
    assert(v >= 0 && ppm >= 0);
    u128 scaled = ((u128)v * (u128)ppm + PPM_ONE / 2) / PPM_ONE;
    return scaled > (u128)SCALE_MAX ? SCALE_MAX : (int64_t)scaled;
}

#endif
