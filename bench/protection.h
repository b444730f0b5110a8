/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What round trips of mprotect() must leave behind, page by page: a page of this process
 * alone can be written without a fault where the kernel can avoid it; a page that a
 * living child shares is copied by the write, and the child sees nothing of it.
 *
 * Writing to a page uses up what it tells, so half of the folios are written after the
 * round trip that was timed, and the others after further ones that begin and end within
 * folios: a kernel that takes what holds for one page of a batch for all of them errs there.
 */
#ifndef FB_BENCH_PROTECTION_H
#define FB_BENCH_PROTECTION_H

#include "bench/child.h"
#include "bench/pattern.h"
#include "bench/probe.h"

struct protection {
	struct region *region;
	struct child *child; /* shares all but the exclusive pages; pid 0: none does */
	enum pattern exclusive;
	int prot;	    /* PROT_READ or PROT_NONE: where the round trip goes to */
	size_t first;	    /* the page at which it begins; it ends with the region */
	size_t call;	    /* bytes of each mprotect() */
	struct probe probe; /* by protection_open() */
	uint64_t *theirs;   /* likewise: the child's frames */

	/* found in one sample */
	long write_faults; /* one write to each page */
	size_t shared;	   /* pages that had to be copied by that */
	size_t moved;	   /* exclusive pages at another frame than before */
};

/* What the sample's round trips work with; region and params of P are set. 0 or negative errno. */
int protection_open(struct bench *b, struct protection *p);
void protection_close(struct protection *p);
/* Forgets what was found. */
void protection_begin(struct protection *p);

/* Number of mprotect() calls of one way. */
size_t protection_calls(const struct protection *p);
/* One way, call after call; nothing else. 0 or -errno. */
int protection_set(const struct protection *p, int prot);
/* Probes a page in each STEP bytes of the range, which has p->prot. */
void protection_probe(struct protection *p, size_t step);

/*
 * All of the above, after the timed round trip; the region's pages are at REGION_OLD, and at
 * REGION_NEW afterwards. 0, negative errno, BENCH_WRONG (contents, permissions) or BENCH_REFUSE.
 */
int protection_prove(struct bench *b, struct protection *p);

#endif
