// SPDX-License-Identifier: GPL-2.0-or-later
/* From names on the command line to samples in the store. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cost_inline.h"
#include "cli/each_patch.h"
#include "cli/measure_parts.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/units.h"
#include "runner/arch.h"
#include "runner/cost/watch.h"
#include "runner/lock.h"
#include "runner/machine.h"
#include "runner/plan.h"
#include "runner/room.h"
#include "runner/source.h"

/*
 * Defaults. Exact plans repeat to the instruction: three boots show that they
 * do. Elsewhere eight blocks of ten samples are a start, not a plan (--detect): with five or fewer
 * the sign-flip test cannot find anything, and one may be lost. One kernel alone is not tested.
 */
#define BOOTS_EXACT   3
#define BOOTS_MANY    2 /* of more than MANY kernels: enough to see that figures repeat */
#define MANY	      8
#define SAMPLES_EXACT 3
#define BOOTS_TIME    8
#define BOOTS_ALONE   5
#define SAMPLES_TIME  10
#define HANG_S	      120
#define SEED	      1

/* Architectures that are asked for are looked at before anything is fetched or built for them. */
static int measure_probe(const struct cli *cli, const struct measure *m, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < m->kernels.n && !rc; i++) {
		const char *name = m->kernels.v[i].arch;
		const struct arch *a = name ? arch_find(name, e) : NULL;

		rc = name && !a ? -EINVAL : m->target->probe(&cli->runner, a, e);
		/* before a kernel is built for it */
		if (!rc && m->cost && (a || arch_host()))
			rc = cost_ready(&cli->runner, a ? a : arch_host(), e);
	}
	return rc;
}

/* On a target that boots kernels the running one is what its image is. */
static int check_kernel(const struct target *t, struct kernel_spec *k, struct error *e)
{
	bool running = !strcmp(k->name, "running");
	char *image;
	int rc;

	if (t->boots_kernels != running)
		return 0;
	if (!running)
		return error_set(e, EINVAL,
				 "target %s measures the running kernel only, not %s (use --on "
				 "qemu)",
				 t->name, k->name);
	rc = source_running_image(&image, e);
	if (rc < 0)
		return error_prefix(e, rc, "target %s boots kernels", t->name);
	free(k->name);
	k->name = image;
	return 0;
}

/* Instructions are counted from outside, by the emulator: other targets have nobody to do so. */
static int check_cost(const struct measure *m, struct error *e)
{
	const char *option = m->stacks ? "stacks" : "cost";

	if (!m->cost)
		return 0;
	if (!m->target->exact)
		return error_set(
			e, EINVAL,
			"target %s: --%s wants the emulator that counts instructions (--on "
			"qemu)",
			m->target->name, option);
	if (m->kernels.layouts)
		return error_set(e, EINVAL,
				 "--%s and --layouts do not go together: where functions lie "
				 "changes when they run, not what they execute",
				 option);
	if (m->cpus > 1)
		ui_say("several CPUs run side by side: what is counted on them does not repeat");
	return 0;
}

static int check_target(const struct cli *cli, const struct measure *m, struct error *e)
{
	unsigned int fit;
	int rc = 0;

	for (size_t i = 0; i < m->kernels.n && !rc; i++)
		rc = check_kernel(m->target, &m->kernels.v[i], e);
	if (rc < 0)
		return rc;
	rc = check_cost(m, e);
	if (rc)
		return rc;
	if (m->memory_mib && !m->target->boots_kernels)
		return error_set(e, EINVAL,
				 "target %s has the memory of this machine: --memory is for guests",
				 m->target->name);
	if ((m->cpus || m->nodes) && !m->target->boots_kernels)
		return error_set(e, EINVAL,
				 "target %s has the CPUs of this machine: --%s is for guests",
				 m->target->name, m->nodes ? "nodes" : "cpus");
	rc = measure_probe(cli, m, e);
	if (!rc && m->memory_mib)
		rc = room_memory(m->memory_mib, 1, &fit, e);
	return rc ? error_prefix(e, rc, "target %s", m->target->name) : 0;
}

/*
 * Where the machine itself is measured one run has it, from before anything is stored
 * to the end; the agent inherits the lock, so that a killed foliobench's is waited for.
 */
static int claim_machine(struct cli *cli, const struct measure *m, struct measured *out,
			 struct error *e)
{
	char *path __free = xasprintf("%s.lock", cli->journal_path);
	char *folder __free = xstrdup(path);
	int rc;

	if (m->target->boots_kernels)
		return 0;
	rc = fs_mkdirs(dirname(folder), e);
	if (!rc)
		rc = lock_file_try(path, &out->machine_lock, e);
	if (!rc)
		rc = cli_put_back(cli, e);
	if (rc == -EWOULDBLOCK || rc == -EBUSY)
		return error_set(e, EBUSY, "another run is measuring on this machine; wait for it");
	return rc;
}

/* Boots the plan; the run's row in the store is closed whatever happens. */
static int run_and_store(struct cli *cli, const struct measure *m, const struct run_rules *rules,
			 struct plan *plan, struct measured *out, struct error *e)
{
	json_t *host __json = machine_describe(&cli->runner);
	struct store_sink ss = { 0 };
	struct run_sink sink;
	struct error ignored, left;
	int rc, end;

