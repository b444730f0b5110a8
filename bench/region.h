/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory with the wanted folios: one private anonymous VMA, its start on a
 * multiple of 2 MiB, between two holes that nothing may touch (so that it never
 * merges with a neighbour), populated anew for each sample and then verified
 * page by page. Folios as large as a PMD are PTE-mapped, unless PMD mappings are
 * asked for ("folio=2M-pmd").
 *
 * Frame numbers and page flags are root's. Without them (frames is false) what can be
 * shown otherwise is: MADV_NOHUGEPAGE gives single pages, AnonHugePages shows 2M folios,
 * anon_fault_alloc counts those between; bench_lacks() says so once, and pfn, now, flags and
 * after stay 0. A case then proves by counters and contents what it proves by frames
 * otherwise, or leaves it out.
 *
 * Each page carries marks: two words that name the page, at its start and end, and one byte in
 * between that the cases overwrite. All other words have a value of their own, so that a copy
 * of a page that lacks some is told from a whole one; a sparse region has zeroes there.
 *
 * region_setup() puts the machine in the state that this needs, through
 * settings_set(). region_release() frees everything but the settings.
 */
#ifndef FB_BENCH_REGION_H
#define FB_BENCH_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/bench.h"
#include "bench/evidence.h"

#define REGION_ALIGN ((size_t)2 << 20)

/* A sample counts when at least this share of the pages has the wanted order. */
#define REGION_MIN_SHARE 0.99

/* The byte that cases overwrite in each page: before and after. */
#define REGION_OLD 0x5a
#define REGION_NEW 0xc3

/* What a plain run sweeps: some sizes by PTEs, and by PMDs what THP gives most people. */
#define REGION_FOLIOS	  "4K,16K,64K,512K,2M"
#define REGION_FOLIOS_PMD REGION_FOLIOS ",2M-pmd"

#define REGION_PARAM_FOLIO(defaults_text)                                                          \
	{                                                                                          \
		.name = "folio", .type = PARAM_FOLIO,                                              \
		.help = "folio size; verified page by page; 2M is mapped by PTEs, 2M-pmd by PMDs", \
		.defaults = (defaults_text), .min = 4 << 10, .max = 2 << 20,                       \
	}

#define REGION_PARAM_SIZE(defaults_text)                                                           \
	{                                                                                          \
		.name = "size", .type = PARAM_SIZE,                                                \
		.help = "bytes of memory in one VMA, a multiple of 2M",                            \
		.defaults = (defaults_text), .min = 2 << 20, .max = 1ULL << 40, .step = 2 << 20,   \
	}

struct region {
	char *base;
	size_t size;	    /* bytes; a multiple of REGION_ALIGN */
	size_t page;	    /* base page size in bytes */
	size_t pages;	    /* pages that the arrays below describe */
	size_t folio;	    /* bytes */
	size_t folio_pages; /* 1: no large folio */
	size_t pmd;	    /* bytes that one PMD entry maps */
	bool pmd_mapped;    /* folios of PMD size stay mapped by PMDs */
	bool sparse;	    /* pages with marks alone, set after region_setup() */
	bool frames;	    /* frame numbers and page flags can be read */

	/* by region_verify() and region_look(); PAGES entries each */
	uint64_t *pfn;	 /* where each page was when it was verified */
	uint64_t *now;	 /* where it is */
	uint64_t *flags; /* kpageflags of one of the two */
	uint64_t *after; /* those of the frames behind each folio */

	struct evidence_counts before; /* ahead of populating */
	struct evidence_counts ready;  /* populated and verified: ahead of run() */

	/*
	 * A case that has a child populate its own copy of the empty VMA sets step, which has
	 * the child call region_step(), and sets owner to the child then.
	 */
	int (*step)(struct bench *b, struct region *r, uint64_t step);
	pid_t owner; /* whose pages are verified; 0: this process's */

	/* owned */
	char *hold; /* the address range with its holes */
	size_t hold_size;
	char *notes; /* where the arrays are; not inherited by children */
	size_t notes_size;
};

