/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers 0 to N-1 in an order that looks random and is the same for the same
 * seed, on each boot and machine, each once, without a table: what touches pages in random order
 * should not itself touch memory for it.
 */
#ifndef FB_BENCH_SHUFFLE_H
#define FB_BENCH_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

struct shuffle {
	uint64_t x, mask, n;
	unsigned int shift;
};

/* N: 1 to 2^32. The first N calls of shuffle_next() are one pass; further ones repeat it. */
void shuffle_begin(struct shuffle *s, size_t n, uint64_t seed);

static inline size_t shuffle_next(struct shuffle *s)
{
	uint64_t y;

	/*
	 * A congruential generator whose period is the next power of two, numbers past
	 * the end skipped. Its low bits alternate (0, 1, 0, 1): folding the high ones into
	 * them keeps it a permutation and makes neighbours in time none in memory.
	 */
	do {
		s->x = (s->x * 0x5851f42d4c957f2dULL + 0x14057b7ef767814fULL) & s->mask;
		y = s->x ^ s->x >> s->shift;
	} while (y >= s->n);
	return (size_t)y;
}

#endif
