// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench plan: how many builds, boots and samples show a change, and how long they take. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/pair_words.h"
#include "cli/planned.h"
#include "cli/planned_simulate.h"
#include "lib/cleanup.h"

struct plan_args {
	struct measure m;
	struct strv words;
	int64_t from;
	unsigned int simulate; /* experiments */
	bool json;
};

enum { OPT_FROM = 1792, OPT_SIMULATE };

static const struct argp_option options[] = {
	{ "from", OPT_FROM, "N", 0,
	  "Take the variances of that run alone, whatever it was measured on", 0 },
	{ "simulate", OPT_SIMULATE, "N", 0,
	  "Make N experiments of the plan up, and say how often it finds the change", 0 },
	{ "json", 'j', NULL, 0, "JSON instead of a table", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct plan_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->m;
		state->child_inputs[1] = &a->m;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case OPT_SIMULATE:
		a->simulate = cli_uint(state, "--simulate", arg, 100, 1000000);
		return 0;
	case OPT_FROM:
		a->from = cli_uint(state, "--from", arg, 1, INT32_MAX);
		return 0;
	case ARGP_KEY_ARG:
		strv_add(&a->words, arg);
		return 0;
	case ARGP_KEY_END:
		pair_words(state, &a->m, &a->words, true);
		if (!(a->m.rules.detect > 0))
			cli_usage(state, "wants the change to plan for: --detect 1%%");
		if (a->from && a->m.pilot)
			cli_usage(state, "--from and --pilot: the variances are of one of them");
		if (a->m.boots)
			cli_usage(state, "--boots is what plan says; --pilot N measures N");
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
		    "KERNEL [CASE...] [PARAM=VALUE[,VALUE...]]...",
	.doc = "Says how many builds, boots and samples show a change of --detect, and how long "
	       "they take: from how much these cells vary on this machine in runs of the store (of "
	       "a kernel against itself first: foliobench calibrate), or in a pilot. Builds and "
	       "boots nothing without --pilot.\vExample: foliobench plan stock debian-image:6.12 "
	       "munmap folio=64K --on kvm --detect 1%",
	.children = children,
};

/* Instruction counts need no plan: that is an answer, not an error. */
static int nothing_to_plan(const struct plan_args *a)
{
	if (a->json)
		puts("{\"version\":1,\"exact\":true}");
	else
		printf("Target %s counts instructions, which are the same in each boot of a "
		       "kernel: one boot shows\nany change beyond the floor (0.5%% unless "
		       "calibrated), so that there is nothing to plan. Times\n"
		       "are measured with --cpus 2, --on kvm or --on local.\n",
		       a->m.target->name);
	return EXIT_FINE;
}

static int print(const struct cli *cli, const struct planned *p, const struct plan_args *a)
{
	struct planned_simulated sim;
	bool simulated = a->simulate && planned_simulate(cli, p, a->simulate, &sim);

	ui_clear();
	if (a->json) {
		json_t *out __json = planned_json(p);

		if (simulated)
			planned_simulated_json(&sim, out);
		json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
		putchar('\n');
	} else {
		planned_print(p, stdout);
		if (simulated)
			planned_simulated_print(p, &sim, stdout);
	}
	return p->found && !p->var.missing.n ? EXIT_FINE : EXIT_NOT_MEASURED;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct plan_args a = { 0 };
	struct measured md = { 0 };
	struct planned p;
	struct error e;
	int rc, code;

	rc = cli_parse(&argp, argc, argv, &a);
	if (rc)
		return rc;
	if (!a.m.target)
		a.m.target =
			target_find(!strcmp(a.m.kernels.v[0].name, "running") ? "local" : "qemu");
	rc = measure_plan(cli, &a.m, a.from, &md, &p, &e);
	ui_clear();
	if (rc > 0)
		code = nothing_to_plan(&a);
	else
		code = rc ? cli_error("plan", rc, &e) : print(cli, &p, &a);
	if (!rc)
		planned_release(&p);
	measured_release(&md);
	measure_release(&a.m);
	strv_release(&a.words);
	return code;
}

const struct command cmd_plan = {
	.name = "plan",
	.summary = "how many boots show a change, and how long that takes",
	.run = run,
};
