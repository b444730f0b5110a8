// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * foliobench calibrate: a kernel against itself. How far it is from itself becomes the floor below
 * which comparisons believe nothing; how often it was called different is the false-positive rate.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/measure.h"
#include "cli/pair_words.h"
#include "cli/report.h"
#include "lib/cleanup.h"
#include "plots/calibration.h"
#include "results/floor.h"
#include "runner/plan.h"

/* Blocks, unless asked otherwise: enough for a few experiments of their own where figures vary. */
#define BLOCKS_EXACT 3
#define BLOCKS_TIME  20
/* Boots of each layout, at least: what differs between them is not of the build. */
#define BOOTS_LAYOUT 2

/* Simulated comparisons, in pieces that a person can watch and end. */
#define SIMULATED	20000
#define SIMULATED_PIECE 200

struct calibrate_args {
	struct measure m;
	struct strv words;   /* the kernel, +words, cases, params */
	unsigned int run_id; /* to be shown again; 0: measure */
	bool json;
};

enum { OPT_RUN = 1536 };

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON instead of a table", 0 },
	{ "run", OPT_RUN, "N", 0, "Show that run of calibrate again, and measure nothing", 0 },
	{ 0 },
};

static void take_words(const struct argp_state *state, struct calibrate_args *a)
{
	struct kernel_words *w = &a->m.kernels;

	strv_for_each(&a->words, it) {
		if (**it == '+')
			kernel_words_plus(state, w, *it);
		else if (w->n)
			measure_word(&a->m, *it);
		else if (is_measure_word(*it))
			cli_usage(state, "%s: the kernel comes first (\"running\": this machine's)",
				  *it);
		else
			kernel_words_add(w, *it);
	}
	if (!w->n)
		cli_usage(state, "wants a kernel (see foliobench list kernels), or \"running\"");
	if (a->m.cost)
		cli_usage(state, "--cost: counts of functions have no floor; leave it out");
	kernel_words_finish(w);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct calibrate_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->m;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case OPT_RUN:
		a->run_id = cli_uint(state, "--run", arg, 1, INT32_MAX);
		return 0;
	case ARGP_KEY_ARG:
		strv_add(&a->words, arg);
		return 0;
	case ARGP_KEY_END:
		if (a->run_id && a->words.n)
			cli_usage(state, "%s: --run is about a run as it was measured",
				  a->words.v[0]);
		if (!a->run_id)
			take_words(state, a);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &measure_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "KERNEL|running [CASE...] [PARAM=VALUE[,VALUE...]]...\n--run N",
	.doc = "Compares a kernel with itself: what it shows then is the floor of this machine for "
	       "each cell, which later comparisons use, and each difference that is found is a "
	       "false one, so that the false-positive rate is measured. With --layouts N each "
	       "side has N builds whose functions lie at other addresses. Exit code 1: more "
	       "differences than the 5 % that are promised.\vExample: foliobench calibrate "
	       "running fork munmap folio=4K,64K",
	.children = children,
};

static void fill_defaults(struct calibrate_args *a)
{
	struct measure *m = &a->m;
	const unsigned int layouts = m->kernels.layouts > 1 ? m->kernels.layouts : 0;
	const bool running = !strcmp(m->kernels.v[0].name, "running");
	const struct plan shape = { .cpus = m->cpus };

	if (!m->target)
		m->target = target_find(running ? "local" : "qemu");
	m->again = true;
	m->rules.calibration = true;
	if (!m->boots) {
		m->boots = plan_exact(&shape, m->target) ? BLOCKS_EXACT : BLOCKS_TIME;
		if (m->boots < BOOTS_LAYOUT * layouts)
			m->boots = BOOTS_LAYOUT * layouts;
	}
}

static int check(const struct calibrate_args *a, struct error *e)
{
	const unsigned int layouts = a->m.kernels.layouts;

	if (layouts > 1 && a->m.boots < BOOTS_LAYOUT * layouts)
		return error_set(
			e, EINVAL,
			"--boots %u: wants %u or more, so that each of the %u layouts boots "
			"twice",
			a->m.boots, BOOTS_LAYOUT * layouts, layouts);
	if (a->m.boots < 2)
		return error_set(e, EINVAL, "--boots %u: one boot cannot differ from itself",
				 a->m.boots);
	return 0;
}

/* Adds what a piece of the simulation found; of means and sd nothing is needed. */
static void add_up(struct sim_result *sum, const struct sim_result *piece)
{
	sum->experiments += piece->experiments;
	sum->any_false += piece->any_false;
	sum->false_cells += piece->false_cells;
	sum->null_cells += piece->null_cells;
}

/* SHARE of all that is simulated is done before this. */
static void simulate_cells(struct cli *cli, const struct calibration_view *v, unsigned int cells,
			   double share, struct sim_result *out)
{
	const struct judge_rules rules = JUDGE_RULES_INIT;
	struct sim_model m = v->cal->model;
	/* another one for each run, and the same when it is shown again */
	const uint64_t seed = (uint64_t)v->c->run_id << 32;

	m.cells = cells;
	for (uint64_t done = 0; done < SIMULATED && !runner_cancelled(&cli->runner);
	     done += SIMULATED_PIECE) {
		struct sim_result piece = { 0 };

		runner_progress(&cli->runner, "simulate", share + (double)done / SIMULATED / 2, 1,
				-1, NULL, "comparisons like this one");
		simulate(&m, &rules, SIMULATED_PIECE, seed + done, 0, cli->runner.cancel, &piece);
		add_up(out, &piece);
	}
}

