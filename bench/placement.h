/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where and how the measuring thread runs: pinned to one CPU (memory then comes
 * from that CPU's node by the default policy, which is left alone because a
 * policy of one's own changes the allocation path), and SCHED_FIFO during a
 * sample, so that a child just forked does not preempt its parent; the child
 * itself starts as SCHED_OTHER. What was not permitted is recorded, not fatal.
 * Memory is not locked: that would change the faults that are measured.
 */
#ifndef FB_BENCH_PLACEMENT_H
#define FB_BENCH_PLACEMENT_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/json.h"

struct placement {
	int cpu;	/* where it runs */
	int node;	/* of that CPU; -1 unknown */
	int pin_errno;	/* 0: pinned */
	int fifo_errno; /* 0: SCHED_FIFO works */
};

/*
 * Pins this thread to CPU, or with -1 to the one it is on, and tries SCHED_FIFO
 * once. -EINVAL if CPU was asked for and cannot be had.
 */
int placement_begin(struct placement *p, int cpu, struct error *e);

/* Around one sample; nothing happens where SCHED_FIFO is not permitted. */
void placement_sample_begin(const struct placement *p);
void placement_sample_end(const struct placement *p);

/* {"cpu":0,"node":0,"pinned":true,"scheduler":"fifo"}: a new object. */
json_t *placement_to_json(const struct placement *p);
/* Nodes with CPUs and memory, as libnuma sees them: a new array. */
json_t *placement_nodes(void);

#endif
