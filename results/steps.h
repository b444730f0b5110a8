/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A series patch by patch: one kernel for each patch of it, on top of the ones before, so that
 * every figure has a history. What each step changed is decided here, how it looks in plots/.
 *
 * A kernel whose code is that of an earlier one is not booted: what was measured of the earlier
 * one holds for it.
 */
#ifndef FB_RESULTS_STEPS_H
#define FB_RESULTS_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "results/judge.h"
#include "results/store.h"
#include "results/summary.h"

/* A kernel of the series; number 0 is the base, without any patch of it. Strings are owned. */
struct step {
	char *name;	/* the kernel's: "stock+v2.mbox[3]" */
	char *subject;	/* of the patch that it has more than the one before; "" of the base */
	char *hash;	/* what the store knows the kernel by */
	size_t same_as; /* the first step with the same code: this one, or one before it */
};

/* One cell and metric at one step. */
struct step_figure {
	const struct series *series; /* of the kernel that was booted; NULL: there is none */
	bool has_before;	     /* a step before this one has a figure, */
	size_t before;		     /* and this is the last such step */
	bool has_change, has_total;
	double change; /* against BEFORE, as of judgement */
	double total;  /* against the base */
	/* what CHANGE and TOTAL stand on; of a kernel with the same code: exact, no change */
	struct judgement j, total_j;
	/* WRONG: this kernel was; NOT_COMPARABLE: no figure, or none to compare it with */
	enum verdict verdict, total_verdict;
};

struct steps {
	struct summary sum; /* of the kernels that were booted */
	struct step *v;
	size_t n;		     /* patches and the base */
	struct step_figure *figures; /* N for each cell of the summary */
	struct judge_rules judged_by;
	char *machine; /* as of comparison */
};

/* Notes for RUN_ID which kernels it is about; V[0] is the base. */
int steps_store(struct store *s, int64_t run_id, const struct step *v, size_t n, struct error *e);

/*
 * What RUN_ID measured of a series patch by patch; 0: the newest run that did. -ENOENT when
 * there is no such run or it was none of a series. Kernels without a usable boot are no error:
 * they have no figures. Release OUT if 0.
 */
int steps_load(struct store *s, int64_t run_id, struct steps *out, struct error *e);
void steps_release(struct steps *st);
/* Only which run it is and the kernels that it is about: no figures, no summary. */
int steps_pick(struct store *s, int64_t *run_id, struct steps *out, struct error *e);

/* The figure of CELL (of the summary) at step I. */
const struct step_figure *steps_at(const struct steps *st, size_t cell, size_t i);

/*
 * Whether patch I (1 or more) is to be named for CELL: its figure differs from the one before,
 * or it is the first that is wrong, or the first without or again with a figure.
 */
bool steps_tells(const struct steps *st, size_t cell, size_t i);
/* Whether any patch is to be named for CELL. */
bool steps_any(const struct steps *st, size_t cell);
/* Whether patch I is to be named for any headline cell. */
bool steps_patch_tells(const struct steps *st, size_t i);
/* Whether the kernel of step I was booted, rather than an earlier one with its code. */
bool steps_booted(const struct steps *st, size_t i);

/* Whether any boot of the kernel of step I, or of the one with its code, ended well. */
bool steps_usable(const struct steps *st, size_t i);

/* Whether a kernel was wrong at any step, or the last one's headline regressed: exit code 1. */
bool steps_regressed(const struct steps *st);
/* Whether a headline cell has no figure at some step: it was measured in part only. */
bool steps_missing(const struct steps *st);

#endif
