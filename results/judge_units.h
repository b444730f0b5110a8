/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside results/ only: one cell's difference and its tests; what judge.c is made of. */
#ifndef FB_RESULTS_JUDGE_UNITS_H
#define FB_RESULTS_JUDGE_UNITS_H

#include "results/judge.h"

/* Room for the boots of both sides of the largest cell, each. */
struct judge_room {
	struct judge_boot *boots, *whole;
	double *d, *e;
};

/* A difference as it was tested. */
struct judge_scale {
	double diff; /* mean difference, or difference of means */
	double unit; /* what a share is a share of: 1 on the log scale, else the baseline's mean */
	bool flat;   /* all units differ by the same: there is no variance to reckon with */
};

/*
 * Tests cell C, which has boots on both sides, as blocks, builds or unpaired boots: fills all of J
 * but the verdict, the adjusted p, the floor and what needs them. SCALE goes with it.
 */
void judge_units(const struct judge_cell *c, const struct judge_rules *rules,
		 struct judge_room *room, struct judgement *j, struct judge_scale *scale);

#endif
