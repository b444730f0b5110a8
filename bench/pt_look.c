// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel did to the pages and tables of a walk; see pt_look.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/pt_look.h"
#include "lib/units.h"

/* More slots than this are looked at by sampling: half a minute otherwise, for terabytes. */
#define AUDIT_SLOTS_MAX 32768

/* Where the kernel estimates how many pages there are, it may be off by this for each CPU. */
#define ESTIMATE_KB 512

/* Tables that may come and go elsewhere in a guest, and how long freed ones may take (RCU). */
#define TABLES_SLACK   32
#define TABLES_WAITS   50
#define TABLES_WAIT_US 10000

static const char *const names[] = { "MADV_DONTNEED", "MADV_FREE", "munmap" };

/*
 * The share of what the touch of a slot brought in that is in wanted folios. Who sees no
 * frames takes the folios that were GIVEN out meanwhile, as the kernel counts them.
 */
static int share_of(struct pt_walk *w, const char *at, long long given, double *share,
		    struct error *e)
{
	struct region *r = &w->region;
	size_t want = w->reads ? w->plan.touch / r->page : r->pages;
	size_t present;
	int rc;

	if (r->frames && !w->reads)
		return region_verify(r, at, share, e);
	rc = evidence_pages(0, at, want, r->page, PAGEMAP_PRESENT, &present, e);
	*share = (double)present / (double)want;
	if (!rc && present == want && r->folio_pages > 1)
		*share = (double)given * (double)r->folio_pages / (double)want;
	if (*share > 1)
		*share = 1;
	return rc;
}

/* 2M folios: by PMDs or PTEs, as wanted. */
static int look_at_mapping(const struct pt_walk *w, const char *at, struct pt_seen *seen,
			   struct error *e)
{
	const struct region *r = &w->region;
	uint64_t all = (uint64_t)w->fresh * PT_SLOT / 1024;
	struct evidence_vma vma;
	int rc;

	if (r->folio != r->pmd)
		return 0;
	rc = evidence_vma(0, at, PT_SLOT, &vma, e);
	if (rc)
		return rc;
	if (!r->pmd_mapped && vma.anon_huge_kb > seen->huge_kb)
		seen->huge_kb = vma.anon_huge_kb;
	if (r->pmd_mapped && vma.anon_huge_kb < all && all - vma.anon_huge_kb > seen->not_huge_kb)
		seen->not_huge_kb = all - vma.anon_huge_kb;
	return 0;
}

/* VmPTE is at least what it was, and a table for each slot that has pages. */
static void hold_to(const struct pt_walk *w, const struct pt_usage *now, size_t tables,
		    struct pt_seen *seen)
{
	long need = w->before.vmpte + (long)(tables * w->region.page / 1024);

	if (now->vmpte >= need || seen->vmpte_need)
		return;
	seen->vmpte_low = now->vmpte;
	seen->vmpte_need = need;
}

int pt_look_before(struct pt_walk *w, long long given, struct pt_seen *seen, struct error *e)
{
	const char *at = w->region.base + (w->slots - 1) * PT_SLOT;
	double share = 0;
	int rc = pt_usage(&seen->now);

	if (rc)
		return error_set(e, -rc, "/proc/self/status: no VmPTE");
	rc = share_of(w, at, given, &share, e);
	if (!rc)
		rc = look_at_mapping(w, at, seen, e);
	if (seen->now.vmpte > seen->vmpte_peak)
		seen->vmpte_peak = seen->now.vmpte;
	if (!seen->checkpoints++ || share < seen->share)
		seen->share = share;
	if (!w->region.pmd_mapped)
		hold_to(w, &seen->now, w->fresh, seen);
	return rc;
}

