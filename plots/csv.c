// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The format "csv": RFC 4180, a header line, one row per cell and metric, for
 * spreadsheets and R. The boots' values of a side are in one field, ";" between.
 * Figures have all their digits; an empty field is a figure that is not there.
 */
#include <string.h>

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

static int write_csv(const struct comparison *c, FILE *out, struct error *e)
{
	fputs("case,folio,params,metric,unit,better,headline,"
	      "baseline_kernel,baseline,baseline_lo,baseline_hi,baseline_boots,"
	      "baseline_samples,baseline_refused,"
	      "patched_kernel,patched,patched_lo,patched_hi,patched_boots,"
	      "patched_samples,patched_refused,"
	      "change,verdict,note\r\n",
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
		if (cell->has_change)
			fprintf(out, "%.9g", cell->change);
		fputc(',', out);
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
