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

/* A boot that counts. */
struct loader_boot {
	int64_t id;
	size_t kernel;
	struct boot_at at;
};

struct loader {
	struct store *s;
	struct summary *sum;
	struct metric_row *by_id;   /* ascending by metric_id */
	struct metric_row *by_cell; /* the same by cell_id, then row */
	size_t n;
	struct loader_boot *boots; /* by kernel, then in the order they ran */
	size_t n_boots;
};

/* SQL list of the ids of the kernels of the summary: numbers, nothing to quote. Caller frees. */
char *loader_kernel_ids(const struct summary *sum);
/* The rows of a cell: *N of them in l->by_cell; NULL where it has none. */
const struct metric_row *loader_rows(const struct loader *l, int64_t cell_id, size_t *n);

/* The series: medians and quantiles of each boot, less its warm-up; what goes on inside a boot. */
int load_values(struct loader *l, struct error *e);
/*
 * What became of the planned cells: those that were skipped, as warnings; what others lacked,
 * in sum->lacks and in the cells' series.
 */
int load_planned(struct loader *l, struct error *e);
/* sum->counts. */
int load_counts(struct loader *l, struct error *e);

#endif
