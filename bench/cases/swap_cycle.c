// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * swap-cycle: memory goes out to a zram device of our own (MADV_PAGEOUT in one
 * call) and comes back in by being touched. Both ways are timed, each a lap of
 * its own. The device compresses in the same thread, so both are deterministic.
 *
 * Evidence: after the way out the pages are swap entries, as many as the device
 * has in use; after the way in they are all there, with the contents that they
 * had. Whether folios stayed whole on the way (swpout, swpin, frames) is a
 * result, not a condition.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "bench/region.h"
#include "bench/swap.h"
#include "lib/strbuf.h"

#define NOISE_FACTOR 0x2545f4914f6cdd1dULL

/* The statistics of the folio size; -1 where this kernel has none. */
struct counts {
	long long swpout, fallback, swpin;
};

struct state {
	struct region region;
	struct swap swap;
	bool noise, write, single;
	int rc; /* first error within run() */
	struct error why;
	uint64_t out, in; /* ticks */
	struct counts ready, gone, back;
	size_t swapped;	       /* pages that were swap entries after the way out */
	size_t stayed;	       /* pages that were still there */
	uint64_t used;	       /* bytes of the device */
	uint64_t faults;       /* on the way in, major ones too */
	uint64_t major_faults; /* the part of them that are */
};

static const char *const data_choices[] = { "marks", "noise", NULL };
static const char *const access_choices[] = { "read", "write", NULL };
static const char *const advice_choices[] = { "hugepage", "nohugepage", NULL };

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO(REGION_FOLIOS),
	REGION_PARAM_SIZE("4M"),
	{ .name = "data",
	  .type = PARAM_ENUM,
	  .help = "what is in the pages: all but empty, or nothing that can be compressed",
	  .defaults = "marks",
	  .choices = data_choices },
	{ .name = "access",
	  .type = PARAM_ENUM,
	  .help = "how a page is touched to get it back",
	  .defaults = "read",
	  .choices = access_choices },
	{ .name = "advice",
	  .type = PARAM_ENUM,
	  .help = "advice on the memory when it comes back: may the kernel bring in large folios?",
	  .defaults = "hugepage",
	  .choices = advice_choices },
	{ 0 },
};

/* Metrics with a span of their own. */
enum { PAGE_OUT = 1, PAGE_IN = 2 };

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, false, "out and in again, per page" },
	[PAGE_OUT] = { "per_page_out", UNIT_TICKS, BETTER_LOWER, true,
		       "MADV_PAGEOUT to zram, per page", COUNTED_APART },
	[PAGE_IN] = { "per_page_in", UNIT_TICKS, BETTER_LOWER, true,
		      "touching every page, per page", COUNTED_APART },
	{ "out_whole", "share", BETTER_HIGHER, false,
	  "folios swapped out whole, by swpout of the size (single pages: all that went out)" },
	{ "out_fallback", "share", BETTER_LOWER, false,
	  "large folios split to be swapped out, by swpout_fallback of the size" },
	{ "in_whole", "share", BETTER_HIGHER, false,
	  "pages in folios of the size after the way in" },
	{ "faults_per_page", "count", BETTER_LOWER, false, "faults on the way in, per page" },
	{ "major_faults_per_page", "count", BETTER_NEITHER, false,
	  "those of them that had to read from the device" },
	{ 0 },
};

static int swap_cycle_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));
	uint64_t size = param_num(b->params, "size");
	int rc;

	b->state = s;
	s->swap = (struct swap)SWAP_NONE;
	s->noise = param_num(b->params, "data") == 1;
	s->write = param_num(b->params, "access") == 1;
	s->single = param_num(b->params, "advice") == 1;
	rc = region_setup_params(b, &s->region);
	if (rc)
		return rc;
	s->region.sparse = true; /* what compresses, and how well, is ours to say */
	/* with room to spare: a large folio needs slots that are in a row */
	return swap_open(b, &s->swap, 2 * size + (64 << 20));
}

static struct counts read_counts(const struct region *r)
{
	if (r->folio_pages == 1)
		return (struct counts){ -1, -1, -1 };
	return (struct counts){
		.swpout = evidence_size_stat(r->folio, "swpout"),
		.fallback = evidence_size_stat(r->folio, "swpout_fallback"),
		.swpin = evidence_size_stat(r->folio, "swpin"),
	};
}

