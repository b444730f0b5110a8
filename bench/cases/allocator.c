// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * allocator: a process that allocates up to a peak, frees most of it again at
 * random, has nothing to do for a while, and starts over: with glibc's malloc or
 * jemalloc, really linked (bench/churn/). Memory that an allocator gives back by
 * MADV_DONTNEED leaves the address space large, and its page tables are left
 * empty unless the kernel frees them.
 *
 * After each step: VIRT, RES, VmPTE and how many pages of page tables still lead
 * to something. Timed are the process's turns, not its rests nor the looks at it.
 *
 * Evidence: all of its objects keep their contents, from malloc() to free(); the peak
 * was reached; jemalloc, where it should, says that it gave pages back; no more page tables
 * lead to something than there are.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/churn_client.h"
#include "bench/quiet.h"
#include "bench/region.h"
#include "bench/tables.h"
#include "lib/cleanup.h"
#include "lib/memory.h"
#include "lib/units.h"

#define SEED 0x666f6c696f000001ULL

/* A rest is some turns of calls to the allocator, which looks at its clock then. */
#define REST_TURNS 8
#define REST_PAIRS 600
/* looks at the process in a round: grown, mixed, shrunk, half of the rest, rested */
#define LOOKS_PER_ROUND 5
#define ROUNDS_MAX	64

#define DIRTY_DECAY "100"
#define MUZZY_DECAY "0"

struct look {
	struct tables tables;
	const char *step;
};

struct state {
	struct churn_client client;
	struct churn_plan plan;
	struct churn_answer answer; /* the newest */
	char setting[192];	    /* the process's environment */
	bool jemalloc, purges, single;
	uint64_t rest_ns; /* of each turn of a rest */
	uint64_t rounds, keep;
	uint64_t peak; /* most bytes in use */
	uint64_t rest_ticks;
	long long folios_before; /* anon_fault_alloc */
	size_t folio;
	struct look *looks;
	size_t n;
	int rc; /* first error within run() */
	struct error why;
};

static const char *const malloc_choices[] = { "glibc", "jemalloc", NULL };
static const char *const decay_choices[] = { "0", "100", "1000", "10000", "never", NULL };
static const char *const size_choices[] = { "small", "mixed", "large", NULL };

/* Powers of two: see struct churn_plan. */
static const struct {
	uint64_t min, max;
} size_bounds[] = {
	{ 16, 2 << 10 },       /* small: to 4K */
	{ 16, 4 << 20 },       /* mixed: to 8M */
	{ 64 << 10, 16 << 20 } /* large: to 32M */
};

static const struct param_desc params[] = {
	{ .name = "malloc",
	  .type = PARAM_ENUM,
	  .help = "whose malloc() and free()",
	  .defaults = "glibc,jemalloc",
	  .choices = malloc_choices },
	{ .name = "sizes",
	  .type = PARAM_ENUM,
	  .help = "of objects: 16 to 4K, 16 to 8M, 64K to 32M; each power of two as often",
	  .defaults = "mixed",
	  .choices = size_choices },
	{ .name = "live",
	  .type = PARAM_SIZE,
	  .help = "bytes in use at the peak",
	  .defaults = "256M",
	  .min = 1 << 20,
	  .max = 1ULL << 44 },
	{ .name = "stride",
	  .type = PARAM_SIZE,
	  .help = "bytes between two touches of an object: 4K touches every page",
	  .defaults = "128K",
	  .min = 4 << 10,
	  .max = 2 << 20,
	  .step = 4 << 10 },
	{ .name = "keep",
	  .type = PARAM_UINT,
	  .help = "percent of the peak that stays in use between two peaks",
	  .defaults = "5",
	  .max = 90 },
	{ .name = "rounds",
	  .type = PARAM_UINT,
	  .help = "peaks",
	  .defaults = "2",
	  .min = 1,
	  .max = ROUNDS_MAX },
	{ .name = "dirty_decay",
	  .type = PARAM_ENUM,
	  .help = "jemalloc's dirty_decay_ms (its own default: 10000); a rest is a bit longer",
	  .defaults = DIRTY_DECAY,
	  .choices = decay_choices },
	{ .name = "muzzy_decay",
	  .type = PARAM_ENUM,
	  .help = "its muzzy_decay_ms; 0: gives back at once by MADV_DONTNEED, no MADV_FREE ahead",
	  .defaults = MUZZY_DECAY,
	  .choices = decay_choices },
	{ .name = "folio",
	  .type = PARAM_FOLIO,
	  .help = "folios that the allocator asks for; 2M-pmd: THP",
	  .defaults = "4K",
	  .min = 4 << 10,
	  .max = 2 << 20 },
	{ 0 },
};

