// SPDX-License-Identifier: GPL-2.0-or-later
/* results/judge: what could have been seen, in tables of many cells, and units that are builds. */
#include "results/stats/power.h"
#include "tests/unit/made_cells.h"

#define CELLS 300

/* A cell of N blocks whose differences have the sd SD on the log scale, and mean 0. */
static void spread(struct made *m, size_t n, double sd)
{
	double a[BOOTS], b[BOOTS], mean = 0, squares = 0, d[BOOTS];

	for (size_t i = 0; i < n; i++) {
		d[i] = sin(1 + 2.3 * (double)i);
		mean += d[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++)
		squares += (d[i] - mean) * (d[i] - mean);
	for (size_t i = 0; i < n; i++) {
		a[i] = 1000;
		b[i] = 1000 * exp((d[i] - mean) / sqrt(squares / (double)(n - 1)) * sd);
	}
	make(m, a, n, b, n);
}

/* One cell's numbers are those of the functions that they come from. */
static void is_what_was_asked_for(void **state)
{
	struct judgement j;
	struct made m;

	(void)state;
	spread(&m, 10, 0.03);
	j = judge_it(&m);
	assert_int_equal(j.verdict, VERDICT_INCONCLUSIVE);
	assert_near(j.sd, 0.03, 1e-9);
	assert_near(j.detectable, expm1(power_detectable(0.03, 10, 0.05, 0.9, 0)), 1e-6);
	assert_int_equal(j.needed, power_units_estimated(log1p(0.01), 0.03, 9, 0.05, 0.9, 0));
	m.cell.floor = 0.004;
	j = judge_it(&m);
	assert_near(j.detectable, expm1(power_detectable(0.03, 10, 0.05, 0.9, log1p(0.004))), 1e-6);
	assert_int_equal(j.needed,
			 power_units_estimated(log1p(0.01), 0.03, 9, 0.05, 0.9, log1p(0.004)));
	/* no number of units shows less than the floor */
	m.cell.floor = 0.01;
	assert_int_equal(judge_it(&m).needed, 0);
}

/* In a table they are taken from cells that are alike: never too few, and 5 % too many at most. */
static void cells_share_what_is_known(void **state)
{
	static struct made m[CELLS];
	static struct judge_cell cells[CELLS];
	static struct judgement out[CELLS];
	const struct judge_rules rules = JUDGE_RULES_INIT;
	size_t shared = 0;

	(void)state;
	for (size_t i = 0; i < CELLS; i++) {
		spread(&m[i], i % 7 ? 10 : 8, 0.02 * exp((double)(i * 37 % CELLS) / CELLS));
		m[i].cell.floor = i % 3 ? 0 : 0.002 * (double)(i % 5);
		cells[i] = m[i].cell;
	}
	judge(cells, CELLS, &rules, out);
	for (size_t i = 0; i < CELLS; i++) {
		size_t exact = power_units_estimated(log1p(0.01), out[i].sd, out[i].df,
						     0.05 / CELLS, 0.9, log1p(out[i].floor));

		assert_int_equal(out[i].verdict, VERDICT_INCONCLUSIVE);
		assert_in_range(out[i].needed, exact, exact + exact / 20 + 1);
		shared += out[i].needed != exact;
	}
	assert_true(shared > 0);
}

/* Smaller is no excuse: an interval that leaves the margin below is not equivalent. */
static void both_ends_are_in_the_margin(void **state)
{
	struct made m;

	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		spread(&m, 10, 0.002);
		for (size_t i = 0; i < 10; i++)
			m.b[i].value *= 1 + sign * 0.012;
		m.cell.floor = 0.05;
		assert_int_equal(judge_it(&m).verdict, VERDICT_INCONCLUSIVE);
		for (size_t i = 0; i < 10; i++)
			m.b[i].value *= 1 - sign * 0.005;
		assert_int_equal(judge_it(&m).verdict, VERDICT_EQUIVALENT);
	}
}

/* Boots that have no blocks in common are averaged by build, too, where both have several. */
static void builds_without_blocks(void **state)
{
	struct judgement j;
	struct made m;

	(void)state;
	spread(&m, 10, 0.01);
	for (unsigned int i = 0; i < 10; i++) {
		m.b[i].block = 100 + i;
		m.a[i].layout = i % 5;
		m.b[i].layout = i % 2;
		m.a[i].value *= 1 + 0.01 * i;
	}
	j = judge_it(&m);
	assert_int_equal(j.unit, JUDGE_UNPAIRED);
	assert_int_equal(j.n, 2);
	assert_false(j.conditional);
	for (unsigned int i = 0; i < 10; i++)
		m.b[i].layout = 0;
	j = judge_it(&m);
	assert_int_equal(j.n, 10);
	assert_true(j.conditional);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_what_was_asked_for),
		cmocka_unit_test(cells_share_what_is_known),
		cmocka_unit_test(both_ends_are_in_the_margin),
		cmocka_unit_test(builds_without_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
