// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The claims of docs/statistics.md, counted: thousands of made-up experiments each, from fixed
 * seeds, through the code that judges measured ones. A rate may be off its claim by 3 standard
 * errors of that many experiments, which a right program exceeds once in 370 times; as the seeds
 * are fixed, it does so always or never. The rates are in the test's log.
 */
#include <math.h>

#include "lib/cleanup.h"
#include "results/calibration.h"
#include "results/simulate_parts.h"
#include "results/stats/order.h"
#include "results/stats/power.h"
#include "results/stats/tests.h"
#include "tests/unit/unit.h"

/* As the issue has it: boots differ by 1 %, samples by 2 %. */
#define ORDINARY                                                                                   \
	.sd_boot = 0.01, .sd_sample = 0.02, .boots = 10, .samples = 10, .floor = -1,               \
	.floor_built = -1

static struct sim_result run(const struct sim_model *m, uint64_t n, uint64_t seed)
{
	struct judge_rules rules = JUDGE_RULES_INIT;
	struct sim_result r;

	simulate(m, &rules, n, seed, 0, NULL, &r);
	assert_int_equal(r.experiments, n);
	return r;
}

/* Standard error of a share CLAIM of N. */
static double se_of(double claim, uint64_t n)
{
	return sqrt(claim * (1 - claim) / (double)n);
}

static void say(const char *what, uint64_t k, uint64_t n, const char *relation, double claim)
{
	double lo, hi;

	binomial_interval(k, n, 0.95, &lo, &hi);
	printf("# %-58s %6.2f %% (%.2f..%.2f) of %llu, %s %.2f %%\n", what,
	       100.0 * (double)k / (double)n, 100 * lo, 100 * hi, (unsigned long long)n, relation,
	       100 * claim);
}

static void at_most(const char *what, uint64_t k, uint64_t n, double claim)
{
	double limit = claim + 3 * se_of(claim, n);

	say(what, k, n, "at most", limit);
	if ((double)k > limit * (double)n)
		fail_msg("%s: %llu of %llu, claimed is %g", what, (unsigned long long)k,
			 (unsigned long long)n, claim);
}

static void at_least(const char *what, uint64_t k, uint64_t n, double claim)
{
	double limit = claim - 3 * se_of(claim, n);

	say(what, k, n, "at least", limit);
	if ((double)k < limit * (double)n)
		fail_msg("%s: %llu of %llu, claimed is %g", what, (unsigned long long)k,
			 (unsigned long long)n, claim);
}

static void about(const char *what, uint64_t k, uint64_t n, double claim)
{
	at_most(what, k, n, claim);
	at_least(what, k, n, claim);
}

/* ---- the simulation itself */

static void test_same_for_any_threads(void **state)
{
	const struct sim_model m = { ORDINARY,		.cells = 3,	 .change = 0.02,
				     .lost = 0.1,	.together = 0.3, .autocorrelation = 0.2,
				     .sd_build = 0.005, .builds = 5,	 .shape = SIM_LOGNORMAL };
	struct judge_rules rules = JUDGE_RULES_INIT;
	struct sim_result one, many, other;

	(void)state;
	simulate(&m, &rules, 1000, 7, 1, NULL, &one);
	simulate(&m, &rules, 1000, 7, 5, NULL, &many);
	simulate(&m, &rules, 1000, 8, 0, NULL, &other);
	assert_memory_equal(&one, &many, sizeof(one));
	assert_true(one.mean_change != other.mean_change);
	assert_int_equal(one.null_cells, 2000);
}

static void test_cancelled(void **state)
{
	const struct sim_model m = { ORDINARY };
	struct judge_rules rules = JUDGE_RULES_INIT;
	volatile sig_atomic_t cancel = 1;
	struct sim_result r;

	(void)state;
	simulate(&m, &rules, 1000, 7, 2, &cancel, &r);
	assert_int_equal(r.experiments, 0);
	assert_true(isnan(r.mean_change));
	simulate(&(struct sim_model){ .boots = 0, .samples = 3 }, &rules, 10, 7, 2, NULL, &r);
	assert_int_equal(r.experiments, 0);
}

