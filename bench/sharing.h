/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folios of which a living child shares some pages and others not, so that their
 * pages differ in what the kernel may do with them: the exclusive ones are its
 * parent's alone, writing to a shared one must copy it. Made by MADV_DONTFORK for
 * the exclusive pages, fork(), and MADV_DOFORK, which leaves one VMA.
 */
#ifndef FB_BENCH_SHARING_H
#define FB_BENCH_SHARING_H

#include "bench/child.h"
#include "bench/pattern.h"

/*
 * Whether this kernel lets a process have as many VMAs as that takes for a while. 0, or BENCH_SKIP
 * with what to do.
 */
int sharing_possible(struct bench *b, const struct region *r, enum pattern exclusive);

/*
 * Forks C (opened) from a populated region, and checks that it maps the shared pages at the
 * same frames, the exclusive ones not at all, and that the region is one VMA again. 0,
 * negative errno, or BENCH_REFUSE. Uses r->now.
 */
int sharing_fork(struct bench *b, const struct region *r, struct child *c, enum pattern exclusive);

struct sharing_wrong {
	size_t pages; /* how many are not as they were at fork() */
	size_t first; /* the first one, if there are any */
};

/* The shared pages that the child sees otherwise than with BYTE. 0 or -errno. */
int sharing_child_wrong(struct child *c, enum pattern exclusive, unsigned char byte,
			struct sharing_wrong *w, struct error *e);

#endif
