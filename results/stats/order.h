/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain order statistics. Nothing here allocates. */
#ifndef FB_RESULTS_STATS_ORDER_H
#define FB_RESULTS_STATS_ORDER_H

#include <stddef.h>

/* Ascending. Where not all are numbers, in some order. */
void stats_sort(double *v, size_t n);
/* The median of N >= 1 values; of an even number the mean of the middle two. Reorders V. */
double stats_median(double *v, size_t n);
/* The smallest and the largest of N >= 1 values. */
void stats_range(const double *v, size_t n, double *lo, double *hi);

/* The quantile P (0 to 1) of N >= 1 ascending values: R's type 7 (Hyndman, Fan 1996). */
double quantile_sorted(const double *v, size_t n, double p);

#endif
