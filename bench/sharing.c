// SPDX-License-Identifier: GPL-2.0-or-later
/* Folios that a child shares in part; see sharing.h. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/sharing.h"
#include "lib/cleanup.h"
#include "lib/strbuf.h"

int sharing_possible(struct bench *b, const struct region *r, enum pattern exclusive)
{
	char *what __free = xasprintf("exclusive=%s", pattern_names[exclusive]);
	uint64_t vmas = 1;

	for (size_t i = 0; i < r->pages && exclusive != PATTERN_ALL;
	     i += pattern_run(exclusive, r->folio_pages, i, r->pages))
		vmas++;
	return region_check_vmas(b, what, vmas);
}

static int dont_fork(const struct region *r, enum pattern exclusive)
{
	size_t len;

	for (size_t i = 0; i < r->pages; i += len) {
		len = pattern_run(exclusive, r->folio_pages, i, r->pages);
		if (!pattern_has(exclusive, r->folio_pages, i))
			continue;
		if (madvise(r->base + i * r->page, len * r->page, MADV_DONTFORK))
			return -errno;
	}
	return 0;
}

/* Shared pages at the same frame in the child, exclusive ones not there. */
static int verify_sharing(struct bench *b, const struct region *r, const struct child *c,
			  enum pattern exclusive)
{
	size_t shared = 0, wrong = 0;
	struct error e;
	int rc = region_look(r, c->pid, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	for (size_t i = 0; i < r->pages; i++) {
		bool own = pattern_has(exclusive, r->folio_pages, i);

		shared += !own;
		wrong += r->frames && r->now[i] != (own ? 0 : r->pfn[i]);
	}
	bench_evidence_int(b, "shared_pages", (long long)shared);
	if (wrong)
		return bench_refuse(b, "the child shares other pages than it should: %zu of %zu",
				    wrong, r->pages);
	return 0;
}

int sharing_fork(struct bench *b, const struct region *r, struct child *c, enum pattern exclusive)
{
	struct evidence_vma vma;
	struct error e;
	int rc = dont_fork(r, exclusive);

	if (rc)
		return bench_fail(b, rc, "MADV_DONTFORK: %s", strerror(-rc));
	child_fork(c);
	if (c->pid < 0)
		return bench_fail(b, c->pid, "fork: %s", strerror(-c->pid));
	if (madvise(r->base, r->size, MADV_DOFORK))
		return bench_fail(b, errno, "MADV_DOFORK: %s", strerror(errno));
	rc = evidence_vma(0, r->base, r->size, &vma, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (!vma.exact)
		return bench_refuse(b, "the memory is in %u VMAs instead of one after MADV_DOFORK",
				    vma.vmas);
	return verify_sharing(b, r, c, exclusive);
}

/* What a child is asked, and what it answers, in 64 bits each. */
#define ARG(exclusive, byte) ((uint64_t)(exclusive) << 8 | (byte))
#define PAGE_BITS	     32

/* In the child, where the exclusive pages are not mapped. */
static uint64_t look_at_shared(const struct region *r, uint64_t arg)
{
	enum pattern exclusive = (enum pattern)(arg >> 8);
	uint64_t wrong = 0, first = 0;

	for (size_t i = 0; i < r->pages; i++) {
		if (pattern_has(exclusive, r->folio_pages, i) ||
		    !region_page_wrong(r, i, (unsigned char)arg))
			continue;
		if (!wrong++)
			first = i;
	}
	return first << PAGE_BITS | wrong;
}

int sharing_child_wrong(struct child *c, enum pattern exclusive, unsigned char byte,
			struct sharing_wrong *w, struct error *e)
{
	uint64_t answer = 0;
	int rc = child_call(c, look_at_shared, ARG(exclusive, byte), &answer, e);

	w->pages = (size_t)(answer & ((1ULL << PAGE_BITS) - 1));
	w->first = (size_t)(answer >> PAGE_BITS);
	return rc;
}
