// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of the store. PRAGMA user_version is the schema's version,
 * application_id tells a store from other programs' databases. A changed table
 * means a new version and a step that brings old stores up to it.
 *
 * Values are clustered by boot and metric, and packed when the boot ends: a comparison reads those
 * and never touches the (much larger) samples.
 */
#include <errno.h>

#include "lib/strbuf.h"
#include "results/db.h"
#include "results/pack.h"

#define APPLICATION_ID 0x666f6c69 /* "foli" */

/*
 * What was counted. Profiles (lib/profile.h), symbol tables (lib/symbols.h) and call stacks are
 * kept once for each content: windows in which the machine did the same share one. cost: by
 * window of the boot, span of it, vCPU and who executed ("task", "irq NAME"); bad: why it cannot
 * be believed.
 */
#define COST_SQL                                                                                   \
	"CREATE TABLE symbols(id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE,"                \
	" data BLOB NOT NULL) STRICT;"                                                             \
	"CREATE TABLE profile(id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE,"                \
	" data BLOB NOT NULL) STRICT;"                                                             \
	"CREATE TABLE folded(id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE,"                 \
	" data BLOB NOT NULL) STRICT;"                                                             \
	"CREATE TABLE cost(boot_id INTEGER NOT NULL REFERENCES boot(id),"                          \
	" window INTEGER NOT NULL, span INTEGER NOT NULL, vcpu INTEGER NOT NULL,"                  \
	" context TEXT NOT NULL, profile_id INTEGER NOT NULL REFERENCES profile(id),"              \
	" folded_id INTEGER REFERENCES folded(id), bad TEXT,"                                      \
	" PRIMARY KEY(boot_id, window, span, vcpu, context)) STRICT, WITHOUT ROWID;"

/* What the same kernel shows against itself; see floor.h. rebuild: NULL where not measured. */
#define FLOOR_SQL                                                                                  \
	"CREATE TABLE floor(machine TEXT NOT NULL, cell_id INTEGER NOT NULL REFERENCES cell(id),"  \
	" metric TEXT NOT NULL, unit TEXT NOT NULL, reboot REAL NOT NULL, rebuild REAL,"           \
	" boots INTEGER NOT NULL, layouts INTEGER NOT NULL, run_id INTEGER NOT NULL"               \
	" REFERENCES run(id), PRIMARY KEY(machine, cell_id, metric, unit)) STRICT, WITHOUT ROWID;"

static const char schema_sql[] =
	/*
	 * steps: which kernels, where a series was measured patch by patch: see steps.c; rules:
	 * what was laid down beforehand: see rules.h
	 */
	"CREATE TABLE run(id INTEGER PRIMARY KEY, command TEXT NOT NULL, target TEXT NOT NULL,"
	" host TEXT, seed INTEGER NOT NULL, begun TEXT NOT NULL, ended TEXT,"
	" state TEXT NOT NULL DEFAULT 'running', steps TEXT, rules TEXT) STRICT;"

	/* inputs: all that went into the hash; config: the final one, as a text */
	"CREATE TABLE kernel(id INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL,"
	" arch TEXT, release TEXT, source TEXT, description TEXT, inputs TEXT,"
	" config TEXT, UNIQUE(hash, name)) STRICT;"

	/*
	 * hello: what the agent said first; facts: how the boot was started; layout: its image's;
	 * symbols_id: of its image, where instructions were counted; cost_by: by what; cost_bad:
	 * why none of its counts can be believed; packed: see pack.h
	 */
	"CREATE TABLE boot(id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES run(id),"
	" kernel_id INTEGER NOT NULL REFERENCES kernel(id), target TEXT NOT NULL,"
	" block INTEGER NOT NULL, number INTEGER NOT NULL, console TEXT, facts TEXT,"
	" hello TEXT, unit TEXT, begun TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'running',"
	" why TEXT, seconds REAL, first_sample_s REAL, end TEXT,"
	" layout INTEGER NOT NULL DEFAULT 0, symbols_id INTEGER REFERENCES symbols(id),"
	" cost_by TEXT, cost_bad TEXT, packed INTEGER) STRICT;"
	"CREATE INDEX boot_run ON boot(run_id, kernel_id);"

	/*
	 * params: as the case lists them; key: the same with sorted names; summary: in words;
	 * rule: what a correct kernel may do; varies: why figures differ from boot to boot
	 */
	"CREATE TABLE cell(id INTEGER PRIMARY KEY, case_name TEXT NOT NULL, key TEXT NOT NULL,"
	" params TEXT NOT NULL, summary TEXT, rule TEXT, varies TEXT,"
	" UNIQUE(case_name, key)) STRICT;"

	"CREATE TABLE metric(id INTEGER PRIMARY KEY, cell_id INTEGER NOT NULL REFERENCES cell(id),"
	" name TEXT NOT NULL, unit TEXT NOT NULL, better TEXT NOT NULL,"
	" headline INTEGER NOT NULL, position INTEGER NOT NULL,"
	" UNIQUE(cell_id, name, unit, better, headline, position)) STRICT;"

	/*
	 * what a boot was to measure: cells by their number in the plan; not_permitted: skipped
	 * for want of rights; lacks: what could not be proven or arranged
	 */
	"CREATE TABLE planned(boot_id INTEGER NOT NULL REFERENCES boot(id),"
	" number INTEGER NOT NULL, cell_id INTEGER REFERENCES cell(id), skipped TEXT,"
	" not_permitted INTEGER, lacks TEXT,"
	" PRIMARY KEY(boot_id, number)) STRICT, WITHOUT ROWID;"
	/* span: of each window, that the metric is made of */
	"CREATE TABLE boot_metric(boot_id INTEGER NOT NULL REFERENCES boot(id),"
	" metric_id INTEGER NOT NULL REFERENCES metric(id), span INTEGER,"
	" PRIMARY KEY(boot_id, metric_id)) STRICT, WITHOUT ROWID;"

	/* extra: fields of the record that have no column; window: its number in cost */
	"CREATE TABLE sample(id INTEGER PRIMARY KEY, boot_id INTEGER NOT NULL REFERENCES boot(id),"
	" cell_id INTEGER NOT NULL REFERENCES cell(id), n INTEGER NOT NULL, state TEXT NOT NULL,"
	" why TEXT, ops INTEGER, ticks INTEGER, minor_faults INTEGER, counters TEXT,"
	" evidence TEXT, extra TEXT, window INTEGER) STRICT;"
	"CREATE INDEX sample_boot ON sample(boot_id, state, cell_id);"

	/* counted: the sample's state is ok */
	"CREATE TABLE value(boot_id INTEGER NOT NULL REFERENCES boot(id),"
	" metric_id INTEGER NOT NULL REFERENCES metric(id),"
	" sample_id INTEGER NOT NULL REFERENCES sample(id), counted INTEGER NOT NULL,"
	" value REAL NOT NULL,"
	" PRIMARY KEY(boot_id, metric_id, sample_id)) STRICT, WITHOUT ROWID;"

	COST_SQL FLOOR_SQL PACKED_SQL("");

