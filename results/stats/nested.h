/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Variance components of nested levels, and how often to repeat at each of them: T. Kalibera and
 * R. Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013. Level 1 is the lowest (samples),
 * N the top.
 */
#ifndef FB_RESULTS_STATS_NESTED_H
#define FB_RESULTS_STATS_NESTED_H

#include <stdbool.h>
#include <stddef.h>

#define NESTED_MAX 3

/*
 * Values of N levels of a balanced experiment with COUNT[0] (samples of each boot), COUNT[1] (boots
 * of each build)... at each level, the lowest level running fastest in V. S2[i] is the variance of
 * the means of level i, T2[i] the unbiased component that level i adds (may be negative: as good as
 * 0).
 */
struct nested {
	size_t levels;
	double mean;
	double s2[NESTED_MAX], t2[NESTED_MAX];
};
bool nested_variances(const double *v, const size_t *count, size_t levels, struct nested *out);

/*
 * The best number of repetitions at level i (0: samples of a boot) for COST[i], what one repetition
 * at a level costs besides those below, T2[] as above: sqrt(cost[i+1]/cost[i] * t2[i]/t2[i+1]), not
 * rounded; infinite where t2[i+1] is not above 0, 0 where t2[i] is not. Round up, at least 1.
 */
double nested_repetitions(const double *cost, const double *t2, size_t i);

/*
 * The same components where groups differ in size: two levels, GROUPS of SIZES[] values each in V.
 * Means of groups and values, by analysis of variance (Searle, Casella, McCulloch 1992). BETWEEN is
 * at least 0. DF_*: degrees of freedom.
 */
struct components {
	double within, between;
	double df_within, df_between;
};
bool components_of(const double *v, const size_t *sizes, size_t groups, struct components *out);

#endif
