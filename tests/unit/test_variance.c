// SPDX-License-Identifier: GPL-2.0-or-later
/* results/variance: components of made-up runs, which run is taken, what boots cost. */
#include <errno.h>
#include <math.h>

#include "lib/cleanup.h"
#include "lib/rng.h"
#include "results/rules.h"
#include "results/variance_parts.h"
#include "tests/unit/fake_run.h"

#define SAMPLES 10

/* Normal, by the polar method (Marsaglia). */
static double normal(uint64_t *rng)
{
	double x, y, s;

	do {
		x = (double)rng_next(rng) / 9223372036854775808.0 - 1;
		y = (double)rng_next(rng) / 9223372036854775808.0 - 1;
		s = x * x + y * y;
	} while (s >= 1 || s == 0);
	return x * sqrt(-2 * log(s) / s);
}

struct made_up {
	double sd_sample, sd_boot, sd_block, sd_build;
	unsigned int blocks, layouts;
	uint64_t rng;
	bool negative; /* figures around 0 */
};

static const char *const params_64 = "{\"folio\":\"64K\",\"size\":\"16M\"}";

/* One boot of one cell; EFFECT and the shared part of the block are on the log scale. */
static void add_boot(struct store *s, int64_t run, char hash, unsigned int block, struct made_up *m,
		     double level)
{
	const char name[] = { hash, '\0' };
	struct fake_boot b = fake_boot(s, run, name, hash, block, "ns");
	double boot = level + m->sd_boot * normal(&m->rng);

	fake_cell(&b, 0, "munmap", params_64, "");
	for (int n = 0; n < SAMPLES; n++) {
		double v = boot + m->sd_sample * normal(&m->rng);
		char *values __free = xasprintf("\"per_page\":%.17g", m->negative ? v : exp(v));

		fake_sample(&b, 0, n, "ok", values);
	}
	fake_end(&b, "ok", "");
}

