// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A series patch by patch in one figure: a panel for each case that some patch changed, the
 * number of the patch from left to right, a line for each folio size. Figures are drawn as
 * multiples of the base's, so that sizes that cost differently share a panel; where a base is
 * 0, as they are. Below stand the subjects of the patches that changed something.
 *
 * Each figure is a level of its own, joined to the one before: a kernel that was wrong leaves
 * a gap, which gnuplot's own steps would bridge.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/figures.h"
#include "plots/steps.h"
#include "plots/text.h"

#define PANELS_MAX   12
#define WIDTH	     900.0
#define PANEL_HEIGHT 185.0
#define PANEL_GAP    112.0 /* between panels, one below the other: ticks, title and key */
#define TOP	     136.0
#define BELOW	     62.0
#define LINE_HEIGHT  19.0
#define SUBJECT	     90
#define LINE_THIN    1.4
#define LINE_STEP    0.8
#define KEY_SHARE    0.165 /* of a panel's width, for a folio size in its key */
#define LOG_FROM     6	   /* largest to smallest value, for a log scale */

static const char *const colors[] = { "#0072B2", "#E69F00", "#009E73", "#CC79A7",
				      "#56B4E9", "#000000", "#B8A000" };

struct panel {
	const struct row_group *g;
	size_t first; /* block of the data file with its first line */
	bool ratio;   /* multiples of the base */
	double lo, hi;
};

struct drawing {
	const struct steps *st;
	struct panel panels[PANELS_MAX];
	size_t n, left_out;
};

static bool has_figure(const struct step_figure *f)
{
	return f->series && f->series->n_boots;
}

/* What is drawn of CELL at step I; a NaN where there is no figure. */
static double value_of(const struct steps *st, const struct panel *p, size_t cell, size_t i)
{
	const struct step_figure *f = steps_at(st, cell, i), *base = steps_at(st, cell, 0);

	if (!has_figure(f) || (p->ratio && !has_figure(base)))
		return NAN;
	return p->ratio ? f->series->value / base->series->value : f->series->value;
}

static void measure_panel(const struct steps *st, struct panel *p)
{
	p->ratio = true;
	p->lo = INFINITY;
	p->hi = -INFINITY;
	for (size_t k = 0; k < p->g->n; k++) {
		const struct step_figure *base = steps_at(st, p->g->index[k], 0);

		p->ratio &= has_figure(base) && base->series->value > 0;
	}
	for (size_t k = 0; k < p->g->n; k++) {
		for (size_t i = 0; i < st->n; i++) {
			double v = value_of(st, p, p->g->index[k], i);

			p->lo = isnan(v) ? p->lo : fmin(p->lo, v);
			p->hi = isnan(v) ? p->hi : fmax(p->hi, v);
		}
	}
}

static bool group_tells(const struct steps *st, const struct row_group *g)
{
	for (size_t k = 0; k < g->n; k++) {
		if (steps_any(st, g->index[k]))
			return true;
	}
	return false;
}

/* Groups that some patch changed; all of them if there is none. */
static void choose_panels(const struct rows *r, struct drawing *d)
{
	bool any = false;

	for (size_t g = 0; g < r->n; g++)
		any |= group_tells(d->st, &r->groups[g]);
	for (size_t g = 0; g < r->n; g++) {
		struct panel p = { .g = &r->groups[g] };

		measure_panel(d->st, &p);
		if (p.lo > p.hi)
			continue;
		if (d->n == PANELS_MAX || (any && !group_tells(d->st, p.g))) {
			d->left_out++;
			continue;
		}
		d->panels[d->n++] = p;
	}
}

/* A block for each line: step, figure, the one before it, whether it was booted. */
static void put_data(struct drawing *d, struct strbuf *data)
{
	size_t block = 0;

	strbuf_addstr(data, "# patch\tfigure\tbefore\tbooted\n");
	for (size_t n = 0; n < d->n; n++) {
		struct panel *p = &d->panels[n];

		p->first = block;
		for (size_t k = 0; k < p->g->n; k++, block++) {
			size_t cell = p->g->index[k];
			double before = NAN;
			char *name __free = steps_cell_name(d->st, p->g, cell);

			strbuf_addf(data, "%s# %s\n", block ? "\n\n" : "", name);
			for (size_t i = 0; i < d->st->n; i++) {
				double v = value_of(d->st, p, cell, i);

				strbuf_addf(data, "%zu", i);
				strbuf_addf(data, isnan(v) ? "\t?" : "\t%.9g", v);
				strbuf_addf(data, isnan(before) ? "\t?" : "\t%.9g", before);
				strbuf_addf(data, "\t%d\n", steps_booted(d->st, i));
				before = v;
			}
		}
	}
}

