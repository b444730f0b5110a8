// SPDX-License-Identifier: GPL-2.0-or-later
/* From names on the command line to samples in the store. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/events.h"
#include "cli/measure.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/params.h"
#include "lib/units.h"
#include "runner/lock.h"
#include "runner/machine.h"
#include "runner/plan.h"
#include "runner/room.h"

/*
 * Defaults. Exact plans repeat to the instruction: three boots show that they
 * do. Elsewhere five boots of ten samples are a start, not a plan.
 */
#define BOOTS_EXACT   3
#define SAMPLES_EXACT 3
#define BOOTS_TIME    5
#define SAMPLES_TIME  10
#define HANG_S	      120
#define SEED	      1
#define MEMORY_MIN    ((uint64_t)512 << 20)
#define MEMORY_MAX    ((uint64_t)1 << 40)
#define CPUS_MAX      64
#define NODES_MAX     8

enum {
	OPT_BOOTS = 256,
	OPT_SAMPLES,
	OPT_SEED,
	OPT_ON,
	OPT_HANG,
	OPT_MEMORY,
	OPT_CPUS,
	OPT_NODES,
	OPT_EVENTS
};

static const struct argp_option options[] = {
	{ "on", OPT_ON, "TARGET", 0, "Where to run: see foliobench list targets", 0 },
	{ "boots", OPT_BOOTS, "N", 0,
	  "Boots of each kernel (default 3; 5 where figures do not repeat)", 0 },
	{ "samples", OPT_SAMPLES, "N", 0,
	  "Samples of each cell in a boot (default 3; 10 where figures do not repeat)", 0 },
	{ "seed", OPT_SEED, "N", 0, "Of the order of boots and cells (default 1)", 0 },
	{ "hang-after", OPT_HANG, "SECONDS", 0, "A boot silent for so long is lost (default 120)",
	  0 },
	{ "memory", OPT_MEMORY, "SIZE", 0, "Of a guest, 512M to 1T (default 1G)", 0 },
	{ "cpus", OPT_CPUS, "N", 0,
	  "Of a guest, 1 to 64 (default 1, kvm 2); with more than one, qemu measures time", 0 },
	{ "nodes", OPT_NODES, "N", 0,
	  "NUMA nodes of a guest, 1 to 8, that share its CPUs and memory (default 1)", 0 },
	{ "events", OPT_EVENTS, "LIST", 0,
	  "Count these too, named as perf list does: tlb:tlb_flush,branch-misses:k; their cost is "
	  "in what is timed",
	  0 },
	{ 0 },
};

static void parse_events(struct argp_state *state, struct measure *m, const char *arg)
{
	struct error e;

	if (events_parse(arg, &m->events, &e))
		cli_usage(state, "--events: %s", e.msg);
}

static unsigned int parse_memory(struct argp_state *state, const char *arg)
{
	uint64_t bytes;

	if (parse_size(arg, &bytes) || bytes < MEMORY_MIN || bytes > MEMORY_MAX ||
	    bytes % (1 << 20))
		cli_usage(state, "--memory %s: wants a size from 512M to 1T, whole megabytes", arg);
	return (unsigned int)(bytes >> 20);
}

