// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which windows a cell's figures are made of: those of samples that count, in boots that ended
 * well, if what was counted in them can be believed.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/cost_parts.h"
#include "results/labels.h"

/* A cell and metric, and where in its windows it was counted. */
struct cell_key {
	int64_t cell_id, metric_id;
	int64_t span;
	char *ops; /* JSON path to its operations in a sample, if they are not the sample's */
};

/* A boot whose counts are good. */
struct boot_key {
	int64_t id, symbols_id;
	size_t reader;
	bool exact; /* its clock counts instructions */
};

struct reading {
	struct store *s;
	int64_t run_id;
	struct cost_reader *const *readers;
	size_t n_readers;
	struct cost_comparison *out;
	struct cell_key *keys; /* of the cells of OUT */
	struct boot_key *boots;
	size_t n_boots;
};

/* One window, while its rows come. */
struct window {
	int64_t sample;
	uint64_t ops;
	double ticks;
	bool bad;
	struct gather_part *parts;
	size_t n, room;
};

/* One side of one cell, while its windows come. */
struct side_reading {
	struct gather g;
	size_t lost;
	char *why; /* of the first lost one */
	size_t boots;
};

static char *kernel_ids(const struct reading *r)
{
	struct strbuf sb = { 0 };

	for (size_t i = 0; i < r->n_readers; i++)
		strbuf_addf(&sb, "%s%lld", i ? "," : "", (long long)r->readers[i]->kernel_id);
	return strbuf_detach(&sb);
}

/* "per_call_kept" is per call, "exit_per_page" per page. */
static char *per_of(const char *metric)
{
	const char *p = strstr(metric, "per_");

	p = p ? p + 4 : "operation";
	return xasprintf("%.*s", (int)strcspn(p, "_"), p);
}

static void add_cell(struct reading *r, sqlite3_stmt *st)
{
	struct cost_comparison *out = r->out;
	size_t n = out->n_cells++;
	struct cost_cell *c;

	out->cells = xrealloc(out->cells, (n + 1) * sizeof(*out->cells));
	r->keys = xrealloc(r->keys, (n + 1) * sizeof(*r->keys));
	c = &out->cells[n];
	memset(c, 0, sizeof(*c));
	c->case_name = xstrdup(db_text(st, 1));
	c->summary = xstrdup(db_text(st, 2));
	c->params = json_parse(db_text(st, 3), strlen(db_text(st, 3)), NULL);
	c->metric = xstrdup(db_text(st, 4));
	c->per = per_of(c->metric);
	c->varies = xstrdup(db_text(st, 7));
	r->keys[n] = (struct cell_key){
		.cell_id = sqlite3_column_int64(st, 0),
		.metric_id = sqlite3_column_int64(st, 5),
		.span = sqlite3_column_int64(st, 6),
		.ops = xasprintf("$.span_ops.\"%s\"", c->metric),
	};
}

/* Streams of older agents name no spans: the first metric's is known all the same. */
static int load_cells(struct reading *r, const char *case_name, bool all_metrics, struct error *e)
{
	char *ids __free = kernel_ids(r);
	char *sql __free =
		xasprintf("SELECT c.id, c.case_name, c.summary, c.params, m.name, min(m.id),"
			  " coalesce(max(bm.span), 0), c.varies FROM boot b JOIN planned p ON "
			  "p.boot_id = b.id"
			  " JOIN cell c ON c.id = p.cell_id JOIN metric m ON m.cell_id = c.id"
			  " JOIN boot_metric bm ON bm.boot_id = b.id AND bm.metric_id = m.id"
			  " WHERE b.run_id = ?1 AND b.state = 'ok' AND b.kernel_id IN (%s)"
			  " AND p.skipped IS NULL"
			  " AND (bm.span IS NOT NULL OR m.position = 0) AND (m.headline OR ?2)"
			  " AND (?3 IS NULL OR c.case_name = ?3)"
			  " GROUP BY c.id, m.name ORDER BY min(p.number), min(m.position)",
			  ids);
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(r->s, sql, &st, e);

	if (rc)
		return rc;
	db_bind(st, "iit", r->run_id, (int64_t)all_metrics, case_name);
	while ((rc = db_step(r->s, st, e)) > 0)
		add_cell(r, st);
	return rc;
}