/* The words of a page that have no marks in them; each gets its own noise. */
static bool is_noise(const struct region *r, size_t word)
{
	size_t words = r->page / sizeof(uint64_t);

	return word && word != words / 2 && word != words - 1;
}

static uint64_t noise(size_t page, size_t word)
{
	uint64_t x = (page * 512 + word + 1) * NOISE_FACTOR;

	x ^= x >> 32;
	x *= NOISE_FACTOR;
	return x ^ x >> 29;
}

static void write_noise(const struct region *r)
{
	for (size_t i = 0; i < r->pages; i++) {
		uint64_t *page = (uint64_t *)(void *)(r->base + i * r->page);

		for (size_t w = 0; w < r->page / sizeof(*page); w++) {
			if (is_noise(r, w))
				page[w] = noise(i, w);
		}
	}
}

/* Whether page I, which was filled with noise, has lost a word of it or its marks. */
static bool noise_wrong(const struct region *r, size_t i, unsigned char byte)
{
	const volatile uint64_t *page = (const volatile uint64_t *)(void *)(r->base + i * r->page);
	bool bad = region_page_wrong(r, i, byte);

	for (size_t w = 0; w < r->page / sizeof(*page); w++)
		bad |= is_noise(r, w) && page[w] != noise(i, w);
	return bad;
}

static int swap_cycle_prepare(struct bench *b)
{
	struct state *s = b->state;
	int rc = region_populate(b, &s->region);

	if (rc)
		return rc;
	if (s->noise)
		write_noise(&s->region);
	b->ops = s->region.pages;
	s->rc = 0;
	s->swapped = 0;
	s->stayed = 0;
	s->used = 0;
	s->out = 0;
	s->in = 0;
	s->ready = read_counts(&s->region);
	return 0;
}

/* Between the laps: where the pages are, and what they may come back as. */
static void look_out(struct state *s)
{
	struct region *r = &s->region;
	int rc = evidence_pages(0, r->base, r->pages, r->page, PAGEMAP_SWAP, &s->swapped, &s->why);

	if (!rc)
		rc = region_present(r, 0, &s->stayed, &s->why);
	if (!rc)
		rc = swap_used(&s->swap, &s->used, &s->why);
	s->gone = read_counts(r);
	/* populating it ended with MADV_NOHUGEPAGE */
	if (!rc && r->folio_pages > 1 && !s->single && madvise(r->base, r->size, MADV_HUGEPAGE))
		rc = error_sys(&s->why, errno, "MADV_HUGEPAGE");
	s->rc = rc;
}

static void touch_all(const struct state *s)
{
	const struct region *r = &s->region;

	for (size_t i = 0; i < r->pages; i++) {
		volatile unsigned char *byte = region_byte(r, i);

		if (s->write)
			*byte = REGION_NEW;
		else
			(void)*byte;
	}
}

static void swap_cycle_run(struct bench *b)
{
	struct state *s = b->state;
	struct rusage before, after;

	bench_lap_begin(b);
	span_begin(SPAN_METRIC + PAGE_OUT);
	s->rc = swap_out(s->region.base, s->region.size);
	span_end(SPAN_METRIC + PAGE_OUT);
	bench_lap_end(b);
	s->out = b->lap_ticks;
	if (s->rc) {
		error_sys(&s->why, -s->rc, "MADV_PAGEOUT");
		return;
	}
	look_out(s);
	if (s->rc)
		return;
	getrusage(RUSAGE_SELF, &before);
	bench_lap_begin(b);
	span_begin(SPAN_METRIC + PAGE_IN);
	touch_all(s);
	span_end(SPAN_METRIC + PAGE_IN);
	bench_lap_end(b);
	getrusage(RUSAGE_SELF, &after);
	s->in = b->lap_ticks - s->out;
	s->major_faults = (uint64_t)(after.ru_majflt - before.ru_majflt);
	s->faults = s->major_faults + (uint64_t)(after.ru_minflt - before.ru_minflt);
	s->back = read_counts(&s->region);
}