/* The metric with a span of its own. */
enum { PER_REST = 1 };

static const struct metric_desc metrics[] = {
	{ "per_op", UNIT_TICKS, BETTER_LOWER, true, "malloc(), touching, free(); per pair" },
	[PER_REST] = { "per_rest", UNIT_TICKS, BETTER_LOWER, false,
		       "calls of malloc() and free() during a rest, in which jemalloc gives back",
		       COUNTED_APART },
	{ "vmpte_peak", "kB", BETTER_LOWER, false, "most page tables at any step (VmPTE)" },
	{ "vmpte_end", "kB", BETTER_LOWER, true, "page tables after the last rest" },
	{ "empty_peak", "share", BETTER_LOWER, false,
	  "most pages of page tables that lead to no page, at any step" },
	{ "empty_end", "share", BETTER_LOWER, true, "the same after the last rest" },
	{ "virt_end", "kB", BETTER_LOWER, false, "address space after the last rest" },
	{ "res_end", "kB", BETTER_LOWER, false, "pages mapped after the last rest" },
	{ 0 },
};

/* Milliseconds of a decay param; -1: never. */
static long decay_ms(const struct bench *b, const char *name)
{
	const char *text = param_text(b->params, name);

	return strcmp(text, "never") ? strtol(text, NULL, 10) : -1;
}

/* What tells the allocator, in its environment. */
static int make_setting(struct bench *b, struct state *s)
{
	long dirty = decay_ms(b, "dirty_decay"), muzzy = decay_ms(b, "muzzy_decay");
	long rest = (dirty > 0 ? dirty : 0) + (muzzy > 0 ? muzzy : 0);

	if (!s->jemalloc) {
		snprintf(s->setting, sizeof(s->setting), "GLIBC_TUNABLES=glibc.malloc.hugetlb=%d",
			 s->single ? 0 : 1);
		return 0;
	}
	s->purges = dirty >= 0;
	/* a quarter more: the decay is done, and the calls notice */
	s->rest_ns = (uint64_t)rest * 1250000 / REST_TURNS;
	snprintf(s->setting, sizeof(s->setting),
		 "MALLOC_CONF=narenas:1,background_thread:false,dirty_decay_ms:%ld,"
		 "muzzy_decay_ms:%ld,thp:%s",
		 dirty, muzzy, s->single ? "default" : "always");
	return 0;
}

/* Params that do not go together. */
static int check_params(struct bench *b, const struct state *s)
{
	const struct param_value *folio = param_get(b->params, "folio");
	size_t pmd = quiet_pmd_size();

	if (!s->jemalloc && (strcmp(param_text(b->params, "dirty_decay"), DIRTY_DECAY) != 0 ||
			     strcmp(param_text(b->params, "muzzy_decay"), MUZZY_DECAY) != 0))
		return bench_skip(b, "glibc's malloc has no decay: leave dirty_decay and "
				     "muzzy_decay as they are, or take malloc=jemalloc");
	if (folio->num == pmd && !folio->pmd_mapped)
		return bench_skip(b, "no allocator maps folios of a PMD by PTEs: folio=2M-pmd");
	if (folio->pmd_mapped && folio->num != pmd)
		return bench_skip(b, "a PMD does not map %s here", folio->text);
	return 0;
}

