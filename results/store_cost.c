// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was counted in the windows of samples, into the store; see store.h. Contents are kept once:
 * twenty windows in which the machine did the same are twenty rows of some bytes and one profile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "results/db.h"
#include "results/txn.h"

enum {
	SET_BOOT = DB_STMTS_WRITE,
	ADD_PART,
	FIND_CONTENT,			/* one for each kind of content, */
	ADD_CONTENT = FIND_CONTENT + 3, /* and so here */
	STMTS_END = ADD_CONTENT + 3,
};

_Static_assert(STMTS_END <= DB_STMTS_MAX, "DB_STMTS_COST is too small");

enum content { SYMBOLS, PROFILE, FOLDED };

#define FIND_SQL(table) "SELECT id FROM " table " WHERE sha256 = ?"
#define ADD_SQL(table)	"INSERT INTO " table "(sha256, data) VALUES(?,?)"

static const char *const find_sql[] = { FIND_SQL("symbols"), FIND_SQL("profile"),
					FIND_SQL("folded") };
static const char *const add_sql[] = { ADD_SQL("symbols"), ADD_SQL("profile"), ADD_SQL("folded") };

static const char set_boot_sql[] =
	"UPDATE boot SET symbols_id = ?, cost_by = ?, cost_bad = ? WHERE id = ?";
static const char add_part_sql[] =
	"INSERT OR REPLACE INTO cost(boot_id, window, span, vcpu, context, profile_id, bad,"
	" folded_id) VALUES(?,?,?,?,?,?,?,?)";

/* Where WINDOW is in the list, or would be. */
static size_t window_place(const struct open_boot *b, uint32_t window)
{
	size_t lo = 0, hi = b->n_windows;

	/* the agent counts upwards: as a rule it is behind the last one */
	if (hi && b->windows[hi - 1] < window)
		return hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->windows[mid] < window)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool boot_has_window(const struct open_boot *b, uint32_t window)
{
	size_t i = window_place(b, window);

	return i < b->n_windows && b->windows[i] == window;
}

void boot_add_window(struct open_boot *b, json_t *window)
{
	json_int_t n = json_integer_value(window);
	size_t i;

	if (n <= 0 || n > UINT32_MAX || boot_has_window(b, (uint32_t)n))
		return;
	i = window_place(b, (uint32_t)n);
	if (!(b->n_windows & (b->n_windows - 1))) /* full at each power of two */
		b->windows = xrealloc(b->windows,
				      (b->n_windows ? 2 * b->n_windows : 1) * sizeof(*b->windows));
	memmove(b->windows + i + 1, b->windows + i, (b->n_windows - i) * sizeof(*b->windows));
	b->windows[i] = (uint32_t)n;
	b->n_windows++;
}

/* The row of a content, made if it is the first of its kind; 0 for NULL. */
static int content_id(struct store *s, enum content kind, const char *sha256, const void *data,
		      size_t size, int64_t *id, struct error *e)
{
	int which = (int)kind;
	sqlite3_stmt *st;
	int rc;

	*id = 0;
	if (!sha256 || !data)
		return 0;
	rc = db_cached(s, FIND_CONTENT + which, find_sql[which], &st, e);
	if (rc)
		return rc;
	db_bind(st, "t", sha256);
	rc = db_step(s, st, e);
	if (rc > 0)
		*id = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	if (rc)
		return rc < 0 ? rc : 0;
	rc = db_cached(s, ADD_CONTENT + which, add_sql[which], &st, e);
	if (rc)
		return rc;
	db_bind(st, "tb", sha256, data, size);
	rc = db_run(s, st, e);
	*id = sqlite3_last_insert_rowid(s->db);
	sqlite3_clear_bindings(st); /* a copy of the data hangs on it */
	return rc;
}

static int put_boot(struct store *s, const struct open_boot *open, const struct store_cost_boot *b,
		    struct error *e)
{
	sqlite3_stmt *st;
	int64_t symbols;
	int rc = content_id(s, SYMBOLS, b->symbols_id, b->symbols,
			    b->symbols ? strlen(b->symbols) : 0, &symbols, e);

	if (!rc)
		rc = db_cached(s, SET_BOOT, set_boot_sql, &st, e);
	if (rc)
		return rc;
	db_bind(st, "itti", symbols, b->by, b->bad, open->id);
	if (!symbols)
		sqlite3_bind_null(st, 1);
	return db_run(s, st, e);
}

static int put_part(struct store *s, const struct open_boot *open, const struct store_cost_part *p,
		    struct error *e)
{
	int64_t profile, folded;
	sqlite3_stmt *st;
	int rc;

	if (!boot_has_window(open, p->window))
		return 0;
	rc = content_id(s, PROFILE, p->profile_id, p->profile, p->profile_size, &profile, e);
	if (!rc)
		rc = content_id(s, FOLDED, p->folded_id, p->folded,
				p->folded ? strlen(p->folded) : 0, &folded, e);
	if (!rc)
		rc = db_cached(s, ADD_PART, add_part_sql, &st, e);
	if (rc)
		return rc;
	db_bind(st, "iiiititi", open->id, (int64_t)p->window, (int64_t)p->span, (int64_t)p->vcpu,
		p->context, profile, p->bad, folded);
	if (!folded)
		sqlite3_bind_null(st, 8);
	return db_run(s, st, e);
}

/* Locks, finds the boot and opens the transaction; after an error nothing is locked. */
static int enter_boot(struct store *s, int64_t boot_id, struct open_boot **b, struct error *e)
{
	int rc = txn_enter(s, e);

	if (rc)
		return rc;
	*b = boot_find(s, boot_id);
	if (!*b)
		rc = error_set(e, EINVAL, "no boot %lld is open", (long long)boot_id);
	else
		rc = txn_begin(s, e);
	return rc ? txn_leave(s, rc, false, e) : 0;
}

int store_cost_boot(struct store *s, int64_t boot_id, const struct store_cost_boot *b,
		    struct error *e)
{
	struct open_boot *open;
	int rc = enter_boot(s, boot_id, &open, e);

	return rc ? rc : txn_leave(s, put_boot(s, open, b, e), false, e);
}

int store_cost_part(struct store *s, int64_t boot_id, const struct store_cost_part *p,
		    struct error *e)
{
	struct open_boot *open;
	int rc = enter_boot(s, boot_id, &open, e);

	return rc ? rc : txn_leave(s, put_part(s, open, p, e), false, e);
}
