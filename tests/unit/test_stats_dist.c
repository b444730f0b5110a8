// SPDX-License-Identifier: GPL-2.0-or-later
/* results/stats/dist.c: against R (tests/data/stats/dist.R), and that it is quiet. */
#include <unistd.h>

#include "results/stats/dist.h"
#include "tests/unit/golden.h"

static const struct function {
	const char *name;
	double (*of1)(double);
	double (*of2)(double, double);
	double (*of3)(double, double, double);
	double tolerance, slack;
} functions[] = {
	{ "norm_cdf", .of1 = dist_norm_cdf, .tolerance = 1e-12 },
	{ "norm_quantile", .of1 = dist_norm_quantile, .tolerance = 1e-12 },
	{ "t_cdf", .of2 = dist_t_cdf, .tolerance = 1e-12 },
	{ "t_p", .of2 = dist_t_p, .tolerance = 1e-12 },
	{ "t_quantile", .of2 = dist_t_quantile, .tolerance = 1e-9 },
	{ "chi2_quantile", .of2 = dist_chi2_quantile, .tolerance = 1e-9 },
	{ "beta_quantile", .of3 = dist_beta_quantile, .tolerance = 1e-9 },
	/* R's sums end where what is left is below 1e-12, and its search at 1e-11 */
	{ "nct_cdf", .of3 = dist_nct_cdf, .tolerance = 1e-9, .slack = 1e-12 },
	{ "nct_quantile", .of3 = dist_nct_quantile, .tolerance = 1e-9 },
	/* integrated by R, also where R's own function is off by up to 0.01 */
	{ "nct_integral", .of3 = dist_nct_cdf, .tolerance = 1e-9, .slack = 1e-11 },
};

#define N_FUNCTIONS (sizeof(functions) / sizeof(*functions))

static void as_in_r(void **state)
{
	size_t seen[N_FUNCTIONS] = { 0 };
	struct golden g;

	(void)state;
	golden_open(&g, "dist.txt");
	while (golden_next(&g)) {
		const struct function *f = functions;
		double got;

		while (f < functions + N_FUNCTIONS && strcmp(f->name, g.what))
			f++;
		assert_true(f < functions + N_FUNCTIONS);
		assert_int_equal(g.n_in, f->of1 ? 1 : f->of2 ? 2 : 3);
		got = f->of1   ? f->of1(g.in[0])
		      : f->of2 ? f->of2(g.in[0], g.in[1])
			       : f->of3(g.in[0], g.in[1], g.in[2]);
		golden_check(&g, 0, got, f->tolerance, f->slack);
		seen[f - functions]++;
	}
	for (size_t i = 0; i < N_FUNCTIONS; i++)
		assert_true(seen[i] >= 10);
}

static const double dfs[] = { 0.5, 1, 5, 99, 3000, 1e5 };

#define N_DFS (sizeof(dfs) / sizeof(*dfs))

static void check_near(double got, double want, double slack)
{
	if (!(fabs(got - want) <= slack))
		fail_msg("%.17g is not %.17g", got, want);
}

/* The quantile of a probability is what had it; only where it is not in the tails. */
static void check_noncentral(double df, double ncp)
{
	double last = 0;

	for (int step = 0; step < 14; step++) {
		double t = ncp / 4 * pow(1.4, step), p = dist_nct_cdf(t, df, ncp);

		assert_true(p >= last - 1e-10 && p <= 1);
		check_near(dist_nct_cdf(-t, df, -ncp), 1 - p, 1e-12);
		last = p;
		if (p > 1e-3 && p < 0.999)
			check_near(dist_nct_quantile(p, df, ncp) / t, 1, 1e-8);
	}
}

/* Over all magnitudes, across the border between libRmath and our own integral. */
static void noncentral_hangs_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_DFS; i++) {
		for (int step = 0; step < 9; step++)
			check_noncentral(dfs[i], 0.3 * pow(2.9, step));
		for (int step = 0; step < 14; step++) {
			double t = 8 * pow(1.3, step);

			check_near(dist_nct_cdf(t, dfs[i], 30 + 1e-9), dist_nct_cdf(t, dfs[i], 30),
				   1e-9);
		}
	}
}

static void what_is_outside_is_none(void **state)
{
	(void)state;
	assert_true(isnan(dist_t_cdf(1, 0)) && isnan(dist_t_cdf(1, -3)) &&
		    isnan(dist_t_cdf(NAN, 3)));
	assert_true(isnan(dist_t_quantile(1.1, 3)) && isnan(dist_t_quantile(-0.1, 3)));
	assert_true(isnan(dist_t_p(NAN, 3)) && isnan(dist_t_p(1, NAN)));
	assert_true(isnan(dist_norm_quantile(2)) && isnan(dist_chi2_quantile(0.5, -1)));
	assert_true(isnan(dist_beta_quantile(0.5, -1, 2)));
	assert_true(isnan(dist_nct_cdf(1, 0, 1)) && isnan(dist_nct_cdf(1, 1, NAN)));
	assert_true(isnan(dist_nct_quantile(1.5, 2, 1)) && isnan(dist_nct_quantile(0.5, -2, 1)));
	assert_true(dist_nct_quantile(0, 2, 1) == -INFINITY &&
		    dist_nct_quantile(1, 2, 1) == INFINITY);
	assert_true(dist_nct_cdf(INFINITY, 3, 2) == 1 && dist_nct_cdf(-INFINITY, 3, 2) == 0);
	assert_true(dist_nct_cdf(INFINITY, 3, 200) == 1 && dist_nct_cdf(-INFINITY, 3, 200) == 0);
	assert_true(dist_t_p(INFINITY, 3) == 0 && dist_t_p(0, 3) == 1);
}

static double sum_of_tails(void)
{
	static const double ps[] = { 0, 1e-300, 1e-20, 1e-9, 0.3, 1 - 1e-9, 1 };
	double sum = 0;

	for (size_t d = 0; d < N_DFS; d++) {
		double df = dfs[d];

		for (int step = 0; step < 24 * 8; step++) {
			int of_ncp = step / 8, of_t = step % 8;
			double ncp = -200 + 17.3 * of_ncp, t = 1e-3 * pow(31, of_t);

			sum += dist_nct_cdf(t, df, ncp) + dist_nct_cdf(-t, df, ncp);
		}
		for (size_t i = 0; i < sizeof(ps) / sizeof(*ps); i++) {
			sum += isnan(dist_t_quantile(ps[i], df)) +
			       isnan(dist_chi2_quantile(ps[i], df));
			sum += isnan(dist_nct_quantile(ps[i], df, df < 50 ? df : 3));
			for (int step = 0; step < 5 && ps[i] != 1e-300; step++)
				sum += dist_beta_quantile(ps[i], df, 0.5 * pow(30, step));
		}
	}
	return sum;
}

/* libRmath's warnings go to standard output, where they would be in the middle of our JSON. */
static void nothing_is_printed(void **state)
{
	int out = dup(STDOUT_FILENO);
	FILE *caught = tmpfile();
	double sum;

	(void)state;
	assert_non_null(caught);
	fflush(stdout);
	assert_true(dup2(fileno(caught), STDOUT_FILENO) >= 0);
	sum = sum_of_tails();
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	assert_false(isnan(sum));
	fseek(caught, 0, SEEK_END);
	if (ftell(caught)) {
		char line[200] = "";

		rewind(caught);
		fail_msg("printed: %s", fgets(line, sizeof(line), caught));
	}
	fclose(caught);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_in_r),
		cmocka_unit_test(noncentral_hangs_together),
		cmocka_unit_test(what_is_outside_is_none),
		cmocka_unit_test(nothing_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
