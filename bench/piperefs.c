// SPDX-License-Identifier: GPL-2.0-or-later
/* Plain references to pages, in pipes; see piperefs.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/piperefs.h"

/* What everybody may have by default: /proc/sys/fs/pipe-max-size. */
#define PIPE_BYTES (1 << 20)

int piperefs_open(struct piperefs *p, size_t pages, size_t page, struct error *e)
{
	size_t room = 0;

	memset(p, 0, sizeof(*p));
	p->page = page;
	while (room < pages && p->n < PIPEREFS_MAX) {
		int *fd = p->fd[p->n], bytes;

		if (pipe2(fd, O_CLOEXEC | O_NONBLOCK))
			return error_sys(e, errno, "pipe");
		/* without it, what there is must do */
		fcntl(fd[1], F_SETPIPE_SZ, PIPE_BYTES);
		bytes = fcntl(fd[1], F_GETPIPE_SZ);
		p->slots[p->n] = bytes < 0 ? 0 : (size_t)bytes / page;
		room += p->slots[p->n++];
	}
	if (room >= pages)
		return 0;
	return error_set(e, ENOSPC, "pipes take %zu pages here, not %zu", room, pages);
}

void piperefs_close(struct piperefs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		close(p->fd[i][0]);
		close(p->fd[i][1]);
	}
	p->n = 0;
}

/* The pipe of the I-th page. */
static size_t pipe_of(const struct piperefs *p, size_t i)
{
	size_t k = 0;

	while (k + 1 < p->n && i >= p->slots[k])
		i -= p->slots[k++];
	return k;
}

int piperefs_put(const struct piperefs *p, size_t i, const void *addr)
{
	struct iovec page = { .iov_base = (void *)(uintptr_t)addr, .iov_len = p->page };
	ssize_t put = vmsplice(p->fd[pipe_of(p, i)][1], &page, 1, SPLICE_F_NONBLOCK);

	if (put < 0)
		return errno;
	return (size_t)put == p->page ? 0 : EIO;
}

int piperefs_get(const struct piperefs *p, size_t i, void *buf, struct error *e)
{
	int fd = p->fd[pipe_of(p, i)][0];
	size_t got = 0;

	while (got < p->page) {
		ssize_t n = read(fd, (char *)buf + got, p->page - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_sys(e, n < 0 ? errno : EIO, "reading a page from a pipe");
		got += (size_t)n;
	}
	return 0;
}
