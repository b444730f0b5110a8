// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of a run, in its row of the store, as a JSON text; see rules.h. What is not laid down
 * is left out of it, and fields that this program does not know are left alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "results/db.h"
#include "results/rules.h"
#include "results/txn.h"

static void put_share(json_t *o, const char *name, double v)
{
	if (v != 0)
		json_object_set_new(o, name, json_real(v));
}

static void put_count(json_t *o, const char *name, unsigned int v)
{
	if (v)
		json_object_set_new(o, name, json_integer((json_int_t)v));
}

static void put_flag(json_t *o, const char *name, bool v)
{
	if (v)
		json_object_set_new(o, name, json_true());
}

/* NULL where nothing is laid down. */
static json_t *to_json(const struct run_rules *r)
{
	json_t *o = json_object(), *names = json_array();

	put_share(o, "margin", r->margin);
	put_share(o, "detect", r->detect);
	put_share(o, "power", r->power);
	strv_for_each(&r->headline, it)
		json_array_append_new(names, json_string(*it));
	if (r->headline.n)
		json_object_set(o, "headline", names);
	json_decref(names);
	put_count(o, "looks", r->looks);
	put_count(o, "blocks", r->blocks);
	put_count(o, "look", r->look);
	put_count(o, "looked_at", r->looked_at);
	put_flag(o, "calibration", r->calibration);
	put_flag(o, "pilot", r->pilot);
	if (json_object_size(o))
		return o;
	json_decref(o);
	return NULL;
}

static int no_run(const struct store *s, int64_t run_id, struct error *e)
{
	return error_set(e, ENOENT, "%s: there is no run %" PRId64, s->path, run_id);
}

static int update_run(struct store *s, int64_t run_id, json_t *rules, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s, "UPDATE run SET rules = ? WHERE id = ?", &st, e);

	if (rc)
		return rc;
	db_bind(st, "ji", rules, run_id);
	rc = db_run(s, st, e);
	return rc || sqlite3_changes(s->db) ? rc : no_run(s, run_id, e);
}

int rules_store(struct store *s, int64_t run_id, const struct run_rules *r, struct error *e)
{
	json_t *rules __json = NULL;
	int rc = txn_enter(s, e);

	if (rc)
		return rc;
	rules = to_json(r);
	rc = txn_begin(s, e);
	if (!rc)
		rc = update_run(s, run_id, rules, e);
	return txn_leave(s, rc, true, e);
}

/* A number of 0 or more; absent is 0. False for anything else. */
static bool get_number(const json_t *o, const char *name, double max, double *out)
{
	json_t *v = json_object_get(o, name);

	*out = json_number_value(v);
	return !v || (json_is_number(v) && *out >= 0 && *out <= max);
}

static bool get_count(const json_t *o, const char *name, unsigned int *out)
{
	double v;
	bool good = get_number(o, name, UINT32_MAX, &v);

	*out = good ? (unsigned int)v : 0;
	return good;
}

static bool get_names(const json_t *o, struct strv *out)
{
	json_t *list = json_object_get(o, "headline"), *it;
	size_t i;

	if (list && !json_is_array(list))
		return false;
	json_array_foreach(list, i, it) {
		if (!json_is_string(it))
			return false;
		strv_add(out, json_string_value(it));
	}
	return true;
}

static bool from_json(const json_t *o, struct run_rules *r)
{
	r->calibration = json_is_true(json_object_get(o, "calibration"));
	r->pilot = json_is_true(json_object_get(o, "pilot"));
	return json_is_object(o) && get_number(o, "margin", 1e6, &r->margin) &&
	       get_number(o, "detect", 1e6, &r->detect) && get_number(o, "power", 1, &r->power) &&
	       get_names(o, &r->headline) && get_count(o, "looks", &r->looks) &&
	       get_count(o, "blocks", &r->blocks) && get_count(o, "look", &r->look) &&
	       get_count(o, "looked_at", &r->looked_at);
}

int rules_load(struct store *s, int64_t run_id, struct run_rules *out, struct error *e)
{
	json_t *rules __json = NULL;
	sqlite3_stmt *st __stmt = NULL;
	const char *text;
	int rc = db_prepare(s, "SELECT rules FROM run WHERE id = ?", &st, e);

	*out = (struct run_rules){ 0 };
	if (rc)
		return rc;
	db_bind(st, "i", run_id);
	rc = db_step(s, st, e);
	if (rc <= 0)
		return rc ? rc : no_run(s, run_id, e);
	text = db_text(st, 0);
	if (!*text)
		return 0;
	rules = json_parse(text, strlen(text), NULL);
	if (rules && from_json(rules, out))
		return 0;
	rules_release(out);
	return error_set(e, EUCLEAN, "%s: the rules of run %" PRId64 " are damaged", s->path,
			 run_id);
}

void rules_release(struct run_rules *r)
{
	strv_release(&r->headline);
	*r = (struct run_rules){ 0 };
}
