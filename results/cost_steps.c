// SPDX-License-Identifier: GPL-2.0-or-later
/* What each patch of a series costs: each step's counts beside those of the one before; cost.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/cost_parts.h"
#include "results/run_pick.h"

/* The newest run of a series with counts; 0 where there is none. */
static int newest_run(struct store *s, int64_t *run_id, struct error *e)
{
	sqlite3_stmt *st __stmt = NULL;
	int rc = store_flush(s, e);

	if (!rc)
		rc = db_prepare(
			s,
			"SELECT id FROM run WHERE steps IS NOT NULL AND EXISTS(SELECT 1 FROM boot b"
			" WHERE b.run_id = run.id AND b.state = 'ok' AND b.symbols_id IS NOT NULL"
			" AND b.cost_bad IS NULL AND EXISTS(SELECT 1 FROM cost WHERE boot_id ="
			" b.id)) ORDER BY id DESC LIMIT 1",
			&st, e);
	if (rc)
		return rc;
	rc = db_step(s, st, e);
	if (rc > 0)
		*run_id = sqlite3_column_int64(st, 0);
	return rc < 0 ? rc : 0;
}

/* The kernel that was booted for step I; one that was not has the code of an earlier one. */
static const struct compare_side *side_of(const struct cost_steps *st, const struct summary *picked,
					  size_t i)
{
	for (size_t k = 0; k < picked->n_kernels && st->steps[i].same_as == i; k++) {
		if (!strcmp(picked->kernels[k].hash, st->steps[i].hash))
			return &picked->kernels[k];
	}
	return NULL;
}

static bool any_counts(const struct cost_comparison *c)
{
	for (size_t i = 0; i < c->n_cells; i++) {
		if (c->cells[i].patched.windows)
			return true;
	}
	return false;
}

struct stepping {
	struct store *s;
	const struct summary *picked;
	const char *case_name;
	bool all_metrics;
	struct cost_reader last; /* the last step with counts */
	const struct compare_side *last_side;
};

/* Step I against the last one; it is the last one then, if it counted anything. */
static int load_step(struct stepping *sp, struct cost_steps *st, size_t i, struct error *e)
{
	const struct compare_side *side = side_of(st, sp->picked, i);
	struct cost_comparison *c = &st->v[i];
	struct cost_reader now = { 0 };
	bool first = !sp->last_side;
	int rc;

	if (!side)
		return 0;
	cost_reader_init(&now, sp->s, side, NULL, true);
	cost_kernel_fill(&c->patched, side);
	cost_kernel_fill(&c->baseline, first ? side : sp->last_side);
	rc = cost_compare(sp->s, sp->picked, first ? &now : &sp->last, &now, sp->case_name,
			  sp->all_metrics, c, e);
	if (!rc && any_counts(c)) {
		if (!first)
			code_release(&sp->last.code);
		sp->last = now;
		sp->last_side = side;
		return 0;
	}
	code_release(&now.code);
	cost_drop_cells(c);
	return rc;
}

static int load_steps(struct store *s, const struct summary *picked, const char *case_name,
		      bool all_metrics, struct cost_steps *out, struct error *e)
{
	struct stepping sp = {
		.s = s,
		.picked = picked,
		.case_name = case_name,
		.all_metrics = all_metrics,
	};
	int rc = 0;

	out->v = xcalloc(out->n, sizeof(*out->v));
	strv_copy(&out->v[0].warnings, &picked->warnings);
	for (size_t i = 0; i < out->n && !rc; i++)
		rc = load_step(&sp, out, i, e);
	if (!sp.last_side && !rc)
		rc = case_name ? error_set(e, EINVAL,
					   "run %" PRId64 " has no counts of %s patch by patch",
					   out->run_id, case_name)
			       : error_set(e, ENODATA,
					   "run %" PRId64
					   " counted no instructions: repeat its command with "
					   "--cost",
					   out->run_id);
	if (sp.last_side)
		code_release(&sp.last.code);
	return rc;
}

int cost_steps_load(struct store *s, int64_t run_id, const char *case_name, bool all_metrics,
		    struct cost_steps *out, struct error *e)
{
	struct summary picked = { 0 };
	struct steps list = { 0 };
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (!run_id)
		rc = newest_run(s, &run_id, e);
	if (!rc)
		rc = steps_pick(s, &run_id, &list, e);
	if (rc) {
		steps_release(&list);
		return rc;
	}
	out->steps = take_ptr(list.v);
	out->n = list.n;
	out->run_id = run_id;
	list.n = 0;
	steps_release(&list);
	rc = run_pick(s, NULL, 0, run_id, &picked, e);
	if (!rc)
		rc = load_steps(s, &picked, case_name, all_metrics, out, e);
	summary_release(&picked);
	if (rc)
		cost_steps_release(out);
	return rc;
}

void cost_steps_release(struct cost_steps *st)
{
	for (size_t i = 0; i < st->n; i++) {
		free(st->steps[i].name);
		free(st->steps[i].subject);
		free(st->steps[i].hash);
		if (st->v)
			cost_release(&st->v[i]);
	}
	free(st->steps);
	free(st->v);
	memset(st, 0, sizeof(*st));
}
