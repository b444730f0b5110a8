/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often to repeat at each of several nested levels: T. Kalibera and R. Jones, "Rigorous
 * Benchmarking in Reasonable Time", ISMM 2013. The variances that they bring are worked out in
 * results/variance.c.
 */
#ifndef FB_RESULTS_STATS_NESTED_H
#define FB_RESULTS_STATS_NESTED_H

#include <stddef.h>

/*
 * The best number of repetitions at level i (0: samples of a boot) for COST[i], what one repetition
 * at a level costs besides those below, T2[i] the variance that level i adds (below 0: as good as
 * 0): sqrt(cost[i+1]/cost[i] * t2[i]/t2[i+1]), not rounded; infinite where t2[i+1] is not above 0,
 * 0 where t2[i] is not. Round up, at least 1.
 */
double nested_repetitions(const double *cost, const double *t2, size_t i);

#endif
