// SPDX-License-Identifier: GPL-2.0-or-later
/* Plans as people read them, and as JSON; see planned.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/planned.h"
#include "lib/cleanup.h"
#include "lib/units.h"
#include "plots/table.h"
#include "plots/text.h"
#include "results/judge.h"
#include "results/labels.h"

#define PLAN_JSON_VERSION 1

/* Of the machine's name in a table; JSON has all of it. */
#define MACHINE_MAX 88

/* "1%", "0.25%" of a share. */
static char *percent(char buf[TEXT_MAX], double share)
{
	snprintf(buf, TEXT_MAX, "%.3g%%", 100 * share);
	return buf;
}

/* Of a variance on the log scale; "-" where it is not known. */
static char *deviation(char buf[TEXT_MAX], double variance)
{
	if (isnan(variance))
		return strcpy(buf, "-");
	return percent(buf, sqrt(variance));
}

/* What samples are like if they are normal: their median varies more than their mean. */
static double of_samples(const struct size_cell *c)
{
	return c->v * 2 / M_PI;
}

/* The cell with those params that vary, and the metric where the cell has several. */
static char *name_of(const struct planned *p, size_t i)
{
	struct label_cell *cells __free = xcalloc(p->var.n, sizeof(*cells));
	const struct variance_cell *c = &p->var.v[i];
	size_t n = 0, metrics = 0;
	char *label;

	for (size_t k = 0; k < p->var.n; k++) {
		const struct variance_cell *o = &p->var.v[k];

		metrics += o->cell == c->cell;
		if (strcmp(o->case_name, c->case_name) != 0 || (o->cell == c->cell && k != i))
			continue;
		cells[n++] = (struct label_cell){ o->case_name, o->params, k == i };
	}
	/* one that is alone of its case goes by the case's name */
	label = labels_of(cells, n, true);
	if (metrics > 1) {
		char *words __free = text_words(c->metric);
		char *both = xasprintf("%s, %s", label, words);

		free(label);
		label = both;
	}
	return label;
}

static const struct table_column columns[] = {
	{ "cell", "CELL", TABLE_LEFT, true },
	{ "samples_sd", "SAMPLES", TABLE_RIGHT, false },
	{ "boots_sd", "BOOTS", TABLE_RIGHT, false },
	{ "builds_sd", "BUILDS", TABLE_RIGHT, false },
	{ "samples", "BEST N", TABLE_RIGHT, false },
	{ "floor", "FLOOR", TABLE_RIGHT, false },
	{ "blocks", "NEEDED", TABLE_RIGHT, false },
	{ "note", "", TABLE_LEFT, true },
};

enum { CELL, SAMPLES_SD, BOOTS_SD, BUILDS_SD, BEST, FLOOR, NEEDED, NOTE };

static const char *note_of(const struct planned *p, size_t i)
{
	const struct planned_cell *c = &p->cells[i];

	switch (c->state) {
	case PLANNED_EXACT:
		return "repeats: one boot shows a change";
	case PLANNED_FLOOR:
		return "its floor is in the way";
	case PLANNED_UNNAMED:
		return "not named: comes along";
	case PLANNED:
		break;
	}
	if (p->found && p->plan.least)
		return "";
	return p->n_sizes && p->of_size[p->plan.decides] == i
		       ? (p->found ? "decides" : "in the way")
		       : "";
}

static void print_cells(const struct planned *p, FILE *out)
{
	struct table *t __table = table_new(columns, ARRAY_SIZE(columns));
	char buf[TEXT_MAX];
	struct error e;

	for (size_t i = 0; i < p->var.n; i++) {
		const struct planned_cell *c = &p->cells[i];
		const struct size_cell *s = &c->var->size;
		char *name __free = name_of(p, i);

		table_row(t);
		table_set(t, CELL, "%s", name);
		table_set(t, SAMPLES_SD, "%s", deviation(buf, of_samples(s)));
		table_set(t, BOOTS_SD, "%s", deviation(buf, size_boot_component(s)));
		table_set(t, BUILDS_SD, "%s", deviation(buf, s->build));
		if (c->state == PLANNED_EXACT)
			table_set(t, BEST, "-");
		else if (c->samples == SIZE_SAMPLES_MAX && !c->boots)
			table_set(t, BEST, "many");
		else if (c->boots)
			table_set(t, BEST, "%u x %u", c->boots, c->samples);
		else
			table_set(t, BEST, "%u", c->samples);
		table_set(t, FLOOR, "%s", c->floor < 0 ? "-" : percent(buf, c->floor));
		if (c->units)
			table_set(t, NEEDED, "%zu", c->units);
		else
			table_set(t, NEEDED, "-");
		table_set(t, NOTE, "%s", note_of(p, i));
	}
	if (table_print(t, out, &e))
		ui_say("%s", e.msg);
	fprintf(out,
		"SAMPLES, BOOTS, BUILDS: standard deviation that each level adds. BEST N: samples "
		"of a\n"
		"boot%s that serve the cell best by what they cost. NEEDED: %s of the plan.\n\n",
		p->has_builds ? " (boots of a build x samples)" : "",
		p->q.layouts > 1 ? "builds" : "blocks");
}

