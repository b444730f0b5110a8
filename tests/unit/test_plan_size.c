// SPDX-License-Identifier: GPL-2.0-or-later
/* results/plan_size: variances of other numbers of samples, and the cheapest plan by brute force.
 */
#include <math.h>

#include "lib/cleanup.h"
#include "lib/rng.h"
#include "results/plan_size.h"
#include "results/stats/power.h"
#include "results/stats/sequential.h"
#include "tests/unit/unit.h"

/* Boots of 1 %, samples of 2 %, from so many boots of 10 samples that it is as good as known. */
static struct size_cell ordinary(double df)
{
	const double v = 0.02 * 0.02 * M_PI / 2;

	return (struct size_cell){ .s2 = 0.01 * 0.01 + v / 10,
				   .df = df,
				   .samples = 10,
				   .v = v,
				   .df_v = 1e6,
				   .build = NAN };
}

static struct size_query usual(void)
{
	return (struct size_query){ .effect = log(1.02),
				    .power = 0.9,
				    .alpha = 0.05,
				    .kernels = 2,
				    .boot_s = 60,
				    .sample_s = 2 };
}

static void variances_of_other_numbers(void **state)
{
	struct size_cell c = ordinary(9);
	double df, at10, at40;

	(void)state;
	at10 = size_boot_variance(&c, 10, &df);
	assert_float_equal(at10, c.s2, 1e-15);
	assert_float_equal(df, 9, 1e-12);
	at40 = size_boot_variance(&c, 40, &df);
	assert_float_equal(at40, 0.0001 + c.v / 40, 1e-12);
	/* the same uncertainty of a smaller figure */
	assert_true(df < 9 && df >= 1);
	size_boot_variance(&c, 5, &df);
	assert_true(df > 9);
	assert_float_equal(size_boot_component(&c), 0.0001, 1e-12);
	/* boots that differ less than their samples let expect: samples are all there is */
	c.s2 = c.v / 20;
	assert_float_equal(size_boot_variance(&c, 10, NULL), c.s2, 1e-15);
	assert_float_equal(size_boot_variance(&c, 40, NULL), c.v / 40, 1e-15);
	assert_float_equal(size_boot_component(&c), 0, 0);
	c.v = NAN;
	assert_float_equal(size_boot_variance(&c, 40, NULL), c.s2, 0);
}

/* Where numbers of samples are chosen among: as docs/statistics.md has it. */
static size_t units_with(const struct size_cell *c, const struct size_query *q,
			 unsigned int samples)
{
	double df, v = size_boot_variance(c, samples < c->samples ? samples : c->samples, &df);

	df = df < c->df ? df : c->df;
	return power_units_estimated(q->effect, sqrt(2 * v), df, q->alpha, q->power, c->floor);
}

/* The cheapest of all numbers of samples up to MOST, one by one. */
static struct size_plan by_force(const struct size_cell *cells, size_t n,
				 const struct size_query *q, unsigned int most)
{
	struct size_plan best = { 0 };

	for (unsigned int m = SIZE_SAMPLES_MIN; m <= most; m++) {
		size_t units = SIZE_UNITS_MIN;
		bool none = false;
		double seconds;

		for (size_t i = 0; i < n; i++) {
			size_t u = units_with(&cells[i], q, m);
			none |= !u;
			units = u > units ? u : units;
		}
		seconds = 2 * (double)units * (q->boot_s + m * q->sample_s);
		if (!none && (!best.boots || seconds < best.seconds))
			best = (struct size_plan){ .builds = 1,
						   .boots = (unsigned int)units,
						   .samples = m,
						   .seconds = seconds };
	}
	return best;
}

static void check_by_force(const struct size_cell *cells, size_t n, const struct size_query *q)
{
	struct size_plan found, best = by_force(cells, n, q, 120);

	assert_true(size_plan(cells, n, q, &found));
	assert_int_equal(found.builds, 1);
	assert_float_equal(found.seconds,
			   2. * found.boots * (q->boot_s + found.samples * q->sample_s), 1e-6);
	/* every cell has its power ... */
	for (size_t i = 0; i < n; i++)
		assert_in_range(size_units(&cells[i], q, 1, found.samples), 1, found.boots);
	/* ... at 2 % more than the least that there is, at most */
	if (found.seconds > 1.02 * best.seconds)
		fail_msg("%u x %u takes %g s, %u x %u would take %g s", found.boots, found.samples,
			 found.seconds, best.boots, best.samples, best.seconds);
}

