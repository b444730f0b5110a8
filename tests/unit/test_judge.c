// SPDX-License-Identifier: GPL-2.0-or-later
/* results/judge: each rule of docs/statistics.md, at its bounds. */
#include <math.h>

#include "lib/cleanup.h"
#include "results/stats/order.h"
#include "tests/unit/made_cells.h"

/* Ten blocks of about 1000 in which B is CHANGE more, give or take SPREAD. */
static void ten(struct made *m, double change, double spread)
{
	static const double block[] = { 3, -20, 11, 7, -4, 15, -9, 1, -13, 8 };
	static const double own[] = { 0.6, -1.2, 0.9, -0.4, 1.1, -0.8, 0.1, 1.3, -1.4, -0.2 };
	double a[10], b[10];

	for (size_t i = 0; i < 10; i++) {
		a[i] = 1000 + block[i];
		b[i] = a[i] * (1 + change) * exp(spread * own[i]);
	}
	make(m, a, 10, b, 10);
}

/* Exact figures: the floor of 0.5 %, then the direction. No p, no interval. */
struct rule {
	double a[4], b[4];
	size_t n_a, n_b;
	enum better better;
	enum verdict want;
};

static const struct rule exact_rules[] = {
	{ { 1000 }, { 1000 }, 1, 1, BETTER_LOWER, VERDICT_EQUIVALENT },
	{ { 1000 }, { 1004.9 }, 1, 1, BETTER_LOWER, VERDICT_EQUIVALENT },
	{ { 1000 }, { 1005 }, 1, 1, BETTER_LOWER, VERDICT_REGRESSED },
	{ { 1000 }, { 995 }, 1, 1, BETTER_LOWER, VERDICT_IMPROVED },
	{ { 1000 }, { 995.1 }, 1, 1, BETTER_LOWER, VERDICT_EQUIVALENT },
	{ { 1000 }, { 1200 }, 1, 1, BETTER_HIGHER, VERDICT_IMPROVED },
	{ { 1000 }, { 800 }, 1, 1, BETTER_HIGHER, VERDICT_REGRESSED },
	{ { 0 }, { 1 }, 1, 1, BETTER_NEITHER, VERDICT_CHANGED },
	{ { 0 }, { 0 }, 1, 1, BETTER_LOWER, VERDICT_EQUIVALENT },
	{ { 0 }, { 1 }, 1, 1, BETTER_LOWER, VERDICT_REGRESSED },
	{ { -10 }, { -5 }, 1, 1, BETTER_LOWER, VERDICT_REGRESSED },
	{ { 1e300 }, { 1.1e300 }, 1, 1, BETTER_LOWER, VERDICT_REGRESSED },
	/* one odd boot does not move the median */
	{ { 10, 10, 50 }, { 10, 10, 10 }, 3, 3, BETTER_LOWER, VERDICT_EQUIVALENT },
	{ { 10, 10, 50 }, { 5, 5, 5 }, 3, 3, BETTER_LOWER, VERDICT_IMPROVED },
	/* counts that turned out not to be exact */
	{ { 10, 20, 30 }, { 12, 22, 32 }, 3, 3, BETTER_LOWER, VERDICT_INCONCLUSIVE },
	{ { 10, 20, 30 }, { 10, 20, 30 }, 3, 3, BETTER_LOWER, VERDICT_INCONCLUSIVE },
	{ { 10, 10, 10 }, { 5, 10, 15 }, 3, 3, BETTER_LOWER, VERDICT_INCONCLUSIVE },
	/* one side only */
	{ { 0 }, { 1 }, 0, 1, BETTER_LOWER, VERDICT_NOT_COMPARABLE },
	{ { 1 }, { 0 }, 1, 0, BETTER_LOWER, VERDICT_NOT_COMPARABLE },
};

