// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pt-reclaim: a walk over a large span: touch the start of each 2 MiB, drop it by
 * MADV_DONTNEED (or MADV_FREE, munmap), walk on; in calls of 2 MiB or more, whose ends may lie
 * beside those of page tables. Only the calls are timed. What the emptied page tables still
 * hold afterwards is the result: VmPTE before, at its highest, after.
 *
 * Freed tables are given back by RCU callbacks, some hundred in a row, within a
 * call or between two, by chance: hence the median over the calls.
 *
 * Evidence, at CHECKPOINTS steps of the walk: the touched pages had the wanted
 * folio size, were mapped as wanted, and are gone after the call. At the end, in all of the
 * span: what was dropped is gone, what was not holds what it did; VmPTE is no smaller than
 * the tables of the pages that are there; without the span, VmPTE and RssAnon are where they were.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/numbers.h"
#include "bench/pt_look.h"
#include "bench/pt_race.h"
#include "bench/pt_walk.h"
#include "lib/memory.h"
#include "lib/strbuf.h"
#include "lib/units.h"

#define CHECKPOINTS 16

/* Calls whose ticks are kept; of more, every n-th. */
#define LAPS_MAX ((size_t)1 << 20)

/* The walk looks at its memory each time it touched so much. */
#define BUDGET_STEP ((size_t)16 << 20)

/* What may be used of the memory that is available: unasked, and at all. In percent. */
#define BUDGET_DEFAULT 60
#define BUDGET_MOST    80

struct state {
	struct pt_walk walk;
	struct pt_race *race;
	uint64_t *laps; /* ticks of each call of the walk, or of every n-th */
	size_t n_laps, lap_every;
	uint64_t budget_kb; /* most memory that the walk may take */
	int rc;		    /* first error within run() */
	struct error why;
	bool stopped; /* by the budget */
	struct pt_usage after;
	struct pt_seen seen;
	struct pt_price price;
};

static const char *const hows[] = { "dontneed", "free", "munmap", NULL };
static const char *const ranges[] = { "exact", "start", "end", "within", "cross", NULL };
static const char *const keeps[] = { "none", "guard", NULL };
static const char *const fills[] = { "write", "read", NULL };

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO(REGION_FOLIOS),
	{ .name = "span",
	  .type = PARAM_SIZE,
	  .help = "bytes walked over, a multiple of 2M (published: 50G; addresses alone: 55T)",
	  .defaults = "1G",
	  .min = 2 << 20,
	  .max = 1ULL << 46,
	  .step = 2 << 20 },
	{ .name = "touch",
	  .type = PARAM_SIZE,
	  .help = "bytes touched at the start of each 2 MiB (published: 2M)",
	  .defaults = "64K",
	  .min = 4 << 10,
	  .max = 2 << 20,
	  .step = 4 << 10 },
	{ .name = "how",
	  .type = PARAM_ENUM,
	  .help = "how memory is dropped; dontneed if not given",
	  .choices = hows },
	{ .name = "call",
	  .type = PARAM_SIZE,
	  .help = "bytes per call, a multiple of 2M; the span or more: one call; 2M if not given",
	  .min = 2 << 20,
	  .max = 1ULL << 46,
	  .step = 2 << 20 },
	{ .name = "range",
	  .type = PARAM_ENUM,
	  .help = "ends of each call: exact, or off bytes inside at the start, end, both (within), "
		  "or shifted (cross); exact if not given",
	  .choices = ranges },
	{ .name = "off",
	  .type = PARAM_SIZE,
	  .help = "how far off for range; 4K if not given",
	  .min = 4 << 10,
	  .max = (2 << 20) - (4 << 10),
	  .step = 4 << 10 },
	{ .name = "keep",
	  .type = PARAM_ENUM,
	  .help = "guard: a guard page at the end of each 2 MiB keeps its table in use (6.13)",
	  .choices = keeps },
	{ .name = "fill",
	  .type = PARAM_ENUM,
	  .help = "touch by write, or by read: tables without memory (folio=4K); write if not "
		  "given",
	  .choices = fills },
	{ .name = "threads",
	  .type = PARAM_UINT,
	  .help = "threads that fault and check pages in the tables that are being dropped",
	  .min = 0,
	  .max = PT_RACE_THREADS_MAX },
	{ .name = "budget",
	  .type = PARAM_SIZE,
	  .help = "the walk ends when it holds so much memory; 60% of what is available if not "
		  "given",
	  .min = 1 << 20,
	  .max = 1ULL << 46 },
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_call_mean", UNIT_TICKS, BETTER_LOWER, false,
	  "the call, with what else the kernel did in the middle of calls" },
	{ "per_call", UNIT_TICKS, BETTER_LOWER, true, "the same, median over the calls",
	  COUNTED_WHOLE },
	{ "vmpte_after", "kB", BETTER_LOWER, true, "page tables after the walk (VmPTE)" },
	{ "vmpte_peak", "kB", BETTER_LOWER, false, "most page tables seen during the walk" },
	{ "vmpte_before", "kB", BETTER_NEITHER, false, "page tables ahead of the walk" },
	{ "tables_freed", "share", BETTER_HIGHER, false,
	  "page tables gone right after a call, of those that it reached into" },
	{ "per_table", UNIT_TICKS, BETTER_LOWER, false,
	  "calls larger than 2M: mean per page table that they reached into", COUNTED_WHOLE },
	[PT_METRIC_KEPT] = { "per_call_kept", UNIT_TICKS, BETTER_LOWER, false,
			     "a call one page short of its table, which stays: lower quartile",
			     COUNTED_APART },
	[PT_METRIC_PRICE] = { "price", UNIT_TICKS, BETTER_LOWER, false,
			      "freeing the table: lower quartile of whole calls, less that of "
			      "those "
			      "a page short" },
	[PT_METRIC_REFAULT] = { "refault", UNIT_TICKS, BETTER_LOWER, false,
				"touching a page of what was dropped again, with a new table if "
				"it is gone: median",
				COUNTED_APART },
	{ 0 },
};

