/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was counted besides (perf events, faults, context switches): per cell and event the
 * count per operation, medians like those of the metrics. No verdicts: a count explains a
 * figure, it is none.
 */
#ifndef FB_RESULTS_COUNTS_H
#define FB_RESULTS_COUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/json.h"

/* One kernel, one cell, one event. Without boots it was not counted. */
struct count_series {
	double value, lo, hi; /* per operation; of the boots: median, least, most */
	double *boots;	      /* the median of each boot, in the order they ran */
	size_t n_boots, n_samples;
	double running;	   /* the least share of a sample that it had its counter; 1: all */
	char *unsupported; /* an errno's name, where it could not be counted; else NULL */
};

struct count_row {
	char *case_name;
	json_t *params;
	char *event;
	bool laps; /* over the whole of each sample, while only laps of it are timed */
	struct count_series *series; /* one for each kernel */
	size_t cell;		     /* for sorting: by cell, then in the order of the records */
	size_t position;
};

struct counts {
	struct count_row *rows;
	size_t n, n_kernels;
};

void counts_release(struct counts *c);

#endif
