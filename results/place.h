/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether it matters when in a boot a cell is measured. See docs/statistics.md, "Inside a boot". */
#ifndef FB_RESULTS_PLACE_H
#define FB_RESULTS_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* The figure of one cell in one boot, and when it was measured. */
struct place_figure {
	size_t boot;	     /* 0, 1...; of all kernels */
	size_t cell;	     /* 0, 1...: the same number for the same cell of the same kernel */
	double log;	     /* of the figure */
	double begun, ended; /* of its first and last sample, seconds */
	double early;	     /* for place_effect() to work with */
};

struct place_effect {
	bool known;
	double seconds;	       /* how long "early" is: from the first sample of a boot on */
	double change, lo, hi; /* of what is measured early against what is later; 95 % */
	double p;
	size_t boots;
};

/*
 * Of N figures of a run whose cells are in another order in each boot: the mean effect of being
 * measured in the first seconds (10, or a quarter of a boot where that is less), over all cells,
 * with what each cell and each boot is like taken out; tested over the boots. Changes EARLY of the
 * figures. OUT is not known where there are fewer than 4 boots, or the cells were in about the
 * same order in all of them.
 */
void place_effect(struct place_figure *v, size_t n, struct place_effect *out);

#endif
