// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cow: one byte written to each page while a child shares it: the kernel must
 * copy. Evidence: every page of the parent is at another frame than before, the
 * parent sees its byte and the rest as it was, the child sees the old byte.
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
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true,
	  "a write to a page that a live child shares" },
	{ "copied", "share", BETTER_NEITHER, false, "pages that are at another frame afterwards" },
	{ "faults_per_page", "count", BETTER_LOWER, false, "minor faults during the writes" },
	{ 0 },
};

static int cow_prepare(struct bench *b)
{
	int rc = family_prepare(b);

	return rc ? rc : family_fork(b);
}

static void cow_run(struct bench *b)
{
	struct family *f = b->state;
	const struct region *r = &f->region;

	for (size_t i = 0; i < r->pages; i++)
		*region_byte(r, i) = REGION_NEW;
}

/* Both processes' contents: anything wrong here is a bug of the kernel. */
static int check_contents(struct bench *b, struct family *f)
{
	struct region *r = &f->region;
	uint64_t theirs;
	size_t ours = region_wrong(r, REGION_NEW);
	struct error e;
	int rc = child_wrong(&f->child, REGION_OLD, &theirs, &e);

	if (!rc)
		rc = child_close(&f->child, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (ours)
		return bench_wrong(b, "WRONG CONTENTS in %zu of %zu pages of the parent", ours,
				   r->pages);
	if (theirs)
		return bench_wrong(b, "WRONG CONTENTS in %llu of %zu pages of the child",
				   (unsigned long long)theirs, r->pages);
	return 0;
}

static int cow_check(struct bench *b)
{
	struct family *f = b->state;
	struct region *r = &f->region;
	struct evidence_counts counts;
	struct error e;
	size_t same;
	int rc;

	rc = region_counts(b, r, &counts);
	if (rc)
		return rc;
	rc = region_look(r, 0, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	same = evidence_same(r->pfn, r->now, r->pages);
	bench_value(b, "copied", 1 - (double)same / (double)r->pages);
	bench_value(b, "faults_per_page", (double)b->minor_faults / (double)r->pages);
	rc = check_contents(b, f);
	if (rc)
		return rc;
	if (same)
		return bench_refuse(b, "%zu of %zu pages were not copied", same, r->pages);
	return 0;
}

const struct bench_case case_cow = {
	.name = "cow",
	.summary = "copy-on-write with a live child: each page is copied",
	.params = params,
	.metrics = metrics,
	.setup = family_setup,
	.prepare = cow_prepare,
	.run = cow_run,
	.check = cow_check,
	.teardown = family_teardown,
};