static void compares_counts_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(exact_rules); i++) {
		const struct rule *r = &exact_rules[i];
		struct judgement j;
		struct made m;

		make(&m, r->a, r->n_a, r->b, r->n_b);
		m.cell.exact = true;
		m.cell.better = r->better;
		j = judge_it(&m);
		if (j.verdict != r->want)
			fail_msg("rule %zu: %s, not %s", i, verdict_name(j.verdict),
				 verdict_name(r->want));
		assert_int_equal(j.unit, r->n_a && r->n_b ? JUDGE_EXACT : JUDGE_NOTHING);
		assert_true(isnan(j.p) && isnan(j.lo) && isnan(j.p_adjusted) && isnan(j.p_flip));
	}
}

/* -5 is more than -10, whatever their ratio. */
static void changes_have_the_sign_of_the_difference(void **state)
{
	const double less[] = { -10 }, more[] = { -5 }, none[] = { 0 };
	struct made m;

	(void)state;
	MAKE(&m, less, more);
	m.cell.exact = true;
	assert_near(judge_it(&m).change, 0.5, 1e-12);
	MAKE(&m, none, more);
	m.cell.exact = true;
	assert_true(isnan(judge_it(&m).change));
}

static void calibrated_floors_of_counts(void **state)
{
	const double a[] = { 1000 }, b[] = { 1002 }, c[] = { 1000.5 }, d[] = { 1006 };
	struct made m;

	(void)state;
	MAKE(&m, a, b);
	m.cell.exact = true;
	assert_int_equal(judge_it(&m).verdict, VERDICT_EQUIVALENT);
	assert_false(judge_it(&m).calibrated);
	/* the same image again repeats, which says nothing of another one */
	m.cell.floor = 0;
	assert_int_equal(judge_it(&m).verdict, VERDICT_EQUIVALENT);
	assert_near(judge_it(&m).floor, 0.005, 1e-12);
	m.cell.floor_built = 0.0015;
	assert_int_equal(judge_it(&m).verdict, VERDICT_REGRESSED);
	assert_true(judge_it(&m).calibrated);
	m.cell.floor_built = 0.003;
	assert_int_equal(judge_it(&m).verdict, VERDICT_EQUIVALENT);
	/* and never below 0.1 % */
	MAKE(&m, a, c);
	m.cell.exact = true;
	m.cell.floor = m.cell.floor_built = 0;
	assert_int_equal(judge_it(&m).verdict, VERDICT_EQUIVALENT);
	assert_near(judge_it(&m).floor, 0.001, 1e-12);
	MAKE(&m, a, d);
	m.cell.exact = true;
	m.cell.floor = 0.01;
	assert_int_equal(judge_it(&m).verdict, VERDICT_EQUIVALENT);
}

/* What the floor hides is no equivalence where the margin is smaller. */
static void floors_above_the_margin(void **state)
{
	struct judge_rules rules = JUDGE_RULES_INIT;
	const double a[] = { 1000 }, b[] = { 1004 };
	struct judgement j;
	struct made m;

	(void)state;
	rules.margin = 0.001;
	MAKE(&m, a, b);
	m.cell.exact = true;
	judge(&m.cell, 1, &rules, &j);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	rules.margin = 0.0041;
	judge(&m.cell, 1, &rules, &j);
	assert_int_equal(j.verdict, VERDICT_EQUIVALENT);
	MAKE(&m, a, a);
	m.cell.exact = true;
	rules.margin = 0.001;
	judge(&m.cell, 1, &rules, &j);
	assert_int_equal(j.verdict, VERDICT_EQUIVALENT);
}

