/* A sine as a table of integers. */
#ifndef WORKLOAD_SINE_H
#define WORKLOAD_SINE_H

#include <stdint.h>

#define SINE_STEPS 1024 /* of a period */
#define SINE_QUARTER 256
#define SINE_ONE (INT32_C(1) << 30)

/* sin((k + 1/2) · 2π / SINE_STEPS) · SINE_ONE, to the nearest. */
extern const int32_t sine_quarter[SINE_QUARTER];

/* -cos((step + 1/2) · 2π / SINE_STEPS) · SINE_ONE, step of 0..SINE_STEPS-1: from -1 up to
 * 1 at the half, and down again. */
static inline int32_t sine_wave(int step)
{
    int k = step % SINE_QUARTER;
    switch (step / SINE_QUARTER) {
    case 0:
        return -sine_quarter[SINE_QUARTER - 1 - k];
    case 1:
        return sine_quarter[k];
    case 2:
        return sine_quarter[SINE_QUARTER - 1 - k];
    default:
        return -sine_quarter[k];
    }
}

#endif
