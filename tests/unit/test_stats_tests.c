// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * results/stats/: tests, intervals and adjusting, against R (tests/data/stats/tests.R), against
 * what Go's benchstat publishes, and against what has to hold for any values.
 */
#include "lib/rng.h"
#include "results/stats/order.h"
#include "results/stats/tests.h"
#include "tests/unit/golden.h"

/* A sample among the arguments of a golden value: its size, its values. */
static const double *sample(const struct golden *g, size_t *at, size_t *n)
{
	const double *v = g->in + *at + 1;

	assert_true(*at < g->n_in);
	*n = (size_t)g->in[*at];
	*at += 1 + *n;
	assert_true(*at <= g->n_in);
	return v;
}

static void check_ttest(const struct golden *g, const struct ttest *t, double level)
{
	double lo, hi;

	assert_int_equal(g->n_out, 7);
	ttest_interval(t, level, &lo, &hi);
	golden_check(g, 0, t->estimate, 1e-12, 0);
	golden_check(g, 1, t->se, 1e-9, 0);
	golden_check(g, 2, t->df, 1e-9, 0);
	golden_check(g, 3, t->t, 1e-9, 0);
	golden_check(g, 4, t->p, 1e-9, 0);
	golden_check(g, 5, lo, 1e-9, 1e-9 * t->se);
	golden_check(g, 6, hi, 1e-9, 1e-9 * t->se);
}

static void one(const struct golden *g)
{
	size_t at = 0, n;
	const double *v = sample(g, &at, &n);
	struct ttest t;

	assert_true(ttest_one(v, n, &t));
	check_ttest(g, &t, g->in[at]);
}

static void paired(const struct golden *g)
{
	size_t at = 0, n_a, n_b;
	const double *a = sample(g, &at, &n_a), *b = sample(g, &at, &n_b);
	struct ttest t;
	double d[64];

	assert_true(n_a == n_b && n_a <= 64);
	for (size_t i = 0; i < n_a; i++)
		d[i] = b[i] - a[i];
	assert_true(ttest_one(d, n_a, &t));
	check_ttest(g, &t, g->in[at]);
}

/* Two one-sided tests give the p of which the interval of 1 - 2p reaches the nearer end. */
static void within(const struct golden *g)
{
	size_t at = 0, n;
	const double *v = sample(g, &at, &n);
	struct ttest t;
	double lo, hi;

	assert_true(ttest_one(v, n, &t));
	if (g->out[0] >= 0.5 || g->out[0] < 1e-6) /* levels next to 1 have no digits left */
		return;
	ttest_interval(&t, 1 - 2 * g->out[0], &lo, &hi);
	lo -= g->in[at];
	hi = g->in[at + 1] - hi;
	assert_true(fabs(fmin(lo, hi)) <= 1e-9 * t.se);
}

static void welch(const struct golden *g)
{
	size_t at = 0, n_a, n_b;
	const double *a = sample(g, &at, &n_a), *b = sample(g, &at, &n_b);
	struct ttest t;

	assert_true(ttest_welch(a, n_a, b, n_b, &t));
	check_ttest(g, &t, g->in[at]);
}

static void check_u(const struct golden *g, bool exact)
{
	size_t at = 0, n_a, n_b;
	const double *a = sample(g, &at, &n_a), *b = sample(g, &at, &n_b);
	struct utest u = utest(a, n_a, b, n_b), other = utest(b, n_b, a, n_a);

	assert_int_equal(u.exact, exact);
	golden_check(g, 0, u.u, 0, 0);
	golden_check(g, 1, u.p, 1e-12, 0);
	golden_check(g, 1, other.p, 1e-12, 0);
	assert_true(u.u + other.u == (double)(n_a * n_b));
}

static void u_exact(const struct golden *g)
{
	check_u(g, true);
}

static void u_normal(const struct golden *g)
{
	check_u(g, false);
}

static void flip(const struct golden *g)
{
	size_t at = 0, n;
	const double *d = sample(g, &at, &n);
	bool exact = false;

	golden_check(g, 0, signflip_p(d, n, &exact), 0, 0);
	assert_true(exact);
}

static void adjusted(const struct golden *g, void (*adjust)(double *, size_t))
{
	size_t at = 0, n;
	const double *p = sample(g, &at, &n);
	double copy[64];

	assert_true(n == g->n_out && n <= 64);
	memcpy(copy, p, n * sizeof(*p));
	adjust(copy, n);
	for (size_t i = 0; i < n; i++)
		golden_check(g, i, copy[i], 1e-12, 0);
}

