// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cow-reuse: fork, everybody but one leaves the memory, then that one writes a byte to
 * each page. The pages are its alone again: a kernel that sees it lets each page be written
 * where it is, another one copies it. Params arrange what must or need not be reused: who
 * leaves in which way and order, who stays, what else holds the pages (cast.h, hold.h).
 *
 * Whether pages are reused is the result, not a condition. That nobody sees a write that is
 * not theirs is one: whoever still maps the pages, a pin and a pipe are looked at, and what
 * they see wrongly is the kernel's error. Evidence that contradicts itself refuses.
 *
 * A second, untimed round on memory of its own writes all pages of each folio but the last
 * one, and compares what is charged then with what is mapped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/scene.h"
#include "bench/swapcache.h"
#include "lib/strbuf.h"

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO(REGION_FOLIOS_PMD),
	REGION_PARAM_SIZE("8M"),
	CAST_PARAMS,
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "a write to a page that others have left" },
	{ "reused", "share", BETTER_HIGHER, true, "pages that stayed at their frame" },
	{ "faults_per_page", "count", BETTER_LOWER, false, "minor faults, per page" },
	{ "faults_per_folio", "count", BETTER_LOWER, false, "minor faults, per folio" },
	{ "wasted_per_folio", "bytes", BETTER_LOWER, true,
	  "charged but not mapped after all pages but the last were written, per folio" },
	{ "pgreuse_per_page", "count", BETTER_NEITHER, false, "what pgreuse moved, per page" },
	{ "split_deferred_per_folio", "count", BETTER_LOWER, false,
	  "folios queued to be split, per folio; large folios only" },
	{ "folios_lost", "share", BETTER_LOWER, false,
	  "large folios that are gone, by nr_anon of the size" },
	{ "nr_anon_partially_mapped", "count", BETTER_LOWER, false,
	  "more folios of the size than before that are mapped in part" },
	{ 0 },
};

/* Memory of the second round: what it wastes per folio does not depend on the size. */
#define WASTE_SIZE REGION_ALIGN

struct reuse {
	struct cast cast;
	struct scene main, waste;
	struct swapcache swapcache;
	struct scene_write write; /* by a child */
	int write_rc;
	struct error write_error;
};

static int cow_reuse_setup(struct bench *b)
{
	struct reuse *u = xcalloc(1, sizeof(*u));
	uint64_t size = param_num(b->params, "size");
	const char *why;
	int rc;

	b->state = u;
	u->swapcache = (struct swapcache)SWAPCACHE_NONE;
	why = cast_from_params(b->params, &u->cast);
	if (why)
		return bench_skip(b, "%s", why);
	rc = scene_setup(b, &u->waste, &u->cast, WASTE_SIZE);
	if (!rc)
		rc = scene_setup(b, &u->main, &u->cast, size);
	if (!rc && u->cast.hold == HOLD_SWAPCACHE)
		rc = swapcache_open(b, &u->swapcache, 2 * (size + WASTE_SIZE));
	return rc;
}

static void cow_reuse_teardown(struct bench *b)
{
	struct reuse *u = b->state;

	if (!u)
		return;
	scene_release(&u->main);
	scene_release(&u->waste);
	swapcache_close(&u->swapcache, NULL);
	free(u);
	b->state = NULL;
}

static int cow_reuse_prepare(struct bench *b)
{
	struct reuse *u = b->state;

	b->ops = layout_pages(&u->main.hold.layout, &u->main.region);
	u->write_rc = 0;
	return scene_open(b, &u->main);
}

static void cow_reuse_run(struct bench *b)
{
	struct reuse *u = b->state;
	const struct region *r = &u->main.region;

	if (u->cast.writer != CAST_PARENT) {
		u->write_rc = scene_child_writes(&u->main, false, &u->write, &u->write_error);
		bench_lap_add(b, u->write_rc ? 0 : u->write.ticks);
		return;
	}
	if (!layout_is_whole(&u->main.hold.layout)) {
		layout_write(&u->main.hold.layout, r, false);
		return;
	}
	for (size_t i = 0; i < r->pages; i++)
		*region_byte(r, i) = REGION_NEW;
}

/* Faults that a child took are counted by the child itself. */
static int take_childs_faults(struct bench *b)
{
	struct reuse *u = b->state;

	if (u->cast.writer == CAST_PARENT)
		return 0;
	if (u->write_rc)
		return bench_fail(b, u->write_rc, "%s", u->write_error.msg);
	b->minor_faults = u->write.faults;
	return 0;
}

/* Those that are there at least in part. */
static size_t folios_of(const struct scene *sc)
{
	const struct layout *l = &sc->hold.layout;

	return sc->region.folio_pages == 1 ? layout_pages(l, &sc->region)
					   : sc->region.pages / l->group;
}

