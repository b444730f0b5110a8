// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory with the wanted folios; see region.h. Settings are in quiet.c. The
 * arrays for evidence are in a mapping of their own that children do not
 * inherit, so that they cost a measured fork() nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/place.h"
#include "bench/quiet.h"
#include "bench/region.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/memory.h"
#include "lib/units.h"

#define MARK_FACTOR 0x9e3779b97f4a7c15ULL
#define FILL_STEP   0xbf58476d1ce4e5b9ULL

/* VMAs that the process has besides: its own, the holes around the region. */
#define OTHER_VMAS 100

/*
 * Writes made visible to the compiler only: a page's two words, its byte, and what is between:
 * another value in each word, so that one that was lost or came from elsewhere is missed.
 */
static void mark_page(const struct region *r, size_t i)
{
	volatile uint64_t *word = (volatile uint64_t *)(void *)(r->base + i * r->page);
	size_t words = r->page / sizeof(*word);
	uint64_t fill = (i + 1) * MARK_FACTOR;

	word[0] = fill;
	for (size_t k = 1; k < words - 1 && !r->sparse; k++)
		word[k] = fill += FILL_STEP;
	word[words - 1] = ~((i + 1) * MARK_FACTOR);
	*region_byte(r, i) = REGION_OLD;
}

bool region_page_wrong(const struct region *r, size_t i, unsigned char byte)
{
	const char *page = r->base + i * r->page;
	uint64_t head = *(const volatile uint64_t *)page;
	uint64_t tail = *(const volatile uint64_t *)(page + r->page - sizeof(tail));

	return head != (i + 1) * MARK_FACTOR || tail != ~head || *region_byte(r, i) != byte;
}

size_t region_inexact(const struct region *r, unsigned char byte)
{
	size_t wrong = 0;

	for (size_t i = 0; i < r->pages; i++)
		wrong += !region_page_is(r, i, r->base + i * r->page, byte);
	return wrong;
}

bool region_page_is(const struct region *r, size_t i, const void *page, unsigned char byte)
{
	const volatile uint64_t *word = page;
	size_t words = r->page / sizeof(*word);
	uint64_t step = r->sparse ? 0 : FILL_STEP;
	uint64_t fill = r->sparse ? 0 : (i + 1) * MARK_FACTOR;
	uint64_t middle = fill + words / 2 * step, seen = 0;

	memcpy(&middle, &byte, 1); /* region_byte() is the first of its word */
	for (size_t k = 1; k < words - 1; k++)
		seen |= word[k] ^ (k == words / 2 ? middle : fill + k * step);
	return !seen && word[0] == (i + 1) * MARK_FACTOR && word[words - 1] == ~word[0];
}