static void bh(const struct golden *g)
{
	adjusted(g, adjust_bh);
}

static void holm(const struct golden *g)
{
	adjusted(g, adjust_holm);
}

static void binomial(const struct golden *g)
{
	double lo, hi;

	binomial_interval((uint64_t)g->in[0], (uint64_t)g->in[1], g->in[2], &lo, &hi);
	golden_check(g, 0, lo, 1e-9, 0);
	golden_check(g, 1, hi, 1e-9, 0);
}

static void quantile(const struct golden *g)
{
	size_t at = 0, n;
	const double *v = sample(g, &at, &n);

	golden_check(g, 0, quantile_sorted(v, n, g->in[at]), 1e-13, 0);
}

static const struct {
	const char *name;
	void (*check)(const struct golden *g);
} checks[] = {
	{ "one", one },		  { "paired", paired },
	{ "within", within },	  { "welch", welch },
	{ "u_exact", u_exact },	  { "u_normal", u_normal },
	{ "flip", flip },	  { "bh", bh },
	{ "holm", holm },	  { "binomial", binomial },
	{ "quantile", quantile },
};

#define N_CHECKS (sizeof(checks) / sizeof(*checks))

static void as_in_r(void **state)
{
	size_t seen[N_CHECKS] = { 0 };
	struct golden g;

	(void)state;
	golden_open(&g, "tests.txt");
	while (golden_next(&g)) {
		size_t i = 0;

		while (i < N_CHECKS && strcmp(checks[i].name, g.what))
			i++;
		assert_true(i < N_CHECKS);
		checks[i].check(&g);
		seen[i]++;
	}
	for (size_t i = 0; i < N_CHECKS; i++)
		assert_true(seen[i]);
}

/*
 * golang.org/x/perf, internal/stats: its tests of the U test and of Welch's. Theirs is t of A - B,
 * ours of B - A.
 */
static void as_in_benchstat(void **state)
{
	static const double a[] = { 2, 1, 3, 5 }, b[] = { 12, 11, 13, 15 }, c[] = { 0, 4, 6, 7 };
	static const double d[] = { 2, 1, 3, 4 }, e[] = { 6, 5, 7, 9 };
	struct utest u = utest(a, 4, b, 4);
	struct ttest t;

	(void)state;
	assert_true(u.u == 0 && fabs(u.p - 0.02857142857) < 1e-10);
	u = utest(a, 4, c, 4);
	assert_true(u.u == 5 && fabs(u.p - 0.4857142857) < 1e-10);
	assert_true(ttest_welch(d, 4, e, 4, &t));
	assert_true(fabs(t.t - 3.9703446152237674) < 1e-12 &&
		    fabs(t.df - 5.584615384615385) < 1e-12);
	assert_true(fabs(t.p - 0.008512863131378) < 1e-14);
	assert_true(ttest_welch(e, 4, d, 4, &t));
	assert_true(fabs(t.t + 3.9703446152237674) < 1e-12 && t.estimate == -4.25);
}

/* -1 to 1; every other sample in steps of which many are the same. */
static double random_value(uint64_t *rng, bool coarse)
{
	double x = (double)(rng_next(rng) >> 11) / (double)(1ULL << 52) - 1;

	return coarse ? nearbyint(3 * x) : x;
}

static void signs_one_by_one(void **state)
{
	uint64_t rng = rng_begin(1, 0, 0);

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = rng_below(&rng, 13), far = 0;
		double d[13], sum = 0, distance = 0;
		bool exact = false;

		for (size_t i = 0; i < n; i++) {
			d[i] = random_value(&rng, round % 2) + 0.3;
			sum += d[i];
			distance += fabs(d[i]);
		}
		for (size_t signs = 0; signs < (size_t)1 << n; signs++) {
			double s = 0;

			for (size_t i = 0; i < n; i++)
				s += signs >> i & 1 ? d[i] : -d[i];
			far += fabs(s) >= fabs(sum) - 1e-9 * distance;
		}
		assert_true(signflip_p(d, n, &exact) == ldexp((double)far, -(int)n) && exact);
	}
}

/* Differences of logarithms that are the same by definition are so after rounding, too. */
static void signs_in_spite_of_rounding(void **state)
{
	double d[8];

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		double scale = pow(1.7, (double)i) / 3;

		d[i] = log(1.01 * scale) - log(scale);
	}
	d[3] = -d[3];
	/* all sums but those with one sign or none against the others are nearer to 0 */
	assert_true(signflip_p(d, 8, NULL) == 18.0 / 256);
	assert_true(signflip_p(d, 0, NULL) == 1);
	assert_true(isnan(signflip_p((double[]){ 1, NAN }, 2, NULL)));
}

