// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * results/calibration*: floors worked out by hand from made-up boots, rates of made-up experiments,
 * what is stored of them.
 */
#include <math.h>

#include "lib/rng.h"
#include "results/calibration.h"
#include "results/floor.h"
#include "tests/unit/fake_run.h"

/* Quantiles of Student's t from tables. */
#define T95_DF1	 6.313752
#define T95_DF2	 2.919986
#define T95_DF3	 2.353363
#define T975_DF3 3.182446

static void near(double a, double b)
{
	if (!(fabs(a - b) <= 1e-6 * fmax(fabs(b), 1e-3)))
		fail_msg("%.9g, expected %.9g", a, b);
}

/* The boots of an arm: values with their blocks and layouts. */
struct fake_arm {
	const double *v;
	const struct boot_at *at;
	size_t n;
};

static void fill_series(struct series *s, const struct fake_arm *arm)
{
	*s = (struct series){
		.n_boots = arm->n, .n_samples = 10 * arm->n, .lo = INFINITY, .hi = -INFINITY
	};
	s->boots = xcalloc(arm->n + 1, sizeof(*s->boots));
	s->at = xcalloc(arm->n + 1, sizeof(*s->at));
	for (size_t i = 0; i < arm->n; i++) {
		s->boots[i] = arm->v[i];
		s->at[i] = arm->at[i];
		s->lo = fmin(s->lo, arm->v[i]);
		s->hi = fmax(s->hi, arm->v[i]);
	}
	s->value = arm->n ? arm->v[0] : 0;
}

/* A cell of a comparison, judged as the only one. */
static void fill_cell(struct compare_cell *c, const struct fake_arm *a, const struct fake_arm *b,
		      bool exact)
{
	struct judge_boot *boots = xcalloc(a->n + b->n + 1, sizeof(*boots));
	const struct judge_rules rules = JUDGE_RULES_INIT;
	struct judge_cell jc = { .a = boots,
				 .n_a = a->n,
				 .b = boots + a->n,
				 .n_b = b->n,
				 .exact = exact,
				 .is_time = true,
				 .better = BETTER_LOWER,
				 .floor = -1,
				 .floor_built = -1 };

	*c = (struct compare_cell){ .case_name = (char *)"fork",
				    .metric = (char *)"per_page",
				    .unit = (char *)(exact ? "insn" : "ns"),
				    .headline = true,
				    .varies = (char *)"" };
	fill_series(&c->baseline, a);
	fill_series(&c->patched, b);
	for (size_t i = 0; i < a->n; i++)
		boots[i] = (struct judge_boot){ a->v[i], a->at[i].block, a->at[i].layout };
	for (size_t i = 0; i < b->n; i++)
		boots[a->n + i] = (struct judge_boot){ b->v[i], b->at[i].block, b->at[i].layout };
	judge(&jc, 1, &rules, &c->j);
	c->verdict = c->j.verdict;
	free(boots);
}

static struct cell_floor floor_of(const struct fake_arm *a, const struct fake_arm *b, bool exact)
{
	struct compare_cell c;
	struct cell_floor f;

	fill_cell(&c, a, b, exact);
	f = calibration_floor(&c);
	series_release(&c.baseline);
	series_release(&c.patched);
	return f;
}

static const struct boot_at blocks[] = { { 0, 0 }, { 1, 0 }, { 2, 0 }, { 3, 0 } };

/* Differences of 1 %, -1 %, 2 %, 0 on the log scale: mean 0.5 %, sd 1.290994 %. */
static void reboot_is_the_end_of_the_interval(void **state)
{
	static const double d[] = { 0.01, -0.01, 0.02, 0 };
	double a[4], b[4];
	const struct fake_arm arm_a = { a, blocks, 4 }, arm_b = { b, blocks, 4 };
	struct cell_floor f;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		a[i] = 100 *
		       exp(0.3 * (double)i); /* what drifts from block to block is no matter */
		b[i] = a[i] * exp(d[i]);
	}
	f = floor_of(&arm_a, &arm_b, false);
	near(f.reboot, expm1(0.005 + T95_DF3 * 0.01290994449 / 2));
	assert_true(f.rebuild < 0);

	/* the lower end is the farther one; as a share it is nearer to 0 than its opposite */
	f = floor_of(&arm_b, &arm_a, false);
	near(f.reboot, -expm1(-(0.005 + T95_DF3 * 0.01290994449 / 2)));
}

