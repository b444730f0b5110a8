// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench cost: where the instructions of one kernel went, or what changed between two. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/cost_gate.h"
#include "cli/cost_inline.h"
#include "cli/measure.h"
#include "cli/pair_words.h"
#include "cli/report.h"
#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/flame.h"
#include "results/cost.h"

/*
 * Counts repeat: one window would do. Several of them, in more than one boot, show whether they
 * really do.
 */
#define BOOTS 2

enum { OPT_ALL_METRICS = 1536, OPT_RUN, OPT_STORED, OPT_MAX, OPT_GATE, OPT_EACH_PATCH, OPT_INLINE };

struct cost_args {
	struct measure m;
	struct strv words;
	struct cost_gate_args gate;
	struct cost_view view;
	bool json, all_metrics, stored, inlined;
	int64_t run_id;	  /* of the store; 0: the newest one */
	bool run_kernels; /* none was named: those of the run */
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Every function with a difference, not only 99 % of it", 0 },
	{ "all-metrics", OPT_ALL_METRICS, NULL, 0, "Not only the main ones of a case", 0 },
	{ "each-patch", OPT_EACH_PATCH, NULL, 0,
	  "Count a kernel for each patch of the series: which one adds what", 0 },
	{ "inline", OPT_INLINE, NULL, 0,
	  "Inlined functions by themselves: wants kernels with +debug-info", 0 },
	{ "json", 'j', NULL, 0, "JSON instead of a table", 0 },
	{ "max-increase", OPT_MAX, "PERCENT", 0,
	  "Exit with 1 if anything is executed so much more often: 0.5%", 0 },
	{ "gate", OPT_GATE, "LIST", 0,
	  "What of: instructions, atomics, tlb, barriers, dsb (default), loads, ...", 0 },
	{ "stored", OPT_STORED, NULL, 0, "Measure nothing: what the store has of these", 0 },
	{ "run", OPT_RUN, "N", 0, "The same, of that run", 0 },
	{ 0 },
};

/* What cannot be together. */
static void check(const struct argp_state *state, const struct cost_args *a)
{
	const struct kernel_words *w = &a->m.kernels;

	if (a->stored && (kernel_words_differ(w) || w->config.n || w->arch || w->cc))
		cli_usage(state,
			  "--run and --stored: kernels go by the name or hash that they have "
			  "in the store");
	if (a->inlined && w->each_patch)
		cli_usage(state,
			  "--inline and --each-patch do not go together: name the two kernels");
	if (a->m.stacks && w->each_patch)
		cli_usage(state,
			  "--stacks and --each-patch do not go together: name the two kernels");
	if (a->gate.events && !a->gate.set)
		cli_usage(state, "--gate: wants --max-increase, too");
	if (a->gate.set && w->n < 2 && !w->each_patch && !a->run_kernels)
		cli_usage(state, "--max-increase: wants two kernels, a baseline and a patched one");
}

/* All words are about cells: the run has kernels of its own. */
static void take_cells(const struct argp_state *state, struct cost_args *a)
{
	strv_for_each(&a->words, it) {
		if (!is_measure_word(*it))
			cli_usage(state,
				  a->run_kernels
					  ? "%s: --run is about the run's own kernels where none "
					    "is named first; it is no case"
					  : "%s: with --each-patch, --run and --stored are about "
					    "all kernels of a run; it is no case",
				  *it);
		measure_word(&a->m, *it);
	}
}

