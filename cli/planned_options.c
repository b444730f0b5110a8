// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of what is laid down before a run; see planned.h. */
#include <stdlib.h>
#include <string.h>

#include "cli/planned.h"
#include "lib/units.h"
#include "results/judge.h"
#include "results/stats/sequential.h"

#define DETECT_MAX 0.5
#define MARGIN_MAX 0.5
#define POWER_MIN  0.5
#define POWER_MAX  0.999

enum { OPT_DETECT = 1536, OPT_POWER, OPT_LOOKS, OPT_PILOT, OPT_MARGIN, OPT_HEADLINE };

static const struct argp_option options[] = {
	{ "detect", OPT_DETECT, "PERCENT", 0,
	  "Plan for a change of so much, as in 1%: as many boots and samples as show it, from what "
	  "the store has of these cells on this machine, else from a pilot. The number is fixed "
	  "before anything is compared: boots that are added until something is significant make "
	  "chance look like a result",
	  0 },
	{ "power", OPT_POWER, "SHARE", 0,
	  "With which probability, 0.5 to 0.999 or as a percentage (default 0.9)", 0 },
	{ "looks", OPT_LOOKS, "N", 0,
	  "Compare N times (2 to 10), at equal steps, and end early when everything is decided: by "
	  "O'Brien and Fleming's boundaries, which p-values and intervals then account for",
	  0 },
	{ "pilot", OPT_PILOT, "N", 0, "Blocks of the pilot, 3 to 100 (default 5)", 0 },
	{ "margin", OPT_MARGIN, "PERCENT", 0,
	  "Smaller changes count as equivalent (default 1%); kept with the run", 0 },
	{ "headline", OPT_HEADLINE, "CELL", 0,
	  "A cell that matters most, as in \"munmap folio=64K\"; may be repeated; kept with the "
	  "run. It is planned for, and adjusted by Holm among those that are named",
	  0 },
	{ 0 },
};

/* "0.9" or "90%". */
static double parse_power(const struct argp_state *state, const char *arg)
{
	char *percent = strchr(arg, '%') ? xstrdup(arg) : xasprintf("%s%%", arg);
	double v;
	int rc = parse_share(percent, &v);

	free(percent);
	if (!strchr(arg, '%'))
		v *= 100;
	if (rc || v < POWER_MIN || v > POWER_MAX)
		cli_usage(state, "--power %s: wants a share from %g to %g, as in 0.9 or 90%%", arg,
			  POWER_MIN, POWER_MAX);
	return v;
}

static void check(const struct argp_state *state, const struct measure *m)
{
	const struct run_rules *r = &m->rules;
	const char *lonely = r->power > 0 ? "power" : r->looks ? "looks" : m->pilot ? "pilot" : "";

	if (!(r->detect > 0) && *lonely)
		cli_usage(state, "--%s: wants the change that is planned for: --detect 1%%",
			  lonely);
	if (r->detect > 0 && m->boots)
		cli_usage(state, "--boots and --detect: one of them says how many boots there are");
	if (r->detect > 0 && m->kernels.each_patch)
		cli_usage(state, "--each-patch and --detect: a plan is for two kernels; plan for "
				 "the whole series, and give --each-patch its --boots");
	if (r->looks && m->kernels.layouts > 1)
		cli_usage(state, "--looks and --layouts: looks are between boots of one build");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct measure *m = state->input;

	switch (key) {
	case OPT_DETECT:
		m->rules.detect = cli_share(state, "--detect", arg, DETECT_MAX);
		return 0;
	case OPT_POWER:
		m->rules.power = parse_power(state, arg);
		return 0;
	case OPT_LOOKS:
		m->rules.looks = cli_uint(state, "--looks", arg, 2, LOOKS_MAX);
		return 0;
	case OPT_PILOT:
		m->pilot = cli_uint(state, "--pilot", arg, 3, 100);
		return 0;
	case OPT_MARGIN:
		m->rules.margin = cli_share(state, "--margin", arg, MARGIN_MAX);
		return 0;
	case OPT_HEADLINE:
		strv_add(&m->rules.headline, arg);
		return 0;
	case ARGP_KEY_END:
		check(state, m);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp planned_argp = { .options = options, .parser = parse };