/* What was the same in all boots needs no test, unless a clock too coarse made it so. */
static void figures_that_repeat_are_exact(void **state)
{
	const double a[] = { 4136, 4136 }, b[] = { 60, 60 }, odd[] = { 60, 61 }, one[] = { 60 };
	struct made m;

	(void)state;
	MAKE(&m, a, b);
	m.cell.is_time = false;
	assert_int_equal(judge_it(&m).verdict, VERDICT_IMPROVED);
	assert_int_equal(judge_it(&m).unit, JUDGE_EXACT);
	m.cell.is_time = true;
	assert_int_equal(judge_it(&m).verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(judge_it(&m).unit, JUDGE_BLOCKS);
	MAKE(&m, a, odd);
	m.cell.is_time = false;
	assert_int_equal(judge_it(&m).unit, JUDGE_BLOCKS);
	MAKE(&m, a, one);
	m.cell.is_time = false;
	assert_int_equal(judge_it(&m).unit, JUDGE_NOTHING);
}

static void wrong_and_apart_come_first(void **state)
{
	struct judgement j;
	struct made m;

	(void)state;
	ten(&m, 0.1, 0.005);
	assert_int_equal(judge_it(&m).verdict, VERDICT_REGRESSED);
	m.cell.apart = true;
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_NOT_COMPARABLE);
	assert_near(j.change, 0.1, 0.05);
	assert_true(isnan(j.p) && isnan(j.lo) && isnan(j.p_flip) && isnan(j.detectable));
	m.cell.exact = true;
	assert_int_equal(judge_it(&m).verdict, VERDICT_NOT_COMPARABLE);
	m.cell.wrong = true;
	assert_int_equal(judge_it(&m).verdict, VERDICT_WRONG);
}

static void each_verdict_of_blocks(void **state)
{
	struct judgement j;
	struct made m;

	(void)state;
	ten(&m, -0.02, 0.005);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_IMPROVED);
	assert_int_equal(j.unit, JUDGE_BLOCKS);
	assert_int_equal(j.n, 10);
	assert_int_equal(j.n_left, 0);
	assert_true(j.conditional && j.log && !j.fragile && !j.calibrated);
	assert_near(j.change, -0.02, 0.01);
	assert_true(j.lo < j.lo90 && j.lo90 < j.change && j.change < j.hi90 && j.hi90 < j.hi);
	assert_true(j.hi < 0 && j.p < 0.001 && j.p_adjusted == j.p && j.p_flip == 2. / 1024);
	assert_true(isnan(j.detectable) && !j.needed);
	m.cell.better = BETTER_HIGHER;
	assert_int_equal(judge_it(&m).verdict, VERDICT_REGRESSED);
	m.cell.better = BETTER_NEITHER;
	assert_int_equal(judge_it(&m).verdict, VERDICT_CHANGED);
	ten(&m, 0.02, 0.005);
	assert_int_equal(judge_it(&m).verdict, VERDICT_REGRESSED);
	ten(&m, 0.002, 0.005);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_EQUIVALENT);
	assert_true(j.detectable > 0.004 && j.detectable < 0.01 && !j.needed);
	ten(&m, 0.002, 0.05);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_true(j.detectable > 0.03 && j.detectable < 0.1 && j.needed > 200);
}

static void floors_of_times(void **state)
{
	struct judgement j;
	struct made m;

	(void)state;
	ten(&m, 0.02, 0.005);
	m.cell.floor = 0.015;
	assert_int_equal(judge_it(&m).verdict, VERDICT_REGRESSED);
	m.cell.floor = 0.025;
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_true(j.calibrated && j.floor == 0.025 && !j.needed && j.p < 0.001);
	/* of one build the floor of builds counts, */
	m.cell.floor = 0;
	m.cell.floor_built = 0.03;
	assert_int_equal(judge_it(&m).verdict, VERDICT_INCONCLUSIVE);
	/* of several it does not */
	for (size_t i = 0; i < 10; i++)
		m.a[i].layout = m.b[i].layout = i % 5;
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_REGRESSED);
	assert_int_equal(j.unit, JUDGE_BUILDS);
	assert_true(!j.conditional && j.floor == 0 && j.n == 5 && j.df == 4);
	/* significant, small, and inside the margin */
	ten(&m, 0.005, 0.001);
	m.cell.floor = 0.006;
	assert_int_equal(judge_it(&m).verdict, VERDICT_EQUIVALENT);
}

static void pairs_by_block_not_by_place(void **state)
{
	const double a[] = { 1000, 2000, 3000, 4000, 5000, 6000, 7000 };
	const double b[] = { 7152, 6120, 5101, 4079, 3058.5, 2041, 1020.5 };
	struct judgement j;
	struct made m;

	(void)state;
	MAKE(&m, a, b);
	assert_int_equal(judge_it(&m).verdict, VERDICT_INCONCLUSIVE);
	for (size_t i = 0; i < 7; i++)
		m.b[i].block = 6 - (unsigned int)i;
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_REGRESSED);
	assert_near(j.change, 0.02, 0.03);
	/* a lost boot takes its block along */
	m.b[2].block = 99;
	m.cell.n_b = 6;
	j = judge_it(&m);
	assert_int_equal(j.n, 5);
	assert_int_equal(j.n_left, 3);
	assert_int_equal(j.verdict, VERDICT_REGRESSED);
	/* that many signs cannot find anything */
	assert_true(j.fragile && j.p_flip == 2. / 32);
}

