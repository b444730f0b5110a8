/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the kernel still tells which pages were written to (soft-dirty, bit 55 of
 * pagemap) when mprotect() comes in between. Checkpointing tools lose data otherwise:
 * a page that mprotect() makes writable without a fault to come must count as written.
 * The trial is made in a child of its own, on memory of its own, since clearing the
 * bits write-protects all that a process has.
 */
#ifndef FB_BENCH_SOFTDIRTY_H
#define FB_BENCH_SOFTDIRTY_H

#include <stdbool.h>

#include "bench/region.h"

struct softdirty {
	bool known;	 /* this kernel keeps the bits */
	size_t pages;	 /* written, before or after mprotect() */
	size_t lost;	 /* and not told */
	size_t first;	 /* the first of those */
	size_t clean;	 /* not written */
	size_t spurious; /* and told: allowed, but it costs */
};

/*
 * Folios as R has them are taken to protection PROT (PROT_READ or PROT_NONE) and back, in one
 * call, and in calls that begin and end within a folio. Nothing of R's contents is
 * touched. 0 or -errno.
 */
int softdirty_try(const struct region *r, int prot, struct softdirty *s, struct error *e);

#endif
