// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Distribution functions by libRmath; see dist.h. Of the noncentral t, libRmath has only what is
 * moderate, and it says so on standard output, in the middle of whatever is printed there: hence
 * the detours below.
 */
#include <math.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "results/stats/dist.h"
#include "results/stats/numeric.h"

/* From here on integrated here: beyond 37.62 libRmath's pnt() takes the normal distribution. */
#define NCP_LARGE 30
#define Z_END	  8.5 /* the normal density is below 1e-16 beyond */

double dist_norm_cdf(double z)
{
	return pnorm(z, 0, 1, 1, 0);
}

double dist_norm_quantile(double p)
{
	return qnorm(p, 0, 1, 1, 0);
}

double dist_t_cdf(double t, double df)
{
	return pt(t, df, 1, 0);
}

double dist_t_quantile(double p, double df)
{
	return qt(p, df, 1, 0);
}

double dist_t_p(double t, double df)
{
	return 2 * pt(-fabs(t), df, 1, 0);
}

/*
 * T is at most t > 0 where sqrt(chi2 / df) is at least (Z + ncp) / t: the mean of that probability
 * over Z, by the trapezoidal rule, whose error falls exponentially for smooth integrands that
 * vanish at both ends. What Z + ncp <= 0 adds is below 1e-197 for such ncp.
 */
static double nct_cdf_large(double t, double df, double ncp)
{
	double lowest, width, sum = 0;
	long steps;

	if (t <= 0)
		return 0;
	if (isinf(t))
		return 1;
	/* where even the least Z asks too much, nothing is left to add up */
	lowest = (ncp - Z_END) / t;
	if (pchisq(df * lowest * lowest, df, 0, 0) < 1e-18)
		return 0;
	/* by how much Z moves while chi2 goes through its middle, in four steps at least */
	width = fmax(fmin(1, t / sqrt(2 * df)) / 4, Z_END / 4096);
	steps = lrint(ceil(Z_END / width));
	width = Z_END / (double)steps;
	for (long i = -steps; i <= steps; i++) {
		double z = (double)i * width, s = (z + ncp) / t;

		sum += dnorm(z, 0, 1, 0) * pchisq(df * s * s, df, 0, 0);
	}
	return fmin(sum * width, 1);
}

double dist_nct_cdf(double t, double df, double ncp)
{
	if (isnan(t) || isnan(df) || isnan(ncp) || df <= 0)
		return NAN;
	if (ncp < 0)
		return 1 - dist_nct_cdf(-t, df, -ncp);
	if (ncp > NCP_LARGE)
		return nct_cdf_large(t, df, ncp);
	/*
	 * Asked for the tail that is not close to 1, pnt() prints nothing; it is off by 1e-12, for
	 * DF of 1e5 by 2e-11, which may be below 0.
	 */
	return t <= ncp ? fmax(pnt(t, df, ncp, 1, 0), 0) : 1 - fmax(pnt(t, df, ncp, 0, 0), 0);
}

struct nct {
	double df, ncp, p;
};

static double above_p(double t, void *data)
{
	const struct nct *q = data;

	return dist_nct_cdf(t, q->df, q->ncp) - q->p;
}

/* Searched for here: qnt() goes through tails at which pnt() prints. */
double dist_nct_quantile(double p, double df, double ncp)
{
	struct nct q = { df, ncp, p };
	double lo = fmin(-1, ncp - 1), hi = fmax(1, ncp + 1);

	if (isnan(p) || isnan(df) || isnan(ncp) || df <= 0 || p < 0 || p > 1)
		return NAN;
	if (p == 0 || p == 1)
		return p == 0 ? -INFINITY : INFINITY;
	while (isfinite(lo) && above_p(lo, &q) > 0)
		lo *= 2;
	while (isfinite(hi) && above_p(hi, &q) < 0)
		hi *= 2;
	if (isinf(lo) || isinf(hi))
		return isinf(lo) ? lo : hi;
	return root(above_p, &q, lo, hi);
}

double dist_chi2_quantile(double p, double df)
{
	return qchisq(p, df, 1, 0);
}

double dist_beta_cdf(double x, double a, double b)
{
	return pbeta(x, a, b, 1, 0);
}

double dist_beta_quantile(double p, double a, double b)
{
	return qbeta(p, a, b, 1, 0);
}
