// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The counters of samples, per operation; see counts.h. They are in the samples as JSON:
 * one more scan of those that count, boot by boot and cell by cell.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/counts.h"
#include "results/loader.h"
#include "results/stats/order.h"

/* One event of one cell in one boot. */
struct gathered {
	char *event;
	double *v;
	size_t n, room;
	double running;
	char *unsupported;
};

struct gather {
	struct gathered *v;
	size_t n;
	int64_t cell_id;
	bool laps;
};

static void gather_reset(struct gather *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->v[i].event);
		free(g->v[i].v);
		free(g->v[i].unsupported);
	}
	free(g->v);
	memset(g, 0, sizeof(*g));
}

static struct gathered *gather_event(struct gather *g, const char *event)
{
	for (size_t i = 0; i < g->n; i++) {
		if (!strcmp(g->v[i].event, event))
			return &g->v[i];
	}
	g->v = xrealloc(g->v, (g->n + 1) * sizeof(*g->v));
	g->v[g->n] = (struct gathered){ .event = xstrdup(event), .running = 1 };
	return &g->v[g->n++];
}

static void add_value(struct gathered *e, double value)
{
	if (!isfinite(value))
		return;
	if (e->n == e->room) {
		e->room = e->room ? 2 * e->room : 16;
		e->v = xrealloc(e->v, e->room * sizeof(*e->v));
	}
	e->v[e->n++] = value;
}

/* {"cycles":N,"x":{"value":N,"running":0.5},"y":{"unsupported":"ENOENT"}}, of OPS operations. */
static void add_sample(struct gather *g, json_t *counters, double ops)
{
	const char *event;
	json_t *value;

	json_object_foreach(counters, event, value) {
		struct gathered *e = gather_event(g, event);
		json_t *scaled = json_object_get(value, "value");
		json_t *running = json_object_get(value, "running");
		const char *err = json_string_value(json_object_get(value, "unsupported"));

		if (err && !e->unsupported)
			e->unsupported = xstrdup(err);
		if (json_is_number(value))
			add_value(e, json_number_value(value) / ops);
		if (!json_is_number(scaled))
			continue;
		add_value(e, json_number_value(scaled) / ops);
		if (json_is_number(running) && json_number_value(running) < e->running)
			e->running = json_number_value(running);
	}
}

/* The row of the summary that has the cell's first metric. */
static bool find_cell(const struct loader *l, int64_t cell_id, size_t *row)
{
	bool found = false;

	for (size_t i = 0; i < l->n; i++) {
		if (l->by_id[i].cell_id != cell_id || (found && l->by_id[i].row > *row))
			continue;
		*row = l->by_id[i].row;
		found = true;
	}
	return found;
}

static struct count_series *series_of(struct loader *l, size_t cell, const char *event, bool laps,
				      size_t kernel)
{
	struct counts *c = &l->sum->counts;
	const struct summary_cell *sc = &l->sum->cells[cell];
	size_t i = 0;

	while (i < c->n && (c->rows[i].cell != cell || strcmp(c->rows[i].event, event) != 0))
		i++;
	if (i == c->n) {
		c->rows = xrealloc(c->rows, (c->n + 1) * sizeof(*c->rows));
		c->rows[c->n] = (struct count_row){
			.case_name = xstrdup(sc->case_name),
			.params = json_incref(sc->params),
			.event = xstrdup(event),
			.series = xcalloc(l->sum->n_kernels, sizeof(struct count_series)),
			.cell = cell,
			.position = c->n,
		};
		c->n++;
	}
	c->rows[i].laps |= laps;
	return &c->rows[i].series[kernel];
}

