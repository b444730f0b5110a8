// SPDX-License-Identifier: GPL-2.0-or-later
/* Which run, which kernels, which boots a summary is made of; see run_pick.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/run_pick.h"

/* Whether RUN has a boot of NAME that is usable (or any, with ANY): 1, 0 or an error. */
static int run_has(struct store *s, int64_t run, const char *name, bool any, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT 1 FROM boot b JOIN kernel k ON k.id = b.kernel_id"
			    " WHERE b.run_id = ?1 AND (?2 OR b.state = 'ok') AND " NAMED("k", "?3"),
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "iit", run, (int64_t)any, name);
	return db_step(s, st, e);
}

static int run_has_all(struct store *s, int64_t run, const char *const *names, size_t n, bool any,
		       struct error *e)
{
	int rc = 1;

	for (size_t i = 0; i < n && rc > 0; i++)
		rc = run_has(s, run, names[i], any, e);
	return rc;
}

/* What to say when no run has them: the kernels that are there. */
static int none_has(struct store *s, const char *const *names, size_t n, struct error *e)
{
	struct strbuf wanted __strbuf = { 0 }, known __strbuf = { 0 };
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s, "SELECT DISTINCT name FROM kernel ORDER BY name", &st, e);

	while (!rc && (rc = db_step(s, st, e)) > 0) {
		strbuf_addf(&known, "%s%s", known.len ? ", " : "", db_text(st, 0));
		rc = 0;
	}
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&wanted, "%s%s", i ? " and " : "", names[i]);
	if (!known.len)
		return error_set(e, ENOENT, "%s: nothing was measured yet", s->path);
	if (!n)
		return error_set(e, ENOENT, "%s: no run has what is asked for", s->path);
	return error_set(e, ENOENT, "%s: no run has measured %s%s; kernels that were measured: %s",
			 s->path, n > 1 ? "both " : "", strbuf_str(&wanted), strbuf_str(&known));
}

