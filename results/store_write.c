// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs, kernels, boots and their records into the store; see store.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "results/db.h"
#include "results/pack.h"
#include "results/txn.h"

enum {
	ADD_RUN,
	END_RUN,
	ADD_KERNEL,
	FIND_KERNEL,
	ADD_BOOT,
	END_BOOT,
	SET_HELLO,
	SET_RELEASE,
	SET_END,
	ADD_CELL,
	FIND_CELL,
	ADD_METRIC,
	FIND_METRIC,
	ADD_BOOT_METRIC,
	ADD_PLANNED,
	SET_LACKS,
	ADD_SAMPLE,
	ADD_VALUE,
};

static const char *const sql[DB_STMTS_WRITE] = {
	[ADD_RUN] = "INSERT INTO run(command, target, host, seed, begun) VALUES(?,?,?,?,?)",
	[END_RUN] = "UPDATE run SET state = ?, ended = ? WHERE id = ?",
	[ADD_KERNEL] = "INSERT INTO kernel(name, hash, arch, release, source, description, inputs,"
		       " config) VALUES(?,?,?,?,?,?,?,?) ON CONFLICT(hash, name) DO UPDATE SET"
		       " release = coalesce(release, excluded.release),"
		       " source = excluded.source, description = excluded.description,"
		       " inputs = coalesce(inputs, excluded.inputs),"
		       " config = coalesce(config, excluded.config)",
	[FIND_KERNEL] = "SELECT id FROM kernel WHERE name = ? AND hash = ?",
	[ADD_BOOT] = "INSERT INTO boot(run_id, kernel_id, target, block, number, console, facts,"
		     " begun, layout) VALUES(?,?,?,?,?,?,?,?,?)",
	[END_BOOT] = "UPDATE boot SET state = ?, why = ?, seconds = ?, first_sample_s = ?,"
		     " packed = ? WHERE id = ?",
	[SET_HELLO] = "UPDATE boot SET hello = ?, unit = ? WHERE id = ?",
	[SET_RELEASE] = "UPDATE kernel SET release = ? WHERE release IS NULL"
			" AND id = (SELECT kernel_id FROM boot WHERE id = ?)",
	[SET_END] = "UPDATE boot SET \"end\" = ? WHERE id = ?",
	[ADD_CELL] = "INSERT INTO cell(case_name, key, params, summary, rule, varies)"
		     " VALUES(?,?,?,?,?,?) ON CONFLICT(case_name, key) DO UPDATE SET"
		     " summary = excluded.summary, rule = excluded.rule, varies = excluded.varies"
		     " WHERE excluded.summary IS NOT NULL",
	[FIND_CELL] = "SELECT id FROM cell WHERE case_name = ? AND key = ?",
	[ADD_METRIC] = "INSERT INTO metric(cell_id, name, unit, better, headline, position)"
		       " VALUES(?,?,?,?,?,?) ON CONFLICT DO NOTHING",
	[FIND_METRIC] = "SELECT id FROM metric WHERE cell_id = ? AND name = ? AND unit = ?"
			" AND better = ? AND headline = ? AND position = ?",
	[ADD_BOOT_METRIC] = "INSERT INTO boot_metric(boot_id, metric_id, span) VALUES(?,?,?)"
			    " ON CONFLICT DO NOTHING",
	[ADD_PLANNED] = "INSERT INTO planned(boot_id, number, cell_id, skipped, not_permitted)"
			" VALUES(?,?,?,?,?)"
			" ON CONFLICT DO UPDATE SET cell_id = coalesce(excluded.cell_id, cell_id),"
			" skipped = coalesce(excluded.skipped, skipped),"
			" not_permitted = coalesce(excluded.not_permitted, not_permitted)",
	[SET_LACKS] = "UPDATE planned SET lacks = ? WHERE boot_id = ? AND number = ?",
	[ADD_SAMPLE] = "INSERT INTO sample(boot_id, cell_id, n, state, why, ops, ticks,"
		       " minor_faults, counters, evidence, extra, window)"
		       " VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
	[ADD_VALUE] = "INSERT INTO value(boot_id, metric_id, sample_id, counted, value)"
		      " VALUES(?,?,?,?,?)",
};

