/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain references to pages (FOLL_GET, no pin) that outlive the mappings they were taken
 * through: pages spliced into pipes (vmsplice). Whoever reads a pipe sees what is in
 * the page at that time.
 */
#ifndef FB_BENCH_PIPEREFS_H
#define FB_BENCH_PIPEREFS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

#define PIPEREFS_MAX 64

struct piperefs {
	int fd[PIPEREFS_MAX][2];
	size_t slots[PIPEREFS_MAX]; /* pages that the pipe takes */
	size_t n;
	size_t page; /* bytes */
};

/*
 * Pipes for PAGES pages of PAGE bytes. 0, -errno, or -ENOSPC where this user's pipes take fewer
 * (the message says how many). P is zeroed before; piperefs_close() is due in any case.
 */
int piperefs_open(struct piperefs *p, size_t pages, size_t page, struct error *e);
/* Drops all references. */
void piperefs_close(struct piperefs *p);

/* Puts the page at ADDR in as the I-th; I counts up from 0. In whichever process. 0 or errno. */
int piperefs_put(const struct piperefs *p, size_t i, const void *addr);
/* Takes the I-th page out into BUF; I counts up from 0. 0 or -errno. */
int piperefs_get(const struct piperefs *p, size_t i, void *buf, struct error *e);

#endif
