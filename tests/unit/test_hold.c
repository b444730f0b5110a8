// SPDX-License-Identifier: GPL-2.0-or-later
/* What holds pages (pins, pipes), which pages of folios there are, and children that leave. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/hold.h"
#include "bench/siblings.h"
#include "tests/unit/unit.h"

#define PAGES 32
#define GROUP 8

static char *map_pages(size_t pages)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

/* A region as far as these functions look at it: single pages, called folios of GROUP. */
static void make_region(struct region *r, size_t copies)
{
	memset(r, 0, sizeof(*r));
	r->page = (size_t)sysconf(_SC_PAGESIZE);
	r->pages = PAGES;
	r->size = PAGES * r->page;
	r->folio_pages = GROUP;
	r->base = map_pages(copies * PAGES);
}

static void whole_layout(void **state)
{
	struct layout l;
	struct region r;

	(void)state;
	make_region(&r, 1);
	layout_whole(&r, &l);
	assert_true(layout_is_whole(&l));
	assert_int_equal(layout_pages(&l, &r), PAGES);
	assert_int_equal(layout_write(&l, &r, false), PAGES);
	for (size_t i = 0; i < PAGES; i++) {
		assert_ptr_equal(layout_page(&l, &r, i), r.base + i * r.page);
		assert_int_equal(*region_byte(&r, i), REGION_NEW);
	}
	munmap(r.base, r.size);
}

static void last_page_is_spared(void **state)
{
	struct layout l;
	struct region r;

	(void)state;
	make_region(&r, 1);
	layout_whole(&r, &l);
	assert_int_equal(layout_write(&l, &r, true), PAGES - PAGES / GROUP);
	for (size_t i = 0; i < PAGES; i++)
		assert_int_equal(*region_byte(&r, i), i % GROUP == GROUP - 1 ? 0 : REGION_NEW);
	/* the only one that there is of a folio is not */
	l.first = 3;
	l.end = 4;
	assert_int_equal(layout_write(&l, &r, true), PAGES / GROUP);
	assert_int_equal(*region_byte(&r, 3), REGION_NEW);
	munmap(r.base, r.size);
}

static void part_is_elsewhere(void **state)
{
	struct layout l;
	struct region r;

	(void)state;
	make_region(&r, 2);
	layout_whole(&r, &l);
	l.moved = GROUP / 2;
	l.shift = (ptrdiff_t)r.size;
	assert_false(layout_is_whole(&l));
	assert_int_equal(layout_write(&l, &r, false), PAGES);
	for (size_t i = 0; i < PAGES; i++) {
		bool moved = i % GROUP >= GROUP / 2;

		assert_int_equal(*region_byte(&r, i), moved ? 0 : REGION_NEW);
		assert_int_equal(*region_byte(&r, PAGES + i), moved ? REGION_NEW : 0);
	}
	munmap(r.base, 2 * r.size);
}

static void wrong_pages_are_counted(void **state)
{
	struct layout l;
	struct region r;
	size_t all;

	(void)state;
	make_region(&r, 1);
	layout_whole(&r, &l);
	/* all pages are empty: none has its marks */
	assert_int_equal(layout_wrong(&l, &r, 0), PAGES);
	l.end = GROUP / 2;
	assert_int_equal(layout_wrong(&l, &r, 0), PAGES / 2);
	l.end = GROUP;
	assert_int_equal(region_step(&r, REGION_MARK), 0);
	all = layout_wrong(&l, &r, REGION_OLD);
	assert_int_equal(all, 0);
	assert_int_equal(layout_wrong(&l, &r, REGION_NEW), PAGES);
	r.base[5 * r.page + 1000] = 1;				    /* between the marks */
	r.base[9 * r.page - 1] ^= 1;				    /* in the last one */
	memcpy(r.base + 20 * r.page, r.base + 21 * r.page, r.page); /* another page */
	assert_int_equal(layout_wrong(&l, &r, REGION_OLD), 3);
	munmap(r.base, r.size);
}

