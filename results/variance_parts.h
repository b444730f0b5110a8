/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside results/ only: what variance*.c share; see variance.h. */
#ifndef FB_RESULTS_VARIANCE_PARTS_H
#define FB_RESULTS_VARIANCE_PARTS_H

#include "results/rules.h"
#include "results/variance.h"
#include "results/within.h"

/* A boot that ended well. */
struct variance_boot {
	int64_t id;
	size_t kernel; /* index in the run's kernels */
	unsigned int block, layout;
};

/* A run that may be a source. */
struct variance_run {
	int64_t id;
	char *when, *target, *unit, *machine;
	json_t *host, *hello, *facts; /* of its first boot that ended well */
	struct run_rules rules;
	int64_t *kernel_ids;
	struct strv names, hashes; /* of its kernels */
	size_t n_kernels;
	struct variance_boot *boots; /* by id */
	size_t n_boots;
};

/* The samples of one metric in the boots of a run; boots without any have n 0. */
struct variance_samples {
	double *values; /* of all boots, one after the other */
	struct within_boot *boots;
};

/* What a run says of one metric. */
struct variance_found {
	struct size_cell size;
	bool exact, shifted, paired;
	double scale;
	unsigned int blocks;
	double builds, df_builds; /* variance of the builds' means of BOOTS boots; NaN: not known */
	double boots;
};

/* False where too little is there: fewer than two boots of any kernel. */
bool variance_work_out(const struct variance_run *r, const struct variance_samples *s,
		       struct variance_found *out);

/* Of all runs, newest first, or of ID alone: those that fit Q. Free with variance_run_release(). */
int variance_runs(struct store *s, const struct variance_query *q, struct variance_run **out,
		  size_t *n, struct error *e);
void variance_run_release(struct variance_run *r);
/* -ENOMEM never; boots in the order of R's. */
int variance_samples(struct store *s, const struct variance_run *r, int64_t metric_id,
		     struct variance_samples *out, struct error *e);
void variance_samples_release(struct variance_samples *s);

#endif
