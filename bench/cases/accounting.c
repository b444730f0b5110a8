// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * accounting: what the kernel tells users about memory that two processes share: Pss, USS,
 * mapmax, the "mapped exclusively" bit of pagemap, kpagecount. With a mapcount for each page it
 * knows; with CONFIG_NO_PAGE_MAPCOUNT it estimates for large folios that are shared in part.
 *
 * Timed: reading the region's record of smaps, once. What is so is worked out from
 * where both processes have each page. That the figures differ from it is the result,
 * not a condition; a sample is refused where they contradict each other.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/accounts.h"
#include "bench/child.h"
#include "bench/kconfig.h"
#include "bench/mapped.h"
#include "bench/region.h"
#include "lib/cleanup.h"
#include "lib/fs.h"

enum share { SHARE_PRIVATE, SHARE_ALL, SHARE_HALF, SHARE_ONE };

static const char *const shares[] = { "private", "shared", "half", "one", NULL };

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO("4K,64K,2M,2M-pmd"),
	REGION_PARAM_SIZE("4M"),
	{
		.name = "share",
		.type = PARAM_ENUM,
		.help = "what of each folio a child has too: nothing, all, the first half, one "
			"page",
		.defaults = "private,shared,half",
		.choices = shares,
	},
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "reading the region's smaps, per page" },
	{ "errors", "count", BETTER_LOWER, true,
	  "figures that are not exact, of up to 6 for each of the two processes" },
	{ "pss_error", "kB", BETTER_LOWER, false, "Pss of the parent, off by" },
	{ "uss_error", "kB", BETTER_LOWER, false, "USS of the parent (Private_*), off by" },
	{ "pss_sum_error", "kB", BETTER_LOWER, false,
	  "Pss of parent and child together, off by: should be the memory in use" },
	{ "exclusive_wrong", "share", BETTER_LOWER, false,
	  "the parent's pages whose bit 56 in pagemap is wrong" },
	{ "kpagecount_wrong", "share", BETTER_LOWER, false,
	  "the parent's pages whose kpagecount is wrong" },
	{ "mapmax_error", "count", BETTER_LOWER, false, "mapmax of the parent, off by" },
	{ "huge_error", "kB", BETTER_LOWER, false,
	  "AnonHugePages of the parent, off what PAGEMAP_SCAN finds by" },
	{ "rss", "kB", BETTER_NEITHER, false, "Rss of the parent" },
	{ "pss", "kB", BETTER_NEITHER, false, "Pss of the parent, as said" },
	{ "uss", "kB", BETTER_NEITHER, false, "USS of the parent, as said" },
	{ "mapmax", "count", BETTER_NEITHER, false, "mapmax of the parent, as said" },
	{ "huge", "kB", BETTER_NEITHER, false, "AnonHugePages of the parent, as said" },
	{ 0 },
};

/* One of the two processes. */
struct view {
	const char *name;
	pid_t pid;		       /* 0: this one */
	const uint64_t *entry, *other; /* its pagemap, the other's */
	struct accounts is, said;
	size_t exclusive_wrong, counts_wrong;
	bool scanned; /* is.huge_kb is known */
};

struct accounting {
	struct family family; /* first: family_teardown() takes this for one */
	enum share share;
	size_t unit, keep;		 /* the child keeps the first KEEP pages of each UNIT */
	uint64_t *here, *there, *counts; /* pagemap of both, kpagecount */
	char config[32];

	/* the record that is timed */
	struct strbuf text; /* all of smaps, to find it */
	int fd;
	char *record;
	size_t record_len;
	ssize_t got;
};

static int accounting_setup(struct bench *b)
{
	struct accounting *a = xcalloc(1, sizeof(*a));
	struct region *r = &a->family.region;
	int rc;

	b->state = a;
	a->fd = -1;
	a->family.child = (struct child)CHILD_NONE;
	rc = region_setup_params(b, r);
	if (rc)
		return rc;
	a->share = (enum share)param_num(b->params, "share");
	a->unit = r->folio_pages > 1 ? r->folio_pages : 2;
	a->keep = a->share == SHARE_ALL	   ? a->unit
		  : a->share == SHARE_HALF ? a->unit / 2
		  : a->share == SHARE_ONE  ? 1
					   : 0;
	if (a->share == SHARE_ONE && r->folio_pages == 1)
		return bench_skip(b,
				  "a single page is shared as a whole: share=shared or share=half "
				  "(every second page)");
	if (!r->frames)
		bench_lacks(b, "not compared: /proc/kpagecount");
	a->here = xcalloc(r->pages, sizeof(*a->here));
	a->there = xcalloc(r->pages, sizeof(*a->there));
	a->counts = xcalloc(r->pages, sizeof(*a->counts));
	kconfig("CONFIG_NO_PAGE_MAPCOUNT", a->config, sizeof(a->config));
	return 0;
}