/* What is drawn has the spread that was asked for: of the units' mean, analytically. */
static void test_spread(void **state)
{
	const struct sim_model m = { .sd_boot = 0.01,
				     .sd_sample = 0.02,
				     .sd_block = 0.05,
				     .sd_build = 0.005,
				     .builds = 4,
				     .boots = 8,
				     .samples = 1,
				     .change = 0.02 };
	const double sd = sqrt(2 * (0.005 * 0.005 / 4 + (0.01 * 0.01 + 0.02 * 0.02) / 8));
	const enum sim_shape shapes[] = { SIM_NORMAL, SIM_LOGNORMAL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct sim_model with = m;
		struct sim_result r;

		with.shape = shapes[i];
		r = run(&with, 20000, 11);
		/* of the change, not of its logarithm: times exp(change) */
		assert_true(fabs(r.sd_change / (sd * exp(0.02)) - 1) < 3 * 2 / sqrt(2 * 20000.0));
		assert_true(fabs(r.mean_change - expm1(0.02)) < 4 * sd / sqrt(20000.0));
	}
}

/* The samples of both kernels in one pot, as it must not be done. */
static double pooled_p(const struct sim_room *r, const struct sim_model *m)
{
	const size_t n = (size_t)m->boots * m->samples;

	return utest(r->values, n, r->values + n, n).p;
}

static void test_pooled_is_wrong(void **state)
{
	const unsigned int samples[] = { 15, 50 };
	const uint64_t n = 2000;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct sim_model m = { ORDINARY };
		char *what __free =
			xasprintf("pooled rank test, 5 boots of %u samples", samples[i]);
		struct sim_room room;
		uint64_t called = 0;

		m.boots = 5;
		m.samples = samples[i];
		sim_room_init(&room, &m);
		for (uint64_t k = 0; k < n; k++) {
			sim_draw(&room, &m, 12, k);
			called += pooled_p(&room, &m) <= 0.05;
		}
		sim_room_release(&room);
		at_least(what, called, n, 0.33);
		at_most(what, called, n, 0.61);
		at_most("  the same data, by boots in blocks", run(&m, n, 12).false_cells, n, 0.05);
	}
}

/* ---- false positives, coverage */

static const struct {
	const char *what;
	struct sim_model m;
} null_models[] = {
	{ "boots 1 %, samples 2 %", { ORDINARY } },
	{ "6 boots", { .sd_boot = 0.01, .sd_sample = 0.02, .boots = 6, .samples = 10 } },
	{ "lognormal tails", { ORDINARY, .shape = SIM_LOGNORMAL } },
	{ "drift of 5 % within boots", { ORDINARY, .drift = 0.05 } },
	{ "the first samples 10 % less", { ORDINARY, .warmup = -0.1 } },
	{ "warm-up found and left out", { ORDINARY, .warmup = -0.1, .discard = true } },
	{ "no warm-up, and the rule on", { ORDINARY, .discard = true } },
	{ "machine drifts by 5 % from block to block", { ORDINARY, .sd_block = 0.05 } },
	{ "a boot in ten is lost", { ORDINARY, .lost = 0.1 } },
	{ "all of it",
	  { ORDINARY, .shape = SIM_LOGNORMAL, .drift = 0.05, .warmup = -0.1, .discard = true,
	    .sd_block = 0.05, .lost = 0.1 } },
	{ "8 builds that differ by 0.5 %",
	  { .sd_build = 0.005,
	    .builds = 8,
	    .sd_boot = 0.01,
	    .sd_sample = 0.02,
	    .boots = 16,
	    .samples = 10,
	    .shape = SIM_LOGNORMAL } },
	{ "8 builds that do not differ",
	  { .builds = 8, .sd_boot = 0.01, .sd_sample = 0.02, .boots = 16, .samples = 10 } },
	{ "3 builds that differ by 0.5 %",
	  { .sd_build = 0.005,
	    .builds = 3,
	    .sd_boot = 0.01,
	    .sd_sample = 0.02,
	    .boots = 12,
	    .samples = 10 } },
};