static void *map_anon(void *at, size_t len, int prot, int flags)
{
	void *p = mmap(at, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* The arrays: mapped, touched, kept out of children. */
static int make_notes(struct region *r)
{
	size_t array = r->pages * sizeof(uint64_t);

	r->notes_size = (4 * array + r->page - 1) / r->page * r->page;
	r->notes = map_anon(NULL, r->notes_size, PROT_READ | PROT_WRITE, 0);
	if (!r->notes)
		return -errno;
	madvise(r->notes, r->notes_size, MADV_NOHUGEPAGE);
	if (madvise(r->notes, r->notes_size, MADV_DONTFORK))
		return -errno;
	memset(r->notes, 0, r->notes_size);
	r->pfn = (uint64_t *)(void *)r->notes;
	r->now = r->pfn + r->pages;
	r->flags = r->now + r->pages;
	r->after = r->flags + r->pages;
	return 0;
}

/* The address range, with at least one unused stretch of 2 MiB on both sides. */
static int make_hold(struct region *r, size_t align)
{
	uintptr_t start;

	r->hold_size = r->size + 2 * REGION_ALIGN + align;
	r->hold = map_anon(NULL, r->hold_size, PROT_NONE, MAP_NORESERVE);
	if (!r->hold)
		return -errno;
	start = (uintptr_t)r->hold + REGION_ALIGN + align - 1;
	r->base = (char *)(start - start % align);
	return 0;
}

/* A region that is populated whole may be copied whole: better no cell than an OOM kill. */
static int check_memory(struct bench *b, const struct region *r)
{
	uint64_t available = memory_available();
	char size[24], need[24];

	if (2 * (uint64_t)r->size <= available)
		return 0;
	return bench_skip(b, "size=%s may take up to %s of memory, %llu MiB are available",
			  format_size(size, sizeof(size), r->size),
			  format_size(need, sizeof(need), 2 * (uint64_t)r->size),
			  (unsigned long long)(available >> 20));
}

int region_check_vmas(struct bench *b, const char *what, uint64_t vmas)
{
	struct strbuf sb __strbuf = { 0 };
	uint64_t most = 65530; /* what it is by default */

	if (!fs_read("/proc/sys/vm/max_map_count", &sb, NULL))
		most = strtoull(strbuf_str(&sb), NULL, 10);
	if (vmas + OTHER_VMAS <= most)
		return 0;
	return bench_skip(b,
			  "%s takes up to %llu VMAs, vm.max_map_count is %llu: take a smaller "
			  "size, or raise it",
			  what, (unsigned long long)vmas, (unsigned long long)most);
}

int region_setup(struct bench *b, struct region *r, const struct region_spec *spec)
{
	size_t align = spec->align ? spec->align : REGION_ALIGN;
	char text[24], asked[24];
	int rc;

	memset(r, 0, sizeof(*r));
	r->size = spec->size;
	r->page = (size_t)sysconf(_SC_PAGESIZE);
	r->folio = spec->folio;
	r->pmd_mapped = spec->pmd_mapped;
	r->folio_pages = r->folio / r->page;
	r->pages = (spec->tracked ? spec->tracked : spec->size) / r->page;
	r->pmd = quiet_pmd_size();
	if (r->size % REGION_ALIGN || r->size % r->folio)
		return bench_fail(b, EINVAL, "%s is not a multiple of 2M",
				  format_size(text, sizeof(text), r->size));
	if (r->pmd_mapped && r->folio != r->pmd)
		return bench_skip(b, "a PMD maps %s here, not %s",
				  format_size(text, sizeof(text), r->pmd),
				  format_size(asked, sizeof(asked), r->folio));
	rc = spec->tracked ? 0 : check_memory(b, r);
	if (!rc)
		rc = quiet_machine(b, r->folio, &r->frames);
	if (rc)
		return rc;
	rc = make_notes(r);
	if (!rc)
		rc = make_hold(r, align);
	if (rc)
		return bench_fail(b, rc, "no room for %s of memory: %s",
				  format_size(text, sizeof(text), r->size), strerror(-rc));
	return 0;
}

void region_spec_folio(const struct bench *b, struct region_spec *spec)
{
	const struct param_value *v = param_get(b->params, "folio");

	spec->folio = v->num;
	spec->pmd_mapped = v->pmd_mapped;
}

int region_setup_params(struct bench *b, struct region *r)
{
	struct region_spec spec = { .size = param_num(b->params, "size") };

	region_spec_folio(b, &spec);
	return region_setup(b, r, &spec);
}

void region_release(struct region *r)
{
	if (r->hold)
		munmap(r->hold, r->hold_size);
	if (r->notes)
		munmap(r->notes, r->notes_size);
	r->hold = NULL;
	r->notes = NULL;
}

int region_map(struct bench *b, struct region *r)
{
	int advice = r->folio_pages > 1 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE;

	if (!map_anon(r->base, r->size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_NORESERVE))
		return bench_fail(b, errno, "mmap: %s", strerror(errno));
	/* a kernel without THP has no such advice, and single pages anyway */
	if (madvise(r->base, r->size, advice) && r->folio_pages > 1)
		return bench_fail(b, errno, "MADV_HUGEPAGE: %s", strerror(errno));
	return 0;
}

int region_split(const struct region *r, char *start, size_t len)
{
	if (r->folio < r->pmd || r->pmd_mapped)
		return 0;
	for (char *p = start; p < start + len; p += r->pmd) {
		if (mprotect(p, r->page, PROT_READ) || mprotect(p, r->page, PROT_READ | PROT_WRITE))
			return -errno;
	}
	return 0;
}

int region_verify(const struct region *r, const char *start, double *share, struct error *e)
{
	int rc = evidence_pfns(r->owner, start, r->pages, r->page, r->pfn, e);

	if (!rc)
		rc = evidence_flags(r->pfn, r->pages, r->folio_pages, r->flags, r->after, e);
	if (rc)
		return rc;
	*share = (double)evidence_whole(r->pfn, r->flags, r->after, r->pages, r->folio_pages) /
		 (double)r->pages;
	return 0;
}

int region_look(const struct region *r, pid_t pid, struct error *e)
{
	if (!r->frames)
		return 0;
	return evidence_pfns(pid, r->base, r->pages, r->page, r->now, e);
}

int region_present(const struct region *r, pid_t pid, size_t *present, struct error *e)
{
	return evidence_pages(pid, r->base, r->pages, r->page, PAGEMAP_PRESENT, present, e);
}

int region_whole_now(const struct region *r, double *share, struct error *e)
{
	int rc;

	*share = 1;
	if (!r->frames)
		return 0;
	rc = evidence_flags(r->now, r->pages, r->folio_pages, r->flags, r->after, e);

	if (rc)
		return rc;
	*share = (double)evidence_whole(r->now, r->flags, r->after, r->pages, r->folio_pages) /
		 (double)r->pages;
	return 0;
}

void region_settle(const struct region *r)
{
	/*
	 * A small page that was just faulted in sits in a batch of this CPU, with
	 * a reference more than its mappings account for, until the batch is full.
	 * MADV_COLD empties the batches before it looks at its range. No page of
	 * the hole is there, so that is all it does; it needs no privilege.
	 */
	madvise(r->hold, r->page, MADV_COLD);
}

uint64_t region_step(const struct region *r, uint64_t step)
{
	int rc;

	if (step == REGION_MARK) {
		for (size_t i = 0; i < r->pages; i++)
			mark_page(r, i);
		/* from here on khugepaged leaves it alone */
		return r->folio_pages > 1 && madvise(r->base, r->size, MADV_NOHUGEPAGE)
			       ? (uint64_t)errno
			       : 0;
	}
	rc = region_split(r, r->base, r->size);
	region_settle(r);
	return (uint64_t)-rc;
}

/* One of the two, by whom the case wants. */
static int do_step(struct bench *b, struct region *r, uint64_t step)
{
	int rc;

	if (r->step)
		return r->step(b, r, step);
	rc = (int)region_step(r, step);
	return rc ? bench_fail(b, rc, "populating: %s", strerror(rc)) : 0;
}

/* New memory, marked; *HUGE_KB: mapped by PMDs before that is undone. */
static int fill(struct bench *b, struct region *r, uint64_t *huge_kb)
{
	struct evidence_vma vma = { 0 };
	struct error e;
	int rc = region_map(b, r);

	if (rc)
		return rc;
	rc = do_step(b, r, REGION_MARK);
	if (!rc && !r->frames && r->folio == r->pmd) {
		rc = evidence_vma(r->owner, r->base, r->size, &vma, &e);
		if (rc)
			return bench_fail(b, rc, "%s", e.msg);
	}
	*huge_kb = vma.anon_huge_kb;
	return rc ? rc : do_step(b, r, REGION_FINISH);
}

/* One VMA, mapped as wanted: else a refusal. */
static int verify_vma(struct bench *b, const struct region *r)
{
	struct evidence_vma vma;
	struct error e;
	int rc = evidence_vma(r->owner, r->base, r->size, &vma, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_int(b, "vmas", vma.vmas);
	bench_evidence_int(b, "anon_huge_kb", (long long)vma.anon_huge_kb);
	if (!vma.exact)
		return bench_refuse(b, "the memory is in %u VMAs instead of one", vma.vmas);
	if (r->pmd_mapped && vma.anon_huge_kb < r->size / 1024)
		return bench_refuse(b, "only %llu of %zu kB are mapped by PMDs",
				    (unsigned long long)vma.anon_huge_kb, r->size / 1024);
	if (!r->pmd_mapped && vma.anon_huge_kb)
		return bench_refuse(b, "%llu kB are mapped by PMDs, not by PTEs",
				    (unsigned long long)vma.anon_huge_kb);
	return 0;
}

/*
 * The share of pages in wanted folios for a user who may not see frames: single pages
 * were asked for (MADV_NOHUGEPAGE), 2M folios were mapped by PMDs first, others are
 * counted as they are given, for all processes of the machine together.
 */
static double share_by_counters(const struct region *r, uint64_t huge_kb)
{
	long long given;
	double share;

	if (r->folio_pages == 1)
		return 1;
	if (r->folio == r->pmd)
		return (double)huge_kb * 1024 / (double)r->size;
	if (!evidence_delta(r->before.anon_fault_alloc, r->ready.anon_fault_alloc, &given))
		return 0;
	share = (double)given * (double)r->folio / (double)r->size;
	return share > 1 ? 1 : share;
}

/* One attempt to populate; SHARE and the counters before and after it. */
static int try_fill(struct bench *b, struct region *r, double *share)
{
	uint64_t huge_kb = 0;
	struct error e;
	int rc = evidence_counts(r->folio, &r->before, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	rc = fill(b, r, &huge_kb);
	if (rc)
		return rc;
	rc = evidence_counts(r->folio, &r->ready, &e);
	if (!rc && r->frames)
		rc = region_verify(r, r->base, share, &e);
	else if (!rc)
		*share = share_by_counters(r, huge_kb);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

int region_populate(struct bench *b, struct region *r)
{
	char text[24];
	struct error e;
	long long allocated;
	double share = 0;
	int rc;

	for (int tries = 0; tries < 2 && share < REGION_MIN_SHARE; tries++) {
		if (tries) /* fragmented: tidy up once, then take what there is */
			fs_poke("/proc/sys/vm/compact_memory", "1", NULL);
		rc = try_fill(b, r, &share);
		if (rc)
			return rc;
	}
	bench_evidence_real(b, "folio_share", share);
	if (evidence_delta(r->before.anon_fault_alloc, r->ready.anon_fault_alloc, &allocated))
		bench_evidence_int(b, "anon_fault_alloc", allocated);
	if (share < REGION_MIN_SHARE)
		return bench_refuse(b,
				    "only %.1f%% of the pages are in %s folios (at least %.0f%%)",
				    100 * share, format_size(text, sizeof(text), r->folio),
				    100 * REGION_MIN_SHARE);
	rc = verify_vma(b, r);
	if (!rc)
		rc = place_check(b, 0, r->base, r->pages, r->page, r->folio_pages);
	if (rc)
		return rc;
	rc = evidence_counts(r->folio, &r->ready, &e);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

int region_counts(struct bench *b, const struct region *r, struct evidence_counts *c)
{
	long long delta;
	struct error e;
	int rc = evidence_counts(r->folio, c, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (evidence_delta(r->ready.pgreuse, c->pgreuse, &delta))
		bench_evidence_int(b, "pgreuse", delta);
	if (evidence_delta(r->ready.split_deferred, c->split_deferred, &delta))
		bench_evidence_int(b, "split_deferred", delta);
	if (evidence_delta(r->ready.nr_anon, c->nr_anon, &delta))
		bench_evidence_int(b, "nr_anon", delta);
	if (evidence_delta(r->ready.partially_mapped, c->partially_mapped, &delta))
		bench_evidence_int(b, "nr_anon_partially_mapped", delta);
	return 0;
}
