// SPDX-License-Identifier: GPL-2.0-or-later
/* Adjusting p-values for how many there are, and intervals of shares; see tests.h. */
#include <math.h>
#include <stdlib.h>

#include "lib/strbuf.h"
#include "results/stats/dist.h"
#include "results/stats/tests.h"

static int by_p(const void *a, const void *b)
{
	double x = **(double *const *)a, y = **(double *const *)b;

	return (x > y) - (x < y);
}

/* Those of P that are numbers, ascending; *COUNT of them. The caller frees the list. */
static double **in_order(double *p, size_t n, size_t *count)
{
	double **order = xcalloc(n ? n : 1, sizeof(*order));

	*count = 0;
	for (size_t i = 0; i < n; i++) {
		if (!isnan(p[i]))
			order[(*count)++] = p + i;
	}
	qsort(order, *count, sizeof(*order), by_p);
	return order;
}

/* Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate...", JRSS B 57 (1995). */
void adjust_bh(double *p, size_t n)
{
	size_t count;
	double **order = in_order(p, n, &count), least = 1;

	for (size_t i = count; i; i--) {
		least = fmin(least, *order[i - 1] * ((double)count / (double)i));
		*order[i - 1] = least;
	}
	free(order);
}

/* S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6 (1979). */
void adjust_holm(double *p, size_t n)
{
	size_t count;
	double **order = in_order(p, n, &count), most = 0;

	for (size_t i = 0; i < count; i++) {
		most = fmax(most, fmin(*order[i] * (double)(count - i), 1));
		*order[i] = most;
	}
	free(order);
}

/* C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits...", Biometrika 26
 * (1934), by the quantiles of the beta distribution. */
void binomial_interval(uint64_t k, uint64_t n, double level, double *lo, double *hi)
{
	double tail = (1 - level) / 2, yes = (double)k, no = (double)(n - k);

	*lo = k ? dist_beta_quantile(tail, yes, no + 1) : 0;
	*hi = k < n ? dist_beta_quantile(1 - tail, yes + 1, no) : 1;
}
