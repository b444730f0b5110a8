// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Group-sequential designs; see sequential.h.
 *
 * Let S(k) be z at look k times sqrt(k / K): sums of equal, independent steps, of variance 1 / K
 * each, whose last one is the last look's z. O'Brien and Fleming's boundary, |z| >= C sqrt(K / k),
 * is then |S| >= C at every look. What has not crossed has a density on -C to C, which each look
 * carries on to the next one.
 */
#include <math.h>

#include "results/stats/dist.h"
#include "results/stats/numeric.h"
#include "results/stats/sequential.h"

/*
 * The stretch from -C to C is cut into panels of PANEL standard deviations of a step, so that a
 * density, which is nowhere narrower than a step, is smooth in each of them. Beyond C_FAR the last
 * look is all that counts (the others are less than 1e-3 of it), and Bonferroni's bound is as good.
 */
#define PANEL	   3.0
#define C_FAR	   12.0
#define PANELS_MAX 32
#define BAND	   4 /* panels: a step of 12 standard deviations, and none is longer */
#define POINTS_MAX (PANELS_MAX * QUAD_POINTS)

struct walk {
	size_t looks, panels, points;
	size_t band;	       /* panels that a step may go either way */
	double c, step, drift; /* the boundary; a step's standard deviation and mean */
	double width;	       /* of a panel */
	double at[POINTS_MAX], weight[POINTS_MAX];
	/* The density of a step between the points of panels that are so many apart. */
	double kernel[2 * PANELS_MAX - 1][QUAD_POINTS][QUAD_POINTS];
};

static double step_density(const struct walk *w, double by)
{
	double z = (by - w->drift) / w->step;

	return exp(-z * z / 2) / (w->step * sqrt(2 * M_PI));
}

/* Steps depend on the distance alone: one table for each distance between panels. */
static void walk_init(struct walk *w, size_t looks, double c, double drift)
{
	w->looks = looks;
	w->c = c;
	w->step = 1 / sqrt((double)looks);
	w->drift = drift / (double)looks;
	w->panels = (size_t)ceil(2 * c / (PANEL * w->step));
	w->points = w->panels * QUAD_POINTS;
	w->width = 2 * c / (double)w->panels;
	for (size_t i = 0; i < w->points; i++) {
		const size_t panel = i / QUAD_POINTS;

		w->at[i] = -c + ((double)panel + quad_at(i % QUAD_POINTS)) * w->width;
		w->weight[i] = quad_weight(i % QUAD_POINTS) * w->width;
	}
	w->band = BAND + (size_t)fmin(PANELS_MAX, ceil(fabs(w->drift) / (PANEL * w->step)));
	if (w->band > w->panels - 1)
		w->band = w->panels - 1;
	for (size_t apart = 0; apart <= 2 * w->band; apart++) {
		double panels = (double)apart - (double)w->band;

		for (size_t to = 0; to < QUAD_POINTS; to++)
			for (size_t from = 0; from < QUAD_POINTS; from++)
				w->kernel[apart][to][from] = step_density(
					w, (panels + quad_at(to) - quad_at(from)) * w->width);
	}
}

/* The chance to be beyond the boundary after a step from X. */
static double leaves_from(const struct walk *w, double x)
{
	return dist_norm_cdf(-(w->c - x - w->drift) / w->step) +
	       dist_norm_cdf((-w->c - x - w->drift) / w->step);
}

/* What is at a point, times the point's weight: before a look in OLD, after it in NEW. */
static void carry_on(const struct walk *w, const double *old, double *new)
{
	for (size_t i = 0; i < w->points; i++) {
		size_t to = i / QUAD_POINTS;
		size_t from = to > w->band ? to - w->band : 0;
		double sum = 0;

		for (size_t panel = from; panel < w->panels && panel <= to + w->band; panel++) {
			size_t apart = to + w->band - panel;
			const double *row = w->kernel[apart][i % QUAD_POINTS];
			const double *part = old + panel * QUAD_POINTS;

			for (size_t j = 0; j < QUAD_POINTS; j++)
				sum += row[j] * part[j];
		}
		new[i] = sum * w->weight[i];
	}
}

static double crossing_of(const struct walk *w)
{
	double mass[2][POINTS_MAX] = { 0 }, crossed = leaves_from(w, 0);

	for (size_t i = 0; i < w->points; i++)
		mass[0][i] = step_density(w, w->at[i]) * w->weight[i];
	for (size_t look = 1; look < w->looks; look++) {
		const double *now = mass[(look - 1) % 2];

		for (size_t i = 0; i < w->points; i++)
			crossed += now[i] * leaves_from(w, w->at[i]);
		if (look + 1 < w->looks)
			carry_on(w, now, mass[look % 2]);
	}
	return fmin(crossed, 1);
}

/* At most the sum of what each look alone would cross. */
static double crossing_bound(size_t looks, double c, double drift)
{
	double sum = 0;

	for (size_t k = 1; k <= looks; k++) {
		double share = sqrt((double)k / (double)looks);

		sum += dist_norm_cdf(drift * share - c / share) +
		       dist_norm_cdf(-drift * share - c / share);
	}
	return fmin(sum, 1);
}

