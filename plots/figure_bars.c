// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One case over its folio sizes: a bar for each kernel with its value, the
 * change below the size, where there is one with its interval and what was decided. Where boots
 * differ a line spans their range.
 *
 * gnuplot 5.4 crashes on a plot of labels without any valid point: the values are
 * labels of the script's own, and bars are plotted where there is one.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/figures.h"
#include "plots/judged.h"
#include "plots/text.h"

#define WIDTH	       800
#define HEIGHT	       475
#define HEIGHT_JUDGED  45  /* more, for two lines below the change */
#define WIDTH_PER_SIZE 110 /* below this the values over the bars would touch */
#define FIRST_LABEL    1   /* gnuplot's numbers of the values */
#define LOG_FROM       30  /* largest to smallest value, for a log scale */

static const struct {
	const char *role, *color;
	double shift; /* of the bar, from its folio size */
} bars[] = {
	{ "baseline", COLOR_BASELINE, -0.2 },
	{ "patched", COLOR_PATCHED, 0.2 },
};

/* What decides the axis. */
struct extent {
	double min, max; /* of all figures; min of those above 0 */
	bool zero;	 /* a figure of 0 */
	bool has[2];	 /* a figure of the baseline, of the patched kernel */
	bool spread[2];	 /* and one whose boots differ */
};

static void widen(struct extent *x, const struct series *s, int side)
{
	if (!s->n_boots)
		return;
	x->has[side] = true;
	x->spread[side] |= s->lo != s->hi;
	x->zero |= s->value <= 0;
	if (s->hi > x->max)
		x->max = s->hi;
	if (s->value > 0 && (x->min == 0 || s->value < x->min))
		x->min = s->value;
}

static void put_series(struct strbuf *data, const struct series *s, bool whole)
{
	char buf[TEXT_MAX];

	if (!s->n_boots) {
		strbuf_addstr(data, "?\t?\t?\t?");
		return;
	}
	text_value(buf, s->value, whole);
	strbuf_addf(data, "%.12g\t%.12g\t%.12g\t%s", s->value, s->lo, s->hi, buf);
}

static void put_data(const struct comparison *c, const struct row_group *g, struct strbuf *data)
{
	strbuf_addstr(data, "# x\tlabel\tbaseline\tlo\thi\ttext\tpatched\tlo\thi\ttext\n");
	for (size_t i = 0; i < g->n; i++) {
		const struct compare_cell *cell = &c->cells[g->index[i]];
		const char *folio = row_folio(cell->params);

		strbuf_addf(data, "%zu\t%s\t", i, *folio ? folio : "-");
		put_series(data, &cell->baseline, g->whole);
		strbuf_addch(data, '\t');
		put_series(data, &cell->patched, g->whole);
		strbuf_addch(data, '\n');
	}
}

/* What the case does is a line of its own. */
static void put_title(const struct comparison *c, const struct row_group *g, struct strbuf *s)
{
	const char *summary = c->cells[g->index[0]].case_summary;
	char *metric __free = text_metric(g->metric, g->unit);
	char *title __free =
		xasprintf("%s%s%s: %s", g->case_name, *g->others ? " " : "", g->others, metric);
	const char *better = text_better(g->better), *note = "";
	char *sub __free = NULL;

	if (!strcmp(g->unit, "insn"))
		note = "counted by the emulator: cost, not time";
	else if (!c->exact)
		note = "median over boots, and their range";
	sub = xasprintf("%s%s%s", better, *better && *note ? "; " : "", note);
	strbuf_addstr(s, "set title '{/:Bold*1.1 '.");
	figure_quote(s, title);
	if (*summary) {
		strbuf_addstr(s, ".\"}\\n{/*0.85 \".");
		figure_quote(s, summary);
	}
	strbuf_addstr(s, ".\"}\\n{/*0.85 \".");
	figure_quote(s, sub);
	strbuf_addstr(s, ".'}' offset 0,1.3 textcolor rgb '#202020'\n");
}

/* Two more lines below the change: labels, since gnuplot cuts what stands at a tick. */
static void put_judged(const struct compare_cell *cell, size_t i, size_t number, struct strbuf *s)
{
	char interval[TEXT_MAX];

	judged_interval(interval, &cell->j);
	strbuf_addf(s, "set label %zu '", number);
	for (const char *p = interval; *p; p++)
		strbuf_addf(s, *p == '-' && p[1] ? "\u2212" : "%c", *p);
	strbuf_addf(s, "' at first %zu, graph 0 center offset 0,-3.4 font ',11'\n", i);
	strbuf_addf(s,
		    "set label %zu '%s%s' at first %zu, graph 0 center offset 0,-4.4 font ',11'\n",
		    number + 1, verdict_name(cell->verdict), cell->j.fragile ? ", fragile" : "", i);
}

/*
 * Folio sizes and changes in two lines. Only the line break is in double quotes: a
 * size comes from a record, and gnuplot runs what is in backquotes within those.
 */
