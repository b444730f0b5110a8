// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The counters of samples, per operation; see counts.h. Each boot has them packed (pack.h): one
 * number for each cell and event.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/counts.h"
#include "results/loader.h"
#include "results/stats/order.h"

/* While loading: the rows of one cell, which is a row of the summary. */
struct cell_rows {
	size_t *v, n;
};

static struct count_row *add_row(struct loader *l, size_t cell, const char *event)
{
	struct counts *c = &l->sum->counts;
	const struct summary_cell *sc = &l->sum->cells[cell];

	if ((c->n & (c->n - 1)) == 0) /* room for twice as many at each power of two */
		c->rows = xrealloc(c->rows, (c->n ? 2 * c->n : 1) * sizeof(*c->rows));
	c->rows[c->n] = (struct count_row){
		.case_name = xstrdup(sc->case_name),
		.params = json_incref(sc->params),
		.event = xstrdup(event),
		.series = xcalloc(l->sum->n_kernels, sizeof(struct count_series)),
		.cell = cell,
		.position = c->n,
	};
	return &c->rows[c->n++];
}

static struct count_row *row_of(struct loader *l, struct cell_rows *rows, size_t cell,
				const char *event)
{
	for (size_t i = 0; i < rows->n; i++) {
		struct count_row *r = &l->sum->counts.rows[rows->v[i]];

		if (!strcmp(r->event, event))
			return r;
	}
	rows->v = xrealloc(rows->v, (rows->n + 1) * sizeof(*rows->v));
	rows->v[rows->n++] = l->sum->counts.n;
	return add_row(l, cell, event);
}

/* One more boot of an event: a row of packed_count. */
static void add_boot(sqlite3_stmt *st, struct count_series *s)
{
	double running = sqlite3_column_double(st, 5);

	if (!s->n_boots && !s->unsupported)
		s->running = 1;
	s->running = running < s->running ? running : s->running;
	if (!s->unsupported)
		s->unsupported = db_dup(st, 6);
	if (sqlite3_column_type(st, 3) == SQLITE_NULL)
		return;
	s->boots = xrealloc(s->boots, (s->n_boots + 1) * sizeof(*s->boots));
	s->boots[s->n_boots++] = sqlite3_column_double(st, 3);
	s->n_samples += (size_t)sqlite3_column_int64(st, 4);
}

static int load_boot(struct loader *l, const struct loader_boot *boot, struct cell_rows *rows,
		     struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(l->s,
			    "SELECT cell_id, event, laps, value, samples, running, unsupported"
			    " FROM packed_count WHERE boot_id = ? ORDER BY cell_id, position",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", boot->id);
	while ((rc = db_step(l->s, st, e)) > 0) {
		const struct metric_row *first;
		struct count_row *r;
		size_t n;

		first = loader_rows(l, sqlite3_column_int64(st, 0), &n);
		if (!first)
			continue;
		r = row_of(l, &rows[first->row], first->row, db_text(st, 1));
		r->laps |= sqlite3_column_int(st, 2);
		add_boot(st, &r->series[boot->kernel]);
	}
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
	struct cell_rows *rows = xcalloc(l->sum->n_cells + 1, sizeof(*rows));
	int rc = 0;

	l->sum->counts.n_kernels = l->sum->n_kernels;
	for (size_t i = 0; i < l->n_boots && !rc; i++)
		rc = load_boot(l, &l->boots[i], rows, e);
	for (size_t i = 0; i < l->sum->n_cells; i++)
		free(rows[i].v);
	free(rows);
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
