// SPDX-License-Identifier: GPL-2.0-or-later
/* What instructions cost on one kernel or two; see cost.h and, for how it is made, cost_parts.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/cost_parts.h"
#include "results/differences.h"
#include "results/labels.h"
#include "results/loader.h"
#include "results/run_pick.h"

const struct cost_event_desc cost_events[COST_EVENTS] = {
	[COST_INSNS] = { "instructions", "instructions", COST_INSNS },
	[COST_STRING] = { "string_iterations", "string iterations", COST_INSNS },
	[COST_ATOMICS] = { "atomics", "atomic operations", COST_ATOMICS },
	[COST_TLB] = { "tlb", "TLB invalidations", COST_TLB },
	[COST_TLB_PAGE] = { "tlb_page", "of a page", COST_TLB },
	[COST_TLB_RANGE] = { "tlb_range", "of a range", COST_TLB },
	[COST_TLB_SPACE] = { "tlb_space", "of an address space", COST_TLB },
	[COST_TLB_ALL] = { "tlb_all", "of everything", COST_TLB },
	[COST_BARRIERS] = { "barriers", "barriers", COST_BARRIERS },
	[COST_DSB] = { "dsb", "dsb", COST_DSB },
	[COST_LOADS] = { "loads", "loads", COST_LOADS },
	[COST_STORES] = { "stores", "stores", COST_STORES },
	[COST_CALLS] = { "calls", "calls", COST_CALLS },
};

/* A run R with a usable boot of kernel P, with counts that can be believed. */
#define COUNTED(r, p)                                                                              \
	"EXISTS(SELECT 1 FROM boot b JOIN kernel k ON k.id = b.kernel_id WHERE b.run_id = " r      \
	" AND b.state = 'ok' AND b.symbols_id IS NOT NULL AND b.cost_bad IS NULL AND " NAMED(      \
		"k", p) " AND EXISTS(SELECT 1 FROM cost WHERE boot_id = b.id))"

/* Of those with counts of both: PREFERRED, else the newest that is older than BEFORE. */
static int find_run(struct store *s, const char *baseline, const char *patched, int64_t preferred,
		    int64_t before, int64_t *run_id, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = store_flush(s, e);

	*run_id = 0;
	if (!rc)
		rc = db_prepare(
			s,
			"SELECT id FROM run WHERE " COUNTED(
				"run.id",
				"?1") " AND (?2 IS NULL OR " COUNTED("run.id",
								     "?2") ")"
									   " AND id < ?4"
									   " ORDER BY id = ?3 DESC,"
									   " id DESC LIMIT 1",
			&st, e);
	if (rc)
		return rc;
	db_bind(st, "ttii", baseline, patched, preferred, before);
	rc = db_step(s, st, e);
	if (rc > 0)
		*run_id = sqlite3_column_int64(st, 0);
	return rc;
}

int cost_find_run(struct store *s, const char *baseline, const char *patched, int64_t preferred,
		  int64_t *run_id, struct error *e)
{
	return find_run(s, baseline, patched, preferred, INT64_MAX, run_id, e);
}

int cost_find_older_run(struct store *s, const char *baseline, const char *patched, int64_t before,
			int64_t *run_id, struct error *e)
{
	return find_run(s, baseline, patched, 0, before, run_id, e);
}

int cost_run_kernels(struct store *s, int64_t run_id, char **baseline, char **patched,
		     struct error *e)
{
	char **hashes[] = { baseline, patched };
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT k.hash, r.steps IS NOT NULL FROM run r JOIN boot b ON b.run_id"
			    " = r.id JOIN kernel k ON k.id = b.kernel_id WHERE r.id = ?"
			    " GROUP BY k.id ORDER BY min(b.id) LIMIT 2",
			    &st, e);

	*baseline = *patched = NULL;
	if (rc)
		return rc;
	db_bind(st, "i", run_id);
	for (size_t i = 0; i < ARRAY_SIZE(hashes) && (rc = db_step(s, st, e)) > 0; i++) {
		rc = 0;
		if (sqlite3_column_int(st, 1))
			return error_set(e, EINVAL,
					 "run %" PRId64 " is of a series patch by patch: wants "
					 "--each-patch, or two of its kernels",
					 run_id);
		*hashes[i] = xstrdup(db_text(st, 0));
	}
	if (!rc && !*baseline)
		return error_set(e, ENOENT, "%s: there is no run %" PRId64 " that booted a kernel",
				 s->path, run_id);
	return rc;
}

/*
 * Why the counts of the run are bad, or else why it has none though it was to count (its boots then
 * brought symbols): of a boot, a cell, a sample. 1 and *WHY for the caller to free; 0: no such
 * thing.
 */
