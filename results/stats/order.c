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

static void swap(double *a, double *b)
{
	double t = *a;

	*a = *b;
	*b = t;
}

#define FEW 16 /* that are put in order one by one */

static void insert_each(double *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		double x = v[i];
		size_t j = i;

		for (; j && x < v[j - 1]; j--)
			v[j] = v[j - 1];
		v[j] = x;
	}
}

/*
 * Hoare's partition (1961) around the median of the first, middle and last of N >= 3 values:
 * returns M, 1 to N-1, with no value of the first M above any of the others.
 */
static size_t partition(double *v, size_t n)
{
	size_t i = 0, j = n - 1;
	double pivot;

	if (v[n / 2] < v[0])
		swap(&v[n / 2], &v[0]);
	if (v[n - 1] < v[n / 2])
		swap(&v[n - 1], &v[n / 2]);
	if (v[n / 2] < v[0])
		swap(&v[n / 2], &v[0]);
	pivot = v[n / 2];
	for (;;) {
		while (v[i] < pivot)
			i++;
		while (pivot < v[j])
			j--;
		if (i >= j)
			return i > 0 ? i : 1;
		swap(&v[i++], &v[j--]);
	}
}

/* The C library's qsort() calls a function for each pair: four times the time of this. */
static void sort_within(double *v, size_t n, unsigned int depth)
{
	while (n > FEW) {
		size_t m;

		if (!depth--) { /* values made to be slow */
			qsort(v, n, sizeof(*v), by_value);
			return;
		}
		m = partition(v, n);
		sort_within(v, m, depth);
		v += m;
		n -= m;
	}
	insert_each(v, n);
}

void stats_sort(double *v, size_t n)
{
	sort_within(v, n, 64);
}

/* Brings the value that is K-th (from 0) in order to its place, smaller ones before it. */
static void select_kth(double *v, size_t n, size_t k)
{
	for (int rounds = 0; n > FEW && rounds < 64; rounds++) {
		size_t m = partition(v, n);

		if (k < m) {
			n = m;
		} else {
			v += m;
			n -= m;
			k -= m;
		}
	}
	sort_within(v, n, 64);
}

double stats_median(double *v, size_t n)
{
	double below;

	select_kth(v, n, n / 2);
	if (n % 2)
		return v[n / 2];
	below = v[0];
	for (size_t i = 1; i < n / 2; i++)
		below = v[i] > below ? v[i] : below;
	return below + (v[n / 2] - below) / 2;
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
