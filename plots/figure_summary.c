// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All headline cells in one figure: a row each, from 1 (no change) to patched /
 * baseline on a log scale, so that half and double are equally far.
 */
#include <math.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/figures.h"
#include "plots/text.h"

#define WIDTH	   860
#define ROW_HEIGHT 21
#define AROUND	   170 /* title, axis, key */
#define GROUP_GAP  0.6 /* rows */
#define LABEL_ROOM 0.3 /* of the axis, beyond the farthest point, for its label */

enum kind { IMPROVED, REGRESSED, NEITHER };

static const struct {
	const char *title, *color;
} kinds[] = {
	[IMPROVED] = { "improved", COLOR_PATCHED },
	[REGRESSED] = { "regressed", COLOR_WORSE },
	[NEITHER] = { "no clear difference", COLOR_NEUTRAL },
};

/* The axis: whole powers of 2 around all ratios. */
struct extent {
	double lo, hi; /* smallest and largest patched / baseline */
	double bottom; /* y of the last row */
	size_t rows;
	bool has[ARRAY_SIZE(kinds)];
};

static enum kind kind_of(enum verdict v)
{
	if (v == VERDICT_IMPROVED)
		return IMPROVED;
	return v == VERDICT_REGRESSED ? REGRESSED : NEITHER;
}

static void put_row(const struct compare_cell *cell, double y, struct extent *x,
		    struct strbuf *data)
{
	char *change __free = figure_change(cell);
	enum kind kind = kind_of(cell->verdict);
	double ratio = cell->has_change ? 1 + cell->change : 1;

	if (ratio <= 0) /* nothing is left of it */
		ratio = 1.0 / 1024;
	if (ratio < x->lo)
		x->lo = ratio;
	if (ratio > x->hi)
		x->hi = ratio;
	x->has[kind] = true;
	x->rows++;
	x->bottom = y;
	strbuf_addf(data, "%.9g\t%.9g\t%s\t%d\n", y, ratio, change, (int)kind);
}

/* What a row is called; the first row of a group has the name of the group too. */
static void put_tic(const struct rows *r, size_t group, const struct compare_cell *cell, bool first,
		    double y, struct strbuf *tics)
{
	const struct row_group *g = &r->groups[group];
	bool same_case = group && !strcmp(r->groups[group - 1].case_name, g->case_name);
	char *name;

	strbuf_addf(tics, "%s", tics->len ? ", \\\n  " : "");
	if (first) {
		char *metric = same_case ? xasprintf(" %s", g->metric) : xstrdup("");

		name = xasprintf("%s%s%s%s", g->case_name, metric, *g->others ? " " : "",
				 g->others);
		for (char *p = name; *p; p++)
			*p = *p == '_' ? ' ' : *p;
		strbuf_addstr(tics, "'{/:Bold '.");
		figure_quote(tics, name);
		strbuf_addstr(tics, ".'}    '.");
		free(metric);
		free(name);
	}
	figure_quote(tics, row_folio(cell->params));
	strbuf_addf(tics, " %.9g", y);
}

/* Ticks at powers of 2, or of 4 and 16 where they would crowd. */
static void put_axis(const struct extent *x, struct strbuf *s)
{
	double span = log2(x->hi / x->lo), room = fmax(0.5, span * LABEL_ROOM);
	double left = log2(x->lo) - room, right = log2(x->hi) + room;
	int lo = (int)ceil(left), hi = (int)floor(right);
	int step = hi - lo > 12 ? 4 : hi - lo > 6 ? 2 : 1;

	strbuf_addf(s, "set logscale x 2\nset xrange [%.9g:%.9g]\nset xtics (", exp2(left),
		    exp2(right));
	for (int i = lo - ((lo % step) + step) % step; i <= hi; i += step) {
		if (i < lo)
			continue;
		if (i < 0)
			strbuf_addf(s, "'1/%.0f' %.9g, ", exp2(-i), exp2(i));
		else
			strbuf_addf(s, "'%.0f' %.9g, ", exp2(i), exp2(i));
	}
	strbuf_addf(s, "'1' 1)\n");
	strbuf_addf(s, "set yrange [%.9g:0.9]\n", x->bottom - 0.9);
	strbuf_addstr(s, "set grid xtics lt 1 lw 0.5 lc rgb '#D8D8D8'\n"
			 "set ytics scale 0\n"
			 "set border 1\n"
			 "set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1 lc rgb '#404040'\n"
			 "unset key\n"
			 "set tmargin 4\n"
			 "set bmargin 5.5\n"
			 "set rmargin 3\n"
			 "set xlabel 'patched / baseline (log scale): left of 1 is less'\n");
}

