// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opening and closing the store, and the transaction that gathers records.
 *
 * The first record opens a transaction; a thread commits it when it is a
 * second old, whether or not more records come: a kill -9 loses at most one
 * second, and a silent boot does not keep other programs from writing. Runs
 * and boots commit at once. The thread runs only while there is a store that
 * was written to; what goes wrong in it is returned by the next call.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/strbuf.h"
#include "lib/units.h"
#include "results/db.h"
#include "results/txn.h"

#define COMMIT_AFTER_S 1.0
#define BUSY_WAIT_MS   15000

static int make_folder(const char *path, struct error *e)
{
	char *dir __free = xstrdup(path);
	char *slash = strrchr(dir, '/');

	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	return fs_mkdirs(dir, e);
}

static int open_db(struct store *s, struct error *e)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
	int rc = sqlite3_open_v2(s->path, &s->db, flags, NULL);

	if (rc)
		return db_fail(s, rc, e);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, BUSY_WAIT_MS);
	return db_exec(s, "PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL", e);
}

/*
 * A store on a read-only disk: its log cannot be shared with writers, but
 * when there is none, nobody can be writing either.
 */
static int reopen_immutable(struct store *s, struct error *e)
{
	char *wal __free = xasprintf("%s-wal", s->path);
	char *uri __free = xasprintf("file:%s?immutable=1", s->path);
	int rc;

	if (fs_exists(wal) || strpbrk(s->path, "?#%"))
		return db_fail(s, SQLITE_READONLY, e);
	sqlite3_close_v2(s->db);
	s->db = NULL;
	rc = sqlite3_open_v2(uri, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	return rc ? db_fail(s, rc, e) : schema_open(s, e);
}

int store_open(const char *path, struct store **out, struct error *e)
{
	struct store *s;
	int rc = make_folder(path, e);

	*out = NULL;
	if (rc)
		return rc;
	s = xcalloc(1, sizeof(*s));
	s->path = xstrdup(path);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	rc = open_db(s, e);
	if (!rc)
		rc = schema_open(s, e);
	if (rc == -EROFS || (rc && s->db && sqlite3_db_readonly(s->db, "main") == 1))
		rc = reopen_immutable(s, e);
	if (rc) {
		store_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

static void open_boot_release(struct open_boot *b)
{
	for (size_t i = 0; i < b->n_cells; i++) {
		for (size_t m = 0; m < b->cells[i].n_metrics; m++)
			free(b->cells[i].metrics[m].name);
		free(b->cells[i].metrics);
	}
	free(b->cells);
	free(b->windows);
	free(b->unit);
	memset(b, 0, sizeof(*b));
}

struct open_boot *boot_find(struct store *s, int64_t id)
{
	for (size_t i = 0; i < s->n_boots; i++) {
		if (s->boots[i].id == id)
			return &s->boots[i];
	}
	return NULL;
}

void boot_add(struct store *s, int64_t id)
{
	s->boots = xrealloc(s->boots, (s->n_boots + 1) * sizeof(*s->boots));
	memset(&s->boots[s->n_boots], 0, sizeof(*s->boots));
	s->boots[s->n_boots++].id = id;
}

void boot_drop(struct store *s, int64_t id)
{
	struct open_boot *b = boot_find(s, id);

	if (!b)
		return;
	open_boot_release(b);
	*b = s->boots[--s->n_boots];
}

static int commit(struct store *s, struct error *e)
{
	int rc;

	if (!s->in_txn)
		return 0;
	s->in_txn = false;
	if (sqlite3_get_autocommit(s->db)) /* a failed statement has ended it */
		return 0;
	rc = db_exec(s, "COMMIT", e);
	if (rc)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static void *flush_late(void *arg)
{
	struct store *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->closing) {
		struct timespec until;
		double left;

		if (!s->in_txn) {
			pthread_cond_wait(&s->wake, &s->lock);
			continue;
		}
		left = s->txn_begun + COMMIT_AFTER_S - now_seconds();
		if (left <= 0) {
			s->failed = commit(s, &s->failure);
			continue;
		}
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += (time_t)left;
		until.tv_nsec += (long)((left - (double)(time_t)left) * 1e9);
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&s->wake, &s->lock, &until);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int txn_enter(struct store *s, struct error *e)
{
	pthread_mutex_lock(&s->lock);
	if (s->failed) {
		int rc = s->failed;

		s->failed = 0;
		pthread_mutex_unlock(&s->lock);
		return error_set(e, -rc, "%s", s->failure.msg);
	}
	return 0;
}

/* Without the thread records are committed one by one. */
static bool want_flusher(struct store *s)
{
	sigset_t all, old;

	if (s->flusher_runs)
		return true;
	/* signals are for the program's own threads */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	s->flusher_runs = pthread_create(&s->flusher, NULL, flush_late, s) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return s->flusher_runs;
}

int txn_begin(struct store *s, struct error *e)
{
	int rc;

	if (s->in_txn)
		return 0;
	rc = db_exec(s, "BEGIN IMMEDIATE", e);
	if (rc)
		return rc;
	s->in_txn = true;
	s->txn_begun = now_seconds();
	return 0;
}

int txn_leave(struct store *s, int rc, bool now, struct error *e)
{
	bool late = s->in_txn && now_seconds() - s->txn_begun >= COMMIT_AFTER_S;
	int rc2 = 0;

	if (now || late || !want_flusher(s))
		rc2 = commit(s, rc ? NULL : e);
	else
		pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	return rc ? rc : rc2;
}

int store_flush(struct store *s, struct error *e)
{
	int rc = txn_enter(s, e);

	return rc ? rc : txn_leave(s, 0, true, e);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	if (s->db)
		commit(s, NULL);
	s->closing = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	if (s->flusher_runs)
		pthread_join(s->flusher, NULL);
	while (s->n_boots)
		boot_drop(s, s->boots[0].id);
	free(s->boots);
	for (size_t i = 0; i < DB_STMTS_MAX; i++)
		sqlite3_finalize(s->stmts[i]);
	sqlite3_close_v2(s->db);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}
