/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was counted besides the figures, for tables and JSON. */
#ifndef FB_PLOTS_COUNTS_H
#define FB_PLOTS_COUNTS_H

#include <stdbool.h>
#include <stdio.h>

#include "results/summary.h"

struct counts_view {
	const struct counts *counts;
	const struct compare_side *sides; /* as many as counts->n_kernels */
	const char *unit;		  /* of the run: "ns" */
	bool all;    /* every event; else those that were named, and the kernel's instructions */
	bool change; /* a column for it: two kernels are compared */
};

/* The table, with what could not be counted below it; nothing where there is nothing to show. */
int counts_print(const struct counts_view *v, FILE *out, struct error *e);

/*
 * A new array, an object a cell and event: "kernels" has an object for each kernel; COMPARED:
 * "baseline" and "patched" have them.
 */
json_t *counts_to_json(const struct counts *c, bool compared);

/* The line of a table's head for events that were named, with "events" in WIDTH columns. */
void counts_head(const struct compare_side *side, int width, FILE *out);

#endif
