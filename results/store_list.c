// SPDX-License-Identifier: GPL-2.0-or-later
/* What is in the store, for lists; see store.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "results/db.h"

static char *text_of(sqlite3_stmt *st, int column)
{
	return xstrdup(db_text(st, column));
}

static void fill_run(struct store_run_row *r, sqlite3_stmt *st)
{
	r->id = sqlite3_column_int64(st, 0);
	r->command = text_of(st, 1);
	r->target = text_of(st, 2);
	r->state = text_of(st, 3);
	r->begun = text_of(st, 4);
	r->ended = text_of(st, 5);
	r->kernels = text_of(st, 6);
	r->boots = (size_t)sqlite3_column_int64(st, 7);
	r->boots_ok = (size_t)sqlite3_column_int64(st, 8);
}

int store_runs(struct store *s, struct store_run_row **out, size_t *n, struct error *e)
{
	static const char sql[] =
		"SELECT id, command, target, state, begun, ended,"
		" (SELECT group_concat(name, ', ') FROM (SELECT k.name AS name FROM boot b"
		"  JOIN kernel k ON k.id = b.kernel_id WHERE b.run_id = run.id"
		"  GROUP BY k.id ORDER BY min(b.id))),"
		" (SELECT count(*) FROM boot WHERE run_id = run.id),"
		" (SELECT count(*) FROM boot WHERE run_id = run.id AND state = 'ok')"
		" FROM run ORDER BY id DESC";
	sqlite3_stmt *st __stmt = NULL;
	int rc = store_flush(s, e);

	*out = NULL;
	*n = 0;
	if (!rc)
		rc = db_prepare(s, sql, &st, e);
	if (rc)
		return rc;
	while ((rc = db_step(s, st, e)) > 0) {
		*out = xrealloc(*out, (*n + 1) * sizeof(**out));
		fill_run(&(*out)[(*n)++], st);
	}
	if (rc) {
		store_runs_free(*out, *n);
		*out = NULL;
		*n = 0;
	}
	return rc;
}

void store_runs_free(struct store_run_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(rows[i].command);
		free(rows[i].target);
		free(rows[i].state);
		free(rows[i].begun);
		free(rows[i].ended);
		free(rows[i].kernels);
	}
	free(rows);
}
