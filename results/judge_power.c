// SPDX-License-Identifier: GPL-2.0-or-later
/* What could have been seen; see judge_power.h and docs/statistics.md, "Verdicts". */
#include <math.h>
#include <stdint.h>

#include "results/judge_power.h"
#include "results/stats/power.h"
#include "results/stats/sequential.h"

/* Numbers that are known to a twentieth are known: variances of few boots are good to a third. */
#define CLOSE 20

/*
 * power_units_estimated() takes up to a millisecond, and a table has hundreds of cells. More units
 * are needed for smaller effects and larger floors, so what is known of others bounds it from both
 * sides; where the bounds meet, or are within 5 %, the upper one is it.
 */
static size_t units_needed(double effect, double sd, double df, double alpha, double power,
			   double floor, struct judge_known *known)
{
	const double x = effect / sd, f = floor / sd;
	size_t low = 0, high = SIZE_MAX, units;

	for (size_t i = 0; i < known->n; i++) {
		units = known->v[i].units;
		if (known->v[i].df != df)
			continue;
		if (known->v[i].effect >= x && known->v[i].floor <= f && units > low)
			low = units;
		if (known->v[i].effect <= x && known->v[i].floor >= f && units < high)
			high = units;
	}
	if (low && high - low <= (high == SIZE_MAX ? 0 : high / CLOSE))
		return high == SIZE_MAX ? 0 : high;
	units = power_units_estimated(effect, sd, df, alpha, power, floor);
	if (known->n < JUDGE_KNOWN) {
		known->v[known->n].effect = x;
		known->v[known->n].floor = f;
		known->v[known->n].df = df;
		known->v[known->n++].units = units ? units : SIZE_MAX;
	}
	return units;
}

void judge_power(struct judgement *j, const struct judge_scale *s, const struct judge_rules *rules,
		 double alpha, struct judge_known *known)
{
	double margin = j->log ? log1p(rules->margin) : rules->margin * s->unit;
	double floor = j->log ? log1p(j->floor) : j->floor * s->unit;
	double alpha_now = alpha, least;

	if (s->flat) {
		/* signs alone decide: 2 of the 2^n ways to give them */
		if (j->verdict == VERDICT_INCONCLUSIVE)
			j->needed = (size_t)ceil(1 - log2(alpha));
		return;
	}
	if (j->n < 2 || !(s->unit > 0))
		return;
	if (rules->looks > 1)
		alpha_now = obf_nominal(rules->looks, rules->look, j->n, alpha);
	least = power_detectable(j->sd, j->n, alpha_now, rules->power, floor);
	j->detectable = j->log ? expm1(least) : least / s->unit;
	if (j->verdict != VERDICT_INCONCLUSIVE)
		return;
	j->needed = units_needed(margin, j->sd, j->df, alpha, rules->power, floor, known);
	if (rules->looks > 1 && j->needed)
		j->needed = obf_units(rules->looks, j->needed, alpha, rules->power);
}