static void finish(const struct argp_state *state, struct cost_args *a)
{
	const bool named = a->words.n && !is_measure_word(a->words.v[0]);

	a->run_kernels = a->run_id && !named && !a->m.kernels.each_patch;
	if (a->run_kernels || (a->stored && a->m.kernels.each_patch))
		take_cells(state, a);
	else
		pair_words(state, &a->m, &a->words, true);
	if (!a->m.boots)
		a->m.boots = BOOTS;
	a->m.cost = true;
	check(state, a);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cost_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->m;
		return 0;
	case 'a':
		a->view.all = true;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case OPT_ALL_METRICS:
		a->all_metrics = true;
		return 0;
	case OPT_EACH_PATCH:
		a->m.kernels.each_patch = true;
		return 0;
	case OPT_INLINE:
		a->inlined = true;
		a->m.debug_info = true;
		return 0;
	case OPT_MAX:
		cost_gate_max(state, arg, &a->gate);
		return 0;
	case OPT_GATE:
		cost_gate_events(state, arg, &a->gate);
		return 0;
	case OPT_RUN:
		a->run_id = cli_uint(state, "--run", arg, 1, INT32_MAX);
		a->stored = true;
		return 0;
	case OPT_STORED:
		a->stored = true;
		return 0;
	case ARGP_KEY_ARG:
		strv_add(&a->words, arg);
		return 0;
	case ARGP_KEY_END:
		finish(state, a);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &measure_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "BASELINE PATCHED [CASE...] [PARAM=VALUE[,VALUE...]]...\n"
		    "BASELINE --series PATCHES [CASE...] [PARAM=VALUE[,VALUE...]]...\n"
		    "BASELINE --series PATCHES --each-patch [CASE...] [PARAM=VALUE[,VALUE...]]...\n"
		    "KERNEL [CASE...] [PARAM=VALUE[,VALUE...]]...\n"
		    "--run N [BASELINE [PATCHED]] [CASE...] [PARAM=VALUE[,VALUE...]]...\n"
		    "--stored BASELINE [PATCHED] [CASE...] [PARAM=VALUE[,VALUE...]]...",
	.doc = "Counts every instruction that the kernels execute in the cases, in the emulator "
	       "(qemu): what of it in which function, atomic operations, TLB invalidations, "
	       "barriers; and what is different. Two boots of three samples, which should not "
	       "differ.\vExample: foliobench cost knockout-reuse stock cow-reuse folio=64K",
	.children = children,
};

/* Of WORD, "folio=4K,64K": whether PARAMS (as measured) has one of the values. */
static bool has_value(const json_t *params, const char *word)
{
	struct strv parts __strv = { 0 }, values __strv = { 0 };
	const char *value;

	strv_split(&parts, word, "=");
	if (parts.n != 2)
		return false;
	value = json_string_value(json_object_get(params, parts.v[0]));
	strv_split(&values, parts.v[1], ",");
	return value && strv_contains(&values, value);
}

/* Whether the cell's case has the param that WORD is about. */
static bool has_param(const struct cost_cell *c, const char *word)
{
	char *name __free = xasprintf("%.*s", (int)strcspn(word, "="), word);

	return json_object_get(c->params, name) != NULL;
}

static bool is_of_cases(const struct measure *m, const struct cost_cell *c)
{
	return !m->cases.n || strv_contains(&m->cases, c->case_name);
}

/* As when cells are measured: a param is of the cases that have it. */
static bool is_wanted(const struct measure *m, const struct cost_cell *c)
{
	bool wanted = is_of_cases(m, c);

	strv_for_each(&m->params, it)
		wanted &= !has_param(c, *it) || has_value(c->params, *it);
	return wanted;
}

/* Of what the store has, at least one of the chosen cases must have each param. */
static int check_params(const struct cost_args *a, const struct cost_comparison *c, struct error *e)
{
	strv_for_each(&a->m.params, it) {
		size_t chosen = 0, with = 0;

		for (size_t i = 0; i < c->n_cells; i++) {
			if (!is_of_cases(&a->m, &c->cells[i]))
				continue;
			chosen++;
			with += has_param(&c->cells[i], *it);
		}
		if (a->stored && chosen && !with)
			return error_set(e, EINVAL,
					 "%s: none of the chosen cases has a param '%.*s' in run "
					 "%lld",
					 *it, (int)strcspn(*it, "="), *it, (long long)c->run_id);
	}
	return 0;
}

