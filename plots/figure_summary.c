// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All headline cells in one figure: a row each, from 1 (no change) to patched /
 * baseline on a log scale, so that half and double are equally far, with its 95
 * % interval over it; within the grey band changes are as good as none. From or
 * to zero there is no ratio to draw: such a row ends hollow beyond all the
 * others.
 *
 * gnuplot 5.4 crashes on a plot of labels without any valid point: texts are
 * labels of the script's own, and a kind of row is plotted only where there is
 * one.
 */
#include <math.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/figures.h"
#include "plots/judged.h"
#include "plots/text.h"

#define WIDTH	    860
#define NAME_CHARS  30 /* of a row and its group, that fit; */
#define CHAR_WIDTH  9  /* further ones widen the figure */
#define ROW_HEIGHT  21
#define AROUND	    226	   /* title, axis, key */
#define GROUP_GAP   0.6	   /* rows */
#define LABEL_ROOM  0.3	   /* of the axis, beyond the farthest point, for its label */
#define EDGE	    0.95   /* of that room: more of it for what is beyond the scale */
#define WORDS	    0.5	   /* of that room: more of it where a label has a word */
#define EDGE_LABEL  1.45   /* of that room, for the label of such */
#define ROOM_LEAST  0.012  /* log2: an axis of less than a percent shows nothing */
#define BAR_ROOM    4	   /* times the farthest change, for intervals */
#define PERCENTS    2.0	   /* log2: narrower axes have percentages in place of ratios */
#define RATIO_MAX   0x1p20 /* farther than this is beyond the scale */
#define HOLLOW	    6	   /* circle of gnuplot's */
#define KEY_GAP	    0.055
#define KEY_CHAR    0.012 /* a letter, of the figure's width */
#define FIRST_LABEL 20	  /* gnuplot's number of the first row's text; the key's are below */

/* More rows than this are too many for one look: groups without a difference
 * are left out. */
#define ROWS_MAX 50

/* Where a row ends. */
enum place { AT_RATIO, AT_EDGE, NOWHERE };

static const char *const colors[] = {
	[VERDICT_IMPROVED] = COLOR_PATCHED,   [VERDICT_REGRESSED] = COLOR_WORSE,
	[VERDICT_EQUIVALENT] = COLOR_NEUTRAL, [VERDICT_INCONCLUSIVE] = COLOR_NEUTRAL,
	[VERDICT_CHANGED] = COLOR_CHANGED,    [VERDICT_NOT_COMPARABLE] = COLOR_NEUTRAL,
	[VERDICT_WRONG] = COLOR_WORSE,
};

struct extent {
	double lo, hi;		      /* smallest and largest patched / baseline, both around 1 */
	double left, right;	      /* log2 of the ends of the axis */
	double room;		      /* log2, between the points and either end */
	double bottom;		      /* y of the last row */
	bool edge_left, edge_right;   /* something is beyond the scale */
	double bar_lo, bar_hi;	      /* of all intervals */
	bool intervals;		      /* of any row */
	bool words_left, words_right; /* a label is longer than a percentage */
	bool has[ARRAY_SIZE(colors)][NOWHERE];
};

/* Of gnuplot's points: to be told apart without colours, hollow where nothing
 * is decided. */
static int point_of(enum verdict v)
{
	static const int points[] = {
		[VERDICT_IMPROVED] = 7,	     /* circle */
		[VERDICT_REGRESSED] = 9,     /* triangle */
		[VERDICT_EQUIVALENT] = 5,    /* square */
		[VERDICT_INCONCLUSIVE] = 12, /* diamond, hollow */
		[VERDICT_CHANGED] = 13,	     /* diamond */
		[VERDICT_NOT_COMPARABLE] = 2, [VERDICT_WRONG] = 3,
	};

	return points[v];
}

/* Patched / baseline, infinite for a baseline of 0; a NaN where there is no
 * such thing. */
static double ratio_of(const struct compare_cell *cell)
{
	double a = cell->baseline.value, b = cell->patched.value;

	if (!cell->baseline.n_boots || !cell->patched.n_boots)
		return NAN;
	if (judged_has_interval(&cell->j) && isfinite(cell->j.change))
		return 1 + cell->j.change;
	return a == b ? 1 : a == 0 ? copysign(INFINITY, b) : b / a;
}

