/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of each folio something holds for: the pages that are exclusive, the
 * pages that are dirty. Single pages are taken 16 at a time, so that a pattern has two
 * kinds of pages at every folio size.
 */
#ifndef FB_BENCH_PATTERN_H
#define FB_BENCH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum pattern {
	PATTERN_ALL,
	PATTERN_NONE,
	PATTERN_HALF,	   /* the first half of each folio */
	PATTERN_LAST_HALF, /* the second half */
	PATTERN_ALTERNATE, /* every other page, the first one among them */
	PATTERN_FIRST,	   /* the first page alone */
	PATTERN_REST,	   /* all but the first page */
};

/* For a param of type PARAM_ENUM: the names in the order above, ends with NULL. */
extern const char *const pattern_names[];

/* Pages after which a pattern repeats: those of a folio, 16 for single pages. */
size_t pattern_unit(size_t folio_pages);
/* Whether PATTERN holds for page I of a region that begins with a folio. */
bool pattern_has(enum pattern pattern, size_t folio_pages, size_t i);
/* Length of the run of pages from I on, ahead of PAGES, that are of one kind. */
size_t pattern_run(enum pattern pattern, size_t folio_pages, size_t i, size_t pages);

#endif
