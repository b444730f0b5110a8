// SPDX-License-Identifier: GPL-2.0-or-later
/* results/stats/power.c: against R, and that a plan from a small pilot keeps its promise. */
#include "lib/rng.h"
#include "results/stats/dist.h"
#include "results/stats/numeric.h"
#include "results/stats/power.h"
#include "results/stats/tests.h"
#include "tests/unit/golden.h"

static void check_near(double got, double want, double slack)
{
	if (!(fabs(got - want) <= slack))
		fail_msg("%.17g is not %.17g", got, want);
}

static void as_in_r(void **state)
{
	size_t powers = 0, both = 0, effects = 0, units = 0, estimated = 0;
	struct golden g;

	(void)state;
	golden_open(&g, "power.txt");
	while (golden_next(&g)) {
		const double *in = g.in;

		if (!strcmp(g.what, "power")) {
			golden_check(&g, 0, power_of(in[0], in[1], (size_t)in[2], in[3], in[4]),
				     1e-8, 1e-10);
			powers++;
		} else if (!strcmp(g.what, "both")) {
			/* with what is significant on the wrong side: as a mirror shows it */
			golden_check(&g, 0,
				     power_of(in[0], in[1], (size_t)in[2], in[3], 0) +
					     power_of(-in[0], in[1], (size_t)in[2], in[3], 0),
				     1e-8, 1e-10);
			both++;
		} else if (!strcmp(g.what, "detectable")) {
			golden_check(&g, 0,
				     power_detectable(in[0], (size_t)in[1], in[2], in[3], in[4]),
				     1e-8, 0);
			effects++;
		} else if (!strcmp(g.what, "units")) {
			golden_check(&g, 0, (double)power_units(in[0], in[1], in[2], in[3], in[4]),
				     0, 0);
			units++;
		} else {
			assert_string_equal(g.what, "estimated");
			golden_check(&g, 0,
				     (double)power_units_estimated(in[0], in[1], in[2], in[3],
								   in[4], in[5]),
				     0, 0);
			estimated++;
		}
	}
	assert_true(powers > 300 && both > 90 && effects > 40 && units > 70 && estimated > 40);
}

/* Units, the effect they detect and the power they have say the same. */
static void units_power_and_effect_agree(void **state)
{
	static const double floors[] = { 0, 1e-5, 0.004, 0.0099 };
	static const double alphas[] = { 0.05, 0.05 / 500 };

	(void)state;
	for (size_t f = 0; f < 4; f++)
		for (size_t a = 0; a < 2; a++)
			for (int i = 0; i < 6; i++) {
				double sd = 0.0005 * pow(2.7, i);
				size_t n = power_units(0.01, sd, alphas[a], 0.9, floors[f]);
				double seen = power_detectable(sd, n, alphas[a], 0.9, floors[f]);

				if (!n) { /* more than the most */
					assert_true(power_of(0.01, sd, POWER_UNITS_MAX, alphas[a],
							     floors[f]) < 0.9);
					continue;
				}
				assert_true(power_of(0.01, sd, n, alphas[a], floors[f]) >= 0.9);
				assert_true(n == 2 ||
					    power_of(0.01, sd, n - 1, alphas[a], floors[f]) < 0.9);
				assert_true(seen <= 0.01);
				check_near(power_of(seen, sd, n, alphas[a], floors[f]), 0.9, 1e-9);
			}
}

static void more_is_more(void **state)
{
	(void)state;
	for (int f = 0; f < 3; f++) {
		double floor = 0.004 * f;

		for (size_t n = 3; n < 300; n = n * 5 / 4 + 1)
			assert_true(power_of(0.01, 0.02, n, 0.001, floor) >=
				    power_of(0.01, 0.02, n - 1, 0.001, floor));
		for (int i = 0; i < 24; i++)
			assert_true(power_of(0.0013 * pow(1.3, i), 0.02, 7, 0.01, floor) >=
				    power_of(0.001 * pow(1.3, i), 0.02, 7, 0.01, floor));
	}
	/* the better the pilot, the fewer units, down to those of a known sd */
	for (int i = 0; i < 15; i++)
		assert_true(power_units_estimated(0.01, 0.02, pow(1.5, i), 0.01, 0.9, 0) >=
			    power_units_estimated(0.01, 0.02, pow(1.5, i + 1), 0.01, 0.9, 0));
	assert_true(power_units_estimated(0.01, 0.02, 1e4, 0.01, 0.9, 0) ==
		    power_units(0.01, 0.02, 0.01, 0.9, 0));
	assert_true(power_units_estimated(0.01, 0.02, INFINITY, 0.01, 0.9, 0) ==
		    power_units(0.01, 0.02, 0.01, 0.9, 0));
}

