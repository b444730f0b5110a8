// SPDX-License-Identifier: GPL-2.0-or-later
/* results/within: warm-ups and drifts that were planted are found, and none where there are none.
 */
#include <math.h>

#include "lib/cleanup.h"
#include "lib/rng.h"
#include "results/within.h"
#include "tests/unit/unit.h"

#define BOOTS	40
#define SAMPLES 200

struct made {
	double v[BOOTS][SAMPLES];
	struct within_boot boots[BOOTS];
};

/* Of the normal distribution (Box and Muller 1958). */
static double normal(uint64_t *rng)
{
	double u = ((double)(rng_next(rng) >> 11) + 0.5) * 0x1p-53;
	double v = ((double)(rng_next(rng) >> 11) + 0.5) * 0x1p-53;

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* N boots of M samples around 100, 2 % between samples, 1 % between boots; TAIL: some much more. */
static void make(struct made *m, uint64_t *rng, size_t n, size_t samples, bool tail)
{
	for (size_t i = 0; i < n; i++) {
		double boot = 100 * exp(0.01 * normal(rng));

		m->boots[i] = (struct within_boot){ m->v[i], samples };
		for (size_t j = 0; j < samples; j++)
			m->v[i][j] = boot * exp(0.02 * normal(rng)) +
				     (tail ? 0.5 * exp(1.5 * normal(rng)) : 0);
	}
}

static void finds_a_planted_warmup(void **state)
{
	uint64_t rng = rng_begin(1, 0, 0);

	(void)state;
	for (size_t planted = 1; planted <= 3; planted++) {
		size_t found = 0;

		for (int k = 0; k < 200; k++) {
			struct made m;
			bool settled;
			size_t w;

			make(&m, &rng, 20, 40, false);
			for (size_t i = 0; i < 20; i++) {
				for (size_t j = 0; j < planted; j++)
					m.v[i][j] *= 1.1;
			}
			w = within_warmup(m.boots, 20, &settled);
			assert_true(w >= planted); /* 10 % above noise of 2 % in 20 boots */
			found += w == planted;
			assert_true(settled);
		}
		assert_in_range(found, 180, 200); /* chance finds one more in 5 % */
	}
}

enum noise { PLAIN, TAIL, ALIKE };

/* How often, of 2000, something is left out of N boots where nothing differs. */
static size_t false_finds(uint64_t *rng, size_t n, size_t samples, enum noise noise)
{
	size_t found = 0;

	for (size_t k = 0; k < 2000; k++) {
		struct made m;
		bool settled;

		make(&m, rng, n, samples, noise == TAIL);
		/* samples like their neighbours: what an hour, or a page's place, has in common */
		for (size_t i = 0; i < n && noise == ALIKE; i++) {
			double x = normal(rng);

			for (size_t j = 0; j < samples; j++) {
				m.v[i][j] *= exp(0.05 * x);
				x = 0.9 * x + sqrt(1 - 0.81) * normal(rng);
			}
		}
		found += within_warmup(m.boots, n, &settled) > 0;
	}
	return found;
}

/* At most 5 % and three standard errors of 2000 experiments: 129; and no test that finds nothing.
 */
static void leaves_nothing_out_by_chance(void **state)
{
	uint64_t rng = rng_begin(2, 0, 0);

	(void)state;
	assert_in_range(false_finds(&rng, 6, 8, PLAIN), 5, 129);
	assert_in_range(false_finds(&rng, 12, 40, PLAIN), 20, 129);
	assert_in_range(false_finds(&rng, 40, 20, PLAIN), 40, 129);
	assert_in_range(false_finds(&rng, 12, 40, TAIL), 20, 129);
	assert_in_range(false_finds(&rng, 12, 40, ALIKE), 20, 129);
}

static void is_blind_to_kernels(void **state)
{
	uint64_t rng = rng_begin(3, 0, 0);
	struct within_boot other[BOOTS];
	struct made m;
	bool settled;
	size_t w;

	(void)state;
	make(&m, &rng, 20, 40, false);
	for (size_t i = 0; i < 20; i++)
		m.v[i][0] *= 1.05;
	w = within_warmup(m.boots, 20, &settled);
	assert_true(w >= 1);

	/* a kernel that is twice as fast in every other boot, the boots in another order */
	for (size_t i = 1; i < 20; i += 2) {
		for (size_t j = 0; j < 40; j++)
			m.v[i][j] /= 2;
	}
	for (size_t i = 0; i < 20; i++)
		other[i] = m.boots[(i * 7 + 3) % 20];
	assert_int_equal(within_warmup(other, 20, &settled), w);
}

static void leaves_out_a_quarter_at_most(void **state)
{
	uint64_t rng = rng_begin(4, 0, 0);
	struct made m;
	bool settled;

	(void)state;
	make(&m, &rng, 20, 40, false);
	for (size_t i = 0; i < 20; i++) {
		for (size_t j = 0; j < 40; j++)
			m.v[i][j] *= 1.5 - 0.01 * (double)j;
	}
	assert_int_equal(within_warmup(m.boots, 20, &settled), 10);
	assert_false(settled);

	/* a boot that lost most of its samples keeps three quarters of them, and stops nobody */
	m.boots[3].n = 5;
	assert_int_equal(within_warmup(m.boots, 20, &settled), 10);
	assert_int_equal(within_left_out(5, 10), 1);
	assert_int_equal(within_left_out(40, 10), 10);
	assert_int_equal(within_left_out(3, 10), 0);
}

static void wants_boots_and_samples(void **state)
{
	uint64_t rng = rng_begin(5, 0, 0);
	struct within_drift d;
	struct made m;
	bool settled;

	(void)state;
	make(&m, &rng, 20, 7, false);
	for (size_t i = 0; i < 20; i++)
		m.v[i][0] *= 2;
	assert_int_equal(within_warmup(m.boots, 20, &settled), 0); /* 7 samples */
	assert_true(settled);
	make(&m, &rng, 2, 40, false);
	m.v[0][0] *= 2;
	m.v[1][0] *= 2;
	assert_int_equal(within_warmup(m.boots, 2, &settled), 0);
	assert_false(within_drift(m.boots, 2, 0, &d));
	assert_true(isnan(d.p));
	assert_int_equal(within_warmup(NULL, 0, &settled), 0);
	assert_false(within_drift(NULL, 0, 0, &d));
	m.boots[0].n = m.boots[1].n = 0;
	assert_int_equal(within_warmup(m.boots, 2, &settled), 0);
	assert_false(within_drift(m.boots, 2, 0, &d));
}

/* Figures that do not vary differ by nothing, also where adding them up rounds. */
static void constant_figures_are_settled(void **state)
{
	static const double values[] = { 0, 1, 0.1, 1.0005, -3.3, 1e17 };
	struct within_drift d;
	struct made m;
	bool settled;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
		for (size_t i = 0; i < 10; i++) {
			m.boots[i] = (struct within_boot){ m.v[i], 50 };
			for (size_t j = 0; j < 50; j++)
				m.v[i][j] = values[k];
		}
		assert_int_equal(within_warmup(m.boots, 10, &settled), 0);
		assert_true(settled);
		if (within_drift(m.boots, 10, 0, &d)) {
			assert_true(d.per_boot == 0);
			assert_true(d.p == 1);
		}
	}
	/* below 0 the first sample is found by the figures themselves */
	for (size_t i = 0; i < 10; i++)
		m.v[i][0] = -m.v[i][0];
	assert_int_equal(within_warmup(m.boots, 10, &settled), 1);
}

