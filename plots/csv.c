// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The format "csv": RFC 4180, a header line, one row per cell and metric, for
 * spreadsheets and R. The boots' values of a side are in one field, ";" between.
 * Figures have all their digits; an empty field is a figure that is not there.
 */
#include <math.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/csv.h"
#include "plots/format.h"
#include "plots/rows.h"
#include "plots/text.h"

void csv_text(FILE *out, const char *text, const char *end)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fprintf(out, "%s%s", text, end);
		return;
	}
	fputc('"', out);
	for (; *text; text++)
		fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
	fprintf(out, "\"%s", end);
}

void csv_series(FILE *out, const struct series *s)
{
	if (s->n_boots)
		fprintf(out, "%.12g,%.12g,%.12g,", s->value, s->lo, s->hi);
	else
		fputs(",,,", out);
	for (size_t i = 0; i < s->n_boots; i++)
		fprintf(out, "%s%.12g", i ? ";" : "", s->boots[i]);
	fprintf(out, ",%zu,%zu,", s->n_samples, s->n_refused);
}

void csv_number(FILE *out, double v, const char *end)
{
	if (isfinite(v))
		fprintf(out, "%.9g", v);
	fputs(end, out);
}

/* As CSV_JUDGED names them. */
static void put_judged(FILE *out, const struct judgement *j)
{
	static const char *const over[] = {
		[JUDGE_NOTHING] = "",	   [JUDGE_EXACT] = "exact",	  [JUDGE_BLOCKS] = "blocks",
		[JUDGE_BUILDS] = "builds", [JUDGE_UNPAIRED] = "unpaired",
	};
	const double numbers[] = { j->lo,	  j->hi,     j->lo90, j->hi90, j->p,
				   j->p_adjusted, j->p_flip, j->df,   j->sd };

	fprintf(out, "%s,%zu,%zu,", over[j->unit], j->n, j->n_left);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		csv_number(out, numbers[i], ",");
	fprintf(out, "%d,%d,", j->fragile, j->conditional);
	csv_number(out, j->floor, ",");
	fprintf(out, "%d,", j->calibrated);
	csv_number(out, j->detectable, ",");
	if (j->needed)
		fprintf(out, "%zu", j->needed);
	fputc(',', out);
}

#define CSV_JUDGED                                                                                 \
	"over,n,n_left,change_lo,change_hi,change_lo90,change_hi90,p,p_adjusted,p_flip,df,sd,"     \
	"fragile,conditional,floor,calibrated,detectable,needed,named,"

static int write_csv(const struct comparison *c, FILE *out, struct error *e)
{
	fputs("case,folio,params,metric,unit,better,headline,"
	      "baseline_kernel,baseline,baseline_lo,baseline_hi,baseline_boots,"
	      "baseline_samples,baseline_refused,"
	      "patched_kernel,patched,patched_lo,patched_hi,patched_boots,"
	      "patched_samples,patched_refused,"
	      "change," CSV_JUDGED "verdict,note\r\n",
	      out);
	for (size_t i = 0; i < c->n_cells; i++) {
		const struct compare_cell *cell = &c->cells[i];
		struct strbuf params __strbuf = { 0 };

		row_params(cell->params, &params);
		csv_text(out, cell->case_name, ",");
		csv_text(out, row_folio(cell->params), ",");
		csv_text(out, strbuf_str(&params), ",");
		csv_text(out, cell->metric, ",");
		csv_text(out, cell->unit, ",");
		csv_text(out, better_name(cell->better), ",");
		fputs(cell->headline ? "1," : "0,", out);
		csv_text(out, c->baseline.name, ",");
		csv_series(out, &cell->baseline);
		csv_text(out, c->patched.name, ",");
		csv_series(out, &cell->patched);
		csv_number(out, cell->has_change ? cell->change : NAN, ",");
		put_judged(out, &cell->j);
		fprintf(out, "%d,", cell->named);
		csv_text(out, verdict_name(cell->verdict), ",");
		csv_text(out, cell->note, "\r\n");
	}
	return output_end(out, e);
}

const struct format format_csv = {
	.name = "csv",
	.summary = "one row per cell and metric, every metric",
	.write = write_csv,
};
