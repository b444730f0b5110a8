/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much the figures of cells vary on a machine, as the store has it: between samples, boots and
 * builds; and what a sample and a boot cost. What plans are made from: docs/statistics.md,
 * "Planning".
 */
#ifndef FB_RESULTS_VARIANCE_H
#define FB_RESULTS_VARIANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/json.h"
#include "lib/strbuf.h"
#include "results/plan_size.h"
#include "results/store.h"

struct variance_query {
	const char *const *hashes; /* of the kernels: runs of either count */
	size_t n_hashes;
	int64_t run_id;	    /* 0: whichever run is best for each cell; else that one alone */
	const char *target; /* these three where RUN_ID is 0 */
	json_t *host;	    /* as runs keep it, of this machine; NULL: any */
	unsigned int cpus, nodes, memory_mib; /* of a guest */
	json_t *cells;			      /* as of a plan: objects with "case", "params" */
};

/* Which run the figures are of. */
struct variance_source {
	int64_t run_id;
	char *when, *kernels; /* ISO date and time; names, ", " between */
	bool calibration, pilot;
	unsigned int boots; /* of its first kernel */
};

/* A headline metric of a cell. */
struct variance_cell {
	char *case_name, *metric, *unit;
	json_t *params;
	size_t cell;	       /* index in the query's cells */
	bool exact;	       /* the same in all boots: one shows any change */
	bool shifted;	       /* has figures of 0 or below: not on the log scale, see SCALE */
	double scale;	       /* then variances are of figure / SCALE */
	struct size_cell size; /* its floor is 0 */
	bool paired;	       /* S2 is of differences within blocks */
	size_t source;	       /* index in sources; of the builds: */
	size_t build_source;   /* (size_t)-1: nothing is known of builds */
};

struct variances {
	struct variance_cell *v;
	size_t n;
	struct variance_source *sources;
	size_t n_sources;
	struct strv missing; /* cells without figures, in words */
	char *machine;	     /* machine_key(), NULL: there is no run */
	char *run_unit;	     /* "ns", "insn"; NULL as well */
	/* of one kernel on that machine; negative: not known */
	double boot_s;	 /* of a boot with all cells of the query, without their samples */
	double sample_s; /* of one sample of each of them */
};

/*
 * Components of variance on the log scale. Blocks in which all kernels of a run were measured give
 * what is left when kernels and blocks are taken out, which is half of the variance of a
 * difference (two-way analysis of variance; Searle, Casella, McCulloch 1992). Of A/A runs first,
 * then of runs with several kernels, then of runs of one, in which what drifts from boot to boot
 * is in the variance; of the same kind the one with most degrees of freedom. Within boots: the
 * variance of the median of as many draws from what all samples are like around their boots, which
 * asks for no distribution.
 *
 * 0 also where nothing is found (N 0). -ENOENT: there is no such RUN_ID. Release OUT if 0.
 */
int variances_load(struct store *s, const struct variance_query *q, struct variances *out,
		   struct error *e);
void variances_release(struct variances *v);

/*
 * The variance of the median of SAMPLES draws from N ASCENDING values: exact for an odd number
 * (Maritz and Jarrett 1978), that of one more for an even one. 0 for fewer than two values.
 */
double variance_of_median(const double *ascending, size_t n, size_t samples);

/*
 * How far each of N ASCENDING values is from the median of the others (its own pull on a median
 * would make it look closer), as much smaller as makes up for what that median varies itself. To
 * OUT[N]; returns how many: none of a single value.
 */
size_t variance_distances(const double *ascending, size_t n, double *out);

/*
 * Figures of KERNELS x BLOCKS (row by row) without what kernels and blocks bring: sum of squares
 * and degrees of freedom of the rest, added to *SS and *DF. One kernel: around its mean.
 */
void variance_residual(const double *figures, size_t kernels, size_t blocks, double *ss,
		       double *df);

#endif
