/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an A/A experiment says: a kernel was compared with itself, so each difference that was found
 * is a false one. docs/statistics.md, "A/A".
 */
#ifndef FB_RESULTS_CALIBRATION_H
#define FB_RESULTS_CALIBRATION_H

#include <stdint.h>

#include "results/compare.h"
#include "results/simulate.h"

/* The least number of blocks that makes an experiment of its own. */
#define CALIBRATION_BLOCKS 4

/* K of N were called different; LO to HI: 95 %. N 0: nothing could be, and all is 0 to 1. */
struct false_rate {
	uint64_t k, n;
	double lo, hi;
};

/* The rate and its interval, by Clopper and Pearson. */
struct false_rate false_rate_of(uint64_t k, uint64_t n);

/* How far a kernel is from itself in one cell. Shares; negative: not measured. */
struct cell_floor {
	double reboot, rebuild;
};

/*
 * The floors of cell C of an A/A comparison. With several layouts in each arm, each layout in two
 * boots at least, both; else that of booting again alone. Negative where there are too few boots.
 */
struct cell_floor calibration_floor(const struct compare_cell *c);

struct calibration {
	struct false_rate alone;   /* the table's cells, each judged as if it was the only one */
	struct false_rate table;   /* the same as the table says it, adjusted */
	size_t exact, exact_false; /* cells whose figures repeat, in none of the rates; different:
				    * never by chance */
	unsigned int blocks;	   /* whole ones, of the cell that has most */
	unsigned int layouts;	   /* of each arm */
	size_t experiments;	   /* disjoint ones of as many blocks: 0, too few for two */
	unsigned int least_blocks; /* that each of them has */
	struct false_rate parts;   /* cells of all of them, each judged alone */
	double clustering; /* by how much cells of one experiment go together: the interval of PARTS
			    * is of N / CLUSTERING cells; at least 1 */
	double serial;	   /* correlation of successive blocks' differences, mean over the cells;
			    * NaN: not known */
	double serial_se;
	bool has_model;
	struct sim_model model; /* this experiment, by the median cell's variances */
};

/*
 * What comparison C, of a kernel with itself, amounts to: of its headline cells. Exact ones have
 * no part in the model. Nothing is owned by OUT.
 */
void calibration_make(const struct comparison *c, struct calibration *out);

/*
 * Whether differences are found significantly more often than at the 5 % that is promised: by the
 * disjoint experiments, since cells of a single one may go wrong together; or in figures that
 * repeat.
 */
bool calibration_exceeds(const struct calibration *cal);

/* Works the floors out of the A/A comparison C and stores them. N_STORED may be NULL. */
int calibration_store(struct store *s, const struct comparison *c, size_t *n_stored,
		      struct error *e);

#endif