static int get(struct store *s, int which, sqlite3_stmt **out, struct error *e)
{
	return db_cached(s, which, sql[which], out, e);
}

/* Now, in UTC, as SQLite and people write it. */
static const char *stamp(char buf[24])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(buf, 24, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return buf;
}

/* Locks, opens the transaction and takes a statement; after an error nothing is locked. */
static int enter_with(struct store *s, int which, sqlite3_stmt **st, struct error *e)
{
	int rc = txn_enter(s, e);

	if (rc)
		return rc;
	rc = txn_begin(s, e);
	if (!rc)
		rc = get(s, which, st, e);
	if (rc)
		txn_leave(s, rc, true, e);
	return rc;
}

int store_run_begin(struct store *s, const char *command, const char *target, json_t *host,
		    uint64_t seed, int64_t *run_id, struct error *e)
{
	sqlite3_stmt *st;
	char now[24];
	int rc = enter_with(s, ADD_RUN, &st, e);

	if (rc)
		return rc;
	db_bind(st, "ttjit", command, target, host, (int64_t)seed, stamp(now));
	rc = db_run(s, st, e);
	*run_id = sqlite3_last_insert_rowid(s->db);
	return txn_leave(s, rc, true, e);
}

int store_run_end(struct store *s, int64_t run_id, const char *state, struct error *e)
{
	sqlite3_stmt *st;
	char now[24];
	int rc = enter_with(s, END_RUN, &st, e);

	if (rc)
		return rc;
	db_bind(st, "tti", state, stamp(now), run_id);
	rc = db_run(s, st, e);
	return txn_leave(s, rc, true, e);
}

/* The id that a FIND_ statement, already bound, selects. */
static int find_id(struct store *s, sqlite3_stmt *st, int64_t *id, struct error *e)
{
	int rc = db_step(s, st, e);

	if (rc > 0)
		*id = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	if (!rc)
		return error_set(e, EIO, "%s: a row just written is not there", s->path);
	return rc < 0 ? rc : 0;
}

static int add_kernel(struct store *s, const struct store_kernel *k, int64_t *id, struct error *e)
{
	sqlite3_stmt *st;
	int rc = get(s, ADD_KERNEL, &st, e);

	if (rc)
		return rc;
	db_bind(st, "tttttttt", k->name, k->hash, k->arch, k->release, k->source, k->description,
		k->inputs, k->config);
	rc = db_run(s, st, e);
	if (!rc)
		rc = get(s, FIND_KERNEL, &st, e);
	if (rc)
		return rc;
	db_bind(st, "tt", k->name, k->hash);
	return find_id(s, st, id, e);
}

int store_boot_begin(struct store *s, const struct store_boot *b, int64_t *boot_id, struct error *e)
{
	int64_t kernel_id = 0;
	sqlite3_stmt *st;
	char now[24];
	int rc = enter_with(s, ADD_BOOT, &st, e);

	if (rc)
		return rc;
	rc = add_kernel(s, &b->kernel, &kernel_id, e);
	if (!rc) {
		db_bind(st, "iitiitjti", b->run_id, kernel_id, b->target, (int64_t)b->block,
			(int64_t)b->number, b->console, b->facts, stamp(now), (int64_t)b->layout);
		rc = db_run(s, st, e);
	}
	if (!rc) {
		*boot_id = sqlite3_last_insert_rowid(s->db);
		boot_add(s, *boot_id);
	}
	return txn_leave(s, rc, true, e);
}

