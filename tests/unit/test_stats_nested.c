// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Components of variance, by what plans take them from, and repetitions: against what Kalibera and
 * Jones published, and against R's anova().
 */
#include "results/stats/nested.h"
#include "results/variance.h"
#include "tests/unit/golden.h"

static void check_near(double got, double want, double slack)
{
	if (!(fabs(got - want) <= slack))
		fail_msg("%.17g is not %.17g", got, want);
}

#define LEVELS_MAX 3

/*
 * Values of several levels of a balanced experiment with COUNT[0] (samples of each boot), COUNT[1]
 * (boots of each build)... at each level, the lowest level running fastest in V. S2[i] is the
 * variance of the means of level i, T2[i] what level i adds: the paper as printed takes off T2 of
 * the level below; the authors' corrected version takes off S2, which has in it what is further
 * down, too.
 */
struct nested {
	double mean;
	double s2[LEVELS_MAX], t2[LEVELS_MAX];
};

static struct nested nested_variances(const double *v, const size_t *count, size_t levels)
{
	struct nested out;
	double means[512];
	size_t n = 1;

	for (size_t i = 0; i < levels; i++)
		n *= count[i];
	assert_true(levels <= LEVELS_MAX && n <= 512);
	memcpy(means, v, n * sizeof(*v));
	for (size_t i = 0; i < levels; i++) {
		double ss = 0, df = 0;

		n /= count[i];
		for (size_t parent = 0; parent < n; parent++) {
			const double *part = means + parent * count[i];
			double sum = 0;

			variance_residual(part, 1, count[i], &ss, &df);
			for (size_t k = 0; k < count[i]; k++)
				sum += part[k];
			means[parent] = sum / (double)count[i];
		}
		out.s2[i] = ss / df;
		out.t2[i] = out.s2[i] - (i ? out.s2[i - 1] / (double)count[i - 1] : 0);
	}
	out.mean = means[0];
	return out;
}

/*
 * The worked example of "Quantifying Performance Changes with Effect Size Confidence Intervals"
 * (Kalibera, Jones 2012), as softdevteam's libkalibera has it in its tests: 3 compilations of 2
 * executions of 2 iterations. Published to one digit. The negative component tells the corrected
 * estimator from the one that was printed in 2013: T2[2] would be 3.6 + 5.7 / 2 = 6.5 by that.
 */
static void published_three_levels(void **state)
{
	const double v[] = { 9, 5, 8, 3, 10, 6, 7, 11, 1, 12, 2, 4 };
	const size_t count[] = { 2, 2, 3 };
	const double s2[] = { 16.5, 2.6, 3.6 }, t2[] = { 16.5, -5.7, 2.3 };
	struct nested n;

	(void)state;
	n = nested_variances(v, count, 3);
	check_near(n.mean, 6.5, 1e-12);
	for (size_t i = 0; i < 3; i++) {
		check_near(n.s2[i], s2[i], 0.05);
		check_near(n.t2[i], t2[i], 0.05);
	}
}

/* The same values as 3 groups of 4: S2 12.7 and 3.6, T2 12.7 and 0.4. */
static void published_two_levels(void **state)
{
	const double v[] = { 9, 5, 8, 3, 10, 6, 7, 11, 1, 12, 2, 4 };
	const size_t count[] = { 4, 3 };
	struct nested n;

	(void)state;
	n = nested_variances(v, count, 2);
	check_near(n.s2[0], 12.7, 0.05);
	check_near(n.s2[1], 3.6, 0.05);
	check_near(n.t2[0], 12.7, 0.05);
	check_near(n.t2[1], 0.4, 0.05);
}

/*
 * The three-level example with costs in libkalibera's tests, made after both papers: costs of 100,
 * 20 and 3 give 4.2937 iterations and 1.3023 executions, so 5 and 2.
 */
static void published_repetitions(void **state)
{
	const double v[] = { 3, 4, 3, 1.2, 3.1, 3, 0.2, 1, 1.5, 1, 2, 3 };
	const size_t count[] = { 3, 2, 2 };
	const double cost[] = { 3, 20, 100 };
	struct nested n;

	(void)state;
	n = nested_variances(v, count, 3);
	check_near(n.s2[0], 0.72667, 5e-6);
	check_near(n.t2[0], 0.7266667, 5e-8);
	check_near(n.t2[1], 0.262777778, 5e-10);
	check_near(n.t2[2], 0.7747, 1e-4);
	check_near(nested_repetitions(cost, n.t2, 0), 4.2937, 5e-5);
	check_near(nested_repetitions(cost, n.t2, 1), 1.3023, 5e-5);
	assert_true(ceil(nested_repetitions(cost, n.t2, 0)) == 5);
	assert_true(ceil(nested_repetitions(cost, n.t2, 1)) == 2);
}

