// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * null: nothing but the harness. Turns of an empty loop, no kernel path at all:
 * two kernels must not differ here, and what they differ by is the harness's
 * own noise.
 *
 * What an empty timed span reads is the span less the loop; what the loop takes is found
 * outside of it, from two lengths of it, so that what both have in common cancels out.
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
	{ "per_sample", UNIT_TICKS, BETTER_NEITHER, true,
	  "what the timed span of a sample reads with nothing in it, the counters switched on" },
	{ 0 },
};

/* Never inlined: the same instructions, wherever it is timed. */
static void __attribute__((noinline)) turn(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		asm volatile("" : : : "memory");
}

static void null_run(struct bench *b)
{
	uint64_t n = param_num(b->params, "ops");

	turn(n);
	b->ops = n;
}

#define SHORT 1000
#define LONG  3000
#define TRIES 25

/* The least of several: what disturbs only ever adds. */
static uint64_t ticks_of(uint64_t n)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t start = bench_clock(), ticks;

		turn(n);
		ticks = bench_clock() - start;
		if (ticks < best)
			best = ticks;
	}
	return best;
}

/* The claim: no kernel work. A fault inside the timed span breaks it. */
static int null_check(struct bench *b)
{
	double per_turn;

	if (b->minor_faults)
		return bench_refuse(b, "%llu page faults in a loop that touches no memory",
				    (unsigned long long)b->minor_faults);
	per_turn = ((double)ticks_of(LONG) - (double)ticks_of(SHORT)) / (LONG - SHORT);
	bench_value(b, "per_sample", (double)b->ticks - per_turn * (double)b->ops);
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