static void pipes_hold_pages_not_copies(void **state)
{
	struct piperefs p;
	struct error e = { "" };
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 300;
	char *mem = map_pages(n), *buf = xcalloc(1, page);

	(void)state;
	/* more than a pipe takes: several */
	if (piperefs_open(&p, n, page, &e))
		fail_msg("%s", e.msg);
	assert_true(p.n > 1);
	for (size_t i = 0; i < n; i++) {
		mem[i * page] = (char)i;
		assert_int_equal(piperefs_put(&p, i, mem + i * page), 0);
	}
	mem[7 * page + 1] = 'x';
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(piperefs_get(&p, i, buf, &e), 0);
		assert_int_equal(buf[0], (char)i);
		assert_int_equal(buf[1], i == 7 ? 'x' : 0);
	}
	/* all were taken out */
	assert_int_equal(piperefs_get(&p, 0, buf, &e), -EAGAIN);
	piperefs_close(&p);
	munmap(mem, n * page);
	free(buf);
}

static void pins_see_frames_not_addresses(void **state)
{
	struct pins p;
	struct error e = { "" };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *mem = map_pages(4), *buf = xcalloc(1, page);
	int rc = pins_open(&p, &e);

	(void)state;
	if (rc == -ENOSYS || rc == -EPERM || rc == -ENOMEM) {
		print_message("%s\n", e.msg);
		munmap(mem, 4 * page);
		free(buf);
		skip();
		return;
	}
	assert_int_equal(rc, 0);
	memset(mem, 'a', 4 * page);
	if (pins_take(&p, mem, 4 * page, &e))
		fail_msg("%s", e.msg);
	mem[2 * page] = 'b'; /* in place */
	assert_int_equal(pins_read(&p, 2 * page, buf, page, &e), 0);
	assert_int_equal(buf[0], 'b');
	assert_int_equal(buf[1], 'a');
	/* other frames at the same address are not those that are pinned */
	assert_ptr_equal(mmap(mem, 4 * page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 mem);
	memset(mem, 'c', 4 * page);
	assert_int_equal(pins_read(&p, 2 * page, buf, page, &e), 0);
	assert_int_equal(buf[0], 'b');
	assert_int_equal(pins_drop(&p, &e), 0);
	assert_int_equal(pins_drop(&p, &e), 0);
	pins_close(&p);
	pins_close(&p);
	munmap(mem, 4 * page);
	free(buf);
}

static size_t present(pid_t pid, const struct region *r)
{
	struct error e = { "" };
	size_t n = 0;

	if (region_present(r, pid, &n, &e))
		fail_msg("%s", e.msg);
	return n;
}

static void expect_command(pid_t pid, const char *name)
{
	char *path = xasprintf("/proc/%d/cmdline", (int)pid);
	struct strbuf sb = { 0 };

	assert_int_equal(fs_read(path, &sb, NULL), 0);
	assert_string_equal(strbuf_str(&sb), name); /* up to the first argument */
	strbuf_release(&sb);
	free(path);
}

static void siblings_leave_in_three_ways(void **state)
{
	struct siblings s;
	struct region r;
	struct error e = { "" };
	pid_t pid[4];

	(void)state;
	make_region(&r, 1);
	memset(r.base, 1, r.size);
	if (siblings_fork(&s, &r, 4, &e))
		fail_msg("%s", e.msg);
	for (size_t i = 0; i < 4; i++) {
		pid[i] = s.child[i].pid;
		assert_int_equal(present(pid[i], &r), PAGES);
	}
	assert_int_equal(siblings_leave(&s, 2, LEAVE_UNMAP, 0, &e), 0);
	assert_int_equal(present(pid[2], &r), 0);
	assert_int_equal(siblings_leave(&s, 0, LEAVE_EXIT, 0, &e), 0);
	assert_int_equal(kill(pid[0], 0), -1);
	if (siblings_leave(&s, 1, LEAVE_EXEC, 0, &e))
		fail_msg("%s", e.msg);
	expect_command(pid[1], "foliobench-idle");
	assert_int_equal(present(pid[3], &r), PAGES);
	assert_int_equal(siblings_close(&s, &e), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(kill(pid[i], 0), -1);
	munmap(r.base, r.size);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_layout),
		cmocka_unit_test(last_page_is_spared),
		cmocka_unit_test(part_is_elsewhere),
		cmocka_unit_test(wrong_pages_are_counted),
		cmocka_unit_test(pipes_hold_pages_not_copies),
		cmocka_unit_test(pins_see_frames_not_addresses),
		cmocka_unit_test(siblings_leave_in_three_ways),
	};

	/* a child of the last test executes this program */
	if (siblings_are_idle(argc, argv))
		return siblings_idle(argv);
	return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