static void add_boot(struct reading *r, size_t reader, sqlite3_stmt *st, bool *left_out)
{
	const struct cost_reader *rd = r->readers[reader];

	if (sqlite3_column_type(st, 2) != SQLITE_NULL) {
		strv_addf(&r->out->warnings, "boot %d of %s: its counts are left out: %s",
			  sqlite3_column_int(st, 3) + 1, rd->name, db_text(st, 2));
		return;
	}
	if (rd->code.namer && sqlite3_column_int(st, 4)) {
		*left_out = true;
		return;
	}
	r->boots = xrealloc(r->boots, (r->n_boots + 1) * sizeof(*r->boots));
	r->boots[r->n_boots++] = (struct boot_key){
		.id = sqlite3_column_int64(st, 0),
		.symbols_id = sqlite3_column_int64(st, 1),
		.reader = reader,
		.exact = !strcmp(db_text(st, 5), "insn"),
	};
}

static int load_boots(struct reading *r, size_t reader, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	bool left_out = false;
	int rc = db_prepare(r->s,
			    "SELECT id, symbols_id, cost_bad, number, layout, unit FROM boot"
			    " WHERE run_id = ? AND kernel_id = ? AND state = 'ok'"
			    " AND symbols_id IS NOT NULL ORDER BY id",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "ii", r->run_id, r->readers[reader]->kernel_id);
	while ((rc = db_step(r->s, st, e)) > 0)
		add_boot(r, reader, st, &left_out);
	if (left_out)
		strv_addf(&r->out->warnings,
			  "%s: boots of other layouts are left out: the debug information is of "
			  "the image as the linker lays it out",
			  r->readers[reader]->name);
	return rc;
}

static void window_clear(struct window *w)
{
	for (size_t i = 0; i < w->n; i++)
		free((char *)w->parts[i].context);
	w->n = 0;
	w->bad = false;
}

/* All rows of the window are there. */
static void window_end(struct window *w, const struct code *c, struct side_reading *side)
{
	if (w->sample && !w->bad)
		gather_window(&side->g, c, w->parts, w->n, w->ops, w->ticks);
	window_clear(w);
}

static void lose(struct window *w, struct side_reading *side, const char *why)
{
	if (w->bad)
		return;
	w->bad = true;
	side->lost++;
	if (!side->why)
		side->why = xstrdup(why);
}

static void window_begin(struct window *w, sqlite3_stmt *st, bool exact)
{
	w->sample = sqlite3_column_int64(st, 0);
	w->ops = (uint64_t)sqlite3_column_int64(st, 1);
	w->ticks = exact ? sqlite3_column_double(st, 2) : 0;
}

static int window_row(struct window *w, sqlite3_stmt *st, struct code *c, int64_t symbols_id,
		      struct side_reading *side, struct error *e)
{
	const struct tally *tally = NULL;
	int rc;

	if (sqlite3_column_type(st, 4) == SQLITE_NULL || sqlite3_column_int64(st, 1) <= 0)
		lose(w, side, "nothing was counted in it");
	else if (sqlite3_column_type(st, 5) != SQLITE_NULL)
		lose(w, side, db_text(st, 5));
	if (w->bad)
		return 0;
	rc = code_tally(c, symbols_id, sqlite3_column_int64(st, 4), &tally, e);
	if (rc)
		return rc;
	if (w->n == w->room) {
		w->room = w->room ? 2 * w->room : 8;
		w->parts = xrealloc(w->parts, w->room * sizeof(*w->parts));
	}
	w->parts[w->n++] =
		(struct gather_part){ .context = xstrdup(db_text(st, 3)), .tally = tally };
	return 0;
}

/*
 * The clock's word on span 0 is the sample's ticks; on other spans the metric's own figure.
 */
static const char windows_sql[] =
	"SELECT s.id, coalesce(json_extract(s.extra, ?5), s.ops),"
	" CASE WHEN ?3 = 0 THEN 1.0 * s.ticks / coalesce(json_extract(s.extra, ?5), s.ops)"
	" ELSE v.value END, c.context, c.profile_id, c.bad"
	" FROM sample s LEFT JOIN cost c ON c.boot_id = s.boot_id AND c.window = s.window AND"
	" c.span = " COUNTED_SPAN("?3", "s.extra") " LEFT JOIN value v ON v.boot_id = s.boot_id "
						   "AND v.metric_id = ?4 AND v.sample_id = s.id"
						   " WHERE s.boot_id = ?1 AND s.cell_id = ?2 AND "
						   "s.state = 'ok' ORDER BY s.id";