int store_boot_end(struct store *s, int64_t boot_id, const char *state, const char *why,
		   double seconds, double first_sample_s, struct error *e)
{
	sqlite3_stmt *st;
	int64_t packed = !strcmp(state, "ok"); /* of others nothing is read */
	int rc = enter_with(s, END_BOOT, &st, e);

	if (rc)
		return rc;
	if (packed)
		rc = pack_boot(s, boot_id, e);
	db_bind(st, "ttrrii", state, why, seconds, first_sample_s, packed, boot_id);
	if (!rc)
		rc = db_run(s, st, e);
	boot_drop(s, boot_id);
	return txn_leave(s, rc, true, e);
}

static int put_hello(struct store *s, struct open_boot *b, json_t *rec, struct error *e)
{
	const char *unit = json_string_value(json_object_get(rec, "unit"));
	sqlite3_stmt *st;
	int rc = get(s, SET_HELLO, &st, e);

	if (rc)
		return rc;
	free(b->unit);
	b->unit = xstrdup(unit);
	db_bind(st, "jti", rec, unit, b->id);
	rc = db_run(s, st, e);
	if (!rc)
		rc = get(s, SET_RELEASE, &st, e);
	if (rc)
		return rc;
	db_bind(st, "ti", json_string_value(json_object_get(rec, "kernel")), b->id);
	return db_run(s, st, e);
}

static int put_end(struct store *s, struct open_boot *b, json_t *rec, struct error *e)
{
	sqlite3_stmt *st;
	int rc = get(s, SET_END, &st, e);

	if (rc)
		return rc;
	db_bind(st, "ji", rec, b->id);
	return db_run(s, st, e);
}

static int plan_cell(struct store *s, const struct open_boot *b, int number, int64_t cell_id,
		     const char *skipped, bool not_permitted, struct error *e)
{
	sqlite3_stmt *st;
	int rc = get(s, ADD_PLANNED, &st, e);

	if (rc)
		return rc;
	db_bind(st, "iiiti", b->id, (int64_t)number, cell_id, skipped, (int64_t)not_permitted);
	if (!cell_id)
		sqlite3_bind_null(st, 3);
	return db_run(s, st, e);
}

static int add_cell(struct store *s, json_t *rec, int64_t *id, struct error *e)
{
	const char *name = json_string_value(json_object_get(rec, "case"));
	json_t *params = json_object_get(rec, "params");
	char *key __free = json_canonical(params);
	sqlite3_stmt *st;
	int rc = get(s, ADD_CELL, &st, e);

	if (rc)
		return rc;
	db_bind(st, "ttjttt", name, key, params, json_string_value(json_object_get(rec, "summary")),
		json_string_value(json_object_get(rec, "rule")),
		json_string_value(json_object_get(rec, "varies")));
	rc = db_run(s, st, e);
	if (!rc)
		rc = get(s, FIND_CELL, &st, e);
	if (rc)
		return rc;
	db_bind(st, "tt", name, key);
	return find_id(s, st, id, e);
}

static void bind_optional(sqlite3_stmt *st, int column, json_t *number)
{
	if (json_is_integer(number))
		sqlite3_bind_int64(st, column, json_integer_value(number));
	else if (json_is_number(number))
		sqlite3_bind_int64(st, column, (int64_t)json_number_value(number));
	else
		sqlite3_bind_null(st, column);
}

/* UNIT: of the boot's clock, which is what "ticks" stand for. */
static int add_metric(struct store *s, const struct open_boot *b, int64_t cell_id, size_t position,
		      json_t *m, int64_t *id, struct error *e)
{
	const char *name = json_string_value(json_object_get(m, "name"));
	const char *unit = json_string_value(json_object_get(m, "unit"));
	const char *better = json_string_value(json_object_get(m, "better"));
	int64_t headline = json_is_true(json_object_get(m, "headline"));
	sqlite3_stmt *st;
	int rc = get(s, ADD_METRIC, &st, e);

	if (rc)
		return rc;
	if (b->unit && !strcmp(unit, "ticks"))
		unit = b->unit;
	db_bind(st, "itttii", cell_id, name, unit, better, headline, (int64_t)position);
	rc = db_run(s, st, e);
	if (!rc)
		rc = get(s, FIND_METRIC, &st, e);
	if (rc)
		return rc;
	db_bind(st, "itttii", cell_id, name, unit, better, headline, (int64_t)position);
	rc = find_id(s, st, id, e);
	if (!rc)
		rc = get(s, ADD_BOOT_METRIC, &st, e);
	if (rc)
		return rc;
	db_bind(st, "iii", b->id, *id, (int64_t)0);
	bind_optional(st, 3, json_object_get(m, "span"));
	return db_run(s, st, e);
}

