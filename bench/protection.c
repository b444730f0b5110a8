// SPDX-License-Identifier: GPL-2.0-or-later
/* What round trips of mprotect() must leave behind; see protection.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/protection.h"
#include "bench/sharing.h"
#include "lib/strbuf.h"

/* The two shares of the folios: written after the timed round trip, and after the others. */
enum stage { STAGE_TIMED, STAGE_PARTS };

static const char *const stage_names[] = {
	[STAGE_TIMED] = "after the timed round trip",
	[STAGE_PARTS] = "after round trips of parts of folios",
};

int protection_open(struct bench *b, struct protection *p)
{
	struct error e;
	int rc;

	p->theirs = xcalloc(p->region->pages, sizeof(*p->theirs));
	rc = probe_open(&p->probe, &e);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

void protection_close(struct protection *p)
{
	probe_close(&p->probe);
	free(p->theirs);
	p->theirs = NULL;
}

void protection_begin(struct protection *p)
{
	probe_reset(&p->probe);
	p->write_faults = 0;
	p->shared = 0;
	p->moved = 0;
}

static char *page_at(const struct protection *p, size_t i)
{
	return p->region->base + i * p->region->page;
}

size_t protection_calls(const struct protection *p)
{
	size_t len = p->region->size - p->first * p->region->page;

	return (len + p->call - 1) / p->call;
}

int protection_set(const struct protection *p, int prot)
{
	char *at = page_at(p, p->first);
	size_t left = p->region->size - p->first * p->region->page;
	size_t len;

	for (; left; at += len, left -= len) {
		len = left < p->call ? left : p->call;
		if (mprotect(at, len, prot))
			return -errno;
	}
	return 0;
}

/* That a page of read-only memory can be read needs less proof than the rest. */
#define READ_STEP 16

static void probe(struct protection *p, size_t i)
{
	bool readable = p->prot == PROT_READ;

	probe_write(&p->probe, page_at(p, i));
	if (!readable || i % READ_STEP == 0)
		probe_read(&p->probe, page_at(p, i), readable);
}

void protection_probe(struct protection *p, size_t step)
{
	for (size_t i = p->first; i < p->region->pages; i += step / p->region->page)
		probe(p, i);
}

static bool is_shared(const struct protection *p, size_t i)
{
	return !pattern_has(p->exclusive, p->region->folio_pages, i);
}

static enum stage stage_of(const struct protection *p, size_t i)
{
	return i / pattern_unit(p->region->folio_pages) % 2 ? STAGE_PARTS : STAGE_TIMED;
}

/* One write to each page of the stage. */
static void write_stage(struct protection *p, enum stage stage)
{
	struct region *r = p->region;
	uint64_t before = evidence_faults();

	for (size_t i = 0; i < r->pages; i++) {
		if (stage_of(p, i) == stage)
			*region_byte(r, i) = REGION_NEW;
	}
	p->write_faults += (long)(evidence_faults() - before);
}

/* This process's own contents: written up to STAGE, the rest not. */
static int check_contents(struct bench *b, const struct protection *p, enum stage stage)
{
	const struct region *r = p->region;
	size_t wrong = 0, first = 0;

	for (size_t i = 0; i < r->pages; i++) {
		unsigned char byte = stage_of(p, i) <= stage ? REGION_NEW : REGION_OLD;

		if (region_page_wrong(r, i, byte) && !wrong++)
			first = i;
	}
	if (wrong)
		return bench_wrong(b,
				   "WRONG CONTENTS in %zu of %zu pages %s, the first is page %zu",
				   wrong, r->pages, stage_names[stage], first);
	return 0;
}

/* The child's: nothing of what was written since fork(). */
static int check_child(struct bench *b, const struct protection *p, enum stage stage)
{
	struct sharing_wrong wrong;
	struct error e;
	int rc;

	if (p->child->pid <= 0)
		return 0;
	rc = sharing_child_wrong(p->child, p->exclusive, REGION_OLD, &wrong, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (wrong.pages)
		return bench_wrong(
			b,
			"WRONG CONTENTS in the child %s: %zu pages that it shares are not as at "
			"fork(), the first is page %zu (page %zu of a folio of %zu)",
			stage_names[stage], wrong.pages, wrong.first,
			wrong.first % p->region->folio_pages, p->region->folio_pages);
	return 0;
}

/* Where parent and child have the written pages: shared ones apart, the others where they were. */
static int check_frames(struct bench *b, struct protection *p, enum stage stage)
{
	struct region *r = p->region;
	size_t in_place = 0, first = 0, gone = 0;
	struct error e;
	int rc = 0;

	if (!r->frames)
		return 0;
	if (p->child->pid > 0)
		rc = evidence_pfns(p->child->pid, r->base, r->pages, r->page, p->theirs, &e);
	if (!rc)
		rc = region_look(r, 0, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	for (size_t i = 0; i < r->pages; i++) {
		bool shared = is_shared(p, i);

		gone += shared && p->theirs[i] != r->pfn[i];
		if (stage_of(p, i) != stage)
			continue;
		p->moved += !shared && r->now[i] != r->pfn[i];
		if (shared && r->now[i] == p->theirs[i] && !in_place++)
			first = i;
	}
	if (in_place)
		return bench_wrong(b,
				   "WRONG FRAMES %s: %zu pages were written where the child maps "
				   "them too, the first is page %zu",
				   stage_names[stage], in_place, first);
	if (gone)
		return bench_refuse(b, "%zu of the child's pages moved", gone);
	return 0;
}

static int write_and_check(struct bench *b, struct protection *p, enum stage stage)
{
	int rc;

	for (size_t i = 0; i < p->region->pages; i++)
		p->shared += stage_of(p, i) == stage && is_shared(p, i);
	write_stage(p, stage);
	rc = check_child(b, p, stage);
	if (!rc)
		rc = check_contents(b, p, stage);
	return rc ? rc : check_frames(b, p, stage);
}

/* Pages FROM to TO of a folio, taken away and given back in calls of so many pages. */
struct part {
	size_t from, to;
	size_t away, back;
};

/*
 * The K-th kind of part of a folio of N pages. Wherever the kernel starts a batch, it must not
 * start anew with the folio's pages; the first ones are those that a region of few
 * folios gets.
 */
static struct part part_of(size_t k, size_t n)
{
	const struct part parts[] = {
		{ n / 2, n, n, n },	    /* the second half */
		{ 1, n, n, n },		    /* all but the first page */
		{ n / 2 - 1, n, n, 3 },	    /* back in pieces */
		{ n - 1, n, 1, 1 },	    /* the last page */
		{ n / 4, n - n / 4, n, n }, /* neither the first nor the last ones */
		{ 0, n, n, n / 2 + 1 },	    /* all, back in two unequal parts */
		{ 0, n, n / 4 + 1, n },	    /* taken away in pieces */
		{ n / 2, n, 1, 1 },	    /* the second half, page by page */
	};

	return parts[k % (sizeof(parts) / sizeof(parts[0]))];
}

static int set_pieces(const struct protection *p, size_t from, size_t to, size_t piece, int prot)
{
	for (size_t i = from; i < to; i += piece) {
		size_t n = to - i < piece ? to - i : piece;

		if (mprotect(page_at(p, i), n * p->region->page, prot))
			return -errno;
	}
	return 0;
}

/* Round trips that tell all; with small folios further ones would only take longer. */
#define MAX_PARTS 64

/* Pages of a folio that the process itself tries to write; a signal for each takes long. */
#define MAX_STORES 8

/* Round trips of parts of those folios that are not written yet. */
static int toggle_parts(struct bench *b, struct protection *p)
{
	struct region *r = p->region;
	size_t unit = pattern_unit(r->folio_pages), k = 0;
	int rc = 0;

	for (size_t start = unit; start < r->pages && k < MAX_PARTS && !rc;
	     start += 2 * unit, k++) {
		struct part part = part_of(k, unit);
		size_t from = start + part.from, to = start + part.to;

		rc = set_pieces(p, from, to, part.away, p->prot);
		for (size_t i = from; i < to && !rc; i++)
			probe(p, i);
		if (!rc)
			rc = set_pieces(p, from, to, part.back, PROT_READ | PROT_WRITE);
	}
	return rc ? bench_fail(b, rc, "mprotect: %s", strerror(-rc)) : 0;
}

/* The timed round trip again, untimed, with every page tried. */
static int probe_all(struct bench *b, struct protection *p)
{
	int rc = protection_set(p, p->prot);

	protection_probe(p, p->region->page);
	if (!rc)
		rc = protection_set(p, PROT_READ | PROT_WRITE);
	return rc ? bench_fail(b, rc, "mprotect: %s", strerror(-rc)) : 0;
}

/*
 * Stores to pages that were written just before they were taken away: nothing may be left
 * of them in the TLB. A few folios at a time, so that they fit in there. The pages are
 * written already, all of them, with the same.
 */
static int toggle_warm(struct bench *b, struct protection *p)
{
	struct region *r = p->region;
	size_t unit = pattern_unit(r->folio_pages), k = 0;
	int rc = 0;

	for (size_t start = unit; start < r->pages && k < MAX_PARTS && !rc;
	     start += 2 * unit, k++) {
		size_t step = unit > MAX_STORES ? unit / MAX_STORES : 1;

		for (size_t i = start; i < start + unit; i += step)
			*region_byte(r, i) = REGION_NEW;
		rc = set_pieces(p, start, start + unit, unit, p->prot);
		for (size_t i = start; i < start + unit && !rc; i += step)
			probe_store(&p->probe, (volatile char *)region_byte(r, i),
				    (char)REGION_NEW);
		if (!rc)
			rc = set_pieces(p, start, start + unit, unit, PROT_READ | PROT_WRITE);
	}
	return rc ? bench_fail(b, rc, "mprotect: %s", strerror(-rc)) : 0;
}

static int check_stores(struct bench *b, const struct protection *p)
{
	const struct probe_count *c = &p->probe.store;

	bench_evidence_int(b, "stores", (long long)c->tried);
	if (p->probe.rc)
		return bench_fail(b, p->probe.rc, "%s", p->probe.why.msg);
	if (!c->wrong)
		return 0;
	return bench_wrong(b,
			   "WRONG PERMISSION: %zu of %zu pages that had just been written could "
			   "still be written while %s (in the TLB?), the first is page %zu",
			   c->wrong, c->tried, p->prot == PROT_READ ? "read-only" : "PROT_NONE",
			   (size_t)(c->first - p->region->base) / p->region->page);
}

static int check_probes(struct bench *b, const struct protection *p)
{
	const struct probe *pr = &p->probe;
	size_t page = p->region->page;

	bench_evidence_int(b, "probes", (long long)pr->write.tried);
	bench_evidence_int(b, "probes_blocked", (long long)(pr->write.tried - pr->write.wrong));
	if (pr->rc)
		return bench_fail(b, pr->rc, "%s", pr->why.msg);
	if (pr->write.wrong)
		return bench_wrong(b,
				   "WRONG PERMISSION: %zu of %zu pages could be written while %s, "
				   "the first is page %zu",
				   pr->write.wrong, pr->write.tried,
				   p->prot == PROT_READ ? "read-only" : "PROT_NONE",
				   (size_t)(pr->write.first - p->region->base) / page);
	if (pr->read.wrong)
		return bench_wrong(b,
				   "WRONG PERMISSION: %zu of %zu pages could %sbe read while %s, "
				   "the first is page %zu",
				   pr->read.wrong, pr->read.tried,
				   p->prot == PROT_READ ? "not " : "",
				   p->prot == PROT_READ ? "read-only" : "PROT_NONE",
				   (size_t)(pr->read.first - p->region->base) / page);
	return 0;
}

int protection_prove(struct bench *b, struct protection *p)
{
	int rc = check_probes(b, p);

	if (!rc)
		rc = write_and_check(b, p, STAGE_TIMED);
	if (!rc)
		rc = toggle_parts(b, p);
	if (!rc)
		rc = check_probes(b, p);
	if (!rc)
		rc = write_and_check(b, p, STAGE_PARTS);
	if (!rc)
		rc = toggle_warm(b, p);
	if (!rc)
		rc = check_stores(b, p);
	if (!rc)
		rc = probe_all(b, p);
	if (!rc)
		rc = check_probes(b, p);
	/* what could be written while it must not be is damaged now; all must be as written */
	if (!rc)
		rc = check_child(b, p, STAGE_PARTS);
	return rc ? rc : check_contents(b, p, STAGE_PARTS);
}
