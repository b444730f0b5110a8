/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside results/ only: which run, which kernels, which boots a summary is made of. */
#ifndef FB_RESULTS_RUN_PICK_H
#define FB_RESULTS_RUN_PICK_H

#include "results/db.h"
#include "results/summary.h"

/* A kernel K as the user names it: its name, or 8 digits or more of its hash. */
#define NAMED(k, p)                                                                                \
	"(" k ".name = " p " OR (length(" p ") >= 8 AND substr(" k ".hash, 1, length(" p ")) = " p \
	"))"

/* Fills OUT's run_id, kernels and what is known of the run and of its boots. */
int run_pick(struct store *s, const char *const *kernels, size_t n, int64_t run_id,
	     struct summary *out, struct error *e);

#endif
