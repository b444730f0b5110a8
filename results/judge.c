// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decides what a difference means; see judge.h and docs/statistics.md. Three passes: each cell for
 * itself (judge_units.c), p-values over the families that the cells stand in, then the verdicts.
 */
#include <math.h>
#include <stdlib.h>

#include "lib/strbuf.h"
#include "results/judge_power.h"
#include "results/stats/order.h"
#include "results/stats/tests.h"

/* Counts are never believed to less than this, however well a calibration repeated. */
#define EXACT_LEAST 0.001

/* Tables and boots up to these sizes are judged without any allocation. */
#define CELLS_ROOM 64
#define BOOTS_ROOM 128

static const char *const names[] = {
	[VERDICT_IMPROVED] = "improved",     [VERDICT_REGRESSED] = "regressed",
	[VERDICT_EQUIVALENT] = "equivalent", [VERDICT_INCONCLUSIVE] = "inconclusive",
	[VERDICT_CHANGED] = "changed",	     [VERDICT_NOT_COMPARABLE] = "not comparable",
	[VERDICT_WRONG] = "WRONG",
};

const char *verdict_name(enum verdict v)
{
	return names[v];
}

bool verdict_differs(enum verdict v)
{
	return v == VERDICT_IMPROVED || v == VERDICT_REGRESSED || v == VERDICT_CHANGED;
}

/* A difference that is there, by its sign and what is better. */
static enum verdict direction(double diff, enum better better)
{
	if (better == BETTER_NEITHER)
		return VERDICT_CHANGED;
	return (diff < 0) == (better == BETTER_LOWER) ? VERDICT_IMPROVED : VERDICT_REGRESSED;
}

/*
 * The larger floor where another build could have been anything. Counts are only as good as 0.5 %
 * until other layouts of one kernel have been counted.
 */
static void find_floor(const struct judge_cell *c, struct judgement *j)
{
	bool built = c->floor_built >= 0;

	if (j->unit == JUDGE_EXACT) {
		j->calibrated = built;
		j->floor = fmax(built ? EXACT_LEAST : JUDGE_EXACT_FLOOR, fmax(c->floor, 0));
		j->floor = fmax(j->floor, c->floor_built);
		return;
	}
	built = built && j->conditional;
	j->calibrated = c->floor >= 0 || built;
	j->floor = fmax(c->floor, built ? c->floor_built : 0);
	j->floor = fmax(j->floor, 0);
}

/* Whether most boots of one kernel are as good as its median: the others are odd ones. */
static bool most_near(const struct judge_boot *v, size_t n, double median, double share)
{
	size_t near = 0;

	for (size_t i = 0; i < n; i++)
		near += fabs(v[i].value - median) <= share * fabs(median);
	return 2 * near > n;
}

static double median_of(const struct judge_boot *v, size_t n, double *copy)
{
	for (size_t i = 0; i < n; i++)
		copy[i] = v[i].value;
	return stats_median(copy, n);
}

/*
 * Figures that repeat. Two different kernels shift timer ticks against the work, so less than the
 * floor is the same. Where the boots of one kernel differ among themselves so that the two
 * kernels' ranges touch, or hardly two of them agree on a figure, nothing is decided.
 */
static void judge_exact(const struct judge_cell *c, const struct judge_rules *rules,
			struct judge_room *room, struct judgement *j)
{
	double a = median_of(c->a, c->n_a, room->d), a_lo, a_hi;
	double b, b_lo, b_hi, near;

	stats_range(room->d, c->n_a, &a_lo, &a_hi);
	b = median_of(c->b, c->n_b, room->d);
	stats_range(room->d, c->n_b, &b_lo, &b_hi);
	j->n = c->n_a < c->n_b ? c->n_a : c->n_b;
	j->change = a != 0 ? (b - a) / fabs(a) : NAN;
	find_floor(c, j);
	near = fmax(j->floor, rules->margin);
	if (a == b || fabs(b - a) < j->floor * fabs(a))
		/* what is below the floor but not within the margin is neither */
		j->verdict = fabs(b - a) <= rules->margin * fabs(a) &&
					     most_near(c->a, c->n_a, a, near) &&
					     most_near(c->b, c->n_b, b, near)
				     ? VERDICT_EQUIVALENT
				     : VERDICT_INCONCLUSIVE;
	else if (a_lo > b_hi || b_lo > a_hi)
		j->verdict = direction(b - a, c->better);
	else
		j->verdict = VERDICT_INCONCLUSIVE;
}

/* The same figure in all of two or more boots. */
static bool repeats(const struct judge_boot *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (v[i].value != v[0].value)
			return false;
	}
	return n > 1;
}

static bool is_exact(const struct judge_cell *c)
{
	return c->exact || (!c->is_time && repeats(c->a, c->n_a) && repeats(c->b, c->n_b));
}

static bool several_layouts(const struct judge_boot *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (v[i].layout != v[0].layout)
			return true;
	}
	return false;
}

