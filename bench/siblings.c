// SPDX-License-Identifier: GPL-2.0-or-later
/* Several children and the ways in which they leave; see siblings.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/siblings.h"

#define IDLE_NAME "foliobench-idle"
/* Descriptors of the new program are at least this, so that none is a standard stream. */
#define IDLE_FD 3

void siblings_init(struct siblings *s)
{
	s->region = NULL;
	s->n = 0;
	for (size_t i = 0; i < SIBLINGS_MAX; i++)
		s->child[i] = (struct child)CHILD_NONE;
}

/*
 * In a child: the ends of the pipes of those before it, which it has from its parent. With
 * them open here, an elder one would not see when its parent wants it to go.
 */
static uint64_t forget_elders(const struct region *r, uint64_t arg)
{
	const struct siblings *s = (const struct siblings *)(uintptr_t)arg;

	(void)r;
	for (size_t i = 0; i + 1 < s->n; i++) {
		close(s->child[i].to[0]);
		close(s->child[i].to[1]);
		close(s->child[i].from[0]);
		if (s->child[i].from[1] >= 0)
			close(s->child[i].from[1]);
	}
	return 0;
}

static int fork_one(struct siblings *s, struct error *e)
{
	struct child *c = &s->child[s->n++];
	uint64_t answer;
	int rc = child_open(c, s->region, e);

	if (rc)
		return rc;
	child_fork(c);
	if (c->pid < 0)
		return error_sys(e, -c->pid, "fork");
	return child_call(c, forget_elders, (uintptr_t)s, &answer, e);
}

int siblings_fork(struct siblings *s, const struct region *r, size_t n, struct error *e)
{
	int rc = 0;

	siblings_init(s);
	s->region = r;
	while (s->n < n && !rc)
		rc = fork_one(s, e);
	return rc;
}

int siblings_unmap(const struct region *r, ptrdiff_t shift)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;

	if (mmap(r->base, r->size, PROT_NONE, flags, -1, 0) == MAP_FAILED)
		return errno;
	if (shift && mmap(r->base + shift, r->size, PROT_NONE, flags, -1, 0) == MAP_FAILED)
		return errno;
	return 0;
}

static uint64_t do_unmap(const struct region *r, uint64_t shift)
{
	return (uint64_t)siblings_unmap(r, (ptrdiff_t)shift);
}

/* In a child. The answer comes from the new program, else it is why there is none. */
static uint64_t do_exec(const struct region *r, uint64_t arg)
{
	const struct child *c = (const struct child *)(uintptr_t)arg;
	char name[] = IDLE_NAME, orders[16], answers[16];
	char *argv[] = { name, orders, answers, NULL };

	(void)r;
	snprintf(orders, sizeof(orders), "%d", fcntl(c->to[0], F_DUPFD, IDLE_FD));
	snprintf(answers, sizeof(answers), "%d", fcntl(c->from[1], F_DUPFD, IDLE_FD));
	execv("/proc/self/exe", argv);
	return (uint64_t)errno;
}

bool siblings_are_idle(int argc, char **argv)
{
	return argc == 3 && !strcmp(argv[0], IDLE_NAME);
}

int siblings_idle(char **argv)
{
	int orders = (int)strtol(argv[1], NULL, 10), answers = (int)strtol(argv[2], NULL, 10);
	uint64_t answer = 0;
	char order;

	/* as those that did not execute it: their parent tells them when to end */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (write(answers, &answer, sizeof(answer)) != sizeof(answer))
		return 1;
	return read(orders, &order, sizeof(order)) == 0 ? 0 : 1;
}

int siblings_leave(struct siblings *s, size_t i, enum leave how, ptrdiff_t shift, struct error *e)
{
	struct child *c = &s->child[i];
	const char *what = how == LEAVE_EXEC ? "executing /proc/self/exe" : "unmapping";
	uint64_t answer = 0;
	int rc;

	if (how == LEAVE_EXIT)
		return child_close(c, e);
	if (how == LEAVE_EXEC)
		rc = child_call(c, do_exec, (uintptr_t)c, &answer, e);
	else
		rc = child_call(c, do_unmap, (uint64_t)shift, &answer, e);
	if (!rc && answer)
		rc = error_sys(e, (int)answer, "a child: %s", what);
	return rc;
}

int siblings_close(struct siblings *s, struct error *e)
{
	int first = 0;

	for (size_t i = s->n; i-- > 0;) {
		struct error one;
		int rc = child_close(&s->child[i], &one);

		if (rc && !first)
			first = error_set(e, -rc, "%s", one.msg);
	}
	s->n = 0;
	return first;
}