static struct open_cell *cell_slot(struct open_boot *b, int number)
{
	size_t need = (size_t)number + 1;

	if (need > b->n_cells) {
		b->cells = xrealloc(b->cells, need * sizeof(*b->cells));
		memset(b->cells + b->n_cells, 0, (need - b->n_cells) * sizeof(*b->cells));
		b->n_cells = need;
	}
	return &b->cells[number];
}

static int put_cell(struct store *s, struct open_boot *b, int number, json_t *rec, struct error *e)
{
	json_t *metrics = json_object_get(rec, "metrics");
	struct open_cell *c = cell_slot(b, number);
	json_t *m;
	size_t i;
	int rc;

	if (c->id)
		return error_set(e, EPROTO, "cell %d described twice", number);
	rc = add_cell(s, rec, &c->id, e);
	if (!rc)
		rc = plan_cell(s, b, number, c->id, NULL, false, e);
	c->metrics = xcalloc(json_array_size(metrics), sizeof(*c->metrics));
	json_array_foreach(metrics, i, m) {
		if (rc)
			break;
		c->metrics[i].name = xstrdup(json_string_value(json_object_get(m, "name")));
		c->n_metrics = i + 1;
		rc = add_metric(s, b, c->id, i, m, &c->metrics[i].id, e);
	}
	return rc;
}

/* A skipped cell may never have been described; it may say what it is by itself. */
static int put_skip(struct store *s, struct open_boot *b, int number, json_t *rec, struct error *e)
{
	const char *why = json_string_value(json_object_get(rec, "why"));
	int64_t id = (size_t)number < b->n_cells ? b->cells[number].id : 0;
	int rc = 0;

	if (!id && json_is_string(json_object_get(rec, "case")) &&
	    json_is_object(json_object_get(rec, "params")))
		rc = add_cell(s, rec, &id, e);
	return rc ? rc
		  : plan_cell(s, b, number, id, why,
			      json_is_true(json_object_get(rec, "not_permitted")), e);
}

/* What the columns do not hold; NULL if nothing. Also takes values of no known metric. */
static json_t *leftover(json_t *rec, const struct open_cell *c)
{
	static const char *const columns[] = { "t",	 "v",	     "cell",	     "n",
					       "state",	 "why",	     "ops",	     "ticks",
					       "values", "counters", "minor_faults", "evidence",
					       "lacks",	 "window" };
	json_t *extra = json_copy(rec), *odd = json_copy(json_object_get(rec, "values"));

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		json_object_del(extra, columns[i]);
	for (size_t i = 0; i < c->n_metrics; i++) {
		if (json_is_number(json_object_get(odd, c->metrics[i].name)))
			json_object_del(odd, c->metrics[i].name);
	}
	if (json_object_size(odd))
		json_object_set(extra, "values", odd);
	json_decref(odd);
	if (json_object_size(extra))
		return extra;
	json_decref(extra);
	return NULL;
}

