// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs of the store that variances may be taken from, and their samples; see variance_parts.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/db.h"
#include "results/floor.h"
#include "results/variance_parts.h"

void variance_run_release(struct variance_run *r)
{
	free(r->when);
	free(r->target);
	free(r->unit);
	free(r->machine);
	json_decref(r->host);
	json_decref(r->hello);
	json_decref(r->facts);
	rules_release(&r->rules);
	free(r->kernel_ids);
	strv_release(&r->names);
	strv_release(&r->hashes);
	free(r->boots);
	memset(r, 0, sizeof(*r));
}

static json_t *column_json(sqlite3_stmt *st, int column)
{
	const char *text = db_text(st, column);

	return *text ? json_parse(text, strlen(text), NULL) : NULL;
}

static size_t kernel_of(struct variance_run *r, sqlite3_stmt *st)
{
	int64_t id = sqlite3_column_int64(st, 1);
	size_t k = 0;

	while (k < r->n_kernels && r->kernel_ids[k] != id)
		k++;
	if (k < r->n_kernels)
		return k;
	r->kernel_ids = xrealloc(r->kernel_ids, (k + 1) * sizeof(*r->kernel_ids));
	r->kernel_ids[r->n_kernels++] = id;
	strv_add(&r->names, db_text(st, 4));
	strv_add(&r->hashes, db_text(st, 5));
	return k;
}

static int load_boots(struct store *s, struct variance_run *r, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT b.id, k.id, b.block, b.layout, k.name, k.hash, b.unit, b.hello,"
			    " b.facts FROM boot b JOIN kernel k ON k.id = b.kernel_id"
			    " WHERE b.run_id = ? AND b.state = 'ok' ORDER BY b.id",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", r->id);
	while ((rc = db_step(s, st, e)) > 0) {
		if (!r->n_boots) {
			r->unit = xstrdup(db_text(st, 6));
			r->hello = column_json(st, 7);
			r->facts = column_json(st, 8);
		}
		r->boots = xrealloc(r->boots, (r->n_boots + 1) * sizeof(*r->boots));
		r->boots[r->n_boots++] = (struct variance_boot){
			.id = sqlite3_column_int64(st, 0),
			.kernel = kernel_of(r, st),
			.block = (unsigned int)sqlite3_column_int(st, 2),
			.layout = (unsigned int)sqlite3_column_int(st, 3),
		};
	}
	return rc;
}

static int load_run(struct store *s, struct variance_run *r, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s, "SELECT begun, target, host FROM run WHERE id = ?", &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", r->id);
	rc = db_step(s, st, e);
	if (rc <= 0)
		return rc ? rc
			  : error_set(e, ENOENT, "%s: there is no run %" PRId64, s->path, r->id);
	r->when = xstrdup(db_text(st, 0));
	r->target = xstrdup(db_text(st, 1));
	r->host = column_json(st, 2);
	rc = load_boots(s, r, e);
	if (!rc)
		rc = rules_load(s, r->id, &r->rules, e);
	if (!rc && r->n_boots)
		r->machine = machine_key(r->target, r->host, r->hello, r->facts);
	return rc;
}

static unsigned int number_of(const struct variance_run *r, const char *key, unsigned int other)
{
	json_t *v = json_object_get(r->facts, key);

	if (!v)
		v = json_object_get(json_object_get(r->hello, "facts"), key);
	return json_is_integer(v) ? (unsigned int)json_integer_value(v) : other;
}

/* The shape of a guest, which CPUs it ran on; counting instructions takes time of its own. */
static bool same_machine(const struct variance_run *r, const struct variance_query *q)
{
	char *here __free = q->host ? machine_key(r->target, q->host, r->hello, r->facts) : NULL;

	if (strcmp(r->target, q->target) != 0 || (here && strcmp(here, r->machine) != 0))
		return false;
	if (json_is_true(json_object_get(r->facts, "cost")) && strcmp(r->unit, "insn") != 0)
		return false;
	return (!q->cpus || number_of(r, "cpus", q->cpus) == q->cpus) &&
	       (!q->nodes || number_of(r, "nodes", q->nodes) == q->nodes) &&
	       (!q->memory_mib || number_of(r, "memory_mib", q->memory_mib) == q->memory_mib);
}

static bool fits(const struct variance_run *r, const struct variance_query *q)
{
	bool ours = r->rules.calibration;

	if (r->n_boots < 2)
		return false;
	for (size_t i = 0; i < q->n_hashes; i++)
		ours |= strv_contains(&r->hashes, q->hashes[i]) != 0;
	return ours && same_machine(r, q);
}

static int add_run(struct store *s, const struct variance_query *q, int64_t id,
		   struct variance_run **v, size_t *n, struct error *e)
{
	struct variance_run one = { .id = id };
	int rc = load_run(s, &one, e);
	bool take = !rc && (q->run_id || fits(&one, q));

	/* of one machine only: the one that the newest run was on */
	if (take && *n && one.machine && strcmp(one.machine, (*v)[0].machine) != 0)
		take = false;
	if (!take) {
		variance_run_release(&one);
		return rc;
	}
	*v = xrealloc(*v, (*n + 1) * sizeof(**v));
	(*v)[(*n)++] = one;
	return 0;
}

int variance_runs(struct store *s, const struct variance_query *q, struct variance_run **out,
		  size_t *n, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = store_flush(s, e);

	*out = NULL;
	*n = 0;
	if (rc || q->run_id)
		return rc ? rc : add_run(s, q, q->run_id, out, n, e);
	rc = db_prepare(s, "SELECT id FROM run WHERE target = ? ORDER BY id DESC", &st, e);
	if (rc)
		return rc;
	db_bind(st, "t", q->target);
	while ((rc = db_step(s, st, e)) > 0) {
		rc = add_run(s, q, sqlite3_column_int64(st, 0), out, n, e);
		if (rc)
			break;
	}
	return rc;
}

int variance_samples(struct store *s, const struct variance_run *r, int64_t metric_id,
		     struct variance_samples *out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	size_t n = 0, room = 0, boot = 0, begin = 0;
	int rc = db_prepare(s,
			    "SELECT v.boot_id, v.value FROM boot b JOIN value v ON v.boot_id = b.id"
			    " AND v.metric_id = ? AND v.counted WHERE b.run_id = ? AND b.state ="
			    " 'ok' ORDER BY v.boot_id, v.sample_id",
			    &st, e);

	*out = (struct variance_samples){ .boots = xcalloc(r->n_boots + 1, sizeof(*out->boots)) };
	if (rc)
		return rc;
	db_bind(st, "ii", metric_id, r->id);
	while ((rc = db_step(s, st, e)) > 0) {
		int64_t id = sqlite3_column_int64(st, 0);

		while (boot < r->n_boots && r->boots[boot].id < id) {
			out->boots[boot++].n = n - begin;
			begin = n;
		}
		if (boot == r->n_boots || r->boots[boot].id != id)
			continue;
		if (n == room) {
			room = room ? 2 * room : 256;
			out->values = xrealloc(out->values, room * sizeof(*out->values));
		}
		out->values[n++] = sqlite3_column_double(st, 1);
	}
	if (boot < r->n_boots)
		out->boots[boot].n = n - begin;
	for (size_t i = 0, at = 0; i < r->n_boots; at += out->boots[i++].n)
		out->boots[i].v = out->values + at;
	return rc;
}

void variance_samples_release(struct variance_samples *s)
{
	free(s->values);
	free(s->boots);
	*s = (struct variance_samples){ 0 };
}
