/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dropping a part of a populated region, by munmap() or madvise(): which calls that takes,
 * and the proof that the pages of that part are gone, that the others are where and what
 * they were, and what became of the folios.
 */
#ifndef FB_BENCH_DROP_H
#define FB_BENCH_DROP_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/region.h"

/* Single pages are taken in pairs, so that each part is a part at every folio size. */
enum drop_part {
	DROP_ALL,	/* the region in one call */
	DROP_INNER,	/* in one call, but for its first and its last page */
	DROP_HALF,	/* the first half of each folio, a call for each */
	DROP_LAST_HALF, /* the second half */
	DROP_ALTERNATE, /* every other page, a call for each, the first one among them */
	DROP_FIRST,	/* the first page of each folio */
	DROP_REST,	/* all of each folio but its first page */
	DROP_FOLIOS,	/* every other folio, whole */
};

#define DROP_PARAM_PART                                                                            \
	{                                                                                          \
		.name = "part", .type = PARAM_ENUM,                                                \
		.help = "what goes: all and inner in one call, else a part of each folio",         \
		.defaults = "all", .choices = drop_parts,                                          \
	}

/* The param's choices, in the order of enum drop_part. */
extern const char *const drop_parts[];

#define DROP_METRICS                                                                               \
	{ "per_call", UNIT_TICKS, BETTER_LOWER, false, "the same, per call", COUNTED_WHOLE },      \
		{ "folios_freed", "share", BETTER_NEITHER, false,                                  \
		  "large folios that are free, by nr_anon" },                                      \
		{ "split_deferred_per_folio", "count", BETTER_LOWER, false,                        \
		  "folios queued to be split, per folio; large folios only" },                     \
		{ "partially_mapped_per_folio", "count", BETTER_LOWER, false,                      \
		  "folios that wait for their split, per folio" },                                 \
	{                                                                                          \
		"wasted_kb", "kB", BETTER_LOWER, false,                                            \
			"memory of the folios that nothing maps any more, still charged"           \
	}

/* The calls: CALLS of LEN bytes, the k-th at FROM + k * STEP from the region's start. */
struct drop {
	enum drop_part part;
	size_t from, len, step;
	size_t calls;
	size_t pages; /* dropped by all of them */
};

/* For a region of SIZE bytes in folios of FOLIO; false: it has no such part. */
bool drop_plan(enum drop_part part, size_t size, size_t folio, size_t page, struct drop *d);
/* From param part. 0, or BENCH_SKIP with what to do instead. */
int drop_setup(struct bench *b, const struct region *r, struct drop *d);

/* Where the k-th call begins. */
static inline char *drop_at(const struct drop *d, const struct region *r, size_t k)
{
	return r->base + d->from + k * d->step;
}

/* Whether page I of the region stays. */
bool drop_keeps(const struct drop *d, const struct region *r, size_t i);

/*
 * Ahead of everything else in check(), after munmap(): takes the addresses again, without
 * access, so that nothing else comes to lie there. *LEFT := calls whose range still
 * has a VMA in it.
 */
int drop_occupy(struct bench *b, const struct region *r, const struct drop *d, size_t *left);

/*
 * What is there of the region in this process: refuses if a dropped page is mapped, or one
 * that was to stay is not, or is at another frame; WRONG CONTENTS in what stayed is
 * bench_wrong(). Puts the counters into the record and the metrics: all of DROP_METRICS.
 */
int drop_check(struct bench *b, struct region *r, const struct drop *d);

/* The part of drop_check() about frames and counters alone: folios that went whole are free. */
int drop_check_freed(struct bench *b, struct region *r, const struct drop *d);

#endif