double obf_crossing(size_t looks, double c, double drift)
{
	struct walk w;

	if (looks < 1 || looks > LOOKS_MAX || isnan(c) || isnan(drift))
		return NAN;
	if (!(c > 0))
		return 1;
	if (c > C_FAR)
		return crossing_bound(looks, c, drift);
	walk_init(&w, looks, c, drift);
	return crossing_of(&w);
}

struct sought {
	size_t looks;
	double c, chance;
};

static double above_level(double c, void *data)
{
	const struct sought *s = data;

	return log(obf_crossing(s->looks, c, 0) / s->chance);
}

static double short_of_power(double drift, void *data)
{
	const struct sought *s = data;

	return obf_crossing(s->looks, s->c, drift) - s->chance;
}

static double find_constant(size_t looks, double alpha)
{
	struct sought s = { .looks = looks, .chance = alpha };

	/* More looks cross more often, but no more than twice as often as the last one does, by
	 * reflection. */
	return root(above_level, &s, -dist_norm_quantile(alpha / 2),
		    -dist_norm_quantile(alpha / 4));
}

/* The last look's drift with which a design has its power. */
static double find_drift(size_t looks, double alpha, double power)
{
	struct sought s = { .looks = looks, .c = find_constant(looks, alpha), .chance = power };

	return root(short_of_power, &s, 0, s.c + dist_norm_quantile(power));
}

/*
 * What was sought last. A table asks the same for each of its cells, a simulation
 * for each of its experiments, and a search takes a millisecond.
 * Each thread remembers for itself. POWER 0: the constant.
 */
static double remembered(size_t looks, double alpha, double power)
{
	static _Thread_local struct {
		size_t looks;
		double alpha, power, value;
	} known[8], *k;
	static _Thread_local size_t oldest;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		k = &known[i];
		if (k->looks == looks && k->alpha == alpha && k->power == power)
			return k->value;
	}
	k = &known[oldest++ % (sizeof(known) / sizeof(*known))];
	k->value = power > 0 ? find_drift(looks, alpha, power) : find_constant(looks, alpha);
	k->looks = looks;
	k->alpha = alpha;
	k->power = power;
	return k->value;
}

double obf_constant(size_t looks, double alpha)
{
	if (looks < 1 || looks > LOOKS_MAX || !(alpha > 0 && alpha < 1))
		return NAN;
	return looks == 1 ? -dist_norm_quantile(alpha / 2) : remembered(looks, alpha, 0);
}

double obf_inflation(size_t looks, double alpha, double power)
{
	double fixed, drift;

	if (looks < 1 || looks > LOOKS_MAX || !(alpha > 0 && alpha < 1) || !(power < 1))
		return NAN;
	fixed = dist_norm_quantile(power) - dist_norm_quantile(alpha / 2);
	if (looks == 1 || !(power > alpha) || !(fixed > 0))
		return 1;
	drift = remembered(looks, alpha, power);
	return fmax(1, drift * drift / (fixed * fixed));
}

/*
 * By how much more often t tests of UNITS at LOOK cross than a walk of known variance does: their
 * variances are not the same from look to look. Simulated for 2 to 10 looks of 2 to 16 units each,
 * at levels of 0.05 to 0.001, that is at most 0.25 over the units of a look (tests/unit has some).
 */
static double small_samples(size_t look, size_t units)
{
	return units ? 1 + 0.25 * (double)look / (double)units : 1;
}

size_t obf_units(size_t looks, size_t fixed, double alpha, double power)
{
	double inflation = obf_inflation(looks, alpha, power), z, cautious;
	size_t look;

	if (isnan(inflation) || looks == 1)
		return isnan(inflation) ? 0 : fixed;
	look = (size_t)ceil((double)fixed * inflation / (double)looks);
	/* what small samples take off the level takes more units, too */
	alpha /= 2;
	z = dist_norm_quantile(power);
	cautious = z - dist_norm_quantile(alpha / small_samples(1, look));
	cautious /= z - dist_norm_quantile(alpha);
	return looks *
	       (size_t)ceil((double)fixed * inflation * cautious * cautious / (double)looks);
}

double obf_p(size_t looks, size_t look, size_t units, double p)
{
	double z, crossing;

	if (looks < 1 || looks > LOOKS_MAX || look < 1 || look > looks || !(p >= 0 && p <= 1))
		return NAN;
	if (looks == 1 || p <= 0)
		return p;
	z = -dist_norm_quantile(p / 2);
	crossing = obf_crossing(looks, z * sqrt((double)look / (double)looks), 0);
	return fmin(fmax(p, crossing) * small_samples(look, units), 1);
}

double obf_nominal(size_t looks, size_t look, size_t units, double alpha)
{
	double c;

	if (look < 1 || look > looks)
		return NAN;
	if (looks == 1)
		return alpha;
	c = obf_constant(looks, alpha / small_samples(look, units));
	return 2 * dist_norm_cdf(-c * sqrt((double)looks / (double)look));
}

double obf_level(size_t looks, size_t look, size_t units, double level)
{
	return 1 - obf_nominal(looks, look, units, 1 - level);
}