/* Drawn assignments come near to what counting would give, which the normal one knows for many. */
static void signs_drawn(void **state)
{
	uint64_t rng = rng_begin(2, 0, 0);
	bool exact = true;

	(void)state;
	for (size_t n = SIGNFLIP_EXACT + 1; n < 300; n = n * 3 / 2) {
		double d[300], p;
		struct ttest t;

		for (size_t i = 0; i < n; i++)
			d[i] = random_value(&rng, false) + 1.2 / sqrt((double)n);
		assert_true(ttest_one(d, n, &t));
		p = signflip_p(d, n, &exact);
		assert_true(!exact && fabs(p - t.p) < 0.01);
		assert_true(p == signflip_p(d, n, NULL));
		/* zeros do not count: without them it is exact again */
		for (size_t i = 12; i < n; i++)
			d[i] = 0;
		assert_true(signflip_p(d, n, &exact) == signflip_p(d, 12, NULL) && exact);
		for (size_t i = 0; i < n; i++)
			d[i] = 1;
		assert_true(signflip_p(d, n, NULL) == 1.0 / 100001);
	}
}

/* The U of one choice of A's values, given as bits. */
static double u_of(const double *v, size_t n, size_t chosen)
{
	double u = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			if ((chosen >> i & 1) && !(chosen >> j & 1))
				u += v[i] > v[j] ? 1 : v[i] == v[j] ? 0.5 : 0;
		}
	}
	return u;
}

static void choices_one_by_one(void **state)
{
	uint64_t rng = rng_begin(3, 0, 0);

	(void)state;
	for (int round = 0; round < 60; round++) {
		size_t n_a = 1 + rng_below(&rng, 5), n_b = 1 + rng_below(&rng, 5), n = n_a + n_b;
		size_t far = 0, all = 0;
		double v[10], mean = (double)(n_a * n_b) / 2;
		struct utest u;

		for (size_t i = 0; i < n; i++)
			v[i] = random_value(&rng, round % 4);
		u = utest(v, n_a, v + n_a, n_b);
		assert_true(u.exact && u.u == u_of(v, n, ((size_t)1 << n_a) - 1));
		for (size_t chosen = 0; chosen < (size_t)1 << n; chosen++) {
			if ((size_t)__builtin_popcountl(chosen) != n_a)
				continue;
			all++;
			far += fabs(u_of(v, n, chosen) - mean) >= fabs(u.u - mean);
		}
		assert_true(fabs(u.p - (double)far / (double)all) < 1e-14);
	}
}

/* The interval and the p say the same, for any values and levels, of one sample and of two. */
static void interval_and_p_agree(void **state)
{
	uint64_t rng = rng_begin(4, 0, 0);

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = 2 + rng_below(&rng, 20);
		double v[22], lo, hi, level = 0.5 + 0.4999 * fabs(random_value(&rng, false));
		double shift = random_value(&rng, false) * 3;
		struct ttest t;

		for (size_t i = 0; i < n; i++)
			v[i] = random_value(&rng, round % 3 == 0) + shift;
		if (round % 2 && n >= 4)
			assert_true(ttest_welch(v, n / 2, v + n / 2, n - n / 2, &t));
		else
			assert_true(ttest_one(v, n, &t));
		ttest_interval(&t, level, &lo, &hi);
		assert_true(lo <= t.estimate && t.estimate <= hi);
		assert_int_equal(lo > 0 || hi < 0, t.p < 1 - level);
	}
}

/* What is added to all values, and what they are measured in, changes no test. */
static void units_do_not_matter(void **state)
{
	static const double scales[] = { 0x1p-500, 0x1p-30, 1, 0x1p20, 0x1p500 };
	double a[] = { 3, 1, 4, 1, 5, 9, 2 }, b[] = { 2, 7, 1, 8, 2, 8 };
	struct ttest t, u;

	(void)state;
	assert_true(ttest_welch(a, 7, b, 6, &t));
	for (size_t s = 0; s < sizeof(scales) / sizeof(*scales); s++) {
		double x[7], y[6];

		for (size_t i = 0; i < 7; i++)
			x[i] = scales[s] * (a[i] + 1e9);
		for (size_t i = 0; i < 6; i++)
			y[i] = scales[s] * (b[i] + 1e9);
		assert_true(ttest_welch(x, 7, y, 6, &u));
		assert_true(fabs(u.t / t.t - 1) < 1e-12 && fabs(u.df / t.df - 1) < 1e-12);
		assert_true(fabs(u.p / t.p - 1) < 1e-12);
		assert_true(utest(x, 7, y, 6).p == utest(a, 7, b, 6).p);
	}
}