static void test_false_positives(void **state)
{
	const uint64_t n = 6000;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(null_models); i++) {
		struct sim_result r = run(&null_models[i].m, n, 100 + i);
		char *covered __free = xasprintf("  covered, %s", null_models[i].what);

		at_most(null_models[i].what, r.false_cells, n, 0.05);
		about(covered, r.covered, n, 0.95);
	}
}

/* Intervals of a change that is there, on the scale on which it is shown. */
static void test_coverage_of_changes(void **state)
{
	const double changes[] = { -0.6, -0.01, 0.02, 3 };
	const uint64_t n = 6000;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct sim_model m = { ORDINARY, .shape = SIM_LOGNORMAL };
		char *what __free = xasprintf("covered, a change of %+g %%", 100 * changes[i]);

		m.change = log1p(changes[i]);
		about(what, run(&m, n, 200 + i).covered, n, 0.95);
	}
}

/* ---- another build: what one build of each cannot see, and a calibration makes of it */

#define CALIBRATED 12 /* boots of an arm */

/* The boots of one arm, as a comparison has them; layouts are numbered from FIRST on. */
static struct series series_of(const struct judge_boot *v, size_t n, unsigned int first,
			       double *boots, struct boot_at *at)
{
	struct series s = { .boots = boots, .at = at, .n_boots = n };

	for (size_t i = 0; i < n; i++) {
		boots[i] = v[i].value;
		at[i] = (struct boot_at){ v[i].block, first + v[i].layout };
	}
	stats_range(boots, n, &s.lo, &s.hi);
	s.value = boots[0];
	return s;
}

/* What foliobench calibrate would store of an A/A experiment. */
static double calibrated_floor(struct sim_room *room, const struct sim_model *m, uint64_t number)
{
	struct compare_cell c = { .j = { .unit = JUDGE_BUILDS, .log = true } };
	double a[CALIBRATED], b[CALIBRATED];
	struct boot_at at_a[CALIBRATED], at_b[CALIBRATED];

	sim_draw(room, m, 300, number);
	c.baseline = series_of(room->a, m->boots, 0, a, at_a);
	c.patched = series_of(room->b, m->boots, m->builds, b, at_b);
	return calibration_floor(&c).rebuild;
}

static void test_one_build(void **state)
{
	const struct sim_model calibration = { .sd_build = 0.005,
					       .sd_boot = 0.01,
					       .sd_sample = 0.02,
					       .builds = 4,
					       .boots = CALIBRATED,
					       .samples = 10 };
	const unsigned int boots[] = { 10, 60 };
	const uint64_t n = 2000;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(boots); k++) {
		struct sim_model m = { ORDINARY, .sd_build = 0.005 };
		char *what __free = xasprintf(
			"one build of each, %u blocks, builds differ by 0.5 %%", boots[k]);
		struct sim_room room;
		struct sim_result r;
		uint64_t called = 0;

		m.boots = boots[k];
		r = run(&m, n, 301);
		say(what, r.false_cells, n, "above", 0.1);
		assert_true(r.false_cells > n / 10);
		sim_room_init(&room, &calibration);
		for (uint64_t i = 0; i < n; i++) {
			m.floor_built = calibrated_floor(&room, &calibration, i);
			assert_true(m.floor_built > 0);
			called += run(&m, 1, 302 + i).false_cells;
		}
		sim_room_release(&room);
		at_most("  calibrated by 4 layouts, 3 boots of each in each arm", called, n, 0.05);
	}
}

/* ---- power */