/*
 * Bytes that the process may come to have: all that is in use and what the allocator rounds up,
 * or, where single pages are touched here and there, those: others in each round, for an
 * allocator that gives nothing back.
 */
static uint64_t most_memory(const struct state *s)
{
	const struct churn_plan *p = &s->plan;
	uint64_t capacity = churn_capacity(p);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t all = p->live + p->live / 4;
	/* both ends of each object (the list has room for four times as many), and each stride */
	uint64_t touched = s->rounds * page * (capacity / 2 + p->live / p->stride);
	uint64_t tables = p->live / 256;

	return capacity * sizeof(struct churn_object) + tables +
	       (s->single && touched < all ? touched : all);
}

/* Better no cell than an OOM kill. */
static int check_memory(struct bench *b, const struct state *s)
{
	uint64_t need = most_memory(s), available = memory_available();

	if (need <= available)
		return 0;
	return bench_skip(
		b,
		"live=%s may take up to %llu MiB of memory, %llu are available: less, or a "
		"larger stride",
		param_text(b->params, "live"), (unsigned long long)(need >> 20),
		(unsigned long long)(available >> 20));
}

static int allocator_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));
	uint64_t sizes = param_num(b->params, "sizes");
	struct error e;
	bool frames;
	int rc;

	b->state = s;
	s->client = (struct churn_client)CHURN_CLIENT_NONE;
	s->jemalloc = param_num(b->params, "malloc") == 1;
	s->rounds = param_num(b->params, "rounds");
	s->keep = param_num(b->params, "keep");
	s->folio = param_num(b->params, "folio");
	s->single = s->folio == (size_t)sysconf(_SC_PAGESIZE);
	s->plan = (struct churn_plan){
		.seed = SEED,
		.min = size_bounds[sizes].min,
		.max = size_bounds[sizes].max,
		.stride = param_num(b->params, "stride"),
		.live = param_num(b->params, "live"),
	};
	s->looks = xcalloc(1 + LOOKS_PER_ROUND * s->rounds, sizeof(*s->looks));
	rc = check_params(b, s);
	if (!rc)
		rc = check_memory(b, s);
	if (!rc)
		rc = make_setting(b, s);
	if (!rc)
		rc = quiet_machine(b, s->folio, &frames);
	if (rc)
		return rc;
	rc = churn_client_open(&s->client, s->jemalloc ? CHURN_JEMALLOC : CHURN_GLIBC, &e);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

/* Between two turns, untimed. */
static void look(struct state *s, const char *step)
{
	struct look *l = &s->looks[s->n];

	if (s->rc)
		return;
	s->rc = tables_look(s->client.pid, &l->tables, &s->why);
	l->step = step;
	s->n++;
}

