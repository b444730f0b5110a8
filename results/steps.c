// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A series patch by patch; see steps.h. Which kernels a run is about is a JSON text in its row:
 * [{"name":...,"subject":...,"hash":...,"same_as":N},...], the base first.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/db.h"
#include "results/differences.h"
#include "results/floor.h"
#include "results/judge_series.h"
#include "results/steps.h"
#include "results/txn.h"

static int update_run(struct store *s, int64_t run_id, json_t *list, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s, "UPDATE run SET steps = ? WHERE id = ?", &st, e);

	if (rc)
		return rc;
	db_bind(st, "ji", list, run_id);
	return db_run(s, st, e);
}

int steps_store(struct store *s, int64_t run_id, const struct step *v, size_t n, struct error *e)
{
	json_t *list __json = json_array();
	int rc = txn_enter(s, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I}", "name", v[i].name,
						      "subject", v[i].subject, "hash", v[i].hash,
						      "same_as", (json_int_t)v[i].same_as));
	rc = txn_begin(s, e);
	if (!rc)
		rc = update_run(s, run_id, list, e);
	return txn_leave(s, rc, true, e);
}

static int bad_list(const struct store *s, int64_t run_id, struct error *e)
{
	return error_set(e, EUCLEAN, "%s: the list of patches of run %" PRId64 " is damaged",
			 s->path, run_id);
}

static int read_list(const struct store *s, int64_t run_id, const char *text, struct steps *out,
		     struct error *e)
{
	json_t *list __json = json_parse(text, strlen(text), NULL);
	json_t *it;
	size_t i;

	out->v = xcalloc(json_array_size(list) + 1, sizeof(*out->v));
	json_array_foreach(list, i, it) {
		struct step *v = &out->v[out->n];
		const char *name, *subject, *hash;
		json_int_t same_as;

		if (json_unpack(it, "{s:s, s:s, s:s, s:I}", "name", &name, "subject", &subject,
				"hash", &hash, "same_as", &same_as) ||
		    same_as < 0 || same_as > (json_int_t)i)
			return bad_list(s, run_id, e);
		v->name = xstrdup(name);
		v->subject = xstrdup(subject);
		v->hash = xstrdup(hash);
		v->same_as = (size_t)same_as;
		out->n++;
	}
	return out->n > 1 ? 0 : bad_list(s, run_id, e);
}

int steps_pick(struct store *s, int64_t *run_id, struct steps *out, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = db_prepare(s,
			    "SELECT id, steps FROM run WHERE CASE WHEN ?1 THEN id = ?1 ELSE steps"
			    " IS NOT NULL AND EXISTS(SELECT 1 FROM boot WHERE run_id = run.id AND"
			    " state = 'ok') END ORDER BY id DESC LIMIT 1",
			    &st, e);

	if (rc)
		return rc;
	db_bind(st, "i", *run_id);
	rc = db_step(s, st, e);
	if (rc < 0)
		return rc;
	if (!rc && !*run_id)
		return error_set(e, ENOENT,
				 "%s: no run has measured a series patch by patch (foliobench ab "
				 "BASELINE --series PATCHES --each-patch does)",
				 s->path);
	if (!rc)
		return error_set(e, ENOENT, "%s: there is no run %" PRId64, s->path, *run_id);
	*run_id = sqlite3_column_int64(st, 0);
	if (!*db_text(st, 1))
		return error_set(e, ENOENT,
				 "run %" PRId64
				 " measured no series patch by patch: it was made without "
				 "--each-patch",
				 *run_id);
	return read_list(s, *run_id, db_text(st, 1), out, e);
}

/* The kernel of the summary that was booted for step I, or NULL. */
static const struct compare_side *side_of(const struct steps *st, size_t i, size_t *index)
{
	for (size_t k = 0; k < st->sum.n_kernels; k++) {
		if (strcmp(st->sum.kernels[k].hash, st->v[st->v[i].same_as].hash) != 0)
			continue;
		*index = k;
		return &st->sum.kernels[k];
	}
	return NULL;
}

static bool has_figure(const struct step_figure *f)
{
	return f->series && f->series->n_boots && !f->series->n_wrong;
}

