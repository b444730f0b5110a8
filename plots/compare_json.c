// SPDX-License-Identifier: GPL-2.0-or-later
/* The format "json", documented in docs/compare-json.md: keep the two together. */
#include <errno.h>

#include "plots/cost.h"
#include "plots/counts.h"
#include "plots/format.h"
#include "plots/json.h"
#include "plots/text.h"

/* Raised when a field changes its meaning or goes; new fields do not raise it. */
#define JSON_FORMAT_VERSION 1

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

json_t *json_of_lines(const struct strv *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->n; i++)
		json_array_append_new(list, json_string(w->v[i]));
	return list;
}

static json_t *cell_to_json(const struct compare_cell *c)
{
	json_t *obj = json_pack(
		"{s:s, s:s, s:O, s:s, s:s, s:s, s:b, s:o, s:o}", "case", c->case_name, "summary",
		c->case_summary, "params", c->params, "metric", c->metric, "unit", c->unit,
		"better", better_name(c->better), "headline", (int)c->headline, "baseline",
		json_of_series(&c->baseline), "patched", json_of_series(&c->patched));

	json_object_set_new(obj, "change", c->has_change ? json_real(c->change) : json_null());
	json_object_set_new(obj, "verdict", json_string(verdict_name(c->verdict)));
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

json_t *comparison_to_json(const struct comparison *c)
{
	json_t *cells = json_array(), *obj;

	for (size_t i = 0; i < c->n_cells; i++)
		json_array_append_new(cells, cell_to_json(&c->cells[i]));
	obj = json_pack("{s:i, s:o, s:o, s:s, s:s, s:b, s:I, s:s, s:s, s:O?, s:o, s:o, s:o, s:o}",
			"version", JSON_FORMAT_VERSION, "baseline", json_of_kernel(&c->baseline),
			"patched", json_of_kernel(&c->patched), "target", c->target, "unit",
			c->unit, "exact", (int)c->exact, "run", (json_int_t)c->run_id, "when",
			c->when, "command", c->command, "host", c->host, "cells", cells, "counters",
			counts_to_json(&c->counts, true), "warnings", json_of_lines(&c->warnings),
			"config_differs", config_to_json(&c->built));
	if (c->cost)
		json_object_set_new(obj, "cost", cost_to_json(c->cost));
	return obj;
}

json_t *summary_to_json(const struct summary *s)
{
	json_t *cells = json_array(), *kernels = json_array();

	for (size_t k = 0; k < s->n_kernels; k++)
		json_array_append_new(kernels, json_of_kernel(&s->kernels[k]));
	for (size_t i = 0; i < s->n_cells; i++) {
		const struct summary_cell *c = &s->cells[i];
		json_t *series = json_array();

		for (size_t k = 0; k < s->n_kernels; k++)
			json_array_append_new(series, json_of_series(&c->series[k]));
		json_array_append_new(
			cells,
			json_pack("{s:s, s:s, s:O, s:s, s:s, s:s, s:b, s:o, s:s, s:s, s:s}", "case",
				  c->case_name, "summary", c->case_summary, "params", c->params,
				  "metric", c->metric, "unit", c->unit, "better",
				  better_name(c->better), "headline", (int)c->headline, "kernels",
				  series, "note", c->note, "rule", c->rule, "varies", c->varies));
	}
	return json_pack("{s:i, s:o, s:s, s:s, s:b, s:I, s:s, s:s, s:s, s:O?, s:o, s:o, s:o}",
			 "version", JSON_FORMAT_VERSION, "kernels", kernels, "target", s->target,
			 "unit", s->unit, "exact", (int)s->exact, "run", (json_int_t)s->run_id,
			 "state", s->state, "when", s->when, "command", s->command, "host", s->host,
			 "cells", cells, "counters", counts_to_json(&s->counts, false), "warnings",
			 json_of_lines(&s->warnings));
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