/* Kernels by the letters of HASHES. */
static int64_t add_run(struct store *s, const char *hashes, struct made_up *m,
		       const struct run_rules *rules)
{
	int64_t run = fake_run(s, "local");
	struct error e = { "" };

	for (unsigned int block = 0; block < m->blocks; block++) {
		double shared = m->sd_block * normal(&m->rng);

		for (const char *h = hashes; *h; h++)
			add_boot(s, run, *h, block, m, 5 + 0.1 * (*h - 'a') + shared);
	}
	if (rules && rules_store(s, run, rules, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	return run;
}

static json_t *one_cell(void)
{
	return json_pack("[{s:s, s:{s:s, s:s}}]", "case", "munmap", "params", "folio", "64K",
			 "size", "16M");
}

static void load(struct store *s, const char *hashes, int64_t run, struct variances *out)
{
	json_t *cells __json = one_cell();
	char digits[2][65] = { "", "" };
	const char *const list[] = { digits[0], digits[1] };
	struct variance_query q = { .hashes = list,
				    .n_hashes = strlen(hashes),
				    .run_id = run,
				    .target = "local",
				    .cells = cells };
	struct error e = { "" };

	for (size_t i = 0; i < q.n_hashes; i++)
		memset(digits[i], hashes[i], 64);
	if (variances_load(s, &q, out, &e))
		fail_msg("%s", e.msg);
}

/* SIGMAS standard errors of a variance with DF degrees of freedom. */
#define assert_near(got, wanted, df, sigmas)                                                       \
	do {                                                                                       \
		double far = (sigmas) * (wanted)*sqrt(2.0 / (df));                                 \
		if (!(fabs((got) - (wanted)) < far))                                               \
			fail_msg(#got " is %g, not %g +- %g", (double)(got), (double)(wanted),     \
				 far);                                                             \
	} while (0)

static void medians_of_few_values(void **state)
{
	const double three[] = { 1, 2, 4 }, same[] = { 5, 5, 5, 5 };

	(void)state;
	/*
	 * Of 3 values 27 resamples: the median is the least in 7, the middle one in 13, the
	 * greatest in 7; mean 61/27, of squares 171/27.
	 */
	assert_float_equal(variance_of_median(three, 3, 3), 171. / 27 - (61. / 27) * (61. / 27),
			   1e-12);
	assert_float_equal(variance_of_median(same, 4, 4), 0, 0);
	assert_float_equal(variance_of_median(three, 1, 1), 0, 0);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * Medians of N normal samples have this variance (R: var(replicate(3e5, median(rnorm(n))))): 5
 * 0.2868, 10 0.1383, 11 0.1376, 30 0.0501. Estimated from 20 boots, on the average of 200 times.
 */
static void what_samples_bring_is_not_too_much(void **state)
{
	static const struct {
		size_t n;
		double variance;
	} known[] = { { 5, 0.2868 }, { 10, 0.1383 }, { 11, 0.1376 }, { 30, 0.0501 } };
	double v[30], around[600];
	uint64_t rng = 9;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(known); k++) {
		const size_t n = known[k].n;
		double sum = 0;

		for (int round = 0; round < 200; round++) {
			for (size_t boot = 0; boot < 20; boot++) {
				for (size_t i = 0; i < n; i++)
					v[i] = normal(&rng);
				qsort(v, n, sizeof(*v), by_value);
				assert_int_equal(variance_distances(v, n, around + boot * n), n);
			}
			qsort(around, 20 * n, sizeof(*around), by_value);
			sum += variance_of_median(around, 20 * n, n) / 200;
		}
		if (fabs(sum / known[k].variance - 1) > 0.08)
			fail_msg("of %zu: %g, not %g", n, sum, known[k].variance);
	}
}

/* d = y1 - y2: half of its variance around its mean, whatever blocks and kernels bring. */
static void what_is_left_of_two_is_half_the_difference(void **state)
{
	const double y[] = { 1, 5, 2, 8, 2, 7, 1, 9 };
	const double four[] = { 1, 2, 3, 6 };
	double ss = 0, df = 0, mean = 0, of_d = 0;

	(void)state;
	variance_residual(y, 2, 4, &ss, &df);
	for (size_t i = 0; i < 4; i++)
		mean += (y[i + 4] - y[i]) / 4;
	for (size_t i = 0; i < 4; i++)
		of_d += pow(y[i + 4] - y[i] - mean, 2) / 3;
	assert_float_equal(df, 3, 0);
	assert_float_equal(ss / df, of_d / 2, 1e-12);
	ss = df = 0;
	variance_residual(four, 1, 4, &ss, &df);
	assert_float_equal(ss, 14, 1e-12);
	assert_float_equal(df, 3, 0);
	/* additive: nothing is left */
	ss = df = 0;
	variance_residual((const double[]){ 1, 2, 3, 11, 12, 13, 6, 7, 8 }, 3, 3, &ss, &df);
	assert_float_equal(ss, 0, 1e-12);
	assert_float_equal(df, 4, 0);
	variance_residual(four, 1, 1, &ss, &df);
	assert_float_equal(df, 4, 0);
}

/* 60 blocks of two kernels that drift together: each component within 3 standard errors. */
static void components_are_found_again(void **state)
{
	struct made_up m = {
		.sd_sample = 0.02, .sd_boot = 0.01, .sd_block = 0.05, .blocks = 60, .rng = 1
	};
	const double v = SAMPLES * 0.138 * 0.02 * 0.02;
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct variances out;

	(void)state;
	add_run(s, "ab", &m, NULL);
	load(s, "ab", 0, &out);
	assert_int_equal(out.n, 1);
	assert_int_equal(out.missing.n, 0);
	assert_string_equal(out.v[0].metric, "per_page");
	assert_true(out.v[0].paired);
	assert_false(out.v[0].exact);
	assert_float_equal(out.v[0].size.df, 59, 0);
	assert_int_equal(out.v[0].size.samples, SAMPLES);
	/* a median of 10 has 0.138 of the variance of one sample, not the 0.157 of pi/2n */
	assert_near(out.v[0].size.s2, 0.0001 + 0.138 * 0.0004, 59, 3);
	assert_near(out.v[0].size.v, v, 250, 4);
	assert_near(size_boot_component(&out.v[0].size), 0.0001, 59 / 3., 3);
	assert_true(isnan(out.v[0].size.build));
	assert_int_equal(out.n_sources, 1);
	assert_string_equal(out.sources[0].kernels, "a, b");
	assert_int_equal(out.sources[0].boots, 60);
	variances_release(&out);
	store_close(s);
	scratch_remove(dir);
}

/* One kernel alone has the drift in its variance; around 0 there are no logarithms. */
static void one_kernel_and_figures_around_zero(void **state)
{
	struct made_up m = {
		.sd_sample = 0.02, .sd_boot = 0.01, .sd_block = 0.05, .blocks = 40, .rng = 2
	};
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct variances out;

	(void)state;
	add_run(s, "a", &m, NULL);
	load(s, "ab", 0, &out);
	assert_int_equal(out.n, 1);
	assert_false(out.v[0].paired);
	assert_float_equal(out.v[0].size.df, 39, 0);
	assert_near(out.v[0].size.s2, 0.0025 + 0.0001 + 0.138 * 0.0004, 39, 3);
	variances_release(&out);
	m.negative = true;
	m.sd_block = 30;
	m.blocks = 10;
	load(s, "ab", add_run(s, "ab", &m, NULL), &out);
	assert_true(out.v[0].shifted);
	assert_true(out.v[0].scale > 1);
	assert_true(out.v[0].size.s2 > 0 && out.v[0].size.s2 < 0.01);
	variances_release(&out);
	store_close(s);
	scratch_remove(dir);
}

static int64_t run_taken(struct store *s, const char *hashes)
{
	struct variances out;
	int64_t run;

	load(s, hashes, 0, &out);
	run = out.n ? out.sources[out.v[0].source].run_id : 0;
	variances_release(&out);
	return run;
}

static void the_best_run_is_taken(void **state)
{
	const struct run_rules aa = { .calibration = true };
	struct made_up m = { .sd_sample = 0.02, .sd_boot = 0.01, .blocks = 12, .rng = 3 };
	struct made_up few = m, three = m;
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run;

	(void)state;
	few.blocks = 8;
	three.blocks = 3;
	assert_int_equal(run_taken(s, "ab"), 0);
	run = add_run(s, "cd", &m, NULL); /* neither of the two */
	assert_int_equal(run_taken(s, "ab"), 0);
	run = add_run(s, "a", &m, NULL);
	assert_int_equal(run_taken(s, "ab"), run);
	run = add_run(s, "ab", &few, NULL); /* pairs, though there are fewer */
	assert_int_equal(run_taken(s, "ab"), run);
	run = add_run(s, "bc", &m, NULL); /* as good, and more of it */
	assert_int_equal(run_taken(s, "ab"), run);
	add_run(s, "ab", &few, NULL);
	assert_int_equal(run_taken(s, "ab"), run);
	add_run(s, "ef", &three, &aa); /* A/A, but next to nothing */
	assert_int_equal(run_taken(s, "ab"), run);
	run = add_run(s, "ef", &few, &aa); /* A/A of whatever kernel */
	assert_int_equal(run_taken(s, "ab"), run);
	store_close(s);
	scratch_remove(dir);
}

static void cells_without_figures_are_named(void **state)
{
	struct made_up m = { .sd_sample = 0.02, .sd_boot = 0.01, .blocks = 3, .rng = 4 };
	json_t *cells __json =
		json_pack("[{s:s, s:{s:s}}]", "case", "fork", "params", "folio", "4K");
	const struct variance_query q = { .target = "local", .run_id = 1, .cells = cells };
	const struct variance_query none = { .target = "local", .run_id = 7, .cells = cells };
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct error e = { "" };
	struct variances out;

	(void)state;
	add_run(s, "ab", &m, NULL);
	assert_int_equal(variances_load(s, &q, &out, &e), 0);
	assert_int_equal(out.n, 0);
	assert_int_equal(out.missing.n, 1);
	assert_string_equal(out.missing.v[0], "fork folio=4K");
	variances_release(&out);
	assert_int_equal(variances_load(s, &none, &out, &e), -ENOENT);
	store_close(s);
	scratch_remove(dir);
}

/* Boots of 12.5 s whose first sample is there after 2.5: 10 samples, no further warm-up. */
static void seconds_of_boots_and_samples(void **state)
{
	struct made_up m = { .sd_sample = 0.02, .sd_boot = 0.01, .blocks = 3, .rng = 5 };
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct variances out;

	(void)state;
	add_run(s, "ab", &m, NULL);
	load(s, "ab", 0, &out);
	assert_float_equal(out.sample_s, 10. / 9, 1e-9);
	assert_float_equal(out.boot_s, 12.5 - 10 * 10. / 9, 1e-9);
	variances_release(&out);
	store_close(s);
	scratch_remove(dir);
}

#define LAYOUTS 40
#define EACH	3

/* Two kernels with LAYOUTS builds of 0.5 %, each booted EACH times, in blocks that drift. */
static void builds_are_told_from_boots(void **state)
{
	struct made_up m = {
		.sd_sample = 0.02, .sd_boot = 0.01, .sd_block = 0.05, .sd_build = 0.005, .rng = 8
	};
	static struct variance_boot boots[2 * LAYOUTS * EACH];
	static struct within_boot within[2 * LAYOUTS * EACH];
	static double values[2 * LAYOUTS * EACH][SAMPLES];
	struct variance_run r = { .boots = boots, .n_boots = ARRAY_SIZE(boots), .n_kernels = 2 };
	const struct variance_samples s = { .boots = within };
	struct variance_found found;
	double build[2][LAYOUTS];

	(void)state;
	for (size_t i = 0; i < (size_t)2 * LAYOUTS; i++)
		build[i % 2][i / 2] = m.sd_build * normal(&m.rng);
	for (unsigned int block = 0; block < LAYOUTS * EACH; block++) {
		double shared = m.sd_block * normal(&m.rng);

		for (size_t k = 0; k < 2; k++) {
			const size_t i = 2 * (size_t)block + k;
			double boot =
				shared + build[k][block % LAYOUTS] + m.sd_boot * normal(&m.rng);

			boots[i] = (struct variance_boot){ (int64_t)i, k, block, block % LAYOUTS };
			within[i] = (struct within_boot){ values[i], SAMPLES };
			for (size_t n = 0; n < SAMPLES; n++)
				values[i][n] = exp(boot + m.sd_sample * normal(&m.rng));
		}
	}
	assert_true(variance_work_out(&r, &s, &found));
	assert_true(found.paired);
	assert_int_equal(found.blocks, LAYOUTS * EACH);
	assert_float_equal(found.size.df, LAYOUTS * (EACH - 1), 0);
	assert_near(found.size.s2, 0.0001 + 0.138 * 0.0004, LAYOUTS * (EACH - 1), 3);
	assert_float_equal(found.boots, EACH, 1e-9);
	assert_float_equal(found.df_builds, LAYOUTS - 1, 0);
	assert_near(found.builds, 0.000025 + (0.0001 + 0.138 * 0.0004) / EACH, LAYOUTS - 1, 3);
}

static void boots_that_are_all_the_same_are_exact(void **state)
{
	struct made_up m = { .blocks = 3, .rng = 6 };
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct variances out;

	(void)state;
	add_run(s, "ab", &m, NULL);
	load(s, "ab", 0, &out);
	assert_true(out.v[0].exact);
	variances_release(&out);
	store_close(s);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(medians_of_few_values),
		cmocka_unit_test(what_samples_bring_is_not_too_much),
		cmocka_unit_test(what_is_left_of_two_is_half_the_difference),
		cmocka_unit_test(components_are_found_again),
		cmocka_unit_test(one_kernel_and_figures_around_zero),
		cmocka_unit_test(the_best_run_is_taken),
		cmocka_unit_test(cells_without_figures_are_named),
		cmocka_unit_test(seconds_of_boots_and_samples),
		cmocka_unit_test(builds_are_told_from_boots),
		cmocka_unit_test(boots_that_are_all_the_same_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
