// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mann and Whitney's test (1947), exact with ties too; see tests.h. Ranks are doubled, so that the
 * mean rank of a tie is a whole number.
 */
#include <math.h>
#include <stdlib.h>

#include "lib/strbuf.h"
#include "results/stats/dist.h"
#include "results/stats/tests.h"

#define PAIRS_EXACT 2500

struct ranked {
	double value;
	bool of_a;
};

/* Both samples in one order. */
struct ranking {
	struct ranked *v;
	size_t *rank2; /* twice the rank, ties at their mean */
	size_t n, n_a;
	size_t sum2_a; /* of A's doubled ranks */
	double ties;   /* the sum of t^3 - t over ties of t values */
};

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static void rank(struct ranking *r, const double *a, size_t n_a, const double *b, size_t n_b)
{
	*r = (struct ranking){ .n = n_a + n_b, .n_a = n_a };
	r->v = xcalloc(r->n, sizeof(*r->v));
	r->rank2 = xcalloc(r->n, sizeof(*r->rank2));
	for (size_t i = 0; i < r->n; i++)
		r->v[i] = (struct ranked){ i < n_a ? a[i] : b[i - n_a], i < n_a };
	qsort(r->v, r->n, sizeof(*r->v), by_value);
	for (size_t first = 0, end; first < r->n; first = end) {
		double t;

		end = first + 1;
		while (end < r->n && r->v[end].value == r->v[first].value)
			end++;
		t = (double)(end - first);
		r->ties += t * t * t - t;
		for (size_t i = first; i < end; i++) {
			r->rank2[i] = first + 1 + end;
			if (r->v[i].of_a)
				r->sum2_a += r->rank2[i];
		}
	}
}

/*
 * The share of all choices of K of the N values whose doubled rank sum is at least DISTANCE from
 * its mean, K (N + 1): WAYS[j][s] is how many choices of j of the values so far have sum s. Of j of
 * the first i values, the least sum is that of the first j, the greatest that of the last j; and as
 * many are to come as are missing. Counts are whole numbers in doubles: beyond 2^53 they are
 * rounded to 16 digits, all of them sums of what is positive.
 */
static double exact_share(const struct ranking *r, size_t k, size_t distance)
{
	/* without ties all doubled ranks are even: every other sum has no way */
	size_t n = r->n, unit = r->ties > 0 ? 1 : 2, mean = k * (n + 1);
	size_t *upto = xcalloc(n + 1, sizeof(*upto)), row;
	double *ways, far = 0, all = 0;

	for (size_t i = 0; i < n; i++)
		upto[i + 1] = upto[i] + r->rank2[i] / unit;
	row = upto[n] - upto[n - k] + 1;
	ways = xcalloc((k + 1) * row, sizeof(*ways));
	ways[0] = 1;
	for (size_t i = 0; i < n; i++) {
		/* downwards, so that no value is taken twice */
		for (size_t j = i + 1 < k ? i + 1 : k; j && j + n > i + k; j--) {
			const double *from = ways + (j - 1) * row;
			double *to = ways + j * row + upto[i + 1] - upto[i];

			for (size_t s = upto[j - 1]; s <= upto[i] - upto[i + 1 - j]; s++)
				to[s] += from[s];
		}
	}
	for (size_t s = 0; s < row; s++) {
		double count = ways[k * row + s];
		size_t sum = s * unit;

		all += count;
		if ((sum > mean ? sum - mean : mean - sum) >= distance)
			far += count;
	}
	free(ways);
	free(upto);
	return far / all;
}

/* With corrections for ties and for continuity, as Lehmann, "Nonparametrics" (1975), section 1.2.
 */
static double normal_p(const struct ranking *r, double u)
{
	double a = (double)r->n_a, b = (double)(r->n - r->n_a), n = a + b;
	double sd = sqrt(a * b / 12 * (n + 1 - r->ties / (n * (n - 1))));

	if (!(sd > 0))
		return 1;
	return fmin(2 * dist_norm_cdf(-fmax(fabs(u - a * b / 2) - 0.5, 0) / sd), 1);
}

struct utest utest(const double *a, size_t n_a, const double *b, size_t n_b)
{
	struct utest out = { .exact = n_a * n_b <= PAIRS_EXACT };
	size_t mean2 = n_a * (n_a + n_b + 1), distance;
	struct ranking r;

	rank(&r, a, n_a, b, n_b);
	out.u = (double)(r.sum2_a - n_a * (n_a + 1)) / 2;
	/* B's sum is as far from its mean, in the other direction: the smaller sample is counted */
	distance = r.sum2_a > mean2 ? r.sum2_a - mean2 : mean2 - r.sum2_a;
	out.p = out.exact ? exact_share(&r, n_a < n_b ? n_a : n_b, distance) : normal_p(&r, out.u);
	free(r.v);
	free(r.rank2);
	return out;
}