/* The cells that were asked for of what the store has come first; returns how many. */
static size_t pick_cells(const struct measure *m, struct cost_comparison *c)
{
	struct cost_cell *sorted = xcalloc(c->n_cells + 1, sizeof(*sorted));
	size_t n = 0, all = c->n_cells, end = all;

	for (size_t i = 0; i < all; i++) {
		if (is_wanted(m, &c->cells[i]))
			sorted[n++] = c->cells[i];
	}
	for (size_t i = all; i--;) {
		if (!is_wanted(m, &c->cells[i]))
			sorted[--end] = c->cells[i];
	}
	free(c->cells);
	c->cells = sorted;
	return n;
}

/* Whether all that is asked for was counted, on each kernel. */
static bool is_counted(const struct measure *m, const struct cost_comparison *c)
{
	bool counted = c->n_cells > 0;

	for (size_t i = 0; i < c->n_empty; i++)
		counted &= !is_wanted(m, &c->empty[i]);

	for (size_t i = 0; i < c->n_cells; i++)
		counted &= c->cells[i].baseline.windows &&
			   (!c->patched.name || c->cells[i].patched.windows);
	return counted;
}

static int print_json(const struct cost_args *a, const struct cost_comparison *c, struct error *e)
{
	json_t *obj __json = cost_to_json(c);

	if (a->gate.set)
		json_object_set_new(obj, "gate", cost_gate_json(c, &a->gate));
	return cost_json_print(obj, stdout, e);
}

static int report(const struct cost_args *a, const struct cost_comparison *c, struct error *e)
{
	size_t exceeding = 0;
	int rc;

	ui_clear();
	rc = a->json ? print_json(a, c, e) : cost_table(c, &a->view, stdout, e);
	if (rc)
		return cli_error("cost", rc, e);
	if (a->gate.set)
		exceeding = cost_gate_print(c, &a->gate, "", a->json ? NULL : stdout);
	if (exceeding)
		return EXIT_REGRESSION;
	return is_counted(&a->m, c) ? EXIT_FINE : EXIT_NOT_MEASURED;
}

/* Call stacks go to files, into the folder of this call. */
static int write_flames(struct cli *cli, const struct cost_args *a, struct store *store,
			const struct cost_comparison *c, struct error *e)
{
	struct strv files __strv = { 0 };
	char *dir __free = NULL;
	int rc = cli->session_dir ? 0 : cli_session(cli, e);

	if (rc)
		return rc;
	dir = xasprintf("%s/flames", cli->session_dir);
	rc = flames_write(store, c, dir, &files, e);
	if (!rc && !a->json)
		printf("\n%zu flame graphs and folded stacks are in %s\n", files.n, dir);
	return rc;
}

/* Which counts are asked for. */
struct wanted {
	const char *baseline, *patched; /* PATCHED NULL: one kernel */
	int64_t run_id;
	const struct cost_inline *names; /* or NULL */
};

static int load(const struct cost_args *a, struct store *store, const struct wanted *w,
		struct cost_comparison *c, struct error *e)
{
	const struct cost_query q = {
		.baseline = w->baseline,
		.patched = w->patched,
		.run_id = w->run_id,
		.all_metrics = a->all_metrics,
		.namer = w->names ? &w->names->namer : NULL,
	};
	int rc = cost_load(store, &q, c, e);

	if (rc)
		return rc;
	rc = w->names ? cost_inline_check(w->names, c, e) : 0;
	if (rc)
		cost_release(c);
	return rc;
}

/* The same, and the cells that were asked for come first: *ALL is how many there are besides. */
static int load_cells(const struct cost_args *a, struct store *store, const struct wanted *w,
		      struct cost_comparison *c, size_t *all, struct error *e)
{
	int rc = load(a, store, w, c, e);

	*all = 0;
	if (rc) {
		memset(c, 0, sizeof(*c));
		return rc;
	}
	*all = c->n_cells;
	rc = check_params(a, c, e);
	c->n_cells = pick_cells(&a->m, c);
	return rc;
}

static void release_cells(struct cost_comparison *c, size_t all)
{
	c->n_cells = all;
	cost_release(c);
	memset(c, 0, sizeof(*c));
}