static int newest_run(struct store *s, const char *const *names, size_t n, struct summary *out,
		      struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int64_t unusable = 0;
	int rc = db_prepare(s,
			    "SELECT id FROM run WHERE EXISTS(SELECT 1 FROM boot WHERE run_id ="
			    " run.id AND (state = 'ok' OR ?)) ORDER BY id DESC",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", (int64_t)(n > 0));
	while ((rc = db_step(s, st, e)) > 0) {
		int64_t id = sqlite3_column_int64(st, 0);
		int usable = run_has_all(s, id, names, n, false, e);

		if (usable > 0) {
			out->run_id = id;
			if (unusable)
				strv_addf(&out->warnings,
					  "run %" PRId64
					  " is newer, but not every kernel in it has "
					  "a usable boot: taken from run %" PRId64,
					  unusable, id);
			return 0;
		}
		if (!usable && !unusable) {
			usable = run_has_all(s, id, names, n, true, e);
			unusable = usable > 0 ? id : 0;
		}
		if (usable < 0)
			return usable;
	}
	if (rc < 0)
		return rc;
	out->run_id = unusable; /* its boots say why; sides_check() refuses it */
	return unusable ? 0 : none_has(s, names, n, e);
}

/* Of the machine, as its boots counted them. With several nothing repeats, even in an emulator. */
static int load_cpus(struct store *s, struct summary *out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT max(json_extract(hello, '$.facts.cpus')) FROM boot"
			    " WHERE run_id = ? AND hello IS NOT NULL",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", out->run_id);
	rc = db_step(s, st, e);
	if (rc < 0)
		return rc;
	out->cpus = rc ? (unsigned int)sqlite3_column_int(st, 0) : 0;
	out->exact = out->exact && out->cpus <= 1;
	return 0;
}

static int load_run(struct store *s, struct summary *out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(
		s,
		"SELECT target, command, begun, state, host, (SELECT unit FROM boot WHERE"
		" run_id = run.id AND unit IS NOT NULL ORDER BY state = 'ok' DESC, id"
		" LIMIT 1) FROM run WHERE id = ?",
		&st, e);

	if (rc)
		return rc;
	db_bind(st, "i", out->run_id);
	rc = db_step(s, st, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return error_set(e, ENOENT, "%s: there is no run %" PRId64, s->path, out->run_id);
	out->target = xstrdup(db_text(st, 0));
	out->command = xstrdup(db_text(st, 1));
	out->when = xstrdup(db_text(st, 2));
	out->state = xstrdup(db_text(st, 3));
	out->host = json_parse(db_text(st, 4), strlen(db_text(st, 4)), NULL);
	out->unit = xstrdup(db_text(st, 5));
	out->exact = !strcmp(out->unit, "insn") || !strcmp(out->target, "qemu");
	if (!strcmp(out->state, "running"))
		strv_addf(&out->warnings, "run %" PRId64 " has not ended: more may come",
			  out->run_id);
	else if (strcmp(out->state, "complete") != 0 && strcmp(out->state, "ok") != 0)
		strv_addf(&out->warnings, "run %" PRId64 " was not finished: %s", out->run_id,
			  out->state);
	return load_cpus(s, out, e);
}

static void fill_side(struct compare_side *side, sqlite3_stmt *st)
{
	memset(side, 0, sizeof(*side));
	side->kernel_id = sqlite3_column_int64(st, 0);
	side->name = xstrdup(db_text(st, 1));
	side->hash = xstrdup(db_text(st, 2));
	side->release = xstrdup(db_text(st, 3));
	side->source = xstrdup(db_text(st, 4));
	side->description = xstrdup(db_text(st, 5));
	side->arch = xstrdup(db_text(st, 6));
	side->inputs = json_parse(db_text(st, 7), strlen(db_text(st, 7)), NULL);
}

/* Adds the kernels of the run that NAME (NULL: all) fits, by first boot. */
static int add_sides(struct store *s, const char *name, struct summary *out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(
		s,
		"SELECT k.id, k.name, k.hash, k.release, k.source, k.description, k.arch,"
		" k.inputs FROM kernel k JOIN boot b ON b.kernel_id = k.id WHERE"
		" b.run_id = ?1 AND (?2 IS NULL OR " NAMED(
			"k", "?2") ")"
				   " GROUP BY k.id ORDER BY min(b.id)",
		&st, e);

	if (rc)
		return rc;
	db_bind(st, "it", out->run_id, name);
	while ((rc = db_step(s, st, e)) > 0) {
		out->kernels = xrealloc(out->kernels, (out->n_kernels + 1) * sizeof(*out->kernels));
		fill_side(&out->kernels[out->n_kernels++], st);
	}
	return rc;
}

static int load_sides(struct store *s, const char *const *names, size_t n, struct summary *out,
		      struct error *e)
{
	int rc = n ? 0 : add_sides(s, NULL, out, e);

	for (size_t i = 0; i < n && !rc; i++) {
		rc = add_sides(s, names[i], out, e);
		if (!rc && out->n_kernels == i)
			return error_set(e, ENOENT, "run %" PRId64 " has no kernel %s", out->run_id,
					 names[i]);
		if (!rc && out->n_kernels > i + 1)
			return error_set(e, EINVAL,
					 "%s fits two kernels of run %" PRId64
					 " (%.12s and %.12s): "
					 "name it by its hash",
					 names[i], out->run_id, out->kernels[i].hash,
					 out->kernels[i + 1].hash);
		for (size_t j = 0; j < i && !rc; j++) {
			if (out->kernels[j].kernel_id == out->kernels[i].kernel_id)
				return error_set(e, EINVAL, "%s and %s are the same kernel",
						 names[j], names[i]);
		}
	}
	return rc;
}

static void warn_boot(struct summary *out, const struct compare_side *k, sqlite3_stmt *st)
{
	const char *state = db_text(st, 0), *why = db_text(st, 1), *console = db_text(st, 3);

	if (!strcmp(state, "running"))
		state = "not ended";
	strv_addf(&out->warnings, "boot %d of %s: %s%s%s, not counted%s%s%s",
		  sqlite3_column_int(st, 2) + 1, k->name, state, *why ? ": " : "", why,
		  *console ? " (console: " : "", console, *console ? ")" : "");
}

/* Counts the boots of one kernel, warns of those that do not count, takes the facts. */
static int load_boots(struct store *s, struct compare_side *k, struct summary *out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT state, why, number, console, hello, facts FROM boot"
			    " WHERE run_id = ? AND kernel_id = ? ORDER BY id",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "ii", out->run_id, k->kernel_id);
	while ((rc = db_step(s, st, e)) > 0) {
		const char *state = db_text(st, 0);

		if (strcmp(state, "ok") != 0) {
			k->boots_tainted += !strcmp(state, "tainted");
			k->boots_lost += !!strcmp(state, "tainted");
			warn_boot(out, k, st);
			continue;
		}
		if (!k->boots_ok++) {
			k->hello = json_parse(db_text(st, 4), strlen(db_text(st, 4)), NULL);
			k->facts = json_parse(db_text(st, 5), strlen(db_text(st, 5)), NULL);
		}
	}
	return rc;
}

static int load_layouts(struct store *s, struct compare_side *k, int64_t run_id, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT count(DISTINCT layout) FROM boot"
			    " WHERE run_id = ? AND kernel_id = ? AND state = 'ok'",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "ii", run_id, k->kernel_id);
	rc = db_step(s, st, e);
	if (rc > 0)
		k->layouts = (size_t)sqlite3_column_int64(st, 0);
	return rc < 0 ? rc : 0;
}

/*
 * A kernel whose boots were all tainted did run: beside one that has figures it stands without any.
 * One that never got to the end of a boot was not measured.
 */
static bool may_go_without(const struct summary *out, const struct compare_side *k)
{
	bool others = false;

	for (size_t i = 0; i < out->n_kernels; i++)
		others |= out->kernels[i].boots_ok > 0;
	return k->boots_ok || (others && k->boots_tainted);
}

/* The last of the warnings about its boots says why. */
static int no_usable_boot(const struct summary *out, const struct compare_side *k, struct error *e)
{
	char *about __free = xasprintf(" of %s: ", k->name);
	const char *why = "it has no boots";

	strv_for_each(&out->warnings, it) {
		if (!strncmp(*it, "boot ", 5) && strstr(*it, about))
			why = *it;
	}
	return error_set(e, ENODATA, "run %" PRId64 ": no usable boot of %s (%s)", out->run_id,
			 k->name, why);
}

int run_pick(struct store *s, const char *const *names, size_t n, int64_t run_id,
	     struct summary *out, struct error *e)
{
	int rc = 0;

	out->run_id = run_id;
	if (!run_id)
		rc = newest_run(s, names, n, out, e);
	if (!rc)
		rc = load_run(s, out, e);
	if (!rc)
		rc = load_sides(s, names, n, out, e);
	for (size_t i = 0; i < out->n_kernels && !rc; i++) {
		rc = load_boots(s, &out->kernels[i], out, e);
		if (!rc)
			rc = load_layouts(s, &out->kernels[i], out->run_id, e);
	}
	for (size_t i = 0; i < out->n_kernels && n && !rc; i++) {
		if (!may_go_without(out, &out->kernels[i]))
			rc = no_usable_boot(out, &out->kernels[i], e);
	}
	return rc;
}
