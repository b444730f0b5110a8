// SPDX-License-Identifier: GPL-2.0-or-later
/* What holds pages besides page tables, or takes part of each folio away; see hold.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/hold.h"
#include "bench/swap.h"
#include "lib/cleanup.h"
#include "lib/memory.h"
#include "lib/strbuf.h"

/* So many pages are put into the LRU batch. It takes 31 (15 once), and what fork() and a
 * child fault in goes into it as well; when it is full it is emptied. */
#define BATCH_PAGES 4

const char *const hold_names[] = {
	[HOLD_NONE] = "none",
	[HOLD_GUP_PIN] = "gup-pin",
	[HOLD_PIPE] = "pipe",
	[HOLD_SWAPCACHE] = "swapcache",
	[HOLD_LRU_BATCH] = "lru-batch",
	[HOLD_MREMAP_SPLIT] = "mremap-split",
	[HOLD_PARTIAL_UNMAP] = "partial-unmap",
	[HOLD_ONE_PAGE_LEFT] = "one-page-left",
	NULL,
};

static bool parts_folios(enum hold_kind kind)
{
	return kind == HOLD_MREMAP_SPLIT || kind == HOLD_PARTIAL_UNMAP ||
	       kind == HOLD_ONE_PAGE_LEFT;
}

static void set_layout(struct hold *h, const struct region *r)
{
	struct layout *l = &h->layout;

	layout_whole(r, l);
	if (!parts_folios(h->kind))
		return;
	if (l->group == 1)
		l->group = 2;
	l->end = l->group;
	l->moved = l->group;
	if (h->kind == HOLD_MREMAP_SPLIT) {
		l->moved = l->group / 2;
	} else if (h->kind == HOLD_PARTIAL_UNMAP) {
		l->end = l->group / 2;
	} else {
		l->first = l->group / 2;
		l->end = l->first + 1;
	}
}

static size_t groups(const struct hold *h, const struct region *r)
{
	return r->pages / h->layout.group;
}

static int setup_pins(struct bench *b, struct hold *h, const struct region *r)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	struct error e;
	int rc = pins_open(&h->pins, &e);

	if (rc == -ENOSYS || rc == -EPERM || rc == -EACCES)
		return bench_skip(b,
				  "hold=gup-pin pins by io_uring, which is not to be had here "
				  "(%s; CONFIG_IO_URING? kernel.io_uring_disabled?)",
				  e.msg);
	if (rc == -ENOMEM)
		return bench_skip(b, "hold=gup-pin: %s (ulimit -l?)", e.msg);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	/* root may pin whatever it wants */
	if (geteuid() && !getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur <= r->size)
		return bench_skip(b,
				  "hold=gup-pin: this user may pin %llu kB (ulimit -l), take a "
				  "smaller size",
				  (unsigned long long)limit.rlim_cur / 1024);
	return 0;
}

