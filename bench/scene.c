// SPDX-License-Identifier: GPL-2.0-or-later
/* A region, who shares it, and the proof that nobody saw too much; see scene.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/scene.h"
#include "lib/cleanup.h"
#include "lib/memory.h"
#include "lib/strbuf.h"

/* ---- what children are asked to do; ARG is the address of the scene ---- */

static const struct scene *scene_of(uint64_t arg)
{
	return (const struct scene *)(uintptr_t)arg;
}

static uint64_t do_fill_pipes(const struct region *r, uint64_t arg)
{
	return (uint64_t)hold_fill_pipes(&scene_of(arg)->hold, r);
}

static uint64_t do_read(const struct region *r, uint64_t arg)
{
	layout_read(&scene_of(arg)->hold.layout, r);
	return 0;
}

/* Of what the layout has of each folio, the pages behind those of the half. */
static uint64_t do_unmap_half(const struct region *r, uint64_t arg)
{
	const struct layout *half = &scene_of(arg)->half;
	const struct layout *all = &scene_of(arg)->hold.layout;
	size_t end = half->group > all->group ? half->group : all->end;

	for (size_t k = 0; k < r->pages; k += half->group) {
		char *start = layout_page(all, r, k + half->end - 1) + r->page;

		if (half->end == all->moved)
			start = layout_page(all, r, k + half->end);
		if (end > half->end && madvise(start, (end - half->end) * r->page, MADV_DONTNEED))
			return (uint64_t)errno;
	}
	return 0;
}

static uint64_t do_wrong_old(const struct region *r, uint64_t arg)
{
	return layout_wrong(&scene_of(arg)->hold.layout, r, REGION_OLD);
}

static uint64_t do_wrong_new(const struct region *r, uint64_t arg)
{
	return layout_wrong(&scene_of(arg)->hold.layout, r, REGION_NEW);
}

static uint64_t do_wrong_half(const struct region *r, uint64_t arg)
{
	return layout_wrong(&scene_of(arg)->half, r, REGION_OLD);
}

/* The child's own: what its last write cost. */
static uint64_t write_faults;

static uint64_t timed_write(const struct region *r, const struct layout *l, bool spare)
{
	struct region none = *r;
	uint64_t faults, start, end;

	/* a child's page tables have no code yet: fault it in ahead of the clock */
	none.pages = 0;
	layout_write(l, &none, spare);
	bench_clock();
	evidence_faults();
	faults = evidence_faults();
	start = bench_clock();
	span_begin(SPAN_LAP);
	layout_write(l, r, spare);
	span_end(SPAN_LAP);
	end = bench_clock();
	write_faults = evidence_faults() - faults;
	return end - start;
}

static uint64_t do_write(const struct region *r, uint64_t arg)
{
	return timed_write(r, &scene_of(arg)->hold.layout, false);
}

static uint64_t do_write_spare(const struct region *r, uint64_t arg)
{
	return timed_write(r, &scene_of(arg)->hold.layout, true);
}

static uint64_t tell_faults(const struct region *r, uint64_t arg)
{
	(void)r;
	(void)arg;
	return write_faults;
}

/* ---- setting up ---- */

int scene_setup(struct bench *b, struct scene *sc, const struct cast *cast, uint64_t size)
{
	struct region_spec spec = { .size = size };
	struct layout *half = &sc->half;
	int rc;

	sc->cast = cast;
	siblings_init(&sc->kids);
	region_spec_folio(b, &spec);
	rc = region_setup(b, &sc->region, &spec);
	if (rc)
		return rc;
	/* fork() copies what is pinned for each child */
	if (cast->hold == HOLD_GUP_PIN && memory_available() / (cast->children + 2) < size)
		return bench_skip(b, "%zu copies of pinned memory may not fit: take a smaller size",
				  cast->children);
	rc = hold_setup(b, &sc->hold, cast->hold, &sc->region);
	if (rc)
		return rc;
	*half = sc->hold.layout;
	if (half->group == 1)
		half->group = half->end = half->moved = 2;
	half->end = half->first + (half->end - half->first + 1) / 2;
	return 0;
}

void scene_release(struct scene *sc)
{
	siblings_close(&sc->kids, NULL);
	hold_release(&sc->hold);
	region_release(&sc->region);
}

int scene_close(struct scene *sc, struct error *e)
{
	hold_drop(&sc->hold);
	return siblings_close(&sc->kids, e);
}

/* The writer's process, as evidence_pfns() wants it: 0 is this one. */
static pid_t writer_of(const struct scene *sc)
{
	int writer = sc->cast->writer;

	return writer == CAST_PARENT ? 0 : sc->kids.child[writer].pid;
}

/* Child I does FN, which answers an errno, about the scene. */
static int ask(struct scene *sc, size_t i, child_fn *fn, const char *what, struct error *e)
{
	uint64_t answer = 0;
	int rc = child_call(&sc->kids.child[i], fn, (uintptr_t)sc, &answer, e);

	if (!rc && answer)
		rc = error_sys(e, (int)answer, "a child: %s", what);
	return rc;
}