/* Of a store: where the newest run has none of the cells an older one may have them. */
static int load_some(const struct cost_args *a, struct store *store, const struct wanted *w,
		     struct cost_comparison *c, size_t *all, struct error *e)
{
	int rc = load_cells(a, store, w, c, all, e), found;
	struct wanted older = *w;
	int64_t newest = c->run_id;
	struct error why;

	if (w->run_id || !newest || c->n_cells)
		return rc;
	older.run_id = newest;
	while ((found = cost_find_older_run(store, w->baseline, w->patched, older.run_id,
					    &older.run_id, e)) > 0) {
		release_cells(c, *all);
		/* one with nothing good in it is passed over: E tells of the newest */
		if (!load_cells(a, store, &older, c, all, &why) && c->n_cells)
			return 0;
	}
	if (found < 0)
		return found;
	return rc ? rc
		  : error_set(e, ENODATA,
			      "run %lld and those before it have counts of other cells only",
			      (long long)newest);
}

static int load_and_report(struct cli *cli, const struct cost_args *a, struct store *store,
			   const struct wanted *w, struct error *e)
{
	struct cost_comparison c = { 0 };
	size_t all = 0;
	int code, rc = load_some(a, store, w, &c, &all, e);

	if (!rc && !c.n_cells)
		rc = error_set(e, ENODATA, "run %lld has counts of other cells only",
			       (long long)c.run_id);
	code = rc ? cli_error("cost", rc, e) : report(a, &c, e);
	if (!rc && a->m.stacks) {
		rc = write_flames(cli, a, store, &c, e);
		code = rc ? cli_error("cost: --stacks", rc, e) : code;
	}
	release_cells(&c, all);
	return code;
}

static int print_steps_json(const struct cost_args *a, const struct cost_steps *st, struct error *e)
{
	json_t *obj __json = cost_steps_to_json(st);
	json_t *steps = json_object_get(obj, "steps");

	for (size_t i = 1; i < st->n && a->gate.set; i++) {
		json_t *cost = json_object_get(json_array_get(steps, i), "cost");

		if (json_is_object(cost))
			json_object_set_new(cost, "gate", cost_gate_json(&st->v[i], &a->gate));
	}
	return cost_json_print(obj, stdout, e);
}

/* What ST says; returns an exit code. */
static int print_steps(const struct cost_args *a, const struct cost_steps *st, struct error *e)
{
	bool counted = st->v[0].n_cells > 0;
	size_t exceeding = 0;
	int rc;

	ui_clear();
	rc = a->json ? print_steps_json(a, st, e) : cost_steps_table(st, a->view.all, stdout, e);
	if (rc)
		return cli_error("cost", rc, e);
	for (size_t i = 1; i < st->n; i++) {
		char *what __free = xasprintf("patch %zu: ", i);

		/* one with the code of another was not booted */
		if (st->steps[i].same_as != i)
			continue;
		counted &= is_counted(&a->m, &st->v[i]);
		if (a->gate.set && st->v[i].n_cells)
			exceeding +=
				cost_gate_print(&st->v[i], &a->gate, what, a->json ? NULL : stdout);
	}
	if (exceeding)
		return EXIT_REGRESSION;
	return counted ? EXIT_FINE : EXIT_NOT_MEASURED;
}

static int report_steps(const struct cost_args *a, struct store *store, int64_t run_id,
			struct error *e)
{
	struct cost_steps st = { 0 };
	size_t *all __free = NULL; /* cells of each step, those that are not shown included */
	int rc = cost_steps_load(store, run_id, NULL, a->all_metrics, &st, e);

	if (rc)
		return cli_error("cost", rc, e);
	all = xcalloc(st.n, sizeof(*all));
	rc = check_params(a, &st.v[0], e);
	for (size_t i = 0; i < st.n; i++) {
		all[i] = st.v[i].n_cells;
		st.v[i].n_cells = pick_cells(&a->m, &st.v[i]);
	}
	if (!rc && !st.v[0].n_cells)
		rc = error_set(e, ENODATA, "run %lld has counts of other cells only",
			       (long long)st.run_id);
	rc = rc ? cli_error("cost", rc, e) : print_steps(a, &st, e);
	for (size_t i = 0; i < st.n; i++)
		st.v[i].n_cells = all[i];
	cost_steps_release(&st);
	return rc;
}

