/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `run` and `ab` have in common: from names to samples in the store. */
#ifndef FB_CLI_MEASURE_H
#define FB_CLI_MEASURE_H

#include <stdio.h>

#include "cli/kernel_words.h"
#include "results/rules.h"
#include "results/steps.h"
#include "results/store.h"

#define KERNELS_MAX 512
/* What the second arm of a kernel that is measured against itself has behind its name. */
#define AGAIN "/again"

/* What the user asked for; zero means: the target's default. */
struct measure {
	struct kernel_words kernels;
	struct strv cases;  /* names; none: all */
	struct strv params; /* "folio=4K,64K" */
	struct strv events; /* to be counted besides the usual ones */
	const struct target *target;
	unsigned int boots, samples, hang_s, memory_mib;
	unsigned int cpus, nodes; /* of a guest */
	bool cost;		  /* count instructions, */
	bool stacks;		  /* and by call stack */
	bool debug_info;	  /* refuse kernels without any, before they boot */
	uint64_t seed;
	struct run_rules rules; /* laid down by --detect, --margin, --headline, --looks */
	unsigned int pilot;	/* blocks of one, if it is needed; 0: the usual number */
	FILE *plan_out;		/* where the plan of --detect is printed; NULL: nowhere */
	bool again;		/* A/A: each kernel a second time, as NAME and AGAIN */
};

/* What came of it. */
struct measured {
	int64_t run_id;
	struct store *store;
	struct kernel *kernels; /* that are booted */
	size_t n_kernels;
	struct step *steps; /* with --each-patch: all of the series, the base first */
	size_t n_steps;
	unsigned int boots_ok, boots_bad;
	int machine_lock; /* held while this machine is measured; 0: not */
};

/* Options that run and ab share, for argp's children. Input: struct measure. */
extern const struct argp measure_argp;

/* A word that is not an option: "name=value" is a param, else a case. */
void measure_word(struct measure *m, const char *word);
void measure_release(struct measure *m);

/*
 * Checks cases and params, resolves and builds the kernels, boots them, stores
 * the records. Checks come before any work. On error what was measured so far
 * is in the store; measured_release() in any case.
 */
int measure_run(struct cli *cli, const struct measure *m, struct measured *out, struct error *e);
/*
 * Plans for M's rules without measuring more than the pilot that M->pilot asks for (0: none), from
 * run FROM (0: the best of the store). -ENODATA where the store is empty. Release P if 0. 1: counts
 * that repeat exactly need no plan, and there is none.
 */
struct planned;
int measure_plan(struct cli *cli, const struct measure *m, int64_t from, struct measured *out,
		 struct planned *p, struct error *e);
void measured_release(struct measured *m);

/* A sink that stores: what run_plan() and run_replay() write to. */
struct store_sink {
	struct store *store;
	int64_t run_id;
	unsigned int ok, bad;
};

struct run_sink measure_sink(struct store_sink *s);

#endif
