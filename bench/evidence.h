/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says it did: page frames, page flags, VMAs, page-table size
 * and event counters. All functions only read; arrays belong to the caller.
 * None is meant for a timed span, but evidence_pages() and evidence_kb() allocate
 * nothing, so that a case can call them between two laps.
 */
#ifndef FB_BENCH_EVIDENCE_H
#define FB_BENCH_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"
#include "lib/strbuf.h"

/* Bits of /proc/kpageflags (Documentation/admin-guide/mm/pagemap.rst). */
#define KPF_BIT_LRU	   (1ULL << 5)
#define KPF_BIT_ANON	   (1ULL << 12)
#define KPF_BIT_SWAPCACHE  (1ULL << 13)
#define KPF_BIT_SWAPBACKED (1ULL << 14) /* not to be dropped without being written out */
#define KPF_BIT_HEAD	   (1ULL << 15)
#define KPF_BIT_TAIL	   (1ULL << 16)
#define KPF_BIT_THP	   (1ULL << 22)
#define KPF_BIT_ZERO_PAGE  (1ULL << 24)

/* Of an entry of /proc/PID/pagemap (likewise): the frame, 0 for who is not root; the bits. */
#define PAGEMAP_PFN	   ((1ULL << 55) - 1)
#define PAGEMAP_SOFT_DIRTY (1ULL << 55)
#define PAGEMAP_EXCLUSIVE  (1ULL << 56)
#define PAGEMAP_SWAP	   (1ULL << 62)
#define PAGEMAP_PRESENT	   (1ULL << 63)

/*
 * Whether this process may see page frame numbers. 0, or -EPERM with a line
 * that names what is missing.
 */
int evidence_access(struct error *e);

/*
 * ENTRY[i] := what /proc/PID/pagemap has for the i-th of N pages from ADDR (PID 0: this
 * process); the frame in it is 0 without privilege. PAGE: the base page size in bytes.
 */
int evidence_pagemap(pid_t pid, const void *addr, size_t n, size_t page, uint64_t *entry,
		     struct error *e);

/*
 * PFN[i] := the frame behind the i-th of N pages from ADDR in process PID (0:
 * this one); 0 where nothing is mapped. PAGE: the base page size in bytes.
 */
int evidence_pfns(pid_t pid, const void *addr, size_t n, size_t page, uint64_t *pfn,
		  struct error *e);

/*
 * *COUNT := how many of the N pages from ADDR have BIT in process PID's pagemap (0: this one):
 * PAGEMAP_PRESENT, PAGEMAP_SWAP. No privilege, and no memory, which might land where pages were.
 */
int evidence_pages(pid_t pid, const void *addr, size_t n, size_t page, uint64_t bit, size_t *count,
		   struct error *e);

/*
 * What the N frames (0: none) take: *CHARGED bytes, all of every folio that one of them lies in,
 * each folio once; *MAPPED bytes, the frames themselves, each once. The difference is memory
 * that is paid for and not used.
 */
int evidence_footprint(const uint64_t *pfn, size_t n, size_t page, uint64_t *charged,
		       uint64_t *mapped, struct error *e);

/*
 * FLAGS[i] := kpageflags of PFN[i] (0 where PFN[i] is 0), and AFTER[k] := that of
 * the frame behind the last page of each group of FOLIO_PAGES: N / FOLIO_PAGES entries.
 */
int evidence_flags(const uint64_t *pfn, size_t n, size_t folio_pages, uint64_t *flags,
		   uint64_t *after, struct error *e);

/*
 * How many of the N pages lie in folios of exactly FOLIO_PAGES, whole and
 * naturally aligned in memory. N is a multiple of FOLIO_PAGES.
 */
size_t evidence_whole(const uint64_t *pfn, const uint64_t *flags, const uint64_t *after, size_t n,
		      size_t folio_pages);

/* How many of the N entries are the same frame in both, and present. */
size_t evidence_same(const uint64_t *a, const uint64_t *b, size_t n);

/* SB := the text of /proc/PID/NAME (PID 0: this process). 0 or -errno. */
int evidence_proc(pid_t pid, const char *name, struct strbuf *sb, struct error *e);

struct evidence_vma {
	unsigned int vmas; /* VMAs that touch the range */
	bool exact;	   /* one of them, and it is the range */
	/* summed over VMAS */
	uint64_t rss_kb, pss_kb;
	uint64_t private_kb, shared_kb;
	uint64_t dirty_kb; /* pages that must not be dropped */
	uint64_t anon_kb;
	uint64_t anon_huge_kb;	/* mapped by PMDs */
	uint64_t shmem_huge_kb; /* of tmpfs files, mapped by PMDs */
};

/* What smaps of process PID (0: this one) says about ADDR .. ADDR+LEN. 0 or -errno. */
int evidence_vma(pid_t pid, const void *addr, size_t len, struct evidence_vma *v, struct error *e);
/* The same from smaps text. */
void evidence_vma_parse(const char *smaps, uintptr_t addr, size_t len, struct evidence_vma *v);
/* Whether the line of maps or smaps at P is that of a VMA, and where this begins and ends. */
bool evidence_vma_line(const char *p, uint64_t *start, uint64_t *end);

/*
 * The number of kB behind "KEY:" in /proc/PID/NAME (PID 0: this process; status, smaps_rollup: the
 * first 4 KiB are read). Allocates nothing. Negative errno if it cannot be read.
 */
long evidence_kb(pid_t pid, const char *name, const char *key);

/* Minor faults of this process so far, all of its threads. */
uint64_t evidence_faults(void);

/* Event counters, system-wide since boot; -1 where this kernel has none. */
struct evidence_counts {
	long long pgreuse;
	long long nr_anon;	    /* folios of the size in use */
	long long split_deferred;   /* folios of the size */
	long long partially_mapped; /* nr_anon_partially_mapped: folios of the size */
	long long anon_fault_alloc; /* folios of the size */
};

/* FOLIO_BYTES: which size's statistics; the per-size ones are -1 for single pages. */
int evidence_counts(size_t folio_bytes, struct evidence_counts *c, struct error *e);
/* A statistic of one folio size ("swpout") since boot, -1 if this kernel does not keep it. */
long long evidence_size_stat(size_t folio_bytes, const char *name);
/* The number behind "KEY " at the start of a line of TEXT, -1 if there is none. */
long long evidence_lookup(const char *text, const char *key);
/* *DELTA := AFTER - BEFORE; false where one of them is not known. */
bool evidence_delta(long long before, long long after, long long *delta);

#endif
