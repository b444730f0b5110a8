/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process may do with its pages, asked of the kernel: read(2) into a page
 * and write(2) from it give EFAULT where the page tables and the VMA do not allow it, so no
 * signal handler is needed. The kernel may have a page table's translation of its own,
 * though (QEMU keeps them apart, and so do CPUs with page-table isolation): what the process
 * has in its TLB only its own store shows. Untimed.
 */
#ifndef FB_BENCH_PROBE_H
#define FB_BENCH_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

/* What one kind of probe found. */
struct probe_count {
	size_t tried, wrong;
	char *first; /* the first page where it was wrong */
};

struct probe {
	int zero;		  /* /dev/zero */
	int pipe[2];		  /* takes the bytes that could be read */
	struct probe_count write; /* wrong: could be written */
	struct probe_count read;  /* wrong: could be read, or could not, as was not wanted */
	struct probe_count store; /* wrong: could be written by the process itself */
	struct error why;	  /* of a probe that failed otherwise */
	int rc;			  /* and its -errno, 0: none did */
};

/* Zero is no valid state for file descriptors. */
#define PROBE_NONE                                                                                 \
	{                                                                                          \
		.zero = -1, .pipe = { -1, -1 }                                                     \
	}

/* 0 or -errno. probe_close() is due in any case and may come twice. */
int probe_open(struct probe *p, struct error *e);
void probe_close(struct probe *p);

/* Forgets what was found. */
void probe_reset(struct probe *p);

/*
 * PAGE must not be writable. Where it is after all its first byte becomes zero, so that its
 * contents say so too.
 */
void probe_write(struct probe *p, char *page);
/* PAGE must be readable, or must not be. */
void probe_read(struct probe *p, char *page, bool readable);
/*
 * BYTE must not be writable, by a store of this process. It becomes VALUE if it is: give the
 * one it has to spare the contents. Takes SIGSEGV meanwhile: for one thread at a time.
 */
void probe_store(struct probe *p, volatile char *byte, char value);

#endif