/* Of all counts at the cost of the best, none gives a mean that varies less. */
static void repetitions_are_the_best(void **state)
{
	const double cost[] = { 0.05, 4, 90 }, t2[] = { 4, 1, 0.25 };
	double m = nested_repetitions(cost, t2, 0), b = nested_repetitions(cost, t2, 1);
	double best = INFINITY, best_m = 0, best_b = 0;

	(void)state;
	for (int i = 8; i < 320; i++)
		for (int j = 4; j < 240; j++) {
			double boots = i / 8., samples = j / 4.;
			/* builds for 1e4 seconds, as if parts of one could be had */
			double each = cost[2] + boots * (cost[1] + samples * cost[0]);
			double variance = t2[2] + (t2[1] + t2[0] / samples) / boots;

			if (variance * each < best) {
				best = variance * each;
				best_m = samples;
				best_b = boots;
			}
		}
	check_near(m, best_m, 0.25);
	check_near(b, best_b, 0.125);
}

static void repetitions_at_the_edges(void **state)
{
	const double cost[] = { 3, 20, 100 }, free_samples[] = { 0, 20, 100 };

	(void)state;
	assert_true(nested_repetitions(cost, (double[]){ 1, 0, 1 }, 0) == INFINITY);
	assert_true(nested_repetitions(cost, (double[]){ 1, -2, 1 }, 0) == INFINITY);
	assert_true(nested_repetitions(cost, (double[]){ 1, -2, 1 }, 1) == 0);
	assert_true(nested_repetitions(cost, (double[]){ 0, 0, 1 }, 0) == 0);
	assert_true(nested_repetitions(free_samples, (double[]){ 1, 1, 1 }, 0) == INFINITY);
	assert_true(nested_repetitions(free_samples, (double[]){ 0, 1, 1 }, 0) == 0);
}

/* Each level's component, from values that have nothing but it. */
static void one_level_at_a_time(void **state)
{
	const size_t count[] = { 2, 3, 2 };
	struct nested n;
	double v[12];

	(void)state;
	for (size_t i = 0; i < 12; i++)
		v[i] = i < 6 ? 1 : 3; /* builds differ by 2: a variance of 2 */
	n = nested_variances(v, count, 3);
	assert_true(n.s2[0] == 0 && n.s2[1] == 0 && n.s2[2] == 2 && n.t2[2] == 2);
	for (size_t i = 0; i < 12; i++)
		v[i] = (double)(i / 2 % 3); /* boots: 0, 1, 2 */
	n = nested_variances(v, count, 3);
	assert_true(n.t2[0] == 0 && n.t2[1] == 1 && n.s2[2] == 0);
	check_near(n.t2[2], -1. / 3, 1e-15);
}

/* Golden arguments: how many sizes, the sizes, the values. Returns the values. */
static const double *sizes_of(const struct golden *g, size_t *sizes, size_t *n)
{
	*n = (size_t)g->in[0];
	for (size_t i = 0; i < *n; i++)
		sizes[i] = (size_t)g->in[i + 1];
	return g->in + 1 + *n;
}

static void as_in_r(void **state)
{
	size_t sizes[16], n, seen[2] = { 0, 0 };
	struct golden g;

	(void)state;
	golden_open(&g, "nested.txt");
	while (golden_next(&g)) {
		const double *v = sizes_of(&g, sizes, &n);

		if (!strcmp(g.what, "components")) {
			double ss = 0, df = 0;

			for (size_t i = 0; i < n; v += sizes[i++])
				variance_residual(v, 1, sizes[i], &ss, &df);
			golden_check(&g, 0, ss / df, 1e-11, 0);
			golden_check(&g, 2, df, 0, 0);
			seen[0]++;
		} else {
			const struct nested r = nested_variances(v, sizes, n);

			assert_string_equal(g.what, "nested");
			golden_check(&g, 0, r.mean, 1e-13, 0);
			for (size_t i = 0; i < n; i++) {
				golden_check(&g, 1 + i, r.s2[i], 1e-9, 0);
				golden_check(&g, 1 + n + i, r.t2[i], 1e-9, 1e-10);
			}
			seen[1]++;
		}
	}
	assert_true(seen[0] >= 15 && seen[1] >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_three_levels),
		cmocka_unit_test(published_two_levels),
		cmocka_unit_test(published_repetitions),
		cmocka_unit_test(repetitions_are_the_best),
		cmocka_unit_test(repetitions_at_the_edges),
		cmocka_unit_test(one_level_at_a_time),
		cmocka_unit_test(as_in_r),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
