/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often frames are mapped, by /proc/kpagecount and kpageflags, which are root's. A kernel
 * without a mapcount for each page (CONFIG_NO_PAGE_MAPCOUNT) says for a page of a
 * large folio what the folio's pages have on average, rounded, and at least 1 if one is mapped.
 */
#ifndef FB_BENCH_MAPPED_H
#define FB_BENCH_MAPPED_H

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

/* Of the frames of an array. */
struct mapped_counts {
	size_t frames; /* entries that are not 0 */
	size_t none;   /* mapped nowhere */
	size_t once;   /* by one page-table entry */
	size_t twice;  /* by two */
	size_t held;   /* mapped nowhere, and yet anonymous memory: not free */
};

/* Counts for PFN[0..N). 0 or -errno. */
int mapped_count(const uint64_t *pfn, size_t n, struct mapped_counts *c, struct error *e);

/*
 * TIMES[i] := how often the frame of ENTRY[i], an entry of pagemap with frame numbers, is mapped; 0
 * where there is none. 0 or -errno.
 */
int mapped_times(const uint64_t *entry, size_t n, uint64_t *times, struct error *e);

#endif