/* The pages of the slot touched last: gone if call C dropped them, else still there. */
static int look_at_pages(struct pt_walk *w, size_t c, struct pt_seen *seen, struct error *e)
{
	struct region *r = &w->region;
	size_t slot = w->slots - 1, from, to;
	int rc = evidence_pfns(0, r->base + slot * PT_SLOT, r->pages, r->page, r->now, e);

	pt_plan_call(&w->plan, c, &from, &to);
	for (size_t i = 0; i < r->pages && !rc; i++) {
		size_t off = slot * PT_SLOT + i * r->page;

		if (off >= from && off < to)
			seen->left += w->how != PT_FREE && r->now[i];
		else if (pt_plan_touches(&w->plan, off))
			seen->lost += !r->now[i];
	}
	return rc;
}

/* After MADV_FREE pages are no longer "swap-backed": the kernel may take them. */
static int look_at_lazy(struct pt_walk *w, size_t c, struct pt_seen *seen, struct error *e)
{
	struct region *r = &w->region;
	size_t slot = w->slots - 1, from, to;
	int rc;

	if (w->how != PT_FREE)
		return 0;
	region_settle(r);
	rc = evidence_flags(r->now, r->pages, r->folio_pages, r->flags, r->after, e);
	pt_plan_call(&w->plan, c, &from, &to);
	for (size_t i = 0; i < r->pages && !rc; i += r->folio_pages) {
		size_t off = slot * PT_SLOT + i * r->page;
		bool whole = off >= from && off + r->folio <= to;

		seen->not_lazy += whole && r->now[i] && (r->flags[i] & KPF_BIT_SWAPBACKED);
	}
	return rc;
}

int pt_look_after(struct pt_walk *w, size_t c, struct pt_seen *seen, struct error *e)
{
	struct pt_usage now;
	size_t first, end;
	long freed;
	int rc = pt_usage(&now);

	if (rc)
		return error_set(e, -rc, "/proc/self/status: no VmPTE");
	if (w->region.frames && !w->threads)
		rc = look_at_pages(w, c, seen, e);
	if (!rc && w->region.frames && !w->threads)
		rc = look_at_lazy(w, c, seen, e);
	pt_plan_reach(&w->plan, c, &first, &end);
	if (end > w->slots)
		end = w->slots;
	freed = (seen->now.vmpte - now.vmpte) * 1024 / (long)w->region.page;
	seen->tables += end - first;
	if (freed > 0)
		seen->freed += (size_t)freed < end - first ? (size_t)freed : end - first;
	return rc;
}

void pt_look_record(struct bench *b, const struct pt_seen *seen)
{
	if (seen->tables)
		bench_value(b, "tables_freed", (double)seen->freed / (double)seen->tables);
	bench_evidence_int(b, "checkpoints", seen->checkpoints);
	bench_evidence_real(b, "folio_share", seen->share);
	bench_evidence_int(b, "pages_left", (long long)seen->left);
	bench_evidence_int(b, "tables_in_reach", (long long)seen->tables);
	bench_evidence_int(b, "tables_freed_at_once", (long long)seen->freed);
}

int pt_look_refuse(struct bench *b, const struct pt_walk *w, const struct pt_seen *seen,
		   const struct pt_audit *audit)
{
	char text[24];

	if (seen->share < REGION_MIN_SHARE)
		return bench_refuse(b, "only %.1f%% of the touched pages were in %s folios",
				    100 * seen->share,
				    format_size(text, sizeof(text), w->region.folio));
	if (seen->huge_kb)
		return bench_refuse(b, "%llu kB are mapped by PMDs, not by PTEs",
				    (unsigned long long)seen->huge_kb);
	if (seen->not_huge_kb)
		return bench_refuse(b, "%llu kB are mapped by PTEs, not by PMDs",
				    (unsigned long long)seen->not_huge_kb);
	if (seen->left + audit->left)
		return bench_refuse(b, "%zu pages are left behind %s", seen->left + audit->left,
				    names[w->how]);
	if (seen->not_lazy)
		return bench_refuse(b, "MADV_FREE left %zu pages as they were", seen->not_lazy);
	if (seen->vmpte_peak <= w->before.vmpte)
		return bench_refuse(b, "VmPTE never grew from %ld kB: no page table was made",
				    w->before.vmpte);
	return 0;
}

