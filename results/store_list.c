// SPDX-License-Identifier: GPL-2.0-or-later
/* What is in the store, for lists; see store.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "results/db.h"

/* One more zeroed row of SIZE bytes at the end of *ROWS; returns its address. */
static void *grow(void **rows, size_t *n, size_t size)
{
	char *row;

	*rows = xrealloc(*rows, (*n + 1) * size);
	row = (char *)*rows + *n * size;
	memset(row, 0, size);
	(*n)++;
	return row;
}

static char *text_of(sqlite3_stmt *st, int column)
{
	return xstrdup(db_text(st, column));
}

static double seconds_of(sqlite3_stmt *st, int column)
{
	return sqlite3_column_type(st, column) == SQLITE_NULL ? -1
							      : sqlite3_column_double(st, column);
}

static void fill_run(void *row, sqlite3_stmt *st)
{
	struct store_run_row *r = row;

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

static void fill_boot(void *row, sqlite3_stmt *st)
{
	struct store_boot_row *r = row;

	r->id = sqlite3_column_int64(st, 0);
	r->kernel = text_of(st, 1);
	r->hash = text_of(st, 2);
	r->release = text_of(st, 3);
	r->state = text_of(st, 4);
	r->why = text_of(st, 5);
	r->console = text_of(st, 6);
	r->samples = (size_t)sqlite3_column_int64(st, 7);
	r->samples_refused = (size_t)sqlite3_column_int64(st, 8);
	r->seconds = seconds_of(st, 9);
	r->first_sample_s = seconds_of(st, 10);
}

static void fill_kernel(void *row, sqlite3_stmt *st)
{
	struct store_kernel_row *r = row;

	r->name = text_of(st, 0);
	r->hash = text_of(st, 1);
	r->arch = text_of(st, 2);
	r->release = text_of(st, 3);
	r->source = text_of(st, 4);
	r->description = text_of(st, 5);
	r->boots = (size_t)sqlite3_column_int64(st, 6);
	r->last_run = sqlite3_column_int64(st, 7);
}

/* All rows of SQL (with ID bound where it has a parameter), each made by FILL. */
static int list(struct store *s, const char *sql, int64_t id, void (*fill)(void *, sqlite3_stmt *),
		size_t size, void **rows, size_t *n, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = store_flush(s, e);

	*rows = NULL;
	*n = 0;
	if (!rc)
		rc = db_prepare(s, sql, &st, e);
	if (rc)
		return rc;
	if (sqlite3_bind_parameter_count(st))
		db_bind(st, "i", id);
	while ((rc = db_step(s, st, e)) > 0)
		fill(grow(rows, n, size), st);
	return rc;
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
	void *rows;
	int rc = list(s, sql, 0, fill_run, sizeof(**out), &rows, n, e);

	*out = rows;
	if (rc) {
		store_runs_free(*out, *n);
		*out = NULL;
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

int store_boots(struct store *s, int64_t run_id, struct store_boot_row **out, size_t *n,
		struct error *e)
{
	static const char sql[] =
		"SELECT b.id, k.name, k.hash, k.release, b.state, b.why, b.console,"
		" (SELECT count(*) FROM sample WHERE boot_id = b.id),"
		" (SELECT count(*) FROM sample WHERE boot_id = b.id AND state IN ('refused', "
		"'failed')), b.seconds, b.first_sample_s"
		" FROM boot b JOIN kernel k ON k.id = b.kernel_id"
		" WHERE b.run_id = ? ORDER BY b.id";
	void *rows;
	int rc = list(s, sql, run_id, fill_boot, sizeof(**out), &rows, n, e);

	*out = rows;
	if (rc) {
		store_boots_free(*out, *n);
		*out = NULL;
	}
	return rc;
}

void store_boots_free(struct store_boot_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(rows[i].kernel);
		free(rows[i].hash);
		free(rows[i].release);
		free(rows[i].state);
		free(rows[i].why);
		free(rows[i].console);
	}
	free(rows);
}

int store_kernels(struct store *s, struct store_kernel_row **out, size_t *n, struct error *e)
{
	static const char sql[] =
		"SELECT k.name, k.hash, k.arch, k.release, k.source, k.description, count(b.id),"
		" coalesce(max(b.run_id), 0) FROM kernel k LEFT JOIN boot b ON b.kernel_id = k.id"
		" GROUP BY k.id ORDER BY k.name, max(b.run_id) DESC";
	void *rows;
	int rc = list(s, sql, 0, fill_kernel, sizeof(**out), &rows, n, e);

	*out = rows;
	if (rc) {
		store_kernels_free(*out, *n);
		*out = NULL;
	}
	return rc;
}

void store_kernels_free(struct store_kernel_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(rows[i].name);
		free(rows[i].hash);
		free(rows[i].arch);
		free(rows[i].release);
		free(rows[i].source);
		free(rows[i].description);
	}
	free(rows);
}