/* All of a cell that does not depend on the others. */
static void judge_one(const struct judge_cell *c, const struct judge_rules *rules,
		      struct judge_room *room, struct judgement *j, struct judge_scale *scale)
{
	*j = JUDGEMENT_NONE;
	*scale = (struct judge_scale){ .diff = NAN, .unit = NAN };
	if (c->wrong || !c->n_a || !c->n_b) {
		j->verdict = c->wrong ? VERDICT_WRONG : VERDICT_NOT_COMPARABLE;
		return;
	}
	if (is_exact(c)) {
		j->unit = JUDGE_EXACT;
		j->conditional = !several_layouts(c->a, c->n_a) || !several_layouts(c->b, c->n_b);
		judge_exact(c, rules, room, j);
	} else {
		judge_units(c, rules, room, j, scale);
		find_floor(c, j);
	}
	if (c->apart) {
		/* the figures stand for themselves; nothing is claimed of their difference */
		j->verdict = VERDICT_NOT_COMPARABLE;
		j->unit = JUDGE_NOTHING;
		j->lo = j->hi = j->lo90 = j->hi90 = NAN;
		j->p = j->p_flip = j->df = j->sd = NAN;
		j->fragile = false;
	}
}

/* Whether the 90 % interval lies inside the margin. One of no width around 0 always does. */
static bool inside(const struct judgement *j, double margin)
{
	return (j->lo90 > -margin && j->hi90 < margin) || (j->lo90 == 0 && j->hi90 == 0);
}

/* ALPHA: what the family leaves to one cell of it. */
static void conclude(const struct judge_cell *c, const struct judge_rules *rules, double alpha,
		     const struct judge_scale *s, struct judge_known *known, struct judgement *j)
{
	if (isnan(j->p))
		return; /* was decided, or there is nothing to decide by */
	/* a baseline of 0 has no share that could be below a floor */
	if (j->p_adjusted <= JUDGE_ALPHA && !(fabs(j->change) <= j->floor)) {
		j->verdict = direction(s->diff, c->better);
		return;
	}
	j->verdict = inside(j, rules->margin) ? VERDICT_EQUIVALENT : VERDICT_INCONCLUSIVE;
	if (rules->power > 0)
		judge_power(j, s, rules, alpha, known);
}

static bool belongs(const struct judge_cell *c, const struct judge_cell *to)
{
	return c->named == to->named && (c->named || c->family == to->family);
}

/* Adjusts and concludes all cells of the family of FIRST, which has none before it. */
static void judge_family(const struct judge_cell *cells, size_t n, size_t first,
			 const struct judge_rules *rules, const struct judge_scale *scales,
			 double *p, struct judgement *out)
{
	struct judge_known known;
	double alpha;
	size_t m = 0;

	known.n = 0;
	for (size_t i = first; i < n; i++) {
		if (belongs(&cells[i], &cells[first]) && !isnan(out[i].p))
			p[m++] = out[i].p;
	}
	alpha = JUDGE_ALPHA / (double)(m ? m : 1);
	if (cells[first].named)
		adjust_holm(p, m);
	else
		adjust_bh(p, m);
	m = 0;
	for (size_t i = first; i < n; i++) {
		if (!belongs(&cells[i], &cells[first]))
			continue;
		if (!isnan(out[i].p))
			out[i].p_adjusted = p[m++];
		conclude(&cells[i], rules, alpha, &scales[i], &known, &out[i]);
	}
}

static bool is_first(const struct judge_cell *cells, size_t i)
{
	size_t k = 0;

	while (!belongs(&cells[k], &cells[i]))
		k++;
	return k == i;
}

void judge(const struct judge_cell *cells, size_t n, const struct judge_rules *rules,
	   struct judgement *out)
{
	struct judge_boot boots_here[2 * BOOTS_ROOM];
	double numbers_here[2 * BOOTS_ROOM], p_here[CELLS_ROOM], *p = p_here;
	struct judge_scale scales_here[CELLS_ROOM], *scales = scales_here;
	struct judge_room room = { boots_here, boots_here + BOOTS_ROOM, numbers_here,
				   numbers_here + BOOTS_ROOM };
	size_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = cells[i].n_a + cells[i].n_b > most ? cells[i].n_a + cells[i].n_b : most;
	if (most > BOOTS_ROOM) {
		room.boots = xcalloc(2 * most, sizeof(*room.boots));
		room.whole = room.boots + most;
		room.d = xcalloc(2 * most, sizeof(*room.d));
		room.e = room.d + most;
	}
	if (n > CELLS_ROOM) {
		p = xcalloc(n, sizeof(*p));
		scales = xcalloc(n, sizeof(*scales));
	}
	for (size_t i = 0; i < n; i++)
		judge_one(&cells[i], rules, &room, &out[i], &scales[i]);
	for (size_t i = 0; i < n; i++) {
		if (is_first(cells, i))
			judge_family(cells, n, i, rules, scales, p, out);
	}
	if (most > BOOTS_ROOM) {
		free(room.boots);
		free(room.d);
	}
	if (n > CELLS_ROOM) {
		free(p);
		free(scales);
	}
}
