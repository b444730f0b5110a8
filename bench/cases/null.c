// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * null: nothing but the harness. Turns of an empty loop, no kernel path at all:
 * two kernels must not differ here, and what they differ by is the harness's
 * own noise.
 */
#include "bench/bench.h"

static const struct param_desc params[] = {
	{ .name = "ops",
	  .type = PARAM_UINT,
	  .help = "turns of the empty loop",
	  .defaults = "1000",
	  .min = 1,
	  .max = 1000000000 },
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_op", UNIT_TICKS, BETTER_LOWER, true,
	  "one turn of an empty loop, the clock included" },
	{ 0 },
};

static void null_run(struct bench *b)
{
	uint64_t n = param_num(b->params, "ops");

	for (uint64_t i = 0; i < n; i++)
		asm volatile("" : : : "memory");
	b->ops = n;
}

/* The claim: no kernel work. A fault inside the timed span breaks it. */
static int null_check(struct bench *b)
{
	if (b->minor_faults)
		return bench_refuse(b, "%llu page faults in a loop that touches no memory",
				    (unsigned long long)b->minor_faults);
	return 0;
}

const struct bench_case case_null = {
	.name = "null",
	.summary = "the harness itself: an empty loop",
	.params = params,
	.metrics = metrics,
	.run = null_run,
	.check = null_check,
};
