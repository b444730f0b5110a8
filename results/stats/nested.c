// SPDX-License-Identifier: GPL-2.0-or-later
/* Variance components of nested levels; see nested.h. */
#include <math.h>

#include "results/stats/nested.h"

static double mean_of(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

/*
 * The variance of the means of one level around the mean of what they are part of: PARENTS parents
 * of COUNT means each, a mean being of SIZE values that lie beside one another.
 */
static double variance_of_means(const double *v, size_t parents, size_t count, size_t size)
{
	double sum = 0;

	for (size_t p = 0; p < parents; p++) {
		const double *part = v + p * count * size;
		double mean = mean_of(part, count * size);

		for (size_t i = 0; i < count; i++) {
			double d = mean_of(part + i * size, size) - mean;

			sum += d * d;
		}
	}
	return sum / ((double)parents * (double)(count - 1));
}

bool nested_variances(const double *v, const size_t *count, size_t levels, struct nested *out)
{
	size_t total = 1, size = 1;

	*out = (struct nested){ .levels = levels, .mean = NAN };
	for (size_t i = 0; i < NESTED_MAX; i++)
		out->s2[i] = out->t2[i] = NAN;
	if (levels < 1 || levels > NESTED_MAX)
		return false;
	for (size_t i = 0; i < levels; i++) {
		if (count[i] < 2)
			return false;
		total *= count[i];
	}
	out->mean = mean_of(v, total);
	for (size_t i = 0; i < levels; i++) {
		size_t parents = total / size / count[i];

		out->s2[i] = variance_of_means(v, parents, count[i], size);
		/*
		 * A mean of level i varies by what its own level adds and by a share of all that is
		 * below. The ISMM paper as printed takes off T2 of the level below; the authors'
		 * corrected version takes off S2, which has in it what is further down, too.
		 */
		out->t2[i] = i ? out->s2[i] - out->s2[i - 1] / (double)count[i - 1] : out->s2[i];
		size *= count[i];
	}
	return true;
}

double nested_repetitions(const double *cost, const double *t2, size_t i)
{
	/* Nothing varies down here: repeating tells nothing, whatever is above. */
	if (!(t2[i] > 0))
		return 0;
	if (!(t2[i + 1] > 0) || !(cost[i] > 0))
		return INFINITY;
	return sqrt(cost[i + 1] / cost[i] * (t2[i] / t2[i + 1]));
}

bool components_of(const double *v, const size_t *sizes, size_t groups, struct components *out)
{
	double n = 0, sum = 0, sum_sq_sizes = 0, ss_within = 0, ss_between = 0, used = 0;
	const double *part = v;

	*out = (struct components){ NAN, NAN, NAN, NAN };
	for (size_t g = 0; g < groups; g++) {
		for (size_t i = 0; i < sizes[g]; i++)
			sum += part[i];
		part += sizes[g];
		n += (double)sizes[g];
		sum_sq_sizes += (double)sizes[g] * (double)sizes[g];
		used += sizes[g] > 0;
	}
	if (used < 2 || n <= used)
		return false;
	part = v;
	for (size_t g = 0; g < groups; g++) {
		double mean, d;

		if (!sizes[g])
			continue;
		mean = mean_of(part, sizes[g]);
		for (size_t i = 0; i < sizes[g]; i++)
			ss_within += (part[i] - mean) * (part[i] - mean);
		d = mean - sum / n;
		ss_between += (double)sizes[g] * d * d;
		part += sizes[g];
	}
	out->df_within = n - used;
	out->df_between = used - 1;
	out->within = ss_within / out->df_within;
	/* What a mean square between groups has of BETWEEN: the size of a group, were all alike. */
	n = (n - sum_sq_sizes / n) / out->df_between;
	out->between = fmax(0, (ss_between / out->df_between - out->within) / n);
	return true;
}
