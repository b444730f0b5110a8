/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds the pages of a region besides page tables, or takes a part of each folio away:
 *
 *	gup-pin		a long-term pin, taken by the parent before it forks (io_uring's
 *			fixed buffers: as a device that does DMA has it)
 *	pipe		a plain reference to one page of each folio, taken by somebody who
 *			then leaves (vmsplice: its reader must never see a later write)
 *	swapcache	the pages were swapped out and are in the swap cache still (swapcache.h
 *			makes that happen); the writer has read them, so they are mapped again
 *	lru-batch	the last pages are in this CPU's batch of pages to be put on LRU lists
 *	mremap-split	the second half of each folio was moved to other addresses
 *	partial-unmap	the second half of each folio was given back (MADV_DONTNEED)
 *	one-page-left	all pages of each folio but one were given back
 *
 * Folios of a single page are parted in twos: every second page is moved or given back.
 */
#ifndef FB_BENCH_HOLD_H
#define FB_BENCH_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include "bench/layout.h"
#include "bench/pins.h"
#include "bench/piperefs.h"
#include "bench/region.h"

enum hold_kind {
	HOLD_NONE,
	HOLD_GUP_PIN,
	HOLD_PIPE,
	HOLD_SWAPCACHE,
	HOLD_LRU_BATCH,
	HOLD_MREMAP_SPLIT,
	HOLD_PARTIAL_UNMAP,
	HOLD_ONE_PAGE_LEFT,
};

/* Their names, in this order; ends with NULL. */
extern const char *const hold_names[];

struct hold {
	enum hold_kind kind;
	struct layout layout; /* what the hold leaves of the region, and where */

	/* owned */
	struct pins pins;
	struct piperefs refs;
	char *elsewhere; /* addresses for parts that are moved */
	size_t elsewhere_size;
};

/*
 * Checks that this kernel and user can have KIND on R and gets what it needs. 0, BENCH_SKIP or
 * negative errno, with the reason in B. hold_release() is due in any case; H is zeroed before.
 */
int hold_setup(struct bench *b, struct hold *h, enum hold_kind kind, const struct region *r);
void hold_release(struct hold *h);

/*
 * After region_populate(), ahead of any fork: takes hold. For swapcache, with one
 * open, all pages are out of page tables afterwards. 0, negative errno, or
 * BENCH_REFUSE with the figure. What an earlier sample left is dropped first.
 */
int hold_take(struct bench *b, struct hold *h, const struct region *r);
/* Lets go of what references pages. */
void hold_drop(struct hold *h);

/* In whichever process: puts one page of each folio into the pipes. 0 or errno. */
int hold_fill_pipes(const struct hold *h, const struct region *r);

/*
 * What proves the hold, just ahead of the writes: FLAGS are kpageflags of R's pages, as R->flags.
 * 0 or BENCH_REFUSE.
 */
int hold_prove(struct bench *b, const struct hold *h, const struct region *r);

/*
 * *WRONG := pages that the pins or pipes see otherwise than with BYTE, of *SEEN that they see.
 * Pipes are empty afterwards. 0 or -errno.
 */
int hold_wrong(struct hold *h, const struct region *r, unsigned char byte, size_t *wrong,
	       size_t *seen, struct error *e);

#endif
