/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many builds, boots and samples: the cheapest plan that serves all cells. Arithmetic alone,
 * nothing is read. Variances are of one kernel on the log scale; a difference has twice that. See
 * docs/statistics.md, "Planning".
 */
#ifndef FB_RESULTS_PLAN_SIZE_H
#define FB_RESULTS_PLAN_SIZE_H

#include <stdbool.h>
#include <stddef.h>

#define SIZE_UNITS_MIN	 6 /* fewer, and the sign-flip test cannot find anything */
#define SIZE_SAMPLES_MIN 5 /* of a boot: fewer leave nothing to drop for a warm-up */
#define SIZE_SAMPLES_MAX 1000
#define SIZE_BOOTS_MAX	 1000 /* of a build */

struct size_cell {
	double s2; /* variance of a boot's median of SAMPLES samples */
	double df; /* degrees of freedom of that estimate, above 0 */
	unsigned int samples;
	double v;     /* samples * what they bring to that variance; NaN: not known */
	double df_v;  /* of v */
	double build; /* variance that a build adds; NaN: not known */
	double df_build;
	/* how it was measured: the variance of builds' means of so many boots; 0: otherwise */
	double build_means, build_boots;
	double floor; /* effects up to this are not believed; 0: none */
};

/*
 * The variance of a boot's median of SAMPLES samples: s2 + v * (1/samples - 1/cell.samples), at
 * least v / samples. *DF (may be NULL): of the estimate, by Satterthwaite (1946), at least 1.
 */
double size_boot_variance(const struct size_cell *c, unsigned int samples, double *df);
/* What boots bring without their samples, at least 0; s2 where v is not known. */
double size_boot_component(const struct size_cell *c);
/* The variance of a build's mean over BOOTS boots; *DF as above. NaN where build is. */
double size_build_variance(const struct size_cell *c, unsigned int boots, unsigned int samples,
			   double *df);

/* What is planned for. EFFECT is on the log scale; seconds are of one kernel. */
struct size_query {
	double effect, power;
	double alpha;	      /* of each cell */
	unsigned int kernels; /* that are built and booted: 2 */
	unsigned int samples; /* of a boot, 0: free */
	unsigned int layouts; /* builds of each kernel; 0 and 1: one build, boots are the units */
	bool free_layouts;    /* as many builds as are needed */
	unsigned int looks;   /* 0 and 1: a fixed plan */
	double build_s;	      /* a build */
	double boot_s;	      /* a boot, without samples */
	double sample_s;      /* a sample of each of the cells, one after the other */
};

struct size_plan {
	unsigned int builds;  /* of each kernel */
	unsigned int boots;   /* of each build: builds * boots of each kernel */
	unsigned int samples; /* of each cell in a boot */
	size_t decides;	      /* the cell that needs most units */
	bool least;	      /* none does: it is the least that any plan has */
	double seconds;	      /* all of it, one boot at a time */
};

/*
 * The units (blocks, or builds of BOOTS boots) that cell C needs; 0: more than POWER_UNITS_MAX, a
 * floor at or above the effect, or no variance of builds where those are the units.
 */
size_t size_units(const struct size_cell *c, const struct size_query *q, unsigned int boots,
		  unsigned int samples);

/*
 * The cheapest plan in which each of the N >= 1 cells has its power. False where there is none:
 * then *OUT says which cell cannot be served (decides), with boots, samples 0.
 */
bool size_plan(const struct size_cell *cells, size_t n, const struct size_query *q,
	       struct size_plan *out);

/*
 * Kalibera and Jones' counts for one cell: *SAMPLES of a boot, *BOOTS of a build (0: not known, or
 * the build brings nothing and one will do with any number of boots), rounded up.
 */
void size_repetitions(const struct size_cell *c, const struct size_query *q, unsigned int *samples,
		      unsigned int *boots);

/* Seconds of BUILDS builds, BOOTS boots of each and SAMPLES samples, of Q's kernels. */
double size_seconds(const struct size_query *q, unsigned int builds, unsigned int boots,
		    unsigned int samples);

#endif
