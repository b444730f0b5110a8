// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_clock() and the proof that it counts what it is said to count; see
 * clock.h. Time is CLOCK_MONOTONIC_RAW through the vDSO. Instructions are a counter of a
 * guest under "-accel tcg -icount shift=0" that advances by one for each guest instruction:
 * of an x86 one the time-stamp counter; of an arm64 one the virtual counter of the timer,
 * which the emulator is told to run at 1 GHz (at its usual 62.5 MHz the proof fails). No
 * fence is needed with them: the emulator runs one instruction after the other; all that
 * must be kept in order is the compiler.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"
#include "bench/clock.h"
#include "bench/numbers.h"
#include "lib/cleanup.h"

static enum clock_unit current_unit = CLOCK_UNIT_NS;

#if defined(__x86_64__)
#define HAVE_INSN_CLOCK 1

static inline uint64_t insn_clock(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* 2 instructions a turn; real CPUs take one cycle for both. */
static void loop_count(uint64_t turns)
{
	asm volatile("1:\n\tdec %0\n\tjnz 1b" : "+r"(turns) : : "cc");
}
#define COUNT_PER_TURN 2

/* 6 instructions a turn, a chain in which each multiplication waits for the last. */
static void loop_multiply(uint64_t turns)
{
	uint64_t x = 3;

	asm volatile("1:\n\timul %1, %1\n\timul %1, %1\n\timul %1, %1\n\timul %1, %1\n\t"
		     "dec %0\n\tjnz 1b"
		     : "+r"(turns), "+r"(x)
		     :
		     : "cc");
}
#define MULTIPLY_PER_TURN 6

#elif defined(__aarch64__)
#define HAVE_INSN_CLOCK	  1

static inline uint64_t insn_clock(void)
{
	uint64_t count;

	asm volatile("mrs %0, cntvct_el0" : "=r"(count) : : "memory");
	return count;
}

/* 2 instructions a turn; real CPUs take one cycle for both. */
static void loop_count(uint64_t turns)
{
	asm volatile("1:\n\tsubs %0, %0, #1\n\tb.ne 1b" : "+r"(turns) : : "cc");
}
#define COUNT_PER_TURN	  2

/* 6 instructions a turn, a chain in which each multiplication waits for the last. */
static void loop_multiply(uint64_t turns)
{
	uint64_t x = 3;

	asm volatile("1:\n\tmul %1, %1, %1\n\tmul %1, %1, %1\n\tmul %1, %1, %1\n\t"
		     "mul %1, %1, %1\n\tsubs %0, %0, #1\n\tb.ne 1b"
		     : "+r"(turns), "+r"(x)
		     :
		     : "cc");
}
#define MULTIPLY_PER_TURN 6

#else
#define HAVE_INSN_CLOCK	  0
#define COUNT_PER_TURN	  0
#define MULTIPLY_PER_TURN 0

static inline uint64_t insn_clock(void)
{
	return 0;
}

static void loop_count(uint64_t turns)
{
	(void)turns;
}

static void loop_multiply(uint64_t turns)
{
	(void)turns;
}
#endif

static uint64_t nanoseconds(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t bench_clock(void)
{
	if (current_unit == CLOCK_UNIT_INSN)
		return insn_clock();
	return nanoseconds(CLOCK_MONOTONIC_RAW);
}

/* Two loops whose cycles per instruction differ: no real clock fits both. */
static const struct {
	const char *name;
	void (*run)(uint64_t turns);
	unsigned int per_turn;
} loops[CLOCK_PROOFS] = {
	{ "count", loop_count, COUNT_PER_TURN },
	{ "multiply", loop_multiply, MULTIPLY_PER_TURN },
};

#define PROOF_SHORT 1000
#define PROOF_LONG  11000
#define PROOF_TRIES 9

static uint64_t ticks_of(void (*run)(uint64_t turns), uint64_t turns)
{
	uint64_t best = UINT64_MAX;

	/* the least of several: a timer tick in between only ever adds */
	for (int i = 0; i < PROOF_TRIES; i++) {
		uint64_t start = insn_clock(), ticks;

		run(turns);
		ticks = insn_clock() - start;
		if (ticks < best)
			best = ticks;
	}
	return best;
}

/* A long loop less a short one: what call and clock cost cancels out. */
static int prove(struct clock_proof *proof, size_t i, struct error *e)
{
	uint64_t diff, slack;

	proof->loop = loops[i].name;
	proof->expected = (uint64_t)loops[i].per_turn * (PROOF_LONG - PROOF_SHORT);
	proof->measured = ticks_of(loops[i].run, PROOF_LONG) - ticks_of(loops[i].run, PROOF_SHORT);
	slack = proof->expected / 1000;
	diff = proof->measured > proof->expected ? proof->measured - proof->expected
						 : proof->expected - proof->measured;
	if (diff <= slack)
		return 0;
	return error_set(e, EOPNOTSUPP,
			 "clock: it does not count instructions: a loop of %" PRIu64
			 " instructions (%s) took %" PRIu64
			 " ticks; unit insn needs QEMU with -accel tcg -icount shift=0",
			 proof->expected, proof->loop, proof->measured);
}

static void measure_overhead(struct clock_info *info)
{
	uint64_t ticks[101];

	for (size_t i = 0; i < ARRAY_SIZE(ticks); i++) {
		uint64_t start = bench_clock();

		ticks[i] = bench_clock() - start;
	}
	numbers_sort(ticks, ARRAY_SIZE(ticks));
	info->overhead = ticks[0];
	info->overhead_typical = ticks[ARRAY_SIZE(ticks) / 2];
}

int clock_use(enum clock_unit unit, struct clock_info *info, struct error *e)
{
	memset(info, 0, sizeof(*info));
	info->unit = unit;
	if (unit == CLOCK_UNIT_INSN) {
		if (!HAVE_INSN_CLOCK)
			return error_set(e, EOPNOTSUPP,
					 "clock: unit insn is not supported on this architecture");
		for (size_t i = 0; i < CLOCK_PROOFS; i++) {
			int rc = prove(&info->proof[i], i, e);

			if (rc)
				return rc;
		}
	}
	current_unit = unit;
	measure_overhead(info);
	return 0;
}

void clock_wait_tick(void)
{
	/* the coarse clock moves with the tick and at no other time */
	uint64_t tick = nanoseconds(CLOCK_MONOTONIC_COARSE);
	uint64_t limit = nanoseconds(CLOCK_MONOTONIC) + 100000000u;

	while (nanoseconds(CLOCK_MONOTONIC_COARSE) == tick && nanoseconds(CLOCK_MONOTONIC) < limit)
		;
}

static const char *const unit_names[] = {
	[CLOCK_UNIT_NS] = "ns",
	[CLOCK_UNIT_INSN] = "insn",
};

const char *clock_unit_name(enum clock_unit unit)
{
	return unit_names[unit];
}

int clock_unit_parse(const char *text, enum clock_unit *unit)
{
	for (size_t i = 0; i < ARRAY_SIZE(unit_names); i++) {
		if (text && !strcmp(text, unit_names[i])) {
			*unit = (enum clock_unit)i;
			return 0;
		}
	}
	return -EINVAL;
}
