/* Made by tables.py beside it; do not edit. */
#ifndef FAAS_TABLES_H
#define FAAS_TABLES_H

#include <stdint.h>

#define RESIDUAL_SEGMENTS 11
#define RESIDUAL_STEPS 32 /* per segment */
#define RESIDUAL_POINTS (RESIDUAL_SEGMENTS * RESIDUAL_STEPS + 1)

/* Where the segments begin and end: p * 2^32. */
extern const uint64_t residual_knot[RESIDUAL_SEGMENTS + 1];
/* R in ppm, by [noisy client][language] (python, java). */
extern const uint32_t residual_ppm[2][2][RESIDUAL_POINTS];

#endif