/* One sample a boot: then the spread of a unit is known, and so must be the power. */
static void test_power_known(void **state)
{
	const double effects[] = { 0.01, 0.02, 0.05 }, floors[] = { 0, 0.004 };
	const double sd = sqrt(2 * (0.01 * 0.01 + 0.02 * 0.02));
	const uint64_t n = 4000;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		double effect = log1p(effects[i / 2]), floor = log1p(floors[i % 2]);
		size_t units = power_units(effect, sd, 0.05, 0.9, floor);
		struct sim_model m = { .sd_boot = 0.01,
				       .sd_sample = 0.02,
				       .samples = 1,
				       .boots = (unsigned int)units,
				       .change = effect,
				       .floor = floors[i % 2],
				       .floor_built = -1 };
		char *what __free = xasprintf("power, %g %% of sd known, floor %.1f %%: %zu boots",
					      100 * effects[i / 2], 100 * floors[i % 2], units);
		struct sim_result r = run(&m, n, 400 + i);

		assert_true(units > 2);
		at_least(what, r.found, n, 0.9);
		about("  as reckoned", r.found, n, power_of(effect, sd, units, 0.05, floor));
	}
}

/* The spread of the differences of a pilot of PILOT->boots blocks, as planning sees it. */
static double pilot_sd(struct sim_room *room, const struct sim_model *pilot, uint64_t number)
{
	double sum = 0, squares = 0;
	const unsigned int n = pilot->boots;

	sim_draw(room, pilot, 500, number);
	for (unsigned int i = 0; i < n; i++) {
		double d = log(room->b[i].value) - log(room->a[i].value);

		sum += d;
		squares += d * d;
	}
	return sqrt((squares - sum * sum / n) / (n - 1));
}

/* A pilot, a plan from it, an experiment by that plan: each time another pilot. */
static void test_power_of_pilots(void **state)
{
	const unsigned int blocks[] = { 4, 6, 10 };
	const uint64_t n = 1500;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(blocks) + 1; i++) {
		const double floor = i < ARRAY_SIZE(blocks) ? 0 : 0.012;
		struct sim_model pilot = { ORDINARY }, m = { ORDINARY };
		char *what __free = xasprintf("power, 2 %% by pilots of %u blocks, floor %g %%",
					      blocks[i % ARRAY_SIZE(blocks)], 100 * floor);
		uint64_t found = 0, boots = 0;
		struct sim_room room;

		pilot.boots = blocks[i % ARRAY_SIZE(blocks)];
		m.change = log1p(0.02);
		m.floor = floor;
		sim_room_init(&room, &pilot);
		for (uint64_t k = 0; k < n; k++) {
			double sd = pilot_sd(&room, &pilot, k);
			size_t units = power_units_estimated(m.change, sd, pilot.boots - 1, 0.05,
							     0.9, log1p(floor));

			m.boots = units < 2 ? 2 : (unsigned int)units;
			boots += m.boots;
			found += run(&m, 1, 510 + k).found;
		}
		sim_room_release(&room);
		at_least(what, found, n, 0.9);
		printf("#   %.1f boots on the average\n", (double)boots / (double)n);
	}
}

/* ---- equivalence */

static void test_equivalence(void **state)
{
	const double margin = 0.01;
	const unsigned int boots[] = { 6, 12, 30, 100 };
	const uint64_t n = 4000;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(boots) * 2; i++) {
		const double change = i % 2 ? -margin : margin;
		struct sim_model m = { ORDINARY, .shape = SIM_LOGNORMAL };
		char *what __free = xasprintf("called equivalent, %u boots, change of %+g %%",
					      boots[i / 2], 100 * change);

		m.boots = boots[i / 2];
		m.change = log1p(change);
		at_most(what, run(&m, n, 600 + i).verdicts[VERDICT_EQUIVALENT], n, 0.05);
		/* a floor above the margin keeps the difference from being called one */
		m.floor = 0.05;
		at_most("  and none is called different",
			run(&m, n, 620 + i).verdicts[VERDICT_EQUIVALENT], n, 0.05);
	}
	{
		struct sim_model m = { ORDINARY };

		m.boots = 40;
		at_least("called equivalent, 40 boots, no change",
			 run(&m, n, 640).verdicts[VERDICT_EQUIVALENT], n, 0.9);
	}
}