static void few_boots(void **state)
{
	const double a[] = { 100, 101 }, b[] = { 150, 151 };
	struct judgement j;
	struct made m;

	(void)state;
	make(&m, a, 1, b, 1);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(j.unit, JUDGE_NOTHING);
	assert_near(j.change, 0.5, 1e-12);
	assert_true(isnan(j.p) && isnan(j.lo) && isnan(j.detectable) && !j.needed);
	/* two boots on one side and one on the other */
	make(&m, a, 2, b, 1);
	j = judge_it(&m);
	assert_int_equal(j.unit, JUDGE_NOTHING);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(j.n_left, 1);
	/* two blocks have an interval already, if a wide one */
	make(&m, a, 2, b, 2);
	j = judge_it(&m);
	assert_int_equal(j.unit, JUDGE_BLOCKS);
	assert_true(j.df == 1 && isfinite(j.lo) && j.fragile);
	/* without common blocks: all boots by themselves */
	m.b[0].block = 7;
	m.b[1].block = 8;
	j = judge_it(&m);
	assert_int_equal(j.unit, JUDGE_UNPAIRED);
	assert_int_equal(j.n, 2);
	assert_int_equal(j.n_left, 0);
	assert_int_equal(j.verdict, VERDICT_REGRESSED);
	assert_true(j.fragile && j.p < 0.05 && fabs(j.p_flip - 1. / 3) < 1e-12);
}

/* Of two or three builds of each kernel, which the blocks go round. */
static void builds_are_units(void **state)
{
	struct judgement j;
	struct made m;

	(void)state;
	for (unsigned int layouts = 2; layouts <= 3; layouts++) {
		ten(&m, 0.02, 0.005);
		for (unsigned int i = 0; i < 10; i++)
			m.a[i].layout = m.b[i].layout = i % layouts;
		j = judge_it(&m);
		assert_int_equal(j.unit, JUDGE_BUILDS);
		assert_int_equal(j.n, layouts);
		assert_true(j.df == layouts - 1 && !j.conditional);
		/* as many signs as builds */
		assert_true(j.p_flip == (layouts == 2 ? 0.5 : 0.25));
	}
	/* all of one layout lost: it is one build again */
	for (unsigned int i = 0; i < 10; i++)
		m.a[i].layout = m.b[i].layout = i >= 8;
	m.cell.n_b = 8;
	j = judge_it(&m);
	assert_int_equal(j.unit, JUDGE_BLOCKS);
	assert_int_equal(j.n_left, 2);
	assert_true(j.conditional);
}

/* A figure of 0 has no logarithm: differences of the figures, shares of the baseline's mean. */
static void zeros_and_negative_figures(void **state)
{
	const double a[] = { 0, 10, 20, 10, 0, 20, 10, 10 };
	const double b[] = { 6, 14, 25, 16, 5, 24, 15, 15 };
	double less[8], more[8], zero[8] = { 0 };
	struct judgement j;
	struct made m;

	(void)state;
	MAKE(&m, a, b);
	j = judge_it(&m);
	assert_false(j.log);
	assert_int_equal(j.verdict, VERDICT_REGRESSED);
	assert_near(j.change, 0.5, 1e-12);
	assert_true(j.lo > 0.4 && j.hi < 0.6);
	for (size_t i = 0; i < 8; i++) {
		less[i] = a[i] - 100;
		more[i] = b[i] - 100;
	}
	MAKE(&m, less, more);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_REGRESSED);
	assert_near(j.change, 40. / (800 - 80), 1e-12);
	/* a baseline of nothing has no share to give, but a difference is one */
	MAKE(&m, zero, b);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_REGRESSED);
	assert_true(isnan(j.change) && isnan(j.lo) && isfinite(j.p));
	MAKE(&m, zero, zero);
	assert_int_equal(judge_it(&m).verdict, VERDICT_EQUIVALENT);
	assert_true(judge_it(&m).p == 1);
}

