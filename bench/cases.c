// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of all cases, made from cases.def. */
#include <string.h>

#include "bench/bench.h"
#include "bench/place.h"
#include "lib/cleanup.h"

#define CASE(x) extern const struct bench_case case_##x;
#include "bench/cases.def"
#undef CASE

#define CASE(x) &case_##x,
const struct bench_case *const bench_cases[] = {
#include "bench/cases.def"
	NULL,
};
#undef CASE

const struct bench_case *bench_case_find(const char *name)
{
	for (const struct bench_case *const *c = bench_cases; *c; c++) {
		if (!strcmp((*c)->name, name))
			return *c;
	}
	return NULL;
}

/* Without defaults, so that no cell has one that it was not given. */
const struct param_desc bench_common_params[] = {
	{
		.name = "node",
		.type = PARAM_UINT,
		.help = "NUMA node whose CPU the cell runs on",
		.max = PLACE_NODES_MAX - 1,
	},
	{
		.name = "memory",
		.type = PARAM_ENUM,
		.help = "NUMA node that memory comes from; verified page by page",
		.choices = (const char *const[]){ "local", "remote", "interleave", NULL },
	},
	{ 0 },
};

const struct param_desc *bench_case_params(const struct bench_case *bc)
{
	static struct param_desc tables[ARRAY_SIZE(bench_cases)][PARAMS_MAX + 1];
	struct param_desc *table = NULL;
	size_t n = 0;

	for (size_t i = 0; bench_cases[i]; i++) {
		if (bench_cases[i] == bc)
			table = tables[i];
	}
	if (!table || table[0].name)
		return table;
	for (const struct param_desc *d = bc->params; d && d->name && n < PARAMS_MAX; d++)
		table[n++] = *d;
	for (const struct param_desc *d = bench_common_params; d->name && n < PARAMS_MAX; d++)
		table[n++] = *d;
	return table;
}
