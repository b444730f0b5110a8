/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside results/ only: what the parts of summary_load() share; see summary.c. */
#ifndef FB_RESULTS_LOADER_H
#define FB_RESULTS_LOADER_H

#include "results/db.h"
#include "results/summary.h"

/* While loading: which row of the summary the values of a metric id go to. */
struct metric_row {
	int64_t metric_id, cell_id;
	size_t row;
};

struct loader {
	struct store *s;
	struct summary *sum;
	struct metric_row *by_id; /* ascending by metric_id */
	size_t n;
	double *values; /* of one boot and metric */
	size_t n_values, room;
};

/* SQL list of the ids of the kernels of the summary: numbers, nothing to quote. Caller frees. */
char *loader_kernel_ids(const struct summary *sum);

/*
 * What became of the planned cells: those that were skipped, as warnings; what others lacked,
 * in sum->lacks and in the cells' series.
 */
int load_planned(struct loader *l, struct error *e);
/* sum->counts. */
int load_counts(struct loader *l, struct error *e);

#endif
