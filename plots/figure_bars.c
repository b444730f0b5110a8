// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One case over its folio sizes: a bar for each kernel with its value, the
 * change below the size. Where boots differ a line spans their range.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/figures.h"
#include "plots/text.h"

#define WIDTH	       800
#define HEIGHT	       450
#define WIDTH_PER_SIZE 110 /* below this the values over the bars would touch */
#define LOG_FROM       30  /* largest to smallest value, for a log scale */

/* What decides the axis. */
struct extent {
	double min, max; /* of all figures; min of those above 0 */
	bool zero, spread;
};

static void widen(struct extent *x, const struct series *s)
{
	if (!s->n_boots)
		return;
	x->zero |= s->value <= 0;
	x->spread |= s->lo != s->hi;
	if (s->hi > x->max)
		x->max = s->hi;
	if (s->value > 0 && (x->min == 0 || s->value < x->min))
		x->min = s->value;
}

static void put_series(struct strbuf *data, const struct series *s, bool whole)
{
	char buf[TEXT_MAX];

	if (!s->n_boots) {
		strbuf_addstr(data, "?\t?\t?\t");
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

static void put_title(const struct comparison *c, const struct row_group *g, struct strbuf *s)
{
	char *metric __free = text_metric(g->metric, g->unit);
	char *title __free =
		xasprintf("%s%s%s: %s", g->case_name, *g->others ? " " : "", g->others, metric);
	const char *better = text_better(g->better), *note = "";
	char *sub __free = NULL;

	if (!strcmp(g->unit, "insn"))
		note = "counted by the emulator: cost, not time";
	else if (!c->exact)
		note = "median over boots";
	sub = xasprintf("%s%s%s", better, *better && *note ? "; " : "", note);
	strbuf_addstr(s, "set title '{/:Bold*1.1 '.");
	figure_quote(s, title);
	strbuf_addstr(s, ".\"}\\n{/*0.85 \".");
	figure_quote(s, sub);
	strbuf_addstr(s, ".'}' offset 0,1.3 textcolor rgb '#202020'\n");
}

/*
 * Folio sizes and changes in two lines. Only the line break is in double quotes: a
 * size comes from a record, and gnuplot runs what is in backquotes within those.
 */
static void put_tics(const struct comparison *c, const struct row_group *g, struct strbuf *s)
{
	strbuf_addstr(s, "set xtics scale 0 (");
	for (size_t i = 0; i < g->n; i++) {
		const struct compare_cell *cell = &c->cells[g->index[i]];
		char *change __free = figure_change(cell);

		/* a tick's label is a format: its percent sign is doubled */
		strbuf_addstr(s, i ? ", " : "");
		figure_quote(s, row_folio(cell->params));
		strbuf_addf(s, ".\"\\n%s%s\" %zu", change, cell->has_change ? "%" : "", i);
	}
	strbuf_addstr(s, ")\n");
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
			 "set tmargin 5.6\n"
			 "set bmargin 5\n"
			 "set rmargin 2\n"
			 "set xlabel 'folio size, and below it the change' offset 0,-1.2 "
			 "textcolor rgb '#202020'\n");
	if (log_scale)
		strbuf_addstr(s, "set ylabel 'log scale' textcolor rgb '#202020'\n");
}

static void put_key(struct strbuf *s, const char *name, const char *role)
{
	char *text __free = xasprintf("%s (%s)", name, role);

	figure_quote(s, text);
}

/* A line over the range of the boots. */
static void put_ranges(struct strbuf *plot)
{
	static const int sides[][2] = { { -2, 4 }, { 2, 8 } }; /* tenths of x, column of lo */

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++)
		strbuf_addf(plot,
			    ", \\\n  data using ($1+%.1f):%d:(0):($%d-$%d) with vectors heads "
			    "size 0.04,90 lw 1.2 lc rgb '#202020' notitle",
			    sides[i][0] / 10.0, sides[i][1], sides[i][1] + 1, sides[i][1]);
}

void figure_bars(const struct comparison *c, const struct row_group *g, const char *name,
		 struct strbuf *script, struct strbuf *data)
{
	struct strbuf plot __strbuf = { 0 };
	struct extent x = { 0 };
	unsigned int width = WIDTH;

	for (size_t i = 0; i < g->n; i++) {
		widen(&x, &c->cells[g->index[i]].baseline);
		widen(&x, &c->cells[g->index[i]].patched);
	}
	if (g->n * WIDTH_PER_SIZE > width)
		width = (unsigned int)g->n * WIDTH_PER_SIZE;
	put_data(c, g, data);
	figure_begin(script, name);
	put_title(c, g, script);
	put_axes(g, &x, script);
	put_tics(c, g, script);
	strbuf_addstr(&plot,
		      "plot data using ($1-0.2):3 with boxes lc rgb '" COLOR_BASELINE "' title ");
	put_key(&plot, c->baseline.name, "baseline");
	strbuf_addstr(&plot,
		      ", \\\n  data using ($1+0.2):7 with boxes lc rgb '" COLOR_PATCHED "' title ");
	put_key(&plot, c->patched.name, "patched");
	if (x.spread)
		put_ranges(&plot);
	strbuf_addstr(&plot, ", \\\n  data using ($1-0.2):5:6 with labels offset 0,0.6 "
			     "font ',12' notitle, \\\n  data using ($1+0.2):9:10 with labels "
			     "offset 0,0.6 font ',12' notitle");
	figure_end(script, name, width, HEIGHT, strbuf_str(&plot));
}