int pt_look_wrong(struct bench *b, const struct pt_seen *seen)
{
	if (seen->lost)
		return bench_wrong(b, "%zu pages are gone that the calls did not drop", seen->lost);
	if (seen->vmpte_need)
		return bench_wrong(b,
				   "VmPTE is %ld kB, but the pages that are there need at least "
				   "%ld kB of page tables",
				   seen->vmpte_low, seen->vmpte_need);
	return 0;
}

static void note_wrong(struct pt_audit *a, size_t *what, size_t off)
{
	if (!(a->stale + a->lost + a->foreign + a->guards_lost))
		a->first_wrong = off;
	++*what;
}

/* One page that is there. */
static void audit_present(const struct pt_walk *w, size_t off, struct pt_audit *a)
{
	uint64_t word = *(const volatile uint64_t *)(w->region.base + off);
	bool touched = pt_plan_touches(&w->plan, off);
	uint64_t mark = touched && !w->reads ? pt_plan_mark(&w->plan, off) : 0;

	if (!pt_plan_drops(&w->plan, w->calls, off)) {
		if (word != mark)
			note_wrong(a, &a->lost, off);
	} else if (w->how == PT_FREE) {
		if (word != mark && word != 0)
			note_wrong(a, &a->foreign, off);
	} else if (word != 0) {
		note_wrong(a, &a->stale, off);
	} else if (!w->threads) {
		a->left++;
	}
}

/*
 * One page that is not there. One that was touched and not dropped is read all the same:
 * it may be swapped out, but it may not be empty.
 */
static void audit_absent(const struct pt_walk *w, size_t off, struct pt_audit *a)
{
	if (!pt_plan_touches(&w->plan, off) || w->reads)
		return;
	if (pt_plan_drops(&w->plan, w->calls, off))
		return;
	if (*(const volatile uint64_t *)(w->region.base + off) != pt_plan_mark(&w->plan, off))
		note_wrong(a, &a->lost, off);
}

/* A guard lets nobody through: the kernel itself gets a fault there. */
static void audit_guard(const struct pt_walk *w, size_t off, struct pt_audit *a)
{
	if (read(w->probe_fd, w->region.base + off, 1) >= 0 || errno != EFAULT)
		note_wrong(a, &a->guards_lost, off);
}

static int audit_slot(const struct pt_walk *w, size_t slot, struct pt_audit *a, struct error *e)
{
	uint64_t entry[PT_SLOT / 4096];
	size_t n = PT_SLOT / w->region.page, present = 0;
	size_t off = slot * PT_SLOT;
	bool guard = w->plan.guard && w->how != PT_MUNMAP;
	int rc = evidence_pagemap(0, w->region.base + off, n, w->region.page, entry, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++, off += w->region.page) {
		present += (entry[i] & PAGEMAP_PRESENT) != 0;
		if (guard && i == n - 1)
			audit_guard(w, off, a);
		else if (entry[i] & PAGEMAP_PRESENT)
			audit_present(w, off, a);
		else
			audit_absent(w, off, a);
	}
	a->tables += guard || (present && !w->region.pmd_mapped);
	a->slots++;
	return 0;
}

int pt_audit(const struct pt_walk *w, struct pt_audit *a, struct error *e)
{
	size_t step = (w->slots + AUDIT_SLOTS_MAX - 1) / AUDIT_SLOTS_MAX;
	int rc = 0;

	memset(a, 0, sizeof(*a));
	for (size_t slot = 0; slot < w->slots && !rc; slot += step)
		rc = audit_slot(w, slot, a, e);
	return rc;
}