/* What is to be done while all share the pages. */
static int while_shared(struct scene *sc, struct error *e)
{
	int writer = sc->cast->writer, rc = 0;

	/* the reference is that of somebody who leaves */
	if (sc->hold.kind == HOLD_PIPE && writer == CAST_PARENT)
		rc = ask(sc, 0, do_fill_pipes, "vmsplice", e);
	else if (sc->hold.kind == HOLD_PIPE)
		rc = hold_fill_pipes(&sc->hold, &sc->region);
	if (rc > 0)
		rc = error_sys(e, rc, "vmsplice");
	if (rc || sc->hold.kind != HOLD_SWAPCACHE)
		return rc;
	if (writer != CAST_PARENT)
		return ask(sc, (size_t)writer, do_read, "reading", e);
	layout_read(&sc->hold.layout, &sc->region);
	return 0;
}

/* How many pages the first child has where the parent has them: a fact for the record. */
static int record_shared(struct bench *b, struct scene *sc, struct error *e)
{
	const struct layout *l = &sc->hold.layout;
	struct region *r = &sc->region;
	int rc;

	/* those that are swapped out are not faulted in by everybody */
	if (!r->frames || sc->hold.kind == HOLD_SWAPCACHE)
		return 0;
	rc = layout_frames(l, r, 0, r->pfn, e);
	if (!rc)
		rc = layout_frames(l, r, sc->kids.child[0].pid, r->now, e);
	if (!rc)
		bench_evidence_int(b, "pages_shared",
				   (long long)evidence_same(r->pfn, r->now, r->pages));
	return rc;
}

static int everybody_leaves(struct scene *sc, struct error *e)
{
	const struct cast *c = sc->cast;
	int rc = 0;

	if (c->writer != CAST_PARENT && !c->parent_stays) {
		rc = siblings_unmap(&sc->region, sc->hold.layout.shift);
		if (rc)
			return error_sys(e, rc, "unmapping");
	}
	for (size_t k = 0; k < c->n_leaving && !rc; k++) {
		size_t i = c->leaving[k];

		if (c->halves[i])
			rc = ask(sc, i, do_unmap_half, "unmapping half", e);
		else
			rc = siblings_leave(&sc->kids, i, c->how, sc->hold.layout.shift, e);
	}
	return rc;
}

/* Where the pages are and what the kernel counted, just ahead of the write. */
static int look_before(struct bench *b, struct scene *sc, struct error *e)
{
	struct region *r = &sc->region;
	int rc = evidence_counts(r->folio, &r->ready, e);

	if (rc || !r->frames)
		return rc;
	rc = layout_frames(&sc->hold.layout, r, writer_of(sc), r->pfn, e);
	if (!rc)
		rc = evidence_flags(r->pfn, r->pages, r->folio_pages, r->flags, r->after, e);
	return rc ? rc : hold_prove(b, &sc->hold, r);
}

