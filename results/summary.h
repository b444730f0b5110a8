/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run measured: per cell and metric one series for each kernel. For a
 * table of one kernel or several without comparing them, and what compare.c
 * starts from.
 */
#ifndef FB_RESULTS_SUMMARY_H
#define FB_RESULTS_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/json.h"
#include "lib/record.h"
#include "lib/strbuf.h"
#include "results/counts.h"
#include "results/place.h"
#include "results/store.h"
#include "results/within.h"

/* Where a boot stood in the plan. */
struct boot_at {
	unsigned int block, layout;
};

/* Of the samples of a boot: min, p5, p25, p50, p75, p95, p99, max. */
#define QUANTILES 8
enum { QUANTILE_P50 = 3, QUANTILE_P99 = 6 };
extern const double quantile_points[QUANTILES];
extern const char *const quantile_names[QUANTILES];

/* One kernel, one cell, one metric. */
struct series {
	double value;			/* median over boots of the medians over samples */
	double lo, hi;			/* smallest and largest boot */
	double *boots;			/* one value a boot, in the order they ran */
	struct boot_at *at;		/* of each of them: which boot it was */
	double (*quantiles)[QUANTILES]; /* of the samples of each of them */
	size_t n_boots;
	size_t n_samples;   /* that counted, over all boots, less those of warm-ups */
	size_t n_refused;   /* samples refused or failed, kept but not counted */
	size_t n_wrong;	    /* samples in which the kernel was wrong: then there are no boots */
	bool not_permitted; /* the user may not measure this cell; another one could */
	json_t *lacks;	    /* what could not be proven or arranged: texts; NULL: nothing */
};

/* A kernel of the run, and what became of its boots. Strings are never NULL. */
struct compare_side {
	char *name, *hash, *release, *source, *description, *arch;
	json_t *inputs; /* what went into the hash, or NULL */
	json_t *hello;	/* what the agent said of its machine in the first boot, or NULL */
	json_t *facts;	/* how the first boot was started, or NULL */
	size_t boots_ok, boots_tainted, boots_lost; /* interrupted ones count as lost */
	size_t layouts;				    /* that its boots had; 1: all the same */
	int64_t kernel_id;
};

struct summary_cell {
	char *case_name;
	char *case_summary; /* what the case does, in a line; "" if not told */
	char *rule;	    /* what a correct kernel may do here; "" if it may do anything */
	char *varies;	    /* why its figures differ from boot to boot; "" if they do not */
	json_t *params;
	char *metric, *unit;
	enum better better;
	bool headline;
	struct series *series; /* one for each kernel of the summary */
	struct within within;
	char *note; /* refused samples, boots that differ; "" if nothing */
};

struct summary {
	struct compare_side *kernels;
	size_t n_kernels;
	int64_t run_id;
	char *target, *unit, *command, *when, *state;
	json_t *host;
	bool exact;		    /* the same kernel gives the same figures */
	unsigned int cpus;	    /* of the machine that booted; 0: not told */
	struct summary_cell *cells; /* in plan order, then in the order of the metrics */
	size_t n_cells;
	struct place_effect place; /* of a cell in its boot, over all of them */
	size_t n_skipped;	   /* cells that a kernel's machine could not measure at all */
	struct strv warnings;
	struct strv lacks; /* "fork, cow: not proven: ...": lines, for people */
	struct counts counts;
};

/*
 * What RUN_ID measured on KERNELS (names, or hashes of at least 8 digits); 0: the
 * newest run with a usable boot of each. N_KERNELS 0: all kernels of the run, in
 * the order in which they first booted. -ENOENT when there is no such run or
 * kernel, -ENODATA when none of the boots of a named kernel ended well (but where all were
 * tainted it may stand without figures beside one that has some), -EINVAL when a name fits two
 * kernels of the run or two names the same kernel. Release OUT if 0.
 */
int summary_load(struct store *s, const char *const *kernels, size_t n_kernels, int64_t run_id,
		 struct summary *out, struct error *e);
void summary_release(struct summary *sum);

void series_release(struct series *s);
void compare_side_release(struct compare_side *side);
/* Whether all boots gave the same figure. */
bool series_identical(const struct series *s);

#endif