static void put_panel_title(const struct panel *p, struct strbuf *s)
{
	char *metric __free = text_metric(p->g->metric, p->g->unit);
	char *title __free =
		xasprintf("%s%s%s", p->g->case_name, *p->g->others ? " " : "", p->g->others);
	char *sub __free = xasprintf("%s%s", metric, p->ratio ? ", times the base's" : "");

	strbuf_addstr(s, "set title '{/:Bold '.");
	figure_quote(s, title);
	strbuf_addstr(s, ".\"}\\n{/*0.78 \".");
	figure_quote(s, sub);
	strbuf_addstr(s, ".'}' offset 0,0.6 textcolor rgb '#202020'\n");
}

static void put_panel_axes(const struct panel *p, struct strbuf *s)
{
	double lo = p->ratio ? fmin(p->lo, 1) : p->lo, hi = p->ratio ? fmax(p->hi, 1) : p->hi;
	double room = fmax((hi - lo) * 0.12, fabs(hi) * 0.05);

	strbuf_addstr(s, "unset logscale y\n");
	if (lo > 0 && hi / lo >= LOG_FROM)
		strbuf_addf(s, "set logscale y 2\nset yrange [%.9g:%.9g]\n", lo / 1.25, hi * 1.25);
	else
		strbuf_addf(s, "set yrange [%.9g:%.9g]\n", lo - (lo > 0 || lo < 0 ? room : 0),
			    hi > lo || hi != 0 ? hi + room : 1);
	strbuf_addf(s, "set format y '%s'\n", !p->ratio && hi >= 100000 ? "%.0s%c" : "%g");
}

/* Once for each stretch of kernels that were wrong, at its beginning. */
static void put_wrong(const struct steps *st, const struct panel *p, struct strbuf *s)
{
	for (size_t k = 0; k < p->g->n; k++) {
		size_t cell = p->g->index[k];

		for (size_t i = 0; i < st->n; i++) {
			const struct step_figure *f = steps_at(st, cell, i);

			if (has_figure(f) || (i && !steps_tells(st, cell, i)))
				continue;
			strbuf_addstr(s, "set label ");
			figure_quote(s, row_folio(st->sum.cells[cell].params));
			strbuf_addf(s,
				    ".' %s from here' at first %zu, graph %.2f left font ',11' "
				    "textcolor rgb '" COLOR_WORSE "' front\n",
				    f->verdict == VERDICT_WRONG ? "WRONG" : "no figure", i,
				    0.08 + 0.1 * (double)(k % 9));
		}
	}
}

/* gnuplot's own key breaks its line early: labels with points in place of it. */
static void put_key(const struct steps *st, const struct panel *p, struct strbuf *s)
{
	for (size_t k = 0; k < p->g->n; k++) {
		const char *folio = row_folio(st->sum.cells[p->g->index[k]].params);

		if (!*folio)
			return;
		strbuf_addstr(s, "set label ");
		figure_quote(s, folio);
		strbuf_addf(s,
			    " at graph %.3f, graph 1.08 left offset 0.8,0 font ',11' point pt 5 "
			    "ps 0.8 lc rgb '%s'\n",
			    0.02 + KEY_SHARE * (double)k, colors[k % ARRAY_SIZE(colors)]);
	}
}

static void put_line(const struct steps *st, const struct panel *p, size_t k, struct strbuf *s)
{
	const char *color = colors[k % ARRAY_SIZE(colors)];
	/* lines that coincide are all to be seen */
	double width = LINE_THIN + LINE_STEP * (double)(p->g->n - 1 - k);
	size_t cell = p->g->index[k], block = p->first + k;
	bool any = false, joined = false;

	for (size_t i = 0; i < st->n; i++) {
		bool has = !isnan(value_of(st, p, cell, i));

		joined |= has && i && !isnan(value_of(st, p, cell, i - 1));
		any |= has;
	}
	if (!any) /* gnuplot makes an error of a plot without a point */
		return;
	strbuf_addf(s,
		    ", \\\n  data index %zu using ($1-0.5):2:(1):(0) with vectors nohead lw %.1f "
		    "lc rgb '%s' notitle",
		    block, width, color);
	if (joined)
		strbuf_addf(s,
			    ", \\\n  data index %zu using ($1-0.5):3:(0):($2-$3) with vectors "
			    "nohead lw %.1f lc rgb '%s' notitle",
			    block, width, color);
	strbuf_addf(s,
		    ", \\\n  data index %zu using 1:($4==1?$2:NaN) with points pt 7 ps 0.45 "
		    "lc rgb '%s' notitle",
		    block, color);
}

static void put_lines(const struct steps *st, const struct panel *p, struct strbuf *s)
{
	strbuf_addstr(s, "plot NaN notitle");
	for (size_t k = 0; k < p->g->n; k++)
		put_line(st, p, k, s);
	strbuf_addch(s, '\n');
}