static int read_boot(struct reading *r, const struct boot_key *b, const struct cell_key *k,
		     struct side_reading *side, struct error *e)
{
	struct code *c = &r->readers[b->reader]->code;
	sqlite3_stmt *st __stmt = NULL;
	size_t before = side->g.n_windows;
	struct window w = { 0 };
	int rc = db_prepare(r->s, windows_sql, &st, e);

	if (rc)
		return rc;
	db_bind(st, "iiiit", b->id, k->cell_id, k->span, k->metric_id, k->ops);
	while (!rc && (rc = db_step(r->s, st, e)) > 0) {
		if (sqlite3_column_int64(st, 0) != w.sample) {
			window_end(&w, c, side);
			window_begin(&w, st, b->exact);
		}
		rc = window_row(&w, st, c, b->symbols_id, side, e);
	}
	if (!rc)
		window_end(&w, c, side);
	window_clear(&w);
	free(w.parts);
	side->boots += side->g.n_windows > before;
	return rc;
}

static struct cost_side *side_of(struct cost_cell *c, size_t reader)
{
	return reader ? &c->patched : &c->baseline;
}

static int read_side(struct reading *r, size_t cell, size_t reader, struct cost_side *out,
		     struct error *e)
{
	struct side_reading side = { 0 };
	int rc = 0;

	for (size_t i = 0; i < r->n_boots && !rc; i++) {
		if (r->boots[i].reader == reader)
			rc = read_boot(r, &r->boots[i], &r->keys[cell], &side, e);
	}
	if (!rc) {
		gather_finish(&side.g, &r->readers[reader]->code, out);
		out->boots = side.boots;
		out->lost = side.lost;
		out->bad = side.why ? take_ptr(side.why) : xstrdup("");
	}
	gather_release(&side.g);
	free(side.why);
	return rc;
}

/*
 * One line for all windows of a kernel that were left out: what is wrong with a window is so for
 * all its metrics, and as a rule with the windows of many cells.
 */
static void tell_lost(struct reading *r, size_t reader)
{
	struct label_cell *labels __free = xcalloc(r->out->n_cells + 1, sizeof(*labels));
	size_t n = 0, lost = 0, lost_here = 0;
	const char *why = NULL;
	char *name __free = NULL;

	for (size_t i = 0; r->keys && i < r->out->n_cells; i++) {
		struct cost_cell *c = &r->out->cells[i];
		const struct cost_side *side = side_of(c, reader);

		if (!i || r->keys[i].cell_id != r->keys[i - 1].cell_id) {
			labels[n++] = (struct label_cell){ c->case_name, c->params, false };
			lost_here = 0;
		}
		if (side->lost > lost_here) {
			lost += side->lost - lost_here;
			lost_here = side->lost;
			labels[n - 1].chosen = true;
			why = why ? why : side->bad;
		}
	}
	if (!lost)
		return;
	name = labels_of(labels, n, true);
	strv_addf(&r->out->warnings,
		  "%s on %s: counts of %zu sample%s are left out, the first because %s", name,
		  r->readers[reader]->name, lost, lost == 1 ? "" : "s", why);
}

int cost_read(struct store *s, int64_t run_id, struct cost_reader *const *readers, size_t n,
	      const char *case_name, bool all_metrics, struct cost_comparison *out, struct error *e)
{
	struct reading r = { s, run_id, readers, n, out, NULL, NULL, 0 };
	int rc = load_cells(&r, case_name, all_metrics, e);

	for (size_t i = 0; i < n && !rc; i++)
		rc = load_boots(&r, i, e);
	for (size_t i = 0; r.keys && i < out->n_cells && !rc; i++) {
		for (size_t k = 0; k < n && !rc; k++)
			rc = read_side(&r, i, k, side_of(&out->cells[i], k), e);
		if (!rc && n == 1)
			out->cells[i].patched.bad = xstrdup("");
	}
	for (size_t k = 0; k < n && !rc; k++) {
		if (!k || readers[k] != readers[0])
			tell_lost(&r, k);
	}
	for (size_t i = 0; r.keys && i < out->n_cells; i++)
		free(r.keys[i].ops);
	free(r.keys);
	free(r.boots);
	return rc;
}