static void store_closep(struct store **s)
{
	store_close(*s);
}

/* Opens the debug information of the kernels that the store means by these names. */
static int find_names(struct cli *cli, struct store *store, const struct wanted *w,
		      struct cost_inline *names, struct error *e)
{
	const struct cost_query q = {
		.baseline = w->baseline,
		.patched = w->patched,
		.run_id = w->run_id,
	};
	struct cost_comparison c = { 0 };
	struct kernel_spec v[2] = { 0 };
	int rc = cost_load(store, &q, &c, e);

	if (rc)
		return rc;
	v[0].name = c.baseline.hash;
	v[1].name = c.patched.hash;
	rc = cost_inline_find(cli, v, c.patched.name ? 2 : 1, names, e);
	cost_release(&c);
	return rc;
}

/* The kernels as they were named, or the run's own. */
static int find_kernels(const struct cost_args *a, struct store *store, char **baseline,
			char **patched, struct error *e)
{
	const struct kernel_words *w = &a->m.kernels;
	int rc;

	if (!a->run_kernels) {
		*baseline = report_kernel_name(w->v[0].name);
		*patched = w->n > 1 ? report_kernel_name(w->v[1].name) : NULL;
		return 0;
	}
	rc = cost_run_kernels(store, a->run_id, baseline, patched, e);
	if (!rc && a->gate.set && !*patched)
		rc = error_set(e, EINVAL, "--max-increase: wants two kernels, and run %lld has one",
			       (long long)a->run_id);
	return rc;
}

static int from_store(struct cli *cli, const struct cost_args *a, struct error *e)
{
	struct cost_inline names __cleanup(cost_inline_close) = { 0 };
	struct store *store __cleanup(store_closep) = NULL;
	char *baseline __free = NULL, *patched __free = NULL;
	struct wanted wanted = { .run_id = a->run_id };
	int rc = report_open(cli, &store, e);

	if (!rc && a->m.kernels.each_patch)
		return report_steps(a, store, a->run_id, e);
	if (!rc)
		rc = find_kernels(a, store, &baseline, &patched, e);
	wanted.baseline = baseline;
	wanted.patched = patched;
	if (!rc && a->inlined) {
		rc = find_names(cli, store, &wanted, &names, e);
		wanted.names = &names;
	}
	return rc ? cli_error("cost", rc, e) : load_and_report(cli, a, store, &wanted, e);
}

/* What was just measured. */
static int report_measured(struct cli *cli, const struct cost_args *a, const struct measured *md,
			   struct error *e)
{
	struct cost_inline names __cleanup(cost_inline_close) = { 0 };
	const struct wanted wanted = {
		.baseline = md->kernels[0].group,
		.patched = md->n_kernels > 1 ? md->kernels[1].group : NULL,
		.run_id = md->run_id,
		.names = a->inlined ? &names : NULL,
	};
	int rc = 0;

	if (md->n_steps)
		return report_steps(a, md->store, md->run_id, e);
	if (a->inlined)
		rc = cost_inline_open(md->kernels, md->n_kernels, &names, e);
	return rc ? cli_error("cost", rc, e) : load_and_report(cli, a, md->store, &wanted, e);
}

static int measure(struct cli *cli, const struct cost_args *a, struct error *e)
{
	struct measured md = { 0 };
	int rc = measure_run(cli, &a->m, &md, e);

	rc = rc ? cli_error("cost", rc, e) : report_measured(cli, a, &md, e);
	measured_release(&md);
	return rc;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct cost_args a = { .m.target = target_find("qemu") };
	struct error e;
	int rc = cli_parse(&argp, argc, argv, &a);

	if (!rc)
		rc = a.stored ? from_store(cli, &a, &e) : measure(cli, &a, &e);
	measure_release(&a.m);
	strv_release(&a.words);
	return rc;
}

const struct command cmd_cost = {
	.name = "cost",
	.summary = "count what kernels execute, function by function, and compare",
	.run = run,
};