static void at_the_edges(void **state)
{
	(void)state;
	check_near(power_of(0, 1, 9, 0.05, 0), 0.025, 1e-12);
	assert_true(power_of(1, 1, 1, 0.05, 0) == 0 && power_of(1, 1, 0, 0.05, 0) == 0);
	assert_true(power_of(1, 0, 2, 0.05, 0) == 1 && power_of(1, 0, 2, 0.05, 1) == 0);
	assert_true(isnan(power_of(NAN, 1, 9, 0.05, 0)) && isnan(power_of(1, NAN, 9, 0.05, 0)));
	assert_true(isnan(power_of(1, 1, 9, 0, 0)) && isnan(power_of(1, 1, 9, NAN, 0)));
	assert_true(isinf(power_detectable(1, 1, 0.05, 0.9, 0)));
	assert_true(power_detectable(0, 5, 0.05, 0.9, 0.003) == 0.003);
	/* a level that only thousands of standard errors reach, and not by an approximation: U of
	 * one degree of freedom is |Z| */
	check_near(power_of(1e4 / sqrt(2), 1, 2, 1e-4, 0),
		   2 * dist_norm_cdf(1e4 / -dist_t_quantile(5e-5, 1)) - 1, 1e-5);
	assert_true(power_units(0.01, 0, 0.05, 0.9, 0) == 2);
	assert_true(power_units(0.01, 0.02, 0.05, 0.9, 0.01) == 0);
	assert_true(power_units(0.01, 0.02, 0.05, 0.9, 0.02) == 0);
	assert_true(power_units(0, 0.02, 0.05, 0.9, 0) == 0);
	assert_true(power_units(0.0001, 1, 0.05, 0.9, 0) == 0); /* 1e9 */
	assert_true(power_units(0.01, NAN, 0.05, 0.9, 0) == 0);
	assert_true(power_units_estimated(0.01, 0.02, 0, 0.05, 0.9, 0) == 0);
	assert_true(power_units_estimated(0.01, 0.02, NAN, 0.05, 0.9, 0) == 0);
	assert_true(power_units_estimated(0.01, 0.02, 5, 0.05, 0.9, 0.01) == 0);
	assert_true(power_units_estimated(0.01, 0, 5, 0.05, 0.9, 0) == 2);
}

/* What is averaged over pilots of DF degrees of freedom, for a true sd of TRUE_SD. */
struct pilots {
	double true_sd, df, alpha, floor;
	bool trusting; /* takes the pilot's sd for the true one */
	double units;  /* the average */
};

/* By the pilot's chi-square being at its quantile P. */
static void pilot_at(struct pilots *s, double p, double weight, double *power)
{
	double sd = s->true_sd * sqrt(dist_chi2_quantile(p, s->df) / s->df);
	size_t n = s->trusting ? power_units(0.01, sd, s->alpha, 0.9, s->floor)
			       : power_units_estimated(0.01, sd, s->df, s->alpha, 0.9, s->floor);

	assert_true(n > 0);
	*power += weight * power_of(0.01, s->true_sd, n, s->alpha, s->floor);
	s->units += weight * (double)n;
}

static double power_over_pilots(struct pilots *s)
{
	double power = 0;

	s->units = 0;
	for (int k = 0; k < 30; k++)
		pilot_at(s, (k + 0.5) / 30, 1. / 30, &power);
	return power;
}

/*
 * A plan from a pilot has its power on the average over pilots, whatever the true sd, for a price
 * that is what the pilot's smallness makes it. Who trusts the pilot's sd does not: that is what
 * the estimate's degrees of freedom are for.
 */
