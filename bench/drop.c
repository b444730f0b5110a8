// SPDX-License-Identifier: GPL-2.0-or-later
/* Dropping a part of a region; see drop.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/drop.h"
#include "bench/mapped.h"
#include "lib/units.h"

const char *const drop_parts[] = {
	[DROP_ALL] = "all",
	[DROP_INNER] = "inner",
	[DROP_HALF] = "half",
	[DROP_LAST_HALF] = "last-half",
	[DROP_ALTERNATE] = "alternate",
	[DROP_FIRST] = "first",
	[DROP_REST] = "rest",
	[DROP_FOLIOS] = "folios",
	NULL,
};

bool drop_plan(enum drop_part part, size_t size, size_t folio, size_t page, struct drop *d)
{
	size_t unit = folio > page ? folio : 2 * page;
	const struct drop plans[] = {
		[DROP_ALL] = { .from = 0, .len = size, .step = size },
		[DROP_INNER] = { .from = page, .len = size - 2 * page, .step = size },
		[DROP_HALF] = { .from = 0, .len = unit / 2, .step = unit },
		[DROP_LAST_HALF] = { .from = unit / 2, .len = unit / 2, .step = unit },
		[DROP_ALTERNATE] = { .from = 0, .len = page, .step = 2 * page },
		[DROP_FIRST] = { .from = 0, .len = page, .step = unit },
		[DROP_REST] = { .from = page, .len = unit - page, .step = unit },
		[DROP_FOLIOS] = { .from = 0, .len = folio, .step = 2 * folio },
	};

	*d = plans[part];
	d->part = part;
	d->calls = size / d->step;
	d->pages = d->calls * d->len / page;
	return d->calls > 0;
}

bool drop_keeps(const struct drop *d, const struct region *r, size_t i)
{
	size_t at = i * r->page % d->step;

	return at < d->from || at >= d->from + d->len;
}

int drop_setup(struct bench *b, const struct region *r, struct drop *d)
{
	enum drop_part part = (enum drop_part)param_num(b->params, "part");
	char text[24];

	if (drop_plan(part, r->size, r->folio, r->page, d))
		return 0;
	return bench_skip(b, "part=%s wants two folios: at least size=%s", drop_parts[part],
			  format_size(text, sizeof(text), 2 * r->folio));
}

int drop_occupy(struct bench *b, const struct region *r, const struct drop *d, size_t *left)
{
	*left = 0;
	for (size_t k = 0; k < d->calls; k++) {
		void *want = drop_at(d, r, k);
		void *got = mmap(want, d->len, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
				 -1, 0);

		if (got == want)
			continue;
		if (got != MAP_FAILED) /* the flag was ignored (before 4.17) */
			munmap(got, d->len);
		else if (errno != EEXIST)
			return bench_fail(b, errno, "mmap: %s", strerror(errno));
		++*left;
	}
	return 0;
}

static int check_contents(struct bench *b, const struct region *r, const struct drop *d)
{
	size_t wrong = 0;

	for (size_t i = 0; i < r->pages; i++)
		wrong += drop_keeps(d, r, i) &&
			 !region_page_is(r, i, r->base + i * r->page, REGION_OLD);
	if (wrong)
		return bench_wrong(b, "WRONG CONTENTS in %zu of the %zu pages that stay", wrong,
				   r->pages - d->pages);
	return 0;
}

