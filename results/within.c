// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Warm-up and drift inside a boot; see within.h. Both look within each boot and test what they
 * find over the boots: what a kernel or a boot is like as a whole cancels out.
 */
#include <math.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "results/judge.h"
#include "results/stats/dist.h"
#include "results/stats/order.h"
#include "results/stats/tests.h"
#include "results/within.h"

#define DRIFT_BOOTS_MIN 3
#define DRIFT_MIN	4 /* samples of a boot */
#define POINTS_MAX	24
#define NO_DISTANCE	1e-9 /* shares this small come from adding up, not from a machine */

size_t within_left_out(size_t n, size_t warmup)
{
	return warmup < n / 4 ? warmup : n / 4;
}

/* Whether logarithms can be taken: no figure of any boot is 0 or below. */
static bool all_above_zero(const struct within_boot *boots, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < boots[i].n; j++) {
			if (!(boots[i].v[j] > 0))
				return false;
		}
	}
	return true;
}

static double scaled(double v, bool logs)
{
	return logs ? log(v) : v;
}

/*
 * Where the first sample stands among the M behind it: 0.5 above all of them, -0.5 below. Where
 * nothing differs all places are as likely, whatever the shape of the samples' distribution is.
 */
static double place_of_first(const double *v, size_t m)
{
	size_t below = 0, above = 0;

	for (size_t i = 1; i <= m; i++) {
		below += v[i] < v[0];
		above += v[i] > v[0];
	}
	return ((double)below - (double)above) / (2 * (double)m);
}

/*
 * Whether sample W+1 differs from those behind it: Student's t over the boots' places, but with no
 * less than the standard error that places have by chance. So few boots that agree prove nothing,
 * and samples that are like their neighbours, of which the first one is often at an end, do not
 * pass for a warm-up.
 */
static bool first_differs(const struct within_boot *boots, size_t n, size_t w, double *place)
{
	double by_chance = 0;
	struct ttest t = { 0 };
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		double m = (double)boots[i].n - (double)w - 1;

		if (boots[i].n < WITHIN_SAMPLES_MIN || w > boots[i].n / 4)
			continue;
		place[k++] = place_of_first(boots[i].v + w, boots[i].n - w - 1);
		by_chance += (m + 2) / (12 * m); /* variance of a discrete uniform place */
	}
	if (k < WITHIN_BOOTS_MIN || !ttest_one(place, k, &t))
		return false;
	t.se = fmax(t.se, sqrt(by_chance) / (double)k);
	return dist_t_p(t.estimate / t.se, t.df) <= JUDGE_ALPHA;
}

size_t within_warmup(const struct within_boot *boots, size_t n, bool *settled)
{
	double *place __free = xcalloc(n + 1, sizeof(*place));
	size_t limit = 0, w = 0;

	*settled = true;
	for (size_t i = 0; i < n; i++)
		limit = boots[i].n / 4 > limit ? boots[i].n / 4 : limit;
	while (first_differs(boots, n, w, place)) {
		if (w == limit) {
			*settled = false;
			break;
		}
		w++;
	}
	return w;
}

/*
 * A boot as at most POINTS_MAX points, means of as many samples each (of the last point fewer), so
 * that the work on all pairs of them stays small for any number of samples. *GROUP: samples of
 * a point.
 */
static size_t points_of(const double *v, size_t n, bool logs, double *point, size_t *group)
{
	size_t m = 0;

	*group = (n + POINTS_MAX - 1) / POINTS_MAX;
	for (size_t i = 0; i < n; i += *group, m++) {
		size_t end = i + *group < n ? i + *group : n;

		point[m] = 0;
		for (size_t j = i; j < end; j++)
			point[m] += scaled(v[j], logs);
		point[m] /= (double)(end - i);
	}
	return m;
}

/* Sen (1968): the median of the slopes of all pairs; from the first sample to the last one. */
static double slope(const double *v, size_t n, bool logs)
{
	double point[POINTS_MAX] = { 0 }, slopes[POINTS_MAX * (POINTS_MAX - 1) / 2];
	size_t group, m = points_of(v, n, logs, point, &group), k = 0;
	double lo, hi, d;

	stats_range(point, m, &lo, &hi);
	if (lo == hi) /* a count that is always the same */
		return 0;
	for (size_t i = 0; i < m; i++) {
		for (size_t j = i + 1; j < m; j++)
			slopes[k++] = (point[j] - point[i]) / (double)(j - i);
	}
	d = stats_median(slopes, k) * (double)(n - 1) / (double)group;
	return fabs(d) <= NO_DISTANCE * (logs ? 1 : fabs(point[0])) ? 0 : d;
}

/* The mean of what is left of all boots, for drifts that are no logarithms. */
static double level(const struct within_boot *boots, size_t n, size_t warmup)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = within_left_out(boots[i].n, warmup); j < boots[i].n; j++) {
			sum += boots[i].v[j];
			count++;
		}
	}
	return count ? sum / (double)count : NAN;
}

bool within_drift(const struct within_boot *boots, size_t n, size_t warmup,
		  struct within_drift *out)
{
	double *d __free = xcalloc(n + 1, sizeof(*d));
	bool logs = all_above_zero(boots, n);
	double lo = NAN, hi = NAN, one;
	struct ttest t = { 0 };
	size_t m = 0;

	*out = (struct within_drift){ NAN, NAN, NAN, NAN };
	for (size_t i = 0; i < n; i++) {
		size_t skip = within_left_out(boots[i].n, warmup);

		if (boots[i].n - skip >= DRIFT_MIN)
			d[m++] = slope(boots[i].v + skip, boots[i].n - skip, logs);
	}
	one = logs ? 1 : level(boots, n, warmup);
	if (m < DRIFT_BOOTS_MIN || one == 0 || !ttest_one(d, m, &t))
		return false;
	ttest_interval(&t, JUDGE_LEVEL, &lo, &hi);
	out->p = t.p;
	out->per_boot = logs ? expm1(t.estimate) : t.estimate / one;
	out->lo = logs ? expm1(lo) : (one > 0 ? lo : hi) / one;
	out->hi = logs ? expm1(hi) : (one > 0 ? hi : lo) / one;
	return true;
}
