// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork: how long fork() itself takes, per page of a populated region, and how long the
 * exit of the child, which shares all of it and wrote nothing.
 *
 * Evidence: each page is mapped at the same frame in parent and child, and as it was mapped
 * before (PMDs, PTEs); the child reads what the parent wrote. After the exit each frame
 * has one mapping again and the folios are whole. Then, with another child, untimed, that
 * nobody sees what the other one writes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/child.h"
#include "bench/clock.h"
#include "bench/mapped.h"
#include "bench/region.h"
#include "lib/fs.h"
#include "lib/strbuf.h"

/* Pages that each side writes to in the last test; spread over the region and over folios. */
#define PROBES 256

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO(REGION_FOLIOS_PMD),
	REGION_PARAM_SIZE("16M"),
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "fork() of the region, per page" },
	[CHILD_EXIT_SPAN - SPAN_METRIC] = { "exit_per_page", UNIT_TICKS, BETTER_LOWER, true,
					    "exit of the child that shares it, per page",
					    COUNTED_APART },
	{ "shared", "share", BETTER_NEITHER, false, "pages at the same frame in both processes" },
	{ 0 },
};

static void fork_run(struct bench *b)
{
	struct family *f = b->state;

	child_fork(&f->child);
}

/* Page-table pages of all processes; the counter lags by some per CPU. -1: not known. */
static long long table_pages(void)
{
	struct strbuf sb __strbuf = { 0 };

	return fs_read("/proc/vmstat", &sb, NULL)
		       ? -1
		       : evidence_lookup(strbuf_str(&sb), "nr_page_table_pages");
}

