/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long-term pins (FOLL_PIN | FOLL_LONGTERM | FOLL_WRITE) of this process's memory, as
 * io_uring's fixed buffers, and a view of the pinned frames that no page table has part in.
 * Raw system calls, no liburing.
 */
#ifndef FB_BENCH_PINS_H
#define FB_BENCH_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct pins {
	int fd; /* the ring's; 0: not open */
	char *rings, *entries;
	size_t rings_size, entries_size;
	uint32_t sq_tail, sq_mask, sq_array, cq_head, cq_tail, cq_mask, cq_entries; /* offsets */
	char *start; /* what is pinned; NULL: nothing */
	size_t len;
	int pipe[2];
};

/*
 * Makes a ring. 0, or -errno with what stands in the way: -ENOSYS (kernel without io_uring),
 * -EPERM (switched off), -ENOMEM. P is zeroed before; pins_close() is due in any case.
 */
int pins_open(struct pins *p, struct error *e);
void pins_close(struct pins *p);

/* Pins LEN bytes from START. 0 or -errno (-ENOMEM: more than ulimit -l lets this user pin). */
int pins_take(struct pins *p, void *start, size_t len, struct error *e);
/* Unpins; nothing to do when nothing is pinned. */
int pins_drop(struct pins *p, struct error *e);

/* Most bytes that pins_read() takes. */
#define PINS_READ_MAX 65536

/*
 * BUF := LEN bytes of the pinned frames, OFFSET bytes from the start; both multiples of LEN, which
 * is at most PINS_READ_MAX and divides 2 MiB. 0 or -errno.
 */
int pins_read(struct pins *p, size_t offset, void *buf, size_t len, struct error *e);

#endif
