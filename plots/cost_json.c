// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts as JSON, documented in docs/cost-json.md: keep the two together. */
#include <math.h>

#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/json.h"

/* Raised when a field changes its meaning or goes; new fields do not raise it. */
#define JSON_FORMAT_VERSION 1

static json_t *counts_of(const struct cost_counts *c)
{
	json_t *obj = json_object();

	for (int i = 0; i < COST_EVENTS; i++)
		json_object_set_new(obj, cost_events[i].name, json_real(c->n[i]));
	return obj;
}

static json_t *function_of(const struct cost_function *f)
{
	json_t *obj;

	if (!f)
		return json_null();
	obj = counts_of(&f->c);
	if (f->varies) {
		json_object_set_new(obj, "lo", json_real(f->lo));
		json_object_set_new(obj, "hi", json_real(f->hi));
	}
	return obj;
}

static json_t *apart_of(const struct cost_side *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_apart; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:f, s:I}", "context", s->apart[i].context,
						"instructions", s->apart[i].insns, "windows",
						(json_int_t)s->apart[i].windows));
	return list;
}

static json_t *varying_of(const struct cost_side *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].varies)
			json_array_append_new(list, json_string(s->v[i].name));
	}
	return list;
}

static json_t *side_of(const struct cost_side *s)
{
	json_t *obj = json_pack("{s:I, s:I, s:I, s:I, s:f, s:o, s:s}", "boots",
				(json_int_t)s->boots, "windows", (json_int_t)s->windows, "distinct",
				(json_int_t)s->distinct, "identical", (json_int_t)s->modal, "ops",
				s->ops, "varies", varying_of(s), "bad", s->bad);

	json_object_set_new(obj, "lost", json_integer((json_int_t)s->lost));
	json_object_set_new(obj, "clock", json_real(s->ticks));
	json_object_set_new(obj, "kernel", counts_of(&s->kernel));
	json_object_set_new(obj, "user", counts_of(&s->user));
	json_object_set_new(obj, "page_faults", json_real(s->faults));
	json_object_set_new(obj, "syscalls", json_real(s->syscalls));
	json_object_set_new(obj, "interrupts", json_real(s->interrupts));
	json_object_set_new(obj, "apart", apart_of(s));
	return obj;
}

static json_t *row_of(const struct cost_row *r)
{
	return json_pack("{s:s, s:b, s:s, s:o, s:o, s:o}", "name", r->name, "user", (int)r->user,
			 "note", r->note, "baseline", function_of(r->baseline), "patched",
			 function_of(r->patched), "delta", counts_of(&r->delta));
}

/* Of one kernel: nothing to compare a function with. */
static json_t *profile_row_of(const struct cost_function *f)
{
	return json_pack("{s:s, s:b, s:o}", "name", f->name, "user", (int)f->user, "baseline",
			 function_of(f));
}

static json_t *delta_of(const struct cost_cell *c)
{
	struct cost_counts d = { 0 };

	for (int i = 0; i < COST_EVENTS; i++)
		d.n[i] = c->patched.kernel.n[i] - c->baseline.kernel.n[i];
	return counts_of(&d);
}

static json_t *cell_of(const struct cost_cell *c, bool profile)
{
	json_t *functions = json_array();
	json_t *obj = json_pack("{s:s, s:s, s:O, s:s, s:s, s:o}", "case", c->case_name, "summary",
				c->summary, "params", c->params, "metric", c->metric, "per", c->per,
				"baseline", side_of(&c->baseline));

	if (!profile) {
		json_object_set_new(obj, "patched", side_of(&c->patched));
		json_object_set_new(obj, "delta", delta_of(c));
	}
	for (size_t i = 0; !profile && i < c->n_rows; i++)
		json_array_append_new(functions, row_of(&c->rows[i]));
	for (size_t i = 0; profile && i < c->baseline.n; i++)
		json_array_append_new(functions, profile_row_of(&c->baseline.v[i]));
	json_object_set_new(obj, "functions", functions);
	return obj;
}

static json_t *kernel_of(const struct cost_kernel *k)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "name", k->name, "hash", k->hash, "release",
			 k->release, "arch", k->arch);
}

json_t *cost_to_json(const struct cost_comparison *c)
{
	const bool profile = !c->patched.name;
	json_t *cells = json_array();

	for (size_t i = 0; i < c->n_cells; i++)
		json_array_append_new(cells, cell_of(&c->cells[i], profile));
	return json_pack("{s:i, s:I, s:s, s:s, s:o, s:o, s:o, s:o}", "version", JSON_FORMAT_VERSION,
			 "run", (json_int_t)c->run_id, "when", c->when, "command", c->command,
			 "baseline", kernel_of(&c->baseline), "patched",
			 profile ? json_null() : kernel_of(&c->patched), "cells", cells, "warnings",
			 json_of_lines(&c->warnings));
}

int cost_json(const struct cost_comparison *c, FILE *out, struct error *e)
{
	return json_print(cost_to_json(c), out, e);
}

int cost_json_print(json_t *obj, FILE *out, struct error *e)
{
	return json_print(json_incref(obj), out, e);
}
