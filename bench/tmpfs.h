/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A region as region.h has it, but a shared mapping of a file on tmpfs (a memfd, on the kernel's
 * own mount, where the per-size shmem_enabled controls apply). All pages are in the file;
 * the page-table entries of some are dirty, those of the others clean.
 */
#ifndef FB_BENCH_TMPFS_H
#define FB_BENCH_TMPFS_H

#include "bench/pattern.h"
#include "bench/region.h"

/*
 * Makes tmpfs give folios of the region's size on request and of no other size, and a
 * file: *FD, to be closed. After region_setup(). 0, BENCH_SKIP or negative errno.
 */
int tmpfs_setup(struct bench *b, const struct region *r, int *fd);

/*
 * What region_populate() does, over the file: new folios, marked, mapped by PTEs, dirty ones
 * where the pattern says so. 0, negative errno, or BENCH_REFUSE.
 */
int tmpfs_populate(struct bench *b, struct region *r, int fd, enum pattern dirty);

/* *WRONG := how many pages of the file have another byte than BYTE where region_byte() is. 0 or
 * -errno. */
int tmpfs_wrong(const struct region *r, int fd, unsigned char byte, size_t *wrong, struct error *e);

#endif
