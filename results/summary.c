// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A run, read from the store; see summary.h. Its boots' figures are in summary_values.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/loader.h"
#include "results/pack.h"
#include "results/run_pick.h"
#include "results/stats/order.h"
#include "results/txn.h"

bool series_identical(const struct series *s)
{
	return s->n_boots && s->lo == s->hi;
}

static void note(struct summary_cell *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct summary_cell *c, const char *fmt, ...)
{
	struct strbuf sb = { 0 };
	va_list ap;

	strbuf_addstr(&sb, c->note);
	if (sb.len)
		strbuf_addstr(&sb, "; ");
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	free(c->note);
	c->note = strbuf_detach(&sb);
}

static int by_metric_id(const void *a, const void *b)
{
	const struct metric_row *x = a, *y = b;

	return (x->metric_id > y->metric_id) - (x->metric_id < y->metric_id);
}

static int by_cell_id(const void *a, const void *b)
{
	const struct metric_row *x = a, *y = b;

	if (x->cell_id != y->cell_id)
		return (x->cell_id > y->cell_id) - (x->cell_id < y->cell_id);
	return (x->row > y->row) - (x->row < y->row);
}

/* Both orders of the rows. */
static void sort_rows(struct loader *l)
{
	if (!l->n)
		return;
	l->by_cell = xcalloc(l->n, sizeof(*l->by_cell));
	memcpy(l->by_cell, l->by_id, l->n * sizeof(*l->by_cell));
	qsort(l->by_id, l->n, sizeof(*l->by_id), by_metric_id);
	qsort(l->by_cell, l->n, sizeof(*l->by_cell), by_cell_id);
}

char *loader_kernel_ids(const struct summary *sum)
{
	struct strbuf sb = { 0 };

	for (size_t i = 0; i < sum->n_kernels; i++)
		strbuf_addf(&sb, "%s%lld", i ? "," : "", (long long)sum->kernels[i].kernel_id);
	return strbuf_detach(&sb);
}

static void fill_cell(struct summary *sum, struct summary_cell *c, sqlite3_stmt *st)
{
	memset(c, 0, sizeof(*c));
	c->case_name = xstrdup(db_text(st, 2));
	c->params = json_parse(db_text(st, 3), strlen(db_text(st, 3)), NULL);
	c->metric = xstrdup(db_text(st, 4));
	c->unit = xstrdup(db_text(st, 5));
	better_parse(db_text(st, 6), &c->better);
	c->headline = sqlite3_column_int(st, 7);
	c->case_summary = xstrdup(db_text(st, 8));
	c->rule = xstrdup(db_text(st, 9));
	c->varies = xstrdup(db_text(st, 10));
	c->series = xcalloc(sum->n_kernels, sizeof(*c->series));
	c->note = xstrdup("");
}

/* The rows of the summary, without values: every metric that a boot described. */
static int load_cells(struct loader *l, struct error *e)
{
	struct summary *sum = l->sum;
	char *ids __free = loader_kernel_ids(sum);
	char *sql __free = xasprintf(
		"WITH b AS (SELECT id FROM boot WHERE run_id = ? AND state = 'ok'"
		"  AND kernel_id IN (%s)),"
		/* each on its own: joined, every metric would be looked up in every boot */
		" described AS MATERIALIZED (SELECT DISTINCT metric_id FROM boot_metric"
		"  WHERE boot_id IN b),"
		" place AS MATERIALIZED (SELECT cell_id, min(number) AS number FROM planned"
		"  WHERE boot_id IN b AND cell_id IS NOT NULL GROUP BY cell_id)"
		" SELECT m.id, c.id, c.case_name, c.params, m.name, m.unit, m.better, m.headline,"
		" c.summary, c.rule, c.varies"
		" FROM described d JOIN metric m ON m.id = d.metric_id"
		" JOIN cell c ON c.id = m.cell_id JOIN place p ON p.cell_id = c.id"
		" ORDER BY p.number, m.position, m.id",
		ids);
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(l->s, sql, &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", sum->run_id);
	while ((rc = db_step(l->s, st, e)) > 0) {
		sum->cells = xrealloc(sum->cells, (sum->n_cells + 1) * sizeof(*sum->cells));
		l->by_id = xrealloc(l->by_id, (l->n + 1) * sizeof(*l->by_id));
		l->by_id[l->n].metric_id = sqlite3_column_int64(st, 0);
		l->by_id[l->n].cell_id = sqlite3_column_int64(st, 1);
		l->by_id[l->n++].row = sum->n_cells;
		fill_cell(sum, &sum->cells[sum->n_cells++], st);
	}
	sort_rows(l);
	return rc;
}

const struct metric_row *loader_rows(const struct loader *l, int64_t cell_id, size_t *n)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (l->by_cell[middle].cell_id < cell_id)
			lo = middle + 1;
		else
			hi = middle;
	}
	*n = 0;
	while (lo + *n < l->n && l->by_cell[lo + *n].cell_id == cell_id)
		++*n;
	return *n ? &l->by_cell[lo] : NULL;
}

