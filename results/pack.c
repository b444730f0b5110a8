// SPDX-License-Identifier: GPL-2.0-or-later
/* Boots in the form that comparisons read; see pack.h. */
#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/json.h"
#include "lib/strbuf.h"
#include "results/pack.h"
#include "results/stats/order.h"

/* Numbers that are gathered. */
struct numbers {
	double *v;
	size_t n, room;
};

static void add_number(struct numbers *g, double value)
{
	if (g->n == g->room) {
		g->room = g->room ? 2 * g->room : 64;
		g->v = xrealloc(g->v, g->room * sizeof(*g->v));
	}
	g->v[g->n++] = value;
}

/* One event of one cell. */
struct event {
	char *name;
	struct numbers per_op;
	double running;
	char *unsupported;
};

/* One cell: its samples that count, one after the other. */
struct cell {
	int64_t id;
	struct event *events;
	size_t n;
	bool laps;
	double begun;	    /* NaN: not told */
	struct strbuf last; /* the last sample's extra fields */
};

size_t pack_count(sqlite3_stmt *st, int column)
{
	return (size_t)sqlite3_column_bytes(st, column) / sizeof(double);
}

void pack_read(sqlite3_stmt *st, int column, double *out)
{
	const unsigned char *data = sqlite3_column_blob(st, column);
	size_t n = pack_count(st, column);

	for (size_t i = 0; i < n; i++) {
		uint64_t bits;

		memcpy(&bits, data + i * sizeof(bits), sizeof(bits));
		bits = le64toh(bits);
		memcpy(&out[i], &bits, sizeof(bits));
	}
}

/* All values of a metric: one row. */
static int put_values(struct store *s, sqlite3_stmt *insert, int64_t boot_id, int64_t metric_id,
		      struct numbers *g, struct error *e)
{
	int rc;

	for (size_t i = 0; i < g->n; i++) {
		uint64_t bits;

		memcpy(&bits, &g->v[i], sizeof(bits));
		bits = htole64(bits);
		memcpy(&g->v[i], &bits, sizeof(bits));
	}
	db_bind(insert, "iib", boot_id, metric_id, (const void *)g->v, g->n * sizeof(*g->v));
	rc = g->n ? db_run(s, insert, e) : 0;
	g->n = 0;
	return rc;
}

static int pack_values(struct store *s, int64_t boot_id, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL, *insert __stmt = NULL;
	struct numbers g = { 0 };
	int64_t metric = 0;
	int rc = db_prepare(s,
			    "SELECT metric_id, value FROM value WHERE boot_id = ? AND counted"
			    " ORDER BY metric_id, sample_id",
			    &st, e);

	if (!rc)
		rc = db_prepare(s, "INSERT INTO packed(boot_id, metric_id, data) VALUES(?,?,?)",
				&insert, e);
	if (rc)
		return rc;
	db_bind(st, "i", boot_id);
	while ((rc = db_step(s, st, e)) > 0) {
		int64_t id = sqlite3_column_int64(st, 0);

		if (id != metric)
			rc = put_values(s, insert, boot_id, metric, &g, e);
		if (rc < 0)
			break;
		metric = id;
		add_number(&g, sqlite3_column_double(st, 1));
	}
	if (!rc)
		rc = put_values(s, insert, boot_id, metric, &g, e);
	free(g.v);
	return rc;
}

static struct event *event_of(struct cell *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++) {
		if (!strcmp(c->events[i].name, name))
			return &c->events[i];
	}
	c->events = xrealloc(c->events, (c->n + 1) * sizeof(*c->events));
	c->events[c->n] = (struct event){ .name = xstrdup(name), .running = 1 };
	return &c->events[c->n++];
}

static void add_count(struct event *ev, double value)
{
	if (isfinite(value))
		add_number(&ev->per_op, value);
}

/* {"cycles":N,"x":{"value":N,"running":0.5},"y":{"unsupported":"ENOENT"}}, of OPS operations. */
static void add_counters(struct cell *c, const char *text, double ops)
{
	json_t *counters __json = *text ? json_parse(text, strlen(text), NULL) : NULL;
	const char *name;
	json_t *value;

	json_object_foreach(counters, name, value) {
		struct event *ev = event_of(c, name);
		json_t *scaled = json_object_get(value, "value");
		json_t *running = json_object_get(value, "running");
		const char *err = json_string_value(json_object_get(value, "unsupported"));

		if (err && !ev->unsupported)
			ev->unsupported = xstrdup(err);
		if (json_is_number(value))
			add_count(ev, json_number_value(value) / ops);
		if (!json_is_number(scaled))
			continue;
		add_count(ev, json_number_value(scaled) / ops);
		if (json_is_number(running) && json_number_value(running) < ev->running)
			ev->running = json_number_value(running);
	}
}

