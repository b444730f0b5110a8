// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * munmap: the populated region goes, whole in one call, or a part of each folio in a
 * call of its own. Evidence: no VMA is left where it was and no page is mapped there, the
 * folios of the size are free again; what stays is at its frame, with its contents.
 * Folios of which a part stays go to the queue of those to be split: counted, as is the
 * memory that they still take.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/drop.h"
#include "bench/region.h"
#include "lib/cleanup.h"
#include "lib/strbuf.h"

struct state {
	struct region region;
	struct drop drop;
	int rc; /* what munmap() said */
};

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO(REGION_FOLIOS_PMD),
	REGION_PARAM_SIZE("16M"),
	DROP_PARAM_PART,
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "munmap(), per page that goes" },
	DROP_METRICS,
	{ 0 },
};

static int munmap_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));
	char *what __free = NULL;
	int rc;

	b->state = s;
	rc = region_setup_params(b, &s->region);
	if (!rc)
		rc = drop_setup(b, &s->region, &s->drop);
	if (rc)
		return rc;
	/* a hole for each call and a VMA behind each; the holes are taken again afterwards */
	what = xasprintf("part=%s", drop_parts[s->drop.part]);
	return region_check_vmas(b, what, 2 * s->drop.calls);
}

static int munmap_prepare(struct bench *b)
{
	struct state *s = b->state;

	b->ops = s->drop.pages;
	s->rc = 0;
	return region_populate(b, &s->region);
}

static void munmap_run(struct bench *b)
{
	struct state *s = b->state;

	for (size_t k = 0; k < s->drop.calls; k++) {
		if (munmap(drop_at(&s->drop, &s->region, k), s->drop.len))
			s->rc = -errno;
	}
}

static int munmap_check(struct bench *b)
{
	struct state *s = b->state;
	size_t left = 0;
	int rc = drop_occupy(b, &s->region, &s->drop, &left);

	if (s->rc)
		return bench_fail(b, s->rc, "munmap: %s", strerror(-s->rc));
	if (rc)
		return rc;
	bench_evidence_int(b, "vmas_left", (long long)left);
	if (left)
		return bench_refuse(b, "%zu of %zu unmapped ranges still have a VMA", left,
				    s->drop.calls);
	return drop_check(b, &s->region, &s->drop);
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
