// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench/region, bench/child: marks, verification, the child that shares them.
 * The region is made by hand here, so that no setting of the machine is changed.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/child.h"
#include "bench/quiet.h"
#include "bench/region.h"
#include "lib/cleanup.h"
#include "tests/unit/unit.h"

/* A region of 2 MiB and the struct bench that its functions report to. */
struct fixture {
	struct region r;
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
	r->frames = true;
	r->hold_size = 4 * REGION_ALIGN;
	r->hold = mmap(NULL, r->hold_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(r->hold != MAP_FAILED);
	r->base = r->hold + 2 * REGION_ALIGN - (uintptr_t)r->hold % REGION_ALIGN;
	r->notes_size = (1 + 4 * r->pages / (r->page / 8) + 4) * r->page;
	r->notes = mmap(NULL, r->notes_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	assert_true(r->notes != MAP_FAILED);
	r->pfn = (uint64_t *)(void *)(r->notes + r->page);
	r->now = r->pfn + r->pages;
	r->flags = r->now + r->pages;
	r->after = r->flags + r->pages;
	f->b.values = json_object();
	f->b.evidence = json_object();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	region_release(&f->r);
	region_release(&f->r); /* twice is fine */
	json_decref(f->b.values);
	json_decref(f->b.evidence);
	free(f);
	return 0;
}

/* Populated, or the test is skipped: it takes root to look at frames. */
static void populate_or_skip(struct fixture *f)
{
	struct error e;

	if (evidence_access(&e))
		skip();
	assert_int_equal(region_populate(&f->b, &f->r), 0);
}

static void marks_tell_pages_apart(void **state)
{
	struct fixture *f = *state;
	struct region *r = &f->r;
	uint64_t *head, *tail;

	populate_or_skip(f);
	head = (uint64_t *)(void *)(r->base + 7 * r->page);
	tail = (uint64_t *)(void *)(r->base + 9 * r->page - sizeof(uint64_t));
	assert_int_equal(region_inexact(r, REGION_OLD), 0);
	assert_int_equal(region_inexact(r, REGION_NEW), r->pages);
	*region_byte(r, 3) = REGION_NEW;
	assert_int_equal(region_inexact(r, REGION_OLD), 1);
	*tail ^= 1; /* page 8 */
	assert_int_equal(region_inexact(r, REGION_OLD), 2);
	/* a page that is another page's copy is as wrong as a torn one */
	memcpy(head, r->base, r->page);
	assert_int_equal(region_inexact(r, REGION_OLD), 3);
}

/* A copy that lost what is between the marks, or has it from elsewhere in the page. */
static void each_word_of_a_page_counts(void **state)
{
	struct fixture *f = *state;
	struct region *r = &f->r;
	uint64_t *page, word;

	populate_or_skip(f);
	page = (uint64_t *)(void *)(r->base + 5 * r->page);
	assert_int_equal(region_inexact(r, REGION_OLD), 0);
	for (size_t k = 0; k < r->page / sizeof(word); k++) {
		word = page[k];
		assert_int_not_equal(word, 0);
		page[k] = 0;
		assert_false(region_page_is(r, 5, page, REGION_OLD));
		page[k] = word;
	}
	assert_true(region_page_is(r, 5, page, REGION_OLD));
	memcpy(page + 1, page + 129, 100 * sizeof(*page));
	assert_int_equal(region_inexact(r, REGION_OLD), 1);
	/* cases that say what is in their pages have nothing there but marks */
	r->sparse = true;
	assert_int_equal(region_populate(&f->b, r), 0);
	assert_int_equal(region_inexact(r, REGION_OLD), 0);
	assert_int_equal(page[1], 0);
	page[1] = 1;
	assert_int_equal(region_inexact(r, REGION_OLD), 1);
}

static void populated_is_one_vma(void **state)
{
	struct fixture *f = *state;
	struct evidence_vma v;

	populate_or_skip(f);
	assert_int_equal(json_integer_value(json_object_get(f->b.evidence, "vmas")), 1);
	assert_true(json_real_value(json_object_get(f->b.evidence, "folio_share")) >=
		    REGION_MIN_SHARE);
	/* permissions of a part differ: two VMAs, and it is noticed */
	assert_int_equal(mprotect(f->r.base, f->r.page, PROT_READ), 0);
	assert_int_equal(evidence_vma(0, f->r.base, f->r.size, &v, NULL), 0);
	assert_int_equal(v.vmas, 2);
	assert_false(v.exact);
}

/* Nobody asked the kernel for folios of this size: the sample must not count. */
static void wrong_size_is_refused(void **state)
{
	struct fixture *f = *state;
	struct error e;
	int rc;

	if (evidence_access(&e))
		skip();
	f->r.folio = 8 * f->r.page;
	f->r.folio_pages = 8;
	rc = region_populate(&f->b, &f->r);
	if (!rc) /* this machine gives folios of that size by itself */
		skip();
	assert_int_equal(rc, BENCH_REFUSE);
	assert_contains(f->b.why.msg, "of the pages are in 32K folios");
}

static void split_leaves_one_vma(void **state)
{
	struct fixture *f = *state;
	struct evidence_vma v;

	assert_int_equal(region_map(&f->b, &f->r), 0);
	f->r.folio = REGION_ALIGN;
	f->r.base[0] = 1;
	assert_int_equal(region_split(&f->r, f->r.base, f->r.size), 0);
	f->r.base[0] = 2; /* writable again */
	assert_int_equal(evidence_vma(0, f->r.base, f->r.size, &v, NULL), 0);
	assert_true(v.exact);
	assert_int_equal(v.anon_huge_kb, 0);
}

static void child_sees_its_own_copy(void **state)
{
	struct fixture *f = *state;
	struct child c = CHILD_NONE;
	uint64_t wrong = 99;
	struct error e;

	populate_or_skip(f);
	assert_int_equal(child_open(&c, &f->r, &e), 0);
	child_fork(&c);
	assert_true(c.pid > 0);
	assert_int_equal(region_look(&f->r, c.pid, &e), 0);
	assert_int_equal(evidence_same(f->r.pfn, f->r.now, f->r.pages), f->r.pages);
	for (size_t i = 0; i < 5; i++)
		*region_byte(&f->r, i) = REGION_NEW;
	assert_int_equal(child_wrong(&c, REGION_OLD, &wrong, &e), 0);
	assert_int_equal(wrong, 0);
	assert_int_equal(child_wrong(&c, REGION_NEW, &wrong, &e), 0);
	assert_int_equal(wrong, f->r.pages);
	assert_int_equal(region_look(&f->r, 0, &e), 0);
	assert_int_equal(evidence_same(f->r.pfn, f->r.now, f->r.pages), f->r.pages - 5);
	assert_int_equal(child_close(&c, &e), 0);
	assert_int_equal(child_close(&c, &e), 0);
	assert_int_equal(kill(getpid(), 0), 0);
}

static void dead_child_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct child c = CHILD_NONE;
	uint64_t wrong;
	struct error e;

	assert_int_equal(region_map(&f->b, &f->r), 0);
	assert_int_equal(child_open(&c, &f->r, &e), 0);
	child_fork(&c);
	assert_true(c.pid > 0);
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	assert_int_equal(child_wrong(&c, REGION_OLD, &wrong, &e), -ECHILD);
	assert_int_equal(child_close(&c, &e), -ECHILD);
	assert_contains(e.msg, "status 0x9");
}

/* Folders without "enabled" are for shmem alone; others are listed by size. */
static void sizes_of_anonymous_folios(void **state)
{
	static const char *const names[] = { "hugepages-2048kB", "hugepages-64kB",
					     "hugepages-16kB" };
	char *dir = scratch_make();
	struct strv sizes __strv = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *folder __free = xasprintf("%s/%s", dir, names[i]);
		char *file __free = xasprintf("%s/enabled", folder);

		assert_int_equal(fs_mkdirs(folder, NULL), 0);
		assert_int_equal(fs_write(file, "never\n", 6, NULL), 0);
	}
	{
		char *folder __free = xasprintf("%s/hugepages-8kB", dir);

		assert_int_equal(fs_mkdirs(folder, NULL), 0);
	}
	quiet_sizes(dir, &sizes);
	assert_int_equal(sizes.n, 3);
	assert_string_equal(sizes.v[0], "16K");
	assert_string_equal(sizes.v[1], "64K");
	assert_string_equal(sizes.v[2], "2M");
	scratch_remove(dir);
}

#define WITH_REGION(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REGION(marks_tell_pages_apart), WITH_REGION(each_word_of_a_page_counts),
		WITH_REGION(populated_is_one_vma),   WITH_REGION(wrong_size_is_refused),
		WITH_REGION(split_leaves_one_vma),   WITH_REGION(child_sees_its_own_copy),
		WITH_REGION(dead_child_is_noticed),  cmocka_unit_test(sizes_of_anonymous_folios),
	};

	return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
