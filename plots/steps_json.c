// SPDX-License-Identifier: GPL-2.0-or-later
/* A series patch by patch as JSON, documented in docs/steps-json.md: keep the two together. */
#include <string.h>

#include "lib/cleanup.h"
#include "plots/json.h"
#include "plots/steps.h"

static json_t *kernel_of(const struct steps *st, size_t i)
{
	for (size_t k = 0; k < st->sum.n_kernels; k++) {
		if (!strcmp(st->sum.kernels[k].hash, st->v[i].hash))
			return json_of_kernel(&st->sum.kernels[k]);
	}
	return json_null();
}

/* What is said of one headline cell that patch I changed. */
static json_t *effect(const struct steps *st, size_t cell, size_t i)
{
	const struct summary_cell *c = &st->sum.cells[cell];
	const struct step_figure *f = steps_at(st, cell, i);

	return json_pack("{s:i, s:s, s:O, s:s, s:s, s:o}", "cell", (int)cell, "case", c->case_name,
			 "params", c->params, "metric", c->metric, "verdict",
			 verdict_name(f->verdict), "change",
			 f->has_change ? json_of_number(f->change) : json_null());
}

static json_t *patch(const struct steps *st, size_t i)
{
	json_t *effects = json_array();

	for (size_t c = 0; c < st->sum.n_cells; c++) {
		if (st->sum.cells[c].headline && steps_tells(st, c, i))
			json_array_append_new(effects, effect(st, c, i));
	}
	return json_pack("{s:i, s:s, s:s, s:s, s:b, s:i, s:o, s:o}", "number", (int)i, "subject",
			 st->v[i].subject, "name", st->v[i].name, "hash", st->v[i].hash, "booted",
			 (int)steps_booted(st, i), "code_of", (int)st->v[i].same_as, "kernel",
			 kernel_of(st, i), "effects", effects);
}

static json_t *judged_or_null(const struct judgement *j)
{
	return j->unit == JUDGE_NOTHING ? json_null() : json_of_judgement(j);
}

static json_t *figure(const struct steps *st, size_t cell, size_t i)
{
	static const struct series none;
	const struct step_figure *f = steps_at(st, cell, i);
	json_t *obj = json_of_series(f->series ? f->series : &none);
	bool judged = i || f->verdict == VERDICT_WRONG;

	json_object_set_new(obj, "number", json_integer((json_int_t)i));
	json_object_set_new(obj, "against",
			    f->has_before ? json_integer((json_int_t)f->before) : json_null());
	json_object_set_new(obj, "change", f->has_change ? json_of_number(f->change) : json_null());
	json_object_set_new(obj, "verdict",
			    judged ? json_string(verdict_name(f->verdict)) : json_null());
	json_object_set_new(obj, "total", f->has_total ? json_of_number(f->total) : json_null());
	json_object_set_new(obj, "total_verdict",
			    judged ? json_string(verdict_name(f->total_verdict)) : json_null());
	json_object_set_new(obj, "judged", judged_or_null(&f->j));
	json_object_set_new(obj, "total_judged", judged_or_null(&f->total_j));
	json_object_set_new(obj, "tells", json_boolean(steps_tells(st, cell, i)));
	return obj;
}

static json_t *cell(const struct steps *st, size_t n)
{
	const struct summary_cell *c = &st->sum.cells[n];
	json_t *figures = json_array();

	for (size_t i = 0; i < st->n; i++)
		json_array_append_new(figures, figure(st, n, i));
	return json_pack("{s:s, s:s, s:O, s:s, s:s, s:s, s:b, s:o, s:s, s:s, s:s}", "case",
			 c->case_name, "summary", c->case_summary, "params", c->params, "metric",
			 c->metric, "unit", c->unit, "better", better_name(c->better), "headline",
			 (int)c->headline, "steps", figures, "note", c->note, "rule", c->rule,
			 "varies", c->varies);
}

int steps_json(const struct steps *st, FILE *out, struct error *e)
{
	json_t *patches = json_array(), *cells = json_array();
	const struct summary *s = &st->sum;
	json_t *obj;

	for (size_t i = 0; i < st->n; i++)
		json_array_append_new(patches, patch(st, i));
	for (size_t c = 0; c < s->n_cells; c++)
		json_array_append_new(cells, cell(st, c));
	obj = json_pack("{s:i, s:s, s:o, s:s, s:s, s:b, s:I, s:s, s:s, s:s, s:O?, s:o, "
			"s:o}",
			"version", COMPARE_JSON_VERSION, "format", "steps", "patches", patches,
			"target", s->target, "unit", s->unit, "exact", (int)s->exact, "run",
			(json_int_t)s->run_id, "state", s->state, "when", s->when, "command",
			s->command, "host", s->host, "cells", cells, "warnings",
			json_of_lines(&s->warnings));
	if (obj)
		json_object_set_new(obj, "judged_by", json_of_rules(&st->judged_by));
	return json_print(obj, out, e);
}
