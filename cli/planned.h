/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans: how many boots and samples show an effect, from what the store has. Shared by plan, run
 * and ab; see docs/statistics.md, "Planning".
 */
#ifndef FB_CLI_PLANNED_H
#define FB_CLI_PLANNED_H

#include <stdio.h>

#include "cli/measure.h"
#include "results/floor.h"
#include "results/plan_size.h"
#include "results/variance.h"

/* --detect, --power, --looks, --pilot, --margin, --headline. Input: struct measure. */
extern const struct argp planned_argp;

/* What stands in the way of a cell's plan. */
enum planned_state {
	PLANNED,
	PLANNED_EXACT,	 /* its figure repeats: one boot shows a change */
	PLANNED_FLOOR,	 /* what the kernel shows against itself is as much as the effect */
	PLANNED_UNNAMED, /* not among those named by --headline: it comes along */
};

struct planned_cell {
	const struct variance_cell *var;
	enum planned_state state;
	bool named;
	double floor;		     /* a share; negative: not calibrated */
	size_t size;		     /* index in sizes, where PLANNED */
	unsigned int samples, boots; /* Kalibera and Jones' counts; boots 0: not known */
	size_t units;		     /* that it needs by itself at the plan's numbers; 0: none do */
};

struct planned {
	struct variances var;
	struct floor *floors;
	size_t n_floors;
	struct planned_cell *cells; /* one for each of var.v */
	struct size_cell *sizes;    /* those that are planned for, as many as share the level */
	size_t *of_size;	    /* of each of them, its cell */
	size_t n_sizes;
	struct size_query q;
	bool found;	       /* there is a plan: */
	struct size_plan plan; /* else plan.decides is in the way */
	bool has_builds;       /* variances between builds are known: */
	bool found_builds;
	struct size_plan builds; /* the plan with as many of them as that takes */
	unsigned int to_build;	 /* kernels that are not in the cache */
	double build_s;		 /* of each; negative: not known */
	double effect;		 /* a share */
	const char *target;
};

/*
 * Plans for M's rules from run RUN_ID (0: the best of the store) for KERNELS (resolved). CELLS as
 * measure_cells() makes them. 0 also where nothing is known (var.n 0) or no plan is found; -EINVAL
 * where --headline names no cell. Release OUT if 0.
 */
int planned_make(struct store *s, const struct measure *m, const struct kernel *kernels,
		 size_t n_kernels, json_t *cells, int64_t run_id, struct planned *out,
		 struct error *e);
void planned_release(struct planned *p);

/* Blocks of the whole plan. */
unsigned int planned_blocks(const struct planned *p);
/* All boots and builds one after the other. */
double planned_seconds(const struct planned *p, const struct size_plan *plan);
/*
 * Whether a pilot would bring more: nothing is known of some cells, or of their builds where those
 * are the units.
 */
bool planned_wants_pilot(const struct planned *p);
/* Why there is no plan, in E: -ENODATA. */
int planned_refusal(const struct planned *p, struct error *e);

void planned_print(const struct planned *p, FILE *out);
json_t *planned_json(const struct planned *p);

#endif
