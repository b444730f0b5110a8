/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several children that share a region's pages, forked one after the other, each of which
 * waits for orders (child.h) and can be made to leave the memory in one of three ways.
 *
 * A child that executes another program runs this one again, with an argument that makes it
 * wait until its end: see siblings_idle().
 */
#ifndef FB_BENCH_SIBLINGS_H
#define FB_BENCH_SIBLINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/child.h"

#define SIBLINGS_MAX 8

enum leave {
	LEAVE_EXIT,  /* exits, and is reaped */
	LEAVE_EXEC,  /* executes another program, and lives */
	LEAVE_UNMAP, /* unmaps the region, and lives */
};

struct siblings {
	const struct region *region;
	size_t n;
	struct child child[SIBLINGS_MAX];
};

/* What a struct siblings is before siblings_fork(). */
void siblings_init(struct siblings *s);

/*
 * Forks N children (at most SIBLINGS_MAX). 0 or -errno; siblings_close() is due in any case.
 * R must outlive them.
 */
int siblings_fork(struct siblings *s, const struct region *r, size_t n, struct error *e);

/*
 * Child I leaves; returns once its mappings of the region, and of the SHIFTed copy of it that
 * a layout may have (0: none), are gone. It can be asked for nothing any more. 0 or -errno.
 */
int siblings_leave(struct siblings *s, size_t i, enum leave how, ptrdiff_t shift, struct error *e);

/* Makes the region inaccessible and empty, but keeps the addresses. For any process. 0 or errno. */
int siblings_unmap(const struct region *r, ptrdiff_t shift);

/* All that live exit and are reaped. 0, or -errno if one did not end well. */
int siblings_close(struct siblings *s, struct error *e);

/*
 * For main(), ahead of everything else: whether these are the arguments of a program that a
 * child executes; and what such a program does, which returns its exit code.
 */
bool siblings_are_idle(int argc, char **argv);
int siblings_idle(char **argv);

#endif
