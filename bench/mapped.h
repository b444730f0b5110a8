/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By whom and how memory is mapped: other processes' VMAs and page tables, and how many
 * mappings a frame has. All functions only read.
 */
#ifndef FB_BENCH_MAPPED_H
#define FB_BENCH_MAPPED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/evidence.h"
#include "lib/error.h"

/* evidence_vma() of process PID (0: this one). Allocates memory. */
int mapped_vma(pid_t pid, const void *addr, size_t len, struct evidence_vma *v, struct error *e);

/* VmPTE of process PID (0: this one) in kB, negative errno if it cannot be read. */
long mapped_vmpte(pid_t pid);

/* How often the frames of an array are mapped, by /proc/kpagecount and kpageflags. */
struct mapped_counts {
	size_t frames; /* entries that are not 0 */
	size_t none;   /* mapped nowhere */
	size_t once;   /* by one page-table entry */
	size_t twice;  /* by two */
	size_t held;   /* mapped nowhere, and yet anonymous memory: not free */
};

/*
 * Counts for PFN[0..N). Root only: else negative errno. A kernel without a mapcount for each
 * page (CONFIG_NO_PAGE_MAPCOUNT) says for a page of a large folio what the
 * folio's pages have on average, rounded, and at least 1 if one is mapped.
 */
int mapped_count(const uint64_t *pfn, size_t n, struct mapped_counts *c, struct error *e);

#endif