static int report_counts(struct bench *b, const struct scene *sc, long long *reuses)
{
	const struct region *r = &sc->region;
	double folios = (double)folios_of(sc), ops = (double)b->ops;
	struct evidence_counts c;
	long long delta;
	int rc = region_counts(b, r, &c);

	if (rc)
		return rc;
	*reuses = -1;
	if (evidence_delta(r->ready.pgreuse, c.pgreuse, &delta)) {
		bench_value(b, "pgreuse_per_page", (double)delta / ops);
		*reuses = delta;
	}
	if (evidence_delta(r->ready.split_deferred, c.split_deferred, &delta))
		bench_value(b, "split_deferred_per_folio", (double)delta / folios);
	if (evidence_delta(r->ready.nr_anon, c.nr_anon, &delta))
		bench_value(b, "folios_lost", -(double)delta / folios);
	if (evidence_delta(r->ready.partially_mapped, c.partially_mapped, &delta))
		bench_value(b, "nr_anon_partially_mapped", (double)delta);
	bench_value(b, "faults_per_page", (double)b->minor_faults / ops);
	bench_value(b, "faults_per_folio", (double)b->minor_faults / folios);
	return 0;
}

/* A child that writes has small pages of its own: fork() copies what is pinned, page by page. */
static bool copied_by_fork(const struct scene *sc)
{
	return sc->hold.kind == HOLD_GUP_PIN && sc->cast->writer != CAST_PARENT;
}

/* What frames, faults and counters say must fit together. REUSES: -1 if not known. */
static int check_sums(struct bench *b, const struct scene *sc, long long reuses)
{
	const struct region *r = &sc->region;
	size_t same = evidence_same(r->pfn, r->now, r->pages), gone = 0;
	size_t folios = folios_of(sc);
	bool pinned = sc->hold.kind == HOLD_GUP_PIN;
	struct error e;
	double whole;
	int rc = region_whole_now(r, &whole, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	for (size_t i = 0; r->frames && i < r->pages; i++)
		gone += layout_has(&sc->hold.layout, i) && (!r->pfn[i] || !r->now[i]);
	if (r->frames) {
		bench_value(b, "reused", (double)same / (double)b->ops);
		bench_evidence_int(b, "pages_reused", (long long)same);
		bench_evidence_real(b, "folio_share_after", whole);
	}
	if (gone)
		return bench_refuse(b, "%zu pages were not in memory, before or after", gone);
	/* what is pinned is not write-protected, and children have copies of their own */
	if (!pinned && b->minor_faults < folios)
		return bench_refuse(b, "%llu faults for %zu folios: they were not write-protected",
				    (unsigned long long)b->minor_faults, folios);
	/* a fault for each page: then each page that stayed was counted as well */
	if (b->minor_faults >= b->ops && reuses >= 0 && (size_t)reuses < same)
		return bench_refuse(b, "%zu pages stayed at their frame but pgreuse moved by %lld",
				    same, reuses);
	if (!copied_by_fork(sc) && same == r->pages && layout_is_whole(&sc->hold.layout) &&
	    whole < REGION_MIN_SHARE)
		return bench_refuse(b, "all pages stayed but only %.1f%% are in whole folios",
				    100 * whole);
	return 0;
}

static int measure_waste(struct bench *b, struct reuse *u)
{
	struct scene *sc = &u->waste;
	const struct region *r = &sc->region;
	uint64_t charged, mapped;
	struct error e;
	int rc = scene_open(b, sc);

	if (rc)
		return rc;
	if (u->cast.writer == CAST_PARENT)
		layout_write(&sc->hold.layout, r, true);
	else
		rc = scene_child_writes(sc, true, &u->write, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	rc = scene_check(b, sc, false);
	if (rc)
		return rc;
	rc = scene_footprint(sc, &charged, &mapped, &e);
	if (!rc)
		rc = scene_close(sc, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_value(b, "wasted_per_folio", (double)(charged - mapped) / (double)folios_of(sc));
	return 0;
}

/* The second round, whose evidence is not that of the sample. */
static int check_waste(struct bench *b, struct reuse *u)
{
	json_t *evidence = b->evidence;
	int rc;

	if (!u->waste.region.frames)
		return 0;
	b->evidence = json_object();
	rc = measure_waste(b, u);
	json_decref(b->evidence);
	b->evidence = evidence;
	return rc;
}

static int cow_reuse_check(struct bench *b)
{
	struct reuse *u = b->state;
	long long reuses;
	struct error e;
	int rc = take_childs_faults(b);

	bench_evidence_str(b, "correct", cast_rule(&u->cast));
	if (!rc)
		rc = report_counts(b, &u->main, &reuses);
	if (!rc)
		rc = scene_check(b, &u->main, true);
	if (!rc)
		rc = check_sums(b, &u->main, reuses);
	if (rc)
		return rc;
	rc = scene_close(&u->main, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	return check_waste(b, u);
}

static const char *cow_reuse_rule(const struct param_set *set)
{
	struct cast c;

	return cast_from_params(set, &c) ? NULL : cast_rule(&c);
}

const struct bench_case case_cow_reuse = {
	.name = "cow-reuse",
	.summary = "copy-on-write after the child is gone: are the pages reused?",
	.params = params,
	.metrics = metrics,
	.setup = cow_reuse_setup,
	.prepare = cow_reuse_prepare,
	.run = cow_reuse_run,
	.check = cow_reuse_check,
	.teardown = cow_reuse_teardown,
	.rule = cow_reuse_rule,
};
