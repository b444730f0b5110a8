// SPDX-License-Identifier: GPL-2.0-or-later
/* The format "json", documented in docs/compare-json.md: keep the two together. */
#include <errno.h>
#include <math.h>

#include "plots/cost.h"
#include "plots/counts.h"
#include "plots/format.h"
#include "plots/inside.h"
#include "plots/json.h"
#include "plots/text.h"

json_t *json_of_number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

json_t *json_of_kernel(const struct compare_side *s)
{
	json_t *boots = json_pack("{s:I, s:I, s:I}", "ok", (json_int_t)s->boots_ok, "tainted",
				  (json_int_t)s->boots_tainted, "lost", (json_int_t)s->boots_lost);

	if (s->layouts > 1)
		json_object_set_new(boots, "layouts", json_integer((json_int_t)s->layouts));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:O?}", "name", s->name, "hash",
			 s->hash, "release", s->release, "arch", s->arch, "source", s->source,
			 "description", s->description, "boots", boots, "inputs", s->inputs);
}

/* By name, a list over the boots: {"min":[...],"p5":[...]}. */
static json_t *json_of_quantiles(const struct series *s)
{
	json_t *obj = json_object();

	for (size_t i = 0; i < QUANTILES; i++) {
		json_t *boots = json_array();

		for (size_t b = 0; b < s->n_boots; b++)
			json_array_append_new(boots, json_of_number(s->quantiles[b][i]));
		json_object_set_new(obj, quantile_names[i], boots);
	}
	return obj;
}

json_t *json_of_series(const struct series *s)
{
	json_t *boots = json_array();
	json_t *obj = json_object();

	for (size_t i = 0; i < s->n_boots; i++)
		json_array_append_new(boots, json_real(s->boots[i]));
	json_object_set_new(obj, "value", s->n_boots ? json_real(s->value) : json_null());
	json_object_set_new(obj, "lo", s->n_boots ? json_real(s->lo) : json_null());
	json_object_set_new(obj, "hi", s->n_boots ? json_real(s->hi) : json_null());
	json_object_set_new(obj, "boots", boots);
	json_object_set_new(obj, "samples", json_integer((json_int_t)s->n_samples));
	json_object_set_new(obj, "refused", json_integer((json_int_t)s->n_refused));
	json_object_set_new(obj, "wrong", json_integer((json_int_t)s->n_wrong));
	if (s->lacks)
		json_object_set(obj, "lacks", s->lacks);
	return obj;
}

/* What a difference was worked out over: docs/compare-json.md has the words. */
static json_t *json_of_unit(enum judge_unit unit)
{
	static const char *const words[] = {
		[JUDGE_EXACT] = "exact",
		[JUDGE_BLOCKS] = "blocks",
		[JUDGE_BUILDS] = "builds",
		[JUDGE_UNPAIRED] = "unpaired",
	};

	return unit == JUDGE_NOTHING ? json_null() : json_string(words[unit]);
}

json_t *json_of_judgement(const struct judgement *j)
{
	json_t *obj = json_object();

	json_object_set_new(obj, "over", json_of_unit(j->unit));
	json_object_set_new(obj, "n", json_integer((json_int_t)j->n));
	json_object_set_new(obj, "n_left", json_integer((json_int_t)j->n_left));
	json_object_set_new(obj, "log", json_boolean(j->log));
	json_object_set_new(obj, "lo", json_of_number(j->lo));
	json_object_set_new(obj, "hi", json_of_number(j->hi));
	json_object_set_new(obj, "lo90", json_of_number(j->lo90));
	json_object_set_new(obj, "hi90", json_of_number(j->hi90));
	json_object_set_new(obj, "p", json_of_number(j->p));
	json_object_set_new(obj, "p_adjusted", json_of_number(j->p_adjusted));
	json_object_set_new(obj, "p_flip", json_of_number(j->p_flip));
	json_object_set_new(obj, "df", json_of_number(j->df));
	json_object_set_new(obj, "sd", json_of_number(j->sd));
	json_object_set_new(obj, "fragile", json_boolean(j->fragile));
	json_object_set_new(obj, "conditional", json_boolean(j->conditional));
	json_object_set_new(obj, "floor", json_of_number(j->floor));
	json_object_set_new(obj, "calibrated", json_boolean(j->calibrated));
	json_object_set_new(obj, "detectable", json_of_number(j->detectable));
	json_object_set_new(obj, "needed",
			    j->needed ? json_integer((json_int_t)j->needed) : json_null());
	return obj;
}

json_t *json_of_rules(const struct judge_rules *r)
{
	json_t *obj = json_pack("{s:f, s:f, s:f}", "alpha", JUDGE_ALPHA, "margin", r->margin,
				"power", r->power);

	if (r->looks) {
		json_object_set_new(obj, "looks", json_integer(r->looks));
		json_object_set_new(obj, "look", json_integer(r->look));
	}
	return obj;
}

json_t *json_of_lines(const struct strv *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->n; i++)
		json_array_append_new(list, json_string(w->v[i]));
	return list;
}

