// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The power of a paired t test; see power.h.
 *
 * In units of the standard error of the mean difference: the estimate is Z + NCP, where NCP is
 * effect * sqrt(n) / sd, and its estimated standard error is U, which is sqrt(chi2(df) / df) and
 * independent of Z. The difference is seen where Z + NCP is above both CRIT * U and FLOOR.
 */
#include <math.h>
#include <stdbool.h>

#include "results/stats/dist.h"
#include "results/stats/numeric.h"
#include "results/stats/power.h"

#define NCP_MAX	    15.0 /* beyond it libRmath takes long, beyond 37 it approximates */
#define NORMAL_FAR  8.5	 /* where the normal distribution has come to an end */
#define STOPPED_FAR 6.5	 /* beyond, a floor stops 1e-10 of what passes the test */
#define CHI_FAR	    9.0
#define PANELS	    3
#define PANELS_MAX  20.0
#define DF_KNOWN    1e5 /* an estimate of so many degrees of freedom is the thing itself */

struct test {
	double df, crit;     /* of the t test */
	double ncp, floor;   /* see above */
	double log_constant; /* of the density of U */
};

/* ln of the constant factor in the density of sqrt(chi2(df) / df). */
static double chi_constant(double df)
{
	int sign = 0;

	return log(2) + df / 2 * log(df / 2) - lgamma_r(df / 2, &sign);
}

static double chi_density(double u, double df, double log_constant)
{
	return u > 0 ? exp(log_constant + (df - 1) * log(u) - df * u * u / 2) : 0;
}

/* Where that density is all but 0. Its standard deviation is at most sqrt(1 / (2 df)). */
static void chi_range(double df, double *lo, double *hi)
{
	double far = CHI_FAR / sqrt(2 * df);

	*lo = fmax(0, 1 - far);
	*hi = 1 + far;
}

/* Of an estimated standard error U: the chance to pass the test. */
static double tested_at(double u, void *data)
{
	const struct test *t = data;

	return chi_density(u, t->df, t->log_constant) * dist_norm_cdf(t->ncp - t->crit * u);
}

/* Of an estimated standard error U: the chance to pass the test, but not the floor. */
static double stopped_at(double u, void *data)
{
	const struct test *t = data;

	return chi_density(u, t->df, t->log_constant) *
	       (dist_norm_cdf(t->ncp - t->crit * u) - dist_norm_cdf(t->ncp - t->floor));
}

/* The integral over U up to TO; where it changes quickly is a part of its own. */
static double over_errors(function_of *f, struct test *t, double to)
{
	double lo, hi, from, until;

	chi_range(t->df, &lo, &hi);
	hi = fmin(hi, to);
	from = fmin(fmax((t->ncp - NORMAL_FAR) / t->crit, lo), hi);
	until = fmin(fmax((t->ncp + NORMAL_FAR) / t->crit, lo), hi);
	return integral(f, t, lo, from, PANELS) + integral(f, t, from, until, PANELS) +
	       integral(f, t, until, hi, PANELS);
}

static double chance(double effect, double sd, size_t n, double crit, double floor)
{
	struct test t = { .df = (double)n - 1, .crit = crit };
	double power, lo, hi;

	if (!(sd > 0))
		return effect > floor ? 1 : 0;
	t.ncp = effect * sqrt((double)n) / sd;
	t.floor = floor * sqrt((double)n) / sd;
	chi_range(t.df, &lo, &hi);
	if (t.ncp - fmax(t.floor, t.crit * hi) > NORMAL_FAR)
		return 1;
	t.log_constant = chi_constant(t.df);
	if (t.ncp <= NCP_MAX)
		power = 1 - dist_nct_cdf(t.crit, t.df, t.ncp);
	else
		power = over_errors(tested_at, &t, INFINITY);
	if (floor > 0 && t.floor - t.ncp > -STOPPED_FAR)
		power -= over_errors(stopped_at, &t, t.floor / t.crit);
	return fmin(fmax(power, 0), 1);
}

static double critical(size_t n, double alpha)
{
	return -dist_t_quantile(alpha / 2, (double)n - 1);
}

double power_of(double effect, double sd, size_t n, double alpha, double floor)
{
	if (isnan(effect) || isnan(sd) || isnan(floor) || !(alpha > 0 && alpha < 1))
		return NAN;
	if (n < 2)
		return 0;
	return chance(effect, sd, n, critical(n, alpha), floor);
}

struct lacking {
	double sd, crit, floor, power;
	size_t n;
};

static double lacking_at(double effect, void *data)
{
	const struct lacking *l = data;

	return chance(effect, l->sd, l->n, l->crit, l->floor) - l->power;
}

