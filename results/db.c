// SPDX-License-Identifier: GPL-2.0-or-later
/* The few helpers around SQLite; see db.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fs.h"
#include "results/db.h"

#define NO_ROOM_BYTES (1024 * 1024)

static bool no_room(struct store *s, int rc)
{
	/* the shared-memory file of the log cannot grow: an I/O error, by its code */
	return (rc & 0xff) == SQLITE_FULL ||
	       ((rc & 0xff) == SQLITE_IOERR && fs_free_bytes(s->path) < NO_ROOM_BYTES);
}

int db_fail(struct store *s, int rc, struct error *e)
{
	if (no_room(s, rc))
		return error_set(e, ENOSPC,
				 "%s: no room left on the disk: make some and repeat the command "
				 "(what was stored before is kept)",
				 s->path);
	switch (rc & 0xff) {
	case SQLITE_READONLY:
		return error_set(e, EROFS,
				 "%s: cannot be written: mend its owner or mode, or set "
				 "FOLIOBENCH_HOME to another folder",
				 s->path);
	case SQLITE_CORRUPT:
		return error_set(e, EUCLEAN,
				 "%s: damaged (%s): move it away; `sqlite3 OLD .recover` "
				 "may still read it",
				 s->path, sqlite3_errmsg(s->db));
	case SQLITE_NOTADB:
		return error_set(e, EUCLEAN,
				 "%s: not a store (no SQLite database): move it away, or set "
				 "FOLIOBENCH_HOME to another folder",
				 s->path);
	case SQLITE_BUSY:
		return error_set(e, EBUSY, "%s: another program keeps it locked", s->path);
	case SQLITE_CANTOPEN:
		rc = sqlite3_system_errno(s->db);
		return error_sys(e, rc ? rc : EIO, "%s: cannot be opened", s->path);
	default:
		return error_set(e, EIO, "%s: %s", s->path, sqlite3_errmsg(s->db));
	}
}

int db_exec(struct store *s, const char *sql, struct error *e)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc ? db_fail(s, rc, e) : 0;
}

int db_prepare(struct store *s, const char *sql, sqlite3_stmt **out, struct error *e)
{
	int rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

	return rc ? db_fail(s, rc, e) : 0;
}

int db_cached(struct store *s, int which, const char *sql, sqlite3_stmt **out, struct error *e)
{
	int rc = s->stmts[which] ? 0 : db_prepare(s, sql, &s->stmts[which], e);

	*out = s->stmts[which];
	return rc;
}

void db_bind(sqlite3_stmt *st, const char *types, ...)
{
	va_list ap;

	va_start(ap, types);
	for (int i = 1; types[i - 1]; i++) {
		const void *data;
		json_t *j;

		switch (types[i - 1]) {
		case 'i':
			sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 'r':
			sqlite3_bind_double(st, i, va_arg(ap, double));
			break;
		case 't':
			sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
			break;
		case 'b':
			data = va_arg(ap, const void *);
			sqlite3_bind_blob64(st, i, data, va_arg(ap, size_t), SQLITE_TRANSIENT);
			break;
		case 'j':
			j = va_arg(ap, json_t *);
			if (j)
				sqlite3_bind_text(st, i, json_line(j), -1, free);
			else
				sqlite3_bind_null(st, i);
			break;
		default:
			abort();
		}
	}
	va_end(ap);
}

int db_step(struct store *s, sqlite3_stmt *st, struct error *e)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : db_fail(s, rc, e);
}

int db_run(struct store *s, sqlite3_stmt *st, struct error *e)
{
	int rc = db_step(s, st, e);

	sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

const char *db_text(sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	return text ? text : "";
}

char *db_dup(sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	return text ? xstrdup(text) : NULL;
}
