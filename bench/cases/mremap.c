// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mremap: a populated region is moved to other addresses in one call. Where old and new
 * place are as far from a multiple of what a PMD maps, the kernel can move whole page
 * tables and PMD mappings (offset=0); else it moves PTE by PTE.
 *
 * Evidence: nothing is left at the old addresses, VMA or page; at the new ones each page is
 * at the frame where it was, in whole folios, its contents as before to the last byte; PMD
 * mappings that moved as such still are some.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/drop.h"
#include "bench/probe.h"
#include "bench/region.h"
#include "lib/strbuf.h"

struct state {
	struct region region;
	struct drop drop; /* all of it, for its test that the addresses are free */
	size_t offset;	  /* bytes that the new place is off a multiple of REGION_ALIGN */
	char *hold;	  /* addresses for the new place, with holes around it */
	size_t hold_size;
	char *place;
	int rc; /* what mremap() said */
};

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO(REGION_FOLIOS_PMD),
	REGION_PARAM_SIZE("16M"),
	{ .name = "offset",
	  .type = PARAM_SIZE,
	  .help = "how far the new place is off a multiple of 2M; 0: page tables move whole",
	  .defaults = "4K",
	  .min = 0,
	  .max = (2 << 20) - (4 << 10),
	  .step = 4 << 10 },
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "mremap() of the region, per page" },
	{ "moved", "share", BETTER_NEITHER, false, "pages at the same frame at the new address" },
	{ "huge_kept", "share", BETTER_NEITHER, false,
	  "of what PMDs mapped, what they still map; 2M-pmd only" },
	{ 0 },
};

static int mremap_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));
	struct region *r = &s->region;
	int rc;

	b->state = s;
	s->offset = param_num(b->params, "offset");
	rc = region_setup_params(b, r);
	if (rc)
		return rc;
	if (s->offset % r->page)
		return bench_skip(b, "offset=%s is no multiple of this machine's pages (%zu bytes)",
				  param_text(b->params, "offset"), r->page);
	drop_plan(DROP_ALL, r->size, r->folio, r->page, &s->drop);
	s->hold_size = r->size + 4 * REGION_ALIGN;
	s->hold = mmap(NULL, s->hold_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
	if (s->hold == MAP_FAILED) {
		s->hold = NULL;
		return bench_fail(b, errno, "no addresses to move to: %s", strerror(errno));
	}
	s->place = s->hold + REGION_ALIGN;
	s->place += REGION_ALIGN - (uintptr_t)s->place % REGION_ALIGN + s->offset;
	return 0;
}

