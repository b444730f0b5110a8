/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child that shares a region's pages and otherwise does nothing: it sleeps in
 * read(2) until it is asked to call a function or told to go.
 *
 * child_open() and child_close() around it are untimed; child_fork() is one
 * fork() and nothing else, fit for a timed span. child_close() reaps, and may be
 * called at any time, also twice.
 */
#ifndef FB_BENCH_CHILD_H
#define FB_BENCH_CHILD_H

#include <sys/types.h>

#include "bench/region.h"

struct child {
	const struct region *region;
	pid_t pid;   /* 0: none; negative: fork() failed with this errno */
	int to[2];   /* pipes: orders to the child */
	int from[2]; /* and its answers */
};

/* Zero is no valid state for file descriptors. */
#define CHILD_NONE                                                                                 \
	{                                                                                          \
		.to = { -1, -1 }, .from = { -1, -1 }                                               \
	}

/* Makes the pipes. 0 or -errno. R must outlive the child. */
int child_open(struct child *c, const struct region *r, struct error *e);
/*
 * One fork() and nothing else. By _Fork(), without the C library's handlers and
 * locks; not inlined, so that all cases time the same code. Sets c->pid.
 */
void child_fork(struct child *c);

/*
 * What a child may be asked to do with its copy of the region: FN(region, ARG) runs in the
 * child, whose address space is the parent's of when it was forked. The region's
 * arrays are not there (MADV_DONTFORK). Globals that FN changes change in the child only.
 */
typedef uint64_t child_fn(const struct region *r, uint64_t arg);

/* *ANSWER := what FN returned in the child. 0, or -errno if the child is gone. */
int child_call(struct child *c, child_fn *fn, uint64_t arg, uint64_t *answer, struct error *e);

/* *WRONG := how many pages the child sees otherwise than with BYTE, to the last one. 0 or -errno.
 */
int child_wrong(struct child *c, unsigned char byte, uint64_t *wrong, struct error *e);

/* Lets the child exit and waits until it is gone. 0, or -errno if it did not end well. */
int child_close(struct child *c, struct error *e);

/*
 * Lets the child exit and waits until it is gone. *TICKS := from right before its _exit() to
 * when waitpid() has returned here: on the one CPU that both are pinned to, with both under
 * SCHED_FIFO where permitted, that is its exit and the switch to this process.
 * The child says when it began by a write of 8 bytes to a pipe, which is in there.
 * Ahead of that, untimed, it gives back its copy of the agent's heap: what that is changes from
 * sample to sample.
 * SPAN is what is marked meanwhile: SPAN_LAP or CHILD_EXIT_SPAN, for a metric of its own.
 * 0, or -errno if it did not end well; closed in any case.
 */
enum { CHILD_EXIT_SPAN = SPAN_METRIC + 1 };
int child_exit(struct child *c, unsigned int span, uint64_t *ticks, struct error *e);

/* The state of a case that is about a region and a child that shares it. */
struct family {
	struct region region;
	struct child child;
};

/* Operations of such a case; the region comes from params folio and size. */
int family_setup(struct bench *b);
void family_teardown(struct bench *b);
/* A new region, populated and verified; no child yet, but all that it needs. Sets ops. */
int family_prepare(struct bench *b);
/* Makes the child, untimed. */
int family_fork(struct bench *b);

#endif
