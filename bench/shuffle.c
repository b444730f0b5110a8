// SPDX-License-Identifier: GPL-2.0-or-later
/* Where an order at random begins; see shuffle.h. */
#include "bench/shuffle.h"

void shuffle_begin(struct shuffle *s, size_t n, uint64_t seed)
{
	unsigned int bits = 0;

	while (bits < 63 && (uint64_t)1 << bits < n)
		bits++;
	s->n = n;
	s->mask = ((uint64_t)1 << bits) - 1;
	/* of a number of one bit there is nothing to fold: a shift past it leaves it alone */
	s->shift = bits > 1 ? (bits + 1) / 2 : 1;
	s->x = seed * 0x9e3779b97f4a7c15ULL >> 7 & s->mask;
}
