// SPDX-License-Identifier: GPL-2.0-or-later
/* The steps of a walk over page tables; see pt_walk.h. */
#include <string.h>
#include <unistd.h>

#include "bench/numbers.h"
#include "bench/pt_walk.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/strbuf.h"

/* Since 6.13; not in the headers of Debian 12. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/* Slots in which the price is measured, and bytes that these touch at most: zeroing takes its time.
 */
#define PRICE_SLOTS 256
#define PRICE_BYTES ((size_t)32 << 20)

int pt_usage(struct pt_usage *u)
{
	u->vmpte = evidence_kb(0, "status", "VmPTE");
	u->rss_anon = evidence_kb(0, "status", "RssAnon");
	return u->vmpte < 0 ? (int)u->vmpte : u->rss_anon < 0 ? (int)u->rss_anon : 0;
}

/* Whether one page more is one page more: an estimate shows every so many pages only. */
static bool counts_exactly(void)
{
	long page = sysconf(_SC_PAGESIZE);
	bool exact = true;

	for (int i = 0; i < 3 && exact; i++) {
		struct pt_usage before, after;
		char *p = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return false;
		exact = !pt_usage(&before);
		*(volatile char *)p = 1;
		exact = exact && !pt_usage(&after) &&
			after.rss_anon - before.rss_anon == page / 1024;
		munmap(p, (size_t)page);
	}
	return exact;
}

int pt_unmapped(long *kb, bool *exact)
{
	long mapped, counted;

	*kb = 0;
	*exact = counts_exactly();
	mapped = evidence_kb(0, "smaps_rollup", "Anonymous");
	counted = evidence_kb(0, "status", "RssAnon");
	if (mapped < 0 || counted < 0)
		return (int)(mapped < 0 ? mapped : counted);
	*kb = counted - mapped;
	return 0;
}

int pt_touch(const struct pt_walk *w, size_t slot)
{
	const struct pt_plan *p = &w->plan;
	char *at = w->region.base + slot * PT_SLOT;

	if (p->guard && madvise(at + PT_SLOT - p->page, p->page, MADV_GUARD_INSTALL))
		return -errno;
	for (size_t off = 0; off < p->touch; off += p->page) {
		volatile uint64_t *word = (volatile uint64_t *)(void *)(at + off);

		if (w->reads)
			(void)*word;
		else
			*word = pt_plan_mark(p, slot * PT_SLOT + off);
	}
	return region_split(&w->region, at, PT_SLOT);
}