static void the_cheapest_by_force(void **state)
{
	struct size_cell cells[4];
	struct size_query q = usual();
	uint64_t rng = 4;

	(void)state;
	cells[0] = ordinary(INFINITY);
	check_by_force(cells, 1, &q);
	cells[0] = ordinary(9);
	check_by_force(cells, 1, &q);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 4; i++) {
			double boot = 0.002 * (double)(1 + rng_below(&rng, 8));
			double sample = 0.005 * (double)(1 + rng_below(&rng, 10));

			cells[i] = ordinary(4 + (double)rng_below(&rng, 30));
			cells[i].v = sample * sample * M_PI / 2;
			cells[i].s2 = boot * boot + cells[i].v / 10;
			cells[i].floor = i % 2 ? 0.004 : 0;
		}
		q.alpha = 0.05 / 4;
		q.boot_s = 5 * (double)(1 + rng_below(&rng, 40));
		check_by_force(cells, 4, &q);
	}
}

/* With the costs of Kalibera and Jones' example; theirs is in test_stats_nested.c. */
static void repetitions_by_costs_and_variances(void **state)
{
	struct size_cell c = { .samples = 10, .df = 1e6, .df_v = 1e6, .df_build = 1e6 };
	struct size_query q = usual();
	unsigned int samples, boots;

	(void)state;
	/* T2 of 4, 1 and 0.36: sqrt(20/3 * 4/1) = 5.2, sqrt(100/20 * 1/0.36) = 3.7 */
	c.v = 4;
	c.s2 = 1 + 0.4;
	c.build = 0.36;
	q.build_s = 100;
	q.boot_s = 20;
	q.sample_s = 3;
	size_repetitions(&c, &q, &samples, &boots);
	assert_int_equal(samples, 6);
	assert_int_equal(boots, 4);
	c.build = 0;
	size_repetitions(&c, &q, &samples, &boots);
	assert_int_equal(boots, 0);
	c.s2 = 0.3; /* boots bring nothing: as many samples as there may be */
	size_repetitions(&c, &q, &samples, &boots);
	assert_int_equal(samples, SIZE_SAMPLES_MAX);
}

static void floors_and_small_effects_have_no_plan(void **state)
{
	struct size_cell c[2] = { ordinary(9), ordinary(9) };
	struct size_query q = usual();
	struct size_plan p;

	(void)state;
	c[1].floor = log(1.02);
	assert_false(size_plan(c, 2, &q, &p));
	assert_int_equal(p.decides, 1);
	assert_int_equal(p.boots, 0);
	c[1].floor = 0;
	assert_true(size_plan(c, 2, &q, &p));
	q.effect = log(1.00001);
	assert_false(size_plan(c, 2, &q, &p));
}

/* A floor costs boots: the estimate has to be beyond it. */
static void a_floor_below_the_effect_costs_boots(void **state)
{
	struct size_cell c = ordinary(INFINITY);
	struct size_query q = usual();
	struct size_plan without, with;

	(void)state;
	q.samples = 10;
	assert_true(size_plan(&c, 1, &q, &without));
	c.floor = log(1.015);
	assert_true(size_plan(&c, 1, &q, &with));
	assert_true(with.boots > without.boots);
	assert_true(power_of(q.effect, sqrt(2 * c.s2), with.boots, q.alpha, c.floor) >= 0.9);
	assert_true(power_of(q.effect, sqrt(2 * c.s2), with.boots - 1, q.alpha, c.floor) < 0.9);
}

static void samples_asked_for_are_kept(void **state)
{
	struct size_cell c = ordinary(9);
	struct size_query q = usual();
	struct size_plan p;

	(void)state;
	q.samples = 7;
	assert_true(size_plan(&c, 1, &q, &p));
	assert_int_equal(p.samples, 7);
	/* nor are others planned where what they bring is not known */
	q.samples = 0;
	c.v = NAN;
	assert_true(size_plan(&c, 1, &q, &p));
	assert_int_equal(p.samples, 10);
}