/* Whether the row has an interval that can be drawn beside its ratio. */
static bool has_interval(const struct compare_cell *cell, double ratio)
{
	const struct judgement *j = &cell->j;

	return judged_has_interval(j) && j->lo > -1 && isfinite(j->hi) && ratio > 0 &&
	       j->hi < RATIO_MAX;
}

static enum place place_of(double ratio)
{
	if (isnan(ratio) || (ratio < 0 && isfinite(ratio)))
		return NOWHERE;
	return ratio > RATIO_MAX || ratio < 1 / RATIO_MAX ? AT_EDGE : AT_RATIO;
}

static void widen(struct extent *x, const struct compare_cell *cell)
{
	double ratio = ratio_of(cell);
	enum place place = place_of(ratio);

	x->words_right |= place == NOWHERE;
	if (place == NOWHERE)
		return;
	x->has[cell->verdict][place] = true;
	if (place == AT_EDGE) {
		x->edge_right |= ratio > 1;
		x->edge_left |= ratio < 1;
	} else {
		x->lo = fmin(x->lo, ratio);
		x->hi = fmax(x->hi, ratio);
		if (has_interval(cell, ratio)) {
			x->intervals = true;
			x->bar_lo = fmin(x->bar_lo, 1 + cell->j.lo);
			x->bar_hi = fmax(x->bar_hi, 1 + cell->j.hi);
		}
		x->words_right |= cell->j.fragile && ratio >= 1;
		x->words_left |= cell->j.fragile && ratio < 1;
	}
}

/* Intervals that are much wider than all changes are cut off, lest they hide
 * these. */
static void set_axis(struct extent *x)
{
	x->lo = fmin(x->lo, fmax(x->bar_lo, x->lo / BAR_ROOM));
	x->hi = fmax(x->hi, fmin(x->bar_hi, x->hi * BAR_ROOM));
	x->room = fmax(ROOM_LEAST, log2(x->hi / x->lo) * LABEL_ROOM);
	x->left = log2(x->lo) -
		  x->room * (1 + (x->edge_left ? EDGE : 0) + (x->words_left ? WORDS : 0));
	x->right = log2(x->hi) +
		   x->room * (1 + (x->edge_right ? EDGE : 0) + (x->words_right ? WORDS : 0));
}

/* The data of a row, and its text beside where it ends. */
static void put_row(const struct compare_cell *cell, size_t n, double y, const struct extent *x,
		    struct strbuf *data, struct strbuf *labels)
{
	char *change __free = figure_change(cell);
	double ratio = ratio_of(cell), at = 1, beside = 1;
	enum place place = place_of(ratio);

	if (place == AT_RATIO)
		at = ratio;
	else if (place == AT_EDGE)
		at = exp2(ratio > 1 ? x->right - x->room * EDGE_LABEL
				    : x->left + x->room * EDGE_LABEL);
	if (place == NOWHERE)
		strbuf_addf(data, "%.9g\t?\t%s\t%s\t?", y, change, verdict_name(cell->verdict));
	else
		strbuf_addf(data, "%.9g\t%.9g\t%s\t%s\t%d", y, at, change,
			    verdict_name(cell->verdict), place == AT_EDGE);
	if (place == AT_RATIO && has_interval(cell, ratio)) {
		strbuf_addf(data, "\t%.9g\t%.9g\n", 1 + cell->j.lo, 1 + cell->j.hi);
		beside = fmin(fmax(at < 1 ? 1 + cell->j.lo : 1 + cell->j.hi, exp2(x->left)),
			      exp2(x->right));
	} else {
		strbuf_addstr(data, "\t?\t?\n");
	}
	strbuf_addf(labels, "set label %zu ", FIRST_LABEL + n);
	figure_quote(labels, change);
	if (cell->j.fragile)
		strbuf_addstr(labels, ".' fragile'");
	strbuf_addf(labels, " at first %.9g, first %.9g %s offset %s,0 font ',12' boxed\n",
		    place == AT_RATIO && has_interval(cell, ratio) ? beside : at, y,
		    at < 1 ? "right" : "left", at < 1 ? "-0.8" : "0.8");
}

