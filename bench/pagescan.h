/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ioctl PAGEMAP_SCAN of Linux 6.7: which pages of a process are there, swapped out, mapped
 * by PMDs. It passes over what has no page tables. No privilege for a process of one's own.
 */
#ifndef FB_BENCH_PAGESCAN_H
#define FB_BENCH_PAGESCAN_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"

#define PAGESCAN_PRESENT (1ULL << 3)
#define PAGESCAN_SWAPPED (1ULL << 4)
#define PAGESCAN_HUGE	 (1ULL << 6)

/* As the kernel fills it: pages with the same CATEGORIES of those that were asked for. */
struct pagescan_range {
	uint64_t start, end;
	uint64_t categories;
};

typedef void pagescan_fn(const struct pagescan_range *range, void *arg);

/*
 * Calls FN with ARG for the ranges between START and END of process PID (0: this one) that are of
 * one of CATEGORIES, in ascending order. 0 or -errno: -ENOTTY where the kernel has no such ioctl.
 */
int pagescan(pid_t pid, uint64_t start, uint64_t end, uint64_t categories, pagescan_fn *fn,
	     void *arg, struct error *e);

#endif
