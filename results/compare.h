/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparing two kernels: per cell and metric the medians over boots, their
 * spread, the change, a verdict. What a comparison says is here; how it looks
 * is in plots/.
 */
#ifndef FB_RESULTS_COMPARE_H
#define FB_RESULTS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/json.h"
#include "lib/record.h"
#include "lib/strbuf.h"
#include "results/differences.h"
#include "results/judge.h"
#include "results/rules.h"
#include "results/store.h"
#include "results/summary.h"

struct cost_comparison;

struct compare_cell {
	char *case_name, *case_summary, *rule, *varies; /* as of summary_cell */
	json_t *params;
	char *metric, *unit;
	enum better better;
	enum verdict verdict; /* j.verdict */
	bool headline;
	bool named; /* by --headline */
	bool has_change;
	double change; /* patched / baseline - 1: j.change */
	struct judgement j;
	struct series baseline, patched;
	struct within within; /* what was found inside the boots of both */
	char *note;	      /* why it is not comparable, what was refused; "" if nothing */
};

struct comparison {
	struct compare_side baseline, patched;
	int64_t run_id;
	char *target, *unit; /* "qemu", "insn" */
	bool exact;	     /* the same kernel gives the same figures */
	unsigned int cpus;   /* of the machine that booted; 0: not told */
	char *command;	     /* that made the run, to reproduce it */
	char *when;	     /* ISO date and time, UTC */
	json_t *host;
	struct compare_cell *cells; /* in plan order */
	size_t n_cells;
	struct strv warnings;	/* skipped cells, tainted boots, one line each */
	struct run_rules rules; /* as laid down before the run */
	struct judge_rules judged_by;
	bool named_after;  /* cells were named, or the margin chosen, after it was measured */
	char *machine;	   /* machine_key(); whose floors were used */
	struct strv lacks; /* as of summary */
	struct place_effect place; /* of a cell in its boot */
	struct counts counts;	   /* as of summary: the baseline's, then the patched kernel's */
	struct differences built;  /* besides sources and patches */
	char *apart; /* why nothing of it compares: "a; b", "" where it does; also a warning */
	/* what is executed by the same kernels, or NULL: set by who has it, released here */
	struct cost_comparison *cost;
};

struct compare_query {
	const char *baseline, *patched; /* both: names, or 8 digits or more of the hash */
	int64_t run_id;			/* 0: the newest run that has both */
	double margin;			/* a share; 0: as laid down, or JUDGE_MARGIN */
	const struct strv *headline;	/* cells named now, see rules_names(); NULL: as laid down */
};

/* Errors as of summary_load(). Release OUT if 0. */
int compare_load(struct store *s, const struct compare_query *q, struct comparison *out,
		 struct error *e);
void comparison_release(struct comparison *c);

/* Whether any headline cell regressed, or a kernel was wrong anywhere: exit code 1. */
bool comparison_regressed(const struct comparison *c);

#endif