struct region_spec {
	uint64_t size;	  /* bytes */
	uint64_t folio;	  /* bytes */
	bool pmd_mapped;  /* only where FOLIO is what a PMD maps */
	uint64_t align;	  /* of the start; 0: REGION_ALIGN */
	uint64_t tracked; /* bytes that the arrays describe; 0: all */
};

/*
 * Checks that this kernel and user can give what SPEC wants, quiets the machine
 * and reserves the addresses. 0, BENCH_SKIP or negative errno, with the reason in B.
 * R is zeroed before; region_release() is due in any case.
 */
int region_setup(struct bench *b, struct region *r, const struct region_spec *spec);
/* The folio of SPEC from param folio. */
void region_spec_folio(const struct bench *b, struct region_spec *spec);
/* The same from params folio and size. */
int region_setup_params(struct bench *b, struct region *r);
void region_release(struct region *r);

/*
 * Whether this kernel lets a process have VMAS of them for WHAT ("part=half"), which is a param
 * that can do with fewer in less memory. For setup. 0, or BENCH_SKIP with what to do.
 */
int region_check_vmas(struct bench *b, const char *what, uint64_t vmas);

/* A new VMA over the whole range, empty, with the advice for the wanted folios. */
int region_map(struct bench *b, struct region *r);
/* Splits the PMD mapping of each folio in LEN bytes from START; nothing to do for small ones. */
int region_split(const struct region *r, char *start, size_t len);

/*
 * The two steps of populating a mapped region in the calling process: REGION_MARK writes to
 * every page, REGION_FINISH splits PMD mappings where wanted and settles. 0 or a
 * positive errno. A child_fn: the region's arrays need not be there.
 */
enum { REGION_MARK, REGION_FINISH };
uint64_t region_step(const struct region *r, uint64_t step);

/*
 * region_map(), all pages marked, split, and verified: one VMA, no PMD mapping,
 * at least REGION_MIN_SHARE of the pages in folios of the wanted size. 0, negative
 * errno, or BENCH_REFUSE with the share that there was. Fills pfn and ready.
 */
int region_populate(struct bench *b, struct region *r);

/*
 * Share of the tracked pages, from START on, that are in whole folios of the size. Fills pfn.
 * Needs frames.
 */
int region_verify(const struct region *r, const char *start, double *share, struct error *e);
/* Fills now with where process PID (0: this one) has the pages; with zeroes without frames. */
int region_look(const struct region *r, pid_t pid, struct error *e);
/* *PRESENT := how many pages process PID (0: this one) has mapped; also without frames. */
int region_present(const struct region *r, pid_t pid, size_t *present, struct error *e);
/* Share of the pages in now that still are in whole folios of the size; 1 without frames. */
int region_whole_now(const struct region *r, double *share, struct error *e);

/* Empties this CPU's batches of pages that are on their way to the LRU lists. */
void region_settle(const struct region *r);

/*
 * A quick look at the marks of page I: its two ends, and BYTE. Tells whose page it is, not whether
 * all of it is there: for looks that are repeated, or at pages whose other words are not the
 * mark's.
 */
bool region_page_wrong(const struct region *r, size_t i, unsigned char byte);
/* Whether the page at PAGE, anywhere, is page I as populated, with BYTE: to its last byte. */
bool region_page_is(const struct region *r, size_t i, const void *page, unsigned char byte);
/* How many pages of the region are not so: the look that a verdict is made from. */
size_t region_inexact(const struct region *r, unsigned char byte);

/* The byte of page I that cases overwrite. */
static inline volatile unsigned char *region_byte(const struct region *r, size_t i)
{
	return (volatile unsigned char *)r->base + i * r->page + r->page / 2;
}

/*
 * Puts what the counters moved since region_populate() was done into the record:
 * pgreuse, split_deferred, nr_anon, where this kernel has them. *C: as read now.
 */
int region_counts(struct bench *b, const struct region *r, struct evidence_counts *c);

#endif