/* Of the dropped part nothing is mapped; of the kept part all is, unchanged, and where it was. */
static int check_places(struct bench *b, struct region *r, const struct drop *d)
{
	size_t left = 0, gone = 0, moved = 0, kept = r->pages - d->pages;
	struct error e;
	int rc = evidence_pagemap(0, r->base, r->pages, r->page, r->flags, &e);

	if (!rc)
		rc = region_look(r, 0, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	for (size_t i = 0; i < r->pages; i++) {
		bool here = r->flags[i] & (PAGEMAP_PRESENT | PAGEMAP_SWAP);

		if (!drop_keeps(d, r, i))
			left += here;
		else if (!here)
			gone++;
		else /* without frames, pfn and now are zeroes */
			moved += r->now[i] != r->pfn[i];
	}
	bench_evidence_int(b, "pages_left", (long long)left);
	bench_evidence_int(b, "pages_kept", (long long)(kept - gone - moved));
	if (gone) /* unread: there may be no VMA either */
		return bench_wrong(b, "WRONG CONTENTS: %zu of the %zu pages that stay are gone",
				   gone, kept);
	rc = check_contents(b, r, d);
	if (rc)
		return rc;
	if (left)
		return bench_refuse(b, "%zu of %zu pages are left where none should be", left,
				    d->pages);
	if (moved)
		return bench_refuse(b, "%zu of the %zu pages that stay have moved", moved, kept);
	return 0;
}

/* How many folios have no page left; their frames go to flags, which is otherwise 0. */
static size_t whole_folios(struct region *r, const struct drop *d)
{
	size_t folios = 0;

	for (size_t i = 0; i < r->pages; i += r->folio_pages) {
		size_t k = 0;
		bool whole;

		while (k < r->folio_pages && !drop_keeps(d, r, i + k))
			k++;
		whole = k == r->folio_pages;
		folios += whole;
		for (k = 0; k < r->folio_pages; k++)
			r->flags[i + k] = whole ? r->pfn[i + k] : 0;
	}
	return folios;
}

/*
 * Of the frames that were dropped, the share that may be unmapped and still not free: none in an
 * emulated guest, where nobody else is; on a busy machine some are in each other process's exit.
 */
static double held_allowed(const struct bench *b)
{
	return b->emulated ? 0 : 0.1;
}

/* The frames in flags: free, or somebody else's by now, who may be about to free them. */
static int check_frames_free(struct bench *b, const struct region *r)
{
	struct mapped_counts c;
	struct error e;
	size_t mapped;
	int rc;

	if (!r->frames)
		return 0;
	rc = mapped_count(r->flags, r->pages, &c, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	mapped = c.frames - c.none;
	bench_evidence_int(b, "frames_unmapped", (long long)c.none);
	bench_evidence_int(b, "frames_held", (long long)c.held);
	if ((double)c.held > held_allowed(b) * (double)c.frames)
		return bench_refuse(b, "%zu of %zu dropped frames are unmapped but not free",
				    c.held, c.frames);
	if (2 * mapped > c.frames)
		return bench_refuse(b, "%zu of %zu dropped frames are still mapped somewhere",
				    mapped, c.frames);
	return 0;
}

int drop_check_freed(struct bench *b, struct region *r, const struct drop *d)
{
	double folios = (double)r->pages / (double)r->folio_pages;
	size_t whole = whole_folios(r, d);
	struct evidence_counts c;
	long long delta;
	int rc = region_counts(b, r, &c);

	if (rc)
		return rc;
	if (evidence_delta(r->ready.split_deferred, c.split_deferred, &delta))
		bench_value(b, "split_deferred_per_folio", (double)delta / folios);
	if (evidence_delta(r->ready.partially_mapped, c.partially_mapped, &delta))
		bench_value(b, "partially_mapped_per_folio", (double)delta / folios);
	rc = check_frames_free(b, r);
	if (rc || !evidence_delta(r->ready.nr_anon, c.nr_anon, &delta))
		return rc;
	bench_value(b, "folios_freed", -(double)delta / folios);
	/* of all processes together: where others run a hint only, unless there is nothing else */
	if ((b->emulated || (!r->frames && whole)) &&
	    -(double)delta < REGION_MIN_SHARE * (double)whole)
		return bench_refuse(b, "only %lld of %zu folios are free again%s", -delta, whole,
				    b->emulated ? "" : " (or other processes have taken some)");
	return 0;
}

/* What is still mapped by PMDs, and what the kept pages' folios take beyond these pages. */
static int report_rest(struct bench *b, const struct region *r)
{
	uint64_t charged = 0, mapped = 0;
	struct evidence_vma vma;
	struct error e;
	int rc = evidence_vma(0, r->base, r->size, &vma, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_int(b, "anon_huge_kb_after", (long long)vma.anon_huge_kb);
	if (!r->frames)
		return 0;
	rc = evidence_footprint(r->now, r->pages, r->page, &charged, &mapped, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_value(b, "wasted_kb", (double)(charged - mapped) / 1024);
	return 0;
}

int drop_check(struct bench *b, struct region *r, const struct drop *d)
{
	int rc;

	bench_value_ops(b, "per_call", (double)b->ticks / (double)d->calls, d->calls);
	rc = check_places(b, r, d);
	if (!rc)
		rc = drop_check_freed(b, r, d);
	return rc ? rc : report_rest(b, r);
}