static void exact_figures_have_their_range(void **state)
{
	static const double same[] = { 500, 500, 500 }, other[] = { 500, 501, 500 };
	static const double none[] = { 0, 0, 0 };
	const struct fake_arm a = { same, blocks, 3 }, b = { other, blocks, 3 };
	const struct fake_arm zero = { none, blocks, 3 };

	(void)state;
	assert_true(floor_of(&a, &a, true).reboot == 0);
	near(floor_of(&a, &b, true).reboot, 0.002);
	near(floor_of(&b, &a, true).reboot, 0.002);
	assert_true(floor_of(&zero, &zero, true).reboot == 0);
	/* a figure that once was not 0 has no share */
	assert_true(floor_of(&zero, &a, true).reboot < 0);
}

static void too_few_boots_have_no_floor(void **state)
{
	static const double v[] = { 500 };
	const struct fake_arm one = { v, blocks, 1 }, none = { v, blocks, 0 };
	struct cell_floor f;

	(void)state;
	f = floor_of(&one, &one, false);
	assert_true(f.reboot < 0 && f.rebuild < 0);
	f = floor_of(&none, &none, false);
	assert_true(f.reboot < 0 && f.rebuild < 0);
}

/*
 * Two layouts in each arm, twice each. Logarithms of A: layout 0: 0 and 0.02, layout 1: 0.04 and
 * 0.06; of B: layout 2: 0.01 and 0.01, layout 3: 0.07, 0.09. Means of the four builds: 0.01, 0.05,
 * 0.01, 0.08: their squares around 0.0375 add up to 0.003475.
 */
static void rebuilt_is_how_builds_vary(void **state)
{
	static const struct boot_at at_a[] = { { 0, 0 }, { 1, 1 }, { 2, 0 }, { 3, 1 } };
	static const struct boot_at at_b[] = { { 0, 2 }, { 1, 3 }, { 2, 2 }, { 3, 3 } };
	static const double log_a[] = { 0, 0.04, 0.02, 0.06 }, log_b[] = { 0.01, 0.07, 0.01, 0.09 };
	const double between = 0.003475 / 3;
	double a[4], b[4];
	const struct fake_arm arm_a = { a, at_a, 4 }, arm_b = { b, at_b, 4 };
	struct cell_floor f;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		a[i] = 100 * exp(log_a[i]);
		b[i] = 100 * exp(log_b[i]);
	}
	f = floor_of(&arm_a, &arm_b, false);
	near(f.rebuild, expm1(T975_DF3 * sqrt(2 * between)));
	/* differences 0.01 and -0.01 of the first pair, 0.03 and 0.03 of the second: df 2 */
	near(f.reboot, expm1(T95_DF2 * sqrt(0.0002 / 2 / 4)));
}

/* Counts of builds differ; those of one build do not. */
static void rebuilt_of_exact_counts(void **state)
{
	static const struct boot_at at_a[] = { { 0, 0 }, { 1, 1 }, { 2, 0 }, { 3, 1 } };
	static const struct boot_at at_b[] = { { 0, 2 }, { 1, 3 }, { 2, 2 }, { 3, 3 } };
	static const double a[] = { 1000, 1001, 1000, 1001 }, b[] = { 1003, 1000, 1003, 1000 };
	const struct fake_arm arm_a = { a, at_a, 4 }, arm_b = { b, at_b, 4 };
	struct cell_floor f = floor_of(&arm_a, &arm_b, true);

	(void)state;
	assert_true(f.reboot == 0);
	/* sd of 1000, 1001, 1003, 1000 is sqrt(2); logarithms are a bit less than shares */
	assert_true(fabs(f.rebuild - T975_DF3 * sqrt(2) * sqrt(2) / 1001) < 5e-5);
}

/* N cells of an A/A experiment of BLOCKS blocks, made up by RNG. */
struct fake_experiment {
	struct comparison c;
	double shift;	 /* between the arms, on the log scale: not what an A/A should have */
	double serial;	 /* correlation of successive boots of an arm */
	double together; /* share of a boot's variance that all cells of it have */
};

