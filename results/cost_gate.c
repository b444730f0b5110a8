// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cells that cost more than they may; see cost.h. Counts have no noise, and a window of many in
 * which a per-CPU batch was full makes none: the median window is judged. Where windows of one
 * kernel differ among themselves (a number that fork() gives out is longer or shorter) their median
 * moves by chance; what a patch adds to every window, the cheapest one has, too.
 */
#include <math.h>
#include <stdlib.h>

#include "lib/strbuf.h"
#include "results/cost.h"

/* Rounding of sums of doubles, far below one instruction in a window. */
#define ROUNDING 1e-12

static bool exceeds(double baseline, double patched, double max)
{
	return patched > baseline * (1 + max) * (1 + ROUNDING);
}

static int worst_first(const void *a, const void *b)
{
	const struct cost_excess *x = a, *y = b;

	if (x->uncounted != y->uncounted)
		return x->uncounted - y->uncounted;
	if (x->increase != y->increase)
		return x->increase < y->increase ? 1 : -1;
	if (x->cell != y->cell) /* as they are in the plan */
		return x->cell < y->cell ? -1 : 1;
	return (int)x->event - (int)y->event;
}

static void add(struct cost_excess **out, size_t *n, struct cost_excess x)
{
	*out = xrealloc(*out, (*n + 1) * sizeof(**out));
	(*out)[(*n)++] = x;
}

size_t cost_gate(const struct cost_comparison *c, unsigned int events, double max,
		 struct cost_excess **out)
{
	size_t n = 0;

	*out = NULL;
	for (size_t i = 0; i < c->n_cells; i++) {
		const struct cost_cell *cell = &c->cells[i];

		if (!cell->baseline.windows || !cell->patched.windows) {
			add(out, &n, (struct cost_excess){ .cell = cell, .uncounted = true });
			continue;
		}
		for (unsigned int k = 0; k < COST_EVENTS; k++) {
			double a = cell->baseline.typical.n[k], b = cell->patched.typical.n[k];

			if (!(events & 1U << k) || !exceeds(a, b, max) ||
			    !exceeds(cell->baseline.least.n[k], cell->patched.least.n[k], max))
				continue;
			add(out, &n,
			    (struct cost_excess){
				    .cell = cell,
				    .event = (enum cost_event)k,
				    .baseline = a,
				    .patched = b,
				    .increase = a > 0 ? b / a - 1 : HUGE_VAL,
			    });
		}
	}
	if (n)
		qsort(*out, n, sizeof(**out), worst_first);
	return n;
}