/* A trial; each sample makes its own. */
static int setup_pipes(struct bench *b, struct hold *h, const struct region *r)
{
	struct error e;
	int rc = piperefs_open(&h->refs, groups(h, r), r->page, &e);

	piperefs_close(&h->refs);
	if (rc == -ENOSPC || rc == -EMFILE)
		return bench_skip(b, "hold=%s: %s: take larger folios or a smaller size",
				  hold_names[h->kind], e.msg);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

static int setup_elsewhere(struct bench *b, struct hold *h, const struct region *r)
{
	uintptr_t start;
	/* each part that is moved is one, and so is the hole behind it */
	int rc = region_check_vmas(b, "hold=mremap-split", 2 * groups(h, r));

	if (rc)
		return rc;
	h->elsewhere_size = r->size + REGION_ALIGN;
	h->elsewhere = mmap(NULL, h->elsewhere_size, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (h->elsewhere == MAP_FAILED) {
		h->elsewhere = NULL;
		return bench_fail(b, errno, "mmap: %s", strerror(errno));
	}
	start = ((uintptr_t)h->elsewhere + REGION_ALIGN - 1) & ~(uintptr_t)(REGION_ALIGN - 1);
	h->layout.shift = (ptrdiff_t)(start - (uintptr_t)r->base);
	return 0;
}

int hold_setup(struct bench *b, struct hold *h, enum hold_kind kind, const struct region *r)
{
	memset(h, 0, sizeof(*h));
	h->kind = kind;
	set_layout(h, r);
	if (r->pmd_mapped && (parts_folios(kind) || kind == HOLD_SWAPCACHE))
		return bench_skip(b, "hold=%s leaves no PMD mapping: take folio=2M",
				  hold_names[kind]);
	if (kind == HOLD_LRU_BATCH && r->folio_pages > 1)
		return bench_skip(b, "hold=lru-batch: large folios are put on the LRU lists at "
				     "once: take folio=4K");
	if (kind == HOLD_GUP_PIN)
		return setup_pins(b, h, r);
	if (kind == HOLD_PIPE)
		return setup_pipes(b, h, r);
	return kind == HOLD_MREMAP_SPLIT ? setup_elsewhere(b, h, r) : 0;
}

void hold_drop(struct hold *h)
{
	pins_drop(&h->pins, NULL);
	piperefs_close(&h->refs);
}

void hold_release(struct hold *h)
{
	hold_drop(h);
	pins_close(&h->pins);
	if (h->elsewhere)
		munmap(h->elsewhere, h->elsewhere_size);
	h->elsewhere = NULL;
}

/* The page of a group that is put into pipes. */
static size_t held_page(const struct layout *l)
{
	return l->first + (l->end - l->first) / 2;
}

int hold_fill_pipes(const struct hold *h, const struct region *r)
{
	size_t held = held_page(&h->layout);

	for (size_t k = 0; k < groups(h, r); k++) {
		size_t i = k * h->layout.group + held;
		int err = piperefs_put(&h->refs, k, layout_page(&h->layout, r, i));

		if (err)
			return err;
	}
	return 0;
}

/* To a device that takes nothing (swapcache.h): out of page tables, but not out of memory. */
static int take_swapcache(struct bench *b, const struct region *r)
{
	size_t out = 0;
	struct error e;
	int rc = swap_out(r->base, r->size);

	if (rc)
		return bench_fail(b, rc, "MADV_PAGEOUT: %s", strerror(-rc));
	rc = evidence_pages(0, r->base, r->pages, r->page, PAGEMAP_SWAP, &out, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_int(b, "pages_swapped_out", (long long)out);
	if ((double)out < REGION_MIN_SHARE * (double)r->pages)
		return bench_refuse(b, "only %zu of %zu pages could be swapped out", out, r->pages);
	return 0;
}

/* The last pages are given back and come anew: new pages go into the batch. */
static int take_batch(struct bench *b, const struct region *r)
{
	size_t len = BATCH_PAGES * r->page;
	char *start = r->base + r->size - len;
	char *copy __free = xcalloc(1, len);

	memcpy(copy, start, len);
	if (madvise(start, len, MADV_DONTNEED))
		return bench_fail(b, errno, "MADV_DONTNEED: %s", strerror(errno));
	memcpy(start, copy, len);
	return 0;
}

static int move_part(const struct hold *h, const struct region *r, size_t group)
{
	size_t i = group * h->layout.group + h->layout.moved;
	size_t len = (h->layout.group - h->layout.moved) * r->page;
	char *from = r->base + i * r->page;

	/* the old addresses stay ours, or something else could be mapped there */
	return mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		      layout_page(&h->layout, r, i)) == MAP_FAILED
		       ? errno
		       : 0;
}

static int give_back(const struct region *r, size_t first, size_t end)
{
	if (first == end)
		return 0;
	return madvise(r->base + first * r->page, (end - first) * r->page, MADV_DONTNEED) ? errno
											  : 0;
}

static int take_parts(struct bench *b, struct hold *h, const struct region *r)
{
	const struct layout *l = &h->layout;
	int err = 0;

	/* what an earlier sample moved there */
	if (h->elsewhere &&
	    mmap(h->elsewhere, h->elsewhere_size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		err = errno;
	for (size_t k = 0; k < groups(h, r) && !err; k++) {
		size_t start = k * l->group;

		if (h->kind == HOLD_MREMAP_SPLIT)
			err = move_part(h, r, k);
		else
			err = give_back(r, start, start + l->first)
				      ?: give_back(r, start + l->end, start + l->group);
	}
	if (err)
		return bench_fail(b, err, "hold=%s: %s", hold_names[h->kind], strerror(err));
	return 0;
}

int hold_take(struct bench *b, struct hold *h, const struct region *r)
{
	struct error e;
	int rc = 0;

	hold_drop(h);
	switch (h->kind) {
	case HOLD_GUP_PIN:
		rc = pins_take(&h->pins, r->base, r->size, &e);
		break;
	case HOLD_PIPE:
		rc = piperefs_open(&h->refs, groups(h, r), r->page, &e);
		break;
	case HOLD_SWAPCACHE:
		return take_swapcache(b, r);
	case HOLD_LRU_BATCH:
		return take_batch(b, r);
	case HOLD_MREMAP_SPLIT:
	case HOLD_PARTIAL_UNMAP:
	case HOLD_ONE_PAGE_LEFT:
		return take_parts(b, h, r);
	case HOLD_NONE:
		break;
	}
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

int hold_prove(struct bench *b, const struct hold *h, const struct region *r)
{
	size_t cached = 0, batched = 0;

	for (size_t i = 0; i < r->pages; i++) {
		cached += (r->flags[i] & KPF_BIT_SWAPCACHE) != 0;
		batched += r->pfn[i] && !(r->flags[i] & KPF_BIT_LRU);
	}
	if (h->kind == HOLD_SWAPCACHE) {
		bench_evidence_int(b, "pages_in_swap_cache", (long long)cached);
		if ((double)cached < REGION_MIN_SHARE * (double)r->pages)
			return bench_refuse(b, "only %zu of %zu pages are in the swap cache",
					    cached, r->pages);
	}
	if (h->kind == HOLD_LRU_BATCH) {
		bench_evidence_int(b, "pages_in_lru_batch", (long long)batched);
		if (!batched)
			return bench_refuse(b, "no page is in an LRU batch when it is written");
	}
	return 0;
}

static int pins_wrong(struct hold *h, const struct region *r, unsigned char byte, size_t *wrong,
		      struct error *e)
{
	size_t len = PINS_READ_MAX > r->page ? PINS_READ_MAX : r->page;
	char *buf __free = xcalloc(1, len);

	for (size_t at = 0; at < r->size; at += len) {
		int rc = pins_read(&h->pins, at, buf, len, e);

		if (rc)
			return rc;
		for (size_t off = 0; off < len; off += r->page)
			*wrong += !region_page_is(r, (at + off) / r->page, buf + off, byte);
	}
	return 0;
}

static int pipes_wrong(struct hold *h, const struct region *r, unsigned char byte, size_t *wrong,
		       struct error *e)
{
	size_t held = held_page(&h->layout);
	char *buf __free = xcalloc(1, r->page);

	for (size_t k = 0; k < groups(h, r); k++) {
		int rc = piperefs_get(&h->refs, k, buf, e);

		if (rc)
			return rc;
		*wrong += !region_page_is(r, k * h->layout.group + held, buf, byte);
	}
	return 0;
}

int hold_wrong(struct hold *h, const struct region *r, unsigned char byte, size_t *wrong,
	       size_t *seen, struct error *e)
{
	*wrong = 0;
	*seen = 0;
	if (h->kind == HOLD_GUP_PIN) {
		*seen = r->pages;
		return pins_wrong(h, r, byte, wrong, e);
	}
	if (h->kind == HOLD_PIPE) {
		*seen = groups(h, r);
		return pipes_wrong(h, r, byte, wrong, e);
	}
	return 0;
}
