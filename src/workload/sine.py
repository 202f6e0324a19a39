#!/usr/bin/env python3
"""Makes sine.c: a quarter of a sine as integers, so that no run needs libm.

    python3 src/workload/sine.py > src/workload/sine.c
"""
import math

N = 256
values = [round((1 << 30) * math.sin(2 * math.pi * (k + 0.5) / (4 * N))) for k in range(N)]
print("/* Made by sine.py beside it; do not edit. */")
print('#include "workload/sine.h"\n')
print("const int32_t sine_quarter[SINE_QUARTER] = {")
for i in range(0, N, 8):
    print("    " + " ".join("%d," % v for v in values[i : i + 8]))
print("};")
