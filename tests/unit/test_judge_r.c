// SPDX-License-Identifier: GPL-2.0-or-later
/* results/judge against a table that R worked out: tests/data/stats/judge.R. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "tests/unit/made_cells.h"

/* The Nth line of the golden values that begins with HEAD; its numbers into V, how many. */
static size_t golden(const char *head, double *v, size_t max)
{
	FILE *f = fopen(TEST_DATA_DIR "/stats/judge.txt", "r");
	char line[1024];
	size_t n = 0;

	assert_non_null(f);
	while (!n && fgets(line, sizeof(line), f)) {
		char *at = line + strlen(head), *end = at;

		if (strncmp(line, head, strlen(head)) != 0)
			continue;
		for (; n < max; at = end) {
			double x = strtod(at, &end);

			if (end == at)
				break;
			v[n++] = x;
		}
	}
	fclose(f);
	if (!n)
		fail_msg("no line %s", head);
	return n;
}

static void r_made(struct made *m, int i)
{
	char *a __free = xasprintf("cell %d baseline", i), *b __free = NULL;
	double x[10], y[10];

	b = xasprintf("cell %d patched", i);
	assert_int_equal(golden(a, x, 10), 10);
	assert_int_equal(golden(b, y, 10), 10);
	make(m, x, 10, y, 10);
}

static void assert_interval(const struct judgement *j, const double *want)
{
	assert_near(j->change, want[0], 1e-9);
	assert_near(j->lo, want[1], 1e-9);
	assert_near(j->hi, want[2], 1e-9);
}

static void agrees_with_r(void **state)
{
	const struct judge_rules rules = JUDGE_RULES_INIT;
	struct made m[4], u[4], l[4];
	struct judge_cell cells[4], unpaired[4];
	struct judgement out[4], holm[4], welch[4];
	double want[11];

	(void)state;
	for (int i = 0; i < 4; i++) {
		r_made(&m[i], i + 1);
		r_made(&u[i], i + 1);
		r_made(&l[i], i + 1);
		for (unsigned int k = 0; k < 10; k++) {
			u[i].b[k].block = 100 + k;
			l[i].a[k].layout = l[i].b[k].layout = k % 5;
		}
		cells[i] = m[i].cell;
		unpaired[i] = u[i].cell;
	}
	judge(cells, 4, &rules, out);
	judge(unpaired, 4, &rules, welch);
	for (int i = 0; i < 4; i++)
		cells[i].named = true;
	judge(cells, 4, &rules, holm);
	for (int i = 0; i < 4; i++) {
		char *blocks __free = xasprintf("cell %d blocks", i + 1);
		char *apart __free = xasprintf("cell %d unpaired", i + 1);
		char *builds __free = xasprintf("cell %d builds", i + 1);
		struct judgement j;

		assert_int_equal(golden(blocks, want, 11), 11);
		assert_interval(&out[i], want);
		assert_near(out[i].lo90, want[3], 1e-9);
		assert_near(out[i].hi90, want[4], 1e-9);
		assert_near(out[i].p, want[5], 1e-9);
		assert_near(out[i].p_adjusted, want[6], 1e-9);
		assert_near(holm[i].p_adjusted, want[7], 1e-9);
		assert_near(out[i].p_flip, want[8], 1e-12);
		assert_near(out[i].sd, want[9], 1e-9);
		assert_true(out[i].df == want[10]);
		assert_int_equal(golden(apart, want, 9), 9);
		assert_interval(&welch[i], want);
		assert_near(welch[i].lo90, want[3], 1e-9);
		assert_near(welch[i].p, want[5], 1e-9);
		assert_near(welch[i].p_adjusted, want[6], 1e-9);
		assert_near(welch[i].p_flip, want[7], 1e-9);
		assert_near(welch[i].df, want[8], 1e-9);
		assert_int_equal(golden(builds, want, 4), 4);
		j = judge_it(&l[i]);
		assert_interval(&j, want);
		assert_near(j.p, want[3], 1e-9);
	}
	/* Benjamini and Hochberg let cell 4 pass, Holm does not */
	assert_int_equal(out[3].verdict, VERDICT_REGRESSED);
	assert_int_equal(holm[3].verdict, VERDICT_EQUIVALENT);
	assert_int_equal(out[1].verdict, VERDICT_EQUIVALENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_r),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
