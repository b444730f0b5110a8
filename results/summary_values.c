// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The figures of a run's boots, metric by metric: the values of one metric are in memory at a time,
 * those of all boots of all kernels, since how many samples of a boot's start are left out is
 * found over all of them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/loader.h"
#include "results/pack.h"
#include "results/stats/order.h"
#include "results/stats/tests.h"

const double quantile_points[QUANTILES] = { 0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1 };
const char *const quantile_names[QUANTILES] = { "min", "p5",  "p25", "p50",
						"p75", "p95", "p99", "max" };

struct reading {
	struct loader *l;
	sqlite3_stmt *values, *times;
	double *v; /* of all boots, one after the other */
	size_t room;
	struct within_boot *boots; /* parts of V */
	struct place_figure *figures;
	size_t n_figures, figure_room, n_cells;
};

/* The values of one metric in one boot, behind the N that are there: *FOUND of them. */
static int read_boot(struct reading *r, const struct loader_boot *boot, int64_t metric_id, size_t n,
		     size_t *found, struct error *e)
{
	int rc;

	*found = 0;
	db_bind(r->values, "ii", boot->id, metric_id);
	rc = db_step(r->l->s, r->values, e);
	if (rc > 0) {
		*found = pack_count(r->values, 0);
		if (n + *found > r->room) {
			r->room = 2 * (n + *found);
			r->v = xrealloc(r->v, r->room * sizeof(*r->v));
		}
		pack_read(r->values, 0, r->v + n);
	}
	sqlite3_reset(r->values);
	return rc < 0 ? rc : 0;
}

static int read_metric(struct reading *r, int64_t metric_id, struct error *e)
{
	size_t n = 0;

	for (size_t i = 0; i < r->l->n_boots; i++) {
		int rc = read_boot(r, &r->l->boots[i], metric_id, n, &r->boots[i].n, e);

		if (rc)
			return rc;
		n += r->boots[i].n;
	}
	/* only now: V has moved while it grew */
	n = 0;
	for (size_t i = 0; i < r->l->n_boots; i++) {
		r->boots[i].v = r->v + n;
		n += r->boots[i].n;
	}
	return 0;
}

static void look_within(const struct reading *r, struct within *w)
{
	w->warmup = within_warmup(r->boots, r->l->n_boots, &w->settled);
	w->has_drift = within_drift(r->boots, r->l->n_boots, w->warmup, &w->drift);
}

/* One more boot of a series. Sorts its N values. */
static void add_boot(struct series *s, const struct boot_at *at, double *v, size_t n)
{
	if ((s->n_boots & (s->n_boots - 1)) == 0) { /* room for twice as many at powers of two */
		size_t room = s->n_boots ? 2 * s->n_boots : 1;

		s->boots = xrealloc(s->boots, room * sizeof(*s->boots));
		s->at = xrealloc(s->at, room * sizeof(*s->at));
		s->quantiles = xrealloc(s->quantiles, room * sizeof(*s->quantiles));
	}
	s->at[s->n_boots] = *at;
	stats_sort(v, n);
	s->boots[s->n_boots] = n % 2 ? v[n / 2] : v[n / 2 - 1] + (v[n / 2] - v[n / 2 - 1]) / 2;
	for (size_t i = 0; i < QUANTILES; i++)
		s->quantiles[s->n_boots][i] = quantile_sorted(v, n, quantile_points[i]);
	s->n_boots++;
	s->n_samples += n;
}

/* For the effect of a cell's place: one metric of each cell, and only where the agent told times.
 */
static int add_figure(struct reading *r, size_t boot, int64_t cell_id, double value,
		      struct error *e)
{
	struct place_figure *f;
	int rc;