static json_t *cell_to_json(const struct compare_cell *c, bool exact)
{
	json_t *obj = json_pack(
		"{s:s, s:s, s:O, s:s, s:s, s:s, s:b, s:o, s:o}", "case", c->case_name, "summary",
		c->case_summary, "params", c->params, "metric", c->metric, "unit", c->unit,
		"better", better_name(c->better), "headline", (int)c->headline, "baseline",
		json_of_series(&c->baseline), "patched", json_of_series(&c->patched));

	json_object_set_new(obj, "change", c->has_change ? json_of_number(c->change) : json_null());
	json_object_set_new(obj, "verdict", json_string(verdict_name(c->verdict)));
	json_object_set_new(obj, "judged", json_of_judgement(&c->j));
	json_object_set_new(obj, "named", json_boolean(c->named));
	inside_to_json(&c->within, obj);
	if (!exact) {
		json_object_set_new(json_object_get(obj, "baseline"), "quantiles",
				    json_of_quantiles(&c->baseline));
		json_object_set_new(json_object_get(obj, "patched"), "quantiles",
				    json_of_quantiles(&c->patched));
	}
	json_object_set_new(obj, "note", json_string(c->note));
	json_object_set_new(obj, "rule", json_string(c->rule));
	json_object_set_new(obj, "varies", json_string(c->varies));
	return obj;
}

static json_t *config_to_json(const struct differences *d)
{
	json_t *list = json_array();

	if (!d->known) {
		json_decref(list);
		return json_null();
	}
	for (size_t i = 0; i < d->config.n; i++) {
		const struct dotconfig_change *c = &d->config.v[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b}", "symbol", c->symbol,
						      "baseline", c->a, "patched", c->b, "asked",
						      (int)d->asked[i]));
	}
	return list;
}

static json_t *judged_by(const struct comparison *c)
{
	json_t *obj = json_of_rules(&c->judged_by);

	json_object_set_new(obj, "named_after", json_boolean(c->named_after));
	json_object_set_new(obj, "machine", c->machine ? json_string(c->machine) : json_null());
	return obj;
}

json_t *comparison_to_json(const struct comparison *c)
{
	json_t *cells = json_array(), *obj;

	for (size_t i = 0; i < c->n_cells; i++)
		json_array_append_new(cells, cell_to_json(&c->cells[i], c->exact));
	obj = json_pack("{s:i, s:o, s:o, s:s, s:s, s:b, s:I, s:s, s:s, s:O?, s:o, s:o, s:o, s:o}",
			"version", COMPARE_JSON_VERSION, "baseline", json_of_kernel(&c->baseline),
			"patched", json_of_kernel(&c->patched), "target", c->target, "unit",
			c->unit, "exact", (int)c->exact, "run", (json_int_t)c->run_id, "when",
			c->when, "command", c->command, "host", c->host, "cells", cells, "counters",
			counts_to_json(&c->counts, true), "warnings", json_of_lines(&c->warnings),
			"config_differs", config_to_json(&c->built));
	json_object_set_new(obj, "judged_by", judged_by(c));
	json_object_set_new(obj, "place", inside_place_to_json(&c->place));
	if (c->cost)
		json_object_set_new(obj, "cost", cost_to_json(c->cost));
	return obj;
}

static json_t *summary_cell_to_json(const struct summary *s, const struct summary_cell *c)
{
	json_t *series = json_array(), *obj;

	for (size_t k = 0; k < s->n_kernels; k++) {
		json_t *one = json_of_series(&c->series[k]);

		if (!s->exact)
			json_object_set_new(one, "quantiles", json_of_quantiles(&c->series[k]));
		json_array_append_new(series, one);
	}
	obj = json_pack("{s:s, s:s, s:O, s:s, s:s, s:s, s:b, s:o, s:s, s:s, s:s}", "case",
			c->case_name, "summary", c->case_summary, "params", c->params, "metric",
			c->metric, "unit", c->unit, "better", better_name(c->better), "headline",
			(int)c->headline, "kernels", series, "note", c->note, "rule", c->rule,
			"varies", c->varies);
	if (obj)
		inside_to_json(&c->within, obj);
	return obj;
}

json_t *summary_to_json(const struct summary *s)
{
	json_t *cells = json_array(), *kernels = json_array(), *obj;

	for (size_t k = 0; k < s->n_kernels; k++)
		json_array_append_new(kernels, json_of_kernel(&s->kernels[k]));
	for (size_t i = 0; i < s->n_cells; i++)
		json_array_append_new(cells, summary_cell_to_json(s, &s->cells[i]));
	obj = json_pack("{s:i, s:o, s:s, s:s, s:b, s:I, s:s, s:s, s:s, s:O?, s:o, s:o, s:o}",
			"version", COMPARE_JSON_VERSION, "kernels", kernels, "target", s->target,
			"unit", s->unit, "exact", (int)s->exact, "run", (json_int_t)s->run_id,
			"state", s->state, "when", s->when, "command", s->command, "host", s->host,
			"cells", cells, "counters", counts_to_json(&s->counts, false), "warnings",
			json_of_lines(&s->warnings));
	if (obj)
		json_object_set_new(obj, "place", inside_place_to_json(&s->place));
	return obj;
}

int json_print(json_t *obj, FILE *out, struct error *e)
{
	int rc, bad;

	if (!obj)
		return error_set(e, EIO, "JSON output: a text that is not UTF-8");
	bad = json_dumpf(obj, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	fputc('\n', out);
	json_decref(obj);
	rc = output_end(out, e);
	return bad && !rc ? error_sys(e, ENOMEM, "JSON output") : rc;
}

int summary_json(const struct summary *s, FILE *out, struct error *e)
{
	return json_print(summary_to_json(s), out, e);
}

static int write_json(const struct comparison *c, FILE *out, struct error *e)
{
	return json_print(comparison_to_json(c), out, e);
}

const struct format format_json = {
	.name = "json",
	.summary = "every metric with its boots; docs/compare-json.md",
	.write = write_json,
};
