/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers 0 to N-1 in an order that looks random and is the same for the same
 * seed, each once, without a table: what touches pages in random order should not
 * itself touch memory for it.
 */
#ifndef FB_BENCH_WALK_H
#define FB_BENCH_WALK_H

#include <stddef.h>
#include <stdint.h>

struct walk {
	uint64_t x, mask, n;
	unsigned int shift;
};

/* N: 1 to 2^32. The first N calls of walk_next() are one pass; further ones repeat it. */
void walk_begin(struct walk *w, size_t n, uint64_t seed);

static inline size_t walk_next(struct walk *w)
{
	uint64_t y;

	/*
	 * A congruential generator whose period is the next power of two, numbers past
	 * the end skipped. Its low bits alternate (0, 1, 0, 1): folding the high ones into
	 * them keeps it a permutation and makes neighbours in time none in memory.
	 */
	do {
		w->x = (w->x * 0x5851f42d4c957f2dULL + 0x14057b7ef767814fULL) & w->mask;
		y = w->x ^ w->x >> w->shift;
	} while (y >= w->n);
	return (size_t)y;
}

#endif
