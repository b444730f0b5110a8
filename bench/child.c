// SPDX-License-Identifier: GPL-2.0-or-later
/* A child that shares pages and waits; see child.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/child.h"
#include "lib/cleanup.h"
#include "lib/strbuf.h"

int child_open(struct child *c, const struct region *r, struct error *e)
{
	*c = (struct child)CHILD_NONE;
	c->region = r;
	if (pipe2(c->to, O_CLOEXEC) || pipe2(c->from, O_CLOEXEC))
		return error_sys(e, errno, "pipe");
	return 0;
}

struct order {
	child_fn *fn; /* NULL: to exit */
	uint64_t arg; /* then: the span of it */
};

/* Of the two spans that an exit may be. No table of jumps: a child would fault it in, timed. */
#define mark_exit(mark, span)                                                                      \
	do {                                                                                       \
		if ((span) == SPAN_LAP)                                                            \
			mark(SPAN_LAP);                                                            \
		else                                                                               \
			mark(CHILD_EXIT_SPAN);                                                     \
	} while (0)

/*
 * A page boundary in the memory that malloc() has from brk(2), behind what the C library took of
 * it for itself before any code of ours was run.
 */
static char *heap;

static void __attribute__((constructor(101))) note_heap(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	void *first = malloc(1);

	heap = (char *)(((uintptr_t)first / page + 1) * page);
	free(first);
}

/*
 * In a child that is about to exit: its copy of the agent's own heap goes ahead of that. Of its
 * pages some are the child's alone by now, which an exit frees: those that the agent wrote to since
 * the fork, other ones in each sample. Nothing but the stack is used from here on.
 */
static uint64_t forget_heap(const struct region *r, uint64_t arg)
{
	char *end = sbrk(0);

	(void)r;
	(void)arg;
	if (end <= heap || !madvise(heap, (size_t)(end - heap), MADV_DONTNEED))
		return 0;
	return (uint64_t)errno;
}

/* What the child does: waits for orders. */
static void __attribute__((noreturn)) child_main(const struct child *parents)
{
	struct child own = *parents, *c = &own;
	struct order order;

	/* with the parent's end open here, the parent's death would go unseen */
	close(c->to[1]);
	close(c->from[0]);
	while (read(c->to[0], &order, sizeof(order)) == sizeof(order)) {
		uint64_t answer = order.fn ? order.fn(c->region, order.arg) : bench_clock();

		if (!order.fn)
			mark_exit(span_begin, order.arg);
		if (write(c->from[1], &answer, sizeof(answer)) != sizeof(answer))
			_exit(1);
		if (!order.fn)
			break;
	}
	_exit(0);
}

void child_fork(struct child *c)
{
	volatile char on_stack;
	pid_t pid = _Fork();

	if (!pid)
		child_main(c);
	/*
	 * The first write to the stack is a fault, which the fork has left behind: it is the
	 * fork's own, and not to be taken between a mark and the reading of the clock.
	 */
	on_stack = 0;
	(void)on_stack;
	c->pid = pid < 0 ? -errno : pid;
}

int child_call(struct child *c, child_fn *fn, uint64_t arg, uint64_t *answer, struct error *e)
{
	struct order order = { .fn = fn, .arg = arg };

	/*
	 * Our copy of its end for answers: if it dies, we get an end of file, not
	 * silence. Its end for orders stays open, or writing could raise SIGPIPE.
	 */
	close_fd(&c->from[1]);
	if (write(c->to[1], &order, sizeof(order)) != sizeof(order))
		return error_sys(e, errno, "asking the child");
	if (read(c->from[0], answer, sizeof(*answer)) != sizeof(*answer))
		return error_set(e, ECHILD, "the child did not answer");
	return 0;
}

static uint64_t look(const struct region *r, uint64_t byte)
{
	return region_inexact(r, (unsigned char)byte);
}

int child_wrong(struct child *c, unsigned char byte, uint64_t *wrong, struct error *e)
{
	return child_call(c, look, byte, wrong, e);
}

/* Waits for its end; 0, or what was wrong with it. */
static int reap(struct child *c, struct error *e)
{
	int status = 0;
	pid_t got;

	do {
		got = waitpid(c->pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	c->pid = 0;
	if (got < 0)
		return error_sys(e, errno, "waiting for the child");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return error_set(e, ECHILD, "the child ended with status %#x",
				 (unsigned int)status);
	return 0;
}

int child_close(struct child *c, struct error *e)
{
	close_fd(&c->to[1]);
	close_fd(&c->to[0]);
	close_fd(&c->from[0]);
	close_fd(&c->from[1]);
	return c->pid > 0 ? reap(c, e) : 0;
}

/* Both by turns on one CPU, before everything ordinary there; where that is not permitted, so be
 * it. */
static void set_fifo(pid_t pid)
{
	struct sched_param param = { .sched_priority = 1 };

	sched_setscheduler(pid, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
}

int child_exit(struct child *c, unsigned int span, uint64_t *ticks, struct error *e)
{
	struct order leave = { .fn = NULL, .arg = span };
	int policy = sched_getscheduler(0), rc;
	struct sched_param param = { 0 };
	volatile char *kept = heap - 1;
	uint64_t begun = 0, gone, answer = 0;

	*ticks = 0;
	if (c->pid <= 0)
		return error_set(e, ECHILD, "there is no child");
	/* the last page of the heap that it keeps is to be its own always, not now and then */
	*kept = *kept;
	rc = child_call(c, forget_heap, 0, &answer, e);
	if (!rc && answer)
		rc = error_sys(e, (int)answer, "a child: its heap");
	if (rc) {
		child_close(c, NULL);
		return rc;
	}
	close_fd(&c->from[1]);
	sched_getparam(0, &param);
	set_fifo(0);
	set_fifo(c->pid);
	if (write(c->to[1], &leave, sizeof(leave)) != sizeof(leave))
		rc = error_sys(e, errno, "asking the child to exit");
	if (!rc)
		rc = reap(c, e);
	mark_exit(span_end, span);
	gone = bench_clock();
	if (policy >= 0)
		sched_setscheduler(0, policy, &param);
	if (!rc && read(c->from[0], &begun, sizeof(begun)) != sizeof(begun))
		rc = error_set(e, ECHILD, "the child did not say when it began to exit");
	*ticks = rc ? 0 : gone - begun;
	child_close(c, rc ? NULL : e);
	return rc;
}

int family_setup(struct bench *b)
{
	struct family *f = xcalloc(1, sizeof(*f));

	b->state = f;
	f->child = (struct child)CHILD_NONE;
	return region_setup_params(b, &f->region);
}

void family_teardown(struct bench *b)
{
	struct family *f = b->state;

	if (!f)
		return;
	child_close(&f->child, NULL);
	region_release(&f->region);
	free(f);
	b->state = NULL;
}

int family_prepare(struct bench *b)
{
	struct family *f = b->state;
	struct error e;
	int rc;

	/* one that an unfinished sample left behind */
	rc = child_close(&f->child, &e);
	if (!rc)
		rc = child_open(&f->child, &f->region, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	b->ops = f->region.pages;
	return region_populate(b, &f->region);
}

int family_fork(struct bench *b)
{
	struct family *f = b->state;

	child_fork(&f->child);
	if (f->child.pid < 0)
		return bench_fail(b, f->child.pid, "fork: %s", strerror(-f->child.pid));
	return 0;
}
