// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process may do with its pages; see probe.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "bench/probe.h"
#include "lib/cleanup.h"

int probe_open(struct probe *p, struct error *e)
{
	*p = (struct probe)PROBE_NONE;
	p->zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (p->zero < 0)
		return error_sys(e, errno, "/dev/zero");
	if (pipe2(p->pipe, O_CLOEXEC | O_NONBLOCK))
		return error_sys(e, errno, "pipe");
	return 0;
}

void probe_close(struct probe *p)
{
	close_fd(&p->zero);
	close_fd(&p->pipe[0]);
	close_fd(&p->pipe[1]);
}

void probe_reset(struct probe *p)
{
	p->write = (struct probe_count){ 0 };
	p->read = (struct probe_count){ 0 };
	p->store = (struct probe_count){ 0 };
	p->rc = 0;
}

static void count(struct probe_count *c, char *page, bool wrong)
{
	c->tried++;
	if (wrong && !c->wrong++)
		c->first = page;
}

/* An outcome that is neither "done" nor "not permitted" tells nothing about the page. */
static bool strange(struct probe *p, ssize_t got, const char *what)
{
	if (got == 1 || (got < 0 && errno == EFAULT))
		return false;
	if (!p->rc)
		p->rc = error_sys(&p->why, got < 0 ? errno : EIO, "%s", what);
	return true;
}

void probe_write(struct probe *p, char *page)
{
	ssize_t got = read(p->zero, page, 1);

	if (!strange(p, got, "reading /dev/zero into a page"))
		count(&p->write, page, got == 1);
}

void probe_read(struct probe *p, char *page, bool readable)
{
	ssize_t got = write(p->pipe[1], page, 1);
	char byte = 0;

	if (strange(p, got, "writing a page to a pipe"))
		return;
	count(&p->read, page, (got == 1) != readable);
	if (got == 1 && read(p->pipe[0], &byte, 1) != 1 && !p->rc)
		p->rc = error_sys(&p->why, errno, "emptying a pipe");
}

/* Where a store that was refused goes on. */
static sigjmp_buf after_store;

static void on_fault(int sig)
{
	siglongjmp(after_store, sig);
}

void probe_store(struct probe *p, volatile char *byte, char value)
{
	/* SA_NODEFER: the handler is left by a jump that does not put the signal mask back */
	struct sigaction act = { .sa_handler = on_fault, .sa_flags = SA_NODEFER }, old;
	volatile bool done = false;

	if (sigaction(SIGSEGV, &act, &old)) {
		p->rc = error_sys(&p->why, errno, "SIGSEGV");
		return;
	}
	if (!sigsetjmp(after_store, 0)) {
		*byte = value;
		done = true;
	}
	sigaction(SIGSEGV, &old, NULL);
	count(&p->store, (char *)byte, done);
}
