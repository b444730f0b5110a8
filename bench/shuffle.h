/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An order at random that is the same each time, for accesses that no prefetcher foresees. */
#ifndef FB_BENCH_SHUFFLE_H
#define FB_BENCH_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

/* A permutation of 0 .. N-1 that depends on N and SEED alone. N < 2^32. */
void shuffle_fill(uint32_t *order, size_t n, uint64_t seed);

#endif