/* Mapped by PMDs, or by PTEs, as before, and still one VMA: in process PID. */
static int check_mapping(struct bench *b, const struct region *r, pid_t pid, const char *whose)
{
	uint64_t want = r->pmd_mapped ? r->size / 1024 : 0;
	struct evidence_vma vma;
	size_t present = 0;
	struct error e;
	int rc = evidence_vma(pid, r->base, r->size, &vma, &e);

	if (!rc)
		rc = region_present(r, pid, &present, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (present != r->pages)
		return bench_refuse(b, "only %zu of %zu pages are mapped in the %s", present,
				    r->pages, whose);
	if (!vma.exact)
		return bench_refuse(b, "the memory is in %u VMAs of the %s instead of one",
				    vma.vmas, whose);
	if (vma.anon_huge_kb != want)
		return bench_refuse(b, "%llu kB are mapped by PMDs in the %s, %llu were",
				    (unsigned long long)vma.anon_huge_kb, whose,
				    (unsigned long long)want);
	return 0;
}

/* The parent's pages are where they were, TIMES mapped each, in whole folios. */
static int check_parent(struct bench *b, struct region *r, unsigned int times)
{
	struct mapped_counts c;
	struct error e;
	double whole = 0;
	size_t mapped;
	int rc = region_look(r, 0, &e);

	if (!r->frames)
		return 0;
	if (!rc)
		rc = region_whole_now(r, &whole, &e);
	if (!rc)
		rc = mapped_count(r->now, r->pages, &c, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	mapped = times == 1 ? c.once : c.twice;
	bench_evidence_real(b, times == 1 ? "folio_share_exit" : "folio_share_fork", whole);
	bench_evidence_int(b, times == 1 ? "mapped_once_exit" : "mapped_twice_fork",
			   (long long)mapped);
	if (evidence_same(r->pfn, r->now, r->pages) != r->pages)
		return bench_refuse(b, "pages of the parent moved");
	if (whole < REGION_MIN_SHARE)
		return bench_refuse(b, "only %.1f%% of the pages are still in whole folios",
				    100 * whole);
	if (mapped != r->pages)
		return bench_refuse(b, "only %zu of %zu frames are mapped %u times", mapped,
				    r->pages, times);
	return 0;
}

/* The child as it was forked: the same frames, mapped in the same way. */
static int check_child(struct bench *b, struct family *f)
{
	struct region *r = &f->region;
	struct error e;
	double share;
	int rc = region_look(r, f->child.pid, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_int(b, "child_vmpte_kb", evidence_kb(f->child.pid, "status", "VmPTE"));
	if (r->frames) {
		share = (double)evidence_same(r->pfn, r->now, r->pages) / (double)r->pages;
		bench_value(b, "shared", share);
		if (share < 1)
			return bench_refuse(b, "the child shares only %.1f%% of the pages",
					    100 * share);
	}
	return check_mapping(b, r, f->child.pid, "child");
}

/* What both read is what was there: a look that faults in what is lost, so after those at pages. */
static int check_contents(struct bench *b, struct family *f)
{
	struct region *r = &f->region;
	uint64_t theirs = 0;
	struct error e;
	size_t ours;
	int rc = child_wrong(&f->child, REGION_OLD, &theirs, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	ours = region_inexact(r, REGION_OLD);
	if (ours || theirs)
		return bench_wrong(b,
				   "WRONG CONTENTS in %llu of %zu pages of the child and %zu of "
				   "the parent",
				   (unsigned long long)theirs, r->pages, ours);
	return 0;
}

static int time_exit(struct bench *b, struct family *f)
{
	long long before = table_pages(), after;
	uint64_t ticks = 0;
	struct error e;
	int rc;

	if (b->emulated)
		clock_wait_tick();
	rc = child_exit(&f->child, CHILD_EXIT_SPAN, &ticks, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_value(b, "exit_per_page", (double)ticks / (double)f->region.pages);
	after = table_pages();
	if (before >= 0 && after >= 0)
		bench_evidence_int(b, "table_pages_exit", after - before);
	return 0;
}

static size_t probes(const struct region *r)
{
	return r->pages / 2 < PROBES ? r->pages / 2 : PROBES;
}

/* The K-th page that process WHO (0: parent, 1: child) writes to: never one of the other's. */
static size_t probe_page(const struct region *r, size_t k, size_t who)
{
	size_t stride = r->pages / probes(r);

	/* wandering through the stride, or it would always be the same page of a folio */
	return k * stride + (k + who) % stride;
}

static uint64_t write_probes(const struct region *r, uint64_t who)
{
	for (size_t k = 0; k < probes(r); k++)
		*region_byte(r, probe_page(r, k, who)) = REGION_NEW;
	return 0;
}

/* Pages that are not as they should be when WHO alone wrote its probes. */
static uint64_t wrong_probes(const struct region *r, uint64_t who)
{
	size_t wrong = 0, k = 0;

	for (size_t i = 0; i < r->pages; i++) {
		bool mine = k < probes(r) && i == probe_page(r, k, who);

		k += mine;
		wrong += !region_page_is(r, i, r->base + i * r->page,
					 mine ? REGION_NEW : REGION_OLD);
	}
	return wrong;
}

/*
 * New memory: fork() leaves what it shares read-only, and the pages of the first one, which nobody
 * wrote since, would not show whether the second one does. 0, or what went wrong, in B.
 */
static int populate_anew(struct bench *b, struct region *r)
{
	int rc = region_map(b, r);

	if (rc)
		return rc;
	rc = (int)region_step(r, REGION_MARK);
	if (!rc)
		rc = (int)region_step(r, REGION_FINISH);
	return rc ? bench_fail(b, rc, "populating: %s", strerror(rc)) : 0;
}

/* Another child: each process writes to pages of its own choice and sees nobody else's writes. */
static int check_isolation(struct bench *b, struct family *f)
{
	struct region *r = &f->region;
	uint64_t ignored = 0, theirs = 0, ours;
	struct error e;
	int rc = populate_anew(b, r);

	if (rc)
		return rc;
	rc = child_open(&f->child, r, &e);
	if (!rc)
		child_fork(&f->child);
	if (!rc && f->child.pid < 0)
		rc = error_sys(&e, -f->child.pid, "fork");
	write_probes(r, 0);
	if (!rc)
		rc = child_call(&f->child, write_probes, 1, &ignored, &e);
	if (!rc)
		rc = child_call(&f->child, wrong_probes, 1, &theirs, &e);
	if (!rc)
		rc = child_close(&f->child, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	ours = wrong_probes(r, 0);
	if (ours || theirs)
		return bench_wrong(b,
				   "WRONG CONTENTS: after writes in both, %llu pages of the parent "
				   "and %llu of the child are not their own",
				   (unsigned long long)ours, (unsigned long long)theirs);
	return 0;
}

static int fork_check(struct bench *b)
{
	struct family *f = b->state;
	struct region *r = &f->region;
	struct evidence_counts counts;
	int rc, wrong;

	if (f->child.pid < 0)
		return bench_fail(b, f->child.pid, "fork: %s", strerror(-f->child.pid));
	rc = check_child(b, f);
	if (!rc)
		rc = check_mapping(b, r, 0, "parent");
	if (!rc)
		rc = check_parent(b, r, 2);
	if (rc < 0)
		return rc;
	wrong = check_contents(b, f);
	if (wrong)
		return wrong;
	if (!rc)
		rc = time_exit(b, f);
	if (!rc)
		rc = check_mapping(b, r, 0, "parent");
	if (!rc)
		rc = check_parent(b, r, 1);
	if (!rc)
		rc = region_counts(b, r, &counts);
	return rc ? rc : check_isolation(b, f);
}

const struct bench_case case_fork = {
	.name = "fork",
	.summary = "fork() of a process with populated memory, and the exit of the child",
	.params = params,
	.metrics = metrics,
	.setup = family_setup,
	.prepare = family_prepare,
	.run = fork_run,
	.check = fork_check,
	.teardown = family_teardown,
};
