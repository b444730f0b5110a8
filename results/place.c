// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The effect of a cell's place in the boot; see place.h. A regression with an effect of each cell
 * and each boot, whose standard error is that of sums over boots (Liang and Zeger 1986; Cameron and
 * Miller 2015): figures of one boot have more in common than their boot's level.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "results/judge.h"
#include "results/place.h"
#include "results/stats/dist.h"
#include "results/stats/order.h"
#include "results/stats/tests.h"

#define EARLY_S	    10.0
#define EARLY_SHARE 0.25
#define BOOTS_MIN   4
/* Sum of squares of what is early but for cell and boot: about two cells that changed places. */
#define MOVED_MIN  1.0
#define ROUNDS_MAX 200
#define CLOSE_TO   1e-10

/* Sums over a group of figures, by its number. */
struct group {
	double early, log;
	size_t n;
};

struct work {
	struct place_figure *v;
	size_t n, n_boots, n_cells;
	struct group *boots, *cells;
	double *first, *last; /* of each boot */
};

static size_t boot_of(const struct place_figure *f)
{
	return f->boot;
}

static size_t cell_of(const struct place_figure *f)
{
	return f->cell;
}

/* Takes the mean of each group off its figures; the largest mean of "early" that there was. */
static double centre(struct work *w, struct group *groups, size_t n_groups,
		     size_t (*group_of)(const struct place_figure *))
{
	double largest = 0;

	memset(groups, 0, n_groups * sizeof(*groups));
	for (size_t i = 0; i < w->n; i++) {
		struct group *g = &groups[group_of(&w->v[i])];

		g->early += w->v[i].early;
		g->log += w->v[i].log;
		g->n++;
	}
	for (size_t i = 0; i < n_groups; i++) {
		if (!groups[i].n)
			continue;
		groups[i].early /= (double)groups[i].n;
		groups[i].log /= (double)groups[i].n;
		largest = fmax(largest, fmax(fabs(groups[i].early), fabs(groups[i].log)));
	}
	for (size_t i = 0; i < w->n; i++) {
		w->v[i].early -= groups[group_of(&w->v[i])].early;
		w->v[i].log -= groups[group_of(&w->v[i])].log;
	}
	return largest;
}

/* In turn, until neither has a mean: where no figure is missing, once is enough. */
static void centre_both(struct work *w)
{
	double moved = 1;

	for (int i = 0; i < ROUNDS_MAX && moved > CLOSE_TO; i++) {
		centre(w, w->cells, w->n_cells, cell_of);
		moved = centre(w, w->boots, w->n_boots, boot_of);
	}
}

/* Which figures were measured early. Returns the seconds that are. */
static double mark_early(struct work *w)
{
	double *length __free = xcalloc(w->n_boots, sizeof(*length));
	double seconds;
	size_t n = 0;

	for (size_t i = 0; i < w->n_boots; i++)
		w->first[i] = INFINITY;
	for (size_t i = 0; i < w->n; i++) {
		const struct place_figure *f = &w->v[i];

		w->first[f->boot] = fmin(w->first[f->boot], f->begun);
		w->last[f->boot] = fmax(w->last[f->boot], f->ended);
	}
	for (size_t i = 0; i < w->n_boots; i++) {
		if (w->last[i] >= w->first[i])
			length[n++] = w->last[i] - w->first[i];
	}
	seconds = fmin(EARLY_S, EARLY_SHARE * stats_median(length, n));
	for (size_t i = 0; i < w->n; i++) {
		struct place_figure *f = &w->v[i];
		double until = w->first[f->boot] + seconds;

		/* its figure is the median of its samples: those in the middle say what it is */
		f->early = f->begun + f->ended < 2 * until;
	}
	return seconds;
}

static void estimate(struct work *w, struct place_effect *out)
{
	double xx = 0, xy = 0, scores = 0, beta, lo = NAN, hi = NAN;
	struct ttest t = { 0 };
	size_t boots = 0, n_cells = 0;

	for (size_t i = 0; i < w->n; i++) {
		xx += w->v[i].early * w->v[i].early;
		xy += w->v[i].early * w->v[i].log;
	}
	if (!(xx >= MOVED_MIN))
		return;
	beta = xy / xx;
	for (size_t i = 0; i < w->n_boots; i++) {
		boots += w->boots[i].n > 0;
		w->boots[i].log = 0;
	}
	for (size_t i = 0; i < w->n_cells; i++)
		n_cells += w->cells[i].n > 0;
	if (boots < BOOTS_MIN || w->n <= n_cells + 1)
		return;
	for (size_t i = 0; i < w->n; i++)
		w->boots[w->v[i].boot].log += w->v[i].early * (w->v[i].log - beta * w->v[i].early);
	for (size_t i = 0; i < w->n_boots; i++)
		scores += w->boots[i].log * w->boots[i].log;
	t.estimate = beta;
	t.df = (double)boots - 1;
	/* for few boots, and for the cells whose effects were taken out; boots are what is summed
	 * over */
	t.se = sqrt(scores * (double)boots / t.df * (double)(w->n - 1) /
		    (double)(w->n - n_cells - 1)) /
	       xx;
	ttest_interval(&t, JUDGE_LEVEL, &lo, &hi);
	*out = (struct place_effect){
		.known = true,
		.change = expm1(beta),
		.lo = expm1(lo),
		.hi = expm1(hi),
		.p = t.se > 0 ? dist_t_p(beta / t.se, t.df) : 1,
		.boots = boots,
	};
}

void place_effect(struct place_figure *v, size_t n, struct place_effect *out)
{
	struct work w = { .v = v, .n = n };
	double seconds;

	*out = (struct place_effect){ 0 };
	if (!n)
		return;
	for (size_t i = 0; i < n; i++) {
		w.n_boots = v[i].boot + 1 > w.n_boots ? v[i].boot + 1 : w.n_boots;
		w.n_cells = v[i].cell + 1 > w.n_cells ? v[i].cell + 1 : w.n_cells;
	}
	w.boots = xcalloc(w.n_boots, sizeof(*w.boots));
	w.cells = xcalloc(w.n_cells, sizeof(*w.cells));
	w.first = xcalloc(w.n_boots, sizeof(*w.first));
	w.last = xcalloc(w.n_boots, sizeof(*w.last));
	seconds = mark_early(&w);
	centre_both(&w);
	estimate(&w, out);
	out->seconds = seconds;
	free(w.boots);
	free(w.cells);
	free(w.first);
	free(w.last);
}