static uint64_t num_or(const struct bench *b, const char *name, uint64_t otherwise)
{
	const struct param_value *v = param_maybe(b->params, name);

	return v ? v->num : otherwise;
}

static void read_params(const struct bench *b, struct state *s)
{
	static const int advices[] = { MADV_DONTNEED, MADV_FREE, 0 };
	struct pt_walk *w = &s->walk;
	struct pt_plan *p = &w->plan;

	w->how = (enum pt_how)num_or(b, "how", PT_DONTNEED);
	w->advice = advices[w->how];
	w->reads = num_or(b, "fill", 0) == 1;
	s->walk.threads = (unsigned int)num_or(b, "threads", 0);
	p->span = param_num(b->params, "span");
	p->chunk = num_or(b, "call", PT_SLOT);
	if (p->chunk > p->span)
		p->chunk = p->span;
	p->page = (size_t)sysconf(_SC_PAGESIZE);
	p->touch = param_num(b->params, "touch");
	p->range = (enum pt_range)num_or(b, "range", PT_EXACT);
	p->off = num_or(b, "off", p->page);
	p->guard = num_or(b, "keep", 0) == 1;
}

/* What these params together, or this machine, cannot do. */
static int check_params(struct bench *b, const struct state *s)
{
	const struct pt_walk *w = &s->walk;
	size_t folio = param_num(b->params, "folio");
	const char *why = pt_plan_refuses(&w->plan, folio);

	if (why)
		return bench_skip(b, "%s", why);
	if (w->reads && folio > w->plan.page)
		return bench_skip(b, "reading maps the zero page, no folios: fill=read folio=4K");
	if (w->reads && w->how == PT_FREE)
		return bench_skip(b, "MADV_FREE passes over zero pages: fill=write");
	if (s->walk.threads && w->how == PT_MUNMAP)
		return bench_skip(b, "threads cannot touch what is unmapped: how=dontneed");
	if (s->walk.threads && w->plan.span > (size_t)1 << 40)
		return bench_skip(b, "threads remember a word for each 2M: a span of at most 1T");
	/* what is left between two calls is a VMA, and so is what the call's addresses become */
	if (w->how == PT_MUNMAP && w->plan.range != PT_EXACT)
		return region_check_vmas(b, "munmap of all but the ends of each call",
					 2 * pt_plan_calls(&w->plan));
	return 0;
}

