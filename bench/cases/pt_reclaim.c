// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pt-reclaim: a walk over a large span, 2 MiB at a time: touch, then
 * MADV_DONTNEED. Only the calls are timed. What the emptied page tables still
 * hold afterwards is the result: VmPTE before, at its highest, after.
 *
 * Freed tables are given back by RCU callbacks, some hundred in a row, within a
 * call or between two, by chance: hence the median over the calls.
 *
 * Evidence, at CHECKPOINTS steps of the walk: the touched pages had the wanted
 * folio size, were PTE-mapped, and are gone after the call.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/region.h"
#include "lib/strbuf.h"
#include "lib/units.h"

#define CHECKPOINTS 16

struct state {
	struct region region; /* its arrays describe what one step touches */
	size_t touch;	      /* bytes touched at the start of each 2 MiB */
	uint64_t *laps;	      /* ticks of each call of the walk */
	int rc;		      /* first error within run() */
	struct error why;
	long vmpte_before, vmpte_peak, vmpte_after; /* kB */
	unsigned int checkpoints;
	double share; /* least share of wanted folios at a checkpoint */
	size_t left;  /* pages still there after the call, at checkpoints */
};

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO,
	{ .name = "span",
	  .type = PARAM_SIZE,
	  .help = "bytes walked over, a multiple of 2M (published: 50G)",
	  .defaults = "1G",
	  .min = 2 << 20,
	  .max = 1ULL << 44,
	  .step = 2 << 20 },
	{ .name = "touch",
	  .type = PARAM_SIZE,
	  .help = "bytes touched at the start of each 2 MiB (published: 2M)",
	  .defaults = "64K",
	  .min = 4 << 10,
	  .max = 2 << 20,
	  .step = 4 << 10 },
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_call_mean", UNIT_TICKS, BETTER_LOWER, false,
	  "MADV_DONTNEED of 2 MiB, with what else the kernel did in the middle of calls" },
	{ "per_call", UNIT_TICKS, BETTER_LOWER, true, "the same, median over the calls" },
	{ "vmpte_after", "kB", BETTER_LOWER, true, "page tables after the walk (VmPTE)" },
	{ "vmpte_peak", "kB", BETTER_LOWER, false, "most page tables seen during the walk" },
	{ "vmpte_before", "kB", BETTER_NEITHER, false, "page tables ahead of the walk" },
	{ 0 },
};

static int pt_reclaim_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));
	struct region_spec spec = {
		.size = param_num(b->params, "span"),
		.folio = param_num(b->params, "folio"),
	};

	b->state = s;
	s->touch = param_num(b->params, "touch");
	s->laps = xcalloc(spec.size / REGION_ALIGN, sizeof(*s->laps));
	/* whole folios: what a touch brings in is what a checkpoint looks at */
	spec.tracked = (s->touch + spec.folio - 1) / spec.folio * spec.folio;
	/* so that no table of the next level is begun for a part of the span */
	spec.align = spec.size >= 1ULL << 30 ? 1ULL << 30 : REGION_ALIGN;
	return region_setup(b, &s->region, &spec);
}

static int pt_reclaim_prepare(struct bench *b)
{
	struct state *s = b->state;
	int rc = region_map(b, &s->region);

	if (rc)
		return rc;
	region_settle(&s->region);
	b->ops = s->region.size / REGION_ALIGN;
	s->rc = 0;
	s->share = 1;
	s->left = 0;
	s->checkpoints = 0;
	s->vmpte_before = evidence_vmpte();
	s->vmpte_peak = s->vmpte_before;
	if (s->vmpte_before < 0)
		return bench_fail(b, (int)s->vmpte_before, "/proc/self/status: no VmPTE");
	return 0;
}

static void touch(struct state *s, char *at)
{
	for (size_t off = 0; off < s->touch; off += s->region.page)
		*(volatile char *)(at + off) = 1;
	s->rc = s->rc ? s->rc : region_split(&s->region, at, REGION_ALIGN);
}

