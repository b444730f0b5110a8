/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside results/ only: the judging of a comparison whose cells are loaded; see compare.c. */
#ifndef FB_RESULTS_COMPARE_RULES_H
#define FB_RESULTS_COMPARE_RULES_H

#include "results/compare.h"

/*
 * Fills in how C is judged (rules, machine, floors) and each cell's judgement, verdict and
 * change. -EINVAL where --headline names no cell.
 */
int compare_rules(struct store *s, const struct compare_query *q, struct comparison *c,
		  struct error *e);

#endif
