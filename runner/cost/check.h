/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts against what the guest itself says: the straight lines of the agent's proof, and the
 * clock, which in a guest with one CPU counts instructions one by one.
 */
#ifndef FB_RUNNER_COST_CHECK_H
#define FB_RUNNER_COST_CHECK_H

#include <stdint.h>

#include "lib/record.h"
#include "runner/cost/read.h"

/* The first window of each boot is no sample; bench/span.h has the same. */
#define COST_PROOF_WINDOW 1
#define COST_PROOF_RUN	  1000
#define COST_PROOF_LAP	  2000

/* What the record of a sample says of its window. */
struct cost_sample {
	uint32_t window;
	uint64_t ticks;
	uint64_t laps;	 /* 0: the run is what the ticks are of */
	uint64_t faults; /* that its record tells of */
};

/* All samples of a boot, as their records pass. Zero is none. */
struct cost_samples {
	struct cost_sample *v; /* by window */
	size_t n, room;
	bool insns;	/* the clock counts instructions */
	uint64_t clock; /* ticks between two readings of it in a row */
	/*
	 * Where the kernel begins to handle a fault, 0 if that is not known: an instruction that
	 * faults is counted twice, the clock has it once.
	 */
	uint64_t fault_entry;
};

/* Keeps what REC has to say of windows, if anything. */
void cost_samples_add(struct cost_samples *s, const struct record *rec);
/* Finds fault_entry among the functions of a kernel of ARCH. */
void cost_samples_symbols(struct cost_samples *s, const char *arch, const struct symbols *symbols);
void cost_samples_release(struct cost_samples *s);
/* NULL: no sample's record names that window. */
const struct cost_sample *cost_samples_find(const struct cost_samples *s, uint32_t window);

/* What is wrong with the agent's proof, for the caller to free; NULL if it is as it has to be. */
char *cost_check_proof(const struct cost_window *w);

/*
 * What is wrong with a sample's window, likewise: instructions that all contexts together
 * executed in what the ticks are of, against these ticks. Where the guest was idle meanwhile, its
 * clock goes on without instructions, and only too many of them are wrong.
 */
char *cost_check_window(const struct cost_samples *all, const struct cost_sample *s,
			const struct cost_window *w);

#endif
