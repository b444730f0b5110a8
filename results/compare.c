// SPDX-License-Identifier: GPL-2.0-or-later
/* Two kernels of a run side by side; see compare.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/compare_rules.h"
#include "results/cost.h"

static void explain(struct compare_cell *c, const struct compare_side *side)
{
	const char *why =
		!side->boots_ok && side->boots_tainted ? ": all its boots are tainted" : "";
	char *old = c->note;

	c->note = xasprintf("no figure on %s%s%s%s", side->name, why, *old ? "; " : "", old);
	free(old);
}

/* Moves what FROM owns. */
static void compare_one(const struct comparison *out, struct summary_cell *from,
			struct compare_cell *c)
{
	memset(c, 0, sizeof(*c));
	c->case_name = take_ptr(from->case_name);
	c->case_summary = take_ptr(from->case_summary);
	c->rule = take_ptr(from->rule);
	c->varies = take_ptr(from->varies);
	c->params = take_ptr(from->params);
	c->metric = take_ptr(from->metric);
	c->unit = take_ptr(from->unit);
	c->better = from->better;
	c->headline = from->headline;
	c->baseline = from->series[0];
	c->patched = from->series[1];
	memset(from->series, 0, 2 * sizeof(*from->series));
	c->within = from->within;
	c->note = take_ptr(from->note);
	if (!c->baseline.n_boots)
		explain(c, &out->baseline);
	if (!c->patched.n_boots)
		explain(c, &out->patched);
}

static void from_summary(struct summary *sum, struct comparison *out)
{
	memset(out, 0, sizeof(*out));
	out->baseline = sum->kernels[0];
	out->patched = sum->kernels[1];
	memset(sum->kernels, 0, 2 * sizeof(*sum->kernels));
	out->run_id = sum->run_id;
	out->target = take_ptr(sum->target);
	out->unit = take_ptr(sum->unit);
	out->exact = sum->exact;
	out->cpus = sum->cpus;
	out->place = sum->place;
	out->command = take_ptr(sum->command);
	out->when = take_ptr(sum->when);
	out->host = take_ptr(sum->host);
	out->warnings = sum->warnings;
	memset(&sum->warnings, 0, sizeof(sum->warnings));
	out->counts = sum->counts;
	memset(&sum->counts, 0, sizeof(sum->counts));
	out->lacks = sum->lacks;
	memset(&sum->lacks, 0, sizeof(sum->lacks));
	out->cells = xcalloc(sum->n_cells, sizeof(*out->cells));
	for (size_t i = 0; i < sum->n_cells; i++)
		compare_one(out, &sum->cells[i], &out->cells[out->n_cells++]);
}

int compare_load(struct store *s, const struct compare_query *q, struct comparison *out,
		 struct error *e)
{
	const char *names[2] = { q->baseline, q->patched };
	struct summary sum;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = summary_load(s, names, 2, q->run_id, &sum, e);
	if (rc)
		return rc;
	from_summary(&sum, out);
	summary_release(&sum);
	rc = differences_load(s, &out->baseline, &out->patched, &out->built, &out->warnings, e);
	if (!rc)
		rc = compare_rules(s, q, out, e);
	if (rc)
		comparison_release(out);
	return rc;
}

static void cell_release(struct compare_cell *c)
{
	free(c->case_name);
	free(c->case_summary);
	free(c->rule);
	free(c->varies);
	json_decref(c->params);
	free(c->metric);
	free(c->unit);
	series_release(&c->baseline);
	series_release(&c->patched);
	free(c->note);
}

void comparison_release(struct comparison *c)
{
	for (size_t i = 0; i < c->n_cells; i++)
		cell_release(&c->cells[i]);
	free(c->cells);
	compare_side_release(&c->baseline);
	compare_side_release(&c->patched);
	free(c->target);
	free(c->unit);
	free(c->command);
	free(c->when);
	free(c->machine);
	free(c->apart);
	rules_release(&c->rules);
	json_decref(c->host);
	strv_release(&c->warnings);
	strv_release(&c->lacks);
	counts_release(&c->counts);
	differences_release(&c->built);
	if (c->cost)
		cost_release(c->cost);
	free(c->cost);
	memset(c, 0, sizeof(*c));
}

bool comparison_regressed(const struct comparison *c)
{
	for (size_t i = 0; i < c->n_cells; i++) {
		if (c->cells[i].verdict == VERDICT_WRONG ||
		    (c->cells[i].headline && c->cells[i].verdict == VERDICT_REGRESSED))
			return true;
	}
	return false;
}