/* Nothing may lie at the new place between two samples but this: no access, no page. */
static int guard_place(struct bench *b, struct state *s)
{
	void *p = mmap(s->place, s->region.size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	return p == s->place ? 0 : bench_fail(b, errno, "mmap: %s", strerror(errno));
}

/* Pages that are used right before the move, and tried right after it where they were. */
#define WARM_PAGES 64

static volatile unsigned char *warm_byte(const struct region *r, size_t k)
{
	size_t n = r->pages < WARM_PAGES ? r->pages : WARM_PAGES;

	return region_byte(r, k % n * (r->pages / n));
}

static int mremap_prepare(struct bench *b)
{
	struct state *s = b->state;
	int rc = guard_place(b, s);

	b->ops = s->region.pages;
	if (!rc)
		rc = region_populate(b, &s->region);
	/* last of all: what the call would have to unmap first is no part of a move */
	if (!rc && munmap(s->place, s->region.size))
		return bench_fail(b, errno, "munmap: %s", strerror(errno));
	for (size_t k = 0; k < WARM_PAGES && !rc; k++)
		*warm_byte(&s->region, k) = REGION_OLD;
	return rc;
}

static void mremap_run(struct bench *b)
{
	struct state *s = b->state;
	const struct region *r = &s->region;
	void *p = mremap(r->base, r->size, r->size, MREMAP_MAYMOVE | MREMAP_FIXED, s->place);

	s->rc = p == MAP_FAILED ? -errno : 0;
}

/* Nothing is left in the TLB either: a store to the old addresses is refused. */
static int check_stale(struct bench *b, const struct region *r)
{
	struct probe p = PROBE_NONE;

	for (size_t k = 0; k < WARM_PAGES; k++)
		probe_store(&p, (volatile char *)warm_byte(r, k), REGION_OLD);
	bench_evidence_int(b, "stores", (long long)p.store.tried);
	if (p.rc)
		return bench_fail(b, p.rc, "%s", p.why.msg);
	if (!p.store.wrong)
		return 0;
	return bench_wrong(b,
			   "WRONG PERMISSION: %zu of %zu pages could still be written at the "
			   "addresses that they were moved from (in the TLB?)",
			   p.store.wrong, p.store.tried);
}

/* The addresses it came from: free, and no page there. */
static int check_old(struct bench *b, struct state *s)
{
	struct region *r = &s->region;
	size_t vmas = 0, left = 0;
	struct error e;
	int rc = drop_occupy(b, r, &s->drop, &vmas);

	if (rc)
		return rc;
	if (vmas)
		return bench_refuse(b, "a VMA is left at the old addresses");
	rc = region_present(r, 0, &left, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_int(b, "pages_left", (long long)left);
	if (left)
		return bench_refuse(b, "%zu pages are left at the old addresses", left);
	return 0;
}

static int check_frames(struct bench *b, const struct region *r)
{
	struct error e;
	double whole = 0;
	size_t same;
	int rc = region_look(r, 0, &e);

	if (!r->frames)
		return 0;
	if (!rc)
		rc = region_whole_now(r, &whole, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	same = evidence_same(r->pfn, r->now, r->pages);
	bench_value(b, "moved", (double)same / (double)r->pages);
	bench_evidence_real(b, "folio_share_after", whole);
	if (same != r->pages)
		return bench_refuse(b, "%zu of %zu pages are at another frame", r->pages - same,
				    r->pages);
	if (whole < REGION_MIN_SHARE)
		return bench_refuse(b, "only %.1f%% of the pages are still in whole folios",
				    100 * whole);
	return 0;
}

/* R describes the new place. */
static int check_new(struct bench *b, const struct region *r)
{
	struct evidence_vma vma;
	size_t present = 0;
	struct error e;
	int rc = region_present(r, 0, &present, &e);

	if (!rc)
		rc = evidence_vma(0, r->base, r->size, &vma, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_int(b, "anon_huge_kb_after", (long long)vma.anon_huge_kb);
	if (r->pmd_mapped)
		bench_value(b, "huge_kept", (double)vma.anon_huge_kb * 1024 / (double)r->size);
	if (!vma.exact)
		return bench_refuse(b, "%u VMAs at the new addresses instead of one", vma.vmas);
	if (present != r->pages)
		return bench_refuse(b, "only %zu of %zu pages are at the new addresses", present,
				    r->pages);
	return check_frames(b, r);
}

static int mremap_check(struct bench *b)
{
	struct state *s = b->state;
	struct evidence_counts counts;
	struct region moved;
	size_t wrong;
	int rc;

	if (s->rc) {
		guard_place(b, s);
		return bench_fail(b, s->rc, "mremap: %s", strerror(-s->rc));
	}
	rc = check_stale(b, &s->region);
	if (!rc)
		rc = check_old(b, s);
	moved = s->region; /* its arrays are shared, not owned */
	moved.base = s->place;
	if (!rc)
		rc = check_new(b, &moved);
	if (rc < 0 || rc == BENCH_WRONG)
		return rc;
	wrong = region_inexact(&moved, REGION_OLD);
	if (wrong)
		return bench_wrong(b, "WRONG CONTENTS in %zu of %zu moved pages", wrong,
				   moved.pages);
	return rc ? rc : region_counts(b, &moved, &counts);
}

static void mremap_teardown(struct bench *b)
{
	struct state *s = b->state;

	if (!s)
		return;
	if (s->hold)
		munmap(s->hold, s->hold_size);
	region_release(&s->region);
	free(s);
	b->state = NULL;
}

const struct bench_case case_mremap = {
	.name = "mremap",
	.summary = "mremap() of populated memory to other addresses",
	.params = params,
	.metrics = metrics,
	.setup = mremap_setup,
	.prepare = mremap_prepare,
	.run = mremap_run,
	.check = mremap_check,
	.teardown = mremap_teardown,
};