/* Samples that were refused or failed: counted and explained in the cell's rows. */
static int load_refused(struct loader *l, size_t kernel, struct error *e)
{
	struct summary *sum = l->sum;
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(
		l->s,
		"SELECT s.cell_id, s.state, count(*), min(s.why) FROM boot b JOIN sample s"
		" ON s.boot_id = b.id AND s.state IN ('refused', 'failed', 'wrong')"
		" WHERE b.run_id = ? AND b.kernel_id = ? AND b.state = 'ok'"
		" GROUP BY s.cell_id, s.state ORDER BY s.cell_id, s.state",
		&st, e);

	if (rc)
		return rc;
	db_bind(st, "ii", sum->run_id, sum->kernels[kernel].kernel_id);
	while ((rc = db_step(l->s, st, e)) > 0) {
		size_t n;
		const struct metric_row *rows = loader_rows(l, sqlite3_column_int64(st, 0), &n);

		for (size_t i = 0; i < n; i++) {
			struct summary_cell *c = &sum->cells[rows[i].row];
			int count = sqlite3_column_int(st, 2);

			if (!strcmp(db_text(st, 1), "wrong"))
				c->series[kernel].n_wrong += (size_t)count;
			else
				c->series[kernel].n_refused += (size_t)count;
			note(c, "%s: %d sample%s %s: %s", sum->kernels[kernel].name, count,
			     count == 1 ? "" : "s", db_text(st, 1), db_text(st, 3));
		}
	}
	return rc;
}

static int load_kernel(struct loader *l, size_t kernel, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(l->s,
			    "SELECT id, block, layout FROM boot WHERE run_id = ? AND kernel_id = ?"
			    " AND state = 'ok' ORDER BY id",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "ii", l->sum->run_id, l->sum->kernels[kernel].kernel_id);
	while ((rc = db_step(l->s, st, e)) > 0) {
		l->boots = xrealloc(l->boots, (l->n_boots + 1) * sizeof(*l->boots));
		l->boots[l->n_boots++] = (struct loader_boot){
			.id = sqlite3_column_int64(st, 0),
			.kernel = kernel,
			.at.block = (unsigned int)sqlite3_column_int(st, 1),
			.at.layout = (unsigned int)sqlite3_column_int(st, 2),
		};
	}
	return rc ? rc : load_refused(l, kernel, e);
}

/*
 * Boots of one image that differ are a surprise in themselves. Other addresses change a figure
 * by a few instructions (what a timer interrupts, say); more is worth a look.
 */
#define LAYOUTS_APART 0.001

static void note_differing_boots(struct summary *sum, struct summary_cell *c, size_t kernel)
{
	const struct series *s = &c->series[kernel];
	const bool layouts = sum->kernels[kernel].layouts > 1;
	struct strbuf sb __strbuf = { 0 };

	if (layouts && s->hi - s->lo <= LAYOUTS_APART * s->value)
		return;
	for (size_t i = 0; i < s->n_boots; i++)
		strbuf_addf(&sb, "%s%.10g", i ? ", " : "", s->boots[i]);
	note(c, "%s: %s differ: %s", sum->kernels[kernel].name, layouts ? "layouts" : "boots",
	     strbuf_str(&sb));
}

/* Named events cost time where they happen: figures with and without are two things. */
static void warn_of_events(struct summary *sum)
{
	json_t *first = json_object_get(sum->n_kernels ? sum->kernels[0].hello : NULL, "events");

	for (size_t k = 1; k < sum->n_kernels; k++) {
		json_t *other = json_object_get(sum->kernels[k].hello, "events");

		if (first == other || (first && other && json_equal(first, other)))
			continue;
		strv_addf(&sum->warnings,
			  "other events were counted on %s than on %s: their figures have another "
			  "cost of counting in them",
			  sum->kernels[k].name, sum->kernels[0].name);
	}
}

