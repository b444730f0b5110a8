// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * munmap: the populated region goes in one call. Evidence: no VMA is left in the
 * range, no page of it is mapped, and the folios of the size are free again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/region.h"
#include "lib/strbuf.h"

struct state {
	struct region region;
	int rc; /* what munmap() said */
};

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO,
	REGION_PARAM_SIZE("16M"),
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "munmap() of the region, per page" },
	{ "folios_freed", "share", BETTER_NEITHER, false,
	  "large folios that are free, by nr_anon" },
	{ 0 },
};

static int munmap_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));

	b->state = s;
	return region_setup_params(b, &s->region);
}

static int munmap_prepare(struct bench *b)
{
	struct state *s = b->state;

	b->ops = s->region.pages;
	return region_populate(b, &s->region);
}

static void munmap_run(struct bench *b)
{
	struct state *s = b->state;

	s->rc = munmap(s->region.base, s->region.size) ? -errno : 0;
}

static int munmap_check(struct bench *b)
{
	struct state *s = b->state;
	struct region *r = &s->region;
	double folios = (double)r->pages / (double)r->folio_pages;
	struct evidence_counts c;
	struct evidence_vma vma;
	long long delta;
	struct error e;
	size_t left = 0;
	int rc;

	if (s->rc)
		return bench_fail(b, s->rc, "munmap: %s", strerror(-s->rc));
	rc = region_counts(b, r, &c);
	if (rc)
		return rc;
	rc = evidence_vma(r->base, r->size, &vma, &e);
	if (!rc)
		rc = region_look(r, 0, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	for (size_t i = 0; i < r->pages; i++)
		left += r->now[i] != 0;
	bench_evidence_int(b, "pages_left", (long long)left);
	bench_evidence_int(b, "vmas_left", vma.vmas);
	if (vma.vmas || left)
		return bench_refuse(b, "%zu pages and %u VMAs are left", left, vma.vmas);
	if (!evidence_delta(r->ready.nr_anon, c.nr_anon, &delta))
		return 0;
	bench_value(b, "folios_freed", -(double)delta / folios);
	if (-(double)delta < REGION_MIN_SHARE * folios)
		return bench_refuse(b, "only %lld of %.0f folios are free again", -delta, folios);
	return 0;
}

static void munmap_teardown(struct bench *b)
{
	struct state *s = b->state;

	if (!s)
		return;
	region_release(&s->region);
	free(s);
	b->state = NULL;
}

const struct bench_case case_munmap = {
	.name = "munmap",
	.summary = "munmap() of populated memory",
	.params = params,
	.metrics = metrics,
	.setup = munmap_setup,
	.prepare = munmap_prepare,
	.run = munmap_run,
	.check = munmap_check,
	.teardown = munmap_teardown,
};