int pt_audit_wrong(struct bench *b, const struct pt_walk *w, const struct pt_audit *a,
		   const struct pt_usage *after)
{
	long need = w->before.vmpte + (long)(a->tables * w->region.page / 1024);

	bench_evidence_int(b, "slots_audited", (long long)a->slots);
	bench_evidence_int(b, "tables_needed", (long long)a->tables);
	bench_evidence_int(b, "pages_left_after_walk", (long long)a->left);
	if (a->lost)
		return bench_wrong(b,
				   "WRONG CONTENTS in %zu pages that no call dropped (the first "
				   "at +0x%zx)",
				   a->lost, a->first_wrong);
	if (a->stale)
		return bench_wrong(b,
				   "WRONG CONTENTS in %zu pages: %s left them as they were (the "
				   "first at +0x%zx)",
				   a->stale, names[w->how], a->first_wrong);
	if (a->foreign)
		return bench_wrong(b,
				   "WRONG CONTENTS in %zu pages after MADV_FREE: neither theirs "
				   "nor zeroes (the first at +0x%zx)",
				   a->foreign, a->first_wrong);
	if (a->guards_lost)
		return bench_wrong(b,
				   "%zu guard pages are gone, with their page table (the first at "
				   "+0x%zx)",
				   a->guards_lost, a->first_wrong);
	/* threads have touched and dropped pages since */
	if (!w->threads && after->vmpte < need)
		return bench_wrong(b,
				   "VmPTE is %ld kB, but the pages that are there need at least "
				   "%ld kB of page tables",
				   after->vmpte, need);
	return 0;
}

/* Anonymous pages: as many are counted without being mapped as ahead of the walk. */
static int pages_wrong(struct bench *b, const struct pt_walk *w)
{
	long off, slack;
	bool exact;
	int rc = pt_unmapped(&off, &exact);

	if (rc)
		return bench_fail(b, rc, "/proc/self/smaps_rollup: %s", strerror(-rc));
	off -= w->unmapped_kb;
	slack = exact ? 0 : ESTIMATE_KB * sysconf(_SC_NPROCESSORS_ONLN);
	bench_evidence_int(b, "pages_unmapped_kb", off);
	bench_evidence_int(b, "pages_slack_kb", slack);
	if (off > slack)
		return bench_wrong(b,
				   "%ld kB of pages are counted that nothing maps any more: lost "
				   "with their page tables",
				   off);
	if (off < -slack)
		return bench_wrong(b, "%ld kB of pages were counted down twice", -off);
	return 0;
}

/*
 * Tables that this process has no more, by VmPTE, are free: in a guest, where nobody else
 * makes many. Elsewhere the figure is for the record.
 */
static int tables_wrong(struct bench *b, const struct pt_walk *w)
{
	long more = pt_tables_in_all() - w->tables_in_all;

	if (w->tables_in_all < 0)
		return 0;
	for (int i = 0; b->emulated && more > TABLES_SLACK && i < TABLES_WAITS; i++) {
		usleep(TABLES_WAIT_US);
		more = pt_tables_in_all() - w->tables_in_all;
	}
	bench_evidence_int(b, "tables_in_all", more);
	if (!b->emulated || more <= TABLES_SLACK)
		return 0;
	return bench_wrong(b,
			   "%ld page tables more than ahead of the walk, and VmPTE has none of "
			   "them: not freed, only counted down",
			   more);
}

int pt_sums_wrong(struct bench *b, struct pt_walk *w)
{
	struct region *r = &w->region;
	/* tables of higher levels that the span shares with others: at its ends, for each 512G */
	long upper = (long)((r->size >> 39) + 4) * (long)r->page / 1024;
	struct pt_usage end;
	int rc = region_map(b, r);

	if (!rc && pt_usage(&end))
		rc = bench_fail(b, EIO, "/proc/self/status: no VmPTE or RssAnon");
	if (rc)
		return rc;
	bench_evidence_int(b, "vmpte_unmapped", end.vmpte);
	if (end.vmpte < w->before.vmpte)
		return bench_wrong(b, "VmPTE is %ld kB without the memory, %ld kB ahead of it",
				   end.vmpte, w->before.vmpte);
	if (end.vmpte > w->before.vmpte + upper)
		return bench_wrong(b,
				   "VmPTE is %ld kB without the memory, %ld kB ahead of it: page "
				   "tables are lost, or not counted down",
				   end.vmpte, w->before.vmpte);
	rc = tables_wrong(b, w);
	return rc ? rc : pages_wrong(b, w);
}