/* Ahead of a call: what was touched is there, as it should be. */
static void look_before(struct state *s, const char *at)
{
	long now = evidence_vmpte();
	double share = 0;
	int rc = region_verify(&s->region, at, &share, &s->why);

	s->rc = s->rc ? s->rc : rc;
	if (now > s->vmpte_peak)
		s->vmpte_peak = now;
	if (share < s->share)
		s->share = share;
	s->checkpoints++;
}

/* Behind it: gone. */
static void look_after(struct state *s, const char *at)
{
	struct region *r = &s->region;
	int rc = evidence_pfns(0, at, r->pages, r->page, r->now, &s->why);

	s->rc = s->rc ? s->rc : rc;
	for (size_t i = 0; i < r->pages; i++)
		s->left += r->now[i] != 0;
}

static void pt_reclaim_run(struct bench *b)
{
	struct state *s = b->state;
	size_t calls = s->region.size / REGION_ALIGN;
	size_t every = calls < CHECKPOINTS ? 1 : calls / CHECKPOINTS;

	for (size_t i = 0; i < calls && !s->rc; i++) {
		char *at = s->region.base + i * REGION_ALIGN;
		bool look = i % every == every - 1;
		uint64_t ticks = b->lap_ticks;

		touch(s, at);
		if (look)
			look_before(s, at);
		bench_lap_begin(b);
		if (madvise(at, REGION_ALIGN, MADV_DONTNEED))
			s->rc = -errno;
		bench_lap_end(b);
		s->laps[i] = b->lap_ticks - ticks;
		if (look)
			look_after(s, at);
	}
	s->vmpte_after = evidence_vmpte();
}

static int by_ticks(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double median_call(struct state *s, size_t calls)
{
	size_t low = (calls - 1) / 2, high = calls / 2;

	qsort(s->laps, calls, sizeof(*s->laps), by_ticks);
	return ((double)s->laps[low] + (double)s->laps[high]) / 2;
}

static int pt_reclaim_check(struct bench *b)
{
	struct state *s = b->state;
	char text[24];

	if (s->rc)
		return bench_fail(b, s->rc, "the walk: %s",
				  s->why.msg[0] ? s->why.msg : strerror(-s->rc));
	if (s->vmpte_after < 0)
		return bench_fail(b, (int)s->vmpte_after, "/proc/self/status: no VmPTE");
	if (s->vmpte_after > s->vmpte_peak)
		s->vmpte_peak = s->vmpte_after;
	bench_value(b, "per_call", median_call(s, b->ops));
	bench_value(b, "vmpte_before", (double)s->vmpte_before);
	bench_value(b, "vmpte_peak", (double)s->vmpte_peak);
	bench_value(b, "vmpte_after", (double)s->vmpte_after);
	bench_evidence_int(b, "checkpoints", s->checkpoints);
	bench_evidence_real(b, "folio_share", s->share);
	bench_evidence_int(b, "pages_left", (long long)s->left);
	if (s->share < REGION_MIN_SHARE)
		return bench_refuse(b, "only %.1f%% of the touched pages were in %s folios",
				    100 * s->share,
				    format_size(text, sizeof(text), s->region.folio));
	if (s->left)
		return bench_refuse(b, "%zu pages are left behind MADV_DONTNEED", s->left);
	if (s->vmpte_peak <= s->vmpte_before)
		return bench_refuse(b, "VmPTE never grew from %ld kB: no page table was made",
				    s->vmpte_before);
	return 0;
}

static void pt_reclaim_teardown(struct bench *b)
{
	struct state *s = b->state;

	if (!s)
		return;
	region_release(&s->region);
	free(s->laps);
	free(s);
	b->state = NULL;
}

const struct bench_case case_pt_reclaim = {
	.name = "pt-reclaim",
	.summary = "empty page tables: touch, MADV_DONTNEED of 2 MiB, walk on",
	.params = params,
	.metrics = metrics,
	.setup = pt_reclaim_setup,
	.prepare = pt_reclaim_prepare,
	.run = pt_reclaim_run,
	.check = pt_reclaim_check,
	.teardown = pt_reclaim_teardown,
};