	db_bind(r->times, "ii", r->l->boots[boot].id, cell_id);
	rc = db_step(r->l->s, r->times, e);
	if (rc > 0 && value > 0) {
		if (r->n_figures == r->figure_room) {
			r->figure_room = r->figure_room ? 2 * r->figure_room : 256;
			r->figures = xrealloc(r->figures, r->figure_room * sizeof(*r->figures));
		}
		f = &r->figures[r->n_figures++];
		*f = (struct place_figure){
			.boot = boot,
			.cell = r->n_cells * r->l->sum->n_kernels + r->l->boots[boot].kernel,
			.log = log(value),
			.begun = sqlite3_column_double(r->times, 0),
			.ended = sqlite3_column_double(r->times, 1),
		};
	}
	sqlite3_reset(r->times);
	return rc < 0 ? rc : 0;
}

/* Whether the metric is the first time of its cell that tables show. */
static bool is_figure(const struct loader *l, const struct metric_row *m)
{
	size_t n;
	const struct metric_row *rows = loader_rows(l, m->cell_id, &n);

	for (size_t i = 0; i < n; i++) {
		const struct summary_cell *c = &l->sum->cells[rows[i].row];

		if (c->headline && !strcmp(c->unit, l->sum->unit))
			return rows[i].row == m->row;
	}
	return false;
}

static int load_metric(struct reading *r, const struct metric_row *m, struct error *e)
{
	struct summary_cell *c = &r->l->sum->cells[m->row];
	bool timed = !r->l->sum->exact && is_figure(r->l, m);
	int rc = read_metric(r, m->metric_id, e);

	if (rc)
		return rc;
	c->within = (struct within){ .settled = true, .drift_p = NAN };
	if (!r->l->sum->exact)
		look_within(r, &c->within);
	for (size_t i = 0; i < r->l->n_boots && !rc; i++) {
		const struct loader_boot *b = &r->l->boots[i];
		size_t skip = within_left_out(r->boots[i].n, c->within.warmup);
		struct series *s = &c->series[b->kernel];

		if (!r->boots[i].n)
			continue;
		add_boot(s, &b->at, (double *)r->boots[i].v + skip, r->boots[i].n - skip);
		if (timed)
			rc = add_figure(r, i, m->cell_id, s->boots[s->n_boots - 1], e);
	}
	r->n_cells += timed;
	return rc;
}

/* Drifts of tables are found by chance, too: what counts is adjusted, as verdicts are. */
static void adjust_drifts(struct summary *sum, bool headline)
{
	double *p __free = xcalloc(sum->n_cells + 1, sizeof(*p));

	for (size_t i = 0; i < sum->n_cells; i++) {
		const struct summary_cell *c = &sum->cells[i];

		p[i] = c->headline == headline && c->within.has_drift ? c->within.drift.p : NAN;
	}
	adjust_bh(p, sum->n_cells);
	for (size_t i = 0; i < sum->n_cells; i++) {
		if (sum->cells[i].headline == headline)
			sum->cells[i].within.drift_p = p[i];
	}
}

static int prepare(struct reading *r, struct error *e)
{
	int rc = db_prepare(r->l->s, "SELECT data FROM packed WHERE boot_id = ? AND metric_id = ?",
			    &r->values, e);

	if (!rc)
		rc = db_prepare(r->l->s,
				"SELECT begun, ended FROM packed_time WHERE boot_id = ?"
				" AND cell_id = ?",
				&r->times, e);
	r->boots = xcalloc(r->l->n_boots + 1, sizeof(*r->boots));
	return rc;
}

int load_values(struct loader *l, struct error *e)
{
	struct reading r = { .l = l };
	int rc = prepare(&r, e);

	for (size_t i = 0; i < l->n && !rc; i++)
		rc = load_metric(&r, &l->by_id[i], e);
	if (!rc) {
		adjust_drifts(l->sum, true);
		adjust_drifts(l->sum, false);
		place_effect(r.figures, r.n_figures, &l->sum->place);
	}
	sqlite3_finalize(r.values);
	sqlite3_finalize(r.times);
	free(r.v);
	free(r.boots);
	free(r.figures);
	return rc;
}