static void report_statistics(struct bench *b, const struct state *s)
{
	double folios = (double)s->region.pages / (double)s->region.folio_pages;
	long long delta;

	if (s->region.folio_pages == 1)
		bench_value(b, "out_whole", (double)s->swapped / folios);
	if (evidence_delta(s->ready.swpout, s->gone.swpout, &delta)) {
		bench_value(b, "out_whole", (double)delta / folios);
		bench_evidence_int(b, "swpout", delta);
	}
	if (evidence_delta(s->ready.fallback, s->gone.fallback, &delta)) {
		bench_value(b, "out_fallback", (double)delta / folios);
		bench_evidence_int(b, "swpout_fallback", delta);
	}
	if (evidence_delta(s->gone.swpin, s->back.swpin, &delta))
		bench_evidence_int(b, "swpin", delta);
}

static int report(struct bench *b, struct state *s)
{
	double pages = (double)s->region.pages;
	double whole = 0;
	struct error e;
	int rc;

	bench_value(b, "per_page_out", (double)s->out / pages);
	bench_value(b, "per_page_in", (double)s->in / pages);
	bench_value(b, "faults_per_page", (double)s->faults / pages);
	bench_value(b, "major_faults_per_page", (double)s->major_faults / pages);
	bench_evidence_int(b, "pages_swapped", (long long)s->swapped);
	bench_evidence_int(b, "pages_stayed", (long long)s->stayed);
	bench_evidence_int(b, "swap_used", (long long)s->used);
	report_statistics(b, s);
	if (!s->region.frames)
		return 0;
	rc = region_look(&s->region, 0, &e);
	if (!rc)
		rc = region_whole_now(&s->region, &whole, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_value(b, "in_whole", whole);
	return 0;
}

/* Nothing may be lost or changed, wherever it was meanwhile. */
static int check_contents(struct bench *b, const struct state *s)
{
	const struct region *r = &s->region;
	unsigned char byte = s->write ? REGION_NEW : REGION_OLD;
	size_t wrong = 0;

	for (size_t i = 0; i < r->pages && s->noise; i++)
		wrong += noise_wrong(r, i, byte);
	if (!s->noise)
		wrong = region_inexact(r, byte);
	if (wrong)
		return bench_wrong(b, "WRONG CONTENTS in %zu of %zu pages after swapping", wrong,
				   r->pages);
	return 0;
}

static int swap_cycle_check(struct bench *b)
{
	struct state *s = b->state;
	const struct region *r = &s->region;
	size_t present = 0;
	struct error e;
	int rc;

	if (s->rc)
		return bench_fail(b, s->rc, "%s", s->why.msg);
	rc = report(b, s);
	if (!rc) {
		/* before contents are read, which would bring in what is still out */
		rc = region_present(r, 0, &present, &e);
		if (rc)
			rc = bench_fail(b, rc, "%s", e.msg);
	}
	if (!rc)
		rc = check_contents(b, s);
	if (rc)
		return rc;
	if (s->swapped + s->stayed != r->pages)
		return bench_refuse(b, "%zu pages are swapped out and %zu there, of %zu",
				    s->swapped, s->stayed, r->pages);
	if ((double)s->swapped < REGION_MIN_SHARE * (double)r->pages)
		return bench_refuse(
			b, "only %.1f%% of the pages were swapped out (at least %.0f%%)",
			100.0 * (double)s->swapped / (double)r->pages, 100 * REGION_MIN_SHARE);
	if (s->used < s->swapped * r->page)
		return bench_refuse(b, "%zu pages are out, but %s has only %llu bytes in use",
				    s->swapped, s->swap.path, (unsigned long long)s->used);
	if (present != r->pages)
		return bench_refuse(b, "%zu pages did not come back", r->pages - present);
	return 0;
}

static void swap_cycle_teardown(struct bench *b)
{
	struct state *s = b->state;

	if (!s)
		return;
	/* the memory first: nothing needs to come back then */
	region_release(&s->region);
	swap_close(&s->swap, NULL); /* a device that stays is found by the next swap_open() */
	free(s);
	b->state = NULL;
}

const struct bench_case case_swap_cycle = {
	.name = "swap-cycle",
	.summary = "out to zram by MADV_PAGEOUT and back in by touching",
	.params = params,
	.metrics = metrics,
	.setup = swap_cycle_setup,
	.prepare = swap_cycle_prepare,
	.run = swap_cycle_run,
	.check = swap_cycle_check,
	.teardown = swap_cycle_teardown,
};
