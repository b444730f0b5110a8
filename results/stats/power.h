/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a comparison of N pairs can see. SD is the standard deviation of one unit's difference,
 * EFFECT and FLOOR are on the same (log) scale and not negative; a difference is seen where the
 * two-sided t test at ALPHA rejects and the estimate is beyond FLOOR, on the right side.
 */
#ifndef FB_RESULTS_STATS_POWER_H
#define FB_RESULTS_STATS_POWER_H

#include <stddef.h>

#define POWER_UNITS_MAX 100000

/* The power of N >= 2 units: exact for FLOOR 0 (noncentral t), by numerical integration beyond. */
double power_of(double effect, double sd, size_t n, double alpha, double floor);
/* The least effect that N units see with POWER; infinite for fewer than 2. */
double power_detectable(double sd, size_t n, double alpha, double power, double floor);
/* The units needed; 0: more than POWER_UNITS_MAX, or a floor at or above the effect. SD is known.
 */
size_t power_units(double effect, double sd, double alpha, double power, double floor);
/*
 * The same where SD is an estimate with SD_DF degrees of freedom: so many that the power holds on
 * the average over such estimates, not only for this one.
 */
size_t power_units_estimated(double effect, double sd, double sd_df, double alpha, double power,
			     double floor);

#endif
