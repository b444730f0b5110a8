/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the address space of a process takes, and how much of its page tables is
 * used: all exact, from maps, status and PAGEMAP_SCAN (6.7), which skips what has no
 * tables. No privilege for a process of one's own.
 */
#ifndef FB_BENCH_TABLES_H
#define FB_BENCH_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"

struct tables {
	uint64_t virt;	  /* bytes: all VMAs of user space */
	uint64_t present; /* bytes: pages that are mapped */
	uint64_t swapped; /* bytes */
	/*
	 * Pages of page tables, below the top level. IN_USE: those through which a present
	 * or swapped page is reached. What is in TOTAL and not there is empty, or leads
	 * to empty ones only.
	 */
	uint64_t total, in_use;
};

/* Looks at process PID. 0; -ENOTTY if this kernel has no PAGEMAP_SCAN; or another -errno. */
int tables_look(pid_t pid, struct tables *t, struct error *e);

/* *START, *END: of the first and last VMA in the text of maps, *VIRT: sum of all. False: none. */
bool tables_parse_maps(const char *maps, uint64_t *start, uint64_t *end, uint64_t *virt);

/* Counts pages of tables that a range (in ascending order, page by page or more) lies in. */
struct tables_count {
	unsigned int bits;   /* log2 of the entries in a table: 9 */
	unsigned int levels; /* below the top one */
	unsigned int shift;  /* log2 of the base page size */
	uint64_t next[4];    /* per level: the first table not counted yet */
	uint64_t tables;
};

void tables_count(struct tables_count *c, uint64_t start, uint64_t end);

#endif