/* Whether guards can be installed; where the span is, nothing is mapped yet. */
static int check_guards(struct bench *b, const struct pt_walk *w)
{
	int rc;

	if (!w->plan.guard)
		return 0;
	rc = region_map(b, &((struct state *)b->state)->walk.region);
	if (rc)
		return rc;
	rc = pt_touch(w, 0);
	if (rc == -EINVAL)
		return bench_skip(b, "this kernel has no guard pages (MADV_GUARD_INSTALL, 6.13)");
	return rc ? bench_fail(b, rc, "MADV_GUARD_INSTALL: %s", strerror(-rc)) : 0;
}

static int set_up_budget(struct bench *b, struct state *s)
{
	const struct param_value *given = param_maybe(b->params, "budget");
	uint64_t available = memory_available();
	char text[24];

	if (available == UINT64_MAX)
		available = (uint64_t)1 << 30;
	s->budget_kb = (given ? given->num : available / 100 * BUDGET_DEFAULT) >> 10;
	if (given && s->budget_kb > (available / 100 * BUDGET_MOST) >> 10)
		return bench_skip(b, "budget=%s is more than %d%% of the %llu MiB available",
				  format_size(text, sizeof(text), given->num), BUDGET_MOST,
				  (unsigned long long)(available >> 20));
	return 0;
}

static int set_up_race(struct bench *b, struct state *s)
{
	struct error e;
	int rc;

	if (!s->walk.threads)
		return 0;
	rc = pt_race_create(&s->race, &s->walk.plan, s->walk.region.base, b->place, s->walk.threads,
			    &e);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

static int set_up_region(struct bench *b, struct state *s)
{
	struct pt_walk *w = &s->walk;
	struct region_spec spec = { .size = w->plan.span };
	char text[24];
	int rc;

	region_spec_folio(b, &spec);
	/* whole folios: what a touch brings in is what a checkpoint looks at */
	spec.tracked = (w->plan.touch + spec.folio - 1) / spec.folio * spec.folio;
	/* so that no table of the next level is begun for a part of the span */
	spec.align = spec.size >= 1ULL << 30 ? 1ULL << 30 : REGION_ALIGN;
	rc = region_setup(b, &w->region, &spec);
	if (!rc && w->region.pmd != PT_SLOT)
		rc = bench_skip(b, "a page table maps %s here: this case knows those of 2M",
				format_size(text, sizeof(text), w->region.pmd));
	return rc;
}

static int pt_reclaim_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));
	struct pt_walk *w = &s->walk;
	size_t calls;
	int rc;

	b->state = s;
	w->probe_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (w->probe_fd < 0)
		return bench_fail(b, errno, "/dev/zero: %s", strerror(errno));
	read_params(b, s);
	rc = check_params(b, s);
	if (!rc)
		rc = set_up_budget(b, s);
	if (!rc)
		rc = set_up_region(b, s);
	if (!rc)
		rc = check_guards(b, w);
	if (rc)
		return rc;
	calls = pt_plan_calls(&w->plan);
	s->lap_every = (calls + LAPS_MAX - 1) / LAPS_MAX;
	s->laps = xcalloc(calls / s->lap_every + 1, sizeof(*s->laps));
	return set_up_race(b, s);
}

static int pt_reclaim_prepare(struct bench *b)
{
	struct state *s = b->state;
	int rc = region_map(b, &s->walk.region);
	bool exact;

	if (rc)
		return rc;
	region_settle(&s->walk.region);
	s->rc = 0;
	s->n_laps = 0;
	s->walk.slots = 0;
	s->walk.fresh = 0;
	s->walk.calls = 0;
	s->stopped = false;
	memset(&s->seen, 0, sizeof(s->seen));
	rc = pt_usage(&s->walk.before);
	if (rc)
		return bench_fail(b, rc, "/proc/self/status: no VmPTE or RssAnon");
	s->seen.vmpte_peak = s->walk.before.vmpte;
	s->walk.tables_in_all = pt_tables_in_all();
	rc = pt_unmapped(&s->walk.unmapped_kb, &exact);
	if (rc)
		return bench_fail(b, rc, "/proc/self/smaps_rollup: %s", strerror(-rc));
	return 0;
}

