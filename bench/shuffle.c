// SPDX-License-Identifier: GPL-2.0-or-later
/* An order at random that is the same each time; see shuffle.h. */
#include "bench/shuffle.h"

/* splitmix64: good enough for an order, and the same with every C library. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void shuffle_fill(uint32_t *order, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	/* Fisher and Yates; that 2^64 is no multiple of i skews it by less than one part in 2^32 */
	for (size_t i = n; i > 1; i--) {
		size_t k = next_random(&seed) % i;
		uint32_t last = order[i - 1];

		order[i - 1] = order[k];
		order[k] = last;
	}
}
