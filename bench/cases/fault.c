// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault: the first touch of each page of new anonymous memory. By writes (folios come), by
 * reads (the zero page comes), or by writes to what was read before (the zero page is
 * replaced; reading is not timed).
 *
 * Evidence: nothing was there before; afterwards each page is, reads as it must to its last
 * byte, and lies in a folio of the size (writes) or is the zero page (reads). How many
 * folios came and how many faults it took are results, but faults there must be.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/region.h"
#include "lib/strbuf.h"
#include "lib/units.h"

enum kind { KIND_WRITE, KIND_READ, KIND_WRITE_AFTER_READ };

struct state {
	struct region region;
	enum kind kind;
	uint64_t sum; /* of what was read: zero */
};

static const char *const kinds[] = { "write", "read", "write-after-read", NULL };

static const struct param_desc params[] = {
	{ .name = "folio",
	  .type = PARAM_FOLIO,
	  .help = "folio size that faults shall bring; 2M comes mapped by PMDs: 2M-pmd",
	  .defaults = "4K,16K,64K,512K,2M-pmd",
	  .min = 4 << 10,
	  .max = 2 << 20 },
	REGION_PARAM_SIZE("8M"),
	{ .name = "kind",
	  .type = PARAM_ENUM,
	  .help = "writes; reads (the zero page); writes to what was read before, untimed",
	  .defaults = "write",
	  .choices = kinds },
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "first touch of the memory, per page" },
	{ "per_fault", UNIT_TICKS, BETTER_LOWER, false, "the same, per fault", COUNTED_WHOLE },
	{ "faults_per_folio", "count", BETTER_LOWER, false, "minor faults, per folio of the size" },
	{ "large_share", "share", BETTER_HIGHER, false, "pages that are in folios of the size" },
	{ "zero_share", "share", BETTER_NEITHER, false, "pages that are the zero page" },
	{ 0 },
};

static int fault_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));
	const struct param_value *folio = param_get(b->params, "folio");

	b->state = s;
	s->kind = (enum kind)param_num(b->params, "kind");
	if (folio->num == 2 << 20 && !folio->pmd_mapped)
		return bench_skip(b, "a fault that brings 2M maps it by a PMD: folio=2M-pmd");
	return region_setup_params(b, &s->region);
}

static uint64_t read_all(const struct region *r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < r->pages; i++)
		sum |= *region_byte(r, i);
	return sum;
}

static void write_all(const struct region *r)
{
	for (size_t i = 0; i < r->pages; i++)
		*region_byte(r, i) = REGION_NEW;
}

