/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside results/ only: what could have been seen in a cell in which nothing was. */
#ifndef FB_RESULTS_JUDGE_POWER_H
#define FB_RESULTS_JUDGE_POWER_H

#include "results/judge_units.h"

/*
 * Numbers of units that were worked out, each for an effect and a floor in standard deviations, an
 * estimate's degrees of freedom and one level and power. Begins zeroed.
 */
#define JUDGE_KNOWN 160
struct judge_known {
	struct {
		double effect, floor, df;
		size_t units;
	} v[JUDGE_KNOWN];
	size_t n;
};

/*
 * Fills J's detectable and, where the verdict is inconclusive, needed. ALPHA: the level of this
 * cell; KNOWN is for cells of one ALPHA and RULES.
 */
void judge_power(struct judgement *j, const struct judge_scale *s, const struct judge_rules *rules,
		 double alpha, struct judge_known *known);

#endif
