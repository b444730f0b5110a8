// SPDX-License-Identifier: GPL-2.0-or-later
/* What was decided of one cell, in words and digits; see judged.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/judged.h"
#include "plots/rows.h"

/* Digits of the end of an interval that is next to 0 but not at it. */
#define DECIMALS_MOST 3

bool judged_has_interval(const struct judgement *j)
{
	return j->unit == JUDGE_BLOCKS || j->unit == JUDGE_BUILDS || j->unit == JUDGE_UNPAIRED;
}

bool judged_group_has_interval(const struct comparison *c, const struct row_group *g)
{
	size_t i = 0;

	while (i < g->n && !judged_has_interval(&c->cells[g->index[i]].j))
		i++;
	return i < g->n;
}

#define USELESS 10

/* "-55.2", "0.0". FAR: not 0 where the end is not, lest the interval seem to hold no change. */
static void put_end(char buf[TEXT_MAX], double end, int decimals, bool far)
{
	double percent = end * 100, size = fabs(percent);

	while (far && size * pow(10, decimals) < 0.5 && decimals < DECIMALS_MOST)
		decimals++;
	if (size * pow(10, decimals) < 0.5)
		snprintf(buf, TEXT_MAX, "%.*f", decimals, 0.0);
	else if (size >= 1e5)
		snprintf(buf, TEXT_MAX, "%+.0e", percent);
	else
		snprintf(buf, TEXT_MAX, "%+.*f", decimals, percent);
}

char *judged_interval(char buf[TEXT_MAX], const struct judgement *j)
{
	char lo[TEXT_MAX], hi[TEXT_MAX];
	double farthest;
	int decimals = text_decimals((j->hi - j->lo) / 2), most;

	if (!judged_has_interval(j) || isnan(j->lo) || isnan(j->hi))
		return strcpy(buf, j->unit == JUDGE_EXACT ? "exact" : "-");
	/* as many as text_percent_within() gives the change itself */
	farthest = fmax(fabs(j->lo), fabs(j->hi));
	most = farthest >= 1 ? 0 : farthest >= 0.01 ? 1 : 2;
	decimals = decimals < most ? decimals : most;
	put_end(lo, j->lo, decimals, j->lo > 0);
	put_end(hi, j->hi, decimals, j->hi < 0);
	/* from nothing to anything: how many times a thousand percent says no more */
	if (j->hi > USELESS && 1 + j->hi > USELESS * (1 + j->lo))
		strcpy(hi, ">1000");
	snprintf(buf, TEXT_MAX, "%.12s to %.12s%%", lo, hi);
	return buf;
}

char *judged_p(char buf[TEXT_MAX], double p)
{
	if (isnan(p))
		strcpy(buf, "-");
	else if (p < 0.001)
		strcpy(buf, "<0.001");
	else
		snprintf(buf, TEXT_MAX, "%.3f", p);
	return buf;
}

char *judged_verdict(const struct comparison *c, const struct compare_cell *cell, bool factor)
{
	char times[TEXT_MAX] = "";

	if (factor && cell->has_change && verdict_differs(cell->verdict))
		text_factor(times, cell->change, text_is_time(cell->unit, c->target));
	return xasprintf("%s%s%s%s%s", verdict_name(cell->verdict), *times ? ", " : "", times,
			 cell->j.fragile ? ", fragile" : "", *rows_note(c, cell) ? " *" : "");
}

static const char *unit_word(enum judge_unit unit, bool many)
{
	if (unit == JUDGE_BLOCKS)
		return many ? "blocks" : "block";
	if (unit == JUDGE_BUILDS)
		return many ? "builds" : "build";
	return many ? "boots" : "boot";
}

char *judged_units(const struct comparison *c, const struct rows *r)
{
	enum judge_unit unit = JUDGE_NOTHING;
	size_t lo = SIZE_MAX, hi = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->groups[i].n; k++) {
			const struct judgement *j = &c->cells[r->groups[i].index[k]].j;

			if (!judged_has_interval(j))
				continue;
			/* of several kinds the one that says the most */
			if (unit == JUDGE_NOTHING || j->unit < unit)
				unit = j->unit;
			lo = j->n < lo ? j->n : lo;
			hi = j->n > hi ? j->n : hi;
		}
	}
	if (!hi)
		return xstrdup("");
	if (lo == hi)
		return xasprintf("%zu %s", hi, unit_word(unit, hi != 1));
	return xasprintf("%zu to %zu %s", lo, hi, unit_word(unit, true));
}

char *judged_share(char buf[TEXT_MAX], double share)
{
	snprintf(buf, TEXT_MAX, "%.3g%%", share * 100);
	return buf;
}

char *judged_seen(char buf[TEXT_MAX], double detectable)
{
	if (detectable >= 10)
		strcpy(buf, ">1000%");
	else
		snprintf(buf, TEXT_MAX, detectable >= 0.995 ? "%.0f%%" : "%.2g%%",
			 detectable * 100);
	return buf;
}