static void close_record(struct accounting *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

static void accounting_teardown(struct bench *b)
{
	struct accounting *a = b->state;

	if (!a)
		return;
	close_record(a);
	strbuf_release(&a->text);
	free(a->record);
	free(a->here);
	free(a->there);
	free(a->counts);
	family_teardown(b);
}

/* In the child: of each ARG >> 32 pages, those behind the first (uint32_t)ARG are given back. */
static uint64_t give_back(const struct region *r, uint64_t arg)
{
	size_t unit = arg >> 32, keep = (uint32_t)arg;

	for (size_t i = 0; i < r->pages; i += unit) {
		if (madvise(r->base + (i + keep) * r->page, (unit - keep) * r->page, MADV_DONTNEED))
			return (uint64_t)errno;
	}
	return 0;
}

/* In the child: how many pages have not what they should, marks or zeroes. It fills the holes. */
static uint64_t wrong_contents(const struct region *r, uint64_t arg)
{
	size_t unit = arg >> 32, keep = (uint32_t)arg;
	uint64_t wrong = 0;

	for (size_t i = 0; i < r->pages; i++) {
		const volatile uint64_t *page = (const volatile uint64_t *)(r->base + i * r->page);

		if (i % unit < keep)
			wrong += !region_page_is(r, i, r->base + i * r->page, REGION_OLD);
		else
			wrong += *page || *region_byte(r, i);
	}
	return wrong;
}

static uint64_t what_is_kept(const struct accounting *a)
{
	return (uint64_t)a->unit << 32 | a->keep;
}

/*
 * Opens smaps and puts its offset where the region's record begins: seek makes the
 * kernel walk the records before it, so that a read for as many bytes as it has makes that one
 * record and no other. Where it begins is looked up in the text; what we allocate for that
 * may move it, thus the second try.
 */
static int open_record(struct bench *b, struct accounting *a)
{
	const struct region *r = &a->family.region;
	char start[24], peek[24];
	struct error e;
	long at;

	close_record(a);
	a->fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	if (a->fd < 0)
		return bench_fail(b, errno, "/proc/self/smaps: %s", strerror(errno));
	snprintf(start, sizeof(start), "%08" PRIxPTR "-", (uintptr_t)r->base);
	for (int tries = 0; tries < 3; tries++) {
		int rc;

		strbuf_reset(&a->text);
		rc = fs_read("/proc/self/smaps", &a->text, &e);
		if (rc)
			return bench_fail(b, rc, "%s", e.msg);
		at = accounts_record(strbuf_str(&a->text), (uintptr_t)r->base, &a->record_len);
		if (at < 0)
			return bench_fail(b, EIO, "the memory is not in /proc/self/smaps");
		a->record = xrealloc(a->record, a->record_len + 1);
		memset(a->record, 0, a->record_len + 1);
		if (pread(a->fd, peek, strlen(start), at) == (ssize_t)strlen(start) &&
		    !memcmp(peek, start, strlen(start)) && lseek(a->fd, at, SEEK_SET) == at)
			return 0;
	}
	return bench_refuse(b, "/proc/self/smaps does not keep still");
}

static int accounting_prepare(struct bench *b)
{
	struct accounting *a = b->state;
	uint64_t answer = 0;
	struct error e;
	int rc = family_prepare(b);

	if (!rc && a->share != SHARE_PRIVATE)
		rc = family_fork(b);
	if (rc)
		return rc;
	if (a->share == SHARE_HALF || a->share == SHARE_ONE) {
		rc = child_call(&a->family.child, give_back, what_is_kept(a), &answer, &e);
		if (rc)
			return bench_fail(b, rc, "%s", e.msg);
		if (answer)
			return bench_fail(b, (int)answer, "MADV_DONTNEED in the child: %s",
					  strerror((int)answer));
	}
	return open_record(b, a);
}

static void accounting_run(struct bench *b)
{
	struct accounting *a = b->state;

	a->got = read(a->fd, a->record, a->record_len);
}

/* Fills V with what is so and what the kernel says. */
static int look(struct bench *b, const struct accounting *a, struct view *v)
{
	const struct region *r = &a->family.region;
	struct error e;
	int rc;

	accounts_exact(v->entry, v->other, r->pages, r->page, &v->is);
	rc = accounts_said(v->pid, r->base, r->size, &v->said, &e);
	if (!rc && r->frames)
		rc = mapped_times(v->entry, r->pages, a->counts, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (r->frames)
		v->counts_wrong = accounts_counts_wrong(v->entry, v->other, a->counts, r->pages);
	v->exclusive_wrong = accounts_exclusive_wrong(v->entry, v->other, r->pages);
	rc = accounts_huge(v->pid, r->base, r->size, &v->is.huge_kb, &e);
	v->scanned = !rc;
	return rc && rc != -ENOTTY && rc != -EINVAL ? bench_fail(b, rc, "%s", e.msg) : 0;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static unsigned int errors_of(const struct view *v)
{
	return (v->said.pss_kb != v->is.pss_kb) + (v->said.private_kb != v->is.private_kb) +
	       (v->said.mapmax && v->said.mapmax != v->is.mapmax) + (v->exclusive_wrong > 0) +
	       (v->counts_wrong > 0) + (v->scanned && v->said.huge_kb != v->is.huge_kb);
}

/* Figures that no way of counting mappings can explain. PAGES: how many V should have. */
static int contradictions(struct bench *b, const struct region *r, const struct view *v,
			  size_t pages)
{
	const struct accounts *s = &v->said;
	uint64_t kb = pages * r->page / 1024;

	if (v->is.rss_kb != kb)
		return bench_refuse(b,
				    "the %s has %" PRIu64 " kB of the memory instead of %" PRIu64,
				    v->name, v->is.rss_kb, kb);
	if (s->rss_kb != kb || s->anon_kb != kb)
		return bench_refuse(b,
				    "Rss of the %s is %" PRIu64 " kB, Anonymous %" PRIu64
				    " kB, it has %" PRIu64,
				    v->name, s->rss_kb, s->anon_kb, kb);
	if (s->private_kb + s->shared_kb != s->rss_kb)
		return bench_refuse(b,
				    "Private %" PRIu64 " kB and Shared %" PRIu64
				    " kB of the %s are not its Rss, %" PRIu64,
				    s->private_kb, s->shared_kb, v->name, s->rss_kb);
	if (s->pss_kb > s->rss_kb || 2 * s->pss_kb < s->rss_kb)
		return bench_refuse(b,
				    "Pss of the %s is %" PRIu64 " kB with Rss %" PRIu64
				    " and no more than two processes",
				    v->name, s->pss_kb, s->rss_kb);
	return 0;
}

static void report_parent(struct bench *b, const struct region *r, const struct view *v)
{
	double pages = (double)r->pages;

	bench_value(b, "pss_error", (double)apart(v->said.pss_kb, v->is.pss_kb));
	bench_value(b, "uss_error", (double)apart(v->said.private_kb, v->is.private_kb));
	bench_value(b, "exclusive_wrong", (double)v->exclusive_wrong / pages);
	if (r->frames)
		bench_value(b, "kpagecount_wrong", (double)v->counts_wrong / pages);
	bench_value(b, "rss", (double)v->said.rss_kb);
	bench_value(b, "pss", (double)v->said.pss_kb);
	bench_value(b, "uss", (double)v->said.private_kb);
	bench_value(b, "huge", (double)v->said.huge_kb);
	if (v->scanned)
		bench_value(b, "huge_error", (double)apart(v->said.huge_kb, v->is.huge_kb));
	if (v->said.mapmax) {
		bench_value(b, "mapmax", (double)v->said.mapmax);
		bench_value(b, "mapmax_error", (double)apart(v->said.mapmax, v->is.mapmax));
	}
}

static void record_fact(struct bench *b, const struct view *v, const char *what, uint64_t value)
{
	char *name __free = xasprintf("%s_%s", v->name, what);

	bench_evidence_int(b, name, (long long)value);
}

/* What is so goes into the record beside what was said. */
static void record_view(struct bench *b, const struct view *v)
{
	record_fact(b, v, "pss_exact_kb", v->is.pss_kb);
	record_fact(b, v, "pss_kb", v->said.pss_kb);
	record_fact(b, v, "uss_exact_kb", v->is.private_kb);
	record_fact(b, v, "uss_kb", v->said.private_kb);
	record_fact(b, v, "mapmax_exact", v->is.mapmax);
	if (v->said.mapmax)
		record_fact(b, v, "mapmax", v->said.mapmax);
	if (v->scanned)
		record_fact(b, v, "huge_exact_kb", v->is.huge_kb);
	record_fact(b, v, "huge_kb", v->said.huge_kb);
	record_fact(b, v, "exclusive_wrong", v->exclusive_wrong);
	record_fact(b, v, "kpagecount_wrong", v->counts_wrong);
}

/* The memory is as it was arranged, by frames and by contents. Ends the child. */
static int verify(struct bench *b, struct accounting *a)
{
	struct region *r = &a->family.region;
	uint64_t wrong = 0;
	struct error e;
	double whole;
	size_t mine;
	int rc = region_look(r, 0, &e);

	if (!rc)
		rc = region_whole_now(r, &whole, &e);
	if (!rc && a->share != SHARE_PRIVATE)
		rc = child_call(&a->family.child, wrong_contents, what_is_kept(a), &wrong, &e);
	if (!rc)
		rc = child_close(&a->family.child, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	mine = region_inexact(r, REGION_OLD);
	if (wrong || mine)
		return bench_wrong(b,
				   "WRONG CONTENTS in %zu of %zu pages, %" PRIu64 " in the child",
				   mine, r->pages, wrong);
	if (r->frames && evidence_same(r->pfn, r->now, r->pages) != r->pages)
		return bench_refuse(b, "pages of the parent moved");
	if (whole < REGION_MIN_SHARE)
		return bench_refuse(b, "only %.1f%% of the pages are still in whole folios",
				    100 * whole);
	return 0;
}

/* What was timed is the record of this memory, whole, and nothing else. */
static int verify_record(struct bench *b, const struct accounting *a, const struct accounts *said)
{
	const struct region *r = &a->family.region;
	struct accounts timed;
	unsigned int vmas;

	accounts_parse(a->record, NULL, (uintptr_t)r->base, r->size, &timed, &vmas);
	if (a->got != (ssize_t)a->record_len || vmas != 1 || timed.rss_kb != said->rss_kb ||
	    timed.pss_kb != said->pss_kb || timed.private_kb != said->private_kb)
		return bench_refuse(b,
				    "the timed read gave %zd of %zu bytes, Rss %" PRIu64
				    " and Pss %" PRIu64 " kB, not the record of the memory",
				    a->got, a->record_len, timed.rss_kb, timed.pss_kb);
	return 0;
}

static int accounting_check(struct bench *b)
{
	struct accounting *a = b->state;
	const struct region *r = &a->family.region;
	const bool alone = a->share == SHARE_PRIVATE;
	struct view parent = { .name = "parent", .entry = a->here };
	struct view child = { .name = "child", .entry = a->there, .other = a->here };
	struct error e;
	int rc = evidence_pagemap(0, r->base, r->pages, r->page, a->here, &e);

	close_record(a);
	child.pid = a->family.child.pid;
	if (!alone)
		parent.other = a->there;
	if (!rc && !alone)
		rc = evidence_pagemap(child.pid, r->base, r->pages, r->page, a->there, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	rc = look(b, a, &parent);
	if (!rc && !alone)
		rc = look(b, a, &child);
	if (rc)
		return rc;
	bench_evidence_str(b, "no_page_mapcount", a->config);
	report_parent(b, r, &parent);
	record_view(b, &parent);
	if (!alone)
		record_view(b, &child);
	bench_value(b, "errors", errors_of(&parent) + errors_of(&child));
	bench_value(b, "pss_sum_error",
		    (double)apart(parent.said.pss_kb + child.said.pss_kb,
				  parent.is.pss_kb + child.is.pss_kb));
	rc = verify(b, a);
	if (!rc)
		rc = contradictions(b, r, &parent, r->pages);
	if (!rc && !alone)
		rc = contradictions(b, r, &child, r->pages / a->unit * a->keep);
	if (!rc && parent.is.shared_kb != child.is.rss_kb)
		rc = bench_refuse(b,
				  "parent and child share %" PRIu64 " kB, the child has %" PRIu64,
				  parent.is.shared_kb, child.is.rss_kb);
	return rc ? rc : verify_record(b, a, &parent.said);
}

const struct bench_case case_accounting = {
	.name = "accounting",
	.summary = "what smaps, numa_maps and pagemap say of memory that is shared in part",
	.params = params,
	.metrics = metrics,
	.setup = accounting_setup,
	.prepare = accounting_prepare,
	.run = accounting_run,
	.check = accounting_check,
	.teardown = accounting_teardown,
};
