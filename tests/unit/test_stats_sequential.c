// SPDX-License-Identifier: GPL-2.0-or-later
/* results/stats/sequential.c: against published tables, against R, and on made-up experiments. */
#include "lib/rng.h"
#include "results/stats/dist.h"
#include "results/stats/power.h"
#include "results/stats/sequential.h"
#include "results/stats/tests.h"
#include "tests/unit/golden.h"

static void check_near(double got, double want, double slack)
{
	if (!(fabs(got - want) <= slack))
		fail_msg("%.17g is not %.17g", got, want);
}

/* Jennison and Turnbull 2000, table 2.3: C_B(K, 0.05), K of 1 to 10; the boundaries of O'Brien and
 * Fleming's design of five looks are in every textbook. */
static void published_constants(void **state)
{
	static const double c[] = { 1.960, 1.977, 2.004, 2.024, 2.040,
				    2.053, 2.063, 2.072, 2.080, 2.087 };
	static const double five[] = { 4.562, 3.226, 2.634, 2.281, 2.040 };

	(void)state;
	for (size_t looks = 1; looks <= LOOKS_MAX; looks++)
		check_near(obf_constant(looks, 0.05), c[looks - 1], 0.00051);
	for (size_t look = 1; look <= 5; look++) {
		double z = -dist_norm_quantile((1 - obf_level(5, look, 0, 0.95)) / 2);

		check_near(z, five[look - 1], 0.0006);
	}
}

