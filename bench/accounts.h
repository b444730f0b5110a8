/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accounts of memory that two processes share: what is so, worked out from where each of them
 * has each page, and what the kernel says of it in smaps, numa_maps, pagemap and kpagecount.
 * The two need not agree: with CONFIG_NO_PAGE_MAPCOUNT the kernel estimates.
 *
 * Sizes are in kB, as in those files. Nothing here keeps state.
 */
#ifndef FB_BENCH_ACCOUNTS_H
#define FB_BENCH_ACCOUNTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"

struct accounts {
	uint64_t rss_kb;
	uint64_t pss_kb;
	uint64_t private_kb; /* the USS: Private_Clean and Private_Dirty */
	uint64_t shared_kb;
	uint64_t anon_kb; /* all of rss_kb in what is so */
	uint64_t huge_kb; /* mapped by PMDs; accounts_huge() knows what is so */
	uint64_t mapmax;  /* the most mappings of one page; 0: no page, or nothing says */
};

/*
 * What is so for the process that has the N pages as HERE says, while another process has
 * them as THERE says (NULL: none): entries of pagemap, with or without frame numbers. A page is
 * shared where both have the same frame at the same place, which is how fork() leaves it;
 * without frame numbers, where both have one. PAGE: its size in bytes.
 */
void accounts_exact(const uint64_t *here, const uint64_t *there, size_t n, size_t page,
		    struct accounts *a);
/* Of how many of the N pages bit 56 in HERE, "exclusively mapped", is wrong. */
size_t accounts_exclusive_wrong(const uint64_t *here, const uint64_t *there, size_t n);
/* For how many of the pages in HERE COUNT is not how often they are mapped. */
size_t accounts_counts_wrong(const uint64_t *here, const uint64_t *there, const uint64_t *count,
			     size_t n);

/*
 * *KB := how much of ADDR .. ADDR+LEN process PID (0: this one) has mapped by PMDs, by the ioctl
 * PAGEMAP_SCAN. 0 or -errno: -ENOTTY before Linux 6.7, which does not have it.
 */
int accounts_huge(pid_t pid, const void *addr, size_t len, uint64_t *kb, struct error *e);

/* Sums up what smaps and numa_maps of process PID (0: this one) say of ADDR .. ADDR+LEN. */
int accounts_said(pid_t pid, const void *addr, size_t len, struct accounts *a, struct error *e);
/* The same from text; *VMAS: how many of them touch the range. NUMA_MAPS may be NULL. */
void accounts_parse(const char *smaps, const char *numa_maps, uintptr_t addr, size_t len,
		    struct accounts *a, unsigned int *vmas);

/*
 * Where in TEXT, a smaps, the record of the VMA that starts at ADDR begins, and *LEN its
 * length. -1 if it is not there.
 */
long accounts_record(const char *text, uintptr_t addr, size_t *len);

#endif