static int fault_prepare(struct bench *b)
{
	struct state *s = b->state;
	struct region *r = &s->region;
	size_t present = 0;
	struct error e;
	int rc;

	b->ops = r->pages;
	s->sum = 0;
	/* what the last sample left goes first: its folios must not count as this one's */
	munmap(r->base, r->size);
	rc = region_map(b, r);
	if (rc)
		return rc;
	rc = region_present(r, 0, &present, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (present)
		return bench_refuse(b, "%zu pages of new memory are there already", present);
	if (s->kind == KIND_WRITE_AFTER_READ)
		s->sum = read_all(r);
	region_settle(r);
	rc = evidence_counts(r->folio, &r->ready, &e);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

static void fault_run(struct bench *b)
{
	struct state *s = b->state;

	if (s->kind == KIND_READ)
		s->sum = read_all(&s->region);
	else
		write_all(&s->region);
}

/* To the last byte: zero but for what was written. Reading brings in nothing: all is there. */
static size_t wrong_pages(const struct region *r, unsigned char byte)
{
	size_t wrong = 0, words = r->page / sizeof(uint64_t);

	for (size_t i = 0; i < r->pages; i++) {
		const volatile uint64_t *word = (const volatile uint64_t *)(r->base + i * r->page);
		uint64_t seen = 0, want = 0;

		memcpy(&want, &byte, 1); /* region_byte() is the first one of its word */
		for (size_t k = 0; k < words; k++)
			seen |= word[k] ^ (k == words / 2 ? want : 0);
		wrong += seen != 0;
	}
	return wrong;
}

/* With frames: which pages are the zero page, and which are in folios of the size. */
static int look(struct bench *b, const struct region *r, double *large, double *zero)
{
	struct error e;
	size_t zeroes = 0;
	int rc = region_look(r, 0, &e);

	if (!rc)
		rc = region_whole_now(r, large, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	for (size_t i = 0; i < r->pages; i++)
		zeroes += (r->flags[i] & KPF_BIT_ZERO_PAGE) != 0;
	*zero = (double)zeroes / (double)r->pages;
	/* the zero page, small or huge, may look like a folio of the size: it is nobody's */
	*large = *large > *zero ? *large - *zero : 0;
	bench_value(b, "large_share", *large);
	bench_value(b, "zero_share", *zero);
	return 0;
}

/* What came, as far as this user may see it. */
static int check_folios(struct bench *b, const struct state *s)
{
	const struct region *r = &s->region;
	double folios = (double)r->pages / (double)r->folio_pages, large = 0, zero = 0;
	struct evidence_counts c;
	long long given = -1;
	char text[24];
	struct error e;
	int rc = evidence_counts(r->folio, &c, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (evidence_delta(r->ready.anon_fault_alloc, c.anon_fault_alloc, &given))
		bench_evidence_int(b, "anon_fault_alloc", given);
	else
		given = -1;
	if (r->frames) {
		rc = look(b, r, &large, &zero);
		if (rc)
			return rc;
		if (s->kind == KIND_READ && zero < REGION_MIN_SHARE)
			return bench_refuse(b, "only %.1f%% of what was read is the zero page",
					    100 * zero);
		if (s->kind != KIND_READ && zero > 0)
			return bench_refuse(b, "%.1f%% of what was written is the zero page",
					    100 * zero);
	} else {
		large = r->folio_pages == 1 ? 1 : (double)given / folios;
	}
	if (s->kind == KIND_WRITE && large < REGION_MIN_SHARE)
		return bench_refuse(b,
				    "only %.1f%% of the pages came in %s folios (at least %.0f%%)",
				    100 * large, format_size(text, sizeof(text), r->folio),
				    100 * REGION_MIN_SHARE);
	if (s->kind == KIND_WRITE && given >= 0 && (double)given < REGION_MIN_SHARE * folios)
		return bench_refuse(b, "anon_fault_alloc says %lld folios, not %.0f", given,
				    folios);
	return 0;
}

/* What came where it was touched, and by faults. */
static int check_pages(struct bench *b, const struct state *s)
{
	const struct region *r = &s->region;
	struct evidence_vma vma;
	size_t present = 0;
	struct error e;
	int rc = region_present(r, 0, &present, &e);

	if (!rc)
		rc = evidence_vma(0, r->base, r->size, &vma, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_int(b, "anon_huge_kb", (long long)vma.anon_huge_kb);
	bench_value(b, "faults_per_folio",
		    (double)b->minor_faults * (double)r->folio_pages / (double)r->pages);
	if (!b->minor_faults)
		return bench_refuse(b, "no page fault: the memory was there already");
	bench_value_ops(b, "per_fault", (double)b->ticks / (double)b->minor_faults,
			b->minor_faults);
	if (present != r->pages)
		return bench_refuse(b, "only %zu of %zu touched pages are there", present,
				    r->pages);
	rc = check_folios(b, s);
	if (rc)
		return rc;
	if (s->kind == KIND_WRITE && r->pmd_mapped && vma.anon_huge_kb < r->size / 1024)
		return bench_refuse(b, "only %llu of %zu kB are mapped by PMDs",
				    (unsigned long long)vma.anon_huge_kb, r->size / 1024);
	return 0;
}

static int fault_check(struct bench *b)
{
	struct state *s = b->state;
	const struct region *r = &s->region;
	int rc = check_pages(b, s);
	size_t wrong;

	if (rc < 0)
		return rc;
	wrong = wrong_pages(r, s->kind == KIND_READ ? 0 : REGION_NEW);
	if (wrong || s->sum)
		return bench_wrong(b, "WRONG CONTENTS in %zu of %zu pages of new memory%s", wrong,
				   r->pages, s->sum ? "; the reads did not give zeroes" : "");
	return rc;
}

static void fault_teardown(struct bench *b)
{
	struct state *s = b->state;

	if (!s)
		return;
	region_release(&s->region);
	free(s);
	b->state = NULL;
}

const struct bench_case case_fault = {
	.name = "fault",
	.summary = "first touch of anonymous memory",
	.params = params,
	.metrics = metrics,
	.setup = fault_setup,
	.prepare = fault_prepare,
	.run = fault_run,
	.check = fault_check,
	.teardown = fault_teardown,
};
