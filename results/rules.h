/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was laid down before a run was measured, kept with it as JSON (run.rules): so that the one
 * who compares later judges by what was planned, and says so where not.
 */
#ifndef FB_RESULTS_RULES_H
#define FB_RESULTS_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "lib/strbuf.h"
#include "results/store.h"

/* Shares are 0.01 for 1 %; 0, an empty list: not laid down. */
struct run_rules {
	double margin, detect, power;
	struct strv headline;	/* cells named beforehand, as typed: "munmap folio=64K" */
	unsigned int looks;	/* planned; 0: a fixed plan */
	unsigned int blocks;	/* planned at most */
	unsigned int look;	/* the last one that was taken; 0: none yet */
	unsigned int looked_at; /* blocks that it had */
	bool calibration;	/* A/A: a kernel against itself */
	bool pilot;		/* measured to plan with, not to compare */
};

int rules_store(struct store *s, int64_t run_id, const struct run_rules *r, struct error *e);
/* Zeroed where the run has none. Release OUT if 0. */
int rules_load(struct store *s, int64_t run_id, struct run_rules *out, struct error *e);
void rules_release(struct run_rules *r);

/*
 * Whether WORDS ("munmap folio=64K", "munmap folio=64K per_page", "munmap") name this cell: the
 * case, then params that it must have, then optionally a metric.
 */
bool rules_names(const char *words, const char *case_name, const json_t *params,
		 const char *metric);

#endif
