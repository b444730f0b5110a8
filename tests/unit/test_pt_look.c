// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench/pt_look, bench/pt_race: that they notice. A walk is done by hand here, and what a wrong
 * kernel would do to its memory is done to it with calls of our own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/place.h"
#include "bench/pt_look.h"
#include "bench/pt_race.h"
#include "tests/unit/unit.h"

#define SLOTS 4

struct fixture {
	struct pt_walk w;
	struct bench b;
};

static const struct metric_desc metrics[] = {
	{ "per_call", "count", BETTER_LOWER, true, "" },
	{ "tables_freed", "share", BETTER_HIGHER, false, "" },
	{ 0 },
};

static const struct bench_case nothing = { .name = "nothing", .metrics = metrics };

static char *span_map(struct fixture *f)
{
	struct region *r = &f->w.region;

	r->hold_size = (SLOTS + 2) * PT_SLOT;
	r->hold = mmap(NULL, r->hold_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(r->hold != MAP_FAILED);
	r->base = r->hold + PT_SLOT - (uintptr_t)r->hold % PT_SLOT;
	return r->base;
}

/* Calls of two slots each that leave a page at both ends; no guards. */
static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct region *r = &f->w.region;

	assert_non_null(f);
	r->page = (size_t)sysconf(_SC_PAGESIZE);
	r->size = SLOTS * PT_SLOT;
	r->folio = r->page;
	r->folio_pages = 1;
	r->pmd = PT_SLOT;
	r->pages = 16;
	span_map(f);
	f->b.bc = &nothing;
	f->b.values = json_object();
	f->b.evidence = json_object();
	f->w.plan = (struct pt_plan){
		.span = r->size,
		.chunk = 2 * PT_SLOT,
		.page = r->page,
		.touch = 16 * r->page,
		.range = PT_WITHIN,
		.off = r->page,
	};
	f->w.advice = MADV_DONTNEED;
	f->w.probe_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	assert_int_equal(region_map(&f->b, r), 0);
	assert_int_equal(pt_usage(&f->w.before), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	munmap(f->w.region.hold, f->w.region.hold_size);
	close(f->w.probe_fd);
	json_decref(f->b.values);
	json_decref(f->b.evidence);
	free(f);
	return 0;
}

/* Touches all and makes all calls but those whose bit in SKIP is set. */
static void walk(struct fixture *f, unsigned int skip)
{
	struct pt_walk *w = &f->w;
	size_t from, to;

	for (w->slots = 0; w->slots < SLOTS; w->slots++)
		assert_int_equal(pt_touch(w, w->slots), 0);
	for (w->calls = 0; w->calls < pt_plan_calls(&w->plan); w->calls++) {
		pt_plan_call(&w->plan, w->calls, &from, &to);
		if (!(skip & 1U << w->calls))
			assert_int_equal(pt_drop(w, from, to), 0);
	}
}

/* The audit's verdict; *A is what it saw. */
static int judge(struct fixture *f, struct pt_audit *a)
{
	struct pt_usage after;
	struct error e;

	assert_int_equal(pt_usage(&after), 0);
	assert_int_equal(pt_audit(&f->w, a, &e), 0);
	return pt_audit_wrong(&f->b, &f->w, a, &after);
}

static void a_good_walk_is_good(void **state)
{
	struct fixture *f = *state;
	struct pt_audit a;

	walk(f, 0);
	assert_int_equal(judge(f, &a), 0);
	assert_int_equal(a.slots, SLOTS);
	/* the first page of each call's chunk is left, the last was never touched */
	assert_int_equal(a.tables, 2);
	assert_int_equal(a.left + a.stale + a.lost, 0);
}

/* A kernel that frees a table with a page in it. */
static void a_lost_page_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct pt_audit a;

	walk(f, 0);
	assert_int_equal(madvise(f->w.region.base + 2 * PT_SLOT, PT_SLOT, MADV_DONTNEED), 0);
	assert_int_equal(judge(f, &a), BENCH_WRONG);
	assert_int_equal(a.lost, 1);
	assert_int_equal(a.first_wrong, 2 * PT_SLOT);
	assert_contains(f->b.why.msg, "WRONG CONTENTS in 1 pages that no call dropped");
}

