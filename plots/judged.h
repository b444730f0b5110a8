/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was decided of cells, by what, and what could not be: the words and lines for it that
 * tables, cover letter and figures share. Inside plots/ only.
 */
#ifndef FB_PLOTS_JUDGED_H
#define FB_PLOTS_JUDGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "plots/rows.h"
#include "plots/text.h"
#include "results/compare.h"

/* Whether an interval was worked out of the boots: not of exact figures, nor of one boot. */
bool judged_has_interval(const struct judgement *j);
/* Whether any cell of G has one. */
bool judged_group_has_interval(const struct comparison *c, const struct row_group *g);
/* "-55.2 to -53.1%"; "exact" for figures that repeat, "-" where there is none. Returns BUF. */
char *judged_interval(char buf[TEXT_MAX], const struct judgement *j);
/* "<0.001", "0.021", "-" for a NaN. Returns BUF. */
char *judged_p(char buf[TEXT_MAX], double p);
/*
 * "improved", "regressed, 2.1x slower, fragile". FACTOR: with how many times, where a difference
 * was found and there is a factor of two. Caller frees.
 */
char *judged_verdict(const struct comparison *c, const struct compare_cell *cell, bool factor);
/* "9 blocks", "7 to 9 blocks", "3 builds": of the shown cells that have an interval; caller frees.
 */
char *judged_units(const struct comparison *c, const struct rows *r);

/* "1%", "0.5%": a margin or floor, without a sign. Returns BUF. */
char *judged_share(char buf[TEXT_MAX], double share);
/* The least change that would have been seen: "2.3%". Returns BUF. */
char *judged_seen(char buf[TEXT_MAX], double detectable);

/* What there is to be said of the cells that are shown. */
struct judged_tally {
	size_t intervals;    /* cells that have one; of these: */
	size_t fragile, few; /* marked so; because there are too few units */
	size_t unpaired, builds, conditional;
	size_t floors, no_floor; /* with one from a calibration, or not */
	double floor_lo, floor_hi;
	size_t left; /* boots without a partner, in the worst cell */
	/* of the whole comparison: p-values adjusted together, of other metrics and headlines, */
	size_t family[2];
	size_t named; /* and by Holm */
};

struct judged_tally judged_tally_of(const struct comparison *c, const struct rows *r);

/*
 * The lines below a table, at most COLUMNS wide: what change, interval and verdicts are made of,
 * then judged_lists(). Nothing where all that is shown is exact and nothing is to be said.
 */
void judged_lines(const struct comparison *c, const struct rows *r, size_t columns, FILE *out);
/* Which cells were named, decided by the correction or the floor; what was not seen. */
void judged_lists(const struct comparison *c, const struct rows *r, size_t columns, FILE *out);
/* How it was measured and judged, in sentences for a mail; "" if all is exact. Caller frees. */
char *judged_paragraph(const struct comparison *c, const struct rows *r);

/*
 * What each verdict stands on, as a table of its own: p-values, the 90 % interval, the floor, what
 * would have been seen. Nothing without intervals.
 */
int judged_table(const struct comparison *c, const struct rows *r, FILE *out, struct error *e);

#endif
