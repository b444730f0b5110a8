/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts of instructions as people and programs read them: of one kernel (a profile: PATCHED of
 * the comparison has no name), of two, and of a series patch by patch.
 */
#ifndef FB_PLOTS_COST_H
#define FB_PLOTS_COST_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/json.h"
#include "plots/rows.h"
#include "results/compare.h"
#include "results/cost.h"
#include "results/steps.h"

struct cost_view {
	size_t columns; /* 0: as wide as the terminal, 100 where it is none */
	bool all; /* every function; else those that make 99 % of it, and the sum of the rest */
};

/* For the screen and for mails. */
int cost_table(const struct cost_comparison *c, const struct cost_view *v, FILE *out,
	       struct error *e);
/* docs/cost-json.md. A new reference. */
json_t *cost_to_json(const struct cost_comparison *c);
int cost_json(const struct cost_comparison *c, FILE *out, struct error *e);
/* One indented object and a newline. */
int cost_json_print(json_t *obj, FILE *out, struct error *e);

/*
 * The explanation beside a time, from the counts that C has of the same kernels, if any: a
 * paragraph for each headline cell of R that executes something else, at most COLUMNS wide, and how
 * many do not.
 */
void cost_why(const struct comparison *c, const struct rows *r, size_t columns, FILE *out);

/*
 * A series patch by patch: cost_steps_load() in results/cost.h. Unless ALL, three and more patches
 * in a row that change nothing share a line.
 */
int cost_steps_table(const struct cost_steps *s, bool all, FILE *out, struct error *e);
/* A new reference. */
json_t *cost_steps_to_json(const struct cost_steps *s);

/* Inside plots/ only, from here. */

#define COST_TEXT_MAX 32

/* The digits that mean something: "7321.0", "12.25", "0.0625". SIGNED: with a plus. Returns BUF. */
char *cost_number(char buf[COST_TEXT_MAX], double value, bool with_sign);
/*
 * The same in WIDTH columns with the points of a column below each other. Returns how many blanks
 * of the width are still to be put, if anything follows.
 */
int cost_put_number(FILE *out, int width, double value, bool with_sign);
#define COST_NUMBER_WIDTH 12

/* "fork folio=64K size=16M"; caller frees. */
char *cost_cell_title(const struct cost_cell *c);
/* "per page", "exit per page", "write faults, per operation": of a metric; caller frees. */
char *cost_per_label(const struct cost_cell *c);
/* "instructions", "atomic operations": of a counted thing, for sentences. */
const char *cost_event_text(enum cost_event event);
/* Whether a figure per operation is not 0, but so small that it says more by the window. */
bool cost_is_rare(double value);
/* Whether two figures differ by more than sums of doubles do. */
bool cost_differs(double a, double b);

/*
 * What to say of a row besides its instructions: its note, then what else it has more or less
 * of, "gone; atomics -2.0, TLB -1.0"; "" for nothing. What is rare is told
 * by the window of OPS operations: "a window: +12.0, atomics +6.0". Caller frees.
 */
char *cost_row_remark(const struct cost_row *row, double ops);
/* "atomics +2.0, TLB +1.0"; "" for nothing. Caller frees. */
char *cost_events_remark(const struct cost_counts *c, bool with_sign);
/* Whether instructions, atomic operations, TLB invalidations or barriers differ. */
bool cost_changed(const struct cost_cell *c);
/*
 * Whether what is different of a function may be chance: its windows differ on one kernel at least,
 * and some have as much of it on both.
 */
bool cost_may_be_chance(const struct cost_row *row);
/* Whether all that changed is in such functions, or nothing changed. */
bool cost_all_chance(const struct cost_cell *c);
/* "+3.2%" of A, or "x 8193" where that says more. BUF of TEXT_MAX; returns it. */
const char *cost_change_text(char *buf, double a, double b);
/*
 * "245.1 -> 61.2 kernel instructions per page (-183.9): copy_present_ptes -79.0, ...", which the
 * caller frees.
 */
char *cost_why_cell(const struct cost_cell *c);

/* The rows that are shown one by one. INDEX is owned: cost_shown_release(). */
struct cost_shown {
	size_t *index; /* of the cell's rows, or of the baseline's functions of a profile */
	size_t n;
	size_t n_rest;			 /* others with a difference (of a profile: others) */
	double baseline, patched, delta; /* their sums of instructions */
	double share;			 /* of the sum of all differences, or of all instructions */
	struct cost_counts rest;	 /* their sums of everything */
	size_t n_equal;			 /* functions without a difference, */
	double equal;			 /* and their instructions */
};

/*
 * Kernel functions, or those of USER space: those that make 99 % of the differences (or, of one
 * kernel, of the counts) in instructions, and in what changes how kernels scale: atomic operations,
 * TLB invalidations, barriers. ALL: every one with a difference.
 */
void cost_show(const struct cost_cell *c, bool profile, bool user, bool all,
	       struct cost_shown *out);
void cost_shown_release(struct cost_shown *s);

#endif