	rc = store_run_begin(out->store, cli->command, m->target->name, host, plan->seed,
			     &out->run_id, e);
	if (rc)
		return rc;
	rc = rules_store(out->store, out->run_id, rules, e);
	if (!rc && out->n_steps)
		rc = steps_store(out->store, out->run_id, out->steps, out->n_steps, e);
	ss.store = out->store;
	ss.run_id = out->run_id;
	sink = measure_sink(&ss);
	cli_hold(true);
	if (!rc && rules->looks > 1)
		rc = measure_looks(cli, m, rules, plan, &sink, out, e);
	else if (!rc)
		rc = run_plan(&cli->runner, m->target, plan, &sink, e);
	/* of an agent that had to be killed, or died */
	end = m->target->boots_kernels ? 0 : cli_put_back(cli, &left);
	cli_hold(false);
	if (end && rc)
		ui_say("%s", left.msg);
	else if (end)
		rc = error_set(e, -end, "%s", left.msg);
	out->boots_ok = ss.ok;
	out->boots_bad = ss.bad;
	end = store_run_end(out->store, out->run_id,
			    rc == -ECANCELED ? "interrupted"
			    : rc	     ? "failed"
					     : "complete",
			    rc ? &ignored : e);
	return rc ? rc : end;
}

/* N_IMAGES are those that boot; each layout of a kernel does so once at least. */
static unsigned int boots_of(const struct measure *m, bool exact, size_t n_images)
{
	const unsigned int layouts = m->kernels.layouts ? m->kernels.layouts : 1;
	unsigned int boots = exact ? BOOTS_EXACT : n_images > layouts ? BOOTS_TIME : BOOTS_ALONE;

	if (m->boots)
		boots = m->boots;
	else if (exact && m->kernels.each_patch && n_images / layouts > MANY)
		boots = BOOTS_MANY;
	if (boots >= layouts)
		return boots;
	ui_say("%u boots of each kernel: one of each layout", layouts);
	return layouts;
}

/* Boots are not spent on counts that could not be shown as they were asked for. */
static int check_debug_info(const struct measured *md, struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < md->n_kernels && !rc; i++) {
		struct cost_inline one __cleanup(cost_inline_close) = { 0 };

		rc = cost_inline_open(&md->kernels[i], 1, &one, e);
	}
	return rc;
}

bool measure_exact(const struct measure *m)
{
	const struct plan shape = { .cpus = m->cpus };

	return plan_exact(&shape, m->target);
}

static unsigned int samples_of(const struct measure *m)
{
	return m->samples ? m->samples : measure_exact(m) ? SAMPLES_EXACT : SAMPLES_TIME;
}

int measure_check(struct cli *cli, const struct measure *m, json_t **cells, struct error *e)
{
	int rc = measure_cells(m, samples_of(m), cells, e);

	return rc ? rc : check_target(cli, m, e);
}

int measure_prepare(struct cli *cli, const struct measure *m, struct measured *out, struct error *e)
{
	int rc = claim_machine(cli, m, out, e);

	if (!rc)
		rc = cli_session(cli, e);
	if (!rc)
		rc = store_open(cli->store_path, &out->store, e);
	if (!rc)
		rc = measure_kernels(cli, m, out, e);
	if (!rc && m->debug_info)
		rc = check_debug_info(out, e);
	return rc;
}

int measure_boots(struct cli *cli, const struct measure *m, const struct run_rules *rules,
		  json_t *cells, unsigned int boots, struct measured *out, struct error *e)
{
	struct plan plan;
	int rc = plan_make(&plan, out->kernels, out->n_kernels, cells, boots,
			   m->seed ? m->seed : SEED, e);

	if (rc)
		return rc;
	plan.hang_s = m->hang_s ? m->hang_s : HANG_S;
	if (m->memory_mib)
		plan.memory_mib = m->memory_mib;
	plan.cpus = m->cpus;
	plan.nodes = m->nodes;
	plan.cost = m->cost;
	plan.stacks = m->stacks;
	strv_copy(&plan.events, &m->events);
	rc = run_and_store(cli, m, rules, &plan, out, e);
	plan_release(&plan);
	return rc;
}

int measure_run(struct cli *cli, const struct measure *m, struct measured *out, struct error *e)
{
	json_t *cells __json = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = measure_check(cli, m, &cells, e);
	if (!rc)
		rc = measure_check_rules(m, cells, e);
	if (!rc)
		rc = measure_prepare(cli, m, out, e);
	if (rc)
		return rc;
	if (m->rules.detect > 0)
		return measure_detect(cli, m, cells, out, e);
	return measure_boots(cli, m, &m->rules, cells,
			     boots_of(m, measure_exact(m), out->n_kernels), out, e);
}

void measured_release(struct measured *m)
{
	for (size_t i = 0; i < m->n_kernels; i++)
		kernel_release(&m->kernels[i]);
	free(m->kernels);
	each_patch_steps_free(m->steps, m->n_steps);
	if (m->machine_lock > 0)
		close(m->machine_lock);
	store_close(m->store);
	m->store = NULL;
}