static int allocator_prepare(struct bench *b)
{
	struct state *s = b->state;
	struct error e;
	int rc;

	churn_client_end(&s->client, NULL); /* of a sample that did not get to its end */
	s->rc = 0;
	s->n = 0;
	s->peak = 0;
	s->rest_ticks = 0;
	s->folios_before = evidence_size_stat(s->folio, "anon_fault_alloc");
	rc = churn_client_start(&s->client, s->setting, s->single, &s->plan, &s->answer, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	look(s, "start");
	if (s->rc == -ENOTTY)
		return bench_fail(b, s->rc, "%s (it came with 6.7)", s->why.msg);
	return s->rc ? bench_fail(b, s->rc, "%s", s->why.msg) : 0;
}

/* The process's turn, timed. Its pairs count as operations. */
static void turn(struct bench *b, enum churn_op op, uint64_t arg)
{
	struct state *s = b->state;
	uint64_t pairs = s->answer.pairs;

	if (s->rc)
		return;
	bench_lap_begin(b);
	s->rc = churn_client_order(&s->client, op, arg, &s->answer, &s->why);
	bench_lap_end(b);
	b->ops += s->answer.pairs - pairs;
	if (s->answer.live > s->peak)
		s->peak = s->answer.live;
}

/* Timed apart: what is given back here is no part of an operation. */
static void rest(struct state *s)
{
	const struct timespec pause = {
		.tv_sec = (time_t)(s->rest_ns / 1000000000),
		.tv_nsec = (long)(s->rest_ns % 1000000000),
	};

	for (int i = 1; i <= REST_TURNS && !s->rc; i++) {
		uint64_t start;

		nanosleep(&pause, NULL);
		start = bench_clock();
		span_begin(SPAN_METRIC + PER_REST);
		s->rc = churn_client_order(&s->client, CHURN_TICK, REST_PAIRS, &s->answer, &s->why);
		span_end(SPAN_METRIC + PER_REST);
		s->rest_ticks += bench_clock() - start;
		if (i == REST_TURNS / 2)
			look(s, "half rested");
	}
	look(s, "rested");
}

static void one_round(struct bench *b)
{
	struct state *s = b->state;

	turn(b, CHURN_GROW, s->plan.live);
	look(s, "grown");
	turn(b, CHURN_MIX, s->answer.objects / 2);
	look(s, "mixed");
	turn(b, CHURN_SHRINK, s->plan.live / 100 * s->keep);
	look(s, "shrunk");
	rest(s);
}

static void allocator_run(struct bench *b)
{
	struct state *s = b->state;

	for (uint64_t i = 0; i < s->rounds && !s->rc; i++)
		one_round(b);
}

static double empty_share(const struct tables *t)
{
	return 1 - (double)t->in_use / (double)t->total;
}

/* One number of each look, in kB or plain. */
static void put_series(struct bench *b, const struct state *s, const char *name, size_t offset,
		       uint64_t divisor)
{
	json_t *series = json_array();

	for (size_t i = 0; i < s->n; i++) {
		const char *t = (const char *)&s->looks[i].tables;
		uint64_t value;

		memcpy(&value, t + offset, sizeof(value));
		json_array_append_new(series, json_integer((json_int_t)(value / divisor)));
	}
	json_object_set_new(b->evidence, name, series);
}

static void report_series(struct bench *b, const struct state *s)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(steps, json_string(s->looks[i].step));
	json_object_set_new(b->evidence, "steps", steps);
	put_series(b, s, "virt_kb", offsetof(struct tables, virt), 1024);
	put_series(b, s, "res_kb", offsetof(struct tables, present), 1024);
	put_series(b, s, "tables", offsetof(struct tables, total), 1);
	put_series(b, s, "tables_in_use", offsetof(struct tables, in_use), 1);
}

static void report_tables(struct bench *b, const struct state *s)
{
	const struct tables *end = &s->looks[s->n - 1].tables;
	double page_kb = (double)sysconf(_SC_PAGESIZE) / 1024;
	double empty = 0;
	uint64_t most = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct tables *t = &s->looks[i].tables;

		most = t->total > most ? t->total : most;
		empty = empty_share(t) > empty ? empty_share(t) : empty;
	}
	bench_value(b, "vmpte_peak", (double)most * page_kb);
	bench_value(b, "vmpte_end", (double)end->total * page_kb);
	bench_value(b, "empty_peak", empty);
	bench_value(b, "empty_end", empty_share(end));
	bench_value(b, "virt_end", (double)(end->virt >> 10));
	bench_value(b, "res_end", (double)(end->present >> 10));
	report_series(b, s);
}