/*
 * What a row is called; the first row of a group has the name of the group too.
 * Returns how many characters that takes.
 */
static size_t put_tic(const struct rows *r, size_t group, const struct compare_cell *cell,
		      bool first, double y, struct strbuf *tics)
{
	size_t chars = strlen(row_folio(cell->params));

	const struct row_group *g = &r->groups[group];
	size_t main =
		group; /* the first group of the case has the metric that goes without saying */
	bool other;

	while (main && !strcmp(r->groups[main - 1].case_name, g->case_name))
		main--;
	other = strcmp(r->groups[main].metric, g->metric) != 0;

	strbuf_addf(tics, "%s", tics->len ? ", \\\n  " : "");
	if (first) {
		char *words __free = text_words(g->metric);
		char *name __free = xasprintf("%s%s%s%s%s", g->case_name, other ? " " : "",
					      other ? words : "", *g->others ? " " : "", g->others);

		chars += strlen(name) + 4;
		strbuf_addstr(tics, "'{/:Bold '.");
		figure_quote(tics, name);
		strbuf_addstr(tics, ".'}    '.");
	}
	figure_quote(tics, row_folio(cell->params));
	strbuf_addf(tics, " %.9g", y);
	return chars;
}

/* Ticks at powers of 2, or of 4, 16 and so on where they would crowd. */
static void put_ratios(const struct extent *x, struct strbuf *s)
{
	int lo = (int)ceil(x->left), hi = (int)floor(x->right), step = 1;

	while ((hi - lo) / step > 6)
		step *= 2;
	for (int i = lo - ((lo % step) + step) % step; i <= hi; i += step) {
		if (i < lo)
			continue;
		if (i < 0)
			strbuf_addf(s, "'1/%.0f' %.9g, ", exp2(-i), exp2(i));
		else
			strbuf_addf(s, "'%.0f' %.9g, ", exp2(i), exp2(i));
	}
	strbuf_addstr(s, "'1' 1)\n");
}

/* The same of small changes, in percent: some seven of them, at 1, 2 or 5 times
 * a power of 10. */
static void put_percents(const struct extent *x, struct strbuf *s)
{
	double lo = exp2(x->left) - 1, hi = exp2(x->right) - 1, step = 1e-4;
	double room = (x->right - x->left) / 6, last = x->left - room;

	for (int i = 0; (hi - lo) / step > 7; i++)
		step *= i % 3 == 1 ? 2.5 : 2;
	for (int i = (int)ceil(lo / step); i <= (int)floor(hi / step); i++) {
		double at = log2(1 + i * step);

		/* they come closer on the right, and 0 has its place */
		if (i && (at - last < room || (i < 0 && -at < room)))
			continue;
		last = at;
		if (i)
			strbuf_addf(s, "'%s%g%%%%' %.9g, ", i < 0 ? "\u2212" : "+",
				    fabs(i * step) * 100, 1 + i * step);
	}
	strbuf_addstr(s, "'0' 1)\n");
}

/* The band: what is equivalent lies within it with its interval. */
static void put_axis(const struct comparison *c, const struct extent *x, struct strbuf *s)
{
	bool percents = x->right - x->left < PERCENTS;
	bool time = text_is_time(c->unit, c->target);
	double margin = c->judged_by.margin;

	strbuf_addf(s, "set logscale x 2\nset xrange [%.9g:%.9g]\nset xtics (", exp2(x->left),
		    exp2(x->right));
	if (percents)
		put_percents(x, s);
	else
		put_ratios(x, s);
	if (x->intervals)
		strbuf_addf(s,
			    "set object 1 rectangle from %.9g, graph 0 to %.9g, graph 1 behind "
			    "fillcolor rgb '#E4E4E4' fillstyle solid 1 noborder\n",
			    fmax(1 - margin, exp2(x->left)), fmin(1 + margin, exp2(x->right)));
	strbuf_addf(s, "set yrange [%.9g:0.9]\n", x->bottom - 0.9);
	strbuf_addstr(s, "set grid xtics lt 1 lw 0.5 lc rgb '#D8D8D8'\n"
			 "set ytics scale 0\n"
			 "set border 1\n"
			 "set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1 lc rgb '#404040'\n"
			 "unset key\n"
			 "set bmargin 5.5\n"
			 "set rmargin 3\n");
	strbuf_addf(s, "set xlabel '%s (log scale); left: %s'\n",
		    percents ? "change in cost" : "patched / baseline",
		    time ? "faster, or less" : "less");
}