static void note(struct state *s, int rc)
{
	s->rc = s->rc ? s->rc : rc;
}

/* Whether the walk holds as much as it may; asked after each slot, answered now and then. */
static bool budget_spent(struct state *s)
{
	const struct region *r = &s->walk.region;
	size_t every = BUDGET_STEP / (r->pages * r->page + r->page);
	struct pt_usage now;

	if (s->walk.slots % (every ? every : 1))
		return false;
	note(s, pt_usage(&now));
	return now.vmpte - s->walk.before.vmpte + now.rss_anon - s->walk.before.rss_anon >=
	       (long)s->budget_kb;
}

static void touch_next(struct state *s)
{
	note(s, pt_touch(&s->walk, s->walk.slots));
	s->walk.slots++;
	s->walk.fresh++;
	s->stopped = budget_spent(s);
}

/*
 * Touches what call C reaches into. A user who sees no frames counts the folios that were
 * handed out meanwhile: *GIVEN is that for the last slot, if LOOK.
 */
static void touch_reach(struct state *s, size_t c, bool look, long long *given)
{
	const struct region *r = &s->walk.region;
	struct evidence_counts a = { 0 }, z = { 0 };
	size_t first, end;

	pt_plan_reach(&s->walk.plan, c, &first, &end);
	while (s->walk.slots < end && !s->stopped && !s->rc) {
		bool count = look && !r->frames && r->folio_pages > 1;

		if (count)
			note(s, evidence_counts(r->folio, &a, &s->why));
		touch_next(s);
		if (count)
			note(s, evidence_counts(r->folio, &z, &s->why));
	}
	if (!evidence_delta(a.anon_fault_alloc, z.anon_fault_alloc, given))
		*given = 0;
}

/* Threads have touched what lies behind: so that it does not pile up, and to race once more. */
static void drop_behind(struct state *s, size_t c)
{
	size_t from, to;

	if (!s->walk.threads || !c)
		return;
	pt_plan_call(&s->walk.plan, c - 1, &from, &to);
	pt_race_call_begin(s->race);
	note(s, pt_drop(&s->walk, from, to));
	pt_race_call_end(s->race);
}

static void timed_call(struct bench *b, struct state *s, size_t c)
{
	uint64_t ticks = b->lap_ticks;
	size_t from, to;
	int rc;

	pt_plan_call(&s->walk.plan, c, &from, &to);
	pt_race_call_begin(s->race);
	bench_lap_begin(b);
	rc = pt_drop(&s->walk, from, to);
	bench_lap_end(b);
	pt_race_call_end(s->race);
	note(s, rc);
	note(s, pt_occupy(&s->walk, from, to));
	if (c % s->lap_every == 0)
		s->laps[s->n_laps++] = b->lap_ticks - ticks;
	s->walk.calls++;
	s->walk.fresh = 0;
}

static void walk(struct bench *b, struct state *s)
{
	size_t calls = pt_plan_calls(&s->walk.plan);
	size_t every = calls < CHECKPOINTS ? 1 : calls / CHECKPOINTS;

	for (size_t c = 0; c < calls && !s->rc && !s->stopped; c++) {
		bool look = c % every == every - 1;
		long long given = 0;

		touch_reach(s, c, look, &given);
		pt_race_next(s->race, c, s->walk.slots);
		look |= s->stopped;
		if (look)
			note(s, pt_look_before(&s->walk, given, &s->seen, &s->why));
		timed_call(b, s, c);
		if (look)
			note(s, pt_look_after(&s->walk, c, &s->seen, &s->why));
		drop_behind(s, c);
	}
}

