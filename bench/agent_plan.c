// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plan: JSON lines, a head and one line a cell. All of it is checked before
 * anything is run: an agent never does half of a plan that it does not know.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/agent.h"
#include "bench/events.h"
#include "lib/cleanup.h"
#include "lib/fs.h"

#define PLAN_VERSION 1
#define SAMPLES_MAX  1000000

/* A number that is there or not: 0. What is less than 1 is an error. */
static int read_count(json_t *obj, const char *name, unsigned int *out, struct error *e)
{
	json_t *number = json_object_get(obj, name);

	if (number && (!json_is_integer(number) || json_integer_value(number) < 1 ||
		       json_integer_value(number) > 65535))
		return error_set(e, EINVAL, "%s: wants how many there are", name);
	*out = (unsigned int)json_integer_value(number);
	return 0;
}

static int read_events(json_t *events, struct agent_plan *plan, struct error *e)
{
	json_t *name;
	size_t i;

	json_array_foreach(events, i, name) {
		int rc = json_is_string(name)
				 ? events_parse(json_string_value(name), &plan->events, e)
				 : error_set(e, EINVAL, "wants names");

		if (rc)
			return error_prefix(e, rc, "events");
	}
	return 0;
}

static int read_head(json_t *obj, struct agent_plan *plan, struct error *e)
{
	json_int_t v = json_integer_value(json_object_get(obj, "v"));
	json_t *settle = json_object_get(obj, "settle_s");
	json_t *cpu = json_object_get(obj, "cpu");
	json_t *modules = json_object_get(obj, "modules");
	json_t *symbols = json_object_get(obj, "symbols");
	json_t *module;
	size_t i;
	int rc;

	if (v != PLAN_VERSION)
		return error_set(e, EINVAL, "version %lld, this agent reads version %d",
				 (long long)v, PLAN_VERSION);
	if (clock_unit_parse(json_string_value(json_object_get(obj, "unit")), &plan->unit))
		return error_set(e, EINVAL, "unit: wants ns or insn");
	if (settle && (!json_is_number(settle) || json_number_value(settle) < 0 ||
		       json_number_value(settle) > 3600))
		return error_set(e, EINVAL, "settle_s: wants seconds from 0 to 3600");
	plan->settle_s = json_number_value(settle);
	if (cpu && (!json_is_integer(cpu) || json_integer_value(cpu) < 0 ||
		    json_integer_value(cpu) > 65535))
		return error_set(e, EINVAL, "cpu: wants the number of a CPU");
	if (symbols && !json_is_boolean(symbols))
		return error_set(e, EINVAL, "symbols: wants true or false");
	plan->symbols = json_is_true(symbols);
	plan->cpu = cpu ? (int)json_integer_value(cpu) : -1;
	rc = read_count(obj, "cpus", &plan->cpus, e);
	if (!rc)
		rc = read_count(obj, "nodes", &plan->nodes, e);
	if (rc)
		return rc;
	json_array_foreach(modules, i, module) {
		if (!json_is_string(module))
			return error_set(e, EINVAL, "modules: wants file names");
		strv_add(&plan->modules, json_string_value(module));
	}
	return read_events(json_object_get(obj, "events"), plan, e);
}

static int read_cell(json_t *obj, struct agent_plan *plan, struct error *e)
{
	const char *name = json_string_value(json_object_get(obj, "case"));
	json_t *number = json_object_get(obj, "cell");
	json_int_t samples = json_integer_value(json_object_get(obj, "samples"));
	struct engine_cell *cell;
	int rc;

	if (!json_is_integer(number) || json_integer_value(number) < 0 ||
	    json_integer_value(number) > INT32_MAX)
		return error_set(e, EINVAL, "cell: wants a number");
	if (samples < 1 || samples > SAMPLES_MAX)
		return error_set(e, EINVAL, "samples: wants a number from 1 to %d", SAMPLES_MAX);
	plan->cells = xrealloc(plan->cells, (plan->n_cells + 1) * sizeof(*cell));
	cell = &plan->cells[plan->n_cells];
	memset(cell, 0, sizeof(*cell));
	cell->cell = (int)json_integer_value(number);
	cell->samples = (unsigned int)samples;
	cell->bc = name ? bench_case_find(name) : NULL;
	if (!cell->bc)
		return error_set(e, EINVAL, "no case %s in this agent", name ? name : "named");
	rc = params_from_json(bench_case_params(cell->bc), json_object_get(obj, "params"),
			      &cell->params, e);
	if (rc)
		return error_prefix(e, rc, "case %s", name);
	plan->n_cells++;
	return 0;
}

static void hash_text(const char *text, size_t len, char hash[17])
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
	snprintf(hash, 17, "%016" PRIx64, h);
}

static int read_lines(char *text, struct agent_plan *plan, struct error *e)
{
	unsigned int number = 0;
	char *next = text;
	bool head = false;

	while (next) {
		char *line = strsep(&next, "\n");
		json_t *obj __json = NULL;
		int rc;

		number++;
		if (!*line)
			continue;
		obj = json_parse(line, strlen(line), e);
		rc = !obj ? -EINVAL : head ? read_cell(obj, plan, e) : read_head(obj, plan, e);
		if (rc)
			return error_prefix(e, -EINVAL, "line %u", number);
		head = true;
	}
	if (!plan->n_cells && !plan->symbols)
		return error_set(e, EINVAL, "it has no cells");
	return 0;
}

int agent_plan_read(const char *path, struct agent_plan *plan, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };
	int rc = fs_read(strcmp(path, "-") ? path : "/dev/stdin", &sb, e);

	memset(plan, 0, sizeof(*plan));
	plan->cpu = -1;
	if (rc)
		return error_prefix(e, rc, "plan");
	strbuf_addstr(&sb, "");
	hash_text(strbuf_str(&sb), sb.len, plan->hash);
	if (sb.len)
		rc = read_lines(sb.buf, plan, e);
	else
		rc = error_set(e, EINVAL, "it is empty");
	if (!rc)
		return 0;
	agent_plan_release(plan);
	return error_prefix(e, rc, "plan %s", path);
}

void agent_plan_release(struct agent_plan *plan)
{
	strv_release(&plan->modules);
	strv_release(&plan->events);
	free(plan->cells);
	plan->cells = NULL;
	plan->n_cells = 0;
}