#define N_CELLS 40

static double normal(uint64_t *rng)
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += (double)(rng_next(rng) >> 11) / 9007199254740992.0;
	return sum - 6;
}

static void draw(struct fake_experiment *x, unsigned int n_blocks, uint64_t seed)
{
	double last[2][N_CELLS] = { { 0 } };
	double *v[2][N_CELLS];
	struct boot_at *at = xcalloc(n_blocks, sizeof(*at));
	uint64_t rng = rng_begin(seed, 0, 0);

	for (unsigned int block = 0; block < n_blocks; block++) {
		at[block].block = block;
		for (int arm = 0; arm < 2; arm++) {
			double all = normal(&rng);

			for (size_t i = 0; i < N_CELLS; i++) {
				double own = sqrt(x->together) * all +
					     sqrt(1 - x->together) * normal(&rng);
				double *z = &last[arm][i];

				if (!block)
					v[arm][i] = xcalloc(n_blocks, sizeof(double));
				*z = block ? x->serial * *z + sqrt(1 - x->serial * x->serial) * own
					   : own;
				v[arm][i][block] = 100 * exp(0.01 * *z + arm * x->shift);
			}
		}
	}
	x->c = (struct comparison){ .cells = xcalloc(N_CELLS, sizeof(*x->c.cells)),
				    .n_cells = N_CELLS,
				    .judged_by = JUDGE_RULES_INIT };
	for (size_t i = 0; i < N_CELLS; i++) {
		const struct fake_arm a = { v[0][i], at, n_blocks }, b = { v[1][i], at, n_blocks };

		fill_cell(&x->c.cells[i], &a, &b, false);
		free(v[0][i]);
		free(v[1][i]);
	}
	free(at);
}

static void drop(struct fake_experiment *x)
{
	for (size_t i = 0; i < x->c.n_cells; i++) {
		series_release(&x->c.cells[i].baseline);
		series_release(&x->c.cells[i].patched);
	}
	free(x->c.cells);
}

/* The rates of many experiments: of independent boots they are 5 %, as long as nothing is wrong. */
static void rates_of_independent_boots(void **state)
{
	uint64_t k = 0, n = 0, alone_k = 0, alone_n = 0, exceed = 0;
	double serial = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 25; seed++) {
		struct fake_experiment x = { 0 };
		struct calibration cal;

		draw(&x, 20, seed);
		calibration_make(&x.c, &cal);
		assert_int_equal(cal.blocks, 20);
		assert_int_equal(cal.experiments, 5);
		assert_int_equal(cal.least_blocks, 4);
		assert_int_equal(cal.parts.n, 5 * N_CELLS);
		assert_int_equal(cal.alone.n, N_CELLS);
		assert_true(cal.clustering >= 1);
		assert_true(cal.has_model && cal.model.cells == N_CELLS && cal.model.boots == 20);
		/* sd 1 % of a boot, nothing that a block has for itself */
		assert_true(fabs(cal.model.sd_boot - 0.01) < 0.0025);
		assert_true(cal.model.sd_block < 0.006);
		k += cal.parts.k;
		n += cal.parts.n;
		alone_k += cal.alone.k;
		alone_n += cal.alone.n;
		exceed += calibration_exceeds(&cal);
		serial += cal.serial;
		drop(&x);
	}
	/* 5000 and 1000 cells: 5 % within 4 standard errors */
	assert_true(fabs((double)k / (double)n - 0.05) < 4 * sqrt(0.05 * 0.95 / (double)n));
	assert_true(fabs((double)alone_k / (double)alone_n - 0.05) <
		    4 * sqrt(0.05 * 0.95 / (double)alone_n));
	/* an alarm once in 20 to 40; 6 of 25 would be one in 4 */
	assert_true(exceed < 6);
	assert_true(fabs(serial / 25) < 0.03);
}

static void a_difference_between_the_arms_is_seen(void **state)
{
	struct fake_experiment x = { .shift = 0.02 };
	struct calibration cal;

	(void)state;
	draw(&x, 24, 7);
	calibration_make(&x.c, &cal);
	assert_true(calibration_exceeds(&cal));
	assert_true(cal.alone.k > N_CELLS / 2 && cal.table.k > N_CELLS / 2);
	assert_true(cal.parts.lo > 0.05);
	drop(&x);
}

