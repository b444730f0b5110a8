// SPDX-License-Identifier: GPL-2.0-or-later
/* Cells that were skipped, and what the others lacked; see loader.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/labels.h"
#include "results/loader.h"

/* A planned cell of one kernel; texts are owned. */
struct planned {
	int64_t cell_id;
	size_t kernel;
	char *case_name;
	json_t *params;
	char *skipped; /* why, or NULL */
	bool not_permitted;
	json_t *lacks; /* array of texts, or NULL */
	bool told;
};

struct list {
	struct planned *v;
	size_t n;
};

static void release(struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].case_name);
		json_decref(list->v[i].params);
		free(list->v[i].skipped);
		json_decref(list->v[i].lacks);
	}
	free(list->v);
}

static size_t kernel_index(const struct summary *sum, int64_t id)
{
	size_t k = 0;

	while (k + 1 < sum->n_kernels && sum->kernels[k].kernel_id != id)
		k++;
	return k;
}

static void read_row(const struct summary *sum, sqlite3_stmt *st, struct planned *p)
{
	const char *params = db_text(st, 3);
	const char *lacks = db_text(st, 6);

	memset(p, 0, sizeof(*p));
	p->kernel = kernel_index(sum, sqlite3_column_int64(st, 7));
	p->cell_id = sqlite3_column_int64(st, 1);
	p->case_name = *db_text(st, 2)
			       ? xstrdup(db_text(st, 2))
			       : xasprintf("cell %d of the plan", sqlite3_column_int(st, 0));
	p->params = json_parse(params, strlen(params), NULL);
	p->skipped = db_dup(st, 4);
	p->not_permitted = sqlite3_column_int(st, 5);
	p->lacks = *lacks ? json_parse(lacks, strlen(lacks), NULL) : NULL;
}

/* A cell that was skipped before it was described is known from another boot, if at all. */
static int read_all(struct loader *l, struct list *list, struct error *e)
{
	char *ids __free = loader_kernel_ids(l->sum);
	char *sql __free = xasprintf(
		"SELECT p.number, c.id, c.case_name, c.params, p.skipped, p.not_permitted, p.lacks,"
		" b.kernel_id FROM boot b JOIN planned p ON p.boot_id = b.id"
		" LEFT JOIN cell c ON c.id = coalesce(p.cell_id, (SELECT o.cell_id FROM planned o"
		"  JOIN boot ob ON ob.id = o.boot_id WHERE ob.run_id = b.run_id AND"
		"  o.number = p.number AND o.cell_id IS NOT NULL LIMIT 1))"
		" WHERE b.run_id = ? AND b.state = 'ok' AND b.kernel_id IN (%s)"
		" GROUP BY p.number, b.kernel_id, p.skipped, p.lacks"
		" ORDER BY p.number, min(b.id)",
		ids);
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(l->s, sql, &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", l->sum->run_id);
	while ((rc = db_step(l->s, st, e)) > 0) {
		list->v = xrealloc(list->v, (list->n + 1) * sizeof(*list->v));
		read_row(l->sum, st, &list->v[list->n++]);
	}
	return rc;
}

/* Whether B has the same fate as A: both skipped, or both measured, for the same reason. */
static bool alike(const struct planned *a, const struct planned *b)
{
	if (a->kernel != b->kernel || !a->skipped != !b->skipped)
		return false;
	if (a->skipped)
		return !strcmp(a->skipped, b->skipped);
	return a->lacks && b->lacks && json_equal(a->lacks, b->lacks);
}

/*
 * All that are like FIRST, in words; they are told then. What is lacking is told of those
 * that were measured, as if there were no others.
 */
static char *label(struct list *list, size_t first)
{
	const struct planned *p = &list->v[first];
	struct label_cell *cells __free = xcalloc(list->n, sizeof(*cells));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct planned *q = &list->v[i];
		bool same = alike(p, q);

		q->told |= same;
		if (q->kernel == p->kernel && (p->skipped || !q->skipped))
			cells[n++] = (struct label_cell){ q->case_name, q->params, same };
	}
	return labels_of(cells, n, !p->skipped);
}

static void tell(struct loader *l, struct list *list, size_t first)
{
	const struct planned *p = &list->v[first];
	struct summary *sum = l->sum;
	char *who __free = label(list, first);
	const char *kernel = sum->kernels[p->kernel].name;
	struct strbuf what __strbuf = { 0 };
	json_t *text;
	size_t i;

	if (p->skipped) {
		strv_addf(&sum->warnings, "%s: skipped on %s: %s", who, kernel, p->skipped);
		return;
	}
	json_array_foreach(p->lacks, i, text) {
		if (json_is_string(text))
			strbuf_addf(&what, "%s%s", what.len ? "; " : "", json_string_value(text));
	}
	if (sum->n_kernels > 1)
		strv_addf(&sum->lacks, "%s on %s: %s", who, kernel, strbuf_str(&what));
	else
		strv_addf(&sum->lacks, "%s: %s", who, strbuf_str(&what));
}

/* To the rows of its cell. */
static void mark(struct loader *l, const struct planned *p)
{
	size_t n;
	const struct metric_row *rows = loader_rows(l, p->cell_id, &n);

	for (size_t i = 0; i < n; i++) {
		struct series *s = &l->sum->cells[rows[i].row].series[p->kernel];

		s->not_permitted |= p->not_permitted;
		if (!s->lacks && p->lacks)
			s->lacks = json_incref(p->lacks);
	}
}

int load_planned(struct loader *l, struct error *e)
{
	struct list list = { 0 };
	int rc = read_all(l, &list, e);

	for (size_t i = 0; i < list.n && !rc; i++) {
		const struct planned *p = &list.v[i];

		l->sum->n_skipped += p->skipped && !p->not_permitted;
		mark(l, p);
		if (!p->told && (p->skipped || json_array_size(p->lacks)))
			tell(l, &list, i);
	}
	release(&list);
	return rc;
}
