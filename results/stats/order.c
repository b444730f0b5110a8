// SPDX-License-Identifier: GPL-2.0-or-later
/* Plain order statistics; see order.h. */
#include <math.h>
#include <stdlib.h>

#include "results/stats/order.h"

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double stats_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : v[n / 2 - 1] + (v[n / 2] - v[n / 2 - 1]) / 2;
}

void stats_range(const double *v, size_t n, double *lo, double *hi)
{
	*lo = *hi = v[0];
	for (size_t i = 1; i < n; i++) {
		if (v[i] < *lo)
			*lo = v[i];
		if (v[i] > *hi)
			*hi = v[i];
	}
}

double quantile_sorted(const double *v, size_t n, double p)
{
	double place = ((double)n - 1) * p, below = floor(place);
	size_t i = (size_t)below;

	/* by parts, so that no infinite value becomes none where it is not touched */
	if (place == below || v[i] == v[i + 1])
		return v[i];
	return (1 - (place - below)) * v[i] + (place - below) * v[i + 1];
}

double robust_sd(double *v, size_t n)
{
	double middle = stats_median(v, n);

	for (size_t i = 0; i < n; i++)
		v[i] = fabs(v[i] - middle);
	return 1.4826 * stats_median(v, n);
}
