/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Made-up experiments, judged as real ones are: how often a verdict would be what. From a seed, on
 * all CPUs; the same result whatever their number.
 */
#ifndef FB_RESULTS_SIMULATE_H
#define FB_RESULTS_SIMULATE_H

#include <signal.h>
#include <stdint.h>

#include "results/judge.h"
#include "results/stats/sequential.h"

enum sim_shape {
	SIM_NORMAL,
	SIM_LOGNORMAL, /* right tails: some take much longer */
	SIM_HEAVY,     /* both tails: Student's t with 3 degrees of freedom */
};

/* All sd and changes are on the log scale. */
struct sim_model {
	double change;			     /* of the patched kernel: ln(1.02) */
	double sd_sample, sd_boot, sd_build; /* of each kernel for itself */
	double sd_block;      /* shared by both of a block: what drifts over the hour */
	enum sim_shape shape; /* of samples */
	double drift;	      /* of a boot, from its first to its last sample */
	double warmup; /* of its first sample, half as much of each later one: -0.1 is 10 % less */
	unsigned int builds;	   /* of each kernel; 0, 1: one build */
	unsigned int boots;	   /* of each kernel, over all builds; 2 at least */
	unsigned int samples;	   /* of each boot; 1 at least */
	unsigned int cells;	   /* of one table; 0: 1 */
	double floor, floor_built; /* as of judge_cell: negative is not calibrated */

	/* What no plan assumes, to see what becomes of its promises. 0: as assumed. */
	unsigned int changed;	   /* cells that have CHANGE; 0: the first one */
	unsigned int named;	   /* the first cells, by --headline */
	enum sim_shape boot_shape; /* of what differs from boot to boot */
	double sd_boot_ratio;	   /* the patched kernel's sd_boot to the baseline's */
	double autocorrelation;	   /* of the boots of a kernel, from one block to the next */
	double together;	   /* the share of sd_boot's variance that all cells have */
	double lost;		   /* the share of boots that are lost */
	bool discard;		   /* leave warm-up out as comparisons do */
};

/* Marks are not counted of more boots: the exact test takes longer than all else. */
#define SIM_FRAGILE_MAX 16

/* Of what was simulated. Counts of experiments; false ones are of the cells without a change. */
struct sim_result {
	uint64_t experiments;
	uint64_t verdicts[VERDICT_WRONG + 1]; /* of the first cell */
	uint64_t found;	    /* the first cell, called what it is: changed this way */
	uint64_t covered;   /* its 95 % interval held the true change */
	uint64_t any_false; /* any cell without a change was called improved, regressed */
	uint64_t false_cells, null_cells;
	double false_share; /* of what was found in an experiment, the mean over experiments */
	uint64_t fragile;   /* 0: none, or more than SIM_FRAGILE_MAX boots */
	uint64_t ended[LOOKS_MAX]; /* at which look, the first one in [0] */
	uint64_t units; /* of the first cell, when it was decided, over all experiments */
	double mean_change, sd_change;
};

/*
 * N experiments. With looks in RULES each experiment ends at the first look that finds its first
 * cell. CANCEL (may be NULL): ends early, with what there is, when it is set. THREADS 0: as many as
 * CPUs. A model without boots or samples gives no experiments.
 */
void simulate(const struct sim_model *m, const struct judge_rules *rules, uint64_t n, uint64_t seed,
	      unsigned int threads, const volatile sig_atomic_t *cancel, struct sim_result *out);

#endif