static void looks_come_in_equal_steps(void **state)
{
	struct size_cell c = ordinary(30);
	struct size_query q = usual();
	struct size_plan fixed, looks;

	(void)state;
	q.samples = 10;
	assert_true(size_plan(&c, 1, &q, &fixed));
	for (q.looks = 2; q.looks <= 5; q.looks++) {
		assert_true(size_plan(&c, 1, &q, &looks));
		assert_int_equal(looks.boots % q.looks, 0);
		assert_true(looks.boots >= fixed.boots * obf_inflation(q.looks, 0.05, 0.9) - 1e-6);
		assert_true(looks.boots <
			    1.06 * fixed.boots * obf_inflation(q.looks, 0.05, 0.9) + q.looks);
		assert_true(looks.boots >= 2 * q.looks);
	}
}

static void quiet_cells_get_the_least_that_tests_can_use(void **state)
{
	struct size_cell c = ordinary(30);
	struct size_query q = usual();
	struct size_plan p;

	(void)state;
	c.v = c.s2 = 1e-10;
	assert_true(size_plan(&c, 1, &q, &p));
	assert_int_equal(p.boots, SIZE_UNITS_MIN);
	assert_int_equal(p.samples, SIZE_SAMPLES_MIN);
	assert_true(p.least);
	q.looks = 5;
	assert_true(size_plan(&c, 1, &q, &p));
	assert_int_equal(p.boots, 10);
}

/* Builds of 0.5 %: of so many of them, and as many as it takes. */
static void builds_are_units_of_their_own(void **state)
{
	struct size_cell c = ordinary(1e6);
	struct size_query q = usual();
	struct size_plan p, more;

	(void)state;
	c.df_build = 1e6;
	c.build = 0.005 * 0.005;
	q.build_s = 30;
	q.layouts = 8;
	assert_true(size_plan(&c, 1, &q, &p));
	assert_int_equal(p.builds, 8);
	assert_true(power_of(q.effect, sqrt(2 * size_build_variance(&c, p.boots, p.samples, NULL)),
			     8, 0.05, 0) >= 0.9);
	assert_true(p.boots == 1 ||
		    power_of(q.effect,
			     sqrt(2 * size_build_variance(&c, p.boots - 1, p.samples, NULL)), 8,
			     0.05, 0) < 0.9);
	/* what differs between builds is more than any number of boots can mend */
	q.layouts = 3;
	c.build = 0.01 * 0.01;
	assert_false(size_plan(&c, 1, &q, &p));
	q.layouts = 0;
	q.free_layouts = true;
	assert_true(size_plan(&c, 1, &q, &more));
	assert_true(more.builds > 3);
	assert_float_equal(
		more.seconds,
		2 * (more.builds * 30. + more.builds * more.boots * (60 + 2. * more.samples)),
		1e-6);
	c.build = NAN;
	assert_false(size_plan(&c, 1, &q, &more));
}

/* Means of builds as they were measured: of 4 boots each, in 10 builds. */
static void builds_are_known_no_better_than_they_were_measured(void **state)
{
	struct size_cell c = ordinary(30);
	double df, boot = c.s2;

	(void)state;
	c.build_boots = 4;
	c.df_build = 9;
	c.build_means = 0.005 * 0.005 + boot / 4;
	c.build = 0.005 * 0.005;
	assert_float_equal(size_build_variance(&c, 4, 10, &df), c.build_means, 1e-15);
	assert_float_equal(df, 9, 1e-12);
	/* with more boots less is left of what they bring, and of what is known */
	assert_float_equal(size_build_variance(&c, 8, 10, &df), c.build + boot / 8, 1e-15);
	assert_true(df < 9 && df >= 1);
	assert_float_equal(size_build_variance(&c, 1, 10, &df), c.build + boot, 1e-15);
	assert_true(df <= 9);
	/* builds that happened to differ less than their boots let expect are not free of it */
	c.build_means = boot / 40;
	c.build = 0;
	assert_float_equal(size_build_variance(&c, 2, 10, &df), boot / 2, 1e-15);
	assert_true(df <= 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variances_of_other_numbers),
		cmocka_unit_test(the_cheapest_by_force),
		cmocka_unit_test(repetitions_by_costs_and_variances),
		cmocka_unit_test(floors_and_small_effects_have_no_plan),
		cmocka_unit_test(a_floor_below_the_effect_costs_boots),
		cmocka_unit_test(samples_asked_for_are_kept),
		cmocka_unit_test(looks_come_in_equal_steps),
		cmocka_unit_test(quiet_cells_get_the_least_that_tests_can_use),
		cmocka_unit_test(builds_are_units_of_their_own),
		cmocka_unit_test(builds_are_known_no_better_than_they_were_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