static void what_lasts_longer_than_a_block_is_seen(void **state)
{
	struct fake_experiment x = { .serial = 0.7 };
	struct calibration cal;

	(void)state;
	draw(&x, 40, 7);
	calibration_make(&x.c, &cal);
	assert_true(cal.serial > 0.5 && cal.serial < 0.9);
	assert_true(cal.serial > 2 * cal.serial_se);
	/* which is why intervals are too narrow: far more than one in 20 */
	assert_true(cal.parts.lo > 0.05);
	assert_true(calibration_exceeds(&cal));
	drop(&x);
}

/* Cells that move together count as fewer: the interval is that of less. */
static void cells_that_go_together_are_fewer(void **state)
{
	double clustering = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct fake_experiment x = { .together = 0.95 };
		struct false_rate plain;
		struct calibration cal;

		draw(&x, 32, seed);
		calibration_make(&x.c, &cal);
		plain = false_rate_of(cal.parts.k, cal.parts.n);
		assert_true(cal.parts.lo <= plain.lo + 1e-12 && cal.parts.hi >= plain.hi - 1e-12);
		clustering += cal.clustering;
		drop(&x);
	}
	assert_true(clustering / 10 > 5);
}

/* Nor where nothing went wrong: 0 of 40 cells that go together is not 0 of 40 trials. */
static void none_wrong_is_one_trial_each(void **state)
{
	size_t none = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct fake_experiment x = { .together = 0.95 };
		struct calibration cal;

		draw(&x, 16, seed);
		calibration_make(&x.c, &cal);
		if (!cal.parts.k) {
			near(cal.clustering, N_CELLS);
			assert_true(cal.parts.hi > 0.5);
			none++;
		}
		drop(&x);
	}
	assert_true(none);
}

/* How cells go together cannot be told from two experiments: each is one trial. */
static void two_experiments_are_two_trials(void **state)
{
	struct fake_experiment x = { .shift = 0.02 };
	struct calibration cal;

	(void)state;
	draw(&x, 8, 3);
	calibration_make(&x.c, &cal);
	assert_int_equal(cal.experiments, 2);
	assert_int_equal(cal.parts.n, 2 * N_CELLS);
	near(cal.clustering, N_CELLS);
	/* most cells went wrong, and that is still no proof */
	assert_true(cal.parts.k > 10 && cal.parts.lo < 0.05 && !calibration_exceeds(&cal));
	drop(&x);
}

/* Chance has no part in figures that repeat: one that differs is one too many. */
static void figures_that_repeat_must_not_differ(void **state)
{
	static const double v[] = { 500, 500, 500 }, w[] = { 510, 510, 510 };
	const struct fake_arm a = { v, blocks, 3 }, b = { w, blocks, 3 };
	struct compare_cell cells[2];
	struct comparison c = {
		.cells = cells, .n_cells = 1, .exact = true, .judged_by = JUDGE_RULES_INIT
	};
	struct calibration cal;

	(void)state;
	fill_cell(&cells[0], &a, &a, true);
	fill_cell(&cells[1], &a, &b, true);
	calibration_make(&c, &cal);
	assert_int_equal(cal.exact, 1);
	assert_int_equal(cal.exact_false, 0);
	assert_int_equal(cal.alone.n, 0);
	assert_false(calibration_exceeds(&cal) || cal.has_model);
	c.n_cells = 2;
	calibration_make(&c, &cal);
	assert_int_equal(cal.exact, 2);
	assert_int_equal(cal.exact_false, 1);
	assert_true(calibration_exceeds(&cal));
	for (size_t i = 0; i < 2; i++) {
		series_release(&cells[i].baseline);
		series_release(&cells[i].patched);
	}
}

static void few_blocks_are_no_experiments(void **state)
{
	struct fake_experiment x = { 0 };
	struct calibration cal;

	(void)state;
	draw(&x, 7, 1);
	calibration_make(&x.c, &cal);
	assert_int_equal(cal.experiments, 0);
	assert_int_equal(cal.parts.n, 0);
	assert_int_equal(cal.alone.n, N_CELLS);
	drop(&x);
	draw(&x, 1, 1);
	calibration_make(&x.c, &cal);
	assert_int_equal(cal.alone.n, 0);
	assert_true(cal.alone.lo == 0 && cal.alone.hi == 1);
	assert_false(cal.has_model || calibration_exceeds(&cal));
	drop(&x);
}

