// SPDX-License-Identifier: GPL-2.0-or-later
/* What was measured, without comparing: a column for each kernel; see format.h. */
#include <string.h>

#include "lib/cleanup.h"
#include "plots/counts.h"
#include "plots/format.h"
#include "plots/inside.h"
#include "plots/rows.h"
#include "plots/table.h"
#include "plots/text.h"

enum { CASE, FOLIO, PARAMS, METRIC, UNIT, RULE, FIRST };

/* After FIRST: for each kernel its value and the spread of its boots. */
static struct table_column *make_columns(const struct summary *s, const struct rows *r)
{
	static const struct table_column left[FIRST] = {
		[CASE] = { "case", "CASE" },	   [FOLIO] = { "folio", "FOLIO", TABLE_RIGHT },
		[PARAMS] = { "params", "PARAMS" }, [METRIC] = { "metric", "METRIC" },
		[UNIT] = { "unit", "UNIT" },	   [RULE] = { "rule", "CORRECT" },
	};
	struct table_column *c = xcalloc(FIRST + 2 * s->n_kernels, sizeof(*c));
	bool params = false, folio = false, rule = false;

	memcpy(c, left, sizeof(left));
	for (size_t i = 0; i < r->n; i++) {
		params |= *r->groups[i].others != '\0';
		folio |= *row_folio(s->cells[r->groups[i].index[0]].params) != '\0';
		rule |= *s->cells[r->groups[i].index[0]].rule != '\0';
	}
	if (!params)
		c[PARAMS].title = NULL;
	if (!folio)
		c[FOLIO].title = NULL;
	if (!rule)
		c[RULE].title = NULL;
	for (size_t k = 0; k < s->n_kernels; k++) {
		c[FIRST + 2 * k] =
			(struct table_column){ "value", s->kernels[k].name, TABLE_RIGHT };
		c[FIRST + 2 * k + 1] = (struct table_column){ "spread", "+-", TABLE_RIGHT };
		if (s->kernels[k].boots_ok < 2)
			c[FIRST + 2 * k + 1].title = NULL;
	}
	return c;
}

static void add_row(struct table *t, const struct summary *s, const struct row_group *g,
		    const struct summary_cell *c, bool first)
{
	char buf[TEXT_MAX];

	table_row(t);
	if (first) {
		table_set(t, CASE, "%s", g->case_name);
		table_set(t, PARAMS, "%s", g->others);
		table_set(t, METRIC, "%s", g->metric);
		table_set(t, UNIT, "%s", g->unit);
		table_set(t, RULE, "%s", c->rule);
	}
	table_set(t, FOLIO, "%s", row_folio(c->params));
	for (size_t k = 0; k < s->n_kernels; k++) {
		const struct series *series = &c->series[k];
		const char *mark = *c->note && k + 1 == s->n_kernels ? " *" : "";

		table_set(t, FIRST + 2 * k, "%s%s", text_figure(buf, series, g->whole), mark);
		table_set(t, FIRST + 2 * k + 1, "%s", text_spread(buf, series));
	}
}

static void write_head(const struct summary *s, FILE *out)
{
	struct text_side *sides __free = xcalloc(s->n_kernels, sizeof(*sides));
	char *unit __free = text_unit_line(s->unit, s->target, s->cpus);

	for (size_t k = 0; k < s->n_kernels; k++) {
		sides[k].side = &s->kernels[k];
		sides[k].role = k ? "" : "kernel";
	}
	output_sides(out, sides, s->n_kernels, 7);
	fprintf(out, "%-7s %s, run %lld\n", "target", s->target, (long long)s->run_id);
	fprintf(out, "%-7s %s\n", "unit", unit);
	if (s->n_kernels)
		counts_head(&s->kernels[0], 7, out);
	fputc('\n', out);
}

/* The fewest and the most samples that a figure is made of. */
static void write_samples(const struct summary *s, FILE *out)
{
	size_t lo = SIZE_MAX, hi = 0;

	for (size_t i = 0; i < s->n_cells; i++) {
		for (size_t k = 0; k < s->n_kernels; k++) {
			size_t n = s->cells[i].series[k].n_samples;

			lo = n && n < lo ? n : lo;
			hi = n > hi ? n : hi;
		}
	}
	if (!hi)
		return;
	fprintf(out, "\nEach figure: the median over boots of the medians over samples, ");
	if (lo == hi)
		fprintf(out, "%zu sample%s in all.\n", hi, hi == 1 ? "" : "s");
	else
		fprintf(out, "%zu to %zu samples in all.\n", lo, hi);
}

static int write_counts(const struct summary *s, bool all, FILE *out, struct error *e)
{
	struct counts_view v = {
		.counts = &s->counts,
		.sides = s->kernels,
		.unit = s->unit,
		.all = all,
	};

	return counts_print(&v, out, e);
}

int summary_table(const struct summary *s, bool all, FILE *out, struct error *e)
{
	struct table_column *columns __free = NULL;
	struct table *t __table = NULL;
	char *inside __free = NULL;
	struct rows r __rows = { 0 };
	int rc;

	rows_of_summary(s, all, &r);
	columns = make_columns(s, &r);
	t = table_new(columns, FIRST + 2 * s->n_kernels);
	for (size_t i = 0; i < r.n; i++) {
		for (size_t j = 0; j < r.groups[i].n; j++)
			add_row(t, s, &r.groups[i], &s->cells[r.groups[i].index[j]], !j);
	}
	write_head(s, out);
	rc = table_print(t, out, e);
	if (rc)
		return rc;
	write_samples(s, out);
	inside = inside_summary(s, &r);
	if (*inside)
		text_wrapped(out, "", 0, 100, inside);
	rc = write_counts(s, all, out, e);
	if (rc)
		return rc;
	rows_remarks(&r, &s->lacks, &s->warnings, out);
	return output_end(out, e);
}