/* A clock that is too coarse gives the same difference again and again: only signs are left. */
static void no_variance_is_not_certainty(void **state)
{
	const double a[] = { 100, 101, 102, 103, 104, 105, 106 };
	double b[7], c[7];
	struct judgement j;
	struct made m;

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		b[i] = a[i] * 1.05;
		c[i] = a[i] * 1.001;
	}
	make(&m, a, 3, b, 3);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_true(j.p == 0.25 && isnan(j.lo) && isnan(j.lo90) && j.needed == 6);
	make(&m, a, 5, b, 5);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_true(isnan(j.lo) && isfinite(j.lo90));
	make(&m, a, 6, b, 6);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_REGRESSED);
	assert_true(j.p == 2. / 64 && j.lo == j.hi && !j.fragile);
	assert_near(j.lo, 0.05, 1e-9);
	make(&m, a, 4, c, 4);
	assert_int_equal(judge_it(&m).verdict, VERDICT_INCONCLUSIVE);
	make(&m, a, 5, c, 5);
	assert_int_equal(judge_it(&m).verdict, VERDICT_EQUIVALENT);
}

static void huge_and_tiny(void **state)
{
	struct judgement j;
	struct made m;

	(void)state;
	for (int power = -300; power <= 300; power += 100) {
		ten(&m, 0.02, 0.005);
		for (size_t i = 0; i < 10; i++) {
			m.a[i].value *= pow(10, power);
			m.b[i].value *= pow(10, power);
		}
		j = judge_it(&m);
		assert_int_equal(j.verdict, VERDICT_REGRESSED);
		assert_near(j.change, 0.02, 0.01);
	}
}

/* A difference by itself, but one of forty that were looked at. */
static void the_adjusted_p_decides(void **state)
{
	const struct judge_rules rules = JUDGE_RULES_INIT;
	struct judge_cell cells[101];
	struct judgement out[101];
	struct made real, none, large;

	(void)state;
	ten(&real, 0.005, 0.0065);
	ten(&none, 0.0004, 0.01);
	ten(&large, 0.1, 0.005);
	assert_int_equal(judge_it(&real).verdict, VERDICT_REGRESSED);
	for (size_t i = 0; i < 40; i++)
		cells[i] = none.cell;
	cells[7] = real.cell;
	judge(cells, 40, &rules, out);
	assert_true(out[7].p < 0.05 && out[7].p_adjusted > 0.5);
	assert_int_equal(out[7].verdict, VERDICT_EQUIVALENT);
	assert_true(out[7].hi90 == judge_it(&real).hi90); /* the interval is its own */
	/* what could have been seen in one of forty is more */
	assert_true(out[0].detectable > 1.3 * judge_it(&none).detectable);
	/* another table */
	cells[7].family = 1;
	judge(cells, 40, &rules, out);
	assert_int_equal(out[7].verdict, VERDICT_REGRESSED);
	/* named beforehand, alone and with others that are there */
	cells[7].family = 0;
	cells[7].named = true;
	judge(cells, 40, &rules, out);
	assert_int_equal(out[7].verdict, VERDICT_REGRESSED);
	assert_true(out[7].p_adjusted == out[7].p);
	cells[8] = large.cell;
	cells[8].named = true;
	cells[8].family = 3;
	judge(cells, 40, &rules, out);
	assert_true(out[7].p_adjusted == out[7].p); /* the second of Holm's two */
	assert_true(out[8].p_adjusted == 2 * out[8].p);
	/* counts, and what cannot be compared, are nobody's chance */
	for (size_t i = 0; i < 101; i++) {
		cells[i] = large.cell;
		cells[i].exact = i % 2;
		cells[i].apart = !(i % 2);
	}
	cells[100] = real.cell;
	judge(cells, 101, &rules, out);
	assert_int_equal(out[100].verdict, VERDICT_REGRESSED);
	assert_true(out[100].p_adjusted == out[100].p);
}