int pt_occupy(const struct pt_walk *w, size_t from, size_t to)
{
	char *at = w->region.base + from;
	char *got;

	if (w->how != PT_MUNMAP)
		return 0;
	got = mmap(at, to - from, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	return got == MAP_FAILED ? -errno : 0;
}

/* The first page of SLOT that was touched and dropped; false: there is none. */
static bool dropped_page(const struct pt_plan *p, size_t slot, size_t *off)
{
	size_t calls = pt_plan_calls(p);

	for (*off = slot * PT_SLOT; *off < slot * PT_SLOT + p->touch; *off += p->page) {
		if (pt_plan_drops(p, calls, *off))
			return true;
	}
	return false;
}

/* All calls that reach into the first SLOTS slots, once more. */
static int drop_again(const struct pt_walk *w, size_t slots)
{
	size_t calls = pt_plan_calls(&w->plan), from, to, first, end;

	for (size_t c = 0; c < calls; c++) {
		int rc;

		pt_plan_reach(&w->plan, c, &first, &end);
		if (first >= slots)
			break;
		pt_plan_call(&w->plan, c, &from, &to);
		rc = pt_drop(w, from, to);
		if (rc)
			return rc;
	}
	return 0;
}

static int refault(const struct pt_walk *w, size_t slots, struct pt_price *out)
{
	uint64_t ticks[PRICE_SLOTS];
	size_t n = 0, off;

	for (size_t slot = 0; slot < slots && n < PRICE_SLOTS; slot++) {
		volatile uint64_t *word;
		uint64_t start;

		if (!dropped_page(&w->plan, slot, &off))
			continue;
		word = (volatile uint64_t *)(void *)(w->region.base + off);
		start = bench_clock();
		span_begin(SPAN_METRIC + PT_METRIC_REFAULT);
		if (w->reads)
			(void)*word;
		else
			word[1] = 1;
		span_end(SPAN_METRIC + PT_METRIC_REFAULT);
		ticks[n++] = bench_clock() - start;
		if (w->how == PT_DONTNEED)
			out->stale += *word != 0;
	}
	out->has_refault = n > 0;
	out->n_refault = n;
	if (n)
		out->refault = numbers_median(ticks, n);
	return drop_again(w, slots);
}

/* *TICKS := what FN takes; SPAN is a constant. */
#define time_span(ticks, span, fn)                                                                 \
	do {                                                                                       \
		uint64_t start = bench_clock();                                                    \
                                                                                                   \
		span_begin(span);                                                                  \
		fn;                                                                                \
		span_end(span);                                                                    \
		*(ticks) = bench_clock() - start;                                                  \
	} while (0)

/*
 * One call over a slot just touched, less LESS bytes at its end. Both kinds are marked, or one
 * would be dearer by the marks.
 */
static int time_call(const struct pt_walk *w, size_t slot, size_t less, uint64_t *ticks)
{
	size_t from = slot * PT_SLOT, to = from + PT_SLOT - less;
	int rc = pt_touch(w, slot);

	if (rc)
		return rc;
	if (less)
		time_span(ticks, SPAN_METRIC + PT_METRIC_KEPT, rc = pt_drop(w, from, to));
	else
		time_span(ticks, SPAN_METRIC + PT_METRIC_PRICE, rc = pt_drop(w, from, to));
	return rc;
}

/*
 * Whether a call that is one page shorter does the same work but for the table: nothing that
 * was touched may be in that page, or in a folio with it.
 */
static bool comparable(const struct pt_walk *w)
{
	const struct pt_plan *p = &w->plan;

	return w->how == PT_DONTNEED && p->range == PT_EXACT && p->chunk == PT_SLOT && !p->guard &&
	       !w->region.pmd_mapped && p->touch + w->region.folio <= PT_SLOT;
}

/*
 * Both kinds of call in turns without a pattern: whatever changes with time changes for both, and
 * what comes round every few calls (batches of freed pages) does not meet one kind alone.
 */
static int price(const struct pt_walk *w, size_t slots, struct pt_price *out)
{
	uint64_t whole[PRICE_SLOTS], shorter[PRICE_SLOTS], ticks = 0;
	size_t n_whole = 0, n_shorter = 0;

	if (!comparable(w))
		return 0;
	for (size_t i = 0; i < slots; i++) {
		bool less = pt_plan_mark(&w->plan, i * w->plan.page) >> 63;
		int rc = time_call(w, i, less ? w->plan.page : 0, &ticks);

		if (rc)
			return rc;
		if (less)
			shorter[n_shorter++] = ticks;
		else
			whole[n_whole++] = ticks;
	}
	out->has_price = n_whole && n_shorter;
	out->n_kept = n_shorter;
	/*
	 * Lower quartiles: with single pages, about half of the calls give a batch of freed pages
	 * back to the allocator, at up to half of their cost; a median falls on either side of
	 * that by chance.
	 */
	if (out->has_price) {
		out->kept = numbers_lower_quartile(shorter, n_shorter);
		out->price = numbers_lower_quartile(whole, n_whole) - out->kept;
	}
	return drop_again(w, slots);
}

int pt_price(const struct pt_walk *w, struct pt_price *out)
{
	size_t slots = PRICE_BYTES / (w->region.pages * w->region.page);
	int rc;

	memset(out, 0, sizeof(*out));
	if (slots > PRICE_SLOTS)
		slots = PRICE_SLOTS;
	if (slots > w->slots)
		slots = w->slots;
	if (w->how == PT_MUNMAP) /* there is nothing to come back to */
		return 0;
	rc = refault(w, slots, out);
	return rc ? rc : price(w, slots, out);
}

long pt_tables_in_all(void)
{
	struct strbuf sb __strbuf = { 0 };

	/* adds up what each CPU still keeps to itself */
	fs_poke("/proc/sys/vm/stat_refresh", "1", NULL);
	if (fs_read("/proc/vmstat", &sb, NULL))
		return -1;
	return (long)evidence_lookup(strbuf_str(&sb), "nr_page_table_pages");
}
