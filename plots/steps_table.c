// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A series patch by patch, for the screen: first which patch brought or cost what, then for
 * each cell that some patch changed a table of its figures down the series.
 */
#include <string.h>

#include "lib/cleanup.h"
#include "plots/format.h"
#include "plots/judged.h"
#include "plots/steps.h"
#include "plots/table.h"
#include "plots/text.h"

#define COLUMNS	      100
#define SUBJECT	      44 /* characters of it that fit beside the figures */
#define SUBJECT_SHORT 30 /* with intervals, too */
#define FOLD_FROM     3	 /* rows with nothing to say that are made one */

enum { NUMBER, PATCH, VALUE, STEP, INTERVAL, TOTAL, VERDICT, N_COLUMNS };

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
	case VERDICT_EQUIVALENT:
		return TABLE_DIM;
	default:
		return TABLE_PLAIN;
	}
}

static void add_row(struct table *t, const struct steps *st, const struct row_group *g, size_t cell,
		    size_t i)
{
	const struct step_figure *f = steps_at(st, cell, i);
	const char *text = i ? st->v[i].subject : st->v[i].name;
	char *subject __free =
		text_cut(text, steps_has_intervals(st, cell) ? SUBJECT_SHORT : SUBJECT);
	char *word __free = steps_word(st, cell, i);
	bool copy = !steps_booted(st, i);
	char buf[TEXT_MAX] = "-";

	table_row(t);
	table_set(t, NUMBER, "%zu", i);
	table_set(t, PATCH, "%s", i ? subject : st->v[i].name);
	table_set(t, VALUE, "%s", f->series ? text_figure(buf, f->series, g->whole) : "-");
	if (i) {
		table_set(t, STEP, "%s", copy ? "=" : steps_change(buf, st, cell, i, false));
		table_set(t, INTERVAL, "%s", copy ? "" : judged_interval(buf, &f->j));
		table_set(t, TOTAL, "%s", steps_change(buf, st, cell, i, true));
	}
	table_set(t, VERDICT, "%s", word);
	if (copy && f->verdict != VERDICT_WRONG) {
		for (size_t c = 0; c < N_COLUMNS; c++)
			table_set_color(t, c, TABLE_DIM);
	} else if (i || f->verdict == VERDICT_WRONG) {
		table_set_color(t, STEP, color_of(f->verdict));
		table_set_color(t, VERDICT, color_of(f->verdict));
	}
}

/* Nothing is to be said of step I: it is as the one before, right or wrong. */
static bool is_quiet(const struct steps *st, size_t cell, size_t i)
{
	return i && !steps_tells(st, cell, i) &&
	       steps_at(st, cell, i)->verdict != VERDICT_INCONCLUSIVE;
}

/* Steps FROM to TO in one row: their figures are the same, within the floor, or all wrong. */
static void add_folded(struct table *t, const struct steps *st, const struct row_group *g,
		       size_t cell, size_t from, size_t to)
{
	const struct step_figure *f = steps_at(st, cell, to);
	char *word __free = steps_word(st, cell, to);
	char buf[TEXT_MAX];

	table_row(t);
	table_set(t, NUMBER, "%zu-%zu", from, to);
	table_set(t, PATCH, "(%zu patches)", to - from + 1);
	table_set(t, VALUE, "%s", f->series ? text_figure(buf, f->series, g->whole) : "-");
	table_set(t, STEP, "=");
	table_set(t, TOTAL, "%s", steps_change(buf, st, cell, to, true));
	table_set(t, VERDICT, "%s", f->verdict == VERDICT_EQUIVALENT ? "same" : word);
	if (f->verdict == VERDICT_WRONG)
		table_set_color(t, VERDICT, TABLE_RED);
	for (size_t c = 0; c < N_COLUMNS && f->verdict != VERDICT_WRONG; c++)
		table_set_color(t, c, TABLE_DIM);
}

/* Every step has a row, but with FOLD three or more with nothing to say share one. */
static void add_rows(struct table *t, const struct steps *st, const struct row_group *g,
		     size_t cell, bool fold)
{
	for (size_t i = 0, end; i < st->n; i = end) {
		for (end = i; end < st->n && is_quiet(st, cell, end);)
			end++;
		if (fold && end - i >= FOLD_FROM) {
			add_folded(t, st, g, cell, i, end - 1);
			continue;
		}
		end = end > i ? end : i + 1;
		for (size_t k = i; k < end; k++)
			add_row(t, st, g, cell, k);
	}
}