/* ---- many cells, several looks */

static void test_tables(void **state)
{
	struct sim_model m = { ORDINARY, .cells = 25 };
	const uint64_t n = 2000;
	struct sim_result r;

	(void)state;
	at_most("tables of 25 cells with a false verdict", run(&m, n, 700).any_false, n, 0.05);
	m.together = 0.8;
	at_most("  whose boots are slow in all cells at once", run(&m, n, 701).any_false, n, 0.05);
	m.changed = 5;
	m.change = 0.03;
	r = run(&m, n, 702);
	at_most("  share of false ones among those found, 5 changed",
		(uint64_t)(r.false_share * (double)n), n, 0.05);
	assert_true(r.found > n / 2);
	m.cells = m.named = 5;
	m.changed = 2;
	m.together = 0;
	r = run(&m, n, 703);
	at_most("5 named cells, 2 changed: one of the others called so", r.any_false, n, 0.05);
	assert_true(r.found > n / 2);
	m.change = 0;
	at_most("5 named cells, none changed", run(&m, n, 704).any_false, n, 0.05);
}

static struct sim_result run_looks(const struct sim_model *m, unsigned int looks, uint64_t n,
				   uint64_t seed)
{
	struct judge_rules rules = JUDGE_RULES_INIT;
	struct sim_result r;

	rules.looks = looks;
	simulate(m, &rules, n, seed, 0, NULL, &r);
	return r;
}

/* What O'Brien and Fleming's boundaries are for: 5 % at each of five looks. */
static uint64_t called_at_any_look(const struct sim_model *m, unsigned int looks, uint64_t n)
{
	struct judge_rules rules = { .margin = 0.01 };
	struct sim_room room;
	uint64_t called = 0;

	sim_room_init(&room, m);
	for (uint64_t k = 0; k < n; k++) {
		bool any = false;

		sim_draw(&room, m, 800, k);
		for (unsigned int look = 1; look <= looks; look++) {
			struct judge_cell c = { .a = room.a,
						.b = room.b,
						.is_time = true,
						.better = BETTER_LOWER,
						.floor = -1,
						.floor_built = -1 };
			struct judgement j;

			c.n_a = c.n_b = m->boots * look / looks;
			judge(&c, 1, &rules, &j);
			any |= j.verdict == VERDICT_IMPROVED || j.verdict == VERDICT_REGRESSED;
		}
		called += any;
	}
	sim_room_release(&room);
	return called;
}

static void test_looks(void **state)
{
	struct sim_model m = { ORDINARY };
	const uint64_t n = 2000;
	struct sim_result r;
	uint64_t naive;

	(void)state;
	m.boots = 20;
	naive = called_at_any_look(&m, 5, n);
	say("five looks, each at 5 %", naive, n, "above", 0.1);
	assert_true(naive > n / 10);
	at_most("five looks, as planned", run_looks(&m, 5, n, 800).false_cells, n, 0.05);
	at_most("three looks, as planned", run_looks(&m, 3, n, 801).false_cells, n, 0.05);
	m.change = log1p(0.02);
	r = run_looks(&m, 5, n, 802);
	printf("#   five looks at 2 %%: %.1f of 20 blocks on the average, found %.1f %%\n",
	       (double)r.units / (double)n, 100.0 * (double)r.found / (double)n);
	assert_true(r.units < n * 19);
	at_least("intervals cover, whenever it ended", r.covered, n, 0.95);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_for_any_threads),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_pooled_is_wrong),
		cmocka_unit_test(test_false_positives),
		cmocka_unit_test(test_coverage_of_changes),
		cmocka_unit_test(test_one_build),
		cmocka_unit_test(test_power_known),
		cmocka_unit_test(test_power_of_pilots),
		cmocka_unit_test(test_equivalence),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
