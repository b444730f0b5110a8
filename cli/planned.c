// SPDX-License-Identifier: GPL-2.0-or-later
/* From the store's variances and floors to a plan; see planned.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/planned.h"
#include "lib/cleanup.h"
#include "results/judge.h"
#include "results/rules.h"
#include "runner/machine.h"
#include "runner/plan.h"

/* What a guest has unless it is asked otherwise; see target_*.c. */
static unsigned int usual_cpus(const struct target *t)
{
	return !t->boots_kernels ? 0 : t->exact ? 1 : 2;
}

static int load_variances(struct store *s, const struct measure *m, const struct kernel *kernels,
			  size_t n_kernels, json_t *cells, int64_t run_id, struct variances *out,
			  struct error *e)
{
	const char **hashes __free = xcalloc(n_kernels + 1, sizeof(*hashes));
	json_t *host __json = machine_describe(NULL);
	const bool guest = m->target->boots_kernels;
	const struct variance_query q = {
		.hashes = hashes,
		.n_hashes = n_kernels,
		.run_id = run_id,
		.target = m->target->name,
		.host = host,
		.cpus = m->cpus ? m->cpus : usual_cpus(m->target),
		.nodes = m->nodes ? m->nodes : guest,
		.memory_mib = m->memory_mib ? m->memory_mib
			      : guest	    ? PLAN_MEMORY_MIB
					    : 0,
		.cells = cells,
	};

	for (size_t i = 0; i < n_kernels; i++)
		hashes[i] = kernels[i].group ? kernels[i].group : kernels[i].hash;
	return variances_load(s, &q, out, e);
}

static bool is_named(const struct run_rules *r, const struct variance_cell *c)
{
	bool named = false;

	strv_for_each(&r->headline, it)
		named |= rules_names(*it, c->case_name, c->params, c->metric);
	return named;
}

/* Of one build of each kernel what another build shows by chance counts, too. */
static double floor_of(const struct planned *p, const struct variance_cell *c)
{
	const struct floor *f =
		floor_find(p->floors, p->n_floors, c->case_name, c->params, c->metric, c->unit);

	if (!f)
		return -1;
	return p->q.layouts > 1 ? f->reboot : fmax(f->reboot, f->rebuild);
}

static void add_size(struct planned *p, size_t cell)
{
	struct planned_cell *c = &p->cells[cell];

	c->size = p->n_sizes++;
	p->sizes[c->size] = c->var->size;
	p->sizes[c->size].floor = c->floor > 0 ? log1p(c->floor) : 0;
	p->of_size[c->size] = cell;
}

/* The level is shared by all that may be called different, whether or not it can be shown. */
static void sort_cells(struct planned *p, const struct run_rules *r)
{
	size_t sharing = 0;

	p->cells = xcalloc(p->var.n + 1, sizeof(*p->cells));
	p->sizes = xcalloc(p->var.n + 1, sizeof(*p->sizes));
	p->of_size = xcalloc(p->var.n + 1, sizeof(*p->of_size));
	for (size_t i = 0; i < p->var.n; i++) {
		struct planned_cell *c = &p->cells[i];

		c->var = &p->var.v[i];
		c->floor = floor_of(p, c->var);
		c->named = is_named(r, c->var);
		if (c->var->exact)
			c->state = PLANNED_EXACT;
		else if (r->headline.n && !c->named)
			c->state = PLANNED_UNNAMED;
		else if (c->floor >= p->effect)
			c->state = PLANNED_FLOOR;
		sharing += c->state == PLANNED || c->state == PLANNED_FLOOR;
		if (c->state == PLANNED)
			add_size(p, i);
	}
	p->q.alpha = JUDGE_ALPHA / (double)(sharing ? sharing : 1);
}

static void find_builds(struct planned *p)
{
	struct size_query q = p->q;

	p->has_builds = p->n_sizes > 0;
	for (size_t i = 0; i < p->n_sizes; i++)
		p->has_builds &= !isnan(p->sizes[i].build);
	if (!p->has_builds || p->q.layouts > 1 || p->q.looks > 1)
		return;
	q.free_layouts = true;
	p->found_builds = size_plan(p->sizes, p->n_sizes, &q, &p->builds);
}