static void finish(struct summary *sum)
{
	warn_of_events(sum);
	for (size_t i = 0; i < sum->n_cells; i++) {
		struct summary_cell *c = &sum->cells[i];

		for (size_t k = 0; k < sum->n_kernels; k++) {
			struct series *s = &c->series[k];
			double *copy;

			if (s->n_wrong) /* other samples' luck is no figure */
				s->n_boots = 0;
			if (!s->n_boots)
				continue;
			copy = xcalloc(s->n_boots, sizeof(*copy));
			memcpy(copy, s->boots, s->n_boots * sizeof(*copy));
			s->value = stats_median(copy, s->n_boots);
			stats_range(copy, s->n_boots, &s->lo, &s->hi);
			free(copy);
			if (s->n_boots < sum->kernels[k].boots_ok)
				note(c, "%s: measured in %zu of %zu boots", sum->kernels[k].name,
				     s->n_boots, sum->kernels[k].boots_ok);
			if (sum->exact && !*c->varies && !series_identical(s))
				note_differing_boots(sum, c, k);
		}
	}
}

/* All of it but what the store has to write first, as it was at one moment. */
static int load(struct loader *l, const char *const *kernels, size_t n_kernels, int64_t run_id,
		struct error *e)
{
	struct summary *sum = l->sum;
	int rc = run_pick(l->s, kernels, n_kernels, run_id, sum, e);

	if (!rc)
		rc = pack_begin(l->s, sum->run_id, e);
	if (!rc)
		rc = load_cells(l, e);
	for (size_t k = 0; k < sum->n_kernels && !rc; k++)
		rc = load_kernel(l, k, e);
	if (!rc)
		rc = load_values(l, e);
	if (!rc)
		rc = load_planned(l, e);
	if (!rc)
		rc = load_counts(l, e);
	return rc;
}

int summary_load(struct store *s, const char *const *kernels, size_t n_kernels, int64_t run_id,
		 struct summary *out, struct error *e)
{
	struct loader l = { .s = s, .sum = out };
	bool began = false;
	int rc, rc2;

	memset(out, 0, sizeof(*out));
	rc = store_flush(s, e);
	if (!rc)
		rc = txn_enter(s, e);
	if (rc)
		return rc;
	/* one transaction: else each of the many small reads takes and drops the file's locks */
	if (!s->in_txn) {
		rc = db_exec(s, "BEGIN", e);
		began = !rc;
	}
	if (!rc)
		rc = load(&l, kernels, n_kernels, run_id, e);
	if (began)
		sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL); /* nothing was written */
	pack_end(s);
	rc2 = txn_leave(s, rc, true, e);
	free(l.by_id);
	free(l.by_cell);
	free(l.boots);
	if (rc2)
		summary_release(out);
	else
		finish(out);
	return rc2;
}

void series_release(struct series *s)
{
	free(s->boots);
	free(s->at);
	free(s->quantiles);
	json_decref(s->lacks);
	memset(s, 0, sizeof(*s));
}

void compare_side_release(struct compare_side *side)
{
	free(side->name);
	free(side->hash);
	free(side->release);
	free(side->source);
	free(side->description);
	free(side->arch);
	json_decref(side->inputs);
	json_decref(side->hello);
	json_decref(side->facts);
	memset(side, 0, sizeof(*side));
}

void summary_release(struct summary *sum)
{
	for (size_t i = 0; i < sum->n_cells; i++) {
		struct summary_cell *c = &sum->cells[i];

		free(c->case_name);
		free(c->case_summary);
		free(c->rule);
		free(c->varies);
		json_decref(c->params);
		free(c->metric);
		free(c->unit);
		for (size_t k = 0; c->series && k < sum->n_kernels; k++)
			series_release(&c->series[k]);
		free(c->series);
		free(c->note);
	}
	free(sum->cells);
	for (size_t i = 0; i < sum->n_kernels; i++)
		compare_side_release(&sum->kernels[i]);
	free(sum->kernels);
	free(sum->target);
	free(sum->unit);
	free(sum->command);
	free(sum->when);
	free(sum->state);
	json_decref(sum->host);
	strv_release(&sum->warnings);
	strv_release(&sum->lacks);
	counts_release(&sum->counts);
	memset(sum, 0, sizeof(*sum));
}
