// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel against itself, for programs: docs/statistics.md says what the fields are. */
#include <math.h>

#include "plots/calibration.h"
#include "plots/json.h"

#define JSON_FORMAT_VERSION 1

static json_t *real_or_null(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *floor_or_null(double v)
{
	return v < 0 ? json_null() : real_or_null(v);
}

static json_t *rate_to_json(const struct false_rate *r)
{
	return json_pack("{s:I, s:I, s:o, s:f, s:f}", "false", (json_int_t)r->k, "of",
			 (json_int_t)r->n, "rate",
			 r->n ? json_real((double)r->k / (double)r->n) : json_null(), "lo", r->lo,
			 "hi", r->hi);
}

static json_t *cell_to_json(const struct compare_cell *c)
{
	const struct cell_floor f = calibration_floor(c);

	return json_pack("{s:s, s:O, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "case",
			 c->case_name, "params", c->params, "metric", c->metric, "unit", c->unit,
			 "headline", (int)c->headline, "change",
			 c->has_change ? json_real(c->change) : json_null(), "lo",
			 real_or_null(c->j.lo), "hi", real_or_null(c->j.hi), "p",
			 real_or_null(c->j.p), "verdict", verdict_name(c->verdict), "rebooted",
			 floor_or_null(f.reboot), "rebuilt", floor_or_null(f.rebuild));
}

static json_t *parts_to_json(const struct calibration *cal)
{
	json_t *obj = rate_to_json(&cal->parts);

	json_object_set_new(obj, "experiments", json_integer((json_int_t)cal->experiments));
	json_object_set_new(obj, "blocks", json_integer((json_int_t)cal->least_blocks));
	json_object_set_new(obj, "clustering", json_real(cal->clustering));
	return obj;
}

static json_t *simulated_to_json(const struct calibration_view *v)
{
	const struct sim_model *m = &v->cal->model;
	struct false_rate alone, table;

	if (!v->alone.experiments || !v->table.experiments)
		return json_null();
	alone = false_rate_of(v->alone.any_false, v->alone.experiments);
	table = false_rate_of(v->table.any_false, v->table.experiments);
	return json_pack("{s:o, s:o, s:I, s:I, s:f, s:f, s:f}", "alone", rate_to_json(&alone),
			 "table", rate_to_json(&table), "cells", (json_int_t)m->cells, "blocks",
			 (json_int_t)m->boots, "sd_boot", m->sd_boot, "sd_block", m->sd_block,
			 "autocorrelation", m->autocorrelation);
}

int calibration_json(const struct calibration_view *v, FILE *out, struct error *e)
{
	const struct comparison *c = v->c;
	const struct calibration *cal = v->cal;
	json_t *cells = json_array();

	for (size_t i = 0; i < c->n_cells; i++)
		json_array_append_new(cells, cell_to_json(&c->cells[i]));
	return json_print(
		json_pack("{s:i, s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:o, "
			  "s:o,"
			  " s:o, s:o, s:b, s:I, s:o, s:o}",
			  "version", JSON_FORMAT_VERSION, "run", (json_int_t)c->run_id, "when",
			  c->when, "command", c->command, "target", c->target, "unit", c->unit,
			  "machine", c->machine, "kernel", json_of_kernel(&c->baseline), "blocks",
			  (int)cal->blocks, "layouts", (int)cal->layouts, "cells", cells, "alone",
			  rate_to_json(&cal->alone), "table", rate_to_json(&cal->table),
			  "experiments", parts_to_json(cal), "exact",
			  json_pack("{s:I, s:I}", "cells", (json_int_t)cal->exact, "false",
				    (json_int_t)cal->exact_false),
			  "serial_correlation", real_or_null(cal->serial), "simulated",
			  simulated_to_json(v), "exceeds", (int)calibration_exceeds(cal),
			  "floors_stored", (json_int_t)v->n_floors, "lacks",
			  json_of_lines(&c->lacks), "warnings", json_of_lines(&c->warnings)),
		out, e);
}