static void expect_floor(struct store *s, double reboot, double rebuild, unsigned int layouts,
			 int64_t run)
{
	struct floor *v;
	struct error e = { "" };
	size_t n;

	assert_int_equal(floors_load(s, "here", &v, &n, &e), 0);
	assert_int_equal(n, 1);
	near(v[0].reboot, reboot);
	near(v[0].rebuild, rebuild);
	assert_int_equal(v[0].layouts, layouts);
	assert_int_equal(v[0].run_id, run);
	floors_free(v, n);
}

/* The newest counts; booting again alone says nothing of builds, and leaves what was known. */
static void newest_floor_counts(void **state)
{
	static const struct boot_at at_a[] = { { 0, 0 }, { 1, 1 }, { 2, 0 }, { 3, 1 } };
	static const struct boot_at at_b[] = { { 0, 2 }, { 1, 3 }, { 2, 2 }, { 3, 3 } };
	static const double v[] = { 1000, 1010, 1001, 1011 }, w[] = { 1003, 1000, 1003, 1000 };
	const struct fake_arm built_a = { v, at_a, 4 }, built_b = { w, at_b, 4 };
	const struct fake_arm again_a = { v, blocks, 4 }, again_b = { w, blocks, 4 };
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct fake_boot b = fake_boot(s, fake_run(s, "local"), "stock", 'a', 0, "ns");
	struct compare_cell cells[2];
	struct comparison c = { .machine = (char *)"here", .cells = cells, .n_cells = 2 };
	struct cell_floor first, second;
	struct error e = { "" };
	size_t n;

	(void)state;
	fake_cell(&b, 0, "fork", "{\"size\":\"16M\",\"folio\":\"4K\"}", "");
	fake_end(&b, "ok", "");
	fill_cell(&cells[0], &built_a, &built_b, false);
	/* a cell without figures has no floor */
	fill_cell(&cells[1], &(struct fake_arm){ v, at_a, 0 }, &built_b, false);
	cells[1].metric = (char *)"other";
	cells[0].params = cells[1].params = json_pack("{s:s, s:s}", "folio", "4K", "size", "16M");
	first = calibration_floor(&cells[0]);
	c.run_id = 1;
	assert_int_equal(calibration_store(s, &c, &n, &e), 0);
	assert_int_equal(n, 1);
	expect_floor(s, first.reboot, first.rebuild, 4, 1);

	series_release(&cells[0].baseline);
	series_release(&cells[0].patched);
	fill_cell(&cells[0], &again_a, &again_b, false);
	cells[0].params = cells[1].params;
	second = calibration_floor(&cells[0]);
	assert_true(second.rebuild < 0 && second.reboot != first.reboot);
	c.run_id = fake_run(s, "local");
	assert_int_equal(calibration_store(s, &c, &n, &e), 0);
	expect_floor(s, second.reboot, first.rebuild, 4, c.run_id);

	for (size_t i = 0; i < 2; i++) {
		series_release(&cells[i].baseline);
		series_release(&cells[i].patched);
	}
	json_decref(cells[1].params);
	store_close(s);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reboot_is_the_end_of_the_interval),
		cmocka_unit_test(exact_figures_have_their_range),
		cmocka_unit_test(too_few_boots_have_no_floor),
		cmocka_unit_test(rebuilt_is_how_builds_vary),
		cmocka_unit_test(rebuilt_of_exact_counts),
		cmocka_unit_test(rates_of_independent_boots),
		cmocka_unit_test(a_difference_between_the_arms_is_seen),
		cmocka_unit_test(what_lasts_longer_than_a_block_is_seen),
		cmocka_unit_test(cells_that_go_together_are_fewer),
		cmocka_unit_test(none_wrong_is_one_trial_each),
		cmocka_unit_test(two_experiments_are_two_trials),
		cmocka_unit_test(figures_that_repeat_must_not_differ),
		cmocka_unit_test(few_blocks_are_no_experiments),
		cmocka_unit_test(newest_floor_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