static void put_panel(const struct drawing *d, const struct panel *p, struct strbuf *s)
{
	put_panel_title(p, s);
	put_panel_axes(p, s);
	put_key(d->st, p, s);
	put_wrong(d->st, p, s);
	put_lines(d->st, p, s);
	strbuf_addstr(s, "unset label\n");
}

/* The title of the whole, and below it the patches; HEIGHT is the figure's. */
static void put_texts(const struct drawing *d, double height, struct strbuf *s)
{
	const struct steps *st = d->st;
	char *numbers __free = steps_numbers(st);
	char *title __free = xasprintf("%s; base: %s", numbers, st->v[0].name);
	double at = 12;

	strbuf_addstr(s, "set label '{/:Bold*1.1 '.");
	figure_quote(s, "Patch by patch");
	strbuf_addf(s, ".'}' at screen 0.5, screen %.4f center\nset label ", 1 - 24 / height);
	figure_quote(s, title);
	strbuf_addf(s, " at screen 0.5, screen %.4f center font ',12'\n", 1 - 44 / height);
	for (size_t i = st->n; i-- > 1;) {
		char *subject __free = text_cut(st->v[i].subject, SUBJECT);

		if (!steps_patch_tells(st, i))
			continue;
		strbuf_addf(s, "set label '%zu' at screen 0.07, screen %.4f right font ',12'\n", i,
			    at / height);
		strbuf_addstr(s, "set label ");
		figure_quote(s, subject);
		strbuf_addf(s, " at screen 0.085, screen %.4f left font ',12'\n", at / height);
		at += LINE_HEIGHT;
	}
}

/* Ticks at 0, 1, 2, ... or further apart. */
static size_t tick_step(size_t n, size_t columns)
{
	size_t fit = columns == 1 ? 32 : 13, step = 1;

	while (n / step > fit)
		step = step == 1 ? 2 : step == 2 ? 5 : step * 2;
	return step;
}

static void put_plot(const struct drawing *d, size_t told, unsigned int *height, struct strbuf *s)
{
	size_t columns = d->n > 2 ? 2 : 1, lines = (d->n + columns - 1) / columns;
	double bottom = BELOW + LINE_HEIGHT * (double)told;
	double inner = PANEL_HEIGHT * (double)lines + PANEL_GAP * (double)(lines - 1);
	double h = TOP + inner + bottom;

	*height = (unsigned int)h;
	strbuf_addf(s,
		    "set multiplot layout %zu,%zu margins screen 0.075,0.98,%.4f,%.4f "
		    "spacing screen 0.08,%.4f\n",
		    lines, columns, bottom / h, 1 - TOP / h, PANEL_GAP / h);
	strbuf_addstr(s, "unset xlabel\n");
	strbuf_addf(s, "set xrange [-0.6:%.1f]\nset xtics 0,%zu\n", (double)d->st->n - 0.4,
		    tick_step(d->st->n, columns));
	strbuf_addstr(s, "set grid ytics lt 1 lw 0.5 lc rgb '#D8D8D8'\n"
			 "set xtics font ',11'\nset ytics font ',11'\n"
			 "unset key\n");
	put_texts(d, h, s);
	for (size_t i = 0; i < d->n; i++) {
		if (i + columns == d->n || (!i && d->n < columns))
			strbuf_addstr(s, "set xlabel 'number of the patch (0: the base)' font "
					 "',11' offset 0,0.4 textcolor rgb '#202020'\n");
		put_panel(d, &d->panels[i], s);
	}
	strbuf_addstr(s, "unset multiplot");
}

int steps_figure(const struct steps *st, const char *dir, struct strv *files, struct error *e)
{
	struct strbuf script __strbuf = { 0 }, data __strbuf = { 0 }, plot __strbuf = { 0 };
	struct strv scripts __strv = { 0 }, made __strv = { 0 };
	struct drawing d = { .st = st };
	struct rows r __rows = { 0 };
	unsigned int height;
	size_t told = 0;
	int rc;

	rows_of_summary(&st->sum, false, &r);
	choose_panels(&r, &d);
	if (!d.n)
		return error_set(e, ENODATA, "nothing to draw: no headline metric was measured");
	for (size_t i = 1; i < st->n; i++)
		told += steps_patch_tells(st, i);
	put_data(&d, &data);
	figure_begin(&script, "steps");
	put_plot(&d, told, &height, &plot);
	figure_end(&script, "steps", (unsigned int)WIDTH, height, strbuf_str(&plot));
	rc = figure_write(dir, "steps", &script, &data, &scripts, &made, e);
	if (!rc)
		rc = figure_draw(dir, &scripts, e);
	if (!rc)
		strv_copy(files, &made);
	return rc;
}
