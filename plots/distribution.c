// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The formats "distribution" and "distribution-all": how the samples of a boot are distributed.
 * Quantiles are taken boot by boot: those of all samples together would mix what differs from boot
 * to boot into what differs within one.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/format.h"
#include "plots/inside.h"
#include "plots/rows.h"
#include "plots/text.h"
#include "results/stats/order.h"

#define COLUMNS	   100
#define NAME_WIDTH 12
#define PART_WIDTH 8

/* The quantiles of a boot, and its tail: the largest over the median. */
#define SHAPE (QUANTILES + 1)

static void shape_of(const struct series *s, size_t boot, double shape[SHAPE])
{
	const double *q = s->quantiles[boot];

	memcpy(shape, q, QUANTILES * sizeof(*shape));
	shape[QUANTILES] = q[QUANTILE_P50] > 0 ? q[QUANTILES - 1] / q[QUANTILE_P50] : NAN;
}

/* A quantile beyond which less than one sample of a boot lies says no more than the extreme does.
 */
static bool is_known(const struct series *s, size_t i)
{
	const double p = quantile_points[i], beyond = p < 0.5 ? p : 1 - p;

	return !beyond || beyond * (double)s->n_samples >= (double)s->n_boots * (1 - 1e-9);
}

static void print_titles(FILE *out)
{
	fprintf(out, "  %-*s %-*s", NAME_WIDTH, "KERNEL", PART_WIDTH, "BOOTS");
	for (size_t i = 0; i < QUANTILES; i++) {
		char title[8] = "";

		for (size_t k = 0; quantile_names[i][k]; k++)
			title[k] = (char)toupper((unsigned char)quantile_names[i][k]);
		fprintf(out, " %7s", title);
	}
	fprintf(out, " %7s\n", "MAX/P50");
}

static void print_shape(FILE *out, const struct series *s, const char *kernel, const char *part,
			const double *shape)
{
	char *name __free = text_cut(kernel, NAME_WIDTH);
	char buf[TEXT_MAX];

	fprintf(out, "  %-*s %-*s", NAME_WIDTH, name, PART_WIDTH, part);
	for (size_t i = 0; i < QUANTILES; i++)
		fprintf(out, " %7s", is_known(s, i) ? text_value(buf, shape[i], false) : "-");
	if (isnan(shape[QUANTILES]))
		fprintf(out, " %7s\n", "-");
	else
		fprintf(out, " %7.3f\n", shape[QUANTILES]);
}

/* Of each quantile the median, the least and the most over the boots: each may be another boot. */
static void print_over_boots(FILE *out, const char *kernel, const struct series *s)
{
	double median[SHAPE], least[SHAPE], most[SHAPE], shape[SHAPE];
	double *v __free = xcalloc(s->n_boots, sizeof(*v));

	for (size_t i = 0; i < SHAPE; i++) {
		for (size_t b = 0; b < s->n_boots; b++) {
			shape_of(s, b, shape);
			v[b] = shape[i];
		}
		stats_range(v, s->n_boots, &least[i], &most[i]);
		median[i] = stats_median(v, s->n_boots);
	}
	print_shape(out, s, kernel, "median", median);
	if (s->n_boots > 1) {
		print_shape(out, s, "", "least", least);
		print_shape(out, s, "", "most", most);
	}
}

static bool always_same(const struct series *s)
{
	for (size_t b = 0; b < s->n_boots; b++) {
		if (s->quantiles[b][0] != s->boots[0] ||
		    s->quantiles[b][QUANTILES - 1] != s->boots[0])
			return false;
	}
	return true;
}

static void print_side(FILE *out, const char *kernel, const struct series *s, bool each)
{
	char buf[TEXT_MAX];

	if (!s->n_boots) {
		fprintf(out, "  %s: %s\n", kernel, s->n_wrong ? "WRONG" : "no figure");
		return;
	}
	if (always_same(s)) {
		fprintf(out, "  %s: %s in all samples of %zu boot%s\n", kernel,
			text_value(buf, s->value, s->value == rint(s->value)), s->n_boots,
			s->n_boots == 1 ? "" : "s");
		return;
	}
	print_over_boots(out, kernel, s);
	for (size_t b = 0; b < s->n_boots && each; b++) {
		double shape[SHAPE];

		shape_of(s, b, shape);
		snprintf(buf, sizeof(buf), "boot %zu", b + 1);
		print_shape(out, s, "", buf, shape);
	}
}