static void put_tics(const struct comparison *c, const struct row_group *g, struct strbuf *s)
{
	bool intervals = judged_group_has_interval(c, g);

	if (intervals)
		strbuf_addstr(s, "set bmargin 7.2\n");
	strbuf_addstr(s, "set xtics scale 0 (");
	for (size_t i = 0; i < g->n; i++) {
		const struct compare_cell *cell = &c->cells[g->index[i]];
		char *change __free = figure_change(cell);

		/* a tick's label is a format: its percent sign is doubled */
		strbuf_addstr(s, i ? ", " : "");
		figure_quote(s, row_folio(cell->params));
		strbuf_addf(s, ".\"\\n%s%s\" %zu", change, strchr(change, '%') ? "%" : "", i);
	}
	strbuf_addf(s, ")\nset xlabel '%s%s' offset 0,%s textcolor rgb '#202020'\n",
		    *row_folio(c->cells[g->index[0]].params) ? "folio size, and below it the change"
							     : "change",
		    intervals ? ", its 95 % interval, the verdict" : "",
		    intervals ? "-3.4" : "-1.2");
	for (size_t i = 0; i < g->n && intervals; i++)
		put_judged(&c->cells[g->index[i]], i, FIRST_LABEL + 2 * (g->n + i), s);
}

static void put_axes(const struct row_group *g, const struct extent *x, struct strbuf *s)
{
	bool log_scale = !x->zero && x->min > 0 && x->max / x->min >= LOG_FROM;

	if (log_scale)
		strbuf_addf(s, "set logscale y\nset yrange [%.12g:%.12g]\n",
			    pow(10, floor(log10(x->min / 1.5))), x->max * 3);
	else
		strbuf_addf(s, "set yrange [0:%.12g]\n", x->max > 0 ? x->max * 1.12 : 1);
	strbuf_addf(s, "set format y '%s'\n", x->max >= 100000 ? "%.0s%c" : "%g");
	strbuf_addf(s, "set xrange [-0.6:%.1f]\n", (double)g->n - 0.4);
	strbuf_addstr(s, "set grid ytics lt 1 lw 0.5 lc rgb '#D8D8D8'\n"
			 "set style fill solid 1 noborder\n"
			 "set key at graph 0.5, graph 1.02 center bottom horizontal samplen 1.2 "
			 "textcolor rgb '#202020'\n"
			 "set boxwidth 0.38\n"
			 "set tmargin 6.8\n"
			 "set bmargin 5\n"
			 "set rmargin 2\n");
	if (log_scale)
		strbuf_addstr(s, "set ylabel 'log scale' textcolor rgb '#202020'\n");
}

/* The value over the bar of SIDE at I. */
static void put_value(const struct series *s, size_t i, int side, bool whole, struct strbuf *script)
{
	char buf[TEXT_MAX];

	if (!s->n_boots)
		return;
	strbuf_addf(script, "set label %zu ", FIRST_LABEL + 2 * i + (size_t)side);
	figure_quote(script, text_value(buf, s->value, whole));
	strbuf_addf(script, " at first %.1f, first %.12g center offset 0,0.7 font ',12' boxed\n",
		    (double)i + bars[side].shift, s->hi);
}

/* Bars of SIDE, and a line over the range of the boots. Its place in the key it always has. */
static void put_bars(const struct extent *x, int side, const char *name, struct strbuf *plot)
{
	const int column = 3 + 4 * side; /* of the value; lo and hi follow */
	char *title __free = xasprintf("%s (%s)", name, bars[side].role);

	strbuf_addstr(plot, side ? ", \\\n  " : "plot ");
	if (x->has[side])
		strbuf_addf(plot, "data using ($1%+.1f):%d", bars[side].shift, column);
	else
		strbuf_addstr(plot, "NaN");
	strbuf_addf(plot, " with boxes lc rgb '%s' title ", bars[side].color);
	figure_quote(plot, title);
	if (x->spread[side])
		strbuf_addf(plot,
			    ", \\\n  data using ($1%+.1f):%d:(0):($%d-$%d) with vectors heads "
			    "size 0.04,90 lw 1.2 lc rgb '#202020' notitle",
			    bars[side].shift, column + 1, column + 2, column + 1);
}

void figure_bars(const struct comparison *c, const struct row_group *g, const char *name,
		 struct strbuf *script, struct strbuf *data)
{
	struct strbuf plot __strbuf = { 0 };
	struct extent x = { 0 };
	unsigned int width = WIDTH;

	for (size_t i = 0; i < g->n; i++) {
		widen(&x, &c->cells[g->index[i]].baseline, 0);
		widen(&x, &c->cells[g->index[i]].patched, 1);
	}
	if (g->n * WIDTH_PER_SIZE > width)
		width = (unsigned int)g->n * WIDTH_PER_SIZE;
	put_data(c, g, data);
	figure_begin(script, name);
	put_title(c, g, script);
	put_axes(g, &x, script);
	put_tics(c, g, script);
	for (size_t i = 0; i < g->n; i++) {
		put_value(&c->cells[g->index[i]].baseline, i, 0, g->whole, script);
		put_value(&c->cells[g->index[i]].patched, i, 1, g->whole, script);
	}
	put_bars(&x, 0, c->baseline.name, &plot);
	put_bars(&x, 1, c->patched.name, &plot);
	figure_end(script, name, width,
		   HEIGHT + (judged_group_has_interval(c, g) ? HEIGHT_JUDGED : 0),
		   strbuf_str(&plot));
}
