// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cow-reuse: fork, the child exits, then the parent writes one byte to each
 * page. The pages are the parent's alone again: a kernel that sees it lets each
 * page be written where it is, another one copies it.
 *
 * Which of the two it did is the result, not a condition. Evidence: the share of
 * pages that stayed at their frame, pgreuse, deferred splits, folios of the size.
 * Wrong contents are an error; evidence that contradicts itself refuses.
 */
#include <errno.h>
#include <string.h>

#include "bench/child.h"
#include "bench/region.h"

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO,
	REGION_PARAM_SIZE("8M"),
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "a write to a page that a child has left" },
	{ "reused", "share", BETTER_HIGHER, true, "pages that stayed at their frame" },
	{ "faults_per_page", "count", BETTER_LOWER, false, "minor faults, per page" },
	{ "faults_per_folio", "count", BETTER_LOWER, false, "minor faults, per folio" },
	{ "pgreuse_per_page", "count", BETTER_NEITHER, false, "what pgreuse moved, per page" },
	{ "split_deferred_per_folio", "count", BETTER_LOWER, false,
	  "folios queued to be split, per folio; large folios only" },
	{ "folios_lost", "share", BETTER_LOWER, false,
	  "large folios that are gone, by nr_anon of the size" },
	{ 0 },
};

static int cow_reuse_prepare(struct bench *b)
{
	struct family *f = b->state;
	struct error e;
	int rc = family_prepare(b);

	if (!rc)
		rc = family_fork(b);
	if (rc)
		return rc;
	/* reaped means: its page tables are gone (exit_mm() is before the zombie) */
	rc = child_close(&f->child, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	region_settle(&f->region);
	return 0;
}

static void cow_reuse_run(struct bench *b)
{
	struct family *f = b->state;
	const struct region *r = &f->region;

	for (size_t i = 0; i < r->pages; i++)
		*region_byte(r, i) = REGION_NEW;
}

static int report_counts(struct bench *b, const struct region *r, long long *reuses)
{
	double pages = (double)r->pages, folios = pages / (double)r->folio_pages;
	struct evidence_counts c;
	long long delta;
	int rc = region_counts(b, r, &c);

	if (rc)
		return rc;
	*reuses = -1;
	if (evidence_delta(r->ready.pgreuse, c.pgreuse, &delta)) {
		bench_value(b, "pgreuse_per_page", (double)delta / pages);
		*reuses = delta;
	}
	if (evidence_delta(r->ready.split_deferred, c.split_deferred, &delta))
		bench_value(b, "split_deferred_per_folio", (double)delta / folios);
	if (evidence_delta(r->ready.nr_anon, c.nr_anon, &delta))
		bench_value(b, "folios_lost", -(double)delta / folios);
	bench_value(b, "faults_per_page", (double)b->minor_faults / pages);
	bench_value(b, "faults_per_folio", (double)b->minor_faults / folios);
	return 0;
}

static int cow_reuse_check(struct bench *b)
{
	struct family *f = b->state;
	struct region *r = &f->region;
	long long reuses;
	struct error e;
	double whole;
	size_t same;
	int rc;

	rc = report_counts(b, r, &reuses);
	if (rc)
		return rc;
	rc = region_look(r, 0, &e);
	if (!rc)
		rc = region_whole_now(r, &whole, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	same = evidence_same(r->pfn, r->now, r->pages);
	bench_value(b, "reused", (double)same / (double)r->pages);
	bench_evidence_int(b, "pages_reused", (long long)same);
	bench_evidence_real(b, "folio_share_after", whole);
	if (region_wrong(r, REGION_NEW))
		return bench_wrong(b, "WRONG CONTENTS in %zu of %zu pages",
				   region_wrong(r, REGION_NEW), r->pages);
	if (b->minor_faults < r->pages / r->folio_pages)
		return bench_refuse(b, "%llu faults for %zu folios: they were not write-protected",
				    (unsigned long long)b->minor_faults, r->pages / r->folio_pages);
	/* a fault for each page: then each page that stayed was counted as well */
	if (b->minor_faults >= r->pages && reuses >= 0 && (size_t)reuses < same)
		return bench_refuse(b, "%zu pages stayed at their frame but pgreuse moved by %lld",
				    same, reuses);
	if (same == r->pages && whole < REGION_MIN_SHARE)
		return bench_refuse(b, "all pages stayed but only %.1f%% are in whole folios",
				    100 * whole);
	return 0;
}

const struct bench_case case_cow_reuse = {
	.name = "cow-reuse",
	.summary = "copy-on-write after the child is gone: are the pages reused?",
	.params = params,
	.metrics = metrics,
	.setup = family_setup,
	.prepare = cow_reuse_prepare,
	.run = cow_reuse_run,
	.check = cow_reuse_check,
	.teardown = family_teardown,
};
