// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A series patch by patch as CSV: one row for each cell, metric and patch, the base as patch 0,
 * in the manner of csv.c.
 */
#include <math.h>

#include "lib/cleanup.h"
#include "plots/csv.h"
#include "plots/steps.h"
#include "plots/text.h"

/* A change, its interval, the p that decided, whether it is fragile. */
static void put_change(FILE *out, bool has, double change, const struct judgement *j)
{
	csv_number(out, has ? change : NAN, ",");
	csv_number(out, has ? j->lo : NAN, ",");
	csv_number(out, has ? j->hi : NAN, ",");
	csv_number(out, has ? j->p_adjusted : NAN, ",");
	fputs(!has ? "," : j->fragile ? "1," : "0,", out);
}

static void put_row(const struct steps *st, size_t cell, size_t i, FILE *out)
{
	const struct step_figure *f = steps_at(st, cell, i);
	const struct summary_cell *c = &st->sum.cells[cell];
	struct strbuf params __strbuf = { 0 };
	const struct series none = { 0 };
	const struct series *s = f->series ? f->series : &none;

	row_params(c->params, &params);
	csv_text(out, c->case_name, ",");
	csv_text(out, row_folio(c->params), ",");
	csv_text(out, strbuf_str(&params), ",");
	csv_text(out, c->metric, ",");
	csv_text(out, c->unit, ",");
	csv_text(out, better_name(c->better), ",");
	fprintf(out, "%d,%zu,", c->headline, i);
	csv_text(out, st->v[i].subject, ",");
	csv_text(out, st->v[i].name, ",");
	fprintf(out, "%zu,", st->v[i].same_as);
	csv_series(out, s);
	fprintf(out, "%zu,", s->n_wrong);
	if (f->has_before)
		fprintf(out, "%zu", f->before);
	fputc(',', out);
	put_change(out, f->has_change, f->change, &f->j);
	csv_text(out, i || f->verdict == VERDICT_WRONG ? verdict_name(f->verdict) : "", ",");
	put_change(out, f->has_total, f->total, &f->total_j);
	csv_text(out, i || f->verdict == VERDICT_WRONG ? verdict_name(f->total_verdict) : "",
		 "\r\n");
}

int steps_csv(const struct steps *st, FILE *out, struct error *e)
{
	fputs("case,folio,params,metric,unit,better,headline,patch,subject,kernel,code_of,"
	      "value,lo,hi,boots,samples,refused,wrong,against,"
	      "change,change_lo,change_hi,p_adjusted,fragile,verdict,"
	      "total_change,total_lo,total_hi,total_p_adjusted,total_fragile,total_verdict\r\n",
	      out);
	for (size_t c = 0; c < st->sum.n_cells; c++) {
		for (size_t i = 0; i < st->n; i++)
			put_row(st, c, i, out);
	}
	return output_end(out, e);
}