static void report_process(struct bench *b, const struct state *s)
{
	const struct churn_answer *a = &s->answer;

	bench_value_ops(b, "per_rest", (double)s->rest_ticks / (double)s->rounds, s->rounds);
	bench_evidence_str(b, "allocator", a->allocator);
	bench_evidence_int(b, "peak_bytes", (long long)s->peak);
	bench_evidence_int(b, "objects_end", (long long)a->objects);
	bench_evidence_int(b, "process_faults", (long long)a->faults);
	if (!s->jemalloc)
		return;
	bench_evidence_int(b, "dirty_calls", (long long)a->dirty_calls);
	bench_evidence_int(b, "dirty_pages", (long long)a->dirty_pages);
	bench_evidence_int(b, "muzzy_calls", (long long)a->muzzy_calls);
	bench_evidence_int(b, "muzzy_pages", (long long)a->muzzy_pages);
}

/* What must be true of each look. */
static int check_looks(struct bench *b, const struct state *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct tables *t = &s->looks[i].tables;

		if (t->in_use > t->total)
			return bench_refuse(b,
					    "%s: pages are in %llu page tables, VmPTE is only %llu",
					    s->looks[i].step, (unsigned long long)t->in_use,
					    (unsigned long long)t->total);
	}
	return 0;
}

static int check_folios(struct bench *b, const struct state *s)
{
	long long now = evidence_size_stat(s->folio, "anon_fault_alloc"), given;

	if (s->single || !evidence_delta(s->folios_before, now, &given))
		return 0;
	bench_evidence_int(b, "anon_fault_alloc", given);
	return given ? 0 : bench_refuse(b, "the process was given no large folio");
}

static int check_process(struct bench *b, const struct state *s)
{
	const struct churn_answer *a = &s->answer;
	char asked[24], got[24];

	if (a->wrong)
		return bench_wrong(b, "WRONG CONTENTS in %llu objects of the process",
				   (unsigned long long)a->wrong);
	if (a->failed)
		return bench_refuse(b, "%llu allocations failed", (unsigned long long)a->failed);
	if (s->peak < s->plan.live)
		return bench_refuse(b, "only %s were in use at the peak, not %s",
				    format_size(got, sizeof(got), s->peak),
				    format_size(asked, sizeof(asked), s->plan.live));
	if (strncmp(a->allocator, s->jemalloc ? "jemalloc" : "glibc", 5) != 0)
		return bench_fail(b, EINVAL, "the process uses %s", a->allocator);
	if (s->jemalloc && s->purges && !a->dirty_pages)
		return bench_refuse(b, "jemalloc gave nothing back: the decay was not over");
	if (s->jemalloc && !s->purges && a->dirty_pages)
		return bench_refuse(b, "jemalloc gave %llu pages back, though never asked to",
				    (unsigned long long)a->dirty_pages);
	return 0;
}

static int allocator_check(struct bench *b)
{
	struct state *s = b->state;
	struct error e;
	int rc = s->rc;

	if (!rc)
		rc = churn_client_order(&s->client, CHURN_VERIFY, 0, &s->answer, &s->why);
	if (!rc)
		rc = churn_client_order(&s->client, CHURN_STATS, 0, &s->answer, &s->why);
	if (rc) {
		/* how it ended says more than that it does not answer */
		if (rc == -ECHILD && churn_client_end(&s->client, &e))
			s->why = e;
		return bench_fail(b, rc, "%s", s->why.msg);
	}
	rc = churn_client_end(&s->client, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	report_process(b, s);
	report_tables(b, s);
	rc = check_process(b, s);
	if (!rc)
		rc = check_folios(b, s);
	return rc ? rc : check_looks(b, s);
}

static void allocator_teardown(struct bench *b)
{
	struct state *s = b->state;

	if (!s)
		return;
	churn_client_close(&s->client);
	free(s->looks);
	free(s);
	b->state = NULL;
}

const struct bench_case case_allocator = {
	.name = "allocator",
	.summary = "malloc and free of a process: what its page tables hold when memory is back",
	.params = params,
	.metrics = metrics,
	.setup = allocator_setup,
	.prepare = allocator_prepare,
	.run = allocator_run,
	.check = allocator_check,
	.teardown = allocator_teardown,
};
