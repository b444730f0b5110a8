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

enum sim_shape {
	SIM_NORMAL,
	SIM_LOGNORMAL, /* right tails: some samples take much longer */
};

/* All sd and changes are on the log scale. */
struct sim_model {
	double change;			     /* of the patched kernel: ln(1.02) */
	double sd_sample, sd_boot, sd_build; /* of each kernel for itself */
	double sd_block;      /* shared by both of a block: what drifts over the hour */
	enum sim_shape shape; /* of samples */
	double drift;	      /* of a boot, from its first to its last sample */
	double warmup; /* of its first sample, that many times less each sample: 0.1 is 10 % */
	unsigned int builds;	   /* of each kernel; 1: one build */
	unsigned int boots;	   /* of each kernel, over all builds */
	unsigned int samples;	   /* of each boot */
	unsigned int cells;	   /* of one table, with CHANGE in the first one only; 0: 1 */
	double floor, floor_built; /* as of judge_cell; 0 */
};

/* Of what was simulated. Counts of experiments; false ones are of the cells without a change. */
struct sim_result {
	uint64_t experiments;
	uint64_t verdicts[VERDICT_WRONG + 1]; /* of the first cell */
	uint64_t covered;		      /* its 95 % interval held the true change */
	uint64_t any_false; /* any cell without a change was called improved, regressed */
	uint64_t false_cells, null_cells;
	uint64_t fragile;
	double mean_change, sd_change;
};

/*
 * N experiments. With looks in RULES each experiment ends at the first look that finds its first
 * cell. CANCEL (may be NULL): ends early, with what there is, when it is set. THREADS 0: as many as
 * CPUs.
 */
void simulate(const struct sim_model *m, const struct judge_rules *rules, uint64_t n, uint64_t seed,
	      unsigned int threads, const volatile sig_atomic_t *cancel, struct sim_result *out);

#endif
