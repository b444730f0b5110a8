// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Long-term pins by io_uring; see pins.h. The pinned frames are read with a write from
 * the fixed buffer to a pipe: the kernel takes the data from the frames that it pinned and
 * does not look at any page table. One request at a time, and it is waited for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/pins.h"
#include "lib/cleanup.h"
#include "lib/strbuf.h"

/* The kernel takes at most 1 GiB a buffer. */
#define BUFFER_MAX ((size_t)512 << 20)

static void *map_ring(int fd, size_t len, uint64_t where)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		       (off_t)where);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, len, MADV_DONTFORK); /* children have nothing to do with it */
	return p;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static int map_rings(struct pins *p, const struct io_uring_params *params, struct error *e)
{
	p->rings_size =
		larger(params->sq_off.array + params->sq_entries * sizeof(uint32_t),
		       params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe));
	p->entries_size = params->sq_entries * sizeof(struct io_uring_sqe);
	if (!(params->features & IORING_FEAT_SINGLE_MMAP))
		return error_set(e, ENOSYS, "io_uring: too old");
	p->rings = map_ring(p->fd, p->rings_size, IORING_OFF_SQ_RING);
	p->entries = map_ring(p->fd, p->entries_size, IORING_OFF_SQES);
	if (!p->rings || !p->entries)
		return error_sys(e, errno, "io_uring: mmap");
	p->sq_tail = params->sq_off.tail;
	p->sq_mask = params->sq_off.ring_mask;
	p->sq_array = params->sq_off.array;
	p->cq_head = params->cq_off.head;
	p->cq_tail = params->cq_off.tail;
	p->cq_mask = params->cq_off.ring_mask;
	p->cq_entries = params->cq_off.cqes;
	return 0;
}

int pins_open(struct pins *p, struct error *e)
{
	struct io_uring_params params;
	int fd;

	memset(p, 0, sizeof(*p));
	memset(&params, 0, sizeof(params));
	p->pipe[0] = -1;
	p->pipe[1] = -1;
	fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	if (fd < 0)
		return error_sys(e, errno, "io_uring");
	p->fd = fd;
	if (pipe2(p->pipe, O_CLOEXEC))
		return error_sys(e, errno, "pipe");
	return map_rings(p, &params, e);
}

void pins_close(struct pins *p)
{
	if (p->fd <= 0)
		return;
	pins_drop(p, NULL);
	if (p->rings)
		munmap(p->rings, p->rings_size);
	if (p->entries)
		munmap(p->entries, p->entries_size);
	for (int i = 0; i < 2; i++) {
		if (p->pipe[i] >= 0)
			close(p->pipe[i]);
	}
	close(p->fd);
	memset(p, 0, sizeof(*p));
}

int pins_take(struct pins *p, void *start, size_t len, struct error *e)
{
	size_t n = (len + BUFFER_MAX - 1) / BUFFER_MAX;
	struct iovec *buffers __free = xcalloc(n, sizeof(*buffers));

	for (size_t i = 0; i < n; i++) {
		buffers[i].iov_base = (char *)start + i * BUFFER_MAX;
		buffers[i].iov_len = i + 1 < n ? BUFFER_MAX : len - i * BUFFER_MAX;
	}
	if (syscall(SYS_io_uring_register, p->fd, IORING_REGISTER_BUFFERS, buffers, n) < 0)
		return error_sys(e, errno, "io_uring: pinning %zu kB%s", len / 1024,
				 errno == ENOMEM ? " (ulimit -l?)" : "");
	p->start = start;
	p->len = len;
	return 0;
}

int pins_drop(struct pins *p, struct error *e)
{
	if (!p->start)
		return 0;
	p->start = NULL;
	if (syscall(SYS_io_uring_register, p->fd, IORING_UNREGISTER_BUFFERS, NULL, 0) < 0)
		return error_sys(e, errno, "io_uring: unpinning");
	return 0;
}

static uint32_t *ring_word(const struct pins *p, uint32_t offset)
{
	return (uint32_t *)(void *)(p->rings + offset);
}

/* Hands the one request in and waits until it is done; its result. */
static int submit(struct pins *p)
{
	uint32_t tail = *ring_word(p, p->sq_tail), head = *ring_word(p, p->cq_head);
	const struct io_uring_cqe *done;
	long rc;
	int result;

	ring_word(p, p->sq_array)[tail & *ring_word(p, p->sq_mask)] = 0;
	__atomic_store_n(ring_word(p, p->sq_tail), tail + 1, __ATOMIC_RELEASE);
	do {
		rc = syscall(SYS_io_uring_enter, p->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	} while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return -errno;
	while (__atomic_load_n(ring_word(p, p->cq_tail), __ATOMIC_ACQUIRE) == head) {
		rc = syscall(SYS_io_uring_enter, p->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
		if (rc < 0 && errno != EINTR)
			return -errno;
	}
	done = (const struct io_uring_cqe *)(void *)(p->rings + p->cq_entries);
	result = done[head & *ring_word(p, p->cq_mask)].res;
	__atomic_store_n(ring_word(p, p->cq_head), head + 1, __ATOMIC_RELEASE);
	return result;
}

int pins_read(struct pins *p, size_t offset, void *buf, size_t len, struct error *e)
{
	struct io_uring_sqe *request = (struct io_uring_sqe *)(void *)p->entries;
	size_t got = 0;
	int rc;

	memset(request, 0, sizeof(*request));
	request->opcode = IORING_OP_WRITE_FIXED;
	request->fd = p->pipe[1];
	request->off = (uint64_t)-1;
	request->addr = (uintptr_t)p->start + offset;
	request->len = (uint32_t)len;
	request->buf_index = (uint16_t)(offset / BUFFER_MAX);
	rc = submit(p);
	if (rc < 0 || (size_t)rc != len)
		return error_sys(e, rc < 0 ? -rc : EIO, "io_uring: reading pinned memory");
	while (got < len) {
		ssize_t n = read(p->pipe[0], (char *)buf + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_sys(e, n < 0 ? errno : EIO, "reading pinned memory");
		got += (size_t)n;
	}
	return 0;
}