/* Each node has as many CPUs as the others; none named: one each. */
static void check_shape(const struct argp_state *state, struct measure *m)
{
	if (!m->nodes)
		return;
	if (!m->cpus && m->nodes > 1)
		m->cpus = m->nodes;
	if (m->cpus && m->cpus < m->nodes)
		cli_usage(state, "--nodes %u: wants at least as many --cpus, not %u", m->nodes,
			  m->cpus);
	if (m->cpus % m->nodes)
		cli_usage(state, "--cpus %u: wants a multiple of --nodes %u", m->cpus, m->nodes);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct measure *m = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &m->kernels;
		return 0;
	case OPT_ON:
		m->target = target_find(arg);
		if (!m->target)
			cli_usage(state, "--on %s: no such target (see foliobench list targets)",
				  arg);
		return 0;
	case OPT_BOOTS:
		m->boots = cli_uint(state, "--boots", arg, 1, 1000);
		return 0;
	case OPT_SAMPLES:
		m->samples = cli_uint(state, "--samples", arg, 1, 100000);
		return 0;
	case OPT_SEED:
		m->seed = cli_uint(state, "--seed", arg, 1, UINT32_MAX);
		return 0;
	case OPT_HANG:
		m->hang_s = cli_uint(state, "--hang-after", arg, 1, 86400);
		return 0;
	case OPT_MEMORY:
		m->memory_mib = parse_memory(state, arg);
		return 0;
	case OPT_EVENTS:
		parse_events(state, m, arg);
		return 0;
	case OPT_CPUS:
		m->cpus = cli_uint(state, "--cpus", arg, 1, CPUS_MAX);
		return 0;
	case OPT_NODES:
		m->nodes = cli_uint(state, "--nodes", arg, 1, NODES_MAX);
		return 0;
	case ARGP_KEY_END:
		check_shape(state, m);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &kernel_words_argp, 0, NULL, 0 }, { 0 } };

const struct argp measure_argp = { .options = options,
				   .parser = parse_option,
				   .children = children };

void measure_word(struct measure *m, const char *word)
{
	struct strv *words = strchr(word, '=') ? &m->params : &m->cases;

	if (!strv_contains(words, word))
		strv_add(words, word);
}

void measure_release(struct measure *m)
{
	kernel_words_release(&m->kernels);
	strv_release(&m->cases);
	strv_release(&m->params);
	strv_release(&m->events);
}

static int unknown_case(const char *name, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };

	for (size_t i = 0; bench_cases[i]; i++)
		strbuf_addf(&sb, "%s%s", i ? ", " : "", bench_cases[i]->name);
	return error_set(e, EINVAL, "no case '%s'; there are %s", name, strbuf_str(&sb));
}

/* Every assignment must be for a param that at least one chosen case has. */
static int check_params(const struct strv *params, const struct strv *cases, struct error *e)
{
	strv_for_each(params, p) {
		size_t len = strcspn(*p, "=");
		bool found = false;

		strv_for_each(cases, c)
			found |=
				param_find(bench_case_params(bench_case_find(*c)), *p, len) != NULL;
		if (!found)
			return error_set(e, EINVAL,
					 "%s: none of the chosen cases has a param '%.*s'"
					 " (see foliobench list cases)",
					 *p, (int)len, *p);
	}
	return 0;
}

/* Appends all cells of one case to the plan's list. */
static int add_cells(const struct bench_case *bc, const struct strv *params, unsigned int samples,
		     json_t *cells, struct error *e)
{
	struct param_set *sets __free = NULL;
	size_t n;
	int rc = params_expand(bench_case_params(bc), params, &sets, &n, e);

	if (rc)
		return error_prefix(e, rc, "case %s", bc->name);
	for (size_t i = 0; i < n; i++) {
		json_t *cell = json_object();

		json_object_set_new(cell, "cell", json_integer((json_int_t)json_array_size(cells)));
		json_object_set_new(cell, "case", json_string(bc->name));
		json_object_set_new(cell, "params", params_to_json(&sets[i]));
		json_object_set_new(cell, "samples", json_integer(samples));
		json_array_append_new(cells, cell);
	}
	return 0;
}

static int make_cells(const struct measure *m, unsigned int samples, json_t **out, struct error *e)
{
	struct strv names __strv = { 0 };
	json_t *cells __json = json_array();
	int rc;

	if (m->cases.n)
		strv_copy(&names, &m->cases);
	for (size_t i = 0; !m->cases.n && bench_cases[i]; i++)
		strv_add(&names, bench_cases[i]->name);
	strv_for_each(&names, it) {
		if (!bench_case_find(*it))
			return unknown_case(*it, e);
	}
	rc = check_params(&m->params, &names, e);
	for (size_t i = 0; i < names.n && !rc; i++)
		rc = add_cells(bench_case_find(names.v[i]), &m->params, samples, cells, e);
	if (rc)
		return rc;
	*out = take_ptr(cells);
	return 0;
}