static void make(struct planned *p)
{
	p->found = p->n_sizes && size_plan(p->sizes, p->n_sizes, &p->q, &p->plan);
	find_builds(p);
	for (size_t i = 0; i < p->var.n; i++) {
		struct planned_cell *c = &p->cells[i];

		size_repetitions(&c->var->size, &p->q, &c->samples, &c->boots);
		if (c->state == PLANNED && p->found)
			c->units = size_units(&p->sizes[c->size], &p->q, p->plan.boots,
					      p->plan.samples);
	}
}

static void take_kernels(struct planned *p, const struct measure *m, const struct kernel *kernels,
			 size_t n)
{
	p->build_s = -1;
	for (size_t i = 0; i < n; i++) {
		p->to_build += !kernels[i].built && !kernels[i].running;
		if (kernels[i].build_s > p->build_s && kernels[i].build_s > 0)
			p->build_s = kernels[i].build_s;
	}
	p->q.kernels = m->again ? 2 * (unsigned int)m->kernels.n : (unsigned int)m->kernels.n;
}

int planned_make(struct store *s, const struct measure *m, const struct kernel *kernels,
		 size_t n_kernels, json_t *cells, int64_t run_id, struct planned *out,
		 struct error *e)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->effect = m->rules.detect;
	out->target = m->target->name;
	out->q.effect = log1p(m->rules.detect);
	out->q.power = m->rules.power > 0 ? m->rules.power : JUDGE_POWER;
	out->q.samples = m->samples;
	out->q.layouts = m->kernels.layouts;
	out->q.looks = m->rules.looks;
	take_kernels(out, m, kernels, n_kernels);
	rc = load_variances(s, m, kernels, n_kernels, cells, run_id, &out->var, e);
	if (!rc && out->var.machine)
		rc = floors_load(s, out->var.machine, &out->floors, &out->n_floors, e);
	if (rc) {
		planned_release(out);
		return rc;
	}
	/* where nothing is known of times, boots count and samples do not */
	out->q.boot_s = out->var.boot_s >= 0 ? out->var.boot_s : 1;
	out->q.sample_s = out->var.sample_s >= 0 ? out->var.sample_s : 0.1;
	out->q.build_s = out->build_s > 0 ? out->build_s : 0;
	sort_cells(out, &m->rules);
	make(out);
	return 0;
}

void planned_release(struct planned *p)
{
	variances_release(&p->var);
	floors_free(p->floors, p->n_floors);
	free(p->cells);
	free(p->sizes);
	free(p->of_size);
	memset(p, 0, sizeof(*p));
}

unsigned int planned_blocks(const struct planned *p)
{
	return p->plan.builds * p->plan.boots;
}

double planned_seconds(const struct planned *p, const struct size_plan *plan)
{
	struct size_query q = p->q;
	double builds;

	/* those in the cache are not built again */
	builds = p->to_build + (double)q.kernels * (plan->builds - 1.);
	q.build_s = 0;
	return size_seconds(&q, plan->builds, plan->boots, plan->samples) +
	       builds * fmax(p->build_s, 0);
}

bool planned_wants_pilot(const struct planned *p)
{
	bool builds_unknown = false;

	for (size_t i = 0; i < p->n_sizes; i++)
		builds_unknown |= isnan(p->sizes[i].build);
	return !p->var.n || p->var.missing.n || (p->q.layouts > 1 && builds_unknown);
}

int planned_refusal(const struct planned *p, struct error *e)
{
	const struct variance_cell *c;

	if (!p->var.n)
		return error_set(e, ENODATA,
				 "the store has nothing of these cells on %s: --pilot 5 measures a "
				 "few boots to plan with",
				 p->target);
	if (!p->n_sizes)
		return error_set(e, ENODATA,
				 "no cell is left to plan for: all have floors of %g%% or more, or "
				 "repeat exactly (foliobench plan lists them)",
				 100 * p->effect);
	c = p->cells[p->of_size[p->plan.decides]].var;
	if (p->q.layouts > 1 && isnan(c->size.build))
		return error_set(e, ENODATA,
				 "%s: nothing is known of its builds: measure some with --layouts "
				 "2 or more first (--pilot 5)",
				 c->case_name);
	if (p->q.layouts > 1)
		return error_set(e, ENODATA,
				 "%u builds cannot show %g%% of %s, with any number of boots: more "
				 "--layouts, or a larger --detect",
				 p->q.layouts, 100 * p->effect, c->case_name);
	return error_set(e, ENODATA, "no number of boots shows %g%% of %s: a larger --detect",
			 100 * p->effect, c->case_name);
}
