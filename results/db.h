/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside results/ only: the open store and the few helpers around SQLite, the
 * one place that includes it. Statements made with db_prepare() are finalized
 * by __stmt; the writer's own are kept in the store and finalized on close.
 */
#ifndef FB_RESULTS_DB_H
#define FB_RESULTS_DB_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "results/store.h"

/* The writers' statements: store_write.c has the first ones, then store_cost.c. */
#define DB_STMTS_WRITE 18
#define DB_STMTS_COST  10
#define DB_STMTS_MAX   (DB_STMTS_WRITE + DB_STMTS_COST)

/* What the writer knows of a boot whose records are coming in. */
struct open_boot {
	int64_t id;
	char *unit;		 /* of the clock, from hello; NULL before it */
	struct open_cell *cells; /* by the record's cell number */
	size_t n_cells;
	uint32_t *windows; /* of its samples, ascending: whose counts are kept */
	size_t n_windows;
};

struct open_cell {
	int64_t id; /* 0: no cell record seen */
	struct {
		char *name;
		int64_t id;
	} * metrics;
	size_t n_metrics;
};

struct store {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *stmts[DB_STMTS_MAX]; /* the writer's, prepared on first use */
	struct open_boot *boots;
	size_t n_boots;

	/* The transaction that gathers records; see store.c. LOCK guards all above. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t flusher;
	bool flusher_runs, closing;
	bool in_txn;
	double txn_begun;
	int failed; /* of a commit in the background, reported by the next call */
	struct error failure;
};

/* Creates the tables of a new store or checks those that are there. */
int schema_open(struct store *s, struct error *e);

/* One clear line for what SQLite returned (RC) and the errno to go with it. */
int db_fail(struct store *s, int rc, struct error *e);
int db_exec(struct store *s, const char *sql, struct error *e);
int db_prepare(struct store *s, const char *sql, sqlite3_stmt **out, struct error *e);
/* The same for statement WHICH of a writer, prepared once; the store keeps it. */
int db_cached(struct store *s, int which, const char *sql, sqlite3_stmt **out, struct error *e);
/*
 * Binds all parameters: i int64_t, r double, t const char * (NULL: null),
 * j json_t * (as a line; NULL: null), b const void * and size_t (bytes).
 */
void db_bind(sqlite3_stmt *st, const char *types, ...);
/* 1 a row, 0 the end, or -errno. */
int db_step(struct store *s, sqlite3_stmt *st, struct error *e);
/* Runs a statement without rows and resets it. */
int db_run(struct store *s, sqlite3_stmt *st, struct error *e);
/* Text of a column, never NULL, valid until the next step. */
const char *db_text(sqlite3_stmt *st, int column);
/* The same, copied; NULL stays NULL. */
char *db_dup(sqlite3_stmt *st, int column);

static inline void db_finalizep(sqlite3_stmt **st)
{
	sqlite3_finalize(*st);
}

#define __stmt __attribute__((cleanup(db_finalizep)))

#endif