/* Early looks take more to end at, and their intervals are wider. */
static void looks_have_their_own_levels(void **state)
{
	struct judge_rules rules = JUDGE_RULES_INIT;
	struct judgement fixed, first, last;
	struct made m;

	(void)state;
	ten(&m, 0.005, 0.0065);
	fixed = judge_it(&m);
	rules.looks = 3;
	rules.look = 1;
	judge(&m.cell, 1, &rules, &first);
	rules.look = 3;
	judge(&m.cell, 1, &rules, &last);
	assert_int_equal(fixed.verdict, VERDICT_REGRESSED);
	assert_true(first.verdict != VERDICT_REGRESSED && first.p > 4 * fixed.p);
	assert_true(last.p > fixed.p && last.p < 1.2 * fixed.p);
	assert_true(first.lo < last.lo && last.lo < fixed.lo);
	assert_true(first.hi > last.hi && last.hi > fixed.hi);
	assert_true(first.p_flip == fixed.p_flip && first.change == fixed.change);
}

/* A simulation has no use for what could have been seen. */
static void power_can_be_left_out(void **state)
{
	struct judge_rules rules = JUDGE_RULES_INIT;
	struct judgement j;
	struct made m;

	(void)state;
	rules.power = 0;
	ten(&m, 0.002, 0.05);
	judge(&m.cell, 1, &rules, &j);
	assert_true(isnan(j.detectable) && !j.needed);
	rules.margin = 0.2;
	judge(&m.cell, 1, &rules, &j);
	assert_int_equal(j.verdict, VERDICT_EQUIVALENT);
}

/* More cells and boots than have room without allocating, in any order. */
static void large_tables(void **state)
{
	const struct judge_rules rules = JUDGE_RULES_INIT;
	enum { CELLS = 70, MANY = 200 };
	struct judge_boot *boots __free = xcalloc(2 * MANY, sizeof(*boots));
	struct judge_cell cells[CELLS];
	struct judgement out[CELLS];

	(void)state;
	for (unsigned int i = 0; i < MANY; i++) {
		unsigned int block = i * 37 % MANY;

		boots[i] = (struct judge_boot){ 1000 + block, block, 0 };
		boots[MANY + i] = (struct judge_boot){ (1000 + i) * (i % 2 ? 1.03 : 1.01), i, 0 };
	}
	for (size_t i = 0; i < CELLS; i++)
		cells[i] = (struct judge_cell){ .a = boots,
						.b = boots + MANY,
						.n_a = MANY,
						.n_b = MANY,
						.is_time = true,
						.better = BETTER_LOWER };
	judge(cells, CELLS, &rules, out);
	for (size_t i = 0; i < CELLS; i++) {
		assert_int_equal(out[i].verdict, VERDICT_REGRESSED);
		assert_near(out[i].change, sqrt(1.03 * 1.01) - 1, 1e-9);
		assert_int_equal(out[i].n, MANY);
	}
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
		cmocka_unit_test(compares_counts_exactly),
		cmocka_unit_test(changes_have_the_sign_of_the_difference),
		cmocka_unit_test(calibrated_floors_of_counts),
		cmocka_unit_test(floors_above_the_margin),
		cmocka_unit_test(figures_that_repeat_are_exact),
		cmocka_unit_test(wrong_and_apart_come_first),
		cmocka_unit_test(each_verdict_of_blocks),
		cmocka_unit_test(floors_of_times),
		cmocka_unit_test(pairs_by_block_not_by_place),
		cmocka_unit_test(few_boots),
		cmocka_unit_test(builds_are_units),
		cmocka_unit_test(zeros_and_negative_figures),
		cmocka_unit_test(no_variance_is_not_certainty),
		cmocka_unit_test(huge_and_tiny),
		cmocka_unit_test(the_adjusted_p_decides),
		cmocka_unit_test(looks_have_their_own_levels),
		cmocka_unit_test(power_can_be_left_out),
		cmocka_unit_test(large_tables),
		cmocka_unit_test(finds_medians),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
