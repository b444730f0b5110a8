// SPDX-License-Identifier: GPL-2.0-or-later
/* Soft-dirty bits and mprotect(); see softdirty.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/child.h"
#include "bench/softdirty.h"
#include "lib/cleanup.h"
#include "lib/fs.h"

/* Which pages are written: some before mprotect(), some after, some never. */
#define STEP	  5
#define BEFORE(i) ((i) % STEP == 1)
#define AFTER(i)  ((i) % STEP == 3)

/* A child's answer in 64 bits: two flags, three numbers. */
#define COUNT_BITS 20
#define COUNT_MASK ((1ULL << COUNT_BITS) - 1)
#define FAILED	   (1ULL << 63)
#define KNOWN	   (1ULL << 62)

/* A folio, at least 64 pages. */
static size_t trial_bytes(const struct region *r)
{
	size_t len = r->folio > 64 * r->page ? r->folio : 64 * r->page;

	return len < r->size ? len : r->size;
}

/* LEN bytes of new memory in R's place, in folios as R's. */
static int populate(const struct region *r, size_t len)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;

	munmap(r->base, r->size);
	if (mmap(r->base, len, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED)
		return -errno;
	madvise(r->base, len, r->folio_pages > 1 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	for (size_t i = 0; i < len / r->page; i++)
		*region_byte(r, i) = REGION_OLD;
	return region_split(r, r->base, len);
}

/*
 * Forgets what was written. *KNOWN_HERE: a page that mprotect() has nothing to do with
 * does count as written after a write, so this kernel keeps the bits, and for us.
 */
static int clear_bits(const struct region *r, bool *known_here)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *page = mmap(NULL, r->page, PROT_READ | PROT_WRITE, flags, -1, 0);
	uint64_t clear = 0, set = 0;
	int rc;

	*known_here = false;
	if (page == MAP_FAILED)
		return -errno;
	*(volatile char *)page = 1;
	if (fs_poke("/proc/self/clear_refs", "4", NULL))
		return 0;
	rc = evidence_pagemap(0, page, 1, r->page, &clear, NULL);
	*(volatile char *)page = 2;
	if (!rc)
		rc = evidence_pagemap(0, page, 1, r->page, &set, NULL);
	*known_here = !(clear & PAGEMAP_SOFT_DIRTY) && set & PAGEMAP_SOFT_DIRTY;
	return rc;
}

/* To PROT and back: all at once, then all but the edges, and back in odd numbers of pages. */
static int there_and_back(const struct region *r, size_t len, int prot)
{
	size_t piece = (r->folio_pages / 2 + 1) * r->page;
	char *end = r->base + len - r->page;
	int rw = PROT_READ | PROT_WRITE;

	if (mprotect(r->base, len, prot) || mprotect(r->base, len, rw) ||
	    mprotect(r->base + r->page, len - 2 * r->page, prot))
		return -errno;
	for (char *p = r->base + r->page; p < end; p += piece) {
		size_t left = (size_t)(end - p);

		if (mprotect(p, left < piece ? left : piece, rw))
			return -errno;
	}
	return 0;
}

static uint64_t judge(const uint64_t *entry, size_t pages)
{
	uint64_t lost = 0, first = 0, spurious = 0;

	for (size_t i = 0; i < pages; i++) {
		bool dirty = entry[i] & PAGEMAP_SOFT_DIRTY;
		bool written = BEFORE(i) || AFTER(i);

		spurious += dirty && !written;
		if (written && !dirty && !lost++)
			first = i;
	}
	return KNOWN | spurious << 2 * COUNT_BITS | first << COUNT_BITS | lost;
}

/* In the child. */
static uint64_t trial(const struct region *r, uint64_t prot)
{
	size_t len = trial_bytes(r), pages = len / r->page;
	uint64_t *entry __free = xcalloc(pages, sizeof(*entry));
	bool known = false;
	int rc = populate(r, len);

	if (!rc)
		rc = clear_bits(r, &known);
	if (!rc && !known)
		return 0;
	for (size_t i = 0; i < pages && !rc; i++) {
		if (BEFORE(i))
			*region_byte(r, i) = REGION_NEW;
	}
	if (!rc)
		rc = there_and_back(r, len, (int)prot);
	for (size_t i = 0; i < pages && !rc; i++) {
		if (AFTER(i))
			*region_byte(r, i) = REGION_NEW;
	}
	if (!rc)
		rc = evidence_pagemap(0, r->base, pages, r->page, entry, NULL);
	return rc ? FAILED | (uint64_t)-rc : judge(entry, pages);
}

static int ask_child(const struct region *r, int prot, uint64_t *answer, struct error *e)
{
	struct child c = CHILD_NONE;
	int rc = child_open(&c, r, e), closed;

	if (!rc) {
		child_fork(&c);
		rc = c.pid < 0 ? error_sys(e, -c.pid, "fork") : 0;
	}
	if (!rc)
		rc = child_call(&c, trial, (uint64_t)prot, answer, e);
	closed = child_close(&c, rc ? NULL : e);
	return rc ? rc : closed;
}

int softdirty_try(const struct region *r, int prot, struct softdirty *s, struct error *e)
{
	size_t pages = trial_bytes(r) / r->page;
	uint64_t answer = 0;
	int rc = ask_child(r, prot, &answer, e);

	*s = (struct softdirty){ 0 };
	if (!rc && answer & FAILED)
		rc = error_sys(e, (int)(answer & COUNT_MASK), "trying soft-dirty bits");
	if (rc)
		return rc;
	s->known = answer & KNOWN;
	s->lost = answer & COUNT_MASK;
	s->first = answer >> COUNT_BITS & COUNT_MASK;
	s->spurious = answer >> 2 * COUNT_BITS & COUNT_MASK;
	for (size_t i = 0; i < pages; i++)
		s->pages += BEFORE(i) || AFTER(i);
	s->clean = pages - s->pages;
	return 0;
}