static void pt_reclaim_run(struct bench *b)
{
	struct state *s = b->state;

	if (s->race)
		note(s, pt_race_start(s->race));
	walk(b, s);
	pt_race_stop(s->race);
	note(s, pt_usage(&s->after));
	b->ops = s->walk.calls;
	if (!s->rc)
		note(s, pt_price(&s->walk, &s->price));
}

static void put_values(struct bench *b, struct state *s)
{
	if (s->after.vmpte > s->seen.vmpte_peak)
		s->seen.vmpte_peak = s->after.vmpte;
	bench_value(b, "per_call", numbers_median(s->laps, s->n_laps));
	bench_value(b, "vmpte_before", (double)s->walk.before.vmpte);
	bench_value(b, "vmpte_peak", (double)s->seen.vmpte_peak);
	bench_value(b, "vmpte_after", (double)s->after.vmpte);
	pt_look_record(b, &s->seen);
	if (s->walk.plan.chunk > PT_SLOT)
		bench_value_ops(b, "per_table", (double)b->ticks / (double)s->walk.slots,
				s->walk.slots);
	if (s->price.has_price) {
		bench_value_ops(b, "per_call_kept", s->price.kept, s->price.n_kept);
		bench_value(b, "price", s->price.price);
	}
	if (s->price.has_refault)
		bench_value_ops(b, "refault", s->price.refault, s->price.n_refault);
	bench_evidence_int(b, "slots_walked", (long long)s->walk.slots);
	bench_evidence_int(b, "stopped_by_budget", s->stopped);
}

/* What no kernel may do, in the order in which it tells most. */
static int judge_wrong(struct bench *b, struct state *s, const struct pt_audit *audit)
{
	int rc = s->race ? pt_race_wrong(b, s->race) : 0;

	if (!rc)
		rc = pt_audit_wrong(b, &s->walk, audit, &s->after);
	if (!rc)
		rc = pt_look_wrong(b, &s->seen);
	if (!rc && s->price.stale)
		rc = bench_wrong(b, "WRONG CONTENTS in %zu pages: old data after MADV_DONTNEED",
				 s->price.stale);
	return rc ? rc : pt_sums_wrong(b, &s->walk);
}

static int pt_reclaim_check(struct bench *b)
{
	struct state *s = b->state;
	struct pt_audit audit;
	struct error e;
	int rc;

	if (s->rc)
		return bench_fail(b, s->rc, "the walk: %s",
				  s->why.msg[0] ? s->why.msg : strerror(-s->rc));
	put_values(b, s);
	rc = pt_audit(&s->walk, &audit, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	rc = judge_wrong(b, s, &audit);
	if (!rc)
		rc = pt_look_refuse(b, &s->walk, &s->seen, &audit);
	if (!rc && s->race)
		rc = pt_race_refuse(b, s->race);
	return rc;
}

static void pt_reclaim_teardown(struct bench *b)
{
	struct state *s = b->state;

	if (!s)
		return;
	pt_race_free(s->race);
	region_release(&s->walk.region);
	if (s->walk.probe_fd >= 0)
		close(s->walk.probe_fd);
	free(s->laps);
	free(s);
	b->state = NULL;
}

static const char *pt_reclaim_varies(const struct param_set *set)
{
	const struct param_value *v = param_maybe(set, "threads");

	return v && v->num ? "threads: how they interleave with the calls" : NULL;
}

/* Of what a kernel may free, where that is not simply every table. */
static const char *pt_reclaim_rule(const struct param_set *set)
{
	const struct param_value *how = param_maybe(set, "how"), *keep = param_maybe(set, "keep");
	const struct param_value *range = param_maybe(set, "range");

	if (how && how->num == PT_FREE)
		return "must keep the tables: the pages are still there";
	if (keep && keep->num && !(how && how->num == PT_MUNMAP))
		return "must keep the tables: each has a guard in it";
	if (range && range->num != PT_EXACT)
		return "must keep every page beside the calls, and its table";
	return NULL;
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
	.varies = pt_reclaim_varies,
	.rule = pt_reclaim_rule,
};
