// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench/pattern, probe, sharing, protection, softdirty: which pages a child shares, and whether a
 * kernel that does wrong by them would be found out. Such a kernel is played by a shared
 * mapping, in which a parent's writes do reach its child.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "bench/protection.h"
#include "bench/sharing.h"
#include "bench/softdirty.h"
#include "tests/unit/unit.h"

struct fixture {
	struct region r;
	struct child c;
	struct protection p;
	struct bench b;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct region *r = &f->r;

	r->page = (size_t)sysconf(_SC_PAGESIZE);
	r->size = REGION_ALIGN;
	r->pages = r->size / r->page;
	r->folio = r->page;
	r->folio_pages = 1;
	r->pmd = REGION_ALIGN;
	r->hold_size = 4 * REGION_ALIGN;
	r->hold = mmap(NULL, r->hold_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(r->hold != MAP_FAILED);
	r->base = r->hold + 2 * REGION_ALIGN - (uintptr_t)r->hold % REGION_ALIGN;
	r->notes_size = 4 * r->pages * sizeof(uint64_t);
	r->notes = mmap(NULL, r->notes_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	assert_true(r->notes != MAP_FAILED);
	r->pfn = (uint64_t *)(void *)r->notes;
	r->now = r->pfn + r->pages;
	r->flags = r->now + r->pages;
	r->after = r->flags + r->pages;
	r->frames = !evidence_access(NULL);
	f->c = (struct child)CHILD_NONE;
	f->p = (struct protection){
		.region = r,
		.child = &f->c,
		.exclusive = PATTERN_ALL,
		.prot = PROT_READ,
		.call = r->size,
	};
	f->b.values = json_object();
	f->b.evidence = json_object();
	assert_int_equal(protection_open(&f->b, &f->p), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	child_close(&f->c, NULL);
	protection_close(&f->p);
	protection_close(&f->p); /* twice is fine */
	region_release(&f->r);
	json_decref(f->b.values);
	json_decref(f->b.evidence);
	free(f);
	return 0;
}

/* Marked pages, private ones or (a kernel that is wrong) shared ones. */
static void populate(struct fixture *f, int flags)
{
	struct region *r = &f->r;
	double share;

	assert_true(mmap(r->base, r->size, PROT_READ | PROT_WRITE,
			 flags | MAP_FIXED | MAP_ANONYMOUS, -1, 0) == r->base);
	madvise(r->base, r->size, MADV_NOHUGEPAGE);
	assert_int_equal(region_step(r, REGION_MARK), 0);
	if (r->frames)
		assert_int_equal(region_verify(r, r->base, &share, NULL), 0);
}

static void share(struct fixture *f, enum pattern exclusive)
{
	f->p.exclusive = exclusive;
	assert_int_equal(child_open(&f->c, &f->r, NULL), 0);
	if (sharing_fork(&f->b, &f->r, &f->c, exclusive))
		fail_msg("%s", f->b.why.msg);
}

/* There and back as a case's run() does. */
static int prove(struct fixture *f)
{
	protection_begin(&f->p);
	assert_int_equal(protection_set(&f->p, f->p.prot), 0);
	protection_probe(&f->p, 16 * f->r.page);
	assert_int_equal(protection_set(&f->p, PROT_READ | PROT_WRITE), 0);
	return protection_prove(&f->b, &f->p);
}

static size_t count(enum pattern pattern, size_t folio_pages, size_t pages)
{
	size_t n = 0;

	for (size_t i = 0; i < pages; i++)
		n += pattern_has(pattern, folio_pages, i);
	return n;
}

static void patterns_repeat_with_each_folio(void **state)
{
	(void)state;
	assert_int_equal(count(PATTERN_ALL, 16, 64), 64);
	assert_int_equal(count(PATTERN_NONE, 16, 64), 0);
	assert_int_equal(count(PATTERN_HALF, 16, 64), 32);
	assert_int_equal(count(PATTERN_LAST_HALF, 16, 64), 32);
	assert_int_equal(count(PATTERN_ALTERNATE, 16, 64), 32);
	assert_int_equal(count(PATTERN_FIRST, 16, 64), 4);
	assert_int_equal(count(PATTERN_REST, 16, 64), 60);
	assert_true(pattern_has(PATTERN_HALF, 16, 7) && !pattern_has(PATTERN_HALF, 16, 8));
	assert_true(pattern_has(PATTERN_HALF, 4, 17) && !pattern_has(PATTERN_HALF, 4, 18));
	/* single pages have both kinds, too */
	assert_int_equal(count(PATTERN_HALF, 1, 64), 32);
	assert_int_equal(pattern_run(PATTERN_HALF, 16, 16, 64), 8);
	assert_int_equal(pattern_run(PATTERN_HALF, 16, 30, 64), 2);
	assert_int_equal(pattern_run(PATTERN_NONE, 16, 30, 64), 34);
	for (size_t i = 0; i <= PATTERN_REST; i++)
		assert_non_null(pattern_names[i]);
	assert_null(pattern_names[PATTERN_REST + 1]);
}

static void right_kernel_passes(void **state)
{
	static const enum pattern patterns[] = {
		PATTERN_ALL,	   PATTERN_NONE,  PATTERN_HALF, PATTERN_LAST_HALF,
		PATTERN_ALTERNATE, PATTERN_FIRST, PATTERN_REST,
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		size_t own = count(patterns[i], 1, f->r.pages);

		populate(f, MAP_PRIVATE);
		if (patterns[i] != PATTERN_ALL)
			share(f, patterns[i]);
		f->p.exclusive = patterns[i];
		f->p.prot = i % 2 ? PROT_NONE : PROT_READ;
		f->p.call = i % 2 ? 7 * f->r.page : f->r.size;
		f->p.first = i;
		if (prove(f))
			fail_msg("%s: %s", pattern_names[patterns[i]], f->b.why.msg);
		assert_int_equal(f->p.shared, f->r.pages - own);
		assert_true(f->p.write_faults >= (long)f->p.shared);
		assert_int_equal(region_inexact(&f->r, REGION_NEW), 0);
		assert_int_equal(child_close(&f->c, NULL), 0);
	}
}

static void writes_that_reach_the_child_are_wrong(void **state)
{
	struct fixture *f = *state;

	f->r.frames = false; /* fork() does not map shared memory in the child at once */
	populate(f, MAP_SHARED);
	share(f, PATTERN_HALF);
	assert_int_equal(prove(f), BENCH_WRONG);
	assert_contains(f->b.why.msg, "WRONG CONTENTS in the child");
	assert_contains(f->b.why.msg, "the first is page 8 ");
}

static void a_kernel_that_protects_nothing_is_wrong(void **state)
{
	struct fixture *f = *state;

	populate(f, MAP_PRIVATE);
	protection_begin(&f->p);
	/* never taken away */
	protection_probe(&f->p, 16 * f->r.page);
	assert_int_equal(f->p.probe.write.wrong, f->r.pages / 16);
	assert_int_equal(protection_prove(&f->b, &f->p), BENCH_WRONG);
	assert_contains(f->b.why.msg, "WRONG PERMISSION");
	assert_contains(f->b.why.msg, "could be written while read-only");
	/* and what the kernel wrote in that way is seen as wrong contents as well */
	assert_int_equal(region_inexact(&f->r, REGION_OLD), f->r.pages / 16);
}

static void pages_that_can_be_read_or_not_are_told_apart(void **state)
{
	struct fixture *f = *state;
	struct probe *pr = &f->p.probe;

	populate(f, MAP_PRIVATE);
	assert_int_equal(mprotect(f->r.base, f->r.size, PROT_READ), 0);
	probe_read(pr, f->r.base, true);
	assert_int_equal(pr->read.wrong, 0);
	probe_read(pr, f->r.base, false);
	assert_int_equal(pr->read.wrong, 1);
	assert_ptr_equal(pr->read.first, f->r.base);
	probe_reset(pr);
	assert_int_equal(mprotect(f->r.base, f->r.size, PROT_NONE), 0);
	probe_read(pr, f->r.base, false);
	assert_int_equal(pr->read.wrong, 0);
	probe_read(pr, f->r.base, true);
	assert_int_equal(pr->read.wrong, 1);
	probe_write(pr, f->r.base);
	assert_int_equal(pr->write.tried, 1);
	assert_int_equal(pr->write.wrong, 0);
	assert_int_equal(pr->rc, 0);
}

static void damage_is_found(void **state)
{
	struct fixture *f = *state;

	populate(f, MAP_PRIVATE);
	share(f, PATTERN_ALTERNATE);
	/* page 9 is shared, page 10 is not: the child is asked about the former alone */
	f->r.base[9 * f->r.page] ^= 1;
	f->r.base[10 * f->r.page] ^= 1;
	assert_int_equal(prove(f), BENCH_WRONG);
	assert_contains(f->b.why.msg, "WRONG CONTENTS in 2 of ");
	assert_contains(f->b.why.msg, "the first is page 9");
}

static void calls_cover_the_range(void **state)
{
	struct fixture *f = *state;

	f->p.call = f->r.size;
	assert_int_equal(protection_calls(&f->p), 1);
	f->p.call = 10 * f->r.page;
	assert_int_equal(protection_calls(&f->p), (f->r.pages + 9) / 10);
	f->p.first = f->r.pages - 1;
	assert_int_equal(protection_calls(&f->p), 1);
}

static void too_many_vmas_skip(void **state)
{
	struct fixture *f = *state;
	struct region huge = f->r;

	assert_int_equal(sharing_possible(&f->b, &f->r, PATTERN_ALTERNATE), 0);
	huge.pages = (size_t)1 << 31;
	assert_int_equal(sharing_possible(&f->b, &huge, PATTERN_ALL), 0);
	huge.pages = (size_t)1 << 24;
	assert_int_equal(sharing_possible(&f->b, &huge, PATTERN_ALTERNATE), BENCH_SKIP);
	assert_contains(f->b.why.msg, "smaller size");
}

static void softdirty_leaves_the_region_alone(void **state)
{
	struct fixture *f = *state;
	struct softdirty d;
	struct error e = { 0 };

	populate(f, MAP_PRIVATE);
	if (softdirty_try(&f->r, PROT_NONE, &d, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(region_inexact(&f->r, REGION_OLD), 0);
	/* many kernels keep no such bits; then nothing is said of them */
	assert_true(d.pages > 0);
	assert_int_equal(d.lost, 0);
}

/* By the process itself, whatever the kernel says of the page. */
static void stores_that_must_fail_are_tried(void **state)
{
	struct fixture *f = *state;
	struct probe *pr = &f->p.probe;

	populate(f, MAP_PRIVATE);
	probe_reset(pr);
	assert_int_equal(mprotect(f->r.base, f->r.page, PROT_READ), 0);
	probe_store(pr, f->r.base, 1);
	probe_store(pr, f->r.base + 1, 1);
	assert_int_equal(pr->store.tried, 2);
	assert_int_equal(pr->store.wrong, 0);
	/* a page that is not taken away, as far as the CPU knows */
	probe_store(pr, f->r.base + f->r.page, 7);
	assert_int_equal(pr->store.wrong, 1);
	assert_ptr_equal(pr->store.first, f->r.base + f->r.page);
	assert_int_equal(f->r.base[f->r.page], 7);
	assert_int_equal(pr->rc, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_repeat_with_each_folio),
		cmocka_unit_test_setup_teardown(right_kernel_passes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(writes_that_reach_the_child_are_wrong, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_kernel_that_protects_nothing_is_wrong, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(pages_that_can_be_read_or_not_are_told_apart,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(stores_that_must_fail_are_tried, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damage_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(calls_cover_the_range, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_vmas_skip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(softdirty_leaves_the_region_alone, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
