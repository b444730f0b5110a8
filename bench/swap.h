/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A swap device of our own: a new zram device (never one that is there already), with the
 * highest priority, so that what the cases push out goes there and not to the machine's swap.
 * For whoever may make one (root, and a kernel with zram); everyone else gets a skip.
 *
 * Nothing of it outlives teardown. What a killed run (kill -9) left is found by the swap header,
 * which has our name and the PID, and is removed by the next swap_recover().
 */
#ifndef FB_BENCH_SWAP_H
#define FB_BENCH_SWAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/bench.h"

struct swap {
	int id;	       /* the N of /dev/zramN; negative: no device */
	bool on;       /* the kernel swaps to it */
	char path[24]; /* "/dev/zram1" */
};

#define SWAP_NONE                                                                                  \
	{                                                                                          \
		.id = -1                                                                           \
	}

/*
 * Makes a zram device of BYTES (at least 16 pages; memory is taken only for what is stored),
 * writes a swap header and turns swapping to it on. For setup. 0, BENCH_SKIP (no zram, or not
 * permitted; the reason is in B), or negative errno. swap_close() is due in any case; S is
 * SWAP_NONE before.
 */
int swap_open(struct bench *b, struct swap *s, uint64_t bytes);

/*
 * Swapping off, which brings back into memory what is still out (unmap it first: faster), and
 * the device is removed. 0 or -errno. May be called at any time, also twice.
 */
int swap_close(struct swap *s, struct error *e);

/*
 * Removes the devices of agents that are gone, however they went. *N := how many. A user who may
 * not read block devices finds none. 0 or -errno. swap_open() does this first.
 */
int swap_recover(int *n, struct error *e);

/* *BYTES := what is in use of the device. 0 or -errno. */
int swap_used(const struct swap *s, uint64_t *bytes, struct error *e);
/* The same from the text of /proc/swaps; -1 if PATH is not in it. */
long long swap_used_parse(const char *swaps, const char *path);

/* Pushes LEN bytes at ADDR out: MADV_PAGEOUT. The kernel may leave pages; look. 0 or -errno. */
int swap_out(void *addr, size_t len);

#define SWAP_LABEL "foliobench"
/*
 * One page (PAGE bytes at BUF, zeroed here) that makes a device of BYTES a swap area, which
 * says that process PID made it.
 */
void swap_header(void *buf, size_t page, uint64_t bytes, pid_t pid);
/* The PID of such a page, 0 if it is not one of ours. */
pid_t swap_header_owner(const void *buf, size_t page);
/* Whether /proc/PID/stat is that of a living process of ours: its device is no left-over. */
bool swap_owner_lives(const char *stat);

#endif
