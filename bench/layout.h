/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of each folio of a region are mapped and written, and where: a region
 * whole, or with the same part of each folio unmapped or moved to another place.
 * Nothing here allocates but layout_frames(), so that it can run in a timed span and,
 * as a child's copy of its parent's struct, in a child.
 */
#ifndef FB_BENCH_LAYOUT_H
#define FB_BENCH_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/region.h"

struct layout {
	size_t group;	   /* pages that are parted alike: a folio, or two single pages */
	size_t first, end; /* of each group the pages first .. end - 1 are there */
	size_t moved;	   /* pages from this one of each group on are elsewhere; group: none */
	ptrdiff_t shift;   /* and this many bytes away */
};

/* All pages, in their places. */
void layout_whole(const struct region *r, struct layout *l);
bool layout_is_whole(const struct layout *l);
/* How many pages of R are there. */
size_t layout_pages(const struct layout *l, const struct region *r);

static inline bool layout_has(const struct layout *l, size_t i)
{
	return i % l->group >= l->first && i % l->group < l->end;
}

/* Where page I of R is, or would be. */
static inline char *layout_page(const struct layout *l, const struct region *r, size_t i)
{
	return r->base + i * r->page + (i % l->group >= l->moved ? l->shift : 0);
}

/*
 * Writes REGION_NEW's byte into the pages, in order; SPARE: not into the last of each group,
 * unless it is the only one. Returns how many were written.
 */
size_t layout_write(const struct layout *l, const struct region *r, bool spare);
/* Reads a byte of each page. */
void layout_read(const struct layout *l, const struct region *r);
/* Pages whose contents, all of them, are not those of region_populate() with BYTE. */
size_t layout_wrong(const struct layout *l, const struct region *r, unsigned char byte);

/*
 * PFN[i] := the frame of page i in process PID (0: this one), for all pages of R; 0 for those
 * that are not there or not in memory. 0 or -errno.
 */
int layout_frames(const struct layout *l, const struct region *r, pid_t pid, uint64_t *pfn,
		  struct error *e);

#endif