/* How many samples a boot of either side has that count: "38", "31 to 38". */
static void print_samples(FILE *out, const struct compare_cell *c)
{
	const struct series *sides[] = { &c->baseline, &c->patched };
	size_t samples = 0, boots = 0;

	for (size_t k = 0; k < ARRAY_SIZE(sides); k++) {
		samples += sides[k]->n_samples;
		boots += sides[k]->n_boots;
	}
	if (boots)
		fprintf(out, "; %.3g samples a boot", (double)samples / (double)boots);
	if (c->within.warmup)
		fprintf(out, ", after %zu of warm-up", c->within.warmup);
	if (!c->within.settled)
		fputs(", not settled then", out);
}

static void print_cell(FILE *out, const struct comparison *c, const struct compare_cell *cell,
		       bool each)
{
	struct strbuf params __strbuf = { 0 };
	char *metric __free = text_metric(cell->metric, cell->unit);

	row_params(cell->params, &params);
	fprintf(out, "\n%s%s%s, %s", cell->case_name, params.len ? " " : "", strbuf_str(&params),
		metric);
	print_samples(out, cell);
	fputc('\n', out);
	if (!(always_same(&cell->baseline) && always_same(&cell->patched)))
		print_titles(out);
	print_side(out, c->baseline.name, &cell->baseline, each);
	print_side(out, c->patched.name, &cell->patched, each);
	if (cell->within.has_drift && cell->within.drift.per_boot != 0) {
		char *drift __free = inside_drift(&cell->within.drift);

		fprintf(out, "  from the first to the last sample of a boot: %s%s\n", drift,
			cell->within.drift_p <= JUDGE_ALPHA ? ": it drifts" : "");
	}
}

static void print_head(const struct comparison *c, FILE *out)
{
	const struct text_side sides[] = { { "baseline", &c->baseline },
					   { "patched", &c->patched } };
	char *unit __free = text_unit_line(c->unit, c->target, c->cpus);

	output_sides(out, sides, ARRAY_SIZE(sides), 9);
	fprintf(out, "%-9s %s, run %lld\n", "target", c->target, (long long)c->run_id);
	fprintf(out, "%-9s %s\n", "unit", unit);
	text_wrapped(out, "quantiles ", 10, COLUMNS,
		     "of the samples of a boot, boot by boot: samples of several boots are not put "
		     "together. median, least, most: of each quantile over the boots");
}

static int write_distribution(const struct comparison *c, bool all, FILE *out, struct error *e)
{
	struct rows r __rows = { 0 };
	char *sentences __free = NULL;

	rows_of_comparison(c, all, &r);
	print_head(c, out);
	for (size_t i = 0; i < r.n; i++) {
		for (size_t j = 0; j < r.groups[i].n; j++)
			print_cell(out, c, &c->cells[r.groups[i].index[j]], all);
	}
	fputc('\n', out);
	sentences = inside_sentences(c, &r);
	if (*sentences)
		text_wrapped(out, "", 0, COLUMNS, sentences);
	if (c->place.known && c->place.p > JUDGE_ALPHA) {
		char *place __free = inside_place(&c->place, c->unit, c->target);

		text_wrapped(out, "", 0, COLUMNS, place);
	} else if (!c->place.known && !c->exact) {
		fputs("What a cell's place in the boot does is not known: few boots, or no times "
		      "of "
		      "samples.\n",
		      out);
	}
	rows_remarks(&r, &c->lacks, &c->warnings, out);
	return output_end(out, e);
}

static int write_headlines(const struct comparison *c, FILE *out, struct error *e)
{
	return write_distribution(c, false, out, e);
}

static int write_all(const struct comparison *c, FILE *out, struct error *e)
{
	return write_distribution(c, true, out, e);
}

const struct format format_distribution = {
	.name = "distribution",
	.summary = "quantiles and tails by boot, warm-up and drift inside boots",
	.write = write_headlines,
};

const struct format format_distribution_all = {
	.name = "distribution-all",
	.summary = "the same of every metric, and of each boot",
	.write = write_all,
};
