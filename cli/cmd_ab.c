// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench ab: build, plan, run, compare, print. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/measure.h"
#include "cli/planned.h"
#include "cli/pair_words.h"
#include "cli/report.h"
#include "cli/report_steps.h"
#include "lib/units.h"
#include "plots/format.h"
#include "plots/steps.h"

struct ab_args {
	struct measure m;
	struct strv words; /* kernels, cases, params, in this order; +words among the kernels */
	bool json;
};

enum { OPT_EACH_PATCH = 1280 };

static const struct argp_option options[] = {
	{ "each-patch", OPT_EACH_PATCH, NULL, 0,
	  "Measure a kernel for each patch of the series, to see which one brought or cost what",
	  0 },
	{ "json", 'j', NULL, 0, "Only the comparison's JSON on standard output", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ab_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->m;
		state->child_inputs[1] = &a->m;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case OPT_EACH_PATCH:
		a->m.kernels.each_patch = true;
		return 0;
	case ARGP_KEY_ARG:
		strv_add(&a->words, arg);
		return 0;
	case ARGP_KEY_END:
		pair_words(state, &a->m, &a->words, false);
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
	.args_doc = "BASELINE PATCHED [CASE...] [PARAM=VALUE[,VALUE...]]...\n"
		    "BASELINE --series PATCHES [CASE...] [PARAM=VALUE[,VALUE...]]...\n"
		    "BASELINE +CONFIG_X=y [CASE...] [PARAM=VALUE[,VALUE...]]...\n"
		    "BASELINE --series PATCHES --each-patch [CASE...] [PARAM=VALUE[,VALUE...]]...",
	.doc = "Builds both kernels, boots them in interleaved order, runs the cases (all of them "
	       "unless some are named), compares, prints the table and writes the cover letter "
	       "and the figures.\vExample: foliobench ab knockouts stock cow-reuse folio=64K,2M",
	.children = children,
};

/* Figures come as NAME.svg and NAME.png, with NAME.gp and NAME.dat beside them. */
static void print_figures(const struct strv *files)
{
	const char *sep = "  ";

	printf("  figures/ (each as SVG and PNG, with its gnuplot script and data):\n  ");
	strv_for_each(files, it) {
		const char *name = strrchr(*it, '/') + 1;
		size_t len = strlen(name);

		if (len < 4 || strcmp(name + len - 4, ".svg"))
			continue;
		printf("%s%.*s", sep, (int)(len - 4), name);
		sep = ", ";
	}
	putchar('\n');
}

/* What is in the session's folder itself. */
static void print_texts(const struct strv *files)
{
	const char *sep = "  ";

	strv_for_each(files, it) {
		if (strstr(*it, "/figures/"))
			continue;
		printf("%s%s", sep, strrchr(*it, '/') + 1);
		sep = ", ";
	}
	putchar('\n');
}

static void print_files(const struct cli *cli, const struct strv *files)
{
	printf("\nWritten to %s:\n", cli->session_dir);
	print_texts(files);
	print_figures(files);
	printf("Everything measured is in the store, %s\n", cli->store_path);
}

/* Prints and writes what was found; returns an exit code. */
static int report(struct cli *cli, const struct ab_args *a, const struct comparison *c,
		  struct error *e)
{
	struct strv files __strv = { 0 };
	int rc = format_find(a->json ? "json" : "table")->write(c, stdout, e);

	if (!rc)
		rc = report_texts(c, cli->session_dir, &files, e);
	if (rc)
		return cli_error("ab", rc, e);
	/* figures can be drawn again (foliobench plot): no failed measurement */
	rc = report_figures(c, cli->session_dir, &files, e);
	if (rc)
		cli_error("ab: figures", rc, e);
	if (!a->json)
		print_files(cli, &files);
	return report_exit_code(c);
}

static int load_and_report(struct cli *cli, const struct ab_args *a, const struct measured *md,
			   struct error *e)
{
	const struct compare_query q = {
		.baseline = md->kernels[0].group,
		.patched = md->kernels[1].group,
		.run_id = md->run_id,
	};
	struct comparison c = { 0 };
	int rc = compare_load(md->store, &q, &c, e);

	if (rc)
		return cli_error("ab", rc, e);
	report_explain(md->store, &c);
	ui_clear();
	rc = report(cli, a, &c, e);
	comparison_release(&c);
	return rc;
}

/* The same of a series patch by patch. */
static int report_each_patch(struct cli *cli, const struct ab_args *a, const struct measured *md,
			     struct error *e)
{
	struct strv files __strv = { 0 };
	struct steps st = { 0 };
	int rc = steps_load(md->store, md->run_id, &st, e);

	if (rc)
		return cli_error("ab", rc, e);
	ui_clear();
	rc = steps_format(a->json ? "json" : "table")(&st, stdout, e);
	if (!rc)
		rc = report_steps(&st, md->store, cli->session_dir, &files, e);
	if (!rc && !a->json)
		print_files(cli, &files);
	rc = rc ? cli_error("ab", rc, e) : report_steps_exit_code(&st);
	steps_release(&st);
	return rc;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct ab_args a = { .m.target = target_find("qemu") };
	struct measured md = { 0 };
	struct error e;
	int rc, code;

	rc = cli_parse(&argp, argc, argv, &a);
	if (rc)
		return rc;
	a.m.plan_out = a.json ? NULL : stdout;
	rc = measure_run(cli, &a.m, &md, &e);
	if (rc)
		code = cli_error("ab", rc, &e);
	else if (md.n_steps)
		code = report_each_patch(cli, &a, &md, &e);
	else
		code = load_and_report(cli, &a, &md, &e);
	measured_release(&md);
	measure_release(&a.m);
	strv_release(&a.words);
	return code;
}

const struct command cmd_ab = {
	.name = "ab",
	.summary = "build, boot, measure and compare two kernels",
	.run = run,
};