/* What brings a store of that version up to the next. */
static const char *const upgrades[STORE_SCHEMA] = {
	[1] = "ALTER TABLE cell ADD COLUMN summary TEXT",
	[2] = "ALTER TABLE cell ADD COLUMN rule TEXT; ALTER TABLE cell ADD COLUMN varies TEXT",
	[3] = "ALTER TABLE planned ADD COLUMN not_permitted INTEGER;"
	      "ALTER TABLE planned ADD COLUMN lacks TEXT",
	[4] = "ALTER TABLE kernel ADD COLUMN config TEXT;"
	      "ALTER TABLE boot ADD COLUMN layout INTEGER NOT NULL DEFAULT 0",
	[5] = "ALTER TABLE run ADD COLUMN steps TEXT",
	[6] = COST_SQL "ALTER TABLE boot ADD COLUMN symbols_id INTEGER REFERENCES symbols(id);"
		       "ALTER TABLE boot ADD COLUMN cost_by TEXT;"
		       "ALTER TABLE boot ADD COLUMN cost_bad TEXT;"
		       "ALTER TABLE boot_metric ADD COLUMN span INTEGER;"
		       "ALTER TABLE sample ADD COLUMN window INTEGER",
	[7] = FLOOR_SQL "ALTER TABLE run ADD COLUMN rules TEXT",
	/* boots that are there are packed when they are read */
	[8] = PACKED_SQL("") "ALTER TABLE boot ADD COLUMN packed INTEGER",
};

static int get_number(struct store *s, const char *sql, int64_t *out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s, sql, &st, e);

	if (rc)
		return rc;
	rc = db_step(s, st, e);
	if (rc < 0)
		return rc;
	*out = rc ? sqlite3_column_int64(st, 0) : 0;
	return 0;
}

/* Makes the tables, or brings those of VERSION up to date. */
static int update(struct store *s, int64_t version, struct error *e)
{
	char *marks = xasprintf("PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID,
				STORE_SCHEMA);
	int rc = version ? 0 : db_exec(s, schema_sql, e);

	for (int64_t v = version; v && v < STORE_SCHEMA && !rc; v++)
		rc = db_exec(s, upgrades[v], e);
	if (!rc)
		rc = db_exec(s, marks, e);
	free(marks);
	return rc;
}

/* The VERSION of the store, 0 if there is nothing in it yet; or what is wrong with it. */
static int check(struct store *s, int64_t *version, struct error *e)
{
	int64_t app, tables;
	int rc = get_number(s, "PRAGMA application_id", &app, e);

	if (!rc)
		rc = get_number(s, "PRAGMA user_version", version, e);
	if (!rc)
		rc = get_number(s, "SELECT count(*) FROM sqlite_master", &tables, e);
	if (rc)
		return rc;
	if (!app && !tables)
		return 0;
	if (app != APPLICATION_ID || *version < 1)
		return error_set(e, EUCLEAN,
				 "%s: not a store but some other program's database: move it "
				 "away, or set FOLIOBENCH_HOME to another folder",
				 s->path);
	if (*version > STORE_SCHEMA)
		return error_set(e, EPROTO,
				 "%s: written by a newer foliobench (schema %lld, this one reads "
				 "up to %d): update foliobench, or set FOLIOBENCH_HOME to "
				 "another folder",
				 s->path, (long long)*version, STORE_SCHEMA);
	return 0;
}

int schema_open(struct store *s, struct error *e)
{
	int64_t version;
	int rc = check(s, &version, e);

	if (rc || version == STORE_SCHEMA)
		return rc;
	/* switching the journal mode needs to be outside of a transaction */
	if (!version)
		rc = db_exec(s, "PRAGMA journal_mode=WAL", e);
	if (!rc)
		rc = db_exec(s, "BEGIN EXCLUSIVE", e);
	if (rc)
		return rc;
	rc = check(s, &version, e); /* another program may have been quicker */
	if (!rc && version < STORE_SCHEMA)
		rc = update(s, version, e);
	if (!rc)
		return db_exec(s, "COMMIT", e);
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}
