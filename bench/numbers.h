/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Order among numbers: ticks of calls and tasks, page frames. */
#ifndef FB_BENCH_NUMBERS_H
#define FB_BENCH_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/* Ascending. */
void numbers_sort(uint64_t *v, size_t n);
/* The median of N numbers (at least one), which are sorted by that. */
double numbers_median(uint64_t *v, size_t n);
/* What a quarter of N numbers (at least one) stay below; they are sorted by that. */
double numbers_lower_quartile(uint64_t *v, size_t n);

#endif