/* LEFT_OUT: cells of groups that are not drawn. */
static void put_title(const struct comparison *c, const struct rows *r, size_t left_out,
		      struct strbuf *s)
{
	char margin[TEXT_MAX], *what __free = NULL, *band __free = NULL;
	char *units __free = judged_units(c, r);
	char *rest __free =
		xasprintf("%zu more cells are in groups without a difference", left_out);
	char *title __free = xasprintf("%s compared with %s", c->patched.name, c->baseline.name);

	if (*units) {
		what = xasprintf("change over %s, its", units);
		band = xasprintf("95 %% interval; grey: within \u00b1%s",
				 judged_share(margin, c->judged_by.margin));
	} else {
		what = xstrdup(!strcmp(c->unit, "insn") ? "counted by the emulator: cost, not time"
							: "change of the median over boots");
	}

	strbuf_addstr(s, "set title '{/:Bold*1.1 '.");
	figure_quote(s, title);
	strbuf_addstr(s, ".\"}\\n{/*0.85 \".");
	figure_quote(s, what);
	if (band) {
		strbuf_addstr(s, ".\"}\\n{/*0.85 \".");
		figure_quote(s, band);
	}
	if (left_out) {
		strbuf_addstr(s, ".\"}\\n{/*0.85 \".");
		figure_quote(s, rest);
	}
	strbuf_addf(s, ".'}' textcolor rgb '#202020'\nset tmargin %d\n", band && left_out ? 6 : 5);
}

/* At AT, a share of the figure's width, which is moved on. */
static void put_key_entry(struct strbuf *s, int number, double *at, const char *text, int point,
			  const char *color)
{
	strbuf_addf(s,
		    "set label %d '%s' at screen %.3f, character 1.4 left offset 1,-0.12 "
		    "point pt %d ps 1.1 lc rgb '%s' textcolor rgb '#202020'\n",
		    number, text, *at, point, color);
	*at += KEY_GAP + KEY_CHAR * (double)strlen(text);
}

/* gnuplot's own key breaks its line early: labels with points in place of it.
 */
static void put_key(const struct extent *x, struct strbuf *s)
{
	double at = KEY_GAP;
	int n = 0;

	for (size_t v = 0; v < ARRAY_SIZE(x->has); v++) {
		if (x->has[v][AT_RATIO] || x->has[v][AT_EDGE])
			put_key_entry(s, ++n, &at, verdict_name((enum verdict)v),
				      point_of((enum verdict)v), colors[v]);
	}
	if (x->edge_left || x->edge_right)
		put_key_entry(s, ++n, &at, "no ratio", HOLLOW, "#202020");
}

/* Whiskers over the line of a row; the point of the row is drawn over them. */
static void put_intervals(const struct extent *x, struct strbuf *plot)
{
	if (!x->intervals)
		return;
	strbuf_addf(
		plot,
		", \\\n  data using ($6<%.9g?%.9g:$6):1:(($7>%.9g?%.9g:$7)-($6<%.9g?%.9g:$6)):(0) "
		"with vectors heads size screen 0.004,90 lw 1.3 lc rgb '#202020' notitle",
		exp2(x->left), exp2(x->left), exp2(x->right), exp2(x->right), exp2(x->left),
		exp2(x->left));
}

/* The points of rows that end beyond the scale (EDGE) or at their ratio. */
static void put_points(size_t v, int edge, struct strbuf *plot)
{
	strbuf_addf(plot,
		    ", \\\n  data using (strcol(4) eq '%s' && $5==%d?$2:NaN):1 "
		    "with points pt %d ps %s lc rgb '%s' notitle",
		    verdict_name((enum verdict)v), edge, edge ? HOLLOW : point_of((enum verdict)v),
		    v == VERDICT_INCONCLUSIVE ? "1.3 lw 1.6" : "1", colors[v]);
}