static void simulate_both(struct cli *cli, struct calibration_view *v)
{
	if (!v->cal->has_model)
		return;
	simulate_cells(cli, v, 1, 0, &v->alone);
	simulate_cells(cli, v, v->cal->model.cells, 0.5, &v->table);
}

/* A floor of each cell that was asked for, but for what this user may not measure. */
static bool anything_missing(const struct comparison *c)
{
	bool any = false;

	for (size_t i = 0; i < c->n_cells; i++) {
		const struct compare_cell *cell = &c->cells[i];
		const bool figures = cell->baseline.n_boots && cell->patched.n_boots;

		any |= calibration_floor(cell).reboot >= 0;
		if (cell->headline && !figures && !cell->baseline.not_permitted)
			return true;
	}
	return !any;
}

static int exit_code(const struct calibration_view *v)
{
	bool wrong = false;

	for (size_t i = 0; i < v->c->n_cells; i++)
		wrong |= v->c->cells[i].verdict == VERDICT_WRONG;
	if (wrong || calibration_exceeds(v->cal))
		return EXIT_REGRESSION;
	return anything_missing(v->c) ? EXIT_NOT_MEASURED : EXIT_FINE;
}

static int report(struct cli *cli, const struct calibrate_args *a, struct store *store,
		  const struct compare_query *q, struct error *e)
{
	struct comparison c = { 0 };
	struct calibration cal;
	struct calibration_view v = { .c = &c, .cal = &cal };
	int rc = compare_load(store, q, &c, e);

	if (rc)
		return cli_error("calibrate", rc, e);
	calibration_make(&c, &cal);
	/* an older run that is looked at again does not become the newest one */
	if (!a->run_id)
		rc = calibration_store(store, &c, &v.n_floors, e);
	if (!rc)
		simulate_both(cli, &v);
	ui_clear();
	if (!rc)
		rc = a->json ? calibration_json(&v, stdout, e) : calibration_table(&v, stdout, e);
	rc = rc ? cli_error("calibrate", rc, e) : exit_code(&v);
	comparison_release(&c);
	return rc;
}

static int report_measured(struct cli *cli, const struct calibrate_args *a,
			   const struct measured *md, struct error *e)
{
	char *again __free = xasprintf("%s" AGAIN, md->kernels[0].name);
	const struct compare_query q = {
		.baseline = md->kernels[0].name,
		.patched = again,
		.run_id = md->run_id,
	};

	return report(cli, a, md->store, &q, e);
}

/* A run from the store, which has one kernel in two arms. */
static int show_again(struct cli *cli, const struct calibrate_args *a, struct error *e)
{
	struct store *store = NULL;
	struct run_rules rules = { 0 };
	struct summary sum = { 0 };
	char *name __free = NULL;
	char *again __free = NULL;
	struct compare_query q = { .run_id = a->run_id };
	int rc = report_open(cli, &store, e);

	if (!rc)
		rc = rules_load(store, a->run_id, &rules, e);
	if (!rc && !rules.calibration)
		rc = error_set(e, ENOENT, "run %u did not compare a kernel with itself", a->run_id);
	rules_release(&rules);
	if (!rc)
		rc = summary_load(store, NULL, 0, a->run_id, &sum, e);
	if (!rc && sum.n_kernels < 2)
		rc = error_set(e, ENODATA, "run %u ended before both arms had booted", a->run_id);
	if (!rc) {
		/* whichever arm came first */
		name = xstrdup(sum.kernels[0].name);
		if (strlen(sum.kernels[1].name) < strlen(name)) {
			free(name);
			name = xstrdup(sum.kernels[1].name);
		}
		again = xasprintf("%s" AGAIN, name);
		q.baseline = name;
		q.patched = again;
	}
	summary_release(&sum);
	rc = rc ? cli_error("calibrate", rc, e) : report(cli, a, store, &q, e);
	store_close(store);
	return rc;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct calibrate_args a = { 0 };
	struct measured md = { 0 };
	struct error e;
	int rc, code;

	rc = cli_parse(&argp, argc, argv, &a);
	if (rc)
		return rc;
	if (a.run_id)
		return show_again(cli, &a, &e);
	fill_defaults(&a);
	rc = check(&a, &e);
	if (!rc)
		rc = measure_run(cli, &a.m, &md, &e);
	code = rc ? cli_error("calibrate", rc, &e) : report_measured(cli, &a, &md, &e);
	measured_release(&md);
	measure_release(&a.m);
	strv_release(&a.words);
	return code;
}

const struct command cmd_calibrate = {
	.name = "calibrate",
	.summary = "compare a kernel with itself: floors, false-positive rate",
	.run = run,
};