int scene_open(struct bench *b, struct scene *sc)
{
	struct error e;
	int rc = scene_close(sc, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	rc = region_populate(b, &sc->region);
	if (!rc)
		rc = hold_take(b, &sc->hold, &sc->region);
	if (rc)
		return rc;
	rc = siblings_fork(&sc->kids, &sc->region, sc->cast->children, &e);
	if (!rc)
		rc = while_shared(sc, &e);
	if (!rc)
		rc = record_shared(b, sc, &e);
	if (!rc)
		rc = everybody_leaves(sc, &e);
	if (!rc)
		rc = look_before(b, sc, &e);
	if (rc < 0)
		return bench_fail(b, rc, "%s", e.msg);
	if (sc->hold.kind != HOLD_LRU_BATCH)
		region_settle(&sc->region);
	return rc;
}

int scene_child_writes(struct scene *sc, bool spare, struct scene_write *w, struct error *e)
{
	struct child *c = &sc->kids.child[sc->cast->writer];
	int rc = child_call(c, spare ? do_write_spare : do_write, (uintptr_t)sc, &w->ticks, e);

	return rc ? rc : child_call(c, tell_faults, 0, &w->faults, e);
}

/* ---- proof ---- */

/* Somebody but the writer: what they have of each folio, and who they are. */
struct witness {
	const char *name;
	pid_t pid;
	size_t child; /* unless pid is 0 */
	const struct layout *layout;
	child_fn *wrong;
};

/* The I-th of the parent (0) and the children; false if they map nothing, or write. */
static bool witness(const struct scene *sc, size_t i, struct witness *w)
{
	const struct cast *c = sc->cast;

	memset(w, 0, sizeof(*w));
	w->name = i ? "a child" : "the parent";
	w->layout = &sc->hold.layout;
	w->wrong = do_wrong_old;
	if (!i)
		return c->parent_stays;
	w->child = i - 1;
	w->pid = sc->kids.child[w->child].pid;
	if (c->halves[w->child]) {
		w->layout = &sc->half;
		w->wrong = do_wrong_half;
	}
	return c->stays[w->child] || c->halves[w->child];
}

/* *SAME := pages that W has at the frame where the writer has them. */
static int count_same(struct bench *b, struct scene *sc, const struct witness *w, size_t *same)
{
	const struct region *r = &sc->region;
	uint64_t *theirs __free = xcalloc(r->pages, sizeof(*theirs));
	struct error e;
	int rc;

	*same = 0;
	if (!r->frames)
		return 0;
	rc = layout_frames(w->layout, r, w->pid, theirs, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	*same = evidence_same(theirs, r->now, r->pages);
	return 0;
}

static int check_contents(struct bench *b, struct scene *sc, const struct witness *w)
{
	uint64_t wrong = 0;
	struct error e;
	int rc = 0;

	if (!w->pid)
		wrong = layout_wrong(w->layout, &sc->region, REGION_OLD);
	else
		rc = child_call(&sc->kids.child[w->child], w->wrong, (uintptr_t)sc, &wrong, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (wrong)
		return bench_wrong(b,
				   "WRONG CONTENTS: %s, which did not write, sees %llu of %zu "
				   "pages changed",
				   w->name, (unsigned long long)wrong,
				   layout_pages(w->layout, &sc->region));
	return 0;
}

static int check_writer(struct bench *b, struct scene *sc)
{
	int writer = sc->cast->writer;
	uint64_t wrong = 0;
	struct error e;
	int rc = 0;

	if (writer == CAST_PARENT)
		wrong = layout_wrong(&sc->hold.layout, &sc->region, REGION_NEW);
	else
		rc = child_call(&sc->kids.child[writer], do_wrong_new, (uintptr_t)sc, &wrong, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (!wrong)
		return 0;
	return bench_wrong(b, "WRONG CONTENTS in %llu of %zu pages of the writer",
			   (unsigned long long)wrong, layout_pages(&sc->hold.layout, &sc->region));
}

/* Pins of the writer see its writes: the pages are where they were. Others see none. */
static int check_hold(struct bench *b, struct scene *sc, bool all_written)
{
	const struct region *r = &sc->region;
	bool own = sc->hold.kind == HOLD_GUP_PIN && sc->cast->writer == CAST_PARENT;
	size_t wrong, seen, moved = 0;
	struct error e;
	int rc;

	for (size_t i = 0; own && i < r->pages; i++)
		moved += r->now[i] != r->pfn[i];
	if (own && !all_written)
		return 0;
	rc = hold_wrong(&sc->hold, r, own ? REGION_NEW : REGION_OLD, &wrong, &seen, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (seen)
		bench_evidence_int(b, "pages_seen_through_hold", (long long)seen);
	if (!wrong && moved)
		return bench_wrong(b, "WRONG: %zu of %zu pinned pages are at another frame", moved,
				   r->pages);
	if (!wrong)
		return 0;
	if (own)
		return bench_wrong(b,
				   "WRONG CONTENTS: the pin does not see the write in %zu of "
				   "%zu pages",
				   wrong, seen);
	return bench_wrong(b, "WRONG CONTENTS: who holds pages by %s sees %zu of %zu change",
			   hold_names[sc->hold.kind], wrong, seen);
}

static int check_witnesses(struct bench *b, struct scene *sc, bool all_written)
{
	size_t same[1 + SIBLINGS_MAX] = { 0 }, n = 1 + sc->cast->children;
	struct witness w;
	int rc = 0;

	/* frames first: who looks at a page that is swapped out gets another one */
	for (size_t i = 0; i < n && !rc && all_written; i++) {
		if (witness(sc, i, &w))
			rc = count_same(b, sc, &w, &same[i]);
	}
	for (size_t i = 0; i < n && !rc; i++) {
		if (witness(sc, i, &w))
			rc = check_contents(b, sc, &w);
		if (!rc && same[i])
			rc = bench_wrong(
				b, "WRONG: %zu pages were written in place though %s maps them",
				same[i], w.name);
	}
	return rc;
}

int scene_check(struct bench *b, struct scene *sc, bool all_written)
{
	struct region *r = &sc->region;
	struct error e;
	int rc = 0;

	if (r->frames)
		rc = layout_frames(&sc->hold.layout, r, writer_of(sc), r->now, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	rc = check_witnesses(b, sc, all_written);
	if (!rc && all_written)
		rc = check_writer(b, sc);
	return rc ? rc : check_hold(b, sc, all_written);
}

int scene_footprint(struct scene *sc, uint64_t *charged, uint64_t *mapped, struct error *e)
{
	const struct region *r = &sc->region;
	size_t who = 2 + sc->cast->children; /* writer, parent, children */
	uint64_t *frames __free = xcalloc(who * r->pages, sizeof(*frames));
	size_t n = r->pages;

	memcpy(frames, r->now, r->pages * sizeof(*frames));
	for (size_t i = 0; i <= sc->cast->children; i++) {
		struct witness w;
		int rc;

		if (!witness(sc, i, &w))
			continue;
		rc = layout_frames(w.layout, r, w.pid, frames + n, e);
		if (rc)
			return rc;
		n += r->pages;
	}
	return evidence_footprint(frames, n, r->page, charged, mapped, e);
}
