/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside results/ only: series on their way to judge(), for comparisons and for steps. */
#ifndef FB_RESULTS_JUDGE_SERIES_H
#define FB_RESULTS_JUDGE_SERIES_H

#include "results/judge.h"
#include "results/rules.h"
#include "results/summary.h"

struct judging {
	struct judge_cell *cells;
	struct judgement *out; /* of each of them, by judging_do() */
	size_t n, room;
};

/*
 * Adds A, the baseline, and B, of a cell as in LIKE, whose boots and "wrong" are filled in here.
 * UNPAIRED: their blocks have nothing in common, whatever their numbers. Its place is returned.
 */
size_t judging_add(struct judging *g, const struct series *a, const struct series *b,
		   const struct judge_cell *like, bool unpaired);
void judging_do(struct judging *g, const struct judge_rules *rules);
void judging_release(struct judging *g);

/* Whether UNIT is one of the clock's, or per second: such a figure never repeats but by chance. */
bool judging_is_time(const char *unit);
/* How figures of a run are judged for which R was laid down; MARGIN above 0 goes first. */
struct judge_rules judging_rules(const struct run_rules *r, double margin);

#endif
