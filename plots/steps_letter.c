// SPDX-License-Identifier: GPL-2.0-or-later
/* A series patch by patch, as a section of a mail of at most 75 columns. */
#include <string.h>

#include "lib/cleanup.h"
#include "plots/steps.h"
#include "plots/text.h"

#define COLUMNS 75
#define SUBJECT 27

static void put_row(FILE *out, const struct steps *st, const struct row_group *g, size_t cell,
		    size_t i)
{
	const struct step_figure *f = steps_at(st, cell, i);
	char *subject __free = text_cut(i ? st->v[i].subject : st->v[i].name, SUBJECT);
	bool judged = i || f->verdict == VERDICT_WRONG;
	const char *word = !judged			      ? ""
			   : f->verdict == VERDICT_EQUIVALENT ? "same"
							      : verdict_name(f->verdict);
	char value[TEXT_MAX] = "-", step[TEXT_MAX] = "", total[TEXT_MAX] = "";
	size_t shown = 0;

	if (f->series)
		text_figure(value, f->series, g->whole);
	if (i) {
		steps_change(step, st, cell, i, false);
		steps_change(total, st, cell, i, true);
	}
	/* printf counts bytes where people see characters */
	for (const char *p = subject; *p; p++)
		shown += ((unsigned char)*p & 0xc0) != 0x80;
	fprintf(out, "  %3zu %s%*s %8s", i, subject, (int)(SUBJECT - shown), "", value);
	if (i)
		fprintf(out, " %7s %7s", step, total);
	fprintf(out, "%s%s\n", *word ? "  " : "", word);
}

/* Only the steps that changed something, and the last: the others are as the one before. */
static void put_cell(FILE *out, const struct steps *st, const struct row_group *g, size_t cell)
{
	char *name __free = steps_cell_name(st, g, cell);
	char *metric __free = text_metric(g->metric, g->unit);
	char *title __free = xasprintf("%s: %s", name, metric);

	fputc('\n', out);
	text_wrapped(out, "", 2, COLUMNS, title);
	fprintf(out, "  %3s %-*s %8s %7s %7s\n", "", SUBJECT, "patch", "value", "step", "total");
	for (size_t i = 0; i < st->n; i++) {
		if (!i || i + 1 == st->n || steps_tells(st, cell, i))
			put_row(out, st, g, cell, i);
	}
}

int steps_letter(const struct steps *st, FILE *out, struct error *e)
{
	static const char title[] = "Patch by patch";
	char *numbers __free = steps_numbers(st);
	char *unchanged __free = steps_unchanged(st);
	char *head __free = xasprintf("%s; base: %s", numbers, st->v[0].name);
	struct rows r __rows = { 0 };

	rows_of_summary(&st->sum, false, &r);
	fprintf(out, "%s\n", title);
	for (size_t i = 0; title[i]; i++)
		fputc('-', out);
	fputs("\n\n", out);
	text_wrapped(out, "", 0, COLUMNS, head);
	fputc('\n', out);
	steps_put_summary(st, &r, COLUMNS, out);
	for (size_t g = 0; g < r.n; g++) {
		for (size_t k = 0; k < r.groups[g].n; k++) {
			if (steps_any(st, r.groups[g].index[k]))
				put_cell(out, st, &r.groups[g], r.groups[g].index[k]);
		}
	}
	if (*unchanged) {
		fputc('\n', out);
		text_wrapped(out, "The same with every patch: ", 2, COLUMNS, unchanged);
	}
	if (!st->sum.exact)
		fputc('\n', out);
	steps_put_judged(st, COLUMNS, out);
	strv_for_each(&st->sum.warnings, it)
		text_wrapped(out, "  ! ", 4, COLUMNS, *it);
	return output_end(out, e);
}
