/* Nexmark's price: 100 * 10^(6u) cents, rounded half up, u = m * 2^-53.
 *
 * Integers only, so the same on every processor and with every compiler flag;
 * the roundings of the reference's double arithmetic are repeated step by step. */
#ifndef WORKLOAD_NEXMARK_PRICE_H
#define WORKLOAD_NEXMARK_PRICE_H

#include <stdint.h>

/* m in [0, 2^53); result in [100, 10^8]. */
uint64_t nexmark_price(uint64_t m);

#endif
