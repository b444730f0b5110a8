/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which people read results: grouped by case, metric and the
 * params that vary, the folio size down the rows in numeric order. Shared by
 * tables, letter and figures, for comparisons and summaries.
 */
#ifndef FB_PLOTS_ROWS_H
#define FB_PLOTS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/strbuf.h"
#include "results/compare.h"
#include "results/summary.h"

/* The param that goes down the rows. */
#define ROW_PARAM "folio"

struct row_group {
	const char *case_name, *metric, *unit;
	enum better better;
	bool headline;
	char *others;  /* "child=exit": other params that vary within the case; may be "" */
	size_t *index; /* cells of the comparison or summary, by folio size */
	size_t n;
	bool whole;		       /* all its figures are whole numbers */
	size_t case_rank, metric_rank; /* for sorting */
};

struct rows {
	struct row_group *groups;
	size_t n;
	struct strv fixed;   /* "cow, fork: size=64M": params that do not vary in those cases */
	struct strv notes;   /* "cow folio=64K per_page: boots differ", in the order of the rows */
	struct strv varying; /* "anon-cow-seq: several tasks at once": cells that do not repeat */
};

/* A cell's note without the reasons that hold for all cells: those are warned of once. */
const char *rows_note(const struct comparison *c, const struct compare_cell *cell);
/* ALL: also the metrics that are not headlines. Strings belong to the argument. */
void rows_of_comparison(const struct comparison *c, bool all, struct rows *out);
void rows_of_summary(const struct summary *s, bool all, struct rows *out);
void rows_release(struct rows *r);
#define __rows	     __attribute__((cleanup(rows_release)))
#define ROWS_FIXED   "Params the same in all rows of a case"
#define ROWS_VARYING "Not the same in each boot, and not compared exactly"
/* What stands below a table: what is fixed, the notes, what LACKS, then WARNINGS. */
void rows_remarks(const struct rows *r, const struct strv *lacks, const struct strv *warnings,
		  FILE *out);

/* "64K", or "" for a cell that has no folio size. */
const char *row_folio(json_t *params);
/* "folio=64K child=exit", folio first; appended to SB. */
void row_params(json_t *params, struct strbuf *sb);

#endif
