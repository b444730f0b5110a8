/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells that tests make up and have judged. */
#ifndef FB_TESTS_UNIT_MADE_CELLS_H
#define FB_TESTS_UNIT_MADE_CELLS_H

#include <math.h>

#include "lib/strbuf.h"
#include "results/judge.h"
#include "tests/unit/unit.h"

#define BOOTS 12

/* A cell and the boots that it points to; block I, layout 0 for the Ith of each. */
struct made {
	struct judge_cell cell;
	struct judge_boot a[BOOTS], b[BOOTS];
};

static inline void fill(struct judge_boot *to, const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (struct judge_boot){ v[i], (unsigned int)i, 0 };
}

static inline void make(struct made *m, const double *a, size_t n_a, const double *b, size_t n_b)
{
	*m = (struct made){ .cell = { .a = m->a,
				      .b = m->b,
				      .n_a = n_a,
				      .n_b = n_b,
				      .better = BETTER_LOWER,
				      .is_time = true,
				      .floor = -1,
				      .floor_built = -1 } };
	fill(m->a, a, n_a);
	fill(m->b, b, n_b);
}

#define COUNT(v)      (sizeof(v) / sizeof((v)[0]))
#define MAKE(m, a, b) make(m, a, COUNT(a), b, COUNT(b))

static inline struct judgement judge_it(const struct made *m)
{
	const struct judge_rules rules = JUDGE_RULES_INIT;
	struct judgement j;

	judge(&m->cell, 1, &rules, &j);
	return j;
}

static inline void assert_near(double x, double want, double share)
{
	if (!(fabs(x - want) <= share * fabs(want)))
		fail_msg("%.15g, not %.15g", x, want);
}

#endif
