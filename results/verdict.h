/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that decides what a difference means. */
#ifndef FB_RESULTS_VERDICT_H
#define FB_RESULTS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/record.h"
#include "results/judge.h"

/* The boots' values of the two sides. EXACT: counts that repeat exactly. */
enum verdict verdict_decide(const double *baseline, size_t n_baseline, const double *patched,
			    size_t n_patched, enum better better, bool exact);

#endif
