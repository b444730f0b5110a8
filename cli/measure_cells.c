// SPDX-License-Identifier: GPL-2.0-or-later
/* From cases and params to the cells that every boot measures; see measure_parts.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/measure_parts.h"
#include "lib/cleanup.h"
#include "lib/params.h"

static int unknown_case(const char *name, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };

	for (size_t i = 0; bench_cases[i]; i++)
		strbuf_addf(&sb, "%s%s", i ? ", " : "", bench_cases[i]->name);
	return error_set(e, EINVAL, "no case '%s'; there are %s", name, strbuf_str(&sb));
}

/* Every assignment must be for a param that at least one chosen case has. */
static int check_params(const struct strv *params, const struct strv *cases, struct error *e)
{
	strv_for_each(params, p) {
		size_t len = strcspn(*p, "=");
		bool found = false;

		strv_for_each(cases, c)
			found |=
				param_find(bench_case_params(bench_case_find(*c)), *p, len) != NULL;
		if (!found)
			return error_set(e, EINVAL,
					 "%s: none of the chosen cases has a param '%.*s'"
					 " (see foliobench list cases)",
					 *p, (int)len, *p);
	}
	return 0;
}

/* Appends all cells of one case to the plan's list. */
static int add_cells(const struct bench_case *bc, const struct strv *params, unsigned int samples,
		     json_t *cells, struct error *e)
{
	struct param_set *sets __free = NULL;
	size_t n;
	int rc = params_expand(bench_case_params(bc), params, &sets, &n, e);

	if (rc)
		return error_prefix(e, rc, "case %s", bc->name);
	for (size_t i = 0; i < n; i++) {
		json_t *cell = json_object();

		json_object_set_new(cell, "cell", json_integer((json_int_t)json_array_size(cells)));
		json_object_set_new(cell, "case", json_string(bc->name));
		json_object_set_new(cell, "params", params_to_json(&sets[i]));
		json_object_set_new(cell, "samples", json_integer(samples));
		json_array_append_new(cells, cell);
	}
	return 0;
}

int measure_cells(const struct measure *m, unsigned int samples, json_t **out, struct error *e)
{
	struct strv names __strv = { 0 };
	json_t *cells __json = json_array();
	int rc;

	if (m->cases.n)
		strv_copy(&names, &m->cases);
	for (size_t i = 0; !m->cases.n && bench_cases[i]; i++)
		strv_add(&names, bench_cases[i]->name);
	strv_for_each(&names, it) {
		if (!bench_case_find(*it))
			return unknown_case(*it, e);
	}
	rc = check_params(&m->params, &names, e);
	for (size_t i = 0; i < names.n && !rc; i++)
		rc = add_cells(bench_case_find(names.v[i]), &m->params, samples, cells, e);
	if (rc)
		return rc;
	*out = take_ptr(cells);
	return 0;
}
