/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock that samples are measured in: nanoseconds, or, in an emulator that
 * counts them, guest instructions. The second is only ever claimed after it was
 * proven: clock_use() runs loops of known length and looks at the ticks.
 */
#ifndef FB_BENCH_CLOCK_H
#define FB_BENCH_CLOCK_H

#include <stdint.h>

#include "lib/error.h"

enum clock_unit {
	CLOCK_UNIT_NS,	 /* CLOCK_MONOTONIC_RAW */
	CLOCK_UNIT_INSN, /* instructions of one emulated CPU, user and kernel */
};

/* One loop of the proof: what it takes by construction, what the clock said. */
struct clock_proof {
	const char *loop;
	uint64_t expected; /* instructions */
	uint64_t measured; /* ticks; the least of several tries */
};

#define CLOCK_PROOFS 2

struct clock_info {
	enum clock_unit unit;
	uint64_t overhead;	   /* ticks between two readings in a row: the least seen, */
	uint64_t overhead_typical; /* and the median. Subtracted from nothing. */
	struct clock_proof proof[CLOCK_PROOFS]; /* INSN only; loop is NULL otherwise */
};

/*
 * Makes bench_clock() tick in UNIT and fills INFO. -EOPNOTSUPP if this clock
 * cannot (not an emulator's, or an architecture without support); the clock
 * then is as it was before.
 */
int clock_use(enum clock_unit unit, struct clock_info *info, struct error *e);

/*
 * Waits (by spinning) until the kernel's timer has just ticked, at most 100 ms.
 * A sample in emulation starts there: the next tick, some 10000 instructions of
 * work that is not its own, then comes after the same number of instructions in
 * each sample, boot and kernel, and not at all in samples shorter than a tick.
 */
void clock_wait_tick(void);

/* "ns" or "insn", and back (-EINVAL). */
const char *clock_unit_name(enum clock_unit unit);
int clock_unit_parse(const char *text, enum clock_unit *unit);

#endif
