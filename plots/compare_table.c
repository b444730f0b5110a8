// SPDX-License-Identifier: GPL-2.0-or-later
/* The format "table": what a person reads on the screen, within 100 columns. */
#include <string.h>

#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/counts.h"
#include "plots/format.h"
#include "plots/inside.h"
#include "plots/judged.h"
#include "plots/rows.h"
#include "plots/table.h"
#include "plots/text.h"

#define COLUMNS 100

enum {
	CASE,
	FOLIO,
	PARAMS,
	METRIC,
	UNIT,
	RULE,
	BASELINE,
	PATCHED,
	CHANGE,
	INTERVAL,
	FACTOR,
	VERDICT
};

/*
 * What is left out, one after the other, of a table with intervals until it fits: the column of
 * the unit (one that is not the head's stands with the metric), how many times as fast, what a
 * correct kernel may do.
 */
enum room { ALL, NO_UNIT, NO_FACTOR, NO_RULE };

/* How a table looks. */
struct look {
	enum room room;
	bool intervals; /* of some cell: then the factor stands beside the verdict */
};

/* Columns that say nothing in this comparison are left out (title NULL). */
static void choose_columns(const struct comparison *c, const struct rows *r,
			   const struct look *look, struct table_column columns[VERDICT + 1])
{
	static const struct table_column all[VERDICT + 1] = {
		[CASE] = { "case", "CASE" },
		[FOLIO] = { "folio", "FOLIO", TABLE_RIGHT },
		[PARAMS] = { "params", "PARAMS" },
		[METRIC] = { "metric", "METRIC" },
		[UNIT] = { "unit", "UNIT" },
		[RULE] = { "rule", "CORRECT" },
		[BASELINE] = { "baseline", "BASELINE", TABLE_RIGHT },
		[PATCHED] = { "patched", "PATCHED", TABLE_RIGHT },
		[CHANGE] = { "change", "CHANGE", TABLE_RIGHT },
		[INTERVAL] = { "interval", "95% INTERVAL", TABLE_RIGHT },
		[FACTOR] = { "factor", "FACTOR", TABLE_RIGHT },
		[VERDICT] = { "verdict", "VERDICT" },
	};
	bool params = false, folio = false, rule = false;

	memcpy(columns, all, sizeof(all));
	for (size_t i = 0; i < r->n; i++) {
		params |= *r->groups[i].others != '\0';
		folio |= *row_folio(c->cells[r->groups[i].index[0]].params) != '\0';
		rule |= *c->cells[r->groups[i].index[0]].rule != '\0';
	}
	if (!params)
		columns[PARAMS].title = NULL;
	if (!folio)
		columns[FOLIO].title = NULL;
	if (!rule || look->room >= NO_RULE)
		columns[RULE].title = NULL;
	if (look->room >= NO_UNIT)
		columns[UNIT].title = NULL;
	if (!look->intervals)
		columns[INTERVAL].title = NULL;
	if (params || look->intervals) /* there is no room for the change in other words */
		columns[FACTOR].title = NULL;
}

static enum table_color color_of(enum verdict v)
{
	switch (v) {
	case VERDICT_IMPROVED:
		return TABLE_GREEN;
	case VERDICT_REGRESSED:
	case VERDICT_WRONG:
		return TABLE_RED;
	case VERDICT_CHANGED:
	case VERDICT_NOT_COMPARABLE:
		return TABLE_YELLOW;
	default:
		return TABLE_PLAIN;
	}
}

static void add_row(struct table *t, const struct comparison *c, const struct row_group *g,
		    const struct compare_cell *cell, const struct look *look)
{
	bool times = look->intervals && look->room < NO_FACTOR;
	bool named = look->room >= NO_UNIT && strcmp(g->unit, c->unit) != 0;
	char *verdict __free = judged_verdict(c, cell, times);
	char buf[TEXT_MAX];

	table_row(t);
	if (cell == &c->cells[g->index[0]]) {
		table_set(t, CASE, "%s", g->case_name);
		table_set(t, PARAMS, "%s", g->others);
		table_set(t, METRIC, "%s%s%s", g->metric, named ? " " : "", named ? g->unit : "");
		table_set(t, UNIT, "%s", g->unit);
		table_set(t, RULE, "%s", cell->rule);
	}
	table_set(t, FOLIO, "%s", row_folio(cell->params));
	table_set(t, BASELINE, "%s", text_figure(buf, &cell->baseline, g->whole));
	table_set(t, PATCHED, "%s", text_figure(buf, &cell->patched, g->whole));
	table_set(t, CHANGE, "%s", text_change(buf, cell));
	table_set(t, INTERVAL, "%s", judged_interval(buf, &cell->j));
	/* of what one boot showed it would claim too much */
	if (cell->has_change && cell->j.unit != JUDGE_NOTHING)
		table_set(t, FACTOR, "%s",
			  text_factor(buf, cell->change, text_is_time(cell->unit, c->target)));
	table_set(t, VERDICT, "%s", verdict);
	table_set_color(t, VERDICT, color_of(cell->verdict));
}