static int add_sample(struct store *s, const struct open_boot *b, const struct open_cell *c,
		      json_t *rec, int64_t *id, struct error *e)
{
	const char *state = json_string_value(json_object_get(rec, "state"));
	const char *why = json_string_value(json_object_get(rec, "why"));
	json_t *extra __json = leftover(rec, c);
	sqlite3_stmt *st;
	int rc = get(s, ADD_SAMPLE, &st, e);

	if (rc)
		return rc;
	db_bind(st, "iiittiiijjji", b->id, c->id,
		(int64_t)json_integer_value(json_object_get(rec, "n")), state, why, (int64_t)0,
		(int64_t)0, (int64_t)0, json_object_get(rec, "counters"),
		json_object_get(rec, "evidence"), extra, (int64_t)0);
	bind_optional(st, 6, json_object_get(rec, "ops"));
	bind_optional(st, 7, json_object_get(rec, "ticks"));
	bind_optional(st, 8, json_object_get(rec, "minor_faults"));
	bind_optional(st, 12, json_object_get(rec, "window"));
	rc = db_run(s, st, e);
	*id = sqlite3_last_insert_rowid(s->db);
	return rc;
}

static int set_lacks(struct store *s, const struct open_boot *b, int number, json_t *lacks,
		     struct error *e)
{
	sqlite3_stmt *st;
	int rc = get(s, SET_LACKS, &st, e);

	if (rc)
		return rc;
	db_bind(st, "jii", lacks, b->id, (int64_t)number);
	return db_run(s, st, e);
}

static int put_sample(struct store *s, struct open_boot *b, int number, json_t *rec,
		      struct error *e)
{
	const struct open_cell *c = (size_t)number < b->n_cells ? &b->cells[number] : NULL;
	json_t *values = json_object_get(rec, "values");
	int64_t id, counted;
	sqlite3_stmt *st;
	int rc;

	if (!c || !c->id)
		return error_set(e, EPROTO, "a sample of cell %d, which was never described",
				 number);
	counted = !strcmp(json_string_value(json_object_get(rec, "state")), "ok");
	if (json_is_array(json_object_get(rec, "lacks"))) {
		rc = set_lacks(s, b, number, json_object_get(rec, "lacks"), e);
		if (rc)
			return rc;
	}
	rc = add_sample(s, b, c, rec, &id, e);
	if (!rc && json_integer_value(json_object_get(rec, "n")) >= 0) /* no warm-up */
		boot_add_window(b, json_object_get(rec, "window"));
	if (!rc)
		rc = get(s, ADD_VALUE, &st, e);
	for (size_t i = 0; i < c->n_metrics && !rc; i++) {
		json_t *v = json_object_get(values, c->metrics[i].name);

		if (!json_is_number(v))
			continue;
		db_bind(st, "iiiir", b->id, c->metrics[i].id, id, counted, json_number_value(v));
		rc = db_run(s, st, e);
	}
	return rc;
}

#define CELLS_MAX 100000

static int put(struct store *s, struct open_boot *b, const struct record *rec, struct error *e)
{
	bool of_cell =
		rec->type == RECORD_CELL || rec->type == RECORD_SAMPLE || rec->type == RECORD_SKIP;

	if (of_cell && (rec->cell < 0 || rec->cell >= CELLS_MAX))
		return error_set(e, EPROTO, "a record of cell %d", rec->cell);
	switch (rec->type) {
	case RECORD_HELLO:
		return put_hello(s, b, rec->json, e);
	case RECORD_CELL:
		return put_cell(s, b, rec->cell, rec->json, e);
	case RECORD_SAMPLE:
		return put_sample(s, b, rec->cell, rec->json, e);
	case RECORD_SKIP:
		return put_skip(s, b, rec->cell, rec->json, e);
	case RECORD_END:
		return put_end(s, b, rec->json, e);
	default:
		return 0;
	}
}

int store_record(struct store *s, int64_t boot_id, const struct record *rec, struct error *e)
{
	struct open_boot *b;
	int rc;

	if (rec->type == RECORD_NOTE)
		return 0;
	rc = txn_enter(s, e);
	if (rc)
		return rc;
	b = boot_find(s, boot_id);
	if (!b) {
		rc = error_set(e, EINVAL, "no boot %lld is open", (long long)boot_id);
		return txn_leave(s, rc, false, e);
	}
	rc = txn_begin(s, e);
	if (!rc)
		rc = put(s, b, rec, e);
	return txn_leave(s, rc, false, e);
}