static void put_title(const struct comparison *c, struct strbuf *s)
{
	char *title __free = xasprintf("%s compared with %s", c->patched.name, c->baseline.name);

	strbuf_addstr(s, "set title '{/:Bold*1.1 '.");
	figure_quote(s, title);
	strbuf_addstr(s, ".\"}\\n{/*0.85 \".");
	figure_quote(s, !strcmp(c->unit, "insn") ? "counted by the emulator: cost, not time"
						 : "change of the median over boots");
	strbuf_addstr(s, ".'}' textcolor rgb '#202020'\n");
}

/* gnuplot's own key breaks its line early: labels with points in place of it. */
static void put_key(const struct extent *x, struct strbuf *s)
{
	double at = 0.22;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		if (!x->has[k])
			continue;
		strbuf_addf(s,
			    "set label %zu '%s' at screen %.2f, character 1.2 left offset 1,0 "
			    "point pt 7 ps 0.9 lc rgb '%s' textcolor rgb '#202020'\n",
			    k + 1, kinds[k].title, at, kinds[k].color);
		at += 0.2;
	}
}

static void put_plot(const struct extent *x, struct strbuf *plot)
{
	const char *sep = "plot ";

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		if (!x->has[k])
			continue;
		strbuf_addf(plot,
			    "%sdata using (1):($4==%zu?$1:1/0):($2-1):(0) with vectors nohead "
			    "lw 2.5 lc rgb '%s' notitle, \\\n"
			    "  data using ($4==%zu?$2:1/0):1 with points pt 7 ps 0.9 lc rgb '%s' "
			    "notitle",
			    sep, k, kinds[k].color, k, kinds[k].color);
		sep = ", \\\n  ";
	}
	strbuf_addstr(plot,
		      ", \\\n  data using ($2<1?$2:1/0):1:3 with labels right offset -0.8,0 "
		      "font ',12' notitle, \\\n  data using ($2>=1?$2:1/0):1:3 with labels left "
		      "offset 0.8,0 font ',12' notitle");
}

void figure_summary(const struct comparison *c, const struct rows *r, const char *name,
		    struct strbuf *script, struct strbuf *data)
{
	struct strbuf tics __strbuf = { 0 }, plot __strbuf = { 0 };
	struct extent x = { .lo = 1, .hi = 1 };
	double y = 0;

	strbuf_addstr(data, "# y\tratio\tchange\tkind\n");
	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->groups[i].n; j++, y -= 1) {
			const struct compare_cell *cell = &c->cells[r->groups[i].index[j]];

			put_row(cell, y, &x, data);
			put_tic(r, i, cell, !j, y, &tics);
		}
		y -= GROUP_GAP;
	}
	figure_begin(script, name);
	put_title(c, script);
	put_axis(&x, script);
	strbuf_addf(script, "set ytics (%s)\n", strbuf_str(&tics));
	put_key(&x, script);
	put_plot(&x, &plot);
	figure_end(script, name, WIDTH, AROUND + (unsigned int)(ROW_HEIGHT * (1.8 - x.bottom)),
		   strbuf_str(&plot));
}