/* Which figures a figure is compared with: of the last step that has one, and of the base. */
static void find_before(struct step_figure *at, size_t i)
{
	struct step_figure *f = &at[i];

	f->verdict = f->total_verdict = VERDICT_NOT_COMPARABLE;
	if (f->series && f->series->n_wrong)
		f->verdict = f->total_verdict = VERDICT_WRONG;
	for (size_t k = i; k-- && !f->has_before;) {
		f->has_before = has_figure(&at[k]);
		f->before = f->has_before ? k : 0;
	}
}

/* The steps of a table, and their changes since the base, are adjusted each by themselves. */
enum { FAMILY_STEP, FAMILY_STEP_REST, FAMILY_TOTAL, FAMILY_TOTAL_REST };

/* What is known of a cell that its steps share. */
static struct judge_cell like(const struct steps *st, const struct summary_cell *c,
			      const struct floor *f)
{
	return (struct judge_cell){
		.better = c->better,
		.exact = st->sum.exact && !*c->varies,
		.is_time = judging_is_time(c->unit),
		.floor = f ? f->reboot : -1,
		.floor_built = f ? f->rebuild : -1,
	};
}

/* The same kernel as before is no two kernels, whatever its boots say. */
static struct judgement same_kernel(const struct series *s)
{
	struct judgement j = JUDGEMENT_NONE;

	j.verdict = VERDICT_EQUIVALENT;
	j.unit = JUDGE_EXACT;
	j.n = s->n_boots;
	j.change = s->value != 0 ? 0 : NAN;
	return j;
}

/* A comparison of one figure with another, until all are judged together. */
struct pending {
	struct judgement *to;
};

static void add(struct judging *g, struct pending *v, const struct series *a,
		const struct series *b, const struct judge_cell *like, struct judgement *to)
{
	if (a == b) {
		*to = same_kernel(a);
		return;
	}
	v[g->n].to = to;
	judging_add(g, a, b, like, false);
}

static void add_cell(const struct steps *st, size_t cell, const struct floor *floor,
		     struct judging *g, struct pending *v)
{
	const struct summary_cell *c = &st->sum.cells[cell];
	struct step_figure *at = &st->figures[cell * st->n];
	struct judge_cell jc = like(st, c, floor);

	for (size_t i = 0; i < st->n; i++) {
		size_t kernel;

		if (side_of(st, i, &kernel))
			at[i].series = &c->series[kernel];
		find_before(at, i);
		if (!has_figure(&at[i]) || !at[i].has_before)
			continue;
		jc.family = c->headline ? FAMILY_STEP : FAMILY_STEP_REST;
		add(g, v, at[at[i].before].series, at[i].series, &jc, &at[i].j);
		jc.family = c->headline ? FAMILY_TOTAL : FAMILY_TOTAL_REST;
		if (has_figure(&at[0]))
			add(g, v, at[0].series, at[i].series, &jc, &at[i].total_j);
	}
}

static void conclude(struct step_figure *f, const struct step_figure *base)
{
	if (!has_figure(f) || !f->has_before)
		return;
	f->verdict = f->j.verdict;
	f->has_change = isfinite(f->j.change);
	f->change = f->has_change ? f->j.change : 0;
	if (!has_figure(base))
		return;
	f->total_verdict = f->total_j.verdict;
	f->has_total = isfinite(f->total_j.change);
	f->total = f->has_total ? f->total_j.change : 0;
}

static int load_rules(struct store *s, struct steps *st, struct floor **floors, size_t *n,
		      struct error *e)
{
	const struct compare_side *first = st->sum.kernels;
	struct run_rules rules;
	int rc = rules_load(s, st->sum.run_id, &rules, e);

	if (rc)
		return rc;
	st->judged_by = judging_rules(&rules, 0);
	rules_release(&rules);
	st->machine =
		machine_key(st->sum.target, st->sum.host, st->sum.n_kernels ? first->hello : NULL,
			    st->sum.n_kernels ? first->facts : NULL);
	return floors_load(s, st->machine, floors, n, e);
}