static int find_reason(struct store *s, const struct cost_query *q, int64_t run_id, char **why,
		       struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(
		s,
		"SELECT coalesce(b.cost_bad, p.skipped, x.why) AS reason"
		" FROM boot b JOIN kernel k ON k.id = b.kernel_id"
		" LEFT JOIN planned p ON p.boot_id = b.id"
		" LEFT JOIN sample x ON x.boot_id = b.id AND x.state <> 'ok'"
		" WHERE b.run_id = ?1 AND b.state = 'ok' AND b.symbols_id IS NOT NULL"
		" AND (" NAMED("k", "?2") " OR " NAMED(
			"k", "?3") ")"
				   " AND reason IS NOT NULL ORDER BY b.cost_bad IS NULL LIMIT 1",
		&st, e);

	*why = NULL;
	if (rc)
		return rc;
	db_bind(st, "itt", run_id, q->baseline, q->patched);
	rc = db_step(s, st, e);
	if (rc > 0)
		*why = xstrdup(db_text(st, 0));
	return rc;
}

/* What else there is to say where nothing good was counted. */
static int explain_none(struct store *s, const struct cost_query *q, const struct summary *picked,
			struct error *e)
{
	const char *baseline = picked->kernels[0].name;
	const char *and = q->patched ? " and " : "";
	const char *patched = q->patched ? picked->kernels[1].name : "";
	char *why __free = NULL;
	int rc = find_reason(s, q, picked->run_id, &why, e);

	if (rc < 0)
		return rc;
	if (rc)
		return error_set(e, ENODATA,
				 "run %" PRId64 " has no counts of %s%s%s that can be believed: %s",
				 picked->run_id, baseline, and, patched, why);
	if (q->run_id)
		return error_set(e, ENODATA,
				 "run %" PRId64 " did not count instructions of %s%s%s: measure "
				 "them with --cost",
				 q->run_id, baseline, and, patched);
	return error_set(e, ENODATA,
			 "no run has counted instructions of %s%s%s: measure them with --cost",
			 baseline, and, patched);
}

void cost_kernel_fill(struct cost_kernel *k, const struct compare_side *side)
{
	*k = (struct cost_kernel){
		.name = xstrdup(side->name),
		.hash = xstrdup(side->hash),
		.release = xstrdup(side->release),
		.arch = xstrdup(side->arch),
	};
}

static void cell_release(struct cost_cell *c)
{
	free(c->case_name);
	free(c->metric);
	free(c->per);
	free(c->summary);
	free(c->varies);
	json_decref(c->params);
	cost_side_release(&c->baseline);
	cost_side_release(&c->patched);
	for (size_t i = 0; i < c->n_rows; i++)
		free(c->rows[i].note);
	free(c->rows);
	memset(c, 0, sizeof(*c));
}

static bool is_empty(const struct cost_cell *c)
{
	return !c->baseline.windows && !c->patched.windows;
}

/* Whether cell I is the same case and params as the one before it, for another metric. */
static bool goes_on(const struct cost_comparison *c, size_t i)
{
	return i && !strcmp(c->cells[i].case_name, c->cells[i - 1].case_name) &&
	       json_equal(c->cells[i].params, c->cells[i - 1].params);
}

/* One line for all cells that were planned, but of which neither kernel has a window. */
static void tell_empty(struct cost_comparison *c)
{
	struct label_cell *labels __free = xcalloc(c->n_cells + 1, sizeof(*labels));
	char *names __free = NULL;
	size_t n = 0;

	for (size_t i = 0; i < c->n_cells; i++) {
		const struct cost_cell *cell = &c->cells[i];

		if (!goes_on(c, i))
			labels[n++] = (struct label_cell){ cell->case_name, cell->params, true };
		labels[n - 1].chosen &= is_empty(cell);
	}
	names = labels_of(labels, n, true);
	if (*names)
		strv_addf(&c->warnings, "%s: nothing was counted that counts", names);
}

/* They go to the empty ones; a metric of a cell that has others that were counted just goes. */
static void part_empty(struct cost_comparison *c)
{
	size_t n = 0, n_empty = 0;
	struct cost_cell *empty = xcalloc(c->n_cells + 1, sizeof(*empty));

	for (size_t i = 0; i < c->n_cells; i++) {
		if (is_empty(&c->cells[i]))
			empty[n_empty++] = c->cells[i];
		else
			c->cells[n++] = c->cells[i];
	}
	c->n_cells = n;
	c->empty = empty;
	for (size_t i = 0; i < n_empty; i++) {
		if (cost_find_cell(c, empty[i].case_name, empty[i].params, NULL))
			cell_release(&empty[i]);
		else
			empty[c->n_empty++] = empty[i];
	}
}

void cost_reader_init(struct cost_reader *r, struct store *s, const struct compare_side *side,
		      const struct cost_namer *namer, bool patched)
{
	code_init(&r->code, s, side->arch, namer, patched);
	r->kernel_id = side->kernel_id;
	r->name = side->name;
}

