// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench compare and plot: what the store has, again and in other forms. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/report.h"
#include "cli/report_steps.h"
#include "plots/format.h"
#include "plots/steps.h"

struct compare_args {
	struct compare_query q;
	struct strv headline;
	const struct format *format;
	const char *out;
	bool each_patch;
};

#define MARGIN_MAX 0.5

enum { OPT_RUN = 256, OPT_EACH_PATCH, OPT_MARGIN, OPT_HEADLINE };

#define OPTION_RUN                                                                                 \
	{                                                                                          \
		"run", OPT_RUN, "N", 0, "Of that run (default: the newest that has both)", 0       \
	}

#define OPTION_EACH_PATCH                                                                          \
	{                                                                                          \
		"each-patch", OPT_EACH_PATCH, NULL, 0,                                             \
			"A series patch by patch, as ab --each-patch measured it; no names", 0     \
	}

#define OPTIONS_JUDGE                                                                              \
	{ "margin",                                                                                \
	  OPT_MARGIN,                                                                              \
	  "PERCENT",                                                                               \
	  0,                                                                                       \
	  "Smaller changes count as equivalent (default: as laid down for the run, or 1%)",        \
	  0 },                                                                                     \
	{                                                                                          \
		"headline", OPT_HEADLINE, "CELL", 0,                                               \
			"A cell that matters most, as in \"munmap folio=64K\"; may be repeated", 0 \
	}

static const struct argp_option compare_options[] = {
	{ "format", 'f', "FORMAT", 0,
	  "table (default), table-all, distribution, distribution-all, cover-letter, csv or json",
	  0 },
	OPTION_RUN,
	OPTION_EACH_PATCH,
	OPTIONS_JUDGE,
	{ 0 },
};

static const struct argp_option plot_options[] = {
	{ "out", 'o', "DIR", 0,
	  "Folder to write to (made if needed; default: a new one in the home)", 0 },
	OPTION_RUN,
	OPTION_EACH_PATCH,
	OPTIONS_JUDGE,
	{ 0 },
};

static void unknown_format(struct argp_state *state, const char *name)
{
	struct strbuf sb __strbuf = { 0 };

	for (size_t i = 0; formats[i]; i++)
		strbuf_addf(&sb, "%s%s", i ? ", " : "", formats[i]->name);
	cli_usage(state, "--format %s: there are %s", name, strbuf_str(&sb));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compare_args *a = state->input;

	switch (key) {
	case 'f':
		a->format = format_find(arg);
		if (!a->format)
			unknown_format(state, arg);
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case OPT_EACH_PATCH:
		a->each_patch = true;
		return 0;
	case OPT_RUN:
		a->q.run_id = cli_uint(state, "--run", arg, 1, INT32_MAX);
		return 0;
	case OPT_MARGIN:
		a->q.margin = cli_share(state, "--margin", arg, MARGIN_MAX);
		return 0;
	case OPT_HEADLINE:
		strv_add(&a->headline, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (!a->q.baseline)
			a->q.baseline = arg;
		else if (!a->q.patched)
			a->q.patched = arg;
		else
			cli_usage(state, "%s: only two kernels can be compared", arg);
		return 0;
	case ARGP_KEY_END:
		if (a->each_patch && a->format && !steps_format(a->format->name))
			cli_usage(state, "--format %s: not of --each-patch", a->format->name);
		if (a->each_patch && a->q.baseline)
			cli_usage(state, "%s: --each-patch is about all kernels of a run",
				  a->q.baseline);
		if (a->each_patch && (a->q.margin > 0 || a->headline.n))
			cli_usage(state,
				  "--each-patch: a series is judged as it was laid down when it "
				  "was measured; --margin and --headline are for two kernels");
		if (a->headline.n)
			a->q.headline = &a->headline;
		if (!a->q.patched && !a->each_patch)
			cli_usage(state, "wants two kernels: a baseline and a patched one");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp compare_argp = {
	.options = compare_options,
	.parser = parse,
	.args_doc = "BASELINE PATCHED\n--each-patch [--run N]",
	.doc = "Prints a comparison of two kernels from the store. Kernels go by name or by the "
	       "first 8 or more digits of their hash.",
};

static const struct argp plot_argp = {
	.options = plot_options,
	.parser = parse,
	.args_doc = "BASELINE PATCHED\n--each-patch [--run N]",
	.doc = "Writes cover letter, CSV, JSON and figures (SVG and PNG) of a comparison.",
};

/* Of a run of ab --each-patch: printed, or (TO a folder) written. */
static int each_patch(struct cli *cli, const struct compare_args *a, const char *name,
		      struct error *e)
{
	struct strv files __strv = { 0 };
	struct store *store = NULL;
	struct steps st = { 0 };
	int rc = report_open(cli, &store, e);

	if (!rc)
		rc = steps_load(store, a->q.run_id, &st, e);
	if (!rc && a->format)
		rc = steps_format(a->format->name)(&st, stdout, e);
	else if (!rc)
		rc = report_steps(&st, store, a->out, &files, e);
	strv_for_each(&files, it)
		puts(*it);
	if (rc)
		rc = cli_error(name, rc, e);
	else
		rc = a->format ? report_steps_exit_code(&st) : EXIT_FINE;
	steps_release(&st);
	store_close(store);
	return rc;
}

static int compare(struct cli *cli, const struct compare_args *a)
{
	struct comparison c = { 0 };
	struct error e;
	int rc;

	if (a->each_patch)
		return each_patch(cli, a, "compare", &e);
	rc = report_load(cli, &a->q, &c, &e);
	if (rc)
		return cli_error("compare", rc, &e);
	rc = a->format->write(&c, stdout, &e);
	rc = rc ? cli_error("compare", rc, &e) : report_exit_code(&c);
	comparison_release(&c);
	return rc;
}

static int run_compare(struct cli *cli, int argc, char **argv)
{
	struct compare_args a = { .format = format_find("table") };
	int rc = cli_parse(&compare_argp, argc, argv, &a);

	if (!rc)
		rc = compare(cli, &a);
	strv_release(&a.headline);
	return rc;
}

static int plot(struct cli *cli, struct compare_args *a)
{
	struct strv files __strv = { 0 };
	struct comparison c = { 0 };
	struct error e;
	int rc = 0;

	if (!a->each_patch)
		rc = report_load(cli, &a->q, &c, &e);
	if (!rc && !a->out)
		rc = cli_session(cli, &e);
	if (rc) {
		comparison_release(&c);
		return cli_error("plot", rc, &e);
	}
	if (!a->out)
		a->out = cli->session_dir;
	if (a->each_patch)
		return each_patch(cli, a, "plot", &e);
	rc = report_texts(&c, a->out, &files, &e);
	if (!rc)
		rc = report_figures(&c, a->out, &files, &e);
	strv_for_each(&files, it)
		puts(*it);
	comparison_release(&c);
	return rc ? cli_error("plot", rc, &e) : EXIT_FINE;
}

static int run_plot(struct cli *cli, int argc, char **argv)
{
	struct compare_args a = { 0 };
	int rc = cli_parse(&plot_argp, argc, argv, &a);

	if (!rc)
		rc = plot(cli, &a);
	strv_release(&a.headline);
	return rc;
}

const struct command cmd_compare = {
	.name = "compare",
	.summary = "compare two kernels from the store",
	.run = run_compare,
};

const struct command cmd_plot = {
	.name = "plot",
	.summary = "draw figures and write the cover letter of a comparison",
	.run = run_plot,
};
