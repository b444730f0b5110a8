/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside results/ only: what simulate.c judges and simulate_draw.c makes up. */
#ifndef FB_RESULTS_SIMULATE_PARTS_H
#define FB_RESULTS_SIMULATE_PARTS_H

#include "results/simulate.h"
#include "results/within.h"

/* Room for one experiment, of one thread; nothing is allocated while they run. */
struct sim_room {
	unsigned int cells;	    /* at least 1 */
	struct judge_boot *a, *b;   /* [cells][boots] */
	size_t *n_a, *n_b;	    /* [cells]: boots that were not lost */
	double *build[2], *boot[2]; /* [builds], [boots]: effects, on the log scale */
	double *all[2];		    /* [boots]: what all cells share of them */
	double *block;		    /* [boots] */
	double *values;		    /* [2][boots][samples], of one cell */
	double *sorted;		    /* [samples] */
	struct within_boot *within; /* [2 * boots] */
	bool *lost;		    /* [2 * boots] */
};

void sim_room_init(struct sim_room *r, const struct sim_model *m);
void sim_room_release(struct sim_room *r);
/* Makes up the boots of experiment NUMBER, the same for the same SEED and NUMBER. */
void sim_draw(struct sim_room *r, const struct sim_model *m, uint64_t seed, uint64_t number);

#endif