int cost_compare(struct store *s, const struct summary *picked, struct cost_reader *baseline,
		 struct cost_reader *patched, const char *case_name, bool all_metrics,
		 struct cost_comparison *out, struct error *e)
{
	struct cost_reader *readers[] = { baseline, patched };
	int rc;

	out->run_id = picked->run_id;
	out->command = xstrdup(picked->command);
	out->when = xstrdup(picked->when);
	rc = cost_read(s, out->run_id, readers, patched ? 2 : 1, case_name, all_metrics, out, e);
	if (rc)
		return rc;
	tell_empty(out);
	part_empty(out);
	for (size_t i = 0; i < out->n_cells; i++)
		cost_match(&out->cells[i], &baseline->code, patched ? &patched->code : NULL);
	return 0;
}

static int no_cells(struct store *s, const struct cost_query *q, int64_t run_id, struct error *e)
{
	struct strbuf known __strbuf = { 0 };
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT DISTINCT c.case_name FROM boot b JOIN planned p ON p.boot_id ="
			    " b.id JOIN cell c ON c.id = p.cell_id WHERE b.run_id = ?"
			    " ORDER BY 1",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", run_id);
	while ((rc = db_step(s, st, e)) > 0)
		strbuf_addf(&known, "%s%s", known.len ? ", " : "", db_text(st, 0));
	if (rc)
		return rc;
	if (q->case_name)
		return error_set(e, EINVAL, "run %" PRId64 " has no counts of %s; its cases: %s",
				 run_id, q->case_name, strbuf_str(&known));
	return error_set(e, ENODATA, "run %" PRId64 " has no counts of any sample that counts",
			 run_id);
}

static int load(struct store *s, const struct cost_query *q, struct summary *picked,
		struct cost_comparison *out, struct error *e)
{
	const bool two = picked->n_kernels > 1;
	struct cost_reader baseline = { 0 }, patched = { 0 };
	struct loader planned = { .s = s, .sum = picked };
	struct differences d = { 0 };
	int rc = load_planned(&planned, e);

	cost_reader_init(&baseline, s, &picked->kernels[0], q->namer, false);
	cost_kernel_fill(&out->baseline, &picked->kernels[0]);
	strv_copy(&out->warnings, &picked->warnings);
	if (two) {
		cost_reader_init(&patched, s, &picked->kernels[1], q->namer, true);
		cost_kernel_fill(&out->patched, &picked->kernels[1]);
		if (!rc)
			rc = differences_load(s, &picked->kernels[0], &picked->kernels[1], &d,
					      &out->warnings, e);
		differences_release(&d);
	}
	if (!rc)
		rc = cost_compare(s, picked, &baseline, two ? &patched : NULL, q->case_name,
				  q->all_metrics, out, e);
	code_release(&baseline.code);
	if (two)
		code_release(&patched.code);
	if (!rc && !out->n_cells)
		rc = no_cells(s, q, picked->run_id, e);
	return rc;
}

int cost_load(struct store *s, const struct cost_query *q, struct cost_comparison *out,
	      struct error *e)
{
	const char *names[] = { q->baseline, q->patched };
	size_t n = q->patched ? 2 : 1;
	struct summary picked = { 0 };
	int64_t run = 0;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = cost_find_run(s, q->baseline, q->patched, q->run_id, &run, e);
	if (rc < 0)
		return rc;
	if (q->run_id && run != q->run_id)
		run = 0;
	rc = run_pick(s, names, n, run ? run : q->run_id, &picked, e);
	if (!rc && !run)
		rc = explain_none(s, q, &picked, e);
	if (!rc)
		rc = load(s, q, &picked, out, e);
	summary_release(&picked);
	if (rc)
		cost_release(out);
	return rc;
}

static void kernel_release(struct cost_kernel *k)
{
	free(k->name);
	free(k->hash);
	free(k->release);
	free(k->arch);
}

void cost_drop_cells(struct cost_comparison *c)
{
	for (size_t i = 0; i < c->n_cells; i++)
		cell_release(&c->cells[i]);
	for (size_t i = 0; i < c->n_empty; i++)
		cell_release(&c->empty[i]);
	free(c->cells);
	free(c->empty);
	c->cells = c->empty = NULL;
	c->n_cells = c->n_empty = 0;
}

void cost_release(struct cost_comparison *c)
{
	cost_drop_cells(c);
	free(c->command);
	free(c->when);
	kernel_release(&c->baseline);
	kernel_release(&c->patched);
	strv_release(&c->warnings);
	memset(c, 0, sizeof(*c));
}

const struct cost_cell *cost_find_cell(const struct cost_comparison *c, const char *case_name,
				       const json_t *params, const char *metric)
{
	for (size_t i = 0; i < c->n_cells; i++) {
		const struct cost_cell *cell = &c->cells[i];

		if (!strcmp(cell->case_name, case_name) && json_equal(cell->params, params) &&
		    (!metric || !strcmp(cell->metric, metric)))
			return cell;
	}
	return NULL;
}