static void print_sources(const struct planned *p, FILE *out)
{
	for (size_t i = 0; i < p->var.n_sources; i++) {
		const struct variance_source *s = &p->var.sources[i];
		size_t cells = 0, builds = 0;

		for (size_t k = 0; k < p->var.n; k++) {
			cells += p->var.v[k].source == i;
			builds += p->var.v[k].build_source == i;
		}
		fprintf(out,
			"%s run %lld of %.10s%s, %u boots of each of %s\n%-17s(%s%zu of %zu)\n",
			i ? "                 " : "Variances are of", (long long)s->run_id, s->when,
			s->calibration ? " (A/A)"
			: s->pilot     ? " (a pilot)"
				       : "",
			s->boots, s->kernels, "",
			cells ? "cells: " : "builds: ", cells ? cells : builds, p->var.n);
	}
}

/* What is over at once is not "0s". */
static char *duration(char *buf, size_t len, double seconds)
{
	if (seconds >= 10)
		return format_seconds(buf, len, seconds);
	snprintf(buf, len, "%.2gs", seconds);
	return buf;
}

static void print_size(const struct planned *p, const struct size_plan *plan, FILE *out)
{
	char all[24], boot[24];
	const double each = p->q.boot_s + plan->samples * p->q.sample_s;

	fprintf(out, "%u build%s x %u boot%s x %u sample%s", plan->builds,
		plan->builds == 1 ? "" : "s", plan->boots, plan->boots == 1 ? "" : "s",
		plan->samples, plan->samples == 1 ? "" : "s");
	if (p->var.boot_s < 0)
		fputs("; how long that takes is not known", out);
	else
		fprintf(out, ": %s, with boots of %s each",
			duration(all, sizeof(all), planned_seconds(p, plan)),
			duration(boot, sizeof(boot), each));
}

static void print_building(const struct planned *p, const struct size_plan *plan, FILE *out)
{
	const unsigned int more = p->to_build + p->q.kernels * (plan->builds - 1);
	char each[24];

	if (!more)
		return;
	if (p->build_s > 0)
		fprintf(out, " and %u build%s of %s", more, more == 1 ? "" : "s",
			format_seconds(each, sizeof(each), p->build_s));
	else
		fprintf(out, "; and %u build%s to make first", more, more == 1 ? "" : "s");
}

/* What more samples bring only a pilot that has more can show. */
static void print_hint(const struct planned *p, FILE *out)
{
	const struct planned_cell *c = &p->cells[p->of_size[p->plan.decides]];

	if (p->q.samples || p->plan.least || p->plan.samples < c->var->size.samples ||
	    c->samples <= c->var->size.samples)
		return;
	fputs("More samples of a boot may do instead of more boots: a pilot that has more shows "
	      "it:\n",
	      out);
	fprintf(out, "--pilot 5 --samples %u\n",
		c->samples < 2 * c->var->size.samples ? c->samples : 2 * c->var->size.samples);
}

static void print_plan(const struct planned *p, FILE *out)
{
	char *name __free = name_of(p, p->of_size[p->plan.decides]);

	if (p->q.kernels > 1)
		fprintf(out, "Plan for each of %u kernels: ", p->q.kernels);
	else
		fputs("Plan: ", out);
	print_size(p, &p->plan, out);
	print_building(p, &p->plan, out);
	fputc('\n', out);
	if (p->plan.least)
		fprintf(out, "Fewer would do, but %s leave the tests nothing to work with.\n",
			p->q.layouts > 1 ? "that few boots" : "5 blocks");
	else
		fprintf(out, "Decided by %s.\n", name);
	print_hint(p, out);
	if (p->q.looks > 1)
		fprintf(out,
			"%u looks, each after %u more blocks (O'Brien and Fleming): it may end "
			"early.\n",
			p->q.looks, p->plan.boots / p->q.looks);
	if (p->plan.builds > 1)
		return;
	fputs("This holds for one build of each kernel: where the linker puts code is not in it.\n",
	      out);
	if (!p->found_builds)
		return;
	fputs("For any build, with --layouts: ", out);
	print_size(p, &p->builds, out);
	print_building(p, &p->builds, out);
	fputc('\n', out);
}

