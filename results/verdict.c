// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one place that decides what a difference means; see docs/statistics.md.
 *
 * Exact counts: two different kernels shift timer ticks against the work, so
 * less than EXACT_FLOOR is the same; counts that did not repeat, so that the
 * kernels' ranges touch, decide nothing. Times: three boots of each and ranges that
 * do not touch make a difference; medians that are close in touching ranges are
 * called equivalent, the rest is inconclusive. No p-values are claimed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "results/stats/order.h"
#include "results/verdict.h"

#define EXACT_FLOOR 0.005
#define TIME_MARGIN 0.01
#define TIME_BOOTS  3

static const char *const names[] = {
	[VERDICT_IMPROVED] = "improved",     [VERDICT_REGRESSED] = "regressed",
	[VERDICT_EQUIVALENT] = "equivalent", [VERDICT_INCONCLUSIVE] = "inconclusive",
	[VERDICT_CHANGED] = "changed",	     [VERDICT_NOT_COMPARABLE] = "not comparable",
	[VERDICT_WRONG] = "WRONG",
};

const char *verdict_name(enum verdict v)
{
	return names[v];
}

static double median_of(const double *v, size_t n)
{
	double *copy = xcalloc(n, sizeof(*copy));
	double median;

	memcpy(copy, v, n * sizeof(*v));
	median = stats_median(copy, n);
	free(copy);
	return median;
}

static bool within(double a, double b, double share)
{
	return a == b || fabs(b - a) < share * fabs(a);
}

static enum verdict direction(double baseline, double patched, enum better better)
{
	if (better == BETTER_NEITHER)
		return VERDICT_CHANGED;
	return (patched < baseline) == (better == BETTER_LOWER) ? VERDICT_IMPROVED
								: VERDICT_REGRESSED;
}

enum verdict verdict_decide(const double *baseline, size_t n_baseline, const double *patched,
			    size_t n_patched, enum better better, bool exact)
{
	double a, b, a_lo, a_hi, b_lo, b_hi;

	if (!n_baseline || !n_patched)
		return VERDICT_NOT_COMPARABLE;
	a = median_of(baseline, n_baseline);
	b = median_of(patched, n_patched);
	if (exact && within(a, b, EXACT_FLOOR))
		return VERDICT_EQUIVALENT;
	if (!exact && (n_baseline < TIME_BOOTS || n_patched < TIME_BOOTS))
		return VERDICT_INCONCLUSIVE;
	stats_range(baseline, n_baseline, &a_lo, &a_hi);
	stats_range(patched, n_patched, &b_lo, &b_hi);
	if (a_lo > b_hi || b_lo > a_hi)
		return direction(a, b, better);
	return !exact && within(a, b, TIME_MARGIN) ? VERDICT_EQUIVALENT : VERDICT_INCONCLUSIVE;
}
