/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes on inside a boot: warm-up, drift, quantiles. See docs/statistics.md, "Inside a boot".
 */
#ifndef FB_RESULTS_WITHIN_H
#define FB_RESULTS_WITHIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

/* The samples of one cell and metric in one boot, in the order in which they were taken. */
struct within_boot {
	const double *v;
	size_t n;
};

/*
 * How many samples at the start of each boot are left out: the least number W so that sample W+1
 * does not differ from the rest of its boot (t over the boots' differences, on the log scale where
 * all is above 0, at 5 %), at most a quarter of the samples. *SETTLED is false where even then the
 * first one differs. BOOTS are of all kernels, unmarked.
 */
size_t within_warmup(const struct within_boot *boots, size_t n, bool *settled);

struct within_drift {
	double per_boot; /* change from the first to the last sample of a boot, a share; the mean
			    over boots */
	double lo, hi;	 /* 95 % */
	double p;
};
/* Over what is left after WARMUP samples; false with fewer than 3 boots of 4 samples. Theil and
 * Sen's slope of each boot. */
bool within_drift(const struct within_boot *boots, size_t n, size_t warmup,
		  struct within_drift *out);

#endif