/* When a sample began; NaN where its fields do not say it. *LAPS may be NULL. */
static double sample_at(const char *extra, bool *laps)
{
	json_t *obj __json = *extra ? json_parse(extra, strlen(extra), NULL) : NULL;
	json_t *at = json_object_get(obj, "at");

	if (laps)
		*laps = json_integer_value(json_object_get(obj, "laps")) > 0;
	return json_is_number(at) ? json_number_value(at) : NAN;
}

struct cell_inserts {
	sqlite3_stmt *time, *count;
};

static int put_cell(struct store *s, const struct cell_inserts *ins, int64_t boot_id,
		    struct cell *c, struct error *e)
{
	double ended = c->id ? sample_at(strbuf_str(&c->last), NULL) : NAN;
	int rc = 0;

	if (!isnan(c->begun) && !isnan(ended)) {
		db_bind(ins->time, "iirr", boot_id, c->id, c->begun, ended);
		rc = db_run(s, ins->time, e);
	}
	for (size_t i = 0; i < c->n && !rc; i++) {
		struct event *ev = &c->events[i];

		db_bind(ins->count, "iiitirirt", boot_id, c->id, (int64_t)i, ev->name,
			(int64_t)c->laps,
			ev->per_op.n ? stats_median(ev->per_op.v, ev->per_op.n) : NAN,
			(int64_t)ev->per_op.n, ev->running, ev->unsupported);
		rc = db_run(s, ins->count, e);
	}
	return rc;
}

static void cell_reset(struct cell *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->events[i].name);
		free(c->events[i].per_op.v);
		free(c->events[i].unsupported);
	}
	free(c->events);
	strbuf_release(&c->last);
	*c = (struct cell){ .begun = NAN };
}

static int pack_samples(struct store *s, const struct cell_inserts *ins, int64_t boot_id,
			struct error *e)
{
	struct cell c = { .begun = NAN };
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT cell_id, ops, counters, extra FROM sample WHERE boot_id = ?"
			    " AND state = 'ok' ORDER BY cell_id, id",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", boot_id);
	while ((rc = db_step(s, st, e)) > 0) {
		int64_t id = sqlite3_column_int64(st, 0);
		double ops = sqlite3_column_double(st, 1);

		if (id != c.id) {
			rc = put_cell(s, ins, boot_id, &c, e);
			cell_reset(&c);
			c.id = id;
			c.begun = sample_at(db_text(st, 3), &c.laps);
		}
		if (rc < 0)
			break;
		strbuf_reset(&c.last);
		strbuf_addstr(&c.last, db_text(st, 3));
		if (ops > 0)
			add_counters(&c, db_text(st, 2), ops);
	}
	if (!rc)
		rc = put_cell(s, ins, boot_id, &c, e);
	cell_reset(&c);
	return rc;
}

static int pack_cells(struct store *s, int64_t boot_id, struct error *e)
{
	sqlite3_stmt *at __stmt = NULL, *count __stmt = NULL;
	int rc = db_prepare(s,
			    "INSERT INTO packed_time(boot_id, cell_id, begun, ended)"
			    " VALUES(?,?,?,?)",
			    &at, e);

	if (!rc)
		rc = db_prepare(s,
				"INSERT INTO packed_count(boot_id, cell_id, position, event, laps,"
				" value, samples, running, unsupported) VALUES(?,?,?,?,?,?,?,?,?)",
				&count, e);
	return rc ? rc : pack_samples(s, &(struct cell_inserts){ at, count }, boot_id, e);
}

int pack_boot(struct store *s, int64_t boot_id, struct error *e)
{
	int rc = pack_values(s, boot_id, e);

	return rc ? rc : pack_cells(s, boot_id, e);
}

/* All of the run's: the tables of this connection hide those of the store. */
static int pack_again(struct store *s, int64_t run_id, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_exec(s, PACKED_SQL("TEMP "), e);

	if (!rc)
		rc = db_prepare(s, "SELECT id FROM boot WHERE run_id = ? AND state = 'ok'", &st, e);
	if (rc)
		return rc;
	db_bind(st, "i", run_id);
	while ((rc = db_step(s, st, e)) > 0) {
		rc = pack_boot(s, sqlite3_column_int64(st, 0), e);
		if (rc)
			break;
	}
	return rc;
}

int pack_begin(struct store *s, int64_t run_id, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT 1 FROM boot WHERE run_id = ? AND state = 'ok'"
			    " AND packed IS NULL LIMIT 1",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", run_id);
	rc = db_step(s, st, e);
	return rc > 0 ? pack_again(s, run_id, e) : rc;
}

void pack_end(struct store *s)
{
	/* nothing to say where there are none */
	sqlite3_exec(s->db, "DROP TABLE IF EXISTS temp.packed", NULL, NULL, NULL);
	sqlite3_exec(s->db, "DROP TABLE IF EXISTS temp.packed_time", NULL, NULL, NULL);
	sqlite3_exec(s->db, "DROP TABLE IF EXISTS temp.packed_count", NULL, NULL, NULL);
}
