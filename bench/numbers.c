// SPDX-License-Identifier: GPL-2.0-or-later
/* Order among numbers; see numbers.h. */
#include <stdlib.h>

#include "bench/numbers.h"

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void numbers_sort(uint64_t *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_size);
}

double numbers_median(uint64_t *v, size_t n)
{
	size_t low = (n - 1) / 2, high = n / 2;

	numbers_sort(v, n);
	return ((double)v[low] + (double)v[high]) / 2;
}

double numbers_lower_quartile(uint64_t *v, size_t n)
{
	size_t quarter = n / 4;

	numbers_sort(v, n);
	return (double)v[quarter];
}