static void a_changed_page_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct pt_audit a;

	walk(f, 0);
	*(volatile char *)f->w.region.base ^= 1;
	assert_int_equal(judge(f, &a), BENCH_WRONG);
	assert_int_equal(a.lost, 1);
}

/* A kernel that does not do what the call is for, and one that brings old pages back. */
static void old_data_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct pt_audit a;

	walk(f, 2);
	assert_int_equal(judge(f, &a), BENCH_WRONG);
	assert_int_equal(a.stale, 15 + 16);
	assert_contains(f->b.why.msg, "MADV_DONTNEED left them");
}

static void empty_pages_left_are_refused(void **state)
{
	struct fixture *f = *state;
	struct pt_seen seen = { .checkpoints = 1, .share = 1 };
	struct pt_audit a;

	walk(f, 0);
	seen.vmpte_peak = f->w.before.vmpte + 4;
	(void)*(volatile char *)(f->w.region.base + 5 * f->w.region.page);
	assert_int_equal(judge(f, &a), 0);
	assert_int_equal(a.left, 1);
	assert_int_equal(pt_look_refuse(&f->b, &f->w, &seen, &a), BENCH_REFUSE);
	assert_contains(f->b.why.msg, "1 pages are left behind MADV_DONTNEED");
}

/* Pages need tables, whatever VmPTE says. */
static void too_small_a_vmpte_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct pt_usage after;
	struct pt_audit a;
	struct error e;

	walk(f, 0);
	assert_int_equal(pt_audit(&f->w, &a, &e), 0);
	after = f->w.before;
	assert_int_equal(pt_audit_wrong(&f->b, &f->w, &a, &after), BENCH_WRONG);
	assert_contains(f->b.why.msg, "need at least");
}

/* MADV_FREE may leave a page or take it, but not change it. */
static void freed_pages_are_theirs_or_empty(void **state)
{
	struct fixture *f = *state;
	struct pt_audit a;

	f->w.how = PT_FREE;
	f->w.advice = MADV_FREE;
	walk(f, 0);
	assert_int_equal(judge(f, &a), 0);
	*(volatile uint64_t *)(void *)(f->w.region.base + 3 * f->w.region.page) = 77;
	assert_int_equal(judge(f, &a), BENCH_WRONG);
	assert_int_equal(a.foreign, 1);
}

static void a_missing_guard_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct pt_audit a;
	int rc;

	f->w.plan.guard = true;
	rc = pt_touch(&f->w, 0);
	if (rc == -EINVAL)
		skip(); /* before 6.13 */
	walk(f, 0);
	assert_int_equal(judge(f, &a), 0);
	assert_int_equal(a.tables, SLOTS);
	assert_int_equal(madvise(f->w.region.base + PT_SLOT - f->w.region.page, f->w.region.page,
				 103 /* MADV_GUARD_REMOVE */),
			 0);
	assert_int_equal(judge(f, &a), BENCH_WRONG);
	assert_contains(f->b.why.msg, "guard");
}

