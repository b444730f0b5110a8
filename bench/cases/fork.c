// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork: how long fork() itself takes, per page of a populated region. The child
 * waits and touches nothing. Evidence: each page is mapped at the same frame in
 * parent and child, and the folios are still whole.
 */
#include <errno.h>
#include <string.h>

#include "bench/child.h"
#include "bench/region.h"

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO,
	REGION_PARAM_SIZE("16M"),
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "fork() of the region, per page" },
	{ "shared", "share", BETTER_NEITHER, false, "pages at the same frame in both processes" },
	{ 0 },
};

static void fork_run(struct bench *b)
{
	struct family *f = b->state;

	child_fork(&f->child);
}

static int fork_check(struct bench *b)
{
	struct family *f = b->state;
	struct region *r = &f->region;
	double share, whole;
	struct error e;
	int rc;

	if (f->child.pid < 0)
		return bench_fail(b, f->child.pid, "fork: %s", strerror(-f->child.pid));
	rc = region_look(r, f->child.pid, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	share = (double)evidence_same(r->pfn, r->now, r->pages) / (double)r->pages;
	bench_value(b, "shared", share);
	rc = region_look(r, 0, &e);
	if (!rc)
		rc = region_whole_now(r, &whole, &e);
	if (!rc)
		rc = child_close(&f->child, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_real(b, "folio_share_after", whole);
	if (evidence_same(r->pfn, r->now, r->pages) != r->pages)
		return bench_refuse(b, "pages of the parent moved");
	if (share < 1)
		return bench_refuse(b, "the child shares only %.1f%% of the pages", 100 * share);
	if (whole < REGION_MIN_SHARE)
		return bench_refuse(b, "only %.1f%% of the pages are still in whole folios",
				    100 * whole);
	return 0;
}

const struct bench_case case_fork = {
	.name = "fork",
	.summary = "fork() of a process with populated memory",
	.params = params,
	.metrics = metrics,
	.setup = family_setup,
	.prepare = family_prepare,
	.run = fork_run,
	.check = fork_check,
	.teardown = family_teardown,
};
