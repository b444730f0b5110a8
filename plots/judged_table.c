// SPDX-License-Identifier: GPL-2.0-or-later
/* What each verdict stands on, for those who want every metric: a second table; see judged.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/judged.h"
#include "plots/table.h"

enum {
	CASE,
	FOLIO,
	PARAMS,
	METRIC,
	UNITS,
	P,
	ADJUSTED,
	FLIP,
	INTERVAL,
	FLOOR,
	SEES,
	NEEDS,
	N_COLUMNS
};

static const struct table_column all_columns[N_COLUMNS] = {
	[CASE] = { "case", "CASE" },
	[FOLIO] = { "folio", "FOLIO", TABLE_RIGHT },
	[PARAMS] = { "params", "PARAMS" },
	[METRIC] = { "metric", "METRIC" },
	[UNITS] = { "n", "N", TABLE_RIGHT },
	[P] = { "p", "P", TABLE_RIGHT },
	[ADJUSTED] = { "p_adjusted", "ADJUSTED", TABLE_RIGHT },
	[FLIP] = { "p_flip", "FLIP", TABLE_RIGHT },
	[INTERVAL] = { "interval90", "90% INTERVAL", TABLE_RIGHT },
	[FLOOR] = { "floor", "FLOOR", TABLE_RIGHT },
	[SEES] = { "detectable", "SEES", TABLE_RIGHT },
	[NEEDS] = { "needed", "NEEDS", TABLE_RIGHT },
};

static void set_seen(struct table *t, const struct judgement *j)
{
	char buf[TEXT_MAX];

	if (isfinite(j->detectable))
		table_set(t, SEES, "%s", judged_seen(buf, j->detectable));
	else
		table_set(t, SEES, "-");
	if (j->needed)
		table_set(t, NEEDS, "%zu", j->needed);
	else
		table_set(t, NEEDS, "-");
}

static void add_row(struct table *t, const struct row_group *g, const struct compare_cell *cell,
		    bool first)
{
	const struct judgement *j = &cell->j;
	struct judgement narrow = *j;
	char buf[TEXT_MAX];

	narrow.lo = j->lo90;
	narrow.hi = j->hi90;
	table_row(t);
	if (first) {
		table_set(t, CASE, "%s", g->case_name);
		table_set(t, PARAMS, "%s", g->others);
		table_set(t, METRIC, "%s", g->metric);
	}
	table_set(t, FOLIO, "%s", row_folio(cell->params));
	table_set(t, UNITS, "%zu", j->n);
	table_set(t, P, "%s", judged_p(buf, j->p));
	table_set(t, ADJUSTED, "%s%s", judged_p(buf, j->p_adjusted), cell->named ? " named" : "");
	table_set(t, FLIP, "%s", judged_p(buf, j->p_flip));
	table_set(t, INTERVAL, "%s", judged_interval(buf, &narrow));
	if (j->calibrated)
		table_set(t, FLOOR, "%s", judged_share(buf, j->floor));
	else
		table_set(t, FLOOR, "-");
	set_seen(t, j);
}

static void choose_columns(const struct comparison *c, const struct rows *r,
			   const struct judged_tally *tally, struct table_column *columns)
{
	bool params = false, folio = false;

	memcpy(columns, all_columns, sizeof(all_columns));
	for (size_t i = 0; i < r->n; i++) {
		params |= *r->groups[i].others != '\0';
		folio |= *row_folio(c->cells[r->groups[i].index[0]].params) != '\0';
	}
	if (!params)
		columns[PARAMS].title = NULL;
	if (!folio)
		columns[FOLIO].title = NULL;
	if (!tally->floors)
		columns[FLOOR].title = NULL;
}

int judged_table(const struct comparison *c, const struct rows *r, FILE *out, struct error *e)
{
	struct judged_tally tally = judged_tally_of(c, r);
	struct table_column columns[N_COLUMNS];
	struct table *t __table = NULL;

	if (!tally.intervals)
		return 0;
	choose_columns(c, r, &tally, columns);
	t = table_new(columns, N_COLUMNS);
	for (size_t i = 0; i < r->n; i++) {
		bool first = true;

		for (size_t k = 0; k < r->groups[i].n; k++) {
			const struct compare_cell *cell = &c->cells[r->groups[i].index[k]];

			if (!judged_has_interval(&cell->j))
				continue;
			add_row(t, &r->groups[i], cell, first);
			first = false;
		}
	}
	fputs("\nWhat verdicts stand on. N: units; P: of t; FLIP: of the exact sign-flip test "
	      "(unpaired: rank "
	      "test);\nSEES: the least change that would have been seen; NEEDS: units to see the "
	      "margin.\n\n",
	      out);
	return table_print(t, out, e);
}
