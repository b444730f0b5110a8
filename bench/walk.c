// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a walk in random order begins; see walk.h. */
#include "bench/walk.h"

void walk_begin(struct walk *w, size_t n, uint64_t seed)
{
	unsigned int bits = 0;

	while (bits < 63 && (uint64_t)1 << bits < n)
		bits++;
	w->n = n;
	w->mask = ((uint64_t)1 << bits) - 1;
	/* of a number of one bit there is nothing to fold: a shift past it leaves it alone */
	w->shift = bits > 1 ? (bits + 1) / 2 : 1;
	w->x = seed * 0x9e3779b97f4a7c15ULL >> 7 & w->mask;
}