void planned_print(const struct planned *p, FILE *out)
{
	char effect[TEXT_MAX], power[TEXT_MAX], level[TEXT_MAX];
	struct error e;

	if (p->var.n) {
		fprintf(out,
			"To see a change of %s with a power of %s, at a level of %s in each of "
			"%zu figure%s\n(%s: %.*s%s)\n\n",
			percent(effect, p->effect), percent(power, p->q.power),
			percent(level, p->q.alpha), (size_t)lround(JUDGE_ALPHA / p->q.alpha),
			lround(JUDGE_ALPHA / p->q.alpha) == 1 ? "" : "s", p->var.run_unit,
			MACHINE_MAX, p->var.machine,
			strlen(p->var.machine) > MACHINE_MAX ? "..." : "");
		print_cells(p, out);
	}
	if (p->found) {
		print_plan(p, out);
	} else {
		planned_refusal(p, &e);
		fprintf(out, "No plan: %s.\n", e.msg);
	}
	if (p->var.n_sources)
		print_sources(p, out);
	if (p->var.n && p->var.missing.n) {
		fprintf(out,
			"Nothing is known of %zu more cell%s (--pilot 5 measures a few boots):\n",
			p->var.missing.n, p->var.missing.n == 1 ? "" : "s");
		strv_for_each(&p->var.missing, it)
			fprintf(out, "  %s\n", *it);
	}
}

static json_t *number(double v)
{
	return isnan(v) || isinf(v) ? json_null() : json_real(v);
}

static json_t *cell_json(const struct planned *p, size_t i)
{
	static const char *const states[] = { "planned", "exact", "floor", "not named" };
	const struct planned_cell *c = &p->cells[i];
	const struct size_cell *s = &c->var->size;

	return json_pack(
		"{s:s, s:O, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:f, s:o, s:i, s:i, s:o, s:I, "
		"s:b}",
		"case", c->var->case_name, "params", c->var->params, "metric", c->var->metric,
		"unit", c->var->unit, "state", states[c->state], "named", c->named, "sd_samples",
		number(sqrt(of_samples(s))), "sd_boots", number(sqrt(size_boot_component(s))),
		"sd_builds", number(sqrt(s->build)), "df", s->df, "floor",
		c->floor < 0 ? json_null() : json_real(c->floor), "best_samples", (int)c->samples,
		"best_boots", (int)c->boots, "needed",
		c->units ? json_integer((json_int_t)c->units) : json_null(), "run",
		(json_int_t)p->var.sources[c->var->source].run_id, "paired", c->var->paired);
}

static json_t *size_json(const struct planned *p, const struct size_plan *plan)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:o}", "builds", (int)plan->builds, "boots",
			 (int)plan->boots, "samples", (int)plan->samples, "blocks",
			 (int)(plan->builds * plan->boots), "seconds",
			 p->var.boot_s < 0 ? json_null() : json_real(planned_seconds(p, plan)));
}

json_t *planned_json(const struct planned *p)
{
	json_t *out = json_pack("{s:i, s:f, s:f, s:f, s:i, s:i}", "version", PLAN_JSON_VERSION,
				"detect", p->effect, "power", p->q.power, "level", p->q.alpha,
				"kernels", (int)p->q.kernels, "looks", (int)p->q.looks);
	json_t *cells = json_array(), *sources = json_array(), *missing = json_array();
	struct error e;

	for (size_t i = 0; i < p->var.n; i++)
		json_array_append_new(cells, cell_json(p, i));
	for (size_t i = 0; i < p->var.n_sources; i++) {
		const struct variance_source *s = &p->var.sources[i];

		json_array_append_new(sources,
				      json_pack("{s:I, s:s, s:s, s:i, s:b, s:b}", "run",
						(json_int_t)s->run_id, "when", s->when, "kernels",
						s->kernels, "boots", (int)s->boots, "calibration",
						s->calibration, "pilot", s->pilot));
	}
	strv_for_each(&p->var.missing, it)
		json_array_append_new(missing, json_string(*it));
	json_object_set_new(out, "machine",
			    p->var.machine ? json_string(p->var.machine) : json_null());
	json_object_set_new(out, "plan", p->found ? size_json(p, &p->plan) : json_null());
	json_object_set_new(out, "plan_of_builds",
			    p->found_builds ? size_json(p, &p->builds) : json_null());
	if (!p->found) {
		planned_refusal(p, &e);
		json_object_set_new(out, "why", json_string(e.msg));
	}
	json_object_set_new(out, "cells", cells);
	json_object_set_new(out, "sources", sources);
	json_object_set_new(out, "missing", missing);
	return out;
}