static int check_target(const struct cli *cli, const struct measure *m, struct error *e)
{
	unsigned int fit;
	int rc;

	for (size_t i = 0; i < m->kernels.n; i++) {
		const char *name = m->kernels.v[i].name;
		bool running = !strcmp(name, "running");

		if (m->target->boots_kernels == running)
			return error_set(
				e, EINVAL,
				running ? "target %s boots kernels, it cannot run the running "
					  "one (use --on local)"
					: "target %s measures the running kernel only, not "
					  "%s (use --on qemu)",
				m->target->name, name);
	}
	if (m->memory_mib && !m->target->boots_kernels)
		return error_set(e, EINVAL,
				 "target %s has the memory of this machine: --memory is for guests",
				 m->target->name);
	if ((m->cpus || m->nodes) && !m->target->boots_kernels)
		return error_set(e, EINVAL,
				 "target %s has the CPUs of this machine: --%s is for guests",
				 m->target->name, m->nodes ? "nodes" : "cpus");
	rc = m->target->probe(&cli->runner, e);
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

/* Boots are told apart by their kernel: two names for one would be mixed up. */
static int check_different(const struct measured *md, struct error *e)
{
	for (size_t i = 1; i < md->n_kernels; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct kernel *a = &md->kernels[j], *b = &md->kernels[i];

			if (!strcmp(a->group, b->group))
				return error_set(
					e, EINVAL,
					"%s and %s are the same kernel (%.12s); to see how its "
					"boots differ: foliobench run CASE --kernel %s",
					a->name, b->name, a->hash, a->name);
		}
	}
	return 0;
}

/* Resolves all names first, so that a typo in the last one costs nothing. */
static int make_kernels(struct cli *cli, const struct measure *m, struct measured *out,
			struct error *e)
{
	char took[24];
	int rc = 0;

	if (m->kernels.n > KERNELS_MAX)
		return error_set(e, EINVAL, "at most %d kernels at once", KERNELS_MAX);
	out->kernels = xcalloc(m->kernels.n, sizeof(*out->kernels));
	for (size_t i = 0; i < m->kernels.n; i++) {
		rc = kernel_resolve(&cli->runner, &m->kernels.v[i], &out->kernels[i], e);
		out->n_kernels = i + 1;
		if (rc)
			return error_prefix(e, rc, "kernel %s", m->kernels.v[i].name);
	}
	rc = check_different(out, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < out->n_kernels; i++) {
		struct kernel *k = &out->kernels[i];
		bool was_built = k->built;

		rc = kernel_build(&cli->runner, k, i ? &out->kernels[0] : NULL, e);
		if (rc)
			return error_prefix(e, rc, "kernel %s", k->name);
		if (k->running)
			continue;
		if (was_built)
			ui_say("kernel %s: %s, from the cache (%.12s)", k->name, k->release,
			       k->hash);
		else
			ui_say("kernel %s: %s, ready in %s (%.12s)", k->name, k->release,
			       format_seconds(took, sizeof(took), k->build_s), k->hash);
	}
	return 0;
}

/* "debian:" and "7.3.4-1" make "debian:7.3.4-1": what a person can ask for again. */
static void exact_source(const struct kernel *k, struct strbuf *out)
{
	size_t scheme = strcspn(k->source, ":");

	if (k->source_version && k->source[scheme])
		strbuf_addf(out, "%.*s:%s", (int)scheme, k->source, k->source_version);
	else
		strbuf_addstr(out, k->source);
}