static int put_cell(const struct steps *st, const struct row_group *g, size_t cell, bool fold,
		    FILE *out, struct error *e)
{
	struct table_column columns[N_COLUMNS] = {
		[NUMBER] = { "number", "#", TABLE_RIGHT },
		[PATCH] = { "patch", "PATCH" },
		[VALUE] = { "value", "VALUE", TABLE_RIGHT },
		[STEP] = { "step", "STEP", TABLE_RIGHT },
		[INTERVAL] = { "interval", "95% INTERVAL", TABLE_RIGHT },
		[TOTAL] = { "total", "TOTAL", TABLE_RIGHT },
		[VERDICT] = { "verdict", "VERDICT" },
	};
	struct table *t __table = NULL;
	char *name __free = steps_cell_name(st, g, cell);
	char *metric __free = text_metric(g->metric, g->unit);
	const char *better = text_better(g->better), *rule = st->sum.cells[cell].rule;

	if (!steps_has_intervals(st, cell))
		columns[INTERVAL].title = NULL;
	t = table_new(columns, N_COLUMNS);
	add_rows(t, st, g, cell, fold);
	fprintf(out, "\n%s: %s%s%s%s%s%s\n", name, metric, *better ? "; " : "", better,
		*rule ? "; " : "", rule, *st->sum.cells[cell].note ? " *" : "");
	return table_print(t, out, e);
}

static void put_head(const struct steps *st, FILE *out)
{
	const struct compare_side *base = NULL;
	char *unit __free = text_unit_line(st->sum.unit, st->sum.target, st->sum.cpus);
	char *numbers __free = steps_numbers(st);
	char *kernel __free = NULL;

	for (size_t k = 0; k < st->sum.n_kernels && !base; k++) {
		if (!strcmp(st->sum.kernels[k].hash, st->v[0].hash))
			base = &st->sum.kernels[k];
	}
	kernel = base ? text_kernel(base) : xstrdup("never booted");
	fprintf(out, "base      %s  %s\n", st->v[0].name, kernel);
	fprintf(out, "series    %s\n", numbers);
	fprintf(out, "target    %s, run %lld\n", st->sum.target, (long long)st->sum.run_id);
	fprintf(out, "unit      %s\n", unit);
	fputs("change    step: against the patch before; total: against the base; negative: ", out);
	fputs(text_is_time(st->sum.unit, st->sum.target) ? "faster\n\n" : "less of it\n\n", out);
}

int steps_table(const struct steps *st, bool all, FILE *out, struct error *e)
{
	char *unchanged __free = steps_unchanged(st);
	struct rows r __rows = { 0 };
	int rc = 0;

	rows_of_summary(&st->sum, all, &r);
	put_head(st, out);
	steps_put_summary(st, &r, COLUMNS, out);
	for (size_t g = 0; g < r.n; g++) {
		for (size_t k = 0; k < r.groups[g].n && !rc; k++) {
			if (all || steps_any(st, r.groups[g].index[k]))
				rc = put_cell(st, &r.groups[g], r.groups[g].index[k], !all, out, e);
		}
	}
	if (rc)
		return rc;
	fputc('\n', out);
	steps_put_judged(st, COLUMNS, out);
	if (*unchanged)
		text_wrapped(out, "The same with every patch: ", 2, COLUMNS, unchanged);
	rows_remarks(&r, &st->sum.lacks, &st->sum.warnings, out);
	return output_end(out, e);
}

static int write_table(const struct steps *st, FILE *out, struct error *e)
{
	return steps_table(st, false, out, e);
}

static int write_all(const struct steps *st, FILE *out, struct error *e)
{
	return steps_table(st, true, out, e);
}

steps_writer *steps_format(const char *name)
{
	static const struct {
		const char *name;
		steps_writer *write;
	} writers[] = {
		{ "table", write_table }, { "table-all", write_all },	    { "csv", steps_csv },
		{ "json", steps_json },	  { "cover-letter", steps_letter },
	};

	for (size_t i = 0; i < ARRAY_SIZE(writers); i++) {
		if (!strcmp(writers[i].name, name))
			return writers[i].write;
	}
	return NULL;
}
