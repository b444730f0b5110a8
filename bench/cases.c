// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of all cases, made from cases.def. */
#include <string.h>

#include "bench/bench.h"
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

/* What every case takes when it is given; without defaults, so that no cell has it otherwise. */
static const struct param_desc common[] = {
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
	for (const struct param_desc *d = common; d->name && n < PARAMS_MAX; d++)
		table[n++] = *d;
	return table;
}