static struct store_kernel store_kernel_of(const struct kernel *k, struct strbuf *inputs,
					   struct strbuf *source)
{
	if (k->inputs)
		fs_read(k->inputs, inputs, NULL);
	exact_source(k, source);
	return (struct store_kernel){
		.name = k->name,
		.hash = k->group ? k->group : k->hash,
		.arch = k->arch,
		.release = k->release,
		.source = strbuf_str(source),
		.description = k->description,
		.inputs = inputs->len ? strbuf_str(inputs) : NULL,
	};
}

static int sink_begin(void *data, const struct boot_info *info, int64_t *id, struct error *e)
{
	struct store_sink *s = data;
	struct strbuf inputs __strbuf = { 0 };
	struct strbuf source __strbuf = { 0 };
	struct store_boot b = {
		.run_id = s->run_id,
		.kernel = store_kernel_of(info->kernel, &inputs, &source),
		.target = info->target,
		.block = info->block,
		.number = info->number,
		.console = info->console,
		.facts = info->facts,
	};

	return store_boot_begin(s->store, &b, id, e);
}

static int sink_record(void *data, int64_t id, const struct record *rec, struct error *e)
{
	struct store_sink *s = data;

	return store_record(s->store, id, rec, e);
}

static int sink_end(void *data, int64_t id, const struct boot_result *res, struct error *e)
{
	struct store_sink *s = data;

	if (res->state == BOOT_OK) {
		s->ok++;
	} else {
		s->bad++;
		ui_say("boot %s: %s", boot_state_name(res->state), res->why);
	}
	return store_boot_end(s->store, id, boot_state_name(res->state), res->why, res->seconds,
			      res->first_sample_s, e);
}

struct run_sink measure_sink(struct store_sink *s)
{
	return (struct run_sink){
		.boot_begin = sink_begin,
		.record = sink_record,
		.boot_end = sink_end,
		.data = s,
	};
}

/* Boots the plan; the run's row in the store is closed whatever happens. */
static int run_and_store(struct cli *cli, const struct measure *m, const struct plan *plan,
			 struct measured *out, struct error *e)
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
	ss.store = out->store;
	ss.run_id = out->run_id;
	sink = measure_sink(&ss);
	cli_hold(true);
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

int measure_run(struct cli *cli, const struct measure *m, struct measured *out, struct error *e)
{
	struct plan plan = { .cpus = m->cpus };
	bool exact = plan_exact(&plan, m->target);
	unsigned int boots = m->boots ? m->boots : exact ? BOOTS_EXACT : BOOTS_TIME;
	unsigned int samples = m->samples ? m->samples : exact ? SAMPLES_EXACT : SAMPLES_TIME;
	json_t *cells __json = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = make_cells(m, samples, &cells, e);
	if (!rc)
		rc = check_target(cli, m, e);
	if (!rc)
		rc = claim_machine(cli, m, out, e);
	if (!rc)
		rc = cli_session(cli, e);
	if (!rc)
		rc = store_open(cli->store_path, &out->store, e);
	if (!rc)
		rc = make_kernels(cli, m, out, e);
	if (rc)
		return rc;
	rc = plan_make(&plan, out->kernels, out->n_kernels, cells, boots, m->seed ? m->seed : SEED,
		       e);
	if (rc)
		return rc;
	plan.hang_s = m->hang_s ? m->hang_s : HANG_S;
	if (m->memory_mib)
		plan.memory_mib = m->memory_mib;
	plan.cpus = m->cpus;
	plan.nodes = m->nodes;
	strv_copy(&plan.events, &m->events);
	rc = run_and_store(cli, m, &plan, out, e);
	plan_release(&plan);
	return rc;
}

void measured_release(struct measured *m)
{
	for (size_t i = 0; i < m->n_kernels; i++)
		kernel_release(&m->kernels[i]);
	free(m->kernels);
	if (m->machine_lock > 0)
		close(m->machine_lock);
	store_close(m->store);
	m->store = NULL;
}