double power_detectable(double sd, size_t n, double alpha, double power, double floor)
{
	struct lacking l = { .sd = sd, .floor = floor, .power = power, .n = n };
	double se, high;

	if (isnan(sd) || isnan(power) || isnan(floor) || !(alpha > 0 && alpha < 1))
		return NAN;
	if (n < 2 || !(power < 1))
		return INFINITY;
	if (!(sd > 0))
		return floor;
	se = sd / sqrt((double)n);
	l.crit = critical(n, alpha);
	high = floor + se;
	while (lacking_at(high, &l) < 0)
		high *= 2;
	return root(lacking_at, &l, 0, high);
}

/* What the units are sought for. */
struct demand {
	double effect, sd, alpha, power, floor;
	double sd_df; /* infinite: SD is known */
	double crit;  /* of the number of units at hand */
	size_t n;
	double log_constant; /* of the density of the pilot's sd */
};

/* The power if the true standard deviation is SD / U, by the density of U. */
static double power_at(double u, void *data)
{
	const struct demand *d = data;

	return chi_density(u, d->sd_df, d->log_constant) *
	       chance(d->effect, d->sd / u, d->n, d->crit, d->floor);
}

static bool enough(struct demand *d, size_t n)
{
	double lo, hi, k;

	d->n = n;
	d->crit = critical(n, d->alpha);
	if (isinf(d->sd_df))
		return chance(d->effect, d->sd, n, d->crit, d->floor) >= d->power;
	chi_range(d->sd_df, &lo, &hi);
	/* The power goes from none to all within some 12 standard errors of the estimate. */
	k = d->effect * sqrt((double)n) / d->sd;
	return integral(power_at, d, lo, hi, 2 + (size_t)fmin(PANELS_MAX, (hi - lo) * k / 12)) >=
	       d->power;
}

/*
 * The least number above 1 that is enough: up from BOUND, which no fewer than can be, in steps that
 * double, then by halving. What is enough stays so with more units.
 */
static size_t least(struct demand *d, double bound)
{
	size_t step = 1, low, high;

	if (!(bound <= POWER_UNITS_MAX))
		return 0;
	high = bound > 2 ? (size_t)bound : 2;
	low = high - 1;
	while (!enough(d, high)) {
		if (high == POWER_UNITS_MAX)
			return 0;
		low = high;
		high = low + step < POWER_UNITS_MAX ? low + step : POWER_UNITS_MAX;
		step *= 2;
	}
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (enough(d, mid))
			high = mid;
		else
			low = mid;
	}
	return high;
}

/* A floor mostly takes no more units than the test itself, and is dear to reckon with. */
static size_t least_with_floor(struct demand *d, double bound, double bound_floor)
{
	const double floor = d->floor;
	size_t n;

	d->floor = 0;
	n = least(d, bound);
	d->floor = floor;
	return floor > 0 && n ? least(d, fmax((double)n, bound_floor)) : n;
}

static double square(double x)
{
	return x > 0 ? x * x : 0;
}

static bool can_be_asked(const struct demand *d)
{
	return d->effect > 0 && isfinite(d->effect) && isfinite(d->sd) && d->sd >= 0 &&
	       d->alpha > 0 && d->alpha < 1 && d->power > 0 && d->power < 1 && d->floor >= 0 &&
	       d->effect > d->floor;
}

size_t power_units(double effect, double sd, double alpha, double power, double floor)
{
	struct demand d = { .effect = effect,
			    .sd = sd,
			    .alpha = alpha,
			    .power = power,
			    .floor = floor,
			    .sd_df = INFINITY };
	double z;

	if (!can_be_asked(&d))
		return 0;
	/* No test of this level has more power than the one that knows the sd, and nothing is seen
	 * more often than it is beyond the floor. */
	z = dist_norm_quantile(power);
	return least_with_floor(&d, square((z - dist_norm_quantile(alpha / 2)) * sd / effect),
				square(z * sd / (effect - floor)));
}

/*
 * With the true sd being s / u, for s the estimate and u^2 its chi-square over its degrees of
 * freedom, the power is averaged over u as the pilot's chance has it. With many units this is
 * P(Z + k u > z) for k = effect * sqrt(n) / s, so k is a quantile of the noncentral t of the
 * pilot's degrees of freedom (Julious and Owen 2006); with few, the test's own t is in power_at().
 * Effect, floor and sd scale together, so the average over pilots of one sd is the same.
 */
size_t power_units_estimated(double effect, double sd, double sd_df, double alpha, double power,
			     double floor)
{
	struct demand d = { .effect = effect,
			    .sd = sd,
			    .alpha = alpha,
			    .power = power,
			    .floor = floor,
			    .sd_df = sd_df };
	double z, t;

	if (!can_be_asked(&d) || !(sd_df >= 1))
		return 0;
	if (sd_df > DF_KNOWN)
		return power_units(effect, sd, alpha, power, floor);
	z = dist_nct_quantile(power, sd_df, -dist_norm_quantile(alpha / 2));
	t = dist_t_quantile(power, sd_df);
	d.log_constant = chi_constant(sd_df);
	return least_with_floor(&d, 0.99 * square(z * sd / effect),
				0.99 * square(t * sd / (effect - floor)));
}
