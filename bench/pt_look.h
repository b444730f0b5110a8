/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel did to the pages and tables of a walk: at checkpoints, in all of the
 * span at its end, and in the sums that it keeps of both. Nothing here is timed.
 */
#ifndef FB_BENCH_PT_LOOK_H
#define FB_BENCH_PT_LOOK_H

#include <stddef.h>

#include "bench/pt_walk.h"

/* What was seen at checkpoints; zeroed ahead of the walk. */
struct pt_seen {
	unsigned int checkpoints;
	double share;		    /* least share of wanted folios */
	size_t left;		    /* pages still there after a call that dropped them */
	size_t lost;		    /* pages gone that no call dropped */
	size_t not_lazy;	    /* folios as they were in spite of MADV_FREE */
	uint64_t huge_kb;	    /* mapped by PMDs and not PTEs: the most */
	uint64_t not_huge_kb;	    /* mapped by PTEs and not PMDs: the most */
	size_t tables, freed;	    /* in reach of the calls; of them gone at once */
	long vmpte_peak;	    /* kB */
	long vmpte_low, vmpte_need; /* VmPTE where it was too small for what was there; or 0 */
	struct pt_usage now;	    /* ahead of the call */
};

/*
 * Ahead of a call: the slot touched last is there as it should be. GIVEN: folios of the
 * wanted size that the kernel gave out while it was touched, for users who see no frames.
 * 0 or -errno.
 */
int pt_look_before(struct pt_walk *w, long long given, struct pt_seen *seen, struct error *e);
/* Right after call C: what it dropped of that slot is gone, and how many tables are. */
int pt_look_after(struct pt_walk *w, size_t c, struct pt_seen *seen, struct error *e);
/* Puts it into the record, with metric tables_freed. */
void pt_look_record(struct bench *b, const struct pt_seen *seen);
/* 0 or BENCH_WRONG. */
int pt_look_wrong(struct bench *b, const struct pt_seen *seen);

/* Slots looked at after the walk, and how many of what was found in them. */
struct pt_audit {
	size_t slots;	    /* looked at */
	size_t tables;	    /* of them: must have a page table, for they hold something */
	size_t left;	    /* dropped pages that are there all the same, empty */
	size_t stale;	    /* dropped pages that still hold what they did */
	size_t lost;	    /* pages that nobody dropped without their contents */
	size_t foreign;	    /* pages after MADV_FREE that are neither as they were nor empty */
	size_t guards_lost; /* guards that let something through */
	size_t first_wrong; /* offset of the first of stale, lost, foreign, guards_lost */
};

/*
 * Looks at all slots of the walk, or at every n-th of a very long one. Pages that are there
 * are read, those that were dropped and are not stay away. 0 or -errno.
 */
int pt_audit(const struct pt_walk *w, struct pt_audit *a, struct error *e);
/*
 * Puts it into the record. 0 or BENCH_WRONG, which it is too if VmPTE right after the walk, AFTER,
 * is less than the tables that must be there.
 */
int pt_audit_wrong(struct bench *b, const struct pt_walk *w, const struct pt_audit *a,
		   const struct pt_usage *after);

/*
 * Memory was not as wanted, or the calls did not do what they are for: 0, or BENCH_REFUSE with what
 * was seen at checkpoints or after the walk.
 */
int pt_look_refuse(struct bench *b, const struct pt_walk *w, const struct pt_seen *seen,
		   const struct pt_audit *audit);

/*
 * Empties the region and looks whether the kernel's sums are where they were ahead of the
 * walk. Too high: tables or pages that nothing maps any more are still counted, so they
 * are lost. Too low: counted down twice. 0, -errno or BENCH_WRONG.
 */
int pt_sums_wrong(struct bench *b, struct pt_walk *w);

#endif