static void plans_hold_on_the_average(void **state)
{
	static const struct {
		double df, alpha, floor;
		double most; /* times the units that a known sd needs */
	} plans[] = {
		{ 3, 0.05, 0, 2.6 },  { 5, 0.05, 0, 1.7 },     { 9, 0.05, 0, 1.4 },
		{ 9, 0.001, 0, 1.6 }, { 9, 0.05, 0.005, 1.4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++)
		for (int wide = 0; wide < 2; wide++) {
			double sd = wide ? 0.03 : 0.01;
			struct pilots s = { .true_sd = sd,
					    .df = plans[i].df,
					    .alpha = plans[i].alpha,
					    .floor = plans[i].floor };
			double power = power_over_pilots(&s), trusting;
			double known = (double)power_units(0.01, sd, s.alpha, 0.9, s.floor);

			if (getenv("FOLIOBENCH_VERBOSE"))
				print_message("df %g alpha %g floor %g sd %g: power %.4f, %.1f "
					      "units, known sd %g\n",
					      s.df, s.alpha, s.floor, sd, power, s.units, known);
			assert_true(power >= 0.9 && power < 0.93);
			assert_true(s.units < plans[i].most * known + 2);
			s.trusting = true;
			trusting = power_over_pilots(&s);
			assert_true(trusting < (s.df > 5 ? 0.89 : 0.87));
		}
}

static double normal(uint64_t *rng)
{
	return dist_norm_quantile(((double)(rng_next(rng) >> 11) + 0.5) / 9007199254740992.0);
}

/* The whole way, on made-up differences: a pilot of 4 to 10 blocks, its plan, the experiment. */
static void plans_hold_in_experiments(void **state)
{
	const int experiments = 4000;
	const double sd = 0.008, effect = 0.01;
	uint64_t rng = rng_begin(6, 2, 0);
	int seen = 0, wrong = 0;

	(void)state;
	for (int i = 0; i < experiments; i++) {
		double d[4096];
		struct ttest t;
		size_t n = 4 + (size_t)i % 7;
		double floor = i % 4 ? 0 : 0.003;

		for (size_t k = 0; k < n; k++)
			d[k] = sd * normal(&rng);
		assert_true(ttest_one(d, n, &t));
		n = power_units_estimated(effect, t.se * sqrt((double)n), t.df, 0.05, 0.9, floor);
		assert_true(n && n <= 4096);
		for (size_t k = 0; k < n; k++)
			d[k] = effect + sd * normal(&rng);
		assert_true(ttest_one(d, n, &t));
		seen += t.p <= 0.05 && t.estimate > floor;
		wrong += t.p <= 0.05 && t.estimate < -floor;
	}
	if (getenv("FOLIOBENCH_VERBOSE"))
		print_message("seen %d of %d\n", seen, experiments);
	/* 3 standard errors */
	assert_true(seen >= experiments * (0.9 - 3 * sqrt(0.9 * 0.1 / experiments)));
	assert_true(seen <= experiments * 0.95);
	assert_true(wrong <= 1);
}

/* The rules that all of this rests on. */
static double power_15(double x, void *data)
{
	(void)data;
	return pow(x, 15);
}

static double wave(double x, void *data)
{
	(void)data;
	return cos(x) - x;
}

static void integrals_and_roots(void **state)
{
	double sum = 0;

	(void)state;
	for (size_t i = 0; i < QUAD_POINTS; i++) {
		sum += quad_weight(i);
		assert_true(quad_at(i) > (i ? quad_at(i - 1) : 0) && quad_at(i) < 1);
	}
	check_near(sum, 1, 1e-15);
	check_near(integral(power_15, NULL, 0, 2, 1), 4096, 1e-9);
	check_near(integral(power_15, NULL, -1, 2, 3), 4096 - 1. / 16, 1e-9);
	assert_true(integral(power_15, NULL, 2, 2, 1) == 0);
	check_near(root(wave, NULL, 0, 2), 0.73908513321516064, 1e-12);
	check_near(root(power_15, NULL, -1, 2), 0, 1e-2);
	assert_true(root(wave, NULL, 1, 2) == 1 && root(wave, NULL, -2, 0) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_in_r),
		cmocka_unit_test(units_power_and_effect_agree),
		cmocka_unit_test(more_is_more),
		cmocka_unit_test(at_the_edges),
		cmocka_unit_test(plans_hold_on_the_average),
		cmocka_unit_test(plans_hold_in_experiments),
		cmocka_unit_test(integrals_and_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
