// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The exact sign-flip test (R. A. Fisher, "The Design of Experiments", 1935, section 21); see
 * tests.h. All 2^N sums are counted without being looked at one by one: those of either half of the
 * values are put in order, and for each of the one half as many of the other count as are beyond a
 * bound, which moves one way only ("meet in the middle", Horowitz and Sahni 1974). So 32 values
 * take the time of 2^16: a millisecond.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rng.h"
#include "lib/strbuf.h"
#include "results/stats/tests.h"

#define DRAWS 100000

/*
 * Sums that would be equal but for rounding are as far. Differences of logarithms carry the
 * rounding of the logarithm, some 1e-15, which is up to 1e-10 of differences as small as are ever
 * looked at; so what is nearer than this share of the sum of all distances counts as equal. Sums
 * that differ and are that near are a billionth of all sums or so: they only add to p, and nothing
 * that matters.
 */
#define NEAR 1e-9

/*
 * All sums of N values under either sign of each, ascending, into SUMS[2^N]; ROOM is as large. Each
 * value doubles the list: twice the same order, moved down and moved up, merged. The sums lie
 * evenly around 0, so that one half of them tells the other.
 */
static void signed_sums(const double *v, size_t n, double *sums, double *room)
{
	size_t len = 1;

	sums[0] = 0;
	for (size_t i = 0; i < n; i++) {
		double x = fabs(v[i]);
		size_t down = 0, up = 0, out = 0;

		memcpy(room, sums, len * sizeof(*sums));
		while (out < len) {
			if (room[down] - x <= room[up] + x)
				sums[out++] = room[down++] - x;
			else
				sums[out++] = room[up++] + x;
		}
		for (len *= 2; out < len; out++)
			sums[out] = -sums[len - 1 - out];
	}
}

/* How many sums of one of A and one of B, both ascending, reach BOUND. */
static uint64_t pairs_from(const double *a, size_t n_a, const double *b, size_t n_b, double bound)
{
	uint64_t count = 0;
	size_t k = n_b;

	for (size_t i = 0; i < n_a; i++) {
		while (k && a[i] + b[k - 1] >= bound)
			k--;
		count += n_b - k;
	}
	return count;
}

/*
 * Whole numbers: an exact p has no rounding. Of the last value only one sign is tried, since the
 * opposite of all signs is exactly as far.
 */
static double exact_p(const double *v, size_t n, double bound)
{
	size_t n_low = (n - 1) / 2, n_high = n - 1 - n_low;
	size_t low = (size_t)1 << n_low, high = (size_t)1 << n_high;
	double *sums = xcalloc(2 * high + low, sizeof(*sums));
	double *lows = sums + high, *room = lows + low, last = fabs(v[n - 1]);
	uint64_t far;

	signed_sums(v, n_low, lows, room);
	signed_sums(v + n_low, n_high, sums, room);
	/* sums under all signs lie evenly around 0: as many are at most -x as are at least x */
	far = pairs_from(lows, low, sums, high, bound - last) +
	      pairs_from(lows, low, sums, high, bound + last);
	free(sums);
	return ldexp((double)far, 1 - (int)n);
}

/* Eight signs at a time, whose sums are looked up. */
static double drawn_p(const double *v, size_t n, double bound)
{
	size_t groups = (n + 7) / 8;
	double(*sums)[256] = xcalloc(groups, sizeof(*sums));
	uint64_t state = rng_begin(1935, n, 0), far = 1;

	for (size_t i = 0; i < n; i++) {
		for (size_t signs = 0; signs < 256; signs++)
			sums[i / 8][signs] += signs >> i % 8 & 1 ? v[i] : -v[i];
	}
	for (size_t draw = 0; draw < DRAWS; draw++) {
		uint64_t bits = 0;
		double sum = 0;

		for (size_t g = 0; g < groups; g++) {
			bits = g % 8 ? bits >> 8 : rng_next(&state);
			sum += sums[g][bits & 255];
		}
		far += fabs(sum) >= bound;
	}
	free(sums);
	return (double)far / (DRAWS + 1);
}

double signflip_p(const double *d, size_t n, bool *exact)
{
	double sum = 0, distance = 0, few[SIGNFLIP_EXACT], *v = n > SIGNFLIP_EXACT ? NULL : few;
	double *many = v ? NULL : xcalloc(n, sizeof(*many)), p = 1;
	size_t kept = 0;

	if (!v)
		v = many;
	/* a zero is the same under both signs: without it the share is the same */
	for (size_t i = 0; i < n; i++) {
		sum += d[i];
		distance += fabs(d[i]);
		if (d[i] != 0)
			v[kept++] = d[i];
	}
	sum = fabs(sum) - NEAR * distance;
	if (exact)
		*exact = kept <= SIGNFLIP_EXACT;
	if (isnan(sum))
		p = NAN;
	else if (kept > SIGNFLIP_EXACT && sum > 0)
		p = drawn_p(v, kept, sum);
	else if (kept && sum > 0)
		p = exact_p(v, kept, sum);
	free(many);
	return p;
}
