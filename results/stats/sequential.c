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
		w->at[i] = -c + ((double)(i / QUAD_POINTS) + quad_at(i % QUAD_POINTS)) * w->width;
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
	double mass[2][POINTS_MAX], crossed = leaves_from(w, 0);

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

double obf_constant(size_t looks, double alpha)
{
	struct sought s = { .looks = looks, .chance = alpha };
	double low, high;

	if (looks < 1 || looks > LOOKS_MAX || !(alpha > 0 && alpha < 1))
		return NAN;
	/* More looks cross more often, but no more than twice as often as the last one does, by
	 * reflection. */
	low = -dist_norm_quantile(alpha / 2);
	high = -dist_norm_quantile(alpha / 4);
	return looks == 1 ? low : root(above_level, &s, low, high);
}

static double short_of_power(double drift, void *data)
{
	const struct sought *s = data;

	return obf_crossing(s->looks, s->c, drift) - s->chance;
}

double obf_inflation(size_t looks, double alpha, double power)
{
	struct sought s = { .looks = looks, .c = obf_constant(looks, alpha), .chance = power };
	double fixed, drift;

	if (isnan(s.c) || !(power < 1))
		return NAN;
	fixed = dist_norm_quantile(power) - dist_norm_quantile(alpha / 2);
	if (looks == 1 || !(power > alpha) || !(fixed > 0))
		return 1;
	drift = root(short_of_power, &s, 0, 2 * fixed + s.c);
	return fmax(1, drift * drift / (fixed * fixed));
}

double obf_p(size_t looks, size_t look, double p)
{
	double z;

	if (looks < 1 || looks > LOOKS_MAX || look < 1 || look > looks || !(p >= 0 && p <= 1))
		return NAN;
	if (looks == 1 || p <= 0)
		return p;
	z = -dist_norm_quantile(p / 2);
	return fmax(p, obf_crossing(looks, z * sqrt((double)look / (double)looks), 0));
}

double obf_level(size_t looks, size_t look, double level)
{
	double c = obf_constant(looks, 1 - level);

	if (isnan(c) || look < 1 || look > looks)
		return NAN;
	return looks == 1 ? level : 1 - 2 * dist_norm_cdf(-c * sqrt((double)looks / (double)look));
}
