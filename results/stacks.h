/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call stacks of stored windows: what flame graphs are drawn from. */
#ifndef FB_RESULTS_STACKS_H
#define FB_RESULTS_STACKS_H

#include "lib/folded.h"
#include "results/cost.h"

/*
 * Adds the stacks of CELL, of one of the kernels of C, to that side of F, per window: the mean
 * over all of its good windows, of the case's own tasks. Returns how many windows that were (0:
 * none was counted with stacks), or -errno. Seal F afterwards.
 */
long stacks_load(struct store *s, const struct cost_comparison *c, const struct cost_cell *cell,
		 enum folded_side side, struct folded *f, struct error *e);

#endif
