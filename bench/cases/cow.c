// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cow: each page written to, one byte or all of it, while a child shares it: the kernel
 * must copy. Evidence: every page of the parent is at another frame than before and every page
 * of the child is where it was; the parent sees what it wrote and the rest as it was, the
 * child the old page, both to the last byte.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/child.h"
#include "bench/region.h"
#include "bench/shuffle.h"
#include "lib/strbuf.h"

/* Any number: the order of order=rand is the same on each boot. */
#define SEED 20240607

enum amount { WRITE_BYTE, WRITE_PAGE };

struct state {
	struct family family; /* first: the family operations take the state for it */
	enum amount amount;
	bool random; /* the order in which pages are written; else from first to last */
};

static const char *const amounts[] = { "byte", "page", NULL };
static const char *const orders[] = { "seq", "rand", NULL };

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO(REGION_FOLIOS_PMD),
	REGION_PARAM_SIZE("8M"),
	{ .name = "write",
	  .type = PARAM_ENUM,
	  .help = "one byte of each page, or all of it",
	  .defaults = "byte",
	  .choices = amounts },
	{ .name = "order",
	  .type = PARAM_ENUM,
	  .help = "pages from first to last, or at random (each boot the same)",
	  .defaults = "seq",
	  .choices = orders },
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true,
	  "a write to a page that a live child shares" },
	{ "copied", "share", BETTER_NEITHER, false, "pages that are at another frame afterwards" },
	{ "faults_per_page", "count", BETTER_LOWER, false, "minor faults during the writes" },
	{ "copies_large", "share", BETTER_NEITHER, false,
	  "copies that are in folios of the size again" },
	{ 0 },
};

static int cow_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));

	b->state = s;
	s->family.child = (struct child)CHILD_NONE;
	s->amount = (enum amount)param_num(b->params, "write");
	s->random = param_num(b->params, "order");
	return region_setup_params(b, &s->family.region);
}

static int cow_prepare(struct bench *b)
{
	int rc = family_prepare(b);

	return rc ? rc : family_fork(b);
}

#define WORD_STEP 0x9e3779b97f4a7c15ULL

/* The first word of page I when all of it was written; each further one is WORD_STEP more. */
static inline uint64_t first_word(size_t i)
{
	return (uint64_t)i * 0xa5a5a5a5a5a5a5a5ULL + 1;
}

static inline void write_page(const struct region *r, size_t i)
{
	volatile uint64_t *word = (volatile uint64_t *)(r->base + i * r->page);
	size_t words = r->page / sizeof(*word);
	uint64_t value = first_word(i);

	for (size_t k = 0; k < words; k++, value += WORD_STEP)
		word[k] = value;
}

static bool page_written(const struct region *r, size_t i)
{
	const volatile uint64_t *word = (const volatile uint64_t *)(r->base + i * r->page);
	size_t words = r->page / sizeof(*word);
	uint64_t value = first_word(i), differs = 0;

	for (size_t k = 0; k < words; k++, value += WORD_STEP)
		differs |= word[k] ^ value;
	return !differs;
}

static void cow_run(struct bench *b)
{
	struct state *s = b->state;
	const struct region *r = &s->family.region;
	struct shuffle order;

	shuffle_begin(&order, r->pages, SEED);
	if (s->amount == WRITE_PAGE && s->random)
		for (size_t n = 0; n < r->pages; n++)
			write_page(r, shuffle_next(&order));
	else if (s->amount == WRITE_PAGE)
		for (size_t i = 0; i < r->pages; i++)
			write_page(r, i);
	else if (s->random)
		for (size_t n = 0; n < r->pages; n++)
			*region_byte(r, shuffle_next(&order)) = REGION_NEW;
	else
		for (size_t i = 0; i < r->pages; i++)
			*region_byte(r, i) = REGION_NEW;
}

/* Both processes' contents: anything wrong here is a bug of the kernel. */
static int check_contents(struct bench *b, struct state *s)
{
	struct region *r = &s->family.region;
	uint64_t theirs = 0;
	struct error e;
	size_t ours = 0;
	int rc = child_wrong(&s->family.child, REGION_OLD, &theirs, &e);

	if (!rc)
		rc = child_close(&s->family.child, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (s->amount == WRITE_BYTE)
		ours = region_inexact(r, REGION_NEW);
	for (size_t i = 0; i < r->pages && s->amount == WRITE_PAGE; i++)
		ours += !page_written(r, i);
	if (ours)
		return bench_wrong(b, "WRONG CONTENTS in %zu of %zu pages of the parent", ours,
				   r->pages);
	if (theirs)
		return bench_wrong(b, "WRONG CONTENTS in %llu of %zu pages of the child",
				   (unsigned long long)theirs, r->pages);
	return 0;
}

/* *STAYED := pages of the child that are where they were; *SAME := those of the parent. */
static int look_at_both(struct bench *b, struct state *s, size_t *stayed, size_t *same)
{
	struct region *r = &s->family.region;
	struct evidence_vma vma;
	struct error e;
	double large = 0;
	int rc = region_look(r, s->family.child.pid, &e);

	*same = 0;
	*stayed = evidence_same(r->pfn, r->now, r->pages);
	if (!rc)
		rc = region_look(r, 0, &e);
	if (!rc)
		rc = region_whole_now(r, &large, &e);
	if (!rc)
		rc = evidence_vma(0, r->base, r->size, &vma, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	*same = evidence_same(r->pfn, r->now, r->pages);
	/* what became of a PMD: none is left where the kernel split it and copied pages */
	bench_evidence_int(b, "anon_huge_kb_after", (long long)vma.anon_huge_kb);
	if (!r->frames)
		return 0;
	bench_evidence_int(b, "child_pages_same", (long long)*stayed);
	bench_value(b, "copied", 1 - (double)*same / (double)r->pages);
	bench_value(b, "copies_large", large);
	return 0;
}

static int cow_check(struct bench *b)
{
	struct state *s = b->state;
	struct region *r = &s->family.region;
	struct evidence_counts counts;
	size_t stayed = 0, same = 0;
	int rc = region_counts(b, r, &counts);

	if (rc)
		return rc;
	bench_value(b, "faults_per_page", (double)b->minor_faults / (double)r->pages);
	rc = look_at_both(b, s, &stayed, &same);
	if (!rc) /* two different contents are two pages: this proves copies also without frames */
		rc = check_contents(b, s);
	if (rc || !r->frames)
		return rc;
	if (same)
		return bench_refuse(b, "%zu of %zu pages were not copied", same, r->pages);
	if (stayed != r->pages)
		return bench_refuse(b, "%zu of %zu pages of the child moved", r->pages - stayed,
				    r->pages);
	return 0;
}

const struct bench_case case_cow = {
	.name = "cow",
	.summary = "copy-on-write with a live child: each page is copied",
	.params = params,
	.metrics = metrics,
	.setup = cow_setup,
	.prepare = cow_prepare,
	.run = cow_run,
	.check = cow_check,
	.teardown = family_teardown,
};
