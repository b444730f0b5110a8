/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that decides what a difference means. */
#ifndef FB_RESULTS_VERDICT_H
#define FB_RESULTS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/record.h"

enum verdict {
	VERDICT_IMPROVED,
	VERDICT_REGRESSED,
	VERDICT_EQUIVALENT,
	VERDICT_INCONCLUSIVE,
	VERDICT_CHANGED, /* differs, and the metric has no better direction */
	VERDICT_NOT_COMPARABLE,
	VERDICT_WRONG, /* one of the kernels did what no kernel may: not by verdict_decide() */
};

const char *verdict_name(enum verdict v);

/* The boots' values of the two sides. EXACT: counts that repeat exactly. */
enum verdict verdict_decide(const double *baseline, size_t n_baseline, const double *patched,
			    size_t n_patched, enum better better, bool exact);

#endif
