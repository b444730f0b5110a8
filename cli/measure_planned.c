// SPDX-License-Identifier: GPL-2.0-or-later
/* Measuring as planned: pilots, plans, looks; see measure_parts.h. */
#include <errno.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/layouts.h"
#include "cli/measure_parts.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "results/compare.h"

#define PILOT_BLOCKS 5
/*
 * Of a boot, unless told: what more samples bring is hardly known beyond what was measured, so
 * that a plan has no more than these.
 */
#define PILOT_SAMPLES 30

static bool names_any(const char *words, json_t *cells)
{
	json_t *cell;
	size_t i;

	json_array_foreach(cells, i, cell) {
		const char *name = json_string_value(json_object_get(cell, "case"));
		const struct metric_desc *d = bench_case_find(name)->metrics;

		for (; d->name; d++) {
			if (rules_names(words, name, json_object_get(cell, "params"), d->name))
				return true;
		}
	}
	return false;
}

static int check_headline(const struct measure *m, json_t *cells, struct error *e)
{
	strv_for_each(&m->rules.headline, it) {
		if (!names_any(*it, cells))
			return error_set(e, EINVAL,
					 "--headline '%s': none of the cells that are measured; "
					 "name them as \"munmap folio=64K\"",
					 *it);
	}
	return 0;
}

int measure_check_rules(const struct measure *m, json_t *cells, struct error *e)
{
	int rc = check_headline(m, cells, e);

	if (rc)
		return rc;
	if (m->rules.detect > 0 && measure_exact(m))
		return error_set(
			e, EINVAL,
			"--detect: target %s counts instructions, which repeat exactly, so "
			"that there is nothing to plan; times are measured with --cpus 2, "
			"--on kvm, --on local",
			m->target->name);
	if (m->rules.looks > 1 && m->kernels.n < 2)
		return error_set(e, EINVAL, "--looks: one kernel is compared with nothing");
	return 0;
}

static void set_samples(json_t *cells, unsigned int samples)
{
	json_t *cell;
	size_t i;

	json_array_foreach(cells, i, cell)
		json_object_set_new(cell, "samples", json_integer(samples));
}

int measure_pilot(struct cli *cli, const struct measure *m, json_t *cells, struct measured *out,
		  struct error *e)
{
	const struct run_rules rules = { .pilot = true };
	const unsigned int layouts = m->kernels.layouts ? m->kernels.layouts : 1;
	unsigned int blocks = m->pilot ? m->pilot : PILOT_BLOCKS;

	/* twice each, else boots and builds cannot be told apart */
	if (layouts > 1 && blocks < 2 * layouts)
		blocks = 2 * layouts;
	set_samples(cells, m->samples ? m->samples : PILOT_SAMPLES);
	ui_say("pilot: %u boots of each kernel, to plan with; they are not part of the comparison",
	       blocks);
	return measure_boots(cli, m, &rules, cells, blocks, out, e);
}

int measure_detect(struct cli *cli, const struct measure *m, json_t *cells, struct measured *out,
		   struct error *e)
{
	struct planned p __cleanup(planned_release) = { 0 };
	struct run_rules rules = m->rules;
	int rc = planned_make(out->store, m, out->kernels, out->n_kernels, cells, 0, &p, e);

	if (!rc && planned_wants_pilot(&p)) {
		planned_release(&p);
		rc = measure_pilot(cli, m, cells, out, e);
		if (!rc)
			rc = planned_make(out->store, m, out->kernels, out->n_kernels, cells, 0, &p,
					  e);
	}
	if (rc)
		return rc;
	ui_clear();
	if (m->plan_out)
		planned_print(&p, m->plan_out);
	if (m->plan_out)
		fputc('\n', m->plan_out);
	if (!p.found)
		return planned_refusal(&p, e);
	set_samples(cells, p.plan.samples);
	rules.power = p.q.power;
	rules.blocks = planned_blocks(&p);
	return measure_boots(cli, m, &rules, cells, rules.blocks, out, e);
}

/*
 * Whether the comparison with PATCHED has nothing open that the rules ask about. A difference that
 * the sign-flip test does not see (of five blocks it sees none) is no reason to end early.
 */
static int decided(const struct measured *md, const struct kernel *patched, bool *yes,
		   struct error *e)
{
	const struct compare_query q = {
		.baseline = md->kernels[0].group,
		.patched = patched->group,
		.run_id = md->run_id,
	};
	struct comparison c = { 0 };
	bool any_named = false;
	int rc = compare_load(md->store, &q, &c, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < c.n_cells; i++)
		any_named |= c.cells[i].named;
	for (size_t i = 0; i < c.n_cells; i++) {
		const struct compare_cell *cell = &c.cells[i];

		if (any_named ? cell->named : cell->headline)
			*yes &= cell->verdict != VERDICT_INCONCLUSIVE && !cell->j.fragile;
	}
	comparison_release(&c);
	return 0;
}

/* One that has lost all of its boots so far is not decided, and no reason to end either. */
static int all_decided(const struct measured *md, bool *yes, struct error *e)
{
	*yes = true;
	for (size_t i = 1; i < md->n_kernels && *yes; i++) {
		int rc = decided(md, &md->kernels[i], yes, e);

		if (rc == -ENODATA)
			*yes = false;
		else if (rc)
			return rc;
	}
	return 0;
}

int measure_looks(struct cli *cli, const struct measure *m, const struct run_rules *rules,
		  struct plan *plan, const struct run_sink *sink, struct measured *out,
		  struct error *e)
{
	const size_t kernels = plan->n_kernels;
	const unsigned int blocks = (unsigned int)(plan->n_boots / kernels);
	struct run_rules now = *rules;
	bool yes = false;
	int rc = 0;

	for (now.look = 1; now.look <= now.looks && !yes && !rc; now.look++) {
		now.looked_at = (blocks * now.look + now.looks - 1) / now.looks;
		plan->end = now.looked_at * kernels;
		rc = run_plan(&cli->runner, m->target, plan, sink, e);
		plan->first = plan->end;
		if (!rc)
			rc = rules_store(out->store, out->run_id, &now, e);
		if (!rc)
			rc = all_decided(out, &yes, e);
		if (!rc)
			ui_say("look %u of %u, after %u blocks: %s", now.look, now.looks,
			       now.looked_at,
			       yes		       ? "everything is decided"
			       : now.look == now.looks ? "the last one"
						       : "not everything is decided");
	}
	return rc;
}

int measure_plan(struct cli *cli, const struct measure *m, int64_t from, struct measured *out,
		 struct planned *p, struct error *e)
{
	json_t *cells __json = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = measure_check(cli, m, &cells, e);
	if (!rc)
		rc = check_headline(m, cells, e);
	if (!rc && !from && measure_exact(m))
		return 1;
	if (!rc && !from)
		rc = measure_check_rules(m, cells, e);
	if (!rc && !m->pilot && !fs_exists(cli->store_path))
		return error_set(e, ENODATA,
				 "%s: nothing measured yet: --pilot 5 measures a few boots to plan "
				 "with",
				 cli->store_path);
	if (!rc && m->pilot)
		rc = measure_prepare(cli, m, out, e);
	else if (!rc)
		rc = store_open(cli->store_path, &out->store, e);
	if (!rc && m->pilot)
		rc = measure_pilot(cli, m, cells, out, e);
	else if (!rc)
		rc = measure_resolve(cli, m, out, e);
	if (!rc && m->kernels.layouts > 1)
		rc = layouts_check_built(out->kernels, out->n_kernels, e);
	if (rc)
		return rc;
	return planned_make(out->store, m, out->kernels, out->n_kernels, cells, from, p, e);
}
