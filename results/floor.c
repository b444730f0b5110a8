// SPDX-License-Identifier: GPL-2.0-or-later
/* Which machine a figure is of, and the floors that the store has; see floor.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "results/db.h"
#include "results/floor.h"

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

/* A number, or how many elements a list has; 0: not told. */
static long long count_of(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	return json_is_array(v) ? (long long)json_array_size(v) : (long long)json_number_value(v);
}

/* The first of three that is told. */
static long long first_of(long long a, long long b, long long c)
{
	return a ? a : b ? b : c;
}

/*
 * The CPU of the machine that all runs on, as HOST has it, else as the agent saw it (a stream that
 * is replayed). Those without a name go by their numbers.
 */
static void add_cpu(struct strbuf *sb, const json_t *host, const json_t *seen)
{
	const json_t *cpu = json_object_get(seen, "cpu");
	const char *name = text_of(host, "cpu");
	const char *maker = text_of(host, "cpu_implementer"), *part = text_of(host, "cpu_part");

	if (!*name)
		name = text_of(cpu, "model_name");
	if (!*maker)
		maker = text_of(cpu, "implementer");
	if (!*part)
		part = text_of(cpu, "part");
	if (*name)
		strbuf_addf(sb, " %s", name);
	else if (*maker)
		strbuf_addf(sb, " CPU %s/%s", maker, part);
	/* clouds sell many CPUs by one name */
	if (*text_of(host, "cpu_model"))
		strbuf_addf(sb, " %s/%s/%s", text_of(host, "cpu_family"),
			    text_of(host, "cpu_model"), text_of(host, "cpu_stepping"));
	if (*text_of(host, "product"))
		strbuf_addf(sb, ", %s", text_of(host, "product"));
}

/* "7.2.22 (Debian 1:7.2+dfsg-7)" without what is in brackets: rebuilds count alike. */
static void add_emulator(struct strbuf *sb, const json_t *facts)
{
	const char *version = text_of(facts, "emulator_version"), *end = strstr(version, " (");

	if (*version)
		strbuf_addf(sb, " %.*s", (int)(end ? end - version : (ptrdiff_t)strlen(version)),
			    version);
	if (*text_of(facts, "machine"))
		strbuf_addf(sb, " %s", text_of(facts, "machine"));
	/* "EPYC-Rome-v1,-rdrand": what is taken from it goes with this program's version */
	if (!strcmp(text_of(facts, "accel"), "tcg") && *text_of(facts, "cpu"))
		strbuf_addf(sb, " %.*s", (int)strcspn(text_of(facts, "cpu"), ","),
			    text_of(facts, "cpu"));
}

char *machine_key(const char *target, const json_t *host, const json_t *hello, const json_t *facts)
{
	const json_t *seen = json_object_get(hello, "facts");
	const bool guest = *text_of(facts, "accel") != '\0';
	/* instructions are the same on all hosts, time is not */
	const bool counted = !strcmp(text_of(hello, "unit"), "insn");
	long long cpus = first_of(count_of(facts, "cpus"), count_of(seen, "cpus"),
				  guest ? 0 : count_of(host, "cpus"));
	long long nodes = first_of(count_of(facts, "nodes"), count_of(seen, "nodes"),
				   guest ? 0 : count_of(host, "numa"));
	struct strbuf sb = { 0 };

	strbuf_addstr(&sb, target);
	if (guest)
		add_emulator(&sb, facts);
	if (!counted)
		add_cpu(&sb, host, seen);
	if (counted && *text_of(seen, "arch"))
		strbuf_addf(&sb, " %s", text_of(seen, "arch"));
	if (cpus)
		strbuf_addf(&sb, ", %lld CPU%s", cpus, cpus == 1 ? "" : "s");
	if (nodes > 1)
		strbuf_addf(&sb, ", %lld nodes", nodes);
	if (count_of(facts, "memory_mib"))
		strbuf_addf(&sb, ", %lldM", count_of(facts, "memory_mib"));
	return strbuf_detach(&sb);
}

/* The kernel is the run's first one, whose second arm has a name that ends in /again. */
#define FLOOR_SELECT                                                                               \
	"SELECT f.machine, c.case_name, c.params, f.metric, f.unit, f.reboot, f.rebuild, f.boots," \
	" f.layouts, f.run_id, r.begun, (SELECT k.name FROM boot b JOIN kernel k ON k.id ="        \
	" b.kernel_id WHERE b.run_id = f.run_id ORDER BY k.name LIKE '%/again', b.id LIMIT 1)"     \
	" FROM floor f JOIN cell c ON c.id = f.cell_id JOIN run r ON r.id = f.run_id"              \
	" WHERE ?1 IS NULL OR f.machine = ?1"                                                      \
	" ORDER BY f.machine, c.case_name, f.metric, f.unit, c.id"

static void fill(struct floor *f, sqlite3_stmt *st)
{
	const bool built = sqlite3_column_type(st, 6) != SQLITE_NULL;

	*f = (struct floor){
		.machine = xstrdup(db_text(st, 0)),
		.case_name = xstrdup(db_text(st, 1)),
		.params = json_parse(db_text(st, 2), strlen(db_text(st, 2)), NULL),
		.metric = xstrdup(db_text(st, 3)),
		.unit = xstrdup(db_text(st, 4)),
		.reboot = sqlite3_column_double(st, 5),
		.rebuild = built ? sqlite3_column_double(st, 6) : -1,
		.boots = (unsigned int)sqlite3_column_int(st, 7),
		.layouts = (unsigned int)sqlite3_column_int(st, 8),
		.run_id = sqlite3_column_int64(st, 9),
		.when = xstrdup(db_text(st, 10)),
		.kernel = xstrdup(db_text(st, 11)),
	};
}

int floors_load(struct store *s, const char *machine, struct floor **out, size_t *n,
		struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc;

	*out = NULL;
	*n = 0;
	rc = store_flush(s, e);
	if (!rc)
		rc = db_prepare(s, FLOOR_SELECT, &st, e);
	if (rc)
		return rc;
	db_bind(st, "t", machine);
	while ((rc = db_step(s, st, e)) > 0) {
		/* room doubles: when it is full, N is a power of two */
		if (!(*n & (*n - 1)))
			*out = xrealloc(*out, (*n ? 2 * *n : 1) * sizeof(**out));
		fill(&(*out)[(*n)++], st);
	}
	if (!rc)
		return 0;
	floors_free(*out, *n);
	*out = NULL;
	*n = 0;
	return rc;
}

void floors_free(struct floor *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].machine);
		free(v[i].case_name);
		free(v[i].metric);
		free(v[i].unit);
		free(v[i].kernel);
		free(v[i].when);
		json_decref(v[i].params);
	}
	free(v);
}

const struct floor *floor_find(const struct floor *v, size_t n, const char *case_name,
			       const json_t *params, const char *metric, const char *unit)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(v[i].case_name, case_name) && !strcmp(v[i].metric, metric) &&
		    !strcmp(v[i].unit, unit) && json_equal(v[i].params, params))
			return &v[i];
	}
	return NULL;
}