/* All steps of all cells are one table. */
static int make_figures(struct store *s, struct steps *st, struct error *e)
{
	struct judging g = { 0 };
	struct pending *v;
	struct floor *floors;
	size_t n_floors;
	int rc = load_rules(s, st, &floors, &n_floors, e);

	if (rc)
		return rc;
	st->figures = xcalloc(st->sum.n_cells * st->n + 1, sizeof(*st->figures));
	v = xcalloc(2 * st->sum.n_cells * st->n + 1, sizeof(*v));
	for (size_t i = 0; i < st->sum.n_cells; i++) {
		const struct summary_cell *c = &st->sum.cells[i];

		add_cell(st, i,
			 floor_find(floors, n_floors, c->case_name, c->params, c->metric, c->unit),
			 &g, v);
	}
	judging_do(&g, &st->judged_by);
	for (size_t i = 0; i < g.n; i++)
		*v[i].to = g.out[i];
	for (size_t i = 0; i < st->sum.n_cells * st->n; i++)
		conclude(&st->figures[i], &st->figures[i - i % st->n]);
	judging_release(&g);
	floors_free(floors, n_floors);
	free(v);
	return 0;
}

/* A patch that changes a configuration is warned of, too. */
static int warn_of_differences(struct store *s, struct steps *st, struct error *e)
{
	size_t before = 0, kernel = 0;
	bool any = false;
	int rc = 0;

	for (size_t i = 0; i < st->n && !rc; i++) {
		struct differences d = { 0 };

		if (!side_of(st, i, &kernel) || (any && kernel == before))
			continue;
		if (any)
			rc = differences_load(s, &st->sum.kernels[before], &st->sum.kernels[kernel],
					      &d, &st->sum.warnings, e);
		differences_release(&d);
		before = kernel;
		any = true;
	}
	return rc;
}

int steps_load(struct store *s, int64_t run_id, struct steps *out, struct error *e)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = store_flush(s, e);
	if (!rc)
		rc = steps_pick(s, &run_id, out, e);
	if (!rc)
		rc = summary_load(s, NULL, 0, run_id, &out->sum, e);
	if (!rc)
		rc = warn_of_differences(s, out, e);
	if (!rc)
		rc = make_figures(s, out, e);
	if (rc)
		steps_release(out);
	return rc;
}

void steps_release(struct steps *st)
{
	for (size_t i = 0; i < st->n; i++) {
		free(st->v[i].name);
		free(st->v[i].subject);
		free(st->v[i].hash);
	}
	free(st->v);
	free(st->figures);
	free(st->machine);
	summary_release(&st->sum);
	memset(st, 0, sizeof(*st));
}

const struct step_figure *steps_at(const struct steps *st, size_t cell, size_t i)
{
	return &st->figures[cell * st->n + i];
}

bool steps_tells(const struct steps *st, size_t cell, size_t i)
{
	const struct step_figure *f = steps_at(st, cell, i), *last;

	if (!i)
		return false;
	last = steps_at(st, cell, i - 1);
	switch (f->verdict) {
	case VERDICT_IMPROVED:
	case VERDICT_REGRESSED:
	case VERDICT_CHANGED:
		return true;
	case VERDICT_WRONG:
		return last->verdict != VERDICT_WRONG;
	default:
		/* a kernel that is right again, or does no longer boot, or boots again */
		return last->verdict == VERDICT_WRONG || has_figure(f) != has_figure(last);
	}
}

bool steps_any(const struct steps *st, size_t cell)
{
	for (size_t i = 1; i < st->n; i++) {
		if (steps_tells(st, cell, i))
			return true;
	}
	return false;
}

bool steps_patch_tells(const struct steps *st, size_t i)
{
	for (size_t c = 0; c < st->sum.n_cells; c++) {
		if (st->sum.cells[c].headline && steps_tells(st, c, i))
			return true;
	}
	return false;
}

bool steps_booted(const struct steps *st, size_t i)
{
	return st->v[i].same_as == i;
}

bool steps_usable(const struct steps *st, size_t i)
{
	size_t kernel;
	const struct compare_side *side = side_of(st, i, &kernel);

	return side && side->boots_ok;
}

bool steps_regressed(const struct steps *st)
{
	for (size_t c = 0; c < st->sum.n_cells; c++) {
		for (size_t i = 0; i < st->n; i++) {
			if (steps_at(st, c, i)->verdict == VERDICT_WRONG)
				return true;
		}
		if (st->sum.cells[c].headline &&
		    steps_at(st, c, st->n - 1)->total_verdict == VERDICT_REGRESSED)
			return true;
	}
	return false;
}

bool steps_missing(const struct steps *st)
{
	for (size_t c = 0; c < st->sum.n_cells; c++) {
		for (size_t i = 0; i < st->n && st->sum.cells[c].headline; i++) {
			if (!has_figure(steps_at(st, c, i)))
				return true;
		}
	}
	return !st->sum.n_cells;
}
