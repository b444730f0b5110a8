/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that do the same thing at the same time, each pinned to a CPU of its
 * own. They are forked from this one and share its memory copy-on-write; one page
 * that is really shared has the barriers and what each of them found.
 *
 * A round is one call of a function in every task. In a timed round the tasks
 * wait for each other once they all run, spinning, so that the clock starts with
 * no one still asleep; it stops for each when its function returns.
 */
#ifndef FB_BENCH_TASKS_H
#define FB_BENCH_TASKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/place.h"
#include "lib/error.h"

#define TASKS_MAX 1024

/* What a task does in a round; runs there. Its globals are its own, as of when it was forked. */
typedef uint64_t task_fn(void *arg, unsigned int task);

struct task_result {
	uint64_t ticks;	 /* from the start of all to this one's end; timed rounds */
	uint64_t faults; /* minor ones */
	uint64_t answer; /* what the function returned */
};

struct tasks {
	unsigned int n;
	int cpu[TASKS_MAX];
	pid_t pid[TASKS_MAX];	 /* 0: none */
	struct tasks_page *page; /* shared with the tasks */
	size_t page_size;
	unsigned int round;
	int dead; /* the task that was found dead, or -1 */
};

/*
 * Chooses the CPUs of N tasks among those of P: spread evenly, beginning at this thread's, and
 * hardware threads of one core only where there are more tasks than cores. -ERANGE if P has
 * fewer than N, other negative errno. tasks_close() is due in any case.
 */
int tasks_open(struct tasks *t, unsigned int n, const struct place *p);
void tasks_close(struct tasks *t);

/* Forks them; they wait. Those of before are ended. 0 or -errno with a line in E. */
int tasks_fork(struct tasks *t, struct error *e);
/* Ends them: each is killed and reaped. */
void tasks_end(struct tasks *t);

/*
 * One round of FN(ARG) in all tasks; returns when the last one has ended. Sets dead if one of
 * them did not get there.
 */
void tasks_round(struct tasks *t, task_fn *fn, void *arg, bool timed);
/* What task I has found in the last round. */
struct task_result tasks_result(const struct tasks *t, unsigned int i);

/*
 * OUT := N of the COUNT CPUs, as tasks_open() chooses; SECOND[i]: CPU i is not the first thread
 * of its core. FIRST: the CPU to begin with, where it is among them. N is at most COUNT.
 */
void tasks_spread(const int *cpus, const bool *second, unsigned int count, int first,
		  unsigned int n, int *out);

#endif
