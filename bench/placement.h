/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where and how the measuring thread runs: pinned to one CPU (memory then comes
 * from that CPU's node by the default policy, which is left alone because a
 * policy of one's own changes the allocation path), and SCHED_FIFO during a
 * sample, so that a child just forked does not preempt its parent; the child
 * itself starts as SCHED_OTHER. What was not permitted is recorded, not fatal.
 * Memory is not locked: that would change the faults that are measured.
 *
 * A cell with param "node" or "memory" is moved for its time, and back.
 */
#ifndef FB_BENCH_PLACEMENT_H
#define FB_BENCH_PLACEMENT_H

#include <stdbool.h>

#include "bench/bench.h"
#include "bench/place.h"
#include "lib/error.h"
#include "lib/json.h"

/* More nodes than any kernel is built for. */
#define PLACEMENT_NODE_BITS 4096

struct placement {
	int cpu;	/* where it runs */
	int node;	/* of that CPU; -1 unknown */
	int pin_errno;	/* 0: pinned */
	int fifo_errno; /* 0: SCHED_FIFO works */

	struct place all;  /* what this process may use */
	struct place cell; /* and the cell under way */
	int cell_cpu;	   /* where that runs */
	bool moved;	   /* to cell_cpu, from cpu */
	bool policy;	   /* a memory policy was set, in place of the one below */
	int old_mode;
	unsigned long old_nodes[PLACEMENT_NODE_BITS / (8 * sizeof(unsigned long))];
};

/*
 * Pins this thread to CPU, or with -1 to the one it is on, and tries SCHED_FIFO
 * once. -EINVAL if CPU was asked for and cannot be had.
 */
int placement_begin(struct placement *p, int cpu, struct error *e);

/*
 * Before a cell's setup: goes to the CPU and sets the memory policy that B's params ask for,
 * and fills b->place. Nothing is done for a cell that has neither param. 0, BENCH_SKIP where
 * this machine has no such place, or negative errno.
 */
int placement_cell_begin(struct placement *p, struct bench *b);
/* After its teardown: as it was before. */
void placement_cell_end(struct placement *p);
/* With each sample of a cell that asked for a place: where that is. */
void placement_evidence(const struct placement *p, struct bench *b);

/* Around one sample; nothing happens where SCHED_FIFO is not permitted. */
void placement_sample_begin(const struct placement *p);
void placement_sample_end(const struct placement *p);

/* {"cpu":0,"node":0,"pinned":true,"scheduler":"fifo"}: a new object. */
json_t *placement_to_json(const struct placement *p);
/* Nodes with CPUs and memory, as libnuma sees them: a new array. */
json_t *placement_nodes(void);

#endif
