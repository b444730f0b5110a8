/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of a walk over page tables: touching a slot, dropping a stretch; and what
 * that costs where the table stays, and where it has to be made again.
 */
#ifndef FB_BENCH_PT_WALK_H
#define FB_BENCH_PT_WALK_H

#include <errno.h>
#include <sys/mman.h>

#include "bench/pt_plan.h"
#include "bench/region.h"

enum pt_how {
	PT_DONTNEED,
	PT_FREE,
	PT_MUNMAP,
};

/* What the kernel counts for this process, in kB. */
struct pt_usage {
	long vmpte;    /* page tables of all levels */
	long rss_anon; /* anonymous pages */
};

/* From /proc/self/status, without allocating. 0 or -errno. */
int pt_usage(struct pt_usage *u);

/*
 * Anonymous pages that the kernel counts for this process less those that its page tables map, in
 * kB. Not 0 for a page whose table is gone with it. *EXACT: the kernel counts them one by one, as
 * touching a page shows, and does not estimate. 0 or -errno.
 */
int pt_unmapped(long *kb, bool *exact);

/* Pages of page tables of all processes, as exact as root may ask for; -1 if not known. */
long pt_tables_in_all(void);

struct pt_walk {
	struct region region; /* its arrays describe what one step touches */
	struct pt_plan plan;
	enum pt_how how;
	int advice;	      /* for madvise(), unless it is munmap() */
	bool reads;	      /* touches by reading: maps the zero page */
	unsigned int threads; /* that touch pages of their choice meanwhile */
	int probe_fd;	      /* /dev/zero: read(2) from it finds out what a guard lets through */

	/* how far it went */
	struct pt_usage before; /* ahead of it */
	long unmapped_kb;	/* likewise: see pt_unmapped() */
	long tables_in_all;	/* likewise: see pt_tables_in_all() */
	size_t slots;		/* touched: the first ones */
	size_t fresh;		/* of them: since the last call */
	size_t calls;		/* done: the first ones */
};

/* Touches the first bytes of a slot, each page with its mark, untimed. 0 or -errno. */
int pt_touch(const struct pt_walk *w, size_t slot);

/* One call. 0 or -errno. Inline: it is what is timed. */
static inline int pt_drop(const struct pt_walk *w, size_t from, size_t to)
{
	char *at = w->region.base + from;

	if (w->how == PT_MUNMAP ? munmap(at, to - from) : madvise(at, to - from, w->advice))
		return -errno;
	return 0;
}

/*
 * After an unmapping call: takes the addresses again, without access, so that nothing else
 * comes to lie there. -EEXIST if there still is something. Nothing to do for other calls.
 */
int pt_occupy(const struct pt_walk *w, size_t from, size_t to);

/* Where pt-reclaim has them in its table of metrics; the spans of what is timed for each. */
enum { PT_METRIC_KEPT = 7, PT_METRIC_PRICE = 8, PT_METRIC_REFAULT = 9 };

/* What freeing a table costs, in ticks: a median, and two lower quartiles. */
struct pt_price {
	bool has_refault;
	double refault; /* touching a page whose slot was dropped: makes the table if it is gone */
	size_t n_refault;
	size_t stale; /* pages that then held something */
	bool has_price;
	double kept; /* a call one page short of its table, which therefore stays */
	size_t n_kept;
	double price; /* what the whole call takes more than that */
};

/*
 * Measures them in the first slots of a walk that is over, and drops
 * what that touched. 0 or -errno.
 */
int pt_price(const struct pt_walk *w, struct pt_price *out);

#endif
