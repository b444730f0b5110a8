// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of all cases, made from cases.def. */
#include <string.h>

#include "bench/bench.h"

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
