/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that are swapped out and in memory at once: in the swap cache. A zram device of our own
 * that takes no more data refuses each write; the kernel has then taken the page out of the
 * page tables, given it a place in swap, and keeps it, dirty, in the swap cache. Works for
 * folios of all sizes. (The kernel says so in its log, a few times: "Write-error on
 * swap-device".)
 */
#ifndef FB_BENCH_SWAPCACHE_H
#define FB_BENCH_SWAPCACHE_H

#include <stddef.h>

#include "bench/swap.h"

struct swapcache {
	struct swap swap;
	char *ballast; /* what the device is full with */
	size_t ballast_size;
};

#define SWAPCACHE_NONE                                                                             \
	{                                                                                          \
		.swap = SWAP_NONE                                                                  \
	}

/*
 * A device with places for BYTES, but full. 0, BENCH_SKIP or negative errno, as swap_open().
 * swapcache_close() is due in any case.
 */
int swapcache_open(struct bench *b, struct swapcache *s, uint64_t bytes);
/* Unmap what is in the swap cache first. 0 or -errno. */
int swapcache_close(struct swapcache *s, struct error *e);

#endif
