/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside results/ only: why the figures of two kernels are no comparison of their patches. The
 * rule is in docs/statistics.md, "Not comparable".
 */
#ifndef FB_RESULTS_APART_H
#define FB_RESULTS_APART_H

#include "results/compare.h"

/*
 * Adds one line for each reason in how A and B were built: X, Y are their configurations, of which
 * D knows the differences; GROUND: all that a build depends on is the same but the patches and
 * what was asked for.
 */
void apart_by_build(const struct compare_side *a, const struct compare_side *b,
		    const struct dotconfig *x, const struct dotconfig *y,
		    const struct differences *d, bool ground, struct strv *out);

/* The same of where and how their boots of C's run were measured. */
int apart_by_machine(struct store *s, const struct comparison *c, struct strv *out,
		     struct error *e);

#endif