/* All samples of a cell in a boot are there: one more boot of each event. */
static void end_cell(struct loader *l, size_t kernel, struct gather *g)
{
	size_t cell = 0;

	for (size_t i = 0; i < g->n && find_cell(l, g->cell_id, &cell); i++) {
		struct gathered *e = &g->v[i];
		struct count_series *s = series_of(l, cell, e->event, g->laps, kernel);

		if (!s->n_boots && !s->unsupported)
			s->running = 1;
		s->running = e->running < s->running ? e->running : s->running;
		if (e->unsupported && !s->unsupported)
			s->unsupported = take_ptr(e->unsupported);
		if (!e->n)
			continue;
		s->boots = xrealloc(s->boots, (s->n_boots + 1) * sizeof(*s->boots));
		s->boots[s->n_boots++] = stats_median(e->v, e->n);
		s->n_samples += e->n;
	}
	gather_reset(g);
}

static bool has_laps(const char *extra)
{
	json_t *obj __json = *extra ? json_parse(extra, strlen(extra), NULL) : NULL;

	return json_integer_value(json_object_get(obj, "laps")) > 0;
}

static int load_boot(struct loader *l, size_t kernel, int64_t boot, struct error *e)
{
	struct gather g = { 0 };
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(l->s,
			    "SELECT cell_id, ops, counters, extra FROM sample WHERE boot_id = ?"
			    " AND state = 'ok' ORDER BY cell_id, id",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", boot);
	while ((rc = db_step(l->s, st, e)) > 0) {
		const char *text = db_text(st, 2);
		json_t *counters __json = *text ? json_parse(text, strlen(text), NULL) : NULL;
		int64_t id = sqlite3_column_int64(st, 0);
		double ops = sqlite3_column_double(st, 1);

		if (id != g.cell_id)
			end_cell(l, kernel, &g);
		if (!g.cell_id)
			g.laps = has_laps(db_text(st, 3));
		g.cell_id = id;
		if (ops > 0)
			add_sample(&g, counters, ops);
	}
	end_cell(l, kernel, &g);
	return rc;
}

static int by_cell(const void *a, const void *b)
{
	const struct count_row *x = a, *y = b;

	if (x->cell != y->cell)
		return (x->cell > y->cell) - (x->cell < y->cell);
	return (x->position > y->position) - (x->position < y->position);
}

static void finish(struct counts *c)
{
	for (size_t i = 0; i < c->n; i++) {
		for (size_t k = 0; k < c->n_kernels; k++) {
			struct count_series *s = &c->rows[i].series[k];
			double *copy __free = xcalloc(s->n_boots + 1, sizeof(*copy));

			if (!s->n_boots)
				continue;
			memcpy(copy, s->boots, s->n_boots * sizeof(*copy));
			s->value = stats_median(copy, s->n_boots);
			stats_range(copy, s->n_boots, &s->lo, &s->hi);
		}
	}
	if (c->n)
		qsort(c->rows, c->n, sizeof(*c->rows), by_cell);
}

int load_counts(struct loader *l, struct error *e)
{
	int rc = 0;

	l->sum->counts.n_kernels = l->sum->n_kernels;
	for (size_t k = 0; k < l->sum->n_kernels && !rc; k++) {
		sqlite3_stmt *st __stmt = NULL;

		rc = db_prepare(l->s,
				"SELECT id FROM boot WHERE run_id = ? AND kernel_id = ?"
				" AND state = 'ok' ORDER BY id",
				&st, e);
		if (rc)
			return rc;
		db_bind(st, "ii", l->sum->run_id, l->sum->kernels[k].kernel_id);
		while (!rc && (rc = db_step(l->s, st, e)) > 0)
			rc = load_boot(l, k, sqlite3_column_int64(st, 0), e);
	}
	finish(&l->sum->counts);
	return rc;
}

void counts_release(struct counts *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct count_row *r = &c->rows[i];

		free(r->case_name);
		json_decref(r->params);
		free(r->event);
		for (size_t k = 0; k < c->n_kernels; k++) {
			free(r->series[k].boots);
			free(r->series[k].unsupported);
		}
		free(r->series);
	}
	free(c->rows);
	memset(c, 0, sizeof(*c));
}