static void values_that_are_all_the_same(void **state)
{
	double same[] = { 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 }, zero[4] = { 0 }, many[60] = { 0 },
	       lo, hi;
	struct ttest t;

	(void)state;
	assert_true(ttest_one(same, 7, &t));
	assert_true(t.estimate == 0.1 && t.se == 0 && t.p == 0 && t.t == INFINITY && t.df == 6);
	ttest_interval(&t, 0.95, &lo, &hi);
	assert_true(lo == 0.1 && hi == 0.1);
	assert_true(ttest_one(zero, 4, &t) && t.p == 1 && t.t == 0);
	assert_true(ttest_welch(same, 3, same, 4, &t) && t.p == 1 && t.df == 5);
	assert_true(ttest_welch(same, 3, zero, 4, &t) && t.p == 0 && t.t == -INFINITY);
	assert_false(ttest_one(same, 1, &t));
	assert_true(isnan(t.p) && isnan(t.estimate));
	assert_false(ttest_welch(same, 1, zero, 4, &t));
	ttest_interval(&t, 0.95, &lo, &hi);
	assert_true(isnan(lo) && isnan(hi));
	assert_true(ttest_one((double[]){ 1, NAN, 2 }, 3, &t) && isnan(t.p) && isnan(t.t));
	assert_true(utest(same, 4, same, 3).p == 1 && utest(same, 4, zero, 4).u == 16);
	assert_true(utest(many, 60, many, 50).p == 1);
}

static void adjusting_keeps_order(void **state)
{
	uint64_t rng = rng_begin(5, 0, 0);

	(void)state;
	for (int round = 0; round < 200; round++) {
		size_t n = 1 + rng_below(&rng, 60);
		double p[60], b[60], h[60];

		for (size_t i = 0; i < n; i++) {
			p[i] = fabs(random_value(&rng, false));
			p[i] = rng_below(&rng, 10) ? p[i] * p[i] * p[i] : NAN;
			b[i] = h[i] = p[i];
		}
		adjust_bh(b, n);
		adjust_holm(h, n);
		for (size_t i = 0; i < n; i++) {
			if (isnan(p[i])) {
				assert_true(isnan(b[i]) && isnan(h[i]));
				continue;
			}
			assert_true(p[i] <= b[i] && b[i] <= h[i] && h[i] <= 1);
			for (size_t j = 0; j < n; j++)
				assert_false(p[i] < p[j] && (b[i] > b[j] || h[i] > h[j]));
		}
	}
	adjust_bh(NULL, 0);
	adjust_holm(NULL, 0);
}

static void shares_are_mirrored(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 200; n += 7) {
		double last = -1;

		for (uint64_t k = 0; k <= n; k++) {
			double lo, hi, no_lo, no_hi;

			binomial_interval(k, n, 0.95, &lo, &hi);
			binomial_interval(n - k, n, 0.95, &no_lo, &no_hi);
			assert_true(fabs(lo - (1 - no_hi)) < 1e-9 && fabs(hi - (1 - no_lo)) < 1e-9);
			assert_true(lo <= (double)k / (double)n && (double)k / (double)n <= hi);
			assert_true(lo > last || !k);
			last = lo;
		}
	}
}

static void quantiles_at_the_ends(void **state)
{
	static const double v[] = { -INFINITY, 1, 2, INFINITY }, single[] = { 7 };

	(void)state;
	assert_true(quantile_sorted(v, 4, 0) == -INFINITY && quantile_sorted(v, 4, 1) == INFINITY);
	assert_true(quantile_sorted(v, 4, 1.0 / 3) == 1 && quantile_sorted(v, 4, 0.5) == 1.5);
	assert_true(quantile_sorted(single, 1, 0.3) == 7 && quantile_sorted(single, 1, 1) == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_in_r),
		cmocka_unit_test(as_in_benchstat),
		cmocka_unit_test(signs_one_by_one),
		cmocka_unit_test(signs_in_spite_of_rounding),
		cmocka_unit_test(signs_drawn),
		cmocka_unit_test(choices_one_by_one),
		cmocka_unit_test(interval_and_p_agree),
		cmocka_unit_test(units_do_not_matter),
		cmocka_unit_test(values_that_are_all_the_same),
		cmocka_unit_test(adjusting_keeps_order),
		cmocka_unit_test(shares_are_mirrored),
		cmocka_unit_test(quantiles_at_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
