// SPDX-License-Identifier: GPL-2.0-or-later
/* results/verdict and results/stats: each rule of docs/statistics.md, at its bounds. */
#include "lib/cleanup.h"
#include "results/stats/order.h"
#include "results/verdict.h"
#include "tests/unit/unit.h"

struct rule {
	double a[4], b[4];
	size_t n_a, n_b;
	enum better better;
	bool exact;
	enum verdict want;
};

static const struct rule rules[] = {
	/* exact: the floor of 0.5 %, then the direction */
	{ { 1000 }, { 1000 }, 1, 1, BETTER_LOWER, true, VERDICT_EQUIVALENT },
	{ { 1000 }, { 1004.9 }, 1, 1, BETTER_LOWER, true, VERDICT_EQUIVALENT },
	{ { 1000 }, { 1005 }, 1, 1, BETTER_LOWER, true, VERDICT_REGRESSED },
	{ { 1000 }, { 995 }, 1, 1, BETTER_LOWER, true, VERDICT_IMPROVED },
	{ { 1000 }, { 995.1 }, 1, 1, BETTER_LOWER, true, VERDICT_EQUIVALENT },
	{ { 1000 }, { 1200 }, 1, 1, BETTER_HIGHER, true, VERDICT_IMPROVED },
	{ { 1000 }, { 800 }, 1, 1, BETTER_HIGHER, true, VERDICT_REGRESSED },
	{ { 0 }, { 1 }, 1, 1, BETTER_NEITHER, true, VERDICT_CHANGED },
	{ { 0 }, { 0 }, 1, 1, BETTER_LOWER, true, VERDICT_EQUIVALENT },
	{ { 0 }, { 1 }, 1, 1, BETTER_LOWER, true, VERDICT_REGRESSED },
	/* one odd boot does not move the median */
	{ { 10, 10, 50 }, { 10, 10, 10 }, 3, 3, BETTER_LOWER, true, VERDICT_EQUIVALENT },
	{ { 10, 10, 50 }, { 5, 5, 5 }, 3, 3, BETTER_LOWER, true, VERDICT_IMPROVED },
	/* counts that turned out not to be exact */
	{ { 10, 20, 30 }, { 12, 22, 32 }, 3, 3, BETTER_LOWER, true, VERDICT_INCONCLUSIVE },
	/* time: three boots each, ranges that do not touch */
	{ { 10, 10.1 }, { 5, 5.1 }, 2, 2, BETTER_LOWER, false, VERDICT_INCONCLUSIVE },
	{ { 10, 10.1, 10.2 }, { 5, 5.1 }, 3, 2, BETTER_LOWER, false, VERDICT_INCONCLUSIVE },
	{ { 10, 10.1, 10.2 }, { 5, 5.1, 9.9 }, 3, 3, BETTER_LOWER, false, VERDICT_IMPROVED },
	{ { 10, 10.1, 10.2 }, { 5, 5.1, 10 }, 3, 3, BETTER_LOWER, false, VERDICT_INCONCLUSIVE },
	{ { 10, 10.1, 10.2 }, { 11, 12, 13 }, 3, 3, BETTER_LOWER, false, VERDICT_REGRESSED },
	{ { 10, 10.1, 10.2 },
	  { 10.05, 10.15, 10.3 },
	  3,
	  3,
	  BETTER_LOWER,
	  false,
	  VERDICT_EQUIVALENT },
	{ { 10, 10, 10 }, { 10, 10, 10 }, 3, 3, BETTER_LOWER, false, VERDICT_EQUIVALENT },
	/* one side only */
	{ { 0 }, { 1 }, 0, 1, BETTER_LOWER, true, VERDICT_NOT_COMPARABLE },
	{ { 1 }, { 0 }, 1, 0, BETTER_LOWER, false, VERDICT_NOT_COMPARABLE },
};

static void follows_the_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];
		enum verdict v = verdict_decide(r->a, r->n_a, r->b, r->n_b, r->better, r->exact);

		if (v != r->want)
			fail_msg("rule %zu: %s, not %s", i, verdict_name(v), verdict_name(r->want));
	}
}

static void does_not_depend_on_the_order_of_boots(void **state)
{
	const double a[] = { 3, 1, 2 }, b[] = { 4.5, 4.1, 4.3 };

	(void)state;
	assert_int_equal(verdict_decide(a, 3, b, 3, BETTER_LOWER, false), VERDICT_REGRESSED);
	assert_true(a[0] == 3 && a[1] == 1 && a[2] == 2);
}

static void finds_medians(void **state)
{
	double odd[] = { 5, 1, 3 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };
	double huge[] = { 1.7e308, 1.7e308 }, lo, hi;

	(void)state;
	assert_true(stats_median(odd, 3) == 3);
	assert_true(stats_median(even, 4) == 2.5);
	assert_true(stats_median(one, 1) == 7);
	assert_true(stats_median(huge, 2) == 1.7e308);
	stats_range(even, 4, &lo, &hi);
	assert_true(lo == 1 && hi == 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_rules),
		cmocka_unit_test(does_not_depend_on_the_order_of_boots),
		cmocka_unit_test(finds_medians),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
