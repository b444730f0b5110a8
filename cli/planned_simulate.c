// SPDX-License-Identifier: GPL-2.0-or-later
/* foliobench plan --simulate; see planned_simulate.h. */
#include <math.h>

#include "cli/planned_simulate.h"
#include "results/judge.h"
#include "results/simulate.h"
#include "results/stats/tests.h"

#define SEED   1
#define PIECES 20 /* of which each one's end is shown */

/*
 * Of the cell that decides. Samples are drawn as if normal, whose median varies by pi/2 of their
 * variance over their number.
 */
static struct sim_model model_of(const struct planned *p)
{
	const struct size_cell *c = &p->sizes[p->plan.decides];
	const unsigned int builds = p->plan.builds;
	const unsigned int cells = (unsigned int)lround(JUDGE_ALPHA / p->q.alpha);

	return (struct sim_model){
		.sd_sample = isnan(c->v) ? 0 : sqrt(c->v * 2 / M_PI),
		.sd_boot = sqrt(size_boot_component(c)),
		.sd_build = builds > 1 && c->build > 0 ? sqrt(c->build) : 0,
		.builds = builds,
		.boots = builds * p->plan.boots,
		.samples = p->plan.samples,
		.cells = cells,
		.named = p->cells[p->of_size[p->plan.decides]].named ? cells : 0,
		.floor = expm1(c->floor),
		.floor_built = -1,
	};
}

/* N experiments, in pieces, for the line that says how far it is; seeds are those of the pieces. */
static void run_pieces(const struct cli *cli, const struct sim_model *m, unsigned int looks,
		       unsigned int n, unsigned int first, struct sim_result *sum)
{
	struct judge_rules rules = JUDGE_RULES_INIT;

	rules.looks = looks > 1 ? looks : 0;
	rules.brief = true;
	*sum = (struct sim_result){ 0 };
	for (unsigned int i = 0; i < PIECES && !runner_cancelled(&cli->runner); i++) {
		const uint64_t size = (uint64_t)n * (i + 1) / PIECES - (uint64_t)n * i / PIECES;
		struct sim_result piece;

		runner_progress(&cli->runner, "simulate", first + i, 2 * PIECES, -1, NULL,
				"experiments of this plan");
		simulate(m, &rules, size, SEED + first + i, 0, cli->runner.cancel, &piece);
		sum->experiments += piece.experiments;
		sum->found += piece.found;
		sum->any_false += piece.any_false;
	}
}

bool planned_simulate(const struct cli *cli, const struct planned *p, unsigned int n,
		      struct planned_simulated *out)
{
	struct sim_model m;
	struct sim_result r;

	*out = (struct planned_simulated){ 0 };
	if (!p->found || !p->n_sizes)
		return false;
	m = model_of(p);
	out->cells = m.cells;
	m.change = p->q.effect;
	run_pieces(cli, &m, p->q.looks, n, 0, &r);
	out->with = r.experiments;
	out->found = r.found;
	m.change = 0;
	run_pieces(cli, &m, p->q.looks, n, PIECES, &r);
	out->without = r.experiments;
	out->wrong = r.any_false;
	return out->with && out->without;
}

static void print_share(const char *before, uint64_t k, uint64_t n, const char *after, FILE *out)
{
	double lo, hi;

	binomial_interval(k, n, JUDGE_LEVEL, &lo, &hi);
	fprintf(out, "%s%.1f%% (%.1f to %.1f)%s", before, 100 * (double)k / (double)n, 100 * lo,
		100 * hi, after);
}

void planned_simulated_print(const struct planned *p, const struct planned_simulated *s, FILE *out)
{
	fprintf(out, "Of %llu simulated experiments of this plan: ", (unsigned long long)s->with);
	print_share("found ", s->found, s->with, ",\n", out);
	fprintf(out, "of %llu without a change ", (unsigned long long)s->without);
	print_share(s->cells > 1 ? "any of the cells called different in " : "called different ",
		    s->wrong, s->without, ".\n", out);
	fprintf(out, "They vary as much as the cell that decides was seen to");
	if (s->cells > 1)
		fprintf(out, ", all %u of them", s->cells);
	fputs(".\n", out);
	if ((double)s->found > p->q.power * (double)s->with && !p->plan.least)
		fprintf(out,
			"More than %g%% are found because variances are estimates: the plan has "
			"boots "
			"in case\nthey are larger.\n",
			100 * p->q.power);
}

static json_t *share_json(uint64_t k, uint64_t n)
{
	double lo, hi;

	binomial_interval(k, n, JUDGE_LEVEL, &lo, &hi);
	return json_pack("{s:f, s:f, s:f, s:I}", "share", (double)k / (double)n, "lo", lo, "hi", hi,
			 "experiments", (json_int_t)n);
}

void planned_simulated_json(const struct planned_simulated *s, json_t *out)
{
	json_object_set_new(out, "simulated",
			    json_pack("{s:o, s:o, s:i}", "found", share_json(s->found, s->with),
				      "false", share_json(s->wrong, s->without), "cells",
				      (int)s->cells));
}
