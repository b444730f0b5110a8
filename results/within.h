/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes on inside a boot: warm-up, drift. See docs/statistics.md, "Inside a boot". */
#ifndef FB_RESULTS_WITHIN_H
#define FB_RESULTS_WITHIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

/* Of fewer no warm-up can be told from chance. */
#define WITHIN_SAMPLES_MIN 8
#define WITHIN_BOOTS_MIN   4

/* The samples of one cell and metric in one boot, in the order in which they were taken. */
struct within_boot {
	const double *v;
	size_t n;
};

/*
 * How many samples at the start of each boot are left out: the least number W so that sample W+1
 * does not differ from the rest of its boot, at most a quarter of the samples. Its place among
 * those behind it is tested over the boots (t at 5 %): ranks, since a few samples that take much
 * longer are in all boots. *SETTLED is false where even then the first one differs. BOOTS are of
 * all kernels, unmarked. 0 with fewer than WITHIN_BOOTS_MIN boots of WITHIN_SAMPLES_MIN samples.
 */
size_t within_warmup(const struct within_boot *boots, size_t n, bool *settled);
/* How many of the N samples of a boot that are: boots with lost samples keep three quarters. */
size_t within_left_out(size_t n, size_t warmup);

struct within_drift {
	double per_boot; /* change from the first to the last sample of a boot, a share; the mean
			    over boots */
	double lo, hi;	 /* 95 % */
	double p;
};
/*
 * Over what is left after WARMUP samples; false, and OUT all NaN, with fewer than 3 boots of 4
 * samples. Theil and Sen's slope of each boot, over at most 24 means of consecutive samples.
 */
bool within_drift(const struct within_boot *boots, size_t n, size_t warmup,
		  struct within_drift *out);

/* What was found inside the boots of one cell and metric. */
struct within {
	size_t warmup; /* samples of each boot that were left out */
	bool settled;
	bool has_drift;
	struct within_drift drift;
	double drift_p; /* drift.p, adjusted over the table; NaN without a drift */
};

#endif