/* The same, table 2.4: R_B(K, alpha, beta). */
static void published_inflation(void **state)
{
	static const struct {
		double alpha, power, r[LOOKS_MAX];
	} rows[] = {
		{ 0.01, 0.8, { 1, 1.001, 1.007, 1.011, 1.015, 1.017, 1.019, 1.021, 1.022, 1.024 } },
		{ 0.05, 0.8, { 1, 1.008, 1.017, 1.024, 1.028, 1.032, 1.035, 1.037, 1.038, 1.040 } },
		{ 0.10, 0.8, { 1, 1.016, 1.027, 1.035, 1.040, 1.044, 1.047, 1.049, 1.051, 1.053 } },
		{ 0.01, 0.9, { 1, 1.001, 1.006, 1.010, 1.014, 1.016, 1.018, 1.020, 1.021, 1.022 } },
		{ 0.05, 0.9, { 1, 1.007, 1.016, 1.022, 1.026, 1.030, 1.032, 1.034, 1.036, 1.037 } },
		{ 0.10, 0.9, { 1, 1.014, 1.025, 1.032, 1.037, 1.041, 1.044, 1.046, 1.048, 1.049 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t looks = 1; looks <= LOOKS_MAX; looks++)
			check_near(obf_inflation(looks, rows[i].alpha, rows[i].power),
				   rows[i].r[looks - 1], 0.00052);
}

static void as_in_r(void **state)
{
	struct golden g;
	size_t seen = 0;

	(void)state;
	golden_open(&g, "sequential.txt");
	while (golden_next(&g)) {
		assert_string_equal(g.what, "crossing");
		golden_check(&g, 0, obf_crossing((size_t)g.in[0], g.in[1], g.in[2]), 1e-8, 1e-10);
		seen++;
	}
	assert_true(seen > 80);
}

/* A constant has its level; a p-value is the level whose design would have ended just there. */
static void constants_and_p_agree(void **state)
{
	static const double alphas[] = { 0.9, 0.3, 0.05, 0.001, 1e-6, 1e-12, 1e-20 };

	(void)state;
	for (size_t looks = 1; looks <= LOOKS_MAX; looks += 3)
		for (size_t i = 0; i < sizeof(alphas) / sizeof(*alphas); i++) {
			double alpha = alphas[i], c = obf_constant(looks, alpha);

			check_near(obf_crossing(looks, c, 0) / alpha, 1, 1e-9);
			for (size_t look = 1; look <= looks; look++) {
				double z = c * sqrt((double)looks / (double)look);
				double p = 2 * dist_norm_cdf(-z);

				check_near(obf_p(looks, look, 0, p) / alpha, 1, 1e-6);
				check_near(obf_nominal(looks, look, 0, alpha) / p, 1, 1e-9);
			}
		}
}

/* Looking costs: a p-value never falls, least at the last look, and more at earlier ones. */
static void p_values_are_in_order(void **state)
{
	(void)state;
	for (size_t looks = 2; looks <= LOOKS_MAX; looks += 4) {
		for (int i = 0; i < 270; i += 1 + i % 3)
			for (size_t look = looks; look >= 1; look -= (look > 2 ? 2 : 1)) {
				const double p = pow(0.6, i);
				double now = obf_p(looks, look, 5 * look, p);

				assert_true(now >= p && now <= 1);
				assert_true(look == 1 ||
					    obf_p(looks, look - 1, 5 * look - 5, p) >= now);
				assert_true(obf_p(looks, look, 5 * look, p * 0.6) <= now);
			}
		assert_true(obf_p(looks, 1, 5, 0) == 0 && obf_p(looks, 1, 5, 1) == 1);
	}
}

static void at_the_edges(void **state)
{
	(void)state;
	assert_true(obf_p(1, 1, 5, 0.03) == 0.03 && obf_nominal(1, 1, 5, 0.03) == 0.03 &&
		    obf_level(1, 1, 5, 0.95) == 0.95);
	assert_true(obf_inflation(1, 0.05, 0.9) == 1);
	assert_true(obf_inflation(5, 0.05, 0.01) == 1); /* a power below the level */
	assert_true(obf_units(1, 17, 0.05, 0.9) == 17 && obf_units(5, 0, 0.05, 0.9) == 0);
	assert_true(obf_units(0, 17, 0.05, 0.9) == 0);
	assert_true(isnan(obf_p(0, 0, 0, 0.5)) && isnan(obf_p(5, 6, 0, 0.5)) &&
		    isnan(obf_p(5, 0, 0, 0.5)));
	assert_true(isnan(obf_p(LOOKS_MAX + 1, 1, 0, 0.5)) && isnan(obf_p(5, 2, 0, NAN)));
	assert_true(isnan(obf_constant(0, 0.05)) && isnan(obf_constant(5, 0)));
	assert_true(isnan(obf_constant(5, 1)) && isnan(obf_constant(5, NAN)));
	assert_true(isnan(obf_nominal(5, 6, 0, 0.05)) && isnan(obf_nominal(5, 0, 0, 0.05)));
	assert_true(isnan(obf_level(5, 6, 0, 0.95)) && isnan(obf_crossing(3, NAN, 0)));
	assert_true(obf_crossing(3, 0, 0) == 1 && obf_crossing(3, INFINITY, 0) == 0);
	check_near(obf_crossing(4, 2, 1e6), 1, 1e-12);
	check_near(obf_crossing(4, 2, -60), 1, 1e-12);
	check_near(obf_crossing(1, 1.96, 0), 2 * dist_norm_cdf(-1.96), 1e-15);
	/* where the bound takes over, it is no step to be seen */
	check_near(obf_crossing(10, 12.0000001, 0) / obf_crossing(10, 12, 0), 1, 1e-3);
}

static double normal(uint64_t *rng)
{
	return dist_norm_quantile(((double)(rng_next(rng) >> 11) + 0.5) / 9007199254740992.0);
}

/*
 * Of experiments of up to LOOKS looks at PER_LOOK more differences each, how many end with a
 * difference: by the t test's p at each look.
 */
static int found(size_t looks, size_t per_look, double effect, int experiments, double *mean_n)
{
	uint64_t rng = rng_begin(6, looks, per_look);
	double nominal[LOOKS_MAX + 1];
	size_t units = 0;
	int count = 0;

	for (size_t look = 1; look <= looks; look++)
		nominal[look] = obf_nominal(looks, look, look * per_look, 0.05);
	for (int i = 0; i < experiments; i++) {
		double d[512];

		for (size_t look = 1; look <= looks; look++) {
			struct ttest t;

			for (size_t k = (look - 1) * per_look; k < look * per_look; k++)
				d[k] = effect + normal(&rng);
			units += per_look;
			assert_true(ttest_one(d, look * per_look, &t));
			/* the same as by the repeated p-value, in no time */
			if (i % 500 == 0)
				assert_true((t.p <= nominal[look]) ==
					    (obf_p(looks, look, look * per_look, t.p) <= 0.05));
			if (t.p <= nominal[look]) {
				count++;
				break;
			}
		}
	}
	*mean_n = (double)units / experiments;
	return count;
}

/* Although the steps are of a t test, of few degrees of freedom at the first looks. */
static void level_holds_in_experiments(void **state)
{
	static const size_t designs[][2] = { { 2, 5 }, { 3, 4 }, { 5, 2 }, { 5, 8 }, { 10, 2 } };
	const int experiments = 20000;

	(void)state;
	for (size_t i = 0; i < sizeof(designs) / sizeof(*designs); i++) {
		double n;
		int count = found(designs[i][0], designs[i][1], 0, experiments, &n);

		if (getenv("FOLIOBENCH_VERBOSE"))
			print_message("%zu looks at %zu: %.4f false, %.1f units\n", designs[i][0],
				      designs[i][1], (double)count / experiments, n);
		assert_true(count <= experiments * (0.05 + 3 * sqrt(0.05 * 0.95 / experiments)));
		assert_true(count >= experiments * 0.04);
	}
}

/* Units as they are planned; on the average fewer than those of a fixed plan are measured. */
static void power_holds_in_experiments(void **state)
{
	static const struct {
		size_t looks;
		double effect;
	} designs[] = { { 2, 0.5 }, { 3, 0.8 }, { 5, 0.5 }, { 10, 0.5 }, { 10, 0.3 } };
	const int experiments = 8000;

	(void)state;
	for (size_t i = 0; i < sizeof(designs) / sizeof(*designs); i++) {
		size_t looks = designs[i].looks;
		size_t fixed = power_units(designs[i].effect, 1, 0.05, 0.9, 0);
		size_t units = obf_units(looks, fixed, 0.05, 0.9);
		double n;
		int count = found(looks, units / looks, designs[i].effect, experiments, &n);

		if (getenv("FOLIOBENCH_VERBOSE"))
			print_message("%zu looks: power %.4f, %.1f units of %zu; fixed %zu\n",
				      looks, (double)count / experiments, n, units, fixed);
		assert_true(units % looks == 0 && units < fixed * 1.1 + looks);
		assert_true(count >= experiments * (0.9 - 3 * sqrt(0.9 * 0.1 / experiments)));
		assert_true(n < 0.95 * (double)fixed); /* what looking is for */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_constants),
		cmocka_unit_test(published_inflation),
		cmocka_unit_test(as_in_r),
		cmocka_unit_test(constants_and_p_agree),
		cmocka_unit_test(p_values_are_in_order),
		cmocka_unit_test(at_the_edges),
		cmocka_unit_test(level_holds_in_experiments),
		cmocka_unit_test(power_holds_in_experiments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
