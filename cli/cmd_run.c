// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench run: measure one kernel or several, without comparing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/measure.h"
#include "cli/planned.h"
#include "plots/format.h"
#include "results/summary.h"

struct run_args {
	struct measure m;
	bool json, all;
};

static const struct argp_option options[] = {
	{ "kernel", 'k', "NAME", 0,
	  "Kernel to boot; may be given again (default: the running one, on local)", 0 },
	{ "json", 'j', NULL, 0, "JSON instead of a table", 0 },
	{ "all", 'a', NULL, 0, "All metrics, not only the main ones", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->m;
		state->child_inputs[1] = &a->m;
		return 0;
	case 'k':
		kernel_words_add(&a->m.kernels, arg);
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case 'a':
		a->all = true;
		return 0;
	case ARGP_KEY_ARG:
		if (*arg == '+')
			kernel_words_plus(state, &a->m.kernels, arg);
		else
			measure_word(&a->m, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &measure_argp, 0, NULL, 0 },
					      { &planned_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[CASE...] [PARAM=VALUE[,VALUE...]]...",
	.doc = "Measures cases (all of them unless some are named) and prints a table. Without "
	       "--kernel: on the running kernel, right now.\vExample: foliobench run cow-reuse "
	       "folio=64K --kernel stock --boots 2",
	.children = children,
};

/* Kernel and target have defaults that depend on each other. */
static void fill_defaults(struct measure *m)
{
	if (!m->target)
		m->target = target_find(m->kernels.n ? "qemu" : "local");
	if (!m->kernels.n && !m->target->boots_kernels)
		kernel_words_add(&m->kernels, "running");
}

/*
 * Whether all kernels have a figure. What this user may not measure, or see of a cell that is
 * measured (FIRST has the cell's first metric), is said, and no failure.
 */
static bool has_samples(const struct summary_cell *cell, const struct summary_cell *first,
			size_t n_kernels)
{
	for (size_t i = 0; i < n_kernels; i++) {
		const struct series *s = &cell->series[i];

		if (!s->n_samples && !s->not_permitted && !(s->lacks && first->series[i].n_samples))
			return false;
	}
	return true;
}

static bool same_cell(const struct summary_cell *a, const struct summary_cell *b)
{
	return !strcmp(a->case_name, b->case_name) && json_equal(a->params, b->params);
}

static bool anything_measured(const struct summary *s)
{
	for (size_t i = 0; i < s->n_cells; i++) {
		for (size_t k = 0; k < s->n_kernels; k++) {
			if (s->cells[i].series[k].n_samples)
				return true;
		}
	}
	return false;
}

static bool anything_wrong(const struct summary *s)
{
	for (size_t i = 0; i < s->n_cells; i++) {
		for (size_t k = 0; k < s->n_kernels; k++) {
			if (s->cells[i].series[k].n_wrong)
				return true;
		}
	}
	return false;
}

/* No kernel may be wrong, and everything that was asked for must have been measured. */
static int exit_code(const struct summary *s)
{
	const struct summary_cell *first = NULL;

	if (anything_wrong(s))
		return EXIT_REGRESSION;
	if (!anything_measured(s) || s->n_skipped)
		return EXIT_NOT_MEASURED;
	for (size_t i = 0; i < s->n_cells; i++) {
		if (!i || !same_cell(&s->cells[i], first))
			first = &s->cells[i];
		if (s->cells[i].headline && !has_samples(&s->cells[i], first, s->n_kernels))
			return EXIT_NOT_MEASURED;
	}
	return EXIT_FINE;
}

/* Once, below all that is said to be lacking. */
static void advise(const struct cli *cli, const struct measured *md, const struct summary *s)
{
	bool lacking = s->lacks.n != 0;

	for (size_t i = 0; i < s->n_cells; i++)
		lacking |= s->cells[i].series[0].not_permitted;
	if (lacking && geteuid() && md->kernels[0].running)
		printf("Root may do more: sudo %s\n", cli->command);
}

static int report(const struct cli *cli, const struct run_args *a, const struct measured *md,
		  struct error *e)
{
	struct summary s = { 0 };
	int rc = summary_load(md->store, NULL, 0, md->run_id, &s, e);

	if (rc)
		return cli_error("run", rc, e);
	ui_clear();
	rc = a->json ? summary_json(&s, stdout, e) : summary_table(&s, a->all, stdout, e);
	if (!rc && !a->json)
		advise(cli, md, &s);
	rc = rc ? cli_error("run", rc, e) : exit_code(&s);
	summary_release(&s);
	return rc;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct run_args a = { 0 };
	struct measured md = { 0 };
	struct error e;
	int rc, code;

	rc = cli_parse(&argp, argc, argv, &a);
	if (rc)
		return rc;
	fill_defaults(&a.m);
	kernel_words_finish(&a.m.kernels);
	if (!a.m.kernels.n) {
		error_set(&e, EINVAL, "target %s boots kernels: name one with --kernel",
			  a.m.target->name);
		rc = -EINVAL;
	} else {
		a.m.plan_out = a.json ? NULL : stdout;
		rc = measure_run(cli, &a.m, &md, &e);
	}
	code = rc ? cli_error("run", rc, &e) : report(cli, &a, &md, &e);
	measured_release(&md);
	measure_release(&a.m);
	return code;
}

const struct command cmd_run = {
	.name = "run",
	.summary = "measure cases on the running kernel or on kernels booted for it",
	.run = run,
};
