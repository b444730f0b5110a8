// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zap: pages go while nobody takes their VMA away: by MADV_DONTNEED, whole or a part of
 * each folio, or by the exit of a process that has the region as its own. That process is
 * a child that was forked while the region was empty and populated it itself.
 *
 * Evidence: no dropped page is mapped, the folios of the size are free again; what stays
 * is at its frame, with its contents; what went reads as zeroes. Ahead of an exit
 * the child's pages are verified from outside, and its contents by the child.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/child.h"
#include "bench/clock.h"
#include "bench/drop.h"
#include "bench/region.h"
#include "lib/strbuf.h"

enum how { HOW_DONTNEED, HOW_EXIT };

struct state {
	struct family family; /* first: the family operations take the state for it */
	struct drop drop;
	enum how how;
	int rc; /* what madvise() said, or the wait for the child */
	struct error why;
};

static const char *const hows[] = { "dontneed", "exit", NULL };

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO(REGION_FOLIOS_PMD),
	REGION_PARAM_SIZE("16M"),
	{ .name = "how",
	  .type = PARAM_ENUM,
	  .help = "MADV_DONTNEED, or the exit of a process that populated the region",
	  .defaults = "dontneed",
	  .choices = hows },
	DROP_PARAM_PART,
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "per page that goes" },
	DROP_METRICS,
	{ 0 },
};

/* One of the two steps of populating, by the child. */
static int step_in_child(struct bench *b, struct region *r, uint64_t step)
{
	struct state *s = b->state;
	struct child *c = &s->family.child;
	uint64_t err = 0;
	struct error e;
	int rc = 0;

	if (step == REGION_MARK) {
		/* one that the last sample left behind, or the attempt before this one */
		rc = child_close(c, &e);
		if (!rc)
			rc = child_open(c, r, &e);
		if (rc)
			return bench_fail(b, rc, "%s", e.msg);
		rc = family_fork(b);
		if (rc)
			return rc;
		r->owner = c->pid;
	}
	rc = child_call(c, region_step, step, &err, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	return err ? bench_fail(b, (int)err, "the child populating: %s", strerror((int)err)) : 0;
}

static int zap_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));
	int rc;

	b->state = s;
	s->family.child = (struct child)CHILD_NONE;
	s->how = (enum how)param_num(b->params, "how");
	rc = region_setup_params(b, &s->family.region);
	if (!rc)
		rc = drop_setup(b, &s->family.region, &s->drop);
	if (!rc && s->how == HOW_EXIT && s->drop.part != DROP_ALL)
		return bench_skip(b, "an exit drops all: part=%s goes with how=dontneed",
				  drop_parts[s->drop.part]);
	if (s->how == HOW_EXIT)
		s->family.region.step = step_in_child;
	return rc;
}

static int zap_prepare(struct bench *b)
{
	struct state *s = b->state;
	uint64_t wrong = 0;
	struct error e;
	int rc = region_populate(b, &s->family.region);

	b->ops = s->drop.pages;
	s->rc = 0;
	if (rc || s->how != HOW_EXIT)
		return rc;
	rc = child_wrong(&s->family.child, REGION_OLD, &wrong, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (wrong)
		return bench_wrong(b, "WRONG CONTENTS in %llu of %zu pages that the child wrote",
				   (unsigned long long)wrong, s->family.region.pages);
	return 0;
}

static void zap_run(struct bench *b)
{
	struct state *s = b->state;

	if (s->how == HOW_EXIT) {
		uint64_t ticks = 0;

		s->rc = child_exit(&s->family.child, SPAN_LAP, &ticks, &s->why);
		bench_lap_add(b, ticks);
		return;
	}
	for (size_t k = 0; k < s->drop.calls; k++) {
		if (madvise(drop_at(&s->drop, &s->family.region, k), s->drop.len, MADV_DONTNEED))
			s->rc = -errno;
	}
}

/* What is not there any more reads as zeroes. Maps the zero page: the last thing to do. */
static int check_zeroes(struct bench *b, const struct region *r, const struct drop *d)
{
	size_t old = 0;

	for (size_t i = 0; i < r->pages; i++) {
		const volatile char *page = r->base + i * r->page;

		if (!drop_keeps(d, r, i))
			old += page[0] || page[r->page - 1] || *region_byte(r, i);
	}
	if (old)
		return bench_wrong(b, "WRONG CONTENTS in %zu of %zu dropped pages: no zeroes", old,
				   d->pages);
	return 0;
}

static int zap_check(struct bench *b)
{
	struct state *s = b->state;
	struct region *r = &s->family.region;
	int rc;

	r->owner = 0;
	if (s->rc)
		return bench_fail(b, s->rc, "%s: %s", hows[s->how],
				  s->how == HOW_EXIT ? s->why.msg : strerror(-s->rc));
	if (s->how == HOW_EXIT) {
		bench_value_ops(b, "per_call", (double)b->ticks, 1);
		return drop_check_freed(b, r, &s->drop);
	}
	rc = drop_check(b, r, &s->drop);
	return rc ? rc : check_zeroes(b, r, &s->drop);
}

const struct bench_case case_zap = {
	.name = "zap",
	.summary = "populated memory dropped by MADV_DONTNEED or by an exit",
	.params = params,
	.metrics = metrics,
	.setup = zap_setup,
	.prepare = zap_prepare,
	.run = zap_run,
	.check = zap_check,
	.teardown = family_teardown,
};
