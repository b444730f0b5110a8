/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one place that decides what a difference means: docs/statistics.md in C. Knows boots' figures
 * and rules, no store and no kernels, so that simulations go through what comparisons go through.
 */
#ifndef FB_RESULTS_JUDGE_H
#define FB_RESULTS_JUDGE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/record.h"

#define JUDGE_ALPHA	  0.05
#define JUDGE_LEVEL	  0.95
#define JUDGE_MARGIN	  0.01 /* unless asked otherwise */
#define JUDGE_POWER	  0.9
#define JUDGE_EXACT_FLOOR 0.005 /* of exact counts that were not calibrated */

enum verdict {
	VERDICT_IMPROVED,
	VERDICT_REGRESSED,
	VERDICT_EQUIVALENT,
	VERDICT_INCONCLUSIVE,
	VERDICT_CHANGED, /* differs, and the metric has no better direction */
	VERDICT_NOT_COMPARABLE,
	VERDICT_WRONG, /* one of the kernels did what no kernel may */
};

const char *verdict_name(enum verdict v);
/* Whether V says that there is a difference. */
bool verdict_differs(enum verdict v);

/* What was compared with what. */
enum judge_unit {
	JUDGE_NOTHING,	/* a side has no figure, or too few for an interval */
	JUDGE_EXACT,	/* figures that repeat: no interval, no p */
	JUDGE_BLOCKS,	/* boots, within blocks */
	JUDGE_BUILDS,	/* layouts, each the mean of its blocks */
	JUDGE_UNPAIRED, /* boots without common blocks: Welch */
};

/* One boot's figure: the median of its samples. */
struct judge_boot {
	double value;
	unsigned int block, layout;
};

/* A cell and metric on both sides. Boots are in any order. */
struct judge_cell {
	const struct judge_boot *a, *b; /* baseline, patched */
	size_t n_a, n_b;
	enum better better;
	bool exact;   /* the same kernel gives the same figure */
	bool is_time; /* else figures that are the same in all boots (2 or more) are exact, too */
	bool wrong;   /* a kernel was */
	bool apart;   /* the sides cannot be compared */
	bool named;   /* by --headline: adjusted by Holm among themselves */
	int family;   /* cells of one number are adjusted together */
	double floor; /* a share, 0.01 for 1 %; negative: not calibrated */
	double floor_built; /* the same of another build; used where one build of each is compared
			     */
};

struct judge_rules {
	double margin; /* a share */
	double power;  /* 0: detectable and needed are left out */
	unsigned int looks,
		look; /* of a group-sequential run: at look 1 to LOOKS; 0, 0: a fixed plan */
	bool brief;   /* leaves out what decides no verdict: p_flip, fragile; for simulations */
};
#define JUDGE_RULES_INIT ((struct judge_rules){ .margin = JUDGE_MARGIN, .power = JUDGE_POWER })

/* Changes are shares: patched / baseline - 1. What there is not is NaN. */
struct judgement {
	enum verdict verdict;
	enum judge_unit unit;
	size_t n; /* units: whole blocks, layouts; of an unpaired test the boots of the smaller side
		   */
	size_t n_left; /* boots that had no partner */
	double change; /* NaN where the baseline is 0 */
	double lo, hi; /* of the change, 95 % (at a look: the repeated interval) */
	double lo90, hi90;
	double p, p_adjusted, p_flip, df; /* p: two-sided t; at a look the repeated p; unpaired,
					     p_flip is of the exact rank test */
	double sd;	   /* of a unit's difference, on the scale of the differences */
	double floor;	   /* that counted; 0 without one */
	double detectable; /* the least change that would have been seen: power and level as above
			    */
	size_t needed;	   /* inconclusive: units to see the margin; 0: beyond reckoning */
	bool log;	   /* differences are of logarithms; else of the figures */
	bool fragile;	   /* t and sign-flip disagree at 0.05 */
	bool conditional;  /* on one build of each kernel */
	bool calibrated;
};

/* Nothing is known yet: what there is not is NaN. */
#define JUDGEMENT_NONE                                                                             \
	((struct judgement){ .verdict = VERDICT_INCONCLUSIVE,                                      \
			     .change = NAN,                                                        \
			     .lo = NAN,                                                            \
			     .hi = NAN,                                                            \
			     .lo90 = NAN,                                                          \
			     .hi90 = NAN,                                                          \
			     .p = NAN,                                                             \
			     .p_adjusted = NAN,                                                    \
			     .p_flip = NAN,                                                        \
			     .df = NAN,                                                            \
			     .sd = NAN,                                                            \
			     .detectable = NAN })

/*
 * Judges N cells that stand in one table, into OUT[N]. Adjusts within each family, the named ones
 * among themselves.
 */
void judge(const struct judge_cell *cells, size_t n, const struct judge_rules *rules,
	   struct judgement *out);

#endif