static struct table *make_table(const struct comparison *c, const struct rows *r,
				const struct look *look, struct table_column *columns)
{
	struct table *t;

	choose_columns(c, r, look, columns);
	t = table_new(columns, VERDICT + 1);
	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->groups[i].n; j++)
			add_row(t, c, &r->groups[i], &c->cells[r->groups[i].index[j]], look);
	}
	return t;
}

/* As much as there is room for. */
static struct table *fit_table(const struct comparison *c, const struct rows *r,
			       struct table_column *columns)
{
	char *units __free = judged_units(c, r);
	struct look look = { .intervals = *units };
	struct table *t = make_table(c, r, &look, columns);

	while (look.intervals && look.room < NO_RULE && table_width(t) > COLUMNS) {
		table_free(t);
		look.room++;
		t = make_table(c, r, &look, columns);
	}
	return t;
}

static bool any_interval(const struct comparison *c, const struct rows *r)
{
	size_t i = 0;

	while (i < r->n && !judged_group_has_interval(c, &r->groups[i]))
		i++;
	return i < r->n;
}

static void write_head(const struct comparison *c, const struct rows *r, FILE *out)
{
	const struct text_side sides[] = { { "baseline", &c->baseline },
					   { "patched", &c->patched } };
	char *unit __free = text_unit_line(c->unit, c->target, c->cpus);

	output_sides(out, sides, ARRAY_SIZE(sides), 9);
	fprintf(out, "%-9s %s, run %lld\n", "target", c->target, (long long)c->run_id);
	fprintf(out, "%-9s %s\n", "unit", unit);
	counts_head(&c->baseline, 9, out);
	if (c->built.fact && *c->built.fact)
		fprintf(out, "%-9s %s\n", "config", c->built.fact);
	fprintf(out, "%-9s patched / baseline - 1; negative: the patched kernel %s\n", "change",
		text_is_time(c->unit, c->target) ? "is faster" : "has less of it");
	if (any_interval(c, r))
		fprintf(out, "%-9s (of means; the figures beside it are medians of boots)\n", "");
	fputc('\n', out);
}

static void count_verdicts(const struct comparison *c, const struct rows *r, FILE *out)
{
	size_t count[VERDICT_WRONG + 1] = { 0 };
	char *layouts __free = text_layouts(c);
	const char *sep = "";

	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->groups[i].n; j++)
			count[c->cells[r->groups[i].index[j]].verdict]++;
	}
	fputc('\n', out);
	for (size_t v = 0; v < ARRAY_SIZE(count); v++) {
		if (!count[v] && v != VERDICT_REGRESSED)
			continue;
		fprintf(out, "%s%zu %s", sep, count[v], verdict_name((enum verdict)v));
		sep = ", ";
	}
	fputc('\n', out);
	if (layouts)
		fprintf(out, "%s.\n", layouts);
	if (text_all_identical(c))
		fputs("All boots of a kernel gave identical figures.\n", out);
}

static int write_counts(const struct comparison *c, bool all, FILE *out, struct error *e)
{
	const struct compare_side sides[] = { c->baseline, c->patched };
	struct counts_view v = {
		.counts = &c->counts,
		.sides = sides,
		.unit = c->unit,
		.all = all,
		.change = true,
	};

	return counts_print(&v, out, e);
}

/* Warm-up, drift and the like, where they were found. */
static void put_inside(const struct comparison *c, const struct rows *r, FILE *out)
{
	char *sentences __free = inside_sentences(c, r);

	if (*sentences)
		text_wrapped(out, "", 0, COLUMNS, sentences);
}

static int write_table(const struct comparison *c, bool all, FILE *out, struct error *e)
{
	struct table_column columns[VERDICT + 1];
	struct table *t __table = NULL;
	struct rows r __rows = { 0 };
	int rc;

	rows_of_comparison(c, all, &r);
	t = fit_table(c, &r, columns);
	write_head(c, &r, out);
	rc = table_print(t, out, e);
	if (rc)
		return rc;
	count_verdicts(c, &r, out);
	judged_lines(c, &r, COLUMNS, out);
	put_inside(c, &r, out);
	if (all)
		rc = judged_table(c, &r, out, e);
	if (rc)
		return rc;
	rc = write_counts(c, all, out, e);
	if (rc)
		return rc;
	cost_why(c, &r, COLUMNS, out);
	if (c->cost)
		fputc('\n', out);
	rows_remarks(&r, &c->lacks, &c->warnings, out);
	return output_end(out, e);
}

static int write_headlines(const struct comparison *c, FILE *out, struct error *e)
{
	return write_table(c, false, out, e);
}

static int write_all(const struct comparison *c, FILE *out, struct error *e)
{
	return write_table(c, true, out, e);
}

const struct format format_table = {
	.name = "table",
	.summary = "the headline metrics, for the screen",
	.write = write_headlines,
};

const struct format format_table_all = {
	.name = "table-all",
	.summary = "every metric, for the screen",
	.write = write_all,
};
