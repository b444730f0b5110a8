// SPDX-License-Identifier: GPL-2.0-or-later
/* A swap device that refuses to write; see swapcache.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/evidence.h"
#include "bench/swapcache.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/strbuf.h"

#define BALLAST_PAGES 16

/* Swapped out, what cannot be compressed takes its full size of the device. */
static void fill_randomly(char *p, size_t len)
{
	uint64_t x = 0x9e3779b97f4a7c15ULL;

	for (size_t at = 0; at < len; at += sizeof(x)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(p + at, &x, sizeof(x));
	}
}

static int load(struct bench *b, struct swapcache *s)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), out = 0;
	struct error e;
	int rc;

	s->ballast_size = BALLAST_PAGES * page;
	s->ballast = mmap(NULL, s->ballast_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->ballast == MAP_FAILED) {
		s->ballast = NULL;
		return bench_fail(b, errno, "mmap: %s", strerror(errno));
	}
	madvise(s->ballast, s->ballast_size, MADV_DONTFORK);
	madvise(s->ballast, s->ballast_size, MADV_NOHUGEPAGE);
	fill_randomly(s->ballast, s->ballast_size);
	rc = swap_out(s->ballast, s->ballast_size);
	if (rc)
		return bench_fail(b, rc, "MADV_PAGEOUT: %s", strerror(-rc));
	rc = evidence_pages(0, s->ballast, BALLAST_PAGES, page, PAGEMAP_SWAP, &out, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (out < BALLAST_PAGES / 2)
		return bench_skip(b, "only %zu of %d pages could be swapped out here", out,
				  BALLAST_PAGES);
	return 0;
}

int swapcache_open(struct bench *b, struct swapcache *s, uint64_t bytes)
{
	char *limit __free = NULL;
	struct error e;
	int rc;

	*s = (struct swapcache)SWAPCACHE_NONE;
	rc = swap_open(b, &s->swap, bytes);
	if (!rc)
		rc = load(b, s);
	if (rc)
		return rc;
	/* less than it has: from now on it takes nothing more */
	limit = xasprintf("/sys/block/zram%d/mem_limit", s->swap.id);
	rc = fs_poke(limit, "1", &e);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

int swapcache_close(struct swapcache *s, struct error *e)
{
	if (s->ballast)
		munmap(s->ballast, s->ballast_size);
	s->ballast = NULL;
	return swap_close(&s->swap, e);
}