/* Planted: DRIFT from the first to the last sample. How many of RUNS intervals hold it. */
static size_t drift_covered(uint64_t *rng, double drift, size_t samples, size_t runs, size_t *found)
{
	size_t covered = 0;

	*found = 0;
	for (size_t k = 0; k < runs; k++) {
		struct within_drift d;
		struct made m;

		make(&m, rng, 12, samples, false);
		for (size_t i = 0; i < 12; i++) {
			for (size_t j = 0; j < samples; j++)
				m.v[i][j] *= pow(1 + drift, (double)j / (double)(samples - 1));
		}
		assert_true(within_drift(m.boots, 12, 0, &d));
		covered += d.lo <= drift && drift <= d.hi;
		*found += d.p <= 0.05;
		assert_true(d.lo <= d.per_boot && d.per_boot <= d.hi);
	}
	return covered;
}

static void finds_a_planted_drift(void **state)
{
	static const size_t samples[] = { 4, 20, 50, 100, 200 };
	uint64_t rng = rng_begin(6, 0, 0);
	size_t found;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(samples); k++) {
		/* 95 % of 300, less and more three standard errors; one short group at the end
		 * counts as a whole one in 50 and 100 samples */
		assert_in_range(drift_covered(&rng, 0.03, samples[k], 300, &found), 273, 297);
		assert_true(samples[k] < 20 || found > 270);
		assert_in_range(drift_covered(&rng, 0, samples[k], 300, &found), 273, 297);
		assert_in_range(found, 3, 27);
	}
}

static void drift_leaves_the_warmup_out(void **state)
{
	uint64_t rng = rng_begin(7, 0, 0);
	struct within_drift with, without;
	struct made m;

	(void)state;
	make(&m, &rng, 12, 20, false);
	for (size_t i = 0; i < 12; i++) {
		for (size_t j = 0; j < 5; j++)
			m.v[i][j] *= 2;
	}
	assert_true(within_drift(m.boots, 12, 0, &with));
	assert_true(within_drift(m.boots, 12, 5, &without));
	assert_true(with.per_boot < -0.03 && with.p < 0.01);
	assert_true(fabs(without.per_boot) < 0.03);

	/* figures below 0: a share of their mean, which is negative, and the interval in order */
	for (size_t i = 0; i < 12; i++) {
		for (size_t j = 0; j < 20; j++)
			m.v[i][j] = -100 - (double)j + 0.1 * normal(&rng);
	}
	assert_true(within_drift(m.boots, 12, 0, &with));
	assert_true(with.per_boot > 0.17 && with.per_boot < 0.18);
	assert_true(with.lo <= with.per_boot && with.per_boot <= with.hi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_planted_warmup),
		cmocka_unit_test(leaves_nothing_out_by_chance),
		cmocka_unit_test(is_blind_to_kernels),
		cmocka_unit_test(leaves_out_a_quarter_at_most),
		cmocka_unit_test(wants_boots_and_samples),
		cmocka_unit_test(constant_figures_are_settled),
		cmocka_unit_test(finds_a_planted_drift),
		cmocka_unit_test(drift_leaves_the_warmup_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