static void sums_that_do_not_come_back_are_wrong(void **state)
{
	struct fixture *f = *state;
	bool exact;

	/* once for nothing: a sanitizer's shadow and arenas need page tables, too, the first time
	 */
	walk(f, 0);
	pt_sums_wrong(&f->b, &f->w);
	assert_int_equal(pt_usage(&f->w.before), 0);
	assert_int_equal(pt_unmapped(&f->w.unmapped_kb, &exact), 0);
	walk(f, 0);
	assert_int_equal(pt_sums_wrong(&f->b, &f->w), 0);
	f->w.unmapped_kb -= 1 << 20;
	assert_int_equal(pt_sums_wrong(&f->b, &f->w), BENCH_WRONG);
	assert_contains(f->b.why.msg, "lost with their page tables");
	f->w.unmapped_kb += 2 << 20;
	assert_int_equal(pt_sums_wrong(&f->b, &f->w), BENCH_WRONG);
	f->w.before.vmpte += 400;
	assert_int_equal(pt_sums_wrong(&f->b, &f->w), BENCH_WRONG);
	f->w.before.vmpte -= 800;
	assert_int_equal(pt_sums_wrong(&f->b, &f->w), BENCH_WRONG);
	assert_contains(f->b.why.msg, "page tables are lost");
}

/* A race over slot 0 and 1 until something was written; then a drop, announced or not. */
static int race(struct fixture *f, size_t from, size_t to, bool announced)
{
	struct pt_race *r;
	static struct place place;
	struct error e;
	cpu_set_t may;
	int rc;

	place.n_cpus = 0;
	assert_int_equal(sched_getaffinity(0, sizeof(may), &may), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET((unsigned int)cpu, &may))
			place.cpus[place.n_cpus++] = cpu;
	}
	assert_int_equal(pt_race_create(&r, &f->w.plan, f->w.region.base, &place, 2, &e), 0);
	assert_int_equal(pt_race_start(r), 0);
	pt_race_next(r, 0, 2);
	usleep(20000);
	if (announced)
		pt_race_call_begin(r);
	assert_int_equal(madvise(f->w.region.base + from, to - from, MADV_DONTNEED), 0);
	if (announced)
		pt_race_call_end(r);
	pt_race_stop(r);
	pt_race_stop(r);
	rc = pt_race_wrong(&f->b, r);
	assert_true(json_integer_value(json_object_get(f->b.evidence, "race_writes")) > 0);
	pt_race_free(r);
	return rc;
}

static void threads_see_what_a_call_may_drop(void **state)
{
	struct fixture *f = *state;
	size_t from, to;

	pt_plan_call(&f->w.plan, 0, &from, &to);
	assert_int_equal(race(f, from, to, true), 0);
}

/* The same pages, but the race was told of no call: writes are lost. */
static void threads_notice_a_lost_write(void **state)
{
	struct fixture *f = *state;
	size_t from, to;
	int rc = 0;

	pt_plan_call(&f->w.plan, 0, &from, &to);
	for (int tries = 0; tries < 50 && !rc; tries++)
		rc = race(f, from, to, false);
	assert_int_equal(rc, BENCH_WRONG);
	assert_contains(f->b.why.msg, "WRONG CONTENTS seen by thread");
}

/* A call that takes more than it should. */
static void threads_notice_a_lost_neighbour(void **state)
{
	struct fixture *f = *state;
	int rc = 0;

	for (int tries = 0; tries < 50 && !rc; tries++)
		rc = race(f, 0, 2 * PT_SLOT, true);
	assert_int_equal(rc, BENCH_WRONG);
}

#define WITH_WALK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WALK(a_good_walk_is_good),
		WITH_WALK(a_lost_page_is_wrong),
		WITH_WALK(a_changed_page_is_wrong),
		WITH_WALK(old_data_is_wrong),
		WITH_WALK(empty_pages_left_are_refused),
		WITH_WALK(too_small_a_vmpte_is_wrong),
		WITH_WALK(freed_pages_are_theirs_or_empty),
		WITH_WALK(a_missing_guard_is_wrong),
		WITH_WALK(sums_that_do_not_come_back_are_wrong),
		WITH_WALK(threads_see_what_a_call_may_drop),
		WITH_WALK(threads_notice_a_lost_write),
		WITH_WALK(threads_notice_a_lost_neighbour),
	};

	return cmocka_run_group_tests_name("pt_look", tests, NULL, NULL);
}