/* Only what has a row: see the top of the file. */
static void put_plot(const struct extent *x, struct strbuf *plot)
{
	strbuf_addstr(plot, "plot NaN notitle");
	for (size_t v = 0; v < ARRAY_SIZE(x->has); v++) {
		const char *name = verdict_name((enum verdict)v);

		for (int edge = AT_RATIO; edge <= AT_EDGE; edge++) {
			if (!x->has[v][edge])
				continue;
			strbuf_addf(plot,
				    ", \\\n  data using (1):(strcol(4) eq '%s' && $5==%d?$1:NaN):"
				    "($2-1):(0) with vectors nohead lw %s lc rgb '%s' notitle",
				    name, edge, edge ? "1.5 dt (3,3)" : "2.5", colors[v]);
		}
	}
	put_intervals(x, plot);
	for (size_t v = 0; v < ARRAY_SIZE(x->has); v++) {
		for (int edge = AT_RATIO; edge <= AT_EDGE; edge++) {
			if (x->has[v][edge])
				put_points(v, edge, plot);
		}
	}
}

static bool all_equivalent(const struct comparison *c, const struct row_group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		if (c->cells[g->index[i]].verdict != VERDICT_EQUIVALENT)
			return false;
	}
	return true;
}

/*
 * Which groups are drawn: all, or of more than fit on a screen those with a
 * difference. If there is none, all again. Returns how many cells are left out.
 */
static size_t choose_groups(const struct comparison *c, const struct rows *r, bool *drawn)
{
	size_t rows = 0, left_out = 0;

	for (size_t i = 0; i < r->n; i++)
		rows += r->groups[i].n;
	for (size_t i = 0; i < r->n; i++) {
		drawn[i] = rows <= ROWS_MAX || !all_equivalent(c, &r->groups[i]);
		left_out += drawn[i] ? 0 : r->groups[i].n;
	}
	if (left_out < rows)
		return left_out;
	memset(drawn, true, r->n * sizeof(*drawn));
	return 0;
}

void figure_summary(const struct comparison *c, const struct rows *r, const char *name,
		    struct strbuf *script, struct strbuf *data)
{
	struct strbuf tics __strbuf = { 0 }, labels __strbuf = { 0 }, plot __strbuf = { 0 };
	bool *drawn __free = xcalloc(r->n, sizeof(*drawn));
	size_t left_out = choose_groups(c, r, drawn);
	struct extent x = { .lo = 1, .hi = 1, .bar_lo = 1, .bar_hi = 1 };
	size_t n = 0, longest = NAME_CHARS;
	double y = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->groups[i].n; j++)
			widen(&x, &c->cells[r->groups[i].index[j]]);
	}
	set_axis(&x);
	strbuf_addstr(data, "# y\tx\tchange\tverdict\tbeyond the scale\tlo\thi\n");
	for (size_t i = 0; i < r->n; i++, y -= drawn[i - 1] ? GROUP_GAP : 0) {
		if (!drawn[i])
			continue;
		for (size_t j = 0; j < r->groups[i].n; j++, y -= 1) {
			const struct compare_cell *cell = &c->cells[r->groups[i].index[j]];

			size_t chars = put_tic(r, i, cell, !j, y, &tics);

			put_row(cell, n++, y, &x, data, &labels);
			if (chars > longest)
				longest = chars;
			x.bottom = y;
		}
	}
	figure_begin(script, name);
	put_title(c, r, left_out, script);
	put_axis(c, &x, script);
	strbuf_addf(script, "set ytics (%s)\n%s", strbuf_str(&tics), strbuf_str(&labels));
	put_key(&x, script);
	put_plot(&x, &plot);
	figure_end(script, name, WIDTH + CHAR_WIDTH * (unsigned int)(longest - NAME_CHARS),
		   AROUND + (unsigned int)(ROW_HEIGHT * (1.8 - x.bottom)), strbuf_str(&plot));
}
